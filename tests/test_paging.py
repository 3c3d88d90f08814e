"""Listings walked item by item and page by page, against a real server on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import gc
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, assert_type

import msgspec
import pytest
from aiohttp import web
from msgspec import UNSET

from pinterest_async import errors
from pinterest_async._call.endpoint import Endpoint
from pinterest_async._call.resource import Resource
from pinterest_async.client import Pinterest
from pinterest_async.config import RequestOptions, RetryPolicy
from pinterest_async.paging import MAX_EMPTY_PAGES, Page, Pager
from tests.support.scripted import OpenLimiter, Scripted, operation, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LIST = operation("GET", paginated=True, page_size_max=250)


class Item(msgspec.Struct):
    """What is listed."""

    id: int


class New(msgspec.Struct):
    """What a caller reads of it that this version does not know."""

    new: list[float] = []


class Things(Resource):
    """A resource as the generated ones are."""

    def list(self, op: Any = LIST, **arguments: Any) -> Pager[Item]:
        """List the things."""
        return self._pages(Endpoint[Item](op, Item), **arguments)


@pytest.fixture
async def client(server: Scripted, limiter: OpenLimiter) -> AsyncIterator[Pinterest]:
    """A client of the server."""
    policy = RetryPolicy(attempts=1)
    async with Pinterest(
        "pina_x", base_url=server.base_url, limits=limiter, retry=policy
    ) as pinterest:
        yield pinterest


@pytest.fixture
def things(client: Pinterest) -> Things:
    """The resource."""
    return Things(client._transport)


def pages(server: Scripted, *bookmarks: object, size: int = 2) -> None:
    """Answer with one page for each bookmark; ids count up from 0."""
    for number, bookmark in enumerate(bookmarks):
        ids = range(number * size, (number + 1) * size)
        server.answer({"items": [{"id": id_} for id_ in ids], "bookmark": bookmark})


def queries(server: Scripted) -> list[str]:
    """The queries that came."""
    return [request.query for request in server.requests]


async def settle() -> None:
    """Let tasks that were started come as far as they can on their own."""
    for _ in range(50):
        await asyncio.sleep(0.001)


@pytest.mark.parametrize("end", [None, "", UNSET])
async def test_all_items_are_walked(server: Scripted, things: Things, end: object) -> None:
    """A walk goes through all pages and ends at a null, empty or missing bookmark."""
    pages(server, "b1", "b2=+/")
    last = {"items": [{"id": 4}], "bookmark": end}
    server.answer({name: value for name, value in last.items() if value is not UNSET})
    assert [item.id async for item in things.list(query={"q": "x"})] == [0, 1, 2, 3, 4]
    assert queries(server) == [
        "q=x&page_size=250",
        "q=x&page_size=250&bookmark=b1",
        "q=x&page_size=250&bookmark=b2%3D%2B%2F",
    ]


async def test_pages_are_walked(server: Scripted, things: Things) -> None:
    """`pages()` hands out each page with its bookmark, limit and request id."""
    headers = {"x-ratelimit-remaining": "7", "x-pinterest-rid": "42"}
    server.answer({"items": [{"id": 0}], "bookmark": "b1"}, headers=headers)
    pages(server, None)
    pager = things.list()
    walked = [(page, pager.bookmark) async for page in pager.pages()]
    assert [[item.id for item in page.items] for page, _ in walked] == [[0], [0, 1]]
    assert [(page.bookmark, seen) for page, seen in walked] == [("b1", "b1"), (None, None)]
    first = walked[0][0]
    assert first.rate_limit is not None
    assert (first.rate_limit.remaining, first.request_id) == (7, "42")


async def test_awaiting_gives_the_first_page(server: Scripted, things: Things) -> None:
    """`await pager` fetches one page and says where to resume."""
    pages(server, "b1")
    pager = things.list(page_size=2)
    page = await pager
    assert [item.id for item in page.items] == [0, 1]
    assert pager.bookmark == page.bookmark == "b1"
    assert queries(server) == ["page_size=2"]


async def test_a_walk_resumes_at_a_bookmark(server: Scripted, things: Things) -> None:
    """`bookmark=` begins in the middle."""
    pages(server, None)
    pager = things.list(bookmark="b7")
    assert pager.bookmark == "b7"
    assert len(await pager.collect()) == 2
    assert queries(server) == ["page_size=250&bookmark=b7"]


async def test_the_bookmark_never_skips_an_item(server: Scripted, things: Things) -> None:
    """In the middle of a page the bookmark still leads to it, with its last item to the next."""
    pages(server, "b1", "b2", None)
    pager = things.list()
    seen = [(item.id, pager.bookmark) async for item in pager]
    assert seen == [(0, None), (1, "b1"), (2, "b1"), (3, "b2"), (4, "b2"), (5, None)]


async def test_collect_fetches_no_more_than_it_takes(server: Scripted, things: Things) -> None:
    """`collect(max_items)` stops after the page that holds the last of them."""
    pages(server, "b1", "b2", "b3")
    assert [item.id for item in await things.list().collect(max_items=3)] == [0, 1, 2]
    assert len(server.requests) == 2
    assert await things.list().collect(max_items=0) == []
    assert len(server.requests) == 2


async def test_collect_refuses_a_negative_count(things: Things) -> None:
    """A negative `max_items` is refused."""
    with pytest.raises(errors.InvalidRequest, match="max_items"):
        await things.list().collect(max_items=-1)


@pytest.mark.parametrize("bookmarks", [("A", "A"), ("A", "B", "A"), ("A", "B", "C", "B")])
async def test_a_repeated_bookmark_ends_the_walk(
    server: Scripted,
    things: Things,
    caplog: pytest.LogCaptureFixture,
    bookmarks: tuple[str, ...],
) -> None:
    """A bookmark that was used before ends the walk, with its page and a line in the log."""
    pages(server, *bookmarks)
    pager = things.list()
    with caplog.at_level(logging.WARNING, "pinterest_async"):
        walked = [page.bookmark async for page in pager.pages()]
    assert walked == [*bookmarks[:-1], None]
    assert pager.bookmark is None
    assert len(server.requests) == len(bookmarks)
    assert len([record for record in caplog.records if record.name == "pinterest_async"]) == 1


async def test_the_bookmark_it_began_with_counts_as_used(server: Scripted, things: Things) -> None:
    """A walk that resumes at A ends when A comes back."""
    pages(server, "A")
    assert len(await things.list(bookmark="A").collect()) == 2
    assert len(server.requests) == 1


async def test_an_empty_page_with_a_bookmark_is_passed(server: Scripted, things: Things) -> None:
    """Empty pages in the middle do not end a walk."""
    server.answer({"items": [], "bookmark": "b1"})
    server.answer({"items": [], "bookmark": "b2"})
    server.answer({"items": [{"id": 9}]})
    assert [item.id async for item in things.list()] == [9]


async def test_empty_pages_without_end_are_an_error(server: Scripted, things: Things) -> None:
    """Too many empty pages in a row raise instead of going on for ever."""
    for number in range(MAX_EMPTY_PAGES + 5):
        server.answer({"items": [], "bookmark": f"b{number}"})
    options = RequestOptions(prefetch="never")
    with pytest.raises(errors.PagingError, match="things/do"):
        await things.list(options=options).collect()
    assert len(server.requests) == MAX_EMPTY_PAGES + 1


async def test_unreadable_items_are_set_aside(server: Scripted, things: Things) -> None:
    """An item that cannot be read is in `rejected`, and the walk goes on."""
    server.answer(b'{"items": [{"id": 1}, {"id":[]}], "bookmark": "b1"}')
    pages(server, None)
    walked = [page async for page in things.list().pages()]
    assert [item.id for item in walked[0].items] == [1]
    [rejected] = walked[0].rejected
    assert (rejected.index, rejected.raw) == (1, b'{"id":[]}')
    assert walked[1].rejected == ()


async def test_items_can_be_read_as_another_type(server: Scripted, things: Things) -> None:
    """`read_as` gives the JSON as it came, or a struct of one's own, with the same requests."""
    body = b'{"items": [{"id": 1,  "new": [2.50]}, null], "bookmark": "b1"}'
    server.answer(body)
    pages(server, None)
    raw = things.list(query={"q": "x"}, page_size=7).read_as(msgspec.Raw)
    assert_type(raw, Pager[msgspec.Raw])
    walked = [bytes(item) async for item in raw]
    assert walked == [b'{"id": 1,  "new": [2.50]}', b"null", b'{"id":0}', b'{"id":1}']
    server.answer(b'{"items": [{"id": 1, "new": [2.5]}]}')
    (item,) = await things.list(page_size=7).read_as(New).collect()
    assert item == New(new=[2.5])
    assert queries(server) == [
        "q=x&page_size=7",
        "q=x&page_size=7&bookmark=b1",
        "page_size=7",
    ]


