"""Pictures of Pins, drawn from nothing but their address: PNG, with a few shapes in flat colours.

An address tells the label of a size and not the shape of the picture, so that all but the small
squares and landscapes are drawn at 600 x 900 pixels.
"""

from __future__ import annotations

import colorsys
import re
import struct
import zlib
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING

from aiohttp import web

from pinterest_async.emulator.hosts.downloads import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from pinterest_async.emulator.state.quirks import Quirk

PATH = "/pictures"
"""Where pictures are, on the host of files."""

_SIZES = {"150x150": (150, 150), "400x300": (400, 300)}
_ADDRESS = re.compile(rf"{PATH}/(\w+)/\w\w/\w\w/\w\w/([0-9a-f]+)\.png")
_HEADERS = {"cache-control": "public, max-age=31536000"}
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


async def respond(request: web.BaseRequest, quirks: Collection[Quirk]) -> web.StreamResponse:
    """The picture at an address as it stands in a Pin: always the same one."""
    found = _ADDRESS.fullmatch(request.path)
    if found is None:
        return web.Response(status=404)
    if "forbidden_originals" in quirks and found[1] == "originals" and _is_kept_back(found[2]):
        return refused(403, "AccessDenied", "Access Denied")
    width, height = _SIZES.get(found[1], (600, 900))
    return web.Response(
        body=png(found[2], width, height), content_type="image/png", headers=_HEADERS
    )


def _is_kept_back(name: str) -> bool:
    return zlib.crc32(name.encode()) % 10 == 0


@lru_cache(maxsize=256)
def png(name: str, width: int, height: int) -> bytes:
    """A picture in a few colours that go together.

    Args:
        name: decides what is on it.
        width: in pixels.
        height: in pixels; what does not fit into the shape is cut off.
    """
    random = Random(name)
    hue = random.randrange(360)
    palette = [_color(hue, random.randrange(20, 45), random.randrange(72, 90))]
    shapes: list[Callable[[float], tuple[float, float] | None]] = []
    for _ in range(random.randrange(3, 6)):
        shape_hue = (hue + random.choice((0, 25, 180, 205))) % 360
        palette.append(_color(shape_hue, random.randrange(30, 60), random.randrange(35, 70)))
        shapes.append(_shape(random))
    scale = max(width / 100, height / 150)
    left, top = (100 - width / scale) / 2, (150 - height / scale) / 2
    lines = bytearray()
    for row in range(height):
        line = bytearray(1 + width)  # the first byte says that no filter was used
        for index, spans in enumerate(shapes, 1):
            span = spans(top + row / scale)
            if span is not None:
                first, last = (round((x - left) * scale) for x in span)
                first, last = max(0, first), min(width, last)
                if first < last:
                    line[1 + first : 1 + last] = bytes((index,)) * (last - first)
        lines += line
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", b"".join(palette)),
            _chunk(b"IDAT", zlib.compress(bytes(lines), level=1)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def _color(hue: int, saturation: int, lightness: int) -> bytes:
    rgb = colorsys.hls_to_rgb(hue / 360, lightness / 100, saturation / 100)
    return bytes(round(255 * part) for part in rgb)


def _shape(random: Random) -> Callable[[float], tuple[float, float] | None]:
    """A circle, a bar or a triangle: from where to where it reaches at a height, if it does."""
    x, y = random.randrange(10, 90), random.randrange(20, 130)
    size = random.randrange(12, 42)
    kind = random.randrange(3)

    def reach(at: float) -> tuple[float, float] | None:
        half = size / 2 if kind == 1 else size
        if not -half <= at - y <= half:
            return None
        if kind == 0:
            wide = (size**2 - (at - y) ** 2) ** 0.5
        else:
            wide = size if kind == 1 else (at - y + size) / 2
        return x - wide, x + wide

    return reach
