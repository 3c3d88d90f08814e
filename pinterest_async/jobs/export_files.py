"""The files of an export: they get their names when they are whole.

On Linux a file that is being written has no name at all (`O_TMPFILE`), so a killed export leaves
nothing behind: the system may cut even a single write short when the process dies. Where that is
not to be had, the file is called `<name>.partial` and grows by whole pages; what a kill leaves of
it is cleared away by the next export. At the end each file is flushed to the disk and named, the
manifest last: a folder with a `manifest.json` holds a finished export.
"""

from __future__ import annotations

import asyncio
import os
import sys
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

    Args:
        out_dir: the folder; it and its parents are made when the files are opened.
        overwrite: whether files of an earlier export may be replaced.

    Raises:
        FileExistsError: the folder holds a file that this export would replace.
    """

    def __init__(self, out_dir: Path, *, overwrite: bool) -> None:
        present = [name for name in _NAMES if (out_dir / name).exists()]
        if present and not overwrite:
            raise FileExistsError(
                f"{out_dir} already holds {', '.join(present)}; "
                "choose another folder, or pass overwrite=True (--overwrite)"
            )
        self._dir = out_dir
        self._named = False
        self._growing: dict[str, BinaryIO] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="export")

    async def open(self) -> None:
        """Make the folder, clear away what a killed export left, and start the files."""
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

    def _open(self) -> None:
        self._dir.mkdir(parents=True, exist_ok=True)
        for name in _NAMES:
            self._partial(name).unlink(missing_ok=True)
        self._named = not _can_be_named_later(self._partial(MANIFEST))
        for name in LINES:
            self._start(name)

    def _start(self, name: str) -> BinaryIO:
        # Unbuffered: what is handed over is written, and nothing is left in a buffer.
        if self._named:
            file: BinaryIO = self._partial(name).open("wb", buffering=0)
        else:
            file = os.fdopen(_open_nameless(self._dir), "wb", buffering=0)
        self._growing[name] = file
        return file

    def _append(self, name: str, block: bytes) -> None:
        file = self._growing.get(name) or self._start(name)
        rest = memoryview(block)
        while rest:
            rest = rest[file.write(rest) :]

    def _commit(self, manifest: bytes) -> None:
        self._append(MANIFEST, manifest)
        for name, file in self._growing.items():
            os.fsync(file.fileno())
            if not self._named:
                _give_name(file.fileno(), self._partial(name))
            file.close()
        for name in (MANIFEST, REJECTED):
            (self._dir / name).unlink(missing_ok=True)
        for name in sorted(self._growing, key=lambda name: name == MANIFEST):
            self._partial(name).replace(self._dir / name)
        self._growing.clear()

    def _discard(self) -> None:
        for name, file in self._growing.items():
            file.close()
            self._partial(name).unlink(missing_ok=True)
        self._growing.clear()


def _open_nameless(folder: Path) -> int:
    """Open a file that goes away with its descriptor unless it is given a name.

    Raises:
        OSError: the system or this file system has no such thing.
    """
    if sys.platform != "linux":
        raise OSError("only Linux has files without a name")
    return os.open(folder, os.O_TMPFILE | os.O_WRONLY, 0o666)


def _give_name(descriptor: int, path: Path) -> None:
    # Only with a folder's descriptor does os.link follow the link below /proc to the file itself.
    os.link(f"/proc/self/fd/{descriptor}", path, src_dir_fd=descriptor, follow_symlinks=True)


def _can_be_named_later(path: Path) -> bool:
    """Whether a file without a name can be opened beside `path`, and named as that."""
    try:
        descriptor = _open_nameless(path.parent)
    except OSError:
        return False
    try:
        _give_name(descriptor, path)
        path.unlink()
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
