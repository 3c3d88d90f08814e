"""`python -m pinterest_async` is the command line, where its script is not on the path."""

from __future__ import annotations

from pinterest_async.cli import main

if __name__ == "__main__":
    main()
