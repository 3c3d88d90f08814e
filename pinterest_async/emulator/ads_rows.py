"""Figures of ads: the same for the same entity, day and column, whoever asks and however."""

from __future__ import annotations

import datetime as dt
import zlib
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator import checks
from pinterest_async.emulator.call import Call, Reply
from pinterest_async.emulator.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

BACK_MAX = 90
"""Days that the synchronous operations reach back, and that they span."""

HOURLY_BACK_MAX = 8
"""The same for hours."""

_KEEP_ALWAYS = ("_ID", "_NAME", "_STATUS")
_OMITTED = 11
"""One value in so many is nothing, and its column is left out."""

_SOURCES: Mapping[str, tuple[str, str, str]] = {
    "ad_account/analytics": ("", "", "AD_ACCOUNT_ID"),
    "campaigns/analytics": ("campaigns", "campaign_ids", "CAMPAIGN_ID"),
    "ad_groups/analytics": ("ad_groups", "ad_group_ids", "AD_GROUP_ID"),
    "ads/analytics": ("ads", "ad_ids", "AD_ID"),
    "ad_pins/analytics": ("", "pin_ids", "PIN_ID"),
    "product_groups/analytics": (
        "product_group_promotions", "product_group_ids", "PRODUCT_GROUP_ID",
    ),
}  # fmt: skip
"""Operation to the family that it counts, the parameter that chooses, and the column of the id."""

OPERATIONS = frozenset(_SOURCES)


def answer(call: Call) -> Reply:
    """Rows for the entities that the request names, a day or another period each."""
    family, parameter, column = _SOURCES[call.operation.id]
    granularity = call.query["granularity"]
    begin, end = (dt.date.fromisoformat(call.query[name]) for name in ("start_date", "end_date"))
    hourly = granularity == "HOUR"
    check_range(
        call,
        begin,
        end,
        back=HOURLY_BACK_MAX if hourly else BACK_MAX,
        wide=HOURLY_BACK_MAX if hourly else BACK_MAX,
    )
    account_id = call.path["ad_account_id"]
    ids = checks.query_list(call.query, parameter) if parameter else [account_id]
    if family:
        shelf = call.account.shelves.shelf(family, account_id)
        ids = [one for one in ids if shelf.get(one) is not None]
        if not checks.query_list(call.query, parameter):
            ids = [str(record["id"]) for record in shelf]
    columns = checks.query_list(call.query, "columns")
    return Reply.json(list(rows(ids, column, columns, granularity, begin, end)))


def check_range(call: Call, begin: dt.date, end: dt.date, *, back: int, wide: int) -> None:
    """See whether a range of days is one that may be asked for.

    Raises:
        Refusal: 400 code 400.
    """
    today = dt.datetime.fromtimestamp(call.world.clock(), dt.UTC).date()
    if end < begin:
        raise Refusal(400, 400, "Invalid request: end_date is before start_date")
    if (today - begin).days > back:
        raise Refusal(400, 400, f"You can only get data from the last {back} days.")
    if (end - begin).days > wide:
        raise Refusal(400, 400, f"The range of dates is wider than {wide} days.")


def rows(
    ids: Iterable[str],
    id_column: str,
    columns: Sequence[str],
    granularity: str,
    begin: dt.date,
    end: dt.date,
) -> Iterator[dict[str, Any]]:
    """A row for each entity and period. A column without a value is left out.

    Args:
        ids: of the entities.
        id_column: the column that holds them.
        columns: what is counted.
        granularity: `TOTAL`, `DAY`, `HOUR`, `WEEK` or `MONTH`; but for the first, rows are dated.
        begin: the first day.
        end: the last day.
    """
    moments = [""] if granularity == "TOTAL" else list(_moments(granularity, begin, end))
    for one in ids:
        for moment in moments:
            row: dict[str, Any] = {id_column: one}
            if moment:
                row["DATE"] = moment
            for column in columns:
                value = _value(one, moment, column)
                if column not in row and value is not None:
                    row[column] = value
            yield row


def _moments(granularity: str, begin: dt.date, end: dt.date) -> Iterator[str]:
    day = begin
    while day <= end:
        if granularity == "HOUR":
            yield from (f"{day.isoformat()}T{hour:02}:00:00" for hour in range(24))
        elif (
            granularity == "DAY"
            or day == begin
            or (granularity == "WEEK" and day.weekday() == 0)
            or (granularity == "MONTH" and day.day == 1)
        ):
            yield day.isoformat()
        day += dt.timedelta(days=1)


def _value(one: str, moment: str, column: str) -> Any:
    """A whole number for what is counted, a fraction for a rate, a text for an id or a name."""
    lot = zlib.crc32(f"{one} {moment} {column}".encode())
    if column.endswith(_KEEP_ALWAYS):
        return str(zlib.crc32(f"{one} {column}".encode()))
    if lot % _OMITTED == 0:
        return None
    if "RATE" in column or column.startswith(("CTR", "ECP", "CPM", "CPC")):
        return lot % 10_000 / 10_000
    return lot % 100_000
