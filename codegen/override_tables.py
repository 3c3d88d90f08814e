"""The overrides as data: what is changed, under the reason why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """Entries that share a reason."""

    reason: str
    entries: dict[str, str]


@dataclass(frozen=True)
class Patch:
    """A value set in the description before it is read."""

    at: tuple[str, ...]
    """The way to it; the name of a parameter is its place in the list."""
    value: object
    reason: str


VERSION = "5.28.0"
"""The version that these tables are for."""

PATCHES: tuple[Patch, ...] = (
    Patch(
        (
            *("paths", "/ad_accounts/{ad_account_id}/keywords", "get"),
            *("parameters", "page_size", "schema", "maximum"),
        ),
        250,
        "the text names a maximum of 250, the schema none",
    ),
)
MAPS: tuple[Group, ...] = (
    Group(
        "Codes and their counts: as fields, a code that Pinterest adds would be lost.",
        {
            "CatalogsFeedIngestionErrors": "",
            "CatalogsFeedIngestionWarnings": "",
            "CatalogsFeedValidationErrors": "",
            "CatalogsFeedValidationWarnings": "",
            "CatalogsItemValidationErrors": "",
            "CatalogsItemValidationWarnings": "",
        },
    ),
    Group(
        "Sizes are data: `originals` is answered without being declared.",
        {"ImageSize": ""},
    ),
    Group(
        "Forwarded to the upload address one by one, whatever they are.",
        {"MediaUploadParameters": ""},
    ),
)
MERGES: tuple[Group, ...] = (
    Group(
        "On every Pin of every page: a kind of media that is new must not cost the Pin.",
        {"PinMedia": ""},
    ),
    Group(
        "Responses of before the tag carry none: with a required tag they would not decode.",
        {"ItemResponse": ""},
    ),
    Group(
        "The tag is not required, and its mapping names a kind that its enum lacks.",
        {"OauthAccessTokenResponse": ""},
    ),
    Group(
        "The one key that is set says which filter it is: one class with a field for each.",
        {
            "CatalogsCreativeAssetsProductGroupFilterKeys": "",
            "CatalogsCreativeAssetsProductGroupFilters": "",
            "CatalogsHotelProductGroupFilterKeys": "",
            "CatalogsHotelProductGroupFilters": "",
            "CatalogsProductGroupFilterKeys": "",
            "CatalogsProductGroupFilters": "",
            "CatalogsProductGroupFiltersRequest": "",
        },
    ),
)
LOOKED_FOR_FIRST = (
    # What it is about, and what it says.
    *("query", "search_query", "term", "board_id", "board_section_id", "name", "title"),
    *("description", "link", "media_source", "alt_text", "privacy", "status"),
    # What is measured, and when.
    *("start_date", "end_date", "granularity", "level", "columns", "metric_types"),
    # Of what.
    *("campaign_ids", "ad_group_ids", "ad_ids", "pin_ids", "product_group_ids", "targeting_types"),
)
"""Arguments in the order that a person looks for them; the others follow by their names."""
LOOKED_FOR_LAST = (
    *("order", "sort_by", "sort_columns", "sort_ascending", "limit", "start_index"),
    "ad_account_id",
)
"""Those that nearly every call of a kind has, and few give."""
REQUIRED: tuple[Group, ...] = (
    Group(
        "There is no Pin without a picture or a video: Pinterest refuses it with a 400.",
        {"PinCreate.media_source": ""},
    ),
    Group(
        "5.23.0 requires it, and the call has no meaning without; 5.28.0 only says so no more.",
        {
            "AdsAnalyticsCreateAsyncRequest.columns": "",
            "AdsAnalyticsCreateAsyncRequest.level": "",
            "AudienceCreateRequest.audience_type": "",
            "AudienceCreateRequest.name": "",
            "AudienceCreateRequest.rule": "",
            "BrandAccountUpdateProfileImage.content_type": "",
            "BrandAccountUpdateProfileImage.data": "",
            "KeywordUpdateBody.keywords": "",
        },
    ),
    Group(
        "It is all that the call is about.",
        {
            "UpdateAssetGroupBody.asset_groups_to_update": "",
            "UserWebsiteVerifyRequest.website": "",
        },
    ),
)
ALWAYS: tuple[Group, ...] = (
    Group(
        "It is what other calls name the thing by: without it, it is of no use, or is none.",
        {
            "BillingInvoiceResponse.id": "",
            "BillingProfilesResponse.id": "",
            "BoardSection.id": "",
            "CampaignResponse.id": "",
            "ConversionTag.id": "",
            "CustomerSegment.id": "",
            "Interest.id": "",
            "LeadSubscription.id": "",
            "ProductGroupPromotion.id": "",
            "TargetingTemplateGetResponseData.id": "",
            "UserBusinessRoleBinding.id": "",
        },
    ),
)
RESOURCES: tuple[Group, ...] = (
    Group(
        "The tag is singular where other resources are plural.",
        {
            "business_access_invite": "business_access_invites",
            "customer_segment": "customer_segments",
            "notification": "notifications",
            "targeting_template": "targeting_templates",
        },
    ),
)
NOUNS: tuple[Group, ...] = (
    Group(
        "The operation ids name the resource by another noun than its tag.",
        {
            "catalog_feeds": "feeds",
            "catalog_items": "items",
            "catalog_product_groups": "catalogs_product_groups",
            "catalog_reports": "reports",
            "conversion_events": "events",
            "user_account": "user",
        },
    ),
)
PLACES: tuple[Group, ...] = (
    Group(
        "The tag holds two kinds of things; users look for each under its own name.",
        {
            "board_sections/create": "board_sections.create",
            "board_sections/delete": "board_sections.delete",
            "board_sections/list": "board_sections.list",
            "board_sections/list_pins": "board_sections.list_pins",
            "board_sections/update": "board_sections.update",
            "catalogs_local_inventory_items/post": "catalog_local_inventory.get",
            "catalogs_local_inventory_items_batch/operate": "catalog_local_inventory.submit_batch",
            "catalogs_local_stores/create": "catalog_local_stores.create",
            "catalogs_local_stores/delete": "catalog_local_stores.delete",
            "catalogs_local_stores/list": "catalog_local_stores.list",
            "catalogs_local_stores/update": "catalog_local_stores.update",
        },
    ),
    Group(
        "The id says `analytics`, or names the handler, where the call starts or fetches a report.",
        {
            "analytics/create_conversion_product_report": "ad_accounts.create_conversion_product_report",
            "analytics/create_mmm_report": "ad_accounts.create_mmm_report",
            "analytics/create_report": "ad_accounts.create_report",
            "analytics/create_template_report": "ad_accounts.create_template_report",
            "analytics/get_conversion_product_report": "ad_accounts.get_conversion_product_report",
            "analytics/get_mmm_report": "ad_accounts.get_mmm_report",
            "analytics/get_report": "ad_accounts.get_report",
        },
    ),
    Group(
        "The verb says who shares an audience with whom.",
        {
            "ad_accounts_audiences_shared_accounts/list": "audience_sharing.list_ad_account_shared_accounts",
            "business_account_audiences_shared_accounts/list": "audience_sharing.list_business_shared_accounts",
            "shared_audiences_for_business/list": "audience_sharing.list_business_audiences",
            "update_ad_account_to_ad_account_shared_audience": "audience_sharing.share_ad_account_to_ad_accounts",
            "update_ad_account_to_business_shared_audience": "audience_sharing.share_ad_account_to_businesses",
            "update_business_to_ad_account_shared_audience": "audience_sharing.share_business_to_ad_accounts",
            "update_business_to_business_shared_audience": "audience_sharing.share_business_to_businesses",
        },
    ),
    Group(
        "Inside this resource the word `business` says nothing.",
        {
            "asset_access_requests/create": "business_access_invites.create_asset_access_request",
            "asset_group/delete": "business_access_assets.delete_asset_groups",
            "asset_group/update": "business_access_assets.update_asset_groups",
            "brand_accounts/create": "business_access_relationships.create_brand_account",
            "brand_accounts/update": "business_access_relationships.update_brand_account",
            "business_asset_members/get": "business_access_assets.list_asset_members",
            "business_asset_partners/get": "business_access_assets.list_asset_partners",
            "business_assets/get": "business_access_assets.list_assets",
            "business_member_assets/get": "business_access_assets.list_member_assets",
            "business_members_asset_access/delete": "business_access_assets.delete_member_access",
            "business_members_asset_access/update": "business_access_assets.update_member_access",
            "business_partner_asset_access/get": "business_access_assets.list_partner_assets",
            "cancel_invites_or_requests": "business_access_invites.cancel",
            "create_membership_or_partnership_invites": "business_access_invites.create",
            "delete_business_membership": "business_access_relationships.delete_members",
            "delete_business_partners": "business_access_relationships.delete_partners",
            "delete_partner_asset_access_handler_impl": "business_access_assets.delete_partner_access",
            "get/business_employers": "business_access_relationships.list_employers",
            "get/business_members": "business_access_relationships.list_members",
            "get/business_partners": "business_access_relationships.list_partners",
            "get/invites": "business_access_invites.list",
            "respond_business_access_invites": "business_access_invites.respond",
            "update/business_memberships": "business_access_relationships.update_members",
            "update_partner_asset_access_handler_impl": "business_access_assets.update_partner_access",
        },
    ),
    Group(
        "The verb of the id is that of the transport; these submit, fetch or send.",
        {
            "ad_accounts_subscriptions/post": "lead_ads.create_subscription",
            "ad_groups/audience_sizing": "ad_groups.get_audience_sizing",
            "advanced_auction_items_get/post": "advanced_auction.get_items",
            "advanced_auction_items_submit/post": "advanced_auction.submit_items",
            "bulk_download/create": "bulk.download",
            "bulk_upsert/create": "bulk.upsert",
            "catalogs/available_filter_values": "catalogs.get_available_filter_values",
            "follow_user/update": "user_account.follow",
            "integrations_logs/post": "integrations.send_logs",
            "items/post": "catalog_items.get",
            "items_batch/post": "catalog_items.submit_batch",
            "oauth/conversion_token": "oauth.create_conversion_token",
            "oauth/token": "oauth.create_token",
            "unverify_website/delete": "user_account.unverify_website",
            "verify_website/update": "user_account.verify_website",
        },
    ),
    Group(
        "The response is a list, or is read as one.",
        {
            "ad_accounts_subscriptions/get_list": "lead_ads.list_subscriptions",
            "ads_credits_discounts/get": "billing.list_ads_credit_discounts",
            "boards_user_follows/list": "user_account.list_following_boards",
            "catalogs_product_group_pins/list": "catalog_product_groups.list_products",
            "feed_processing_results/list": "catalog_feeds.list_processing_results",
            "get_ad_groups_by_promotion_ids/list": "ad_groups.list_by_promotions",
            "items_issues/list": "catalog_feeds.list_item_issues",
            "linked_business_accounts/get": "user_account.list_linked_businesses",
            "page_visit_conversion_tags/get": "conversion_tags.list_page_visit",
            "products_by_product_group_filter/list": "catalog_product_groups.list_products_by_filter",
            "reports/stats": "catalog_reports.list_stats",
            "search_partner_pins": "search.partner_pins",
            "search_user_boards/get": "search.boards",
            "search_user_pins/list": "search.pins",
            "ssio_insertion_orders_status/get_by_ad_account": "billing.list_ssio_insertion_order_statuses",
            "ssio_order_lines/get_by_ad_account": "billing.list_ssio_order_lines",
            "trending_keywords/list": "keywords.list_trending",
            "trends_featured_topics/list": "product_categories.list_featured_topics",
            "trends_product_categories_details/list": "product_categories.list_details",
            "trends_product_categories_trending/list": "product_categories.list_trending",
            "user_account/followed_interests": "user_account.list_followed_interests",
        },
    ),
    Group(
        "The id repeats the resource in another form, or lacks its object.",
        {
            "ad_accounts_subscriptions/del_by_id": "lead_ads.delete_subscription",
            "ad_accounts_subscriptions/get_by_id": "lead_ads.get_subscription",
            "ad_groups_dynamic_titles/download_csv": "ad_groups.get_dynamic_titles_csv",
            "ad_groups_dynamic_titles/get_status": "ad_groups.get_dynamic_titles_status",
            "ad_groups_dynamic_titles/get_upload_url": "ad_groups.get_dynamic_titles_upload_url",
            "ad_groups_dynamic_titles/process_csv": "ad_groups.process_dynamic_titles_csv",
            "ad_pins/analytics": "campaigns.get_pin_analytics",
            "ad_previews/create": "ads.create_preview",
            "billing_invoice_download/get": "billing.get_invoice_download_url",
            "campaign_ad_preview/create": "ads.create_campaign_previews",
            "campaign_ad_preview/delete": "ads.delete_campaign_previews",
            "campaign_ad_preview/read": "ads.get_campaign_previews",
            "catalogs_product_groups/product_counts_get": "catalog_product_groups.get_product_counts",
            "catalogs_supplemental_items_batch/get": "catalog_supplemental.get_batch",
            "country_keywords_metrics/get": "keywords.get_country_metrics",
            "get_campaign_delivery_estimates": "campaigns.get_delivery_estimates",
            "multi_pins/analytics": "pins.get_multi_analytics",
            "ocpm_eligible_conversion_tags/get": "conversion_tags.get_ocpm_eligible",
            "product_groups/analytics": "product_group_promotions.get_product_group_analytics",
            "sandbox/delete": "ad_accounts.delete_sandbox_data",
            "ssio_insertion_orders_status/get_by_pin_order_id": "billing.get_ssio_insertion_order_status",
            "user_account/analytics": "user_account.get_analytics",
            "user_account/analytics/top_pins": "user_account.get_top_pins_analytics",
            "user_account/analytics/top_video_pins": "user_account.get_top_video_pins_analytics",
            "user_account/get": "user_account.get",
        },
    ),
)
PARAMETERS: tuple[Group, ...] = (
    Group(
        "Both the path and the body have one; the body's is the account that the object is for.",
        {
            "audiences/create.body.ad_account_id": "owner_ad_account_id",
            "audiences/update.body.ad_account_id": "owner_ad_account_id",
        },
    ),
    Group(
        "`id` alone does not say of what.",
        {
            "catalogs_product_groups/delete_many.id": "product_group_ids",
            "catalogs_product_groups/list.id": "product_group_ids",
            "integrations/get_by_id.id": "integration_id",
        },
    ),
)
REPEATABLE: tuple[Group, ...] = (
    Group(
        "A POST that only reads: it takes its filters in the body, and twice does no harm.",
        {
            "ad_groups/audience_sizing": "",
            "ad_groups_bid_floor/get": "",
            "advanced_auction_items_get/post": "",
            "catalogs_local_inventory_items/post": "",
            "get_campaign_delivery_estimates": "",
            "items/post": "",
            "products_by_product_group_filter/list": "",
        },
    ),
)
BETA_MENTIONED: tuple[Group, ...] = (
    Group(
        "Only times of its own for an ad group whose campaign holds the budget are in beta.",
        {
            "ad_groups/create": "",
        },
    ),
    Group(
        "Only previews of a catalog product group are in beta.",
        {
            "ad_previews/create": "",
        },
    ),
)
