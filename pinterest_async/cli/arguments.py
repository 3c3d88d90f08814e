"""Words of the command line into arguments of a generated method.

`key=value` is read as the parameter's type asks, a list from its commas; `key:=JSON` is taken as it
stands. What the type does not settle is left to Pinterest, which has the last word anyway.
"""

from __future__ import annotations

import datetime as dt
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

import msgspec

from pinterest_async import InvalidRequest, Pager, RequestOptions, models
from pinterest_async.models import enums

_WORD = re.compile(r"[A-Za-z_]\w*")
_ASSIGNMENT = re.compile(r"(?P<key>[A-Za-z_]\w*)(?P<sign>:?=)(?P<value>.*)", re.DOTALL)
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
        InvalidRequest: a word is no assignment, its key is unknown, its value does not fit, or a
            required parameter is missing.
    """
    arguments: dict[str, Any] = {}
    for word in words:
        match = _ASSIGNMENT.fullmatch(word)
        if match is None:
            raise InvalidRequest(f"arguments are written key=value or key:=JSON, unlike {word!r}")
        key, value = match["key"], match["value"]
        if key not in expected:
            raise InvalidRequest(f"there is no parameter {key!r}; there are {_listed(expected)}")
        if match["sign"] == ":=":
            arguments[key] = _read_json(key, value)
        else:
            arguments[key] = _read(key, value, expected[key].annotation)
    missing = [
        name
        for name, parameter in expected.items()
        if parameter.default is inspect.Parameter.empty and name not in arguments
    ]
    if missing:
        raise InvalidRequest(f"missing: {', '.join(missing)}; there are {_listed(expected)}")
    return arguments


def _listed(expected: Mapping[str, inspect.Parameter]) -> str:
    return ", ".join(expected) or "none"


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
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        raise InvalidRequest(f"{key}: {text!r} is not what it takes, and not JSON") from None
