"""The names of models, by the places where they stand.

A component's name is Pinterest's own affair: in the next description the same object may be a
component under another name, or be written out where it is used. What users import must not change
with that. So each place that holds a named thing keeps the name that it got first: a field of a
model (`Pin.media`), what an operation returns or is given (`boards/get response`), the items of
a list (`[]`), the values of a map (`{}`), an alternative of a union (`PinMediaSource|image_url`).

The table grows by itself: a place that is new gets the component's name, or one that is made of
the place, and is written down with the generated code. To call something otherwise, change the name
wherever the table has it, and generate.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

TABLE = Path(__file__).with_name("names.toml")


@dataclass
class PublicNames:
    """The table, and the places that were met."""

    known: dict[str, str] = field(default_factory=dict[str, str])
    used: dict[str, str] = field(default_factory=dict[str, str])
    components: dict[str, str] = field(default_factory=dict[str, str])
    """What components are called where the table names them."""

    def __post_init__(self) -> None:
        self._values = set(self.known.values())

    @classmethod
    def read(cls, path: Path = TABLE) -> PublicNames:
        """Read the table from `path`."""
        return cls(tomllib.loads(path.read_text("utf-8")))

    def at(self, place: str) -> str | None:
        """The name of what stands at a place, where it has one already."""
        return self.known.get(place)

    def has(self, name: str) -> bool:
        """Whether something has that name already."""
        return name in self._values

    def has_news(self) -> bool:
        """Whether a place was met that the table does not know."""
        return not self.used.keys() <= self.known.keys()

    def use(self, place: str, name: str) -> None:
        """Note that what stands at a place is called so."""
        self.used[place] = name

    def text(self) -> str:
        """The table of the places that were met."""
        rows = sorted(self.used.items())
        return "".join(f"{json.dumps(place)} = {json.dumps(name)}\n" for place, name in rows)
