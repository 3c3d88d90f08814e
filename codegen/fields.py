"""What there is to say of a field: what it is, its unit, bounds, values and format.

The first sentence comes from our tables, where they have the field (`Pin.link`), its name in any
model (`link`) or the argument that it becomes; or else it is made of the name. The others are made
of the type and of the name's ending. Nothing is taken from the description's prose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from codegen.annotations import DIGITS, describe_bounds
from codegen.columns import MANY, grouped
from codegen.facts import AnyOf, ListOf, MapOf, Ref, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codegen.annotations import Names
    from codegen.facts import Facts, Field, Struct, Type
    from codegen.wording import Wording

FEW: Final = 8
"""An enumeration of up to so many values is listed, of others so many are shown."""

_CAPITALS: Final = "ai api cpa csv cta ctv dma ip mmm mpn roas sku ssio url utm uuid gtin tv pmp"
_SPELLED: Final = {
    **{word: word.upper() for word in _CAPITALS.split()},
    "desc": "text",
    "img": "image",
    "ios": "iOS",
    "lba": "linked business account",
    "ltv": "lifetime value",
    "nca": "new customers",
    "num": "number of",
    "oos": "out of stock",
    "pin": "Pin",
    "pins": "Pins",
    "po": "purchase order",
    "urls": "URLs",
}
_UNITS: Final = (
    (r"_in_micro_(currency|dollar)$|_micro_currency$", "millionths of the ad account's currency"),
    (r"(^|_)(daily|lifetime)_spend_cap$", "millionths of the ad account's currency"),
    (r"_window_days$|_days$", "days"),
    (r"_in_miles$|_miles$", "miles"),
    (r"_(in_)?seconds$", "seconds"),
    (r"_(in_)?ms$|_milliseconds$", "milliseconds"),
    (r"(^|_)(percent|percentage|pct)(_|$)", "percent"),
    (r"^(width|height)$", "pixels"),
    (r"(^|_)(time|timestamp)$", "Unix seconds"),
)
_FORMATS: Final = (
    (r"(^|_)country(_code)?$|^countries$", "two letters as in ISO 3166-1, such as `US`"),
    (r"(^|(?<!_micro)_)currency$", "three letters as in ISO 4217, such as `USD`"),
    (r"(^|_)date$", "written YYYY-MM-DD"),
)
_ENDINGS: Final = re.compile(
    r"_in_micro_(currency|dollar)$|_micro_currency$|_in_(seconds|ms|miles)$"
)
_PATTERNS: Final = (
    (r"^custom_label_(\d)$", r"The merchant's own label \1."),
    (r"^custom_number_(\d)$", r"The merchant's own number \1."),
    (r"^google_product_category_(\d)$", r"Level \1 of the category in Google's taxonomy."),
    (r"^product_type_(\d)$", r"Level \1 of the merchant's own category."),
    (r"^ad_(image|video)_(\d)_tag$", r"What \1 \2 for ads is to be told by."),
    (r"^ad_(image|video)_(\d)_link$", r"The address of \1 \2 for ads."),
    (r"^pct_growth_wow$", "How much it grew against the week before."),
    (r"^pct_growth_mom$", "How much it grew against the month before."),
    (r"^pct_growth_yoy$", "How much it grew against the year before."),
    (r"^(\d\d)_(\d\d)$", r"For people of \1 to \2 years."),
    (r"^(\d\d)_?$", r"For people of \1 years and more."),
    (r"^(.+)_size_lower_bound$", r"The least that the size of the \1 is estimated at."),
    (r"^(.+)_size_upper_bound$", r"The most that the size of the \1 is estimated at."),
    (r"^(.+)_multipliers$", r"By how much bids are multiplied, by \1."),
    (r"^(.+)_multiplier$", r"By how much the bid is multiplied for \1."),
    (r"^(min|minimum)_(.+)$", r"The least \2."),
    (r"^(max|maximum)_(.+)$", r"The most \2."),
    (r"^(.+)_url_template$", r"The address of the \1, with places to fill in."),
    (r"^(.+)_(url|link)$", r"The address of the \1."),
    (r"^(.+)_(urls|links)$", r"The addresses of the \1."),
    (r"^(.+)_type$", r"What kind of \1 it is."),
    (r"^(.+)_types$", r"Which kinds of \1 it is about."),
    (r"^(.+)_status$", r"The state of the \1."),
    (r"^(.+)_statuses$", r"The states of the \1."),
    (r"^(.+)_summary$", r"The \1 in short."),
    (r"^(.+)_metadata$", r"What else there is to say of the \1."),
    (r"^(.+)_name$", r"The name of the \1."),
    (r"^num(?:_of)?_(.+)$", r"How many \1 there are."),
    (r"^total_(.+)$", r"The \1 in all."),
)
_ORDERS: Final = frozenset(
    {"accept", "aggregate", "combine", "delete", "exclude", "fetch", "include", "reset", "use"}
)
"""Verbs that a flag begins with when it says what to do."""


@dataclass(frozen=True)
class Teller:
    """Says what fields are."""

    facts: Facts
    names: Names
    wording: Wording
    bodies: dict[str, str]
    """The operation whose arguments a request struct's fields become."""

    def tell(self, struct: Struct, field: Field) -> str:
        """The documentation of a field."""
        meaning = self._meaning(struct, field)
        facts = [_sentence(fact) for fact in self._facts(field, meaning)]
        # What the first sentence says already is not said twice.
        told = " ".join(fact for fact in facts if fact and fact[:-1].lower() not in meaning.lower())
        return " ".join(filter(None, (meaning, told, field.remark)))

    def _meaning(self, struct: Struct, field: Field) -> str:
        name, direction = struct.key
        table = self.wording.fields
        if f"{name}.{field.wire}" in table:
            return table[f"{name}.{field.wire}"]
        operation = self.bodies.get(name) if direction == "request" else None
        if operation:
            for key in (f"{operation}.{field.wire}", field.wire):
                if key in self.wording.parameters:
                    return self.wording.parameters[key]
        return table.get(field.wire) or _from_name(field)

    def _facts(self, field: Field, meaning: str) -> Iterator[str]:
        one = _one(field.type)
        base = one.base
        number = isinstance(base, Scalar) and (
            base.kind in ("int", "float") or base.bounds.pattern == DIGITS
        )
        told = " Unix seconds" in meaning
        for pattern, unit in _UNITS:
            if number and not told and re.search(pattern, field.wire):
                yield f"in {unit}"
                break
        if isinstance(base, Scalar) and base.kind == "datetime":
            yield "in UTC, where no zone is told"
        if isinstance(base, Scalar) and base.kind in ("str", "date") and "ISO" not in meaning:
            yield from (form for pattern, form in _FORMATS if re.search(pattern, field.wire))
        yield _bounds(field.type)
        if one is not field.type:
            yield _each(_bounds(one))
        yield from self._values(one)

    def _values(self, one: Type) -> Iterator[str]:
        base = one.base
        if isinstance(base, Scalar):
            if base.enum:
                yield self._listed(base.enum)
            if base.bounds.pattern not in (None, DIGITS):
                yield f"of the form `{base.bounds.pattern}`"
        elif isinstance(base, MapOf):
            yield "its keys are data"
        elif isinstance(base, Ref) and base.key in self.facts.unions:
            yield self.members(self.facts.unions[base.key].members).removesuffix(".")
        elif isinstance(base, AnyOf):
            yield self.members(base.members).removesuffix(".")

    def _listed(self, enum: str) -> str:
        values = self.facts.enums[enum].values
        shown = ", ".join(f"`{value}`" for value in values[:FEW])
        if len(values) <= FEW:
            return f"one of {shown}" if len(values) > 1 else f"always {shown}"
        several = f"one of the {len(values)} values of `{enum}`"
        if "Column" in enum and len(values) > MANY:
            return f"{several}, {'; '.join(line[2:] for line in grouped(values))}"
        return f"{several}: {shown} and so on"

    def members(self, members: tuple[Type, ...]) -> str:
        """The models that a union takes, in a sentence."""
        named = [self.names[one.base.key] for one in members if isinstance(one.base, Ref)]
        return f"One of {', '.join(f'`{name}`' for name in named)}." if len(named) > 1 else ""


