"""Responses into values: cached decoders, and the repair of a response that does not fit its type.

The good path is one strict msgspec decode. Only when that fails is the response read once more,
without a type, and repaired. msgspec names the place that does not fit; the value there is turned
into what is expected where that loses nothing ("7" for 7), otherwise left out, and so on until the
whole fits or the bound is reached. A value that is left out makes an optional field None; where the
field is required, the object that holds it is the next to go. A list loses single elements, never
itself for one of them. Listings are repaired item by item, and an item beyond repair is set aside
with its JSON.
"""

from __future__ import annotations

import contextlib
import functools
import math
import re
from types import NoneType
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    Generic,
    Self,
    TypeGuard,
    TypeVar,
    get_args,
    get_origin,
)

import msgspec

from pinterest_async.errors import DecodeError
from pinterest_async.hooks import Repair

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")

# Each repair converts the value anew, so a hopeless one must not hold up the event loop.
_MAX_REPAIRS: Final = 200
# Bytes of JSON that the repairs of one response may read anew, all together.
_MAX_REREAD: Final = 8 * 1024 * 1024
# Items of one page that are looked at more closely; Pinterest sends 250 at most.
_MAX_REPAIRED_ITEMS: Final = 2000
_GIVEN_UP: Final = "its repair was given up at the bound of work"

# What msgspec raises for bytes that are no JSON, or JSON that no value can hold.
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_PLACE = re.compile(r" - at `(?:key` in `)?(\$.*)`$")
_EXPECTED = re.compile(r"^Expected `([^`]+)`, got `")
_INDEX = re.compile(r"\[(\d+)\]")
_ANY_KEY: Final = "[...]"
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_DIGITS = re.compile(r"-?\d{1,18}")

# Responses of these operations carry tokens or upload parameters, which no error may hold.
_SECRET_RESPONSES: Final = (
    "oauth/",
    "system_user/",
    "media/create",
    "customer_list_uploads/",
    "ad_groups_dynamic_titles/",
)


class PageBody(msgspec.Struct, Generic[T], gc=False):
    """The response of a listing, as it comes."""

    items: list[T]
    bookmark: str | None = None


class Rejected(msgspec.Struct, frozen=True):
    """An item of a page that could not be read."""

    index: int
    """Its place in the page as it came, counted from 0."""
    raw: bytes
    """Its JSON, byte for byte."""
    path: str
    """Where in the item it does not fit, for example `$.media`."""
    reason: str
    """What was expected there and what was found, without the value."""


@functools.cache
def decoder_for(expected: Any) -> msgspec.json.Decoder[Any]:
    """Return the strict decoder of a type, made once."""
    return msgspec.json.Decoder(expected)


@functools.cache
def page_decoder_for(item: Any) -> msgspec.json.Decoder[PageBody[Any]]:
    """Return the strict decoder of a page of a type, made once."""
    return msgspec.json.Decoder(PageBody[item])


def accepts_none(expected: Any) -> bool:
    """Whether an empty body is a response of this type."""
    return expected is None or expected is Any or NoneType in get_args(expected)


def decode(expected: Any, body: bytes, *, operation: str, strict: bool) -> tuple[Any, list[Repair]]:
    """Return `body` as the type `expected`, and what had to be repaired.

    Args:
        expected: the type; None takes any body and gives None.
        body: the response as it came.
        operation: the operation's id, for the error.
        strict: whether to raise instead of repairing.

    Raises:
        DecodeError: it is not JSON, or does not fit and cannot be repaired.
    """
    if expected is None or (not body and accepts_none(expected)):
        return None, []
    if not body and get_origin(expected) is dict and get_args(expected)[1] is Any:
        # Declared without content: what comes is taken as it is, and so is nothing.
        return {}, []
    try:
        return decoder_for(expected).decode(body), []
    except _UNREADABLE as error:
        if strict:
            raise decode_error(operation, body, str(error)) from None
    repairs: list[Repair] = []
    try:
        tree = _tree(body, repairs)
    except _BeyondRepairError as error:
        raise decode_error(operation, body, error.message) from None
    work = _Work(len(body))
    origin, arguments = get_origin(expected), get_args(expected)
    try:
        if origin is list and is_list(tree):
            elements = enumerate(tree)
            return [
                value
                for _, value in _repair_each(
                    elements, arguments[0], repairs, work.shared(len(tree))
                )
            ], repairs
        if origin is dict and arguments[0] is str and is_mapping(tree):
            return dict(
                _repair_each(tree.items(), arguments[1], repairs, work.shared(len(tree)))
            ), repairs
        return _repair(tree, expected, repairs, work), repairs
    except _BeyondRepairError as error:
        raise decode_error(operation, body, error.message) from None


