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
from pinterest_async.jobs._personal import HASHERS, all_hashed
from pinterest_async.jobs.conversions.members import (
    ACTION_SOURCES,
    CURRENCIES,
    EVENT_NAMES,
    NO_USER_AGENTS,
    amount,
    network_address,
    time_problem,
)

_HASHERS: Final = tuple(HASHERS.items())

Text: TypeAlias = Annotated[str, Meta(min_length=1)]
Whole: TypeAlias = Annotated[int, Meta(ge=0, lt=2**62)]
Personal: TypeAlias = Text | list[Text]


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


class QuickUserData(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """Who it was."""

    em: Personal | None = None
    ph: Personal | None = None
    ge: Personal | None = None
    db: Personal | None = None
    ln: Personal | None = None
    fn: Personal | None = None
    ct: Personal | None = None
    st: Personal | None = None
    zp: Personal | None = None
    country: Personal | None = None
    external_id: Personal | None = None
    hashed_maids: Personal | None = None
    click_id: Text | None = None
    client_ip_address: Text | None = None
    client_user_agent: Text | None = None
    partner_id: Text | None = None


class QuickEvent(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """An event."""

    action_source: str
    event_id: Text
    event_name: str
    event_time: int | Annotated[dt.datetime, Meta(tz=True)]
    user_data: QuickUserData
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
        if not _is_plain(read, now):
            return None
        user = read.user_data
        for member, hash_text in _HASHERS:
            value = getattr(user, member)
            if type(value) is str:
                setattr(user, member, [hash_text(value.strip(), default_country)])
            elif value is not None:
                hashes = all_hashed(member, value, default_country=default_country)
                setattr(user, member, hashes or None)
    except (msgspec.ValidationError, PinterestError):
        return None
    known = user.em or user.hashed_maids or (user.client_ip_address and user.client_user_agent)
    return read if known else None


def _is_plain(read: QuickEvent, now: float) -> bool:
    at = read.event_time
    if isinstance(at, dt.datetime):
        at = read.event_time = int(at.timestamp())
    user, custom = read.user_data, read.custom_data
    address = user.client_ip_address
    return (
        read.event_name in EVENT_NAMES
        and read.action_source in ACTION_SOURCES
        and not time_problem(at, now)
        and (address is None or network_address(address) == address)
        and user.client_user_agent not in NO_USER_AGENTS
        and (custom is None or _is_plain_purchase(custom))
    )


_NOTHING: Final = QuickCustomData()


def _is_plain_purchase(custom: QuickCustomData) -> bool:
    if custom == _NOTHING:
        return False
    value = custom.value
    if value is not None:
        custom.value = value = amount(value)
        # It is warned of.
        if value[0] == "-" or not float(value):
            return False
    if custom.predicted_ltv is not None:
        custom.predicted_ltv = amount(custom.predicted_ltv)
    for product in custom.contents or ():
        if product.item_price is not None:
            product.item_price = amount(product.item_price)
    return custom.currency is None or custom.currency in CURRENCIES
