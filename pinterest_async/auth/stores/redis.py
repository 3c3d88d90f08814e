"""Tokens in Redis, for programs on several machines; it needs the extra `redis`."""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, Self

from pinterest_async._secret import Secret, SecretBytes
from pinterest_async.auth._flight import Flight
from pinterest_async.auth.stores import TokenStoreError, check_account
from pinterest_async.auth.stores._locks import TaskLocks
from pinterest_async.auth.token import Token
from pinterest_async.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

logger: logging.Logger = logging.getLogger("pinterest_async")

PREFIX: Final = "pinterest_async:token:"
LOCK_SECONDS: Final = 10.0
"""How long the lock of a process that has died keeps the others waiting."""
POLL: Final = 0.05
"""Seconds between two tries for a lock that somebody else holds."""
PATIENCE: Final = 120.0
"""Seconds until a lock that is not let go of is an error: longer than any refresh takes."""
TIMEOUT: Final = 5.0
"""Seconds that Redis may take to answer."""
CONNECTIONS: Final = 32
"""Questions to Redis at a time. Its client refuses more than a hundred, or opens any number."""

_SWAP = """
local kept = redis.call('GET', KEYS[1])
local access = ''
if kept then access = cjson.decode(kept).access end
if access ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
"""
_EXTEND = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
_RELEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""


class RedisTokenStore:
    """Keeps tokens in Redis, in plain text: let nobody else at that server, and have it persist.

    Close it when it is done with: `await store.aclose()`, or use it in `async with`.

    Args:
        redis: an address such as `redis://127.0.0.1:6379/0`, or a `redis.asyncio.Redis`, which is
            not closed, and whose own timeouts are used.
        prefix: what the keys begin with.

    Raises:
        ConfigurationError: the extra is not installed.
        TokenStoreError: by its methods, where Redis does not answer or refuses.
    """

    def __init__(self, redis: Any, *, prefix: str = PREFIX) -> None:
        try:
            from redis import RedisError
            from redis.asyncio import Redis
        except ModuleNotFoundError as error:
            raise ConfigurationError(
                "RedisTokenStore needs its extra: pip install 'pinterest-async[redis]'"
            ) from error
        self._error = RedisError
        self._owned = isinstance(redis, str)
        # Not typed throughout: what redis-py tells of its methods differs between its versions.
        client: Any = Redis
        self._redis: Any = redis
        if isinstance(redis, str):
            self._redis = client.from_url(
                redis, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT
            )
        self._turns = asyncio.Semaphore(CONNECTIONS)
        self._prefix = prefix
        self._tasks = TaskLocks()

    async def load(self, account: str) -> Token | None:
        """Return the account's token, None where there is none."""
        async with self._asking(account):
            kept = await self._redis.get(self._key(account))
        if kept is None:
            return None
        text = SecretBytes(kept) if isinstance(kept, bytes) else Secret(kept)
        del kept
        try:
            return Token.from_json(text)
        except ValueError as error:
            raise TokenStoreError(
                f"the Redis key {self._key(account)} does not hold a token: delete it and log in "
                "again",
                account=account,
            ) from error

    async def save(self, account: str, token: Token) -> None:
        """Keep `token`, whatever was kept before."""
        async with self._asking(account):
            await self._redis.set(self._key(account), SecretBytes(token.to_json()))

    async def swap(self, account: str, old: Token | None, new: Token) -> bool:
        """Keep `new` if the access token that is kept is still the one of `old`."""
        expected, kept = Secret("" if old is None else old.access), SecretBytes(new.to_json())
        async with self._asking(account):
            done = await self._redis.eval(_SWAP, 1, self._key(account), expected, kept)
        return bool(done)

    async def delete(self, account: str) -> None:
        """Forget the account's token, if there is one."""
        async with self._asking(account):
            await self._redis.delete(self._key(account))

    @asynccontextmanager
    async def lock(self, account: str) -> AsyncGenerator[None]:
        """Hold the account's lock, among all that share the server.

        While it is held it is prolonged again and again, so that it outlives its holder by ten
        seconds at most. Should it be lost all the same, `swap` still keeps one token only.
        """
        key, mark = f"{self._key(account)}:lock", secrets.token_hex(16)
        async with self._tasks.hold(account):
            prolonging: asyncio.Task[None] | None = None
            try:
                await self._acquire(key, mark, account)
                prolonging = asyncio.create_task(self._prolong(key, mark))
                yield
            finally:
                # Also where the response that it is ours did not come through.
                await self._let_go(key, mark, prolonging)

    async def aclose(self) -> None:
        """Close the connections to Redis, unless they were given."""
        if self._owned:
            await self._redis.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<RedisTokenStore at {self._prefix}>"

    def _key(self, account: str) -> str:
        check_account(account)
        return f"{self._prefix}{account}"

    async def _acquire(self, key: str, mark: str, account: str) -> None:
        loop = asyncio.get_running_loop()
        given_up_at = loop.time() + PATIENCE
        while True:
            async with self._asking(account):
                taken = await self._redis.set(key, mark, nx=True, px=round(LOCK_SECONDS * 1000))
            if taken:
                return
            if loop.time() >= given_up_at:
                raise TokenStoreError(
                    f"somebody has held the Redis lock {key} for {PATIENCE:g} s", account=account
                )
            await asyncio.sleep(POLL)

    async def _prolong(self, key: str, mark: str) -> None:
        while not _cancellations():
            await asyncio.sleep(LOCK_SECONDS / 3)
            try:
                async with self._turns:
                    await self._redis.eval(_EXTEND, 1, key, mark, round(LOCK_SECONDS * 1000))
            except (self._error, OSError) as error:
                logger.warning("the Redis lock %s was not prolonged: %s", key, type(error).__name__)

    async def _let_go(self, key: str, mark: str, prolonging: asyncio.Task[None] | None) -> None:
        """End the prolonging and release the lock, to the end even if the holder is cancelled."""

        async def work() -> None:
            if prolonging is not None:
                prolonging.cancel()
                await asyncio.wait((prolonging,))
            await self._release(key, mark)

        releasing: Flight[None] = Flight()
        try:
            await releasing.join(work)
        except asyncio.CancelledError:
            # Whoever cancelled may close the connection next.
            await releasing.settle()
            raise

    async def _release(self, key: str, mark: str) -> None:
        try:
            async with self._turns:
                await self._redis.eval(_RELEASE, 1, key, mark)
        except (self._error, OSError) as error:
            # No reason to fail what was done under the lock, which runs out by itself.
            logger.warning("the Redis lock %s was not released: %s", key, type(error).__name__)

    @asynccontextmanager
    async def _asking(self, account: str) -> AsyncGenerator[None]:
        async with self._turns:
            cancelled = _cancellations()
            try:
                yield
            except (self._error, OSError) as error:
                # Redis may quote the command in its words, and with it a token.
                raise TokenStoreError(
                    f"Redis did not do it: {type(error).__name__}", account=account
                ) from None
            if _cancellations() > cancelled:
                # redis-py swallows one that comes while it looks at an idle connection.
                raise asyncio.CancelledError


def _cancellations() -> int:
    """How often the running task was asked to end, whether or not it has heard of it."""
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()
