"""What one Pinterest account is and holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

import msgspec

from pinterest_async.emulator.state.catalog_items import Items
from pinterest_async.emulator.state.clock import Clock, wire_time
from pinterest_async.emulator.state.customer_lists import People
from pinterest_async.emulator.state.customer_uploads import CustomerUpload
from pinterest_async.emulator.state.events import Events
from pinterest_async.emulator.state.files import Form
from pinterest_async.emulator.state.inventory import Inventory
from pinterest_async.emulator.state.leads import Lead
from pinterest_async.emulator.state.saved import Pin, SavedContent, StoredBoard
from pinterest_async.emulator.state.store import EntityStores
from pinterest_async.emulator.state.titles import Titles

_FIRST_ID = 813_000_000_000_000_000


class Upload(msgspec.Struct):
    """A registered upload of a video, and the form that brings its bytes."""

    media_id: str
    form: Form
    fails: bool


@dataclass(slots=True)
class Profile:
    """How an account presents itself, and whom it follows and is followed by."""

    members: dict[str, Any] = field(default_factory=dict[str, Any])
    """The profile as it goes over the wire."""
    websites: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """Those that were claimed, by address."""
    followers: list[str] = field(default_factory=list[str])
    following: list[str] = field(default_factory=list[str])
    followed_boards: list[StoredBoard] = field(default_factory=list[StoredBoard])


@dataclass(slots=True)
class Advertising:
    """What the ad accounts and businesses of an account hold beside their entities."""

    bids: dict[str, dict[tuple[str, ...], dict[str, Any]]] = field(
        default_factory=dict[str, dict[tuple[str, ...], dict[str, Any]]]
    )
    test_leads: dict[tuple[str, str], list[Lead]] = field(
        default_factory=dict[tuple[str, str], list[Lead]]
    )
    """By ad account and lead form."""
    customer_lists: dict[str, People] = field(default_factory=dict[str, People])
    """Who is on the customer lists, by their ids."""
    customer_uploads: dict[str, CustomerUpload] = field(default_factory=dict[str, CustomerUpload])
    access: dict[str, dict[tuple[str, str], list[str]]] = field(
        default_factory=dict[str, dict[tuple[str, str], list[str]]]
    )
    """By business: permissions by member or partner and asset."""
    shared_audiences: dict[str, dict[tuple[str, str], int]] = field(
        default_factory=dict[str, dict[tuple[str, str], int]]
    )
    events: dict[str, Events] = field(default_factory=dict[str, Events])
    """Conversion events by ad account."""

    def events_of(self, ad_account_id: str) -> Events:
        """The conversion events of an ad account."""
        return self.events.setdefault(ad_account_id, Events())


@dataclass(slots=True)
class Catalogs:
    """What the catalogs of an account hold beside their entities."""

    items: Items = field(default_factory=Items)
    inventory: Inventory = field(default_factory=Inventory)
    titles: dict[str, Titles] = field(default_factory=dict[str, Titles])
    fetches: dict[str, float] = field(default_factory=dict[str, float])
    """When a feed with a schedule of its own is fetched next, by feed."""


class Account:
    """A user of Pinterest.

    Args:
        username: names the user in the responses.
        seed: where its ids, and all that is made up for it, come from.
        clock: the time of what is created.
    """

    def __init__(self, username: str, *, seed: int, clock: Clock) -> None:
        self.username = username
        self.random: Random = Random(f"{seed} {username}")
        self._clock = clock
        self._last_id = _FIRST_ID + self.random.randrange(10**14)
        self.id: str = self.new_id()
        self.profile: Profile = Profile()
        self.saved: SavedContent = SavedContent(clock)
        self.uploads: dict[str, Upload] = {}
        self.stores: EntityStores = EntityStores(f"{seed} {username}")
        self.advertising: Advertising = Advertising()
        self.catalogs: Catalogs = Catalogs()
        self.turns: dict[str, float] = {}

    @property
    def boards(self) -> dict[str, StoredBoard]:
        """The boards, by id."""
        return self.saved.boards

    @property
    def pins(self) -> dict[str, Pin]:
        """The Pins, by id."""
        return self.saved.pins

    @property
    def owner(self) -> dict[str, str]:
        """The user as the boards and Pins name it."""
        return {"username": self.username}

    def now(self) -> str:
        """The present, as boards and Pins carry it."""
        return wire_time(self._clock())

    def new_id(self) -> str:
        """An id that is larger than every one before it, beyond what a float can hold."""
        self._last_id += self.random.randrange(1, 10**9)
        return str(self._last_id)
