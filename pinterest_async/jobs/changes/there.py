"""What an ad account holds of what is to be changed: read before, and looked at after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pinterest_async.errors import NotFound
from pinterest_async.jobs.changes.kinds import BY_NAME, alike
from pinterest_async.jobs.changes.rows import check_keyword

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

    from pinterest_async.client import Pinterest
    from pinterest_async.jobs.changes.kinds import AdKind, Kind
    from pinterest_async.jobs.changes.rows import Change
    from pinterest_async.paging import Pager

Thing = dict[str, Any]

_IDS: Final = 100
"""Ids of one query: 250 are allowed, and would make an address of 5,000 characters."""


class There:
    """Reads what is there, in as few calls as its lists allow.

    Args:
        client: a client of the account.
        ad_account_id: the ad account.
    """

    def __init__(self, client: Pinterest, ad_account_id: str) -> None:
        self._client = client
        self._account = ad_account_id

    async def read(self, rows: Sequence[Change]) -> None:
        """Find what rows change and what they put something into; note what is not there.

        Afterwards each row knows what it changes, and which things, by then, look like what it
        would make.
        """
        good = [row for row in rows if row.state != "bad"]
        for kind in (BY_NAME["campaign"], BY_NAME["ad_group"]):
            await self._find_parents(kind, [one for one in good if _names(one, kind)])
        for kind in BY_NAME.values():
            await self._find_changed([one for one in good if one.kind is kind and not one.is_new])
            new = [one for one in good if one.kind is kind and one.is_new]
            await self.find_alike([one for one in new if one.parent_id or not kind.parent])
        for row in good:
            row.judge()

    async def by_id(self, kind: Kind, ids: Iterable[str]) -> dict[str, Thing]:
        """Return the things of these ids that there are."""
        found: dict[str, Thing] = {}
        for some in _portions(sorted(set(ids))):
            async for one in _things(self._by_id(kind, some)):
                found[str(one.get("id"))] = one
        return found

    async def find_alike(self, rows: Sequence[Change]) -> None:
        """Note for each new thing, all of one kind, what is there already and looks like it."""
        if not rows:
            return
        listed = await self.inside(rows[0].what, {row.parent_id for row in rows})
        for row in rows:
            row.equals = frozenset(
                str(one.get("id"))
                for one in listed.get(row.parent_id, ())
                if alike(row.what, row.said, one)
            )

    async def inside(self, kind: Kind, parents: Iterable[str]) -> dict[str, list[Thing]]:
        """Return the things of a kind, by what they are in: the ad account itself is ""."""
        found: dict[str, list[Thing]] = {}
        async for one in self._inside(kind, sorted(set(parents))):
            parent = str(one.get(kind.parent)) if kind.parent else ""
            found.setdefault(parent, []).append(one)
        return found

    async def _find_parents(self, kind: Kind, rows: list[Change]) -> None:
        """See which ids that rows put something into are of this kind."""
        found = await self.by_id(kind, {row.parent_id for row in rows})
        for row in rows:
            if row.parent_id in found:
                if row.parent_kind is None:
                    row.parent_kind = kind.name
                    check_keyword(row)
            elif row.parent_kind or kind.name == row.what.parents[0]:
                row.problems.append(f"there is no {kind.noun} {row.parent_id} in this ad account")
                row.judge()

    async def _find_changed(self, rows: list[Change]) -> None:
        # Keywords are listed by what they are in alone.
        if not rows or rows[0].what.name == "keyword":
            return
        kind = rows[0].what
        found = await self.by_id(kind, {row.id for row in rows})
        for row in rows:
            if row.id not in found:
                row.problems.append(f"there is no {kind.noun} {row.id} in this ad account")
                continue
            row.before = found[row.id]
            parent = str(row.before.get(kind.parent) or "")
            if row.parent_id and row.parent_id != parent:
                row.problems.append(f"it is in {parent}, and cannot be moved to {row.parent_id}")
            row.parent_id = parent

    def _by_id(self, kind: Kind, ids: list[str]) -> Pager[Any]:
        client, account = self._client, self._account
        statuses: list[Any] = list(kind.statuses)
        if kind.name == "campaign":
            return client.campaigns.list(account, campaign_ids=ids, entity_statuses=statuses)
        if kind.name == "ad_group":
            return client.ad_groups.list(account, ad_group_ids=ids, entity_statuses=statuses)
        if kind.name == "ad":
            return client.ads.list(account, ad_ids=ids, entity_statuses=statuses)
        return client.product_group_promotions.list(
            account, product_group_promotion_ids=ids, entity_statuses=statuses
        )

    async def _inside(self, kind: Kind, parents: list[str]) -> AsyncIterator[Thing]:
        client, account = self._client, self._account
        statuses: list[Any] = list(kind.statuses)
        if kind.name in ("keyword", "product_group"):
            for parent in parents:
                for one in await self._of_one(kind, parent):
                    yield one
            return
        if kind.name == "campaign":
            pagers: list[Pager[Any]] = [client.campaigns.list(account, entity_statuses=statuses)]
        elif kind.name == "ad_group":
            pagers = [
                client.ad_groups.list(account, campaign_ids=some, entity_statuses=statuses)
                for some in _portions(parents)
            ]
        else:
            pagers = [
                client.ads.list(account, ad_group_ids=some, entity_statuses=statuses)
                for some in _portions(parents)
            ]
        for pager in pagers:
            async for one in _things(pager):
                yield one

    async def _of_one(self, kind: Kind, parent: str) -> list[Thing]:
        """What one parent holds; of a keyword's, it is not always known what it is."""
        client, account = self._client, self._account
        if kind.name == "product_group":
            statuses: list[Any] = list(kind.statuses)
            listed = client.product_group_promotions.list(
                account, ad_group_id=parent, entity_statuses=statuses
            )
            return [one async for one in _things(listed)]
        for asked in (
            client.keywords.list(account, ad_group_id=parent),
            client.keywords.list(account, campaign_id=parent),
        ):
            try:
                found = [one async for one in _things(asked)]
            except NotFound:
                continue
            if found:
                return found
        return []


def _names(row: Change, kind: Kind) -> bool:
    """Whether a row puts something new into what may be of this kind, and is there already."""
    return (
        row.is_new
        and bool(row.parent_id)
        and row.parent_row is None
        and kind.name in _kinds_of_parent(row)
    )


def _kinds_of_parent(row: Change) -> Sequence[AdKind]:
    return [row.parent_kind] if row.parent_kind else row.what.parents


def _portions(ids: Sequence[str]) -> Iterator[list[str]]:
    for first in range(0, len(ids), _IDS):
        yield list(ids[first : first + _IDS])


async def _things(pager: Pager[Any]) -> AsyncIterator[Thing]:
    """The items of a listing as plain values."""
    async for one in pager.read_as(dict[str, Any]):
        yield one
