"""`pinterest-async doctor`: how Pinterest answers this login, as something to paste into an issue.

Nothing private is in it: no token, id, name, address or text of the account's, and no value of a
response; neither is the name of the login. A member that no model knows is named by its place.
"""

from __future__ import annotations

import os
import platform
import re
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Final, TypeVar, cast
from urllib.parse import urlsplit

from pinterest_async._version import __version__
from pinterest_async.cli import output, running
from pinterest_async.cli.limits import tier_of
from pinterest_async.cli.login import days_left

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable, Sequence

    from pinterest_async import Hooks, Pinterest
    from pinterest_async.auth import Token
    from pinterest_async.hooks import ResponseReceived, ResponseRepaired, UnknownMembers
    from pinterest_async.limits import CategoryLimit
    from pinterest_async.operations import Operation

T = TypeVar("T")

_FEW: Final = 25
"""Items of each listing that are looked at."""
_DEADLINE: Final = 60.0
"""Seconds for one call, waits for its limit included."""
_DAYS: Final = 7
"""How far back figures are asked for."""
_HOSTS: Final = ("api.pinterest.com", "api-sandbox.pinterest.com")
_LACKING: Final = ("AppNotApproved", "DataAccessDenied", "MissingScope", "TrialAccessError")
"""What says that an app or a token may not do something, which is nobody's fault."""

# In the place of a value: the key of a dictionary, as `ResponseRepaired` has it.
_KEY: Final = re.compile(r"\[(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\]")
_INDEX: Final = re.compile(r"\[\d+\]")
# What is surely the name of a member, and no id or text of an account's.
_NAME: Final = re.compile(r"(?:[A-Za-z_][A-Za-z_0-9]{0,48}|\$|\{\})(?:\[\]|\{\})*")
_LONG_NUMBER: Final = re.compile(r"\d{4,}")


@dataclass(frozen=True, kw_only=True)
class TokenFound:
    """What kind of token it is."""

    source: str
    """`login`, `environment` or `emulator`."""
    form: str
    """By how it begins: `access token`, `conversion token` or `unknown`."""
    environment: str | None
    """`production` or `sandbox`; None where that is not known."""
    renewable: bool | None
    """Whether it has a refresh token; None where that is not known."""
    days_left: float | None
    """Until it expires."""
    login_days_left: float | None
    """Until the user has to log in again."""
    scopes: tuple[str, ...] | None
    """None where they are not known."""


@dataclass(frozen=True, kw_only=True)
class ScopesFound:
    """The token's scopes against what the operations need."""

    operations: int
    """How many there are."""
    allowed: int | None
    """Those that the scopes suffice for; None where they are not known."""
    missing: dict[str, int]
    """The scopes that the token lacks, with the number of operations that need each."""


@dataclass(frozen=True, kw_only=True)
class CallFound:
    """What came of a call."""

    operation: str
    outcome: str
    """`ok`, `empty`, or the type of the error."""
    status: int | None = None
    code: int | None = None
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class LimitFound:
    """A budget, as Pinterest's headers tell it."""

    category: str
    windows: tuple[tuple[int, float], ...]
    """Each with its number of calls and its seconds."""
    remaining: int | None


@dataclass(frozen=True, kw_only=True)
class Misfit:
    """A value that did not fit its type."""

    operation: str
    place: str
    reason: str
    dropped: bool
    count: int


@dataclass(frozen=True, kw_only=True)
class Findings:
    """All that the doctor has found."""

    version: str
    description: str
    """The version of Pinterest's API description that this package was generated from."""
    python: str
    system: str
    libraries: dict[str, str]
    hosts: tuple[str, ...]
    """Where the calls went: a host of Pinterest's, `this machine`, or `elsewhere`."""
    token: TokenFound
    scopes: ScopesFound
    tier: str
    """As the rate limits look: a hint, and no more."""
    clock_skew: float | None
    """Seconds that Pinterest's clock is ahead of this machine's; None without a response."""
    calls: list[CallFound]
    limits: list[LimitFound]
    unknown_members: dict[str, dict[str, int]]
    """For each operation the places of members that no model knows, and how often each came."""
    misfits: list[Misfit]
    rejected: dict[str, int]
    """For each operation the items of pages that could not be read."""


