"""An honest program, with as few looks for None as it needs. Checked, never run.

Ids go from one call into the next as they are, enumerated values are written out, and what
Pinterest need not tell is looked at once where it is used: five places, each marked. Below are the
mistakes that a type checker has to find.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, assert_type, cast

from pinterest_async.models import (
    CampaignUpdateRequest,
    ConversionEventData,
    ConversionEventsUserDataProperties,
    ImageUrl,
)

if TYPE_CHECKING:
    from pinterest_async import Pinterest


async def boards_and_pins(pinterest: Pinterest) -> dict[str, list[str]]:
    """Which Pins each board has, and where those of its sections lead."""
    found: dict[str, list[str]] = {}
    async for board in pinterest.boards.list(privacy="PUBLIC"):
        async for pin in pinterest.boards.list_pins(board.id):
            found.setdefault(board.id, []).append(pin.id)
        async for section in pinterest.board_sections.list(board.id):
            async for pin in pinterest.board_sections.list_pins(board.id, section.id):
                found.setdefault(section.id, []).append(pin.link or pin.id)  # guard 1
    return found


async def a_cake(pinterest: Pinterest) -> str:
    """Make a board and a Pin, and correct the Pin."""
    me = await pinterest.user_account.get()
    board = await pinterest.boards.create(name=f"Cakes of {me.id}", privacy="SECRET")
    pin = await pinterest.pins.create(
        board_id=board.id,
        title="Plum cake",
        media_source=ImageUrl(url="https://example.com/cake.jpg"),
    )
    pin = await pinterest.pins.update(pin.id, title=None, link="https://example.com/cake")
    if pin.created_at and pin.created_at > dt.datetime.now(dt.UTC):  # guard 2
        raise ValueError("the clock is wrong")
    return pin.id


async def paused(pinterest: Pinterest, ad_account_id: str) -> list[str]:
    """Pause the campaigns that are running."""
    running = [
        campaign.id
        async for campaign in pinterest.campaigns.list(ad_account_id, entity_statuses=["ACTIVE"])
    ]
    for first in range(0, len(running), 30):
        changes = [
            CampaignUpdateRequest(id=one, ad_account_id=ad_account_id, status="PAUSED")
            for one in running[first : first + 30]
        ]
        await pinterest.campaigns.update(ad_account_id, changes)
    return running


async def spent(pinterest: Pinterest, ad_account_id: str) -> str:
    """Ask for a report, and for where it is."""
    columns = ["SPEND_IN_DOLLAR", "TOTAL_CLICKTHROUGH"]
    report = await pinterest.ad_accounts.create_report(
        ad_account_id,
        start_date="2026-01-01",
        end_date="2026-01-31",
        granularity="DAY",
        level="CAMPAIGN",
        # Chosen while the program runs: what a type checker cannot know is cast.
        columns=[cast("Any", column) for column in columns],
    )
    if report.token is None:  # guard 3
        raise ValueError("there is no report")
    answer = await pinterest.ad_accounts.get_report(ad_account_id, token=report.token)
    return answer.url or ""  # guard 4


async def sold(pinterest: Pinterest, ad_account_id: str, order: str, email_hash: str) -> int:
    """Tell of a purchase."""
    event = ConversionEventData(
        event_name="checkout",
        action_source="web",
        event_time=int(dt.datetime.now(dt.UTC).timestamp()),
        event_id=order,
        user_data=ConversionEventsUserDataProperties(em=[email_hash], customer_type="new"),
    )
    answer = await pinterest.conversion_events.create(ad_account_id, data=[event])
    return answer.num_events_processed or 0  # guard 5


async def what_is_always_there(pinterest: Pinterest) -> None:
    """Ids are text, and responses are open."""
    assert_type((await pinterest.campaigns.get("1", "2")).id, str)
    assert_type([ad.id async for ad in pinterest.ads.list("1")], list[str])
    board = await pinterest.boards.get("1")
    newer: str | None = board.privacy
    del newer


async def mistakes(pinterest: Pinterest) -> None:
    """Each line is an error to both type checkers."""
    await pinterest.pins.create(title="x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await pinterest.boards.create(
        name="x",
        privacy="SECRT",  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    )
    pinterest.campaigns.list(
        "1",
        entity_statuses=["ACTIV"],  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    )
    CampaignUpdateRequest(
        id="1",
        ad_account_id="1",
        status="PAUSE",  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    )
    await pinterest.ad_accounts.create_report(
        "1",
        start_date="2026-01-01",
        end_date="2026-01-31",
        granularity="DAILY",  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        level="CAMPAIGN",
        columns=["SPEND_IN_DOLAR"],  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    )
