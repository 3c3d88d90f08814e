"""Titles of ads that are made up by item: a file of them is taken away, changed and brought back.

No description says what the file holds. Here it has a line for each item that the ad group's
account sells: its id and its title.
"""

from __future__ import annotations

import csv
import io
from functools import partial
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.http.call import Reply
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import Refusal, not_found
from pinterest_async.emulator.state.files import File
from pinterest_async.emulator.state.titles import Titles

if TYPE_CHECKING:
    from pinterest_async.emulator.http.call import ApiCall

_COLUMNS = ("item_id", "title")
_TITLE_MAX = 100


def _titles(call: ApiCall) -> Titles:
    known = call.account.catalogs.titles
    group = call.path["ad_group_id"]
    if group not in known:
        items = (
            one for (kind, _), one in call.account.catalogs.items.kept.items() if kind == "RETAIL"
        )
        generated = {one.key: str(one.attributes.get("title") or one.key) for one in items}
        known[group] = Titles(generated)
    return known[group]


def get_status(call: ApiCall) -> Reply:
    """How many titles there are, and how many have been looked through."""
    titles = _titles(call)
    return Reply.json(
        {
            "is_ready": call.world.clock() >= titles.ready_at,
            "generated_count": len(titles.generated),
            "reviewed_count": len(titles.reviewed),
        }
    )


def download(call: ApiCall) -> Reply:
    """A link to the titles."""
    titles = _titles(call)
    text = io.StringIO()
    lines = {**titles.generated, **titles.reviewed}.items()
    csv.writer(text).writerows([_COLUMNS, *lines])
    name = f"titles-{call.path['ad_group_id']}.csv"
    file = File(name, text.getvalue().encode(), "text/csv")
    return Reply.json({"download_url": call.link(file)})


def begin_upload(call: ApiCall) -> Reply:
    """An address to put a changed file at."""
    titles = _titles(call)
    number = call.account.new_id()
    world = call.world
    slot = world.slots.hand_out(world.files_origin, f"titles/{number}.csv", call.account.random)
    titles.uploads[number] = slot
    said: dict[str, Any] = {"request_id": number, "upload_url": slot.url}
    return Reply.json(
        said if titles.filename is None else {**said, "existing_filename": titles.filename}
    )


def process(call: ApiCall) -> Reply:
    """Take in a file that has been put there; a line that is no good is told by its number."""
    titles = _titles(call)
    number = fields.fields(call.body)["request_id"]
    slot = titles.uploads.get(number)
    if slot is None:
        raise not_found("Upload")
    if slot.content is None:
        raise Refusal(400, 400, "Invalid request: the file has not been uploaded.")
    lines = list(csv.reader(io.StringIO(slot.content.decode("utf-8", "replace"))))[1:]
    good: dict[str, str] = {}
    errors: list[dict[str, Any]] = []
    for row, line in enumerate(lines, 1):
        fault = _fault(titles, line)
        if fault:
            errors.append({"row_number": row, "error_type": fault})
        else:
            good[line[0]] = line[1]
    now = call.world.clock()
    titles.ready_at = now + call.world.jobs.seconds
    titles.filename = f"{number}.csv"
    call.world.jobs.after(now, partial(titles.reviewed.update, good))
    return Reply.json({"status": "PROCESSING", "errors": errors})


def _fault(titles: Titles, line: list[str]) -> str:
    if len(line) != len(_COLUMNS):
        return "WRONG_COLUMN_COUNT"
    if line[0] not in titles.generated:
        return "UNKNOWN_ITEM"
    return "TITLE_TOO_LONG" if len(line[1]) > _TITLE_MAX else ""
