"""Whole jobs over many calls: each is one coroutine that takes a client and finishes the work."""

from __future__ import annotations

from pinterest_async.jobs.export import export_account
from pinterest_async.jobs.export_report import (
    BoardResult,
    Difference,
    ExportProgress,
    ExportReport,
)

__all__ = ["BoardResult", "Difference", "ExportProgress", "ExportReport", "export_account"]
