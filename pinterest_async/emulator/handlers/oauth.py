"""Codes and refresh tokens become access tokens, and tokens are revoked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import bad_parameter, invalid_grant, not_permitted
from pinterest_async.emulator.state.tokens import (
    ACCESS_LIFE,
    LEGACY_REFRESH_LIFE,
    REFRESH_LIFE,
    SCOPES,
    Login,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pinterest_async.emulator.state.account import Account

_HINTS = frozenset({"access_token", "refresh_token"})


def read_scopes(text: str) -> frozenset[str]:
    """The scopes in a list that is joined by commas or blanks.

    Raises:
        Refusal: 400 code 1 for none at all, or one that does not exist.
    """
    scopes = frozenset(word for word in re.split(r"[,\s]+", text) if word)
    if not scopes:
        raise bad_parameter("scope is a required property")
    if unknown := scopes - SCOPES:
        raise bad_parameter(f"scope {', '.join(sorted(unknown))} does not exist")
    return scopes


def issue_token(call: ApiCall) -> Reply:
    """An access token for a code, a refresh token, or the app itself."""
    form = fields.fields(call.body)
    grant_type = fields.required_text(form, "grant_type")
    grant = _GRANTS.get(grant_type)
    if grant is None:
        raise bad_parameter(f"grant_type {grant_type!r} is not one of {sorted(_GRANTS)}")
    return Reply.json({**grant(call, form), "response_type": grant_type})


def _for_code(call: ApiCall, form: Mapping[str, Any]) -> dict[str, Any]:
    """A code is good once: used again, it takes back what it gave."""
    app = call.world.app
    redirect_uri = fields.required_text(form, "redirect_uri")
    code = app.codes.get(fields.required_text(form, "code"))
    if code is None:
        raise invalid_grant()
    if code.used:
        if code.login is not None:
            code.login.dead = True
        raise invalid_grant()
    if code.redirect_uri != redirect_uri or call.world.clock() >= code.expires_at:
        raise invalid_grant()
    code.used = True
    rotates = not app.old or _asks_for_continuous_refresh(form)
    account = call.world.accounts[code.username]
    code.login = login = Login(account, app.allowed[code.username], rotates)
    life = REFRESH_LIFE if rotates else LEGACY_REFRESH_LIFE
    return {**_access(call, account, login.scopes, login), **_refresh(call, login, life)}


def _for_refresh_token(call: ApiCall, form: Mapping[str, Any]) -> dict[str, Any]:
    """The refresh token of an old app which did not ask for more stays what it was."""
    token = fields.required_text(form, "refresh_token")
    login = call.world.tokens.use_refresh(token, rotate=_asks_for_continuous_refresh(form))
    scopes = login.scopes
    if form.get("scope"):
        scopes = read_scopes(form["scope"])
        if not scopes <= login.scopes:
            raise bad_parameter("scope asks for more than was granted")
    answer = _access(call, login.account, scopes, login)
    return {**answer, **_refresh(call, login, REFRESH_LIFE)} if login.rotates else answer


def _for_app(call: ApiCall, form: Mapping[str, Any]) -> dict[str, Any]:
    """A token that acts for the app's owner. There is no refresh token: the app asks again."""
    scopes = read_scopes(fields.required_text(form, "scope"))
    token = call.world.tokens.issue(call.account, scopes, kind="app")
    return _told(token, scopes)


_GRANTS: dict[str, Callable[[ApiCall, Mapping[str, Any]], dict[str, Any]]] = {
    "authorization_code": _for_code,
    "refresh_token": _for_refresh_token,
    "client_credentials": _for_app,
}


def _asks_for_continuous_refresh(form: Mapping[str, Any]) -> bool:
    return str(form.get("continuous_refresh", "")).lower() == "true"


def _access(
    call: ApiCall, account: Account, scopes: frozenset[str], login: Login
) -> dict[str, Any]:
    return _told(call.world.tokens.issue(account, scopes, login=login), scopes)


def _told(token: str, scopes: Iterable[str]) -> dict[str, Any]:
    return {
        "access_token": token,
        "token_type": "bearer",
        "expires_in": int(ACCESS_LIFE),
        "scope": ",".join(sorted(scopes)),
    }


def _refresh(call: ApiCall, login: Login, life: float) -> dict[str, Any]:
    return {
        "refresh_token": call.world.tokens.issue_refresh(login, life=life),
        "refresh_token_expires_in": int(life),
        "refresh_token_expires_at": int(call.world.clock() + life),
    }


def revoke_token(call: ApiCall) -> Reply:
    """A system user's token dies; one that is unknown is dead already.

    Pinterest: token/revoke takes tokens of system users alone.
    """
    form = fields.fields(call.body)
    token = fields.required_text(form, "token")
    if form.get("token_type_hint", "access_token") not in _HINTS:
        raise bad_parameter(f"token_type_hint is not one of {sorted(_HINTS)}")
    grant = call.world.tokens.grant(token)
    if grant is not None:
        if grant.kind != "system_user":
            raise not_permitted()
        call.world.tokens.revoke(token)
    return Reply(200)


def issue_conversion_token(call: ApiCall) -> Reply:
    """A token that lives on and can do nothing but send conversions."""
    token = call.world.tokens.issue(
        call.account, {"ads:write"}, life=float("inf"), kind="conversions"
    )
    return Reply.json({"access_token": token, "token_type": "bearer"})


HANDLERS: Handlers = {
    "oauth/token": issue_token,
    "token/revoke": revoke_token,
    "oauth/conversion_token": issue_conversion_token,
}
