"""From the `media_source` of a new Pin to its media."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.handlers import media as media_uploads
from pinterest_async.emulator.schema import pictures
from pinterest_async.emulator.schema.errors import bad_parameter, not_found, not_permitted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinterest_async.emulator.http.call import ApiCall

_UNSUPPORTED = (".webp",)
"""What the address of a picture that Pinterest refuses ends in."""
_BASE64 = re.compile(r"[a-zA-Z0-9+/=]+")
_ADDRESS = re.compile(r"https?://[^/\s]+\S*", re.IGNORECASE)


def media(call: ApiCall, body: Mapping[str, Any], name: str) -> tuple[dict[str, Any], str, bool]:
    """The media of a new Pin, its creative type, and whether it is a standard one.

    Args:
        call: the request.
        body: its body.
        name: what the pictures' addresses are made from.

    Raises:
        Refusal: 400 code 1, with the constraint that failed.
    """
    source = body["media_source"]
    make = _SOURCES[source["source_type"]]
    return *make(call, source, name), source.get("is_standard", True)


def _image_url(_call: ApiCall, source: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    _address(source, "url")
    return pictures.image(name), "REGULAR"


def _image(_call: ApiCall, _source: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    return pictures.image(name), "REGULAR"


def _carousel(_call: ApiCall, source: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    items = source["items"]
    index = source.get("index", 0)
    if index >= len(items):
        raise bad_parameter(f"index {index!r} is not that of an item")
    slides: list[dict[str, Any]] = []
    for number, item in enumerate(items):
        if "url" in item:
            _address(item, "url")
        said = {key: item.get(key) for key in ("title", "description", "link")}
        slides.append(pictures.image_slide(f"{name}/{number}", **said))
    return pictures.multiple_images(slides), "CAROUSEL"


def _video_id(call: ApiCall, source: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    media_id = source["media_id"]
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
        _picture(source)
    elif "cover_image_key_frame_time" not in source:
        raise bad_parameter("cover_image_url or cover_image_content_type is missing")
    # The address and length of a fresh video are not known until it has been transcoded.
    return pictures.video(name, None, cover_url), "VIDEO"


def _address(source: Mapping[str, str], name: str) -> None:
    address = source[name]
    if not _ADDRESS.fullmatch(address):
        raise bad_parameter(f"Unable to reach the URL in {name}")
    if address.partition("?")[0].lower().endswith(_UNSUPPORTED):
        raise bad_parameter(f"The format of the image in {name} is not supported")


def _picture(source: Mapping[str, str]) -> None:
    if "cover_image_content_type" not in source:
        raise bad_parameter("cover_image_content_type is a required property")
    if not _BASE64.fullmatch(source["cover_image_data"]):
        raise bad_parameter(f"cover_image_data, constraint: pattern={_BASE64.pattern}")


_SOURCES: dict[str, Callable[[ApiCall, dict[str, Any], str], tuple[dict[str, Any], str]]] = {
    "image_url": _image_url,
    "image_base64": _image,
    "multiple_image_urls": _carousel,
    "multiple_image_base64": _carousel,
    "video_id": _video_id,
    "pin_url": _image,
}
