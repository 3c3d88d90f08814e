"""What type checkers see of the hand-written API. Checked by mypy and pyright, never run."""

from __future__ import annotations

import datetime as dt
from typing import Any, assert_type

import msgspec

from pinterest_async import (
    CategoryLimit,
    Failure,
    Hooks,
    LocalLimits,
    MissingScope,
    Page,
    Pager,
    Picture,
    Pinterest,
    RateLimit,
    RateLimited,
    Rejected,
    RequestOptions,
    Retrying,
    RetryPolicy,
    StaticToken,
    Timeouts,
    to_rows,
)
from pinterest_async.auth import FileTokenStore
from pinterest_async.models import Board, ScheduleResult


class Thing(msgspec.Struct):
    """What a raw request answers with."""

    id: str


async def clients() -> None:
    """Clients and their copies."""
    async with Pinterest("pina_x", timeout=Timeouts(total=5), retry=RetryPolicy()) as client:
        assert_type(client, Pinterest)
        assert_type(client.acting_as(ad_account_id="1"), Pinterest)
        assert_type(client.with_options(RequestOptions(strict=True), timeout=3), Pinterest)
        assert_type(client.for_account(StaticToken("pina_y")), Pinterest)
        assert_type(client.rate_limits, list[CategoryLimit])
    assert_type(Pinterest.from_login("work", store=FileTokenStore("tokens")), Pinterest)
    assert_type(Pinterest.from_env(sandbox=True, limits=LocalLimits(tier="trial")), Pinterest)


async def calls(client: Pinterest) -> None:
    """Calls and their answers."""
    assert_type(await client.boards.get("1"), Board)
    assert_type(await client.request("GET", "/boards"), Any)
    assert_type(await client.request("GET", "/boards/1", type=Thing), Thing)
    assert_type(await client.request("GET", "/boards", type=list[Thing]), list[Thing])


async def listings(client: Pinterest) -> None:
    """Pagers and pages."""
    pager = client.boards.list()
    assert_type(pager, Pager[Board])
    assert_type(await pager, Page[Board])
    assert_type(await pager.collect(max_items=3), list[Board])
    assert_type(pager.bookmark, str | None)
    async for board in pager:
        assert_type(board, Board)
    async for page in pager.pages():
        assert_type(page.items, list[Board])
        assert_type(page.rate_limit, RateLimit | None)
        assert_type(page.rejected, tuple[Rejected, ...])


async def data(client: Pinterest) -> None:
    """What models know besides, rows, and what failed of a batch."""
    pin = await client.pins.get("1")
    assert_type(pin.url, str)
    assert_type(pin.best_image(), Picture | None)
    assert_type((await client.boards.get("1")).url, str | None)
    assert_type((await client.campaigns.get("1", "2")).created_at, dt.datetime | None)
    assert_type(await to_rows(client.boards.list()), list[dict[str, Any]])
    assert_type(await to_rows(await client.boards.list()), list[dict[str, Any]])
    batch = await client.campaigns.update("1", [])
    assert_type(batch.failures, tuple[Failure, ...])
    results = await client.schedules.create("1", [])
    assert_type(results[0], ScheduleResult)
    assert_type(results.failures, tuple[Failure, ...])


def hooks() -> Hooks:
    """Plain and async hooks."""

    def on_retry(event: Retrying) -> None:
        assert_type(event.retry_after, float)

    async def on_retry_later(event: Retrying) -> None:
        assert_type(event.attempt, int)

    assert_type(Hooks(retry=on_retry), Hooks)
    return Hooks(retry=on_retry_later)


def errors(limited: RateLimited, scope: MissingScope) -> None:
    """What errors carry."""
    assert_type(limited.retry_after, float | None)
    assert_type(limited.rate_limit, RateLimit | None)
    assert_type(scope.required_scopes, tuple[str, ...])
