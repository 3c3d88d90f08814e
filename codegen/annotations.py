"""How a type is written: in an annotation, in a docstring, and in the table of operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codegen.facts import AnyOf, Bounds, ListOf, MapOf, Ref, Scalar

if TYPE_CHECKING:
    from codegen.facts import Facts, Key, Type

DIGITS = r"^\d+$"
_SCALARS = {
    "str": "str",
    "int": "int",
    "float": "float",
    "bool": "bool",
    "date": "dt.date",
    "datetime": "dt.datetime",
    "any": "Any",
}

_COUNTED: dict[type, str] = {ListOf: " items", MapOf: " members"}


@dataclass(frozen=True)
class Names:
    """The Python name of each struct and union."""

    facts: Facts

    def __getitem__(self, key: Key) -> str:
        name, direction = key
        named = (self.facts.structs, self.facts.unions)
        both = all(
            any((name, way) in things for things in named) for way in ("response", "request")
        )
        return f"{name}Input" if both and direction == "request" else name


@dataclass(frozen=True)
class Annotator:
    """Writes types."""

    names: Names
    array: str = "list"
    bounded: bool = False
    """Whether bounds are written as `Annotated[..., Meta(...)]`."""
    open: bool = False
    """Whether a value beside those of an enumeration is expected."""
    ordered: bool = False
    """Whether alternatives are written in the order of their names."""

    def write(self, read: Type) -> str:
        """The annotation of a type."""
        text = self._base(read)
        nullable = read.nullable
        if isinstance(read.base, AnyOf):
            nullable = nullable or any(member.nullable for member in read.base.members)
        return f"{text} | None" if nullable and text != "Any" else text

    def _base(self, read: Type) -> str:
        base = read.base
        if isinstance(base, Scalar):
            kind = _SCALARS[base.kind]
            text = f"{base.enum} | {kind}" if base.enum and self.open else base.enum or kind
            return self._with_bounds(text, base.bounds)
        if isinstance(base, ListOf):
            return self._with_bounds(f"{self.array}[{self.write(base.item)}]", base.bounds)
        if isinstance(base, MapOf):
            return self._with_bounds(f"dict[str, {self.write(base.value)}]", base.bounds)
        if isinstance(base, Ref):
            return self.names[base.key]
        written = dict.fromkeys(self._base(member) for member in base.members)
        return " | ".join(sorted(written) if self.ordered else written)

    def _with_bounds(self, text: str, bounds: Bounds) -> str:
        if not self.bounded or not bounds:
            return text
        if text == "str" and bounds == Bounds(pattern=DIGITS):
            return "Digits"
        terms = {
            "ge": bounds.minimum,
            "le": bounds.maximum,
            "gt": bounds.above,
            "lt": bounds.below,
            "min_length": bounds.min_length,
            "max_length": bounds.max_length,
            "pattern": bounds.pattern,
        }
        meta = ", ".join(f"{k}={_literal(v)}" for k, v in terms.items() if v is not None)
        return f"Annotated[{text}, Meta({meta})]"


def _literal(value: float | str) -> str:
    if isinstance(value, str):
        return f'r"{value}"' if "\\" in value else repr(value)
    return repr(int(value)) if value == int(value) else repr(value)


def describe_bounds(read: Type) -> str:
    """The bounds of a parameter in words, or nothing."""
    base = read.base
    if not isinstance(base, Scalar | ListOf | MapOf):
        return ""
    bounds = base.bounds
    unit = _COUNTED.get(type(base), " characters")
    parts = [
        f"more than {_literal(bounds.above)}" if bounds.above is not None else "",
        _span(bounds.minimum, bounds.maximum, ""),
        f"less than {_literal(bounds.below)}" if bounds.below is not None else "",
        _span(bounds.min_length, bounds.max_length, unit),
        "digits" if bounds.pattern == DIGITS else "",
    ]
    return "; ".join(part for part in parts if part)


def _span(low: float | None, high: float | None, unit: str) -> str:
    if low is None and high is None:
        return ""
    if high is None:
        return f"at least {_literal(low or 0)}{unit.removesuffix('s') if low == 1 else unit}"
    if low is None or (low == 0 and unit):
        return f"at most {_literal(high)}{unit.removesuffix('s') if high == 1 else unit}"
    return f"{_literal(low)} to {_literal(high)}{unit}"
