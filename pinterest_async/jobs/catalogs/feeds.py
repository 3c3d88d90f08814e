"""Feeds: a file at an address that fills a catalog, made or changed, and fetched soon."""

from __future__ import annotations

import datetime as dt
import re
import time
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias
from urllib.parse import urlsplit

import msgspec

from pinterest_async.errors import (
    ConnectionFailed,
    DecodeError,
    InvalidRequest,
    ServerError,
    UnprocessableRequest,
)
from pinterest_async.jobs._polling import Look, Pace, Poller, WorkFailed, patiently
from pinterest_async.jobs.catalogs.issues import FeedResult, newest_result
from pinterest_async.jobs.catalogs.places import (
    COUNTRIES,
    CURRENCIES,
    LOCALES,
    feeds_of,
    find_catalog,
    one_of,
)
from pinterest_async.models.catalog_feeds import (
    CatalogsFeedCredentialsInput,
    CatalogsFeedProcessingScheduleInput,
    CatalogsRetailFeed,
    CatalogsRetailFeedsCreateRequest,
    CatalogsRetailFeedsUpdateRequest,
)

if TYPE_CHECKING:
    from pinterest_async.client import Pinterest

FeedFormat: TypeAlias = Literal["CSV", "TSV", "XML"]

SOON: Final = dt.timedelta(minutes=5)
"""How far ahead a time has to be for Pinterest to fetch a feed at it (as WooCommerce does it)."""

_FORMATS: Final[dict[str, FeedFormat]] = {"csv": "CSV", "tsv": "TSV", "txt": "TSV", "xml": "XML"}
_PACKED: Final = re.compile(r"\.(gz|zip|bz2)$")
_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_NAME_TAKEN: Final = 4170
_NAMES: Final = 20
"""Names that are tried where others have taken them."""
_PACE: Final = Pace(first=60.0, longest=60.0, deadline=7200.0)


class FeedSync(msgspec.Struct, kw_only=True):
    """What was done with a feed."""

    feed_id: str
    """Pinterest's id of it."""
    name: str
    """Its name."""
    location: str
    """Its address."""
    created: bool
    """Whether it is new."""
    changed: list[str]
    """What of it was changed, apart from the time at which it is fetched."""
    fetch_at: dt.datetime | None
    """When Pinterest fetches it next, with its zone (UTC); None where its schedule was left."""
    waited: bool
    """Whether `result` was waited for."""
    result: FeedResult | None = None
    """What came of fetching it: this time where it was waited for, else last time. None where
    nothing has come of it yet."""

    @property
    def complete(self) -> bool:
        """Whether all went well that was waited for."""
        return not self.waited or (self.result is not None and self.result.ok)


async def sync_feed(
    client: Pinterest,
    location: str,
    *,
    country: str,
    language: str,
    catalog: str | None = None,
    name: str | None = None,
    format: FeedFormat | None = None,
    currency: str | None = None,
    availability: Literal["IN_STOCK", "OUT_OF_STOCK", "PREORDER"] | None = None,
    credentials: tuple[str, str] | None = None,
    daily_at: str | None = None,
    fetch_soon: bool = True,
    wait: bool = False,
    pace: Pace | None = None,
) -> FeedSync:
    """Have a catalog filled from a file at an address, by a feed that is made or changed.

    The feed with this address, country and language is looked for. Where there is one, it is
    switched on and changed in what is said here and differs; else it is made. Pinterest fetches a
    feed once a day; with `fetch_soon` its time of day is set five minutes ahead, which has it
    fetched then, and daily at that time.

    Args:
        client: a client of the account; needs `catalogs:read` and `catalogs:write`. The account is
            that of a business with a website that it has claimed.
        location: the address: http, https, ftp or sftp.
        country: of the items, two letters such as `US`. That of a feed cannot be changed.
        language: of the items, a locale such as `en-US`. That of a feed cannot be changed.
        catalog: the id or name of a retail catalog, for a new feed.
        name: what it is called; made of the address for a new one.
        format: of the file; told by the ending of the address where it has one.
        currency: of prices that do not name one, such as `EUR`.
        availability: of items that do not say.
        credentials: a user name and a password that the file's host asks for.
        daily_at: when to fetch it, as `04:30`, in UTC, in place of `fetch_soon`.
        fetch_soon: whether to have it fetched in five minutes.
        wait: whether to wait until it was fetched and read, for two hours at most.
        pace: how often to look then, and for how long; a look a minute by default.

    Returns:
        What was done, and what came of fetching the feed last.

    Raises:
        InvalidRequest: an argument is none that Pinterest takes.
        PinterestError: Pinterest refuses the feed, for example as the name is taken or the account
            has no claimed website.
    """
    _check(location, daily_at)
    asked: dict[str, Any] = {
        "format": format or _format_of(location),
        "name": name,
        "default_currency": currency and one_of(CURRENCIES, currency, "currency"),
        "default_availability": availability,
        "credentials": credentials and CatalogsFeedCredentialsInput(
            username=credentials[0], password=credentials[1]
        ),
    }  # fmt: skip
    where: dict[str, Any] = {
        "location": location,
        "default_country": one_of(COUNTRIES, country, "country"),
        "default_locale": one_of(LOCALES, language, "language"),
    }
    fetch_at = _fetch_at(daily_at, fetch_soon=fetch_soon)
    known = await _find(client, where)
    before = None if known is None else await newest_result(client, known.id)
    changed: list[str] = []
    if known is None:
        place = {} if catalog is None else {"catalog_id": await find_catalog(client, catalog)}
        feed = await _create(client, {**asked, **where, **place}, fetch_at)
    else:
        changes = _changes(known, asked)
        changed = sorted(changes)
        feed = await _update(client, known, changes, fetch_at)
    done = FeedSync(
        feed_id=feed.id,
        name=feed.name or "",
        location=location,
        created=known is None,
        changed=changed,
        fetch_at=fetch_at,
        waited=wait,
        result=before,
    )
    if wait:
        poller = Poller(pace or _PACE)
        done.result = await _wait(client, feed.id, before, poller)
    return done


