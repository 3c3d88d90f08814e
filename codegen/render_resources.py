"""Writes `pinterest_async/resources/`: one module with one class for each resource."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby
from typing import TYPE_CHECKING

from codegen.annotations import Annotator, Names, describe_bounds
from codegen.behaviour import is_list_of_results
from codegen.description import DescriptionError
from codegen.facts import ListOf, Ref, Scalar, Struct
from codegen.imports import import_lines, used_names
from codegen.naming import class_name, safe_parameter, snake_case
from codegen.override_tables import LOOKED_FOR_FIRST, LOOKED_FOR_LAST
from codegen.render_models import PACKAGE, or_unset, places_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codegen.facts import Facts, Operation, Parameter, Type
    from codegen.overrides import Overrides
    from codegen.wording import Wording

PAGES = "https://developers.pinterest.com/docs/api/v5"
FEW = 8
"""An enum of up to so many values is listed in the docstring."""


@dataclass(frozen=True)
class Argument:
    """One argument of a method, from wherever in the request it comes."""

    wire: str
    python: str
    annotation: str
    default: str
    read: Type
    part: str
    remark: str = ""


@dataclass(frozen=True)
class Context:
    """What every method of a module is written with."""

    facts: Facts
    names: Names
    wording: Wording
    overrides: Overrides
    builtin_list: str
    """How a list is written where the class has a method called `list`."""


def render_resources(
    facts: Facts, wording: Wording, overrides: Overrides, banner: str
) -> dict[str, str]:
    """The package's files by name."""
    places = places_of(facts)
    files: dict[str, str] = {}
    for resource, group in groupby(facts.operations, key=lambda operation: operation.resource):
        operations = list(group)
        shadowed = any(operation.method == "list" for operation in operations)
        context = Context(
            facts, Names(facts), wording, overrides, "builtins.list" if shadowed else "list"
        )
        files[f"{resource}.py"] = banner + _module(context, places, resource, operations)
    resources = sorted({operation.resource for operation in facts.operations})
    files["__init__.py"] = banner + _index(resources, wording)
    return files


def _module(
    context: Context, places: dict[str, str], resource: str, operations: list[Operation]
) -> str:
    code = "\n".join(
        [
            *(_endpoint(operation, context) for operation in operations),
            "",
            "",
            f"class {class_name(resource)}(Resource):",
            f'    """{context.wording.resource(resource)}"""',
            "",
            "    __slots__ = ()",
            "",
            *(textwrap.indent(_method(operation, context), "    ") for operation in operations),
        ]
    )
    if class_name(resource) in places:
        raise DescriptionError(f"{class_name(resource)} is the name of a resource and of a model")
    used = used_names(code)
    enums = sorted(used & context.facts.enums.keys())
    lines = import_lines(used | ({"TYPE_CHECKING"} if enums else set()), places)
    if enums:
        lines += ["", "if TYPE_CHECKING:", f"    from {PACKAGE}.enums import {', '.join(enums)}"]
    return "\n".join(
        [
            f'"""Resource `{resource}`."""',
            "",
            "from __future__ import annotations",
            "",
            *lines,
            "",
            "",
            code,
        ]
    )


# One method


def _response(operation: Operation, context: Context) -> str:
    """The response's annotation."""
    if operation.response is None:
        return "None"
    text = Annotator(context.names, open=True).write(operation.response)
    if is_list_of_results(context.facts, operation.response) and not operation.paginated:
        return text.replace("list[", "Results[", 1)
    return text


def _endpoint(operation: Operation, context: Context) -> str:
    response = _response(operation, context)
    parts = [f'OPERATIONS["{operation.id}"]', response]
    if operation.body is not None and _spread(operation, context) is None:
        takes = Annotator(context.names, array="Sequence", bounded=True).write(operation.body)
        parts.append(f"takes={takes}")
    return f"_{operation.method.upper()} = Endpoint[{response}]({', '.join(parts)})"


# Arguments that no listing of local variables is to show.
SECRETS = ("token", "partner_access_token", "partner_refresh_token")


def _method(operation: Operation, context: Context) -> str:
    arguments = _arguments(operation, context)
    positional = [a for a in arguments if a.part in ("path", "body")]
    named = sorted((a for a in arguments if a.part in ("field", "query")), key=_rank)
    required = [argument for argument in named if not argument.default]
    optional = [argument for argument in named if argument.default]
    signature = ["self", *(f"{a.python}: {a.annotation}" for a in positional), "*"]
    signature += [f"{a.python}: {a.annotation}" for a in required]
    signature += [f"{a.python}: {a.annotation} = {a.default}" for a in optional]
    if operation.paginated:
        if operation.page_size_max:
            signature.append(f"page_size: int = {operation.page_size_max}")
        signature.append("bookmark: str | None = None")
    signature.append("options: RequestOptions | None = None")
    response = _response(operation, context).replace("list[", f"{context.builtin_list}[")
    returns = f"Pager[{response}]" if operation.paginated else response
    keyword = "def" if operation.paginated else "async def"
    return "\n".join(
        [
            f"{keyword} {operation.method}({', '.join(signature)}) -> {returns}:",
            textwrap.indent(
                _docstring(operation, context, [*positional, *required, *optional]), "    "
            ),
            *(
                f"    {a.python} = hidden({a.python})"
                for a in arguments
                if a.part == "field" and a.wire in SECRETS
            ),
            f"    {_call(operation, context, arguments)}",
        ]
    )


