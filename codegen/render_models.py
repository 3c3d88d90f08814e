"""Writes `pinterest_async/models/`: structs by resource, shared ones apart, and the enums."""

from __future__ import annotations

import json
import textwrap
from collections import defaultdict
from typing import TYPE_CHECKING

from codegen.annotations import Annotator, Names
from codegen.behaviour import bases_of, batches_of, moments_of
from codegen.columns import MANY, grouped
from codegen.facts import Ref, Scalar, references
from codegen.fields import Teller
from codegen.imports import import_lines, used_names
from codegen.naming import snake_case

if TYPE_CHECKING:
    from codegen.facts import Facts, Field, Key, Struct, Union
    from codegen.wording import Wording

SHARED = "shared"
PACKAGE = "pinterest_async.models"
DIGITS_ALIAS = '''\
Digits: TypeAlias = Annotated[str, Meta(pattern=r"^\\d+$")]
"""An id: a string of digits, since it may not fit a number."""
'''


def modules_of(facts: Facts) -> dict[Key, str]:
    """The module of each struct and union: its resource's, or the shared one."""
    users: dict[Key, set[str]] = defaultdict(set)

    def visit(key: Key, resource: str) -> None:
        if resource in users[key]:
            return
        users[key].add(resource)
        for read in facts.parts(key):
            for inner in references(read):
                visit(inner, resource)

    for operation in facts.operations:
        parameters = (*operation.path_parameters, *operation.query_parameters)
        reads = [operation.response, operation.body, *(parameter.type for parameter in parameters)]
        for read in filter(None, reads):
            for key in references(read):
                visit(key, operation.resource)
    return {key: next(iter(used)) if len(used) == 1 else SHARED for key, used in users.items()}


def places_of(facts: Facts) -> dict[str, str]:
    """Where to import each model from, by its Python name."""
    names = Names(facts)
    places = {names[key]: f"{PACKAGE}.{module}" for key, module in modules_of(facts).items()}
    return {**places, "Digits": f"{PACKAGE}.{SHARED}"}


def render_models(facts: Facts, wording: Wording, banner: str) -> dict[str, str]:
    """The package's files by name."""
    places = places_of(facts)
    by_module: dict[str, list[Key]] = defaultdict(list)
    for key, module in modules_of(facts).items():
        by_module[module].append(key)
    files = {
        f"{module}.py": banner + _module(facts, wording, places, module, keys)
        for module, keys in sorted(by_module.items())
    }
    files["enums.py"] = banner + _enums(facts, wording)
    files["__init__.py"] = banner + _index(facts, {name: places[name] for name in sorted(places)})
    return files


def _module(
    facts: Facts, wording: Wording, places: dict[str, str], module: str, keys: list[Key]
) -> str:
    names = Names(facts)
    teller = Teller(facts, names, wording, _spread_bodies(facts))
    keys = sorted(keys, key=lambda key: names[key])
    batches = batches_of(facts)
    structs = [facts.structs[key] for key in keys if key in facts.structs]
    bodies = [_struct(one, teller, bases_of(one, names[one.key], batches)) for one in structs]
    bodies += [_union(facts.unions[key], teller) for key in keys if key in facts.unions]
    if module == SHARED:
        bodies.insert(0, DIGITS_ALIAS)
    code = "\n\n".join(bodies)
    used = used_names(code)
    elsewhere = {n: place for n, place in places.items() if place != f"{PACKAGE}.{module}"}
    enums = sorted(used & facts.enums.keys())
    title = "what several resources share" if module == SHARED else f"what `{module}` uses"
    return "\n".join(
        [
            f'"""Models: {title}."""',
            "",
            "from __future__ import annotations",
            "",
            *import_lines(used | ({"TYPE_CHECKING"} if enums else set()), elsewhere),
            *_enum_imports(enums, facts),
            "",
            "",
            code,
        ]
    )


def _spread_bodies(facts: Facts) -> dict[str, str]:
    """The operation that takes each request struct's fields as arguments."""
    bodies = ((operation.body, operation.id) for operation in facts.operations)
    return {
        body.base.key[0]: operation_id
        for body, operation_id in bodies
        if body and isinstance(body.base, Ref)
    }


