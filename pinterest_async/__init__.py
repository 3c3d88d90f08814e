"""Pinterest's REST API v5 for asyncio.

Start with `Pinterest`; the objects of the API are in `pinterest_async.models`. Each name is loaded
when it is first used, so importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinterest_async.auth import App, ConversionToken, Credentials, StaticToken
    from pinterest_async.client import Pinterest
    from pinterest_async.config import RequestOptions, RetryPolicy, Timeouts
    from pinterest_async.decoding import Rejected
    from pinterest_async.errors import (
        APIError,
        AuthenticationFailed,
        BadRequest,
        ClientClosed,
        ConfigurationError,
        Conflict,
        ConnectionFailed,
        DataAccessDenied,
        DeadlineExceeded,
        DecodeError,
        InvalidGrant,
        InvalidRequest,
        LoginFailed,
        MissingScope,
        NotFound,
        PagingError,
        PermissionDenied,
        PinterestError,
        RateLimited,
        RateLimitTooLong,
        ReauthorizationRequired,
        RequestTimeout,
        ServerError,
        SpamBlocked,
        TokenStoreError,
        TrialAccessError,
        UnprocessableRequest,
    )
    from pinterest_async.gathering import Outcome, gather
    from pinterest_async.hooks import (
        AnswerReceived,
        AnswerRepaired,
        Hooks,
        LimitWaited,
        ReauthorizationNeeded,
        Repair,
        RequestStarting,
        Retrying,
        TokenRefreshed,
    )
    from pinterest_async.limits import CategoryLimit, LocalLimits, RedisLimits
    from pinterest_async.operations import OPERATIONS, Operation
    from pinterest_async.paging import Page, Pager
    from pinterest_async.rate_limit import RateLimit, Window

__version__ = "0.1.0"

__all__ = [
    "OPERATIONS",
    "APIError",
    "AnswerReceived",
    "AnswerRepaired",
    "App",
    "AuthenticationFailed",
    "BadRequest",
    "CategoryLimit",
    "ClientClosed",
    "ConfigurationError",
    "Conflict",
    "ConnectionFailed",
    "ConversionToken",
    "Credentials",
    "DataAccessDenied",
    "DeadlineExceeded",
    "DecodeError",
    "Hooks",
    "InvalidGrant",
    "InvalidRequest",
    "LimitWaited",
    "LocalLimits",
    "LoginFailed",
    "MissingScope",
    "NotFound",
    "Operation",
    "Outcome",
    "Page",
    "Pager",
    "PagingError",
    "PermissionDenied",
    "Pinterest",
    "PinterestError",
    "RateLimit",
    "RateLimitTooLong",
    "RateLimited",
    "ReauthorizationNeeded",
    "ReauthorizationRequired",
    "RedisLimits",
    "Rejected",
    "Repair",
    "RequestOptions",
    "RequestStarting",
    "RequestTimeout",
    "RetryPolicy",
    "Retrying",
    "ServerError",
    "SpamBlocked",
    "StaticToken",
    "Timeouts",
    "TokenRefreshed",
    "TokenStoreError",
    "TrialAccessError",
    "UnprocessableRequest",
    "Window",
    "__version__",
    "gather",
]

_MODULES = {
    "OPERATIONS": "operations",
    "APIError": "errors",
    "AnswerReceived": "hooks",
    "AnswerRepaired": "hooks",
    "App": "auth",
    "AuthenticationFailed": "errors",
    "BadRequest": "errors",
    "CategoryLimit": "limits",
    "ClientClosed": "errors",
    "ConfigurationError": "errors",
    "Conflict": "errors",
    "ConnectionFailed": "errors",
    "ConversionToken": "auth",
    "Credentials": "auth",
    "DataAccessDenied": "errors",
    "DeadlineExceeded": "errors",
    "DecodeError": "errors",
    "Hooks": "hooks",
    "InvalidGrant": "errors",
    "InvalidRequest": "errors",
    "LimitWaited": "hooks",
    "LocalLimits": "limits",
    "LoginFailed": "errors",
    "MissingScope": "errors",
    "NotFound": "errors",
    "Operation": "operations",
    "Outcome": "gathering",
    "Page": "paging",
    "Pager": "paging",
    "PagingError": "errors",
    "PermissionDenied": "errors",
    "Pinterest": "client",
    "PinterestError": "errors",
    "RateLimit": "rate_limit",
    "RateLimitTooLong": "errors",
    "RateLimited": "errors",
    "ReauthorizationNeeded": "hooks",
    "ReauthorizationRequired": "errors",
    "RedisLimits": "limits",
    "Rejected": "decoding",
    "Repair": "hooks",
    "RequestOptions": "config",
    "RequestStarting": "hooks",
    "RequestTimeout": "errors",
    "RetryPolicy": "config",
    "Retrying": "hooks",
    "ServerError": "errors",
    "SpamBlocked": "errors",
    "StaticToken": "auth",
    "Timeouts": "config",
    "TokenRefreshed": "hooks",
    "TokenStoreError": "errors",
    "TrialAccessError": "errors",
    "UnprocessableRequest": "errors",
    "Window": "rate_limit",
    "gather": "gathering",
}

if not TYPE_CHECKING:
    # Out of sight of type checkers, which would take any name to exist.
    def __getattr__(name: str) -> object:
        module = _MODULES.get(name)
        if module is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{module}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