@dataclass
class Heard:
    """What the hooks have told."""

    skews: list[float] = field(default_factory=list[float])
    members: dict[str, Counter[str]] = field(default_factory=dict[str, Counter[str]])
    misfits: Counter[tuple[str, str, str, bool]] = field(
        default_factory=Counter[tuple[str, str, str, bool]]
    )
    rejected: Counter[str] = field(default_factory=Counter[str])

    @property
    def hooks(self) -> Hooks:
        """The listeners."""
        from pinterest_async.hooks import Hooks

        return Hooks(
            after_response=self._hear_date, unknown_members=self._hear_members, repair=self._hear
        )

    def _hear_date(self, event: ResponseReceived) -> None:
        from email.utils import parsedate_to_datetime

        said = {name.lower(): value for name, value in event.headers.items()}.get("date", "")
        try:
            # It is cut to whole seconds, and was written while the response was awaited.
            moment = parsedate_to_datetime(said).timestamp() + 0.5
        except (TypeError, ValueError):
            return
        self.skews.append(moment - (time.time() - event.seconds / 2))

    def _hear_members(self, event: UnknownMembers) -> None:
        counts = self.members.setdefault(event.operation, Counter())
        for place, count in event.members.items():
            counts[public_place(place)] += count

    def _hear(self, event: ResponseRepaired) -> None:
        for repair in event.repairs:
            reason = _LONG_NUMBER.sub("…", repair.reason)
            place = public_place(repair.path)
            self.misfits[event.operation, place, reason, repair.dropped] += 1
        if event.rejected:
            self.rejected[event.operation] += event.rejected


async def doctor(
    *,
    connection: running.Connection,
    as_json: running.AsJSON = False,
) -> int:
    """Make a few reading calls of each kind, and print what an issue should say.

    Nothing private is printed: no token, id, name or text. Ends with 3 when a call failed for
    another reason than what the token, or the app, may not do.
    """
    heard = Heard()
    async with connection.client(hooks=heard.hooks) as client:
        token = await _kept_token(connection)
        calls = await _calls(client)
        findings = _findings(connection, token, calls, client.rate_limits, heard)
    if as_json:
        output.say_json(asdict(findings))
    else:
        output.say(*_lines(findings))
    fine = all(call.outcome in ("ok", "empty", *_LACKING) for call in calls)
    return 0 if fine else running.DIFFERENCES


# What is asked


class _Asking:
    """Makes calls one after the other, and keeps what came of each."""

    def __init__(self) -> None:
        self.calls: list[CallFound] = []

    async def ask(self, operation: str, call: Awaitable[T]) -> T | None:
        """Return what a call came to, None where it failed."""
        from pinterest_async.errors import PinterestError

        began = time.monotonic()
        value, failed = None, None
        try:
            value = await call
        except PinterestError as error:
            failed = error
        answered = "empty" if _is_empty(value) else "ok"
        self.calls.append(
            CallFound(
                operation=operation,
                outcome=answered if failed is None else type(failed).__name__,
                status=getattr(failed, "status", None),
                code=getattr(failed, "code", None),
                seconds=round(time.monotonic() - began, 3),
            )
        )
        return value

    @property
    def is_hopeless(self) -> bool:
        """Whether the first call has shown that none will succeed."""
        first = self.calls[0].outcome
        return first in ("AuthenticationFailed", "ConnectionFailed", "ReauthorizationRequired")


def _is_empty(value: object) -> bool:
    from pinterest_async.paging import Page

    return isinstance(value, Page) and not cast("Page[object]", value).items


async def _calls(connected: Pinterest) -> list[CallFound]:
    from pinterest_async.config import RequestOptions

    client = connected.with_options(RequestOptions(deadline=_DEADLINE))
    asking = _Asking()
    await asking.ask("user_account/get", client.user_account.get())
    if not asking.is_hopeless:
        await _ask_of_boards(client, asking)
        await _ask_of_pins(client, asking)
        await _ask_of_catalogs(client, asking)
        await _ask_of_ads(client, asking)
    return asking.calls


async def _ask_of_boards(client: Pinterest, asking: _Asking) -> None:
    boards = await asking.ask("boards/list", client.boards.list(page_size=_FEW))
    for board in sorted(boards or (), key=lambda board: not board.pin_count):
        await asking.ask("boards/get", client.boards.get(board.id))
        await asking.ask("board_sections/list", client.board_sections.list(board.id))
        await asking.ask("boards/list_pins", client.boards.list_pins(board.id, page_size=_FEW))
        break


