"""What the journals of all jobs have in common."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from pinterest_async.emulator import Emulator
from pinterest_async.jobs import export_account
from pinterest_async.jobs._journal import JournalError, JournalFile
from tests.support.clients import client_of
from tests.support.exported import JOURNAL

if TYPE_CHECKING:
    from pathlib import Path


def journal(path: Path) -> JournalFile:
    """A journal of one table."""
    return JournalFile(path, 0x5069, "CREATE TABLE IF NOT EXISTS notes (text)", ())


async def test_a_cancelled_closing_is_waited_for(tmp_path: Path) -> None:
    """Whoever cancels a job that closes its journal can start it anew at once (F13)."""
    path, under_way, go_on = tmp_path / "journal", threading.Event(), threading.Event()
    first = journal(path)
    await first.do(first.open)

    def slow() -> None:
        under_way.set()
        go_on.wait()

    closing = asyncio.create_task(first.close(slow))
    await asyncio.to_thread(under_way.wait)
    closing.cancel()
    await asyncio.sleep(0)
    closing.cancel()
    await asyncio.sleep(0)
    assert not closing.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await closing
    second = journal(path)
    await second.do(second.open)
    await second.close()


async def test_a_journal_serves_one_run_at_a_time(tmp_path: Path) -> None:
    """A second run is told that the first has the journal, and what to do."""
    first, second = journal(tmp_path / "journal"), journal(tmp_path / "journal")
    await first.do(first.open)
    with pytest.raises(JournalError, match="another run is using it: wait for it"):
        await second.do(second.open)
    await second.close()
    await first.close()


async def test_an_exports_journal_and_folder_are_private(tmp_path: Path) -> None:
    """The folder that a job makes, and its journal, can be read by their owner alone (F12)."""
    folder = tmp_path / "out"
    async with Emulator(boards=1, pins=1) as emulator, client_of(emulator) as client:
        await export_account(client, folder)

    modes = [path.stat().st_mode & 0o777 for path in (folder, folder / JOURNAL)]
    assert modes == [0o700, 0o600]


def test_a_journal_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    """A symbolic link in a journal's place is refused, and nothing made where it leads (F12)."""
    link = tmp_path / "journal"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic link"):
        journal(link).open()
    assert not (tmp_path / "elsewhere").exists()
