"""What an export says of itself: while it runs, and in its manifest."""

from __future__ import annotations

from datetime import datetime

import msgspec


class ExportProgress(msgspec.Struct, kw_only=True, frozen=True):
    """How far an export is; handed to the `progress` callback after every page."""

    boards: int
    """Boards found up to now; final once `boards_listed`."""
    boards_listed: bool
    """Whether the list of boards is read to its end."""
    boards_done: int
    """Boards whose sections and pins are all written, or that failed."""
    sections: int
    """Sections written."""
    pins: int
    """Pins written."""
    pins_expected: int
    """Pins that the boards found up to now say they have, together."""
    pages: int
    """Pages of answers read."""


class BoardResult(msgspec.Struct, kw_only=True):
    """What was exported of one board."""

    id: str
    name: str | None = None
    pin_count: int | None = None
    """Pins that the board says it has; None where Pinterest did not say."""
    sections: int = 0
    """Sections written."""
    pins: int = 0
    """Pins written."""
    pins_elsewhere: int = 0
    """Pins listed here that were already written under another board."""
    rejected: int = 0
    """Sections and pins listed here that could not be read; they stand in `rejected.jsonl`."""
    pins_rejected: int = 0
    """The pins among them."""
    error: str | None = None
    """Why the board is incomplete, in one line; None when all of it was listed."""

    def differences(self) -> list[Difference]:
        """Name everything in which this board differs from what Pinterest said of it."""
        found = self.pins + self.pins_elsewhere + self.pins_rejected
        reasons: list[str] = []
        if self.error is not None:
            reasons.append(f"not read to its end: {self.error}")
        elif self.pin_count is not None and found < self.pin_count:
            reasons.append(
                "it lists fewer pins than it counts: the count lags behind, or includes pins "
                "that this token may not see"
            )
        elif self.pin_count is not None and found > self.pin_count:
            reasons.append(
                "it lists more pins than it counts: the count lags behind, or pins were added "
                "during the export"
            )
        if self.rejected:
            reasons.append(
                f"{self.rejected} of its sections and pins could not be read; they are in "
                "rejected.jsonl"
            )
        return [
            Difference(
                board_id=self.id,
                board=self.name,
                pins_expected=self.pin_count,
                pins_found=found,
                reason=reason,
            )
            for reason in reasons
        ]


class Difference(msgspec.Struct, kw_only=True, frozen=True):
    """One thing in which an export differs from what Pinterest said there is."""

    board_id: str | None
    """The board it concerns; None where an item of the list of boards could not be read."""
    board: str | None
    """Its name."""
    pins_expected: int | None
    """The board's `pin_count`."""
    pins_found: int
    """Pins that its list held, readable or not."""
    reason: str
    """What happened, in one sentence."""


def unreadable_boards(count: int) -> Difference:
    """Name the boards that the list of boards held and that could not be read."""
    return Difference(
        board_id=None,
        board=None,
        pins_expected=None,
        pins_found=0,
        reason=f"{count} boards could not be read and were left out; they are in rejected.jsonl",
    )


class ExportReport(msgspec.Struct, kw_only=True):
    """The figures of a finished export; `manifest.json` holds the same."""

    complete: bool
    """Whether everything that Pinterest said there is was found and written."""
    started_at: datetime
    """When the export began, with its zone (UTC)."""
    seconds: float
    """How long it took."""
    calls: int
    """Calls that were made; one that had to be sent again counts once."""
    pages: int
    """Pages of answers that were read."""
    boards: int
    """Lines of `boards.jsonl`."""
    sections: int
    """Lines of `sections.jsonl`."""
    pins: int
    """Lines of `pins.jsonl`; no pin stands there twice."""
    pins_repeated: int
    """Times that a pin was listed again and left out."""
    rejected: int
    """Lines of `rejected.jsonl`, which exists only if there are any."""
    differences: list[Difference]
    """Everything in which the files differ from what Pinterest said there is."""
    by_board: list[BoardResult]
    """One row for each board, in the order in which Pinterest lists them."""
