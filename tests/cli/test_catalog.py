"""`catalog sync`, `catalog feed` and `catalog issues`."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import typer

from pinterest_async.emulator import Answer, Emulator, in_thread
from tests.support.catalog_world import held, row, switch_off_feeds
from tests.support.commands import point_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.commands import Ended, Shell

WHERE = ("--country", "US", "--language", "en-US")
FEED = "https://shop.example.org/feed.csv"


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """A merchant without active feeds, whom the environment points at."""
    with in_thread(Emulator(boards=0, pins=0, job_seconds=0.0)) as emulator:
        switch_off_feeds(emulator)
        point_at(emulator, monkeypatch)
        yield emulator


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of twenty items."""
    path = tmp_path / "items.csv"
    write(path, [row(number) for number in range(20)])
    return path


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write rows as CSV."""
    names = dict.fromkeys(name for one in rows for name in one)
    with path.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, list(names))
        writer.writeheader()
        writer.writerows(rows)


def figures(ended: Ended) -> dict[str, str]:
    """The figures of a report, by name."""
    return dict(re.findall(r"^  (\S[^:]*?) {2,}([\d.,]+)$", ended.out, re.MULTILINE))


def test_sync_sends_the_difference(shell: Shell, emulator: Emulator, file: Path) -> None:
    """The file is sent once; a second run, with one price changed, sends that alone."""
    first = shell("catalog", "sync", str(file), *WHERE)
    assert (first.code, first.err) == (0, "")
    assert first.out.startswith(f"synced {file}\n")
    assert figures(first)["created"] == "20"
    assert file.with_name("items.csv.catalog").exists()
    write(
        file, [row(number, price="9 USD" if number == 3 else "12.50 USD") for number in range(20)]
    )
    second = shell("catalog", "sync", str(file), *WHERE)
    assert (figures(second)["updated"], figures(second)["unchanged"]) == ("1", "19")
    assert held(emulator)["sku-3"]["price"] == "9 USD"


def test_sync_says_what_it_would_do(shell: Shell, emulator: Emulator, file: Path) -> None:
    """With --dry-run the plan is told, and nothing is sent."""
    ended = shell("catalog", "sync", str(file), *WHERE, "--dry-run")
    assert ended.code == 0
    assert figures(ended)["to UPSERT"] == "20"
    assert held(emulator) == {}


def test_sync_prints_json(shell: Shell, emulator: Emulator, file: Path, tmp_path: Path) -> None:
    """With --json the report is one object, and --out holds every verdict."""
    out = tmp_path / "verdicts.jsonl"
    ended = shell("catalog", "sync", str(file), *WHERE, "--json", "--out", str(out))
    report = json.loads(ended.out)
    assert (ended.code, report["complete"], report["created"]) == (0, True, 20)
    verdicts = [json.loads(line) for line in out.read_text().splitlines()]
    assert {one["outcome"] for one in verdicts} == {"accepted"}
    assert len(verdicts) == 20


def test_sync_names_what_is_refused(shell: Shell, emulator: Emulator, file: Path) -> None:
    """An item that Pinterest refuses is named with its reason, and the code is 3."""
    shell("catalog", "sync", str(file), *WHERE)
    del emulator.account.catalogs.items.kept["RETAIL", "sku-3"]
    write(file, [row(3, price="9 USD", condition="dented"), row(4, condition="dented")])
    ended = shell("catalog", "sync", str(file), *WHERE)
    assert ended.code == 3
    assert "UPDATE sku-3: item_id: Item not found. (code 100)" in ended.out
    assert "18 items are in no row any more: --delete-missing deletes them" in ended.out
    assert "warning of 1 item such as sku-4: condition: " in ended.out


def test_sync_lists_wrong_rows(shell: Shell, emulator: Emulator, file: Path) -> None:
    """Wrong rows are listed by reason, in the options of the command, and the code is 2."""
    bad = [row(1, price="12,50"), row(2), row(2), {**row(3), "colour": "red"}]
    write(file, bad)
    ended = shell("catalog", "sync", str(file), *WHERE)
    assert ended.code == 2
    assert "line 2: price '12,50' has to look like 12.50 EUR" in ended.err
    assert "give --ignore-unknown" in ended.err
    assert "ignore_unknown" not in ended.err
    assert "rows are wrong, and nothing was sent" in ended.err
    as_json = shell("catalog", "sync", str(file), *WHERE, "--json")
    assert json.loads(as_json.out)["total"] == 4
    lenient = shell("catalog", "sync", str(file), *WHERE, "--skip-bad", "--ignore-unknown")
    assert lenient.code == 3
    assert (figures(lenient)["created"], figures(lenient)["wrong, left out"]) == ("2", "2")
    assert "passed over, as Pinterest has nothing for it: colour" in lenient.out


@pytest.mark.parametrize("answer", [True, False, None])
def test_sync_asks_before_it_deletes_much(
    shell: Shell,
    emulator: Emulator,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    answer: bool | None,
) -> None:
    """Whoever is at the terminal is asked; where there is none, the option is named."""
    shell("catalog", "sync", str(file), *WHERE)
    write(file, [row(number) for number in range(10)])
    questions: list[str] = []

    def confirm(question: str, **_others: object) -> bool:
        questions.append(question)
        return bool(answer)

    monkeypatch.setattr(typer, "confirm", confirm)
    monkeypatch.setattr("sys.stdin.isatty", lambda: answer is not None)
    ended = shell("catalog", "sync", str(file), *WHERE, "--delete-missing")
    if answer:
        assert (ended.code, figures(ended)["deleted"]) == (0, "10")
        assert len(held(emulator)) == 10
        return
    assert ended.code == 2
    assert "10 of 20 items are in no row any more" in ended.complaint
    assert "raise --delete-share to 0.5" in ended.complaint
    assert len(held(emulator)) == 20
    assert questions == (
        [] if answer is None else ["Delete 10 of 20 items, which are in no row any more?"]
    )


def test_sync_works_with_an_emulator_of_its_own(shell: Shell, file: Path) -> None:
    """With --emulator nothing is kept, as what it holds is gone at the end."""
    ended = shell("catalog", "sync", str(file), *WHERE, "--emulator")
    assert (ended.code, figures(ended)["created"]) == (0, "20")
    assert [path.name for path in file.parent.glob("items*")] == ["items.csv"]


def test_feed_is_made_and_found(
    shell: Shell, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A feed is made of its address; the second time it is found, and changed where asked."""
    made = shell("catalog", "feed", FEED, *WHERE)
    assert (made.code, made.err) == (0, "")
    assert re.match(r"made feed \d+: shop.example.org/feed.csv US en-US\n", made.out)
    assert "Pinterest fetches it at 20" in made.out
    monkeypatch.setenv("PINTEREST_FEED_PASSWORD", "canary")
    words = ("--currency", "EUR", "--user", "reader", "--keep-time")
    changed = shell("catalog", "feed", FEED, *WHERE, *words)
    assert changed.out.startswith("changed credentials, default_currency of feed ")
    assert "canary" not in changed.out
    found = json.loads(shell("catalog", "feed", FEED, *WHERE, "--keep-time", "--json").out)
    assert (found["created"], found["changed"], found["complete"]) == (False, [], True)
    monkeypatch.delenv("PINTEREST_FEED_PASSWORD")
    without = shell("catalog", "feed", FEED, *WHERE, "--user", "reader")
    assert without.code == 2
    assert "PINTEREST_FEED_PASSWORD" in without.complaint


