"""An export to look at: one `index.html` that holds all it shows, and asks nobody for more.

What Pinterest sent is in blocks of JSON, in which no `<` stands, and the page's own script makes
text of it. Its policy lets it load nothing but pictures from its own folder.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

import pinterest_async
from pinterest_async.jobs.export.columns import cells, columns
from pinterest_async.jobs.export.extras import PICTURES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pinterest_async.jobs.export.columns import Cell, Table
    from pinterest_async.jobs.export.journal import Row

_HERE: Final = Path(__file__).parent
_PACKAGE: Final = Path(pinterest_async.__file__).parent
_PICTURES: Final = frozenset({".avif", ".bmp", ".gif", ".jpg", ".png", ".svg", ".webp"})

_read_figure: Final[Callable[[bytes], dict[str, Any]]] = msgspec.json.Decoder(dict[str, Any]).decode


class HTMLView:
    """The parts of a page, in the order in which they are to be written.

    It holds the sums of each Pin's figures, and those of each board and day.

    Args:
        folder: the export's folder, whose pictures are shown.
    """

    def __init__(self, folder: Path) -> None:
        self._pictures = _pictures(folder / PICTURES)
        self._homes: dict[str, str] = {}
        self._totals: dict[str, dict[str, float]] = {}
        self._days: dict[str, dict[str, dict[str, float]]] = {}
        self._metrics: dict[str, None] = {}
        self._lists: dict[Table, list[list[Cell]]] = {"boards": [], "sections": []}

    def place(self, rows: Sequence[Row]) -> None:
        """Learn which boards Pins are on, before their figures come."""
        for line, board_id in rows:
            pin = msgspec.json.decode(line)
            self._homes[str(pin.get("id"))] = board_id or str(pin.get("board_id") or "")

    def add_figures(self, rows: Sequence[Row]) -> None:
        """Add rows of the table of figures to the sums."""
        for line, _ in rows:
            row = _read_figure(line)
            metric, value = str(row["metric"]), row["value"]
            # A rate is no sum of its days.
            if value is None or metric.endswith("_RATE"):
                continue
            pin_id = str(row["pin_id"])
            self._metrics[metric] = None
            _add(self._totals.setdefault(pin_id, {}), metric, value)
            if row["date"] is not None:
                for place in {"", self._homes.get(pin_id, "")}:
                    days = self._days.setdefault(place, {}).setdefault(metric, {})
                    _add(days, str(row["date"]), value)

    def add_list(self, table: Table, rows: Sequence[Row]) -> None:
        """Add boards or sections."""
        self._lists[table] += [cells(table, line, home) for line, home in rows]

    def head(self) -> Iterator[bytes]:
        """Give what stands before the data."""
        policy = (
            "default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'; "
            f"script-src '{_hash(_text('html_view.js'))}'; base-uri 'none'; form-action 'none'"
        )
        style = (_PACKAGE / "look.css").read_text(encoding="utf-8") + _text("html_view.css")
        yield (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="content-security-policy" content="{policy}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="referrer" content="no-referrer">\n<title>Pins</title>\n'
            f"<style>{style}</style>\n</head>\n<body>\n{_text('html_view.html')}"
        ).encode()

    def pins(self, rows: Sequence[Row]) -> Iterator[bytes]:
        """Give a portion of the Pins as a block."""
        yield _block([self._pin(line, home) for line, home in rows], 'class="portion"')

    def tail(self, *, account: str | None, exported: str, complete: bool) -> Iterator[bytes]:
        """Give what stands behind the Pins: all else, and the script that shows it."""
        about = {
            "account": account or "An account",
            "exported": exported,
            "complete": complete,
            "pictures": bool(self._pictures),
        }
        yield _block(about, 'id="data-about"')
        boards = _members("boards", "id name description privacy pin_count")
        yield _block([boards(board) for board in self._lists["boards"]], 'id="data-boards"')
        sections = _members("sections", "id name")
        yield _block(
            [sections(section) for section in self._lists["sections"]], 'id="data-sections"'
        )
        days = {
            place: {metric: sorted(by_day.items()) for metric, by_day in series.items()}
            for place, series in self._days.items()
        }
        yield _block({"totals": [*self._metrics], "days": days}, 'id="data-figures"')
        yield f"<script>{_text('html_view.js')}</script>\n</body>\n</html>".encode()

    def _pin(self, line: bytes, home: str) -> list[Any]:
        row = dict(
            zip((name for name, _ in columns("pins")), cells("pins", line, home), strict=True)
        )
        pin_id = str(row["id"])
        created = cast("Any", row["created_at"])
        totals = self._totals.get(pin_id, {})
        words = ("board_id", "board_section_id", "title", "description", "link")
        return [
            pin_id,
            *(row[name] or "" for name in words),
            0 if created is None else int(created.timestamp()),
            self._pictures.get(pin_id, ""),
            row["dominant_color"] or "",
            row["creative_type"] or row["media_type"] or "",
            [totals.get(metric) for metric in self._metrics],
        ]


def _pictures(folder: Path) -> Mapping[str, str]:
    """Return the addresses of the pictures in a folder by their Pins, the first of several."""
    if not folder.is_dir():
        return {}
    found: dict[str, str] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix in _PICTURES:
            found.setdefault(path.stem.partition("-")[0], f"{PICTURES}/{path.name}")
    return found


def _members(table: Table, names: str) -> Callable[[list[Cell]], list[Cell]]:
    places = [[name for name, _ in columns(table)].index(name) for name in names.split()]
    return lambda row: [row[place] if row[place] is not None else "" for place in places]


def _add(sums: dict[str, float], key: str, value: float) -> None:
    sums[key] = sums.get(key, 0) + value


def _block(value: object, attributes: str) -> bytes:
    # Within a script no other escape is known: without `<` nothing can end it, or begin a comment.
    text = msgspec.json.encode(value).replace(b"<", b"\\u003c")
    return b'<script type="application/json" %b>%b</script>' % (attributes.encode(), text)


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"
