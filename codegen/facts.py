"""The plain facts that the generator works with once the description has been read.

Types are small values: a scalar, a list, a map, a reference to something named, or a union. A
named thing exists once for each direction it travels in, because a missing field means `None` in
a response and "leave it as it is" in a request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Direction: TypeAlias = Literal["response", "request"]
ScalarKind: TypeAlias = Literal["str", "int", "float", "bool", "date", "datetime", "any"]
Key: TypeAlias = tuple[str, Direction]


@dataclass(frozen=True)
class Bounds:
    """The limits that the description sets to a value; unset ones are `None`."""

    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    """What a number is more than."""
    below: float | None = None
    """What a number is less than."""
    min_length: int | None = None
    """The fewest characters, items or members."""
    max_length: int | None = None
    pattern: str | None = None

    def __bool__(self) -> bool:
        return self != Bounds()


@dataclass(frozen=True)
class Scalar:
    """A JSON scalar; `enum` names the alias that lists its known values."""

    kind: ScalarKind
    enum: str | None = None
    bounds: Bounds = Bounds()


@dataclass(frozen=True)
class ListOf:
    """A JSON array."""

    item: Type
    bounds: Bounds = Bounds()


@dataclass(frozen=True)
class MapOf:
    """A JSON object whose keys are data."""

    value: Type
    bounds: Bounds = Bounds()


@dataclass(frozen=True)
class Ref:
    """A struct or a union that has a name."""

    key: Key


@dataclass(frozen=True)
class AnyOf:
    """One of several types that need no name of their own."""

    members: tuple[Type, ...]


@dataclass(frozen=True)
class Type:
    """A type and whether `null` may stand in its place."""

    base: Scalar | ListOf | MapOf | Ref | AnyOf
    nullable: bool = False


ANY = Type(Scalar("any"))


def atoms(read: Type) -> Iterator[Scalar | Ref]:
    """The scalars and named things that a type is made of."""
    base = read.base
    if isinstance(base, ListOf):
        yield from atoms(base.item)
    elif isinstance(base, MapOf):
        yield from atoms(base.value)
    elif isinstance(base, AnyOf):
        for member in base.members:
            yield from atoms(member)
    else:
        yield base


def references(read: Type) -> Iterator[Key]:
    """The structs and unions that a type names directly."""
    return (atom.key for atom in atoms(read) if isinstance(atom, Ref))


@dataclass(frozen=True)
class Field:
    """One field of a struct."""

    wire: str
    type: Type
    required: bool
    remark: str = ""
    """What there is to say of where it comes from."""


@dataclass
class Struct:
    """An object with known fields."""

    key: Key
    fields: dict[str, Field]
    tag: tuple[str, str] | None = None
    """The tag field and its value, where the struct is a member of a tagged union."""


@dataclass(frozen=True)
class Union:
    """A union of structs that has a name of its own."""

    key: Key
    members: tuple[Type, ...]


@dataclass(frozen=True)
class Enum:
    """The known values of an enumeration."""

    name: str
    values: tuple[str | int | float, ...]
    advised: bool = False
    """Whether Pinterest takes other values, too, and only likes these better."""


@dataclass(frozen=True)
class Parameter:
    """One path or query parameter."""

    name: str
    """What it is called in the request."""
    python: str
    """What it is called in the method."""
    type: Type
    required: bool = False
    style: Literal["explode", "comma", "deep"] = "explode"
    default: tuple[str, ...] = ()
    """What Pinterest takes where it is left out, as Python writes it."""


@dataclass(frozen=True)
class Operation:
    """One operation with everything that its method and its row in the table say."""

    id: str
    http_method: str
    path: str
    category: str
    scopes: tuple[str, ...]
    resource: str
    method: str
    sandbox: bool
    paginated: bool
    response: Type | None
    body: Type | None
    form: bool
    basic: bool
    client_credentials: bool
    repeatable: bool
    effect: str
    """What a call does: see `codegen.effects`."""
    deprecated: bool
    beta: bool
    path_parameters: tuple[Parameter, ...]
    query_parameters: tuple[Parameter, ...]
    page_size_max: int
    refusals: tuple[int, ...]
    """The HTTP statuses that the description declares as refusals."""
    bad_request_code: int
    """The code in the examples of a 400, where they all show the same one; else 1."""
    items_min: int
    items_max: int
    """Bounds of a body that is a list; 0 where none is declared."""
    strict: tuple[str, ...]
    """The places of a body whose objects refuse members that are not declared."""


@dataclass
class Facts:
    """Everything that the renderers need."""

    version: str
    operations: list[Operation] = field(default_factory=list[Operation])
    structs: dict[Key, Struct] = field(default_factory=dict[Key, Struct])
    unions: dict[Key, Union] = field(default_factory=dict[Key, Union])
    enums: dict[str, Enum] = field(default_factory=dict[str, Enum])
    open_texts: set[str] = field(default_factory=set[str])
    """The members that take any text beside the values that are listed for them."""

    def parts(self, key: Key) -> list[Type]:
        """The types of a struct's fields, or of a union's members."""
        if key in self.structs:
            return [field.type for field in self.structs[key].fields.values()]
        return list(self.unions[key].members)
