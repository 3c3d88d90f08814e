"""The figures of product groups that are promoted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pinterest_async.emulator.handlers import ads_rows

if TYPE_CHECKING:
    from pinterest_async.emulator.http.call import Handlers

HANDLERS: Handlers = {
    "product_groups/analytics": partial(ads_rows.answer, level="PRODUCT_GROUP"),
}
