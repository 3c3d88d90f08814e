"""A client without a network."""

from __future__ import annotations

import aiohttp
import pytest

from pinterest_async import Pinterest
from pinterest_async.config import RetryPolicy
from pinterest_async.errors import ConnectionFailed, NotFound
from pinterest_async.testing import FakeTransport


async def test_answer_comes_from_the_table() -> None:
    """A call is answered as was set, decoded, and written down without its token."""
    transport = FakeTransport()
    transport.respond("boards/get", {"id": "1", "name": "Plum cakes"})
    async with transport.client() as pinterest:
        board = await pinterest.boards.get("1", ad_account_id="7")
    (request,) = transport.requests
    assert board.name == "Plum cakes"
    assert request.operation == "boards/get"
    assert request.path == {"board_id": "1"}
    assert request.query == {"ad_account_id": ["7"]}
    assert request.body is None
    assert "pina_" not in repr(request) + str(request.headers)


async def test_body_is_what_was_sent() -> None:
    """The body of a write is there as decoded JSON, and an empty answer is one."""
    transport = FakeTransport()
    transport.respond("boards/create", {"id": "1", "name": "Cakes & tea"}, status=201)
    transport.respond("boards/delete", status=204)
    async with transport.client() as pinterest:
        await pinterest.boards.create(name="Cakes & tea")
        await pinterest.boards.delete("1")
    assert transport.requests[0].body == {"name": "Cakes & tea"}
    assert [request.operation for request in transport.requests] == [
        "boards/create",
        "boards/delete",
    ]


async def test_pages_are_walked() -> None:
    """Pages are joined by bookmarks that the client follows to the end."""
    transport = FakeTransport()
    transport.pages("boards/list", [{"id": "1"}, {"id": "2"}], [], [{"id": "3"}])
    async with transport.client() as pinterest:
        ids = [board.id async for board in pinterest.boards.list()]
    assert ids == ["1", "2", "3"]
    assert [request.query.get("bookmark") for request in transport.requests] == [
        None,
        ["page 2"],
        ["page 3"],
    ]


async def test_answers_queue_and_the_last_one_stays() -> None:
    """Answers come in their order, and the last is given for ever."""
    transport = FakeTransport()
    for name in ("a", "b"):
        transport.respond("boards/get", {"id": "1", "name": name})
    async with transport.client() as pinterest:
        names = [(await pinterest.boards.get("1")).name for _ in range(3)]
    assert names == ["a", "b", "b"]


async def test_errors_are_the_real_ones() -> None:
    """Refusals and broken connections become the errors that they are in real life."""
    transport = FakeTransport()
    transport.refuse("boards/get", 404, 40, "Board not found.")
    transport.fail("boards/delete", aiohttp.ServerDisconnectedError())
    async with transport.client() as pinterest:
        with pytest.raises(NotFound) as missing:
            await pinterest.boards.get("1")
        with pytest.raises(ConnectionFailed) as broken:
            await pinterest.boards.delete("1")
    assert missing.value.code == 40
    assert broken.value.may_have_applied


async def test_retries_can_be_tried() -> None:
    """With a retry policy of its own the client sends again what may be sent again."""
    transport = FakeTransport()
    transport.respond("boards/get", status=503)
    transport.respond("boards/get", {"id": "1"})
    retry = RetryPolicy(attempts=2, base=0.001, cap=0.001)
    async with transport.client(retry=retry) as pinterest:
        assert (await pinterest.boards.get("1")).id == "1"
    assert len(transport.requests) == 2


async def test_answer_that_was_not_set_is_a_mistake() -> None:
    """A call without an answer says which one is missing, and so does an unknown operation."""
    transport = FakeTransport()
    async with transport.client() as pinterest:
        with pytest.raises(LookupError, match="boards/get"):
            await pinterest.boards.get("1")
    with pytest.raises(ValueError, match="boards/fly"):
        transport.respond("boards/fly")


async def test_copies_are_answered_too() -> None:
    """Copies of the client for other accounts share the table."""
    transport = FakeTransport()
    transport.respond("user_account/get", {"id": "2", "username": "bo"})
    async with transport.client() as pinterest:
        copy = pinterest.for_account("pina_other")
        assert isinstance(copy, Pinterest)
        assert (await copy.user_account.get()).username == "bo"
