"""Tokens in files that nobody but their owner can read."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from pinterest_async.auth.file_locks import FileLocks, locked
from pinterest_async.auth.stores import same
from pinterest_async.auth.token import Token
from pinterest_async.errors import ConfigurationError, TokenStoreError

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

# With an ending of its own still below the 255 bytes that file systems allow.
_LONGEST_NAME = 200


class FileTokenStore:
    """Keeps each account's token in a file of its own, readable by its owner alone.

    A token is replaced in one step that a crash leaves undone or done. Processes on one machine
    can share the folder. On Windows the folder's own permissions apply.

    Args:
        folder: where the files are; made with mode 0700 where it is missing.

    Raises:
        TokenStoreError: by its methods, where a file or the folder cannot be used, or is open to
            other users of the machine.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder: Path = Path(folder)
        self._locks = FileLocks()

    async def load(self, account: str) -> Token | None:
        """Return the account's token, None where there is none."""
        return await asyncio.to_thread(self._load, account)

    async def save(self, account: str, token: Token) -> None:
        """Keep `token`, whatever was kept before. When it returns, the disk has it."""
        await asyncio.to_thread(self._save, account, token)

    async def swap(self, account: str, old: Token | None, new: Token) -> bool:
        """Keep `new` if the access token that is kept is still the one of `old`."""
        return await asyncio.to_thread(self._swap, account, old, new)

    async def delete(self, account: str) -> None:
        """Forget the account's token, if there is one."""
        await asyncio.to_thread(self._delete, account)

    def lock(self, account: str) -> AbstractAsyncContextManager[None]:
        """Hold the account's lock, among all processes on this machine."""
        path = self.path(account).with_suffix(".lock")
        self._check_folder(account)
        return self._locks.hold(account, path)

    def path(self, account: str) -> Path:
        """Return the account's file.

        Raises:
            ConfigurationError: the account's name is empty.
        """
        return self.folder / f"{file_name(account)}.json"

    def _load(self, account: str) -> Token | None:
        path = self.path(account)
        if not self.folder.exists():
            return None
        self._check_folder(account)
        try:
            # Not blocking and no links: a name must not lead to a pipe or to a file elsewhere.
            flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
            descriptor = os.open(path, flags)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(path, error, account) from error
        with os.fdopen(descriptor, "rb") as file:
            _check_private(path, os.fstat(descriptor), account)
            try:
                return Token.from_json(file.read())
            except ValueError as error:
                raise TokenStoreError(
                    f"{path} does not hold a token: delete it and log in again", account=account
                ) from error
            except OSError as error:
                raise _unusable(path, error, account) from error

    def _save(self, account: str, token: Token) -> None:
        self._check_folder(account)
        try:
            with locked(self.folder / ".lock"):
                self._write(account, token)
        except OSError as error:
            raise _unusable(self.path(account), error, account) from error

    def _swap(self, account: str, old: Token | None, new: Token) -> bool:
        self._check_folder(account)
        try:
            with locked(self.folder / ".lock"):
                if not same(self._load(account), old):
                    return False
                self._write(account, new)
                return True
        except OSError as error:
            raise _unusable(self.path(account), error, account) from error

    def _delete(self, account: str) -> None:
        if not self.folder.exists():
            return
        try:
            with locked(self.folder / ".lock"):
                self.path(account).unlink(missing_ok=True)
                _sync(self.folder)
        except OSError as error:
            raise _unusable(self.path(account), error, account) from error

    def _write(self, account: str, token: Token) -> None:
        """Replace the file. The caller holds the folder's lock, so one name serves all writers."""
        draft = self.folder / ".draft"
        # What a crash has left there is never read.
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(token.to_json())
            file.flush()
            os.fsync(descriptor)
        draft.replace(self.path(account))
        _sync(self.folder)

    def _check_folder(self, account: str) -> None:
        """Make the folder where it is missing; it must be closed to others, like the files."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _check_private(self.folder, self.folder.stat(), account)
        except OSError as error:
            raise _unusable(self.folder, error, account) from error

    def __repr__(self) -> str:
        return f"FileTokenStore({str(self.folder)!r})"


def file_name(account: str) -> str:
    """Return a name for a file that no other account has.

    Raises:
        ConfigurationError: the account's name is empty.
    """
    if not account:
        raise ConfigurationError("an account's name must not be empty")
    name = quote(account, safe="@")
    if len(name) > _LONGEST_NAME:
        name = hashlib.sha256(account.encode()).hexdigest()
    return name


def _check_private(path: Path, status: os.stat_result, account: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        mode, private = "folder", "700"
    elif stat.S_ISREG(status.st_mode):
        mode, private = "file", "600"
    else:
        raise TokenStoreError(f"{path} is neither a file nor a folder", account=account)
    if sys.platform == "win32":
        return
    if status.st_uid != os.geteuid():
        raise TokenStoreError(
            f"the {mode} {path} belongs to another user, who could put tokens there: use one of "
            "your own",
            account=account,
        )
    if status.st_mode & 0o077:
        raise TokenStoreError(
            f"the {mode} {path} is open to other users of this machine (mode "
            f"{stat.S_IMODE(status.st_mode):04o}): run chmod {private} on it, and log in again if "
            "somebody may have read it",
            account=account,
        )


def _sync(folder: Path) -> None:
    """Have the disk keep the names in a folder, where the system can."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unusable(path: Path, error: OSError, account: str) -> TokenStoreError:
    return TokenStoreError(
        f"{path} cannot be used: {error.strerror or type(error).__name__}", account=account
    )
