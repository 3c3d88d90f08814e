"""What a sync of a customer list says of itself."""

from __future__ import annotations

from typing import Literal

import msgspec

from pinterest_async.errors import PinterestError
from pinterest_async.jobs.pins.rows import BadRow


class TooManyRemovals(PinterestError, ValueError):
    """So many people are gone that the rows are rather cut off. Nothing was sent."""

    def __init__(self, message: str, *, removed: int = 0, listed: int = 0) -> None:
        super().__init__(message)
        self.removed = removed
        """People who would be removed."""
        self.listed = listed
        """People who are on the list, as far as it was filled from here."""


class CustomerListProgress(msgspec.Struct, kw_only=True, frozen=True):
    """How far a sync is."""

    stage: Literal["reading", "removing", "adding"]
    done: int
    """Rows read, or people sent, in this stage."""
    total: int | None = None
    """People to send in this stage; None while rows are read."""


class CustomerListReport(msgspec.Struct, kw_only=True, frozen=True):
    """What a sync has found and sent."""

    complete: bool
    """Whether every value of every row could be used, and all was sent that had to be."""
    customer_list_id: str | None
    """The list; None where there is none and nobody to make it of, or in a dry run."""
    made: bool
    """Whether the list was made by this run."""
    dry_run: bool
    """Whether this only counts what would be sent."""
    rows: int
    """Rows that were read."""
    people: int
    """Different people among them."""
    unchanged: int
    """People who were sent before, and were not sent now."""
    added: int
    """People who were sent as `ADD`; those of an interrupted run may be sent twice."""
    removed: int
    """People some of whose ids were sent as `REMOVE`."""
    requests: int
    """Portions that were sent."""
    bad: list[BadRow]
    """Rows with values that cannot be used; those were left out, the others sent."""
    status: str | None = None
    """Pinterest's word for the list after the last portion: `PROCESSING` while it looks for the
    people, `READY`, or `TOO_SMALL` below 100 of them."""
    num_uploaded_user_records: int | None = None
    """Pinterest's counter of records that were ever added; it rises for those that were there
    already, and for those that match nobody."""
    num_removed_user_records: int | None = None
    """Pinterest's counter of records that were ever removed; it rises for those that were never
    there."""
    num_batches: int | None = None
    """Pinterest's counter of updates."""
    audience_id: str | None = None
    """The audience on the list, where one was asked for."""
    audience_made: bool = False
    """Whether the audience was made by this run."""
