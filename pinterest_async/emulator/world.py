"""What the server knows: the accounts, and the tokens that speak for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from pinterest_async.emulator.account import Account
from pinterest_async.emulator.seed import populate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinterest_async.emulator.clock import Clock
    from pinterest_async.emulator.limits import Tier

SCOPES = frozenset(
    {
        "ads:read", "ads:write", "billing:read", "billing:write", "biz_access:read",
        "biz_access:write", "boards:read", "boards:read_secret", "boards:write",
        "boards:write_secret", "catalogs:read", "catalogs:write", "msot:write", "pins:read",
        "pins:read_secret", "pins:write", "pins:write_secret", "user_accounts:read",
        "user_accounts:write",
    }
)  # fmt: skip
"""Every scope that there is."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token may do, and for whom."""

    account: Account
    scopes: frozenset[str]


@dataclass
class World:
    """The state behind the server."""

    seed: int
    clock: Clock
    tier: Tier
    origin: str = ""
    """Scheme, host and port, once the server listens."""
    accounts: dict[str, Account] = field(default_factory=dict[str, Account])
    grants: dict[str, Grant] = field(default_factory=dict[str, Grant], repr=False)

    def __post_init__(self) -> None:
        self._random = Random(f"{self.seed} tokens")

    def add_account(self, username: str, *, boards: int, pins: int) -> Account:
        """Open an account and fill it."""
        account = Account(username, seed=self.seed, clock=self.clock)
        populate(account, boards=boards, pins=pins)
        self.accounts[username] = account
        return account

    def issue_token(self, account: Account, scopes: Iterable[str]) -> str:
        """A fresh bearer token.

        Raises:
            ValueError: a scope that does not exist.
        """
        granted = frozenset(scopes)
        if unknown := granted - SCOPES:
            raise ValueError(f"no such scope: {', '.join(sorted(unknown))}")
        token = f"pina_{self._random.getrandbits(256):064X}"
        self.grants[token] = Grant(account, granted)
        return token
