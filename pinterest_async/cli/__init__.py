"""The command line `pinterest-async`; it needs the extra `cli`."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line with the arguments of the process."""
    try:
        import typer

        from pinterest_async.cli import running
        from pinterest_async.cli.app import app
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in ("rich", "typer"):
            raise
        sys.stderr.write(
            "pinterest-async: the command line needs an extra: pip install 'pinterest-async[cli]'\n"
        )
        sys.exit(2)
    if not running.json_is_asked_for():
        app(prog_name="pinterest-async")
        return
    try:
        code = app(prog_name="pinterest-async", standalone_mode=False)
    except typer.TyperException as error:
        code = running.complain(error, error.exit_code)
    except typer.Abort:
        code = running.complain("interrupted", running.INTERRUPTED)
    sys.exit(code)
