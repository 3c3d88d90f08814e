"""What the generator does differently from what the description says.

The entries stand in `override_tables`, each under its reason. Every entry must change something:
one that no longer does stops the generator, so that the tables shrink when Pinterest corrects the
description.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from codegen import override_tables
from codegen.description import DescriptionError

if TYPE_CHECKING:
    from codegen.override_tables import Group, Patch


def _flatten(groups: tuple[Group, ...]) -> dict[str, str]:
    return {key: value for group in groups for key, value in group.entries.items()}


@dataclass
class Overrides:
    """The tables, and which of their entries had an effect."""

    schema_names: dict[str, str] = field(
        default_factory=lambda: _flatten(override_tables.SCHEMA_NAMES)
    )
    maps: dict[str, str] = field(default_factory=lambda: _flatten(override_tables.MAPS))
    merges: dict[str, str] = field(default_factory=lambda: _flatten(override_tables.MERGES))
    resources: dict[str, str] = field(default_factory=lambda: _flatten(override_tables.RESOURCES))
    nouns: dict[str, str] = field(default_factory=lambda: _flatten(override_tables.NOUNS))
    places: dict[str, str] = field(default_factory=lambda: _flatten(override_tables.PLACES))
    parameters: dict[str, str] = field(default_factory=lambda: _flatten(override_tables.PARAMETERS))
    repeatable: dict[str, str] = field(default_factory=lambda: _flatten(override_tables.REPEATABLE))
    beta_mentioned: dict[str, str] = field(
        default_factory=lambda: _flatten(override_tables.BETA_MENTIONED)
    )
    patches: tuple[Patch, ...] = override_tables.PATCHES
    used: set[tuple[int, str]] = field(default_factory=set[tuple[int, str]])

    def patch(self, document: dict[str, Any]) -> None:
        """Repair the document in place."""
        for patch in self.patches:
            place = "/".join(map(str, patch.at))
            *parents, last = patch.at
            node: Any = document
            try:
                for step in parents:
                    node = node[step]
            except (KeyError, IndexError) as error:
                raise DescriptionError(f"there is no {place} to patch") from error
            if node.get(last) == patch.value:
                raise DescriptionError(f"the patch at {place} changes nothing")
            node[last] = patch.value

    def schema_name(self, name: str) -> str | None:
        """What a component, or an unnamed schema with that derived name, is called instead."""
        return self._look(self.schema_names, name)

    def map_value(self, component: str) -> str | None:
        """The kind of value of a component whose property names are data; "" to derive it."""
        return self._look(self.maps, component)

    def merged(self, component: str | None) -> bool:
        """Whether an answer's tagged union becomes one struct."""
        return component is not None and self._look(self.merges, component) is not None

    def resource(self, tag: str) -> str | None:
        """The resource of a tag."""
        return self._look(self.resources, tag)

    def noun(self, resource: str) -> str | None:
        """What operation ids call a resource."""
        return self._look(self.nouns, resource)

    def place(self, operation_id: str, resource: str, method: str) -> tuple[str, str]:
        """The resource and method of an operation that would land at the given ones."""
        chosen = self._look(self.places, operation_id)
        if chosen is None:
            return resource, method
        if chosen == f"{resource}.{method}":
            raise DescriptionError(f"the place of {operation_id} is what the rule gives anyway")
        own_resource, _, own_method = chosen.partition(".")
        return own_resource, own_method

    def parameter(self, operation_id: str, name: str) -> str | None:
        """The Python name of a parameter."""
        return self._look(self.parameters, f"{operation_id}.{name}")

    def is_repeatable(self, operation_id: str) -> bool:
        """Whether a POST only reads."""
        return self._look(self.repeatable, operation_id) is not None

    def only_mentions_beta(self, operation_id: str) -> bool:
        """Whether an operation whose text speaks of a beta is open to every app all the same."""
        return self._look(self.beta_mentioned, operation_id) is not None

    def check_all_used(self) -> None:
        """Raise when an entry was never asked for."""
        tables = (
            self.schema_names,
            self.maps,
            self.merges,
            self.resources,
            self.nouns,
            self.places,
            self.parameters,
            self.repeatable,
            self.beta_mentioned,
        )
        idle = [key for table in tables for key in table if (id(table), key) not in self.used]
        if idle:
            raise DescriptionError("overrides without effect: " + ", ".join(idle))

    def _look(self, table: dict[str, str], key: str) -> str | None:
        if key in table:
            self.used.add((id(table), key))
        return table.get(key)
