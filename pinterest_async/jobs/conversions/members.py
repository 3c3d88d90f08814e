"""What a conversion event can say, and what each member of it may be.

A check returns what is sent for a value. No message in here repeats a value.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from ipaddress import ip_address
from typing import Any, Final, TypeAlias, cast, get_args
from uuid import UUID

import msgspec

from pinterest_async.jobs._personal import NORMALISERS, UnusableValue
from pinterest_async.models import ConversionEventAppInfo, ConversionEventDeviceInfo
from pinterest_async.models.enums import (
    ConversionEventDeviceInfoFormFactor,
    ConversionEventDeviceInfoNetworkType,
    ConversionEventDeviceInfoOsFamily,
)

Check: TypeAlias = Callable[[Any], Any]
"""Returns what is sent for a value, None where it is left out, or raises `UnusableValue`."""

EVENT_NAMES: Final = frozenset(
    (
        "add_payment_info", "add_to_cart", "add_to_wishlist", "app_install", "app_open", "checkout",
        "contact", "custom", "customize_product", "find_location", "initiate_checkout", "lead",
        "page_visit", "schedule", "search", "signup", "start_trial", "submit_application",
        "subscribe", "view_category", "view_content", "watch_video",
    )
)  # fmt: skip
"""What Pinterest counts by its name. Pinterest's guide to conversions, its table of events."""

ACTION_SOURCES: Final = ("web", "app_android", "app_ios", "offline")
OFFLINE: Final = "offline"

NO_USER_AGENTS: Final = frozenset({"Other", "OTHER", "other"})
"""What is written where a browser is not known. Pinterest's guide to conversions."""

OLDEST: Final = 7 * 86_400
"""Seconds that an event may lie back. As Amperity, which sends them, documents it."""
CLOCKS_APART: Final = 900
"""Seconds that an event may lie ahead, as no two clocks agree."""

_WORDS_OF_CURRENCIES: Final = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP "
    "BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP "
    "GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR "
    "KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK "
    "MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR "
    "SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS "
    "UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG"
)
CURRENCIES: Final = frozenset(_WORDS_OF_CURRENCIES.split())
"""ISO 4217."""

_NUMBER: Final = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
_IP_V4: Final = re.compile(
    r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}", re.ASCII
)
_LANGUAGE: Final = re.compile(r"[a-zA-Z]{2}")
_NAME_TO_SHOW: Final = re.compile(r"[A-Za-z_][A-Za-z_.]{0,40}")
_MILLISECONDS: Final = 100_000_000_000


def as_mapping(given: Any) -> Mapping[Any, Any] | None:
    """Return a mapping, a struct or a dataclass as a mapping; None for anything else."""
    said: Any = given
    if isinstance(given, Mapping):
        mapping: Mapping[Any, Any] = said
        return mapping
    if isinstance(given, msgspec.Struct) or dataclasses.is_dataclass(given):
        with suppress(TypeError):
            return cast("dict[str, Any]", msgspec.to_builtins(given))
    return None


def time_problem(at: int, now: float) -> str | None:
    """Say what is wrong with the time of an event, both in seconds since 1970; None for nothing."""
    if now - OLDEST <= at <= now + CLOCKS_APART:
        return None
    if at > _MILLISECONDS:
        return "event_time is in milliseconds: it must be in seconds"
    if at > now:
        return "event_time lies in the future"
    return "event_time lies more than 7 days back, and Pinterest takes no older events"


def no_such_member(name: Any, into: str | None) -> str:
    """Say that there is no such member, and which may have been meant."""
    known = [one for part in ([into] if into else PARTS) for one in PARTS[part]]
    if into in (None, "user_data"):
        known += NORMALISERS
    meant = difflib.get_close_matches(str(name), known, 1) if _shows(name) else []
    advice = f"; did you mean {meant[0]}?" if meant else ""
    return f"{into or 'an event'} has no member {shown(name)}{advice}"


def _shows(name: Any) -> bool:
    return isinstance(name, str) and _NAME_TO_SHOW.fullmatch(name) is not None


def shown(name: Any) -> str:
    """Show the name of a member, but for one that may be a value that went astray."""
    return name if _shows(name) else "of such a name"


