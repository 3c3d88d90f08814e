"""The page for people who open the emulator in a browser: what it holds, and what goes on."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from pinterest_async.emulator.hosts import drawing
from pinterest_async.emulator.hosts.layout import page
from pinterest_async.emulator.schema.pictures import IMAGE_HOST

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aiohttp import web

    from pinterest_async.emulator.http.log import SeenRequest
    from pinterest_async.emulator.state.account import Account
    from pinterest_async.emulator.state.limits import RateLimits
    from pinterest_async.emulator.state.world import World

_BOARDS = 12
_REQUESTS = 25
_PICTURES = 3
_EMOJI = re.compile("[\U0001f000-\U0001faff]")

_INTRODUCTION = """
<h1>A Pinterest on your machine{sandbox}</h1>
<p>This is the emulator of <code>pinterest_async</code>. It answers the operations of Pinterest's
REST API v5 below <code>{origin}/v5</code>, from memory. It is not Pinterest, and nothing that
happens here reaches it.</p>
<p class="note">The command that started it has printed an access token. Apps send their users
to <code>{origin}/oauth/</code> to log in. This page shows the state at the moment it was
loaded.</p>
"""


class _Markup(str):
    """HTML that is safe to show as it is."""

    __slots__ = ()


def show(
    world: World, limits: RateLimits, requests: Sequence[SeenRequest], *, seed: int
) -> web.Response:
    """The page of one host."""
    accounts = world.accounts.values()
    parts = [
        _INTRODUCTION.format(
            origin=html.escape(world.origin), sandbox=": the sandbox" if world.sandbox else ""
        ),
        _section("Accounts", _accounts(accounts)),
        *(_boards(world, account) for account in accounts),
        _section("Rate limits", _limits(limits)),
        _section("Last requests", _requests(requests)),
        f'<p class="note">Seed {seed}, {html.escape(world.tier)} access.</p>',
    ]
    return page("Pinterest emulator", "\n".join(parts))


def _section(title: str, body: str) -> str:
    return f"<section><h2>{html.escape(title)}</h2>{body}</section>"


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: int = 0) -> str:
    """A table; the last so many columns hold numbers."""

    def cell(tag: str, index: int, value: object) -> str:
        kind = ' class="number"' if index >= len(heads) - numbers else ""
        shown = value if isinstance(value, _Markup) else html.escape(str(value))
        return f"<{tag}{kind}>{shown}</{tag}>"

    head = "".join(cell("th", index, name) for index, name in enumerate(heads))
    body = "".join(
        "<tr>" + "".join(cell("td", index, value) for index, value in enumerate(row)) + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>'


def _accounts(accounts: Iterable[Account]) -> str:
    return _table(
        ("Name", "Kind", "Boards", "Pins", "Followers", "Following"),
        [
            (
                account.username,
                account.profile.members["account_type"].lower(),
                len(account.saved.boards),
                len(account.saved.pins),
                len(account.profile.followers),
                len(account.profile.following),
            )
            for account in accounts
        ],
        numbers=4,
    )


def _boards(world: World, account: Account) -> str:
    boards = list(account.saved.boards)[::-1]
    if not boards:
        return _section(f"Boards of {account.username}", '<p class="note">None yet.</p>')
    cards = "".join(_board(world, account, board_id) for board_id in boards[:_BOARDS])
    more = len(boards) - _BOARDS
    rest = f'<p class="note">and {more} more</p>' if more > 0 else ""
    if any(_EMOJI.search(account.saved.counted_board(one).name) for one in boards[:_BOARDS]):
        rest += (
            '<p class="note">Where boxes stand in a name, this system has no font for emoji, such '
            "as Debian's fonts-noto-color-emoji.</p>"
        )
    return _section(f"Boards of {account.username}", f'<div class="boards">{cards}</div>{rest}')


def _board(world: World, account: Account, board_id: str) -> str:
    board = account.saved.counted_board(board_id)
    covers = [board.media["image_cover_url"], *board.media["pin_thumbnail_urls"]]
    own = [url for url in covers if url and url.startswith(IMAGE_HOST)]  # no other host is asked
    here = f"{world.files_origin}{drawing.PATH}"
    pictures = "".join(
        f'<img src="{html.escape(url.replace(IMAGE_HOST, here))}" alt="">'
        for url in own[:_PICTURES]
    )
    kind = "" if board.privacy == "PUBLIC" else f" · {board.privacy.lower()}"
    sections = len(account.saved.sections[board_id])
    parts = f" · {sections} section{'s' * (sections > 1)}" if sections else ""
    pins = f"{board.pin_count} Pin{'s' * (board.pin_count != 1)}"
    return (
        f'<div class="board"><div class="pictures">{pictures}</div>'
        f"<h3>{html.escape(board.name)}</h3>"
        f'<p class="note">{pins}{parts}{kind}</p></div>'
    )


def _limits(limits: RateLimits) -> str:
    rows = [
        (
            state.category,
            state.holder,
            f"{state.limit} in {state.seconds:g} s",
            _Markup(f'<progress value="{state.used}" max="{state.limit}"></progress>'),
            state.used,
            f"{state.reset:.0f} s",
        )
        for state in limits.states()
    ]
    if not rows:
        return '<p class="note">No window has been opened yet.</p>'
    heads = ("Category", "Counted for", "Window", "", "Used", "Resets in")
    return _table(heads, rows, numbers=2)


def _requests(requests: Sequence[SeenRequest]) -> str:
    if not requests:
        return '<p class="note">None yet.</p>'
    rows = [
        (
            seen.method,
            _Markup(f"<code>{html.escape(seen.path)}</code>"),
            seen.operation_id or "",
            _outcome(seen.status),
        )
        for seen in requests[: -_REQUESTS - 1 : -1]
    ]
    return _table(("Verb", "Path", "Operation", "Answer"), rows, numbers=1)


def _outcome(status: int | None) -> object:
    if status is None:
        return _Markup('<span class="bad">none</span>')
    return status if status < 400 else _Markup(f'<span class="bad">{status}</span>')
