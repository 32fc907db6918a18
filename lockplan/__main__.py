"""`python -m lockplan`."""

from lockplan.cli import main

if __name__ == "__main__":
    main()
