"""What things are called in Python: cases, resources, methods, and names for what has none."""

from __future__ import annotations

import builtins
import keyword
import re

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_VERBS = {
    "post": "create",
    "patch": "update",
    "edit": "update",
    "del": "delete",
    "del_by_id": "delete",
    "get_list": "list",
    "get_by_id": "get",
    "analytics": "get_analytics",
}
_VERB_FIRST = ("get", "update", "create", "delete")


def snake_case(name: str) -> str:
    """`errorMessage` and `MIN_PRICE` as `error_message` and `min_price`; always an identifier."""
    if name.isupper() or name.islower() or "_" in name:
        words = [word for word in re.split(r"[^0-9A-Za-z]+", name) if word]
    else:
        words = _WORDS.findall(name)
    result = "_".join(words).lower()
    if not result or result[0].isdigit():
        result = f"n_{result}"
    return f"{result}_" if keyword.iskeyword(result) else result


def pascal_case(name: str) -> str:
    """`ad_account` and `metricTypes` as `AdAccount` and `MetricTypes`."""
    words = [word for part in re.split(r"[^0-9A-Za-z]+", name) for word in _WORDS.findall(part)]
    return "".join(word[0].upper() + word[1:].lower() for word in words)


def singular(name: str) -> str:
    """The name of one of `name`: enough English for the property names of the description."""
    for plural, one in (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("s", "")):
        if name.endswith(plural) and not name.endswith(("ss", "us", "is")):
            return name[: -len(plural)] + one
    return name


def safe_parameter(name: str) -> str:
    """A parameter's name in a signature: an identifier that hides neither keyword nor builtin."""
    result = snake_case(name)
    return f"{result}_" if hasattr(builtins, result) and result not in {"id", "format"} else result


def class_name(resource: str) -> str:
    """The class that holds a resource's methods; `Media` alone would be a model's name."""
    return f"{pascal_case(resource)}Resource"


def schema_class(name: str) -> str:
    """A component's name as a class name, where it is not one already."""
    name = name.rsplit(".", 1)[-1]
    return name if name.isidentifier() and name[0].isupper() else pascal_case(name)


def method_name(operation_id: str, nouns: tuple[str, ...], *, paginated: bool) -> str:
    """What an operation is called when no override says otherwise.

    That is what is left of the operation id once the resource's own noun (any of `nouns`) is taken
    out, with the verb first.
    """
    parts = operation_id.split("/")
    if len(parts) > 1 and parts[0] in _VERB_FIRST:
        parts = [*parts[1:], parts[0]]
    noun, verb = ("_".join(parts[:-1]), parts[-1]) if len(parts) > 1 else ("", parts[0])
    verb = _VERBS.get(verb, verb)
    if verb == "get" and paginated:
        verb = "list"
    for own in nouns:
        if noun == own:
            noun = ""
        elif noun.startswith(f"{own}_"):
            noun = noun.removeprefix(f"{own}_")
    return f"{verb}_{noun}" if noun else verb