# What a member may be


def _text(value: Any) -> str:
    if isinstance(value, str | UUID) or (isinstance(value, int) and not isinstance(value, bool)):
        return str(value)
    raise UnusableValue("must be text")


def _short_text(most: int) -> Check:
    def check(value: Any) -> str:
        text = _text(value)
        if len(text) > most:
            raise UnusableValue(f"must have at most {most} characters")
        return text

    return check


def _one_of(*words: str) -> Check:
    def check(value: Any) -> str:
        text = _text(value)
        if text not in words:
            raise UnusableValue(f"must be {', '.join(words[:-1])} or {words[-1]}")
        return text

    return check


def _whole(value: Any) -> int:
    """Read a whole number, 0 or more; files have them as text."""
    if isinstance(value, str):
        value = int(value) if value.strip().isdecimal() else None
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is not int or not 0 <= value < 2**62:
        raise UnusableValue("must be a whole number, 0 or more")
    return value


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    flag = _FLAGS.get(str(value).strip().lower())
    if flag is None:
        raise UnusableValue("must be true or false")
    return flag


_FLAGS: Final = {"true": True, "1": True, "false": False, "0": False}


def amount(value: Any) -> str:
    """Read an amount; Pinterest wants it as text.

    Raises:
        UnusableValue: it is no number.
    """
    if type(value) is str:
        if _NUMBER.fullmatch(value):
            return value
        text = value.strip()
    elif type(value) is int:
        text = str(value)
    elif isinstance(value, float | Decimal):
        text = format(Decimal(repr(value)) if isinstance(value, float) else value, "f")
    else:
        text = ""
    if not _NUMBER.fullmatch(text):
        raise UnusableValue("must be a number such as 12.50, with a point and no currency")
    return text


def _currency(value: Any) -> str:
    text = _text(value)
    if text not in CURRENCIES:
        text = text.upper()
        if text not in CURRENCIES:
            raise UnusableValue("must be the code of a currency (ISO 4217), such as EUR")
    return text


def _language(value: Any) -> str:
    text = _text(value)
    if not _LANGUAGE.fullmatch(text):
        raise UnusableValue("must be a two-letter code of a language (ISO 639-1), such as en")
    return text


def network_address(value: Any) -> str:
    """Read the address of a person's network.

    Raises:
        UnusableValue: it is none.
    """
    text = value if type(value) is str else _text(value)
    if _IP_V4.fullmatch(text) and text != "0.0.0.0":  # noqa: S104  # refused
        return text
    try:
        known = not ip_address(text).is_unspecified
    except ValueError:
        known = False
    if not known:
        raise UnusableValue("must be the address of a person's network, of IP version 4 or 6")
    return text


def _user_agent(value: Any) -> str:
    text = _text(value)
    if text in NO_USER_AGENTS:
        raise UnusableValue("must be what the browser calls itself: Other says nothing")
    return text


def _moment(value: Any) -> int:
    """Read a moment as seconds since 1970: a number of them, or a date with time and zone."""
    if type(value) is int:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return int(value)
    if isinstance(value, str):
        text = value.strip()
        if text.isdecimal():
            return int(text)
        try:
            value = dt.datetime.fromisoformat(text)
        except ValueError:
            value = None
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            raise UnusableValue("must have a zone, such as 2026-02-03T10:00:00+01:00")
        return int(value.timestamp())
    raise UnusableValue("must be in seconds since 1970, or a date with time and zone")


def _name(value: Any) -> str:
    """Take the name of an event; one that is nearly Pinterest's is a mistake."""
    text = _text(value)
    if text in EVENT_NAMES:
        return text
    said = re.sub(r"(?<=[a-z])(?=[A-Z])|[\s-]+", "_", text).lower()
    meant = difflib.get_close_matches(said, EVENT_NAMES, 1, 0.85)
    if meant:
        raise UnusableValue(f"is not one of Pinterest's; did you mean {meant[0]}?")
    return text


def _several(value: Any) -> list[Any]:
    several: Any = value
    if isinstance(value, str | Mapping) or not isinstance(value, Sequence):
        return [several]
    return list(several)


