"""What an error says to do: the command, the argument or the moment that helps."""

from __future__ import annotations

import shlex
from typing import Any

import msgspec
import pytest

from pinterest_async import APIError, MissingScope, RateLimit, SpamBlocked
from pinterest_async._call.protocol import judge
from pinterest_async.auth.scopes import check_scopes
from pinterest_async.operations import OPERATIONS
from pinterest_async.testing import FakeTransport


def refusal(operation: str, status: int, body: dict[str, Any], **more: Any) -> APIError:
    """Judge a refusal of an operation."""
    headers = more.pop("headers", {})
    error = judge(OPERATIONS[operation], status, headers, msgspec.json.encode(body), **more)
    assert error is not None
    assert error.hint in str(error)
    return error


def test_a_missing_scope_is_asked_for_by_a_command_that_can_be_run() -> None:
    """The command of the hint asks for the scopes of the error, and login knows them."""
    error = refusal("pins/create", 401, {"code": 3, "message": "no"}, secret=True)
    assert isinstance(error, MissingScope)
    _, _, command = error.hint.partition("for example by ")
    program, name, option, scopes = shlex.split(command)
    assert (program, name, option) == ("pinterest-async", "login", "--scope")
    assert tuple(check_scopes(scopes.split(","))) == error.required_scopes
    assert "pins:write_secret" in error.required_scopes


@pytest.mark.parametrize(
    ("operation", "status", "body", "more", "words"),
    [
        ("boards/list", 401, {"code": 2}, {"sandbox": False}, "pass sandbox=True"),
        ("boards/list", 401, {"code": 2}, {"sandbox": True}, "pass sandbox=False"),
        ("boards/list", 401, {"code": 2}, {"sandbox": False}, "pinterest-async login"),
        ("oauth/token", 401, {"code": 2}, {}, "app's id and secret"),
        ("pins/create", 403, {"code": 29, "message": "Trial access"}, {}, "sandbox=True"),
        ("pins/get", 403, {"code": 29}, {}, "acting_as(ad_account_id=…)"),
        ("pins/get", 403, {"code": 29}, {}, "pins:read_secret"),
        ("pins/get", 401, {"code": 7}, {}, "--ad-account"),
        ("pins/get", 403, {"code": 29}, {"acts": True}, "leave ad_account_id out"),
        ("pins/get", 404, {"code": 50}, {"acts": True}, "leave ad_account_id out"),
        ("campaigns/list", 403, {"code": 29}, {}, "ad_accounts.list()"),
        ("pins/create", 400, {"code": 2787}, {}, "look before you send it again"),
        ("pins/get", 403, {"code": 654}, {}, "business account"),
        ("catalogs/list", 403, {"code": 2625}, {}, "disapproved"),
        ("catalogs/list", 403, {"code": 2626}, {}, "come back"),
        ("feeds/list", 409, {"code": 4182}, {}, "catalogs.create"),
        ("pins/create", 429, {"code": 9, "message": "blocked this link: spam"}, {}, "another"),
        ("pins/update", 429, {"code": 8, "message": "multiple write"}, {}, "one call at a time"),
        ("boards/list", 429, {"code": 8, "message": "no"}, {}, "pinterest-async limits"),
        (
            "pins/analytics",
            403,
            {"code": 29, "message": "This is not available in the sandbox."},
            {},
            "the sandbox does not have this operation",
        ),
    ],
)
def test_a_refusal_says_what_helps(
    operation: str, status: int, body: dict[str, Any], more: dict[str, Any], words: str
) -> None:
    """Each refusal that Pinterest documents a remedy for, or that was seen to have one."""
    assert words in refusal(operation, status, {"message": "no", **body}, **more).hint


def test_what_nobody_knows_a_remedy_for_has_no_hint() -> None:
    """A thing that is not there, a wrong parameter, a fault of the server."""
    for status, code in ((404, 50), (400, 1), (500, 1), (403, 1)):
        assert refusal("pins/get", status, {"code": code, "message": "no"}).hint == ""


def test_a_pace_that_was_too_high_says_when_to_come_back() -> None:
    """A quota by its reset; a spam block by `Retry-After` alone, else a day."""
    full = RateLimit(remaining=0, reset=29.2)
    body = {"code": 8, "message": "no"}
    assert "come back in 30 s" in refusal("boards/list", 429, body, rate_limit=full).hint
    spam = {"code": 8, "message": "taken for spam"}
    error = refusal("boards/list", 429, spam, rate_limit=full)
    assert isinstance(error, SpamBlocked)
    assert error.retry_after is None
    assert "stop for a day" in error.hint
    error = refusal("boards/list", 429, spam, rate_limit=full, headers={"retry-after": "7200"})
    assert error.retry_after == 7200
    assert "come back in 7200 s" in error.hint


async def test_a_client_that_acts_for_an_ad_account_is_told_of_it() -> None:
    """The same 404 says nothing of a role where no ad account was named."""
    transport = FakeTransport()
    transport.respond("pins/get", {"code": 50, "message": "Pin not found."}, status=404)
    async with transport.client() as client:
        with pytest.raises(APIError) as caught:
            await client.acting_as(ad_account_id="5").pins.get("1")
        assert "ad_accounts.list()" in caught.value.hint
        with pytest.raises(APIError) as caught:
            await client.pins.get("1")
        assert caught.value.hint == ""
