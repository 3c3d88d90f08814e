"""The page of an export, in a real browser."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async import Pinterest
from pinterest_async.emulator import Emulator
from pinterest_async.jobs import export_account
from pinterest_async.jobs.export.html_view import HTMLView
from tests.support.browser import CHROMIUM, Tab, open_tab

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

HOSTILE = (
    "</script><!--<script>alert(1)</script><img src=x onerror=alert(2)>\u2028\x00'\"&amp;\U0001f34e"
)
LINK = "javascript:alert(3)"


@pytest.fixture
async def tab(tmp_path: Path) -> AsyncGenerator[Tab]:
    """An empty page of a browser that notes what is asked for."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    async with open_tab(tmp_path / "profile") as tab:
        await tab.watch()
        yield tab


async def show(tab: Tab, folder: Path) -> None:
    """Open an export's page, and wait until it is drawn."""
    await tab.go((folder / "index.html").as_uri())
    await tab.wait_for("document.documentElement.dataset.ready")


async def export(emulator: Emulator, folder: Path, **options: Any) -> None:
    """Export an account with a page."""
    async with Pinterest(emulator.token, base_url=emulator.base_url) as client:
        report = await export_account(
            client, folder, html=True, picture_hosts=("localhost",), **options
        )
    assert "index.html" in report.files
    assert json.loads((folder / "manifest.json").read_bytes())["files"] == report.files


def hostile_account(**options: Any) -> Emulator:
    """An account whose texts would like to be more than text."""
    emulator = Emulator(boards=3, pins=40, **options)
    for board in emulator.account.boards.values():
        board.name = board.description = f"{HOSTILE} {board.id}"
    for pin in emulator.account.pins.values():
        pin.title = pin.description = pin.alt_text = f"{HOSTILE} {pin.id}"
        pin.link = LINK
        pin.dominant_color = "red;background:url(http://elsewhere.test/x)"
    return emulator


async def test_a_page_shows_everything_as_text_and_asks_nobody(tab: Tab, tmp_path: Path) -> None:
    """Hostile names stay text, links lead to the web alone, and all pictures are in the folder."""
    out = tmp_path / "out"
    async with hostile_account(local_pictures=True) as emulator:
        await export(emulator, out, pictures=True, metrics=True)
    await show(tab, out)
    board = await tab.value("document.querySelectorAll('button.board h3')[1].textContent")
    assert board.startswith("</script><!--<script>alert(1)</script><img src=x onerror=alert(2)>")
    title = await tab.value("document.querySelector('.pin strong').textContent")
    assert title.startswith("</script><!--")
    assert await tab.value("document.querySelectorAll('.pin').length") == 40
    assert await tab.value("document.querySelectorAll('img[src=x], script[src]').length") == 0
    await tab.value("document.querySelector('.pin').click()")
    assert await tab.value("document.querySelector('dialog').open")
    assert LINK in await tab.value("document.querySelector('dialog').textContent")
    links = await tab.value("[...document.querySelectorAll('a')].map((a) => a.href)")
    assert all(link.startswith("https://www.pinterest.com/pin/") for link in links)
    shown = "[...document.images].filter((one) => one.naturalWidth > 0).length"
    assert await tab.wait_for(f"{shown} > 5")
    here = out.as_uri()
    assert all(url.startswith(here) for url in tab.asked), tab.asked
    assert any("/pictures/" in url for url in tab.asked)
    assert tab.complaints == []


async def test_a_page_is_used_by_keyboard(tab: Tab, tmp_path: Path) -> None:
    """Search with /, walk with arrows, open with Enter, go on and close with keys."""
    async with Emulator(boards=4, pins=60) as emulator:
        await export(emulator, tmp_path / "out")
        pins = list(emulator.account.pins.values())
    await show(tab, tmp_path / "out")
    assert "--pictures" in await tab.value("document.getElementById('unseen').textContent")
    assert await tab.value("document.getElementById('figures').hidden")
    await tab.press("/")
    assert await tab.value("document.activeElement.id") == "text"
    word = next(re.findall(r"\w{5,}", pin.title)[0] for pin in pins if pin.title)
    await tab.send("Input.insertText", text=word)
    count = int(
        re.findall(r"\d+", await tab.value("document.getElementById('count').textContent"))[0]
    )
    assert 0 < count < 60
    titles = await tab.value(
        "[...document.querySelectorAll('.pin')].map((one) => one.textContent.toLowerCase())"
    )
    assert len(titles) == count
    await tab.value("$('text').value = ''; $('text').dispatchEvent(new Event('input'))")
    await tab.value("document.querySelector('[data-number=\"0\"]').focus()")
    await tab.press("ArrowRight")
    assert await tab.value("document.activeElement.dataset.number") == "1"
    await tab.press("ArrowDown")
    assert int(await tab.value("document.activeElement.dataset.number")) > 1
    await tab.press("Enter")
    assert await tab.value("document.querySelector('dialog').open")
    first = await tab.value("document.querySelector('dialog a:last-of-type').href")
    await tab.press("ArrowRight")
    assert await tab.value("document.querySelector('dialog a:last-of-type').href") != first
    await tab.value("document.querySelector('dialog').close()")
    assert int(await tab.wait_for("document.activeElement.dataset.number")) > 2
    assert tab.complaints == []


