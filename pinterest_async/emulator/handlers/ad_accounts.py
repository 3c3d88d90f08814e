"""What an ad account does as a whole: its figures, its reports, the end of a sandbox."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pinterest_async.emulator.handlers import ads_reports, ads_rows, targeting_analytics, work
from pinterest_async.emulator.http.call import Handlers, Reply

if TYPE_CHECKING:
    from pinterest_async.emulator.http.call import ApiCall


def clear_sandbox(call: ApiCall) -> Reply:
    """Delete every ad of a sandbox account."""
    ad_account_id = call.path["ad_account_id"]
    call.account.stores.clear([ad_account_id])
    return Reply.json(f"Deleted the ads of {ad_account_id}")


HANDLERS: Handlers = {
    "ad_account/analytics": partial(ads_rows.answer, level="ADVERTISER"),
    "ad_account_targeting_analytics/get": partial(targeting_analytics.figures, level="ADVERTISER"),
    "sandbox/delete": clear_sandbox,
    **work.handlers(
        work.report_kind(
            starts=("analytics/create_report", "analytics/create_template_report"),
            looks=("analytics/get_report",),
            file=ads_reports.ads_report,
            check=ads_reports.check,
            says_null=True,
        ),
        work.report_kind(
            starts=("analytics/create_conversion_product_report",),
            looks=("analytics/get_conversion_product_report",),
            file=ads_reports.ads_report,
            check=ads_reports.check_range,
            says_null=True,
        ),
        work.report_kind(
            starts=("analytics/create_mmm_report",),
            looks=("analytics/get_mmm_report",),
            file=ads_reports.mmm_report,
            check=ads_reports.check_range,
            wrapped=True,
        ),
    ),
}