def _enum_imports(enums: list[str], facts: Facts) -> list[str]:
    """Type checkers see the values of an enumeration; at run time it is what its values are."""
    if not enums:
        return []
    kinds = {name: type(facts.enums[name].values[0]).__name__ for name in enums}
    return [
        "",
        "if TYPE_CHECKING:",
        f"    from {PACKAGE}.enums import {', '.join(enums)}",
        "else:",
        *(f"    {name} = {kinds[name]}" for name in enums),
    ]


def _struct(struct: Struct, teller: Teller, bases: list[str]) -> str:
    names, wording = teller.names, teller.wording
    direction = struct.key[1]
    request = direction == "request"
    array = "Sequence" if request else "list"
    writer = Annotator(names, array=array, bounded=request, open=not request)
    options = "kw_only=True, gc=False"
    if request:
        # A misspelt member would do nothing, and nobody would be told.
        options += ", forbid_unknown_fields=True"
    if struct.tag:
        options += f', tag_field="{struct.tag[0]}", tag="{struct.tag[1]}"'
    name = names[struct.key]
    doc = wording.model(struct.key[0], f"`{struct.key[0]}`.")
    if name != struct.key[0]:
        doc = f"{doc.removesuffix('.')}, as a request carries it."
    lines = [f"class {name}({', '.join(bases)}, {options}):", f'    """{doc}"""', ""]
    if struct.tag and snake_case(struct.tag[0]) == struct.tag[0]:
        lines.append(f'    {struct.tag[0]}: ClassVar[str] = "{struct.tag[1]}"')
    fields = list(struct.fields.values())
    render = _response_field if direction == "response" else _request_field
    for field in fields:
        lines += [f"    {render(field, writer)}", *_documented(teller.tell(struct, field))]
    times = [field for field in fields if _is_time(field)] if direction == "response" else []
    if times:
        lines += ["", "    def __post_init__(self) -> None:"]
        for field in times:
            own = f"self.{snake_case(field.wire)}"
            lines.append(f"        if {own} is not None and {own}.tzinfo is None:")
            lines.append(f"            {own} = {own}.replace(tzinfo=dt.UTC)")
    for moment, wire in moments_of(struct) if direction == "response" else []:
        lines += [
            "",
            "    @property",
            f"    def {moment}(self) -> dt.datetime | None:",
            f'        """What `{wire}` says, as an aware datetime in UTC."""',
            f"        return to_datetime(self.{wire})",
        ]
    return "\n".join(lines) + "\n"


