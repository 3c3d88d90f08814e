"""The files of an export: they get their names when they are whole.

While an export runs, everything stands in `<name>.partial`, written a page of whole lines at a
time. At the end each file is flushed to the disk and renamed, the manifest last: a folder with a
`manifest.json` holds a finished export, and a file under its own name is never half written.
"""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

MANIFEST: Final = "manifest.json"
LINES: Final = ("boards.jsonl", "sections.jsonl", "pins.jsonl")
REJECTED: Final = "rejected.jsonl"
_NAMES: Final = (*LINES, REJECTED, MANIFEST)


class ExportFiles:
    """The growing files of one export.

    All file work runs in one thread, in the order in which it was asked for, so that neither a slow
    disk nor a cancelled task can interleave two pages.
    """

    def __init__(self, out_dir: Path, *, overwrite: bool) -> None:
        """Check the folder; nothing is created yet.

        Args:
            out_dir: The folder; it and its parents are made when the export opens it.
            overwrite: Whether files of an earlier export may be replaced.

        Raises:
            FileExistsError: The folder holds a file that this export would replace.
        """
        present = [name for name in _NAMES if (out_dir / name).exists()]
        if present and not overwrite:
            raise FileExistsError(
                f"{out_dir} already holds {', '.join(present)}; "
                "choose another folder, or pass overwrite=True (--overwrite)"
            )
        self._dir = out_dir
        self._open_files: dict[str, BinaryIO] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="export")

    async def open(self) -> None:
        """Make the folder and start the files, over what a killed export left behind."""
        await self._run(self._open)

    async def append(self, name: str, lines: Iterable[bytes]) -> None:
        """Add whole lines to a file; return when they are handed to the system."""
        block = b"".join(line + b"\n" for line in lines)
        if block:
            await self._run(lambda: self._append(name, block))

    async def commit(self, manifest: bytes) -> None:
        """Give every file its name, the manifest last."""
        await self._run(lambda: self._commit(manifest))

    async def close(self) -> None:
        """Remove what was not committed and end the thread."""
        try:
            await self._run(self._discard)
        finally:
            self._thread.shutdown(wait=False)

    async def _run(self, work: Callable[[], None]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _partial(self, name: str) -> Path:
        return self._dir / f"{name}.partial"

    def _start(self, name: str) -> BinaryIO:
        # Unbuffered, so that a page is one write and a kill finds no half of a buffer.
        file = self._open_files[name] = self._partial(name).open("wb", buffering=0)
        return file

    def _open(self) -> None:
        self._dir.mkdir(parents=True, exist_ok=True)
        for name in _NAMES:
            self._partial(name).unlink(missing_ok=True)
        for name in LINES:
            self._start(name)

    def _append(self, name: str, block: bytes) -> None:
        file = self._open_files.get(name) or self._start(name)
        rest = memoryview(block)
        while rest:
            rest = rest[file.write(rest) :]

    def _commit(self, manifest: bytes) -> None:
        self._append(MANIFEST, manifest)
        for file in self._open_files.values():
            os.fsync(file.fileno())
            file.close()
        for name in (MANIFEST, REJECTED):
            (self._dir / name).unlink(missing_ok=True)
        names = sorted(self._open_files, key=lambda name: name == MANIFEST)
        for name in names:
            self._partial(name).replace(self._dir / name)
        self._open_files.clear()

    def _discard(self) -> None:
        for name, file in self._open_files.items():
            file.close()
            self._partial(name).unlink(missing_ok=True)
        self._open_files.clear()
