"""Rows that describe new Pins: read from CSV, JSON Lines or mappings, and checked one by one."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from pinterest_async.errors import PinterestError
from pinterest_async.jobs._rows import Unreadable, give_keys, read_file
from pinterest_async.jobs.pins.pictures import (
    KEY_FRAME,
    BadPicture,
    Cover,
    Picture,
    address_problem,
    as_picture,
    by_address,
    check_is_no_picture,
    check_picture,
)
from pinterest_async.models import PinMediaSource

if TYPE_CHECKING:
    import os

Rows: TypeAlias = "str | os.PathLike[str] | Iterable[Mapping[str, Any]]"
"""The path of a `.csv`, `.jsonl` or `.ndjson` file, or mappings."""

LONGEST: Final[Mapping[str, int]] = {
    "title": 100,
    "description": 800,
    "alt_text": 500,
    "link": 2048,
}
"""Most characters of each field. Pinterest: create a Pin."""

ALIASES: Final[Mapping[str, str]] = {
    "board_id": "board",
    "board_name": "board",
    "board_section": "section",
    "board_section_id": "section",
    "section_id": "section",
    "note": "description",
    "alt": "alt_text",
    "image_url": "image",
    "image_path": "image",
    "video_path": "video",
    "media_url": "media",
    "pinterest_board": "board",
    "thumbnail": "cover",
}
"""Other names that columns may have, those of Pinterest's own file for bulk uploads among them.
Upper and lower case do not count, and blanks and hyphens are as good as underscores."""

UNSUPPORTED: Final[Mapping[str, str]] = {
    "publish_date": "cannot be chosen through the API, a Pin is public as soon as it is made",
    "keywords": "cannot be given through the API",
}
"""What Pinterest's own file has, and its API has not."""

_TEXTS: Final = ("key", "board", "section", "title", "description", "link", "alt_text",
                 "dominant_color")  # fmt: skip
_MEDIA: Final = ("image", "images", "video", "media_source")
COLUMNS: Final = frozenset({*_TEXTS, *_MEDIA, "cover"})
"""What a row can say."""

_COLOR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_PICTURES_MAX: Final = 5
_VIDEOS: Final = (".mp4", ".mov", ".m4v")
_MINUTES: Final = re.compile(r"(?:(\d{1,2}):)?(\d{1,2}):(\d{2})")


class BadRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row that Pinterest would refuse."""

    line: int
    """Where it begins in the file, counted from 1; for mappings, which of them it is."""
    problems: tuple[str, ...]
    """Everything that is wrong with it, each in one sentence."""


class BadRows(PinterestError, ValueError):
    """Rows that Pinterest would refuse. Nothing was created."""

    def __init__(self, message: str, *, rows: tuple[BadRow, ...] = (), total: int = 0) -> None:
        super().__init__(message)
        self.rows = rows
        """All of them, in the order of their lines."""
        self.total = total
        """How many rows there are, the good ones included."""


class PinRow(msgspec.Struct, kw_only=True):
    """A row as it was read: good, unless it has problems."""

    line: int
    key: str = ""
    board: str = ""
    section: str = ""
    title: str = ""
    description: str = ""
    link: str = ""
    alt_text: str = ""
    dominant_color: str = ""
    pictures: list[Picture] = []
    video: Path | None = None
    cover: Cover = KEY_FRAME
    source: PinMediaSource | None = None
    media: str = ""
    """What the row says of its pictures, as it says it: a path as written, bytes as a hash."""
    problems: list[str] = []


def read_rows(rows: Rows, *, ignore_unsupported: bool = False) -> list[PinRow]:
    """Read and check all rows, the files of their pictures included. Blocks: call it in a thread.

    Args:
        rows: a file, or mappings.
        ignore_unsupported: whether what Pinterest's API cannot do is passed over, and no problem.

    Raises:
        ConfigurationError: the name of the file does not tell its form.
        OSError: the file cannot be read.
    """
    folder = Path()
    if isinstance(rows, Iterable) and not isinstance(rows, str):
        numbered: Iterable[tuple[int, Any]] = enumerate(rows, 1)
    else:
        path = Path(rows)
        folder = path.parent
        numbered = read_file(path)
    ignored = frozenset(UNSUPPORTED if ignore_unsupported else ())
    read = [_read_row(line, row, folder, ignored) for line, row in numbered]
    give_keys(read, _content)
    return read


def bad_rows(rows: Iterable[PinRow]) -> tuple[BadRow, ...]:
    """Return the rows that have problems."""
    return tuple(
        BadRow(line=row.line, problems=tuple(row.problems)) for row in rows if row.problems
    )


def refuse_bad_rows(bad: tuple[BadRow, ...], total: int) -> None:
    """Raise `BadRows` if there are any."""
    if not bad:
        return
    shown = "; ".join(f"line {row.line}: {', '.join(row.problems)}" for row in bad[:5])
    more = f"; and {len(bad) - 5} more in `.rows`" if len(bad) > 5 else ""
    raise BadRows(
        f"{len(bad)} of {total} rows cannot become Pins, and nothing was created: {shown}{more}",
        rows=bad,
        total=total,
    )


def _read_row(line: int, given: Any, folder: Path, ignored: Collection[str]) -> PinRow:
    row = PinRow(line=line)
    if isinstance(given, Unreadable):
        row.problems.append(given.problem)
        return row
    said: Any = given
    if not isinstance(given, Mapping):
        row.problems.append("it is no mapping of names to values")
        return row
    values = _by_column(said, row.problems, ignored)
    for name in _TEXTS:
        value = values.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)  # ids are often read as numbers
        if isinstance(value, str):
            setattr(row, name, value.strip())
        elif value is not None:
            row.problems.append(f"{name} is no text")
    _check_texts(row)
    _read_media(row, values, folder)
    return row


def _by_column(
    given: Mapping[Any, Any], problems: list[str], ignored: Collection[str]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in given.items():
        said = _plain(name)
        column = ALIASES.get(said, said)
        if column in UNSUPPORTED:
            if column not in ignored and value not in (None, ""):
                problems.append(
                    f"{name} {UNSUPPORTED[column]}: leave it out, or pass ignore_unsupported=True "
                    "(--ignore-unsupported)"
                )
            continue
        if column == "media":
            column = "video" if _is_video(value) else "image"
        if column not in COLUMNS:
            problems.append(_unknown(name))
        elif column in values:
            problems.append(f"{column} is given twice")
        elif value is not None and value != "":
            values[column] = value
    return values


def _plain(name: object) -> str:
    return re.sub(r"[\s_-]+", "_", str(name).strip().lower())


def _unknown(name: object) -> str:
    near = difflib.get_close_matches(_plain(name), [*COLUMNS, *ALIASES], n=1)
    hint = f": did you mean {near[0]}?" if near else ""
    return f"{name!r} is none of {', '.join(sorted(COLUMNS))}{hint}"


def _is_video(value: object) -> bool:
    # What an address has behind its path says nothing of the file.
    path = re.split("[?#]", value)[0] if isinstance(value, str) and "://" in value else str(value)
    return path.lower().endswith(_VIDEOS)


def _check_texts(row: PinRow) -> None:
    if not row.board:
        row.problems.append("board is missing")
    for name, longest in LONGEST.items():
        length = len(getattr(row, name))
        if length > longest:
            row.problems.append(f"{name} has {length} characters, at most {longest} are allowed")
    problem = address_problem(row.link) if row.link else None
    if problem is not None:
        row.problems.append(f"link {problem}")
    if row.dominant_color and not _COLOR.fullmatch(row.dominant_color):
        row.problems.append("dominant_color must look like #6E7B5A")


def _read_media(row: PinRow, values: Mapping[str, Any], folder: Path) -> None:
    given = [name for name in _MEDIA if name in values]
    if len(given) != 1:
        found = " and ".join(given) or "none of them"
        row.problems.append(f"one of {', '.join(_MEDIA)} is needed, not {found}")
        return
    value = values[given[0]]
    row.media = json.dumps(value, default=_told)
    try:
        if given[0] == "media_source":
            row.source = _read_source(value)
        elif given[0] == "video":
            row.video = _read_video(value, folder)
        else:
            listed = _several(value) if given[0] == "images" else [value]
            row.pictures = [as_picture(picture, folder) for picture in listed]
            by_address(row.pictures)
            for picture in row.pictures:
                check_picture(picture)
    except (BadPicture, msgspec.ValidationError) as error:
        row.problems.append(f"{given[0]}: {error}")
    if "cover" in values:
        _read_cover(row, values["cover"], folder)


def _read_video(value: Any, folder: Path) -> Path:
    path = as_picture(value, folder)
    if not isinstance(path, Path):
        raise BadPicture("a video must be the path of a file on this machine")
    try:
        if not path.is_file():
            raise BadPicture(f"there is no file {path}")
        if not path.stat().st_size:
            raise BadPicture(f"{path} is empty")
        check_is_no_picture(path)
    except (OSError, ValueError) as error:
        if isinstance(error, BadPicture):
            raise
        raise BadPicture(f"{path} cannot be read: {error}") from error
    return path


def _read_cover(row: PinRow, value: Any, folder: Path) -> None:
    if row.video is None:
        row.problems.append("cover is for a video alone")
        return
    row.media += json.dumps(value, default=_told)
    second = _second(value)
    if second is not None:
        row.cover = second
        if row.cover < 0:
            row.problems.append("cover: the second of a frame must be 0 or more")
        return
    try:
        row.cover = as_picture(value, folder)
        check_picture(row.cover)
    except BadPicture as error:
        row.problems.append(f"cover: {error}")


def _second(value: Any) -> int | None:
    """Read the second of a frame: a number, or `minutes:seconds`; None where it is neither."""
    if isinstance(value, int):
        return value
    text = value.strip() if isinstance(value, str) else ""
    if text.isdecimal():
        return int(text)
    match = _MINUTES.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return 3600 * hours + 60 * minutes + seconds


def _several(value: Any) -> list[Any]:
    if isinstance(value, str):
        value = [part.strip() for part in value.split("|") if part.strip()]
    listed: Any = value
    if not isinstance(value, Sequence) or isinstance(value, bytes):
        raise BadPicture("it must be a list, or addresses or paths with | between them")
    pictures: list[Any] = list(listed)
    if not 2 <= len(pictures) <= _PICTURES_MAX:
        raise BadPicture(f"a Pin has 2 to {_PICTURES_MAX} of them, not {len(pictures)}")
    return pictures


def _read_source(value: Any) -> PinMediaSource:
    if isinstance(value, str):  # a cell of CSV
        try:
            value = json.loads(value)
        except ValueError as error:
            raise BadPicture(f"it is no JSON: {error}") from error
    # Through plain values, so that the bounds are checked of what is a struct already.
    plain = msgspec.to_builtins(value)
    source: PinMediaSource = msgspec.convert(plain, PinMediaSource)
    return source


def _content(row: PinRow) -> str:
    said = [*(getattr(row, name) for name in _TEXTS), row.media]
    return json.dumps(said)


def _told(value: object) -> object:
    if isinstance(value, bytes | bytearray):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, msgspec.Struct):
        return msgspec.to_builtins(value)
    return str(value)
