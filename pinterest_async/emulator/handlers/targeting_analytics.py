"""The figures of ads split by what they are aimed at."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.handlers import ads_rows
from pinterest_async.emulator.http.call import ApiCall, Reply
from pinterest_async.emulator.schema import fields

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_HOURLY_WIDE = 3
"""Days that hourly figures by target may span. Pinterest: targeting analytics."""

_ENTITIES: Mapping[str, tuple[str, str, str]] = {
    "ad_account_targeting_analytics/get": ("ADVERTISER", "", "AD_ACCOUNT_ID"),
    "campaign_targeting_analytics/get": ("CAMPAIGN", "campaign_ids", "CAMPAIGN_ID"),
    "ad_groups_targeting_analytics/get": ("AD_GROUP", "ad_group_ids", "AD_GROUP_ID"),
    "ad_targeting_analytics/get": ("PIN_PROMOTION", "ad_ids", "AD_ID"),
}
"""Operation to the level of its rows, the parameter that chooses, and the column of the id."""


def figures(call: ApiCall) -> Reply:
    """The figures of ads by target. Those of all values of a kind are together the whole."""
    query = call.query
    level, parameter, column = _ENTITIES[call.operation.id]
    granularity = query["granularity"]
    begin, end = (dt.date.fromisoformat(query[name]) for name in ("start_date", "end_date"))
    hourly = granularity == "HOUR"
    ads_rows.check_range(
        call,
        begin,
        end,
        back=ads_rows.HOURLY_BACK_MAX if hourly else ads_rows.BACK_MAX,
        wide=_HOURLY_WIDE if hourly else ads_rows.BACK_MAX,
    )
    wanted = fields.query_list(query, parameter) if parameter else [call.path["ad_account_id"]]
    question = ads_rows.Question(
        columns=fields.query_list(query, "columns"),
        granularity=granularity,
        begin=begin,
        end=end,
        today=ads_rows.today(call),
        windows=ads_rows.windows(query),
    )
    kinds = fields.query_list(query, "targeting_types")
    found: list[dict[str, Any]] = [
        {"targeting_type": kind, "targeting_value": value, "metrics": metrics}
        for one in ads_rows.subjects(call.account.stores, call.path["ad_account_id"], level)
        if one.id in wanted
        for kind, value, metrics in ads_rows.split_rows(one, column, question, kinds)
    ]
    descending = query.get("sort_ascending", "true").lower() == "false"
    for name in reversed(fields.query_list(query, "sort_columns")):
        found.sort(key=lambda one: _sortable(one["metrics"].get(name)), reverse=descending)
    return Reply.json({"data": found})


def _sortable(value: object) -> tuple[bool, float, str]:
    number = isinstance(value, int | float)
    return number, float(value) if isinstance(value, int | float) else 0.0, str(value)


HANDLERS: Mapping[str, Callable[[ApiCall], Reply]] = dict.fromkeys(_ENTITIES, figures)
