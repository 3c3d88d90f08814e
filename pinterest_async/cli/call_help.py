"""What `call OPERATION --help` says: every key with its members, and an example that works."""

from __future__ import annotations

import datetime as dt
import inspect
import re
import shlex
import shutil
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any, Final, Literal, NamedTuple, cast, get_args, get_origin

import msgspec
from msgspec import Struct

from pinterest_async.cli.arguments import parameters
from pinterest_async.emulator.schema import sample_values
from pinterest_async.emulator.schema.types import alternatives, core, is_struct, members
from pinterest_async.operations import Operation

_DEEPEST: Final = 5
"""Members of members that are shown; what lies deeper is an object."""
_VALUES: Final = 30
"""Values of an enumeration that are shown."""
_PLAIN: Final[Mapping[Any, str]] = {
    Any: "JSON",
    bool: "true or false",
    dict: "object",
    dt.date: "day, as 2026-02-28",
    dt.datetime: "time, as 2026-02-28T12:00:00Z",
    float: "number",
    int: "number",
    str: "text",
}
_EFFECTS: Final[Mapping[str, str]] = {
    "reads": "It reads, and changes nothing.",
    "writes": "It writes; another call can change that back.",
    "irreversible": "It cannot be undone: `call` asks first, unless --yes is given.",
    "spends": "It may spend money: `call` asks first, unless --yes is given.",
}
_ARGUMENT = re.compile(r"(?P<key>\w+): (?P<about>.*)")

_BEFORE = dt.timedelta(days=7)
"""The age of the days in examples: figures are there, and not too old to be had."""
_ID: Final = "549755885175"
_BY_ITEMS: Final = {"any_of": [{"ITEM_ID": {"values": ["cake-1"]}}]}

# What makes a request that Pinterest takes, where the types alone do not.
_EXAMPLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "ads_credit/redeem": {"offer_code_hash": "0a1b2c3d", "validate_only": True},
    "analytics/create_conversion_product_report": {"columns": ["CAMPAIGN_NAME", "CAMPAIGN_ID"]},
    "asset_group/delete": {"asset_groups_to_delete": [_ID]},
    "bulk_download/create": {"updated_since": "1764547200"},
    "catalogs_product_groups/create": {
        "body": {"feed_id": "983250122588", "filters": _BY_ITEMS, "name": "Cakes"}
    },
    "catalogs_product_groups/create_many": {
        "items": [{"feed_id": "983250122588", "filters": _BY_ITEMS, "name": "Cakes"}]
    },
    "pins/create": {
        "title": "Plum cake",
        "board_id": "813011682453940088",
        "media_source.source_type": "image_url",
        "media_source.url": "https://example.com/cake.jpg",
    },
    "products_by_product_group_filter/list": {
        "body": {"feed_id": "983250122588", "filters": _BY_ITEMS}
    },
}


class Key(NamedTuple):
    """A key that an operation takes, or a member of one."""

    path: str
    """With dots; `[]` stands behind a list."""
    takes: str
    needed: bool
    about: str


