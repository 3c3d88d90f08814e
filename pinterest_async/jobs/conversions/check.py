"""What would be sent of conversion events, and what would not: nothing is sent."""

from __future__ import annotations

from collections import Counter
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

import msgspec

from pinterest_async.jobs._rows import portions
from pinterest_async.jobs.conversions.prepare import Prepared, Preparer
from pinterest_async.jobs.conversions.report import EventVerdict
from pinterest_async.jobs.conversions.rows import rows_of
from pinterest_async.jobs.conversions.sending import LARGEST

if TYPE_CHECKING:
    from pinterest_async.jobs.conversions.send import Events


_PRIVATE: Final = frozenset(
    {
        "client_ip_address",
        "client_user_agent",
        "click_id",
        "partner_id",
        "event_source_url",
        "search_string",
    }
)


class EventsCheck(msgspec.Struct, kw_only=True):
    """What events come to before they are sent."""

    total: int = 0
    """Events that were read."""
    good: int = 0
    """Those that would be sent."""
    refused: int = 0
    """Those that would not be."""
    warned: int = 0
    """Those that would be sent, and have a warning."""
    calls: int = 0
    """Calls that it would take, if none had to be made again; those of web and app events and those
    of offline events are apart."""
    names: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    """How many of the good ones have each `event_name`."""
    members: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    """How many of the good ones have each member, such as `user_data.em`."""
    oldest: int | None = None
    """The earliest `event_time` among the good ones, in seconds since 1970."""
    newest: int | None = None
    """The latest."""
    first: dict[str, Any] | None = None
    """The first good event as it would be sent, but for what is not hashed and may be personal."""
    verdicts: list[EventVerdict] = msgspec.field(default_factory=list[EventVerdict])
    """Of those that would not be sent, and of those with a warning, in their order."""

    @property
    def complete(self) -> bool:
        """Whether every event would be sent."""
        return not self.refused


async def check_events(
    events: Events, *, default_country: str | None = None, skip_bad_fields: bool = False
) -> EventsCheck:
    """Read conversion events as `send_events` does, and say what would be sent.

    Args:
        events: as for `send_events`.
        default_country: as for `send_events`.
        skip_bad_fields: as for `send_events`.

    Raises:
        ConfigurationError: an argument is out of its bounds, or a file's name does not tell its
            form.
        OSError: a file cannot be read.
    """
    preparer = Preparer(default_country=default_country, skip_bad_fields=skip_bad_fields)
    check = EventsCheck()
    names: Counter[str] = Counter()
    members: Counter[str] = Counter()
    async with aclosing(portions(events, LARGEST, read=rows_of)) as windows:
        async for window in windows:
            prepared = [preparer.prepare(line, event) for line, event in window]
            good = [one for one in prepared if isinstance(one, Prepared)]
            check.total += len(prepared)
            check.good += len(good)
            check.calls += len({one.offline for one in good})
            for one in good:
                names[one.name] += 1
                _count(check, msgspec.json.decode(one.body), members)
            told = [
                one.verdict("processed") if isinstance(one, Prepared) else one for one in prepared
            ]
            check.verdicts += [one for one in told if one.state == "refused" or one.warning]
            check.warned += sum(one.warning is not None for one in told)
    check.refused = check.total - check.good
    check.names, check.members = dict(names.most_common()), dict(members.most_common())
    return check


def _count(check: EventsCheck, body: dict[str, Any], members: Counter[str]) -> None:
    at = body["event_time"]
    check.oldest = at if check.oldest is None else min(check.oldest, at)
    check.newest = at if check.newest is None else max(check.newest, at)
    user, custom = body["user_data"], body.get("custom_data", {})
    members.update(name for name in body if name not in ("user_data", "custom_data"))
    members.update(f"user_data.{name}" for name in user)
    members.update(f"custom_data.{name}" for name in custom)
    if check.first is None:
        check.first = {**_shown(body), "user_data": _shown(user)}
        if custom:
            check.first["custom_data"] = _shown(custom)


def _shown(part: dict[str, Any]) -> dict[str, Any]:
    """Return what may be shown of a part of an event."""
    return {name: "…" if name in _PRIVATE else value for name, value in part.items()}