def _rank(argument: Argument) -> tuple[int, int, str]:
    """Where a person would look for an argument."""
    for place, names in ((0, LOOKED_FOR_FIRST), (2, LOOKED_FOR_LAST)):
        if argument.wire in names:
            return place, names.index(argument.wire), ""
    return 1, 0, argument.python


def _arguments(operation: Operation, context: Context) -> list[Argument]:
    """Every argument but those of paging and options, with no name used twice."""
    writer = Annotator(context.names, array="Sequence")
    arguments = [
        Argument(p.name, p.python, writer.write(p.type), "", p.type, "path")
        for p in operation.path_parameters
    ]
    body = _spread(operation, context)
    if body is not None:
        for field in body.fields.values():
            python = _body_name(operation, field.wire, context)
            annotation = writer.write(field.type)
            default = "" if field.required else "UNSET"
            if default:
                annotation = or_unset(annotation)
            arguments.append(
                Argument(field.wire, python, annotation, default, field.type, "field", field.remark)
            )
    elif operation.body is not None:
        name = "items" if isinstance(operation.body.base, ListOf) else "body"
        arguments.append(
            Argument(name, name, writer.write(operation.body), "", operation.body, "body")
        )
    arguments += [_query_argument(parameter, writer) for parameter in operation.query_parameters]
    taken: set[str] = {"self", "options", "page_size", "bookmark"}
    for argument in arguments:
        if argument.python in taken:
            raise DescriptionError(f"{operation.id} has two arguments called {argument.python}")
        taken.add(argument.python)
    return arguments


def _query_argument(parameter: Parameter, writer: Annotator) -> Argument:
    annotation = writer.write(parameter.type)
    if annotation in ("dt.date", "dt.datetime"):
        annotation += " | str"
    default = "" if parameter.required else "None"
    if default:
        annotation += " | None"
    usual = ", ".join(f"`{value}`" for value in parameter.default) if default else ""
    remark = f"{usual} when left out." if usual else ""
    return Argument(
        parameter.name, parameter.python, annotation, default, parameter.type, "query", remark
    )


def _spread(operation: Operation, context: Context) -> Struct | None:
    """The struct whose fields become keywords, where the body is one untagged object."""
    body = operation.body
    if body is None or not isinstance(body.base, Ref):
        return None
    return context.facts.structs.get(body.base.key)


def _body_name(operation: Operation, wire: str, context: Context) -> str:
    chosen = context.overrides.parameter(operation.id, f"body.{wire}")
    return chosen or safe_parameter(wire)


def _call(operation: Operation, context: Context, arguments: list[Argument]) -> str:
    parts = [f"_{operation.method.upper()}"]
    path = [a.python for a in arguments if a.part == "path"]
    if path:
        parts.append(f"path=({', '.join(path)},)")
    query = [_query_entry(p) for p in operation.query_parameters if p.style != "deep"]
    query += [
        f'**deep("{p.name}", {p.python})' for p in operation.query_parameters if p.style == "deep"
    ]
    if query:
        parts.append(f"query={{{', '.join(query)}}}")
    fields = [a for a in arguments if a.part == "field"]
    body = _spread(operation, context)
    if body is not None:
        given = ", ".join(f"{snake_case(a.wire)}={a.python}" for a in fields)
        parts.append(f"body={context.names[body.key]}({given})")
    elif operation.body is not None:
        parts.append(f"body={next(a.python for a in arguments if a.part == 'body')}")
    if operation.paginated:
        if operation.page_size_max:
            parts.append("page_size=page_size")
        parts.append("bookmark=bookmark")
    parts.append("options=options")
    call = "self._pages" if operation.paginated else "await self._call"
    return f"return {call}({', '.join(parts)})"


def _query_entry(parameter: Parameter) -> str:
    value = f"comma({parameter.python})" if parameter.style == "comma" else parameter.python
    return f'"{parameter.name}": {value}'


# Its docstring


