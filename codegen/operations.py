"""From the description's paths to operations: names, parameters, body and response of each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from codegen.description import DescriptionError, is_array, is_object
from codegen.effects import effect_of
from codegen.facts import (
    ANY,
    Facts,
    ListOf,
    Operation,
    Parameter,
    Scalar,
    Type,
    atoms,
)
from codegen.folding import fold_additions
from codegen.naming import method_name, pascal_case, safe_parameter, singular
from codegen.reading import Place, Schemas
from codegen.understood import check_understood

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codegen.description import Description, Schema
    from codegen.facts import Key
    from codegen.overrides import Overrides
    from codegen.public_names import PublicNames

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
PAGING = frozenset({"bookmark", "page_size"})
LARGEST_PAGE = 250
"""The largest page of nearly every operation; where none is declared, the guess is this."""

_REPEATABLE = frozenset({"GET", "HEAD", "DELETE"})
_BETA = re.compile(r"\bbeta\b", re.IGNORECASE)


def read_facts(description: Description, overrides: Overrides, names: PublicNames) -> Facts:
    """Read every operation, and through them every schema in use."""
    check_understood(description)
    overrides.patch(description.document)
    fold_additions(description)
    facts = _read_all(description, overrides, names)
    if names.has_news():
        # Now it is known what a component is called that stands at a new place as well.
        names.used.clear()
        facts = _read_all(description, overrides, names)
    _check_names(facts)
    _prune(facts)
    return facts


def _read_all(description: Description, overrides: Overrides, names: PublicNames) -> Facts:
    facts = Facts(description.version)
    schemas = Schemas(description, overrides, names, facts)
    for verb, path, node, parameters in description.operations():
        facts.operations.append(_operation(schemas, overrides, verb, path, node, parameters))
    facts.operations.sort(key=lambda operation: (operation.resource, operation.method))
    return facts


def _operation(
    schemas: Schemas,
    overrides: Overrides,
    verb: str,
    path: str,
    node: Schema,
    parameters: list[Schema],
) -> Operation:
    operation_id: str = node["operationId"]
    names = {parameter["name"] for parameter in parameters}
    paginated = "bookmark" in names
    resource, method = _place(overrides, operation_id, node["tags"][0], paginated=paginated)
    title = pascal_case(singular(resource)) + pascal_case(method)
    security = {name: scopes for entry in node["security"] for name, scopes in entry.items()}
    whole = Place(f"{operation_id} response", f"{title}Response")
    response = (
        _page_item(schemas, node, whole) if paginated else _response(schemas, node, whole, verb)
    )
    body, form = _body(schemas, node, Place(f"{operation_id} body", f"{title}Request"))
    json = _json_schema(schemas, node)
    bounds = json if json.get("type") == "array" else {}
    repeatable = verb in _REPEATABLE or overrides.is_repeatable(operation_id)
    return Operation(
        id=operation_id,
        http_method=verb,
        path=path,
        category=node["x-ratelimit-category"],
        scopes=tuple(security.get("pinterest_oauth2", ())),
        resource=resource,
        method=method,
        sandbox=node.get("x-sandbox") == "enabled",
        paginated=paginated,
        response=response,
        body=body,
        form=form,
        basic="basic" in security,
        client_credentials="client_credentials" in security,
        repeatable=repeatable,
        effect=effect_of(operation_id, verb, repeatable=repeatable),
        deprecated=bool(node.get("deprecated")),
        beta=_is_beta(overrides, operation_id, node),
        path_parameters=tuple(
            _parameter(schemas, overrides, operation_id, title, parameter)
            for parameter in sorted(
                (p for p in parameters if p["in"] == "path"), key=lambda p: path.index(p["name"])
            )
        ),
        query_parameters=tuple(
            _parameter(schemas, overrides, operation_id, title, parameter)
            for parameter in parameters
            if parameter["in"] == "query" and not (paginated and parameter["name"] in PAGING)
        ),
        page_size_max=_page_size_max(schemas, parameters),
        refusals=tuple(sorted(int(s) for s in node["responses"] if s.isdigit() and s >= "400")),
        bad_request_code=_bad_request_code(schemas, node),
        items_min=bounds.get("minItems", 0),
        items_max=bounds.get("maxItems", 0),
        strict=tuple(_strict_places(schemas, json, "")),
    )


def _is_beta(overrides: Overrides, operation_id: str, node: Schema) -> bool:
    """Whether the text says so: nothing but the text does."""
    text = f"{node.get('summary', '')} {node.get('description', '')}"
    return bool(_BETA.search(text)) and not overrides.only_mentions_beta(operation_id)


def _place(
    overrides: Overrides, operation_id: str, tag: str, *, paginated: bool
) -> tuple[str, str]:
    """The resource and method of an operation: its tag, and its id less the tag's own noun."""
    resource = overrides.resource(tag) or tag
    nouns = (overrides.noun(resource), tag, singular(tag))
    method = method_name(operation_id, tuple(filter(None, nouns)), paginated=paginated)
    return overrides.place(operation_id, resource, method)


