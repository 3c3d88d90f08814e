"""What a call of an operation does to an account, under the reason why that is believed.

A GET reads, and so does a POST that may be repeated; a DELETE cannot be undone. Every other
operation has a row here, and an exception to that rule has one too. One without a row, as a new
description may bring, counts as one that cannot be undone until somebody has looked at it.
"""

from __future__ import annotations

from typing import Final

from codegen.override_tables import Group

READS: Final = "reads"
WRITES: Final = "writes"
IRREVERSIBLE: Final = "irreversible"
SPENDS: Final = "spends"

_GROUPS: Final[tuple[Group, ...]] = (
    Group(
        "It starts work that only reads; what that leaves behind goes by itself.",
        {
            "ad_previews/create": READS,
            "analytics/create_conversion_product_report": READS,
            "analytics/create_mmm_report": READS,
            "analytics/create_report": READS,
            "analytics/create_template_report": READS,
            "bulk_download/create": READS,
            "leads_export/create": READS,
            "reports/create": READS,
        },
    ),
    Group(
        "What it makes can be deleted, archived, cancelled or switched off by another call.",
        {
            "ad_accounts_subscriptions/post": WRITES,
            "advertiser_defined_events/create": WRITES,
            "asset_access_requests/create": WRITES,
            "asset_group/create": WRITES,
            "audiences/create": WRITES,
            "board_sections/create": WRITES,
            "boards/create": WRITES,
            "campaign_ad_preview/create": WRITES,
            "catalogs_local_stores/create": WRITES,
            "catalogs_product_groups/create": WRITES,
            "catalogs_product_groups/create_many": WRITES,
            "create_asset_invites": WRITES,
            "create_membership_or_partnership_invites": WRITES,
            "customer_segment/create": WRITES,
            "feeds/create": WRITES,
            "integrations_commerce/post": WRITES,
            "labels/create": WRITES,
            "pins/create": WRITES,
            "pins/save": WRITES,
            "promotions/create": WRITES,
            "targeting_template/create": WRITES,
            "verify_website/update": WRITES,
        },
    ),
    Group(
        "It changes what another call of the same kind can change back.",
        {
            "advertiser_defined_events/update": WRITES,
            "asset_group/update": WRITES,
            "board_sections/update": WRITES,
            "boards/update": WRITES,
            "brand_accounts/update": WRITES,
            "business_members_asset_access/update": WRITES,
            "catalogs_local_stores/update": WRITES,
            "catalogs_product_groups/update": WRITES,
            "feeds/update": WRITES,
            "integrations_commerce/patch": WRITES,
            "labels/update": WRITES,
            "lead_forms/update": WRITES,
            "pins/update": WRITES,
            "promotions/update": WRITES,
            "system_user/update": WRITES,
            "update/business_memberships": WRITES,
            "update_ad_account_to_ad_account_shared_audience": WRITES,
            "update_ad_account_to_business_shared_audience": WRITES,
            "update_business_to_ad_account_shared_audience": WRITES,
            "update_business_to_business_shared_audience": WRITES,
            "update_partner_asset_access_handler_impl": WRITES,
        },
    ),
    Group(
        "It puts in or takes out what its counterpart takes out or puts in again.",
        {
            "business_members_asset_access/delete": WRITES,
            "customer_lists/update": WRITES,
            "customer_list_uploads/create": WRITES,
            "customer_list_uploads/run": WRITES,
            "delete_partner_asset_access_handler_impl": WRITES,
            "labels/apply": WRITES,
            "labels/remove": WRITES,
            "product_tags/bulk_add": WRITES,
            "product_tags/bulk_delete": WRITES,
            "unverify_website/delete": WRITES,
        },
    ),
    Group(
        "It hands in a file, or makes Pinterest fetch or read one again, as often as one likes.",
        {
            "ad_groups_dynamic_titles/process_csv": WRITES,
            "feeds/ingest": WRITES,
            "media/create": WRITES,
        },
    ),
    Group(
        "It gives a token, which runs out or is no more than forgotten.",
        {
            "oauth/conversion_token": WRITES,
            "oauth/token": WRITES,
        },
    ),
    Group(
        "What it makes stays: no operation takes it away again.",
        {
            "ad_accounts/create": IRREVERSIBLE,
            "brand_accounts/create": IRREVERSIBLE,
            "catalogs/create": IRREVERSIBLE,
            "conversion_tags/create": IRREVERSIBLE,
            "customer_lists/create": IRREVERSIBLE,
            "follow_user/update": IRREVERSIBLE,
            "lead_forms/create": IRREVERSIBLE,
        },
    ),
    Group(
        "What was sent is counted or read by others, and cannot be called back.",
        {
            "events/create": IRREVERSIBLE,
            "integrations_logs/post": IRREVERSIBLE,
            "lead_form_test/create": IRREVERSIBLE,
            "msot_events/create": IRREVERSIBLE,
            "notification/post": IRREVERSIBLE,
        },
    ),
    Group(
        "Its body may say that something is to be removed, or that data is to be erased.",
        {
            "audiences/update": IRREVERSIBLE,
            "catalogs_local_inventory_items_batch/operate": IRREVERSIBLE,
            "conversion_deletion_request/create": IRREVERSIBLE,
            "customer_segment/update": IRREVERSIBLE,
            "items_batch/post": IRREVERSIBLE,
            "targeting_template/update": IRREVERSIBLE,
        },
    ),
    Group(
        "It works once: an invite is answered, an offer code used up, a token dead.",
        {
            "ads_credit/redeem": IRREVERSIBLE,
            "respond_business_access_invites": IRREVERSIBLE,
            "token/revoke": IRREVERSIBLE,
        },
    ),
    Group(
        "It makes ads run, or settles what is bid and spent on them: what runs is billed.",
        {
            "ad_groups/create": SPENDS,
            "ad_groups/update": SPENDS,
            "ads/create": SPENDS,
            "ads/update": SPENDS,
            "advanced_auction_items_submit/post": SPENDS,
            "bulk_upsert/create": SPENDS,
            "campaigns/create": SPENDS,
            "campaigns/update": SPENDS,
            "keywords/create": SPENDS,
            "keywords/update": SPENDS,
            "product_group_promotions/create": SPENDS,
            "product_group_promotions/update": SPENDS,
            "schedules/create": SPENDS,
            "schedules/update": SPENDS,
        },
    ),
    Group(
        "An insertion order is a promise to pay.",
        {
            "ssio_insertion_order/create": SPENDS,
            "ssio_insertion_order/edit": SPENDS,
        },
    ),
)

EFFECTS: Final[dict[str, str]] = {
    operation_id: effect for group in _GROUPS for operation_id, effect in group.entries.items()
}


def is_marked(operation_id: str, verb: str, *, repeatable: bool) -> bool:
    """Whether the effect of an operation is known, by a row or by its verb."""
    return operation_id in EFFECTS or repeatable or verb == "DELETE"


def effect_of(operation_id: str, verb: str, *, repeatable: bool) -> str:
    """What a call of an operation does.

    Args:
        operation_id: Pinterest's id of it.
        verb: that of its request line.
        repeatable: whether sending it twice does no harm.
    """
    if operation_id in EFFECTS:
        return EFFECTS[operation_id]
    return READS if repeatable and verb != "DELETE" else IRREVERSIBLE