def _sentence(fact: str) -> str:
    return f"{fact[0].upper()}{fact[1:]}." if fact else ""


def _bounds(read: Type) -> str:
    """The bounds in words; that a number is not negative goes without saying."""
    return describe_bounds(read).replace("at least 0", "")


def _each(bounds: str) -> str:
    return f"each {bounds}" if bounds else ""


def _one(read: Type) -> Type:
    """The items of a list, or the thing itself."""
    return _one(read.base.item) if isinstance(read.base, ListOf) else read


def _from_name(field: Field) -> str:
    """A sentence made of a field's name."""
    wire = field.wire.lower() if field.wire.isupper() else field.wire
    wire = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", wire).lower()
    base = field.type.base
    parts = [_SPELLED.get(part, part) for part in _ENDINGS.sub("", wire).split("_") if part]
    words = " ".join(parts) or wire
    if isinstance(base, Scalar) and base.kind == "bool":
        return f"Whether {_claim(parts)}."
    if re.search(r"_(id|ids)$", wire):
        several = wire.endswith("s")
        return f"The id{'s' * several} of the {' '.join(parts[:-1])}{'s' * several}."
    if re.search(r"_count$", wire):
        return f"How many {' '.join(parts[:-1])}s there are."
    if re.search(r"_(at|time|timestamp)$", wire) and isinstance(base, Scalar):
        return f"When {_moment(parts[:-1])}."
    for pattern, phrase in _PATTERNS:
        match = re.fullmatch(pattern, _ENDINGS.sub("", wire))
        if match:
            words = match.expand(phrase).replace("_", " ")
            return " ".join(_SPELLED.get(word, word) for word in words.split())
    return f"The {words}."


def _claim(parts: list[str]) -> str:
    """`is_paused` as "it is paused", `auto_targeting_enabled` as "auto targeting is enabled"."""
    if parts[0] in _ORDERS:
        return f"to {' '.join(parts)}"
    if parts[0] in ("is", "has", "can", "was", "uses", "allows", "should"):
        return f"it {' '.join(parts)}"
    if len(parts) > 1 and parts[-1].endswith("ed"):
        return f"{' '.join(parts[:-1])} is {parts[-1]}"
    return f"there is {' '.join(parts)}"


def _moment(parts: list[str]) -> str:
    """`created` as "it was created", `start` as "it starts"."""
    words = " ".join(parts)
    if words in ("start", "end"):
        return f"it {words}s"
    return f"it was {words}" if words.endswith(("ed", "sent")) else f"of its {words}"
