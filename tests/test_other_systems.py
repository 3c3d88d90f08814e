"""What other systems do otherwise: here one is pretended, where it is not at hand."""

from __future__ import annotations

import errno
import importlib.util
import json
import socket
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import platformdirs
import pytest
from aiohttp import web
from platformdirs.macos import MacOS
from platformdirs.windows import Windows

from pinterest_async import ConfigurationError, Pinterest, _files
from pinterest_async.auth import MemoryTokenStore, OAuthApp, logins
from pinterest_async.auth.login import log_in
from pinterest_async.auth.stores import _locks
from pinterest_async.emulator import Emulator, in_thread
from pinterest_async.jobs import export_account
from tests.support.clients import client_of
from tests.support.commands import COMMAND, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.commands import Shell


# Files that are open on Windows


class Readers:
    """Programs that keep files open, as Windows sees it: the first attempts to replace fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, attempts: float) -> None:
        self.refused: dict[str, int] = {}
        replace = Path.replace

        def busy(path: Path, target: Path) -> Path:
            refused = self.refused.setdefault(Path(target).name, 0)
            if refused < attempts:
                self.refused[Path(target).name] += 1
                raise PermissionError(errno.EACCES, "in use", str(target))
            return replace(path, target)

        monkeypatch.setattr(Path, "replace", busy)
        monkeypatch.setattr(_files, "READERS_BLOCK", True)
        monkeypatch.setattr(_files, "_PAUSE", 0.0)


@pytest.mark.parametrize("format", ["jsonl", "csv", "sqlite"])
async def test_f18_an_export_waits_for_readers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: Any
) -> None:
    """F18: every file of an export gets its name in the end, though others read the old one."""
    async with Emulator(boards=2, pins=5) as emulator, client_of(emulator) as client:
        await export_account(client, tmp_path, format=format)
        readers = Readers(monkeypatch, 2)
        report = await export_account(client, tmp_path, format=format, overwrite=True)
    assert report.complete
    assert "manifest.json" in readers.refused
    assert {*readers.refused.values()} == {2}


def test_f18_a_file_that_stays_open_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: Shell
) -> None:
    """F18: where a spreadsheet keeps the file open, the command ends and says what to do."""
    out = tmp_path / "figures.csv"
    out.write_text("old")
    Readers(monkeypatch, float("inf"))
    monkeypatch.setattr(_files, "SECONDS", 0.01)
    ended = shell("analytics", "--last", "1", "--out", str(out), "--emulator")
    assert ended.code == 1
    assert "another program has figures.csv open: close it there" in ended.complaint
    assert out.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["figures.csv"]


def test_elsewhere_a_refusal_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where readers do not block, a folder that may not be written is told at once."""
    readers = Readers(monkeypatch, 1)
    monkeypatch.setattr(_files, "READERS_BLOCK", False)
    draft = tmp_path / "draft"
    draft.touch()
    with pytest.raises(PermissionError) as refused:
        _files.replace(draft, tmp_path / "final")
    assert readers.refused == {"final": 1}
    assert not hasattr(refused.value, "__notes__")


# Locks of Windows


class Msvcrt(ModuleType):
    """As much of the module as locks need: one that is let go of after some looks."""

    LK_NBLCK = 2

    def __init__(self, looks: float) -> None:
        super().__init__("msvcrt")
        self.looks = looks

    def locking(self, _descriptor: int, mode: int, size: int) -> None:
        """Lock, or refuse as the system does."""
        assert (mode, size) == (self.LK_NBLCK, 1)
        self.looks -= 1
        if self.looks >= 0:
            raise OSError(errno.EACCES, "Permission denied")


