"""The people who filled in the forms of ads, in a file."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.handlers import work
from pinterest_async.emulator.handlers.work import WorkKind
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import Refusal
from pinterest_async.emulator.state.leads import KEPT, leads_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pinterest_async.emulator.http.call import ApiCall, Handlers
    from pinterest_async.emulator.state.files import File
    from pinterest_async.emulator.state.leads import Lead
    from pinterest_async.emulator.state.work import Job


def _check(call: ApiCall) -> None:
    body = fields.fields(call.body)
    begin, end = fields.days(body)
    if end < begin:
        raise Refusal(400, 400, "end_date is before start_date.")
    if call.account.stores.store("ads", call.path["ad_account_id"]).get(body["ad_id"]) is None:
        raise Refusal(400, 400, "The ad does not belong to this ad account.")


def _file(call: ApiCall, job: Job) -> File:
    """A table of those who filled in the form of an ad on some days, those of tests among them.

    What the real table's columns are called is not published.
    """
    ad_id = job.asked["ad_id"]
    stores, account_id = call.account.stores, job.ad_account_id
    form_id = str((stores.store("ads", account_id).get(ad_id) or {}).get("lead_form_id"))
    form = stores.store("lead_forms", account_id).get(form_id) or {}
    questions: list[dict[str, Any]] = form.get("questions") or []
    names = [
        str(one.get("custom_question_label") or one["question_type"]).lower() for one in questions
    ]
    lines = [
        {
            "lead_id": one.lead_id,
            "created_time": int(one.created.timestamp()),
            "ad_id": ad_id,
            "lead_form_id": form_id,
            **dict(zip(names, one.answers, strict=False)),
        }
        for one in _leads(call, job, form_id, questions)
    ]
    return work.table(job, ["lead_id", "created_time", "ad_id", "lead_form_id", *names], lines)


def _leads(
    call: ApiCall, job: Job, form_id: str, questions: Sequence[Mapping[str, Any]]
) -> Iterator[Lead]:
    """The leads of an ad, from the days that are asked for and not yet too long ago."""
    now = call.world.now()
    begin, end = fields.days(job.asked)
    day = max(begin, (now - KEPT).date())
    tests = call.account.advertising.test_leads.get((job.ad_account_id, form_id), ())
    while questions and day <= min(end, now.date()):
        came = list(leads_of(job.asked["ad_id"], day, questions))
        came += [one for one in tests if one.created.date() == day]
        yield from (one for one in came if now - KEPT <= one.created <= now)
        day += dt.timedelta(1)


HANDLERS: Handlers = work.handlers(
    WorkKind(
        starts=("leads_export/create",),
        looks=("leads_export/get",),
        name="leads_export_id",
        status="export_status",
        words=work.REPORT,
        url="download_url",
        file=_file,
        check=_check,
        unknown=(404, 404, "Leads export not found."),
        says_state=False,
    )
)
