"""Where the command line keeps its logins, and how it uses them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit

from pinterest_async import ConfigurationError, Credentials, StaticToken
from pinterest_async.auth import FileTokenStore, OAuthApp, RefreshingCredentials
from pinterest_async.config import (
    PRODUCTION_URL,
    SANDBOX_URL,
    check_base_url,
    sandbox_in_environment,
)

ACCOUNT: Final = "default"
"""The name of a login that is not given one."""
REDIRECT_URI: Final = "http://127.0.0.1:8085/"
"""Where the browser comes back to, unless told otherwise: register it with the app."""


class Place(NamedTuple):
    """The API that a command works with."""

    base_url: str
    sandbox: bool

    @property
    def store(self) -> FileTokenStore:
        """Where its logins are: each host has a folder, so that none is taken for another's."""
        host = quote(urlsplit(self.base_url).netloc, safe=".")
        return FileTokenStore(_configuration() / "pinterest-async" / host)


def place(*, sandbox: bool, base_url: str | None) -> Place:
    """Return what the options say, and where they say nothing the environment.

    Raises:
        ConfigurationError: the address, or PINTEREST_SANDBOX, cannot be understood.
    """
    sandbox = sandbox or sandbox_in_environment()
    base_url = base_url or os.environ.get("PINTEREST_BASE_URL", "").strip()
    return Place(check_base_url(base_url or (SANDBOX_URL if sandbox else PRODUCTION_URL)), sandbox)


def app_of(
    where: Place, *, redirect_uri: str | None = None, continuous_refresh: bool = False
) -> OAuthApp | None:
    """Return the app in PINTEREST_APP_ID and PINTEREST_APP_SECRET, None where there is none."""
    app_id = os.environ.get("PINTEREST_APP_ID", "").strip()
    secret = os.environ.get("PINTEREST_APP_SECRET", "").strip()
    if not app_id or not secret:
        return None
    return OAuthApp(
        app_id,
        secret,
        redirect_uri,
        sandbox=where.sandbox,
        base_url=where.base_url,
        continuous_refresh=continuous_refresh,
    )


async def credentials_of(where: Place, account: str = ACCOUNT) -> Credentials | None:
    """Return the credentials of a login, None where there is none.

    Raises:
        ConfigurationError: it has expired, and the app that could renew it is not known.
        TokenStoreError: it cannot be read.
    """
    token = await where.store.load(account)
    if token is None:
        return None
    app = app_of(where)
    if app is not None and token.refresh is not None:
        return RefreshingCredentials(app, where.store, account)
    if token.expires_in == 0.0:
        advice = "log in again"
        if token.refresh is not None:
            advice = "set PINTEREST_APP_ID and PINTEREST_APP_SECRET to have it renewed"
        raise ConfigurationError(f"the login {account!r} has expired: {advice}")
    return StaticToken(token.access, account=account)


def _configuration() -> Path:
    variable = "APPDATA" if sys.platform == "win32" else "XDG_CONFIG_HOME"
    given = os.environ.get(variable)
    return Path(given) if given else Path.home() / ".config"