def decode_page(
    item: Any, body: bytes, *, operation: str, strict: bool
) -> tuple[PageBody[Any], list[Rejected], list[Repair]]:
    """Return `body` as a page of `item`, the items set aside, and what had to be repaired.

    Raises:
        DecodeError: it is not JSON, or not a page; with `strict`, also when an item does not fit.
    """
    try:
        return page_decoder_for(item).decode(body), [], []
    except _UNREADABLE as error:
        message = str(error)
    if strict:
        raise decode_error(operation, body, message)
    repairs: list[Repair] = []
    try:
        fields, raw_items = _parts(body, repairs)
    except (*_UNREADABLE, KeyError):
        raise decode_error(operation, body, message) from None
    if raw_items is None:
        repairs.append(Repair("$.items", dropped=True, reason="Expected `array`, got `null`"))
    rejected: list[Rejected] = []
    items = list(_repair_items(raw_items or [], item, rejected, repairs))
    bookmark = _bookmark(fields.get("bookmark"), repairs)
    return PageBody(items, bookmark), rejected, repairs


def place_and_reason(message: str) -> tuple[str, str]:
    """Take msgspec's message apart: the path, and what was expected there, without values."""
    match = _PLACE.search(message)
    if match is None:
        return "$", _QUOTED.sub("…", message)
    return match[1], _QUOTED.sub("…", message[: match.start()])


def decode_error(operation: str, body: bytes, message: str) -> DecodeError:
    """Return the error about a response that does not fit, of msgspec's message or one like it."""
    path, reason = place_and_reason(message)
    if not body:
        reason = "it is empty"
    return DecodeError(
        f"{operation}: the response cannot be read at {path}: {reason}",
        operation=operation,
        path=path,
        body=b"" if operation.startswith(_SECRET_RESPONSES) else body,
    )


def _parts(body: bytes, repairs: list[Repair]) -> tuple[dict[str, bytes], list[bytes] | None]:
    """Split a page into its members and its items, unread; what is no sound JSON stays in its item.

    Raises:
        KeyError: it is no page.
    """
    if body.count(b'"items"') > 1:
        return _split(body, repairs)
    try:
        fields = decoder_for(dict[str, msgspec.Raw]).decode(body)
        raw_items = decoder_for(list[msgspec.Raw] | None).decode(fields["items"])
    except _UNREADABLE:
        return _split(body, repairs)
    whole = {name: bytes(value) for name, value in fields.items() if name != "items"}
    return whole, None if raw_items is None else [bytes(raw) for raw in raw_items]


def _split(body: bytes, repairs: list[Repair]) -> tuple[dict[str, bytes], list[bytes] | None]:
    from pinterest_async._call.mending import LONGEST, split_array, split_object

    found = split_object(body) if len(body) <= LONGEST else None
    if found is None:
        raise KeyError("items")
    members, more = found
    if more:
        reason = "what came after the end was left out"
        repairs.append(Repair("$", dropped=True, reason=reason))
    lists = [value for name, value in members if name == "items"]
    arrays = [split_array(value) for value in lists if value != b"null"]
    if not lists or None in arrays:
        raise KeyError("items")
    return dict(members), [raw for array in arrays for raw in array or ()] if arrays else None


def _repair_items(
    raw_items: list[bytes], item: Any, rejected: list[Rejected], repairs: list[Repair]
) -> Iterator[Any]:
    strict_decode = decoder_for(item).decode
    work, left = _Work(0), _MAX_REPAIRED_ITEMS
    for index, raw in enumerate(raw_items):
        try:
            value = strict_decode(raw)
        except _UNREADABLE:
            left -= 1
            if left < 0:
                rejected.append(Rejected(index, raw, "$", _GIVEN_UP))
                continue
            made: list[Repair] = []
            try:
                work.size = len(raw)
                value = _repair(_tree(raw, made), item, made, work)
            except _BeyondRepairError as error:
                path, reason = place_and_reason(error.message)
                rejected.append(Rejected(index, raw, path, reason))
                continue
            repairs.extend(_below(f"$.items[{index}]", repair) for repair in made)
        yield value


def _bookmark(raw: bytes | None, repairs: list[Repair]) -> str | None:
    try:
        value: Any = None if raw is None else msgspec.json.decode(raw)
    except _UNREADABLE:
        repairs.append(Repair("$.bookmark", dropped=True, reason="it cannot be read"))
        return None
    if value is None or isinstance(value, str):
        return value
    number = type(value) is int
    found = "int" if number else type(value).__name__
    reason = f"Expected `str | null`, got `{found}`"
    repairs.append(Repair("$.bookmark", dropped=not number, reason=reason))
    return str(value) if number else None


