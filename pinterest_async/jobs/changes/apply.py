"""Many changes of ads in one call: previewed first, then made, each once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from pinterest_async.errors import ConfigurationError
from pinterest_async.jobs._polling import Pace
from pinterest_async.jobs.changes.journal import ChangesJournal
from pinterest_async.jobs.changes.kinds import BY_NAME
from pinterest_async.jobs.changes.preview import changes_nothing, told
from pinterest_async.jobs.changes.report import DONE, AdChangesReport, AdChangeState
from pinterest_async.jobs.changes.rows import Change, read_changes
from pinterest_async.jobs.changes.run import Patience, Run
from pinterest_async.jobs.changes.there import There

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from pinterest_async.client import Pinterest
    from pinterest_async.jobs.changes.report import AdChangesProgress
    from pinterest_async.jobs.changes.rows import AdChanges

_PAUSABLE = ("campaign", "ad_group", "ad", "product_group")
_FOR_GOOD = ("ARCHIVED", "DELETED_DRAFT")


async def apply_changes(
    client: Pinterest,
    ad_account_id: str,
    changes: AdChanges,
    *,
    dry_run: bool = True,
    journal: str | os.PathLike[str] | None = None,
    bulk_above: int | None = 3000,
    concurrency: int = 4,
    tries: int = 4,
    settle: float = 2.0,
    pace: Pace | None = None,
    progress: Callable[[AdChangesProgress], None] | None = None,
) -> AdChangesReport:
    """Create and edit campaigns, ad groups, ads, keywords and product groups, each row once.

    A row is a mapping, a line of CSV under a line of names, or a line of JSON; or one of the
    structs that the calls themselves take, such as `CampaignCreateRequest`.

    - `kind`: `campaign`, `ad_group`, `ad`, `keyword` or `product_group`.
    - `id`: what is to be changed. Without one the row makes something new.
    - `campaign_id`, `ad_group_id`, `parent_id` or `parent`: what it is made in: an id, or the key
      or name of another row that makes it.
    - the members of the request by Pinterest's names, lists and objects as JSON. Money is in
      millionths there (`daily_spend_cap`, `budget_in_micro_currency`, `bid_in_micro_currency`);
      `daily_budget`, `lifetime_budget`, `budget` and `bid` take units of the currency instead.
      `start_time` and `end_time` take a day in UTC or a time with its zone, too.
    - `status`: what is new is `PAUSED` unless the row says otherwise.
    - `key`, where wanted: what the journal knows the row by, and other rows. Without one it is
      known by all that it says, and a row that is changed is a new one.

    An empty cell leaves a member as it is; `null` clears it.

    A dry run, which is the default, sends nothing: it reads what is there and says what each row
    would do, with money in both units, what may spend, and what cannot be undone. Rows that are bad
    are named; the others can be applied without them.

    Rows go level by level, parents first, 30 a call, those of one call together; what Pinterest
    refuses is told row by row. Where it refuses a call as a whole, the call is cut in halves until
    the row is found that is to blame. Each call is written to the journal before it is sent, and
    its outcome after. Where the response is lost, or a run was killed, new things are looked for
    by name under what they are in before they are sent again (an ad by its Pin and name, a keyword
    by word and match type, a product group by its id in the catalog); changes of what exists are
    sent again, which does no harm.

    Args:
        client: a client of the account; needs `ads:read` and `ads:write`. The sandbox has neither
            product groups nor bulk upserts.
        ad_account_id: the ad account.
        changes: the path of a `.csv`, `.jsonl` or `.ndjson` file, mappings, or structs.
        dry_run: whether to send nothing.
        journal: a SQLite file; made where it is missing. Without it, a further run makes
            everything again. A dry run reads it where there is one.
        bulk_above: more rows than this go as bulk upserts, 1,000 a call, which take their time;
            None never. What they say of each row is published nowhere: rows that are not told of
            are looked for, and sent in calls of 30.
        concurrency: calls at the same time, 1 or more.
        tries: how often one row is sent at most, 1 or more.
        settle: seconds from a lost response to the look, and to a second look.
        pace: how often to look at a bulk upsert, and for how long.
        progress: called after every call, in the event loop.

    Returns:
        What became of each row, in their order. It is complete when every row is done; of a dry
        run, when every row could be sent.

    Raises:
        ConfigurationError: an argument is out of its bounds, or the file's name tells no form.
        NotFound: there is no such ad account.
        JournalError: the journal is in use, is none, or cannot be written.
        PinterestError: what is there cannot be read, or the token may not do this at all. What was
            done by then is in the journal.
        OSError: the file cannot be read.
    """
    if concurrency < 1 or tries < 1 or settle < 0:
        raise ConfigurationError("concurrency and tries must be 1 or more, settle 0 or more")
    if isinstance(changes, Iterable) and not isinstance(changes, str):
        changes = list(changes)  # here, not in the thread: it may be a generator of the caller's
    rows = await asyncio.to_thread(read_changes, changes, ad_account_id)
    account = await client.ad_accounts.get(ad_account_id)
    there = There(client, ad_account_id)
    if dry_run and journal is not None and not await asyncio.to_thread(Path(journal).exists):
        journal = None
    written = ChangesJournal(journal, ad_account_id)
    try:
        await written.open()
        await there.read(rows)
        run = Run(
            client,
            ad_account_id,
            rows,
            there,
            written,
            Patience(
                concurrency=concurrency,
                tries=tries,
                settle=settle,
                bulk_above=bulk_above,
                pace=pace or Pace(),
            ),
            progress,
        )
        run.take_over(await written.entries())
        if dry_run:
            _plan(rows)
        else:
            await run.work()
    finally:
        await written.close()
    return _report(rows, run, ad_account_id, account.currency, dry_run=dry_run)


async def pause(
    client: Pinterest, ad_account_id: str, *ids: str | Iterable[str]
) -> AdChangesReport:
    """Pause campaigns, ad groups, ads or product groups: whatever has these ids.

    Args:
        client: a client of the account; needs `ads:read` and `ads:write`.
        ad_account_id: the ad account.
        ids: what to pause, one by one or in lists.

    Returns:
        What became of each, as `apply_changes` tells it. What is paused already is `unchanged`;
        what is archived, or not there, is `bad`.

    Raises:
        ConfigurationError: no id is given.
        PinterestError: what is there cannot be read, or the token may not do this at all.
    """
    return await _set_status(client, ad_account_id, ids, "PAUSED")


async def resume(
    client: Pinterest, ad_account_id: str, *ids: str | Iterable[str]
) -> AdChangesReport:
    """Set campaigns, ad groups, ads or product groups active: ads may run and cost after it.

    An ad runs where its ad group and its campaign are active as well.

    Args:
        client: a client of the account; needs `ads:read` and `ads:write`.
        ad_account_id: the ad account.
        ids: what to set active, one by one or in lists.

    Returns:
        What became of each, as `pause` tells it.

    Raises:
        ConfigurationError: no id is given.
        PinterestError: what is there cannot be read, or the token may not do this at all.
    """
    return await _set_status(client, ad_account_id, ids, "ACTIVE")


async def _set_status(
    client: Pinterest, ad_account_id: str, ids: Iterable[str | Iterable[str]], status: str
) -> AdChangesReport:
    named = [one for some in ids for one in ([some] if isinstance(some, str) else some)]
    wanted = list(dict.fromkeys(str(one).strip() for one in named))
    if not wanted:
        raise ConfigurationError("no id is given: name what is to be paused or resumed")
    account = await client.ad_accounts.get(ad_account_id)
    there = There(client, ad_account_id)
    rows = [
        Change(line, id=one, key=one, is_new=False, said={"status": status})
        for line, one in enumerate(wanted, 1)
    ]
    for name in _PAUSABLE:
        kind = BY_NAME[name]
        left = [row.id for row in rows if row.kind is None and row.id.isdecimal()]
        found = await there.by_id(kind, left)
        for row in rows:
            if row.id in found:
                row.kind, row.before = kind, found[row.id]
                row.parent_id = str(row.before.get(kind.parent) or "") if kind.parent else ""
    for row in rows:
        if row.kind is None:
            row.fail("bad", f"no campaign, ad group, ad or product group has the id {row.id}")
        elif row.before.get("status") in _FOR_GOOD:
            row.fail("bad", f"it is {row.before['status']}")
    written = ChangesJournal(None, ad_account_id)
    try:
        await written.open()
        run = Run(client, ad_account_id, rows, there, written, Patience(bulk_above=None))
        await run.work()
    finally:
        await written.close()
    return _report(rows, run, ad_account_id, account.currency, dry_run=False)


def _plan(rows: Sequence[Change]) -> None:
    """Say of each row what a run would begin with."""
    for row in rows:
        parent = row.parent_row
        if row.state != "planned":
            continue
        if parent is not None and parent.state in ("bad", "not_tried"):
            row.fail("not_tried", f"its {parent.what.noun} (line {parent.line}) is not there")
        elif changes_nothing(row):
            row.state = "unchanged"


def _report(
    rows: Sequence[Change], run: Run, ad_account_id: str, currency: str | None, *, dry_run: bool
) -> AdChangesReport:
    counted = Counter(row.state for row in rows)
    states: tuple[AdChangeState, ...] = get_args(AdChangeState)
    good = {*DONE, "planned"} if dry_run else DONE
    return AdChangesReport(
        ad_account_id=ad_account_id,
        currency=currency,
        dry_run=dry_run,
        complete=all(row.state in good for row in rows),
        total=len(rows),
        counts={state: counted[state] for state in states if counted[state]},
        calls=run.calls,
        stopped=run.stopped,
        retry_at=run.retry_at,
        retry_after=None
        if run.retry_at is None
        else max(0.0, (run.retry_at - datetime.now(UTC)).total_seconds()),
        changes=[told(row, currency) for row in rows],
    )