def _check(location: str, daily_at: str | None) -> None:
    try:
        parts = urlsplit(location)
        fine = parts.scheme in ("http", "https", "ftp", "sftp") and bool(parts.hostname)
        personal = parts.username is not None
    except ValueError:
        fine = personal = False
    if personal:
        raise InvalidRequest("the address has a user name in it: pass it as credentials instead")
    if not fine:
        raise InvalidRequest(f"{location!r} is no address: http, https, ftp and sftp will do")
    if daily_at is not None and not _TIME.fullmatch(daily_at):
        raise InvalidRequest(f"daily_at must look like 04:30, not {daily_at!r}")


def _format_of(location: str) -> FeedFormat:
    path = _PACKED.sub("", urlsplit(location).path.lower())
    found = _FORMATS.get(path.rpartition(".")[2])
    if found is None:
        raise InvalidRequest("the address does not tell the format: pass format (--format), CSV, "
                             "TSV or XML")  # fmt: skip
    return found


def _fetch_at(daily_at: str | None, *, fetch_soon: bool) -> dt.datetime | None:
    """When the feed is fetched next, by the schedule that it gets; None where it gets none."""
    now = dt.datetime.fromtimestamp(time.time(), dt.UTC)
    if daily_at is not None:
        hour, minute = map(int, daily_at.split(":"))
        then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return then if then > now else then + dt.timedelta(days=1)
    if not fetch_soon:
        return None
    # Whole minutes, and not less than five of them.
    return (now + SOON + dt.timedelta(seconds=59)).replace(second=0, microsecond=0)


def _schedule(fetch_at: dt.datetime | None) -> dict[str, Any]:
    if fetch_at is None:
        return {}
    at = CatalogsFeedProcessingScheduleInput(time=f"{fetch_at:%H:%M}", timezone="Etc/UTC")
    return {"preferred_processing_schedule": at}


async def _find(client: Pinterest, where: dict[str, Any]) -> CatalogsRetailFeed | None:
    """The feed with this address, country and language."""
    wanted = (where["location"], where["default_country"], _plain(where["default_locale"]))
    async with aclosing(feeds_of(client)) as feeds:
        async for feed in feeds:
            if isinstance(feed, CatalogsRetailFeed) and wanted == (
                feed.location, feed.default_country, _plain(feed.default_locale)
            ):  # fmt: skip
                return feed
    return None


def _plain(locale: str | None) -> str:
    return (locale or "").replace("_", "-").casefold()


async def _create(
    client: Pinterest, asked: dict[str, Any], fetch_at: dt.datetime | None
) -> CatalogsRetailFeed:
    """Make a feed, under another name where the one that was made up is taken."""
    said = {name: value for name, value in asked.items() if value is not None}
    given = said.pop("name", None)
    number = 0
    while True:
        number += 1
        name = given or _name_of(asked, number)
        body = CatalogsRetailFeedsCreateRequest(name=name, **said, **_schedule(fetch_at))
        try:
            return _retail(await client.catalog_feeds.create(body))
        except UnprocessableRequest as error:
            if error.code != _NAME_TAKEN or given or number == _NAMES:
                raise
        except (ConnectionFailed, DecodeError, ServerError) as error:
            made = await _find(client, asked) if error.may_have_applied else None
            if made is None:
                raise
            return made


def _name_of(asked: dict[str, Any], number: int) -> str:
    """A name for a feed; the first names are those of the address and the place."""
    location: str = asked["location"]
    place = re.sub(r"^\w+://|[?#].*", "", location)
    name = f"{place} {asked['default_country']} {asked['default_locale']}"
    return name if number == 1 else f"{name} {number}"


def _changes(known: CatalogsRetailFeed, asked: dict[str, Any]) -> dict[str, Any]:
    """What is said and differs."""
    changes = {
        name: value
        for name, value in asked.items()
        if value is not None
        and msgspec.to_builtins(value) != msgspec.to_builtins(getattr(known, name))
    }
    return changes if known.status == "ACTIVE" else {**changes, "status": "ACTIVE"}


async def _update(
    client: Pinterest,
    known: CatalogsRetailFeed,
    changes: dict[str, Any],
    fetch_at: dt.datetime | None,
) -> CatalogsRetailFeed:
    said = {**changes, **_schedule(fetch_at)}
    if not said:
        return known

    async def send() -> CatalogsRetailFeed:
        body = CatalogsRetailFeedsUpdateRequest(**said)
        return _retail(await client.catalog_feeds.update(known.id, body))

    # To say the same twice does no harm.
    return await patiently(send, tries=4)


def _retail(feed: object) -> CatalogsRetailFeed:
    if not isinstance(feed, CatalogsRetailFeed):
        raise DecodeError("Pinterest has answered with a feed of another kind than RETAIL")
    return feed


async def _wait(
    client: Pinterest, feed_id: str, before: FeedResult | None, poller: Poller
) -> FeedResult | None:
    """The next result when it has come to its end; None, or what there is, after the deadline."""
    newest: FeedResult | None = None

    async def look() -> Look:
        nonlocal newest
        found = await newest_result(client, feed_id)
        if found is None or (before is not None and found.id == before.id):
            return Look(state="waiting", word="not fetched yet")
        newest = found
        return Look(state="waiting" if found.status == "PROCESSING" else "done", word=found.status)

    with suppress(WorkFailed):
        await poller.wait(look, time.time())
    return newest
