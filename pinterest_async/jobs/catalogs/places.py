"""Which catalog, country and language a job is about, and whether a feed fills it."""

from __future__ import annotations

import difflib
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast, get_args

from pinterest_async.errors import Conflict, InvalidRequest
from pinterest_async.models import enums
from pinterest_async.models.catalog_feeds import CatalogsRetailFeed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from pinterest_async.client import Pinterest
    from pinterest_async.models.catalog_feeds import CatalogsFeed

COUNTRIES: Final[tuple[str, ...]] = get_args(enums.Country)
CURRENCIES: Final[tuple[str, ...]] = get_args(enums.NullableCurrency)
LANGUAGES: Final[tuple[str, ...]] = get_args(enums.CatalogsItemsRequestLanguage)
LOCALES: Final[tuple[str, ...]] = get_args(enums.CatalogsLocale)
_NO_CATALOG: Final = 4182
"""What Pinterest says where there is no catalog yet."""


class Place(NamedTuple):
    """Where items are."""

    catalog: dict[str, Any]
    """The argument that names the catalog; empty for Pinterest's choice."""
    country: enums.Country
    language: enums.CatalogsItemsRequestLanguage

    @property
    def scope(self) -> str:
        """The same in words."""
        catalog = self.catalog.get("catalog_id", "by default")
        return f"the catalog {catalog} for {self.country} in {self.language}"


async def find_place(
    client: Pinterest,
    catalog: str | None,
    country: enums.Country,
    language: enums.CatalogsItemsRequestLanguage,
) -> Place:
    """Check country and language, and find the catalog.

    Raises:
        InvalidRequest: there is no such country, language or catalog.
        PinterestError: the catalogs cannot be listed.
    """
    return Place(
        {} if catalog is None else {"catalog_id": await find_catalog(client, catalog)},
        cast("enums.Country", one_of(COUNTRIES, country, "country")),
        cast("enums.CatalogsItemsRequestLanguage", one_of(LANGUAGES, language, "language")),
    )


def one_of(words: Sequence[str], given: str, name: str) -> str:
    """The word that is meant, whatever its capitals.

    Raises:
        InvalidRequest: there is none.
    """
    plain = given.strip().replace("_", "-").casefold()
    by_plain = {word.casefold(): word for word in reversed(words)}
    if given in words:
        return given
    if plain in by_plain:
        return by_plain[plain]
    stem = plain.partition("-")[0]
    near = [stem] if stem in by_plain else difflib.get_close_matches(plain, by_plain, n=1)
    hint = f", did you mean {by_plain[near[0]]}?" if near else ""
    raise InvalidRequest(f"Pinterest has no {name} {given!r}{hint}")


async def find_catalog(client: Pinterest, catalog: str) -> str:
    """The id of a retail catalog, by its id or name.

    Raises:
        InvalidRequest: there is none of that name.
        PinterestError: the catalogs cannot be listed.
    """
    if catalog.isdecimal():
        return catalog
    found = [one async for one in client.catalogs.list() if one.catalog_type == "RETAIL"]
    ids = [str(one.id) for one in found if one.name == catalog]
    if len(ids) == 1:
        return ids[0]
    named = ", ".join(f"{one.name} ({one.id})" for one in found) or "none"
    several = "several retail catalogs are" if ids else "no retail catalog is"
    raise InvalidRequest(f"{several} called {catalog!r}; there are: {named}")


async def feeds_of(
    client: Pinterest, catalog_id: str | None = None
) -> AsyncGenerator[CatalogsFeed, None]:
    """The feeds of the account, or of one catalog; none where there is no catalog yet.

    Raises:
        PinterestError: the feeds cannot be listed.
    """
    try:
        async with aclosing(aiter(client.catalog_feeds.list(catalog_id=catalog_id))) as feeds:
            async for feed in feeds:
                yield feed
    except Conflict as error:
        if error.code != _NO_CATALOG:
            raise


async def has_feed(client: Pinterest) -> bool:
    """Whether an active feed fills a retail catalog of the account, so that UPSERT is refused.

    Raises:
        PinterestError: the feeds cannot be listed.
    """
    async with aclosing(feeds_of(client)) as feeds:
        async for feed in feeds:
            if isinstance(feed, CatalogsRetailFeed) and feed.status == "ACTIVE":
                return True
    return False
