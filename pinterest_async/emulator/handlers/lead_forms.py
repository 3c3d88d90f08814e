"""The test of a lead form."""

from __future__ import annotations

from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.state.leads import Lead


def try_lead_form(call: ApiCall) -> Reply:
    """Answer a lead form for a test, as many answers as it has questions; exports have them."""
    ad_account_id, form = call.path["ad_account_id"], call.path["lead_form_id"]
    answers = fields.fields(call.body)["answers"]
    now = call.world.now()
    tests = call.account.advertising.test_leads.setdefault((ad_account_id, form), [])
    tests.append(Lead(call.account.new_id(), now, answers))
    subscriptions = call.account.stores.store("subscriptions", ad_account_id)
    told = next((one["id"] for one in subscriptions if one.get("lead_form_id") == form), None)
    return Reply.json({} if told is None else {"subscription_id": told})


HANDLERS: Handlers = {
    "lead_form_test/create": try_lead_form,
}
