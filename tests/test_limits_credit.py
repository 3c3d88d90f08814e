"""Calls that go on credit: the same as calls that are each looked at, in less time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinterest_async.errors import RateLimitTooLong
from pinterest_async.limits import LimitPolicy, LocalLimits
from pinterest_async.rate_limit import RateLimit, Window, read_rate_limit
from tests.limits_world import KEY, Server, admit, finish, in_virtual_time, limits, now

if TYPE_CHECKING:
    from pinterest_async.limits import Admission, LimitKey

AT_ONCE = LimitPolicy(on_limit="raise")
ALL = Window(12, 1.0, "universal")
WINDOWS = {KEY: [Window(40, 10.0), ALL], KEY._replace(category="ads_read"): [Window(25, 5.0), ALL]}
KEYS = list(WINDOWS)

Step = tuple[Literal["call", "answer", "rest", "stranger"], float]
"""What happens, and for how many seconds, or in which of the two categories."""
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["call", "call", "call", "answer", "answer"]), st.just(0.0)),
        st.tuples(st.just("rest"), st.sampled_from([0.01, 0.2, 1.1, 5.0])),
        st.tuples(st.sampled_from(["stranger", "call"]), st.just(0.0)),
    ),
    min_size=40,
    max_size=120,
)


@st.composite
def walks(draw: st.DrawFn) -> list[Step]:
    """An even walk, with some calls on their way at a time, pauses, and now and then strangers."""
    gap = draw(st.sampled_from([0.11, 0.25, 0.3, 0.4, 0.7]))
    others = draw(st.sampled_from([0, 2, 5]))
    steps: list[Step] = [("call", 0.0)] * draw(st.integers(0, 4))
    for event in draw(st.lists(st.integers(0, 30), min_size=60, max_size=150)):
        which = 1.0 if others and event % others == 0 else 0.0
        rest = {1: 0.01, 2: 2.0, 3: 6.0}.get(event, gap)
        steps.extend((("call", which), ("answer", 0.0), ("rest", rest)))
        strangers = {28: 1, 29: 3, 30: 8}.get(event, 0)
        steps.extend(("stranger", which) for _ in range(strangers))
    return steps


async def _tell_alike(steps: list[Step], kind: Literal["fixed", "sliding"]) -> int:
    """Play the same story to a limiter that may give credit and to one that is never asked to."""
    categories = {key.category: windows for key, windows in WINDOWS.items()}
    quick, careful = LocalLimits(limits=categories), LocalLimits(limits=categories)
    servers = [Server(windows, kind=kind, headers="named") for windows in WINDOWS.values()]
    servers[1].stamps[1] = servers[0].stamps[1]  # the window of all categories
    under_way: list[tuple[Admission, Admission, bool, RateLimit | None]] = []
    on_credit = 0

    async def attempt(
        limiter: LocalLimits, key: LimitKey, *, may_be_quick: bool
    ) -> Admission | None:
        try:
            if may_be_quick:
                return await admit(limiter, key, AT_ONCE)
            return await limiter.admit(key, AT_ONCE)
        except RateLimitTooLong:
            return None

    # The first second, in which the universal window is not known yet, is no matter of credit.
    first_second: list[Step] = [("call", 0.0), ("call", 1.0), ("answer", 0.0), ("answer", 0.0)]
    for step, number in [*first_second, ("rest", 1.1), *steps]:
        which = int(number)
        if step == "rest":
            await asyncio.sleep(number)
        elif step == "stranger":
            servers[which].handle(now())
        elif step == "answer" and under_way:
            first, second, refused, told = under_way.pop(len(under_way) // 2)
            quick.observe(first, told, refused=refused)
            careful.observe(second, told, refused=refused)
        elif step == "call":
            one = await attempt(quick, KEYS[which], may_be_quick=True)
            other = await attempt(careful, KEYS[which], may_be_quick=False)
            assert (one is None) == (other is None)
            if one is not None and other is not None:
                on_credit += getattr(one, "on_credit", False)
                refused, headers = servers[which].handle(now())
                under_way.append((one, other, refused, read_rate_limit(headers, 0.0)))
    for stands, should_stand in zip(quick.snapshot(), careful.snapshot(), strict=True):
        assert (stands.used, stands.remaining) == (should_stand.used, should_stand.remaining)
        assert stands.windows == should_stand.windows
    return on_credit


@given(steps=STEPS | walks(), kind=st.sampled_from(["fixed", "sliding"]))
@settings(max_examples=300, deadline=None)
def test_credit_changes_nothing(steps: list[Step], kind: Literal["fixed", "sliding"]) -> None:
    """Whatever happens, a call is let go on credit just when it would be let go without."""
    # Refused pauses are made longer by chance, and would part the two.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("random.uniform", min)
        in_virtual_time(_tell_alike(steps, kind))


def test_nearly_every_call_of_a_calm_walk_goes_on_credit() -> None:
    """One call after the other, once its windows are known, is hardly ever looked at."""

    async def story() -> int:
        steps: list[Step] = [("call", 0.0), ("answer", 0.0), ("rest", 0.3)] * 200
        return await _tell_alike(steps, "sliding")

    assert in_virtual_time(story()) > 160


def test_a_stranger_ends_the_credit_with_the_first_answer_that_tells_of_him() -> None:
    """When somebody else spends as well, the next call is looked at again."""

    async def story() -> tuple[Admission | None, Admission | None]:
        limiter = limits(Window(40, 10.0))
        listed = (Window(40, 10.0),)
        for left in range(39, 30, -1):
            await finish(limiter, RateLimit(listed, 40, left, 9.0))
        before = limiter.admit_at_once(KEY, now())
        assert before is not None
        limiter.observe(before, RateLimit(listed, 40, 20, 9.0))
        return before, limiter.admit_at_once(KEY, now())

    before, after = in_virtual_time(story())
    assert before is not None
    assert after is None


def test_credit_is_shared_between_categories() -> None:
    """Calls of two categories never come to more than the window of all allows."""

    async def story() -> int:
        universal = Window(10, 60.0, "universal")
        own, other = (Window(100, 60.0, name) for name in ("org_read", "ads_read"))
        limiter = LocalLimits(limits={"org_read": [own, universal], "ads_read": [other, universal]})
        keys = [KEY, KEY._replace(category="ads_read")]
        told = {
            key: RateLimit((window, Window(10, 60.0, "safety_net")), 10, 9, 50.0)
            for key, window in zip(keys, (own, other), strict=True)
        }
        for key in keys:
            admission = await admit(limiter, key)
            limiter.observe(admission, told[key])
        await asyncio.sleep(61)  # what others may have spent before is of the past now
        for _ in range(20):
            for key in keys:
                limiter.admit_at_once(key, now())
        return limiter.snapshot()[0].used

    assert in_virtual_time(story()) == 10


def test_credit_that_was_not_used_is_given_back() -> None:
    """A call on credit that was never sent leaves the books as they were."""

    async def story() -> list[int]:
        limiter = limits(Window(40, 10.0))
        listed = (Window(40, 10.0),)
        for left in (39, 38):
            await finish(limiter, RateLimit(listed, 40, left, 9.0))
        admission = limiter.admit_at_once(KEY, now())
        assert admission is not None
        spent = limiter.snapshot()[0].used
        admission.release()
        admission.release()
        return [spent, limiter.snapshot()[0].used]

    assert in_virtual_time(story()) == [3, 2]


def test_every_account_has_a_credit_of_its_own() -> None:
    """Of many accounts whose calls go in turns, each one's books hold just its own calls."""

    async def story() -> list[int]:
        window = Window(40, 10.0)
        limiter = LocalLimits(limits={"org_read": [window]})
        keys = [KEY._replace(account=str(number)) for number in range(50)]
        listed = (window,)
        for turn in range(1, 6):
            for key in keys:
                admission = await admit(limiter, key)
                limiter.observe(admission, RateLimit(listed, 40, 40 - turn, 9.0))
        return [budget.used for budget in limiter.snapshot()]

    assert in_virtual_time(story()) == [5] * 50
