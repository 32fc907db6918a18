"""Shell scripts: what commands they run, and what SQL those hand to databases."""
