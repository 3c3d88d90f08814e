"""What a collection is, as data: what it holds, where, and what it points at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_NONE: Mapping[str, str] = {}


class Conflict(NamedTuple):
    """A refusal of what other things stand in the way of. Source: the operation's description."""

    status: int
    code: int
    message: str


class Held(NamedTuple):
    """Others that keep one from being deleted while they are active, or are kept themselves."""

    entity_type: str
    member: str
    """Where they have the id of the one."""
    conflict: Conflict


class Locked(NamedTuple):
    """A member that says whether one can be changed."""

    member: str
    free: frozenset[str]
    """The values that allow it."""
    conflict: Conflict


@dataclass(frozen=True, kw_only=True)
class EntityType:
    """A kind of thing that is created, listed, fetched, changed and deleted."""

    name: str
    noun: str
    """What a message calls one."""
    item: str
    """The type of one, named as in the models; what the emulator stores has its members."""
    operations: tuple[str, ...] = ()
    """The operations that are about it: `handlers.collection` answers where no handler does."""
    within: str = "ad_account_id"
    """The path parameter of what holds it; empty where that is the account."""
    key: str = "id"
    """The member that identifies one."""
    parameter: str = ""
    """The path parameter that names one."""
    missing: int = 404
    """The code of the 404 when there is no such one."""
    count: int = 3
    """How many there are from the beginning."""
    refers: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Members that hold the id of one of other entity types: a write that names none is refused."""
    inherits: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    """Members that are those of a parent: the member with its id, and its entity type."""
    usual_parent: str = ""
    """The member that a list without a filter compares with the ad account's id."""
    pins: tuple[str, ...] = ()
    """Members that hold the id of a Pin, likewise."""
    unique: Mapping[tuple[str, ...], Conflict] = field(
        default_factory=dict[tuple[str, ...], "Conflict"]
    )
    """Members that no two have all in common."""
    budgets: tuple[str, ...] = ()
    """Members that hold a budget in millionths of the currency; one of them at most."""
    held: Held | None = None
    """What keeps one from being deleted."""
    locked: Locked | None = None
    """Which of them nobody can change or delete."""
    implied: str = ""
    """The one of those that falls to the first there is when a new one does not say."""
    filters: Mapping[str, str] = field(default_factory=lambda: _NONE)
    """Query parameters that are called otherwise than the member they filter by."""
    usual: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """What a list shows of a member's values when a query parameter does not say."""
    varied: Mapping[str, tuple[Any, ...]] = field(default_factory=dict[str, tuple[Any, ...]])
    """Values that those from the beginning take in turn."""
    fresh: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What a new one has unless the request says otherwise."""
    batch: str = ""
    """The member of a body that holds the list of a bulk write."""
    removable: bool = False
    """Whether an update with the operation type `REMOVE` deletes."""
    chosen_by: str = ""
    """The query parameter that names those that a bulk delete is for."""
