"""What a download of pictures says of itself, while it runs and at its end."""

from __future__ import annotations

import msgspec


class ImageFailure(msgspec.Struct, kw_only=True, frozen=True):
    """A picture that was not downloaded."""

    pin_id: str
    """The Pin that it belongs to."""
    url: str | None
    """The address that was tried last; None where there was none to try."""
    reason: str
    """What happened, in one line."""


class ImagesReport(msgspec.Struct, kw_only=True):
    """The figures of a download; the `progress` callback sees them grow."""

    pins: int = 0
    """Pins that were looked at."""
    downloaded: int = 0
    """Pictures that were fetched and now stand in the folder."""
    present: int = 0
    """Pictures that stood there already, and pictures of Pins that came a second time."""
    without_image: int = 0
    """Pins that have no picture: Pinterest sent no media with them."""
    bytes: int = 0
    """What was fetched, in bytes."""
    slowed: int = 0
    """How often the host of the pictures refused everything, and was given a rest."""
    failures: list[ImageFailure] = msgspec.field(default_factory=list[ImageFailure])
    """Pictures that were not downloaded; a later run tries them again."""
    stopped: str | None = None
    """Why the download was given up before its end; None when every Pin was looked at."""
    seconds: float = 0.0
    """How long it took; 0 while it runs."""

    @property
    def complete(self) -> bool:
        """Whether every picture of every Pin stands in the folder."""
        return not self.failures and self.stopped is None
