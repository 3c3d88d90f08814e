"""What ads can be aimed at, and the figures of ads split by it."""

from __future__ import annotations

import datetime as dt
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator import ads_rows, checks
from pinterest_async.emulator.call import Call, Reply
from pinterest_async.emulator.refusals import not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_HOURLY_WIDE = 3
"""Days that hourly figures by target may span. Pinterest: targeting analytics."""

INTERESTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "925056443165": ("Animals", ("919812032692", "942563361246")),
    "918530398158": ("Food and drinks", ("906024290402", "941870572865")),
    "935249274030": ("Home decor", ("901179409185", "927916882711")),
    "948967005229": ("Women's fashion", ("945391946569", "924581335376")),
    "919812032692": ("Cats", ()),
    "942563361246": ("Dogs", ()),
    "906024290402": ("Baking", ()),
    "941870572865": ("Tea", ()),
    "901179409185": ("Living rooms", ()),
    "927916882711": ("Small kitchens", ()),
    "945391946569": ("Dresses", ()),
    "924581335376": ("Knitwear", ()),
}
"""Interests by id: their name and those that belong to them."""

PARENTS = tuple(key for key, (_, children) in INTERESTS.items() if children)

COUNTRIES = {
    "US": "United States", "GB": "United Kingdom", "DE": "Germany", "FR": "France", "CA": "Canada",
}  # fmt: skip
METROS = {
    "501": "U.S.: New York", "803": "U.S.: Los Angeles", "807": "U.S.: San Francisco",
    "36101": "Australia: Capital Region", "554015": "New Zealand: Gisborne",
}  # fmt: skip

OPTIONS: Mapping[str, Mapping[str, str]] = {
    "AGE_BUCKET": {
        one: one for one in ("18-24", "25-34", "35-44", "45-49", "50-54", "55-64", "65+")
    },
    "APPTYPE": {
        "android_mobile": "Android Mobile", "android_tablet": "Android Tablet", "ipad": "iPad",
        "iphone": "iPhone", "web": "Web", "web_mobile": "Web Mobile",
    },
    "GENDER": {"unknown": "Unspecified", "male": "Male", "female": "Female"},
    "GEO": {**COUNTRIES, "US-CA": "California", "US:94107": "94107, San Francisco"},
    "INTEREST": {key: name for key, (name, _) in INTERESTS.items()},
    "LOCALE": {"en": "English", "de": "German", "fr": "French", "es": "Spanish"},
    "LOCATION": {**COUNTRIES, **METROS},
}  # fmt: skip
"""What can be aimed at, by kind. There is no list of keywords: any word is one."""

_SPLITS: Mapping[str, tuple[str, ...]] = {
    **{kind: tuple(options) for kind, options in OPTIONS.items()},
    "AGE_BUCKET_AND_GENDER": ("18-24 female", "18-24 male", "25-34 female", "25-34 male"),
    "COUNTRY": tuple(COUNTRIES),
    "CREATIVE_ENHANCEMENTS": ("NONE", "IMAGE_RESIZING"),
    "FEED_TYPE": ("home", "search"),
    "KEYWORD": ("plum cake", "rye bread", "linen dress"),
    "PINNER_INTEREST": tuple(INTERESTS)[4:8],
    "PLACEMENT": ("BROWSE", "SEARCH"),
    "REGION": ("US-CA", "US-NY", "US-TX"),
    "TARGETED_INTEREST": tuple(INTERESTS)[:4],
    "AUDIENCE_INCLUDE": ("INCLUDED", "OTHERS"),
}
"""The values that figures are split by."""

_ENTITIES: Mapping[str, tuple[str, str, str]] = {
    "ad_account_targeting_analytics/get": ("", "", "AD_ACCOUNT_ID"),
    "campaign_targeting_analytics/get": ("campaigns", "campaign_ids", "CAMPAIGN_ID"),
    "ad_groups_targeting_analytics/get": ("ad_groups", "ad_group_ids", "AD_GROUP_ID"),
    "ad_targeting_analytics/get": ("ads", "ad_ids", "AD_ID"),
}
"""Operation to the family that it counts, the parameter that chooses, and the column of the id."""


def list_options(call: Call) -> Reply:
    """What there is to aim at. Audiences are those of the ad account that is acted for."""
    kind = call.path["targeting_type"]
    options = dict(OPTIONS.get(kind, {}))
    account_id = call.query.get("ad_account_id")
    if kind.startswith("AUDIENCE_") and account_id is not None:
        shelf = call.account.shelves.shelf("audiences", account_id)
        options = {str(one["id"]): str(one["name"]) for one in shelf}
    return Reply.json([options] if options else [])


def get_interest(call: Call) -> Reply:
    """One interest, and those that belong to it."""
    key = call.path["interest_id"]
    if key not in INTERESTS:
        raise not_found("Interest")
    name, children = INTERESTS[key]
    level = 1 if children else 2
    return Reply.json({"id": key, "name": name, "level": level, "child_interests": children})


def figures(call: Call) -> Reply:
    """The figures of ads by target. Those of all values of a kind are together the whole."""
    query = call.query
    family, parameter, column = _ENTITIES[call.operation.id]
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
    place = call.path["ad_account_id"]
    ids = [place]
    if family:
        shelf = call.account.shelves.shelf(family, place)
        ids = [one for one in checks.query_list(query, parameter) if shelf.get(one) is not None]
    columns = checks.query_list(query, "columns")
    found: list[dict[str, Any]] = [
        {"targeting_type": kind, "targeting_value": value, "metrics": metrics}
        for row in ads_rows.rows(ids, column, columns, granularity, begin, end)
        for kind in checks.query_list(query, "targeting_types")
        for value, metrics in _split(row, _SPLITS.get(kind, ("",)))
    ]
    descending = query.get("sort_ascending", "true").lower() == "false"
    for name in reversed(checks.query_list(query, "sort_columns")):
        found.sort(key=lambda one: _sortable(one["metrics"].get(name)), reverse=descending)
    return Reply.json({"data": found})


def _sortable(value: object) -> tuple[bool, float, str]:
    number = isinstance(value, int | float)
    return number, float(value) if isinstance(value, int | float) else 0.0, str(value)


def _split(row: Mapping[str, Any], values: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The parts of a row: counts are divided, larger parts last, and rates stay as they are."""
    weights = [0, *accumulate(range(1, len(values) + 1))]
    for value, (low, high) in zip(values, pairwise(weights), strict=True):
        yield (
            value,
            {
                name: figure * high // weights[-1] - figure * low // weights[-1]
                if isinstance(figure, int)
                else figure
                for name, figure in row.items()
            },
        )


HANDLERS: Mapping[str, Callable[[Call], Reply]] = {
    "interest_targeting_options/get": get_interest,
    "targeting_options/get": list_options,
    **dict.fromkeys(_ENTITIES, figures),
}
"""The handlers of these."""
