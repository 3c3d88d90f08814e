"""Tokens in files that nobody but their owner can read."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from pinterest_async._files import replace
from pinterest_async.auth.stores import TokenStoreError, check_account, same
from pinterest_async.auth.stores._blocking import BlockingTokenStore
from pinterest_async.auth.stores._locks import FileLocks, locked
from pinterest_async.auth.token import Token

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

# With an ending of its own still below the 255 bytes that file systems allow.
_LONGEST_NAME = 200
# Windows takes these for devices, whatever ending follows.
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)")
_UPPER = re.compile(r"(%[0-9A-F]{2})|[A-Z]")


class FileTokenStore(BlockingTokenStore):
    """Keeps each account's token in a file of its own, readable by its owner alone.

    A token is replaced in one step that a crash leaves undone or done. Processes on one machine
    can share the folder. On Windows the folder's own permissions apply. Files that an earlier
    version named otherwise are renamed when they are found.

    Args:
        folder: where the files are; made with mode 0700 where it is missing.

    Raises:
        TokenStoreError: by its methods, where a file or the folder cannot be used, or is open to
            other users of the machine.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder: Path = Path(folder)
        self._locks = FileLocks()
        self._looked_for_old_names = False

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
        self._rename_old_files(account)
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
        self._rename_old_files(account)
        try:
            with locked(self.folder / ".lock"):
                self._write(account, token)
        except OSError as error:
            raise _unusable(self.path(account), error, account) from error

    def _swap(self, account: str, old: Token | None, new: Token) -> bool:
        self._check_folder(account)
        self._rename_old_files(account)
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
        self._rename_old_files(account)
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
        replace(draft, self.path(account))
        _sync(self.folder)

    def _rename_old_files(self, account: str) -> None:
        """Give files of an earlier version, which kept upper case and device names, their names."""
        if self._looked_for_old_names:
            return
        try:
            if _old_files(self.folder):
                with locked(self.folder / ".lock"):
                    for old, new in _old_files(self.folder):
                        if not new.exists():
                            replace(old, new)
                    _sync(self.folder)
        except OSError as error:
            raise _unusable(self.folder, error, account) from error
        self._looked_for_old_names = True

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
    """Return a name for a file that no other account has, on any system.

    Upper case is written as `%41`, because macOS and Windows take names that differ by case only
    for one. So is the first letter of what Windows takes for a device.

    Raises:
        ConfigurationError: the account's name is empty, or holds a lone surrogate.
    """
    check_account(account)
    name = _UPPER.sub(_escape_upper, quote(account, safe="@"))
    if _RESERVED.match(name):
        name = f"%{ord(name[0]):02X}{name[1:]}"
    if len(name) > _LONGEST_NAME:
        name = hashlib.sha256(account.encode()).hexdigest()
    return name


def _escape_upper(match: re.Match[str]) -> str:
    return match[1] or f"%{ord(match[0]):02X}"


def _old_files(folder: Path) -> list[tuple[Path, Path]]:
    """Return the files whose names an earlier version made, each with its name of today."""
    renamed: list[tuple[Path, Path]] = []
    for path in folder.iterdir():
        account = unquote(path.stem)
        is_old_name = path.stem.isascii() and quote(account, safe="@") == path.stem
        if path.suffix == ".json" and is_old_name and path.stem != file_name(account):
            renamed.append((path, folder / f"{file_name(account)}.json"))
    return renamed


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
