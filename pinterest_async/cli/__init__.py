"""The command line `pinterest-async`; it needs the extra `cli`."""

from __future__ import annotations

import logging
import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line with the arguments of the process."""
    try:
        import typer

        from pinterest_async.cli import output, running
        from pinterest_async.cli.app import app
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in ("rich", "typer"):
            raise
        sys.stderr.write(
            "pinterest-async: the command line needs an extra: pip install 'pinterest-async[cli]'\n"
        )
        sys.exit(2)
    output.speak_any_encoding()
    # What the package warns of is printed where the program's own lines are.
    logging.lastResort = output.LogHandler(logging.WARNING)
    try:
        code = app(prog_name="pinterest-async", standalone_mode=False)
    except typer.TyperException as error:
        code = running.complain_of_words(error)
    except typer.Abort:
        code = running.complain("interrupted", running.INTERRUPTED)
    sys.exit(code)
