"""`pinterest-async doctor`: what an issue should say, and nothing private."""

from __future__ import annotations

import asyncio
import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async._call.decoding import is_list, is_mapping
from pinterest_async.auth import FileTokenStore, Token, logins
from pinterest_async.cli.doctor import public_place
from pinterest_async.emulator import Answer, Emulator, in_thread
from pinterest_async.operations import DESCRIPTION_VERSION, OPERATIONS
from tests.support.commands import point_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.commands import Shell

CANARY = "canary"


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An account that the environment points at."""
    with in_thread(Emulator(boards=3, pins=30)) as emulator:
        point_at(emulator, monkeypatch)
        yield emulator


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a value."""
    if isinstance(value, str):
        yield value
    elif is_mapping(value) or is_list(value):
        for inner in value.values() if is_mapping(value) else value:
            yield from texts_in(inner)


def private_texts(shell: Shell) -> set[str]:
    """What responses hold of the account: every id, name, address and text of some length."""
    account = json.loads(shell("call", "ad_accounts.list", "--max-items", "1").out)["id"]
    calls = [
        [name] for name in ("user_account.get", "boards.list", "pins.list", "ad_accounts.list")
    ]
    calls += [
        [name, f"ad_account_id={account}"]
        for name in ("campaigns.list", "ads.list", "audiences.list", "customer_lists.list")
    ]
    lines = [line for call in calls for line in shell("call", *call, "--json").out.splitlines()]
    texts = {text for line in lines for text in texts_in(json.loads(line))}
    words = {"public", "protected", "regular", "campaign", "adgroup", "customerlist"}
    return {text for text in texts if len(text) > 5 and not text.isupper()} - words


def test_it_asks_of_each_kind(shell: Shell, emulator: Emulator) -> None:
    """A few reading calls, of boards, Pins, figures, catalogs and ads, and none that writes."""
    before = len(emulator.requests)
    ended = shell("doctor", "--json")
    assert (ended.code, ended.err) == (0, "")
    found = json.loads(ended.out)
    asked = {call["operation"]: call["outcome"] for call in found["calls"]}
    kinds = {"boards/list", "pins/get", "pins/analytics", "catalogs/list", "feeds/list"}
    kinds |= {"user_account/get", "trending_keywords/list", "ad_accounts/list", "ads/list"}
    assert kinds < set(asked)
    assert set(asked.values()) <= {"ok", "empty"}
    assert set(asked) <= set(OPERATIONS)
    sent = emulator.requests[before:]
    assert len(sent) == len(asked) <= 25
    assert {request.method for request in sent} == {"GET"}


def test_it_says_where_one_stands(shell: Shell, emulator: Emulator) -> None:
    """Versions, host, token, tier, limits as learned, and the clock."""
    found = json.loads(shell("doctor", "--json").out)
    assert found["description"] == DESCRIPTION_VERSION
    assert found["hosts"] == ["this machine"]
    assert found["token"]["source"] == "environment"
    assert found["token"]["form"] == "access token"
    assert found["tier"] == "standard"
    assert abs(found["clock_skew"]) < 2
    limits = {row["category"]: row for row in found["limits"]}
    assert [1000, 60.0] in limits["org_read"]["windows"]
    assert limits["org_read"]["remaining"] > 0
    assert found["scopes"] == {"operations": len(OPERATIONS), "allowed": None, "missing": {}}


def test_nothing_private_is_in_it(shell: Shell, emulator: Emulator) -> None:
    """No id, name, address or text of the account's, and no token, in either form."""
    texts = private_texts(shell)
    assert len(texts) > 200
    for words in (["doctor"], ["doctor", "--json"]):
        ended = shell(*words)
        shown = ended.out + ended.err
        assert [text for text in texts if text in shown] == []
        assert emulator.token not in shown
        assert not re.search(r"\d{9,}", shown)


