"""`pinterest-async login`, `logout` and `whoami`: whose account the other commands work with."""

from __future__ import annotations

import sys
import webbrowser
from typing import TYPE_CHECKING, Annotated, Final, cast

import msgspec
import typer

from pinterest_async import ConfigurationError
from pinterest_async.auth.login import finish_login, keep_sandbox_token, log_in
from pinterest_async.cli import logins, running

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinterest_async.auth import OAuthApp, Scope, Token
    from pinterest_async.limits import CategoryLimit

DAY: Final = 86400.0

Account = Annotated[
    str, typer.Option("--account", help="A name for the login, where there are several.")
]

# What `export` needs.
_SCOPES: Final[tuple[Scope, ...]] = (
    "boards:read",
    "boards:read_secret",
    "pins:read",
    "pins:read_secret",
    "user_accounts:read",
)


class Whoami(msgspec.Struct, kw_only=True):
    """Whose account it is, and for how long."""

    base_url: str
    username: str | None
    account_type: str | None
    login: str | None
    """The name of the login; None where the token comes from the environment."""
    scopes: tuple[str, ...]
    """Empty where they are not known."""
    tier: str
    """As the rate limits look: a hint, and no more."""
    days_left: float | None
    """Until the access token expires."""
    login_days_left: float | None
    """Until the user has to log in again, if the token is not renewed before."""


class LoggedIn(msgspec.Struct, kw_only=True):
    """A login that is kept, without its token."""

    login: str
    """Its name."""
    base_url: str
    file: str
    """Where the token is."""
    scopes: tuple[str, ...]
    days_left: float | None
    login_days_left: float | None


def login(
    *,
    account: Account = logins.ACCOUNT,
    scope: Annotated[
        list[str] | None, typer.Option(help="What to ask for; may be given several times.")
    ] = None,
    browser: Annotated[
        bool, typer.Option(help="Open a browser here, or have the address pasted.")
    ] = True,
    redirect_uri: Annotated[
        str,
        typer.Option(
            envvar="PINTEREST_REDIRECT_URI", help="Where the browser comes back to, as registered."
        ),
    ] = logins.REDIRECT_URI,
    continuous_refresh: Annotated[
        bool, typer.Option("--continuous-refresh", help="For apps made before 2025-09-25.")
    ] = False,
    sandbox: running.UseSandbox = False,
    base_url: running.BaseURL = None,
    as_json: running.AsJSON = False,
) -> None:
    """Log in and keep the token for the other commands.

    Needs PINTEREST_APP_ID and PINTEREST_APP_SECRET. With --sandbox it asks for a token from the
    app's page instead, which lives for a day.
    """

    async def work() -> int:
        where = logins.place(sandbox=sandbox, base_url=base_url)
        store = where.store
        if where.sandbox:
            pasted = _ask("sandbox token, from the app's page", hidden=True)
            token = await keep_sandbox_token(pasted, store=store, account=account)
        else:
            app = _app(where, redirect_uri, continuous_refresh=continuous_refresh)
            scopes = cast("Iterable[Scope]", scope or _SCOPES)
            if browser:
                token = await log_in(
                    app, scopes, store=store, account=account, open_browser=_open_browser
                )
            else:
                token = await _paste(app, scopes, where, account)
        if as_json:
            kept = LoggedIn(
                login=account,
                base_url=where.base_url,
                file=str(store.path(account)),
                scopes=token.scopes,
                days_left=_days(token, "expires_in"),
                login_days_left=_days(token, "refresh_expires_in"),
            )
            typer.echo(msgspec.json.encode(kept).decode())
        else:
            typer.echo(f"logged in; the token is in {store.path(account)}")
            _print_life(token.expires_in, token.refresh_expires_in)
        return 0

    running.run(work())


