"""Events that are as Pinterest wants them but for their hashes, read in one step: most are.

What is not, or may be meant in another way, is left to the careful reading, which mends or explains
it. Both come to the same; `tests/jobs/test_events_prepared.py` holds them to that.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import Meta

from pinterest_async.errors import PinterestError
from pinterest_async.jobs._personal import HASHERS
from pinterest_async.jobs.conversions.members import (
    ACTION_SOURCES,
    CURRENCIES,
    EVENT_NAMES,
    NO_USER_AGENTS,
    amount,
    network_address,
    time_problem,
)

Text: TypeAlias = Annotated[str, Meta(min_length=1)]
Whole: TypeAlias = Annotated[int, Meta(ge=0, lt=2**62)]


class QuickContent(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A product."""

    id: Text | None = None
    item_brand: Text | None = None
    item_brand_id: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    item_category: Text | None = None
    item_name: Text | None = None
    item_price: Any = None
    quantity: Whole | None = None


class QuickCustomData(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """What was bought or looked at."""

    content_brand: Text | None = None
    content_category: Text | None = None
    content_ids: Annotated[list[Text], Meta(min_length=1)] | None = None
    content_name: Text | None = None
    contents: Annotated[list[QuickContent], Meta(min_length=1)] | None = None
    currency: Text | None = None
    external_measurement_id: Text | None = None
    external_measurement_vendor_id: Whole | None = None
    np: Text | None = None
    num_items: Whole | None = None
    opt_out_type: Text | None = None
    order_id: Text | None = None
    predicted_ltv: Any = None
    search_string: Text | None = None
    value: Any = None


class QuickEvent(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """An event."""

    action_source: str
    event_id: Text
    event_name: str
    event_time: int | Annotated[dt.datetime, Meta(tz=True)]
    user_data: dict[str, Any]
    custom_data: QuickCustomData | None = None
    app_id: Text | None = None
    app_name: Text | None = None
    app_version: Text | None = None
    device_brand: Text | None = None
    device_carrier: Text | None = None
    device_model: Text | None = None
    device_type: Text | None = None
    event_source_url: Text | None = None
    os_version: Text | None = None
    wifi: bool | None = None
    opt_out: bool | None = None
    partner_name: Text | None = None
    key: Text | None = None


def read_quickly(event: Any, default_country: str | None, now: float) -> QuickEvent | None:
    """Read an event and hash what is personal in it; None where that takes more care.

    Args:
        event: the event.
        default_country: the country of telephone numbers that do not begin with one.
        now: the time, in seconds since 1970.
    """
    if type(event) is not dict:
        return None
    try:
        read = msgspec.convert(event, QuickEvent)
        at = read.event_time
        if isinstance(at, dt.datetime):
            at = read.event_time = int(at.timestamp())
        custom = read.custom_data
        if (
            read.event_name not in EVENT_NAMES
            or read.action_source not in ACTION_SOURCES
            or time_problem(at, now)
            or not (custom is None or _is_plain(custom))
        ):
            return None
        user = _hashed(read.user_data, default_country)
    except (msgspec.ValidationError, PinterestError):
        return None
    if user is None:
        return None
    read.user_data = user
    return read


def _hashed(user: dict[str, Any], default_country: str | None) -> dict[str, Any] | None:
    """Hash what is said of a person; None where it takes more care, or does not suffice."""
    found: dict[str, Any] = {}
    for member, value in user.items():
        if type(value) is not str or not value:
            return None
        hash_text = HASHERS.get(member)
        if hash_text is not None:
            found[member] = [hash_text(value.strip(), default_country)]
        elif member in _PLAIN:
            found[member] = value
        else:
            return None
    address = found.get("client_ip_address")
    if address is not None and network_address(address) != address:
        return None
    browser = found.get("client_user_agent")
    if browser in NO_USER_AGENTS:
        return None
    return found if "em" in found or "hashed_maids" in found or (address and browser) else None


def _is_plain(custom: QuickCustomData) -> bool:
    value = custom.value
    if value is not None:
        custom.value = value = amount(value)
        # What is not above 0 is warned of.
        if not float(value) > 0:
            return False
    if custom.predicted_ltv is not None:
        custom.predicted_ltv = amount(custom.predicted_ltv)
    for product in custom.contents or ():
        if product.item_price is not None:
            product.item_price = amount(product.item_price)
    return (custom.currency is None or custom.currency in CURRENCIES) and custom != _NOTHING


_NOTHING: Final = QuickCustomData()
_PLAIN: Final = frozenset({"click_id", "client_ip_address", "client_user_agent", "partner_id"})
