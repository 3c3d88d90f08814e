"""A customer list that follows a table of people: what has changed since last time is sent."""

from __future__ import annotations

from contextlib import aclosing
from functools import partial
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from pinterest_async.errors import ConfigurationError, InvalidRequest, PinterestError
from pinterest_async.jobs._personal import check_default_country
from pinterest_async.jobs._polling import Look, Pace, Poller, patiently
from pinterest_async.jobs._rows import Unreadable, portions
from pinterest_async.jobs.audiences.report import (
    CustomerListProgress,
    CustomerListReport,
    TooManyRemovals,
)
from pinterest_async.jobs.audiences.state import CustomerListState, Difference
from pinterest_async.jobs.pins.rows import BadRow, BadRows
from pinterest_async.models import AudienceRuleInput, CustomerListRecordRow

if TYPE_CHECKING:
    import os
    from collections.abc import Awaitable, Callable, Sequence

    from pinterest_async.client import Pinterest
    from pinterest_async.jobs.audiences.rows import Person, Rows
    from pinterest_async.jobs.audiences.state import Portion
    from pinterest_async.models import Audience, CustomerList

T = TypeVar("T")

_READ_AT_ONCE: Final = 1000
_SINGLES: Final = 10_000
"""People of one id each in a portion: 650 kB. Pinterest names no bound; those who send such lists
keep to 10,000 records and a megabyte."""
_ROWS: Final = 2_500
"""People of several ids in a portion: 850 kB at most."""
_TRIES: Final = 4
_BUSY: Final = ("PROCESSING", "UPLOADING")
_SHOWN: Final = 5


async def sync_customer_list(
    client: Pinterest,
    ad_account_id: str,
    rows: Rows,
    *,
    name: str,
    state: str | os.PathLike[str],
    customer_list_id: str | None = None,
    audience: str | None = None,
    default_country: str | None = None,
    skip_bad: bool = False,
    remove_share: float = 0.5,
    dry_run: bool = False,
    pace: Pace | None = None,
    progress: Callable[[CustomerListProgress], None] | None = None,
) -> CustomerListReport:
    """Make a customer list hold the people of the rows, by sending what has changed.

        report = await sync_customer_list(
            pinterest, "549755885175", "customers.csv", name="Customers", state="customers.state"
        )

    A row is a line of CSV under a line of names, a line of JSON, or a mapping. It says who somebody
    is by one or more of `email`, `phone`, `maid` (the advertising id of a device) and
    `external_id`; other columns are passed over. Each value is put into Pinterest's form and hashed
    as soon as it is read; what is a SHA-256 already is sent as it is. The state holds hashes alone.

    Rows are held against the state, not against Pinterest, which does not tell who is on a list:
    people are added who are not in the state, and the ids are removed that the state has and no row
    has any more. A list that was filled otherwise before keeps those people. Removals go first;
    where somebody who stays shares an id with somebody who goes, the list is waited for, and that
    person is added again.

    A portion whose response is lost is sent again, and so is the last one of a killed run: this
    changes nothing on the list, but its counters.

    Args:
        client: a client whose token has `ads:read` and `ads:write`.
        ad_account_id: the ad account of the list.
        rows: the path of a `.csv`, `.jsonl` or `.ndjson` file, or mappings: at once, or in time.
        name: what the list is called. Where the state knows no list yet, the one of this name is
            taken; where there is none, it is made.
        state: a SQLite file; made where it is missing. One for each list.
        customer_list_id: the list, where several have the name.
        audience: the name for an audience on the list, which is made where the list has none.
        default_country: the country of telephone numbers that do not begin with one, two letters;
            needs the extra `phones`.
        skip_bad: whether to go on without the values that cannot be used. Rows that cannot be read
            at all stop the run in any case: whoever they are of would be removed.
        remove_share: the share of the people on the list, 0 to 1, above which no removal is
            made: the rows may be cut off.
        dry_run: whether to count what would be sent, and to send nothing.
        pace: how often and how long to look at the list where it has to be waited for.
        progress: called when something has been read or sent, in the event loop.

    Raises:
        ConfigurationError: an argument is out of its bounds, the state is of another list, several
            lists have the name, or the file's name tells no form.
        BadRows: rows cannot be read, or hold values that cannot be used, and `skip_bad` is false.
            Nothing was sent.
        TooManyRemovals: more would be removed than `remove_share`. Nothing was sent.
        JournalError: the state is in use, is none, or cannot be written.
        WorkFailed: the list had to be waited for, and did not come to its end. The same call goes
            on where it was.
        PinterestError: Pinterest refuses, or does not answer. The same call goes on where it was.
        OSError: the file of rows cannot be read.
    """
    if not name.strip():
        raise InvalidRequest("name must not be empty")
    if not 0 <= remove_share <= 1:
        raise ConfigurationError(f"remove_share must be 0 to 1, not {remove_share}")
    check_default_country(default_country)
    kept = CustomerListState(Path(state), ad_account_id, name)
    try:
        await kept.open()
        run = _Run(client, ad_account_id, name, kept, pace or Pace(), progress)
        await run.read(rows, default_country, skip_bad=skip_bad)
        await run.compare(remove_share)
        if not dry_run:
            await run.find(customer_list_id)
            await run.send()
            await run.look()
            if audience is not None:
                await run.give_audience(audience)
        return run.report(dry_run=dry_run)
    finally:
        await kept.close()


