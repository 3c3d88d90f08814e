"""Responses to writes of several things: what failed of them, by one rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinterest_async.errors import Failure

T = TypeVar("T")

PROBLEMS: Final = ("exceptions", "exception", "errors", "error_messages", "error_message")
"""Where an entry of a response says what went wrong with it, or a response what went wrong with
some of its entries."""
_FAILED: Final = frozenset({"FAILED", "FAILURE"})


class BatchMixin:
    """What a response to a write of several things can say beyond its fields."""

    __slots__ = ()

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What Pinterest did not do of what it was asked, in the order of the response."""
        return failures_of(self)

    def raise_for_failures(self) -> None:
        """Raise if anything failed.

        Raises:
            ItemsFailed: something did; its `failures` say what.
        """
        raise_for(self)


class Results(list[T], BatchMixin):
    """What became of several things, in the order in which they were sent."""

    __slots__ = ()


def failures_of(response: object) -> tuple[Failure, ...]:
    """Return what failed; nothing where a response is not about several things."""
    if isinstance(response, list):
        return tuple(_failed_entries(cast("list[object]", response)))
    if not isinstance(response, BatchMixin):
        return ()
    failed: list[Failure] = []
    for name, value in _members(response):
        if not isinstance(value, list):
            continue
        entries = cast("list[object]", value)
        if name in PROBLEMS:
            failed += (_failure(None, [entry], _subject(entry)) for entry in entries if entry)
        else:
            failed += _failed_entries(entries)
    return tuple(failed)


def raise_for(response: object) -> None:
    """Raise `ItemsFailed` if anything in a response failed."""
    failures = failures_of(response)
    if failures:
        from pinterest_async.errors import ItemsFailed

        raise ItemsFailed.of(failures)


def _failed_entries(entries: list[object]) -> Iterator[Failure]:
    for index, entry in enumerate(entries):
        members = dict(_members(entry))
        # Some responses have what went wrong beside the data, and some within.
        problems = _problems(members) or _problems(dict(_members(members.get("data"))))
        if problems or str(members.get("status")).upper() in _FAILED:
            yield _failure(index, problems, entry)


def _problems(members: dict[str, object]) -> list[object]:
    found: list[object] = []
    for name in (*PROBLEMS, "status"):
        value = members.get(name)
        if name == "status" and not isinstance(value, msgspec.Struct):
            # A word, which says whether something went wrong and not what.
            continue
        several = cast("list[object]", value) if isinstance(value, list) else [value]
        found += [problem for problem in several if problem and any(_said(problem))]
    return found


def _said(problem: object) -> tuple[int | None, str]:
    """Return the code and the words of what went wrong."""
    if isinstance(problem, str):
        return None, problem
    members = dict(_members(problem))
    code = members.get("code")
    texts = [members.get(name) for name in ("message", "messages", "error_messages")]
    listed = [cast("list[object]", text) if isinstance(text, list) else [text] for text in texts]
    words = [str(word) for several in listed for word in several if word]
    return code if isinstance(code, int) else None, "; ".join(words)


def _failure(index: int | None, problems: list[object], subject: object) -> Failure:
    from pinterest_async.errors import Failure

    said = [_said(problem) for problem in problems]
    code = next((code for code, _ in said if code is not None), None)
    words = "; ".join(words for _, words in said if words)
    return Failure(index, code, words or "Pinterest does not say why", subject)


def _subject(problem: object) -> object:
    """Return what a problem is about, where it says so, else the problem itself."""
    return dict(_members(problem)).get("data") or problem


def _members(value: object) -> Iterator[tuple[str, Any]]:
    if isinstance(value, msgspec.Struct):
        yield from ((name, getattr(value, name)) for name in value.__struct_fields__)
