"""Spans and histograms of OpenTelemetry, as the SDK's exporters in memory get them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from opentelemetry import trace
from opentelemetry.instrumentation.aiohttp_client import create_trace_config
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from pinterest_async import CallStarted, Hooks, NotFound, Pinterest, errors
from pinterest_async.emulator import Emulator
from pinterest_async.telemetry import open_telemetry
from tests.support.scripted import GET, POST, TOKEN, OpenLimiter, Scripted, call, connect

if TYPE_CHECKING:
    from collections.abc import Iterator


class Telemetry:
    """Providers of one test, and what came of them."""

    def __init__(self) -> None:
        self._spans = InMemorySpanExporter()
        self._figures = InMemoryMetricReader()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self._spans))
        self.meters = MeterProvider([self._figures])

    def hooks(self) -> Hooks:
        """Hooks for these providers."""
        return open_telemetry(tracer_provider=self.tracers, meter_provider=self.meters)

    @property
    def spans(self) -> list[ReadableSpan]:
        """The spans that have ended, in their order."""
        return [*self._spans.get_finished_spans()]

    def points(self, name: str) -> list[HistogramDataPoint]:
        """The figures of a histogram, by their attributes."""
        found = self._figures.get_metrics_data()
        assert found is not None
        points: list[Any] = []
        for scope in found.resource_metrics[0].scope_metrics:
            assert scope.scope.name == "pinterest_async"
            for metric in scope.metrics:
                if metric.name == name:
                    assert metric.unit == "s"
                    points += metric.data.data_points
        return points

    def close(self) -> None:
        """Stop."""
        self.tracers.shutdown()
        self.meters.shutdown()


@pytest.fixture
def telemetry() -> Iterator[Telemetry]:
    """Providers that keep all they get."""
    telemetry = Telemetry()
    yield telemetry
    telemetry.close()


def attributes(span: ReadableSpan) -> dict[str, Any]:
    """What is known of a span."""
    return dict(span.attributes or {})


def events(span: ReadableSpan) -> list[tuple[str, dict[str, Any]]]:
    """What happened in a span, without durations."""
    return [
        (
            event.name.removeprefix("pinterest."),
            {
                name: value
                for name, value in (event.attributes or {}).items()
                if name != "pinterest.seconds"
            },
        )
        for event in span.events
    ]


async def test_a_call_is_a_span(telemetry: Telemetry) -> None:
    """It is named after the operation, below the span of its caller, with both kinds of facts."""
    async with (
        Emulator(boards=2, pins=3) as emulator,
        Pinterest(emulator.token, base_url=emulator.base_url, hooks=telemetry.hooks()) as pinterest,
    ):
        with telemetry.tracers.get_tracer("own").start_as_current_span("job") as job:
            page = await pinterest.boards.list()
            board = await pinterest.boards.get(page[0].id)
            assert trace.get_current_span() is job
        port = int(emulator.base_url.split(":")[2].split("/")[0])
    listed, got, _ = telemetry.spans
    assert (listed.name, got.name) == ("pinterest boards/list", "pinterest boards/get")
    assert got.kind is SpanKind.CLIENT
    assert got.parent == job.get_span_context()
    assert got.status.status_code is StatusCode.UNSET
    facts = attributes(got)
    request_id = facts.pop("pinterest.request_id")
    assert facts == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "pinterest.attempts": 1,
        "pinterest.category": "org_read",
        "pinterest.limit.waited": 0.0,
        "pinterest.operation": "boards/get",
        "server.address": "127.0.0.1",
        "server.port": port,
        "url.template": "/boards/{board_id}",
    }
    assert events(got) == [
        (
            "response",
            {
                "http.response.status_code": 200,
                "pinterest.attempt": 1,
                "pinterest.request_id": request_id,
            },
        )
    ]
    shown = "".join(span.to_json() for span in telemetry.spans)
    assert board.id not in shown
    assert emulator.token not in shown


async def test_waits_and_retries_are_told(
    server: Scripted, limiter: OpenLimiter, telemetry: Telemetry
) -> None:
    """A call that waits and is sent again is one span that says so, and why; so do the figures."""
    server.refuse(503)
    server.answer({"id": "1"}, headers={"x-pinterest-rid": "42"})
    limiter.waited = 1.5
    async with connect(server, limiter, hooks=telemetry.hooks()) as client:
        await call(client)
    (span,) = telemetry.spans
    facts = attributes(span)
    assert facts["pinterest.attempts"] == 2
    assert facts["http.request.resend_count"] == 1
    assert facts["pinterest.limit.waited"] == 3.0
    assert facts["pinterest.limit.reasons"] == ("window",)
    assert facts["http.response.status_code"] == 200
    assert facts["pinterest.request_id"] == "42"
    assert "error.type" not in facts
    assert [name for name, _ in events(span)] == [
        "limit_wait", "response", "retry", "limit_wait", "response",
    ]  # fmt: skip
    assert events(span)[2][1] == {"pinterest.attempt": 1, "error.type": "ServerError"}
    (waits,) = telemetry.points("pinterest.limit.wait.duration")
    assert (waits.count, waits.sum) == (2, 3.0)
    assert (waits.attributes or {})["pinterest.limit.reason"] == "window"
    (calls,) = telemetry.points("pinterest.call.duration")
    assert calls.count == 1
    requests = {
        (point.attributes or {})["http.response.status_code"]: point
        for point in telemetry.points("http.client.request.duration")
    }
    assert {status: point.count for status, point in requests.items()} == {503: 1, 200: 1}
    assert (requests[503].attributes or {})["error.type"] == "503"
    assert 0.25 in requests[200].explicit_bounds


async def test_a_refusal_is_an_error_without_its_words(telemetry: Telemetry) -> None:
    """The span has the error's name, status and code, and neither message nor id."""
    async with (
        Emulator(boards=1, pins=1) as emulator,
        Pinterest(emulator.token, base_url=emulator.base_url, hooks=telemetry.hooks()) as pinterest,
    ):
        with pytest.raises(NotFound) as refused:
            await pinterest.boards.get("4711471147114711")
    (span,) = telemetry.spans
    assert span.status.status_code is StatusCode.ERROR
    facts = attributes(span)
    assert facts["error.type"] == "NotFound"
    assert facts["http.response.status_code"] == 404
    assert facts["pinterest.code"] == refused.value.code
    assert "47114711" not in span.to_json()
    assert "message" not in span.to_json()
    (point,) = telemetry.points("pinterest.call.duration")
    assert (point.attributes or {})["error.type"] == "NotFound"


