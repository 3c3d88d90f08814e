"""What an export of leads says of itself; nothing of what people answered."""

from __future__ import annotations

import datetime as dt

import msgspec


class LeadsFailure(msgspec.Struct, kw_only=True, frozen=True):
    """An ad whose leads are missing."""

    ad_id: str
    """The ad."""
    reason: str
    """What happened, in one line."""


class LeadsReport(msgspec.Struct, kw_only=True, frozen=True):
    """What an export has fetched and written."""

    complete: bool
    """Whether the leads of every ad are here."""
    start: dt.date
    """The first day, in UTC."""
    end: dt.date
    """The last day."""
    ads: int
    """Ads that were asked about."""
    leads: int
    """Leads that came."""
    added: int
    """Those of them that the file did not have."""
    total: int
    """Leads that the file has now."""
    resumed: int
    """Ads whose export a run before had started or fetched."""
    failures: list[LeadsFailure]
    """Ads whose leads are missing. The same call asks for them again, with all others."""
    out: str
    """The file."""