def _repair_each(
    entries: Any, expected: Any, repairs: list[Repair], work: _Work
) -> Iterator[tuple[Any, Any]]:
    """Repair the members of a list or a mapping one by one; leave out those beyond repair."""
    for key, value in entries:
        at = _member(key)
        made: list[Repair] = []
        try:
            yield key, _repair(value, expected, made, work)
        except _BeyondRepairError as error:
            _, reason = place_and_reason(error.message)
            repairs.append(Repair(f"${at}", dropped=True, reason=reason))
        else:
            repairs.extend(_below(f"${at}", repair) for repair in made)


def _below(place: str, repair: Repair) -> Repair:
    return msgspec.structs.replace(repair, path=place + repair.path[1:])


def _member(key: int | str) -> str:
    return f"[{key}]" if isinstance(key, int) else f"[{key!r}]"


class _BeyondRepairError(Exception):
    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class _Work:
    """How much the repairs of one response may still read anew."""

    def __init__(self, size: int) -> None:
        self.size = size
        """Bytes of the value in hand."""
        self._left = _MAX_REREAD

    def shared(self, parts: int) -> _Work:
        """Count each of so many parts with its share of the size."""
        self.size //= max(parts, 1)
        return self

    def spend(self) -> None:
        """Count one reading of the value in hand."""
        if self._left <= 0:
            raise _BeyondRepairError(_GIVEN_UP)
        self._left -= self.size


class _Place(msgspec.Struct):
    """A value inside a tree: `parent[key]`."""

    parent: Any
    key: Any
    path: str


def _tree(body: bytes, repairs: list[Repair]) -> Any:
    """Read `body` without a type, mended where it is no sound JSON."""
    try:
        return msgspec.json.decode(body)
    except _UNREADABLE as error:
        message = str(error)
    from pinterest_async._call.mending import LONGEST, mends

    if len(body) > LONGEST:
        raise _BeyondRepairError(_GIVEN_UP)
    made: list[Repair] = []
    for mended, repair in mends(body):
        made.append(repair)
        try:
            tree = msgspec.json.decode(mended)
        except _UNREADABLE as error:
            message = str(error)
        else:
            repairs.extend(made)
            return tree
    raise _BeyondRepairError(message)


def _repair(tree: Any, expected: Any, repairs: list[Repair], work: _Work) -> Any:
    """Return `tree`, which is changed on the way, as the type `expected`."""
    repairing = _Repairing(tree, expected, work)
    for _ in range(_MAX_REPAIRS):
        message = repairing.fault()
        if message is None:
            break
        path, reason = place_and_reason(message)
        place = repairing.locate(path)
        if place is None:
            raise _BeyondRepairError(message)
        repairs.append(repairing.fix(place, message, reason))
    try:
        value = msgspec.convert(tree, expected, str_keys=True)
    except (msgspec.ValidationError, RecursionError) as error:
        raise _BeyondRepairError(str(error)) from None
    if repairing.fractions:
        _put_fractions(tree, value)
    return value


class _Fraction(int):
    """Stands for a number that is no integer where one is declared: it carries meaning as it is."""

    number: float

    def __new__(cls, number: float) -> Self:
        """Cut the fraction off, and keep it beside."""
        whole = super().__new__(cls, number)
        whole.number = number
        return whole


def _put_fractions(tree: Any, value: Any) -> None:
    """Put the fractions in `tree` where they stand in `value`, which was made of it."""
    if is_list(tree):
        entries: Iterable[tuple[Any, Any]] = enumerate(tree)
    elif is_mapping(tree):
        entries = tree.items()
    else:
        return
    names: dict[str, str] = {}
    if isinstance(value, msgspec.Struct):
        names = dict(zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True))
    elif not (is_list(value) or is_mapping(value)):
        return
    parts: Any = value
    for key, part in entries:
        if isinstance(value, msgspec.Struct):
            if key not in names:
                continue
            if isinstance(part, _Fraction):
                msgspec.structs.force_setattr(value, names[key], part.number)
            else:
                _put_fractions(part, getattr(value, names[key]))
        elif isinstance(part, _Fraction):
            parts[key] = part.number
        else:
            _put_fractions(part, parts[key])