async def test_a_page_sorts_and_draws_figures(tab: Tab, tmp_path: Path) -> None:
    """Pins are in order of their date or of a figure, and the days are a line and a table."""
    async with Emulator(boards=2, pins=30) as emulator:
        await export(emulator, tmp_path / "out", metrics=True)
    await show(tab, tmp_path / "out")
    assert await tab.value(
        "state.found.every((pin, n, all) => !n || all[n-1].created >= pin.created)"
    )
    await tab.value("$('order').value = 'SAVE'; $('order').dispatchEvent(new Event('change'))")
    saves = "state.found.map((pin) => pin.totals[metrics.indexOf('SAVE')] ?? -1)"
    found = await tab.value(saves)
    assert found == sorted(found, reverse=True)
    totals: dict[str, float] = {}
    by_day: dict[str, float] = {}
    for line in (tmp_path / "out" / "metrics.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row["metric"] == "SAVE" and row["value"] is not None:
            totals[row["pin_id"]] = totals.get(row["pin_id"], 0) + row["value"]
            by_day[row["date"]] = by_day.get(row["date"], 0) + row["value"]
    assert found[0] == max(totals.values())
    await tab.value("$('metric').value = 'SAVE'; draw()")
    assert await tab.value("document.querySelectorAll('#days tr').length") == len(by_day)
    assert (
        str(await tab.value("$('chart').querySelector('path').getAttribute('d')")).count("L") > 80
    )
    label = await tab.value("$('chart').querySelector('svg').getAttribute('aria-label')")
    assert label.startswith(f"Save: {sum(by_day.values()):,.0f} from ")
    await tab.value("document.querySelectorAll('button.board')[1].click()")
    assert int(await tab.value("state.found.length")) < 30
    colors = set[str]()
    for theme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": theme}]
        await tab.send("Emulation.setEmulatedMedia", features=features)
        colors.add(await tab.value("getComputedStyle(document.body).backgroundColor"))
    assert len(colors) == 2
    assert tab.complaints == []


async def test_twenty_thousand_pins_do_not_stall(tab: Tab, tmp_path: Path) -> None:
    """They are there in under two seconds, and a search among them is not felt."""
    page = HTMLView(tmp_path)
    boards = [(json.dumps({"id": str(n), "name": f"Board {n}"}).encode(), "") for n in range(100)]
    page.add_list("boards", boards)
    pins = [
        (
            json.dumps(
                {
                    "id": str(10**6 + n),
                    "title": f"Plum cake {n}",
                    "description": "A cake of plums and rye. " * 4,
                    "created_at": f"2024-01-{n % 28 + 1:02}T12:00:00",
                    "dominant_color": "#aa8866",
                }
            ).encode(),
            str(n % 100),
        )
        for n in range(20_000)
    ]
    tail = page.tail(account="plum", exported="today", complete=True)
    parts = [*page.head(), *page.pins(pins[:9_000]), *page.pins(pins[9_000:]), *tail]
    (tmp_path / "index.html").write_bytes(b"\n".join(parts))
    started = time.perf_counter()
    await show(tab, tmp_path)
    loaded = time.perf_counter() - started
    assert await tab.value("pins.length") == 20_000
    # What is not seen is not drawn.
    assert await tab.value("document.querySelectorAll('.pin').length") < 1000
    search = "state.text = 'cake 1999'; show(); performance.now() - begun"
    assert await tab.value(f"const begun = performance.now(); {search}") < 500
    # 1999, 11999, and 19990 to 19999.
    assert await tab.value("state.found.length") == 12
    assert loaded < 2
    assert tab.complaints == []


async def test_a_page_lives_as_long_as_its_export(tmp_path: Path) -> None:
    """An update writes it anew, an export over it without one takes it away, and none is lost."""
    page = tmp_path / "index.html"
    async with Emulator(boards=2, pins=10) as emulator:
        await export(emulator, tmp_path)
        async with Pinterest(emulator.token, base_url=emulator.base_url) as client:
            await client.boards.update(next(iter(emulator.account.boards)), name="Quinces")
            await export_account(client, tmp_path, update=True)
            assert "Quinces" in page.read_text(encoding="utf-8")
            await export_account(client, tmp_path, overwrite=True)
            assert not page.exists()
            page.write_text("mine")
            (tmp_path / "other").mkdir()
            (tmp_path / "other" / "index.html").write_text("mine")
            with pytest.raises(FileExistsError, match=r"index\.html"):
                await export_account(client, tmp_path / "other", html=True)
            assert (tmp_path / "other" / "index.html").read_text() == "mine"
