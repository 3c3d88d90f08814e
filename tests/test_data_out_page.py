"""The page on getting data out: its code runs, in its order, and says what is so."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async import Pinterest, models
from pinterest_async.emulator import Emulator
from tests.support.clients import client_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PAGE = (Path(__file__).parent.parent / "docs" / "data-out.md").read_text(encoding="utf-8")
CODE = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
async def client() -> AsyncIterator[Pinterest]:
    """A client of a small account."""
    async with Emulator(boards=3, pins=20) as emulator, client_of(emulator) as client:
        yield client


async def run(source: str, names: dict[str, Any]) -> None:
    """Run code that may await, as a notebook does."""
    awaits = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code = compile(source, "data-out.md", "exec", flags=awaits, dont_inherit=True)
    came = eval(code, names)  # noqa: S307  # the page is ours
    if inspect.isawaitable(came):
        await came


async def test_the_code_runs(
    client: Pinterest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each piece after those before it, with the names that they have made."""
    pytest.importorskip("duckdb")
    pytest.importorskip("pandas")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"pinterest": client, "__name__": "data_out"}
    assert len(CODE) >= 10
    for source in CODE:
        await run(source, names)
    assert (tmp_path / "boards.parquet").exists()
    assert len(await names["boards"]()) == 3
    (failure,) = names["response"].failures
    printed = capsys.readouterr().out
    assert f"{failure.index} {failure.code} {failure.message}" in printed
    assert "pin_count" in printed


def test_what_the_page_names_exists() -> None:
    """Properties in its table are there."""
    assert {"url", "best_image"} <= set(dir(models.Pin))
    assert "url" in dir(models.Board)
    assert "created_at" in dir(models.CampaignResponse)
    assert "sent_at" in models.BaseInviteDataResponseInviteData.__struct_fields__
