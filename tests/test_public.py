"""The tokenless endpoints: what anybody can see, read tolerantly, and errors of their own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import aiohttp
import pytest

from pinterest_async import (
    APIError,
    ClientClosed,
    ConfigurationError,
    ConnectionFailed,
    DecodeError,
    InvalidRequest,
    NotFound,
    PermissionDenied,
    RateLimited,
    RequestTimeout,
    RetryPolicy,
    ServerError,
    SpamBlocked,
)
from pinterest_async.emulator import Answer, Delay, Disconnect, Emulator, SpamBlock, Truncate
from pinterest_async.emulator.hosts.widgets import slug
from pinterest_async.emulator.http.faults import PASSING, WrongLength
from pinterest_async.public import PublicPinterest

if TYPE_CHECKING:
    from pinterest_async.emulator.state.account import Account
    from tests.support.scripted import Scripted

ONCE = RetryPolicy(attempts=1)


def public_of(emulator: Emulator, **options: Any) -> PublicPinterest:
    """A client of the emulator."""
    return PublicPinterest(
        widgets_url=emulator.widgets_url, www_url=emulator.widgets_url, **options
    )


def visible(account: Account) -> list[str]:
    """The ids of the Pins that anybody can see."""
    return [
        pin.id
        for pin in account.saved.pins.values()
        if isinstance(pin.board_id, str) and account.saved.boards[pin.board_id].privacy == "PUBLIC"
    ]


def scripted_public(server: Scripted) -> PublicPinterest:
    """A client of a server that answers as it is told."""
    return PublicPinterest(widgets_url=server.base_url, www_url=server.base_url, retry=ONCE)


def wrapped(data: object) -> dict[str, object]:
    """The envelope of a success."""
    return {"status": "success", "code": 0, "message": "ok", "data": data}


async def test_pins_of_a_board() -> None:
    """A public board gives its newest 50 Pins, itself and its owner."""
    async with Emulator(boards=6, pins=600) as emulator, public_of(emulator) as public:
        account = emulator.account
        board = next(
            one for one in account.saved.boards.values() if len(account.saved.pins_of(one.id)) > 50
        )
        found = await public.board_pins(account.username, slug(board.name))

    newest = [str(key) for key in account.saved.pins_of(board.id)[:-51:-1]]
    assert [pin.id for pin in found.pins or ()] == newest
    assert found.board is not None
    assert found.board.id == board.id
    assert found.user is not None
    assert found.user.id == account.id
    pin = (found.pins or [])[0]
    assert pin.images is not None
    assert str(pin.images["237x"].url).startswith("https://i.pinimg.com/237x/")
    assert pin.aggregated_pin_data is not None


async def test_pins_of_a_user_leave_out_what_is_secret() -> None:
    """A user gives the newest public Pins; none of a secret board is among them."""
    async with Emulator(boards=8, pins=60) as emulator, public_of(emulator) as public:
        account = emulator.account
        found = await public.user_pins(account.username)
        secret = next(board for board in account.saved.boards.values() if board.privacy == "SECRET")
        with pytest.raises(NotFound):
            await public.board_pins(account.username, slug(secret.name))

    shown = {pin.id for pin in found.pins or ()}
    assert any(account.saved.is_secret(pin) for pin in account.saved.pins.values())
    assert shown == set(sorted(visible(account), key=int)[-50:])


async def test_pins_of_a_section() -> None:
    """A section gives its own Pins alone."""
    async with Emulator(boards=6, pins=300) as emulator, public_of(emulator) as public:
        account = emulator.account
        board, section = next(
            (board, section)
            for board in account.saved.boards.values()
            for section in account.saved.sections[board.id].values()
            if board.privacy == "PUBLIC" and account.saved.pins_of(section.id)
        )
        found = await public.section_pins(account.username, slug(board.name), slug(section.name))
        with pytest.raises(NotFound):
            await public.section_pins(account.username, slug(board.name), "no-such-section")

    expected = [str(key) for key in account.saved.pins_of(section.id)[:-51:-1]]
    assert [pin.id for pin in found.pins or ()] == expected
    assert found.section is not None
    assert found.section.id == section.id


async def test_pins_by_id_come_in_batches() -> None:
    """Any number of ids is asked for 20 at a time; order is kept, and what is missing is named."""
    async with Emulator(boards=3, pins=95) as emulator, public_of(emulator) as public:
        account = emulator.account
        seen = visible(account)
        asked = [*seen[:30], "404", *seen[30:], seen[0], "405"]
        found = await public.pins(asked)
        nothing = await public.pins([])

    assert [pin.id for pin in found.pins] == seen
    assert found.missing == ["404", "405"]
    assert (nothing.pins, nothing.missing) == ([], [])
    sizes = [len(request.query["pin_ids"][0].split(",")) for request in emulator.requests]
    assert len(sizes) == -(-(len(seen) + 2) // 20)
    assert max(sizes) <= 20


ODD: dict[str, Any] = {"id": 1, "images": "none", "board": [], "brand_new": {}}


@pytest.mark.parametrize(
    "data",
    [
        [{"id": "1"}, {"id": "2", "error": "gone"}, None, 7],
        {"1": {"id": "1"}, "2": None},
        {"pins": [ODD]},
    ],
    ids=["list", "by id", "odd"],
)
async def test_every_form_of_pins_is_read(server: Scripted, data: object) -> None:
    """A list, an object by id and one with a list inside are understood, odd values and all."""
    server.answer(wrapped(data))
    async with scripted_public(server) as public:
        found = await public.pins(["1", "2"])
    assert [pin.id for pin in found.pins] == ["1"]
    assert found.missing == ["2"]


async def test_no_credentials_go_out() -> None:
    """Nothing but the request itself is sent, and addresses are asked for with https."""
    async with Emulator(boards=1, pins=3) as emulator, public_of(emulator) as public:
        await public.user_pins(emulator.account.username)
    (request,) = emulator.requests
    assert not {"authorization", "cookie"} & {name.lower() for name in request.headers}
    assert request.query["base_scheme"] == ["https"]


async def test_a_session_with_credentials_is_refused() -> None:
    """A session that would send a token along is not taken; another one is used and left open."""
    async with aiohttp.ClientSession(headers={"authorization": "Bearer x"}) as session:
        with pytest.raises(ConfigurationError, match="credentials"):
            PublicPinterest(session=session)
    async with Emulator(boards=1, pins=1) as emulator, aiohttp.ClientSession() as session:
        async with public_of(emulator, session=session) as public:
            await public.user_pins(emulator.account.username)
        assert not session.closed


async def test_the_save_count() -> None:
    """A page counts the Pins that lead to it, one that nobody saved counts none."""
    async with Emulator(boards=3, pins=30) as emulator, public_of(emulator) as public:
        link = next(pin.link for pin in emulator.account.saved.pins.values() if pin.link)
        assert await public.save_count(link) == sum(
            pin.link == link for pin in emulator.account.saved.pins.values()
        )
        assert await public.save_count("https://example.com/?a=b&c=(d)") == 0
    assert emulator.requests[1].query["url"] == ["https://example.com/?a=b&c=(d)"]


@pytest.mark.parametrize(
    "body",
    [
        b'receiveCount({"url":"a","count":65326})',
        b" _p.cb[3] ",
        b'jQuery.x_1({"count": 65326, "url": "a)"});\n',
        b'{"count": "65326"}',
    ],
)
async def test_jsonp_is_unwrapped(server: Scripted, body: bytes) -> None:
    """Whatever the function is called, its argument is the answer; anything else is an error."""
    server.answer(body, content_type="application/javascript")
    async with scripted_public(server) as public:
        if b"65326" in body:
            assert await public.save_count("a") == 65326
        else:
            with pytest.raises(DecodeError):
                await public.save_count("a")
    assert parse_qs(server.requests[0].query) == {"url": ["a"]}


async def test_oembed() -> None:
    """Pins, boards and users have an oEmbed answer; what does not exist is not found."""
    async with Emulator(boards=2, pins=5) as emulator, public_of(emulator) as public:
        account = emulator.account
        pin = next(pin for pin in account.saved.pins.values() if not account.saved.is_secret(pin))
        found = await public.oembed(f"https://www.pinterest.com/pin/{pin.id}/")
        user = await public.oembed(f"https://www.pinterest.com/{account.username}/")
        with pytest.raises(NotFound):
            await public.oembed("https://www.pinterest.com/pin/1/")
    assert found.provider_name == user.provider_name == "Pinterest"
    assert found.title == (pin.title or "")


@pytest.mark.parametrize(
    ("answer", "error_type"),
    [
        (Answer(404, {"status": "failure", "message": "Board not found."}), NotFound),
        (Answer(403, "<html>"), PermissionDenied),
        (Answer(429, "slow down"), RateLimited),
        (SpamBlock(), SpamBlocked),
        (Answer(503, "<html>"), ServerError),
        (Answer(200, {"status": "failure", "code": 3, "message": "Not found."}), NotFound),
        (Answer(200, {"status": "failure", "data": None}), APIError),
        (Answer(200, {"status": "success", "code": 7, "message": "no"}), APIError),
        (Answer(302, "", headers={"Location": "http://127.0.0.1:1/"}), APIError),
        (Answer(200, "<html>"), DecodeError),
        (Answer(200, '{"data": {"pins": []}'), DecodeError),
        (Disconnect(), ConnectionFailed),
        (Truncate(), ConnectionFailed),
    ],
)
async def test_errors_are_typed(answer: Any, error_type: type[Exception]) -> None:
    """Refusals, also those that call themselves 200, and broken answers raise what they are."""
    async with Emulator(boards=1, pins=30) as emulator, public_of(emulator, retry=ONCE) as public:
        emulator.fail("widgets/user_pins", answer)
        with pytest.raises(error_type) as caught:
            await public.user_pins(emulator.account.username)
        assert type(caught.value) is error_type
        assert (await public.user_pins(emulator.account.username)).user is not None
    if isinstance(caught.value, APIError):
        assert caught.value.operation == "widgets/user_pins"


async def test_an_unknown_user_is_not_found() -> None:
    """The emulator's own refusals are errors as well."""
    async with Emulator(boards=1, pins=1) as emulator, public_of(emulator) as public:
        with pytest.raises(NotFound):
            await public.user_pins("nobody")
        with pytest.raises(InvalidRequest):
            await public.user_pins("")


