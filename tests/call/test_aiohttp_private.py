"""The private parts of aiohttp that `_call/connections.py` leans on are as they were."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import Final

import aiohttp
import pytest
from aiohttp import ClientSession

SENT: Final = (
    "method", "str_or_url", "data", "headers", "allow_redirects", "raise_for_status",
    "auto_decompress", "middlewares", "timeout",
)  # fmt: skip
"""The parameters of `_request` that this package may pass, the first two by position."""
ADVICE: Final = (
    f"aiohttp {aiohttp.__version__} has changed: read its ClientSession again, and what "
    "pinterest_async/_call/connections.py makes of"
)


def test_request_does_nothing_but_call_its_private_twin() -> None:
    """`session.request` adds only what `async with` needs, so that leaving it out loses nothing."""
    source = textwrap.dedent(inspect.getsource(ClientSession.request))
    (function,) = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    does = [ast.unparse(line) for line in function.body if not isinstance(line, ast.Expr)]
    expected = "return _RequestContextManager(self._request(method, url, **kwargs))"
    assert does == [expected], f"{ADVICE} `_request`: `request` is more than a context around it"


def test_the_private_request_takes_what_is_passed() -> None:
    """`_request` is a coroutine function with the parameters that are used."""
    assert inspect.iscoroutinefunction(ClientSession._request), f"{ADVICE} `_request`"
    parameters = list(inspect.signature(ClientSession._request).parameters)
    assert parameters[:3] == ["self", *SENT[:2]], f"{ADVICE} `_request`"
    assert set(SENT) <= set(parameters), f"{ADVICE} `_request`"


@pytest.mark.parametrize(
    ("name", "uses"),
    [
        ("_retry_connection", "self._retry_connection and method in IDEMPOTENT_METHODS"),
        ("_middlewares", "self._middlewares if middlewares is None else middlewares"),
    ],
)
def test_the_private_attributes_decide_what_they_did(name: str, uses: str) -> None:
    """Each attribute is there and is read once, where it decides what is relied upon."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(ClientSession._request)))
    readers = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.BoolOp | ast.IfExp) and f"self.{name}" in ast.unparse(node)
    ]
    assert readers == [uses], f"{ADVICE} `{name}`"


async def test_a_session_begins_with_them() -> None:
    """A new session sends again by itself, and knows the middlewares that it was given."""

    async def middleware(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        return await handler(request)

    async with ClientSession(middlewares=[middleware]) as session:
        assert list(getattr(session, "_middlewares", ())) == [middleware], f"{ADVICE} _middlewares"
        assert getattr(session, "_retry_connection", None) is True, f"{ADVICE} _retry_connection"
