"""What a Pin shows: the media object of each kind, with the sizes that Pinterest cuts."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

IMAGE_HOST = "https://i.pinimg.com"
VIDEO_HOST = "https://v1.pinimg.com"

_WIDTHS = (("600x", 600), ("1200x", 1200))


def sizes(name: str, width: int, height: int) -> dict[str, Any]:
    """The sizes of one image. `originals` is not in the description; the real API sends it.

    Pinterest's names end in `.jpg`; these end in what `drawing` can draw.
    """
    digest = hashlib.blake2b(name.encode(), digest_size=16).hexdigest()
    path = f"{digest[:2]}/{digest[2:4]}/{digest[4:6]}/{digest}.png"
    images = {
        "150x150": _size("150x150", path, 150, 150),
        "400x300": _size("400x300", path, 400, 300),
    }
    for label, wide in _WIDTHS:
        images[label] = _size(label, path, wide, round(height * wide / width))
    images["originals"] = _size("originals", path, width, height)
    return images


def _size(label: str, path: str, width: int, height: int) -> dict[str, Any]:
    return {"width": width, "height": height, "url": f"{IMAGE_HOST}/{label}/{path}"}


def image(name: str, width: int = 1000, height: int = 1500) -> dict[str, Any]:
    """A single image."""
    return {"media_type": "image", "images": sizes(name, width, height)}


def video(name: str, duration: int | None, cover_url: str | None = None) -> dict[str, Any]:
    """A video. Its address is null while `duration` (milliseconds) is not known."""
    return {
        "media_type": "video",
        "images": sizes(name, 720, 1280),
        "cover_image_url": cover_url or sizes(name, 720, 1280)["originals"]["url"],
        "video_url": None if duration is None else _video_url(name),
        "duration": duration,
        "width": 720,
        "height": 1280,
    }


def multiple_images(slides: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A carousel of slides made by `image_slide`."""
    return {"media_type": "multiple_images", "items": list(slides)}


def multiple_mixed(slides: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Images and videos in one Pin."""
    return {"media_type": "multiple_mixed", "items": list(slides)}


def image_slide(
    name: str,
    *,
    title: str | None = None,
    description: str | None = None,
    link: str | None = None,
) -> dict[str, Any]:
    """An image among several."""
    return {
        "item_type": "image",
        "title": title,
        "description": description,
        "link": link,
        "images": sizes(name, 1000, 1500),
    }


def video_slide(name: str, duration: int) -> dict[str, Any]:
    """A video among several."""
    return {
        "item_type": "video",
        "cover_image_url": sizes(name, 720, 1280)["originals"]["url"],
        "video_url": _video_url(name),
        "duration": duration,
        "width": 720,
        "height": 1280,
    }


def _video_url(name: str) -> str:
    digest = hashlib.blake2b(name.encode(), digest_size=16).hexdigest()
    return f"{VIDEO_HOST}/videos/iht/hls/{digest}.m3u8"
