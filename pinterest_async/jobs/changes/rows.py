"""Rows that say what is to be changed: read from files, mappings or structs, and checked."""

from __future__ import annotations

import datetime as dt
import difflib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import msgspec
from msgspec.structs import FieldInfo, fields

from pinterest_async.jobs._rows import Unreadable, give_keys, read_file
from pinterest_async.jobs.ads.entities import STATUSES
from pinterest_async.jobs.changes.kinds import BY_NAME, KINDS, MICRO
from pinterest_async.models import (
    AdCreateRequest,
    AdGroupCreateRequest,
    AdGroupUpdateRequest,
    AdUpdateRequest,
    CampaignCreateRequest,
    CampaignUpdateRequest,
    KeywordsRequest,
    KeywordUpdate,
    ProductGroupPromotionCreateRequest,
    ProductGroupPromotionUpdateRequest,
)

if TYPE_CHECKING:
    import os

    from pinterest_async._model import Model
    from pinterest_async.jobs.changes.kinds import AdKind, Kind
    from pinterest_async.jobs.changes.report import AdChangeState

AdChanges: TypeAlias = "str | os.PathLike[str] | Iterable[Mapping[str, Any] | Model]"
"""The path of a `.csv`, `.jsonl` or `.ndjson` file, or mappings, or the structs of requests."""

LEAST: Final = 10_000
"""The least amount in millionths: below a hundredth of a unit, it was meant in units."""

_STRUCTS: Final[Mapping[type, AdKind]] = {
    CampaignCreateRequest: "campaign",
    CampaignUpdateRequest: "campaign",
    AdGroupCreateRequest: "ad_group",
    AdGroupUpdateRequest: "ad_group",
    AdCreateRequest: "ad",
    AdUpdateRequest: "ad",
    KeywordUpdate: "keyword",
}
_LISTS: Final[Mapping[type, tuple[AdKind, str]]] = {
    KeywordsRequest: ("keyword", "keywords"),
    ProductGroupPromotionCreateRequest: ("product_group", "product_group_promotion"),
    ProductGroupPromotionUpdateRequest: ("product_group", "product_group_promotion"),
}
"""Structs of several things in one parent: their kind, and the member that lists them."""

_OWN: Final = frozenset({"kind", "key", "id", "ad_account_id"})
_TIMES: Final = frozenset({"start_time", "end_time"})
_DIGITS: Final = re.compile(r"\d+")
_PLACE: Final = re.compile(r" - at `\$(?P<path>[^`]*)`")


@dataclass(eq=False)
class Change:
    """One row on its way: as it was read, and what has become of it."""

    line: int
    kind: Kind | None = None
    key: str = ""
    id: str = ""
    """What it changes; what it has made, once it has."""
    is_new: bool = True
    said: dict[str, Any] = field(default_factory=dict[str, Any])
    """What is to be sent, by Pinterest's names, without ids."""
    parent: str = ""
    """What the row says of what it is in: an id, or the key or name of another row."""
    parent_kind: AdKind | None = None
    """What that is, where the column tells."""
    parent_id: str = ""
    """Its id, as soon as there is one."""
    parent_row: Change | None = None
    """The row that makes it."""
    problems: list[str] = field(default_factory=list[str])
    before: dict[str, Any] = field(default_factory=dict[str, Any])
    """What there is of that id, as Pinterest lists it."""
    equals: frozenset[str] = frozenset()
    """Ids of what was there before it was sent, and could be taken for what it makes."""
    state: AdChangeState = "planned"
    error: str | None = None
    code: int | None = None
    sends: int = 0

    @property
    def what(self) -> Kind:
        """Its kind, which a row that is not bad has.

        Raises:
            ValueError: it has none.
        """
        if self.kind is None:
            raise ValueError(f"line {self.line} has no kind")
        return self.kind

    @property
    def name(self) -> str | None:
        """What people know it by."""
        for member in ("name", "value", "catalog_product_group_name", "catalog_product_group_id"):
            found = self.said.get(member) or self.before.get(member)
            if found:
                return str(found)
        return None

    def judge(self) -> None:
        """Be bad where there are problems."""
        if self.problems:
            self.fail("bad", "; ".join(self.problems))

    def fail(self, state: AdChangeState, error: str, code: int | None = None) -> None:
        """Say that it is not done, and why."""
        self.state, self.error, self.code = state, error, code


