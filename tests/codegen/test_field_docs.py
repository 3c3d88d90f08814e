"""Every field says what it is, where an editor shows it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from codegen.annotations import Names
from codegen.columns import grouped
from codegen.fields import Teller
from codegen.output import PACKAGE, ROOT
from tests.codegen.describing import content, description, facts_of, ref, wording
from tests.support.language_server import LanguageServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codegen.description import Schema

HOVERED = {
    "models.ConversionEventsUserDataProperties.em": "lower case (dots and +tag stay), then SHA-256",
    "models.ConversionEventsUserDataProperties.ph": "country code first, without leading zeros",
    "models.ConversionEventsUserDataProperties.fn": "lower case, UTF-8, then SHA-256",
    "models.ConversionEventsUserDataProperties.ct": "without blanks or punctuation",
    "models.ConversionEventsUserDataProperties.st": "the two-letter code in lower case",
    "models.ConversionEventsUserDataProperties.zp": "digits alone",
    "models.ConversionEventsUserDataProperties.db": "YYYYMMDD",
    "models.ConversionEventsUserDataProperties.ge": "m, or n for neither",
    "models.ConversionEventsUserDataProperties.country": "two letters of ISO 3166-1 in lower case",
    "models.ConversionEventsUserDataProperties.external_id": "case stays",
    "models.ConversionEventsUserDataProperties.hashed_maids": "with hyphens",
    "models.ConversionEventsUserDataProperties.client_ip_address": "not hashed",
    "models.ConversionEventsUserDataProperties.customer_type": "medium confidence",
    "models.ConversionEventData.event_time": "Unix seconds, at most 7 days ago",
    "models.ConversionEventData.event_id": "48 hours",
    "models.ConversionEventData.event_name": "22 values",
    "models.ConversionEventData.action_source": "app_android",
    "models.ConversionEventDataCustomData.value": "as text such as 72.39",
    "models.CustomerListRecordRow.maid": "SHA-256",
    "models.CustomerListRequest.records": "commas between them",
    "models.Pin.note": "Not in the description",
    "models.Pin.link": "At most 2048 characters",
    "models.Pin.created_at": "In UTC, where no zone is told",
    "models.PinCreate.media_source": "One of ImageBase64, ImageUrl",
    "models.Board.privacy": "One of PUBLIC, PROTECTED, SECRET",
    "models.AdGroup.bid_in_micro_currency": "millionths of the ad account's currency",
    "models.CampaignResponse.daily_spend_cap": "millionths of the ad account's currency",
    "models.CampaignResponse.created_time": "Unix seconds",
    "models.AdsAnalyticsCreateAsyncRequest.columns": "of ReportingColumnAsync, what a row is of",
    "models.ImageDetails.width": "In pixels",
}
"""Thirty names, and what a person wants to be told of them."""


def documented(path: Path) -> Iterator[tuple[str, str]]:
    """Each field of a module of models, with the text below it."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef):
            for at, field in enumerate(node.body):
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    below = node.body[at + 1] if at + 1 < len(node.body) else None
                    text = ""
                    if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
                        text = " ".join(str(below.value.value).split())
                    if "ClassVar" not in ast.unparse(field.annotation):
                        yield f"{node.name}.{field.target.id}", text


def test_every_field_of_every_model_says_what_it_is() -> None:
    """A sentence of three words at least, begun and ended as one."""
    found = [one for path in (PACKAGE / "models").glob("*.py") for one in documented(path)]
    assert len(found) > 3500
    bad = [
        (name, text)
        for name, text in found
        if len(text.split()) < 2 or not text[0].isupper() or not text.endswith((".", "`."))
    ]
    assert bad == []


@pytest.mark.parametrize(
    ("wire", "schema", "told"),
    [
        ("campaign_id", {"type": "string", "pattern": r"^\d+$"}, "The id of the campaign. Digits."),
        ("is_paused", {"type": "boolean"}, "Whether it is paused."),
        ("targeting_enabled", {"type": "boolean"}, "Whether targeting is enabled."),
        ("include_archived", {"type": "boolean"}, "Whether to include archived."),
        ("follower_count", {"type": "integer", "minimum": 0}, "How many followers there are."),
        ("retry_in_seconds", {"type": "integer"}, "The retry. In seconds."),
        (
            "goal_value_in_micro_currency",
            {"type": "integer", "maximum": 9},
            "The goal value. In millionths of the ad account's currency. At most 9.",
        ),
        (
            "cpa_in_micro_currency",
            {"type": "string", "pattern": r"^\d+$"},
            "The CPA. In millionths of the ad account's currency. Digits.",
        ),
        (
            "bill_currency",
            {"type": "string"},
            "The bill currency. Three letters as in ISO 4217, such as `USD`.",
        ),
        ("created_timestamp", {"type": "integer"}, "When it was created. In Unix seconds."),
        (
            "cover_url",
            {"type": "string", "maxLength": 9},
            "The address of the cover. At most 9 characters.",
        ),
        (
            "match_type",
            {"type": "string", "enum": ["A", "B"]},
            "What kind of match it is. One of `A`, `B`.",
        ),
        (
            "pin_ids",
            {"type": "array", "maxItems": 5, "items": {"type": "string", "maxLength": 3}},
            "The ids of the Pins. At most 5 items. Each at most 3 characters.",
        ),
    ],
)
def test_a_field_without_a_wording_is_told_by_its_name_and_type(
    wire: str, schema: Schema, told: str
) -> None:
    """Meaning from the name, unit from its ending, bounds and values from the type."""
    thing: Schema = {"type": "object", "properties": {wire: schema}}
    facts = facts_of(
        description({"Thing": thing}, get={"responses": {"200": content(ref("Thing"))}})
    )
    struct = facts.structs["Thing", "response"]
    teller = Teller(facts, Names(facts), wording(), {})
    assert teller.tell(struct, struct.fields[wire]) == told


def test_columns_are_told_in_groups() -> None:
    """Each column is in one group, and each group shows two of its columns."""
    lines = grouped(["SPEND_IN_DOLLAR", "CAMPAIGN_ID", "CTR", "VIDEO_MRC_VIEWS_1", "CAMPAIGN_NAME"])
    assert lines == [
        "- what a row is of (2): `CAMPAIGN_ID`, `CAMPAIGN_NAME`",
        "- money spent (1): `SPEND_IN_DOLLAR`",
        "- rates and shares (1): `CTR`",
        "- views of videos (1): `VIDEO_MRC_VIEWS_1`",
    ]


def test_a_language_server_shows_what_fields_are() -> None:
    """Thirty names, hovered over as in an editor."""
    pytest.importorskip("pyright")
    text = "\n".join(["from pinterest_async import models", *HOVERED])
    with LanguageServer(ROOT) as server:
        uri = server.open("hovered.py", text)
        for line, (name, wanted) in enumerate(HOVERED.items(), 1):
            assert wanted in server.hover(uri, line, len(name) - 1), name
