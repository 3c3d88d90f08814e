"""The collections that keep state.

Everything else about a collection (which operation creates, what a bulk write is wrapped in, what
may be said and what is answered) is read off the table of operations and its types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinterest_async.emulator.schema.sample_values import FEED_OUTCOME
from pinterest_async.emulator.state.entity_type import Conflict, EntityType, Held, Locked
from pinterest_async.emulator.state.leads import QUESTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

_STATUSES = {"entity_statuses": ("ACTIVE", "PAUSED")}
_VARIED = {
    "status": ("ACTIVE", "ACTIVE", "PAUSED", "ACTIVE", "ARCHIVED"),
    "summary_status": ("RUNNING", "RUNNING", "PAUSED", "RUNNING", "ARCHIVED"),
}
_VARIED_ADS = {
    **_VARIED,
    "summary_status": ("APPROVED", "APPROVED", "PAUSED", "APPROVED", "ARCHIVED"),
}

_GROUP_PLACE = ("feed_id", "catalog_id", "country", "locale")
_SAME_FILTERS = Conflict(
    409, 4178, "A catalogs product group with these filters already exists for this feed."
)
_SAME_NAME = Conflict(
    409, 4179, "A catalogs product group with this name already exists for this feed."
)
_GENERATED_GROUPS = Locked(
    "type",
    frozenset({"MERCHANT_CREATED"}),
    Conflict(409, 4177, "You cannot alter an auto generated catalogs product group."),
)

_INVITES = tuple(
    {
        "invite_expiration": 1_924_905_600,
        "invite_status": "PENDING",
        "invite_type": kind,
        "last_updated_time": 1_764_000_000,
        "sent_at": 1_764_000_000,
    }
    for kind in ("MEMBER_INVITE", "PARTNER_INVITE", "PARTNER_REQUEST")
)

ENTITY_TYPES: tuple[EntityType, ...] = (
    # Parents of others
    EntityType(
        name="ad_accounts",
        noun="AdAccount",
        item="AdAccount",
        operations=("ad_accounts/list", "ad_accounts/create", "ad_accounts/get"),
        within="",
        parameter="ad_account_id",
        missing=2,
        count=2,
        fresh={"permissions": ["OWNER"], "currency": "USD", "country": "US"},
    ),
    EntityType(
        name="businesses",
        noun="Business",
        item="BusinessAccessUserSummary",
        within="",
        parameter="business_id",
        count=1,
    ),
    EntityType(
        name="hierarchies",
        noun="Business hierarchy",
        item="BusinessAccessUserSummary",
        within="",
        parameter="business_hierarchy_id",
        count=1,
    ),
    # Ads
    EntityType(
        name="campaigns",
        noun="Campaign",
        item="CampaignResponse",
        operations=("campaigns/list", "campaigns/create", "campaigns/get", "campaigns/update"),
        parameter="campaign_id",
        count=30,
        refers={"order_line_id": ("order_lines",)},
        budgets=("daily_spend_cap", "lifetime_spend_cap"),
        usual=_STATUSES,
        varied=_VARIED,
        fresh={"status": "ACTIVE", "type": "campaign"},
    ),
    EntityType(
        name="ad_groups",
        noun="Ad group",
        item="AdGroupResponse",
        operations=("ad_groups/list", "ad_groups/create", "ad_groups/get", "ad_groups/update"),
        parameter="ad_group_id",
        count=60,
        refers={"campaign_id": ("campaigns",), "promotion_id": ("promotions",)},
        budgets=("budget_in_micro_currency",),
        usual=_STATUSES,
        varied=_VARIED,
        fresh={"status": "ACTIVE", "type": "adgroup"},
    ),
    EntityType(
        name="ads",
        noun="Ad",
        item="AdResponse",
        operations=("ads/list", "ads/create", "ads/get", "ads/update"),
        parameter="ad_id",
        count=120,
        refers={"ad_group_id": ("ad_groups",), "lead_form_id": ("lead_forms",)},
        pins=("pin_id",),
        usual=_STATUSES,
        varied=_VARIED_ADS,
        inherits={"campaign_id": ("ad_group_id", "ad_groups")},
        fresh={"status": "ACTIVE", "type": "pinpromotion"},
    ),
    EntityType(
        name="previews",
        noun="Campaign preview",
        item="CampaignAdPreview",
        operations=(
            "campaign_ad_preview/read", "campaign_ad_preview/create", "campaign_ad_preview/delete",
        ),
        key="uuid",
        refers={"ad_group_id": ("ad_groups",)},
        fresh={"is_active": True},
        chosen_by="ad_group_ids",
    ),
    EntityType(
        name="keywords",
        noun="Keyword",
        item="Keyword",
        operations=("keywords/get", "keywords/create", "keywords/update"),
        count=40,
        refers={"parent_id": ("ad_groups", "campaigns")},
        filters={
            "ad_group_id": "parent_id", "campaign_id": "parent_id", "ad_group_ids": "parent_id",
        },
        # Those of the ad account itself, Pinterest says; others are listed by what they are in.
        usual_parent="parent_id",
        varied={"parent_type": ("ad_group",), "archived": (False, False, False, True)},
        fresh={"archived": False, "type": "keyword", "parent_type": "ad_group"},
        batch="keywords",
    ),
    EntityType(
        name="labels",
        noun="Label",
        item="Label",
        operations=("labels/list", "labels/create", "labels/update"),
        parameter="label_id",
        refers={"parent_id": ("campaigns",)},
        usual={"entity_statuses": ("ACTIVE",)},
        fresh={"status": "ACTIVE"},
        batch="labels",
    ),
    EntityType(
        name="promotions",
        noun="Promotion",
        item="PromotionResponse",
        operations=(
            "promotions/list", "promotions/create", "promotions/get", "promotions/update",
            "promotions/delete",
        ),
        parameter="promotion_id",
        missing=4997,
        fresh={"status": "ACTIVE"},
    ),
    EntityType(
        name="product_group_promotions",
        noun="Product group promotion",
        item="ProductGroupPromotion",
        operations=(
            "product_group_promotions/list", "product_group_promotions/create",
            "product_group_promotions/get", "product_group_promotions/update",
        ),
        parameter="product_group_promotion_id",
        count=10,
        refers={"ad_group_id": ("ad_groups",), "catalog_product_group_id": ("product_groups",)},
        usual=_STATUSES,
        fresh={"status": "ACTIVE"},
        batch="product_group_promotion",
    ),
    EntityType(
        name="order_lines",
        noun="Order line",
        item="OrderLine",
        operations=("order_lines/list", "order_lines/get"),
        parameter="order_line_id",
        count=5,
    ),
    EntityType(
        name="schedules",
        noun="Schedule",
        item="Schedule",
        operations=("schedules/list", "schedules/create", "schedules/update"),
        key="schedule_id",
        refers={"entity_id": ("campaigns", "ad_groups", "ad_accounts")},
        fresh={"schedule_status": "ACTIVE"},
    ),
    EntityType(
        name="templates",
        noun="Template",
        item="TemplateResponse",
        operations=("templates/list",),
        parameter="template_id",
    ),
    EntityType(
        name="invoices",
        noun="Invoice",
        item="BillingInvoiceResponse",
        operations=("billing_invoices/get",),
        parameter="billing_invoice_id",
    ),
    EntityType(
        name="billing_profiles",
        noun="Billing profile",
        item="BillingProfilesResponse",
        count=4,
        varied={"status": ("VALID", "SECONDARY", "INVALID", "DELETED")},
    ),
    EntityType(
        name="discounts",
        noun="Discount",
        item="AdsCreditDiscountsResponse",
        operations=("ads_credits_discounts/get",),
    ),
    EntityType(
        name="insertion_orders",
        noun="Insertion order",
        item="SSIOOrderLine",
        operations=(
            "ssio_insertion_orders_status/get_by_ad_account",
            "ssio_insertion_orders_status/get_by_pin_order_id",
        ),
        key="pin_order_id",
        parameter="pin_order_id",
        varied={"status": ("ACTIVE",), "creation_time": ("2025-10-06T13:07:04.000Z",)},
    ),
    # Audiences and leads
    EntityType(
        name="audiences",
        noun="Audience",
        item="Audience",
        operations=("audiences/list", "audiences/create", "audiences/get", "audiences/update"),
        parameter="audience_id",
        count=12,
        removable=True,
        varied={
            "audience_type": ("CUSTOMER_LIST", "VISITOR", "ENGAGEMENT", "ACTALIKE", "PERSONA"),
            "status": ("READY", "TOO_SMALL", "INITIALIZING", "ELIGIBLE"),
        },
        fresh={"status": "INITIALIZING", "type": "audience"},
    ),
    EntityType(
        name="customer_lists",
        noun="Customer list",
        item="CustomerList",
        operations=(
            "customer_lists/list", "customer_lists/create", "customer_lists/get",
            "customer_lists/update",
        ),
        parameter="customer_list_id",
        varied={
            "num_uploaded_user_records": (120_000, 4500),
            "num_removed_user_records": (0, 12),
            "status": ("READY",),
        },
        fresh={
            "status": "PROCESSING", "type": "customerlist", "num_batches": 0,
            "num_uploaded_user_records": 0, "num_removed_user_records": 0, "exceptions": {},
        },
    ),
    EntityType(
        name="customer_segments",
        noun="Customer segment",
        item="CustomerSegment",
        operations=("customer_segment/list", "customer_segment/create", "customer_segment/update"),
        removable=True,
        fresh={"status": "ACTIVE"},
    ),
    EntityType(
        name="targeting_templates",
        noun="Targeting template",
        item="TargetingTemplateGetResponseData",
        operations=(
            "targeting_template/list", "targeting_template/create", "targeting_template/update",
        ),
        removable=True,
        fresh={"status": "ACTIVE", "valid": True},
    ),
    EntityType(
        name="lead_forms",
        noun="Lead form",
        item="LeadFormResponse",
        operations=("lead_forms/list", "lead_forms/create", "lead_form/get", "lead_forms/update"),
        parameter="lead_form_id",
        missing=4842,
        varied={"questions": (QUESTIONS,)},
        fresh={"status": "DRAFT"},
    ),
    EntityType(
        name="subscriptions",
        noun="Subscription",
        item="LeadSubscription",
        operations=(
            "ad_accounts_subscriptions/get_list", "ad_accounts_subscriptions/post",
            "ad_accounts_subscriptions/get_by_id", "ad_accounts_subscriptions/del_by_id",
        ),
        parameter="subscription_id",
        refers={"lead_form_id": ("lead_forms",)},
        fresh={"api_version": "v5", "cryptographic_algorithm": "AES-256-GCM"},
    ),
    # Conversions
    EntityType(
        name="conversion_tags",
        noun="Conversion tag",
        item="ConversionTag",
        operations=("conversion_tags/list", "conversion_tags/create", "conversion_tags/get"),
        parameter="conversion_tag_id",
        fresh={"status": "ACTIVE", "version": "3"},
    ),
    EntityType(
        name="deletion_requests",
        noun="Conversion deletion request",
        item="ConversionDeletionRequest",
        operations=(
            "conversion_deletion_request/list", "conversion_deletion_request/create",
            "conversion_deletion_request/get", "conversion_deletion_request/delete",
        ),
        key="request_id",
        parameter="request_id",
        fresh={"status": "PENDING", "processed_time": None},
    ),
    EntityType(
        name="advertiser_defined_events",
        noun="Advertiser-defined event",
        item="AdvertiserDefinedEvent",
        operations=(
            "advertiser_defined_events/get", "advertiser_defined_events/create",
            "advertiser_defined_events/update", "advertiser_defined_events/delete",
        ),
        key="name",
        batch="items",
        chosen_by="event_names",
    ),
    # Catalogs
    EntityType(
        name="catalogs",
        noun="Catalog",
        item="Catalog",
        operations=("catalogs/list", "catalogs/create"),
        within="",
        parameter="catalog_id",
        missing=678,
        count=2,
    ),
    EntityType(
        name="feeds",
        noun="Catalogs feed",
        item="CatalogsFeed",
        operations=("feeds/list", "feeds/create", "feeds/get", "feeds/update", "feeds/delete"),
        within="",
        parameter="feed_id",
        missing=4161,
        unique={("name",): Conflict(422, 4170, "The feed name already exists.")},
        held=Held(
            "product_groups",
            "feed_id",
            Conflict(409, 4162, "We can't disable a Product Group with active promotions."),
        ),
        implied="catalog_id",
        refers={"catalog_id": ("catalogs",)},
        fresh={
            "status": "ACTIVE", "credentials": None, "default_availability": None,
            "default_country": "US", "default_currency": None, "default_locale": "en-US",
            "preferred_processing_schedule": None,
        },
    ),
    EntityType(
        name="processing_results",
        noun="Processing result",
        item="CatalogsFeedProcessingResult",
        operations=("feed_processing_results/list",),
        within="feed_id",
        parameter="processing_result_id",
        count=1,
        varied={"status": ("COMPLETED",), **{name: (it,) for name, it in FEED_OUTCOME.items()}},
    ),
    EntityType(
        name="product_groups",
        noun="Catalogs product group",
        item="CatalogsVerticalProductGroup",
        operations=(
            "catalogs_product_groups/list", "catalogs_product_groups/create",
            "catalogs_product_groups/get", "catalogs_product_groups/update",
            "catalogs_product_groups/delete", "catalogs_product_groups/create_many",
            "catalogs_product_groups/delete_many",
        ),
        within="",
        parameter="product_group_id",
        missing=4180,
        count=30,
        unique={("filters", *_GROUP_PLACE): _SAME_FILTERS, ("name", *_GROUP_PLACE): _SAME_NAME},
        held=Held(
            "product_group_promotions",
            "catalog_product_group_id",
            Conflict(409, 4176, "We can't delete a Catalogs Product Group with active promotions."),
        ),
        locked=_GENERATED_GROUPS,
        varied={"type": (*("MERCHANT_CREATED",) * 2, "ALL_PRODUCTS", *("MERCHANT_CREATED",) * 2)},
        implied="catalog_id",
        refers={"catalog_id": ("catalogs",), "feed_id": ("feeds",)},
        filters={"id": "id"},
        fresh={"feed_id": None, "type": "MERCHANT_CREATED"},
        chosen_by="id",
    ),
    EntityType(
        name="local_stores",
        noun="Local store",
        item="LocalStore",
        operations=(
            "catalogs_local_stores/list", "catalogs_local_stores/create",
            "catalogs_local_stores/update", "catalogs_local_stores/delete",
        ),
        within="catalog_id",
        filters={"ids": "id"},
        chosen_by="ids",
    ),
    EntityType(
        name="integration_records",
        noun="Integration",
        item="IntegrationRecord",
        operations=("integrations/get_list", "integrations/get_by_id"),
        within="",
        parameter="id",
        missing=4517,
    ),
    EntityType(
        name="integrations",
        noun="Integration",
        item="IntegrationMetadata",
        operations=(
            "integrations_commerce/post", "integrations_commerce/get",
            "integrations_commerce/patch", "integrations_commerce/del",
        ),
        within="",
        key="external_business_id",
        parameter="external_business_id",
        missing=4180,
    ),
    # Business access
    EntityType(
        name="members",
        noun="Member",
        item="UserBusinessRoleBinding",
        within="business_id",
        parameter="member_id",
        count=5,
        varied={"business_roles": (["EMPLOYEE"], ["BIZ_ADMIN"])},
    ),
    EntityType(
        name="system_users",
        noun="System user",
        item="UserBusinessRoleBinding",
        within="business_id",
        parameter="system_user_id",
        count=2,
        varied={"business_roles": (["EMPLOYEE"],)},
    ),
    EntityType(
        name="partners",
        noun="Partner",
        item="UserBusinessRoleBinding",
        within="business_id",
        parameter="partner_id",
        varied={"business_roles": (["PARTNER"],)},
    ),
    EntityType(
        name="invites",
        noun="Invite",
        item="InviteResponse",
        within="business_id",
        varied={"invite_data": _INVITES},
    ),
    EntityType(
        name="asset_groups",
        noun="Asset group",
        item="AssetGroupBinding",
        within="business_id",
        count=1,
        varied={"ad_accounts_ids": ([],), "catalogs_ids": ([],), "profiles_ids": ([],)},
    ),
    EntityType(
        name="brand_accounts",
        noun="User",
        item="BrandAccount",
        operations=("brand_accounts/create", "brand_accounts/update"),
        within="business_hierarchy_id",
        key="brand_account_id",
        parameter="brand_account_id",
    ),
)  # fmt: skip
"""Every collection."""

BY_NAME: Mapping[str, EntityType] = {entity_type.name: entity_type for entity_type in ENTITY_TYPES}
BY_PARAMETER: Mapping[str, EntityType] = {
    one.parameter: one for one in ENTITY_TYPES if one.parameter
}
BY_OPERATION: Mapping[str, EntityType] = {
    operation: entity_type for entity_type in ENTITY_TYPES for operation in entity_type.operations
}
