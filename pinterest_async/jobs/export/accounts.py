"""Export of many accounts: one dataset, partitioned by account, and one report."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import msgspec

from pinterest_async._files import replace
from pinterest_async.auth.credentials import Credentials
from pinterest_async.auth.stores.file import file_name
from pinterest_async.errors import ConfigurationError, PinterestError
from pinterest_async.jobs.export.account import export_account
from pinterest_async.jobs.export.files import CHANGES, MANIFEST, REJECTED
from pinterest_async.jobs.export.formats import DATABASE, PARTIAL, check_format

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from datetime import date, datetime

    from pinterest_async.client import Pinterest
    from pinterest_async.jobs.export.formats import Format
    from pinterest_async.jobs.export.report import ExportReport

WORK: Final = ".accounts"
"""Where each account's own export is, below the dataset."""
_BOARDS: Final = 4
"""Boards of one account that are read at the same time, as many accounts are at it."""


class AccountExport(msgspec.Struct, kw_only=True):
    """What came of one account."""

    account: str
    """Its name, which is also that of its partition."""
    complete: bool = False
    """Whether all was found that Pinterest counts."""
    done_before: bool = False
    """Whether an earlier run had finished it, and nothing was asked for."""
    boards: int = 0
    sections: int = 0
    pins: int = 0
    calls: int = 0
    differences: int = 0
    """What its `manifest.json` names."""
    error: str | None = None
    """Why it was not exported; None where it was."""


class AccountsReport(msgspec.Struct, kw_only=True):
    """What an export of many accounts did."""

    accounts: list[AccountExport] = msgspec.field(default_factory=list[AccountExport])
    """In the order in which they came to their end."""
    expected: int = 0
    """How many accounts there are."""
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether every account is there, and none misses anything."""
        return len(self.accounts) == self.expected and all(one.complete for one in self.accounts)

    @property
    def failures(self) -> list[AccountExport]:
        """The accounts that were not exported; started again, the export tries them again."""
        return [one for one in self.accounts if one.error is not None]

    @property
    def pins(self) -> int:
        """The Pins of all accounts."""
        return sum(one.pins for one in self.accounts)


class _Manifest(msgspec.Struct):
    """What is read of a finished export's manifest."""

    complete: bool
    boards: int
    sections: int
    pins: int
    files: list[str]
    differences: list[msgspec.Raw]


async def export_accounts(
    client: Pinterest,
    accounts: Mapping[str, str | Credentials] | Iterable[Credentials],
    out_dir: str | os.PathLike[str],
    *,
    format: Format = "parquet",
    since: datetime | date | str | None = None,
    metrics: bool = False,
    update: bool = False,
    overwrite: bool = False,
    concurrency: int = 16,
    progress: Callable[[AccountsReport], None] | None = None,
) -> AccountsReport:
    """Export many accounts at once, as one dataset that is partitioned by account.

    Each table is a folder with a partition for each account, as Hive, DuckDB, Polars and Spark name
    them: `pins/account=alice/pins.parquet`. A partition appears when its account is whole. Each
    account spends its own rate limits, which the client's limiter keeps apart, and its own export,
    as `export_account` makes it, is in `.accounts/` with manifest and journal.

    **Interruptions.** Started again the same way, the accounts that are finished are left alone, an
    unfinished one goes on where it was, and one that failed is tried again. With `update` finished
    ones are brought up to date. Partitions of accounts that are not asked for stay.

    Several processes may export different accounts into one folder. An account's failure (a token
    that is dead, say) is in the report, and the others go on.

    Args:
        client: a client; each account gets a copy with its credentials (`for_account`).
        accounts: access tokens or credentials by the accounts' names, or credentials, each with its
            own name.
        out_dir: the folder of the dataset; made where it is missing.
        format: `parquet` (takes the extra `parquet`), `jsonl` or `csv`.
        since: only Pins created at this time or later, as for `export_account`.
        metrics: whether to fetch the figures of each Pin for the last 90 days.
        update: whether to bring accounts that were exported before up to date.
        overwrite: whether to export all accounts anew.
        concurrency: how many accounts are exported at the same time, 1 or more. Of each of them up
            to four boards are read at the same time.
        progress: called after each account, in the event loop.

    Raises:
        ConfigurationError: options that are unknown or do not go together, a library that the
            format takes is missing, or two accounts have the same name.
        OSError: the files cannot be written.
    """
    if concurrency < 1:
        raise ConfigurationError(f"concurrency must be 1 or more, not {concurrency}")
    if update and overwrite:
        raise ConfigurationError("update keeps what overwrite throws away: give one of them")
    check_format(format)
    if format == "sqlite":
        raise ConfigurationError("a dataset has a file for each account: not format='sqlite'")
    named = _named(accounts)
    out = Path(out_dir)
    report = AccountsReport(expected=len(named))
    started = time.monotonic()
    anew = update or overwrite
    slots = asyncio.Semaphore(concurrency)
    export = partial(
        export_account,
        format=format,
        since=since,
        metrics=metrics,
        update=update,
        overwrite=overwrite,
        concurrency=_BOARDS,
    )

    async def work(name: str, credentials: str | Credentials) -> None:
        async with slots:
            found = None if anew else await asyncio.to_thread(_done_before, out, name)
            if found is None:
                found = await _export(partial(export, client.for_account(credentials)), out, name)
        report.accounts.append(found)
        report.seconds = round(time.monotonic() - started, 3)
        if progress is not None:
            progress(report)

    try:
        async with asyncio.TaskGroup() as group:
            for name, credentials in named.items():
                group.create_task(work(name, credentials))
    except* OSError as errors:
        # One full disk meets all of them: the first says so.
        raise errors.exceptions[0] from None
    return report


