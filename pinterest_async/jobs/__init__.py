"""Whole jobs over many calls: each is one coroutine that takes a client and finishes the work."""

from __future__ import annotations

from pinterest_async.jobs.analytics import PinAnalytics, pin_analytics
from pinterest_async.jobs.analytics_report import (
    AnalyticsFailure,
    AnalyticsGap,
    AnalyticsReport,
    AnalyticsRow,
)
from pinterest_async.jobs.board_refs import AmbiguousBoard, BoardNotFound
from pinterest_async.jobs.create_pins import create_pins
from pinterest_async.jobs.export import export_account
from pinterest_async.jobs.export_report import (
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
from pinterest_async.jobs.images import download_images
from pinterest_async.jobs.images_report import ImageFailure, ImagesReport
from pinterest_async.jobs.pictures import BadPicture
from pinterest_async.jobs.pin_journal import JournalError
from pinterest_async.jobs.pin_report import PinResult, PinsProgress, PinsReport
from pinterest_async.jobs.pin_rows import BadRow, BadRows
from pinterest_async.jobs.reconcile import OutcomeUnknown
from pinterest_async.jobs.video import (
    UploadFailed,
    VideoFailed,
    VideoNotReady,
    VideoProgress,
    upload_video,
    wait_for_video,
)
from pinterest_async.jobs.video_pin import VideoPin, create_video_pin

__all__ = [
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
    "ChangeCounts",
    "Changes",
    "Difference",
    "ExportProgress",
    "ExportReport",
    "ImageFailure",
    "ImagesReport",
    "JournalError",
    "NotSupportedByPinterest",
    "OutcomeUnknown",
    "PinAnalytics",
    "PinResult",
    "PinsProgress",
    "PinsReport",
    "UploadFailed",
    "VideoFailed",
    "VideoNotReady",
    "VideoPin",
    "VideoProgress",
    "create_pins",
    "create_video_pin",
    "download_images",
    "export_account",
    "find_board",
    "follow_board",
    "pin_analytics",
    "suggest_boards",
    "unfollow_board",
    "unfollow_user",
    "upload_video",
    "wait_for_video",
]
