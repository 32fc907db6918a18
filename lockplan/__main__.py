"""`python -m lockplan`."""

import sys

if __name__ == "__main__":
    if not sys.flags.safe_path:
        del sys.path[0]  # the current folder may hold DAGs: no json.py of theirs is to be run
    from lockplan.cli import main

    main()
