"""``assent review``: which are due, how one is named, and what closes it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import LedgerFolder
from tests.cli.staged_ledgers import DAY, PRODUCTION, completed, on_disk, seen, set_clock
from tests.organisation import Organisation
from tests.shell import Result

REVIEW = 'cause = "a stale feature"\nchanges = "its age is checked"\ntests = ["with a stale one"]\n'


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """A ledger on which two releases were rolled back, one after the other, by olga and omar."""
    return on_disk(tmp_path, monkeypatch, completed, second, by("olga"), by("omar"))


def second(org: Organisation) -> str:
    return completed(org, "m2")


def by(name: str) -> Callable[[Organisation], str]:
    return lambda org: org.roll_back(name)


def close(ledger: LedgerFolder, subject: str, *more: str, as_: str = "alice") -> Result:
    return ledger.assent(
        "review", "close", subject, seen(ledger, REVIEW, "review.toml"), *more, as_=as_
    )


def code(result: Result) -> tuple[int, str]:
    return result.exit, result.err.split(":")[0]


def test_open_reviews_are_listed_with_when_they_are_due(
    ledger: LedgerFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ledger.assent("review", "list").out.splitlines()
    set_clock(monkeypatch, ledger.organisation, 5 * DAY)
    late = ledger.assent("review", "list").out
    bodies = ledger.assent("review", "list", "--json").json_lines

    assert [line.split()[1:3] for line in lines[1:]] == [[PRODUCTION, "#4"], [PRODUCTION, "#2"]]
    assert "olga" in lines[1]
    assert lines[1].endswith("due in 1d")
    assert late.count("OVERDUE by 3d") == 2
    assert {one["schema"] for one in bodies} == {"review/1"}
    assert [(one["proposal"], one["by"], one["overdue"]) for one in bodies] == [
        (4, "olga", True),
        (2, "omar", True),
    ]


def test_a_review_that_is_closed_is_listed_with_all(ledger: LedgerFolder) -> None:
    closed = close(ledger, "#4")
    open_ = ledger.assent("review", "list", "--json").json_lines
    everything = ledger.assent("review", "list", "--all", "--json").json_lines
    before = ledger.assent("review", "list", "--json", "--as-of", ledger.size() - 2).json_lines

    assert closed.out == f"review.closed of #4 at position {ledger.size() - 1}\n"
    assert [one["proposal"] for one in open_] == [2]
    assert [(one["proposal"], one["closed_by"]) for one in everything] == [(2, None), (4, "alice")]
    assert everything[1]["cause"] == "a stale feature"
    assert [one["proposal"] for one in before] == [4, 2]


def test_a_review_is_named_by_alias_release_or_the_beginning_of_its_id(
    ledger: LedgerFolder,
) -> None:
    ids = [one["subject"] for one in ledger.assent("review", "list", "--json").json_lines]

    several = close(ledger, PRODUCTION)
    by_id = close(ledger, ids[1])
    alone = close(ledger, PRODUCTION)
    again = close(ledger, PRODUCTION)
    unknown = close(ledger, "fraud/staging")
    number = close(ledger, "#1")

    assert code(several) == (2, "ambiguous-review")
    assert f"{ids[0][:8]} of #4, {ids[1][:8]} of #2" in several.err
    assert (by_id.exit, alone.exit) == (0, 0)
    assert code(again) == (3, "review-closed")
    assert (code(unknown), code(number)) == ((2, "unknown-review"), (2, "unknown-review"))


def test_who_rolled_back_does_not_close_the_review(ledger: LedgerFolder) -> None:
    assert code(close(ledger, "#4", as_="olga")) == (3, "own-review")


def test_none_that_is_open_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = on_disk(tmp_path, monkeypatch)

    result = ledger.assent("review", "list")

    assert (result.exit, result.out, result.err) == (0, "", "no review is open\n")


def test_who_closes_a_review_sees_the_rollback_first(ledger: LedgerFolder) -> None:
    path = seen(ledger, REVIEW, "review.toml")

    shown = ledger.assent("review", "close", "#4", path, as_="alice", tty=True, input="n\n")

    assert "The rollback that you review" in shown.err
    assert "conversion fell" in shown.err
    assert "a stale feature" in shown.err
    assert code(ledger.assent("review", "list")) == (0, "")
    assert len(ledger.assent("review", "list", "--json").json_lines) == 2
