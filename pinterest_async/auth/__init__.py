"""Who a call acts for: tokens, where they come from, and where they are kept.

app = OAuthApp(app_id, app_secret, "https://example.com/callback")
url = app.authorize_url(["boards:read", "pins:read"])    # send the user there, keep url.state
code = app.read_redirect(address, state=state)           # where Pinterest sent them back to
await store.save("alice", await app.exchange(code))
pinterest = client.for_account(RefreshingCredentials(app, store, "alice"))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinterest_async._lazy import attributes
from pinterest_async.auth.app import App
from pinterest_async.auth.credentials import ConversionToken, Credentials, StaticToken

if TYPE_CHECKING:
    from pinterest_async.auth.client_credentials import ClientCredentials
    from pinterest_async.auth.login import log_in
    from pinterest_async.auth.oauth import AuthorizeURL, OAuthApp
    from pinterest_async.auth.refreshing import RefreshingCredentials
    from pinterest_async.auth.scopes import ALL_SCOPES, Scope, scopes_for
    from pinterest_async.auth.stores import TokenStore
    from pinterest_async.auth.stores.file import FileTokenStore
    from pinterest_async.auth.stores.keyring import KeyringTokenStore
    from pinterest_async.auth.stores.memory import MemoryTokenStore
    from pinterest_async.auth.stores.redis import RedisTokenStore
    from pinterest_async.auth.token import Environment, Token

__all__ = [
    "ALL_SCOPES",
    "App",
    "AuthorizeURL",
    "ClientCredentials",
    "ConversionToken",
    "Credentials",
    "Environment",
    "FileTokenStore",
    "KeyringTokenStore",
    "MemoryTokenStore",
    "OAuthApp",
    "RedisTokenStore",
    "RefreshingCredentials",
    "Scope",
    "StaticToken",
    "Token",
    "TokenStore",
    "log_in",
    "scopes_for",
]

_MODULES = {
    "ALL_SCOPES": "scopes",
    "AuthorizeURL": "oauth",
    "ClientCredentials": "client_credentials",
    "Environment": "token",
    "FileTokenStore": "stores.file",
    "KeyringTokenStore": "stores.keyring",
    "MemoryTokenStore": "stores.memory",
    "OAuthApp": "oauth",
    "RedisTokenStore": "stores.redis",
    "RefreshingCredentials": "refreshing",
    "Scope": "scopes",
    "Token": "token",
    "TokenStore": "stores",
    "log_in": "login",
    "scopes_for": "scopes",
}

if not TYPE_CHECKING:
    # Out of sight of type checkers, which would take any name to exist.
    __getattr__ = attributes(__name__, _MODULES)


def __dir__() -> list[str]:
    return [*__all__]