def test_odd_responses_are_told_by_their_places_alone(shell: Shell, emulator: Emulator) -> None:
    """Unknown members, misfits and items set aside: no value, and no key that may be somebody's."""
    media = {"images": {CANARY: {"url": 5, "width": CANARY, "blur": CANARY}}}
    items = [
        {"id": "1", "media": media, "brand_new": CANARY, f"k{CANARY}12345678": 1, f"{CANARY} x": 2},
        {"id": [CANARY]},
    ]
    emulator.fail("pins/list", Answer(200, {"items": items, "bookmark": CANARY}))
    emulator.fail("media/list", Answer(500, {"code": 9, "message": CANARY}), times=10)
    emulator.fail("catalogs/list", Answer(403, {"code": 29, "message": f"{CANARY} owns it"}))
    ended = shell("doctor", "--json")
    assert ended.code == 3
    found = json.loads(ended.out)
    members = found["unknown_members"]["pins/list"]
    assert members["$.items[].brand_new"] == 1
    assert members["$.items[].media.images.{}.blur"] == 1
    assert members["$.items[].{}"] == 2
    misfits = {(one["place"], one["dropped"]) for one in found["misfits"]}
    assert misfits == {
        ("$.items[].media.images{}.url", False),
        ("$.items[].media.images{}.width", True),
    }
    assert found["rejected"] == {"pins/list": 1}
    calls = {call["operation"]: call for call in found["calls"]}
    media_call = calls["media/list"]
    assert (media_call["outcome"], media_call["status"], media_call["code"]) == (
        "ServerError",
        500,
        9,
    )
    assert CANARY not in ended.out + ended.err
    emulator.fail("pins/list", Answer(200, {"items": items, "bookmark": CANARY}))
    plain = shell("doctor")
    assert "$.items[].brand_new" in plain.out
    assert CANARY not in plain.out + plain.err


def test_what_a_token_may_not_do_is_no_fault(shell: Shell, emulator: Emulator) -> None:
    """A lacking scope is told, and the exit code stays 0; a refused token ends the asking."""
    lacking = Answer(
        401, {"code": 3, "message": "Your access token is missing scope catalogs:read"}
    )
    emulator.fail("catalogs/list", lacking, times=3)
    ended = shell("doctor", "--json")
    assert ended.code == 0
    outcomes = {call["operation"]: call["outcome"] for call in json.loads(ended.out)["calls"]}
    assert outcomes["catalogs/list"] == "MissingScope"
    emulator.fail("user_account/get", Answer(401, {"code": 2, "message": "No."}), times=3)
    refused = shell("doctor")
    assert refused.code == 3
    assert "AuthenticationFailed (HTTP 401, code 2)" in refused.out
    assert "boards/list" not in refused.out


def test_a_login_is_told_without_its_name(
    shell: Shell, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How long it lives, whether it can be renewed, and which scopes it lacks for what."""
    place = logins.place(base_url=emulator.base_url)
    store = place.store
    assert isinstance(store, FileTokenStore)
    now = time.time()
    token = Token(
        emulator.token,
        refresh="pinr.canary",
        expires_at=now + 3 * 86400,
        refresh_expires_at=now + 30 * 86400,
        scopes=("boards:read", "pins:read", "user_accounts:read"),
    )
    asyncio.run(store.save(CANARY, token))
    monkeypatch.delenv("PINTEREST_ACCESS_TOKEN")
    ended = shell("doctor", "--account", CANARY, "--json")
    assert CANARY not in ended.out + ended.err
    found = json.loads(ended.out)
    assert found["token"] == {
        "source": "login",
        "form": "access token",
        "environment": "production",
        "renewable": True,
        "days_left": 3.0,
        "login_days_left": 30.0,
        "scopes": ["boards:read", "pins:read", "user_accounts:read"],
    }
    scopes = found["scopes"]
    granted = set(found["token"]["scopes"])
    fitting = [one for one in OPERATIONS.values() if set(one.scopes) <= granted]
    assert scopes["allowed"] == len(fitting)
    assert scopes["missing"]["ads:read"] == sum(
        "ads:read" in one.scopes for one in OPERATIONS.values()
    )
    assert "enough for" in shell("doctor", "--account", CANARY).out


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("$.items[3].media.media_type", "$.items[].media.media_type"),
        ("$['anna\\'s].key']['b'].count", "${}{}.count"),
        ('$.all["it\'s"].x', "$.all{}.x"),
        ("$.549755885175.name", "$.{}.name"),
        ("$.a b.c", "$.{}.c"),
        ("$", "$"),
    ],
)
def test_places(path: str, shown: str) -> None:
    """What may be an account's key gives way."""
    assert public_place(path) == shown
