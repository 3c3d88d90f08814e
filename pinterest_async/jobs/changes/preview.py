"""What a row would do, in words for whoever decides: amounts, what spends, what is for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinterest_async.jobs.ads.columns import money
from pinterest_async.jobs.changes.kinds import NO_WAY_BACK
from pinterest_async.jobs.changes.report import AdChange, AdMoney

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinterest_async.jobs.changes.rows import Change


def told(row: Change, currency: str | None) -> AdChange:
    """Return what the report says of a row.

    Args:
        row: as it stands.
        currency: the ad account's.
    """
    kind = row.kind
    return AdChange(
        line=row.line,
        key=row.key,
        kind=None if kind is None else kind.name,
        action="create" if row.is_new else "update",
        state=row.state,
        id=row.id or None,
        name=row.name,
        parent_id=row.parent_id or None,
        says=dict(row.said),
        before={name: row.before[name] for name in row.said if name in row.before},
        money=[] if kind is None else list(_money(row, currency)),
        spends=kind is not None and _spends(row),
        irreversible=list(_irreversible(row)),
        notes=[] if kind is None else list(_notes(row)),
        error=row.error,
        code=row.code,
    )


def changes_nothing(row: Change) -> bool:
    """Whether all that a row says is so already."""
    return not row.is_new and all(
        name in row.before and row.before[name] == value for name, value in row.said.items()
    )


def _money(row: Change, currency: str | None) -> Iterator[AdMoney]:
    for name in row.what.micro:
        if name in row.said:
            before = row.before.get(name)
            yield AdMoney(
                member=name,
                micro=row.said[name],
                amount=money(row.said[name]),
                micro_before=before,
                amount_before=money(before),
                currency=currency,
            )


def _spends(row: Change) -> bool:
    status: Any = row.said.get("status", row.before.get("status"))
    if row.said.get("status") == "ACTIVE":
        return row.before.get("status") != "ACTIVE" or _raises(row)
    if status in ("PAUSED", *NO_WAY_BACK):
        return False
    if row.what.name == "keyword":
        # One more to show ads for, where it is none to exclude, and not in what is made paused.
        parent = row.parent_row
        runs = parent is None or parent.said.get("status") == "ACTIVE"
        excludes = str(row.said.get("match_type", "")).endswith("_NEGATIVE")
        return row.is_new and runs and not excludes
    return _raises(row)


def _raises(row: Change) -> bool:
    """Whether it sets an amount higher than it is, or takes its limit away."""
    return any(
        row.said[name] is None or row.said[name] > (row.before.get(name) or 0)
        for name in row.what.micro
        if name in row.said
    )


def _irreversible(row: Change) -> Iterator[str]:
    status = row.said.get("status")
    if status in NO_WAY_BACK and row.before.get("status") != status:
        yield f"{status}: count on it that there is no way back"
    if row.is_new and "objective_type" in row.said and status != "DRAFT":
        yield "its objective stays: that of a draft alone can be changed"
    if row.said.get("archived") is True:
        yield "an archived keyword is as good as deleted, and no list shows it any more"


def _notes(row: Change) -> Iterator[str]:
    if row.is_new and row.equals:
        where = f" in {row.parent_id}" if row.parent_id else ""
        yield f"there is one like it{where} already: {', '.join(sorted(row.equals))}"
    if row.before.get("status") in NO_WAY_BACK:
        yield f"it is {row.before['status']}"
    if not row.is_new and row.what.name == "keyword":
        yield "what there is now is not known: keywords cannot be asked for by id"