def read_changes(changes: AdChanges, ad_account_id: str) -> list[Change]:
    """Read and check all rows. Blocks: call it in a thread.

    Args:
        changes: a file, or mappings, or structs.
        ad_account_id: the ad account, which rows may name and no other.

    Raises:
        ConfigurationError: the name of the file does not tell its form.
        OSError: the file cannot be read.
    """
    if isinstance(changes, Iterable) and not isinstance(changes, str):
        numbered = _numbered(changes)
    else:
        numbered = read_file(Path(changes))
    read = [_read(line, row, ad_account_id) for line, row in numbered]
    give_keys(read, _content)
    _find_parents(read)
    _find_doubles(read)
    for row in read:
        if row.kind is not None and row.is_new:
            check_keyword(row)
        row.judge()
    return read


def _numbered(changes: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """Mappings and structs, those of several things taken apart."""
    for number, one in enumerate(changes, 1):
        if type(one) in _STRUCTS:
            yield number, {"kind": _STRUCTS[type(one)], **msgspec.to_builtins(one)}
        elif type(one) in _LISTS:
            kind, member = _LISTS[type(one)]
            shared = msgspec.to_builtins(one)
            for item in shared.pop(member):
                yield number, {"kind": kind, **shared, **item}
        else:
            yield number, one


def _read(line: int, given: Any, ad_account_id: str) -> Change:
    row = Change(line)
    if isinstance(given, Unreadable):
        row.problems.append(given.problem)
        return row
    if not isinstance(given, Mapping):
        row.problems.append("it is no mapping of names to values")
        return row
    values = _named(row, cast("Mapping[object, Any]", given))
    row.key = str(values.pop("key", "") or "").strip()
    row.kind = _kind(row, values.pop("kind", None))
    if row.kind is None:
        return row
    _take_id(row, values.pop("id", None))
    account = values.pop("ad_account_id", None)
    if account is not None and str(account) != ad_account_id:
        row.problems.append(f"ad_account_id {account} is not the ad account {ad_account_id}")
    _take_parent(row, values)
    _take_amounts(row, values)
    for name, value in values.items():
        _take(row, name, value)
    _check(row)
    return row


def _named(row: Change, given: Mapping[object, Any]) -> dict[str, Any]:
    """The cells by name. Upper and lower case do not count, and blanks are underscores."""
    values: dict[str, Any] = {}
    for name, value in given.items():
        plain = re.sub(r"[\s-]+", "_", str(name).strip().lower())
        if plain in values:
            row.problems.append(f"{plain} is given twice")
        elif value != "":
            values[plain] = value
    return values


def _kind(row: Change, said: object) -> Kind | None:
    plain = re.sub(r"[\s_-]+", "", str(said or "").lower())
    singular = re.sub(r"(promotion)?s?$", "", plain)
    for kind in KINDS:
        if singular == kind.name.replace("_", ""):
            return kind
    if said is None:
        row.problems.append(f"kind is missing: one of {', '.join(BY_NAME)}")
    else:
        row.problems.append(f"kind {said!r} is none of {', '.join(BY_NAME)}")
    return None


def _take_id(row: Change, said: Any) -> None:
    if said is None:
        return
    row.id = str(said).strip()
    row.is_new = False
    if not _DIGITS.fullmatch(row.id):
        row.problems.append(f"id {row.id!r} is no id: digits alone; leave it out to make a new one")


def _take_parent(row: Change, values: dict[str, Any]) -> None:
    kind = row.what
    if not kind.parent:
        return
    columns: dict[str, AdKind | None] = {kind.parent: None, **kind.columns}
    given = [name for name in columns if values.get(name) is not None]
    if len(given) > 1:
        row.problems.append(f"{' and '.join(given)} say the same: give one")
    for name in given:
        row.parent = str(values.pop(name)).strip()
        row.parent_kind = columns[name] or (kind.parents[0] if len(kind.parents) == 1 else None)
    if not given and row.is_new:
        row.problems.append(f"{kind.parent} is missing: an id, or the key or name of another row")


def _take_amounts(row: Change, values: dict[str, Any]) -> None:
    """Turn units of the currency into the millionths that are sent."""
    for column, member in row.what.amounts.items():
        if column not in values:
            continue
        if member in values:
            row.problems.append(f"{column} and {member} say the same: give one")
        value = values.pop(column)
        if _is_null(value):
            values[member] = None
            continue
        try:
            amount = Decimal(str(value).strip())
        except InvalidOperation:
            row.problems.append(f"{column} {value!r} is no amount, such as 20 or 20.50")
            continue
        micro = amount * MICRO if amount.is_finite() else Decimal("0.5")
        if micro != int(micro):
            row.problems.append(f"{column} {value!r} is no amount, such as 20 or 20.50")
        else:
            values[member] = int(micro)


def _take(row: Change, name: str, value: Any) -> None:
    kind = row.what
    model = kind.create if row.is_new else kind.update
    known = {one.encode_name: one for one in fields(model)}
    member = known.get(name)
    if name in _OWN or member is None or name == kind.parent:
        row.problems.append(_unknown(row, name, known))
        return
    if kind.name == "keyword" and name == "bid":
        row.problems.append("bid: Pinterest does not set one for a keyword any more")
        return
    try:
        value = _prepared(name, value, member)
        converted = msgspec.convert(value, member.type, strict=not isinstance(value, str))
        row.said[name] = msgspec.to_builtins(converted)
    except (ValueError, msgspec.ValidationError) as error:
        row.problems.append(_PLACE.sub("", f"{name} {value!r}: {error}"))
    except TypeError:
        # msgspec reads no unions of structs without tags; the client checks those before it sends.
        row.said[name] = value


def _prepared(name: str, value: Any, member: FieldInfo) -> Any:
    """Read what a cell of CSV can only say as text.

    Raises:
        ValueError: it is not what it should be.
    """
    if name in _TIMES:
        return _moment(value)
    nullable = type(None) in getattr(member.type, "__args__", ())
    if isinstance(value, str):
        value = value.strip()
        if nullable and _is_null(value):
            return None
        if value[:1] in ("[", "{"):
            return json.loads(value)
        return value.upper() if name == "status" else value
    if isinstance(value, int) and not isinstance(value, bool) and name.endswith("_id"):
        return str(value)
    return value


def _is_null(value: object) -> bool:
    return value is None or (isinstance(value, str) and value.strip().lower() == "null")


def _moment(value: Any) -> int | None:
    """Read seconds since 1970, a day, or a time with its zone."""
    if _is_null(value):
        return None
    if isinstance(value, dt.datetime):
        moment = value
    elif isinstance(value, dt.date):
        moment = dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)
    elif isinstance(value, int) or str(value).strip().isdecimal():
        return int(value)
    else:
        text = str(value).strip()
        day = re.fullmatch(r"\d{4}-\d\d-\d\d", text)
        try:
            moment = dt.datetime.fromisoformat(f"{text}T00:00:00+00:00" if day else text)
        except ValueError:
            raise ValueError(
                "a day in UTC such as 2026-12-01, a time with its zone, or seconds since 1970"
            ) from None
    if moment.tzinfo is None:
        raise ValueError("a time needs its zone, such as 2026-12-01T08:00:00+01:00")
    return int(moment.timestamp())


