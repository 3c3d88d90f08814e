"""SIGTERM ends a command as Ctrl-C does, with a code of its own (row F19)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pinterest_async.emulator import Emulator, in_thread
from tests.support.commands import COMMAND, environment

if TYPE_CHECKING:
    from collections.abc import Callable

OWN_PROCESS_IDS = ("unshare", "--pid", "--fork", "--kill-child")


def started(*words: str, emulator: Emulator | None = None) -> subprocess.Popen[str]:
    """A command that runs as a program of its own."""
    return subprocess.Popen(
        words,
        env=None if emulator is None else environment(emulator),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until(true: Callable[[], bool]) -> None:
    """Return as soon as it is true; fail when it does not become so."""
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.parametrize("as_json", [True, False])
def test_f19_sigterm_cancels_a_job(tmp_path: Path, *, as_json: bool) -> None:
    """F19: an export ends with 143, says so, and leaves what the next run goes on from."""
    with in_thread(Emulator(boards=4, pins=60, latency=0.2)) as emulator:
        words = ("export", str(tmp_path), *(["--json"] if as_json else []))
        process = started(*COMMAND, *words, emulator=emulator)
        wait_until(lambda: len(emulator.requests) > 2)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, out) == (143, "")
        if as_json:
            said = {"type": "Terminated", "message": "terminated", "exit_code": 143}
            assert json.loads(err) == {"error": said}
        else:
            assert err.splitlines() == [
                "pinterest-async: terminated",
                "the same command goes on where it was",
            ]
        assert [path.name for path in tmp_path.iterdir()] == [".pinterest-export.sqlite"]
        emulator.latency = 0.0
        again = started(*COMMAND, *words, emulator=emulator)
        again.communicate(timeout=20)
        assert again.returncode == 0


def test_f19_sigterm_ends_the_emulator() -> None:
    """F19: the emulator ends with 143 and says so in a line."""
    process = started(*COMMAND, "emulator", "--json")
    assert process.stdout is not None
    assert process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 143
    assert json.loads(err)["error"]["type"] == "Terminated"


def test_f19_the_first_process_of_a_container_ends() -> None:
    """F19: with the process id 1, which ignores signals without a handler, the emulator ends."""
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare")
    if subprocess.run([*OWN_PROCESS_IDS, "true"], capture_output=True, check=False).returncode:
        pytest.skip("process ids of its own are not permitted")
    process = started(*OWN_PROCESS_IDS, *COMMAND, "emulator", "--json")
    assert process.stdout is not None
    assert process.stdout.readline()
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii")
    os.kill(int(children), signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 143
