"""`pinterest-async login`, `logout` and `whoami`: whose account the other commands work with."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated
from urllib.parse import parse_qs, urlsplit

import typer

from pinterest_async.auth.scopes import ALL_SCOPES, check_scopes
from pinterest_async.cli import output, running
from pinterest_async.cli.limits import DAY, tier_of
from pinterest_async.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinterest_async.auth import OAuthApp, Scope, Token
    from pinterest_async.auth.logins import LoginPlace


@dataclass(frozen=True, kw_only=True)
class Whoami:
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


@dataclass(frozen=True, kw_only=True)
class LoggedIn:
    """A login that is kept, without its token."""

    login: str
    """Its name."""
    base_url: str
    file: str
    """Where the token is."""
    scopes: tuple[str, ...]
    days_left: float | None
    login_days_left: float | None


def _complete_scope(incomplete: str) -> list[str]:
    before, comma, word = incomplete.rpartition(",")
    return [f"{before}{comma}{scope}" for scope in ALL_SCOPES if scope.startswith(word)]


async def login(
    *,
    options: running.LoginOptions,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="What to ask for, instead of what the commands need: with commas, spaces, or "
            f"given several times. There are {', '.join(ALL_SCOPES)}.",
            autocompletion=_complete_scope,
        ),
    ] = None,
    browser: Annotated[
        bool, typer.Option(help="Open a browser here, or have the address pasted.")
    ] = True,
    redirect_uri: Annotated[
        str,
        typer.Option(
            envvar="PINTEREST_REDIRECT_URI", help="Where the browser comes back to, as registered."
        ),
    ] = "http://127.0.0.1:8085/",
    continuous_refresh: Annotated[
        bool, typer.Option("--continuous-refresh", help="For apps made before 2025-09-25.")
    ] = False,
    as_json: running.AsJSON = False,
) -> int:
    """Log in and keep the token for the other commands.

    Needs PINTEREST_APP_ID and PINTEREST_APP_SECRET. With --sandbox it asks for a token from the
    app's page instead, which lives for a day.
    """
    from pinterest_async.auth import logins
    from pinterest_async.auth.login import keep_sandbox_token, log_in

    where, account = options.place, options.login
    store = where.store
    if where.sandbox:
        pasted = _ask("sandbox token, from the app's page", hidden=True).strip()
        if not pasted:
            raise ConfigurationError(_nothing_came("token", "the app's page shows one"))
        token = await keep_sandbox_token(pasted, store=store, account=account)
    else:
        app = _app(where, redirect_uri, continuous_refresh=continuous_refresh)
        scopes = check_scopes(_scopes(scope) or logins.SCOPES)
        output.say(f"asks to allow: {', '.join(scopes)}", err=True)
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
            days_left=days_left(token, "expires_in"),
            login_days_left=days_left(token, "refresh_expires_in"),
        )
        output.say_json(kept)
    else:
        output.say(f"logged in; the token is in {store.path(account)}")
        _print_life(token.expires_in, token.refresh_expires_in)
    return 0


async def logout(
    *,
    options: running.LoginOptions,
    as_json: running.AsJSON = False,
) -> int:
    """Forget the token of a login.

    To take the app's access away, go to the security settings of the account at Pinterest.
    """
    where, account = options.place, options.login
    async with where.store.lock(account):
        if await where.store.load(account) is None:
            raise ConfigurationError(f"there is no login {account!r} for {where.base_url}")
        await where.store.delete(account)
    if as_json:
        gone = {"login": account, "base_url": where.base_url, "forgotten": True}
        output.say_json(gone)
    else:
        output.say(f"forgot the login {account!r}")
    return 0


async def whoami(
    *,
    options: running.LoginOptions,
    as_json: running.AsJSON = False,
) -> int:
    """Print whose account it is, what the token may do, and for how long."""
    where, account = options.place, options.login
    async with options.client() as client:
        user = await client.user_account.get()
        from_login = options.takes_login
        token = await where.store.load(account) if from_login else None
        found = Whoami(
            base_url=where.base_url,
            username=user.username,
            account_type=user.account_type,
            login=account if from_login else None,
            scopes=() if token is None else token.scopes,
            tier=tier_of(client.rate_limits),
            days_left=days_left(token, "expires_in"),
            login_days_left=days_left(token, "refresh_expires_in"),
        )
    if as_json:
        output.say_json(found)
    else:
        _print(found)
    return 0


def _scopes(given: list[str] | None) -> list[str]:
    return [scope for text in given or () for scope in re.split(r"[,\s]+", text) if scope]


def _app(where: LoginPlace, redirect_uri: str, *, continuous_refresh: bool) -> OAuthApp:
    from pinterest_async.auth import logins

    app = logins.app_of(where, redirect_uri=redirect_uri, continuous_refresh=continuous_refresh)
    if app is None:
        raise ConfigurationError(
            "set PINTEREST_APP_ID and PINTEREST_APP_SECRET to those of the app; both are on its "
            "page at developers.pinterest.com"
        )
    return app


async def _paste(app: OAuthApp, scopes: Iterable[Scope], where: LoginPlace, account: str) -> Token:
    from pinterest_async.auth.login import finish_login

    url = app.authorize_url(scopes)
    output.say(
        "Open this address in any browser, and log in:",
        "",
        str(url),
        "",
        "It ends at a page that may not load: its address is what is needed.",
        err=True,
    )
    address = _ask("address").strip()
    if not address:
        raise ConfigurationError(
            _nothing_came("address", "paste the one that the browser ended at")
        )
    came_back = parse_qs(urlsplit(address).query)
    if "state" not in came_back:
        raise ConfigurationError(
            "that address is none that Pinterest sends back to, as it has no state: paste the "
            "whole address that the browser ended at"
        )
    return await finish_login(app, address, state=url.state, store=where.store, account=account)


def _open_browser(url: str) -> None:
    import webbrowser

    output.say(
        "Log in at this address, if no browser opens by itself:",
        "",
        url,
        "",
        "On a machine without a browser, use --no-browser.",
        err=True,
    )
    webbrowser.open(url)


def _ask(question: str, *, hidden: bool = False) -> str:
    if sys.stdin.isatty():
        answer: str = typer.prompt(question, hide_input=hidden, err=True)
        return answer
    return sys.stdin.readline()


def _nothing_came(wanted: str, advice: str) -> str:
    if sys.stdin.isatty():
        return f"no {wanted} was given: {advice}"
    return (
        f"no {wanted} was given, and there is no terminal to ask at: {advice}, on standard input, "
        "or run this in a terminal"
    )


def days_left(token: Token | None, name: str) -> float | None:
    """Return the days until a token expires, by the name of its life; None where unknown."""
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
        output.say(f"{name:<8} {text}")
    days, login_days = found.days_left, found.login_days_left
    _print_life(
        None if days is None else days * DAY, None if login_days is None else login_days * DAY
    )


def _print_life(access: float | None, refresh: float | None) -> None:
    if access is not None:
        output.say(f"the access token expires in {access / DAY:.1f} days")
    if refresh is not None:
        output.say(f"the login lasts {refresh / DAY:.1f} days from its last renewal")
