"""What people and programs read of an analysis: text, JSON and Gantt charts."""