async def test_a_lost_answer_is_told(
    server: Scripted, limiter: OpenLimiter, telemetry: Telemetry
) -> None:
    """A request without a response has a place in the span and the figures, without a status."""
    server.hang_up()
    async with connect(server, limiter, hooks=telemetry.hooks()) as client:
        with pytest.raises(errors.ConnectionFailed):
            await call(client, POST, body={})
    (span,) = telemetry.spans
    facts = attributes(span)
    assert facts["error.type"] == "ConnectionFailed"
    assert facts["pinterest.may_have_applied"] is True
    assert "http.response.status_code" not in facts
    assert events(span) == [
        ("request_failed", {"error.type": "ConnectionFailed", "pinterest.attempt": 1})
    ]
    (point,) = telemetry.points("http.client.request.duration")
    assert (point.attributes or {})["error.type"] == "ConnectionFailed"


async def test_a_repair_is_told(
    server: Scripted, limiter: OpenLimiter, telemetry: Telemetry
) -> None:
    """A response that did not fit is an event with how much of it."""
    server.answer({"id": 5})
    async with connect(server, limiter, hooks=telemetry.hooks()) as client:
        await call(client, GET, dict[str, str])
    (span,) = telemetry.spans
    assert events(span)[1] == ("repair", {"pinterest.repairs": 1, "pinterest.rejected": 0})


