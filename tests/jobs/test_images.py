"""The download of pictures: the best size, whole files, and manners towards the host."""

from __future__ import annotations

import asyncio
import hashlib
import json
import signal
import subprocess
import time
from collections import Counter, defaultdict, deque
from random import Random
from typing import TYPE_CHECKING, Any, Self

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from pinterest_async import ConfigurationError, PermissionDenied, Pinterest, RetryPolicy
from pinterest_async.emulator import Answer, Emulator, in_thread
from pinterest_async.jobs import ImagesReport, download_images
from pinterest_async.jobs.images import download
from pinterest_async.models import Pin
from tests.support.commands import COMMAND, environment
from tests.support.full_disk import files_up_to

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOSTS = ("127.0.0.1", "localhost")
QUICK = RetryPolicy(attempts=3, base=0.001, cap=0.004)
PICTURE = b"\xff\xd8" + b"picture" * 100


class _Broken(web.StreamResponse):
    """Half a picture, or nothing at all, and the connection is closed."""

    def __init__(self, cut: bool) -> None:  # noqa: FBT001
        super().__init__(headers={"Content-Type": "image/jpeg"})
        self.content_length = len(PICTURE)
        self._cut = cut

    async def prepare(self, request: web.BaseRequest) -> Any:
        if self._cut:
            await super().prepare(request)
            await self.write(PICTURE[: len(PICTURE) // 2])
        assert request.transport is not None
        request.transport.close()
        return None


class Pictures:
    """A host of pictures: what it is told to answer to a path, else a picture."""

    def __init__(self) -> None:
        self.asked: list[web.BaseRequest] = []
        self.answers: defaultdict[str, deque[Callable[[], web.StreamResponse]]]
        self.answers = defaultdict(deque)
        self.under_way = 0
        self.most = 0
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self._server = TestServer(app)

    def url(self, path: str) -> str:
        """The address of a picture."""
        return str(self._server.make_url(path))

    def refuse(
        self, path: str, status: int, *, times: int = 1, headers: dict[str, str] | None = None
    ) -> None:
        """Answer with an error so many times."""
        self.answers[path].extend([lambda: web.Response(status=status, headers=headers)] * times)

    def misbehave(self, path: str, how: str | int) -> None:
        """Answer once with a status, a page, half a picture, or by hanging up."""
        if isinstance(how, int):
            self.refuse(path, how)
        elif how == "page":
            self.send(path, b"<html>", "text/html")
        else:
            self.answers[path].append(lambda: _Broken(how == "cut"))

    def send(self, path: str, body: bytes = PICTURE, kind: str = "image/jpeg") -> None:
        """Answer so, once, and try to leave a cookie."""
        headers = {"Content-Type": kind, "Set-Cookie": "who=you; Path=/"}
        self.answers[path].append(lambda: web.Response(body=body, headers=headers))

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [request.path for request in self.asked]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await asyncio.sleep(0)
        finally:
            self.under_way -= 1
        answers = self.answers[request.path]
        if answers:
            return answers.popleft()()
        return web.Response(body=PICTURE, content_type="image/jpeg")

    async def __aenter__(self) -> Self:
        await self._server.start_server(access_log=None, shutdown_timeout=0)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._server.close()


def pin(pin_id: str, **urls: str) -> Pin:
    """A Pin with sizes called `originals`, `_1200x` and so on."""
    images = {
        label.strip("_"): {
            "url": url,
            "width": 9 if label == "originals" else int(label.strip("_x")),
            "height": 1,
        }
        for label, url in urls.items()
    }
    return msgspec.convert(
        {"id": pin_id, "media": {"media_type": "image", "images": images}}, type=Pin
    )


def files(folder: Path) -> set[str]:
    """What the files of a folder are called."""
    return {path.name for path in folder.iterdir()}


async def test_all_pictures_of_an_account(tmp_path: Path) -> None:
    """Every picture of every Pin is fetched once; a second run fetches nothing."""
    async with (
        Emulator(boards=4, pins=90, local_pictures=True) as emulator,
        Pinterest(emulator.token, base_url=emulator.base_url) as client,
    ):
        report = await download_images(client, tmp_path, hosts=("localhost",))
        account = emulator.account
        again = await download_images(client, tmp_path, hosts=("localhost",))

    expected: set[str] = set()
    for one in account.saved.pins.values():
        count = len(one.media.get("items", ()))
        expected |= {f"{one.id}-{n + 1}.png" for n in range(count)} or {f"{one.id}.png"}
    assert files(tmp_path) == expected
    assert any("-2.png" in name for name in expected)
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in tmp_path.iterdir())
    assert report.complete
    assert (report.pins, report.downloaded, report.present) == (90, len(expected), 0)
    assert report.bytes == sum(path.stat().st_size for path in tmp_path.iterdir())
    assert (again.pins, again.downloaded, again.present) == (90, 0, len(expected))


async def test_metadata_stands_beside_each_picture(tmp_path: Path) -> None:
    """Each picture has its address, size, hash and Pin in a file, those of before included."""
    async with Pictures() as host:
        pins = [pin("1", originals=host.url("/a")), pin("2", originals=host.url("/b"))]
        await download_images(pins[:1], tmp_path, hosts=HOSTS, retry=QUICK)
        assert files(tmp_path) == {"1.jpg"}
        report = await download_images(
            [*pins, *pins], tmp_path, hosts=HOSTS, retry=QUICK, metadata=True
        )
        host.refuse("/c", 404)
        pins.append(pin("3", originals=host.url("/c")))
        await download_images(pins, tmp_path, hosts=HOSTS, retry=QUICK, metadata=True)
        told = [json.loads((tmp_path / f"{n}.json").read_bytes()) for n in (1, 2)]
        assert [one["url"] for one in told] == [None, host.url("/b")]

    assert files(tmp_path) == {"1.jpg", "1.json", "2.jpg", "2.json"}
    assert host.paths() == ["/a", "/b", "/c"]
    assert (report.downloaded, report.present, report.complete) == (1, 3, True)
    for number, one in enumerate(told, 1):
        assert one["file"] == f"{number}.jpg"
        assert one["pin_id"] == one["pin"]["id"] == str(number)
        assert one["bytes"] == len(PICTURE)
        assert one["sha256"] == hashlib.sha256(PICTURE).hexdigest()


async def test_a_full_disk_leaves_no_half(tmp_path: Path) -> None:
    """Neither a picture nor the file beside it stays where it cannot be written to its end."""
    async with Pictures() as host:
        one = pin("1", originals=host.url("/a"))
        talkative = msgspec.structs.replace(one, description="plum " * 20_000)
        with files_up_to(50_000), pytest.raises(OSError, match="too large"):
            await download_images([talkative], tmp_path, hosts=HOSTS, retry=QUICK, metadata=True)
    assert files(tmp_path) == set()


async def test_the_best_size_is_taken(tmp_path: Path) -> None:
    """`originals` where it is given, else the largest size, else the next."""
    async with Pictures() as host:
        host.refuse("/gone/originals", 404)
        host.send("/page/1200", b"<html>", "text/html")
        host.send("/png/600", PICTURE, "image/png")
        pins = [
            pin("1", _600x=host.url("/a/600"), originals=host.url("/a/originals")),
            pin("2", _600x=host.url("/b/600"), _1200x=host.url("/b/1200")),
            pin("3", originals=host.url("/gone/originals"), _400x=host.url("/gone/400")),
            pin("4", _1200x=host.url("/page/1200"), _600x=host.url("/png/600")),
        ]
        report = await download_images(pins, tmp_path, hosts=HOSTS, retry=QUICK)

    assert report.complete
    assert files(tmp_path) == {"1.jpg", "2.jpg", "3.jpg", "4.png"}
    assert Counter(host.paths()) == Counter(
        [
            *("/a/originals", "/b/1200", "/gone/originals", "/gone/400"),
            *("/page/1200", "/png/600"),
        ]
    )


async def test_no_token_and_no_cookie_is_sent(tmp_path: Path) -> None:
    """The host of the pictures learns nothing of the account, nor does it keep track of us."""
    async with Pictures() as host:
        for name in "ab":
            host.send(f"/{name}")
        pins = [pin("1", originals=host.url("/a")), pin("2", originals=host.url("/b"))]
        await download_images(pins, tmp_path, hosts=HOSTS, concurrency=1)

    for request in host.asked:
        assert not {"Authorization", "Cookie", "Referer"} & set(request.headers)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("kind", ["header", "auth"])
async def test_a_session_with_credentials_is_refused(tmp_path: Path, kind: str) -> None:
    """A session that would send a token to the host of pictures is not used."""
    options: dict[str, Any] = {"headers": {"authorization": "Bearer x"}}
    if kind == "auth":
        options = {"auth": aiohttp.BasicAuth("a", "b")}
    async with aiohttp.ClientSession(**options) as session:
        with pytest.raises(ConfigurationError, match="credentials"):
            await download_images([], tmp_path, session=session)


async def test_a_session_that_is_given_stays_open(tmp_path: Path) -> None:
    """The caller's session is used, and not closed."""
    async with Pictures() as host, aiohttp.ClientSession(headers={"X-Mine": "1"}) as session:
        pins = [pin("1", originals=host.url("/a"))]
        await download_images(pins, tmp_path, hosts=HOSTS, session=session)
        assert not session.closed
    assert host.asked[0].headers["X-Mine"] == "1"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.jpg",
        "https://i.pinimg.com.example.com/a.jpg",
        "https://user:word@127.0.0.1/a.jpg",
        "file:///etc/passwd",
        "http://[::1/a.jpg",
        "/a.jpg",
        "",
    ],
)
async def test_other_hosts_are_never_asked(tmp_path: Path, url: str) -> None:
    """An address that leads elsewhere is a failure, and nothing is sent."""
    async with Pictures() as host:
        pins = [pin("1", originals=url)]
        report = await download_images(pins, tmp_path, hosts=("127.0.0.1",), retry=QUICK)
    assert host.asked == []
    assert files(tmp_path) == set()
    assert report.complete is (url == "")


