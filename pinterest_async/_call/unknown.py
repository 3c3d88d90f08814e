"""Members of a response that nothing would be told of: found only where somebody asks for them."""

from __future__ import annotations

import json
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, TypeGuard

import msgspec

from pinterest_async._call.decoding import PageBody, is_list, is_mapping
from pinterest_async._model import Model

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_OF_PAGES: Final = frozenset(
    {"items", "bookmark", "total_data_count", "total_data_count_by_status"}
)
"""What is declared for pages. The counts stand beside a business member's assets alone."""


def unknown_members(body: bytes, value: object, rejected: Collection[int] = ()) -> Counter[str]:
    """Return the members of a response that its value has no place for, and how often each came.

    They are named by their place, for example `$.media.images.{}.blurhash`: `{}` stands for every
    key of an object without a model, `[]` for every place of a list. No value and no such key is
    in it. What is no model is not looked into: a type of the caller's own reads what it declares.

    Args:
        body: the response as it came; nothing is found in what is no JSON.
        value: what was made of it, a `PageBody` of a page.
        rejected: the places of a page's items that are not in the value.
    """
    try:
        tree = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Counter()
    if not _is_page(value):
        return Counter(_beyond(tree, value, "$"))
    items = value.items
    if not is_mapping(tree) or not all(isinstance(item, Model) for item in items):
        return Counter()
    raw = tree.get("items")
    kept = [item for at, item in enumerate(raw) if at not in rejected] if is_list(raw) else []
    beside = (f"$.{name}" for name in tree if name not in _OF_PAGES)
    return Counter(chain(beside, _beyond(kept, items, "$.items")))


def repeated_members(body: bytes) -> Counter[str]:
    """Return the members that stand more than once in one object, and in how many objects.

    Of such members the last is read, as most readers of JSON do. They are named by their place, as
    `$.items[].title`. The response is read by another decoder, which tells of them and takes three
    times as long; nothing is found in what is no JSON.

    Args:
        body: the response as it came.
    """
    try:
        tree = json.loads(body, object_pairs_hook=_Members)
        return Counter(_repeated(tree, "$"))
    except (ValueError, RecursionError):
        return Counter()


class _Members(dict[str, Any]):
    """An object, and the names that stand in it more than once."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.repeated: list[str] = []
        if len(pairs) > len(self):
            names = Counter(name for name, _ in pairs)
            self.repeated += (name for name, times in names.items() if times > 1)


def _repeated(tree: Any, place: str) -> Iterator[str]:
    if isinstance(tree, _Members):
        yield from (f"{place}.{name}" for name in tree.repeated)
        for name, part in tree.items():
            yield from _repeated(part, f"{place}.{name}")
    elif is_list(tree):
        for part in tree:
            yield from _repeated(part, f"{place}[]")


def _is_page(value: object) -> TypeGuard[PageBody[Any]]:
    return isinstance(value, PageBody)


def _beyond(raw: Any, value: Any, place: str) -> Iterator[str]:
    if is_mapping(raw):
        if isinstance(value, Model):
            yield from _beyond_model(raw, value, place)
        elif is_mapping(value):
            for key, part in value.items():
                yield from _beyond(raw.get(key), part, f"{place}.{{}}")
    # A list that lost elements in repair does not say which.
    elif is_list(raw) and is_list(value) and len(raw) == len(value):
        for part, read in zip(raw, value, strict=True):
            yield from _beyond(part, read, f"{place}[]")


def _beyond_model(raw: dict[str, Any], value: Model, place: str) -> Iterator[str]:
    names = dict(zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True))
    tag = value.__struct_config__.tag_field
    for name, part in raw.items():
        if name in names:
            yield from _beyond(part, getattr(value, names[name]), f"{place}.{name}")
        elif name != tag:
            yield f"{place}.{name}"
