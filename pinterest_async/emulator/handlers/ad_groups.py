"""Ad groups: what they may reach, what they must bid, their promotions, titles and figures."""

from __future__ import annotations

from functools import partial

from pinterest_async.emulator.handlers import (
    ads_rows,
    dynamic_titles,
    estimates,
    targeting_analytics,
)
from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import Refusal

_FLOORS = {"CLICKTHROUGH": 100_000, "IMPRESSION": 2_000_000, "VIDEO_V_50_MRC": 50_000}
"""The least that can be bid, in millionths: for a click, for a thousand views, for a view."""


def audience_size(call: ApiCall) -> Reply:
    """How many people an ad group may reach."""
    body = fields.fields(call.body)
    spec = fields.fields(body.get("targeting_spec", {}))
    ad_account_id = call.path["ad_account_id"]
    audiences = call.account.stores.store("audiences", ad_account_id)
    products = call.account.stores.store("product_groups")
    named = ("AUDIENCE_INCLUDE", "AUDIENCE_EXCLUDE")
    wanted: list[str] = [one for name in named for one in spec.get(name) or ()]
    groups: list[str] = body.get("product_group_ids") or []
    if any(audiences.get(one) is None for one in wanted) or any(
        products.get(one) is None for one in groups
    ):
        message = "You don't have access to the requested audience list or product group."
        raise Refusal(403, 403, message)
    narrowed = sum(bool(value) for value in spec.values()) + sum(map(bool, (wanted, groups)))
    size = estimates.EVERYBODY // 3**narrowed
    size -= size * (estimates.number(spec, groups) % 10) // 100
    return Reply.json({"audience_size_lower_bound": size, "audience_size_upper_bound": 2 * size})


def bid_floors(call: ApiCall) -> Reply:
    """The least that can be bid, for each specification."""
    specs = fields.fields(call.body)["bid_floor_specs"]
    return Reply.json(
        {"bid_floors": [_FLOORS[one["billable_event"]] for one in specs], "type": "bidfloor"}
    )


def list_promoted_ad_groups(call: ApiCall) -> Reply:
    """The ad groups that promotions are applied to."""
    wanted = frozenset(fields.query_list(call.query, "promotion_ids"))
    store = call.account.stores.store("ad_groups", call.path["ad_account_id"])
    found = [
        one
        for one in store
        if wanted.intersection([*(one.get("promotion_ids") or ()), one.get("promotion_id")])
    ]
    return call.page(found, newest_first=call.query.get("order") == "DESCENDING")


HANDLERS: Handlers = {
    "ad_groups/analytics": partial(ads_rows.answer, level="AD_GROUP"),
    "ad_groups/audience_sizing": audience_size,
    "ad_groups_bid_floor/get": bid_floors,
    "ad_groups_dynamic_titles/download_csv": dynamic_titles.download,
    "ad_groups_dynamic_titles/get_status": dynamic_titles.get_status,
    "ad_groups_dynamic_titles/get_upload_url": dynamic_titles.begin_upload,
    "ad_groups_dynamic_titles/process_csv": dynamic_titles.process,
    "ad_groups_targeting_analytics/get": partial(targeting_analytics.figures, level="AD_GROUP"),
    "get_ad_groups_by_promotion_ids/list": list_promoted_ad_groups,
}
