"""Twenty thousand broken responses, over all operations: F1 and its kin.

Each run has a seed of its own, which is printed; `PINTEREST_FUZZ_SEED` repeats one, and
`PINTEREST_FUZZ_CASES` says how many there are.
"""

from __future__ import annotations

import gzip
import json
import logging
import os
import pickle
import random
import re
import time
import types
from datetime import date, datetime
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Final,
    Literal,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec
import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from pinterest_async import Hooks, Pinterest, PinterestError, ResponseRepaired
from pinterest_async._call.decoding import is_list, is_mapping
from pinterest_async._call.endpoint import Endpoint
from pinterest_async.auth import OAuthApp, Token
from pinterest_async.operations import OPERATIONS
from pinterest_async.public import PublicPinterest
from tests.contract.building import answer_type
from tests.support.scripted import OpenLimiter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinterest_async.operations import Operation

SEED: Final = int(os.environ.get("PINTEREST_FUZZ_SEED", "0")) or random.SystemRandom().getrandbits(
    32
)
CASES: Final = int(os.environ.get("PINTEREST_FUZZ_CASES", "20000"))
STATUSES: Final = (200, 201, 204, 299, 301, 400, 401, 403, 404, 409, 418, 422, 429, 500, 503)
DEEP: Final = b"[" * 3000 + b"]" * 3000
BYTES: Final = (
    b"\xff", b"\xed\xa0\x80", b"\\ud83d", b"\\u0000", b"\x00", b"1e999", b"-", b"9" * 5000, b"NaN",
    DEEP, b'{"a":' * 200, b"}", b"]", b"[", b"{", b'"', b",", b":", b"\\", b"null", b"\xef\xbb\xbf",
    b"<html>", b"1.5", b"true", b'{"code":8,"message":"x"}',
)  # fmt: skip
VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 2**63, 2**64, -(2**63), 1.5, 1e308, -0.0, "", "x", "\ud83d", "\x00",
    "100.5", "1" * 300, [], {}, [None], {"a": None}, [[[[]]]], "2026-13-45T99:00:00", "pina_secret",
    {"code": 8, "message": "no"}, 10**40,
)  # fmt: skip
HEADERS: Final = (
    "retry-after", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset",
    "content-length", "content-encoding", "content-type", "x-pinterest-rid",
)  # fmt: skip
WORDS: Final = (
    "", "-1", "0", "1", "1e999", "nan", "9" * 6000, "1795763739", "1795763739000", "gzip",
    "gzip, gzip", "deflate", "br", "1000, 1000;w=60", ';w=;w="', "\udcff\udc80", "\x1b[31m",
    "Thu, 99 Foo 2026 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "\u0661\u0662", "٣" * 3,
)  # fmt: skip


class Canned:
    """A response that is there at once."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = CIMultiDictProxy(CIMultiDict(headers))
        self._body = body

    async def read(self) -> bytes:
        """Give the body."""
        return self._body


class Session:
    """Answers everything with the same response."""

    closed = False
    headers: Final[dict[str, str]] = {}

    def __init__(self) -> None:
        self.response = Canned(200, {}, b"")

    async def request(self, *_: Any, **__: Any) -> Canned:
        """Answer."""
        return self.response


def sample(kind: Any, chance: random.Random, depth: int = 0) -> Any:
    """Return JSON that fits a type."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return sample(arguments[0], chance, depth)
    if origin in (Union, types.UnionType):
        parts = [part for part in arguments if part is not types.NoneType]
        return None if depth > 5 else sample(chance.choice(parts), chance, depth + 1)
    if origin is Literal:
        return chance.choice(arguments)
    if origin in (list, tuple):
        return [sample(arguments[0], chance, depth + 1) for _ in range(chance.choice((1, 2)))]
    if origin is dict:
        return {"k1": sample(arguments[1], chance, depth + 1)}
    return _plain(kind, chance, depth)


def _plain(kind: Any, chance: random.Random, depth: int) -> Any:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _object(kind, chance, depth)
    plain: dict[Any, Any] = {
        str: "plum",
        int: 7,
        float: 0.5,
        bool: True,
        datetime: "2026-01-02T03:04:05Z",
    }
    return plain.get(kind, "2026-01-02" if kind is date else "any")


