"""Tokens in the keyring of the operating system; it needs the extra `keyring`."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pinterest_async._secret import hidden
from pinterest_async.auth.stores import TokenStoreError, check_account, same
from pinterest_async.auth.stores._blocking import BlockingTokenStore
from pinterest_async.auth.stores._locks import FileLocks, locked
from pinterest_async.auth.stores.file import file_name
from pinterest_async.auth.token import Token
from pinterest_async.errors import ConfigurationError

if TYPE_CHECKING:
    import os
    from collections.abc import Generator
    from contextlib import AbstractAsyncContextManager

SERVICE: Final = "pinterest_async"


class KeyringTokenStore(BlockingTokenStore):
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

    def lock(self, account: str) -> AbstractAsyncContextManager[None]:
        """Hold the account's lock, among all processes on this machine."""
        return self._locks.hold(account, self._made_folder(account) / f"{file_name(account)}.lock")

    def _load(self, account: str) -> Token | None:
        check_account(account)
        try:
            text = hidden(self._keyring.get_password(self._service, account))
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
        check_account(account)
        with self._locked(account):
            self._write(account, token)

    def _swap(self, account: str, old: Token | None, new: Token) -> bool:
        with self._locked(account):
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
        with self._locked(account):
            if self._load(account) is None:
                return
            try:
                self._keyring.delete_password(self._service, account)
            except self._error as error:
                raise _refused(error, account) from None

    @contextmanager
    def _locked(self, account: str) -> Generator[None]:
        try:
            with locked(self._made_folder(account) / ".lock"):
                yield
        except OSError as error:
            raise self._unusable(error, account) from error

    def _made_folder(self, account: str) -> Path:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise self._unusable(error, account) from error
        return self._folder

    def _unusable(self, error: OSError, account: str) -> TokenStoreError:
        return TokenStoreError(
            f"{self._folder} cannot be used: {error.strerror or type(error).__name__}",
            account=account,
        )

    def __repr__(self) -> str:
        return f"KeyringTokenStore(service={self._service!r})"


def _refused(error: Exception, account: str) -> TokenStoreError:
    # A backend's own words may quote what it was to keep.
    return TokenStoreError(f"the keyring refused: {type(error).__name__}", account=account)
