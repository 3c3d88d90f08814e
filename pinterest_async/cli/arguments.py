"""Words of the command line into arguments of a generated method.

`key=value` is read as the parameter's type asks, a list from its commas or from several such words;
`key:=JSON` is taken as it stands, and `key:=@FILE` from a file. `key.member=text` and
`key.member:=JSON` give a member of an object, and `@FILE` an object of many keys; `-` as a file is
stdin. What the type does not settle is left to Pinterest, which has the last word anyway.
"""

from __future__ import annotations

import datetime as dt
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import UnionType
from typing import Any, Final, Literal, Union, cast, get_args, get_origin

import msgspec

from pinterest_async import InvalidRequest, Pager, RequestOptions, models
from pinterest_async.models import enums

_WORD = re.compile(r"[A-Za-z_]\w*")
_ASSIGNMENT = re.compile(r"(?P<key>[A-Za-z_]\w*(?:\.\w+)*)(?P<sign>:?=)(?P<value>.*)", re.DOTALL)
# What annotations of generated methods name besides models. Most of their modules import it for
# type checkers only.
_NAMES: Final[Mapping[str, Any]] = {
    "Any": Any,
    "Mapping": Mapping,
    "Pager": Pager,
    "RequestOptions": RequestOptions,
    "Sequence": Sequence,
    "UnsetType": msgspec.UnsetType,
    "dt": dt,
}


def parameters(method: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """Return the parameters of a generated method with their types, without `options`."""
    words = set(_WORD.findall(" ".join(map(str, inspect.get_annotations(method).values()))))
    names = dict(_NAMES)
    for module in (enums, models):
        names.update({word: getattr(module, word) for word in words if hasattr(module, word)})
    found = dict(inspect.signature(method, eval_str=True, locals=names).parameters)
    found.pop("options", None)
    return found


def read_arguments(
    words: Sequence[str], expected: Mapping[str, inspect.Parameter]
) -> dict[str, Any]:
    """Return the arguments that `words` assign.

    Raises:
        InvalidRequest: a word is no assignment, its key is unknown or given twice, its value does
            not fit, a file cannot be read, or a required parameter is missing.
    """
    arguments: dict[str, Any] = {}
    for word in words:
        for path, value in _assignments(word, expected):
            _put(arguments, path, value)
    check_arguments(arguments, expected)
    return arguments


def check_arguments(
    arguments: Mapping[str, Any], expected: Mapping[str, inspect.Parameter]
) -> None:
    """Raise `InvalidRequest` where a key is unknown, or a required parameter is missing."""
    for key in arguments:
        _annotation(key, expected)
    missing = [
        name
        for name, parameter in expected.items()
        if parameter.default is inspect.Parameter.empty and name not in arguments
    ]
    if missing:
        raise InvalidRequest(f"missing: {', '.join(missing)}; there are {_listed(expected)}")


def _listed(expected: Mapping[str, inspect.Parameter]) -> str:
    return ", ".join(expected) or "none"


def _assignments(
    word: str, expected: Mapping[str, inspect.Parameter]
) -> Iterator[tuple[list[str], Any]]:
    """Give the path of each key that a word assigns, and its value."""
    if word == "-":
        word = "@-"
    if word.startswith("@"):
        members = _read_file(word)
        if not isinstance(members, dict):
            raise InvalidRequest(f"{word} has to hold an object of keys and values")
        for key, value in cast("dict[str, Any]", members).items():
            _annotation(key, expected)
            yield [key], value
        return
    match = _ASSIGNMENT.fullmatch(word)
    if match is None:
        raise InvalidRequest(
            f"arguments are written key=value, key:=JSON or @FILE, unlike {word!r}"
        )
    key, value = match["key"], match["value"]
    path = key.split(".")
    annotation = _annotation(path[0], expected)
    if match["sign"] == ":=":
        yield path, _read_file(value) if value.startswith("@") else _read_json(key, value)
    else:
        yield path, _read(key, value, annotation) if len(path) == 1 else value


def _annotation(key: str, expected: Mapping[str, inspect.Parameter]) -> Any:
    if key not in expected:
        raise InvalidRequest(f"there is no parameter {key!r}; there are {_listed(expected)}")
    return expected[key].annotation


def _put(arguments: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Place a value where its path leads; a list goes on with another of the same path."""
    *parents, last = path
    place = arguments
    for parent in parents:
        inner: Any = place.setdefault(parent, {})
        if not isinstance(inner, dict):
            raise InvalidRequest(f"{parent} is given as a whole, and in parts as {'.'.join(path)}")
        place = cast("dict[str, Any]", inner)
    there: Any = place.get(last)
    if last not in place:
        place[last] = value
    elif isinstance(there, list) and isinstance(value, list):
        place[last] = there + value
    else:
        raise InvalidRequest(f"{'.'.join(path)} is given twice: write a list as JSON, with :=")


def _read_file(word: str) -> Any:
    """Return the JSON in the file that a word names behind its `@`; `@-` is stdin."""
    try:
        text = sys.stdin.read() if word == "@-" else Path(word[1:]).read_text(encoding="utf-8")
        return _decode(text)
    except OSError as error:
        raise InvalidRequest(f"{word} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InvalidRequest(f"{word} is not JSON: it is no text") from None
    except _NotJSON as error:
        raise InvalidRequest(f"{word} is not JSON: {error}") from None


def _read(key: str, text: str, annotation: Any) -> Any:
    options = list(_options(annotation))
    if str in options:
        return text
    if bool in options and text in ("true", "false"):
        return text == "true"
    for number in (int, float):
        if number in options:
            try:
                return number(text)
            except ValueError:
                continue
    for option in options:
        if get_origin(option) is Sequence and not text.startswith("["):
            (element,) = get_args(option)
            return [_read(key, part, element) for part in text.split(",")]
    return _read_json(key, text)


def _options(annotation: Any) -> Iterator[Any]:
    """The types that a union allows; the values of a Literal count as their type."""
    if get_origin(annotation) in (Union, UnionType):
        for option in get_args(annotation):
            yield from _options(option)
    elif get_origin(annotation) is Literal:
        yield from {type(value) for value in get_args(annotation)}
    else:
        yield annotation


def _read_json(key: str, text: str) -> Any:
    try:
        return _decode(text)
    except _NotJSON:
        raise InvalidRequest(f"{key}: {text!r} is not what it takes, and not JSON") from None


def _decode(text: str) -> Any:
    """Return the value of a JSON text, none of whose objects has a key twice."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _NotJSON(str(error)) from None
    # The last of several equal keys would win without a word.
    json.loads(text, object_pairs_hook=_check_keys)
    return value


def _check_keys(pairs: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise InvalidRequest(f"{key} is given twice in one object")
        seen.add(key)


class _NotJSON(Exception):
    """A text is not JSON."""