def _unknown(row: Change, name: str, known: Iterable[str]) -> str:
    kind = row.what
    parents = [kind.parent, *kind.columns] if kind.parent else []
    names = [*known, *kind.amounts, *parents]
    near = difflib.get_close_matches(name, names, n=1)
    hint = f": did you mean {near[0]}?" if near else ""
    does = "be made with" if row.is_new else "be given"
    return f"{name}: {'an' if kind.noun[0] == 'a' else 'a'} {kind.noun} cannot {does} that{hint}"


# Rules that no single member breaks


def _check(row: Change) -> None:
    kind, said = row.what, row.said
    if row.is_new:
        needed = [one.encode_name for one in fields(kind.create) if one.required]
        own = {"ad_account_id", kind.parent}
        for name in (*needed, *kind.needs):
            if name not in own and said.get(name) in (None, "") and not _was_judged(row, name):
                row.problems.append(f"{name} is missing")
        if kind.has_status:
            said.setdefault("status", "PAUSED")
    elif not said and not row.problems:
        row.problems.append("it changes nothing: give what is to be changed")
    status = said.get("status")
    if status is not None and status not in STATUSES:
        near = difflib.get_close_matches(str(status), STATUSES, n=1)
        hint = f": did you mean {near[0]}?" if near else ""
        row.problems.append(f"status {status!r} is none of {', '.join(STATUSES)}{hint}")
    for name in kind.micro:
        amount = said.get(name)
        if amount is not None and amount < LEAST:
            units = next((one for one, of in kind.amounts.items() if of == name), None)
            advice = f"; {units} takes units" if units else ""
            row.problems.append(
                f"{name} {amount} is {Decimal(amount) / MICRO:f} of the currency: it is in "
                f"millionths, {LEAST} at least{advice}"
            )
    _check_together(row)


