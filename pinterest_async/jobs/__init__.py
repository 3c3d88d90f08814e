"""Whole jobs over many calls: each is one coroutine that takes a client and finishes the work.

A folder holds a job. What they share stands beside this file:

- `_journal`: the file that an interrupted run goes on from, SQLite in a thread of its own.
- `_polling`: work that Pinterest does in its own time, waited for, and its file fetched.
- `_bulk`: the same for bulk requests of ads.
- `_rows`: rows from files or from anywhere, and their keys; `_tables`: tables written as files.
- `_retry`: requests past the client, to storages and hosts of pictures.
- `_errors`: what every further call would meet as well.
- `_boards`: boards and sections by name; `_personal`: what is said of people, hashed.
- `_threads`: work in a thread that nobody leaves before it is done.
"""

from __future__ import annotations

from pinterest_async.jobs._boards import AmbiguousBoard, BoardNotFound
from pinterest_async.jobs._journal import JournalError
from pinterest_async.jobs._polling import DownloadFailed, Pace, WorkFailed
from pinterest_async.jobs.ads.columns import ReportColumn, money, report_columns
from pinterest_async.jobs.ads.export import AdsExportFailure, AdsExportReport, export_ads
from pinterest_async.jobs.ads.reading import ReportUnreadable
from pinterest_async.jobs.ads.report import AdReport, ad_report
from pinterest_async.jobs.ads.run import AdReportFailure, AdReportRun
from pinterest_async.jobs.analytics.account import account_analytics
from pinterest_async.jobs.analytics.pins import PinAnalytics, pin_analytics
from pinterest_async.jobs.analytics.report import (
    AccountAnalytics,
    AccountAnalyticsFailure,
    AccountAnalyticsRow,
    AnalyticsFailure,
    AnalyticsGap,
    AnalyticsReport,
    AnalyticsRow,
    TopPinRow,
)
from pinterest_async.jobs.audiences.report import (
    CustomerListProgress,
    CustomerListReport,
    TooManyRemovals,
)
from pinterest_async.jobs.audiences.sync import sync_customer_list
from pinterest_async.jobs.catalogs.feeds import FeedSync, sync_feed
from pinterest_async.jobs.catalogs.issue_items import IssueReport
from pinterest_async.jobs.catalogs.issues import (
    CatalogIssues,
    DistributionIssue,
    FeedIssue,
    FeedIssues,
    FeedResult,
    catalog_issues,
)
from pinterest_async.jobs.catalogs.report import (
    CatalogSync,
    CatalogWarning,
    ItemVerdict,
    TooManyDeletions,
)
from pinterest_async.jobs.catalogs.sync import sync_catalog
from pinterest_async.jobs.changes.apply import apply_changes, pause, resume
from pinterest_async.jobs.changes.report import (
    AdChange,
    AdChangesProgress,
    AdChangesReport,
    AdMoney,
)
from pinterest_async.jobs.conversions.buffer import EventBuffer
from pinterest_async.jobs.conversions.check import EventsCheck, check_events
from pinterest_async.jobs.conversions.report import EventsReport, EventState, EventVerdict
from pinterest_async.jobs.conversions.send import EventsSending, send_events
from pinterest_async.jobs.export.account import export_account
from pinterest_async.jobs.export.accounts import AccountExport, AccountsReport, export_accounts
from pinterest_async.jobs.export.report import (
    BoardResult,
    ChangeCounts,
    Changes,
    Difference,
    ExportProgress,
    ExportReport,
)
from pinterest_async.jobs.find import (
    BoardSuggestion,
    NotSupportedByPinterest,
    find_board,
    follow_board,
    suggest_boards,
    unfollow_board,
    unfollow_user,
)
from pinterest_async.jobs.images.download import download_images
from pinterest_async.jobs.images.report import ImageFailure, ImagesReport
from pinterest_async.jobs.leads.export import export_leads
from pinterest_async.jobs.leads.report import LeadsFailure, LeadsReport
from pinterest_async.jobs.leads.webhook import LeadsRefused, decrypt_leads
from pinterest_async.jobs.pins.create import create_pins
from pinterest_async.jobs.pins.pictures import BadPicture
from pinterest_async.jobs.pins.reconcile import OutcomeUnknown
from pinterest_async.jobs.pins.report import PinResult, PinsProgress, PinsReport
from pinterest_async.jobs.pins.rows import BadRow, BadRows
from pinterest_async.jobs.video.pin import VideoPin, create_video_pin
from pinterest_async.jobs.video.upload import (
    UploadFailed,
    VideoFailed,
    VideoNotReady,
    VideoProgress,
    upload_video,
    wait_for_video,
)

__all__ = [
    "AccountAnalytics",
    "AccountAnalyticsFailure",
    "AccountAnalyticsRow",
    "AccountExport",
    "AccountsReport",
    "AdChange",
    "AdChangesProgress",
    "AdChangesReport",
    "AdMoney",
    "AdReport",
    "AdReportFailure",
    "AdReportRun",
    "AdsExportFailure",
    "AdsExportReport",
    "AmbiguousBoard",
    "AnalyticsFailure",
    "AnalyticsGap",
    "AnalyticsReport",
    "AnalyticsRow",
    "BadPicture",
    "BadRow",
    "BadRows",
    "BoardNotFound",
    "BoardResult",
    "BoardSuggestion",
    "CatalogIssues",
    "CatalogSync",
    "CatalogWarning",
    "ChangeCounts",
    "Changes",
    "CustomerListProgress",
    "CustomerListReport",
    "Difference",
    "DistributionIssue",
    "DownloadFailed",
    "EventBuffer",
    "EventState",
    "EventVerdict",
    "EventsCheck",
    "EventsReport",
    "EventsSending",
    "ExportProgress",
    "ExportReport",
    "FeedIssue",
    "FeedIssues",
    "FeedResult",
    "FeedSync",
    "ImageFailure",
    "ImagesReport",
    "IssueReport",
    "ItemVerdict",
    "JournalError",
    "LeadsFailure",
    "LeadsRefused",
    "LeadsReport",
    "NotSupportedByPinterest",
    "OutcomeUnknown",
    "Pace",
    "PinAnalytics",
    "PinResult",
    "PinsProgress",
    "PinsReport",
    "ReportColumn",
    "ReportUnreadable",
    "TooManyDeletions",
    "TooManyRemovals",
    "TopPinRow",
    "UploadFailed",
    "VideoFailed",
    "VideoNotReady",
    "VideoPin",
    "VideoProgress",
    "WorkFailed",
    "account_analytics",
    "ad_report",
    "apply_changes",
    "catalog_issues",
    "check_events",
    "create_pins",
    "create_video_pin",
    "decrypt_leads",
    "download_images",
    "export_account",
    "export_accounts",
    "export_ads",
    "export_leads",
    "find_board",
    "follow_board",
    "money",
    "pause",
    "pin_analytics",
    "report_columns",
    "resume",
    "send_events",
    "suggest_boards",
    "sync_catalog",
    "sync_customer_list",
    "sync_feed",
    "unfollow_board",
    "unfollow_user",
    "upload_video",
    "wait_for_video",
]


def __dir__() -> list[str]:
    return [*__all__]
