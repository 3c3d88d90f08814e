"""`python -m pinterest_async.cli` is the command line as well."""

from __future__ import annotations

from pinterest_async.cli import main

if __name__ == "__main__":
    main()
