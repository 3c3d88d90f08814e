"""From the `media_source` of a new Pin to its media."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import UnsetType

from pinterest_async.emulator.handlers import media as media_uploads
from pinterest_async.emulator.schema import fields, pictures
from pinterest_async.emulator.schema.errors import bad_parameter, not_found, not_permitted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinterest_async.emulator.http.call import ApiCall

CONTENT_TYPES = ("image/jpeg", "image/png")
SLIDES_MIN = 2
SLIDES_MAX = 5

_UNSUPPORTED = (".webp",)
"""What the address of a picture that Pinterest refuses ends in."""
_BASE64 = re.compile(r"[a-zA-Z0-9+/=]+")
_ADDRESS = re.compile(r"https?://[^/\s]+\S*", re.IGNORECASE)


def media(call: ApiCall, body: Mapping[str, Any], name: str) -> tuple[dict[str, Any], str, bool]:
    """The media of a new Pin, its creative type, and whether it is a standard one.

    Args:
        call: the request.
        body: its body; a Pin made from another (`parent_pin_id`) needs no source.
        name: what the pictures' addresses are made from.

    Raises:
        Refusal: 400 code 1, with the constraint that failed.
    """
    source = body.get("media_source")
    if source is None and body.get("parent_pin_id"):
        return pictures.image(name), "REGULAR", True
    if source is None:
        raise bad_parameter("media_source is a required property")
    source = fields.fields(source, "media_source")
    kind = source.get("source_type")
    make = _SOURCES.get(kind) if isinstance(kind, str) else None
    if make is None:
        raise bad_parameter(f"source_type {kind!r} is not one of {sorted(_SOURCES)}")
    standard = fields.flag(source, "is_standard", default=True)
    return *make(call, source, name), standard


def _image_url(_call: ApiCall, source: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    _address(source, "url")
    return pictures.image(name), "REGULAR"


def _image_base64(_call: ApiCall, source: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    _picture(source)
    return pictures.image(name), "REGULAR"


def _images_url(_call: ApiCall, source: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    return _carousel(source, name, lambda item: _address(item, "url"))


def _images_base64(_call: ApiCall, source: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    return _carousel(source, name, _picture)


def _carousel(
    source: dict[str, Any], name: str, check: Callable[[dict[str, Any]], None]
) -> tuple[dict[str, Any], str]:
    items = fields.items(source, "items", fewest=SLIDES_MIN, most=SLIDES_MAX)
    index = source.get("index", 0)
    if not isinstance(index, int) or not 0 <= index < len(items):
        raise bad_parameter(f"index {index!r} is not that of an item")
    slides: list[dict[str, Any]] = []
    for number, item in enumerate(map(fields.fields, items)):
        check(item)
        words = {key: fields.text(item, key) for key in ("title", "description", "link")}
        said = {key: word for key, word in words.items() if not isinstance(word, UnsetType)}
        slides.append(pictures.image_slide(f"{name}/{number}", **said))
    return pictures.multiple_images(slides), "CAROUSEL"


def _video_id(call: ApiCall, source: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    media_id = fields.digits(source, "media_id")
    if not isinstance(media_id, str):
        raise bad_parameter("media_id is a required property")
    upload = call.account.uploads.get(media_id)
    if upload is None:
        raise not_found("Media")
    if call.world.sandbox:
        raise not_permitted("Pins with videos are not available in the sandbox.")
    status = media_uploads.status(call.world, upload)
    if status != "succeeded":
        raise bad_parameter(f"media {media_id} is {status}, not succeeded")
    cover_url = None
    if "cover_image_url" in source:
        _address(source, "cover_image_url")
        cover_url = source["cover_image_url"]
    elif "cover_image_data" in source:
        _picture(source, prefix="cover_image_")
    elif "cover_image_key_frame_time" in source:
        moment = source["cover_image_key_frame_time"]
        if not isinstance(moment, int) or moment < 0:
            raise bad_parameter("cover_image_key_frame_time, constraint: minimum=0")
    else:
        raise bad_parameter("cover_image_url or cover_image_content_type is missing")
    # The address and length of a fresh video are not known until it has been transcoded.
    return pictures.video(name, None, cover_url), "VIDEO"


def _pin_url(_call: ApiCall, source: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    fields.flag(source, "is_affiliate_link", default=False)
    return pictures.image(name), "REGULAR"


def _address(source: Mapping[str, Any], name: str) -> None:
    address = fields.required_text(source, name)
    if not _ADDRESS.fullmatch(address):
        raise bad_parameter(f"Unable to reach the URL in {name}")
    if address.partition("?")[0].lower().endswith(_UNSUPPORTED):
        raise bad_parameter(f"The format of the image in {name} is not supported")


def _picture(source: Mapping[str, Any], prefix: str = "") -> None:
    fields.required_text(source, f"{prefix}content_type")
    fields.choice(source, f"{prefix}content_type", CONTENT_TYPES)
    if not _BASE64.fullmatch(fields.required_text(source, f"{prefix}data")):
        raise bad_parameter(f"{prefix}data does not match, constraint: pattern={_BASE64.pattern}")


_SOURCES: dict[str, Callable[[ApiCall, dict[str, Any], str], tuple[dict[str, Any], str]]] = {
    "image_url": _image_url,
    "image_base64": _image_base64,
    "multiple_image_urls": _images_url,
    "multiple_image_base64": _images_base64,
    "video_id": _video_id,
    "pin_url": _pin_url,
}