async def _ask_of_pins(client: Pinterest, asking: _Asking) -> None:
    import datetime as dt

    end = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    start = end - dt.timedelta(days=_DAYS - 1)
    pins = await asking.ask("pins/list", client.pins.list(page_size=_FEW))
    for pin in pins or ():
        await asking.ask("pins/get", client.pins.get(pin.id, pin_metrics=True))
        figures = client.pins.get_analytics(
            pin.id, start_date=start, end_date=end, metric_types=["IMPRESSION", "SAVE"]
        )
        await asking.ask("pins/analytics", figures)
        break
    account = client.user_account.get_analytics(start_date=start, end_date=end)
    await asking.ask("user_account/analytics", account)
    await asking.ask("media/list", client.media.list(page_size=_FEW))
    trends = client.keywords.list_trending("US", "growing", limit=_FEW)
    await asking.ask("trending_keywords/list", trends)


async def _ask_of_catalogs(client: Pinterest, asking: _Asking) -> None:
    await asking.ask("catalogs/list", client.catalogs.list(page_size=_FEW))
    await asking.ask("feeds/list", client.catalog_feeds.list(page_size=_FEW))


async def _ask_of_ads(client: Pinterest, asking: _Asking) -> None:
    accounts = await asking.ask("ad_accounts/list", client.ad_accounts.list(page_size=_FEW))
    for account in accounts or ():
        id_ = str(account.id)
        await asking.ask("campaigns/list", client.campaigns.list(id_, page_size=_FEW))
        await asking.ask("ad_groups/list", client.ad_groups.list(id_, page_size=_FEW))
        await asking.ask("ads/list", client.ads.list(id_, page_size=_FEW))
        await asking.ask("audiences/list", client.audiences.list(id_, page_size=_FEW))
        lists = client.customer_lists.list(id_, page_size=_FEW)
        await asking.ask("customer_lists/list", lists)
        await asking.ask("conversion_tags/list", client.conversion_tags.list(id_))
        break


# What is made of it


async def _kept_token(connection: running.Connection) -> Token | None:
    if connection.emulator or not connection.takes_login:
        return None
    return await connection.place.store.load(connection.login)


