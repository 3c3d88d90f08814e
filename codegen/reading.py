"""From the description to plain facts: resolves, flattens and classifies every schema in use.

Only what an operation reaches is read. A component that serves both as response and in requests
becomes two structs, because a missing field means something else in each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

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
    from codegen.public_names import PublicNames

LARGEST_CHECKED = 400
"""An enum with more values is known to type checkers alone: Pinterest refuses what is not in it in
words of its own, and so does the emulator."""
LARGEST_LITERAL = 700
"""An enum with more values stays a plain `str`: type checkers grow slow on a larger `Literal`."""

DEPRECATED = "Pinterest means to withdraw it."
_SCALARS: dict[str, ScalarKind] = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
}
_DATES: dict[str, ScalarKind] = {"date": "date", "date-time": "datetime"}


@dataclass(frozen=True)
class Place:
    """Where a schema stands: its key in the table of names, and what to call it without one."""

    key: str
    hint: str
    own_hint: str = ""
    """What it would be called if the component's name there is taken."""

    def item(self) -> Place:
        """The items of a list."""
        return Place(f"{self.key}[]", singular(self.hint))

    def value(self) -> Place:
        """The values of a map."""
        return Place(f"{self.key}{{}}", f"{self.hint}Value")


def field_of(owner: str, wire: str) -> Place:
    """The place of a struct's field."""
    return Place(f"{owner}.{wire}", f"{owner}{pascal_case(wire)}")