def _object(kind: type[msgspec.Struct], chance: random.Random, depth: int) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    config = kind.__struct_config__
    value: dict[str, Any] = {}
    if config.tag_field is not None:
        value[config.tag_field] = config.tag
    for name, key in zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True):
        if key in ("id", "name") or chance.random() < (0.7 if depth < 2 else 0.3):
            value[key] = sample(hints[name], chance, depth + 1)
    return value


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each member and element below a value, as what holds it and its key."""
    entries: Any = value.items() if is_mapping(value) else enumerate(value)
    for key, part in list(entries):
        yield value, key
        if isinstance(part, (dict, list)) and part:
            yield from places(part)


def spoil(value: Any, chance: random.Random) -> Any:
    """Put a wrong value somewhere into sound JSON, or an unknown member, or take one out."""
    found = list(places(value)) if is_mapping(value) or is_list(value) else []
    if not found:
        return chance.choice(VALUES)
    for _ in range(chance.choice((1, 1, 2, 5))):
        parent, key = chance.choice(found)
        if is_mapping(parent) and chance.random() < 0.2:
            parent[chance.choice(("zzz", "", "a.b", "[...]", "`"))] = chance.choice(VALUES)
        elif is_mapping(parent) and chance.random() < 0.1:
            parent.pop(key, None)
        elif is_mapping(parent) or key < len(parent):
            parent[key] = chance.choice(VALUES)
    return value


def spoil_bytes(body: bytes, chance: random.Random) -> bytes:
    """Change some bytes: put in, take out, cut off, double."""
    for _ in range(chance.choice((1, 1, 2, 6))):
        at = chance.randrange(len(body) + 1)
        end = min(len(body), at + chance.choice((0, 1, 4, 50)))
        way = chance.randrange(5)
        if way < 2:
            body = body[:at] + chance.choice(BYTES) + body[end:]
        elif way == 2:
            body = body[:at] + body[end:]
        elif way == 3:
            body = body[:at]
        else:
            body = body[:at] + body[at:end] * 2 + body[end:]
    return body


def spoil_headers(body: bytes, chance: random.Random) -> tuple[bytes, dict[str, str]]:
    """Make up headers, and compress the body now and then."""
    headers = {name: chance.choice(WORDS) for name in chance.sample(HEADERS, chance.randrange(5))}
    if chance.random() < 0.3:
        body = gzip.compress(body, 1)
        headers["content-encoding"] = "gzip"
        if chance.random() < 0.5:
            body = spoil_bytes(body, chance)
    return body, headers


def encoded(value: Any) -> bytes:
    """Write JSON, lone surrogates and all."""
    return json.dumps(value).encode()


class Fuzzing:
    """One run: what it calls, what it has repaired, and what went wrong."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.session = Session()
        self.repaired: list[ResponseRepaired] = []
        self.endpoints = [
            Endpoint[Any](operation, answer_type(operation.response))
            for operation in OPERATIONS.values()
        ]

    def client(self) -> Pinterest:
        """A client whose every response is the session's."""
        return Pinterest(
            "pina_fuzz",
            base_url="https://pinterest.invalid/v5",
            session=self.session,
            limits=OpenLimiter(),
            retry=0,
            hooks=Hooks(repair=self.repaired.append),
        )

    def response(self, operation: Operation, kind: Any) -> int | None:
        """Set the next response; return how many items it surely has."""
        chance = self.chance
        page, way = operation.paginated, chance.randrange(4)
        good: Any = [sample(kind, chance) for _ in range(3)] if page else sample(kind, chance)
        count = None
        if way == 0:
            if page:
                good[chance.randrange(3)] = spoil(good[1], chance)
            else:
                good = spoil(good, chance)
        if page:
            count = 3 if way == 0 else None
            good = {"items": good, "bookmark": None}
        elif way == 0 and is_list(good) and get_origin(kind) is list:
            count = len(good)
        body, headers, status = encoded(good), dict[str, str](), 200
        if way in (1, 3):
            body = spoil_bytes(body, chance)
        if way in (2, 3):
            body, headers = spoil_headers(body, chance)
            status = chance.choice(STATUSES)
        self.session.response = Canned(status, headers, body)
        return count

    async def one(self, client: Pinterest, endpoint: Endpoint[Any]) -> None:
        """Make one call; anything but a value or an error of ours comes out."""
        operation = endpoint.operation
        count = self.response(operation, endpoint.expected)
        path = ("1",) * len(endpoint.template.names)
        self.repaired.clear()
        transport = client._transport
        try:
            if operation.paginated:
                page, rejected, _ = await transport.page(endpoint, path, None, msgspec.UNSET, None)
                assert count is None or len(page.items) + len(rejected) == count
                assert all(item.raw is not None for item in rejected)
            else:
                value = await transport.call(endpoint, path=path)
                dropped = [
                    repair
                    for event in self.repaired
                    for repair in event.repairs
                    if repair.dropped and repair.path.count("[") == 1 and repair.path[-1] == "]"
                ]
                assert count is None or len(value) + len(dropped) == count
        except PinterestError as error:
            check(error, operation)


