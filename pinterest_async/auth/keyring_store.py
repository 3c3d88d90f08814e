"""Tokens in the keyring of the operating system; it needs the extra `keyring`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pinterest_async.auth.file_locks import FileLocks, locked
from pinterest_async.auth.files import file_name
from pinterest_async.auth.stores import same
from pinterest_async.auth.token import Token
from pinterest_async.errors import ConfigurationError, TokenStoreError

if TYPE_CHECKING:
    import os
    from contextlib import AbstractAsyncContextManager

SERVICE: Final = "pinterest_async"


class KeyringTokenStore:
    """Keeps tokens in the user's keyring.

    That is the Keychain of macOS, the Credential Locker of Windows, or a Secret Service. A keyring
    knows no locks, so files are locked in its stead; they hold nothing.

    Args:
        folder: where those files are; made where it is missing.
        service: the name that the keyring lists the tokens under.

    Raises:
        ConfigurationError: the extra is not installed.
        TokenStoreError: by its methods, where the keyring refuses.
    """

    def __init__(self, folder: str | os.PathLike[str], *, service: str = SERVICE) -> None:
        try:
            import keyring
            from keyring.errors import KeyringError
        except ModuleNotFoundError as error:
            raise ConfigurationError(
                "KeyringTokenStore needs its extra: pip install 'pinterest-async[keyring]'"
            ) from error
        self._keyring = keyring
        self._error = KeyringError
        self._service = service
        self._folder = Path(folder)
        self._locks = FileLocks()

    async def load(self, account: str) -> Token | None:
        """Return the account's token, None where there is none."""
        return await asyncio.to_thread(self._load, account)

    async def save(self, account: str, token: Token) -> None:
        """Keep `token`, whatever was kept before."""
        await asyncio.to_thread(self._save, account, token)

    async def swap(self, account: str, old: Token | None, new: Token) -> bool:
        """Keep `new` if the access token that is kept is still the one of `old`."""
        return await asyncio.to_thread(self._swap, account, old, new)

    async def delete(self, account: str) -> None:
        """Forget the account's token, if there is one."""
        await asyncio.to_thread(self._delete, account)

    def lock(self, account: str) -> AbstractAsyncContextManager[None]:
        """Hold the account's lock, among all processes on this machine."""
        return self._locks.hold(account, self._made_folder() / f"{file_name(account)}.lock")

    def _load(self, account: str) -> Token | None:
        try:
            text = self._keyring.get_password(self._service, account)
        except self._error as error:
            raise _refused(error, account) from None
        if text is None:
            return None
        try:
            return Token.from_json(text)
        except ValueError as error:
            raise TokenStoreError(
                f"the keyring's entry {self._service!r} for {account!r} does not hold a token: "
                "delete it and log in again",
                account=account,
            ) from error

    def _save(self, account: str, token: Token) -> None:
        with locked(self._made_folder() / ".lock"):
            self._write(account, token)

    def _swap(self, account: str, old: Token | None, new: Token) -> bool:
        with locked(self._made_folder() / ".lock"):
            if not same(self._load(account), old):
                return False
            self._write(account, new)
            return True

    def _write(self, account: str, token: Token) -> None:
        try:
            self._keyring.set_password(self._service, account, token.to_json().decode())
        except self._error as error:
            raise _refused(error, account) from None

    def _delete(self, account: str) -> None:
        with locked(self._made_folder() / ".lock"):
            if self._load(account) is None:
                return
            try:
                self._keyring.delete_password(self._service, account)
            except self._error as error:
                raise _refused(error, account) from None

    def _made_folder(self) -> Path:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._folder

    def __repr__(self) -> str:
        return f"KeyringTokenStore(service={self._service!r})"


def _refused(error: Exception, account: str) -> TokenStoreError:
    # A backend's own words may quote what it was to keep.
    return TokenStoreError(f"the keyring refused: {type(error).__name__}", account=account)
