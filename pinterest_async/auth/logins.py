"""Where the command line keeps its logins, and how it and programs use them."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote, urlsplit

from pinterest_async.auth.credentials import Credentials, StaticToken
from pinterest_async.auth.oauth import OAuthApp
from pinterest_async.auth.refreshing import RefreshingCredentials
from pinterest_async.auth.stores import check_account
from pinterest_async.auth.stores.file import FileTokenStore
from pinterest_async.config import (
    PRODUCTION_URL,
    SANDBOX_URL,
    check_base_url,
    sandbox_in_environment,
)
from pinterest_async.errors import ConfigurationError
from pinterest_async.limits import LocalLimits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinterest_async.auth.app import App
    from pinterest_async.auth.scopes import Scope
    from pinterest_async.auth.stores import TokenStore

ACCOUNT: Final = "default"
"""The name of a login that is not given one."""
SCOPES: Final[tuple[Scope, ...]] = (
    "boards:read",
    "boards:read_secret",
    "boards:write",
    "boards:write_secret",
    "pins:read",
    "pins:read_secret",
    "pins:write",
    "pins:write_secret",
    "user_accounts:read",
)
"""What the commands need together."""


def place(*, sandbox: bool | None = None, base_url: str | None = None) -> LoginPlace:
    """Return what is asked for, and where nothing is, what the environment says.

    Raises:
        ConfigurationError: the address, or PINTEREST_SANDBOX, cannot be understood.
    """
    if sandbox is None:
        sandbox = sandbox_in_environment()
    base_url = base_url or os.environ.get("PINTEREST_BASE_URL", "").strip()
    base_url = base_url or (SANDBOX_URL if sandbox else PRODUCTION_URL)
    return LoginPlace(check_base_url(base_url), sandbox)


def name_of(account: str | None) -> str:
    """Return the name of a login: the given one, or PINTEREST_ACCOUNT, or `default`."""
    return account or os.environ.get("PINTEREST_ACCOUNT", "").strip() or ACCOUNT


def command_for(account: str, scopes: Iterable[str] = (), *, sandbox: bool = False) -> str:
    """Return the command that makes a login of this name, with these scopes as well."""
    named = "" if account == ACCOUNT else f" --account {shlex.quote(account)}"
    if sandbox:
        named += " --sandbox"
    if not set(scopes) <= set(SCOPES):
        named += f" --scope {','.join(sorted({*SCOPES, *scopes}))}"
    return f"pinterest-async login{named}"


def app_of(
    where: LoginPlace, *, redirect_uri: str | None = None, continuous_refresh: bool = False
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


class KeptLogin(Credentials):
    """The credentials of a login that was kept: read when they are first asked for a token.

    With PINTEREST_APP_ID and PINTEREST_APP_SECRET its token is renewed ahead of time; without them
    it is used until it expires.

    Args:
        where: the API that the login is for.
        account: its name.
        store: where it is kept; by default where the command line keeps it.

    Raises:
        ConfigurationError: `account` is empty.
    """

    __slots__ = ("_credentials", "_store", "_where", "account", "app")

    def __init__(self, where: LoginPlace, account: str, store: TokenStore | None = None) -> None:
        check_account(account)
        self.account: str = account
        self.app: App | None = app_of(where)
        self._where = where
        self._store: TokenStore = where.store if store is None else store
        self._credentials: Credentials | None = None

    def valid_token(self) -> str | None:
        """Return the token if nothing has to be waited for."""
        return None if self._credentials is None else self._credentials.valid_token()

    async def token(self) -> str:
        """Return the access token, renewed where that is due.

        Raises:
            ConfigurationError: there is no such login, or it has expired, and the app that could
                renew it is not known.
            TokenStoreError: it cannot be read.
            PinterestError: as `RefreshingCredentials.token` does.
        """
        return await (await self.opened()).token()

    async def rejected(self, token: str) -> bool:
        """Renew the token that Pinterest refused, where that can be done."""
        return await (await self.opened()).rejected(token)

    async def opened(self) -> Credentials:
        """Return the credentials of the kept token, read once.

        Raises:
            ConfigurationError: as `token` does.
            TokenStoreError: it cannot be read.
        """
        if self._credentials is None:
            self._credentials = await self._open()
        return self._credentials

    async def _open(self) -> Credentials:
        token = await self._store.load(self.account)
        if token is None:
            raise ConfigurationError(no_login(self._where, self.account))
        app = app_of(self._where)
        if app is not None and token.refresh is not None:
            return RefreshingCredentials(app, self._store, self.account)
        if token.expires_in == 0.0:
            advice = f"run `{command_for(self.account, sandbox=self._where.sandbox)}`"
            if token.refresh is not None:
                advice = "set PINTEREST_APP_ID and PINTEREST_APP_SECRET to have it renewed"
            raise ConfigurationError(f"the login {self.account!r} has expired: {advice}")
        return StaticToken(token.access, account=self.account)

    def __repr__(self) -> str:
        return f"<KeptLogin {self.account!r} for {self._where.base_url}>"


def no_login(where: LoginPlace, account: str) -> str:
    """Return the sentence for a login that does not exist."""
    command = command_for(account, sandbox=where.sandbox)
    return (
        f"there is no login {account!r} for {where.base_url}: run `{command}`, or set "
        "PINTEREST_ACCESS_TOKEN"
    )


def _folder() -> Path:
    """Return where logins are kept: where programs of this system have their settings.

    Those of earlier versions stay where they are: on macOS that was as on Linux, and on Windows
    among the settings that follow their owner to other machines.

    Raises:
        ConfigurationError: the extra `cli` is missing, which knows the place.
    """
    try:
        from platformdirs import user_config_path
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            "to find the logins of `pinterest-async login` takes its extra: "
            "pip install 'pinterest-async[cli]'; or set PINTEREST_ACCESS_TOKEN"
        ) from error
    folder = user_config_path("pinterest-async", appauthor=False)
    old = _old_folder()
    return old if old.exists() and not folder.exists() else folder


def _old_folder() -> Path:
    given = os.environ.get("APPDATA" if sys.platform == "win32" else "XDG_CONFIG_HOME")
    return (Path(given) if given else Path.home() / ".config") / "pinterest-async"


class LoginPlace(NamedTuple):
    """The API that a command works with."""

    base_url: str
    sandbox: bool

    @property
    def store(self) -> FileTokenStore:
        """Where its logins are: each host has a folder, so that none is taken for another's."""
        host = quote(urlsplit(self.base_url).netloc, safe=".")
        return FileTokenStore(_folder() / host)

    @property
    def limits(self) -> LocalLimits:
        """The limiter of its commands, which goes on from where the last command left it."""
        host = quote(urlsplit(self.base_url).netloc, safe=".")
        return LocalLimits(state=_folder() / host / "limits" / "state")
