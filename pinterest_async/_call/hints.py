"""What to do about a refusal: the words that stand behind Pinterest's own."""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinterest_async.errors import (
    APIError,
    AppNotApproved,
    DataAccessDenied,
    LinkBlocked,
    MissingScope,
    RateLimited,
    SpamBlocked,
    TrialAccessError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinterest_async.operations import Operation

# Scopes that have a further one for what is secret.
_WITH_SECRETS: Final = frozenset({"boards:read", "boards:write", "pins:read", "pins:write"})
# How Pinterest names a feature that an app has to be approved for.
_FEATURE: Final = re.compile(r"restricted feature:?\s*([\w.-]{1,60})", re.IGNORECASE)
# Codes that refuse what belongs to somebody else, with 401 and with 403.
_NOT_FOR_THIS_ACCOUNT: Final = (7, 29)

_BY_TYPE: Final[Mapping[type[APIError], str]] = {
    TrialAccessError: (
        "try it with Pinterest(..., sandbox=True), or ask Pinterest for Standard access"
    ),
    DataAccessDenied: (
        "Pinterest has to approve the app for data of accounts that are not business ones"
    ),
    LinkBlocked: (
        "Pinterest has blocked this link: use another, or none; other Pins are not concerned"
    ),
}
_BY_CODE: Final[Mapping[tuple[int, int | None], str]] = {
    (400, 2787): "it may have been made all the same: look before you send it again",
    (403, 654): "only a business account may do this: turn this one into one at Pinterest",
    (403, 2625): "Pinterest has disapproved the merchant; only an appeal there helps",
    (403, 2626): "Pinterest still reviews the merchant: come back when that is done",
    (409, 4182): "there is no catalog yet: make one with catalogs.create",
}
_ROLE: Final = (
    "the token's user may have no role in the ad account: leave ad_account_id out, or take one "
    "that ad_accounts.list() shows"
)
_APP: Final = "check the app's id and secret"


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """A refusal and what was refused, before there is an error about it."""

    kind: type[APIError]
    """What it will be."""
    status: int
    code: int | None
    message: str
    """Pinterest's words."""
    retry_after: float | None
    """Seconds to wait, where the response says so."""
    operation: Operation
    sandbox: bool | None
    """Whether it was the sandbox host, None where the host is neither."""
    secret: bool
    """Whether what was sent speaks of something secret."""
    acts: bool
    """Whether it was sent for the owner of an ad account."""


def hint_for(refused: Refused) -> str:
    """Return what helps against a refusal; empty where nobody knows."""
    kind = refused.kind
    if known := _BY_TYPE.get(kind) or _BY_CODE.get((refused.status, refused.code)):
        return known
    if refused.status == 429:
        return _about_the_pace(refused)
    if refused.status in (401, 403) and refused.code in _NOT_FOR_THIS_ACCOUNT:
        return _about_the_account(refused)
    if refused.status == 401:
        return _about_the_token(refused)
    if refused.status == 404 and refused.acts:
        return _ROLE
    return ""


def scopes_for(operation: Operation, *, secret: bool) -> tuple[str, ...]:
    """Return the scopes that a call needs, those for what is secret included."""
    if not secret:
        return operation.scopes
    more = [f"{scope}_secret" for scope in operation.scopes if scope in _WITH_SECRETS]
    return tuple(dict.fromkeys([*operation.scopes, *more]))


def _about_the_token(refused: Refused) -> str:
    if refused.operation.basic:
        return _APP
    if refused.kind is MissingScope:
        scopes = scopes_for(refused.operation, secret=refused.secret)
        return (
            f"the operation needs {', '.join(scopes)}; authorise again with them and those in use, "
            f"for example by pinterest-async login --scope {','.join(scopes)}"
        )
    if refused.kind is AppNotApproved:
        feature = _FEATURE.search(refused.message)
        what = f"the feature {feature[1]}" if feature else "this"
        return f"the app itself is not approved for {what}; a new token does not help"
    if refused.code != 2:
        return ""
    if refused.sandbox is None:
        return "the token is missing, expired, revoked, or made for another host"
    host, other = (
        ("the sandbox", "production") if refused.sandbox else ("production", "the sandbox")
    )
    return (
        f"the token is expired or revoked: log in again (pinterest-async login); or it was made "
        f"for {other}, and this is {host}: pass sandbox={not refused.sandbox}"
    )


def _about_the_account(refused: Refused) -> str:
    operation = refused.operation
    if operation.basic:
        return _APP
    if not operation.sandbox and "sandbox" in refused.message.lower():
        return "the sandbox does not have this operation: use the production host"
    hints: list[str] = []
    scopes = [one for one in scopes_for(operation, secret=True) if one.endswith("_secret")]
    if scopes:
        hints.append(f"for what is secret the token also needs {', '.join(scopes)}")
    if refused.acts:
        hints.append(_ROLE)
    elif "{ad_account_id}" in operation.path:
        hints.append("ad_accounts.list() shows the ad accounts that the token may use")
    elif _takes_ad_account(operation.id):
        hints.append(
            "what belongs to the owner of an ad account needs ad_account_id=…, "
            "acting_as(ad_account_id=…) or --ad-account"
        )
    return "; ".join(hints)


def _about_the_pace(refused: Refused) -> str:
    if "multiple write" in refused.message.lower():
        return "another call is changing the same object: change it with one call at a time"
    wait = refused.retry_after
    back = "" if wait is None else f"come back in {math.ceil(wait)} s"
    if issubclass(refused.kind, SpamBlocked):
        stop = back or "stop for a day, as Pinterest does not say for how long"
        return f"{stop}: sending it again makes the block last"
    if refused.kind is RateLimited:
        return f"the quota is used up: {back or 'pinterest-async limits shows what is left'}"
    return ""


@functools.cache
def _takes_ad_account(operation: str) -> bool:
    from pinterest_async.operations._parameters import PARAMETERS

    return any(
        row["name"] == "ad_account_id" and row["in"] == "query"
        for row in PARAMETERS.get(operation, ())
    )