async def test_no_redirect_is_followed(tmp_path: Path) -> None:
    """A host cannot send us to another one."""
    async with Pictures() as host:
        host.refuse("/a", 302, headers={"Location": host.url("/b")})
        report = await download_images(
            [pin("1", originals=host.url("/a"))], tmp_path, hosts=HOSTS, retry=QUICK
        )
    assert host.paths() == ["/a"]
    assert [failure.reason for failure in report.failures] == ["the host responded with 302"]


async def test_faults_that_pass_are_tried_again(tmp_path: Path) -> None:
    """Errors of the host, empty answers and refusals cost time, no picture."""
    async with Pictures() as host:
        host.refuse("/a", 503, times=2)
        host.refuse("/b", 429, times=2)
        host.refuse("/c", 403, times=1)
        host.send("/d", b"")
        pins = [pin(str(n), originals=host.url(f"/{name}")) for n, name in enumerate("abcd")]
        report = await download_images(pins, tmp_path, hosts=HOSTS, retry=QUICK)

    assert report.complete
    assert report.downloaded == 4
    assert report.slowed >= 1
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {PICTURE}


async def test_what_cannot_be_had_is_named(tmp_path: Path) -> None:
    """Each picture that is not there at the end stands in the report with its reason."""
    async with Pictures() as host:
        host.refuse("/a", 404)
        host.refuse("/b", 500, times=3)
        host.refuse("/c", 403, times=3)
        host.refuse("/c/small", 403, times=3)
        host.refuse("/d", 429, times=3)
        pins = [
            pin("1", originals=host.url("/a")),
            pin("2", originals=host.url("/b"), _600x=host.url("/unasked")),
            pin("3", originals=host.url("/c"), _600x=host.url("/c/small")),
            pin("4", originals=host.url("/d")),
            pin("../5", originals=host.url("/unasked")),
            msgspec.convert({"id": "6"}, type=Pin),
            pin("7"),
            pin("8", originals=host.url("/fine")),
        ]
        report = await download_images(pins, tmp_path, hosts=HOSTS, retry=QUICK)

    assert {failure.pin_id: failure.reason for failure in report.failures} == {
        "1": "the host responded with 404",
        "2": "the host responded with 500",
        "3": "the host responded with 403",
        "4": "the host responded with 429",
        "../5": "an id that is none",
    }
    assert "/unasked" not in host.paths()
    assert not report.complete
    assert (report.pins, report.downloaded, report.without_image) == (8, 1, 2)
    assert files(tmp_path) == {"8.jpg"}


