"""Tokens: what they allow, how long they live, and which of them die together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Literal, TypeAlias

from pinterest_async.emulator.schema.errors import invalid_grant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinterest_async.emulator.state.account import Account
    from pinterest_async.emulator.state.clock import Clock

DAY = 86_400.0
ACCESS_LIFE = 30 * DAY
REFRESH_LIFE = 60 * DAY
LEGACY_REFRESH_LIFE = 365 * DAY
"""Of the refresh token that an old app gets which does not ask for continuous refresh."""
SANDBOX_LIFE = DAY
"""Of a sandbox token from the app's page, in seconds."""

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

GrantKind: TypeAlias = Literal["user", "system_user", "app", "conversions"]
"""Who a token speaks for: `app` is the client-credentials grant, `conversions` can send events."""

_PREFIXES: dict[GrantKind, str] = {"conversions": "pinc_"}


@dataclass(slots=True, eq=False)
class Login:
    """What came of one login: a family of tokens that dies together."""

    account: Account
    scopes: frozenset[str]
    rotates: bool = True
    """Whether each refresh gives a new refresh token."""
    dead: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token may do, and for whom."""

    account: Account
    scopes: frozenset[str]
    kind: GrantKind = "user"
    expires_at: float = math.inf
    login: Login | None = None


@dataclass(slots=True)
class _Refresh:
    login: Login
    expires_at: float
    used_at: float | None = None


class Tokens:
    """The tokens of one host. Those of production mean nothing to the sandbox.

    Args:
        name: of the host; with the seed it decides the tokens.
        seed: of the emulator.
        clock: the time.
        refresh_grace: seconds for which a refresh token can be used again after its first use.
    """

    def __init__(self, name: str, *, seed: int, clock: Clock, refresh_grace: float) -> None:
        self._random = Random(f"{seed} {name} tokens")
        self._clock = clock
        self._grace = refresh_grace
        self._access: dict[str, Grant] = {}
        self._refresh: dict[str, _Refresh] = {}

    def issue(
        self,
        account: Account,
        scopes: Iterable[str],
        *,
        life: float = ACCESS_LIFE,
        kind: GrantKind = "user",
        login: Login | None = None,
    ) -> str:
        """A fresh bearer token.

        Raises:
            ValueError: a scope that does not exist.
        """
        granted = frozenset(scopes)
        if unknown := granted - SCOPES:
            raise ValueError(f"no such scope: {', '.join(sorted(unknown))}")
        token = f"{_PREFIXES.get(kind, 'pina_')}{self._random.getrandbits(256):064X}"
        self._access[token] = Grant(account, granted, kind, self._clock() + life, login)
        return token

    def grant(self, token: str) -> Grant | None:
        """What a token allows; None when it is unknown, expired or revoked."""
        grant = self._access.get(token)
        if grant is None or self._clock() >= grant.expires_at:
            return None
        return None if grant.login is not None and grant.login.dead else grant

    def __contains__(self, token: object) -> bool:
        """Whether it was issued here."""
        return token in self._access or token in self._refresh

    def issue_refresh(self, login: Login, *, life: float) -> str:
        """A fresh refresh token."""
        token = f"pinr_{self._random.getrandbits(256):064X}"
        self._refresh[token] = _Refresh(login, self._clock() + life)
        return token

    def use_refresh(self, token: str, *, rotate: bool) -> Login:
        """The login behind a refresh token.

        Whoever uses one again that has been renewed, after the grace, ends the whole login: either
        of the two who hold it may have stolen it.

        Args:
            token: the refresh token.
            rotate: whether it is renewed even where the login would not have it so.

        Raises:
            Refusal: 401 code 283 when it is unknown, expired, revoked or used up.
        """
        held = self._refresh.get(token)
        now = self._clock()
        if held is None or held.login.dead or now >= held.expires_at:
            raise invalid_grant()
        held.login.rotates = held.login.rotates or rotate
        if held.used_at is None:
            held.used_at = now if held.login.rotates else None
        elif now >= held.used_at + self._grace:
            held.login.dead = True
            raise invalid_grant()
        return held.login

    def revoke(self, token: str) -> None:
        """Make an access or refresh token fail from now on, and all of its login with it.

        Raises:
            KeyError: it was never issued.
        """
        held = self._refresh.get(token)
        login = held.login if held is not None else self._access.pop(token).login
        if login is not None:
            login.dead = True
