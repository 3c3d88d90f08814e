"""Conversion events as callers give them: read, hashed, checked, and put into Pinterest's form.

What is personal is hashed here, before anything keeps, shows or sends the event.
"""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import msgspec

from pinterest_async.errors import ConfigurationError
from pinterest_async.jobs._personal import (
    NORMALISERS,
    UnusableValue,
    all_hashed,
    check_default_country,
)
from pinterest_async.jobs._rows import Unreadable
from pinterest_async.jobs.conversions.members import (
    EVENT_NAMES,
    MEMBERS,
    OFFLINE,
    REQUIRED,
    as_mapping,
    no_such_member,
    shown,
    time_problem,
)
from pinterest_async.jobs.conversions.quick import read_quickly
from pinterest_async.jobs.conversions.report import EventVerdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinterest_async.errors import PinterestError
    from pinterest_async.jobs.conversions.members import Check
    from pinterest_async.jobs.conversions.quick import QuickEvent
    from pinterest_async.jobs.conversions.report import EventState

_IDENTITIES: Final = (
    "user_data needs em, hashed_maids, or client_ip_address together with client_user_agent; other "
    "members, such as a telephone number, do not suffice"
)

_UNKNOWN: Final[tuple[str, Check | None]] = ("", None)

_encode: Final = msgspec.json.Encoder().encode


class Prepared(msgspec.Struct, frozen=True, gc=False):
    """An event that may be sent; what it says is hashed, but for what Pinterest wants as it is."""

    line: int
    key: str
    name: str
    event_id: str
    offline: bool
    body: msgspec.Raw
    """Its JSON."""
    private: tuple[str | None, ...]
    """What stands in it as it is and may be personal."""
    warning: str | None = None

    def __repr__(self) -> str:
        # The body has the address of a person's network, and more.
        return f"<Prepared event of line {self.line}>"

    def verdict(
        self, state: EventState, reason: str | None = None, said: str | None = None
    ) -> EventVerdict:
        """Say what became of it.

        Args:
            state: that.
            reason: why.
            said: what Pinterest warned of.
        """
        warning = self.warning
        if said:
            said = self.without_values(said)
            warning = f"{warning}; {said}" if warning else said
        if reason:
            reason = self.without_values(reason)
        return EventVerdict(self.line, self.key, state, reason, warning)

    def without_values(self, text: str) -> str:
        """Return a text of Pinterest's without what it may repeat of the event."""
        for value in self.private:
            # What is shorter would be found by chance.
            if value is not None and value in text and len(value) > 3:
                text = text.replace(value, "…")
        return text


