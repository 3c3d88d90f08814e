"""Credentials that renew their token: ahead of time, once, and never losing one."""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from typing import TYPE_CHECKING, Final

import msgspec

from pinterest_async._call.retry import pause_before_retry
from pinterest_async.auth._obtained import ObtainedToken
from pinterest_async.auth.credentials import fingerprint
from pinterest_async.auth.stores import TokenStoreError, check_account
from pinterest_async.config import RetryPolicy
from pinterest_async.errors import (
    APIError,
    ConfigurationError,
    ConnectionFailed,
    InvalidGrant,
    PinterestError,
    ReauthorizationRequired,
)
from pinterest_async.hooks import ReauthorizationNeeded, tell
from pinterest_async.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pinterest_async.auth.app import App
    from pinterest_async.auth.oauth import OAuthApp
    from pinterest_async.auth.stores import TokenStore
    from pinterest_async.auth.token import Token
    from pinterest_async.hooks import Hook

logger: logging.Logger = logging.getLogger("pinterest_async")

DAY: Final = 86400.0

# After a refresh that failed while the old token still works.
_TRY_AGAIN_AFTER = 60.0
# The longest wait that the token endpoint may ask for.
_MAX_WAIT = 30.0
_RETRY = RetryPolicy(attempts=3)
# Asking once more after a lost response does no harm: the call has failed otherwise, and the next
# one would send the same refresh token.
_TOKEN_REQUEST = msgspec.structs.replace(OPERATIONS["oauth/token"], repeatable=True)


