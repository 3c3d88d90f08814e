"""One call from end to end, against a real server on this machine."""

from __future__ import annotations

import asyncio
import logging
import socket
import traceback
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from aiohttp import web

from pinterest_async import errors
from pinterest_async.client import Pinterest
from pinterest_async.config import RequestOptions, RetryPolicy
from pinterest_async.hooks import (
    CallEnded,
    CallStarted,
    Hooks,
    LimitWaited,
    RequestFailed,
    RequestStarting,
    ResponseReceived,
    ResponseRepaired,
    Retrying,
)
from pinterest_async.limits.headers import RateLimit
from tests.support.scripted import (
    DELETE,
    FAST,
    GET,
    POST,
    TOKEN,
    OpenLimiter,
    Scripted,
    call,
    connect,
)

if TYPE_CHECKING:
    from collections.abc import Callable


class Thing(msgspec.Struct):
    """What the operations of these tests answer with."""

    id: str
    size: int | None = None


async def test_a_call_sends_what_it_should(server: Scripted, limiter: OpenLimiter) -> None:
    """The request line, token, user agent and JSON body arrive, and the answer is decoded."""
    server.answer({"id": "1", "size": 2}, status=201)
    async with connect(server, limiter) as client:
        thing = await call(client, POST, Thing, body={"a": "ü"}, query={"q": "a b", "n": None})
    assert thing == Thing("1", 2)
    [request] = server.requests
    assert (request.method, request.target) == ("POST", "/v5/things?q=a%20b")
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"].startswith("pinterest_async/")
    assert request.body == '{"a":"ü"}'.encode()


async def test_a_delete_may_have_a_body_and_answer_with_nothing(
    server: Scripted, limiter: OpenLimiter
) -> None:
    """A DELETE sends its body, and an empty 204 gives None."""
    server.answer(b"", status=204)
    async with connect(server, limiter) as client:
        assert await call(client, DELETE, None, body={"ids": ["1"]}) is None
    assert server.requests[0].body == b'{"ids":["1"]}'


async def test_an_error_is_judged_and_raised(server: Scripted, limiter: OpenLimiter) -> None:
    """A refusal is raised as its error, with the request id, and after one request."""
    server.refuse(404, 40, "Board not found.", headers={"X-Pinterest-Rid": "42"})
    async with connect(server, limiter) as client:
        with pytest.raises(errors.NotFound) as caught:
            await call(client)
    assert caught.value.request_id == "42"
    assert len(server.requests) == 1


async def test_redirects_are_errors(server: Scripted, limiter: OpenLimiter) -> None:
    """A redirect is raised and never followed, so that the token goes nowhere else."""
    server.answer(b"", status=302, headers={"Location": f"{server.base_url}/elsewhere"})
    async with connect(server, limiter) as client:
        with pytest.raises(errors.APIError, match="redirect") as caught:
            await call(client)
    assert caught.value.status == 302
    assert len(server.requests) == 1


async def test_cookies_are_not_kept(server: Scripted, limiter: OpenLimiter) -> None:
    """A cookie that the server sets is not sent back."""
    server.answer({}, headers={"Set-Cookie": "_ir=0; Path=/"})
    async with connect(server, limiter) as client:
        await call(client)
        await call(client)
    assert "cookie" not in server.requests[1].headers


@pytest.mark.parametrize("status", [500, 502])
async def test_reads_are_sent_again(server: Scripted, limiter: OpenLimiter, status: int) -> None:
    """A GET is sent again after a 5xx, each request admitted and observed."""
    server.answer(b"<html>", status=status, content_type="text/html")
    server.answer({"id": "1"})
    async with connect(server, limiter) as client:
        assert await call(client, GET, Thing) == Thing("1")
    assert len(server.requests) == len(limiter.admitted) == len(limiter.observed) == 2


@pytest.mark.parametrize(("attempts", "requests"), [(1, 1), (2, 2), (5, 5)])
async def test_attempts_count_requests(
    server: Scripted, limiter: OpenLimiter, attempts: int, requests: int
) -> None:
    """`attempts` is the number of requests that leave, and with 1 there is one."""
    for _ in range(6):
        server.refuse(500)
    policy = RetryPolicy(attempts=attempts, base=0.0)
    async with connect(server, limiter, retry=policy) as client:
        with pytest.raises(errors.ServerError):
            await call(client)
    assert len(server.requests) == requests