async def test_a_host_that_has_had_enough_is_left_alone(tmp_path: Path) -> None:
    """After many refusals in a row the download stops, says so, and goes on another time."""
    async with Pictures() as host:
        pins = [pin(str(n), originals=host.url(f"/{n}")) for n in range(100)]
        for n in range(10, 100):
            host.refuse(f"/{n}", 403, times=3)
        stopped = await download_images(pins, tmp_path, hosts=HOSTS, retry=QUICK, concurrency=2)
        asked = len(host.asked)
        host.answers.clear()
        rest = await download_images(pins, tmp_path, hosts=HOSTS, retry=QUICK)

    assert stopped.stopped is not None
    assert not stopped.complete
    assert stopped.downloaded == 10
    assert asked < 10 + 3 * 25
    assert (rest.present, rest.downloaded, rest.complete) == (10, 90, True)
    assert len(files(tmp_path)) == 100


async def test_a12_a_size_that_is_not_given_costs_one_request(tmp_path: Path) -> None:
    """Where the host refuses `originals` alone, the next size is fetched at once, with no rest."""
    denied = {"Content-Type": "application/xml"}
    async with Pictures() as host:
        pins: list[Pin] = []
        for n in range(40):
            pins.append(pin(str(n), originals=host.url(f"/{n}/o"), _600x=host.url(f"/{n}/600")))
            host.refuse(f"/{n}/o", 403, times=9, headers=denied)
        started = time.monotonic()
        # A single rest would be longer than all of it.
        patient = RetryPolicy(attempts=3, base=30.0)
        report = await download_images(pins, tmp_path, hosts=HOSTS, retry=patient)
    assert time.monotonic() - started < 15
    assert (report.downloaded, report.slowed, report.complete) == (40, 0, True)
    assert len(host.asked) == 80