class Schemas:
    """Reads schemas into types, and collects the structs, unions and enums that they name."""

    def __init__(
        self, description: Description, overrides: Overrides, names: PublicNames, facts: Facts
    ) -> None:
        self.description = description
        self._overrides = overrides
        self._names = names
        self.facts = facts
        self._enum_names: dict[frozenset[Any], str] = {}
        self._kinds: dict[str, str] = {}
        self._sources: dict[Key, Schema] = {}
        self._as_read: dict[Key, dict[str, Field]] = {}
        for name, schema in description.document["components"]["schemas"].items():
            if "enum" in schema:
                self._enum_names.setdefault(_enum_key(schema), schema_class(name))

    # One schema

    def read(self, schema: Schema, direction: Direction, place: Place) -> Type:
        """The type of a schema that stands at a place."""
        component = reference_name(schema)
        nullable = _nullable(schema)
        if component is not None:
            inner = Place(place.key, component, place.hint)
            target = self.description.component(component)
            read = self._read(target, direction, inner, component)
            nullable = nullable or _nullable(target)
        else:
            read = self._read(schema, direction, place, None)
        return replace(read, nullable=read.nullable or nullable)

    def _read(self, schema: Schema, direction: Direction, place: Place, name: str | None) -> Type:
        known = self._known(place, name)
        if known and self._overrides.is_map(known):
            self._names.use(place.key, known)
            values = self.properties(schema).values()
            return Type(MapOf(self.read(next(iter(values)), direction, place.value())))
        if {"oneOf", "anyOf", "discriminator"} & schema.keys():
            return self._union(schema, direction, place, name)
        if "allOf" in schema:
            return self._all_of(schema, direction, place, name)
        if "properties" in schema or "additionalProperties" in schema:
            return self._object(schema, direction, place, name)
        return self._plain(schema, direction, place, name)

    def _plain(self, schema: Schema, direction: Direction, place: Place, name: str | None) -> Type:
        """The type of what is neither an object with known members nor a choice."""
        if "enum" in schema:
            return Type(self._enum(schema, place, name))
        if schema.get("type") == "array" or "items" in schema:
            item = self.read(schema.get("items", {}), direction, place.item())
            return Type(ListOf(item, _bounds(schema, "Items")))
        if "$ref" in schema:
            return self.read(schema, direction, place)
        if schema.get("type") == "object":
            return Type(MapOf(ANY, _bounds(schema, "Properties")))
        return Type(_scalar(schema))

    # Objects

    def _all_of(self, schema: Schema, direction: Direction, place: Place, name: str | None) -> Type:
        members = structural(schema["allOf"])
        own = "properties" in schema or "additionalProperties" in schema
        nullable = any(member.get("nullable", False) for member in schema["allOf"])
        if "enum" in schema and not own:
            read = Type(self._enum(schema, place, name))
        elif not members and not own:
            read = Type(MapOf(ANY))
        elif len(members) == 1 and not own:
            read = self.read(members[0], direction, place)
        else:
            read = self._object(schema, direction, place, name)
        return replace(read, nullable=read.nullable or nullable)

    def _object(self, schema: Schema, direction: Direction, place: Place, name: str | None) -> Type:
        extra = schema.get("additionalProperties", False)
        if extra is not False:
            value = ANY if extra is True else self.read(extra, direction, place.value())
            return Type(MapOf(value, _bounds(schema, "Properties")))
        if _MEMBERS & schema.keys():
            raise DescriptionError(f"{place.key}: how many members it has is not understood")
        candidates = self._candidates(place, name)
        for chosen in candidates:
            key = (chosen, direction)
            if self._sources.get(key) is schema or self._becomes(key, schema):
                self._names.use(place.key, chosen)
                return Type(Ref(key))
        taken = " and ".join(candidates)
        raise DescriptionError(f"{place.key}: other things are called {taken} already")

    def _candidates(self, place: Place, name: str | None) -> list[str]:
        """What an object or a union may be called, the name that it has always had first."""
        named = [self._known(place, name), name, place.hint, place.own_hint]
        return list(dict.fromkeys(schema_class(one) for one in named if one))

    def _known(self, place: Place, name: str | None) -> str | None:
        """The name of a component or of what stood at its place before.

        A component whose name is in the table elsewhere is another thing than what stood here.
        """
        component = self._names.components.get(name) or schema_class(name) if name else None
        listed = self._names.at(place.key)
        if listed is None or (component and self._names.has(component)):
            return component
        if name:
            self._names.components[name] = listed
        return listed

    def _becomes(self, key: Key, schema: Schema) -> bool:
        """Read an object as the struct of that name; no if the name is another thing's."""
        if self._kinds.setdefault(key[0], "struct") != "struct":
            return False
        if key not in self.facts.structs:
            self._sources[key] = schema
            struct = self.facts.structs[key] = Struct(key, {})
            self._as_read[key] = self._fields(schema, key)
            struct.fields.update(self._as_read[key])
            return True
        return self._fields(schema, key) == self._as_read.get(key)

    def _fields(self, schema: Schema, key: Key) -> dict[str, Field]:
        owner, direction = key
        required = self._required(schema)
        fields: dict[str, Field] = {}
        for wire, node in self.properties(schema).items():
            if direction == "request" and self._read_only(node):
                continue
            read = self.read(node, direction, field_of(owner, wire))
            needed = self._overrides.needs(key, wire, declared=wire in required)
            fields[wire] = Field(wire, read, needed, DEPRECATED if node.get("deprecated") else "")
        for addition in self._overrides.additions_to(key):
            read = self.read(addition.schema, direction, field_of(owner, addition.wire))
            known = fields.get(addition.wire)
            if known and (known.type == read or "enum" not in addition.schema):
                self._overrides.object_to(f"{owner} has {addition.wire} without the addition")
                continue
            needed = bool(known and known.required)
            fields[addition.wire] = Field(addition.wire, read, needed, addition.remark)
        return dict(sorted(fields.items(), key=lambda item: item[0] != "id"))

    def _read_only(self, node: Schema) -> bool:
        return bool(node.get("readOnly"))

    def properties(self, schema: Schema) -> dict[str, Schema]:
        """All properties, inherited ones first, later ones winning."""
        schema = self.description.resolve(schema)
        collected: dict[str, Schema] = {}
        for member in schema.get("allOf", ()):
            collected.update(self.properties(member))
        collected.update(schema.get("properties", {}))
        return collected

    def _required(self, schema: Schema) -> set[str]:
        schema = self.description.resolve(schema)
        inherited = (self._required(member) for member in schema.get("allOf", ()))
        return set(schema.get("required", ())).union(*inherited)

    # Unions

    def _union(self, schema: Schema, direction: Direction, place: Place, name: str | None) -> Type:
        mapping = tags(schema)
        members: list[Schema] = schema.get("oneOf") or schema.get("anyOf") or []
        if not members:
            members = [{"$ref": reference} for reference in mapping.values()]
            self._extend_members(schema, members)
        members = _distinct(members)
        if not members:
            raise DescriptionError(f"{place.key}: a discriminator without alternatives")
        if len(members) == 1:
            return self.read(members[0], direction, place)
        if all(self._is_enum_or_string(member) for member in members):
            return self._string_union(members, place)
        known = self._known(place, name)
        within = Place(known or place.key, place.hint)
        marks = {reference: value for value, reference in mapping.items()}
        types = tuple(self._flat_members(members, marks, direction, within))
        structs = [t.base.key for t in types if isinstance(t.base, Ref)]
        tag: str = schema["discriminator"]["propertyName"] if mapping else ""
        merged = self._overrides.merged(known) or (direction == "response" and not tag)
        if len(structs) > 1 and merged:
            key = (known or schema_class(place.hint), direction)
            self._names.use(place.key, key[0])
            return self._merge(schema, types, structs, key)
        if tag:
            self._tag(tag, mapping, direction, within)
        if known is None:
            return Type(AnyOf(types))
        key = (known, direction)
        self._names.use(place.key, known)
        if self.facts.unions.setdefault(key, Union(key, types)).members != types:
            raise DescriptionError(f"{place.key}: two different unions would be called {known}")
        return Type(Ref(key))

    def _extend_members(self, schema: Schema, members: list[Schema]) -> None:
        """Give the members of a base without `oneOf` the base's own properties."""
        for member in members:
            target = self.description.resolve(member)
            own = self.properties(target)
            for wire, node in schema.get("properties", {}).items():
                if wire not in own:
                    target.setdefault("properties", {})[wire] = node

    def _flat_members(
        self, members: list[Schema], marks: Mapping[str, str], direction: Direction, place: Place
    ) -> Iterable[Type]:
        """The members' types, with unions among them opened."""
        seen: set[Type] = set()
        signatures = [self._signature(member) for member in members]
        for number, member in enumerate(members):
            title = member.get("title", "")
            own_hint = place.hint + (pascal_case(title) if title else f"Option{number + 1}")
            mark = marks.get(member.get("$ref", "")) or signatures[number]
            if signatures.count(mark) > 1:
                mark += f" {number + 1}"
            read = self.read(member, direction, Place(f"{place.key}|{mark}", own_hint))
            opened: tuple[Type, ...] = (read,)
            if isinstance(read.base, AnyOf):
                opened = read.base.members
            elif isinstance(read.base, Ref) and read.base.key in self.facts.unions:
                opened = self.facts.unions[read.base.key].members
            for one in opened:
                if one not in seen:
                    seen.add(one)
                    yield one

    def _signature(self, member: Schema) -> str:
        """What tells an alternative without a tag from its neighbours: its members, or its kind."""
        schema = self.description.resolve(member)
        choices: list[Schema] = schema.get("oneOf") or schema.get("anyOf") or []
        if tags(schema):
            return f"{schema['discriminator']['propertyName']}={'/'.join(sorted(tags(schema)))}"
        if choices:
            return "/".join(sorted(map(self._signature, choices)))
        properties = self.properties(schema)
        required = self._required(schema) or properties.keys()
        wires = [f"{wire}{self._constant(properties[wire])}" for wire in sorted(required)]
        return "+".join(wires) or str(schema.get("type", "any"))

    def _constant(self, schema: Schema) -> str:
        """The one value that a member may have, where it is told."""
        values = self.description.resolve(schema).get("enum", ())
        return f"={values[0]}" if len(values) == 1 else ""

    def _merge(self, schema: Schema, types: tuple[Type, ...], structs: list[Key], key: Key) -> Type:
        """One struct with every member's fields, all optional: it cannot fail on a new member."""
        merged = Struct(key, {})
        found: dict[str, list[Type]] = {}
        for wire, node in schema.get("properties", {}).items():
            found[wire] = [self.read(node, key[1], field_of(key[0], wire))]
        for member in (self.facts.structs[key] for key in structs):
            if member.tag:
                found.setdefault(member.tag[0], [Type(Scalar("str"))])
            for wire, one in member.fields.items():
                found.setdefault(wire, []).append(one.type)
        for wire, reads in found.items():
            merged.fields[wire] = Field(wire, self._common(reads), required=False)
        known = self.facts.structs.setdefault(key, merged)
        if self._kinds.setdefault(key[0], "struct") != "struct" or known.fields != merged.fields:
            raise DescriptionError(f"two different things would both be called {key[0]}")
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

    def _tag(
        self, tag: str, mapping: Mapping[str, str], direction: Direction, place: Place
    ) -> None:
        for value, reference in mapping.items():
            own = Place(f"{place.key}|{value}", place.hint)
            key = self.read({"$ref": reference}, direction, own).base
            if not isinstance(key, Ref) or key.key not in self.facts.structs:
                raise DescriptionError(f"{own.key}: a tagged union's member is not an object")
            struct = self.facts.structs[key.key]
            if struct.tag not in (None, (tag, value)):
                raise DescriptionError(f"{own.key} has two tags: {struct.tag} and {value}")
            struct.tag = (tag, value)
            struct.fields.pop(tag, None)

    # Enums and strings

    def _is_enum_or_string(self, member: Schema) -> bool:
        resolved = self.description.resolve(member)
        return resolved.get("type") == "string" or (
            "enum" in resolved and all(isinstance(v, str | None) for v in resolved["enum"])
        )

    def _string_union(self, members: list[Schema], place: Place) -> Type:
        """Alternatives that are all strings: one open enum of every value that they list."""
        resolved = [self.description.resolve(member) for member in members]
        values = [value for member in resolved for value in member.get("enum", ())]
        nullable = None in values or any(member.get("nullable") for member in resolved)
        if not all("enum" in member for member in resolved):
            self.facts.open_texts.add(place.key.rpartition(".")[2])
        values = [value for value in dict.fromkeys(values) if value is not None]
        if not values:
            return Type(Scalar("str"), nullable=nullable)
        return Type(self._enum({"enum": values}, place, None), nullable=nullable)

    def _enum(self, schema: Schema, place: Place, name: str | None) -> Scalar:
        values = tuple(value for value in schema["enum"] if value is not None)
        kind: ScalarKind = "str"
        if all(isinstance(value, bool) for value in values):
            return Scalar("bool")
        if all(isinstance(value, int) for value in values):
            kind = "int"
        elif all(isinstance(value, int | float) for value in values):
            return Scalar("float")
        listed = self._known(place, name)
        if (len(values) == 1 and not listed) or len(values) > LARGEST_LITERAL:
            return Scalar(kind)
        shared = self._enum_names.get(_enum_key(schema)) if name is None else None
        chosen = listed or shared or schema_class(place.hint)
        self._enum_names.setdefault(_enum_key(schema), chosen)
        if self._kinds.setdefault(chosen, "enum") != "enum":
            raise DescriptionError(f"{place.key}: {chosen} is the name of another thing")
        self._names.use(place.key, chosen)
        known = self.facts.enums.get(chosen)
        merged = tuple(dict.fromkeys((*(known.values if known else ()), *values)))
        self.facts.enums[chosen] = Enum(
            chosen, merged, bool(schema.get("x-advised")) or len(merged) > LARGEST_CHECKED
        )
        return Scalar(kind, enum=chosen)