async def test_a_lost_answer_of_a_write_is_not_sent_again(
    server: Scripted, limiter: OpenLimiter
) -> None:
    """A POST whose answer is lost is raised at once and may have taken effect."""
    server.hang_up()
    async with connect(server, limiter) as client:
        with pytest.raises(errors.ConnectionFailed) as caught:
            await call(client, POST, body={})
    assert caught.value.may_have_applied
    assert len(server.requests) == 1


async def test_a_cut_off_answer_is_no_answer(server: Scripted, limiter: OpenLimiter) -> None:
    """A success that breaks off is a lost answer: a read is repeated, a write is not."""

    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b'{"id":')
        assert request.transport is not None
        request.transport.close()
        return response

    server.handle(cut)
    server.answer({"id": "1"})
    server.handle(cut)
    async with connect(server, limiter) as client:
        assert await call(client, GET, Thing) == Thing("1")
        with pytest.raises(errors.ConnectionFailed) as caught:
            await call(client, POST, Thing)
    assert caught.value.may_have_applied
    assert len(server.requests) == 3


async def test_a_cut_off_refusal_is_a_refusal(server: Scripted, limiter: OpenLimiter) -> None:
    """When the body of an error breaks off, its status still decides."""

    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=404, headers={"Content-Length": "100"})
        await response.prepare(request)
        assert request.transport is not None
        request.transport.close()
        return response

    server.handle(cut)
    async with connect(server, limiter) as client:
        with pytest.raises(errors.NotFound):
            await call(client, POST)


async def test_a_refused_connection_sends_nothing(limiter: OpenLimiter) -> None:
    """A write whose connection is refused is tried again and has surely not taken effect."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with Pinterest(
        TOKEN, base_url=f"http://127.0.0.1:{port}", limits=limiter, retry=FAST
    ) as client:
        with pytest.raises(errors.ConnectionFailed, match="nothing was sent") as caught:
            await call(client, POST, body={})
    assert not caught.value.may_have_applied
    # Places that no request used are given back.
    assert limiter.released == 3
    assert limiter.observed == []


async def test_a_deletion_in_doubt_stays_in_doubt(server: Scripted, limiter: OpenLimiter) -> None:
    """When the retry of a lost DELETE finds nothing, the error says that it may have worked."""
    server.hang_up()
    server.refuse(404, 40)
    server.refuse(404, 40)
    async with connect(server, limiter) as client:
        with pytest.raises(errors.NotFound) as caught:
            await call(client, DELETE, None)
        assert caught.value.may_have_applied
        with pytest.raises(errors.NotFound) as caught:
            await call(client, DELETE, None)
        assert not caught.value.may_have_applied


async def test_a_used_up_quota_is_waited_out_for_writes_too(
    server: Scripted, limiter: OpenLimiter
) -> None:
    """A 429 is told to the limiter with its wait, and the POST is sent again."""
    headers = {"x-ratelimit-limit": "5, 5;w=60", "x-ratelimit-remaining": "0", "retry-after": "0"}
    server.refuse(429, 8, headers=headers)
    server.answer({"id": "1"}, headers={"x-ratelimit-remaining": "4"})
    async with connect(server, limiter) as client:
        assert await call(client, POST, Thing, body={}) == Thing("1")
    (limit, refused, retry_after), (second, refused_second, _) = limiter.observed
    assert limit is not None
    assert (limit.remaining, refused, retry_after) == (0, True, 0.0)
    assert (second, refused_second) == (RateLimit(remaining=4), False)


async def test_spam_blocks_are_not_told_as_refusals(server: Scripted, limiter: OpenLimiter) -> None:
    """A spam block is raised at once and does not count as a used-up quota."""
    server.refuse(429, 8, "This looks like spam")
    async with connect(server, limiter) as client:
        with pytest.raises(errors.SpamBlocked):
            await call(client)
    assert limiter.observed == [(None, False, None)]


async def test_a_400_that_asks_for_a_pause_pauses_its_category(
    server: Scripted, limiter: OpenLimiter
) -> None:
    """Analytics' 400 with a wait in its message is told to the limiter, and waited out."""
    server.refuse(400, 1, "Retry after 0 seconds")
    async with connect(server, limiter) as client:
        await call(client)
    assert limiter.observed[0] == (None, True, 0.0)
    assert len(server.requests) == 2


async def test_a_wait_of_hours_is_raised(server: Scripted, limiter: OpenLimiter) -> None:
    """A 429 that asks for longer than `max_wait` is raised with its wait."""
    server.refuse(429, 8, headers={"x-ratelimit-reset": "67150"})
    async with connect(server, limiter) as client:
        with pytest.raises(errors.RateLimited) as caught:
            await call(client)
    assert caught.value.retry_after == 67150.0