def help_of(row: Operation, method: Callable[..., Any]) -> list[str]:
    """Return the lines that explain an operation, as wide as the terminal."""
    width = min(shutil.get_terminal_size().columns, 100)
    lines = [f"{row.resource}.{row.method} ({row.id}): {row.http_method} {row.path}", ""]
    lines += _wrapped(f"{about_of(method)}\n\n{_EFFECTS[row.effect]}", width)
    lines += ["", "Keys:"]
    for key in keys_of(method):
        needed = " (needed)" if key.needed else ""
        lines += textwrap.wrap(
            f"{key.path}{needed}: {key.takes}",
            width,
            initial_indent="  ",
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        lines += textwrap.wrap(
            key.about, width, initial_indent="      ", subsequent_indent="      "
        )
    if lines[-1] == "Keys:":
        lines.append("  none")
    if any("[]" in line for line in lines):
        lists = "What has [] is a list of objects: write it as JSON, key:=[{...}] or key:=@FILE."
        lines += ["", *textwrap.wrap(lists, width)]
    return [*lines, "", "Example:", f"  {command_of(row, method)}"]


def about_of(method: Callable[..., Any]) -> str:
    """Return what a method does."""
    about = (inspect.getdoc(method) or "").partition("\nArgs:\n")[0]
    return about.partition("\nRaises:")[0].rstrip()


def keys_of(method: Callable[..., Any]) -> Iterator[Key]:
    """Give the keys of a method, each followed by its members."""
    abouts = _abouts((inspect.getdoc(method) or "").partition("\nArgs:\n")[2])
    for name, parameter in parameters(method).items():
        needed = parameter.default is inspect.Parameter.empty
        yield from _keys(Key(name, "", needed, abouts.get(name, "")), parameter.annotation, ())


def command_of(row: Operation, method: Callable[..., Any]) -> str:
    """Return a command that calls an operation, with made-up ids."""
    words = " ".join(shlex.quote(word) for word in example_of(row, method))
    return f"pinterest-async call {row.resource}.{row.method} {words}".rstrip()


def example_of(row: Operation, method: Callable[..., Any]) -> list[str]:
    """Return words that `call` takes behind an operation: what it needs, with values made up."""
    chosen = _EXAMPLES.get(row.id, {})
    given: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    members_too = {key.partition(".")[0] for key in chosen} - chosen.keys()
    for name, parameter in parameters(method).items():
        if name not in members_too:
            needed = parameter.default is inspect.Parameter.empty
            (given if needed else rest)[name] = parameter.annotation
    given = {name: _value(kind, name) for name, kind in given.items()} | dict(chosen)
    if row.body and all(f"{{{name}}}" in row.path for name in given):
        # A change that changes nothing would be no example.
        texts = [name for name, kind in rest.items() if str in _alternatives(kind)]
        given |= {name: _value(rest[name], name) for name in texts[:1]}
    return [_word(key, value) for key, value in given.items()]


def _wrapped(text: str, width: int) -> list[str]:
    lines: list[str] = []
    for paragraph in text.strip().split("\n\n"):
        lines += ["", *textwrap.wrap(paragraph, width)]
    return lines[1:]


def _abouts(arguments: str) -> dict[str, str]:
    """Return what a docstring says of each argument."""
    abouts: dict[str, str] = {}
    key = ""
    for line in arguments.partition("\n\n")[0].splitlines():
        begun = _ARGUMENT.fullmatch(line.strip()) if line.startswith("    ") else None
        if begun is not None and not line.startswith("     "):
            key = begun["key"]
            abouts[key] = begun["about"]
        elif key:
            abouts[key] += f" {line.strip()}"
    return abouts


def _keys(key: Key, kind: Any, within: tuple[type[Struct], ...]) -> Iterator[Key]:
    kinds = list(_alternatives(kind))
    structs = [one for one in kinds if is_struct(one)]
    items = [get_args(one)[0] for one in kinds if get_origin(one) in (Sequence, list)]
    if any(is_struct(one) for item in items for one in _alternatives(item)):
        yield key._replace(takes="list of objects")
        yield from _members(f"{key.path}[]", list(_alternatives(items[0])), within)
    elif structs:
        yield key._replace(takes="object")
        yield from _members(key.path, structs, within)
    else:
        yield key._replace(takes=_takes(kind))


def _members(path: str, structs: Sequence[Any], within: tuple[type[Struct], ...]) -> Iterator[Key]:
    for number, struct in enumerate(structs):
        if not is_struct(struct) or struct in within or len(within) == _DEEPEST:
            continue
        config = struct.__struct_config__
        if config.tag_field is not None:
            tag = f"{'or ' if number else ''}{config.tag}"
            with_these = ", with" if len(structs) > 1 else ""
            yield Key(f"{path}.{config.tag_field}", f"{tag}{with_these}", needed=True, about="")
        elif number:
            words = " ".join((struct.__doc__ or "").split())
            yield Key(path, f"or {words}", needed=False, about="")
        for member in members(struct):
            inner = Key(f"{path}.{member.name}", "", member.required, "")
            yield from _keys(inner, member.kind, (*within, struct))


def _alternatives(kind: Any) -> Iterator[Any]:
    """Give the types that a value may have, without bounds, null and what is left out."""
    if get_origin(kind) is not None and hasattr(kind, "__metadata__"):
        yield from _alternatives(get_args(kind)[0])
        return
    for one in alternatives(kind):
        if one is kind:
            yield one
        else:
            yield from _alternatives(one)


def _takes(kind: Any) -> str:
    found: list[str] = []
    for one in _alternatives(kind):
        if get_origin(one) is Literal:
            values = [str(value) for value in get_args(one)]
            rest = len(values) - _VALUES
            found += values if rest <= 0 else [*values[:_VALUES], f"{rest} more"]
        elif get_origin(one) in (Sequence, list):
            found.append(f"list of {_takes(get_args(one)[0])}")
        else:
            found.append(_PLAIN.get(get_origin(one) or one, "JSON"))
    return " | ".join(dict.fromkeys(found))


def _value(kind: Any, name: str) -> Any:
    """Make up a value of a type, an object with what it needs."""
    if name in sample_values.MEMBERS:
        return sample_values.MEMBERS[name]
    one = core(kind)
    if is_struct(one):
        config = one.__struct_config__
        made: dict[str, Any] = {} if config.tag_field is None else {config.tag_field: config.tag}
        for member in members(one):
            if member.required:
                made[member.name] = _value(member.kind, member.name)
        return made
    if get_origin(one) is Literal:
        return get_args(one)[0]
    if get_origin(one) in (Sequence, list):
        return [_value(get_args(one)[0], name.removesuffix("s"))]
    if get_origin(one) is dict and get_args(one)[1] is not Any:
        return {_ID: _value(get_args(one)[1], name)}
    return _plain(one, name)


def _plain(kind: Any, name: str) -> Any:
    random = Random(name)  # noqa: S311  # the same example every time
    if kind is bool:
        return True
    if kind is int:
        return sample_values.number(name, random)
    past = dt.datetime.now(dt.UTC) - _BEFORE
    if kind is dt.date or name.endswith("_date"):
        return past.date().isoformat()
    if kind is dt.datetime:
        return past.isoformat(timespec="seconds")
    return {} if get_origin(kind) is dict else sample_values.text(name, random)


def _word(key: str, value: Any) -> str:
    if isinstance(value, str):
        return f"{key}={value}"
    if isinstance(value, list):
        texts = [item for item in cast("list[object]", value) if isinstance(item, str)]
        if texts and len(texts) == len(cast("list[object]", value)):
            return f"{key}={','.join(texts)}"
    sign = "=" if isinstance(value, bool | int | float) else ":="
    return f"{key}{sign}{msgspec.json.encode(value).decode()}"
