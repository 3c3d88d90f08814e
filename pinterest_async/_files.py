"""Files that get their name in one step, on every system."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

READERS_BLOCK: bool = sys.platform == "win32"
"""Whether the system refuses to replace a file while another program has it open, as Windows does.
Readers and virus scanners do that for moments; a spreadsheet does as long as it shows the file."""
SECONDS: Final = 5.0
"""How long such a file is tried again."""
_PAUSE: Final = 0.02


def replace(source: Path, target: Path) -> None:
    """Replace a file, and try again for a while where its readers are in the way.

    It blocks for that while.

    Raises:
        PermissionError: another program keeps it open; a note on it says what to do.
        OSError: it cannot be replaced.
    """
    given_up_at = time.monotonic() + SECONDS
    while True:
        try:
            source.replace(target)
        except PermissionError as error:
            if not READERS_BLOCK:
                raise
            if time.monotonic() >= given_up_at:
                error.add_note(f"another program has {target.name} open: close it there")
                raise
            time.sleep(_PAUSE)
        else:
            return
