"""The app that users log in with: who it is, and what they have allowed it."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinterest_async.emulator.state.tokens import Login

CODE_LIFE = 300.0
"""Seconds that an authorization code is good for. A guess: it is published nowhere."""

REDIRECT_URIS = (
    "http://localhost:8085/",
    "http://127.0.0.1:8085/",
    "http://localhost:8085/callback",
    "http://127.0.0.1:8085/callback",
    "http://localhost:8080/callback",
    "http://127.0.0.1:8080/callback",
)
"""What is registered unless told otherwise: the loopback address, as programs at work use it."""


@dataclass(slots=True)
class Code:
    """An authorization code; good once."""

    username: str
    redirect_uri: str
    expires_at: float
    used: bool = False
    login: Login | None = None
    """What it was exchanged for."""


@dataclass
class RegisteredApp:
    """An app as Pinterest knows it.

    Args:
        seed: decides the secret and the codes.
        redirect_uris: where users may be sent back to.
        old: whether it was made before 2025-09-25, so that it gets refresh tokens that are renewed
            only when it asks for `continuous_refresh`.
        auto_approve: whether the authorize page says yes without asking anybody.
    """

    seed: int
    redirect_uris: set[str]
    old: bool = False
    auto_approve: bool = False
    id: str = "1477000"
    codes: dict[str, Code] = field(default_factory=dict[str, Code], repr=False)
    allowed: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    """Everything that each user has ever allowed it."""

    def __post_init__(self) -> None:
        self._secret = f"{Random(f'{self.seed} app').getrandbits(160):040x}"
        self._random = Random(f"{self.seed} codes")

    @property
    def secret(self) -> str:
        """What it proves itself with."""
        return self._secret

    def allow(self, username: str, scopes: frozenset[str], *, redirect_uri: str, now: float) -> str:
        """A user allows it more; the code to be exchanged for tokens."""
        self.allowed[username] = self.allowed.get(username, frozenset()) | scopes
        code = f"{self._random.getrandbits(160):040x}"
        self.codes[code] = Code(username, redirect_uri, now + CODE_LIFE)
        return code
