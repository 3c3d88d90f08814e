"""What docs/catalogs.md shows works as it stands there, and what it says of columns is so."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pinterest_async import Pinterest
from pinterest_async.jobs.catalogs.items import PASSED_OVER, REQUIRED, RowReader
from tests.support.catalog_world import shop

if TYPE_CHECKING:
    import pytest

PAGE: Final = (Path(__file__).parent.parent / "docs" / "catalogs.md").read_text("utf-8")
BLOCKS: Final = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


async def test_every_block_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each block defines a coroutine that works with a client, and prints what it found."""
    monkeypatch.chdir(tmp_path)
    printed: list[str] = []
    async with shop(job_seconds=0.0) as (_, client):
        for number, block in enumerate(BLOCKS):
            names: dict[str, Any] = {"Pinterest": Pinterest}
            place = f"catalogs.md {number}"
            exec(compile(block, place, "exec"), names)  # noqa: S102  # it is our own text
            (work,) = [
                one
                for one in names.values()
                if inspect.iscoroutinefunction(one) and one.__code__.co_filename == place
            ]
            await work(client)
            printed.append(capsys.readouterr().out)
    synced, fed, wrong, items = printed
    assert synced == "1 0 0 0\n"
    assert re.match(r"\d+ True \[\] \d{4}-", fed)
    assert "image_link is missing" in wrong
    assert re.match(r"feed \d+ 2 None\n", items)
    assert re.search(r"^distribution \d+ None$", items, re.MULTILINE)


def test_the_table_of_columns_is_so() -> None:
    """What the page calls needed is needed, and names that it shows are understood."""
    needed = {
        name
        for line in PAGE.splitlines()
        if line.startswith("| `") and "| needed; " in line
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    assert needed == set(REQUIRED)
    assert "identifier_exists" in PASSED_OVER
    shown = {"id": "a", "g:price": "1 EUR", "Image Link": "https://x.example/a.jpg",
             "customLabel0": "a", "ads_redirect": "https://x.example/a"}  # fmt: skip
    read = RowReader(currency=None, ignore_unknown=False).read(1, shown)
    assert (read.item_id, read.problems) == ("a", [])
    assert read.attributes.keys() == {"price", "image_link", "custom_label_0", "ad_link"}