async def test_a_cancelled_call_ends_its_span(
    server: Scripted, limiter: OpenLimiter, telemetry: Telemetry
) -> None:
    """Whoever gives up leaves an ended span behind."""
    server.stall()
    async with connect(server, limiter, hooks=telemetry.hooks()) as client:
        task = asyncio.create_task(call(client))
        while not server.requests:  # noqa: ASYNC110  # there is no event for it
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    (span,) = telemetry.spans
    assert attributes(span)["error.type"] == "CancelledError"


async def test_calls_at_a_time_keep_apart(telemetry: Telemetry) -> None:
    """What happens in one call is told in its span, however many others are under way."""
    async with (
        Emulator(boards=20, pins=0) as emulator,
        Pinterest(emulator.token, base_url=emulator.base_url, hooks=telemetry.hooks()) as pinterest,
    ):
        boards = await pinterest.boards.list().collect()
        await asyncio.gather(*(pinterest.boards.get(board.id) for board in boards))
    spans = telemetry.spans
    assert len(spans) == 21
    ids = [attributes(span)["pinterest.request_id"] for span in spans]
    assert [events(span)[0][1]["pinterest.request_id"] for span in spans] == ids
    assert len({*ids}) == 21


async def test_the_instrumentation_of_aiohttp_stands_below(telemetry: Telemetry) -> None:
    """Its spans, one for each request, are children of the call's."""
    async with (
        Emulator(boards=1, pins=1) as emulator,
        aiohttp.ClientSession(
            trace_configs=[create_trace_config(tracer_provider=telemetry.tracers)]
        ) as session,
        Pinterest(
            emulator.token,
            base_url=emulator.base_url,
            session=session,
            hooks=telemetry.hooks(),
        ) as pinterest,
    ):
        await pinterest.user_account.get()
        assert not trace.get_current_span().get_span_context().is_valid
    request, ours = telemetry.spans
    assert (request.name, ours.name) == ("GET", "pinterest user_account/get")
    assert request.parent == ours.context
    assert ours.parent is None


async def test_own_hooks_stand_beside(telemetry: Telemetry) -> None:
    """Listeners of both sides hear all events, and a call that one makes is a span below."""
    started: list[str] = []
    async with Emulator(boards=1, pins=1) as emulator:

        async def look(event: CallStarted) -> None:
            started.append(event.operation)
            if event.operation == "boards/list":
                await pinterest.user_account.get()

        pinterest = Pinterest(
            emulator.token,
            base_url=emulator.base_url,
            hooks=telemetry.hooks() + Hooks(call_started=look),
        )
        async with pinterest:
            await pinterest.boards.list()
            with pytest.raises(NotFound):
                await pinterest.request("GET", "/boards/1/pins")
    assert started == ["boards/list", "user_account/get", "GET /boards/1/pins"]
    inner, outer, raw = telemetry.spans
    assert inner.parent == outer.context
    assert attributes(inner)["http.response.status_code"] == 200
    assert raw.parent is None
    # Its path has an id in it.
    assert raw.name == "pinterest GET"
    assert attributes(raw)["pinterest.operation"] == "GET"
    assert "url.template" not in attributes(raw)


async def test_a_call_that_a_listener_stops_ends(
    server: Scripted, limiter: OpenLimiter, telemetry: Telemetry
) -> None:
    """What a listener raises at the start ends the call, its span, and nothing else."""

    def fail(event: CallStarted) -> None:
        raise ZeroDivisionError

    hooks = telemetry.hooks() + Hooks(call_started=fail)
    async with connect(server, limiter, hooks=hooks) as client:
        with pytest.raises(ZeroDivisionError):
            await call(client)
    assert server.requests == []
    (span,) = telemetry.spans
    assert attributes(span)["error.type"] == "ZeroDivisionError"
    assert TOKEN not in span.to_json()


def test_without_the_extra_it_says_so() -> None:
    """The module names its extra where OpenTelemetry is missing; the client needs neither."""
    program = (
        "import sys\n"
        "sys.modules['opentelemetry'] = None\n"
        "from pinterest_async import Pinterest\n"
        "import pinterest_async.telemetry"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert "telemetry needs its extra: pip install 'pinterest-async[otel]'" in ended.stderr
