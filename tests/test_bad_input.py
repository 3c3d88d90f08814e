"""Wrong input of every kind: one clear error of its own type, and the token nowhere."""

from __future__ import annotations

import pickle
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async import (
    AuthenticationFailed,
    ClientClosed,
    ConfigurationError,
    DecodeError,
    InvalidRequest,
    NotFound,
    Pinterest,
    PinterestError,
    RetryPolicy,
    ServerError,
)
from pinterest_async.emulator import Answer, Emulator, LoginOptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

WRONG = "pina_wrong_0123456789"


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """A small account."""
    async with Emulator(boards=2, pins=5) as emulator:
        yield emulator


async def wrong_token(emulator: Emulator, pinterest: Pinterest) -> None:
    """A token that Pinterest does not know."""
    await pinterest.for_account(WRONG).boards.list().collect()


async def wrong_id(emulator: Emulator, pinterest: Pinterest) -> None:
    """An id of nothing."""
    await pinterest.boards.get("404404404")


async def empty_id(emulator: Emulator, pinterest: Pinterest) -> None:
    """An empty id, which would make another path of it."""
    await pinterest.boards.get("")


async def page_too_large(emulator: Emulator, pinterest: Pinterest) -> None:
    """A page size beyond the bound."""
    await pinterest.boards.list(page_size=300)


async def gateway_page(emulator: Emulator, pinterest: Pinterest) -> None:
    """A 502 with a page of HTML."""
    emulator.fail("boards/list", Answer(502, "<html><h1>Bad gateway</h1></html>"), times=9)
    await pinterest.boards.list()


async def login_page(emulator: Emulator, pinterest: Pinterest) -> None:
    """A 200 with a page of HTML."""
    emulator.fail("boards/list", Answer(200, "<html>Log in</html>"))
    await pinterest.boards.list()


async def closed_client(emulator: Emulator, pinterest: Pinterest) -> None:
    """A client that has been closed."""
    await pinterest.aclose()
    await pinterest.boards.list()


async def empty_token(emulator: Emulator, pinterest: Pinterest) -> None:
    """A token that was never set."""
    Pinterest("")


CASES: list[tuple[Callable[[Emulator, Pinterest], Awaitable[None]], type[PinterestError], str]] = [
    (wrong_token, AuthenticationFailed, "401"),
    (wrong_id, NotFound, "Board not found"),
    (empty_id, InvalidRequest, "board_id"),
    (page_too_large, InvalidRequest, "250"),
    (gateway_page, ServerError, "502"),
    (login_page, DecodeError, "boards/list"),
    (closed_client, ClientClosed, "closed"),
    (empty_token, ConfigurationError, "PINTEREST_ACCESS_TOKEN"),
]


@pytest.mark.parametrize(("case", "kind", "says"), CASES, ids=[case.__name__ for case, *_ in CASES])
async def test_wrong_input_gives_one_clear_error(
    emulator: Emulator,
    case: Callable[[Emulator, Pinterest], Awaitable[None]],
    kind: type[PinterestError],
    says: str,
) -> None:
    """The error has exactly its type, one line that says what is wrong, and no token anywhere."""
    async with Pinterest(
        emulator.token, base_url=emulator.base_url, retry=RetryPolicy(attempts=1)
    ) as pinterest:
        with pytest.raises(PinterestError) as caught:
            await case(emulator, pinterest)

    error = caught.value
    assert type(error) is kind
    assert says in str(error)
    assert len(str(error).splitlines()) == 1
    shown = "".join([repr(error), *traceback.format_exception(error), repr(pickle.dumps(error))])
    assert emulator.token not in shown
    assert WRONG not in shown


@pytest.mark.parametrize("token", ["", "   "])
def test_an_empty_token_in_the_environment_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    """`from_env` with an empty variable says which one it is."""
    monkeypatch.setenv("PINTEREST_ACCESS_TOKEN", token)
    with pytest.raises(ConfigurationError, match="PINTEREST_ACCESS_TOKEN"):
        Pinterest.from_env()


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("session", "s3cret"),
        ("session", object()),
        ("proxy", 3128),
        ("limits", 1000),
        ("limits", [("org_read", 1000)]),
        ("hooks", print),
        ("headers", "s3cret: 1"),
        ("headers", [("s3cret", "1")]),
        ("retry", "3"),
        ("timeout", "3"),
        ("base_url", 5),
    ],
)
def test_an_argument_of_another_kind_is_told_at_once(argument: str, value: object) -> None:
    """The client is not made, and nothing is left for its first call to stumble over."""
    options: Any = {argument: value}
    with pytest.raises(ConfigurationError, match=f"^{argument} (must|is) ") as caught:
        Pinterest("pina_some_token", **options)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("given", [["localhost:8080/callback"], "http://localhost:8080/callback"])
def test_a_redirect_address_of_the_emulator_is_one(given: Any) -> None:
    """What is none, or a text in the place of a list, would be found out at a login alone."""
    with pytest.raises(ValueError, match="a redirect address is one such as"):
        LoginOptions(redirect_uris=given)