def _documented(text: str, indent: str = "    ") -> list[str]:
    """A documentation below what it is of; at run time nothing is left of it."""
    escaped = text.replace("\\", "\\\\")
    return textwrap.wrap(
        f'"""{escaped}"""',
        100,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _is_time(field: Field) -> bool:
    return isinstance(field.type.base, Scalar) and field.type.base.kind == "datetime"


def _response_field(field: Field, writer: Annotator) -> str:
    """A response's field is `None` when it is missing or null; only an object's own id must be."""
    python = snake_case(field.wire)
    renamed = "" if python == field.wire else f'name="{field.wire}"'
    text = writer.write(field.type)
    if field.wire == "id" and field.required and not field.type.nullable:
        return f"{python}: {text}"
    if text != "Any" and not field.type.nullable:
        text += " | None"
    return f"{python}: {text} = " + (f"field(default=None, {renamed})" if renamed else "None")


def _request_field(field: Field, writer: Annotator) -> str:
    """A request's field is left out when it is not given; `None` is sent as null."""
    python = snake_case(field.wire)
    renamed = "" if python == field.wire else f'name="{field.wire}"'
    text = writer.write(field.type)
    if field.required:
        return f"{python}: {text}" + (f" = field({renamed})" if renamed else "")
    value = f"field(default=UNSET, {renamed})" if renamed else "UNSET"
    return f"{python}: {or_unset(text)} = {value}"


def or_unset(annotation: str) -> str:
    """The annotation of something that may be left out; `None` stays last."""
    if annotation.endswith(" | None"):
        return f"{annotation.removesuffix(' | None')} | UnsetType | None"
    return f"{annotation} | UnsetType"


def _union(union: Union, teller: Teller) -> str:
    names, wording = teller.names, teller.wording
    writer = Annotator(names, array="Sequence")
    members = " | ".join(writer.write(member) for member in union.members)
    doc = wording.model(union.key[0], f"`{union.key[0]}`.")
    named = "\n".join(_documented(f"{doc} {teller.members(union.members)}", indent=""))
    return f"{names[union.key]}: TypeAlias = {members}\n{named}"


def _enums(facts: Facts, wording: Wording) -> str:
    lines = [
        '"""The known values of every enumeration, for editors and type checkers.',
        "",
        "What is sent has to be one of them in the eyes of a type checker, so that it finds a",
        "misspelt one. At run time any text (or number) goes, as Pinterest adds values: one that",
        "is newer than this package passes a type checker as `cast(Any, value)`. Responses are",
        "open: their fields take any `str` (or number) beside these values.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "from typing import TYPE_CHECKING, Literal, TypeAlias",
        "",
    ]
    for name in sorted(facts.enums):
        enum = facts.enums[name]
        values = ", ".join(json.dumps(value) for value in enum.values)
        doc = wording.model(name, f"`{name}`.")
        if "Column" in name and len(enum.values) > MANY:
            doc += "\n\n" + "\n".join(grouped(enum.values)) + "\n"
        if not enum.advised:
            lines += [f"{name}: TypeAlias = Literal[{values}]", f'"""{doc}"""']
            continue
        # Nothing at run time, the emulator in particular, is to insist on these.
        lines += [
            "if TYPE_CHECKING:",
            f"    {name}: TypeAlias = Literal[{values}]",
            textwrap.indent(f'"""{doc}"""', "    "),
            "else:",
            f"    {name}: TypeAlias = str",
        ]
    return "\n".join(lines)


def _index(facts: Facts, places: dict[str, str]) -> str:
    by_module: dict[str, list[str]] = defaultdict(list)
    for name, place in places.items():
        by_module[place.removeprefix(f"{PACKAGE}.")].append(name)
    by_module["enums"] = sorted(facts.enums)
    lines = [
        '"""The objects of the API: what calls return, and what they are given.',
        "",
        "A field of a response is `None` when Pinterest leaves it out or sends null. A field of a",
        "request is left out while it is `UNSET`; `None` clears it. Where the same object travels",
        "both ways, the one for requests ends in `Input`.",
        "",
        "Each module is loaded when the first of its names is used.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "from importlib import import_module",
        "from typing import TYPE_CHECKING",
        "",
        "if TYPE_CHECKING:",
    ]
    for module in sorted(by_module):
        listed = ", ".join(f"{name} as {name}" for name in by_module[module])
        lines.append(f"    from {PACKAGE}.{module} import {listed}")
    lines += ["", "_NAMES = {"]
    for module in sorted(by_module):
        listed = " ".join(by_module[module])
        lines.append(f'    "{module}": (')
        lines += [f'        "{chunk} "' for chunk in _chunks(listed, 86)]
        lines.append("    ),")
    lines += [
        "}",
        "_MODULES = {name: module for module, names in _NAMES.items() for name in names.split()}",
        "",
        "if not TYPE_CHECKING:",
        "",
        "    def __getattr__(name: str) -> object:",
        "        module = _MODULES.get(name)",
        "        if module is None:",
        '            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")',
        '        value = getattr(import_module(f"{__name__}.{module}"), name)',
        "        globals()[name] = value",
        "        return value",
        "",
        "",
        "def __dir__() -> list[str]:",
        "    return sorted(_MODULES)",
    ]
    return "\n".join(lines)


def _chunks(text: str, width: int) -> list[str]:
    chunks: list[str] = [""]
    for word in text.split():
        if len(chunks[-1]) + len(word) + 1 > width:
            chunks.append("")
        chunks[-1] = f"{chunks[-1]} {word}".strip()
    return chunks