def _docstring(operation: Operation, context: Context, arguments: Iterable[Argument]) -> str:
    lines = [f'"""{context.wording.operation(operation.id)}', "", *_facts(operation), "", "Args:"]
    for argument in arguments:
        lines += _argument_lines(operation, context, argument)
    if operation.paginated:
        if operation.page_size_max:
            lines.append(
                f"    page_size: Items fetched with each call, 1 to {operation.page_size_max}."
            )
        lines.append("    bookmark: Where to go on: the `bookmark` of an earlier pager or page.")
    lines.append(
        "    options: What differs for this call alone: timeout, retries, headers, deadline."
    )
    refusals = _refusals(operation)
    if refusals:
        lines += ["", "Raises:", *refusals]
    slug = operation.id.replace("/", "-")
    lines += ["", f"Pinterest: {PAGES}/{slug}/", '"""']
    return "\n".join(lines)


def _facts(operation: Operation) -> list[str]:
    request = f"`{operation.http_method} {operation.path}`"
    scopes = ", ".join(f"`{scope}`" for scope in operation.scopes)
    credentials = "the app's id and secret" if operation.basic else f"a token with {scopes}"
    if operation.client_credentials:
        credentials += " (client credentials too)"
    sandbox = "Also in the sandbox." if operation.sandbox else "Not in the sandbox."
    text = f"{request} spends `{operation.category}` and needs {credentials}. {sandbox}"
    if operation.deprecated:
        text += " Pinterest means to withdraw it."
    return textwrap.wrap(text, 88, break_long_words=False, break_on_hyphens=False)


def _argument_lines(operation: Operation, context: Context, argument: Argument) -> list[str]:
    meaning = context.wording.parameter(operation.id, argument.wire) or _fallback(argument)
    bounds = describe_bounds(argument.read)
    if bounds:
        meaning += f" {bounds[0].upper()}{bounds[1:]}."
    meaning += _members(argument.read, context)
    values = _values(argument.read, context.facts)
    if values:
        meaning += (
            f" One of {values}." if not isinstance(argument.read.base, ListOf) else f" Of {values}."
        )
    return _wrapped(f"{argument.python}: {meaning} {argument.remark}".rstrip())


def _fallback(argument: Argument) -> str:
    if argument.part == "body":
        return "The objects to send." if argument.wire == "items" else "What to send."
    return f"The `{argument.wire}` of the request."


def _members(read: Type, context: Context) -> str:
    """The models that an argument may be one of."""
    base = read.base.item.base if isinstance(read.base, ListOf) else read.base
    union = context.facts.unions.get(base.key) if isinstance(base, Ref) else None
    if union is None:
        return ""
    named = (context.names[one.base.key] for one in union.members if isinstance(one.base, Ref))
    return f" One of {', '.join(f'`{name}`' for name in named)}."


def _values(read: Type, facts: Facts) -> str:
    base = read.base.item.base if isinstance(read.base, ListOf) else read.base
    if isinstance(base, Scalar) and base.enum:
        values = facts.enums[base.enum].values
        if len(values) <= FEW:
            return ", ".join(f"`{value}`" for value in values)
    return ""


_ERRORS = {
    400: "BadRequest",
    401: "AuthenticationFailed",
    403: "PermissionDenied",
    404: "NotFound",
    409: "Conflict",
    422: "UnprocessableRequest",
    429: "RateLimited",
}


def _refusals(operation: Operation) -> list[str]:
    """The errors that Pinterest documents for this operation."""
    kinds = [
        _ERRORS.get(status, "ServerError")
        for status in operation.refusals
        if status in _ERRORS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    ]
    if not kinds:
        return []
    return _wrapped(f"PinterestError: Pinterest documents {', '.join(dict.fromkeys(kinds))} here.")


def _wrapped(text: str) -> list[str]:
    """An entry of a docstring's section."""
    return textwrap.wrap(
        text,
        88,
        initial_indent="    ",
        subsequent_indent="        ",
        break_long_words=False,
        break_on_hyphens=False,
    )


# All of them


def _index(resources: list[str], wording: Wording) -> str:
    lines = [
        '"""The resources of the API, as attributes of a client."""',
        "",
        "from __future__ import annotations",
        "",
        "from functools import cached_property",
        "from typing import TYPE_CHECKING",
        "",
        "if TYPE_CHECKING:",
        *(f"    from {_module_name(r)} import {class_name(r)}" for r in resources),
        "    from pinterest_async._call.transport import Transport",
        "",
        '__all__ = ["Resources"]',
        "",
        "",
        "class Resources:",
        '    """What every client offers: one attribute for each resource, loaded on first use."""',
        "",
        "    _transport: Transport",
    ]
    for resource in resources:
        name = class_name(resource)
        lines += [
            "",
            "    @cached_property",
            f"    def {resource}(self) -> {name}:",
            f'        """{wording.resource(resource)}"""',
            f"        from {_module_name(resource)} import {name}",
            "",
            f"        return {name}(self._transport)",
        ]
    lines += ["", "", "def __dir__() -> list[str]:", "    return [*__all__]"]
    return "\n".join(lines)


def _module_name(resource: str) -> str:
    return f"pinterest_async.resources.{resource}"
