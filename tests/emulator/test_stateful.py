"""Random sequences of calls, through our client and a bad connection, against a plain model.

A fifth of all requests goes wrong: refused, reset before or after the write took effect, answered
with half a body. A write whose fate is unknown is settled as a careful user would settle it: look
whether it is there, and only then send it again.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from pinterest_async import Pinterest, RetryPolicy
from pinterest_async.emulator import Emulator, LimitOptions, PagingOptions
from pinterest_async.emulator.http.faults import PASSING, OverQuota, Trickle
from pinterest_async.errors import NotFound, PinterestError
from pinterest_async.limits import LocalLimits
from pinterest_async.limits.headers import Window
from pinterest_async.models import ImageUrl
from pinterest_async.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

FAULTS = [fault for fault in PASSING if not isinstance(fault, OverQuota | Trickle)]
"""Those that take no time."""

SHARE = 0.2
TRIES = 30
WIDE = {operation.category: (Window(10**6, 1),) for operation in OPERATIONS.values()}
SOURCE = ImageUrl(url="https://example.com/cake.jpg")
GONE = "gone"

names = st.sampled_from(["Plum cakes", "Rye & <b>bread</b>", "日本の庭 🌸", "50% off / more?"])


@dataclass
class ModelBoard:
    """What a board should be."""

    name: str
    sections: dict[str, str] = field(default_factory=dict[str, str])


@dataclass
class ModelPin:
    """What a Pin should be."""

    title: str
    board: str
    section: str | None


class Account(RuleBasedStateMachine):
    """An account that is worked on, and what it should hold."""

    boards = Bundle("boards")
    sections = Bundle("sections")
    pins = Bundle("pins")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.model: dict[str, ModelBoard] = {}
        self.model_pins: dict[str, ModelPin] = {}
        self.number = 0
        self.emulator = Emulator(
            boards=0,
            pins=0,
            enforce_limits=False,
            limit_options=LimitOptions(headers="absent"),
            paging=PagingOptions(last_bookmark="missing"),
        )
        self.run(self.emulator.start())
        self.emulator.fail_at_random(SHARE, faults=FAULTS)
        self.client = Pinterest(
            self.emulator.token,
            base_url=self.emulator.base_url,
            limits=LocalLimits(limits=WIDE),
            retry=RetryPolicy(attempts=5, base=0.001, cap=0.002),
        )

    def run(self, work: Awaitable[T]) -> T:
        """Wait for it."""

        async def wait() -> T:
            return await work

        return self.runner.run(wait())

    def teardown(self) -> None:
        """Compare a last time, then stop."""
        try:
            self.agrees()
        finally:
            self.run(self.client.aclose())
            self.run(self.emulator.stop())
            self.runner.close()

    # Reads and writes that get through

    async def read(self, call: Callable[[], Awaitable[T]]) -> T:
        """Ask until there is an answer, even where the client has given up."""
        for _ in range(TRIES):
            try:
                return await call()
            except NotFound:
                raise
            except PinterestError:
                continue
        raise AssertionError("no answer")

    async def write(
        self, call: Callable[[], Awaitable[str]], landed: Callable[[], Awaitable[str | None]]
    ) -> str:
        """Write exactly once.

        Args:
            call: the write, which gives the id.
            landed: whether it took effect: the id, or None.
        """
        for _ in range(TRIES):
            try:
                return await call()
            except PinterestError as error:
                failure = error
            found = await landed()
            if found is not None:
                # An error that says for sure that nothing happened must be right about it.
                assert isinstance(failure, NotFound) or getattr(failure, "may_have_applied", True)
                return found
        raise AssertionError("no answer")

    def new_name(self, text: str) -> str:
        """A name that no other has, so that it can be found again."""
        self.number += 1
        return f"{text} {self.number}"

    # Boards

    async def board_called(self, name: str) -> str | None:
        """The id of a board."""
        boards = await self.read(lambda: self.client.boards.list(page_size=2).collect())
        return next((board.id for board in boards if board.name == name), None)

    @rule(target=boards, text=names)
    def create_board(self, text: str) -> str:
        """A new board."""
        name = self.new_name(text)

        async def create() -> str:
            return (await self.client.boards.create(name=name)).id or ""

        board = self.run(self.write(create, lambda: self.board_called(name)))
        self.model[board] = ModelBoard(name)
        return board

    @rule(board=boards, text=names)
    def rename_board(self, board: str, text: str) -> None:
        """A board gets another name."""
        name = self.new_name(text)

        async def rename() -> str:
            return (await self.client.boards.update(board, name=name)).id or ""

        self.run(self.write(rename, lambda: self.board_called(name)))
        self.model[board].name = name

    @rule(board=consumes(boards))
    def delete_board(self, board: str) -> None:
        """A board goes, with all that is on it."""

        async def delete() -> str:
            await self.client.boards.delete(board)
            return GONE

        async def gone() -> str | None:
            boards = await self.read(lambda: self.client.boards.list().collect())
            return None if board in {one.id for one in boards} else GONE

        self.run(self.write(delete, gone))
        del self.model[board]
        self.model_pins = {key: pin for key, pin in self.model_pins.items() if pin.board != board}

    # Sections

    async def sections_of(self, board: str) -> dict[str, str]:
        """The sections of a board, by id."""
        found = await self.read(
            lambda: self.client.board_sections.list(board, page_size=2).collect()
        )
        return {section.id or "": section.name or "" for section in found}

    @rule(target=sections, board=boards, text=names)
    def create_section(self, board: str, text: str) -> tuple[str, str]:
        """A new section."""
        name = self.new_name(text)

        async def create() -> str:
            return (await self.client.board_sections.create(board, name=name)).id or ""

        async def landed() -> str | None:
            found = await self.sections_of(board)
            return next((key for key, called in found.items() if called == name), None)

        section = self.run(self.write(create, landed))
        self.model[board].sections[section] = name
        return board, section

    @rule(place=sections, text=names)
    def rename_section(self, place: tuple[str, str], text: str) -> None:
        """A section gets another name."""
        board, section = place
        if section not in self.sections_in(board):
            return
        name = self.new_name(text)

        async def rename() -> str:
            await self.client.board_sections.update(board, section, name=name)
            return section

        async def landed() -> str | None:
            return section if (await self.sections_of(board))[section] == name else None

        self.run(self.write(rename, landed))
        self.model[board].sections[section] = name

    @rule(place=consumes(sections))
    def delete_section(self, place: tuple[str, str]) -> None:
        """A section goes, with its Pins."""
        board, section = place
        if section not in self.sections_in(board):
            return

        async def delete() -> str:
            await self.client.board_sections.delete(board, section)
            return GONE

        async def gone() -> str | None:
            return None if section in await self.sections_of(board) else GONE

        self.run(self.write(delete, gone))
        del self.model[board].sections[section]
        self.model_pins = {
            key: pin for key, pin in self.model_pins.items() if pin.section != section
        }

    def sections_in(self, board: str) -> dict[str, str]:
        """What the model knows of a board's sections; none of a board that is gone."""
        return self.model[board].sections if board in self.model else {}

    # Pins

    async def pins_on(self, board: str) -> dict[str, ModelPin]:
        """The Pins of a board, by id."""
        found = await self.read(lambda: self.client.boards.list_pins(board, page_size=2).collect())
        return {
            pin.id or "": ModelPin(pin.title or "", pin.board_id or "", pin.board_section_id)
            for pin in found
        }

    @rule(target=pins, board=boards, text=names)
    def create_pin(self, board: str, text: str) -> str:
        """A new Pin on a board."""
        return self.pin_in(board, None, text)

    @rule(target=pins, place=sections, text=names)
    def create_pin_in_section(self, place: tuple[str, str], text: str) -> str:
        """A new Pin in a section."""
        board, section = place
        if section not in self.sections_in(board):
            return GONE
        return self.pin_in(board, section, text)

    def pin_in(self, board: str, section: str | None, text: str) -> str:
        """Create a Pin."""
        title = self.new_name(text)

        async def create() -> str:
            pin = await self.client.pins.create(
                board_id=board, board_section_id=section, title=title, media_source=SOURCE
            )
            return pin.id or ""

        async def landed() -> str | None:
            found = await self.pins_on(board)
            return next((key for key, pin in found.items() if pin.title == title), None)

        pin = self.run(self.write(create, landed))
        self.model_pins[pin] = ModelPin(title, board, section)
        return pin

    @rule(pin=pins, board=boards, text=names)
    def move_pin(self, pin: str, board: str, text: str) -> None:
        """A Pin gets another title, on another board."""
        if pin not in self.model_pins:
            return
        wanted = ModelPin(self.new_name(text), board, None)

        async def move() -> str:
            await self.client.pins.update(
                pin, title=wanted.title, board_id=board, board_section_id=None
            )
            return pin

        async def landed() -> str | None:
            return pin if (await self.pins_on(board)).get(pin) == wanted else None

        self.run(self.write(move, landed))
        self.model_pins[pin] = wanted

    @rule(pin=consumes(pins))
    def delete_pin(self, pin: str) -> None:
        """A Pin goes."""
        if pin not in self.model_pins:
            return

        async def delete() -> str:
            await self.client.pins.delete(pin)
            return GONE

        async def gone() -> str | None:
            return None if pin in await self.pins_on(self.model_pins[pin].board) else GONE

        self.run(self.write(delete, gone))
        del self.model_pins[pin]

    # The comparison

    @rule()
    def agrees(self) -> None:
        """What the client reads is what the model holds: names, places and counts."""

        async def held() -> tuple[
            dict[str, ModelBoard], dict[str, ModelPin], dict[str, int | None]
        ]:
            boards = await self.read(lambda: self.client.boards.list(page_size=3).collect())
            found: dict[str, ModelBoard] = {}
            pins: dict[str, ModelPin] = {}
            for board in boards:
                key = board.id or ""
                found[key] = ModelBoard(board.name or "", await self.sections_of(key))
                pins |= await self.pins_on(key)
            return found, pins, {board.id or "": board.pin_count for board in boards}

        boards, pins, counts = self.run(held())
        assert boards == self.model
        assert pins == self.model_pins
        held_by = [pin.board for pin in self.model_pins.values()]
        assert counts == {board: held_by.count(board) for board in self.model}

    @invariant()
    def asks_no_more_than_it_must(self) -> None:
        """No request went without an operation."""
        assert all(seen.operation_id for seen in self.emulator.requests)


TestAccount = Account.TestCase
TestAccount.settings = settings(
    max_examples=30,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