def logout(
    *,
    account: Account = logins.ACCOUNT,
    sandbox: running.UseSandbox = False,
    base_url: running.BaseURL = None,
    as_json: running.AsJSON = False,
) -> None:
    """Forget the token of a login.

    To take the app's access away, go to the security settings of the account at Pinterest.
    """

    async def work() -> int:
        where = logins.place(sandbox=sandbox, base_url=base_url)
        async with where.store.lock(account):
            if await where.store.load(account) is None:
                raise ConfigurationError(f"there is no login {account!r} for {where.base_url}")
            await where.store.delete(account)
        if as_json:
            gone = {"login": account, "base_url": where.base_url, "forgotten": True}
            typer.echo(msgspec.json.encode(gone).decode())
        else:
            typer.echo(f"forgot the login {account!r}")
        return 0

    running.run(work())


def whoami(
    *,
    account: Account = logins.ACCOUNT,
    sandbox: running.UseSandbox = False,
    base_url: running.BaseURL = None,
    as_json: running.AsJSON = False,
) -> None:
    """Print whose account it is, what the token may do, and for how long."""

    async def work() -> int:
        where = logins.place(sandbox=sandbox, base_url=base_url)
        async with running.connect(sandbox=sandbox, base_url=base_url, account=account) as client:
            user = await client.user_account.get()
            from_login = not running.token_in_environment()
            token = await where.store.load(account) if from_login else None
            found = Whoami(
                base_url=where.base_url,
                username=user.username,
                account_type=user.account_type,
                login=account if from_login else None,
                scopes=() if token is None else token.scopes,
                tier=_tier(client.rate_limits),
                days_left=_days(token, "expires_in"),
                login_days_left=_days(token, "refresh_expires_in"),
            )
        if as_json:
            typer.echo(msgspec.json.encode(found).decode())
        else:
            _print(found)
        return 0

    running.run(work())


def _app(where: logins.Place, redirect_uri: str, *, continuous_refresh: bool) -> OAuthApp:
    app = logins.app_of(where, redirect_uri=redirect_uri, continuous_refresh=continuous_refresh)
    if app is None:
        raise ConfigurationError(
            "set PINTEREST_APP_ID and PINTEREST_APP_SECRET to those of the app; both are on its "
            "page at developers.pinterest.com"
        )
    return app


async def _paste(
    app: OAuthApp, scopes: Iterable[Scope], where: logins.Place, account: str
) -> Token:
    url = app.authorize_url(scopes)
    typer.echo(f"Open this address in any browser, and log in:\n\n{url}\n", err=True)
    typer.echo("It ends at a page that may not load: its address is what is needed.", err=True)
    address = _ask("address")
    return await finish_login(app, address, state=url.state, store=where.store, account=account)


def _open_browser(url: str) -> None:
    typer.echo(f"Log in at this address, if no browser opens by itself:\n\n{url}\n", err=True)
    typer.echo("On a machine without a browser, use --no-browser.", err=True)
    webbrowser.open(url)


def _ask(question: str, *, hidden: bool = False) -> str:
    if sys.stdin.isatty():
        answer: str = typer.prompt(question, hide_input=hidden, err=True)
        return answer
    return sys.stdin.readline()


def _tier(rows: list[CategoryLimit]) -> str:
    """Trial apps have a budget for the day, all others one for the minute."""
    windows = [window for row in rows for window in row.windows]
    if not windows:
        return "unknown"
    return "trial" if any(window.seconds >= DAY for window in windows) else "standard"


def _days(token: Token | None, name: str) -> float | None:
    seconds = None if token is None else getattr(token, name)
    return None if seconds is None else round(seconds / DAY, 1)


def _print(found: Whoami) -> None:
    lines = (
        ("account", found.username or "unknown"),
        ("type", found.account_type or "unknown"),
        ("API", found.base_url),
        ("login", found.login or "PINTEREST_ACCESS_TOKEN"),
        ("scopes", ", ".join(found.scopes) or "unknown"),
        ("tier", f"{found.tier}, as the rate limits look"),
    )
    for name, text in lines:
        typer.echo(f"{name:<8} {text}")
    days, login_days = found.days_left, found.login_days_left
    _print_life(
        None if days is None else days * DAY, None if login_days is None else login_days * DAY
    )


def _print_life(access: float | None, refresh: float | None) -> None:
    if access is not None:
        typer.echo(f"the access token expires in {access / DAY:.1f} days")
    if refresh is not None:
        typer.echo(f"the login lasts {refresh / DAY:.1f} days from its last renewal")
