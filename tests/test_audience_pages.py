"""What the pages on audiences and leads show does what they say."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any

from aiohttp.test_utils import TestClient, TestServer

from pinterest_async import Pinterest
from tests.support import pages
from tests.support.audience_world import audience_emulator, lists_called, people_on, sha256
from tests.support.clients import client_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def names_on(page: str) -> dict[str, Any]:
    """What the blocks of a page define."""
    names: dict[str, Any] = {"Pinterest": Pinterest}
    for block in pages.blocks(page):
        exec(compile(block.code, str(block), "exec"), names)  # noqa: S102  # it is our own text
    return names


async def test_the_list_of_the_page_is_kept_in_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its customers are on the list by all their ids, once; a second run sends nothing."""
    monkeypatch.chdir(tmp_path)
    names = names_on("docs/audiences.md")
    async with audience_emulator() as emulator, client_of(emulator) as client:
        for _ in range(2):
            await names["sync"](client, emulator.ad_account_id)
        await names["look"](client, emulator.ad_account_id)
        await names["look_alike"](client, emulator.ad_account_id)
        (made,) = lists_called(emulator, "Customers")
        on_list = people_on(emulator, made["id"]).ids
    anna = {sha256("anna@example.com"), sha256("491701234567"), f"external_id:{sha256('17')}"}
    assert on_list == {*anna, sha256("bo@example.com")}
    assert capsys.readouterr().out.splitlines()[:2] == ["2 0 0 TOO_SMALL", "0 0 2 TOO_SMALL"]


async def test_the_webhook_of_the_page_takes_what_is_pinterests() -> None:
    """A delivery with the key of the subscription is taken, each lead once; another one is not."""
    names = names_on("docs/leads.md")
    lead = {"lead_id": "77", "ad_id": "5", "email": "zeisig@example.com"}
    async with audience_emulator() as emulator, client_of(emulator) as client:
        app = await names["subscribe"](client, emulator.ad_account_id)
        made = [*emulator.account.stores.store("subscriptions", emulator.ad_account_id)][-1]
        key = b64decode(made["cryptographic_key"])
        async with TestClient(TestServer(app)) as pinterest:
            statuses: list[int] = []
            for one in (key, key, bytes(32)):
                delivery = names["sealed"]([lead], b64encode(one).decode())
                response = await pinterest.post("/leads", data=delivery)
                statuses.append(response.status)
    assert statuses == [200, 200, 400]
    assert names["leads"] == {"77": lead}
