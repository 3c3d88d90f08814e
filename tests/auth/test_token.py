"""Tokens and scopes as values."""

from __future__ import annotations

import copy
import pickle
import time
from typing import Any

import msgspec
import pytest

from pinterest_async.auth import (
    ALL_SCOPES,
    App,
    ConversionToken,
    OAuthApp,
    StaticToken,
    Token,
    scopes_for,
)
from pinterest_async.auth.scopes import check_scopes, read_scopes
from pinterest_async.errors import ConfigurationError
from pinterest_async.operations import OPERATIONS

ACCESS, REFRESH = "pina_topsecret", "pinr_verysecret"


def _token(**more: Any) -> Token:
    return Token(
        ACCESS,
        refresh=REFRESH,
        expires_at=time.time() + 100,
        refresh_expires_at=time.time() - 1,
        scopes=("boards:read",),
        **more,
    )


def test_a_token_shows_no_secret() -> None:
    """Neither `repr`, nor `str`, nor a format shows a secret."""
    token = _token()
    for text in (repr(token), str(token), f"{token}", f"{[token]!r}"):
        assert "secret" not in text
        assert "boards:read" in text


def test_a_token_is_not_pickled() -> None:
    """Pickling refuses and says what to do, so that no secret leaks into a queue or a cache."""
    with pytest.raises(TypeError, match="to_json"):
        pickle.dumps(_token())


@pytest.mark.parametrize("encode", [msgspec.json.encode, vars, dict], ids=lambda f: f.__name__)
def test_a_token_is_not_written_down_by_accident(encode: Any) -> None:
    """Encoders that take anything apart do not get at it."""
    with pytest.raises(TypeError):
        encode(_token())


def test_a_token_can_be_copied() -> None:
    """Copying gives the token itself."""
    token = _token()
    assert copy.copy(token) is token
    assert copy.deepcopy([token])[0] is token


def test_a_token_survives_being_written_down() -> None:
    """`from_json` reads all that `to_json` writes."""
    token = _token(environment="sandbox")
    assert Token.from_json(token.to_json()) == token
    bare = Token(ACCESS)
    assert Token.from_json(bare.to_json()) == bare
    assert bare != token


@pytest.mark.parametrize("text", [b"", b"{}", b'{"access": 5}', b"\xff", b'{"access":"a b"}'])
def test_what_is_not_a_token_is_refused(text: bytes) -> None:
    """`from_json` raises ValueError and does not quote what it was given."""
    with pytest.raises(ValueError, match="token"):
        Token.from_json(text)


def test_members_of_a_later_version_are_passed_over() -> None:
    """A token that was written with more than is known can be read."""
    assert Token.from_json(b'{"access":"pina_1","kind":"new"}') == Token("pina_1")


def test_a_token_tells_how_long_it_lives() -> None:
    """Seconds are counted down to zero, and unknown where no end is known."""
    token = _token()
    assert token.expires_in is not None
    assert 0 < token.expires_in <= 100
    assert token.refresh_expires_in == 0.0
    assert Token(ACCESS).expires_in is None
    assert Token(ACCESS).refresh_expires_in is None


def test_scopes_are_those_of_the_operations() -> None:
    """Every scope that an operation needs is known, and two more that secret boards ask for."""
    needed = {scope for operation in OPERATIONS.values() for scope in operation.scopes}
    assert set(ALL_SCOPES) - needed == {"boards:write_secret", "pins:write_secret"}
    assert needed <= set(ALL_SCOPES)


def test_scopes_for_operations() -> None:
    """The scopes of several operations are joined."""
    assert scopes_for("boards/list", "user_account/get") == ("boards:read", "user_accounts:read")
    with pytest.raises(ConfigurationError, match="boards/lost"):
        scopes_for("boards/lost")
    for name in ("boards.list_pins", "boards_list_pins"):
        with pytest.raises(ConfigurationError, match="did you mean 'boards/list_pins'"):
            scopes_for(name)


@pytest.mark.parametrize(
    ("scopes", "words"),
    [
        (["board:read"], "did you mean 'boards:read'"),
        (["xyz"], "there are ads:read"),
        ([], "at least one"),
        ("boards:read", "sequence"),
    ],
)
def test_wrong_scopes_are_refused(scopes: Any, words: str) -> None:
    """A scope that does not exist is named, with the one that was meant."""
    with pytest.raises(ConfigurationError, match=words):
        check_scopes(scopes)


@pytest.mark.parametrize(
    "text", ["boards:read,pins:read", "boards:read pins:read", " boards:read, pins:read"]
)
def test_scopes_are_read_however_they_are_joined(text: str) -> None:
    """Commas, blanks and both are understood."""
    assert read_scopes(text) == ("boards:read", "pins:read")


@pytest.mark.parametrize(
    "thing",
    [
        App("1", "topsecret"),
        OAuthApp("1", "topsecret", "https://example.com/"),
        StaticToken("topsecret"),
        ConversionToken("topsecret"),
        OAuthApp("1", "topsecret", "https://example.com/").authorize_url(
            ["boards:read"], "topsecret"
        ),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_reprs_show_no_secret(thing: object) -> None:
    """What holds a secret does not show it."""
    assert "topsecret" not in repr(thing)


def test_a_conversion_token_knows_no_limit() -> None:
    """The transport is told that no limit applies to it."""
    assert ConversionToken("pinc_1").conversion
    assert not StaticToken("pina_1").conversion
