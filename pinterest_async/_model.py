"""What all models have in common: they give their data, and show what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import UNSET, Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

# Members that hold secrets or addresses that are as good as one, wherever they stand.
_SECRET_MEMBERS = frozenset(
    {
        "access_token",
        "partner_access_token",
        "partner_refresh_token",
        "password",
        "refresh_token",
        "token",
        "upload_parameters",
        "upload_url",
    }
)


class Model(Struct, kw_only=True, gc=False):
    """A model of the API. Web frameworks that stand on pydantic take and return it as it is."""

    def to_dict(self, *, exclude_none: bool = False) -> dict[str, Any]:
        """Return the data as plain values, with Pinterest's names, as JSON would hold them.

        Args:
            exclude_none: Leave out what is None, at every depth.

        Returns:
            A dictionary that `json.dumps` takes: times are text (RFC 3339), what is not set is left
            out.
        """
        data = cast("dict[str, Any]", msgspec.to_builtins(self))
        return cast("dict[str, Any]", _without_none(data)) if exclude_none else data

    def to_json(self) -> str:
        """Return the data as JSON, with Pinterest's names."""
        return msgspec.json.encode(self).decode()

    if not TYPE_CHECKING:
        # `dict(model)`, which web frameworks, too, fall back to where a handler declares no type.
        # Out of sight of type checkers: a model in the place of a list is a mistake.
        def __iter__(self) -> Iterator[tuple[str, Any]]:
            """Give the names and values of `to_dict`."""
            return iter(self.to_dict().items())

    def __repr__(self) -> str:
        """Show what is there: neither what is None nor what is not set, and no secret."""
        held = ((name, getattr(self, name)) for name in self.__struct_fields__)
        shown = ", ".join(
            f"{name}=<secret>" if _is_secret(self, name) else f"{name}={value!r}"
            for name, value in held
            if value is not None and value is not UNSET
        )
        return f"{type(self).__name__}({shown})"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> Any:
        """Tell pydantic how to read and write a model. Pydantic itself stays optional."""
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(
            cls._read,
            serialization=core_schema.plain_serializer_function_ser_schema(_to_dict),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _core: Any, _handler: Any) -> dict[str, Any]:
        """Describe a model for an OpenAPI document, whole, without references."""
        (schema,), parts = msgspec.json.schema_components([cls], ref_template="{name}")
        return cast("dict[str, Any]", _inlined(schema, parts, ()))

    @classmethod
    def _read(cls, value: Any) -> Model:
        if isinstance(value, cls):
            return value
        try:
            return msgspec.convert(value, cls)
        except msgspec.ValidationError as error:
            raise ValueError(str(error)) from error


def _is_secret(model: Model, name: str) -> bool:
    # A code beside a redirect address is one of OAuth's; others are countries' or errors'.
    return name in _SECRET_MEMBERS or (name == "code" and "redirect_uri" in model.__struct_fields__)


def _to_dict(model: Model) -> dict[str, Any]:
    return model.to_dict()


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value).items()
        return {name: _without_none(one) for name, one in members if one is not None}
    if isinstance(value, list):
        return [_without_none(one) for one in cast("list[object]", value)]
    return value


def _inlined(schema: Any, parts: dict[str, Any], within: tuple[str, ...]) -> Any:
    """Put what is referred to in its place; what holds itself becomes any object there."""
    if isinstance(schema, list):
        return [_inlined(one, parts, within) for one in cast("list[object]", schema)]
    if not isinstance(schema, dict):
        return schema
    members = cast("dict[str, Any]", schema)
    name = members.get("$ref")
    if not isinstance(name, str):
        return {
            key: _inlined(one, parts, within)
            for key, one in members.items()
            if key != "discriminator"  # it names parts that are not there any more
        }
    if name in within:
        return {"type": "object", "title": name}
    return _inlined(parts[name], parts, (*within, name))
