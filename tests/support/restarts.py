"""Runs of one program that are killed and started again, each within milliseconds.

A process that has imported everything forks itself for each run, so that hundreds of runs are
affordable.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

_DRIVER = """
import asyncio, json, os, sys, traceback
{source}
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        code = 70
        try:
            code = asyncio.run(main(*json.loads(line)))
        except BaseException:
            traceback.print_exc()
        os._exit(code)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Program:
    """A program, ready to run.

    Args:
        source: Python with an `async def main(*words: str) -> int` that returns the exit code.
    """

    def __init__(self, source: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _DRIVER.replace("{source}", source)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def finish(
        self, words: list[str], seen: Callable[[], int], chance: Random, *, kills: int, within: int
    ) -> int:
        """Run until it ends with 0, killed at random points at first; return how often it was.

        Args:
            words: its arguments.
            seen: counts what tells how far a run is, for example requests.
            chance: decides the points.
            kills: how often to kill it.
            within: how much of `seen` a run gets to do at most before it is killed.
        """
        killed = 0
        for _ in range(kills + 60):
            child = self._start(words)
            if killed < kills:
                goal = seen() + chance.randrange(within + 1)
                while seen() < goal and not self._ended():
                    time.sleep(0.0005)
                time.sleep(chance.uniform(0, 0.008))
                if not self._ended():
                    # Between the question and the kill, it may have ended by itself.
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(child, signal.SIGKILL)
            code = self._line()
            killed += code == -signal.SIGKILL
            if code == 0:
                return killed
        raise AssertionError("it never ended")

    def _start(self, words: list[str]) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps(words)}\n".encode())
        return self._line()

    def _ended(self) -> bool:
        assert self._process.stdout is not None
        return bool(select.select([self._process.stdout], [], [], 0)[0])

    def _line(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())
