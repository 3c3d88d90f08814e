"""The columns of ad reports as a program meets them: checked, found, and turned into values."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

import msgspec

from pinterest_async.errors import InvalidRequest
from pinterest_async.jobs._tables import TableColumn
from pinterest_async.operations.report_columns import (
    COLUMNS,
    GIVEN_KEYS,
    LEVELS,
    TARGETING,
    column_type,
    counts_conversions,
    key_of,
    lacking,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_KNOWN: Final = frozenset(COLUMNS)
_MICRO: Final = Decimal(1_000_000)
ACCOUNT: Final = "AD_ACCOUNT_ID"
"""The column that every row begins with."""


class ReportColumn(msgspec.Struct, kw_only=True, frozen=True):
    """A column that reports may be asked for."""

    name: str
    """As it is asked for."""
    type: str
    """`text`, `integer` or `number`."""
    conversions: bool
    """Whether it counts conversions, which keep coming in for as long as their window lasts."""
    levels: list[str]
    """The levels that have it."""


def report_columns(word: str = "") -> list[ReportColumn]:
    """The columns that reports may be asked for, with the levels that have them.

    Args:
        word: a part of their names, whatever its case; all of them when it is empty.
    """
    return [
        ReportColumn(
            name=name,
            type=column_type(name),
            conversions=counts_conversions(name),
            levels=[level for level in LEVELS if not lacking([name], level, "DAY")],
        )
        for name in COLUMNS
        if word.upper() in name
    ]


def money(micro: float | None) -> Decimal | None:
    """An amount in millionths, as columns named MICRO hold it, in whole units of the currency.

    The currency is that of the ad account, whatever a column's name says. None stays None.
    """
    return None if micro is None else Decimal(micro) / _MICRO


def suggestion(word: str, known: Iterable[str]) -> str:
    """What may have been meant, as the end of a sentence; empty where nothing is close."""
    names = list(known)
    close = get_close_matches(word.upper(), names, n=3, cutoff=0.7)
    # A part of a name, such as SPEND, is too short to be close to the whole.
    close = close or [name for name in names if word and word.upper() in name][:3]
    return f": did you mean {' or '.join(close)}?" if close else ""


def check_columns(columns: Sequence[str], level: str, granularity: str) -> None:
    """See whether a report of this level and granularity has these columns.

    Raises:
        InvalidRequest: there are none, one is unknown, or the level lacks one.
    """
    if not columns:
        raise InvalidRequest("columns must be a list with at least one name in it")
    for name in columns:
        if name not in _KNOWN:
            raise InvalidRequest(f"no column is called {name!r}{suggestion(name, COLUMNS)}")
    missing = lacking(columns, level, granularity)
    if not missing:
        return
    if granularity == "HOUR" and not lacking(columns, level, "DAY"):
        raise InvalidRequest(
            f"{', '.join(missing)}: there are no conversions by the hour; ask for DAY"
        )
    having = [one for one in LEVELS if not lacking(missing, one, granularity)]
    where = f"ask at {' or '.join(having)}" if having else "no level has all of these"
    raise InvalidRequest(f"{level} has no {', '.join(missing)}: {where}")


def asked_columns(columns: Sequence[str], level: str, granularity: str) -> list[str]:
    """What is asked for: the key of the level where it is a column, and then the rest."""
    keys = [name for name in key_of(level, granularity) if name in _KNOWN]
    return list(dict.fromkeys([*keys, *columns]))


def table_columns(columns: Sequence[str], level: str, granularity: str) -> list[TableColumn]:
    """The columns of the rows: the ad account, the key, and what was asked for."""
    given = ["KEYWORD"] if level.removesuffix(TARGETING) == "KEYWORD" else []
    names = dict.fromkeys([ACCOUNT, *key_of(level, granularity), *given, *columns])
    return [_table_column(name, granularity) for name in names]


def _table_column(name: str, granularity: str) -> TableColumn:
    if name in {"KEYWORD", *GIVEN_KEYS.values()}:
        return TableColumn(name, "text")
    if name == "DATE" and granularity == "HOUR":
        return TableColumn(name, "timestamp")
    return TableColumn(name, column_type(name))


def last_changing(windows: Iterable[int], today: dt.date) -> dt.date:
    """The first day whose conversions may still change."""
    return today - dt.timedelta(max(windows))