class RefreshingCredentials(ObtainedToken):
    """An account's token in a store, renewed whenever it has to be.

    A new token is stored before it is used. Any number of tasks, of these objects and of processes
    that share the store come to one refresh. A refresh token that Pinterest refused is marked in
    the store (`Token.refresh_refused_to`): nobody who shares it sends that one again with the same
    app id and secret. Make one of these for each account and use it in one event loop; it may be
    made anew whenever it is needed.

    Args:
        app: the app that the account has authorised.
        store: where its token is kept; `OAuthApp.exchange` gives the first one to `save` there.
        account: the account's name in the store. It shows in logs and in rate-limit snapshots.
        ahead: how many seconds before it expires a token is renewed, by default a day: for so long
            can Pinterest or the store be away without a call failing. A token that lives for less
            than twice as long is renewed when half of its life is over.
        warn_ahead: how many seconds before a refresh token dies `reauthorize` is told.
        reauthorize: told when the account's owner has to log in again, once for each refresh token.
            It must not ask these credentials for a token.
        clock: tells the time, in seconds since 1970, UTC.

    Raises:
        ConfigurationError: `account` is empty, or a number of seconds is negative.
    """

    __slots__ = (
        "_ahead",
        "_dead",
        "_oauth",
        "_reauthorize",
        "_refused",
        "_store",
        "_unsaved",
        "_warn_ahead",
        "_warned",
        "account",
        "app",
    )

    def __init__(
        self,
        app: OAuthApp,
        store: TokenStore,
        account: str,
        *,
        ahead: float = DAY,
        warn_ahead: float = 7 * DAY,
        reauthorize: Hook[ReauthorizationNeeded] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        check_account(account)
        if not (ahead >= 0 and warn_ahead >= 0):
            raise ConfigurationError("ahead and warn_ahead are in seconds, zero or more")
        super().__init__(clock)
        self.app: App | None = app
        self._oauth = app
        self.account: str = account
        self._store = store
        self._ahead = ahead
        self._warn_ahead = warn_ahead
        self._reauthorize = reauthorize
        self._refused: str | None = None
        """The access token that Pinterest refused."""
        self._dead: str | None = None
        """The refresh token that Pinterest refused."""
        self._warned: str | None = None
        """The refresh token that `reauthorize` was told of."""
        self._unsaved: tuple[Token, Token] | None = None
        """A token that could not be stored, after the one that it replaces."""

    async def token(self) -> str:
        """Return an access token that is good for a while, renewed where that is due.

        Raises:
            ReauthorizationRequired: there is no token, or none that can be renewed.
            TokenStoreError: the store failed; a new token that it did not take is in the error.
            APIError: Pinterest refused to renew it, for another reason than a dead refresh token.
            ConnectionFailed: the token has expired, and Pinterest cannot be reached.
            ConfigurationError: the stored token is of the other environment.
        """
        return await self._current()

    async def rejected(self, token: str) -> bool:
        """Renew the token that Pinterest refused with 401, code 2, unless that was done meanwhile.

        Returns:
            Whether there is another token now.

        Raises:
            PinterestError: as `token` does.
        """
        for _ in range(2):
            # The second time round, where a refresh was under way that ended with the old token.
            replaced = self._is_replaced(token)
            if replaced is not None:
                return replaced
            self._refused, self._due = token, -math.inf
            await self._flight.join(self._obtain)
        return self._token is None or self._token.access != token

    async def renew(self) -> Token:
        """Renew the token now, for example to keep a seldom used account from running out.

        A continuous refresh token lives for 60 days from its last use.

        Raises:
            PinterestError: as `token` does.
        """
        await self._flight.settle()
        return await self._flight.join(self._obtain_new)

    async def stored(self) -> Token | None:
        """Return the account's token as the store has it, without renewing it.

        Raises:
            TokenStoreError: the store failed.
        """
        return await self._store.load(self.account)

    async def aclose(self) -> None:
        """Wait for a refresh that is under way, so that its outcome is stored."""
        await self._flight.settle()

    def __repr__(self) -> str:
        return f"<RefreshingCredentials of {self.account!r} with {self._oauth!r}>"

    async def _obtain(self) -> Token:
        """Return a token that may be used, from the store or from Pinterest."""
        known = self._token
        if known is None:
            known = await self._store.load(self.account)
            if known is not None and self._is_fresh(known):
                return await self._adopt(known)
        try:
            return await self._renew(known)
        except (APIError, ConnectionFailed, TokenStoreError) as error:
            unsaved = isinstance(error, TokenStoreError) and error.token is not None
            if known is None or unsaved or not self._is_usable(known):
                raise
            logger.warning(
                "the token of %s still works, but could not be renewed: %s",
                self.account,
                type(error).__name__,
            )
            self._check(known)
            return self._use(known, until=self._clock() + _TRY_AGAIN_AFTER)

    async def _obtain_new(self) -> Token:
        return await self._renew(await self._store.load(self.account))

    async def _renew(self, known: Token | None) -> Token:
        """Return a token other than `known`, or that one where it has to do."""
        try:
            async with self._store.lock(self.account):
                return await self._renew_locked(known)
        except PinterestError as error:
            # Whatever became of the refresh: the call that wants the token was not sent.
            error.may_have_applied = False
            raise

    async def _renew_locked(self, known: Token | None) -> Token:
        if self._unsaved is not None:
            return await self._keep(*self._unsaved)
        stored = await self._store.load(self.account)
        if stored is None:
            self._token = None
            raise self._reauthorization("there is no token of it")
        self._check(stored)
        renewed_elsewhere = known is None or stored.access != known.access
        if renewed_elsewhere and self._is_usable(stored):
            return await self._adopt(stored)
        if stored.refresh is None:
            if self._is_usable(stored):
                return self._use(stored, until=stored.expires_at)
            raise self._reauthorization("its token has expired, and there is no refresh token")
        if stored.refresh == self._dead or stored.refresh_refused_to == fingerprint(
            self._oauth.basic
        ):
            return self._outlive(stored)
        try:
            new = await insist(lambda: self._oauth.refresh(stored))
        except InvalidGrant:
            return await self._refused_refresh(stored)
        return await self._keep(stored, new)

    async def _keep(self, old: Token, new: Token) -> Token:
        """Store a new token, and only then use it."""
        self._unsaved = old, new
        try:
            kept = await self._store.swap(self.account, old, new)
        except Exception as error:  # noqa: BLE001  # raised again, as what it means
            # The words of somebody else's store may quote what it was to keep.
            words = str(error) if isinstance(error, TokenStoreError) else type(error).__name__
            raise TokenStoreError(
                f"the new token of {self.account} could not be stored ({words}); it is in this "
                "error's `token`, and the next call tries to store it again",
                account=self.account,
                token=new,
            ) from None
        self._unsaved = None
        self._obtained_at = self._clock()
        if kept:
            return await self._adopt(new)
        # Somebody logged in or out meanwhile, and that counts for more.
        stored = await self._store.load(self.account)
        if stored is None:
            self._token = None
            raise self._reauthorization("its token was deleted while it was renewed")
        return await self._adopt(stored)

    async def _refused_refresh(self, token: Token) -> Token:
        """Look whether the refresh token was refused because somebody else has used it."""
        stored = await self._store.load(self.account)
        if stored is not None and stored.access != token.access and self._is_usable(stored):
            return await self._adopt(stored)
        self._dead = token.refresh
        try:
            refused = token.with_refresh_refused_to(fingerprint(self._oauth.basic))
            await self._store.swap(self.account, token, refused)
        except Exception as error:  # noqa: BLE001  # the refusal counts for more
            logger.warning(
                "the store did not note that the refresh token of %s is dead: %s",
                self.account,
                type(error).__name__,
            )
        await self._tell(token, dead=True)
        return self._outlive(token)

    def _outlive(self, token: Token) -> Token:
        """Use a token whose refresh token is dead for as long as it works."""
        if not self._is_usable(token):
            raise self._reauthorization(
                "Pinterest refused its refresh token, which has expired, was revoked, or was used "
                "without what came back being stored"
            )
        logger.warning("the refresh token of %s is dead: its owner has to log in", self.account)
        return self._use(token, until=token.expires_at)

    async def _adopt(self, token: Token) -> Token:
        """Use a token that is in the store, until it is due."""
        self._check(token)
        now = self._clock()
        left = math.inf if token.expires_at is None else token.expires_at - now
        self._use(token, until=now + max(left - self._ahead, left / 2))
        runs_out = token.refresh_expires_at
        if runs_out is not None and runs_out - now < self._warn_ahead:
            await self._tell(token, dead=False)
        return token

    def _use(self, token: Token, *, until: float | None) -> Token:
        self._token = token
        self._due = math.inf if until is None else until
        return token

    async def _tell(self, token: Token, *, dead: bool) -> None:
        if not dead:
            if token.refresh == self._warned:
                return
            self._warned = token.refresh
            logger.warning(
                "the refresh token of %s runs out in %.1f days: have its owner log in again",
                self.account,
                ((token.refresh_expires_at or 0.0) - self._clock()) / DAY,
            )
        if self._reauthorize is not None:
            event = ReauthorizationNeeded(
                account=self.account, dead=dead, expires_at=token.refresh_expires_at
            )
            await tell(self._reauthorize, event)

    def _check(self, token: Token) -> None:
        if token.environment != self._oauth.environment:
            raise ConfigurationError(
                f"the token of {self.account} is for {token.environment}, and the app is set up "
                f"for {self._oauth.environment}: keep them under different names"
            )

    def _is_usable(self, token: Token) -> bool:
        if token.access == self._refused:
            return False
        return token.expires_at is None or self._clock() < token.expires_at

    def _is_fresh(self, token: Token) -> bool:
        if token.access == self._refused:
            return False
        return token.expires_at is None or self._clock() < token.expires_at - self._ahead

    def _reauthorization(self, reason: str) -> ReauthorizationRequired:
        return ReauthorizationRequired(
            f"the owner of {self.account} has to log in again: {reason}. In an application, send "
            "them to OAuthApp.authorize_url(...); for yourself, run `pinterest-async login`",
            account=self.account,
        )


async def insist(request: Callable[[], Awaitable[Token]]) -> Token:
    """Ask for a token, up to three times where the failure may pass."""
    attempt = 0
    while True:
        attempt += 1
        try:
            return await request()
        except PinterestError as error:
            pause = pause_before_retry(
                error,
                _TOKEN_REQUEST,
                attempt=attempt,
                policy=_RETRY,
                jitter=random.random(),  # noqa: S311  # spreads callers, hides nothing
                max_wait=_MAX_WAIT,
            )
            if pause is None:
                raise
        await asyncio.sleep(pause)