async def test_faults_that_pass_are_tried_again() -> None:
    """With every second request failing, everything is still found."""
    async with (
        Emulator(boards=3, pins=100, seed=5) as emulator,
        public_of(emulator, retry=RetryPolicy(attempts=30, base=0.0001)) as public,
    ):
        # Cut JSON that calls itself whole is an unreadable answer, and those are final.
        passing = [fault for fault in PASSING if not isinstance(fault, WrongLength)]
        emulator.fail_at_random(0.5, operation_id="widgets/pins", faults=passing)
        account = emulator.account
        seen = visible(account)
        found = await public.pins(seen)
    assert [pin.id for pin in found.pins] == seen
    assert len(emulator.requests) > len(seen) / 20


async def test_a_timeout_is_one() -> None:
    """An answer that does not come in time is a `RequestTimeout`."""
    async with (
        Emulator(boards=1, pins=1) as emulator,
        public_of(emulator, retry=ONCE, timeout=0.05) as public,
    ):
        emulator.fail("widgets/user_pins", Delay(5))
        with pytest.raises(RequestTimeout):
            await public.user_pins(emulator.account.username)


async def test_closing_ends_calls_and_refuses_more() -> None:
    """Calls under way end with `ClientClosed`, as do later ones; cancelling stays cancelling."""
    async with Emulator(boards=1, pins=1) as emulator:
        public = public_of(emulator)
        emulator.fail("widgets/user_pins", Delay(5), times=2)
        cancelled, closed = (
            asyncio.create_task(public.user_pins(emulator.account.username)) for _ in range(2)
        )
        for _ in range(1000):
            if len(emulator.requests) == 2:
                break
            await asyncio.sleep(0.001)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        await public.aclose()
        with pytest.raises(ClientClosed):
            await closed
        with pytest.raises(ClientClosed):
            await public.save_count("a")
        await public.aclose()


@pytest.mark.parametrize("options", [{"widgets_url": "ftp://x"}, {"timeout": -1}])
def test_options_are_checked(options: Any) -> None:
    """What cannot work is refused when the client is made."""
    with pytest.raises(ConfigurationError):
        PublicPinterest(**options)