class Dated(msgspec.Struct, frozen=True):
    """Times where they may stand."""

    created_at: dt.datetime
    more: tuple[dt.datetime, ...] = ()
    by_name: dict[str, list[dt.datetime]] = {}


class Local(msgspec.Struct):
    """A time that is asked for without a zone."""

    created_at: Annotated[dt.datetime, msgspec.Meta(tz=False)]


@dataclass(frozen=True)
class Plain:
    """A dataclass with a time."""

    created_at: dt.datetime | None = None


class Named(NamedTuple):
    """A tuple with a time, read from an array."""

    at: dt.datetime


NAIVE = "2024-03-18T21:58:18.017000"
AWARE = dt.datetime(2024, 3, 18, 21, 58, 18, 17000, tzinfo=dt.UTC)


async def test_types_of_ones_own_have_aware_times(server: Scripted, things: Things) -> None:
    """As the models have; a zone that is told stays, and so does a time without one on request."""
    item = {
        "created_at": NAIVE,
        "more": [NAIVE, "2024-03-18T21:58:18.017+02:00"],
        "by_name": {"a": [NAIVE]},
    }
    server.answer({"items": [item], "bookmark": None})
    (dated,) = await things.list().read_as(Dated).collect()
    assert dated.created_at == AWARE
    assert dated.more == (AWARE, AWARE - dt.timedelta(hours=2))
    assert dated.by_name == {"a": [AWARE]}
    server.answer({"items": [item], "bookmark": None})
    assert await things.list().read_as(Plain).collect() == [Plain(AWARE)]
    server.answer({"items": [[NAIVE]], "bookmark": None})
    assert await things.list().read_as(Named).collect() == [Named(AWARE)]
    server.answer({"items": [item], "bookmark": None})
    assert await things.list().read_as(dict[str, Any]).collect() == [item]
    server.answer({"items": [item], "bookmark": None})
    assert await things.list().read_as(Local).collect() == [Local(AWARE.replace(tzinfo=None))]


