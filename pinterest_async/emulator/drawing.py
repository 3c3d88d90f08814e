"""Pictures of Pins, drawn from nothing but their address."""

from __future__ import annotations

import re
from random import Random

from aiohttp import web

PATH = "/pictures"
"""Where pictures are, on the host of files."""

_SIZES = {"150x150": (150, 150), "400x300": (400, 300)}
_ADDRESS = re.compile(rf"{PATH}/(\w+)/\w\w/\w\w/\w\w/([0-9a-f]+)\.jpg")
_HEADERS = {"cache-control": "public, max-age=31536000"}
_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
    'viewBox="0 0 100 150" preserveAspectRatio="xMidYMid slice">'
    '<rect width="100" height="150" fill="{ground}"/>{shapes}</svg>'
)


async def respond(request: web.BaseRequest) -> web.StreamResponse:
    """The picture at an address as it stands in a Pin: always the same one, as SVG."""
    found = _ADDRESS.fullmatch(request.path)
    if found is None:
        return web.Response(status=404)
    width, height = _SIZES.get(found[1], (600, 900))
    text = svg(found[2], width, height)
    return web.Response(text=text, content_type="image/svg+xml", headers=_HEADERS)


def svg(name: str, width: int, height: int) -> str:
    """A picture in two or three colours that go together.

    Args:
        name: decides what is on it.
        width: in pixels.
        height: in pixels; what does not fit into the shape is cut off.
    """
    random = Random(name)
    hue = random.randrange(360)
    ground = f"hsl({hue} {random.randrange(20, 45)}% {random.randrange(72, 90)}%)"
    shapes = "".join(_shape(random, hue) for _ in range(random.randrange(3, 6)))
    return _SVG.format(width=width, height=height, ground=ground, shapes=shapes)


def _shape(random: Random, hue: int) -> str:
    hue = (hue + random.choice((0, 25, 180, 205))) % 360
    color = f"hsl({hue} {random.randrange(30, 60)}% {random.randrange(35, 70)}%)"
    x, y = random.randrange(10, 90), random.randrange(20, 130)
    size = random.randrange(12, 42)
    kind = random.randrange(3)
    if kind == 0:
        return f'<circle cx="{x}" cy="{y}" r="{size}" fill="{color}"/>'
    if kind == 1:
        return (
            f'<rect x="{x - size}" y="{y - size // 2}" width="{2 * size}" height="{size}" '
            f'rx="{size // 4}" fill="{color}"/>'
        )
    return f'<path d="M{x} {y - size} L{x + size} {y + size} H{x - size} Z" fill="{color}"/>'
