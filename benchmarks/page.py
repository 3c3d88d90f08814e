"""What a page costs: 250 Pins from the bytes of a body to structs.

Ours is what a call does with a body. It is held against a bare msgspec decoder for the same struct,
against `json.loads`, which makes dictionaries, and against pydantic with models of the same fields.
What clients of others take for a page is measured by `peers`.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Union, get_args, get_origin

import msgspec
import pydantic

from benchmarks import responses
from benchmarks.rig import Row, cpu_of_work, row, settle, use_core
from pinterest_async._call.endpoint import Endpoint
from pinterest_async.models import Pin
from pinterest_async.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable


_CONTAINERS: Final[dict[Any, Any]] = {list: list, dict: dict}


class BarePage(msgspec.Struct):
    """A page, as somebody would declare it for a bare decoder."""

    items: list[Pin]
    bookmark: str | None = None


@cache
def _model(struct: type[msgspec.Struct]) -> type[pydantic.BaseModel]:
    """Make a pydantic model with the fields of a struct."""
    fields: dict[str, Any] = {}
    for field in msgspec.structs.fields(struct):
        fields[field.encode_name] = (_pydantic_type(field.type) | None, None)
    return pydantic.create_model(struct.__name__, **fields)


def _is_struct(declared: object) -> bool:
    return isinstance(declared, type) and issubclass(declared, msgspec.Struct)


def _pydantic_type(declared: Any) -> Any:
    """Put models in the place of structs, anywhere in a type."""
    if _is_struct(declared):
        return _model(declared)
    members = tuple(map(_pydantic_type, get_args(declared)))
    container = _CONTAINERS.get(get_origin(declared))
    if container is not None:
        return container[members]
    optional: Any = Union
    return optional[members] if type(None) in members else declared


def measure(*, rounds: int = 40) -> list[Row]:
    """Measure pages."""
    use_core(0)
    body = responses.page([responses.pin(number) for number in range(responses.PAGE)], "next")
    endpoint = Endpoint[Pin](OPERATIONS["boards/list_pins"], Pin)
    bare = msgspec.json.Decoder(BarePage)
    fields: dict[str, Any] = {"items": (list[_model(Pin)], ...), "bookmark": (str | None, None)}  # type: ignore[misc]
    page_model = pydantic.create_model("Page", **fields)
    works: dict[str, Callable[[], object]] = {
        "bare msgspec": lambda: bare.decode(body),
        "ours": lambda: endpoint.decode_page(body),
        "json.loads": lambda: json.loads(body),
        "pydantic": lambda: page_model.model_validate_json(body),
    }
    cpu_of_work(works, rounds=2, count=5)
    settle()
    times = cpu_of_work(works, rounds=rounds, count=10)
    return [
        row(times, "bare msgspec"),
        row(times, "ours", against="bare msgspec", bar=1.02),
        row(times, "json.loads", against="bare msgspec"),
        row(times, "pydantic", against="bare msgspec"),
    ]
