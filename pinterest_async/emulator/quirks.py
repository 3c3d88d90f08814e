"""Ways in which the real API surprises its clients, each to be switched on by name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import msgspec

from pinterest_async.emulator import checks
from pinterest_async.emulator.refusals import Refusal, over_quota, restricted_feature

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pinterest_async.emulator.account import Account
    from pinterest_async.operations import Operation

Quirk: TypeAlias = Literal[
    "beta_refused",
    "data_access_denied",
    "exclusive_sections",
    "missing_fields",
    "new_enum_values",
    "undeclared_fields",
    "write_contention",
    "zoned_dates",
]
"""What can be switched on.

- `beta_refused`: operations that are in beta refuse with 401 code 3, as they do to most apps.
- `data_access_denied`: boards and Pins of accounts that are no businesses cannot be read, as for
  apps registered since 2026-09-14.
- `exclusive_sections`: 409 to a change of a board's sections within a second of another.
- `missing_fields`: members that are null, and some others, are left out.
- `new_enum_values`: words that no enumeration lists.
- `undeclared_fields`: pages, and objects with an id, have a member that no description knows.
- `write_contention`: 429 to a change of an object within a second of another change of it, as the
  description of several Pins' analytics has it.
- `zoned_dates`: moments say that they are UTC, as the description wants it and the real API does
  not do.
"""

_DISTORTING: frozenset[Quirk] = frozenset(
    {"missing_fields", "new_enum_values", "undeclared_fields"}
)
_NAIVE = re.compile(rb'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)"')

QUIRKS: frozenset[Quirk] = frozenset(get_args(Quirk))

BETA = frozenset(
    {
        "ads_credit/redeem",
        "ads_credits_discounts/get",
        "analytics/create_conversion_product_report",
        "analytics/create_mmm_report",
        "analytics/get_conversion_product_report",
        "billing_profiles/get",
        "customer_list_uploads/create",
        "customer_list_uploads/get",
        "customer_list_uploads/run",
        "follow_user/update",
        "integrations/get_by_id",
        "integrations/get_list",
        "integrations_commerce/del",
        "integrations_commerce/get",
        "integrations_commerce/patch",
        "integrations_commerce/post",
        "integrations_logs/post",
        "labels/create",
        "labels/list",
        "labels/update",
        "lead_form/get",
        "lead_form_questions/get",
        "lead_forms/create",
        "lead_forms/list",
        "lead_forms/update",
        "leads_export/create",
        "leads_export/get",
        "msot_events/create",
        "multi_pins/analytics",
        "pins/update",
        "search_partner_pins",
        "update_ad_account_to_ad_account_shared_audience",
        "update_ad_account_to_business_shared_audience",
        "update_business_to_ad_account_shared_audience",
        "update_business_to_business_shared_audience",
    }
)
"""Operations that the description calls beta, or not available to all apps."""

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
"""Members that are declared without being nullable, and are missing in captured answers."""

_UNDECLARED_BESIDE = frozenset({"id", "items", "media_id"})
"""An object with one of these is no map, whose members would all be of one type."""

_KEPT = frozenset({"bookmark"})
"""Null or missing by a switch of its own."""


def checked(quirks: Collection[Quirk]) -> set[Quirk]:
    """The quirks as a set.

    Raises:
        ValueError: one does not exist.
    """
    if unknown := set(quirks) - QUIRKS:
        raise ValueError(f"no such quirk: {', '.join(sorted(unknown))}")
    return set(quirks)


def refuse(
    quirks: Collection[Quirk],
    operation: Operation,
    account: Account,
    path: Mapping[str, str],
    now: float,
) -> None:
    """Refuse what some apps may not do, and what comes too soon.

    Raises:
        Refusal: 401 code 3 for beta, 403 for the data of people who are no business, 429 code 8
            for the second of two writes.
    """
    if (
        "write_contention" in quirks
        and operation.http_method != "GET"
        and operation.path[-1] == "}"
    ):
        take_turn(account, "/".join(path.values()), now, over_quota())
    if "beta_refused" in quirks and operation.id in BETA:
        raise restricted_feature()
    if (
        "data_access_denied" in quirks
        and operation.http_method == "GET"
        and _PINNER_DATA.intersection(operation.scopes)
        and account.profile["account_type"] != "BUSINESS"
    ):
        raise Refusal(403, 403, "PINNER_DATA_ACCESS_DENIED: this app may not read the data.")


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
    """The JSON of an answer as these quirks would have it."""
    if "zoned_dates" in quirks:
        body = _NAIVE.sub(rb'"\1Z"', body)
    if _DISTORTING.isdisjoint(quirks) or not body:
        return body
    return msgspec.json.encode(_distorted(quirks, msgspec.json.decode(body)))


def _distorted(quirks: Collection[Quirk], value: object) -> Any:
    if checks.is_list(value):
        return [_distorted(quirks, item) for item in value]
    if not checks.is_object(value):
        return value
    made: dict[str, Any] = {}
    for name, member in value.items():
        if "missing_fields" in quirks and (
            name in _MISSED or (member is None and name not in _KEPT)
        ):
            continue
        if "new_enum_values" in quirks and name in _RENEWED and isinstance(member, str):
            made[name] = f"NEW_{member}"
        else:
            made[name] = _distorted(quirks, member)
    if "undeclared_fields" in quirks and not _UNDECLARED_BESIDE.isdisjoint(value):
        made["emulator_undeclared"] = {"since": "tomorrow"}
    return made
