"""The kinds of things that can be changed, as data: what they take, and what they are in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from pinterest_async.jobs.ads.entities import STATUSES
from pinterest_async.models import (
    AdCreateRequest,
    AdGroupCreateRequest,
    AdGroupUpdateRequest,
    AdUpdateRequest,
    CampaignCreateRequest,
    CampaignUpdateRequest,
    KeywordsCommon,
    KeywordUpdate,
    ProductGroupPromotionInput,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinterest_async._model import Model
    from pinterest_async.models.enums import EntityStatus

AdKind: TypeAlias = Literal["campaign", "ad_group", "ad", "keyword", "product_group"]

BATCH: Final = 30
"""The most things of one call. Pinterest: create campaigns, ad groups, ads."""
MICRO: Final = 1_000_000
"""Millionths of a unit, which money is told in. Pinterest: create campaigns."""

NO_WAY_BACK: Final = frozenset({"ARCHIVED", "DELETED_DRAFT"})
"""What a thing is set to for good."""


class Kind(NamedTuple):
    """A kind of things."""

    name: AdKind
    bulk: str
    """What a bulk upsert calls several of them."""
    create: type[Model]
    update: type[Model]
    parent: str = ""
    """The member with the id of what one is in; empty for campaigns, which are in the account."""
    parents: tuple[AdKind, ...] = ()
    """What that can be."""
    columns: Mapping[str, AdKind | None] = {}
    """Names that the column of the parent can have besides, and the kind that each tells."""
    amounts: Mapping[str, str] = {}
    """Columns that take units of the currency, and the members that these are millionths of."""
    micro: tuple[str, ...] = ()
    """Members in millionths."""
    has_status: bool = True
    """Whether one is active, paused or archived by its `status`."""
    needs: tuple[str, ...] = ()
    """Members that a new one needs although its type does not say so."""
    statuses: tuple[EntityStatus, ...] = STATUSES
    """What to list, so that nothing is hidden."""

    @property
    def noun(self) -> str:
        """What a sentence calls one."""
        return self.name.replace("_", " ")


KINDS: Final[tuple[Kind, ...]] = (
    Kind(
        "campaign",
        "campaigns",
        CampaignCreateRequest,
        CampaignUpdateRequest,
        amounts={"daily_budget": "daily_spend_cap", "lifetime_budget": "lifetime_spend_cap"},
        micro=(
            "daily_spend_cap", "lifetime_spend_cap", "default_ad_group_budget_in_micro_currency",
        ),
    ),
    Kind(
        "ad_group",
        "ad_groups",
        AdGroupCreateRequest,
        AdGroupUpdateRequest,
        parent="campaign_id",
        parents=("campaign",),
        columns={"parent": None, "parent_id": None, "campaign": "campaign"},
        amounts={"budget": "budget_in_micro_currency", "bid": "bid_in_micro_currency"},
        micro=("budget_in_micro_currency", "bid_in_micro_currency"),
    ),
    Kind(
        "ad",
        "ads",
        AdCreateRequest,
        AdUpdateRequest,
        parent="ad_group_id",
        parents=("ad_group",),
        columns={"parent": None, "parent_id": None, "ad_group": "ad_group"},
    ),
    Kind(
        "keyword",
        "keywords",
        KeywordsCommon,
        KeywordUpdate,
        parent="parent_id",
        parents=("ad_group", "campaign"),
        columns={
            "parent": None,
            "campaign": "campaign", "campaign_id": "campaign",
            "ad_group": "ad_group", "ad_group_id": "ad_group",
        },
        has_status=False,
        statuses=(),
    ),
    Kind(
        "product_group",
        "product_groups",
        ProductGroupPromotionInput,
        ProductGroupPromotionInput,
        parent="ad_group_id",
        parents=("ad_group",),
        columns={"parent": None, "ad_group": "ad_group"},
        amounts={"bid": "bid_in_micro_currency"},
        micro=("bid_in_micro_currency",),
        needs=("catalog_product_group_id",),
    ),
)  # fmt: skip
"""All of them, parents first."""

BY_NAME: Final[Mapping[str, Kind]] = {kind.name: kind for kind in KINDS}


def alike(kind: Kind, said: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether a thing that is there may be the one that these words made, both in one parent.

    Pinterest takes no key that would tell a repeated request from a new one: what people know a
    thing by has to do.
    """
    same: tuple[str, ...] = ("name",)
    if kind.name == "keyword":
        same = ("value", "match_type")
    elif kind.name == "product_group":
        same = ("catalog_product_group_id",)
    elif kind.name == "ad":
        # Pinterest may name an ad that came without a name.
        same = ("pin_id", "name") if said.get("name") else ("pin_id",)
    return all(_plain(said.get(name)) == _plain(other.get(name)) for name in same)


def _plain(value: object) -> str:
    return " ".join(str(value).split()).casefold()
