"""The figures of ads split by what they are aimed at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.handlers import ads_rows
from pinterest_async.emulator.http.call import Reply
from pinterest_async.emulator.schema import fields

if TYPE_CHECKING:
    from pinterest_async.emulator.http.call import ApiCall

_HOURLY_WIDE = 3
"""Days that hourly figures by target may span. Pinterest: targeting analytics."""


def figures(call: ApiCall, level: str) -> Reply:
    """The figures of ads of a level by target. Those of all values of a kind are the whole."""
    query = call.query
    question = ads_rows.question_of(call)
    hourly = question.granularity == "HOUR"
    ads_rows.check_range(
        call,
        question.begin,
        question.end,
        back=ads_rows.HOURLY_BACK_MAX if hourly else ads_rows.BACK_MAX,
        wide=_HOURLY_WIDE if hourly else ads_rows.BACK_MAX,
    )
    id_column = ads_rows.ID_COLUMNS[level]
    kinds = fields.query_list(query, "targeting_types")
    found: list[dict[str, Any]] = [
        {"targeting_type": kind, "targeting_value": value, "metrics": metrics}
        for one in ads_rows.chosen_subjects(call, level)
        for kind, value, metrics in ads_rows.split_rows(one, id_column, question, kinds)
    ]
    descending = not fields.query_flag(query, "sort_ascending", default=True)
    for name in reversed(fields.query_list(query, "sort_columns")):
        found.sort(key=lambda one: _sortable(one["metrics"].get(name)), reverse=descending)
    return Reply.json({"data": found})


def _sortable(value: object) -> tuple[bool, float, str]:
    number = isinstance(value, int | float)
    return number, float(value) if isinstance(value, int | float) else 0.0, str(value)