async def test_limits_can_be_raised_instead_of_waited_for(
    server: Scripted, limiter: OpenLimiter
) -> None:
    """`on_limit="raise"` reaches the limiter, and makes a 429 final."""
    server.refuse(429, 8)
    async with connect(server, limiter, on_limit="raise", max_wait=7) as client:
        with pytest.raises(errors.RateLimited):
            await call(client)
    [policy] = limiter.policies
    assert (policy.on_limit, policy.max_wait) == ("raise", 7)


async def test_an_unreadable_success_of_a_write_has_taken_effect(
    server: Scripted, limiter: OpenLimiter
) -> None:
    """A POST that succeeds with a page of HTML raises DecodeError, and is not sent again."""
    server.answer(b"<html>", headers={"x-pinterest-rid": "42"}, content_type="text/html")
    async with connect(server, limiter) as client:
        with pytest.raises(errors.DecodeError) as caught:
            await call(client, POST, Thing, body={})
    error = caught.value
    assert (error.may_have_applied, error.request_id, error.body) == (True, "42", b"<html>")
    assert len(server.requests) == 1


async def test_a_repair_is_reported_without_values(
    server: Scripted, limiter: OpenLimiter, caplog: pytest.LogCaptureFixture
) -> None:
    """What was repaired goes to the hook and to one line of the log, by path alone."""
    server.answer({"id": 7, "size": "SECRET"})
    seen: list[ResponseRepaired] = []
    async with connect(server, limiter, hooks=Hooks(repair=seen.append)) as client:
        with caplog.at_level(logging.WARNING, "pinterest_async"):
            assert await call(client, GET, Thing) == Thing("7")
    [event] = seen
    assert [repair.path for repair in event.repairs] == ["$.id", "$.size"]
    # asyncio warns of steps that take long, as they may on a busy machine.
    own = [record for record in caplog.records if record.name == "pinterest_async"]
    [record] = [record for record in own if record.levelno == logging.WARNING]
    assert "$.size" in record.getMessage()
    assert "SECRET" not in record.getMessage() + repr(event)


@pytest.mark.parametrize("level", ["client", "call"])
async def test_strict_turns_repair_off(server: Scripted, limiter: OpenLimiter, level: str) -> None:
    """With `strict`, for the client or the call, an answer that does not fit raises."""
    server.answer({"id": 7})
    options = RequestOptions(strict=True) if level == "call" else None
    async with connect(server, limiter, strict=level == "client") as client:
        with pytest.raises(errors.DecodeError, match=r"\$\.id"):
            await call(client, GET, Thing, options=options)


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_hooks_see_what_happens(
    server: Scripted,
    limiter: OpenLimiter,
    *,
    asynchronous: bool,
) -> None:
    """Plain and async hooks are told of waits, requests, answers and retries, in order."""
    seen: list[Any] = []

    async def later(event: Any) -> None:
        await asyncio.sleep(0)
        seen.append(event)

    hook = later if asynchronous else seen.append
    hooks = Hooks(before_request=hook, after_response=hook, limit_wait=hook, retry=hook)
    server.refuse(500)
    server.answer({}, headers={"x-ratelimit-remaining": "9", "x-pinterest-rid": "42"})
    limiter.waited = 1.5
    async with connect(server, limiter, hooks=hooks) as client:
        await call(client)
    assert [type(event) for event in seen] == [
        LimitWaited,
        RequestStarting,
        ResponseReceived,
        Retrying,
        LimitWaited,
        RequestStarting,
        ResponseReceived,
    ]
    assert seen[0] == LimitWaited(operation="things/do", category="org_read", seconds=1.5)
    assert (seen[2].status, seen[2].attempt) == (500, 1)
    assert isinstance(seen[3].error, errors.ServerError)
    last = seen[6]
    assert (last.status, last.attempt, last.request_id) == (200, 2, "42")
    assert last.rate_limit == RateLimit(remaining=9)
    assert last.seconds >= 0  # the clock of uvloop goes in steps of a millisecond


async def test_a_call_tells_what_came_with_its_answer(
    server: Scripted, limiter: OpenLimiter
) -> None:
    """Options of one call see its answer alone, with rate limit and request id, after the hook."""
    seen: list[tuple[str, ResponseReceived]] = []

    def note(who: str) -> Callable[[ResponseReceived], None]:
        return lambda event: seen.append((who, event))

    server.answer({}, headers={"x-ratelimit-remaining": "9", "x-pinterest-rid": "42"})
    async with connect(server, limiter, hooks=Hooks(after_response=note("hook"))) as client:
        await call(client, options=RequestOptions(after_response=note("call")))
        await call(client)
        await call(client.with_options(after_response=note("copy")))
    assert [who for who, _ in seen] == ["hook", "call", "hook", "hook", "copy"]
    assert seen[1][1].request_id == "42"
    assert seen[1][1].rate_limit == RateLimit(remaining=9)