def announce(line: str) -> None:
    """Print a line, for a run that fails."""
    print(line)  # noqa: T201


def check_text(error: PinterestError) -> None:
    """An error can be shown, is short, and holds no token."""
    text = str(error)
    assert text.encode().decode() == text
    assert not re.search("pin[ar]_(fuzz|old)", text)
    assert len(text) < 1500


def check(error: PinterestError, operation: Operation) -> None:
    """An error can be shown and sent elsewhere, says where it comes from and holds no token."""
    check_text(error)
    revived = pickle.loads(pickle.dumps(error))  # noqa: S301  # it is our own
    assert revived.args == error.args
    assert getattr(error, "operation", operation.id) == operation.id
    assert len(getattr(error, "body", b"")) < 2**20


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Thousands of warnings help nobody."""
    caplog.set_level(logging.ERROR, "pinterest_async")


async def test_f1_no_response_of_any_bytes_raises_anything_but_our_errors() -> None:
    """JSON, headers and raw bytes are spoilt: a value or our error comes of it, no item is lost."""
    announce(f"seed {SEED}")
    fuzzing = Fuzzing(random.Random(SEED))
    began = time.perf_counter()
    failed: dict[str, tuple[str, int, bytes]] = {}
    async with fuzzing.client() as client:
        for number in range(CASES):
            endpoint = fuzzing.endpoints[number % len(fuzzing.endpoints)]
            try:
                await fuzzing.one(client, endpoint)
            except Exception as error:  # noqa: BLE001  # that is what is looked for
                response = fuzzing.session.response
                said = f"{type(error).__name__}: {str(error)[:200]}"
                failed.setdefault(said, (endpoint.operation.id, number, response._body[:300]))
    announce(f"{CASES} responses in {time.perf_counter() - began:.0f} s")
    assert not failed, f"seed {SEED}: {failed}"


async def test_f8_no_token_response_of_any_bytes_raises_anything_but_our_errors() -> None:
    """OAuth stands on the same decoder, and a token that came is kept."""
    announce(f"seed {SEED}")
    fuzzing = Fuzzing(random.Random(SEED))
    app = OAuthApp("1", "secret", session=fuzzing.session)  # type: ignore[arg-type]
    token = Token("pina_old", refresh="pinr_old")
    good = {"access_token": "pina_new", "refresh_token": "pinr_new", "expires_in": 5, "scope": "a"}
    for number in range(2000):
        chance = fuzzing.chance
        body = encoded(spoil(dict(good), chance)) if number % 2 else encoded(good)
        body, headers = spoil_headers(spoil_bytes(body, chance), chance)
        fuzzing.session.response = Canned(chance.choice(STATUSES[:8]), headers, body)
        try:
            assert (await app.refresh(token)).access
        except PinterestError as error:
            check_text(error)


async def test_f1_no_public_response_of_any_bytes_raises_anything_but_our_errors() -> None:
    """So do the endpoints without a token."""
    announce(f"seed {SEED}")
    fuzzing = Fuzzing(random.Random(SEED))
    pin = {"id": "1", "description": "x", "images": {"237x": {"url": "u", "width": 1}}}
    good: dict[str, Any] = {
        "status": "success",
        "code": 0,
        "data": {"pins": [pin, pin], "user": {}, "board": {}},
    }
    async with PublicPinterest(session=fuzzing.session, retry=0) as public:  # type: ignore[arg-type]
        calls: list[Callable[[], Any]] = [
            lambda: public.user_pins("anna"),
            lambda: public.board_pins("anna", "plums"),
            lambda: public.pins(["1", "2"]),
            lambda: public.save_count("https://example.com"),
            lambda: public.oembed("https://example.com"),
        ]
        for number in range(2500):
            chance = fuzzing.chance
            value = msgspec.json.decode(msgspec.json.encode(good))
            body = encoded(spoil(value, chance)) if number % 2 else encoded(good)
            body, headers = spoil_headers(spoil_bytes(body, chance), chance)
            fuzzing.session.response = Canned(chance.choice(STATUSES[:8]), headers, body)
            try:
                await calls[number % 5]()
            except PinterestError as error:
                check_text(error)
