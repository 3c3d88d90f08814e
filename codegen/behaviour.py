"""What models can do beyond holding fields, and which of them: hand-written code is behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codegen.facts import ListOf, Ref, Scalar
from codegen.naming import snake_case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codegen.facts import Facts, Field, Key, Struct, Type

MIXINS: Final = {
    "Pin": "PinMixin",
    "Board": "BoardMixin",
    "BoardWithUpdatePrivacy": "BoardMixin",
}
"""The base that a model of such a name has besides."""

PROBLEMS: Final = frozenset(
    {"exceptions", "exception", "errors", "error_messages", "error_message"}
)
"""Where responses say what went wrong, as `pinterest_async._failures` reads them."""

_ENDINGS: Final = ("_time", "_timestamp")


def bases_of(struct: Struct, name: str, batches: set[Key]) -> list[str]:
    """The bases of a model's class, the most special one first."""
    bases = [MIXINS[name]] if name in MIXINS else []
    bases += ["BatchMixin"] if struct.key in batches else []
    return [*bases, "Model"]


def batches_of(facts: Facts) -> set[Key]:
    """The responses that say of several things what went wrong with each."""
    keys: set[Key] = set()
    for operation in facts.operations:
        if operation.response is not None and not operation.paginated:
            keys |= {struct.key for struct in _structs(facts, operation.response)}
    return {key for key in keys if _is_batch(facts, facts.structs[key])}


def is_list_of_results(facts: Facts, read: Type) -> bool:
    """Whether a type is a list whose elements say what went wrong with them."""
    return isinstance(read.base, ListOf) and _says_problems(facts, read.base.item)


def _is_batch(facts: Facts, struct: Struct) -> bool:
    for field in struct.fields.values():
        base = field.type.base
        if not isinstance(base, ListOf):
            continue
        if field.wire in PROBLEMS or _says_problems(facts, base.item):
            return True
    return False


def _says_problems(facts: Facts, read: Type, *, deeper: bool = True) -> bool:
    for struct in _structs(facts, read):
        if PROBLEMS & struct.fields.keys():
            return True
        status = struct.fields.get("status")
        if status and any("message" in one.fields for one in _structs(facts, status.type)):
            return True
        data = struct.fields.get("data")
        if deeper and data is not None and _says_problems(facts, data.type, deeper=False):
            return True
    return False


def _structs(facts: Facts, read: Type) -> Iterator[Struct]:
    if not isinstance(read.base, Ref):
        return
    key = read.base.key
    if key in facts.structs:
        yield facts.structs[key]
    elif key in facts.unions:
        for member in facts.unions[key].members:
            yield from _structs(facts, member)


def moments_of(struct: Struct) -> list[tuple[str, str]]:
    """The properties that say as datetimes what fields of a response hold as numbers.

    Returns:
        The name of each with that of its field: `created_at` with `created_time`.
    """
    fields = [field for field in struct.fields.values() if _is_number(field)]
    taken = {snake_case(wire) for wire in struct.fields}
    pairs = [(_moment_name(snake_case(field.wire)), snake_case(field.wire)) for field in fields]
    return [(name, wire) for name, wire in pairs if name and name not in taken]


def _is_number(field: Field) -> bool:
    base = field.type.base
    return isinstance(base, Scalar) and base.kind in ("int", "float")


def _moment_name(field: str) -> str:
    for ending in _ENDINGS:
        if field.endswith(ending):
            stem = field.removesuffix(ending)
            return "created_at" if stem == "creation" else f"{stem}_at"
    return ""