def test_feed_refuses_what_cannot_be(shell: Shell, emulator: Emulator) -> None:
    """Bad words are one line on stderr, and the code is 2."""
    ended = shell("catalog", "feed", "https://shop.example.org/feed", *WHERE)
    assert ended.code == 2
    assert "--format" in ended.complaint


def test_issues_are_listed(shell: Shell, emulator: Emulator) -> None:
    """Feeds come with their newest results in words; something is wrong, so the code is 3."""
    emulator.account.stores.store("feeds").at(1)["status"] = "ACTIVE"
    ended = shell("catalog", "issues")
    assert ended.code == 3
    assert "which is switched off" in ended.out
    assert "COMPLETED, 5 of 6 items taken in" in ended.out
    assert "error, 1 item: image_link is missing [IMAGE_LINK_MISSING] (such as " in ended.out
    assert "catalog: 3 items, not in ads: " in ended.out
    as_json = json.loads(shell("catalog", "issues", "--json").out)
    assert len(as_json["feeds"]) == 3
    feed = str(emulator.account.stores.store("feeds").at(1)["id"])
    one = json.loads(shell("catalog", "issues", "--feed", feed, "--examples", "0", "--json").out)
    assert [each["feed_id"] for each in one["feeds"]] == [feed]
    assert one["feeds"][0]["result"]["issues"][0]["examples"] == []


def test_all_items_with_an_issue_go_to_a_file(
    shell: Shell, emulator: Emulator, tmp_path: Path
) -> None:
    """The file is named with its rows; a report that is refused is named with the reason."""
    emulator.account.stores.store("feeds").at(1)["status"] = "ACTIVE"
    out = tmp_path / "issues.csv"
    ended = shell("catalog", "issues", "--out", str(out))
    rows = len(out.read_text("utf-8").splitlines()) - 1
    assert ended.code == 3
    assert rows > 2
    assert f"wrote {out}: {rows} rows" in ended.out.replace("\n", "")
    emulator.fail("reports/create", Answer(403, {"code": 29, "message": "No."}), times=9)
    told = json.loads(shell("catalog", "issues", "--out", str(out), "--json").out)
    assert told["files"] == [str(out)]
    assert all("PermissionDenied" in one["reason"] for one in told["reports"])
    assert shell("catalog", "issues", "--out", str(tmp_path / "issues.txt")).code == 2
