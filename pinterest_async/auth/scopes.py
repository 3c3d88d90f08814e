"""What a user can allow an app to do."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast, get_args

from pinterest_async.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

Scope: TypeAlias = Literal[
    "ads:read",
    "ads:write",
    "billing:read",
    "billing:write",
    "biz_access:read",
    "biz_access:write",
    "boards:read",
    "boards:read_secret",
    "boards:write",
    "boards:write_secret",
    "catalogs:read",
    "catalogs:write",
    "msot:write",
    "pins:read",
    "pins:read_secret",
    "pins:write",
    "pins:write_secret",
    "user_accounts:read",
    "user_accounts:write",
]
"""A scope of Pinterest's OAuth."""

ALL_SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
"""Every scope that there is."""


def scopes_for(*operation_ids: str) -> tuple[Scope, ...]:
    """Return the scopes that a token needs for these operations together, sorted.

    Raises:
        ConfigurationError: there is no such operation.
    """
    from pinterest_async.operations import OPERATIONS
    from pinterest_async.operations.naming import no_such

    needed: set[str] = set()
    for operation_id in operation_ids:
        operation = OPERATIONS.get(operation_id)
        if operation is None:
            raise ConfigurationError(no_such(operation_id))
        needed.update(operation.scopes)
    return check_scopes(sorted(needed))


def check_scopes(scopes: Iterable[str]) -> tuple[Scope, ...]:
    """Return `scopes` as they are.

    Raises:
        ConfigurationError: there are none, or one of them does not exist.
    """
    if isinstance(scopes, str):
        raise ConfigurationError('scopes are a sequence: ["boards:read"], not "boards:read"')
    checked = tuple(scopes)
    if not checked:
        raise ConfigurationError('name at least one scope, for example ["boards:read"]')
    for scope in checked:
        if scope not in ALL_SCOPES:
            near = difflib.get_close_matches(scope, ALL_SCOPES, n=1)
            advice = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(ALL_SCOPES)}"
            raise ConfigurationError(f"there is no scope {scope!r}; {advice}")
    return cast("tuple[Scope, ...]", checked)


def read_scopes(text: str) -> tuple[str, ...]:
    """Return the scopes in Pinterest's response, which joins them with commas or blanks."""
    return tuple(word for word in re.split(r"[,\s]+", text) if word)
