"""What is the same for everybody: countries, metrics, questions, what ads can be aimed at."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from pinterest_async.emulator.handlers import targeting
from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema.errors import bad_parameter, not_found
from pinterest_async.emulator.schema.types import values

if TYPE_CHECKING:
    from collections.abc import Mapping

_COUNTRIES = (
    ("US", "United States", "Dollars"), ("CA", "Canada", "Canadian Dollars"),
    ("GB", "United Kingdom", "Pounds"), ("IE", "Ireland", "Euros"), ("AU", "Australia", "Dollars"),
    ("NZ", "New Zealand", "Dollars"), ("FR", "France", "Euros"), ("DE", "Germany", "Euros"),
    ("AT", "Austria", "Euros"), ("CH", "Switzerland", "Francs"), ("IT", "Italy", "Euros"),
    ("ES", "Spain", "Euros"), ("NL", "Netherlands", "Euros"), ("BE", "Belgium", "Euros"),
    ("SE", "Sweden", "Kronor"), ("NO", "Norway", "Kroner"), ("DK", "Denmark", "Kroner"),
    ("FI", "Finland", "Euros"), ("PL", "Poland", "Zloty"), ("PT", "Portugal", "Euros"),
    ("BR", "Brazil", "Reais"), ("MX", "Mexico", "Pesos"), ("JP", "Japan", "Yen"),
)  # fmt: skip
"""Where ads can be bought, by code, name and currency."""

_METRICS: Mapping[str, str] = {
    "SYNC": "AdGroupGetAnalyticsColumn",
    "ASYNC": "ConversionProductReportingColumn",
}
"""The enumerations whose values are the metrics of a kind of report."""

_ORGANIC = "UserAccountGetAnalyticsMetricType"

_READY = {"non_conversion_metrics_ready": 1, "conversion_metrics_ready": 2}
"""Days after which the figures of a day are final."""


def list_countries(_call: ApiCall) -> Reply:
    """The countries in which ads can be bought."""
    return Reply.json(
        {
            "items": [
                {"code": code, "name": name, "currency": currency, "index": index}
                for index, (code, name, currency) in enumerate(_COUNTRIES, 1)
            ]
        }
    )


def list_metrics(call: ApiCall) -> Reply:
    """What metrics there are, all or those of one kind of report."""
    asked = call.query.get("report_type")
    kinds = _METRICS.values() if asked is None else [_METRICS[asked]]
    ads = dict.fromkeys(name for kind in kinds for name in values(kind))
    organic = values(_ORGANIC) if asked != "ASYNC" else ()
    found = [*((one, "ADS") for one in ads), *((one, "ORGANIC") for one in organic)]
    return Reply.json({"items": [_metric(name, category) for name, category in found]})


def _metric(name: str, category: str) -> dict[str, str]:
    words = name.replace("_", " ").lower()
    return {
        "name": name,
        "category": category,
        "display_name": words.capitalize(),
        "definition": f"The figure that reports call {words}.",
    }


def list_questions(_call: ApiCall) -> Reply:
    """The kinds of questions that a lead form can ask."""
    return Reply.json({"questions": values("LeadFormQuestionType")})


def metrics_ready(call: ApiCall) -> Reply:
    """Whether the figures of a day are final."""
    today = call.world.today()
    try:
        asked = dt.date.fromisoformat(call.query["date"])
    except ValueError:
        raise bad_parameter(f"date {call.query['date']!r} is not a date") from None
    age = (today - asked).days
    return Reply.json({name: age >= days for name, days in _READY.items()})


def list_options(call: ApiCall) -> Reply:
    """What there is to aim at. Audiences are those of the ad account that is acted for."""
    kind = call.path["targeting_type"]
    options = dict(targeting.OPTIONS.get(kind, {}))
    account_id = call.query.get("ad_account_id")
    if kind.startswith("AUDIENCE_") and account_id is not None:
        store = call.account.stores.store("audiences", account_id)
        options = {str(one["id"]): str(one["name"]) for one in store}
    return Reply.json([options] if options else [])


def get_interest(call: ApiCall) -> Reply:
    """One interest, and those that belong to it."""
    key = call.path["interest_id"]
    if key not in targeting.INTERESTS:
        raise not_found("Interest")
    name, children = targeting.INTERESTS[key]
    level = 1 if children else 2
    return Reply.json({"id": key, "name": name, "level": level, "child_interests": children})


HANDLERS: Handlers = {
    "ad_account_countries/get": list_countries,
    "delivery_metrics/get": list_metrics,
    "interest_targeting_options/get": get_interest,
    "lead_form_questions/get": list_questions,
    "metrics_ready_state/get": metrics_ready,
    "targeting_options/get": list_options,
}
