"""What Pinterest's tokenless endpoints answer, as far as it is known.

None of it is documented: the fields are those that were seen in responses of 2015 to 2026, and any
may be missing. Texts are as Pinterest sends them, with HTML entities such as `&amp;` in them.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class WidgetImage(Struct, kw_only=True, gc=False):
    """A picture's address and its size in pixels."""

    url: str | None = None
    width: int | None = None
    height: int | None = None


class WidgetUser(Struct, kw_only=True, gc=False):
    """Who pinned."""

    id: str | None = None
    full_name: str | None = None
    about: str | None = None
    location: str | None = None
    profile_url: str | None = None
    image_small_url: str | None = None
    follower_count: int | None = None
    pin_count: int | None = None


class WidgetBoard(Struct, kw_only=True, gc=False):
    """A board, or the section of one."""

    id: str | None = None
    name: str | None = None
    title: str | None = None
    """The name of a section."""
    description: str | None = None
    url: str | None = None
    """The path of its page, for example `/anna/plum-cakes/`."""
    follower_count: int | None = None
    pin_count: int | None = None
    image_thumbnail_url: str | None = None


class SaveStats(Struct, kw_only=True, gc=False):
    """How often a picture was saved, over all Pins of it."""

    saves: int | None = None
    done: int | None = None


class AggregatedPinData(Struct, kw_only=True, gc=False):
    """What all Pins of the same picture come to."""

    aggregated_stats: SaveStats | None = None


class WidgetPin(Struct, kw_only=True, gc=False):
    """A public Pin."""

    id: str
    title: str | None = None
    grid_title: str | None = None
    description: str | None = None
    link: str | None = None
    domain: str | None = None
    pinner: WidgetUser | None = None
    native_creator: WidgetUser | None = None
    board: WidgetBoard | None = None
    images: dict[str, WidgetImage] | None = None
    """By width, for example `237x`."""
    is_video: bool | None = None
    dominant_color: str | None = None
    repin_count: int | None = None
    like_count: int | None = None
    aggregated_pin_data: AggregatedPinData | None = None
    attribution: dict[str, Any] | None = None
    embed: dict[str, Any] | None = None
    rich_metadata: dict[str, Any] | None = None
    story_pin_data: dict[str, Any] | None = None
    videos: dict[str, Any] | None = None


class WidgetPins(Struct, kw_only=True, gc=False):
    """The newest Pins of a user, a board or a section: 50 at most, and there is no next page."""

    pins: list[WidgetPin] | None = None
    user: WidgetUser | None = None
    board: WidgetBoard | None = None
    section: WidgetBoard | None = None


class OEmbed(Struct, kw_only=True, gc=False):
    """What stands for a page of Pinterest elsewhere. Its form: https://oembed.com."""

    type: str | None = None
    version: str | None = None
    title: str | None = None
    author_name: str | None = None
    author_url: str | None = None
    provider_name: str | None = None
    provider_url: str | None = None
    cache_age: int | None = None
    html: str | None = None
    """Markup of a stranger: show it in a frame of its own, never as part of your page."""
    url: str | None = None
    width: int | None = None
    height: int | None = None
    thumbnail_url: str | None = None
    thumbnail_width: int | None = None
    thumbnail_height: int | None = None
