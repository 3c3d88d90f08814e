"""What is the same for everybody: countries, definitions of metrics, questions of lead forms."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, get_args

from pinterest_async.emulator import shapes
from pinterest_async.emulator.call import Call, Reply
from pinterest_async.emulator.refusals import bad_parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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


def values(name: str) -> tuple[str, ...]:
    """The values of an enumeration of the models."""
    return get_args(shapes.core(shapes.named(name)))


def list_countries(_call: Call) -> Reply:
    """The countries in which ads can be bought."""
    return Reply.json(
        {
            "items": [
                {"code": code, "name": name, "currency": currency, "index": index}
                for index, (code, name, currency) in enumerate(_COUNTRIES, 1)
            ]
        }
    )


def list_metrics(call: Call) -> Reply:
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


def list_questions(_call: Call) -> Reply:
    """The kinds of questions that a lead form can ask."""
    return Reply.json({"questions": values("LeadFormQuestionType")})


def metrics_ready(call: Call) -> Reply:
    """Whether the figures of a day are final."""
    today = dt.datetime.fromtimestamp(call.world.clock(), dt.UTC).date()
    try:
        asked = dt.date.fromisoformat(call.query["date"])
    except ValueError:
        raise bad_parameter(f"date {call.query['date']!r} is not a date") from None
    age = (today - asked).days
    return Reply.json({name: age >= days for name, days in _READY.items()})


def terms_of_service(call: Call) -> Reply:
    """The terms, and that the ad account has accepted them."""
    text: Any = "<p>These terms are the emulator's own.</p>"
    if call.query.get("include_html", "false").lower() != "true":
        text = None
    place = call.path["ad_account_id"]
    told = {"id": place, "ad_account_id": place, "has_accepted": True}
    return Reply.json(told if text is None else {**told, "html": text})


HANDLERS: Mapping[str, Callable[[Call], Reply]] = {
    "ad_account_countries/get": list_countries,
    "delivery_metrics/get": list_metrics,
    "lead_form_questions/get": list_questions,
    "metrics_ready_state/get": metrics_ready,
    "terms_of_service/get": terms_of_service,
}
"""The handlers of these."""
