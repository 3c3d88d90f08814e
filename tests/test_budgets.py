"""What a call, a page and a start may take, counted and not timed.

A figure here is what was found, and a little more for other versions of Python. Whoever makes it
worse on purpose changes the figure with it.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import subprocess
import sys
import tracemalloc
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

import pinterest_async
from benchmarks import responses
from pinterest_async import Pinterest, Window
from pinterest_async._call.endpoint import Endpoint
from pinterest_async.models import Pin
from pinterest_async.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator
    from types import FrameType

    from pinterest_async._call.decoding import PageBody

PACKAGE: Final = pinterest_async.__file__.removesuffix("__init__.py")
PIN: Final = responses.encode(responses.pin(0))
PAGE: Final = responses.page([responses.pin(number) for number in range(responses.PAGE)], None)
WINDOWS: Final = [Window(10**6, 60.0)]
"""Long enough that nothing of it passes while a test runs, however slow the machine is."""
WARM: Final = 300
CALLS: Final = 1024
"""Four times as many as are entered into the limiter's accounts together."""


class Response:
    """An answer that is there at once."""

    status = 200
    headers = CIMultiDictProxy(
        CIMultiDict(
            {
                "Content-Type": "application/json",
                "Content-Length": "1000",
                "x-ratelimit-limit": '1000000, 1000000;w=60;name="org_read"',
                "x-ratelimit-remaining": "999999",
                "x-ratelimit-reset": "1",
            }
        )
    )

    async def read(self) -> bytes:
        """Give the body."""
        return PIN


class Session:
    """A session that answers without a line of aiohttp's, so that ours alone are counted."""

    closed = False
    connector = None

    def __init__(self) -> None:
        self._response = Response()

    async def request(self, *_given: object, **_more: object) -> Response:
        """Answer."""
        return self._response


@pytest.fixture
async def client(caplog: pytest.LogCaptureFixture) -> AsyncGenerator[Pinterest]:
    """A client whose limits are learned and confirmed, and whose caches are full."""
    caplog.set_level(logging.INFO, logger="pinterest_async")
    asyncio.get_running_loop().set_debug(False)
    session: Any = Session()
    async with Pinterest("pina_budget", session=session, limits={"org_read": WINDOWS}) as client:
        for _ in range(WARM):
            await client.pins.get("1")
        yield client


@contextmanager
def counting() -> Generator[Counter[str]]:
    """Count the calls of the package's functions; a coroutine counts each time it goes on."""
    called: Counter[str] = Counter()

    def count(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(PACKAGE):
            called[frame.f_code.co_qualname] += 1

    sys.setprofile(count)
    try:
        yield called
    finally:
        sys.setprofile(None)


def _modules(program: str) -> set[str]:
    shown = f"import sys\n{program}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", shown], check=True, capture_output=True, text=True)
    return set(done.stdout.splitlines()[-1].split())


def test_the_import_takes_few_modules() -> None:
    """To import the package loads a handful of its own modules, and neither aiohttp nor models."""
    loaded = _modules("import pinterest_async") - _modules("pass")
    own = {name for name in loaded if name.startswith("pinterest_async")}
    assert len(own) <= 3
    assert not {"aiohttp", "msgspec", "aiolimiter", "asyncio"} & loaded


def test_a_client_takes_few_modules_beside_the_three_libraries() -> None:
    """What a client loads beside aiohttp, msgspec and aiolimiter is its own, and not much."""
    libraries = _modules("import aiohttp, msgspec, aiolimiter")
    loaded = _modules("from pinterest_async import Pinterest; Pinterest('pina_budget')")
    beside = loaded - libraries
    own = {name for name in beside if name.startswith("pinterest_async")}
    assert len(own) <= 37
    assert not any("models" in name for name in own)
    assert len(beside - own) <= 7, sorted(beside - own)


async def test_a_call_takes_few_functions(client: Pinterest) -> None:
    """A call runs through so many functions of the package, its limiter and decoding included."""
    with counting() as called:
        for _ in range(CALLS):
            await client.pins.get("1")
    functions = sum(called.values()) / CALLS
    # On a slow machine calls leave the window of a second meanwhile: a function now and then.
    assert 10 < functions <= 16.1, called.most_common(40)


