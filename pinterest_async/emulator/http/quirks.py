"""Ways in which the real API surprises its clients, each to be switched on by name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import (
    Refusal,
    blocked_link,
    over_quota,
    restricted_feature,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pinterest_async.emulator.state.account import Account
    from pinterest_async.emulator.state.quirks import Quirk
    from pinterest_async.operations import Operation

_DISTORTING: frozenset[Quirk] = frozenset(
    {"missing_fields", "new_enum_values", "numeric_ids", "undeclared_fields"}
)
_NAIVE = re.compile(rb'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)"')

_BLOCKED = "//blocked.example.com/"
_TURN = 1.0
"""Seconds that a change keeps others off."""

_PINNER_DATA = frozenset({"boards:read", "pins:read"})
_RENEWED = frozenset(
    {"account_type", "creative_type", "data_status", "media_type", "objective_type", "privacy"}
)
"""Members that get words of tomorrow. Not `status`: what waits for its end would wait for ever."""

_MISSED = frozenset(
    {"dominant_color", "has_been_promoted", "is_standard", "parent_pin_id", "scope", "token_type"}
)
"""Members that are declared without being nullable, and are missing in captured responses."""

_UNDECLARED_BESIDE = frozenset({"id", "items", "media_id"})
"""An object with one of these is no map, whose members would all be of one type."""

_KEPT = frozenset({"bookmark"})
"""Null or missing by a switch of its own."""


def refuse(
    quirks: Collection[Quirk],
    operation: Operation,
    account: Account,
    path: Mapping[str, str],
    body: object,
    now: float,
) -> None:
    """Refuse what some apps may not do, and what comes too soon.

    Raises:
        Refusal: 401 code 3 for beta, 403 for the data of people who are no business, 429 code 8
            for the second of two writes and code 9 for a link that is blocked.
    """
    if (
        "write_contention" in quirks
        and operation.http_method != "GET"
        and operation.path[-1] == "}"
    ):
        take_turn(account, "/".join(path.values()), now, over_quota())
    if "beta_refused" in quirks and operation.beta:
        raise restricted_feature(operation.id)
    if "blocked_links" in quirks and operation.id == "pins/create" and _is_blocked(body):
        raise blocked_link()
    if (
        "data_access_denied" in quirks
        and operation.http_method == "GET"
        and _PINNER_DATA.intersection(operation.scopes)
        and account.profile.members["account_type"] != "BUSINESS"
    ):
        raise Refusal(403, 403, "PINNER_DATA_ACCESS_DENIED: this app may not read the data.")


def _is_blocked(body: object) -> bool:
    return fields.is_object(body) and _BLOCKED in str(body.get("link", ""))


def take_turn(account: Account, name: str, now: float, refusal: Refusal) -> None:
    """Refuse a change that comes on the heels of another.

    Args:
        account: whose thing it is.
        name: of what is changed.
        now: the present.
        refusal: of a change within a second of one that was let through.

    Raises:
        Refusal: that one.
    """
    if now < account.turns.get(name, 0.0) + _TURN:
        raise refusal
    account.turns[name] = now


def distorted(quirks: Collection[Quirk], body: bytes) -> bytes:
    """The JSON of a response as these quirks would have it."""
    if "zoned_dates" in quirks:
        body = _NAIVE.sub(rb'"\1Z"', body)
    if _DISTORTING.isdisjoint(quirks) or not body:
        return body
    return msgspec.json.encode(_distorted(quirks, msgspec.json.decode(body)))


def _is_numeric(name: str, member: object) -> bool:
    """Whether this is an id in a row of ads analytics; that of an ad account is text there too."""
    return (
        name.isupper()
        and name.endswith("_ID")
        and name != "AD_ACCOUNT_ID"
        and isinstance(member, str)
        and member.isdigit()
    )


def _distorted(quirks: Collection[Quirk], value: object) -> Any:
    if fields.is_list(value):
        return [_distorted(quirks, item) for item in value]
    if not fields.is_object(value):
        return value
    made: dict[str, Any] = {}
    for name, member in value.items():
        if "missing_fields" in quirks and (
            name in _MISSED or (member is None and name not in _KEPT)
        ):
            continue
        if "numeric_ids" in quirks and _is_numeric(name, member):
            made[name] = int(str(member))
        elif "new_enum_values" in quirks and name in _RENEWED and isinstance(member, str):
            made[name] = f"NEW_{member}"
        else:
            made[name] = _distorted(quirks, member)
    if "undeclared_fields" in quirks and not _UNDECLARED_BESIDE.isdisjoint(value):
        made["emulator_undeclared"] = {"since": "tomorrow"}
    return made
