"""Pinterest's REST API v5 for asyncio.

Start with `Pinterest`; the objects of the API are in `pinterest_async.models`. Each name is loaded
when it is first used, so importing the package costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinterest_async._lazy import attributes

if TYPE_CHECKING:
    from pinterest_async._call.decoding import Rejected
    from pinterest_async._gather import Outcome, gather
    from pinterest_async._mixins import Picture, to_datetime
    from pinterest_async._model import Model
    from pinterest_async._rows import to_rows
    from pinterest_async._version import __version__
    from pinterest_async.auth import App, ConversionToken, Credentials, StaticToken
    from pinterest_async.auth.stores import TokenStoreError
    from pinterest_async.client import Pinterest
    from pinterest_async.config import RequestOptions, RetryPolicy, Timeouts
    from pinterest_async.errors import (
        APIError,
        AppNotApproved,
        AuthenticationFailed,
        BadRequest,
        ClientClosed,
        ConfigurationError,
        Conflict,
        ConnectionFailed,
        DataAccessDenied,
        DeadlineExceeded,
        DecodeError,
        Failure,
        IneligibleProductTag,
        IneligibleProductTags,
        InvalidGrant,
        InvalidRequest,
        ItemsFailed,
        LinkBlocked,
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
        ResponseTooLarge,
        ServerError,
        SpamBlocked,
        TrialAccessError,
        UnprocessableRequest,
    )
    from pinterest_async.hooks import (
        CallEnded,
        CallStarted,
        Hooks,
        LimitWaited,
        ReauthorizationNeeded,
        Repair,
        RequestFailed,
        RequestStarting,
        ResponseReceived,
        ResponseRepaired,
        Retrying,
        TokenRefreshed,
        UnknownMembers,
    )
    from pinterest_async.limits import CategoryLimit, LocalLimits, RedisLimits
    from pinterest_async.limits.headers import RateLimit, Window
    from pinterest_async.operations import OPERATIONS, Operation
    from pinterest_async.paging import Page, Pager


__all__ = [
    "OPERATIONS",
    "APIError",
    "App",
    "AppNotApproved",
    "AuthenticationFailed",
    "BadRequest",
    "CallEnded",
    "CallStarted",
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
    "Failure",
    "Hooks",
    "IneligibleProductTag",
    "IneligibleProductTags",
    "InvalidGrant",
    "InvalidRequest",
    "ItemsFailed",
    "LimitWaited",
    "LinkBlocked",
    "LocalLimits",
    "LoginFailed",
    "MissingScope",
    "Model",
    "NotFound",
    "Operation",
    "Outcome",
    "Page",
    "Pager",
    "PagingError",
    "PermissionDenied",
    "Picture",
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
    "RequestFailed",
    "RequestOptions",
    "RequestStarting",
    "RequestTimeout",
    "ResponseReceived",
    "ResponseRepaired",
    "ResponseTooLarge",
    "RetryPolicy",
    "Retrying",
    "ServerError",
    "SpamBlocked",
    "StaticToken",
    "Timeouts",
    "TokenRefreshed",
    "TokenStoreError",
    "TrialAccessError",
    "UnknownMembers",
    "UnprocessableRequest",
    "Window",
    "__version__",
    "gather",
    "to_datetime",
    "to_rows",
]

_MODULES = {
    "OPERATIONS": "operations",
    "APIError": "errors",
    "CallEnded": "hooks",
    "CallStarted": "hooks",
    "RequestFailed": "hooks",
    "ResponseReceived": "hooks",
    "ResponseRepaired": "hooks",
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
    "Failure": "errors",
    "Hooks": "hooks",
    "IneligibleProductTag": "errors",
    "IneligibleProductTags": "errors",
    "InvalidGrant": "errors",
    "InvalidRequest": "errors",
    "ItemsFailed": "errors",
    "LimitWaited": "hooks",
    "LocalLimits": "limits",
    "LinkBlocked": "errors",
    "LoginFailed": "errors",
    "AppNotApproved": "errors",
    "MissingScope": "errors",
    "Model": "_model",
    "NotFound": "errors",
    "Operation": "operations",
    "Outcome": "_gather",
    "Page": "paging",
    "Pager": "paging",
    "PagingError": "errors",
    "PermissionDenied": "errors",
    "Picture": "_mixins",
    "Pinterest": "client",
    "PinterestError": "errors",
    "RateLimit": "limits.headers",
    "RateLimitTooLong": "errors",
    "RateLimited": "errors",
    "ReauthorizationNeeded": "hooks",
    "ReauthorizationRequired": "errors",
    "RedisLimits": "limits",
    "Rejected": "_call.decoding",
    "Repair": "hooks",
    "RequestOptions": "config",
    "RequestStarting": "hooks",
    "RequestTimeout": "errors",
    "ResponseTooLarge": "errors",
    "RetryPolicy": "config",
    "Retrying": "hooks",
    "ServerError": "errors",
    "SpamBlocked": "errors",
    "StaticToken": "auth",
    "Timeouts": "config",
    "TokenRefreshed": "hooks",
    "TokenStoreError": "auth.stores",
    "TrialAccessError": "errors",
    "UnknownMembers": "hooks",
    "UnprocessableRequest": "errors",
    "Window": "limits.headers",
    "__version__": "_version",
    "gather": "_gather",
    "to_datetime": "_mixins",
    "to_rows": "_rows",
}

_ROOMS = (
    "auth", "config", "emulator", "errors", "hooks", "jobs", "limits", "models", "operations",
    "paging", "public", "testing",
)  # fmt: skip

if not TYPE_CHECKING:
    # Out of sight of type checkers, which would take any name to exist.
    __getattr__ = attributes(__name__, _MODULES)


def __dir__() -> list[str]:
    # With those of the public modules that are loaded.
    return sorted({*__all__, *(name for name in _ROOMS if name in globals())})