async def test_a_call_makes_few_objects(client: Pinterest) -> None:
    """A call makes so many objects that the collector follows, and leaves none of them."""
    gc.collect()
    gc.disable()
    try:
        before = gc.get_count()[0], len(gc.get_objects())
        kept = [await client.pins.get("1") for _ in range(CALLS)]
        made = gc.get_count()[0] - before[0]
        kept.clear()
        left = len(gc.get_objects()) - before[1]
    finally:
        gc.enable()
    # What is made and gone again is not in the count: this is what an answer keeps.
    assert made / CALLS <= 2.1
    assert left / CALLS <= 0.3


async def test_a_call_takes_little_memory(client: Pinterest) -> None:
    """At its height a call holds so many bytes, its answer included, and hardly any afterwards."""
    await client.pins.get("1")
    gc.collect()
    held: list[tuple[int, int]] = []
    tracemalloc.start()
    try:
        # What else the process does meanwhile is counted too: the least of three is the call's.
        for _ in range(3):
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            await client.pins.get("1")
            after, peak = tracemalloc.get_traced_memory()
            held.append((peak - before, after - before))
    finally:
        tracemalloc.stop()
    assert min(peak for peak, _ in held) <= 7_000, held
    assert min(kept for _, kept in held) <= 2_500, held


@pytest.fixture(scope="module")
def decode() -> Callable[[bytes], PageBody[Pin]]:
    """The decoder of a page, made beforehand."""
    endpoint = Endpoint[Pin](OPERATIONS["boards/list_pins"], Pin)
    endpoint.decode_page(PAGE)
    return endpoint.decode_page


def test_a_page_makes_few_objects_for_the_collector(
    decode: Callable[[bytes], PageBody[Pin]],
) -> None:
    """Of a page of 250 Pins the collector follows their lists of product tags, and no struct."""
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        page = decode(PAGE)
        tracked = len(gc.get_objects()) - before
    finally:
        gc.enable()
    assert len(page.items or []) == responses.PAGE
    assert not gc.is_tracked((page.items or [])[0])
    assert tracked / responses.PAGE <= 1.1


def test_a_page_calls_one_function_for_each_item(
    decode: Callable[[bytes], PageBody[Pin]],
) -> None:
    """A Pin is read by the decoder alone, but for its time, which gets the zone that it lacks."""
    with counting() as called:
        decode(PAGE)
    assert sum(called.values()) == responses.PAGE, called.most_common(5)


BARE: Final = """
import typer
app = typer.Typer(rich_markup_mode=None)
@app.command()
def one(name: str): pass
@app.command()
def two(name: str): pass
sys.argv = ["bare", "one", "--help"]
app(standalone_mode=False)
"""
"""A Typer program that does nothing else."""
NEVER_FOR_HELP: Final = {"aiohttp", "aiolimiter", "asyncio", "msgspec", "rich", "sqlite3", "yarl"}


@pytest.mark.parametrize(
    ("words", "typed", "own", "spared"),
    [
        (["--help"], None, 8, NEVER_FOR_HELP),
        (["--version"], None, 8, NEVER_FOR_HELP),
        ([], "pinterest-async e", 8, NEVER_FOR_HELP),
        (["export", "--help"], None, 10, NEVER_FOR_HELP),
        (["login", "--help"], None, 15, NEVER_FOR_HELP),
        # The table of operations is read by msgspec.
        ([], "pinterest-async call boards.l", 16, {"aiohttp", "asyncio", "rich"}),
        ([], "pinterest-async call boards.list p", 60, {"aiohttp", "rich"}),
    ],
)
def test_a_help_or_completion_takes_few_modules(
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    typed: str | None,
    own: int,
    spared: set[str],
) -> None:
    """Beside what Typer loads, a help loads a few modules of our own and no library."""
    bare = _modules(BARE)
    if typed is not None:
        monkeypatch.setenv("_PINTEREST_ASYNC_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", typed)
        monkeypatch.setenv("COMP_CWORD", str(typed.count(" ")))
    run = (
        f"sys.argv = ['pinterest-async', *{words!r}]\n"
        "from pinterest_async.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    print()"
    )
    loaded = _modules(run)
    assert not spared & loaded
    mine = {name for name in loaded if name.startswith("pinterest_async")}
    assert 3 < len(mine) <= own, sorted(mine)
    if spared is NEVER_FOR_HELP:
        assert len(loaded - bare - mine) <= 25, sorted(loaded - bare - mine)