def _named(
    accounts: Mapping[str, str | Credentials] | Iterable[Credentials],
) -> dict[str, str | Credentials]:
    if isinstance(accounts, Mapping):
        named = dict(cast("Mapping[str, str | Credentials]", accounts))
    else:
        named = {}
        for credentials in accounts:
            if not isinstance(credentials, Credentials):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise ConfigurationError(
                    "accounts are credentials, or tokens by name: {'alice': token}"
                )
            if credentials.account in named:
                raise ConfigurationError(f"the account {credentials.account!r} is there twice")
            named[credentials.account] = credentials
    for name in named:
        # Refuses what can be no name.
        file_name(name)
    return named


def _finished(work: Path) -> _Manifest | None:
    """Return the manifest of a finished export, None where there is none."""
    try:
        return msgspec.json.decode((work / MANIFEST).read_bytes(), type=_Manifest)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def _done_before(out: Path, name: str) -> AccountExport | None:
    """Return what an earlier run had finished, with its tables in the dataset; else None."""
    before = _finished(_place(out, name))
    if before is None:
        return None
    found = _take_over(AccountExport(account=name), before)
    found.done_before = True
    # It may have been killed between the two.
    _publish(out, name)
    return found


async def _export(
    export: Callable[[Path], Awaitable[ExportReport]], out: Path, name: str
) -> AccountExport:
    """Export one account into the dataset, or say why not."""
    found = AccountExport(account=name)
    try:
        exported = await export(_place(out, name))
    except (PinterestError, FileExistsError) as error:
        found.error = f"{type(error).__name__}: {error}"
        return found
    found = _take_over(found, exported)
    found.calls = exported.calls
    await asyncio.to_thread(_publish, out, name)
    return found


def _place(out: Path, name: str) -> Path:
    """Return where an account's own export is."""
    return out / WORK / file_name(name)


def _take_over(found: AccountExport, report: ExportReport | _Manifest) -> AccountExport:
    found.complete = report.complete
    found.boards, found.sections, found.pins = report.boards, report.sections, report.pins
    found.differences = len(report.differences)
    return found


def _publish(out: Path, name: str) -> None:
    """Put an account's tables into the dataset, each in one step."""
    work = _place(out, name)
    manifest = _finished(work)
    for file in () if manifest is None else manifest.files:
        if file in (REJECTED, CHANGES, DATABASE):
            continue
        partition = out / file.partition(".")[0] / f"account={file_name(name)}"
        partition.mkdir(parents=True, exist_ok=True)
        draft = partition / f".{file}{PARTIAL}"
        draft.unlink(missing_ok=True)
        try:
            # The same file under a second name, where the file system can do that.
            os.link(work / file, draft)
        except OSError:
            shutil.copyfile(work / file, draft)
        replace(draft, partition / file)
        # Of two names of one file, replacing removes none.
        draft.unlink(missing_ok=True)
