"""Conversion events before they are sent: what is read, mended, hashed and refused."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import sys
import uuid
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from pinterest_async.errors import ConfigurationError
from pinterest_async.jobs._rows import Unreadable
from pinterest_async.jobs.conversions.members import (
    CURRENCIES,
    EVENT_NAMES,
    MEMBERS,
)
from pinterest_async.jobs.conversions.prepare import Prepared, Preparer
from pinterest_async.jobs.conversions.report import EventVerdict
from pinterest_async.models import (
    ConversionEventData,
    ConversionEventDataCustomData,
    ConversionEventsUserDataProperties,
)
from tests.support.events_world import sha256

NOW = 1_770_000_000
EM = sha256("ada@example.com")
WEB = {"client_ip_address": "192.0.2.7", "client_user_agent": "Mozilla/5.0"}


def given(**members: Any) -> dict[str, Any]:
    """A good event."""
    return {
        "event_name": "checkout",
        "action_source": "web",
        "event_time": NOW - 5,
        "event_id": "order-17",
        "user_data": {"em": "Ada@Example.com"},
        **members,
    }


def preparer(**options: Any) -> Preparer:
    """One whose clock stands still."""
    return Preparer(clock=lambda: float(NOW), **options)


def sent(event: Any, **options: Any) -> dict[str, Any]:
    """What is sent for an event."""
    prepared = preparer(**options).prepare(1, event)
    assert isinstance(prepared, Prepared), prepared
    body: dict[str, Any] = json.loads(bytes(prepared.body))
    return body


def refused(event: Any, **options: Any) -> str:
    """Why an event is refused."""
    verdict = preparer(**options).prepare(1, event)
    assert isinstance(verdict, EventVerdict)
    assert verdict.state == "refused"
    assert verdict.reason is not None
    return verdict.reason


def test_personal_values_are_hashed_and_the_rest_stays() -> None:
    """What identifies a person is hashed in Pinterest's form, in lists; addresses stay plain."""
    user = {
        "em": ["Ada@Example.com", "ADA@example.com "],
        "ph": "+49 170 1234567",
        "external_id": 42,
        "ct": "Bad Homburg",
        **WEB,
        "click_id": "epik",
    }
    assert sent(given(user_data=user))["user_data"] == {
        "em": [EM],
        "ph": [sha256("491701234567")],
        "external_id": [sha256("42")],
        "ct": [sha256("badhomburg")],
        **WEB,
        "click_id": "epik",
    }