def _parameter(
    schemas: Schemas, overrides: Overrides, operation_id: str, title: str, node: Schema
) -> Parameter:
    name: str = node["name"]
    schema = node["schema"]
    place = Place(f"{operation_id} ?{name}", f"{title}{pascal_case(name)}")
    read = schemas.read(schema, "request", place)
    style = "explode"
    if node.get("style") == "deepObject":
        style = "deep"
    elif isinstance(read.base, ListOf) and node.get("explode") is False:
        style = "comma"
    return Parameter(
        name=name,
        python=overrides.parameter(operation_id, name) or safe_parameter(name),
        type=Type(read.base),
        required=bool(node.get("required")),
        style=style,  # type: ignore[arg-type]
        default=_default(schemas.description.resolve(schema)),
    )


def _default(schema: Schema) -> tuple[str, ...]:
    value = schema.get("default", [])
    return tuple(map(str, value if is_array(value) else [value]))


def _page_size_max(schemas: Schemas, parameters: list[Schema]) -> int:
    for parameter in parameters:
        if parameter["name"] == "page_size":
            schema = schemas.description.resolve(parameter["schema"])
            return int(schema.get("maximum", LARGEST_PAGE))
    return 0


def _response(schemas: Schemas, node: Schema, place: Place, verb: str) -> Type | None:
    """The type of a success: the first declared body counts, and 204 beside it means `None`.

    Without any declared body only a GET is believed to have one: it would be of no use otherwise.
    A HEAD has none, whatever is declared.
    """
    schema = _success(schemas, node) if verb != "HEAD" else None
    if schema is None:
        return ANY if verb == "GET" else None
    read = schemas.read(schema, "response", place)
    return Type(read.base, nullable=read.nullable or "204" in node["responses"])


def _success(schemas: Schemas, node: Schema) -> Schema | None:
    """The schema of the first success that declares a body."""
    for status, response in sorted(node["responses"].items()):
        content = schemas.description.resolve(response).get("content", {})
        if status.startswith("2") and JSON in content:
            schema: Schema = content[JSON]["schema"]
            return schema
    return None


def _page_item(schemas: Schemas, node: Schema, place: Place) -> Type:
    """The type of an item of a page."""
    page = schemas.properties(_success(schemas, node) or {})
    items = schemas.description.resolve(page.get("items", {}))
    if "items" not in items:
        raise DescriptionError(f"{place.key}: there is a bookmark, but no page with items")
    return schemas.read(
        items["items"], "response", Place(f"{place.key}.items[]", f"{place.hint}Item")
    )


def _body(schemas: Schemas, node: Schema, place: Place) -> tuple[Type | None, bool]:
    content: dict[str, Any] = node.get("requestBody", {}).get("content", {})
    for media_type in (JSON, FORM):
        if media_type in content:
            read = schemas.read(content[media_type]["schema"], "request", place)
            return Type(read.base), media_type == FORM
    return None, False


def _json_schema(schemas: Schemas, node: Schema) -> Schema:
    """The schema of a JSON body; empty where there is none."""
    content: dict[str, Any] = node.get("requestBody", {}).get("content", {})
    return schemas.description.resolve(content.get(JSON, {}).get("schema", {}))


def _strict_places(schemas: Schemas, schema: Schema, place: str) -> Iterator[str]:
    """Where the schema forbids further members; what unions forbid helps to choose among them."""
    schema = schemas.description.resolve(schema)
    if schema.get("additionalProperties") is False:
        yield place
    for name, node in schema.get("properties", {}).items():
        yield from _strict_places(schemas, node, f"{place}.{name}".removeprefix("."))
    if "items" in schema:
        yield from _strict_places(schemas, schema["items"], f"{place}[]")


def _bad_request_code(schemas: Schemas, node: Schema) -> int:
    resolve = schemas.description.resolve
    response = resolve(node["responses"].get("400", {}))
    content: Schema = response.get("content", {}).get(JSON, {})
    shown = [resolve(example).get("value") for example in content.get("examples", {}).values()]
    shown.append(content.get("example"))
    codes = {example["code"] for example in shown if is_object(example) and "code" in example}
    return int(codes.pop()) if len(codes) == 1 else 1


def _check_names(facts: Facts) -> None:
    seen: dict[tuple[str, str], str] = {}
    for operation in facts.operations:
        place = (operation.resource, operation.method)
        if place in seen:
            raise DescriptionError(f"{seen[place]} and {operation.id} are both {'.'.join(place)}")
        if not all(part.isidentifier() for part in place):
            raise DescriptionError(f"{operation.id} would be called {'.'.join(place)}")
        seen[place] = operation.id


def _prune(facts: Facts) -> None:
    """Forget what reading met on the way but no operation uses: pages, merged members, parents."""
    reached: set[Key] = set()
    enums: set[str] = set()
    todo: list[Type] = []
    for operation in facts.operations:
        parameters = (*operation.path_parameters, *operation.query_parameters)
        todo += filter(None, (operation.response, operation.body, *(p.type for p in parameters)))
    while todo:
        for base in atoms(todo.pop()):
            if isinstance(base, Scalar):
                enums.update(filter(None, (base.enum,)))
            elif base.key not in reached:
                reached.add(base.key)
                todo += facts.parts(base.key)
    facts.structs = {key: value for key, value in facts.structs.items() if key in reached}
    facts.unions = {key: value for key, value in facts.unions.items() if key in reached}
    facts.enums = {key: value for key, value in facts.enums.items() if key in enums}
