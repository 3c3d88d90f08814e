"""Every help in a narrow terminal: nothing is cut, and nothing speaks Python."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async.cli.app import COMMANDS, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.commands import Shell

NARROW = 60


def commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    """The words of every command, those of groups too, and what Typer made of it."""
    for name in COMMANDS:
        loaded = load(name)
        yield (name,), loaded
        for inner, command in getattr(loaded, "commands", {}).items():
            yield (name, inner), command


EVERY = dict(commands())


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_a_help_is_whole_in_a_narrow_terminal(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """Its lines fit, and every option stands there with its whole name."""
    monkeypatch.setenv("COLUMNS", str(NARROW))
    ended = shell(*words, "--help")
    assert (ended.code, ended.err) == (0, "")
    assert max(map(len, ended.out.splitlines())) <= NARROW
    for option in (name for one in EVERY[words].params for name in one.opts if name[:2] == "--"):
        assert re.search(rf"(^  |/ ){option}( |$)", ended.out, re.MULTILINE), option


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_a_help_names_no_type_of_python(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """What an option takes is TEXT, NUMBER, FILE or a word of its own; or one of some values."""
    monkeypatch.setenv("COLUMNS", "100")
    ended = shell(*words, "--help")
    named = re.findall(r"<([^<>=]*)>", ended.out)
    assert all("|" in choices for choices in named), named
    for line in re.findall(r"^  (--.*)", ended.out, re.MULTILINE):
        option, _, takes = line.partition("  ")[0].partition(" ")
        assert re.fullmatch(r"|/ --[a-z-]+|<.*>|[A-Z][A-Z_:-]*", takes), (option, takes)


@pytest.mark.parametrize(
    ("words", "whole"),
    [
        ((), "Print how Pinterest answers, to paste into an issue."),
        ((), "Fetch figures of ads or all that ad accounts hold; change it."),
        (("ads",), "Set whatever has these ids active: ads may run and cost money after it."),
        (
            ("catalog",),
            "Say what is wrong with feeds, by their newest results, and what keeps items from",
        ),
    ],
)
def test_a_list_of_commands_says_the_whole_of_each(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], whole: str
) -> None:
    """What a command is for does not end in dots where the terminal is narrow."""
    monkeypatch.setenv("COLUMNS", str(NARROW))
    out = shell(*words, "--help").out
    listed = out.partition("Commands:")[2]
    assert whole.rstrip(".") in " ".join(listed.split())
    assert "..." not in listed
