"""Pictures for new Pins: from a file, from bytes or by their address.

Pinterest takes JPEG and PNG when a picture is sent along, and fetches it when it is given by URL.
"""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import urlsplit

from pinterest_async.errors import PinterestError

if TYPE_CHECKING:
    from pinterest_async.models import ContentType, PinMediaSource

Picture: TypeAlias = str | Path | bytes
"""A file's path, the bytes of a file, or an http or https address."""

Cover: TypeAlias = Picture | int
"""What a video shows before it is played: a picture, or its frame at so many seconds."""

KEY_FRAME: Final = 1
"""Seconds into a video of the frame that is its cover, where none is given: the very first one is
often black."""

LARGEST_PICTURE: Final = 32 * 2**20
"""Bytes of a picture that is sent along. Pinterest does not document it; public sources say 20 or
32 MB, and what is above both is surely refused."""

_ACCEPTED: Final[tuple[tuple[bytes, ContentType], ...]] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
)
_OTHERS: Final = (
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"<svg", "SVG"),
    (b"%PDF", "PDF"),
)
_HEAD: Final = 16


class BadPicture(PinterestError, ValueError):
    """A picture that Pinterest would refuse, or that cannot be read. Nothing was sent."""


def address_problem(text: str) -> str | None:
    """Say why `text` is no http or https address that Pinterest could go to; None where it is."""
    try:
        parts = urlsplit(text)
        scheme, host = parts.scheme.lower(), parts.hostname
    except ValueError:
        return "cannot be read as an address"
    if scheme not in ("http", "https"):
        return "must begin with http:// or https://"
    if any(sign.isspace() for sign in text):
        return "holds a blank: give one address only, and write a blank in it as %20"
    return None if host else "names no host"


def check_is_no_picture(path: Path) -> None:
    """See that a file that is meant to be a video is not surely something else.

    Raises:
        BadPicture: it begins as a picture or a document does.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    # Two bytes, those of a BMP, are no proof.
    if head.startswith(tuple(magic for magic, _ in (*_ACCEPTED, *_OTHERS) if len(magic) > 2)):
        raise BadPicture(f"{path} is a picture or a document, and no video")


def content_type_of(head: bytes) -> ContentType:
    """Tell a picture's type from its first bytes, whatever its name says.

    Raises:
        BadPicture: it is neither JPEG nor PNG.
    """
    for magic, content_type in _ACCEPTED:
        if head.startswith(magic):
            return content_type
    kind = next((name for magic, name in _OTHERS if head.startswith(magic)), "")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        kind = "WebP"
    if head[4:8] == b"ftyp":
        kind = "AVIF or HEIC" if head[8:12] in (b"avif", b"heic", b"heix", b"mif1") else "a video"
    raise BadPicture(
        f"Pinterest takes JPEG and PNG, and this is {kind or 'neither, nor any known picture'}"
    )


def check_picture(picture: Picture) -> None:
    """Raise `BadPicture` where a picture surely cannot be sent. Reads the first bytes of a file."""
    if isinstance(picture, str) and "://" in picture:
        problem = address_problem(picture)
        if problem is not None:
            raise BadPicture(f"the address of a picture {problem}")
    elif isinstance(picture, bytes):
        _check_size(len(picture))
        content_type_of(picture[:_HEAD])
    else:
        path = Path(picture)
        try:
            if not path.is_file():
                raise BadPicture(f"there is no file {path}")
            _check_size(path.stat().st_size)
            with path.open("rb") as file:
                content_type_of(file.read(_HEAD))
        except (OSError, ValueError) as error:
            if isinstance(error, BadPicture):
                raise
            raise BadPicture(f"{path} cannot be read: {error}") from error


async def media_source(pictures: list[Picture]) -> PinMediaSource:
    """Return what a request says of one picture, or of 2 to 5.

    Files are read and encoded in a thread, so that the event loop goes on. Several pictures are
    either all addresses or all sent along.

    Raises:
        BadPicture: a picture cannot be read, or is not of a kind that Pinterest takes.
    """
    from pinterest_async.models import (
        ImageBase64,
        ImageBase64Item,
        ImagesBase64,
        ImageUrl,
        ImageUrlItem,
        ImageUrls,
    )

    if by_address(pictures):
        addresses = [str(picture) for picture in pictures]
        if len(addresses) == 1:
            return ImageUrl(url=addresses[0])
        return ImageUrls(items=[ImageUrlItem(url=address) for address in addresses])
    encoded = [await asyncio.to_thread(encode, picture) for picture in pictures]
    if len(encoded) == 1:
        content_type, data = encoded[0]
        return ImageBase64(content_type=content_type, data=data)
    return ImagesBase64(
        items=[ImageBase64Item(content_type=kind, data=data) for kind, data in encoded]
    )


def by_address(pictures: list[Picture]) -> bool:
    """Whether Pinterest is to fetch these pictures.

    Raises:
        BadPicture: some, and not all, are addresses.
    """
    addresses = sum(isinstance(picture, str) and "://" in picture for picture in pictures)
    if 0 < addresses < len(pictures):
        raise BadPicture("the pictures of one Pin must be all addresses, or all files")
    return addresses > 0


def encode(picture: Picture) -> tuple[ContentType, str]:
    """Return type and Base64 of a file or of bytes. Blocks: call it in a thread.

    Raises:
        BadPicture: as `check_picture`.
    """
    check_picture(picture)
    try:
        content = picture if isinstance(picture, bytes) else Path(picture).read_bytes()
    except OSError as error:
        raise BadPicture(f"it cannot be read: {error}") from error
    return content_type_of(content[:_HEAD]), base64.b64encode(content).decode("ascii")


def as_picture(value: Any, folder: Path) -> Picture:
    """Return what a row says of a picture, with a path seen from `folder`.

    Raises:
        BadPicture: it is empty, or nothing that a picture can be.
    """
    if isinstance(value, bytearray):
        return bytes(value)
    if isinstance(value, bytes | Path):
        return folder / value if isinstance(value, Path) else value
    if isinstance(value, str) and value.strip():
        text = value.strip()
        if "://" in text:
            return text
        path = Path(text)
        return folder / (path.expanduser() if text.startswith("~") else path)
    raise BadPicture("a picture must be a path, bytes, or an address")


def _check_size(size: int) -> None:
    if not size:
        raise BadPicture("the picture is empty")
    if size > LARGEST_PICTURE:
        raise BadPicture(
            f"the picture has {size:,} bytes, and Pinterest takes at most {LARGEST_PICTURE:,}"
        )
