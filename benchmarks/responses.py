"""What the benchmarks' server sends: made-up boards and Pins in the shape of real ones."""

from __future__ import annotations

from typing import Any, Final

import msgspec

PAGE: Final = 250
"""Items on a full page."""

FIRST_DIGITS: Final = b"81374422642"
"""What the id of every Pin begins with; five more follow. Found nowhere else in a Pin."""

_SIZES: Final = ((150, 150), (400, 300), (600, 450), (1200, 900))
_WORDS: Final = ("plum cake with cinnamon and almonds", "a small garden shed", "blue enamel teapot")


def pin(number: int) -> dict[str, Any]:
    """A Pin as Pinterest sends it; every tenth a video, every twentieth a carousel."""
    return {
        "id": f"{FIRST_DIGITS.decode()}{number:05}",
        "created_at": f"2026-03-{number % 28 + 1:02}T08:{number % 60:02}:00",
        "link": f"https://example.com/things/{number}?utm_source=pinterest&utm_medium=organic",
        "title": f"{_WORDS[number % 3]}, number {number}".capitalize(),
        "description": f"{_WORDS[number % 3]} and all that goes with it; what it took is below. "
        * 2,
        "dominant_color": f"#{number * 7919 % 0xFFFFFF:06x}",
        "alt_text": None,
        "creative_type": "VIDEO" if number % 10 == 1 else "REGULAR",
        "board_id": "549755885175",
        "board_section_id": None,
        "board_owner": {"username": "a_shop"},
        "is_owner": True,
        "is_standard": False,
        "is_removable": True,
        "has_been_promoted": False,
        "media": _media(number),
        "parent_pin_id": None,
        "pin_metrics": None,
        "product_tags": [],
        "note": None,
    }


def _media(number: int) -> dict[str, Any]:
    images = _images(number)
    if number % 20 == 3:
        return {
            "media_type": "multiple_images",
            "items": [
                {
                    "item_type": "image",
                    "title": f"view {view}",
                    "description": "from another side",
                    "link": "https://example.com/views",
                    "images": images,
                }
                for view in range(2)
            ],
        }
    if number % 10 == 1:
        return {
            "media_type": "video",
            "images": images,
            "cover_image_url": images["1200x"]["url"],
            "video_url": f"https://v1.example.com/videos/mc/720p/{number:08x}.mp4",
            "duration": 14333.0,
            "height": 1280,
            "width": 720,
        }
    return {"media_type": "image", "images": images}


def _images(number: int) -> dict[str, Any]:
    digest = f"{number * 2654435761 % 2**32:08x}"
    return {
        f"{width}x{height}" if width == 150 else f"{width}x": {
            "width": width,
            "height": height,
            "url": f"https://i.example.com/{width}x/{digest[:2]}/{digest[2:4]}/{digest}{digest}.jpg",
        }
        for width, height in _SIZES
    }


def board(number: int, pins: int) -> dict[str, Any]:
    """A board with so many Pins."""
    return {
        "id": str(549755885000 + number),
        "name": f"Board {number}",
        "description": _WORDS[number % 3],
        "owner": {"username": "a_shop"},
        "privacy": "PUBLIC",
        "pin_count": pins,
        "collaborator_count": 0,
        "follower_count": number,
        "created_at": "2025-06-01T10:00:00",
        "board_pins_modified_at": "2026-03-01T10:00:00",
        "media": {"image_cover_url": None, "pin_thumbnail_urls": []},
    }


def encode(response: object) -> bytes:
    """Write a response as Pinterest does."""
    return msgspec.json.encode(response)


def page(items: list[dict[str, Any]], bookmark: str | None) -> bytes:
    """Write a page."""
    return encode({"items": items, "bookmark": bookmark})