async def test_repaired_items_have_aware_times(server: Scripted, things: Things) -> None:
    """An item that did not fit at first is no exception."""
    server.answer({"items": [{"created_at": NAIVE, "more": 7}], "bookmark": None})
    assert await things.list().read_as(Dated).collect() == [Dated(AWARE)]


async def test_reading_as_another_type_begins_where_the_pager_does(
    server: Scripted, things: Things
) -> None:
    """The copy has a bookmark of its own, and neither walk moves the other's."""
    pages(server, "b8", None)
    pager = things.list(bookmark="b7")
    await pager
    copy = pager.read_as(New)
    assert (pager.bookmark, copy.bookmark) == ("b8", "b7")
    await copy
    assert (pager.bookmark, copy.bookmark) == ("b8", None)
    assert queries(server) == ["page_size=250&bookmark=b7"] * 2


async def test_a_listing_without_a_page_size_can_be_read_as_another_type(
    server: Scripted, things: Things
) -> None:
    """Where the size cannot be chosen the copy sends none either."""
    pages(server, None)
    await things.list(operation("GET", paginated=True, page_size_max=0)).read_as(New)
    assert queries(server) == [""]


@pytest.mark.parametrize("page_size", [0, -1, 251, 1.5, True, "25"])
def test_page_sizes_out_of_bounds_are_refused_at_once(things: Things, page_size: Any) -> None:
    """A page size that Pinterest would refuse raises before anything is sent."""
    with pytest.raises(errors.InvalidRequest, match="1 to 250"):
        things.list(page_size=page_size)


