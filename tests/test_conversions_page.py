"""The file and the commands on docs/conversions.md work as they stand there."""

from __future__ import annotations

import datetime as dt
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

from pinterest_async.emulator import Emulator, in_thread
from pinterest_async.jobs._personal import NORMALISERS
from tests.support import commands, pages
from tests.support.events_world import counted

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "docs/conversions.md"


def test_the_file_is_sent(tmp_path: Path) -> None:
    """The file on the page, with times of today, is checked and sent by the commands below it."""
    (table,) = pages.blocks(PAGE, "csv")
    (shown,) = pages.blocks(PAGE, "bash")
    today = dt.datetime.now(dt.UTC).date() - dt.timedelta(1)
    text, moments = re.subn(r"\d{4}-\d\d-\d\dT", f"{today}T", table.code)
    assert moments == 2
    (tmp_path / "orders.csv").write_text(text)
    with in_thread(Emulator(boards=0, pins=0)) as emulator:
        for line in shown.code.splitlines():
            words = shlex.split(line.replace("549755885175", emulator.ad_account_id))
            ended = subprocess.run(
                [sys.executable, "-m", "pinterest_async.cli", *words[1:]],
                cwd=tmp_path,
                env={**commands.environment(emulator), "PYTHONPATH": str(pages.ROOT)},
                capture_output=True,
                text=True,
                check=False,
            )
            assert (ended.returncode, ended.stderr) == (0, "")
        assert sorted(counted(emulator)) == ["order-17", "order-18"]
    assert {path.name for path in tmp_path.iterdir()} == {"orders.csv", "orders.csv.journal"}


def test_the_table_has_every_member_that_is_hashed() -> None:
    """No member that is hashed lacks a line."""
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", pages.text_of(PAGE), re.MULTILINE)
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert set(NORMALISERS) <= told