def _ids(value: Any) -> list[str] | None:
    return [text for one in _several(value) if one is not None and (text := _text(one))] or None


def _contents(value: Any) -> list[dict[str, Any]] | None:
    return [_content(one) for one in _several(value)] or None


def _content(given: Any) -> dict[str, Any]:
    fields = as_mapping(given)
    if fields is None:
        raise UnusableValue("must be products, each a mapping")
    read: dict[str, Any] = {}
    for name, value in fields.items():
        check = _CONTENT.get(name)
        if check is None:
            raise UnusableValue(f"has a product with a member {shown(name)}, which none can have")
        if value is None or value == "":
            continue
        try:
            read[name] = check(value)
        except UnusableValue as error:
            raise UnusableValue(f"has a product whose {name} {error}") from None
    return read


_CONTENT: Final[Mapping[str, Check]] = {
    "id": _text,
    "item_brand": _text,
    "item_brand_id": _short_text(64),
    "item_category": _text,
    "item_name": _text,
    "item_price": amount,
    "quantity": _whole,
}


def _words(alias: Any) -> frozenset[str]:
    """Return the words of an enumeration, that may be open."""
    found = frozenset(part for part in get_args(alias) if isinstance(part, str))
    return found.union(*(_words(part) for part in get_args(alias) if not isinstance(part, str)))


_CHOICES: Final[Mapping[str, frozenset[str]]] = {
    "form_factor": _words(ConversionEventDeviceInfoFormFactor),
    "network_type": _words(ConversionEventDeviceInfoNetworkType),
    "os_family": _words(ConversionEventDeviceInfoOsFamily),
}


def _struct_of(kind: type[msgspec.Struct]) -> Check:
    """Make a check against a struct with bounds."""

    def check(given: Any) -> Any:
        fields = as_mapping(given)
        if fields is None:
            raise UnusableValue("must be a mapping or a struct")
        for name, value in fields.items():
            if name not in kind.__struct_fields__:
                raise UnusableValue(f"has no member {shown(name)}")
            if name in _CHOICES and str(value) not in _CHOICES[name]:
                raise UnusableValue(f"has a {name} that is none: {', '.join(_CHOICES[name])}")
        try:
            # The words of msgspec name types and bounds, and no values.
            read = msgspec.convert(fields, kind, strict=False)
        except msgspec.ValidationError as error:
            raise UnusableValue(f"does not fit: {error}") from None
        return msgspec.to_builtins(read) or None

    return check


REQUIRED: Final = ("event_name", "action_source", "event_time")

PARTS: Final[Mapping[str, Mapping[str, Check]]] = {
    "": {
        "action_source": _one_of(*ACTION_SOURCES),
        "advertiser_tracking_enabled": _flag,
        "app_id": _text,
        "app_info": _struct_of(ConversionEventAppInfo),
        "app_name": _text,
        "app_version": _text,
        "device_brand": _text,
        "device_carrier": _text,
        "device_info": _struct_of(ConversionEventDeviceInfo),
        "device_model": _text,
        "device_type": _text,
        "event_id": _text,
        "event_name": _name,
        "event_source_url": _text,
        "event_time": _moment,
        "language": _language,
        "opt_out": _flag,
        "os_version": _text,
        "partner_name": _text,
        "wifi": _flag,
    },
    # What is not hashed.
    "user_data": {
        "click_id": _text,
        "client_ip_address": network_address,
        "client_user_agent": _user_agent,
        "customer_type": _one_of("new", "returning"),
        "partner_id": _text,
    },
    "custom_data": {
        "content_brand": _text,
        "content_category": _text,
        "content_ids": _ids,
        "content_name": _text,
        "contents": _contents,
        "currency": _currency,
        "external_measurement_id": _text,
        "external_measurement_vendor_id": _whole,
        "np": _text,
        "num_items": _whole,
        "opt_out_type": _text,
        "order_id": _text,
        "predicted_ltv": amount,
        "search_string": _text,
        "value": amount,
    },
}
MEMBERS: Final[Mapping[str, tuple[str, Check]]] = {
    name: (part, check) for part, checks in PARTS.items() for name, check in checks.items()
}
"""Where each member stands, and what it may be. No two parts have one of the same name."""
