"""What the generator does differently from what the description says.

The entries stand in `override_tables`, each under its reason, and belong to one version of the
description. Every entry must change something there: one that no longer does stops the generator,
so that the tables shrink when Pinterest corrects the description. In another version an entry
without effect is a warning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from codegen import override_tables
from codegen.additions import ADDITIONS
from codegen.description import DescriptionError, is_array

if TYPE_CHECKING:
    from codegen.additions import Addition
    from codegen.facts import Key
    from codegen.override_tables import Group, Patch


def _step(node: Any, step: str) -> Any:
    """The part of a node; of a list of parameters, the one of that name."""
    return next(item for item in node if item.get("name") == step) if is_array(node) else node[step]


def _flatten(groups: tuple[Group, ...]) -> dict[str, str]:
    return {key: value for group in groups for key, value in group.entries.items()}


@dataclass
class Overrides:
    """The tables, and which of their entries had an effect."""

    maps: dict[str, str] = field(default_factory=lambda: _flatten(override_tables.MAPS))
    merges: dict[str, str] = field(default_factory=lambda: _flatten(override_tables.MERGES))
    required: dict[str, str] = field(default_factory=lambda: _flatten(override_tables.REQUIRED))
    always: dict[str, str] = field(default_factory=lambda: _flatten(override_tables.ALWAYS))
    resources: dict[str, str] = field(default_factory=lambda: _flatten(override_tables.RESOURCES))
    nouns: dict[str, str] = field(default_factory=lambda: _flatten(override_tables.NOUNS))
    places: dict[str, str] = field(default_factory=lambda: _flatten(override_tables.PLACES))
    parameters: dict[str, str] = field(default_factory=lambda: _flatten(override_tables.PARAMETERS))
    repeatable: dict[str, str] = field(default_factory=lambda: _flatten(override_tables.REPEATABLE))
    beta_mentioned: dict[str, str] = field(
        default_factory=lambda: _flatten(override_tables.BETA_MENTIONED)
    )
    patches: tuple[Patch, ...] = override_tables.PATCHES
    additions: tuple[Addition, ...] = ADDITIONS
    of: str = override_tables.VERSION
    """The version of the description that is read."""
    warnings: list[str] = field(default_factory=list[str])
    used: set[tuple[int, str]] = field(default_factory=set[tuple[int, str]])

    def patch(self, document: dict[str, Any]) -> None:
        """Repair the document in place."""
        for patch in self.patches:
            place = "/".join(map(str, patch.at))
            *parents, last = patch.at
            node: Any = document
            try:
                for step in parents:
                    node = _step(node, step)
            except (KeyError, StopIteration):
                self.object_to(f"there is no {place} to patch")
                continue
            if node.get(last) == patch.value:
                self.object_to(f"the patch at {place} changes nothing")
            node[last] = patch.value

    def additions_to(self, key: Key) -> list[Addition]:
        """The members that a struct is to have beside its own."""
        found = [one for one in self.additions if (one.model, one.direction) == key]
        self.used.update((id(self.additions), f"{one.model}.{one.wire}") for one in found)
        return found

    def object_to(self, sentence: str) -> None:
        """Stop where the tables are for this version; elsewhere remember a warning."""
        if self.of == override_tables.VERSION:
            raise DescriptionError(sentence)
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    def is_map(self, name: str) -> bool:
        """Whether the property names of an object are data."""
        return self._look(self.maps, name) is not None

    def merged(self, name: str | None) -> bool:
        """Whether a response's tagged union becomes one struct."""
        return name is not None and self._look(self.merges, name) is not None

    def needs(self, key: Key, wire: str, *, declared: bool) -> bool:
        """Whether a request has to have a member, or a response always has it."""
        name = f"{key[0]}.{wire}"
        table = self.required if key[1] == "request" else self.always
        if self._look(table, name) is None:
            return declared
        if declared:
            self.object_to(f"{name} is required in the description")
        return True

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
            self.object_to(f"the place of {operation_id} is what the rule gives anyway")
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
            self.maps,
            self.merges,
            self.required,
            self.always,
            self.resources,
            self.nouns,
            self.places,
            self.parameters,
            self.repeatable,
            self.beta_mentioned,
        )
        idle = [key for table in tables for key in table if (id(table), key) not in self.used]
        added = {f"{one.model}.{one.wire}" for one in self.additions}
        idle += sorted(one for one in added if (id(self.additions), one) not in self.used)
        if idle:
            self.object_to("overrides without effect: " + ", ".join(idle))

    def _look(self, table: dict[str, str], key: str) -> str | None:
        if key in table:
            self.used.add((id(table), key))
        return table.get(key)
