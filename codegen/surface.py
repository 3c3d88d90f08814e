"""What users see of a description, as plain text, and how two descriptions differ in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codegen.annotations import Annotator, Names
from codegen.facts import Type
from codegen.naming import snake_case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codegen.facts import Facts, Operation, Struct


def surface(facts: Facts) -> dict[str, str]:
    """Every public thing, by its name as users write it, with what is to be known of it.

    The order in which a description lists things plays no part.
    """
    writer = Annotator(Names(facts), ordered=True)
    found: dict[str, str] = {}
    for operation in facts.operations:
        found |= _operation(operation, writer)
    for struct in facts.structs.values():
        found |= _struct(struct, writer)
    for key, union in facts.unions.items():
        found[writer.names[key]] = " | ".join(sorted(map(writer.write, union.members)))
    for name, enum in facts.enums.items():
        found |= {f"{name} {value!r}": "value" for value in enum.values}
    return found


def _operation(operation: Operation, writer: Annotator) -> dict[str, str]:
    place = f"{operation.resource}.{operation.method}"
    response = writer.write(operation.response) if operation.response else "None"
    found = {f"{place}()": f"{'pages of ' * operation.paginated}{response}"}
    if operation.body:
        found[f"{place}() body"] = writer.write(operation.body)
    for parameter in (*operation.path_parameters, *operation.query_parameters):
        required = "required " * (parameter.required or parameter in operation.path_parameters)
        found[f"{place}({parameter.python})"] = f"{required}{writer.write(parameter.type)}"
    return found


def _struct(struct: Struct, writer: Annotator) -> dict[str, str]:
    name = writer.names[struct.key]
    found = {name: f"tagged {'='.join(struct.tag)}" if struct.tag else "struct"}
    for field in struct.fields.values():
        request = struct.key[1] == "request"
        required = "required " * (field.required and request)
        # Whatever is declared, anything may be missing from a response.
        read = field.type if request else Type(field.type.base)
        found[f"{name}.{snake_case(field.wire)}"] = f"{required}{writer.write(read)}"
    return found


def report(old: Facts, new: Facts) -> Iterator[str]:
    """What changes for users from one description to the next, ready for the change log."""
    before, after = surface(old), surface(new)
    moved = _moved(old, new)
    yield from _section("Renamed", [f"`{one}` is `{other}` now" for one, other in moved.items()])
    gone = [name for name in before.keys() - after.keys() if _head(name) not in moved]
    come = [name for name in after.keys() - before.keys() if _head(name) not in moved.values()]
    yield from _section("Added", _without_parts(come))
    yield from _section("Removed", _without_parts(gone))
    both = sorted(before.keys() & after.keys())
    changed = [name for name in both if before[name] != after[name]]
    newly = [
        name for name in changed if "required " in after[name] and "required" not in before[name]
    ]
    newly += [name for name in come if "required " in after[name] and _head(name) in before]
    yield from _section("Newly required", [f"`{name}`" for name in sorted(newly)])
    others = [name for name in changed if name not in newly]
    lines = [f"`{name}`: {before[name]} → {after[name]}" for name in others]
    yield from _section("Changed", lines)


def _moved(old: Facts, new: Facts) -> dict[str, str]:
    """Operations that are called otherwise."""
    places = {
        operation.id: f"{operation.resource}.{operation.method}()" for operation in old.operations
    }
    return {
        places[operation.id]: f"{operation.resource}.{operation.method}()"
        for operation in new.operations
        if operation.id in places
        and places[operation.id] != f"{operation.resource}.{operation.method}()"
    }


def _head(name: str) -> str:
    """The method or the model that a name belongs to."""
    if "(" in name:
        return f"{name.partition('(')[0]}()"
    return name.partition(" ")[0].partition(".")[0]


def _without_parts(names: list[str]) -> list[str]:
    """Methods and models that come or go whole are named once."""
    whole = {name for name in names if _head(name) == name}
    return [f"`{name}`" for name in sorted(names) if name in whole or _head(name) not in whole]


def _section(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield f"### {title}"
        yield from (f"- {line}" for line in lines)
        yield ""