@pytest.mark.parametrize(
    ("members", "wanted"),
    [
        ({"custom_data": {"value": 12.5}}, {"custom_data": {"value": "12.5"}}),
        ({"custom_data": {"value": 12}}, {"custom_data": {"value": "12"}}),
        ({"custom_data": {"value": Decimal("12.50")}}, {"custom_data": {"value": "12.50"}}),
        ({"custom_data": {"value": 1e16}}, {"custom_data": {"value": "10000000000000000"}}),
        ({"custom_data": {"predicted_ltv": " 7.25 "}}, {"custom_data": {"predicted_ltv": "7.25"}}),
        ({"custom_data": {"currency": "eur"}}, {"custom_data": {"currency": "EUR"}}),
        ({"custom_data": {"num_items": "3"}}, {"custom_data": {"num_items": 3}}),
        ({"custom_data": {"num_items": 3.0}}, {"custom_data": {"num_items": 3}}),
        ({"custom_data": {"order_id": 17}}, {"custom_data": {"order_id": "17"}}),
        ({"custom_data": {"content_ids": "a"}}, {"custom_data": {"content_ids": ["a"]}}),
        ({"custom_data": {"content_ids": [1, "b"]}}, {"custom_data": {"content_ids": ["1", "b"]}}),
        (
            {"custom_data": {"contents": [{"id": "a", "item_price": 14.99, "quantity": "2"}]}},
            {"custom_data": {"contents": [{"id": "a", "item_price": "14.99", "quantity": 2}]}},
        ),
        ({"custom_data": {"value": "", "np": None}}, {"custom_data": None}),
        ({"event_time": float(NOW) - 0.5}, {"event_time": NOW - 1}),
        ({"event_time": f"{NOW - 7}"}, {"event_time": NOW - 7}),
        ({"event_time": dt.datetime.fromtimestamp(NOW - 9, dt.UTC)}, {"event_time": NOW - 9}),
        ({"event_time": "2026-02-02T03:40:00+01:00"}, {"event_time": NOW}),
        ({"event_time": NOW - 7 * 86_400}, {"event_time": NOW - 7 * 86_400}),
        ({"event_time": NOW + 600}, {"event_time": NOW + 600}),
        ({"opt_out": "true"}, {"opt_out": True}),
        ({"wifi": 0}, {"wifi": False}),
        ({"language": "en"}, {"language": "en"}),
        ({"event_id": 17}, {"event_id": "17"}),
        ({"event_id": uuid.UUID(int=1)}, {"event_id": f"{uuid.UUID(int=1)}"}),
        ({"action_source": "offline"}, {"action_source": "offline"}),
        ({"device_info": {"battery_level": 7}}, {"device_info": {"battery_level": 7}}),
        ({"device_info": {"os_family": "ios"}}, {"device_info": {"os_family": "ios"}}),
        ({"app_info": {"app_id": "1"}}, {"app_info": {"app_id": "1"}}),
        ({"app_info": {}}, {"app_info": None}),
        ({"partner_name": None, "device_brand": ""}, {"partner_name": None, "device_brand": None}),
        ({"key": "mine"}, {"key": None}),
    ],
)
def test_what_is_meant_is_sent(members: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Values in the forms that programs and files have become those of Pinterest."""
    body = sent(given(**members))
    assert {name: body.get(name) for name in wanted} == wanted


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"user_data": {"ph": "+49 170 1234567"}}, "user_data needs em, hashed_maids, or client"),
        ({"user_data": {"client_ip_address": "192.0.2.7"}}, "user_data needs em"),
        ({"user_data": {}}, "user_data needs em"),
        ({"user_data": {"em": ""}}, "user_data needs em"),
        ({"user_data": "ada"}, "user_data must be a mapping"),
        ({"user_data": {**WEB, "client_ip_address": "0.0.0.0"}}, "client_ip_address must be"),  # noqa: S104
        ({"user_data": {**WEB, "client_ip_address": "300.1.1.1"}}, "client_ip_address must be"),
        ({"user_data": {**WEB, "client_ip_address": "::"}}, "client_ip_address must be"),
        ({"user_data": {**WEB, "client_user_agent": "Other"}}, "client_user_agent must be"),
        ({"user_data": {"em": "ada"}}, "user_data.em must be one e-mail address"),
        ({"user_data": {"em": EM[:32]}}, "an MD5 hash"),
        ({"user_data": {"em": EM[:40]}}, "a SHA-1 hash"),
        ({"user_data": {"em": EM, "customer_type": "old"}}, "customer_type must be new or return"),
        ({"user_data": {"em": EM, "value": 1}}, "user_data has no member value"),
        ({"user_data": {"em": EM, "extrenal_id": 1}}, "did you mean external_id?"),
        ({"event_time": (NOW - 5) * 1000}, "in milliseconds"),
        ({"event_time": NOW - 7 * 86_400 - 1}, "more than 7 days back"),
        ({"event_time": NOW + 3600}, "in the future"),
        ({"event_time": dt.datetime.fromtimestamp(NOW, dt.UTC).replace(tzinfo=None)}, "a zone"),
        ({"event_time": "yesterday"}, "seconds since 1970"),
        ({"event_time": float("inf")}, "seconds since 1970"),
        ({"event_time": None}, "event_time is missing"),
        ({"event_name": ""}, "event_name is missing"),
        ({"event_name": "AddToCart"}, "did you mean add_to_cart?"),
        ({"event_name": "Page Visit"}, "did you mean page_visit?"),
        ({"event_name": "chekout"}, "did you mean checkout?"),
        ({"action_source": "website"}, "action_source must be web, app_android, app_ios or off"),
        ({"event_id": True}, "event_id must be text"),
        ({"event_id": "\ud800"}, "no Unicode text"),
        ({"colour": "red"}, "an event has no member colour"),
        ({"custom_data": {"colour": "red"}}, "custom_data has no member colour"),
        ({"custom_data": {"value": "12,50"}}, "custom_data.value must be a number such as"),
        ({"custom_data": {"value": "12.50 EUR"}}, "custom_data.value must be a number such as"),
        ({"custom_data": {"value": float("nan")}}, "custom_data.value must be a number such as"),
        ({"custom_data": {"value": True}}, "custom_data.value must be a number such as"),
        ({"custom_data": {"currency": "EURO"}}, "code of a currency"),
        ({"custom_data": {"num_items": -1}}, "whole number, 0 or more"),
        ({"custom_data": {"num_items": 2**70}}, "whole number, 0 or more"),
        ({"custom_data": {"num_items": 1.5}}, "whole number, 0 or more"),
        ({"custom_data": {"order_id": ["17"]}}, "order_id must be text"),
        ({"custom_data": {"contents": "a"}}, "must be products, each a mapping"),
        ({"custom_data": {"contents": [{"price": 1}]}}, "product with a member price"),
        ({"custom_data": {"contents": [{"item_price": "1,5"}]}}, "product whose item_price must"),
        ({"custom_data": {"contents": [{"item_brand_id": "x" * 65}]}}, "at most 64 characters"),
        ({"language": "english"}, "language must be a two-letter code"),
        ({"opt_out": "maybe"}, "opt_out must be true or false"),
        ({"app_info": "app"}, "app_info must be a mapping"),
        ({"app_info": {"colour": "red"}}, "app_info has no member colour"),
        (
            {"device_info": {"battery_level": 101}},
            "device_info does not fit: Expected `int` <= 100",
        ),
        ({"device_info": {"os_family": "beos"}}, "has a os_family that is none"),
    ],
)
def test_what_is_wrong_is_named(members: dict[str, Any], said: str) -> None:
    """An event that Pinterest would refuse, or would not count, is refused with a sentence."""
    assert said in refused(given(**members))


def test_everything_wrong_is_named() -> None:
    """An event that has several faults is told all of them."""
    reason = refused(given(event_time=1, user_data={"em": "x", "st": "California"}, colour=1))
    for said in ("7 days", "user_data.em", "user_data.st", "colour", "user_data needs"):
        assert said in reason


@pytest.mark.parametrize("event", [None, 7, "checkout", [1], object(), dt.date])
def test_what_is_no_event_is_refused(event: Any) -> None:
    """What has no members is no event."""
    assert "it must be a mapping or a struct" in refused(event)
    assert refused(Unreadable("line 1 is no JSON")) == "line 1 is no JSON"


def test_members_may_stand_side_by_side() -> None:
    """In one mapping, as in a row of a file, members find their places."""
    flat = {
        "event_name": "checkout",
        "action_source": "web",
        "event_time": NOW - 5,
        "event_id": "order-17",
        "em": "Ada@Example.com",
        "value": 12.5,
        "user_data": {"external_id": "C1"},
    }
    nested = given(
        user_data={"em": "Ada@Example.com", "external_id": "C1"}, custom_data={"value": 12.5}
    )
    assert sent(flat) == sent(nested)


@dataclasses.dataclass
class Purchase:
    """A caller's own."""

    event_name: str
    action_source: str
    event_time: dt.datetime
    event_id: str
    user_data: dict[str, str]


def test_structs_are_read_as_mappings() -> None:
    """The models of the package, with plain values in them, and dataclasses are events as well."""
    struct = ConversionEventData(
        event_name="checkout",
        action_source="web",
        event_time=NOW - 5,
        event_id="order-17",
        user_data=ConversionEventsUserDataProperties(em=["Ada@Example.com"]),
        custom_data=ConversionEventDataCustomData(value="12.50"),
    )
    assert sent(struct) == sent(given(custom_data={"value": "12.50"}))
    moment = dt.datetime.fromtimestamp(NOW - 5, dt.UTC)
    own = Purchase("checkout", "web", moment, "order-17", {"em": "Ada@Example.com"})
    assert sent(own) == sent(given())
    assert sent(given(user_data=struct.user_data)) == sent(given())


def test_an_id_is_made_of_what_an_event_says() -> None:
    """Without an id, the same event in the same place has the same one, and another another."""
    event = given()
    del event["event_id"]
    made = [preparer().prepare(line, event) for line in (1, 1, 2)]
    ids = [one.event_id for one in made if isinstance(one, Prepared)]
    assert ids[0] == ids[1] != ids[2]
    assert len(ids[0]) == 32
    assert [one.key for one in made] == ids


def test_the_callers_word_is_the_key() -> None:
    """A verdict has the caller's key, else the event's id, also for an event that is refused."""
    for event, key in [
        (given(key="mine"), "mine"),
        (given(key=7), "7"),
        (given(), "order-17"),
        (given(key="mine", event_time=1), "mine"),
        (given(event_time=1), "order-17"),
        (given(event_id=None, event_time=1), ""),
    ]:
        assert preparer().prepare(1, event).key == key


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"custom_data": {"value": 0}}, "custom_data.value should be more than 0"),
        ({"custom_data": {"value": "-3.50"}}, "custom_data.value should be more than 0"),
        ({"event_name": "cake_eaten"}, "event_name is none that Pinterest counts by its name"),
    ],
)
def test_what_would_be_better_is_warned_of(members: dict[str, Any], said: str) -> None:
    """What Pinterest takes and advises against is sent, with a warning."""
    prepared = preparer().prepare(1, given(**members))
    assert isinstance(prepared, Prepared)
    assert said in (prepared.verdict("processed").warning or "")


