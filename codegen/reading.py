"""From the description to plain facts: resolves, flattens and classifies every schema in use.

Only what an operation reaches is read. A component that serves both as answer and in requests
becomes two structs, because a missing field means something else in each.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from codegen.description import Description, DescriptionError, reference_name, structural, tags
from codegen.facts import (
    ANY,
    AnyOf,
    Bounds,
    Enum,
    Facts,
    Field,
    ListOf,
    MapOf,
    Ref,
    Scalar,
    Struct,
    Type,
    Union,
)
from codegen.naming import pascal_case, schema_class, singular

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from codegen.description import Schema
    from codegen.facts import Direction, Key, ScalarKind
    from codegen.overrides import Overrides

LARGEST_LITERAL = 400
"""An enum with more values stays a plain `str`: type checkers grow slow on a larger `Literal`."""

_SCALARS: dict[str, ScalarKind] = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
}
_DATES: dict[str, ScalarKind] = {"date": "date", "date-time": "datetime"}


class Schemas:
    """Reads schemas into types, and collects the structs, unions and enums that they name."""

    def __init__(self, description: Description, overrides: Overrides, facts: Facts) -> None:
        self.description = description
        self._overrides = overrides
        self.facts = facts
        self._enum_names: dict[frozenset[Any], str] = {}
        self._taken: dict[str, object] = {}
        for name, schema in description.document["components"]["schemas"].items():
            if "enum" in schema:
                self._enum_names.setdefault(_enum_key(schema), schema_class(name))

    # One schema

    def read(self, schema: Schema, direction: Direction, hint: str) -> Type:
        """The type of a schema; `hint` names what has no name of its own."""
        nullable = schema.get("nullable", False) or None in schema.get("enum", ())
        component = reference_name(schema)
        if component is not None:
            read = self._component(component, direction)
        elif "oneOf" in schema or "anyOf" in schema or "discriminator" in schema:
            read = self._union(schema, direction, hint, None)
        elif "allOf" in schema:
            read = self._all_of(schema, direction, hint, None)
        elif "enum" in schema:
            read = Type(self._enum(schema, hint, None))
        elif schema.get("type") == "array" or "items" in schema:
            item = self.read(schema.get("items", {}), direction, singular(hint))
            read = Type(ListOf(item, _bounds(schema)))
        elif "properties" in schema or "additionalProperties" in schema:
            read = self._object(schema, direction, hint, None)
        elif schema.get("type") == "object":
            read = Type(MapOf(ANY))
        else:
            read = Type(_scalar(schema))
        return replace(read, nullable=read.nullable or nullable)

    def _component(self, name: str, direction: Direction) -> Type:
        schema = self.description.component(name)
        nullable = bool(schema.get("nullable")) or None in schema.get("enum", ())
        map_value = self._overrides.map_value(name)
        if map_value is not None:
            read = self._map(direction, map_value)
        elif "enum" in schema:
            read = Type(self._enum(schema, name, name))
        elif "oneOf" in schema or "anyOf" in schema or "discriminator" in schema:
            read = self._union(schema, direction, name, name)
        elif "allOf" in schema:
            read = self._all_of(schema, direction, name, name)
        elif "properties" in schema or "additionalProperties" in schema:
            read = self._object(schema, direction, name, name)
        else:
            return self.read(schema, direction, name)
        return replace(read, nullable=read.nullable or nullable)

    # Objects

    def _all_of(self, schema: Schema, direction: Direction, hint: str, name: str | None) -> Type:
        members = structural(schema["allOf"])
        own = "properties" in schema or "additionalProperties" in schema
        nullable = any(member.get("nullable", False) for member in schema["allOf"])
        if "enum" in schema and not own:
            read = Type(self._enum(schema, hint, name))
        elif not members and not own:
            read = Type(MapOf(ANY))
        elif len(members) == 1 and not own:
            read = self.read(members[0], direction, hint)
        else:
            read = self._object(schema, direction, hint, name)
        return replace(read, nullable=read.nullable or nullable)

    def _object(self, schema: Schema, direction: Direction, hint: str, name: str | None) -> Type:
        extra = schema.get("additionalProperties", False)
        if extra is not False:
            value = ANY if extra is True else self.read(extra, direction, f"{hint}Value")
            return Type(MapOf(value))
        key = self._key(schema, direction, hint, name)
        if key not in self.facts.structs:
            struct = self.facts.structs[key] = Struct(key, {}, schema=name)
            struct.fields.update(self._fields(schema, direction, key[0]))
        return Type(Ref(key))

    def _key(self, schema: Schema, direction: Direction, hint: str, name: str | None) -> Key:
        """The name of an object or a union, checked to belong to it alone."""
        chosen = self._overrides.schema_name(name or hint) or schema_class(name or hint)
        self._claim(chosen, schema)
        return chosen, direction

    def _claim(self, name: str, owner: object) -> None:
        if self._taken.setdefault(name, owner) != owner:
            raise DescriptionError(f"two different things would both be called {name}")

    def _fields(self, schema: Schema, direction: Direction, owner: str) -> dict[str, Field]:
        required = self._required(schema)
        fields: dict[str, Field] = {}
        for wire, node in self._properties(schema).items():
            if direction == "request" and self._read_only(node):
                continue
            hint = f"{owner}{pascal_case(wire)}"
            fields[wire] = Field(wire, self.read(node, direction, hint), wire in required)
        return dict(sorted(fields.items(), key=lambda item: item[0] != "id"))

    def _read_only(self, node: Schema) -> bool:
        return bool(node.get("readOnly"))

    def _properties(self, schema: Schema) -> dict[str, Schema]:
        """All properties, inherited ones first, later ones winning."""
        schema = self.description.resolve(schema)
        collected: dict[str, Schema] = {}
        for member in schema.get("allOf", ()):
            collected.update(self._properties(member))
        collected.update(schema.get("properties", {}))
        return collected

    def _required(self, schema: Schema) -> set[str]:
        schema = self.description.resolve(schema)
        inherited = (self._required(member) for member in schema.get("allOf", ()))
        return set(schema.get("required", ())).union(*inherited)

    def _map(self, direction: Direction, value: str) -> Type:
        """An object whose property names are data, with values of the given component or kind."""
        if value in _SCALARS:
            return Type(MapOf(Type(Scalar(_SCALARS[value]))))
        if value:
            return Type(MapOf(self._component(value, direction)))
        return Type(MapOf(ANY))

    # Unions

    def _union(self, schema: Schema, direction: Direction, hint: str, name: str | None) -> Type:
        mapping = tags(schema)
        members: list[Schema] = schema.get("oneOf") or schema.get("anyOf") or []
        if not members:
            members = [{"$ref": reference} for reference in mapping.values()]
            self._extend_members(schema, members)
        members = _distinct(members)
        if len(members) == 1:
            return self.read(members[0], direction, hint)
        if all(self._is_enum_or_string(member) for member in members):
            return self._string_union(members, hint)
        types = tuple(self._flat_members(members, direction, hint))
        structs = [t.base.key for t in types if isinstance(t.base, Ref)]
        tag: str = schema["discriminator"]["propertyName"] if mapping else ""
        merged = self._overrides.merged(name) or (direction == "answer" and not tag)
        if len(structs) > 1 and merged:
            return self._merge(schema, types, structs, direction, hint, name)
        if tag:
            self._tag(tag, mapping, direction)
        if name is None:
            return Type(AnyOf(types))
        key = self._key(schema, direction, hint, name)
        self.facts.unions[key] = Union(key, types, name)
        return Type(Ref(key))

    def _extend_members(self, schema: Schema, members: list[Schema]) -> None:
        """Give the members of a base without `oneOf` the base's own properties."""
        for member in members:
            target = self.description.resolve(member)
            own = self._properties(target)
            for wire, node in schema.get("properties", {}).items():
                if wire not in own:
                    target.setdefault("properties", {})[wire] = node

    def _flat_members(
        self, members: list[Schema], direction: Direction, hint: str
    ) -> Iterable[Type]:
        """The members' types, with unions among them opened."""
        seen: set[Type] = set()
        for number, member in enumerate(members):
            title = member.get("title", "")
            own_hint = hint + (pascal_case(title) if title else f"Option{number + 1}")
            read = self.read(member, direction, own_hint)
            opened: tuple[Type, ...] = (read,)
            if isinstance(read.base, AnyOf):
                opened = read.base.members
            elif isinstance(read.base, Ref) and read.base.key in self.facts.unions:
                opened = self.facts.unions[read.base.key].members
            for one in opened:
                if one not in seen:
                    seen.add(one)
                    yield one

    def _merge(
        self,
        schema: Schema,
        types: tuple[Type, ...],
        structs: list[Key],
        direction: Direction,
        hint: str,
        name: str | None,
    ) -> Type:
        """One struct with every member's fields, all optional: it cannot fail on a new member."""
        key = self._key(schema, direction, hint, name)
        merged = self.facts.structs[key] = Struct(key, {}, schema=name)
        found: dict[str, list[Type]] = {}
        for wire, node in schema.get("properties", {}).items():
            found[wire] = [self.read(node, direction, f"{key[0]}{pascal_case(wire)}")]
        for member in (self.facts.structs[key] for key in structs):
            if member.tag:
                found.setdefault(member.tag[0], [Type(Scalar("str"))])
            for wire, one in member.fields.items():
                found.setdefault(wire, []).append(one.type)
        for wire, reads in found.items():
            merged.fields[wire] = Field(wire, self._common(reads), required=False)
        others = tuple(t for t in types if not isinstance(t.base, Ref))
        reference = Type(Ref(key))
        return Type(AnyOf((*others, reference))) if others else reference

    def _common(self, reads: list[Type]) -> Type:
        """A type that holds the values of each."""
        nullable = any(read.nullable for read in reads)
        bases = list(dict.fromkeys(read.base for read in reads))
        scalars = [base for base in bases if isinstance(base, Scalar)]
        lists = [base for base in bases if isinstance(base, ListOf)]
        refs = [base for base in bases if isinstance(base, Ref)]
        if len(bases) == 1:
            return Type(bases[0], nullable)
        if len(lists) == len(bases):
            return Type(ListOf(self._common([base.item for base in lists])), nullable)
        if len(scalars) == len(bases):
            kinds = {base.kind for base in scalars}
            if len(kinds) == 1:
                return Type(Scalar(scalars[0].kind), nullable)
            if kinds == {"int", "float"}:
                return Type(Scalar("float"), nullable)
        if len(refs) == len(bases):
            widest = max(refs, key=lambda ref: len(self._wires(ref)))
            if all(self._wires(ref) <= self._wires(widest) for ref in refs):
                return Type(widest, nullable)
        return ANY

    def _wires(self, ref: Ref) -> set[str]:
        return set(self.facts.structs[ref.key].fields) if ref.key in self.facts.structs else set()

    def _tag(self, tag: str, mapping: Mapping[str, str], direction: Direction) -> None:
        for value, reference in mapping.items():
            component = reference.rsplit("/", 1)[1]
            key = self._component(component, direction).base
            if not isinstance(key, Ref):
                raise DescriptionError(f"{reference} is a union member but not an object")
            struct = self.facts.structs[key.key]
            if struct.tag not in (None, (tag, value)):
                raise DescriptionError(f"{component} has two tags: {struct.tag} and {value}")
            struct.tag = (tag, value)
            struct.fields.pop(tag, None)

    # Enums and strings

    def _is_enum_or_string(self, member: Schema) -> bool:
        resolved = self.description.resolve(member)
        return resolved.get("type") == "string" or (
            "enum" in resolved and all(isinstance(v, str | None) for v in resolved["enum"])
        )

    def _string_union(self, members: list[Schema], hint: str) -> Type:
        """Alternatives that are all strings: one open enum of every value that they list."""
        resolved = [self.description.resolve(member) for member in members]
        values = [value for member in resolved for value in member.get("enum", ())]
        nullable = None in values or any(member.get("nullable") for member in resolved)
        values = [value for value in dict.fromkeys(values) if value is not None]
        if not values:
            return Type(Scalar("str"), nullable=nullable)
        return Type(self._enum({"enum": values}, hint, None), nullable=nullable)

    def _enum(self, schema: Schema, hint: str, name: str | None) -> Scalar:
        values = tuple(value for value in schema["enum"] if value is not None)
        kind: ScalarKind = "str"
        if all(isinstance(value, bool) for value in values):
            return Scalar("bool")
        if all(isinstance(value, int) for value in values):
            kind = "int"
        elif all(isinstance(value, int | float) for value in values):
            return Scalar("float")
        if len(values) == 1 and name is None:
            return Scalar(kind)
        shared = self._enum_names.get(_enum_key(schema)) if name is None else None
        chosen = self._overrides.schema_name(name or hint) if shared is None else None
        chosen = chosen or shared or schema_class(name or hint)
        if len(values) > LARGEST_LITERAL:
            return Scalar(kind)
        self._enum_names.setdefault(_enum_key(schema), chosen)
        self._claim(chosen, "an enumeration")
        known = self.facts.enums.get(chosen)
        merged = tuple(dict.fromkeys((*(known.values if known else ()), *values)))
        self.facts.enums[chosen] = Enum(chosen, merged, name or (known.schema if known else None))
        return Scalar(kind, enum=chosen)


def _scalar(schema: Schema) -> Scalar:
    declared = schema.get("type")
    if declared is None:
        return Scalar("any")
    kind = _SCALARS[declared]
    if declared == "string" and schema.get("format") in _DATES:
        return Scalar(_DATES[schema["format"]])
    return Scalar(kind, bounds=_bounds(schema))


def _bounds(schema: Schema) -> Bounds:
    array = "items" in schema
    return Bounds(
        minimum=schema.get("minimum"),
        maximum=schema.get("maximum"),
        min_length=schema.get("minItems" if array else "minLength"),
        max_length=schema.get("maxItems" if array else "maxLength"),
        pattern=None if array else schema.get("pattern"),
    )


def _enum_key(schema: Schema) -> frozenset[Any]:
    return frozenset(value for value in schema["enum"] if value is not None)


def _distinct(members: list[Schema]) -> list[Schema]:
    """Alternatives that differ in more than what they require and how they are described."""
    kept: list[Schema] = []
    seen: list[object] = []
    for member in members:
        if member.get("enum") == [None]:
            continue
        identity = member.get("$ref", member)
        if identity not in seen:
            seen.append(identity)
            kept.append(member)
    return kept
