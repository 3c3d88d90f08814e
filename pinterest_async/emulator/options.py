"""The options of the emulator that belong together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinterest_async.emulator.state.apps import REDIRECT_URIS

if TYPE_CHECKING:
    from collections.abc import Collection

    from pinterest_async.emulator.state.limits import HeaderForm, WindowKind
    from pinterest_async.emulator.state.paging import LastBookmark


@dataclass(frozen=True, kw_only=True)
class LimitOptions:
    """How rate limits are counted and told.

    Args:
        windows: `fixed` ones aligned to the clock, or `sliding` ones.
        headers: their form: `named` and `unnamed` windows, a plain `integer`, `absent`.
    """

    windows: WindowKind = "fixed"
    headers: HeaderForm = "named"


@dataclass(frozen=True, kw_only=True)
class PagingOptions:
    """How lists are cut into pages.

    Args:
        last_bookmark: how the end of a list is told: `null`, `missing` or `empty`.
        empty_pages: whether an empty page with a live bookmark follows each full one.
    """

    last_bookmark: LastBookmark = "null"
    empty_pages: bool = False


@dataclass(frozen=True, kw_only=True)
class LoginOptions:
    """How users log in, and what the app gets of it.

    Args:
        redirect_uris: where the authorize page may send users back to.
        auto_approve: whether the authorize page says yes at once, as tests without a browser need
            it; otherwise it shows a button.
        refresh_grace: seconds after its first use for which a refresh token can be used again.
        old_app: whether the app is from before 2025-09-25: its refresh tokens are renewed only
            when it asks for `continuous_refresh`.

    Raises:
        ValueError: what should be an address has no scheme, so that no login comes back.
    """

    redirect_uris: Collection[str] = REDIRECT_URIS
    auto_approve: bool = False
    refresh_grace: float = 10.0
    old_app: bool = False

    def __post_init__(self) -> None:
        # A text alone would be taken for its letters.
        for uri in self.redirect_uris:
            if "://" not in uri:
                raise ValueError(
                    "a redirect address is one such as http://localhost:8080/callback, unlike "
                    f"{uri!r}"
                )


@dataclass(frozen=True, kw_only=True)
class Ports:
    """The ports beside that of the API; 0 takes a free one.

    Args:
        sandbox: of the sandbox.
        files: of the host that takes uploads and gives pictures and downloads.
    """

    sandbox: int = 0
    files: int = 0


LIMIT_OPTIONS = LimitOptions()
PAGING_OPTIONS = PagingOptions()
LOGIN_OPTIONS = LoginOptions()
PORTS = Ports()
