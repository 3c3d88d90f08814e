"""A real browser, driven over its debugging protocol."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


class Tab:
    """A page of a browser, driven over its debugging protocol."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._count = 0
        self.asked: list[str] = []
        """The addresses that pages asked for, those of this test among them."""
        self.complaints: list[str] = []
        """What the browser complained of."""

    async def watch(self) -> None:
        """Note from now on what pages ask for and complain of."""
        for domain in ("Network", "Log", "Runtime", "Page"):
            await self.send(f"{domain}.enable")

    async def go(self, url: str) -> None:
        """Open an address."""
        await self.send("Page.navigate", url=url)

    async def wait_for(self, expression: str) -> Any:
        """Wait until an expression of JavaScript is true of the page, and return its value."""
        async with asyncio.timeout(60):
            while True:
                answer = await self.send("Runtime.evaluate", expression=expression)
                if value := answer.get("result", {}).get("value"):
                    return value
                await asyncio.sleep(0.05)

    async def value(self, expression: str) -> Any:
        """Return the value of an expression of JavaScript."""
        answer = await self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def press(self, key: str) -> None:
        """Press a key."""
        text = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
        await self.send("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, **text)
        await self.send("Input.dispatchKeyEvent", type="keyUp", key=key, code=key)

    async def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command of the protocol and return what it brings."""
        self._count += 1
        number = self._count
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            answer: dict[str, Any] = await self._socket.receive_json()
            self._note(answer)
            if answer.get("id") == number:
                result: dict[str, Any] = answer.get("result", {})
                return result

    def _note(self, event: dict[str, Any]) -> None:
        parameters = event.get("params", {})
        if event.get("method") == "Network.requestWillBeSent":
            self.asked.append(parameters["request"]["url"])
        if event.get("method") == "Log.entryAdded":
            self.complaints.append(parameters["entry"]["text"])
        if event.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(str(parameters["exceptionDetails"]))


@contextlib.asynccontextmanager
async def _running(profile: Path) -> AsyncGenerator[str]:
    """The address of a browser with a profile of its own."""
    assert CHROMIUM is not None
    process = await asyncio.create_subprocess_exec(
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--remote-debugging-port=0",
        f"--user-data-dir={profile}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        told = profile / "DevToolsActivePort"
        async with asyncio.timeout(60):
            while not told.exists() or not told.read_text():
                assert process.returncode is None, "chromium did not start"
                await asyncio.sleep(0.05)
        yield f"http://127.0.0.1:{told.read_text().splitlines()[0]}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


@contextlib.asynccontextmanager
async def open_tab(profile: Path) -> AsyncGenerator[Tab]:
    """Give an empty page of a fresh browser."""
    async with _running(profile) as address, aiohttp.ClientSession() as session:
        async with session.get(f"{address}/json/list") as response:
            pages = await response.json()
        (page,) = [page for page in pages if page["type"] == "page"]
        url = page["webSocketDebuggerUrl"]
        async with session.ws_connect(url, max_msg_size=0) as connection:
            yield Tab(connection)
