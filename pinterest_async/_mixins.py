"""What some models can say beyond their fields; the generator names these as their bases."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, Protocol

from pinterest_async._model import Model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SITE: Final = "https://www.pinterest.com"
_MOST_SECONDS: Final = 100_000_000_000
"""A time beyond this, in the year 5138, is in milliseconds."""
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Picture(Model, kw_only=True, gc=False):
    """A picture that can be fetched."""

    url: str
    """Its address, at Pinterest's own host of pictures."""
    width: int | None = None
    """In pixels; None where Pinterest does not say."""
    height: int | None = None
    """In pixels; None where Pinterest does not say."""


class _Size(Protocol):
    """A size of a picture, as a model has it."""

    url: str | None
    width: int | None
    height: int | None


class _Item(Protocol):
    """What shows one picture or video."""

    @property
    def images(self) -> Mapping[str, _Size] | None: ...
    @property
    def cover_image_url(self) -> str | None: ...


class _Media(_Item, Protocol):
    """What shows one, or several."""

    @property
    def items(self) -> Sequence[_Item] | None: ...


class _Pin(Protocol):
    """What is asked of a Pin."""

    id: str

    @property
    def media(self) -> _Media | None: ...


class _Owner(Protocol):
    """What is asked of a board's owner."""

    username: str | None


class _Board(Protocol):
    """What is asked of a board."""

    name: str | None

    @property
    def owner(self) -> _Owner | None: ...


class PinMixin:
    """What a Pin can say beyond its fields."""

    __slots__ = ()

    @property
    def url(self: _Pin) -> str:
        """The Pin's page on Pinterest."""
        return f"{SITE}/pin/{self.id}/"

    def best_image(self: _Pin) -> Picture | None:
        """Return the best picture that the Pin names: the original, or else the widest.

        Of a Pin with several pictures it is the best one of the first; of a video that has no
        picture, its cover.

        Returns:
            None where no picture is named.
        """
        if self.media is None:
            return None
        several = self.media.items
        ranked = ranked_pictures(several[0] if several else self.media)
        return ranked[0] if ranked else None


class BoardMixin:
    """What a board can say beyond its fields."""

    __slots__ = ()

    @property
    def url(self: _Board) -> str | None:
        """The board's page on Pinterest, made of its owner and its name; None without them.

        Pinterest does not say it. A board whose name makes the same address as an older board of
        the owner's has a number behind it, which its name does not tell.
        """
        from urllib.parse import quote

        owner = None if self.owner is None else self.owner.username
        place = slug(self.name or "")
        return f"{SITE}/{quote(owner)}/{quote(place)}/" if owner and place else None


def ranked_pictures(media: _Item) -> list[Picture]:
    """Return the sizes of a picture, the original first, then by width; a video's cover is last."""
    named = [
        (label == "originals", Picture(url=size.url, width=size.width, height=size.height))
        for label, size in (media.images or {}).items()
        if size.url
    ]
    named.sort(key=lambda entry: (entry[0], entry[1].width or 0), reverse=True)
    ranked = [picture for _, picture in named]
    cover = media.cover_image_url
    if cover and all(picture.url != cover for picture in ranked):
        ranked.append(Picture(url=cover))
    return ranked


def slug(name: str) -> str:
    """Return a name as addresses show it: lower case, words joined by hyphens.

    Letters of every alphabet stay; all other signs separate words, but for apostrophes, which
    vanish. Measured on public addresses: Pinterest does not document its rule.
    """
    import re
    import unicodedata

    plain = unicodedata.normalize("NFKC", name).casefold()
    words = re.split(r"[\W_]+", re.sub("['\u2019`]", "", plain))
    return "-".join(word for word in words if word)


def to_datetime(moment: float | None) -> dt.datetime | None:
    """Return a time of the ads API, which is a number, as an aware datetime in UTC.

    Most of those numbers are seconds since 1970, some are milliseconds, and Pinterest's
    descriptions do not always say which: a number of 100,000,000,000 or more is milliseconds.

    Args:
        moment: for example `campaign.created_time`, which `campaign.created_at` is made of.

    Returns:
        None for None, and for what no datetime can hold.
    """
    if moment is None:
        return None
    seconds = moment / 1000 if abs(moment) >= _MOST_SECONDS else moment
    try:
        return _EPOCH + dt.timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return None
