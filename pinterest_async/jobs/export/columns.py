"""The columns of exported boards, sections, Pins and figures in CSV, Parquet and SQLite.

Boards, sections and Pins have a last column, `raw`, with the JSON as Pinterest sent it: what has no
column of its own, or did not fit the type of its column, is there.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias, cast

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

Type: TypeAlias = Literal["text", "integer", "number", "boolean", "timestamp"]
Item: TypeAlias = dict[str, Any]
Table: TypeAlias = Literal["boards", "sections", "pins", "metrics"]
Cell: TypeAlias = str | int | float | bool | datetime | None

_BEST_IMAGE: Final = "best image"
"""Where `cells` puts it; no member that Pinterest sends has a space in its name."""


class Column(NamedTuple):
    """A column: its name, its type, and where its value is in an item."""

    name: str
    type: Type
    read: Callable[[Item], Any]


def moment(value: object) -> datetime | None:
    """Read a time as Pinterest writes it, in UTC where it names no zone; None where it is none."""
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value.strip())
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _at(*path: str) -> Callable[[Item], Any]:
    def read(item: Item) -> Any:
        value: Any = item
        for name in path:
            value = cast("Item", value).get(name) if isinstance(value, dict) else None
        return value

    return read


def _field(name: str, type: Type = "text") -> Column:
    def read(item: Item) -> Any:
        return item.get(name)

    return Column(name, type, read)


def _page(item: Item) -> str:
    return f"https://www.pinterest.com/pin/{item.get('id')}/"


def _best_image(media: object) -> Item | None:
    """Return the best picture: the original, else the largest, else a video's cover."""
    if not isinstance(media, dict):
        return None
    holder = cast("Item", media)
    several = holder.get("items")
    if isinstance(several, list) and several:
        return _best_image(cast("list[object]", several)[0])
    images = holder.get("images")
    if isinstance(images, dict):
        sizes = cast("dict[str, Any]", images)
        named = {
            name: cast("Item", size)
            for name, size in sizes.items()
            if isinstance(size, dict) and cast("Item", size).get("url")
        }
        if named:
            return named[max(named, key=lambda name: (name == "originals", _width(named[name])))]
    cover = holder.get("cover_image_url")
    return {"url": cover} if cover else None


def _width(size: Item) -> int:
    width = size.get("width")
    return width if isinstance(width, int) else 0


COLUMNS: Final[dict[Table, tuple[Column, ...]]] = {
    "boards": (
        _field("id"),
        _field("name"),
        _field("description"),
        _field("privacy"),
        Column("owner", "text", _at("owner", "username")),
        _field("created_at", "timestamp"),
        _field("board_pins_modified_at", "timestamp"),
        _field("pin_count", "integer"),
        _field("follower_count", "integer"),
        _field("collaborator_count", "integer"),
        _field("is_ads_only", "boolean"),
        Column("cover_url", "text", _at("media", "image_cover_url")),
    ),
    "sections": (_field("id"), _field("board_id"), _field("name")),
    "pins": (
        _field("id"),
        _field("board_id"),
        _field("board_section_id"),
        Column("board_owner", "text", _at("board_owner", "username")),
        Column("url", "text", _page),
        _field("title"),
        _field("description"),
        _field("alt_text"),
        _field("link"),
        _field("created_at", "timestamp"),
        _field("creative_type"),
        Column("media_type", "text", _at("media", "media_type")),
        Column("image_url", "text", _at(_BEST_IMAGE, "url")),
        Column("image_width", "integer", _at(_BEST_IMAGE, "width")),
        Column("image_height", "integer", _at(_BEST_IMAGE, "height")),
        Column("video_url", "text", _at("media", "video_url")),
        _field("dominant_color"),
        _field("parent_pin_id"),
        _field("is_owner", "boolean"),
        _field("is_standard", "boolean"),
        _field("has_been_promoted", "boolean"),
    ),
    "metrics": (
        _field("pin_id"),
        _field("date"),
        _field("metric"),
        _field("value", "number"),
        _field("data_status"),
    ),
}
"""What each table has for columns, but for `raw`."""

_WITH_RAW: Final = frozenset[Table](("boards", "sections", "pins"))


def columns(table: Table) -> list[tuple[str, Type]]:
    """Return the names and types of all columns of a table, `raw` among them."""
    named: list[tuple[str, Type]] = [(column.name, column.type) for column in COLUMNS[table]]
    if table in _WITH_RAW:
        named.append(("raw", "text"))
    return named


def cells(table: Table, line: bytes, board_id: str) -> list[Cell]:
    """Return an item as a row; what does not fit the type of its column is None.

    Args:
        table: which table the row is for.
        line: the item's JSON.
        board_id: the board that it was listed on, for where it does not say; "" for none.
    """
    item = cast("Item", msgspec.json.decode(line))
    if table == "pins":
        item[_BEST_IMAGE] = _best_image(item.get("media"))
        if board_id and item.get("board_id") is None:
            item["board_id"] = board_id
    row = [_FIT[column.type](column.read(item)) for column in COLUMNS[table]]
    return [*row, line.decode()] if table in _WITH_RAW else row


def _text(value: Any) -> Cell:
    if isinstance(value, str):
        return value
    # Ids were numbers in older responses.
    return str(value) if type(value) is int else None


def _integer(value: Any) -> Cell:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    return value if whole else None


def _number(value: Any) -> Cell:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _boolean(value: Any) -> Cell:
    # Pinterest's own samples have "false" as a text.
    return value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value))


_FIT: Final[dict[Type, Callable[[Any], Cell]]] = {
    "text": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "timestamp": moment,
}