async def test_a_listing_without_a_page_size_sends_none(server: Scripted, things: Things) -> None:
    """Where the size cannot be chosen none is sent, and one that is given is refused."""
    op = operation("GET", paginated=True, page_size_max=0)
    pages(server, "b1", None)
    await things.list(op).collect()
    assert queries(server) == ["", "bookmark=b1"]
    with pytest.raises(errors.InvalidRequest):
        things.list(op, page_size=25)


async def test_a_post_pages_with_its_body_sent_again(server: Scripted, things: Things) -> None:
    """A listing by POST has its bookmark in the query and its body in every request."""
    op = operation("POST", paginated=True, page_size_max=250, repeatable=True)
    pages(server, "b1", None)
    await things.list(op, body={"filter": 1}).collect()
    assert queries(server) == ["page_size=250", "page_size=250&bookmark=b1"]
    assert [request.body for request in server.requests] == [b'{"filter":1}'] * 2


async def test_a_pager_can_be_walked_again(server: Scripted, things: Things) -> None:
    """Each walk of the same pager begins at the start."""
    pager = things.list()
    for _ in range(2):
        pages(server, "b1", None)
        assert [item.id async for item in pager] == [0, 1, 2, 3]
    assert queries(server)[2] == "page_size=250"


async def test_two_walks_at_a_time_do_not_disturb_each_other(
    server: Scripted, things: Things
) -> None:
    """Walks of one pager that take turns see each page once."""
    pages(server, "b1", "b1", None, None)
    pager = things.list(options=RequestOptions(prefetch="never"))
    first, second = pager.pages(), pager.pages()
    ids = [
        [item.id for item in (await anext(walk)).items] for walk in (first, second, first, second)
    ]
    assert ids == [[0, 1], [2, 3], [4, 5], [6, 7]]
    for walk in (first, second):
        with pytest.raises(StopAsyncIteration):
            await anext(walk)


@pytest.mark.parametrize(
    ("prefetch", "after_first", "after_second"), [("auto", 1, 3), ("always", 2, 3), ("never", 1, 2)]
)
async def test_the_next_page_is_fetched_ahead(
    server: Scripted, things: Things, prefetch: Any, after_first: int, after_second: int
) -> None:
    """While the consumer works on a page the next is fetched, by default from the second on."""
    pages(server, "b1", "b2", "b3", None)
    walk = things.list(options=RequestOptions(prefetch=prefetch)).pages()
    await anext(walk)
    await settle()
    assert len(server.requests) == after_first
    await anext(walk)
    await settle()
    assert len(server.requests) == after_second
    await walk.aclose()


async def test_prefetch_can_be_set_for_the_client(
    server: Scripted, client: Pinterest, things: Things
) -> None:
    """The client's own setting counts where a call sets none."""
    pages(server, "b1", None)
    eager = Things(client.with_options(prefetch="always")._transport)
    walk = eager.list().pages()
    await anext(walk)
    await settle()
    assert len(server.requests) == 2
    await walk.aclose()


async def test_a_request_ahead_leaves_before_a_consumer_that_computes(
    server: Scripted, things: Things, limiter: OpenLimiter
) -> None:
    """The task that fetches ahead has had a turn of the loop when the page is handed out."""
    pages(server, "b1", None)
    walk = things.list(options=RequestOptions(prefetch="always")).pages()
    await anext(walk)
    # No await in between: the consumer goes on computing.
    assert len(limiter.admitted) == 2
    await walk.aclose()