def _was_judged(row: Change, name: str) -> bool:
    return any(problem.startswith(f"{name} ") for problem in row.problems)


def _check_together(row: Change) -> None:
    said = row.said
    if said.get("daily_spend_cap") is not None and said.get("lifetime_spend_cap") is not None:
        row.problems.append("a campaign has a daily or a lifetime budget, not both")
    if row.is_new and said.get("budget_type") == "LIFETIME" and said.get("end_time") is None:
        row.problems.append("a lifetime budget needs an end_time")
    start, end = said.get("start_time"), said.get("end_time")
    if start is not None and end is not None and end <= start:
        row.problems.append("end_time is not after start_time")


# Rows among themselves


def _content(row: Change) -> str:
    kind = row.kind.name if row.kind is not None else ""
    return json.dumps([kind, row.id, row.parent, row.said], sort_keys=True)


def _find_parents(rows: list[Change]) -> None:
    """Tell ids from names of other rows, and find those."""
    known: dict[tuple[str, str], list[Change]] = {}
    for row in rows:
        if row.kind is not None:
            names = {row.key, str(row.said.get("name", ""))} if row.is_new else {row.key}
            for name in names:
                known.setdefault((row.kind.name, name), []).append(row)
    for row in rows:
        if not row.parent or row.kind is None:
            continue
        if _DIGITS.fullmatch(row.parent):
            row.parent_id = row.parent
            continue
        kinds = [row.parent_kind] if row.parent_kind else row.kind.parents
        found = [one for kind in kinds for one in known.get((kind, row.parent), ())]
        nouns = " or ".join(str(kind).replace("_", " ") for kind in kinds)
        if len(found) != 1:
            many = "several rows" if found else "no row"
            row.problems.append(
                f"{row.parent!r} is the key or name of {many} of kind {nouns}: give an id, or a "
                "key of its own to the row that is meant"
            )
            continue
        row.parent_row = found[0]
        row.parent_kind = found[0].what.name
        row.parent_id = found[0].id


def check_keyword(row: Change) -> None:
    """See whether a keyword may be in what it is to be in, as soon as that is known."""
    excludes = str(row.said.get("match_type", "")).endswith("_NEGATIVE")
    if row.what.name == "keyword" and row.parent_kind == "campaign" and not excludes:
        row.problems.append(
            "a campaign takes keywords to exclude alone: EXACT_NEGATIVE or PHRASE_NEGATIVE"
        )


def _find_doubles(rows: list[Change]) -> None:
    counted = Counter((row.kind.name, row.id) for row in rows if row.kind is not None and row.id)
    for row in rows:
        if row.kind is not None and counted[row.kind.name, row.id] > 1:
            row.problems.append(f"several rows change {row.id}: put it into one")
