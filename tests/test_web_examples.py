"""The web examples against `pinterest-async emulator`, as their docstrings say, in a browser."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pinterest_async import Pinterest
from tests.support.browser import CHROMIUM, open_tab
from tests.support.commands import COMMAND, heed_interrupts

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

EXAMPLES = Path(__file__).parent.parent / "examples"


@contextlib.asynccontextmanager
async def running(
    *words: str, cwd: Path = EXAMPLES, **variables: str
) -> AsyncGenerator[asyncio.subprocess.Process]:
    """A program that is interrupted at the end, and goes quietly."""
    process = await asyncio.create_subprocess_exec(
        *words,
        cwd=cwd,
        env={**os.environ, **variables, "PYTHONPATH": str(EXAMPLES.parent)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        preexec_fn=heed_interrupts,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.communicate()


async def exported(process: asyncio.subprocess.Process) -> dict[str, str]:
    """The four variables that the emulator prints for sh."""
    assert process.stdout is not None
    found: dict[str, str] = {}
    for _ in range(4):
        line = (await process.stdout.readline()).decode()
        command, assignment = shlex.split(line)
        assert command == "export"
        name, _, value = assignment.partition("=")
        found[name] = value
    return found


@pytest.mark.parametrize("example", ["web_aiohttp.py", "web_fastapi.py"])
async def test_a_user_logs_in_and_sees_the_boards(tmp_path: Path, example: str) -> None:
    """From the first page over the login of the emulator to the list of boards."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    emulator = (*COMMAND, "emulator", "--boards", "3", "--pins", "5", "--shell", "sh")
    back = f"http://localhost:{port}/callback"
    async with running(*emulator, "--redirect-uri", back) as process:
        variables = await exported(process)
        token, address = variables["PINTEREST_ACCESS_TOKEN"], variables["PINTEREST_BASE_URL"]
        async with Pinterest(token, base_url=address) as client:
            names = {board.name async for board in client.boards.list()}
        program = (sys.executable, str(EXAMPLES / example))
        async with (
            running(*program, cwd=tmp_path, PORT=str(port), **variables),
            open_tab(tmp_path / "profile") as tab,
        ):
            begin = "document.querySelector('a[href=\"/login\"]')"
            for _ in range(200):
                await tab.go(f"http://localhost:{port}/")
                if await tab.value(f"!!{begin}"):
                    break
                await asyncio.sleep(0.05)
            await tab.wait_for(f"{begin} && ({begin}.click(), true)")
            allow = "document.querySelector('button[value=allow]')"
            await tab.wait_for(f"{allow} && ({allow}.click(), true)")
            await tab.wait_for("document.querySelectorAll('li').length === 3")
            shown = await tab.value(
                "[...document.querySelectorAll('li')].map((li) => li.innerText)"
            )
    assert {" ".join(name.split()) for name in shown} == {
        " ".join(str(name).split()) for name in names
    }


@pytest.mark.parametrize(
    ("shell", "begin", "run"),
    [
        ("sh", "export ", ("sh", "-c")),
        ("fish", "set -gx ", ("fish", "-c")),
        ("powershell", "$env:", ("pwsh", "-NoProfile", "-Command")),
    ],
)
def test_the_emulators_lines_can_be_pasted(shell: str, begin: str, run: tuple[str, ...]) -> None:
    """Each shell's lines set four variables; a shell that is here is given them."""
    words = (*COMMAND, "emulator", "--boards", "1", "--pins", "1", "--shell", shell)
    with subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=heed_interrupts,  # noqa: PLW1509 - one signal handler, no locks
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        process.terminate()
    assert all(line.startswith(begin) for line in lines)
    assert "PINTEREST_BASE_URL" in lines[0]
    assert "http://127.0.0.1:" in lines[0]
    if shutil.which(run[0]) is None:
        return
    program = f"{sys.executable} -c 'import os; print(len(os.environ[\"PINTEREST_APP_SECRET\"]))'"
    said = subprocess.run(
        [*run, f"{''.join(lines)}{program}"], capture_output=True, text=True, check=True
    )
    assert int(said.stdout) > 20