def _findings(
    connection: running.Connection,
    token: Token | None,
    calls: list[CallFound],
    limits: list[CategoryLimit],
    heard: Heard,
) -> Findings:
    from pinterest_async.operations import DESCRIPTION_VERSION, OPERATIONS

    found = _token_found(connection, token)
    skews = sorted(heard.skews)
    return Findings(
        version=__version__,
        description=DESCRIPTION_VERSION,
        python=platform.python_version(),
        system=platform.system(),
        libraries={name: version(name) for name in ("aiohttp", "msgspec", "aiolimiter")},
        hosts=("this machine" if connection.emulator else _host(connection.place.base_url),),
        token=found,
        scopes=_scopes_found(found.scopes, OPERATIONS.values()),
        tier=tier_of(limits),
        clock_skew=round(skews[len(skews) // 2], 1) if skews else None,
        calls=calls,
        limits=_limits_found(limits),
        unknown_members={name: dict(counts) for name, counts in heard.members.items()},
        misfits=[
            Misfit(operation=operation, place=place, reason=reason, dropped=dropped, count=count)
            for (operation, place, reason, dropped), count in heard.misfits.items()
        ],
        rejected=dict(heard.rejected),
    )


def _token_found(connection: running.Connection, token: Token | None) -> TokenFound:
    if connection.emulator:
        source, text = "emulator", "pina_"
    elif token is None:
        source, text = "environment", os.environ.get("PINTEREST_ACCESS_TOKEN", "").strip()
    else:
        source, text = "login", token.access
    forms = {"pina_": "access token", "pinc_": "conversion token"}
    return TokenFound(
        source=source,
        form=forms.get(text[:5], "unknown"),
        environment=None if token is None else token.environment,
        renewable=None if token is None else token.refresh is not None,
        days_left=days_left(token, "expires_in"),
        login_days_left=days_left(token, "refresh_expires_in"),
        scopes=(token.scopes or None) if token is not None else None,
    )


def _scopes_found(scopes: Sequence[str] | None, operations: Iterable[Operation]) -> ScopesFound:
    rows = list(operations)
    if scopes is None:
        return ScopesFound(operations=len(rows), allowed=None, missing={})
    missing: Counter[str] = Counter()
    for row in rows:
        missing.update(set(row.scopes) - set(scopes))
    allowed = sum(set(row.scopes) <= set(scopes) for row in rows)
    return ScopesFound(operations=len(rows), allowed=allowed, missing=dict(sorted(missing.items())))


def _limits_found(limits: Iterable[CategoryLimit]) -> list[LimitFound]:
    """Return the budgets without whose they are."""
    return [
        LimitFound(
            category=row.category,
            windows=tuple((window.limit, window.seconds) for window in row.windows),
            remaining=row.remaining,
        )
        for row in limits
    ]


def _host(base_url: str) -> str:
    host = urlsplit(base_url).hostname or ""
    if host in ("localhost", "127.0.0.1", "::1"):
        return "this machine"
    return host if host in _HOSTS else "elsewhere"


def public_place(path: str) -> str:
    """Return a place in a response without anything that may be an account's."""
    plain = _INDEX.sub("[]", _KEY.sub("{}", path))
    steps = plain.split(".")
    return ".".join(
        step if _NAME.fullmatch(step) and not _LONG_NUMBER.search(step) else "{}" for step in steps
    )


# How it is shown


def _lines(found: Findings) -> list[str]:
    libraries = ", ".join(f"{name} {number}" for name, number in found.libraries.items())
    lines = [
        f"pinterest_async  {found.version}, from Pinterest's description {found.description}",
        f"python           {found.python} on {found.system}; {libraries}",
        f"host             {', '.join(found.hosts)}",
        f"token            {_token_line(found.token)}",
        f"scopes           {_scopes_line(found.scopes)}",
        f"tier             {found.tier}, as the rate limits look",
        f"clock            {_clock_line(found.clock_skew)}",
        "calls",
        *(f"  {_call_line(call)}" for call in found.calls),
        "limits",
        *(f"  {_limit_line(row)}" for row in found.limits),
    ]
    lines.append("members that no model knows" if found.unknown_members else "no unknown members")
    for operation, members in found.unknown_members.items():
        lines += [f"  {operation}  {place}  {count}" for place, count in members.items()]
    lines.append("values that do not fit" if found.misfits or found.rejected else "no misfits")
    for one in found.misfits:
        done = "left out" if one.dropped else "turned"
        lines.append(f"  {one.operation}  {one.place}  {one.count} {done}: {one.reason}")
    lines += [f"  {name}  {count} items set aside" for name, count in found.rejected.items()]
    return lines


def _token_line(token: TokenFound) -> str:
    words = [token.form, f"of the {token.source}"]
    words += [f"for {token.environment}"] if token.environment else []
    if token.renewable is not None:
        words.append("renewable" if token.renewable else "not renewable")
    if token.days_left is not None:
        words.append(f"{token.days_left:g} days left")
    if token.login_days_left is not None:
        words.append(f"{token.login_days_left:g} until the next login")
    return ", ".join(words)


def _scopes_line(scopes: ScopesFound) -> str:
    if scopes.allowed is None:
        return f"unknown; there are {scopes.operations} operations"
    lacking = ", ".join(f"{scope} ({count})" for scope, count in scopes.missing.items())
    without = f"; without {lacking}" if lacking else ""
    return f"enough for {scopes.allowed} of {scopes.operations} operations{without}"


def _clock_line(skew: float | None) -> str:
    if skew is None:
        return "unknown"
    return "as Pinterest's" if abs(skew) < 2 else f"Pinterest's is ahead by {skew:g} s"


def _call_line(call: CallFound) -> str:
    numbers = [f"HTTP {call.status}"] if call.status is not None else []
    numbers += [f"code {call.code}"] if call.code is not None else []
    said = f" ({', '.join(numbers)})" if numbers else ""
    return f"{call.operation:<24} {call.outcome}{said}, {call.seconds:.2f} s"


def _limit_line(row: LimitFound) -> str:
    windows = ", ".join(f"{limit} in {seconds:g} s" for limit, seconds in row.windows)
    left = "unknown" if row.remaining is None else str(row.remaining)
    return f"{row.category:<24} {windows or 'unknown'}; {left} left"
