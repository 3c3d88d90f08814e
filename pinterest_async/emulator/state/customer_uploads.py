"""Records that are on their way into customer lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinterest_async.emulator.state.files import Slot


@dataclass
class CustomerUpload:
    """Records on their way into a customer list."""

    number: str
    operation: str
    ad_account_id: str
    customer_list_id: str
    created: int
    parts: dict[int, Slot]
    started: float | None = None
    fails: bool = False
    records: dict[str, int] = field(default_factory=dict[str, int])