class _Run:
    """One run over the rows."""

    def __init__(
        self,
        client: Pinterest,
        ad_account_id: str,
        name: str,
        state: CustomerListState,
        pace: Pace,
        progress: Callable[[CustomerListProgress], None] | None,
    ) -> None:
        self._client = client
        self._account = ad_account_id
        self._name = name
        self._state = state
        self._pace = pace
        self._progress = progress
        self._rows = 0
        self._bad: list[BadRow] = []
        self._difference = Difference(0, 0, 0, 0, 0, entangled=False)
        self._sent = {"gone": 0, "missing": 0}
        self._requests = 0
        self._made = False
        self._list: CustomerList | None = None
        self._audience: Audience | None = None
        self._audience_made = False

    async def read(self, rows: Rows, country: str | None, *, skip_bad: bool) -> None:
        """Take the rows into the state.

        Raises:
            BadRows: some cannot be read, or hold what cannot be used, and that is not wanted.
        """
        readable = True
        async with aclosing(portions(rows, _READ_AT_ONCE)) as some:
            async for portion in some:
                self._bad += await self._state.take(portion, country)
                self._rows += len(portion)
                # Whoever stands in such a row would be taken for gone.
                readable = readable and not any(isinstance(row, Unreadable) for _, row in portion)
                self._tell("reading", self._rows)
        if not readable:
            raise self._refusal("cannot be read, or have values that cannot be used", "mend them")
        if self._bad and not skip_bad:
            raise self._refusal(
                "have values that cannot be used", "mend them, or pass skip_bad=True (--skip-bad)"
            )

    def _refusal(self, what: str, advice: str) -> BadRows:
        shown = [f"line {row.line}: {', '.join(row.problems)}" for row in self._bad[:_SHOWN]]
        if len(self._bad) > _SHOWN:
            shown.append(f"and {len(self._bad) - _SHOWN} more in `.rows`")
        return BadRows(
            f"{len(self._bad)} of {self._rows} rows {what}, and nothing was sent: {advice}: "
            f"{'; '.join(shown)}",
            rows=tuple(self._bad),
            total=self._rows,
        )

    async def compare(self, remove_share: float) -> None:
        """Find out what has to be sent.

        Raises:
            TooManyRemovals: too many are gone.
        """
        found = self._difference = await self._state.compare()
        if found.to_remove > found.listed * remove_share:
            raise TooManyRemovals(
                f"{found.to_remove} of the {found.listed} people on the list would be removed, and "
                "nothing was sent: see whether the rows are whole; if they are, pass a larger "
                "remove_share (--remove-share)",
                removed=found.to_remove,
                listed=found.listed,
            )

    async def find(self, customer_list_id: str | None) -> None:
        """Find out which list it is, if there is one.

        Raises:
            ConfigurationError: the state knows another one, or several have the name.
        """
        known = self._state.customer_list_id
        if known is None:
            called = None if customer_list_id else await self._called()
            known = customer_list_id if called is None else called.id
            if known is not None:
                await self._state.note_list(known)
        elif customer_list_id not in (None, known):
            raise ConfigurationError(
                f"the state is of the list {known}, not of {customer_list_id}: choose another file"
            )

    async def _called(self) -> CustomerList | None:
        """The list of this name; None where there is none."""
        listed = self._client.customer_lists.list(self._account)
        found = [one async for one in listed if one.name == self._name]
        if len(found) > 1:
            ids = ", ".join(str(one.id) for one in found)
            raise ConfigurationError(
                f"{len(found)} lists are called {self._name!r} ({ids}): pass "
                "customer_list_id (--list)"
            )
        return found[0] if found else None

    async def send(self) -> None:
        """Send who is gone, then who is missing; each portion is noted when it was taken."""
        found = self._difference
        await self._send_all("gone", self._remove)
        if found.entangled and self._sent["gone"]:
            await self._wait()
        await self._send_all("missing", self._add)

    async def _send_all(
        self, view: Literal["gone", "missing"], send: Callable[[Portion], Awaitable[None]]
    ) -> None:
        after = b""
        while True:
            portion = await self._state.next(view, after, _SINGLES)
            if not portion.keys:
                return
            if not all(one.is_single for one in portion.people):
                portion = await self._state.next(view, after, _ROWS)
            await send(portion)
            after = portion.keys[-1]
            self._sent[view] += len(portion.people)
            self._tell(
                "removing" if view == "gone" else "adding",
                self._sent[view],
                self._difference.to_remove if view == "gone" else self._difference.to_add,
            )

    async def _remove(self, portion: Portion) -> None:
        if portion.people and self._state.customer_list_id is not None:
            await self._change("REMOVE", self._state.customer_list_id, portion.people)
        await self._state.forget(portion.keys)

    async def _add(self, portion: Portion) -> None:
        known = self._state.customer_list_id
        if known is None:
            await self._make(portion.people)
        else:
            await self._change("ADD", known, portion.people)
        await self._state.note_sent(portion.keys)

    async def _change(
        self, operation: Literal["ADD", "REMOVE"], known: str, people: Sequence[Person]
    ) -> None:
        # Not sent twice by the client, which cannot know that it harms nobody.
        await patiently(
            partial(
                self._client.customer_lists.update,
                self._account,
                known,
                operation_type=operation,
                **_records(people),
            ),
            tries=_TRIES,
        )
        self._requests += 1

    async def _make(self, people: Sequence[Person]) -> None:
        """Make the list of its first people; where the response is lost, look for it."""
        create = self._client.customer_lists.create(
            self._account,
            name=self._name,
            list_type="EMAIL" if any(one.maid is None for one in people) else "MAID",
            **_records(people),
        )
        made = await _found_if_lost(create, self._called)
        await self._state.note_list(str(made.id))
        self._made = True
        self._requests += 1

    async def _wait(self) -> None:
        """Wait until what was removed is worked off.

        Raises:
            WorkFailed: it does not come to its end.
        """
        started = time()

        async def look() -> Look:
            await self.look()
            word = "" if self._list is None else str(self._list.status)
            return Look(state="waiting" if word in _BUSY else "done", word=word)

        await Poller(self._pace).wait(look, started)

    async def look(self) -> None:
        """Ask what Pinterest says of the list."""
        if self._state.customer_list_id is not None:
            self._list = await self._client.customer_lists.get(
                self._account, self._state.customer_list_id
            )

    async def give_audience(self, name: str) -> None:
        """Make an audience on the list, unless there is one."""
        known = self._state.customer_list_id
        if known is None:
            return
        self._audience = await self._on_list()
        if self._audience is None:
            create = self._client.audiences.create(
                self._account,
                name=name,
                audience_type="CUSTOMER_LIST",
                rule=AudienceRuleInput(customer_list_id=known),
            )
            self._audience = await _found_if_lost(create, self._on_list)
            self._audience_made = True

    async def _on_list(self) -> Audience | None:
        """The audience on the list; None where there is none."""
        listed = self._client.audiences.list(self._account, ownership_type="OWNED")
        async with aclosing(aiter(listed)) as audiences:
            async for one in audiences:
                rule = one.rule
                if (
                    one.audience_type == "CUSTOMER_LIST"
                    and rule is not None
                    and rule.customer_list_id == self._state.customer_list_id
                ):
                    return one
        return None

    def report(self, *, dry_run: bool) -> CustomerListReport:
        """Say what was done."""
        found, told = self._difference, self._list
        return CustomerListReport(
            complete=not self._bad,
            customer_list_id=self._state.customer_list_id,
            made=self._made,
            dry_run=dry_run,
            rows=self._rows,
            people=found.people,
            unchanged=found.unchanged,
            added=found.to_add,
            removed=found.to_remove,
            requests=self._requests,
            bad=self._bad,
            status=None if told is None else told.status,
            num_uploaded_user_records=_whole(told, "num_uploaded_user_records"),
            num_removed_user_records=_whole(told, "num_removed_user_records"),
            num_batches=_whole(told, "num_batches"),
            audience_id=None if self._audience is None else self._audience.id,
            audience_made=self._audience_made,
        )

    def _tell(
        self,
        stage: Literal["reading", "removing", "adding"],
        done: int,
        total: int | None = None,
    ) -> None:
        if self._progress is not None:
            self._progress(CustomerListProgress(stage=stage, done=done, total=total))


def _records(people: Sequence[Person]) -> dict[str, Any]:
    """People as a request has them.

    One id each goes in the string that lists have always had. Several ids of a person go in rows,
    which are newer; beside them the string is there and empty, as descriptions before 5.28 want it.
    """
    if all(one.is_single for one in people):
        return {"records": ",".join((one.email or one.maid or b"").hex() for one in people)}
    return {"records": "", "records_v2": [_row(one) for one in people]}


def _row(person: Person) -> CustomerListRecordRow:
    names = ("email", "hashed_phone_number", "maid", "external_id")
    ids = zip(names, person, strict=True)
    return CustomerListRecordRow(**{name: one.hex() for name, one in ids if one is not None})


def _whole(told: CustomerList | None, counter: str) -> int | None:
    value: float | None = getattr(told, counter, None)
    return None if value is None else int(value)


async def _found_if_lost(create: Awaitable[T], find: Callable[[], Awaitable[T | None]]) -> T:
    """Return what was created, or what was found where its response was lost."""
    try:
        return await create
    except PinterestError as error:
        if not error.may_have_applied:
            raise
        found = await find()
        if found is None:
            raise
        return found
