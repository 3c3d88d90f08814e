"""What docs/observability.md shows works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import sentry_sdk
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from pinterest_async import Hooks, NotFound, Pinterest, RetryPolicy, ServerError
from pinterest_async.emulator import Answer, Emulator

if TYPE_CHECKING:
    from tests.support.scripted import OpenLimiter

PAGE: Final = (Path(__file__).parent.parent / "docs" / "observability.md").read_text("utf-8")
RECIPES: Final = ("prometheus", "structured", "sentry")


def blocks() -> list[str]:
    """The fenced blocks of Python."""
    return re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def names_of(block: str) -> dict[str, Any]:
    """What a block defines."""
    names: dict[str, Any] = {}
    exec(compile(block, "observability.md", "exec"), names)  # noqa: S102  # it is our own text
    return names


def recipe(name: str) -> Hooks:
    """The hooks that a recipe makes."""
    (block,) = (block for block in blocks() if f"\n{name} = Hooks(" in block)
    hooks: Hooks = names_of(block)[name]
    return hooks


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_are_short(name: str) -> None:
    """A recipe has at most fifteen lines."""
    (block,) = (block for block in blocks() if f"\n{name} = Hooks(" in block)
    assert len([line for line in block.splitlines() if line.strip()]) <= 15


def test_the_page_names_all_listeners() -> None:
    """The table of listeners has each that there is."""
    table = re.findall(r"^\| `(\w+)` \| `\w+` \|", PAGE, re.MULTILINE)
    assert {*table} == {*Hooks.__struct_fields__}


@pytest.mark.parametrize("name", ["watched", "traced"])
async def test_programs_run(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each program of the page makes its call."""
    (block,) = (block for block in blocks() if f"async def {name}(" in block)
    async with Emulator(boards=1, pins=1) as emulator:
        await names_of(block)[name](emulator.token, emulator.base_url)
        assert [request.operation_id for request in emulator.requests] == ["user_account/get"]


async def test_prometheus(limiter: OpenLimiter) -> None:
    """Calls are counted by operation and error, waits by category and reason."""
    async with (
        Emulator(boards=1, pins=1) as emulator,
        Pinterest(
            emulator.token,
            base_url=emulator.base_url,
            hooks=recipe("prometheus"),
            limits=limiter,
        ) as pinterest,
    ):
        limiter.waited = 1.5
        for _ in range(2):
            await pinterest.boards.list()
        with pytest.raises(NotFound):
            await pinterest.boards.get("1")

    def counted(operation: str, error: str) -> float | None:
        labels = {"operation": operation, "error": error}
        return REGISTRY.get_sample_value("pinterest_call_seconds_count", labels)

    assert counted("boards/list", "") == 2
    assert counted("boards/get", "NotFound") == 1
    labels = {"category": "org_read", "reason": "window"}
    assert REGISTRY.get_sample_value("pinterest_wait_seconds_total", labels) == 4.5


async def test_structlog() -> None:
    """A line for each call and each retry, the failed ones as warnings."""
    policy = RetryPolicy(attempts=2, base=0.001)
    with capture_logs() as lines:
        async with (
            Emulator(boards=1, pins=1) as emulator,
            Pinterest(
                emulator.token,
                base_url=emulator.base_url,
                hooks=recipe("structured"),
                retry=policy,
            ) as pinterest,
        ):
            emulator.fail("boards/list", Answer(500))
            await pinterest.boards.list()
            with pytest.raises(NotFound):
                await pinterest.boards.get("1")
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("retry", "info"), ("call", "info"), ("call", "warning"),
    ]  # fmt: skip
    assert lines[1]["attempts"] == 2
    assert lines[2]["error"].startswith("boards/get: 404")


async def test_sentry() -> None:
    """Only what is Pinterest's fault is reported, with its request id."""
    reported: list[Any] = []
    client = sentry_sdk.Client(
        dsn="http://key@localhost/1",
        default_integrations=False,
        include_local_variables=False,
        before_send=lambda event, _: reported.append(event),
    )
    with sentry_sdk.isolation_scope() as scope:
        scope.set_client(client)
        async with (
            Emulator(boards=1, pins=1) as emulator,
            Pinterest(
                emulator.token,
                base_url=emulator.base_url,
                hooks=recipe("sentry"),
                retry=0,
            ) as pinterest,
        ):
            emulator.fail("boards/list", Answer(500))
            with pytest.raises(ServerError) as failed:
                await pinterest.boards.list()
            with pytest.raises(NotFound):
                await pinterest.boards.get("1")
    (event,) = reported
    assert event["tags"]["pinterest.request_id"] == failed.value.request_id
    assert event["exception"]["values"][-1]["type"] == "ServerError"
    assert "pina_" not in str(event)