async def test_a12_pictures_that_are_refused_here_and_there_hold_up_no_other(
    tmp_path: Path,
) -> None:
    """A picture that is refused in all sizes is named, and there is no rest where others come."""
    async with Pictures() as host:
        pins = [pin(str(n), originals=host.url(f"/{n}")) for n in range(40)]
        for n in range(0, 40, 2):
            host.refuse(f"/{n}", 403, times=9)
        report = await download_images(pins, tmp_path, hosts=HOSTS, retry=QUICK, concurrency=1)
    assert (report.downloaded, report.slowed, report.stopped) == (20, 0, None)
    assert {failure.pin_id for failure in report.failures} == {str(n) for n in range(0, 40, 2)}


async def test_retry_after_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is at least as long as the host asks for, and all downloads keep it."""
    rests: list[float] = []
    refused = download._Pace.refused

    def at_once(pace: download._Pace, sent_at: float, retry_after: float) -> bool:
        rests.append(retry_after)
        return refused(pace, sent_at, 0.0)

    monkeypatch.setattr(download._Pace, "refused", at_once)
    async with Pictures() as host:
        host.refuse("/a", 429, headers={"Retry-After": "7"})
        host.refuse("/b", 429, headers={"Retry-After": "soon"})
        pins = [pin("1", originals=host.url("/a")), pin("2", originals=host.url("/b"))]
        report = await download_images(pins, tmp_path, hosts=HOSTS, retry=QUICK, concurrency=1)
    assert rests == [7.0, 0.0]
    assert report.complete

    pace = download._Pace(QUICK)
    now = asyncio.get_running_loop().time()
    assert refused(pace, now, 7.0)
    assert pace._rest_until >= now + 7
    # Requests that were under way when the rest began do not make it longer.
    assert not refused(pace, now - 1, 9.0)


@pytest.mark.parametrize("seed", range(6))
async def test_random_faults_end_exactly(tmp_path: Path, seed: int) -> None:
    """Whatever the host does: a file is whole or not there, and what is not there is named."""
    random = Random(seed)
    async with Pictures() as host:
        pins: list[Pin] = []
        for n in range(60):
            paths = {"originals": f"/{n}/originals", "_600x": f"/{n}/600", "_400x": f"/{n}/400"}
            pins.append(pin(str(n), **{label: host.url(path) for label, path in paths.items()}))
            for path in paths.values():
                for _ in range(random.choice((0, 0, 1, 2, 4))):
                    host.misbehave(path, random.choice(("cut", "drop", "page", 403, 404, 429, 500)))
        first = await download_images(pins, tmp_path, hosts=HOSTS, retry=QUICK)
        there = files(tmp_path)
        assert {path.read_bytes() for path in tmp_path.iterdir()} <= {PICTURE}
        assert {name.partition(".")[0] for name in there} == {str(n) for n in range(60)} - {
            failure.pin_id for failure in first.failures
        }
        assert first.downloaded == len(there) == 60 - len(first.failures)
        host.answers.clear()
        second = await download_images(pins, tmp_path, hosts=HOSTS, retry=QUICK)
    assert second.complete
    assert (second.present, second.downloaded) == (len(there), len(first.failures))
    assert files(tmp_path) == {f"{n}.jpg" for n in range(60)}


async def test_no_more_at_a_time_than_allowed(tmp_path: Path) -> None:
    """`concurrency` bounds the pictures under way, and is checked."""
    async with Pictures() as host:
        pins = [pin(str(n), originals=host.url(f"/{n}")) for n in range(40)]
        await download_images(pins, tmp_path, hosts=HOSTS, concurrency=3)
    assert 1 < host.most <= 3
    with pytest.raises(ConfigurationError, match="concurrency"):
        await download_images([], tmp_path, concurrency=0)


async def test_a_pin_that_comes_twice_is_fetched_once(tmp_path: Path) -> None:
    """The Pins of several boards may overlap."""
    async with Pictures() as host:
        pins = [pin("1", originals=host.url("/a"))] * 3
        report = await download_images(pins, tmp_path, hosts=HOSTS)
    assert len(host.asked) == 1
    assert (report.downloaded, report.present) == (1, 2)


async def test_halves_are_cleared_away(tmp_path: Path) -> None:
    """What a killed run left is fetched anew, and other people's files are let be."""
    (tmp_path / "1.partial").write_bytes(b"half")
    (tmp_path / "1.json.partial").write_bytes(b"half")
    (tmp_path / "notes.txt.partial").write_text("mine")
    (tmp_path / "2.png").write_bytes(PICTURE)
    async with Pictures() as host:
        pins = [pin("1", originals=host.url("/a")), pin("2", originals=host.url("/b"))]
        report = await download_images(pins, tmp_path, hosts=HOSTS)
    assert files(tmp_path) == {"1.jpg", "2.png", "notes.txt.partial"}
    assert (report.downloaded, report.present) == (1, 1)


