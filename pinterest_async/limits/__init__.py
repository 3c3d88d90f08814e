"""Budgets by category: how many calls Pinterest allows, and letting no more of them go.

`LocalLimits` is for one process. `RedisLimits` (extra `redis`) shares the budgets between several.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinterest_async._lazy import attributes

if TYPE_CHECKING:
    from pinterest_async.limits.limiter import LocalLimits
    from pinterest_async.limits.policy import (
        MAX_WAIT,
        Admission,
        CategoryLimit,
        Limiter,
        LimitKey,
        LimitPolicy,
    )
    from pinterest_async.limits.redis import RedisLimits

__all__ = [
    "MAX_WAIT",
    "Admission",
    "CategoryLimit",
    "LimitKey",
    "LimitPolicy",
    "Limiter",
    "LocalLimits",
    "RedisLimits",
]

_MODULES = {
    "MAX_WAIT": "policy",
    "Admission": "policy",
    "CategoryLimit": "policy",
    "LimitKey": "policy",
    "LimitPolicy": "policy",
    "Limiter": "policy",
    "LocalLimits": "limiter",
    "RedisLimits": "redis",
}

if not TYPE_CHECKING:
    # Out of sight of type checkers, which would take any name to exist.
    __getattr__ = attributes(__name__, _MODULES)


def __dir__() -> list[str]:
    return [*__all__]
