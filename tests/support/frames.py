"""What a crash reporter lists of an error: the local variables of its frames."""

from __future__ import annotations

import traceback
from pathlib import Path

_TESTS = str(Path(__file__).parents[1])


def local_variables(error: BaseException) -> list[str]:
    """Show the variables of each frame, also of the errors that led to it and would be printed."""
    shown: list[str] = []
    told: BaseException | None = error
    while told is not None:
        steps = traceback.StackSummary.extract(
            traceback.walk_tb(told.__traceback__), capture_locals=True
        )
        # The frames of the tests hold what they are to look for.
        shown += [repr(step.locals) for step in steps if not step.filename.startswith(_TESTS)]
        told = told.__cause__ or (None if told.__suppress_context__ else told.__context__)
    return shown
