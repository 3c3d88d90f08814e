"""What one host knows: the accounts, and the tokens that speak for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pinterest_async.emulator import feeds
from pinterest_async.emulator.account import Account
from pinterest_async.emulator.downloads import Store
from pinterest_async.emulator.jobs import Jobs
from pinterest_async.emulator.seed import populate

if TYPE_CHECKING:
    from collections.abc import Collection

    from pinterest_async.emulator.apps import App
    from pinterest_async.emulator.bucket import Bucket
    from pinterest_async.emulator.clock import Clock
    from pinterest_async.emulator.limits import Tier
    from pinterest_async.emulator.quirks import Quirk
    from pinterest_async.emulator.slots import Slots
    from pinterest_async.emulator.tokens import Tokens


@dataclass
class World:
    """The state behind one host of the API: production, or the sandbox."""

    seed: int
    clock: Clock
    tier: Tier
    app: App
    tokens: Tokens
    bucket: Bucket
    slots: Slots
    sandbox: bool = False
    origin: str = ""
    """Scheme, host and port, once the server listens."""
    files_origin: str = ""
    """The same of the host that takes uploads and gives pictures and downloads."""
    quirks: Collection[Quirk] = ()
    jobs: Jobs = field(default_factory=Jobs)
    store: Store = field(default_factory=Store)
    accounts: dict[str, Account] = field(default_factory=dict[str, Account])

    def add_account(self, username: str, *, boards: int, pins: int) -> Account:
        """Open an account and fill it."""
        account = Account(username, seed=self.seed, clock=self.clock)
        populate(account, boards=boards, pins=pins)
        for feed in account.shelves.shelf("feeds"):
            feeds.fill(account, feed)
        self.accounts[username] = account
        return account