@pytest.mark.parametrize("how", ["break", "aclose", "aclosing", "error"])
async def test_leaving_a_walk_leaves_nothing_behind(
    server: Scripted, things: Things, client: Pinterest, how: str
) -> None:
    """However a walk is left, the page ahead is cancelled and no task stays."""
    pages(server, "b1", "b2")
    server.stall()
    before = asyncio.all_tasks()
    pager = things.list()
    if how == "break":
        async for item in pager:
            if item.id == 2:
                break
    elif how == "error":
        with contextlib.suppress(ZeroDivisionError):
            async for item in pager:
                if item.id == 2:
                    raise ZeroDivisionError
    else:
        walk = pager.pages()
        await anext(walk)
        await anext(walk)
        if how == "aclose":
            await walk.aclose()
        else:
            async with contextlib.aclosing(walk):
                pass
    await settle()
    assert asyncio.all_tasks() == before
    assert client._transport.pool._calls == set()


async def test_an_error_ahead_comes_when_its_page_is_due(server: Scripted, things: Things) -> None:
    """A failure of the page ahead is raised after the items of the page before it."""
    pages(server, "b1", "b2")
    server.refuse(404, 40)
    seen: list[int] = []
    pager = things.list()

    async def consume() -> None:
        async for item in pager:
            await settle()
            seen.append(item.id)

    with pytest.raises(errors.NotFound):
        await consume()
    assert seen == [0, 1, 2, 3]
    assert pager.bookmark == "b2"


async def test_an_error_ahead_that_nobody_waits_for_is_not_reported_as_lost(
    server: Scripted, things: Things
) -> None:
    """A failed page ahead of a walk that was left gives no warning."""
    reported: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    pages(server, "b1")
    server.refuse(404, 40)
    walk = things.list(options=RequestOptions(prefetch="always")).pages()
    await anext(walk)
    await settle()
    await walk.aclose()
    del walk
    gc.collect()
    await settle()
    assert reported == []


async def test_cancelling_the_consumer_cancels_the_page_it_waits_for(
    server: Scripted, things: Things
) -> None:
    """A cancelled walk ends with CancelledError, and the request with it."""
    pages(server, "b1", "b2")
    server.stall()
    before = asyncio.all_tasks()

    async def consume() -> None:
        async for _ in things.list():
            pass

    task = asyncio.create_task(consume())
    await until(lambda: len(server.requests) == 3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await settle()
    assert asyncio.all_tasks() == before


async def test_closing_the_client_ends_a_walk(
    server: Scripted, client: Pinterest, things: Things
) -> None:
    """A walk whose client is closed ends with ClientClosed."""
    pages(server, "b1", "b2", "b3")
    walk = things.list().pages()
    await anext(walk)
    await client.aclose()
    with pytest.raises(errors.ClientClosed):
        await anext(walk)


def test_a_plain_for_is_answered_with_help(things: Things) -> None:
    """`for item in pager` says what to write instead."""
    pager: Any = things.list()
    with pytest.raises(TypeError, match="async for"):
        list(pager)


async def test_acting_as_fills_the_parameter(server: Scripted, client: Pinterest) -> None:
    """A copy that acts for an ad account fills the parameter on every page."""
    acting = Things(client.acting_as(ad_account_id="549")._transport)
    pages(server, "b1", None)
    await acting.list(query={"ad_account_id": None}).collect()
    assert queries(server) == [
        "ad_account_id=549&page_size=250",
        "ad_account_id=549&page_size=250&bookmark=b1",
    ]


async def test_a_slow_page_does_not_hold_up_the_loop(server: Scripted, things: Things) -> None:
    """While a page is on its way other tasks run."""
    release = asyncio.Event()

    async def wait(request: web.Request) -> web.StreamResponse:
        await release.wait()
        return web.json_response({"items": [{"id": 1}]})

    server.handle(wait)
    task = asyncio.ensure_future(things.list())
    await settle()
    assert not task.done()
    release.set()
    assert [item.id for item in (await task).items] == [1]


def test_a_page_is_a_sequence_of_its_items() -> None:
    """A page is walked, counted and indexed as the list of its items."""
    page = Page(items=["a", "b"], bookmark=None)
    assert (list(page), len(page), page[0], page[-1:]) == (["a", "b"], 2, "a", ["b"])
    assert ("b" in page, page.index("b"), page.count("c")) == (True, 1, 0)
    assert list(reversed(page)) == ["b", "a"]
    assert isinstance(page, Sequence)
    assert not Page(items=[], bookmark=None)
