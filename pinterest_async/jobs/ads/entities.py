"""What an ad account holds: how each kind is listed, and the columns that it has in files.

The last column of a table, `raw`, has the JSON as Pinterest sent it: what has no column of its own
is there. With the names of Fivetran the tables and columns are those that dbt packages for its
connector read; they have no `raw`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from pinterest_async.jobs._tables import TableColumn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pinterest_async.jobs._tables import Type, Value

Names: TypeAlias = Literal["pinterest", "fivetran"]
Item: TypeAlias = dict[str, Any]

STATUSES: Final = ("ACTIVE", "PAUSED", "ARCHIVED", "DRAFT", "DELETED_DRAFT")
"""Every state of a campaign, an ad group or an ad. Without a word Pinterest lists the first two."""
HIDDEN: Final = ("ARCHIVED", "DRAFT", "DELETED_DRAFT")
"""The others."""


class Kind(NamedTuple):
    """One kind of entity."""

    name: str
    """Of its table."""
    fields: str
    """The columns, `name:type` each; text without a type."""
    key: str = "id"
    bulk: str = ""
    """What bulk downloads call it; empty where they do not have it."""
    statuses: tuple[str, ...] = ()
    """Every state, where a list hides some unless all are asked for."""


KINDS: Final[tuple[Kind, ...]] = (
    Kind(
        "ad_accounts",
        "id name country currency time_zone created_time:integer updated_time:integer",
    ),
    Kind(
        "campaigns",
        "id name status summary_status objective_type created_time:integer updated_time:integer "
        "start_time:integer end_time:integer daily_spend_cap:integer lifetime_spend_cap:integer "
        "order_line_id is_campaign_budget_optimization:boolean is_flexible_daily_budgets:boolean "
        "is_performance_plus:boolean default_ad_group_budget_in_micro_currency:integer",
        bulk="CAMPAIGN",
        statuses=STATUSES,
    ),
    Kind(
        "ad_groups",
        "id campaign_id name status summary_status created_time:integer updated_time:integer "
        "start_time:integer end_time:integer budget_in_micro_currency:integer budget_type "
        "bid_in_micro_currency:integer bid_strategy_type billable_event pacing_delivery_type "
        "placement_group auto_targeting_enabled:boolean",
        bulk="AD_GROUP",
        statuses=STATUSES,
    ),
    Kind(
        "ads",
        "id ad_group_id campaign_id pin_id name status summary_status review_status "
        "creative_type destination_url created_time:integer updated_time:integer",
        bulk="AD",
        statuses=STATUSES,
    ),
    Kind(
        "keywords",
        "id parent_id parent_type value match_type bid:integer archived:boolean",
        bulk="KEYWORD",
    ),
    Kind(
        "product_group_promotions",
        "id ad_group_id catalog_product_group_id catalog_product_group_name status creative_type "
        "bid_in_micro_currency:integer included:boolean definition parent_id",
        bulk="PRODUCT_GROUP",
        statuses=STATUSES,
    ),
    Kind(
        "labels",
        "id parent_id parent_type label_type value status",
        bulk="LABEL",
        statuses=("ACTIVE", "ARCHIVED"),
    ),
    Kind(
        "schedules",
        "schedule_id entity_id entity_type name schedule_type schedule_action schedule_status "
        "delta_value start_timestamp:integer end_timestamp:integer",
        key="schedule_id",
        statuses=(
            "DRAFT", "CREATED", "SCHEDULED", "ACTIVE", "COMPLETED", "FAILED", "CANCELED",
        ),
    ),
    Kind(
        "audiences",
        "id name audience_type description status size:integer created_timestamp:integer "
        "updated_timestamp:integer",
    ),
    Kind(
        "customer_lists",
        "id name status num_batches:integer num_uploaded_user_records:integer "
        "num_removed_user_records:integer created_time:integer updated_time:integer",
    ),
    Kind("conversion_tags", "id name status version last_fired_time_ms:integer"),
    Kind("lead_forms", "id name status created_time:integer updated_time:integer"),
    Kind(
        "templates",
        "id name report_level report_format granularity is_scheduled:boolean updated_time:integer",
    ),
    Kind("order_lines", "id name status budget:integer start_time:integer end_time:integer"),
    Kind("promotions", "id status"),
    Kind("billing_profiles", "id status billing_type card_type"),
)  # fmt: skip
BY_NAME: Final = {kind.name: kind for kind in KINDS}

_OWN: Final = (TableColumn("ad_account_id", "text"), TableColumn("raw", "text"))

_FIVETRAN: Final[dict[str, tuple[str, str]]] = {
    "ad_accounts": (
        "advertiser_history",
        "id name country currency created_time:integer updated_time:integer",
    ),
    "campaigns": (
        "campaign_history",
        (
            "id ad_account_id>advertiser_id name status objective_type start_time:integer "
            "end_time:integer daily_spend_cap>budget_spend_cap:integer lifetime_spend_cap:integer "
            "created_time:integer updated_time:integer is_campaign_budget_optimization:boolean "
            "is_flexible_daily_budgets:boolean default_ad_group_budget_in_micro_currency:integer"
        ),
    ),
    "ad_groups": (
        "ad_group_history",
        (
            "id ad_account_id campaign_id name status summary_status created_time:integer "
            "updated_time:integer start_time:integer end_time:integer pacing_delivery_type "
            "placement_group"
        ),
    ),
    "ads": (
        "pin_promotion_history",
        (
            "id ad_account_id ad_group_id pin_id name status creative_type destination_url "
            "created_time:integer updated_time:integer"
        ),
    ),
    "keywords": (
        "keyword_history",
        (
            "id ad_account_id>advertiser_id parent_id parent_type value match_type bid:integer "
            "archived:boolean"
        ),
    ),
    "customer_lists": (
        "customer_list_history",
        "id ad_account_id name status created_time:integer updated_time:integer",
    ),
}
"""Tables and columns by the names that Fivetran gives them; `theirs>ours` where they differ."""


class Shape(NamedTuple):
    """A table of an export."""

    name: str
    columns: list[TableColumn]
    sources: list[str]
    """The member of an entity that each column has."""


def shape_of(kind: Kind, names: Names) -> Shape | None:
    """The table of a kind; None where these names have none."""
    if names == "pinterest":
        columns = [_OWN[0], *(_column(word)[1] for word in kind.fields.split()), _OWN[1]]
        named = {column.name: column for column in columns}
        return Shape(kind.name, list(named.values()), list(named))
    if kind.name not in _FIVETRAN:
        return None
    table, fields = _FIVETRAN[kind.name]
    pairs = [_column(word) for word in fields.split()]
    synced = TableColumn("_fivetran_synced", "timestamp")
    return Shape(
        table, [*(column for _, column in pairs), synced], [*(one for one, _ in pairs), "synced"]
    )


def _column(word: str) -> tuple[str, TableColumn]:
    """The member that a column is read from, and the column."""
    path, _, kind = word.partition(":")
    source, _, name = path.partition(">")
    types: Mapping[str, Type] = {"integer": "integer", "boolean": "boolean", "": "text"}
    return source, TableColumn(name or source, types[kind])


def cells(shape: Shape, item: Item, beside: Mapping[str, Value]) -> Sequence[Value]:
    """The row of an entity. A value that does not fit its column is None there.

    Args:
        shape: of the table.
        item: as Pinterest sent it.
        beside: what is known of it besides.
    """
    return [
        beside[source] if source in beside else _fitting(item.get(source), column.type)
        for source, column in zip(shape.sources, shape.columns, strict=True)
    ]


def _fitting(value: Any, type_: Type) -> Value:
    if value is None or isinstance(value, dict | list):
        return None
    if type_ == "text":
        return str(value)
    if type_ == "boolean":
        return value if isinstance(value, bool) else None
    if isinstance(value, str):
        return int(value) if value.lstrip("-").isdigit() else None
    return int(value)