class _Repairing:
    """One tree on its way to fit a type."""

    def __init__(self, tree: Any, expected: Any, work: _Work) -> None:
        self._work = work
        self._tree = tree
        self._expected = expected
        self.fractions = False
        # For lists that lost elements: the places that those left had at first. The list itself is
        # kept beside them, so that no other can come by its identity.
        self._first_places: dict[int, tuple[list[Any], list[int]]] = {}

    def fault(self) -> str | None:
        """Return msgspec's message about the first value that does not fit, None when all do."""
        self._work.spend()
        try:
            msgspec.convert(self._tree, self._expected, str_keys=True)
        except msgspec.ValidationError as error:
            return str(error)
        except RecursionError as error:
            raise _BeyondRepairError(str(error)) from None
        return None

    def locate(self, path: str) -> _Place | None:
        """Find the value that msgspec's `path` names; None for the tree itself."""
        narrowed: list[tuple[dict[str, Any], dict[str, Any]]] = []
        try:
            return self._walk(path, narrowed)
        finally:
            for node, entries in narrowed:
                node.clear()
                node.update(entries)

    def _walk(
        self, path: str, narrowed: list[tuple[dict[str, Any], dict[str, Any]]]
    ) -> _Place | None:
        node: Any = self._tree
        rest, shown = path[1:], "$"
        place: _Place | None = None
        while rest:
            if rest.startswith(_ANY_KEY) and is_mapping(node):
                key: Any = self._first_bad_key(node, path)
                rest = rest[len(_ANY_KEY) :]
                # With the other entries out of the way, what comes after is about this one alone.
                narrowed.append((node, dict(node)))
                value = node[key]
                node.clear()
                node[key] = value
                shown += _member(key)
            elif (match := _INDEX.match(rest)) and is_list(node):
                key = int(match[1])
                rest = rest[match.end() :]
                shown += f"[{self._first_place(node, key)}]"
            elif rest.startswith(".") and is_mapping(node):
                key = _longest_key(node, rest[1:])
                if key is None:
                    return None
                rest = rest[1 + len(key) :]
                shown += f".{key}"
            else:
                return None
            place = _Place(node, key, shown)
            node = node[key]
        return place

    def _first_bad_key(self, node: dict[str, Any], path: str) -> str:
        """Find which entry of `node` the fault at `path` is about: msgspec does not name it."""
        entries = list(node.items())
        good, bad = 0, len(entries)
        while bad - good > 1:
            middle = (good + bad) // 2
            node.clear()
            node.update(entries[:middle])
            message = self.fault()
            if message is not None and place_and_reason(message)[0] == path:
                bad = middle
            else:
                good = middle
        node.clear()
        node.update(entries)
        return entries[bad - 1][0]

    def fix(self, place: _Place, message: str, reason: str) -> Repair:
        """Turn the value into what is expected, or leave it out."""
        parent: Any = place.parent
        value = parent[place.key]
        turned = _turned(value, message)
        if turned is not None:
            parent[place.key] = turned
            self.fractions = self.fractions or isinstance(turned, _Fraction)
            return Repair(place.path, dropped=False, reason=reason)
        if is_list(parent):
            untouched = (parent, list(range(len(parent))))
            _, first_places = self._first_places.setdefault(id(parent), untouched)
            first_places.pop(place.key)
        parent.pop(place.key)
        return Repair(place.path, dropped=True, reason=reason)

    def _first_place(self, elements: list[Any], index: int) -> int:
        known = self._first_places.get(id(elements))
        return index if known is None else known[1][index]


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Whether it is a list."""
    return isinstance(value, list)


def is_mapping(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether it is a dictionary."""
    return isinstance(value, dict)


def _longest_key(node: dict[str, Any], rest: str) -> str | None:
    fitting = [key for key in node if rest == key or rest.startswith((f"{key}.", f"{key}["))]
    return max(fitting, key=len, default=None)


def _turned(value: Any, message: str) -> Any:
    """Return `value` as one of the expected types if that loses nothing, else None."""
    match = _EXPECTED.match(message)
    expected = match[1].split(" | ") if match else []
    if type(value) is int and "str" in expected:
        return str(value)
    if type(value) is float and "int" in expected:
        return int(value) if value.is_integer() else _Fraction(value)
    return _read(value.strip(), expected) if type(value) is str else None


def _read(text: str, expected: list[str]) -> bool | int | float | None:
    if "bool" in expected and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if "int" in expected and _DIGITS.fullmatch(text):
        return int(text)
    if "float" in expected or ("int" in expected and "." in text):
        with contextlib.suppress(ValueError):
            number = float(text)
            if math.isfinite(number):
                return number if "float" in expected else _Fraction(number)
    return None
