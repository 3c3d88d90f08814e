"""What an export says of itself: while it runs, and in its manifest."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from pinterest_async.jobs.analytics.report import AnalyticsReport
from pinterest_async.jobs.images.report import ImagesReport

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinterest_async.jobs.export.journal import Figures


DifferenceKind: TypeAlias = Literal["count", "rejected", "unread", "pictures", "metrics"]
"""In what an export differs from what Pinterest said there is.

- `count`: a list was read to its end, and holds more or fewer Pins than are counted;
- `rejected`: what came could not be read, and is in `rejected.jsonl`;
- `unread`: a list could not be read to its end;
- `pictures`, `metrics`: some of those are missing.
"""


class ExportProgress(msgspec.Struct, kw_only=True, frozen=True):
    """How far an export is; handed to the `progress` callback after every page."""

    boards: int
    """Boards found up to now; final once `boards_listed`."""
    boards_listed: bool
    """Whether the list of boards is read to its end."""
    boards_done: int
    """Boards whose sections and pins are all listed, or that failed."""
    sections: int
    """Sections found."""
    pins: int
    """Pins found."""
    pins_expected: int
    """Pins that the boards found up to now say they have, together."""
    pages: int
    """Pages of responses read, those before an interruption among them."""
    pictures: int = 0
    """Pictures that stand in the folder."""
    measured: int = 0
    """Pins whose figures were fetched."""
    stage: Literal["listing", "pictures", "metrics", "writing"] = "listing"
    """What it is at."""


class BoardResult(msgspec.Struct, kw_only=True):
    """What was exported of one board."""

    id: str
    name: str | None = None
    pin_count: int | None = None
    """Pins that the board said it has when it was listed; None where Pinterest did not say."""
    pin_count_after: int | None = None
    """Pins that it said it has after they were listed; asked for only where they were not as many
    as it had said."""
    sections: int = 0
    """Sections written."""
    pins: int = 0
    """Pins written."""
    pins_older: int = 0
    """Pins listed here and left out, for they were created before `since`."""
    pins_elsewhere: int = 0
    """Pins listed here that are written under another board, whose list held them too."""
    pins_repeated: int = 0
    """Times that a pin came once more in this board's own list."""
    pins_kept: int = 0
    """Pins among those written that are from the export before, for the list could not be read."""
    rejected: int = 0
    """Sections and pins listed here that could not be read; they stand in `rejected.jsonl`."""
    pins_rejected: int = 0
    """The pins among them."""
    skipped: bool = False
    """Whether the pins were not listed again, for the board said that they did not change."""
    restarts: int = 0
    """How often its list of pins had to be begun anew, for Pinterest refused a bookmark."""
    deleted: bool = False
    """Whether the board was there when the boards were listed, and was not afterwards."""
    error: str | None = None
    """Why the board is incomplete, in one line; None when all of it was listed."""

    @property
    def found(self) -> int:
        """Pins that its list held, readable or not."""
        return self.pins + self.pins_older + self.pins_elsewhere + self.pins_rejected

    @property
    def agrees(self) -> bool:
        """Whether the list held as many pins as the board counts, or counted at first."""
        counted = [count for count in (self.pin_count, self.pin_count_after) if count is not None]
        return not counted or self.found == counted[-1]

    @property
    def whole(self) -> bool:
        """Whether its list was read in one go, and held each of the pins that it counts once."""
        odd = self.pins_elsewhere + self.pins_repeated + self.rejected + self.restarts
        return self.error is None and not odd and self.found == self.pin_count

    def fill(self, figures: Figures) -> None:
        """Take over what the journal counted."""
        self.sections = figures.sections
        self.pins = figures.pins
        self.pins_older = figures.older
        self.pins_elsewhere = figures.elsewhere
        self.pins_repeated = figures.repeated
        self.pins_rejected = figures.pins_rejected
        self.rejected = figures.sections_rejected + figures.pins_rejected
        self.skipped = figures.skipped
        self.restarts = figures.restarts

    def differences(self) -> list[Difference]:
        """Name everything in which this board differs from what Pinterest said of it."""
        reasons: dict[DifferenceKind, str] = {}
        if self.error is not None:
            kept = f"; {self.pins_kept} pins are kept from the export before"
            reasons["unread"] = f"not read to its end: {self.error}{kept if self.pins_kept else ''}"
        elif not self.agrees:
            reasons["count"] = self._why()
        if self.rejected:
            reasons["rejected"] = (
                f"{self.rejected} of its sections and pins could not be read; they are in "
                "rejected.jsonl"
            )
        return [
            Difference(
                board_id=self.id,
                board=self.name,
                pins_expected=self.pin_count,
                pins_found=self.found,
                reason=reason,
                kind=kind,
            )
            for kind, reason in reasons.items()
        ]

    def _why(self) -> str:
        """Say why the list and the count may differ."""
        before, after = self.pin_count, self.pin_count_after
        count = before if after is None else after
        few = count is not None and self.found < count
        what = f"it lists {'fewer' if few else 'more'} pins than it counts"
        if self.deleted:
            return f"{what}: it was deleted while it was exported"
        if after is not None and before != after:
            return f"{what}: it changed while it was exported, from {before} pins to {after}"
        if self.restarts:
            return f"{what}: its list had to be begun anew, and changed meanwhile"
        if few and self.pins_repeated:
            return (
                f"{what}: its list moved while it was read, repeated {self.pins_repeated} pins and "
                "may have left out others"
            )
        if few:
            return f"{what}: the count lags behind, or includes pins that this token may not see"
        return f"{what}: the count lags behind, or pins were added during the export"


