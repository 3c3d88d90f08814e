"""What one host knows: the accounts, and the tokens that speak for them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pinterest_async.emulator.state.account import Account
from pinterest_async.emulator.state.feeds import fill
from pinterest_async.emulator.state.files import FileStore
from pinterest_async.emulator.state.seed import populate
from pinterest_async.emulator.state.work import Jobs

if TYPE_CHECKING:
    from collections.abc import Collection

    from pinterest_async.emulator.state.apps import RegisteredApp
    from pinterest_async.emulator.state.clock import Clock
    from pinterest_async.emulator.state.files import Forms, Slots
    from pinterest_async.emulator.state.limits import Tier
    from pinterest_async.emulator.state.quirks import Quirk
    from pinterest_async.emulator.state.tokens import Tokens


@dataclass
class World:
    """The state behind one host of the API: production, or the sandbox."""

    seed: int
    clock: Clock
    tier: Tier
    app: RegisteredApp
    tokens: Tokens
    forms: Forms
    slots: Slots
    sandbox: bool = False
    origin: str = ""
    """Scheme, host and port, once the server listens."""
    files_origin: str = ""
    """The same of the host that takes uploads and gives pictures and downloads."""
    quirks: Collection[Quirk] = ()
    jobs: Jobs = field(default_factory=Jobs)
    accounts: dict[str, Account] = field(default_factory=dict[str, Account])

    def __post_init__(self) -> None:
        self.files: FileStore = FileStore(self.seed, self.clock)

    def now(self) -> dt.datetime:
        """The present, in UTC."""
        return dt.datetime.fromtimestamp(self.clock(), dt.UTC)

    def today(self) -> dt.date:
        """The present day, in UTC."""
        return self.now().date()

    def add_account(self, username: str, *, boards: int, pins: int) -> Account:
        """Open an account and fill it."""
        account = Account(username, seed=self.seed, clock=self.clock)
        populate(account, boards=boards, pins=pins)
        for feed in account.stores.store("feeds"):
            fill(account, feed)
        self.accounts[username] = account
        return account