async def test_what_begins_ends(server: Scripted, limiter: OpenLimiter) -> None:
    """Each request has a response or a failure, each call one end, heard by all listeners (F22)."""
    seen: list[Any] = []
    twice: list[CallEnded] = []
    started: list[CallStarted] = []
    hooks = Hooks(
        call_started=started.append,
        before_request=seen.append,
        after_response=seen.append,
        request_failed=[seen.append],
        call_ended=[seen.append, twice.append],
    )
    server.hang_up()
    server.answer({"id": "1"}, headers={"x-note": "in-header"})
    server.hang_up()
    server.answer({"id": []})
    limiter.waited = 0.5
    async with connect(server, limiter, hooks=hooks) as client:
        await call(client, GET, Thing)
        with pytest.raises(errors.ConnectionFailed) as broken:
            await call(client, POST, Thing)
        with pytest.raises(errors.DecodeError) as unread:
            await call(client.with_options(strict=True), GET, Thing)
    assert [type(event) for event in seen] == [
        RequestStarting,
        RequestFailed,
        RequestStarting,
        ResponseReceived,
        CallEnded,
        RequestStarting,
        RequestFailed,
        CallEnded,
        RequestStarting,
        ResponseReceived,
        CallEnded,
    ]
    assert seen[3].body == b'{"id":"1"}'
    assert seen[3].headers["x-note"] == "in-header"
    assert "in-header" not in repr(seen[3])
    assert "body" not in repr(seen[3])
    assert seen[6].error is broken.value
    assert [(start.http_method, start.path) for start in started] == [
        ("GET", "/things"), ("POST", "/things"), ("GET", "/things"),
    ]  # fmt: skip
    assert [end.error for end in twice] == [None, broken.value, unread.value]
    assert [(end.attempts, end.waited) for end in twice] == [(2, 1.0), (1, 0.5), (1, 0.5)]


async def test_two_sets_of_hooks_are_added(server: Scripted, limiter: OpenLimiter) -> None:
    """A sum has the listeners of both sides, the left ones first, however they were given."""
    heard: list[str] = []
    left = Hooks(call_started=lambda _: heard.append("left"))
    middle = Hooks(call_started=[lambda _: heard.append("middle")])
    right = Hooks(call_started=lambda _: heard.append("right"))
    hooks = left + middle + Hooks() + right
    assert hooks.call_ended is None
    async with connect(server, limiter, hooks=hooks) as client:
        await call(client)
    assert heard == ["left", "middle", "right"]


async def test_what_a_hook_raises_leaves_the_call(server: Scripted, limiter: OpenLimiter) -> None:
    """A hook that fails before the request keeps it from being sent, and nothing leaks."""

    def fail(event: object) -> None:
        raise ZeroDivisionError

    async with connect(server, limiter, hooks=Hooks(before_request=fail)) as client:
        with pytest.raises(ZeroDivisionError):
            await call(client)
    assert server.requests == []
    assert limiter.released == 1


async def test_nothing_secret_is_logged_or_shown(
    server: Scripted, limiter: OpenLimiter, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither token nor query nor body shows in the log, the errors or the repr of the client."""
    server.refuse(500)
    server.refuse(401, 2, f"bad token {TOKEN}")
    server.hang_up()
    shown: list[str] = []
    async with connect(server, limiter) as client:
        shown.append(repr(client) + repr(client._transport.credentials))
        with caplog.at_level(logging.DEBUG, "pinterest_async"):
            for op in (GET, POST):
                with pytest.raises(errors.PinterestError) as caught:
                    await call(client, op, query={"q": "in-query"}, body={"a": "in-body"})
                shown += [repr(caught.value), *traceback.format_exception(caught.value)]
    records = [record for record in caplog.records if record.name == "pinterest_async"]
    shown += [record.getMessage() for record in records]
    assert any("again in" in text for text in shown)
    # The line of this test that makes the call shows in the tracebacks.
    text = "".join(shown).replace('query={"q": "in-query"}, body={"a": "in-body"}', "")
    for secret in (TOKEN, "in-query", "in-body"):
        assert secret not in text
