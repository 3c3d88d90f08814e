"""Writes `pinterest_async/operations/_parameters.py`: what each operation takes beside its body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codegen.annotations import Annotator, Names
from codegen.output import literal

if TYPE_CHECKING:
    from codegen.facts import Facts, Operation, Parameter


def render_parameters(facts: Facts, banner: str) -> str:
    """The module's source."""
    writer = Annotator(Names(facts), bounded=True)
    operations = sorted(facts.operations, key=lambda operation: operation.id)
    open_texts = tuple(sorted(facts.open_texts))
    return "\n".join(
        [
            f'{banner}"""Path and query parameters: their types, bounds and how lists are sent."""',
            "",
            "from __future__ import annotations",
            "",
            "from typing import Final",
            "",
            "_ROWS: Final[tuple[tuple[str, dict[str, object]], ...]] = (",
            *(f"    {row}," for operation in operations for row in _rows(operation, writer)),
            ")",
            "PARAMETERS: Final[dict[str, list[dict[str, object]]]] = {}",
            '"""By operation id; types are named as in `pinterest_async.models`.',
            "",
            "An operation without parameters is not there. A row without `required` is optional;",
            "one without `style` repeats its name per item.",
            '"""',
            "",
            "for _operation, _row in _ROWS:",
            "    PARAMETERS.setdefault(_operation, []).append(_row)",
            "",
            f"OPEN_TEXTS: Final[frozenset[str]] = frozenset({literal(open_texts)})",
            '"""Members of bodies that take any text beside the values that their types list."""',
            "",
        ]
    )


def _rows(operation: Operation, writer: Annotator) -> list[str]:
    rows = [_row(parameter, "path", writer) for parameter in operation.path_parameters]
    rows += [_row(parameter, "query", writer) for parameter in operation.query_parameters]
    return [literal((operation.id, row)) for row in rows]


def _row(parameter: Parameter, place: str, writer: Annotator) -> dict[str, object]:
    row: dict[str, object] = {
        "name": parameter.name,
        "in": place,
        "type": writer.write(parameter.type),
    }
    if parameter.required or place == "path":
        row["required"] = True
    if parameter.style != "explode":
        row["style"] = parameter.style
    return row
