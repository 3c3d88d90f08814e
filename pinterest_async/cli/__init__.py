"""The command line `pinterest-async`; it needs the extra `cli`."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line with the arguments of the process."""
    try:
        from pinterest_async.cli.app import app
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in ("rich", "typer"):
            raise
        sys.stderr.write(
            "pinterest-async: the command line needs an extra: pip install 'pinterest-async[cli]'\n"
        )
        sys.exit(2)
    app(prog_name="pinterest-async")
