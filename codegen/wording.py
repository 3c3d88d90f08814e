"""The sentences of the generated docstrings: ours, kept in tables beside this module.

A table that lacks an entry is not an error, because a later description may bring operations that
nobody has described yet; `python -m codegen` lists what is missing.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

TABLES = Path(__file__).with_name("wording")


@dataclass
class Wording:
    """The tables, and what was asked for in vain."""

    operations: dict[str, str]
    parameters: dict[str, str]
    models: dict[str, str]
    resources: dict[str, str]
    fields: dict[str, str] = field(default_factory=dict[str, str])
    missing: set[str] = field(default_factory=set[str])

    @classmethod
    def read(cls, folder: Path = TABLES) -> Wording:
        """Read the tables from `folder`."""
        names = ("operations", "parameters", "models", "resources", "fields")
        operations, parameters, models, resources, fields = (
            tomllib.loads((folder / f"{name}.toml").read_text("utf-8")) for name in names
        )
        return cls(operations, parameters, models, resources, fields)

    def operation(self, operation_id: str) -> str:
        """The summary of an operation."""
        return self._look(self.operations, operation_id, f"Call `{operation_id}`.")

    def parameter(self, operation_id: str, name: str) -> str:
        """What a parameter means, in this operation or everywhere."""
        specific = self.parameters.get(f"{operation_id}.{name}")
        return specific or self._look(self.parameters, name, "")

    def model(self, schema: str, default: str) -> str:
        """What an object or an enumeration is."""
        return self._look(self.models, schema, default)

    def resource(self, resource: str) -> str:
        """What a resource is about."""
        return self._look(self.resources, resource, f"{resource}.")

    def _look(self, table: dict[str, str], key: str, default: str) -> str:
        if key not in table:
            self.missing.add(key)
        return table.get(key, default)