def locks_of_windows(monkeypatch: pytest.MonkeyPatch, msvcrt: Msvcrt) -> Any:
    """The module of locks as Windows loads it."""
    monkeypatch.setitem(sys.modules, "msvcrt", msvcrt)
    assert _locks.__file__ is not None
    spec = importlib.util.spec_from_file_location("locks_of_windows", _locks.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with monkeypatch.context() as pretended:
        pretended.setattr(sys, "platform", "win32")
        spec.loader.exec_module(module)
    monkeypatch.setattr(module, "POLL", 0.0)
    return module


def test_a_lock_of_windows_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer than the ten looks after which the system itself gives up."""
    msvcrt = Msvcrt(25)
    locks = locks_of_windows(monkeypatch, msvcrt)
    with locks.locked(tmp_path / "lock"):
        assert msvcrt.looks == -1


def test_a_lock_of_windows_that_is_never_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the end it is an error, and says why."""
    locks = locks_of_windows(monkeypatch, Msvcrt(float("inf")))
    monkeypatch.setattr(locks, "PATIENCE", 0.0)
    with pytest.raises(OSError, match="does not let go"), locks.locked(tmp_path / "lock"):
        pass


# Where logins are kept


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder, with no variables that say otherwise."""
    for name in ("XDG_CONFIG_HOME", "APPDATA", "WIN_PD_OVERRIDE_LOCAL_APPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    return tmp_path


def folder() -> Path:
    """Where the logins of Pinterest's own host are."""
    return logins.place(base_url="https://api.pinterest.com/v5").store.folder


def test_linux_keeps_logins_in_its_settings(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As before."""
    if sys.platform != "linux":
        pytest.skip("this is not Linux")
    assert folder() == home / ".config" / "pinterest-async" / "api.pinterest.com"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "elsewhere"))
    assert folder() == home / "elsewhere" / "pinterest-async" / "api.pinterest.com"


def test_macos_keeps_logins_with_its_programs(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In Application Support; those of earlier versions are found where they are."""
    monkeypatch.setattr(platformdirs, "PlatformDirs", MacOS)
    support = home / "Library" / "Application Support" / "pinterest-async"
    assert folder() == support / "api.pinterest.com"
    old = home / ".config" / "pinterest-async"
    old.mkdir(parents=True)
    assert folder() == old / "api.pinterest.com"
    support.mkdir(parents=True)
    assert folder() == support / "api.pinterest.com"


def test_windows_keeps_logins_on_the_machine(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not among the settings that follow their owner to other machines."""
    local, roaming = home / "AppData" / "Local", home / "AppData" / "Roaming"
    monkeypatch.setattr(platformdirs, "PlatformDirs", Windows)
    folders = {"CSIDL_LOCAL_APPDATA": str(local), "CSIDL_APPDATA": str(roaming)}
    monkeypatch.setattr("platformdirs.windows.get_win_folder", folders.__getitem__)
    monkeypatch.setenv("APPDATA", str(roaming))
    monkeypatch.setattr(logins, "sys", SimpleNamespace(platform="win32"))
    assert folder() == local / "pinterest-async" / "api.pinterest.com"
    old = roaming / "pinterest-async"
    old.mkdir(parents=True)
    assert folder() == old / "api.pinterest.com"


def test_without_its_extra_no_login_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the extra, and the way without a login."""
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    for make in (Pinterest.from_login, Pinterest.from_env):
        with pytest.raises(ConfigurationError, match=r"pinterest-async\[cli\].*ACCESS_TOKEN"):
            make()


# The two addresses of localhost


def has_ipv6() -> bool:
    """Whether this machine can be called by its other address."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


async def addresses_of(host: str) -> set[str]:
    """The addresses at which a login waits for the browser."""
    port = free_port()
    app = OAuthApp("1", "s", f"http://{host}:{port}/")
    found: set[str] = set()

    def look(_url: str) -> None:
        for address in ("127.0.0.1", "::1"):
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            with socket.socket(family) as probe:
                if probe.connect_ex((address, port)) == 0:
                    found.add(address)

    store = MemoryTokenStore()
    with pytest.raises(Exception, match="nobody has logged in"):
        await log_in(
            app, ["boards:read"], store=store, account="me", open_browser=look, timeout=0.05
        )
    return found


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")
async def test_localhost_is_both_addresses() -> None:
    """A login waits at the address that a browser tries first, whichever that is."""
    assert await addresses_of("localhost") == {"127.0.0.1", "::1"}
    assert await addresses_of("127.0.0.1") == {"127.0.0.1"}


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")
async def test_a_stranger_at_the_other_address_is_told() -> None:
    """Who listens there would get the code, so the login does not begin."""
    with socket.socket(socket.AF_INET6) as stranger:
        stranger.bind(("::1", 0))
        stranger.listen()
        app = OAuthApp("1", "s", f"http://localhost:{stranger.getsockname()[1]}/")
        store = MemoryTokenStore()
        with pytest.raises(ConfigurationError, match=r"port .* cannot be used"):
            await log_in(app, ["boards:read"], store=store, account="me", open_browser=print)


@pytest.mark.parametrize("reason", [errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, None])
async def test_a_machine_without_the_other_address(
    monkeypatch: pytest.MonkeyPatch, reason: int | None
) -> None:
    """A login is served at the one that there is."""
    start = web.TCPSite.start

    async def without(site: web.TCPSite) -> None:
        if "::1" in site.name:
            raise OSError(reason, "no such address")
        await start(site)

    monkeypatch.setattr(web.TCPSite, "start", without)
    assert await addresses_of("localhost") == {"127.0.0.1"}


# Terminals without Unicode


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An account with a board whose name no small alphabet has."""
    with in_thread(Emulator(boards=1, pins=0)) as emulator:
        (board,) = emulator.account.saved.boards.values()
        board.name = "Zwetschgen§ 梅 🍰"
        yield emulator


@pytest.mark.parametrize("encoding", ["cp1252", "cp437"])
def test_a_terminal_without_unicode(emulator: Emulator, encoding: str) -> None:
    """What it has no character for is written out, and JSON stays what it was."""
    variables = {**environment(emulator), "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    for words in (("boards",), ("call", "boards.list", "--json")):
        ended = subprocess.run(
            [*COMMAND, *words], env=variables, capture_output=True, timeout=60, check=False
        )
        assert (ended.returncode, ended.stderr) == (0, b"")
        printed = ended.stdout.decode(encoding)
        assert "\\u6885 \\ud83c\\udf70" in printed
        if "--json" in words:
            assert json.loads(printed)["name"] == "Zwetschgen§ 梅 🍰"
        elif encoding == "cp1252":
            assert "Zwetschgen§ " in printed
