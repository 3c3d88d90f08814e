"""Answers to writes of several things say what failed of them."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from codegen import behaviour
from pinterest_async import ItemsFailed, Pinterest, errors, models
from pinterest_async._failures import PROBLEMS, BatchMixin, Results, failures_of
from pinterest_async.emulator import Emulator
from pinterest_async.models import (
    CampaignUpdateRequest,
    CatalogsRetailItemsBatch,
    KeywordsResponse,
    ScheduleResult,
)
from tests.support.clients import client_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.scripted import Scripted


ERROR = {"code": 29, "message": "Not yours."}


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """An account with ads."""
    async with Emulator(boards=1, pins=1) as emulator:
        yield emulator


def told(answer: Any) -> list[tuple[int | None, int | None, str]]:
    """What failed, without the things themselves."""
    return [(one.index, one.code, one.message) for one in answer.failures]


async def test_a_batch_that_failed_in_part(emulator: Emulator) -> None:
    """The call returns; what failed is named with its place, and raised on request."""
    account = emulator.ad_account_id
    async with client_of(emulator) as client:
        campaign = (await client.campaigns.list(account, page_size=1))[0]
        answer = await client.campaigns.update(
            account,
            [
                CampaignUpdateRequest(id="404404", ad_account_id=account, status="PAUSED"),
                CampaignUpdateRequest(id=str(campaign.id), ad_account_id=account, status="PAUSED"),
            ],
        )
        assert (await client.campaigns.get(account, str(campaign.id))).status == "PAUSED"
        assert answer.items is not None
        (failure,) = answer.failures
        assert (failure.index, failure.item) == (0, answer.items[0])
        assert isinstance(failure.code, int)
        assert failure.message
        with pytest.raises(ItemsFailed) as raised:
            answer.raise_for_failures()
        assert raised.value.failures == answer.failures
        assert str(raised.value) == f"1 failed: [0] {failure.code} {failure.message}"
        assert raised.value.may_have_applied
        assert pickle.loads(pickle.dumps(raised.value)).failures == answer.failures  # noqa: S301
        fine = await client.campaigns.update(
            account,
            [CampaignUpdateRequest(id=str(campaign.id), ad_account_id=account, status="ACTIVE")],
        )
        assert fine.failures == ()
        fine.raise_for_failures()


async def test_a_bare_list_says_what_failed(server: Scripted) -> None:
    """Where Pinterest answers with a list, the list knows its failures, repaired or not."""
    failed = {"data": {"exceptions": {"code": 7, "message": "No such campaign."}}}
    async with Pinterest("pina_x", base_url=server.base_url) as client:
        for id_ in ("1", 1):
            server.answer([{"data": {"id": id_}}, failed])
            answer = await client.schedules.create("549755885175", [])
            assert isinstance(answer, list)
            assert isinstance(answer[0], ScheduleResult)
            assert told(answer) == [(1, 7, "No such campaign.")]
            with pytest.raises(ItemsFailed, match="No such campaign"):
                answer.raise_for_failures()
        server.answer([{"status": {"statusCode": 204}}, {"status": ERROR}])
        gone = await client.ads.delete_campaign_previews("549755885175", ad_group_ids=["1", "2"])
        assert gone is not None
        assert told(gone) == [(1, 29, "Not yours.")]
        server.answer(b"", status=204)
        assert (
            await client.ads.delete_campaign_previews("549755885175", ad_group_ids=["1"])
        ) is None


FORMS: list[Any] = [
    ("CampaignCreateResponse", {"items": [{"data": {"id": "1"}, "exceptions": []}]}, []),
    (
        "CampaignCreateResponse",
        {"items": [{"data": None, "exceptions": [ERROR, {"code": 1, "message": "Nor this."}]}]},
        [(0, 29, "Not yours.; Nor this.")],
    ),
    (
        "AdArrayResponse",
        {"items": [{"exceptions": None}, {"exceptions": ERROR}]},
        [(1, 29, "Not yours.")],
    ),
    ("ProductGroupPromotionResponse", {"items": [{"exceptions": [None]}]}, []),
    ("PromotionsResponse", {"promotions": [{"exception": ERROR}]}, [(0, 29, "Not yours.")]),
    (
        "KeywordsResponse",
        {"keywords": [{"id": "1"}], "errors": [{"error_messages": ["Too long", "Rude"]}]},
        [(None, None, "Too long; Rude")],
    ),
    ("DeleteAssetGroupResponse", {"exceptions": [ERROR]}, [(None, 29, "Not yours.")]),
    (
        "CreateAssetAccessRequestResponse",
        {"exceptions": [{"code": 1, "messages": ["a", "b"]}]},
        [(None, 1, "a; b")],
    ),
    (
        "AdvertiserDefinedEventResults",
        {"items": [{"status": "SUCCESS"}, {"status": "FAILED", "exceptions": ["Taken"]}]},
        [(1, None, "Taken")],
    ),
    (
        "ConversionApiResponse",
        {"events": [{"status": "failed", "error_message": "No time"}, {"status": "processed"}]},
        [(0, None, "No time")],
    ),
    (
        "CatalogsRetailItemsBatch",
        {
            "catalog_type": "RETAIL",
            "items": [
                {"status": "SUCCESS", "errors": [], "warnings": [{"message": "Small"}]},
                {"status": "FAILURE", "errors": [{"attribute": "price", "message": "Missing"}]},
                {"status": "FAILURE"},
            ],
        },
        [(1, None, "Missing"), (2, None, "Pinterest does not say why")],
    ),
    (
        "CreateInvitesResultsResponseArray",
        {"items": [{"exception": None, "invite": {"id": "1"}}, {"exception": ERROR}]},
        [(1, 29, "Not yours.")],
    ),
]


@pytest.mark.parametrize(("kind", "answer", "failures"), FORMS)
def test_each_form_of_an_answer(
    kind: str, answer: Any, failures: list[tuple[int | None, int | None, str]]
) -> None:
    """Wherever Pinterest puts it: one rule reads all."""
    assert told(msgspec.convert(answer, getattr(models, kind))) == failures


def test_deletions_that_failed_say_so_in_their_status() -> None:
    """An object there is an error where it has a message."""
    raw = [{"status": {"statusCode": 204}}, {"status": ERROR}]
    answer = Results(msgspec.convert(raw, list[models.CampaignAdPreviewDeletion]))
    assert told(answer) == [(1, 29, "Not yours.")]


def test_what_failed_names_the_thing() -> None:
    """Where the answer repeats it, it is there."""
    raw = {"errors": [{"data": {"id": "7", "value": "plums"}, "error_messages": ["Taken"]}]}
    (failure,) = msgspec.convert(raw, KeywordsResponse).failures
    assert failure.item.value == "plums"


def test_the_text_names_a_few() -> None:
    """Of many failures the error's text has three, and its list has all."""
    failures = tuple(errors.Failure(index, None, f"no {index}", None) for index in range(5))
    error = ItemsFailed.of(failures)
    assert str(error) == "5 failed: [0] no 0; [1] no 1; [2] no 2; and 2 more"
    assert error.failures == failures


def test_other_answers_have_no_failures() -> None:
    """A thing with a member called errors is not a batch."""
    assert failures_of(msgspec.convert({"id": "1"}, models.Pin)) == ()
    assert failures_of(None) == ()
    assert failures_of([1, "a", None]) == ()


def test_generator_and_package_agree() -> None:
    """What the generator takes for an answer about several things, the package reads as one."""
    assert frozenset(PROBLEMS) == behaviour.PROBLEMS
    batches = [
        name
        for name in dir(models)
        if isinstance(getattr(models, name), type) and issubclass(getattr(models, name), BatchMixin)
    ]
    assert len(batches) >= 20
    assert "Pin" not in batches
    assert issubclass(CatalogsRetailItemsBatch, BatchMixin)
