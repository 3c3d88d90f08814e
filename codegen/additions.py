"""Facts that are later than the description, or that it leaves out: members and their values.

Each has its source and how sure it is, and says both where users read of the member. In the version
that the tables are for an addition has to add something; where a later description has it, it is a
warning, and goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from codegen.description import Schema
    from codegen.facts import Direction


@dataclass(frozen=True)
class Addition:
    """A member that the description lacks, or whose values it lacks."""

    model: str
    wire: str
    schema: Schema
    source: str
    confidence: Literal["high", "medium", "low"]
    direction: Direction = "response"

    @property
    def remark(self) -> str:
        """What its documentation says of its origin."""
        return f"Not in the description: {self.source} ({self.confidence} confidence)."


_SEGMENT: Final = "https://github.com/segmentio/action-destinations/pull/3820"
_EVENTS: Final = (
    *("add_payment_info", "add_to_cart", "add_to_wishlist", "app_install", "app_open", "checkout"),
    *("contact", "custom", "customize_product", "find_location", "initiate_checkout", "lead"),
    *("page_visit", "schedule", "search", "signup", "start_trial", "submit_application"),
    *("subscribe", "view_category", "view_content", "watch_video"),
)

ADDITIONS: Final[tuple[Addition, ...]] = (
    Addition(
        "Pin",
        "note",
        {"type": "string", "nullable": True},
        "seen in real responses of 2022",
        "medium",
    ),
    Addition(
        "Pin",
        "product_tags",
        {"type": "array", "items": {}, "nullable": True},
        "seen in real responses, and in Pinterest's notes on 5.16.0",
        "medium",
    ),
    Addition(
        "Pin",
        "is_removable",
        {"type": "boolean", "nullable": True},
        "Pinterest's notes on 5.16.0",
        "medium",
    ),
    Addition(
        "PinCreate",
        "is_removable",
        {"type": "boolean"},
        "Pinterest's notes on 5.16.0",
        "medium",
        direction="request",
    ),
    Addition(
        "TemplateResponse",
        "type",
        {"type": "string", "enum": ["UNSPECIFIED", "BULK", "OVERVIEW", "TABLE"]},
        "the values are those of 5.23.0, which 5.28.0 leaves out",
        "high",
    ),
    Addition(
        "ConversionEventData",
        "event_name",
        {"type": "string", "enum": list(_EVENTS), "x-advised": True},
        "the values are those of Pinterest's guide to conversions",
        "high",
        direction="request",
    ),
    Addition(
        "ConversionEventData",
        "action_source",
        {
            "type": "string",
            "enum": ["app_android", "app_ios", "web", "offline"],
            "x-advised": True,
        },
        "the values are those of Pinterest's reference, where the schema has none",
        "high",
        direction="request",
    ),
    Addition(
        "ConversionEventData",
        "advertiser_tracking_enabled",
        {"type": "boolean"},
        f"{_SEGMENT} of 2026 says that Pinterest asks for it",
        "medium",
        direction="request",
    ),
    Addition(
        "ConversionEventsUserDataProperties",
        "customer_type",
        {"type": "string", "enum": ["new", "returning"], "x-advised": True},
        "a public transcript of Pinterest's guide of 2026",
        "medium",
        direction="request",
    ),
)
