"""Refusals read whole: A4 to A8."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async import (
    APIError,
    BadRequest,
    IneligibleProductTag,
    IneligibleProductTags,
    LinkBlocked,
    MissingScope,
    PermissionDenied,
    Pinterest,
    RateLimited,
    SpamBlocked,
    UnprocessableRequest,
)
from pinterest_async.auth import OAuthApp
from pinterest_async.emulator import Emulator
from pinterest_async.models import ConversionApiResponse, ProductTagItemInput
from pinterest_async.testing import FakeTransport

if TYPE_CHECKING:
    from collections.abc import Callable


async def refused(operation: str, status: int, body: dict[str, Any], **arguments: Any) -> APIError:
    """Make a call that is refused so."""
    transport = FakeTransport()
    transport.respond(operation, body, status=status)
    async with transport.client() as client:
        calls: dict[str, Callable[[], Any]] = {
            "pins/create": lambda: client.request("POST", "/pins", body={}),
            "pins/update": lambda: client.pins.update("1", title="x"),
            "boards/update": lambda: client.boards.update("1", **arguments),
            "product_tags/bulk_add": lambda: client.product_tags.bulk_add(
                "1", product_tags=[ProductTagItemInput(pin_id="12")]
            ),
            "boards/list": lambda: client.boards.list(**arguments).collect(),
        }
        with pytest.raises(APIError) as caught:
            await calls[operation]()
    return caught.value


async def test_a4_a_blocked_link_is_told_from_a_blocked_account() -> None:
    """One link that Pinterest takes for spam is that Pin's affair."""
    link = {"code": 9, "message": "We blocked this link because it may lead to spam."}
    error = await refused("pins/create", 429, {**link, "details": {"source_field": None}})
    assert type(error) is LinkBlocked
    assert "other Pins" in error.hint
    assert error.details is None
    account = {"code": 9, "message": "Your account was blocked for spam."}
    assert type(await refused("pins/create", 429, account)) is SpamBlocked


async def test_a5_an_app_that_is_not_approved_is_told_so() -> None:
    """No new token helps, and the feature is named."""
    message = "Your application does not have access to this restricted feature: pin_edit"
    error = await refused("pins/update", 401, {"code": 3, "message": message})
    assert not isinstance(error, MissingScope)
    assert "not approved for the feature pin_edit; a new token does not help" in error.hint
    error = await refused("pins/update", 401, {"code": 3, "message": "Requires Standard access."})
    assert "not approved" in error.hint


async def test_a6_what_a_refusal_says_of_each_part_is_kept() -> None:
    """A6: which of several events were taken stands in `details`."""
    details = {
        "num_events_received": 3,
        "num_events_processed": 2,
        "events": [{"status": "processed"}, {"status": "failed", "error_message": "no email"}],
    }
    error = await refused("boards/list", 422, {"code": 953, "message": "x", "details": details})
    assert isinstance(error, UnprocessableRequest)
    assert error.details == details


async def test_a6_details_are_read_as_what_the_operation_declares() -> None:
    """The verdicts of events have the form of a success; an event has no description."""
    async with (
        Emulator(boards=1, pins=1) as emulator,
        Pinterest(emulator.token, base_url=emulator.base_url) as client,
    ):
        account = (await client.ad_accounts.list()).items[0]
        event: Any = {
            "event_name": "lead",
            "action_source": "web",
            "event_time": 1,
            "event_id": "a",
            "user_data": {"em": ["plain"]},
        }
        with pytest.raises(UnprocessableRequest) as caught:
            await client.conversion_events.create(account.id, data=[event])
    assert caught.value.code == 953
    told = caught.value.details_as(ConversionApiResponse)
    assert told is not None
    assert told.num_events_processed == 0
    assert [failure.index for failure in told.failures] == [0]


async def test_a6_product_pins_that_cannot_be_tagged_are_named() -> None:
    """With their reasons; details of another form are None, and still there as they came."""
    told = [{"pin_id": "12", "error_message": "PIN_IS_PRIVATE"}]
    body = {"code": 1, "message": "Ineligible.", "details": {"product_tags": told}}
    error = await refused("product_tags/bulk_add", 400, body)
    assert isinstance(error, BadRequest)
    assert error.details_as(IneligibleProductTags) == IneligibleProductTags(
        (IneligibleProductTag("12", "PIN_IS_PRIVATE"),)
    )
    error = await refused("product_tags/bulk_add", 400, {**body, "details": {"product_tags": 5}})
    assert error.details_as(IneligibleProductTags) is None
    assert error.details == {"product_tags": 5}
    error = await refused("product_tags/bulk_add", 400, {"code": 1, "message": "no"})
    assert error.details_as(IneligibleProductTags) is None


@pytest.mark.parametrize("name", ["data", "message_detail", "error_description"])
async def test_a7_the_text_that_says_more_is_shown(name: str) -> None:
    """A7: the first of several texts does not hide the others."""
    body = {"code": 283, "message": "The authorization grant is invalid"}
    transport = FakeTransport()
    transport.respond("oauth/token", {**body, name: "Invalid Application ID"}, status=401)
    app = OAuthApp("1", "s", "http://localhost/", session=transport)  # type: ignore[arg-type]
    app.base_url = "https://pinterest.invalid/v5"
    with pytest.raises(APIError, match="grant is invalid: Invalid Application ID") as caught:
        await app.exchange("a-grant")
    assert caught.value.hint == "check the app's id"


async def test_a8_secret_scopes_are_named_where_the_call_is_about_something_secret() -> None:
    """And only there, except where Pinterest refuses without saying why."""
    refusal = {"code": 3, "message": "Missing scope"}
    error = await refused("boards/update", 401, refusal, privacy="SECRET")
    assert isinstance(error, MissingScope)
    assert "boards:write_secret" in error.required_scopes
    assert "boards:write_secret" in error.hint
    error = await refused("boards/update", 401, refusal, name="x")
    assert isinstance(error, MissingScope)
    assert "boards:write_secret" not in error.required_scopes
    error = await refused("boards/list", 401, refusal, privacy="SECRET")
    assert isinstance(error, MissingScope)
    assert error.required_scopes == ("boards:read", "boards:read_secret")
    error = await refused("boards/update", 403, {"code": 29, "message": "no"}, privacy="SECRET")
    assert isinstance(error, PermissionDenied)
    assert "boards:write_secret" in error.hint


async def test_a16_contention_on_one_object_is_named() -> None:
    """A16: a 429 about one object says so."""
    message = "There are multiple write operations on one object"
    error = await refused("pins/update", 429, {"code": 8, "message": message})
    assert type(error) is RateLimited
    assert "one call at a time" in error.hint
