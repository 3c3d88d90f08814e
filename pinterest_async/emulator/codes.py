"""What the description says of operations beside their types: codes of refusals, bounds of bodies.

Source: Pinterest's description 5.23.0, the examples of its error answers among it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinterest_async.emulator.refusals import Refusal

_GENERIC = (
    "ad_account/analytics", "ad_accounts_audiences_shared_accounts/list", "ad_groups/analytics",
    "ad_groups/audience_sizing", "ad_groups/list", "ad_pins/analytics", "ads/analytics",
    "ads/list", "analytics/create_conversion_product_report", "analytics/create_mmm_report",
    "analytics/create_report", "analytics/get_conversion_product_report",
    "analytics/get_mmm_report", "analytics/get_report", "asset_group/create",
    "asset_group/delete", "asset_group/update", "audiences/list", "billing_invoice_download/get",
    "billing_invoices/get", "board_sections/create", "board_sections/update",
    "brand_accounts/create", "brand_accounts/update",
    "business_account_audiences_shared_accounts/list", "campaigns/analytics", "campaigns/list",
    "labels/list", "lead_forms/create", "lead_forms/list", "lead_forms/update",
    "leads_export/create", "leads_export/get", "pins/analytics", "product_groups/analytics",
    "promotions/create", "promotions/list", "promotions/update", "sandbox/delete",
    "search_partner_pins", "shared_audiences_for_business/list", "ssio_accounts/get",
    "ssio_insertion_order/create", "ssio_insertion_order/edit",
    "ssio_insertion_orders_status/get_by_ad_account",
    "ssio_insertion_orders_status/get_by_pin_order_id", "ssio_order_lines/get_by_ad_account",
    "system_user/update", "targeting_template/create", "targeting_template/list",
    "targeting_template/update", "templates/list", "terms_related/list", "terms_suggested/list",
    "trending_keywords/list", "update_ad_account_to_ad_account_shared_audience",
    "update_ad_account_to_business_shared_audience",
    "update_business_to_ad_account_shared_audience",
    "update_business_to_business_shared_audience", "user_account/analytics",
)  # fmt: skip

_BAD_REQUEST: Mapping[str, int] = {
    **dict.fromkeys(_GENERIC, 400),
    "events/create": 4196,
    "msot_events/create": 4196,
    "notification/post": 6126,
}
"""The code of a 400, by operation; 1 for every other one."""

STRICT = frozenset({"events/create", "msot_events/create"})
"""The operations that refuse members which are not declared."""

_BULK = (
    "ad_groups/create", "ad_groups/update", "ads/create", "ads/update", "campaigns/create",
    "campaigns/update", "lead_forms/create", "lead_forms/update", "promotions/create",
    "promotions/update",
)  # fmt: skip

ITEMS_MAX: Mapping[str, int] = {
    **dict.fromkeys(_BULK, 30),
    "catalogs_product_groups/create_many": 1000,
    "get_campaign_delivery_estimates": 1,
}
"""How many items a body may hold that is a list; each has at least one."""

FREE_TEXT = frozenset({"default_locale"})
"""Members that take any text beside the values that are listed."""


def documented(operation_id: str, refusal: Refusal) -> Refusal:
    """The refusal with the code that the operation's description shows for it."""
    if refusal.status == 400 and refusal.body["code"] == 1:
        refusal.body["code"] = _BAD_REQUEST.get(operation_id, 1)
    return refusal