def test_a_bad_value_may_be_left_out() -> None:
    """With `skip_bad_fields`, what is wrong of a person is left out where the rest suffices."""
    user = {"em": "Ada@Example.com", "st": "California", "ph": "n/a"}
    event = given(user_data=user)
    assert "user_data.st" in refused(event)
    prepared = preparer(skip_bad_fields=True).prepare(1, event)
    assert isinstance(prepared, Prepared)
    assert json.loads(bytes(prepared.body))["user_data"] == {"em": [EM]}
    assert "left out: user_data.st must be the two-letter" in (prepared.warning or "")
    assert "needs em" in refused(given(user_data={"em": "n/a"}), skip_bad_fields=True)
    assert "custom_data.value" in refused(
        given(custom_data={"value": "much"}), skip_bad_fields=True
    )


def test_telephone_numbers_have_the_country_by_default() -> None:
    """The default country is that of numbers without one; it is checked at once."""
    user = {"em": EM, "ph": "0170 1234567"}
    assert sent(given(user_data=user), default_country="DE")["user_data"]["ph"] == [
        sha256("491701234567")
    ]
    assert "default_country" in refused(given(user_data=user))
    with pytest.raises(ConfigurationError, match="two-letter"):
        preparer(default_country="Germany")


def test_a_number_that_only_the_library_can_read_is_one_events_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without the extra, an event whose number needs it is refused, and says what would help."""
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    assert "pinterest-async[phones]" in refused(
        given(user_data={"em": EM, "ph": "+49 0170 1234567"})
    )


def test_nothing_shows_what_an_event_says() -> None:
    """An event that is ready shows its line alone, and takes its values out of what is said."""
    user = {"em": "ada@example.com", **WEB, "click_id": "epik-1"}
    prepared = preparer().prepare(3, given(user_data=user, event_source_url="https://x.test/ada"))
    assert isinstance(prepared, Prepared)
    assert repr(prepared) == "<Prepared event of line 3>"
    said = "192.0.2.7 with Mozilla/5.0 and epik-1 at https://x.test/ada is wrong"
    verdict = prepared.verdict("refused", said, said)
    assert verdict.reason == verdict.warning == "… with … and … at … is wrong"


def test_constants_are_the_published_ones() -> None:
    """22 names are counted; the three parts of an event have no member of one name twice."""
    assert len(EVENT_NAMES) == 22
    assert {"EUR", "USD", "JPY", "BRL"} <= CURRENCIES
    declared = {
        *ConversionEventData.__struct_fields__,
        *ConversionEventDataCustomData.__struct_fields__,
        *ConversionEventsUserDataProperties.__struct_fields__,
    }
    ours = {*MEMBERS, "user_data", "custom_data"}
    later = {"advertiser_tracking_enabled", "customer_type"}
    hashed = {"em", "ph", "ge", "db", "ln", "fn", "ct", "st", "zp", "country", "external_id"}
    assert ours | hashed | {"hashed_maids"} == declared | later


PIECES: dict[str, list[Any]] = {
    "event_name": ["checkout", "signup", "cake", "Checkout", None, 7],
    "action_source": ["web", "offline", "app_ios", "shop", ""],
    "event_time": [NOW, NOW - 1.5, str(NOW), NOW * 1000, 1, dt.datetime.fromtimestamp(NOW, dt.UTC)],
    "event_id": ["order-17", 17, None, "", "\ud800"],
    "key": ["mine", None, 7],
    "event_source_url": ["https://x.test/1", "", None, 7],
    "opt_out": [True, False, "true", 1],
    "wifi": [True, None],
    "device_brand": ["Apple", ""],
    "language": ["en", "english"],
    "partner_name": ["ss-x", None],
    "em": [
        "Ada@Example.com",
        ["a@b.de", "A@b.de"],
        "",
        "  ",
        "ada",
        EM,
        EM[:32],
        ["a@b.de", ""],
        [],
    ],
    "ph": ["+49 170 1234567", "0170", None, [], "+1 212 555 0199"],
    "country": ["DE", "UK", ["de", "us"]],
    "external_id": ["C1", 7, " C1 "],
    "hashed_maids": ["38400000-8cf0-11bd-b23e-10b96e40000d", "x"],
    "client_ip_address": ["192.0.2.7", "2001:db8::1", "0.0.0.0", "", "::"],  # noqa: S104
    "client_user_agent": ["Mozilla/5.0", "Other", "OTHER", None],
    "click_id": ["epik", ""],
    "value": ["12.50", 12.5, 0, "0.00", "-1", "1,5", True, " 3 ", 1e300],
    "currency": ["EUR", "eur", "XXX"],
    "num_items": [2, "2", -1, 2**63],
    "content_ids": [["a"], "a", [], [""], ("a", "b")],
    "contents": [[{"id": "a", "item_price": 1.5}], [{"price": 1}], [], [{"item_price": "x"}], [{}]],
    "search_string": ["cake", ""],
    "colour": ["red"],
}
USER = ("em", "ph", "country", "external_id", "hashed_maids", "client_ip_address",
        "client_user_agent", "click_id")  # fmt: skip
CUSTOM = ("value", "currency", "num_items", "content_ids", "contents", "search_string")


def at_random(random: Random) -> dict[str, Any]:
    """An event of any kind; most of them are good."""
    event = given(user_data={"em": "Ada@Example.com"}, custom_data={})
    for name, values in PIECES.items():
        if random.random() < 0.3:
            # The first is the good one.
            value = values[0] if random.random() < 0.7 else random.choice(values)
            part = "user_data" if name in USER else "custom_data" if name in CUSTOM else None
            (event if part is None else event[part])[name] = value
    return event


@pytest.mark.parametrize("seed", range(20))
def test_the_quick_way_and_the_careful_one_come_to_the_same(seed: int) -> None:
    """Whether an event is read in one step or by the member, the same is sent, or the same said."""
    random = Random(seed)
    one = preparer()
    ways = {"quick": 0, "careful": 0}
    for line in range(200):
        event = at_random(random)
        found, careful = one.prepare(line, event), one.prepare_carefully(line, event)
        assert type(found) is type(careful), event
        if isinstance(found, Prepared) and isinstance(careful, Prepared):
            ways["quick" if bytes(found.body) != bytes(careful.body) else "careful"] += 1
            bodies = [json.loads(bytes(way.body)) for way in (found, careful)]
            assert bodies[0] == bodies[1], event
            assert found.verdict("processed") == careful.verdict("processed")
            assert (found.name, found.event_id, found.offline, found.private) == (
                careful.name,
                careful.event_id,
                careful.offline,
                careful.private,
            )
        else:
            assert found == careful
    assert min(ways.values()) > 5
