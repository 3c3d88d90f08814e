"""Traces and metrics of OpenTelemetry, for what a client does. Needs the extra `otel`.

    from pinterest_async.telemetry import open_telemetry

    pinterest = Pinterest(token, hooks=open_telemetry() + Hooks(retry=my_own))

Each call is a span of kind CLIENT that is named after its operation, such as
`pinterest boards/get`, and the current span while the call lasts: what aiohttp's instrumentation
makes of the requests stands below it. Its attributes are those of the semantic conventions for
HTTP (`http.request.method`, `http.response.status_code`, `http.request.resend_count`,
`server.address`, `server.port`, `url.template`, `error.type`), and

- `pinterest.operation`, `pinterest.category`, `pinterest.attempts`;
- `pinterest.limit.waited`, in seconds, and `pinterest.limit.reasons`, as `LimitWaited` has them;
- `pinterest.request_id` of the last response, `pinterest.code` of a refusal, and
  `pinterest.may_have_applied` where that is so.

Its events are `pinterest.response`, `pinterest.request_failed`, `pinterest.limit_wait`,
`pinterest.retry` and `pinterest.repair`. The histograms, in seconds, are
`pinterest.call.duration`, `pinterest.limit.wait.duration`, and the conventions'
`http.client.request.duration`, with one value for each request.

Neither holds a token, an id of an object, a query, a body or a message of Pinterest's.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

try:
    from opentelemetry import context, metrics, trace
    from opentelemetry.trace import SpanKind, StatusCode
except ImportError as _missing:
    raise ImportError(
        "telemetry needs its extra: pip install 'pinterest-async[otel]'"
    ) from _missing

from pinterest_async._version import __version__
from pinterest_async.errors import APIError, PinterestError
from pinterest_async.hooks import Hooks
from pinterest_async.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextvars import Token

    from opentelemetry.context import Context
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Span, TracerProvider
    from opentelemetry.util.types import AttributeValue

    from pinterest_async.hooks import (
        CallEnded,
        CallStarted,
        LimitWaited,
        RequestFailed,
        ResponseReceived,
        ResponseRepaired,
        Retrying,
    )

_SCHEMA: Final = "https://opentelemetry.io/schemas/1.37.0"
# Seconds. Those of requests are the conventions'; calls and waits may last for minutes.
_REQUEST_BUCKETS: Final = (
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
)  # fmt: skip
_CALL_BUCKETS: Final = (*_REQUEST_BUCKETS, 30.0, 60.0, 120.0, 300.0)
# What is counted of how a call ended: few values each.
_COUNTED: Final[tuple[str, ...]] = ("error.type", "http.response.status_code")


class _Call:
    """A call under way, with its span."""

    def __init__(
        self, span: Span, metered: Mapping[str, AttributeValue], outer: _Call | None
    ) -> None:
        self.span: Final = span
        self.metered: Final = metered
        """The attributes that its figures are counted under: few values each."""
        self.outer: Final = outer
        """The call that this one is made within, by a listener."""
        self.attached: Token[Context] | None = None
        self.reasons: Final[list[str]] = []
        self.status: int | None = None
        self.request_id: str | None = None


# A call tells of itself in the task that makes it.
_current: Final[ContextVar[_Call | None]] = ContextVar("pinterest_async_call", default=None)


def open_telemetry(
    *,
    tracer_provider: TracerProvider | None = None,
    meter_provider: MeterProvider | None = None,
) -> Hooks:
    """Return hooks that make spans and fill histograms; add your own with `+`.

    Args:
        tracer_provider: who makes the spans; by default the global one.
        meter_provider: who keeps the histograms; by default the global one.
    """
    telemetry = _Telemetry(tracer_provider, meter_provider)
    return Hooks(
        call_started=telemetry.call_started,
        after_response=telemetry.response_received,
        request_failed=telemetry.request_failed,
        limit_wait=telemetry.limit_waited,
        retry=_retrying,
        repair=_repaired,
        call_ended=telemetry.call_ended,
    )


class _Telemetry:
    """Turns what hooks are told into spans and figures."""

    def __init__(
        self, tracer_provider: TracerProvider | None, meter_provider: MeterProvider | None
    ) -> None:
        self._tracer = trace.get_tracer(
            "pinterest_async", __version__, tracer_provider, schema_url=_SCHEMA
        )
        meter = metrics.get_meter(
            "pinterest_async", __version__, meter_provider, schema_url=_SCHEMA
        )
        self._calls = meter.create_histogram(
            "pinterest.call.duration",
            unit="s",
            description="Duration of calls, with their waits and retries.",
            explicit_bucket_boundaries_advisory=_CALL_BUCKETS,
        )
        self._waits = meter.create_histogram(
            "pinterest.limit.wait.duration",
            unit="s",
            description="Duration of waits for a rate limit.",
            explicit_bucket_boundaries_advisory=_CALL_BUCKETS,
        )
        self._requests = meter.create_histogram(
            "http.client.request.duration",
            unit="s",
            description="Duration of HTTP client requests.",
            explicit_bucket_boundaries_advisory=_REQUEST_BUCKETS,
        )

    def call_started(self, event: CallStarted) -> None:
        known = event.operation in OPERATIONS
        http: dict[str, AttributeValue] = {
            "http.request.method": event.http_method,
            "server.address": event.host,
            "server.port": event.port,
        }
        # The path of another request has ids in it, and is no name.
        if known:
            http["url.template"] = event.path
        operation = event.operation if known else event.http_method
        ours = {"pinterest.operation": operation, "pinterest.category": event.category}
        span = self._tracer.start_span(
            f"pinterest {operation}", kind=SpanKind.CLIENT, attributes={**http, **ours}
        )
        call = _Call(span, {**http, **ours}, _current.get())
        _current.set(call)
        call.attached = context.attach(trace.set_span_in_context(span))

    def response_received(self, event: ResponseReceived) -> None:
        call = _current.get()
        if call is None:
            return
        call.status, call.request_id = event.status, event.request_id
        told: dict[str, AttributeValue] = {"http.response.status_code": event.status}
        refused: dict[str, AttributeValue] = {}
        if event.status >= 400:
            refused["error.type"] = str(event.status)
        self._requests.record(event.seconds, {**call.metered, **told, **refused})
        told["pinterest.attempt"] = event.attempt
        told["pinterest.seconds"] = event.seconds
        if event.request_id is not None:
            told["pinterest.request_id"] = event.request_id
        call.span.add_event("pinterest.response", told)

    def request_failed(self, event: RequestFailed) -> None:
        call = _current.get()
        if call is None:
            return
        call.status = call.request_id = None
        kind: dict[str, AttributeValue] = {"error.type": type(event.error).__name__}
        self._requests.record(event.seconds, {**call.metered, **kind})
        told: dict[str, AttributeValue] = {
            "pinterest.attempt": event.attempt,
            "pinterest.seconds": event.seconds,
        }
        call.span.add_event("pinterest.request_failed", {**kind, **told})

    def limit_waited(self, event: LimitWaited) -> None:
        call = _current.get()
        if call is None:
            return
        reason: dict[str, AttributeValue] = {"pinterest.limit.reason": event.reason}
        self._waits.record(event.seconds, {**call.metered, **reason})
        if event.reason not in call.reasons:
            call.reasons.append(event.reason)
        call.span.add_event("pinterest.limit_wait", {**reason, "pinterest.seconds": event.seconds})

    def call_ended(self, event: CallEnded) -> None:
        call = _current.get()
        if call is None:
            return
        _current.set(call.outer)
        told = dict(_outcome(call, event))
        for name, value in told.items():
            call.span.set_attribute(name, value)
        counted = {name: told[name] for name in _COUNTED if name in told}
        self._calls.record(event.seconds, {**call.metered, **counted})
        if call.attached is not None:
            context.detach(call.attached)
        call.span.end()


def _outcome(call: _Call, event: CallEnded) -> Mapping[str, AttributeValue]:
    """Return the attributes of what a call came to, and give its span the status."""
    told: dict[str, AttributeValue] = {
        "pinterest.attempts": event.attempts,
        "pinterest.limit.waited": event.waited,
    }
    if event.attempts > 1:
        told["http.request.resend_count"] = event.attempts - 1
    if call.reasons:
        told["pinterest.limit.reasons"] = call.reasons
    if call.status is not None:
        told["http.response.status_code"] = call.status
    if call.request_id is not None:
        told["pinterest.request_id"] = call.request_id
    error = event.error
    if error is None:
        return told
    told["error.type"] = type(error).__name__
    # Its message may hold what is somebody's own, and is left out.
    call.span.set_status(StatusCode.ERROR)
    if isinstance(error, APIError) and error.code is not None:
        told["pinterest.code"] = error.code
    if isinstance(error, PinterestError) and error.may_have_applied:
        told["pinterest.may_have_applied"] = True
    return told


def _retrying(event: Retrying) -> None:
    _note(
        "pinterest.retry",
        {
            "pinterest.attempt": event.attempt,
            "pinterest.seconds": event.retry_after,
            "error.type": type(event.error).__name__,
        },
    )


def _repaired(event: ResponseRepaired) -> None:
    _note(
        "pinterest.repair",
        {"pinterest.repairs": len(event.repairs), "pinterest.rejected": event.rejected},
    )


def _note(name: str, attributes: Mapping[str, AttributeValue]) -> None:
    call = _current.get()
    if call is not None:
        call.span.add_event(name, attributes)
