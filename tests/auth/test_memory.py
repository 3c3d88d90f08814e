"""What accounts take while nobody calls for them."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
import weakref

from pinterest_async.auth import MemoryTokenStore, RefreshingCredentials, StaticToken
from tests.support.auth_world import ACCESS_LIFE, TokenServer, turns

ACCOUNTS = 500


async def test_an_idle_account_takes_little() -> None:
    """Ten thousand logged-in users fit into some megabytes, and are gone when nobody holds them."""
    # In debug mode the event loop logs slow steps, and what that keeps would be counted here.
    asyncio.get_running_loop().set_debug(False)
    store = MemoryTokenStore()
    async with TokenServer() as server, server.client(StaticToken("pina_none")) as client:
        for number in range(ACCOUNTS):
            await store.save(f"user {number}", server.log_in())
        app = server.app()
        gc.collect()
        tracemalloc.start()
        try:
            accounts = [
                RefreshingCredentials(app, store, f"user {number}", clock=server.clock)
                for number in range(ACCOUNTS)
            ]
            tokens = [await account.token() for account in accounts]
            copies = [client.for_account(account) for account in accounts]
            gc.collect()
            held = tracemalloc.get_traced_memory()[0] / ACCOUNTS
            watched = [weakref.ref(copy) for copy in copies]
            for kept in (accounts, tokens, copies):
                kept.clear()
            gone = [copy() is None for copy in watched]
            watched.clear()
            gc.collect()
            left = tracemalloc.get_traced_memory()[0] / ACCOUNTS
        finally:
            tracemalloc.stop()
    assert 500 < held < 3000, "bytes for each account"
    assert all(gone), "no cycle keeps a copy until the collector comes"
    assert left < held / 10


async def test_credentials_go_when_nobody_holds_them() -> None:
    """No cycle keeps the credentials of an idle account until the collector comes."""

    class Watched(RefreshingCredentials):
        __slots__ = ("__weakref__",)

    store = MemoryTokenStore()
    async with TokenServer() as server:
        await store.save("alice", server.log_in())
        credentials = Watched(server.app(), store, "alice", clock=server.clock)
        server.now += ACCESS_LIFE
        await credentials.token()
        await turns()
        gone = weakref.ref(credentials)
        gc.disable()
        try:
            del credentials
            assert gone() is None
        finally:
            gc.enable()
