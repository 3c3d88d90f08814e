"""Writes `pinterest_async/operations/_table.py`: the rows behind `OPERATIONS`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codegen.annotations import Annotator, Names
from codegen.output import literal

if TYPE_CHECKING:
    from codegen.facts import Facts, Operation, Type


def render_table(facts: Facts, banner: str, version: str) -> str:
    """The module's source."""
    names = Names(facts)
    rows = sorted(facts.operations, key=lambda operation: operation.id)
    return "\n".join(
        [
            f'{banner}"""The rows behind `pinterest_async.operations.OPERATIONS`."""',
            "",
            "from __future__ import annotations",
            "",
            "from typing import Final",
            "",
            f'VERSION: Final = "{version}"',
            "",
            "ROWS: Final[tuple[dict[str, object], ...]] = (",
            *(f"    {_row(row, names)}," for row in rows),
            ")",
            "",
        ]
    )


def _row(operation: Operation, names: Names) -> str:
    row: dict[str, object] = {
        "id": operation.id,
        "http_method": operation.http_method,
        "path": operation.path,
        "category": operation.category,
        "scopes": operation.scopes,
        "resource": operation.resource,
        "method": operation.method,
        "effect": operation.effect,
    }
    optional: dict[str, object] = {
        "sandbox": operation.sandbox,
        "paginated": operation.paginated,
        "page_size_max": operation.page_size_max,
        "response": _written(operation.response, names),
        "body": _written(operation.body, names),
        "form": operation.form,
        "basic": operation.basic,
        "client_credentials": operation.client_credentials,
        "repeatable": operation.repeatable,
        "deprecated": operation.deprecated,
        "beta": operation.beta,
        "bad_request_code": operation.bad_request_code if operation.bad_request_code != 1 else 0,
        "items_min": operation.items_min,
        "items_max": operation.items_max,
        "strict": operation.strict,
    }
    row |= {name: value for name, value in optional.items() if value}
    return literal(row)


def _written(read: Type | None, names: Names) -> str:
    return Annotator(names).write(read) if read else ""