async def test_cancelling_leaves_no_halves(tmp_path: Path) -> None:
    """A cancelled download ends at once; what is there is whole."""
    seen = asyncio.Event()
    async with Pictures() as host:
        pins = [pin(str(n), originals=host.url(f"/{n}")) for n in range(300)]

        def progress(report: ImagesReport) -> None:
            if report.downloaded >= 20:
                seen.set()

        task = asyncio.create_task(download_images(pins, tmp_path, hosts=HOSTS, progress=progress))
        await seen.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert all(name.endswith(".jpg") for name in files(tmp_path))
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {PICTURE}
    assert 20 <= len(files(tmp_path)) < 300


async def test_a_failing_listing_is_raised(tmp_path: Path) -> None:
    """An error of the Pins' source ends the download as itself, after what was begun."""
    async with (
        Emulator(boards=1, pins=300, local_pictures=True) as emulator,
        Pinterest(
            emulator.token, base_url=emulator.base_url, retry=RetryPolicy(attempts=1)
        ) as client,
    ):
        emulator.fail("pins/list", Answer(403, {"code": 29, "message": "No."}), skip=1)
        with pytest.raises(PermissionDenied):
            await download_images(client, tmp_path, hosts=("localhost",))
    assert len(files(tmp_path)) >= 250
    assert not any(name.endswith(".partial") for name in files(tmp_path))


def test_the_command_survives_kills(tmp_path: Path) -> None:
    """Killed at several points, the command goes on and ends with every picture, whole."""
    out = tmp_path / "out"
    with in_thread(Emulator(boards=6, pins=200, latency=0.002, local_pictures=True)) as emulator:
        command = [*COMMAND, "images", str(out)]
        command += ["--host", "localhost", "--json"]
        for wanted in (20, 90):
            process = subprocess.Popen(
                command, env=environment(emulator), stdout=subprocess.DEVNULL
            )
            while not out.exists() or len(list(out.iterdir())) < wanted:
                assert process.poll() is None
            process.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL
        ended = subprocess.run(command, env=environment(emulator), check=True, capture_output=True)
        pins = set(emulator.account.saved.pins)
    report = json.loads(ended.stdout)
    assert report["failures"] == []
    assert report["present"] >= 90 - 8
    names = files(out)
    assert {name.partition(".")[0].partition("-")[0] for name in names} == pins
    assert all((out / name).read_bytes().endswith(b"IEND\xaeB`\x82") for name in names)
    assert report["present"] + report["downloaded"] == len(names)
