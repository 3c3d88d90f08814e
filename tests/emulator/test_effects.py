"""What one operation writes, others show: over all operations of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async.emulator import ManualClock
from pinterest_async.operations import OPERATIONS
from tests.support.descriptions import GENERATED_FROM
from tests.support.emulator_api import small
from tests.support.emulator_requests import NOW, places, send, wanted, with_organic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinterest_async.operations import Operation
    from tests.support.emulator_api import Api

READS = frozenset(
    {
        "advanced_auction_items_get/post",
        "catalogs_local_inventory_items/post",
        "items/post",
        "products_by_product_group_filter/list",
    }
)
"""POSTs that only read, and show what others write."""

NOTHING_WRITTEN = frozenset(
    {
        "ad_groups/audience_sizing",
        "ad_groups_bid_floor/get",
        "ad_previews/create",
        "get_campaign_delivery_estimates",
    }
)
"""POSTs that compute an answer."""

KNOWN_BY_NAME = frozenset(
    {
        "analytics/create_conversion_product_report",
        "analytics/create_mmm_report",
        "analytics/create_report",
        "analytics/create_template_report",
        "bulk_download/create",
        "customer_list_uploads/create",
        "leads_export/create",
        "oauth/conversion_token",
        "reports/create",
    }
)
"""What they start or make is reached by the name in their answer alone: see the tests of jobs."""

NEVER_SHOWN = frozenset(
    {
        "brand_accounts/create",
        "brand_accounts/update",
        "integrations_logs/post",
        "labels/apply",
        "labels/remove",
        "lead_form_test/create",  # but exports of leads hold it
        "msot_events/create",
        "notification/post",
    }
)
"""Pinterest has no operation that shows what these write."""

VARIANTS = 3
"""Bodies that are tried; one may say what is the case already."""

FIRST = (
    "bulk_upsert/create",
    "business_members_asset_access/delete",
    "delete_partner_asset_access_handler_impl",
    "advertiser_defined_events/delete",
)
LAST = ("pins/delete", "board_sections/delete", "boards/delete", "sandbox/delete")

ALSO: dict[str, dict[str, str]] = {
    "business_assets/get": {"asset_type": "ASSET_GROUP"},
    "business_account_audiences_shared_accounts/list": {"account_type": "BUSINESS_ACCOUNT"},
    "get/business_members": {"fetch_system_users": "true"},
    "get/invites": {"is_member": "false"},
    "keywords/get": {"ad_group_id": "{ad_group_id}"},
}
"""What is read once more, with these parameters; a name in braces stands for an id."""

ELSEWHERE = {
    "audience_sharing": "audiences",
    "bulk": "campaigns",
    "conversion_events": "conversion_eqs",
    "catalog_local_inventory": "catalog_supplemental",
}
"""Resources whose writes are shown by the operations of another one as well."""


def in_order() -> list[Operation]:
    """The operations that write: what creates, `FIRST`, what deletes, and what holds others."""
    ids = [
        one.id
        for one in OPERATIONS.values()
        if one.http_method != "GET" and not one.form and one.id not in READS
    ]
    ids = [one for one in ids if one not in (*FIRST, *LAST)]
    ids.sort(key=lambda one: OPERATIONS[one].http_method == "DELETE")
    creating = [one for one in ids if OPERATIONS[one].http_method != "DELETE"]
    return [OPERATIONS[one] for one in (*creating, *FIRST, *ids[len(creating) :], *LAST)]


def readers(resource: str) -> Iterator[Operation]:
    """The operations that may show what one of a resource writes."""
    resources = {resource, ELSEWHERE.get(resource, resource)}
    for one in OPERATIONS.values():
        reads = one.http_method == "GET" or one.id in READS
        if reads and one.resource in resources and one.id not in CHANGING:
            yield one


CHANGING = frozenset({"ad_groups_dynamic_titles/get_upload_url"})
"""A GET that gives another answer each time."""


async def shown(client: Api, ids: dict[str, str], resource: str) -> list[Any]:
    """What the operations of a resource show."""
    answers: list[Any] = []
    for operation in readers(resource):
        for also in ({}, ALSO.get(operation.id)):
            if also is not None:
                request = wanted(operation.id, ids)
                more = {name: value.format_map(ids) for name, value in also.items()}
                request.query = [*{**dict(request.query), **more}.items()]
                if operation.page_size_max:
                    request.query.append(("page_size", str(operation.page_size_max)))
                answers.append((operation.id, (await send(client, request)).raw))
    return answers


@pytest.mark.skipif(not GENERATED_FROM.exists(), reason="no description to ask by")
async def test_what_is_written_is_shown() -> None:
    """Each create, update and delete changes what an operation of its resource shows."""
    unseen: set[str] = set()
    options = {
        "enforce_limits": False,
        "clock": ManualClock(NOW),
        "job_seconds": 0.0,
    }
    async with small(boards=5, pins=80, **options) as client:
        ids = await with_organic(client, places(client.emulator))
        for operation in in_order():
            before = await shown(client, ids, operation.resource)
            for variant in range(VARIANTS):
                answer = await send(client, wanted(operation.id, ids, variant))
                assert variant or answer.status < 300, (operation.id, answer)
                if before != await shown(client, ids, operation.resource):
                    break
            else:
                unseen.add(operation.id)
    assert unseen == NOTHING_WRITTEN | KNOWN_BY_NAME | NEVER_SHOWN