def _nullable(schema: Schema) -> bool:
    return bool(schema.get("nullable")) or None in schema.get("enum", ())


def _scalar(schema: Schema) -> Scalar:
    declared = schema.get("type")
    if declared is None:
        return Scalar("any")
    kind = _SCALARS[declared]
    if declared == "string" and schema.get("format") in _DATES:
        return Scalar(_DATES[schema["format"]])
    return Scalar(kind, bounds=_bounds(schema, "Length"))


_MEMBERS = frozenset({"maxProperties", "minProperties"})


def _bounds(schema: Schema, counted: Literal["Items", "Length", "Properties"]) -> Bounds:
    least, most = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    return Bounds(
        minimum=None if above else least,
        maximum=None if below else most,
        above=least if above else None,
        below=most if below else None,
        min_length=schema.get(f"min{counted}"),
        max_length=schema.get(f"max{counted}"),
        pattern=schema.get("pattern"),
    )


def _enum_key(schema: Schema) -> frozenset[Any]:
    return frozenset(value for value in schema["enum"] if value is not None)


_REMARKS = frozenset({"description", "required", "title"})


def _distinct(members: list[Schema]) -> list[Schema]:
    """Alternatives that differ in more than what they require and how they are described."""
    kept: list[Schema] = []
    seen: list[object] = []
    for member in members:
        if member.get("enum") == [None]:
            continue
        said = {key: value for key, value in member.items() if key not in _REMARKS}
        identity = member.get("$ref", said)
        if identity not in seen:
            seen.append(identity)
            kept.append(member)
    return kept
