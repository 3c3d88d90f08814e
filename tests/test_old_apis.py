"""The page on older APIs: what it names exists."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

import pinterest_async
from pinterest_async import Pinterest, jobs, public
from pinterest_async.auth.oauth import OAuthApp
from pinterest_async.emulator import Emulator
from pinterest_async.emulator.hosts.widgets import OPERATIONS, slug
from pinterest_async.public import PublicPinterest

PAGE = (Path(__file__).parent.parent / "docs" / "old-apis.md").read_text(encoding="utf-8")


async def test_every_method_exists() -> None:
    """Methods of the clients that the page names are there, and take the parameters it shows."""
    async with Pinterest("pina_x") as client:
        named = re.findall(r"`pinterest\.(\w+)\.(\w+)\(([^`]*)\)`", PAGE)
        assert len(named) > 20
        for resource, method, shown in named:
            parameters = inspect.signature(getattr(getattr(client, resource), method)).parameters
            assert set(re.findall(r"(\w+)=", shown)) - {"url"} <= set(parameters)
        assert hasattr(client, "trends")
    for method in re.findall(r"`public\.(\w+)\(", PAGE):
        assert inspect.iscoroutinefunction(getattr(PublicPinterest, method))
    assert hasattr(OAuthApp, "exchange")


def test_every_job_exists() -> None:
    """Functions that stand alone come from where the page says."""
    named = set(re.findall(r"`(\w+)\(", PAGE)) | set(re.findall(r"`(\w+)` raises `\w+`", PAGE))
    assert {"find_board", "follow_board", "pin_analytics"} <= named
    assert named <= set(jobs.__all__)
    assert "NotSupportedByPinterest" in jobs.__all__
    assert {"MissingScope", "gather"} <= set(pinterest_async.__all__)


@pytest.mark.parametrize(
    "capability",
    [
        "Register an app", "Token from a code", "The user's profile", "My boards",
        "Boards suggested for a Pin", "My Pins", "Search my boards", "Search my Pins",
        "Who follows me", "Boards that I follow", "Topics that I follow", "Users that I follow",
        "Follow a board", "Follow a user", "Unfollow a board", "Unfollow a user", "Create a board",
        "Get a board by `user/board`", "Edit a board", "Delete a board",
        "Create a Pin with a picture file", "Create a Pin with a picture's address",
        "Edit a Pin's board, note or link", "Get a Pin", "Delete a Pin", "Pins of a board",
        "The cursor", "v3/users", "v3/search", "v3/domains", "v3/categories", "v3/oauth",
        "v3/boards", "v3/pins", "v3/batch", "v3/login",
    ],
)  # fmt: skip
def test_every_capability_has_a_row(capability: str) -> None:
    """What the first version and the private third one could do is named, with a way or an end."""
    rows = [line.split("|") for line in PAGE.splitlines() if line.startswith("| ")]
    (now,) = {cells[2] for cells in rows if re.search(rf"{capability}(?!\w)", cells[1])}
    assert re.search(r"`\w|withdrawn|never public|operations above|the same|none needed", now)


def test_every_endpoint_has_a_row() -> None:
    """Each tokenless endpoint that the emulator has, and the client, stands in the table."""
    rows = PAGE.replace("{user}", "{username}")
    for operation in OPERATIONS.values():
        assert f"`{operation.path.lstrip('/')}" in rows


async def test_the_example_runs(monkeypatch: Any, capsys: Any) -> None:
    """The program on the page runs as it is, against the emulator."""
    (program,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    async with Emulator(boards=3, pins=12) as emulator:
        account = emulator.account
        board = next(board for board in account.saved.boards.values() if board.privacy == "PUBLIC")
        program = program.replace(
            '"anna", "plum-cakes"', repr((account.username, slug(board.name)))[1:-1]
        )
        monkeypatch.setattr(
            public.PublicPinterest,
            "__init__",
            _at(public.PublicPinterest.__init__, emulator.widgets_url),
        )
        names: dict[str, Any] = {}
        exec(compile(program, "old-apis.md", "exec"), names)  # noqa: S102  # it is our own text
        await names["public_pins"]()
        expected = [str(key) for key in reversed(account.saved.pins_of(board.id))]
    assert capsys.readouterr().out == f"{expected}\n0\n"


def _at(make: Any, url: str) -> Any:
    def made(self: PublicPinterest) -> None:
        make(self, widgets_url=url, www_url=url)

    return made
