"""The page on changing ads says what works: its code and its commands run as they stand there."""

from __future__ import annotations

import ast
import inspect
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator import Emulator, in_thread
from pinterest_async.jobs.changes.kinds import KINDS
from tests.support.ads_world import ads_emulator
from tests.support.clients import client_of
from tests.support.commands import point_at

if TYPE_CHECKING:
    import pytest

    from tests.support.commands import Shell

PAGE = (Path(__file__).parent.parent / "docs" / "changes.md").read_text("utf-8")
ACCOUNT, GROUP = "549755885175", "626736533506"


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def with_ids(text: str, emulator: Emulator) -> str:
    """A text with ids that the emulator knows."""
    account = emulator.ad_account_id
    group = next(iter(emulator.account.stores.store("ad_groups", account)))["id"]
    return text.replace(ACCOUNT, account).replace(GROUP, group)


async def test_the_code_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every block of Python, one after the other, with the file that the page shows."""
    monkeypatch.chdir(tmp_path)
    (table,) = blocks("csv")
    programs = blocks("python")
    assert len(programs) == 4
    async with ads_emulator() as emulator, client_of(emulator) as client:
        Path("spring.csv").write_text(with_ids(table, emulator))
        names: dict[str, Any] = {"pinterest": client}
        for program in programs:
            code = compile(
                with_ids(program, emulator),
                "changes.md",
                "exec",
                flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
            )
            ended = eval(code, names)  # noqa: S307  # it is our own text
            if inspect.isawaitable(ended):
                await ended
            if "dry_run=False" in program:
                report = names["report"]
                assert report.complete
                assert report.counts == {"created": 3, "updated": 1}
        made = {one["name"] for one in emulator.account.stores.store("campaigns", ACCOUNT)}
    assert "Autumn" not in made  # a dry run


def test_the_commands_run(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command ends with 0."""
    monkeypatch.chdir(tmp_path)
    with in_thread(Emulator(boards=0, pins=0)) as emulator:
        point_at(emulator, monkeypatch)
        Path("spring.csv").write_text(with_ids(blocks("csv")[0], emulator))
        for block in blocks("sh"):
            for line in with_ids(block, emulator).splitlines():
                words = shlex.split(line, comments=True)[1:]
                assert shell(*words).code == 0, line


def test_columns_of_money_are_named() -> None:
    """The page has every column that takes an amount."""
    for kind in KINDS:
        for name in kind.amounts:
            assert f"`{name}`" in PAGE
