"""The figures of product groups that are promoted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pinterest_async.emulator.handlers import ads_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinterest_async.emulator.http.call import ApiCall, Reply

HANDLERS: Mapping[str, Callable[[ApiCall], Reply]] = {
    "product_groups/analytics": partial(ads_rows.answer, level="PRODUCT_GROUP"),
}
