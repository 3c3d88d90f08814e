"""Feeds: processed into a catalog, and what is wrong with what they hold."""

from __future__ import annotations

import datetime as dt
import json
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pinterest_async.emulator.handlers import collection
from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import Refusal
from pinterest_async.emulator.schema.sample_values import FEED_OUTCOME
from pinterest_async.emulator.state.clock import wire_time
from pinterest_async.emulator.state.feeds import LINES, fill, items_of
from pinterest_async.emulator.state.paging import page_size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinterest_async.emulator.state.account import Account
    from pinterest_async.emulator.state.store import Record
    from pinterest_async.emulator.state.world import World

FAULT = "IMAGE_LINK_MISSING"
"""What is wrong with the last item of each feed."""
_WARNING = "AVAILABILITY_DATE_INVALID"
_DEFAULTS = {"default_country", "default_locale"}
_NO_RESULT = 4184
_NOT_IMPLEMENTED = 4181
_DAY = 86_400.0

_NOTHING_YET: Mapping[str, Any] = {
    "product_counts": {"original": 0, "ingested": 0},
    "ingestion_details": {"errors": {}, "info": {}, "warnings": {}},
    "validation_details": {"errors": {}, "warnings": {}},
}
_NOT_FETCHED: Mapping[str, Any] = {
    **_NOTHING_YET,
    "validation_details": {"errors": {"FETCH_ERROR": 1}, "warnings": {}},
}
"""What is said of a feed that could not be had from its address."""


def create(call: ApiCall) -> Reply:
    """A new feed, for a business with a verified website. Pinterest: create feed."""
    body = fields.fields(call.body)
    if "catalog_type" not in body and not body.keys() >= _DEFAULTS:
        raise Refusal(501, _NOT_IMPLEMENTED, "Not implemented at the moment.")
    if call.account.profile.members["account_type"] != "BUSINESS":
        raise Refusal(403, 654, "You must have a business account to operate as merchant.")
    websites = call.account.profile.websites.values()
    if not websites:
        raise Refusal(409, 4168, "User does not have a website.")
    if all(one["status"] != "verified" for one in websites):
        raise Refusal(409, 4169, "User does not have a verified website.")
    reply = collection.answer(call)
    if body.get("preferred_processing_schedule"):
        _plan(call, str(json.loads(reply.body)["id"]))
    return reply


def update(call: ApiCall) -> Reply:
    """Change a feed; with another schedule it is fetched when that says so next."""
    reply = collection.answer(call)
    if "preferred_processing_schedule" in fields.fields(call.body):
        _plan(call, call.path["feed_id"])
    return reply


def _plan(call: ApiCall, feed_id: str) -> None:
    """Have a feed fetched at the next time of day that its schedule names, and daily from then."""
    feed = call.account.stores.store("feeds").get(feed_id)
    fetches = call.account.catalogs.fetches
    fetches.pop(feed_id, None)
    schedule = None if feed is None else feed["preferred_processing_schedule"]
    if schedule is not None:
        now = dt.datetime.fromtimestamp(
            call.world.clock(), ZoneInfo(schedule["timezone"] or "Etc/UTC")
        )
        hour, minute = map(int, schedule["time"].split(":"))
        then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        moment = then.timestamp() + (_DAY if then <= now else 0.0)
        _fetch_at(call.account, call.world, feed_id, moment)


def _fetch_at(account: Account, world: World, feed_id: str, moment: float) -> None:
    def fetch() -> None:
        feed = account.stores.store("feeds").get(feed_id)
        if feed is None or account.catalogs.fetches.get(feed_id) != moment:
            return  # deleted meanwhile, or given another schedule
        if feed["status"] == "ACTIVE":
            _start(account, world, feed_id, moment)
        _fetch_at(account, world, feed_id, moment + _DAY)

    account.catalogs.fetches[feed_id] = moment
    world.jobs.at(moment, fetch)


def list_results(call: ApiCall) -> Reply:
    """The newest results of a feed. There is no other page: bookmarks are not made yet."""
    store = call.account.stores.store("processing_results", call.path["feed_id"])
    newest = list(store)[::-1][: page_size(call)]
    return call.page(newest)


def ingest(call: ApiCall) -> Reply:
    """Have a feed processed. The result is there at once, and what is in it when work is done."""
    feed_id = call.path["feed_id"]
    record = _start(call.account, call.world, feed_id, call.world.clock())
    known = {name: record[name] for name in ("id", "created_at", "status")}
    return Reply.json({**known, "feed_id": feed_id})


def _start(account: Account, world: World, feed_id: str, started: float) -> Record:
    store = account.stores.store("processing_results", feed_id)
    now = wire_time(started)
    record: Record = {
        "id": store.new_id(), "created_at": now, "updated_at": now, "status": "PROCESSING",
        **_NOTHING_YET,
    }  # fmt: skip
    store.add(record)
    fails = world.jobs.fails_next("feeds/ingest")
    world.jobs.after(started, partial(_finish, account, feed_id, record, fails=fails))
    return record


def _finish(account: Account, feed_id: str, result: Record, *, fails: bool) -> None:
    feed = account.stores.store("feeds").get(feed_id)
    result["updated_at"] = account.now()
    if fails or feed is None:  # it may have been deleted meanwhile
        result.update(_NOT_FETCHED, status="FAILED")
        return
    fill(account, feed)
    result.update(FEED_OUTCOME, status="COMPLETED")


# What is wrong


def issues_of(feed: Record, result: Record) -> list[dict[str, Any]]:
    """The items of a feed that something is wrong with, once it has been processed."""
    if result["status"] != "COMPLETED":
        return []
    items = list(items_of(feed))
    (first, _), (last, _) = items[0], items[-1]
    warning = {"attribute_name": "AVAILABILITY_DATE", "provided_value": "soon"}
    fault = {"attribute_name": "IMAGE_LINK", "provided_value": ""}
    return [
        {"item_number": 0, "item_id": first, "errors": {}, "warnings": {_WARNING: warning}},
        {"item_number": LINES - 1, "item_id": last, "errors": {FAULT: fault}, "warnings": {}},
    ]


def list_issues(call: ApiCall) -> Reply:
    """The items of a processing result that something is wrong with."""
    numbers = fields.query_list(call.query, "item_numbers")
    wanted = call.query.get("item_validation_issue")
    if numbers and wanted:  # Pinterest: item issues
        raise Refusal(501, _NOT_IMPLEMENTED, "Not implemented at the moment.")
    stores = call.account.stores
    for feed in stores.store("feeds"):
        result = stores.store("processing_results", feed["id"]).get(
            call.path["processing_result_id"]
        )
        if result is not None:
            break
    else:
        raise Refusal(404, _NO_RESULT, "Sorry! We could not find your processing result.")
    return call.page(
        [
            one
            for one in issues_of(feed, result)
            if (not numbers or str(one["item_number"]) in numbers)
            and (not wanted or wanted in one["errors"] or wanted in one["warnings"])
        ]
    )


HANDLERS: Handlers = {
    "feed_processing_results/list": list_results,
    "feeds/create": create,
    "feeds/ingest": ingest,
    "feeds/update": update,
    "items_issues/list": list_issues,
}
