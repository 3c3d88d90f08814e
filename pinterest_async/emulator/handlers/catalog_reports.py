"""What is wrong with feeds and catalogs: counted, and in files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.handlers import work
from pinterest_async.emulator.handlers.catalog_feeds import FAULT, issues_of
from pinterest_async.emulator.handlers.work import WorkKind
from pinterest_async.emulator.schema import fields, validation
from pinterest_async.emulator.schema.errors import Refusal
from pinterest_async.emulator.schema.sample_values import FEED_OUTCOME
from pinterest_async.emulator.schema.types import named
from pinterest_async.emulator.state.feeds import catalog_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
    from pinterest_async.emulator.state.account import Account
    from pinterest_async.emulator.state.files import File
    from pinterest_async.emulator.state.store import Record
    from pinterest_async.emulator.state.work import Job

_NO_FEED = 4161


def list_stats(call: ApiCall) -> Reply:
    """How often each thing is wrong, in a feed or with what a catalog distributes."""
    kind = named("CatalogsRetailReportStatsParameters | CatalogsHotelReportStatsParameters")
    asked = validation.query_value(call.query, "parameters", kind, deep=True)["report"]
    return call.page(list(_stats(call.account, asked)))


def _stats(account: Account, asked: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The lines of a catalog's statistics.

    Args:
        account: whose catalog it is.
        asked: which report: its type, and the feed or catalog that it is about.

    Raises:
        Refusal: 404 code 4161: there is no such feed.
    """
    kind = str(asked["report_type"])
    counted: dict[str, int] = {}
    for _, result in _looked_at(account, asked):
        for found in result["validation_details"].values():
            for label, times in found.items():
                counted[label] = counted.get(label, 0) + times
    catalog = asked.get("catalog_id") or catalog_of(account, "RETAIL")
    for code, (label, times) in enumerate(counted.items(), 100):
        line: dict[str, Any] = {
            "report_type": kind,
            "catalog_id": catalog,
            "code": code,
            "code_label": label,
            "message": f"{label.replace('_', ' ').capitalize()}.",
            "occurrences": times,
        }
        if kind == "FEED_INGESTION_ISSUES":
            line["severity"] = "ERROR" if label == FAULT else "WARN"
        else:
            line |= {"ineligible_for_ads": label == FAULT, "ineligible_for_organic": False}
        yield line


def _issue_rows(account: Account, asked: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The items that a report lists, a row for each thing that is wrong with one of them.

    Raises:
        Refusal: 404 code 4161: there is no such feed.
    """
    for feed, result in _looked_at(account, asked):
        for item in issues_of(feed, result):
            for severity, found in (("ERROR", item["errors"]), ("WARN", item["warnings"])):
                for label, details in found.items():
                    yield {
                        "item_id": item["item_id"],
                        "item_number": item["item_number"],
                        "code_label": label,
                        "severity": severity,
                        "attribute": details["attribute_name"],
                        "value": details["provided_value"],
                    }


def _looked_at(account: Account, asked: Mapping[str, Any]) -> Iterator[tuple[Record, Record]]:
    """The feeds that a report is about, each with the result that counts."""
    feeds = list(account.stores.store("feeds"))
    if asked["report_type"] == "FEED_INGESTION_ISSUES":
        feeds = [feed for feed in feeds if feed["id"] == asked["feed_id"]]
        if not feeds:
            raise Refusal(404, _NO_FEED, "Sorry! We could not find your catalogs feed.")
    for feed in feeds:
        results = account.stores.store("processing_results", feed["id"])
        last = next((one for one in reversed(list(results)) if _chosen(one, asked)), None)
        yield feed, last or {**FEED_OUTCOME, "status": "COMPLETED"}


def _chosen(result: Record, asked: Mapping[str, Any]) -> bool:
    wanted = asked.get("processing_result_id")
    return result["status"] == "COMPLETED" and wanted in (None, result["id"])


def _file(call: ApiCall, job: Job) -> File:
    """A table of the items that something is wrong with, in a feed or a catalog, or of all items.

    What the real table's columns are called is not published.
    """
    asked = fields.fields(job.asked["report"])
    if asked["report_type"] == "ALL_ITEMS":
        catalog = asked.get("catalog_id")
        items = call.account.catalogs.items.kept.values()
        lines = [
            {"item_id": item.key, "catalog_id": item.catalog_id, **item.attributes}
            for item in items
            if catalog in (None, item.catalog_id)
        ]
        return work.table(job, ["item_id", "catalog_id", "title", "price", "availability"], lines)
    columns = ["item_id", "item_number", "code_label", "severity", "attribute", "value"]
    return work.table(job, columns, _issue_rows(call.account, asked))


HANDLERS: Handlers = {
    "reports/stats": list_stats,
    **work.handlers(
        WorkKind(
            starts=("reports/create",),
            looks=("reports/get",),
            name="token",
            status="report_status",
            words={"running": "IN_PROGRESS", "finished": "FINISHED", "failed": "IN_PROGRESS"},
            url="url",
            file=_file,
            unknown=(400, 1104, "The token you provided is not valid or has expired."),
            says_state=False,
        )
    ),
}