class Difference(msgspec.Struct, kw_only=True, frozen=True):
    """One thing in which an export differs from what Pinterest said there is."""

    board_id: str | None
    """The board it concerns; None where it is no single board."""
    board: str | None
    """Its name."""
    pins_expected: int | None
    """The board's `pin_count`, or the account's."""
    pins_found: int
    """Pins that its list held, readable or not."""
    reason: str
    """What happened, in one sentence."""
    kind: DifferenceKind
    """What kind of thing it is."""

    def stands_in(self, earlier: Iterable[Difference]) -> bool:
        """Whether an earlier export found the very same, and no further one would mend it."""
        return self.kind in ("count", "rejected") and any(
            # A board may have been renamed.
            self == msgspec.structs.replace(other, board=self.board)
            for other in earlier
        )


def general_difference(
    kind: DifferenceKind, reason: str, *, expected: int | None = None, found: int = 0
) -> Difference:
    """Name something that concerns no single board."""
    return Difference(
        board_id=None,
        board=None,
        pins_expected=expected,
        pins_found=found,
        reason=reason,
        kind=kind,
    )


class ChangeCounts(msgspec.Struct, kw_only=True):
    """How many boards, sections or pins differ from the export before."""

    new: int = 0
    """Those that it did not hold."""
    changed: int = 0
    """Those of which some member differs."""
    gone: int = 0
    """Those that were not found any more."""


class Changes(msgspec.Struct, kw_only=True):
    """What an update found; `changes.jsonl` names each."""

    board: ChangeCounts = msgspec.field(default_factory=ChangeCounts)
    section: ChangeCounts = msgspec.field(default_factory=ChangeCounts)
    pin: ChangeCounts = msgspec.field(default_factory=ChangeCounts)


class ExportReport(msgspec.Struct, kw_only=True):
    """The figures of a finished export; `manifest.json` holds the same."""

    complete: bool
    """Whether everything that Pinterest said there is was found and written, but for `remarks`."""
    account: str | None
    """The account's username; None where the token may not know it."""
    format: str
    """How the tables are written: `jsonl`, `csv`, `parquet` or `sqlite`."""
    files: list[str]
    """The files that the export consists of, but for the manifest and the pictures."""
    since: datetime | None
    """Only pins created at this time or later are in it; None for all."""
    started_at: datetime
    """When the export began, before any interruption, with its zone (UTC)."""
    seconds: float
    """How long it took since it began, or since it went on after an interruption."""
    calls: int
    """Calls that were made in these seconds; one that had to be sent again counts once. Those for
    figures are counted in `metrics`."""
    pages: int
    """Pages of responses that were read for the export."""
    pages_resumed: int
    """Those of them that were read before an interruption, and not asked for again."""
    boards: int
    """Boards written."""
    boards_skipped: int
    """Those of them whose pins were not listed again, for they did not change."""
    sections: int
    """Sections written."""
    pins: int
    """Pins written; no pin stands there twice."""
    pins_loose: int
    """Those of them that lie on no board of the account's list."""
    pins_older: int
    """Pins that were left out, for they were created before `since`."""
    pins_repeated: int
    """Times that a pin was listed again and left out."""
    rejected: int
    """Lines of `rejected.jsonl`, which exists only if there are any."""
    changes: Changes | None
    """What differs from the export before; None for one that was no update."""
    metrics: AnalyticsReport | None
    """How the figures were fetched; None where they were not asked for, or refused altogether."""
    pictures: ImagesReport | None
    """How the pictures were fetched; None where they were not asked for."""
    differences: list[Difference]
    """Everything in which the files differ from what Pinterest said there is."""
    remarks: list[Difference]
    """Differences that the export before in this folder had found in the same way: they stand with
    Pinterest, and another run would not mend them."""
    by_board: list[BoardResult]
    """One row for each board."""
