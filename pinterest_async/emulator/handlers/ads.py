"""The preview of an ad, and its figures."""

from __future__ import annotations

from functools import partial

from pinterest_async.emulator.handlers import ads_rows, estimates, targeting_analytics
from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import Refusal


def preview_ad(call: ApiCall) -> Reply:
    """An address that shows what an ad would look like."""
    body = fields.fields(call.body)
    account = call.account
    groups = account.stores.store("product_groups")
    if "pin_id" in body and body["pin_id"] not in account.saved.pins:
        raise Refusal(400, 1, "Invalid request: there is no such Pin")
    if "catalog_product_group_id" in body and groups.get(body["catalog_product_group_id"]) is None:
        raise Refusal(400, 1, "Invalid request: there is no such product group")
    if not str(body.get("image_url", "https://")).startswith(("https://", "http://")):
        raise Refusal(400, 1, "Whoops! It looks like you entered an invalid URL.")
    name = f"{estimates.number(call.path['ad_account_id'], body):08x}"
    return Reply.json({"url": f"https://ads.pinterest.com/ad-preview/{name}/"})


HANDLERS: Handlers = {
    "ad_previews/create": preview_ad,
    "ad_targeting_analytics/get": partial(targeting_analytics.figures, level="PIN_PROMOTION"),
    "ads/analytics": partial(ads_rows.answer, level="PIN_PROMOTION"),
}