class Preparer:
    """Reads events.

    Args:
        default_country: the country of telephone numbers that do not begin with one.
        skip_bad_fields: whether a member of `user_data` that is wrong is left out, with a warning.
        clock: tells the time, in seconds since 1970.

    Raises:
        ConfigurationError: `default_country` is no country, or needs the extra `phones`.
    """

    def __init__(
        self,
        *,
        default_country: str | None = None,
        skip_bad_fields: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        check_default_country(default_country)
        self._country = default_country
        self._skip_bad_fields = skip_bad_fields
        self._clock = clock
        hashing: dict[str, tuple[str, Check]] = {
            member: ("user_data", partial(_hashes, member, default_country))
            for member in NORMALISERS
        }
        self._members = {**MEMBERS, **hashing}

    def prepare(self, line: int, event: Any) -> Prepared | EventVerdict:
        """Read an event; return it as it may be sent, or the verdict that it is refused.

        Args:
            line: where it stands.
            event: a mapping, or a struct; or `Unreadable`.
        """
        quick = read_quickly(event, self._country, self._clock())
        if quick is not None:
            with suppress(UnicodeEncodeError):
                return _prepared_quickly(line, quick)
        return self.prepare_carefully(line, event)

    def prepare_carefully(self, line: int, event: Any) -> Prepared | EventVerdict:
        """Do the same member by member, and find everything that is wrong."""
        if isinstance(event, Unreadable):
            return EventVerdict(line, "", "refused", event.problem)
        reading = _Reading(self._members, skip_bad_fields=self._skip_bad_fields)
        reading.read(event)
        reading.check(self._clock())
        if not reading.problems:
            try:
                return _prepared(line, reading)
            except UnicodeEncodeError:
                reading.problems.append("it holds characters that are no Unicode text")
        key = reading.key or reading.sent.get("event_id", "")
        return EventVerdict(line, key, "refused", "; ".join(reading.problems))


class _Reading:
    """One event, while it is read."""

    __slots__ = (
        "_members", "_skip", "custom", "given", "key", "parts", "problems", "sent", "user",
        "warnings",
    )  # fmt: skip

    def __init__(self, members: Mapping[str, tuple[str, Check]], *, skip_bad_fields: bool) -> None:
        self._members = members
        self._skip = skip_bad_fields
        self.sent: dict[str, Any] = {}
        self.user: dict[str, Any] = {}
        self.custom: dict[str, Any] = {}
        self.parts = {"": self.sent, "user_data": self.user, "custom_data": self.custom}
        self.given: set[str] = set()
        """Members that were given, good or not."""
        self.key = ""
        self.problems: list[str] = []
        self.warnings: list[str] = []

    def check(self, now: float) -> None:
        """Check what no member can say alone.

        Args:
            now: the time, in seconds since 1970.
        """
        self.problems += [f"{name} is missing" for name in REQUIRED if name not in self.given]
        user = self.user
        by_network = "client_ip_address" in user and "client_user_agent" in user
        if not ("em" in user or "hashed_maids" in user or by_network):
            self.problems.append(_IDENTITIES)
        at = self.sent.get("event_time")
        if at is not None and (problem := time_problem(at, now)):
            self.problems.append(problem)

    def read(self, given: Any, into: str | None = None) -> None:
        """Read a mapping or a struct.

        Args:
            given: the event, or a part of it.
            into: which part; None where it may say members of all, as a row of a file does.
        """
        fields = as_mapping(given)
        if fields is None:
            self.problems.append(f"{into or 'it'} must be a mapping or a struct")
            return
        members = self._members
        for name, value in fields.items():
            if value is None or value == "":
                continue
            part, check = members.get(name, _UNKNOWN)
            if check is None:
                self._read_more(name, value, into)
                continue
            self.given.add(name)
            if into is not None and part != into:
                self.problems.append(f"{into} has no member {shown(name)}")
                continue
            try:
                checked = check(value)
            except (UnusableValue, ConfigurationError) as error:
                self._refuse(part, name, error)
                continue
            if checked is not None:
                self.parts[part][name] = checked

    def _read_more(self, name: Any, value: Any, into: str | None) -> None:
        if into is None and name in ("user_data", "custom_data"):
            self.read(value, name)
        elif into is None and name == "key":
            self.key = str(value)
        else:
            self.problems.append(no_such_member(name, into))

    def _refuse(self, part: str, name: str, error: PinterestError) -> None:
        # What is hashed says its name itself, as it does where customer lists are made.
        said = f"{error}" if name in NORMALISERS else f"{name} {error}"
        problem = f"{part}.{said}" if part else said
        if self._skip and part == "user_data":
            self.warnings.append(f"left out: {problem}")
        else:
            self.problems.append(problem)


def _hashes(member: str, country: str | None, value: Any) -> list[str] | None:
    return all_hashed(member, value, default_country=country) or None


def _prepared(line: int, reading: _Reading) -> Prepared:
    """Put an event together that was read carefully.

    Raises:
        UnicodeEncodeError: it holds characters that are no text.
    """
    sent, user, custom, warnings = reading.sent, reading.user, reading.custom, reading.warnings
    sent["user_data"] = user
    if custom:
        sent["custom_data"] = custom
        value = custom.get("value")
        if value is not None and not float(value) > 0:
            warnings.append("custom_data.value should be more than 0")
    name = sent["event_name"]
    if name not in EVENT_NAMES:
        warnings.append("event_name is none that Pinterest counts by its name: use custom")
    event_id = sent.get("event_id")
    if event_id is None:
        # The same event in the same place has the same id, so that it may be sent again.
        event_id = sha256(b"%d %b" % (line, _encode(sent))).hexdigest()[:32]
        sent["event_id"] = event_id
    private = (
        user.get("client_ip_address"),
        user.get("client_user_agent"),
        user.get("click_id"),
        user.get("partner_id"),
        sent.get("event_source_url"),
        custom.get("search_string"),
    )
    return Prepared(
        line,
        reading.key or event_id,
        name,
        event_id,
        sent["action_source"] == OFFLINE,
        msgspec.Raw(_encode(sent)),
        private,
        "; ".join(warnings) or None,
    )


def _prepared_quickly(line: int, read: QuickEvent) -> Prepared:
    user, custom = read.user_data, read.custom_data
    key, read.key = read.key, None
    private = (
        user.get("client_ip_address"),
        user.get("client_user_agent"),
        user.get("click_id"),
        user.get("partner_id"),
        read.event_source_url,
        None if custom is None else custom.search_string,
    )
    return Prepared(
        line,
        key or read.event_id,
        read.event_name,
        read.event_id,
        read.action_source == OFFLINE,
        msgspec.Raw(_encode(read)),
        private,
    )
