"""Writes `pinterest_async/parameter_table.py`: what each operation takes beside its body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codegen.annotations import Annotator, Names

if TYPE_CHECKING:
    from codegen.facts import Facts, Operation, Parameter


def render_parameters(facts: Facts, banner: str) -> str:
    """The module's source."""
    writer = Annotator(Names(facts), bounded=True)
    operations = sorted(facts.operations, key=lambda operation: operation.id)
    return "\n".join(
        [
            f'{banner}"""Path and query parameters: their types, bounds and how lists are sent."""',
            "",
            "from __future__ import annotations",
            "",
            "from typing import Final",
            "",
            "PARAMETERS: Final[dict[str, tuple[dict[str, object], ...]]] = {",
            *(f"    {operation.id!r}: {_rows(operation, writer)}," for operation in operations),
            "}",
            '"""By operation id; types are named as in `pinterest_async.models`."""',
        ]
    )


def _rows(operation: Operation, writer: Annotator) -> str:
    rows = [_row(parameter, "path", writer) for parameter in operation.path_parameters]
    rows += [_row(parameter, "query", writer) for parameter in operation.query_parameters]
    return repr(tuple(rows))


def _row(parameter: Parameter, place: str, writer: Annotator) -> dict[str, object]:
    return {
        "name": parameter.name,
        "in": place,
        "type": writer.write(parameter.type),
        "required": parameter.required or place == "path",
        "style": parameter.style,
    }
