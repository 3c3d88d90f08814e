"""What a token store does; each module beside this one holds a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from pinterest_async.errors import ConfigurationError, PinterestError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from pinterest_async.auth.token import Token

__all__ = ["TokenStore", "TokenStoreError"]


class TokenStoreError(PinterestError):
    """A token could not be read from its store, or not be written to it.

    Where a new token could not be written, `token` holds it. The tokens that it replaces may be
    dead already, so write it down: the credentials try again with their next call, but they forget
    it when the process ends. It is left out when the error is pickled.
    """

    def __init__(self, message: str, *, account: str = "", token: Token | None = None) -> None:
        super().__init__(message)
        self.account = account
        """The account, as its credentials name it."""
        self.token = token
        """The token that is not in the store; a secret. None where nothing is lost."""

    def __reduce__(self) -> tuple[Callable[..., PinterestError], tuple[Any, ...]]:
        revive, (kind, words, state) = super().__reduce__()
        return revive, (kind, words, {**state, "token": None})


class TokenStore(Protocol):
    """Keeps one token for each account, whole: `Token.to_json` writes all of it.

    That includes `Token.refresh_refused_to`, the note that its refresh token is dead. The note is a
    member of the token's JSON in files, keyring and Redis, and a part of the object in memory. It
    goes when another token is saved.

    Raises:
        TokenStoreError: by any of its methods, where the store cannot be read or written.
    """

    async def load(self, account: str) -> Token | None:
        """Return the account's token, None where there is none."""
        ...

    async def save(self, account: str, token: Token) -> None:
        """Keep `token`, whatever was kept before. What it returns from survives a crash."""
        ...

    async def swap(self, account: str, old: Token | None, new: Token) -> bool:
        """Keep `new` if the access token that is kept is still the one of `old`.

        Args:
            account: the account.
            old: the token that `new` replaces; None where there must be none yet.
            new: the token to keep.

        Returns:
            Whether it was kept. If not, somebody else has saved or deleted the token meanwhile.
        """
        ...

    async def delete(self, account: str) -> None:
        """Forget the account's token, if there is one."""
        ...

    def lock(self, account: str) -> AbstractAsyncContextManager[None]:
        """Wait until nobody else holds the account's lock, and hold it meanwhile.

        It is held while a token is refreshed, in all processes that share the store. `save`, `swap`
        and `delete` do not ask for it.
        """
        ...


def check_account(account: str) -> None:
    """Raise `ConfigurationError` for a name that no store can keep a token under."""
    if not account:
        raise ConfigurationError("an account's name must not be empty")
    try:
        account.encode()
    except UnicodeEncodeError:
        raise ConfigurationError(
            "an account's name holds half a character (a lone surrogate)"
        ) from None


def same(kept: Token | None, expected: Token | None) -> bool:
    """Whether a store holds what is expected: the same access token, or none."""
    if kept is None or expected is None:
        return kept is expected
    return kept.access == expected.access


def __dir__() -> list[str]:
    return [*__all__]
