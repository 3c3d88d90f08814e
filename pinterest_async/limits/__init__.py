"""Budgets by category: how many calls Pinterest allows, and letting no more of them go.

`LocalLimits` is for one process. `RedisLimits` (extra `redis`) shares the budgets between several.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinterest_async.limits.local import LocalLimits
from pinterest_async.limits.policy import (
    MAX_WAIT,
    Admission,
    CategoryLimit,
    Limiter,
    LimitKey,
    LimitPolicy,
    fingerprint,
)

if TYPE_CHECKING:
    from pinterest_async.limits.shared import RedisLimits

__all__ = [
    "MAX_WAIT",
    "Admission",
    "CategoryLimit",
    "LimitKey",
    "LimitPolicy",
    "Limiter",
    "LocalLimits",
    "RedisLimits",
    "fingerprint",
]


def __getattr__(name: str) -> Any:
    if name == "RedisLimits":
        try:
            from pinterest_async.limits.shared import RedisLimits
        except ModuleNotFoundError as error:
            if error.name != "redis":
                raise
            hint = "RedisLimits needs redis: pip install 'pinterest-async[redis]'"
            raise ImportError(hint) from error
        return RedisLimits
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
