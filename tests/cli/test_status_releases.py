"""What ``assent status`` and ``assent inbox`` say of releases that somebody has to look after."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import LedgerFolder
from tests.cli.staged_ledgers import DAY, PRODUCTION, completed, on_disk, set_clock, started
from tests.organisation import Organisation, metric
from tests.signer_acts import disown, now_at


def breach(org: Organisation) -> None:
    org.observe("watchdog", PRODUCTION, metric("0.09", name="retry_rate"))


def stolen_breach(org: Organisation) -> None:
    """Report a breach with a key that is disowned then, from before that on."""
    after = now_at(org)
    org.observe("erin", PRODUCTION, metric("0.09", name="retry_rate"))
    disown(org, "erin", after)


def status(ledger: LedgerFolder) -> tuple[dict[str, Any], str]:
    return ledger.assent("status", "--json").json, ledger.assent("status").out


def waiting(ledger: LedgerFolder, person: str) -> list[tuple[str, int]]:
    """What the inbox of *person* has about releases: what for, and of which proposal."""
    lines = ledger.assent("inbox", "--as", person, "--json").json_lines
    return [
        (one["for"], one["proposal"])
        for one in lines
        if one["for"] in ("release", "observation", "review")
    ]


def test_a_release_under_way_stands_with_its_stage_and_what_it_waits_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, shown = status(on_disk(tmp_path, monkeypatch, started))

    [one] = body["releases"]
    assert (one["alias"], one["proposal"], one["stage"]) == (PRODUCTION, 2, "shadow")
    assert (one["failing"], body["failing"], body["reviews"], body["results"]) == (
        False,
        [],
        [],
        [],
    )
    assert f"release    {PRODUCTION} #2 in shadow\n" in shown
    assert "waits for an observation that reaches" in shown


def test_a_failing_release_is_named_with_the_observation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = on_disk(tmp_path, monkeypatch, started, breach)

    body, shown = status(ledger)

    assert body["releases"][0]["failing"]
    assert body["failing"] == [
        {"alias": PRODUCTION, "proposal": 2, "position": ledger.size() - 1, "by": "watchdog"}
    ]
    assert f"FAILING    {PRODUCTION} #2, observed by watchdog at position" in shown


def test_a_failing_observation_ends_a_release_though_its_key_was_disowned_since(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, _ = status(on_disk(tmp_path, monkeypatch, started, stolen_breach))

    assert body["releases"][0]["failing"]
    assert [(one["proposal"], one["by"]) for one in body["failing"]] == [(2, "erin")]


def test_a_disowned_observation_says_nothing_of_what_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, _ = status(on_disk(tmp_path, monkeypatch, completed, stolen_breach))

    assert body["failing"] == []


def test_what_runs_and_breached_is_named_too_until_it_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = on_disk(tmp_path, monkeypatch, completed, breach)

    before = status(ledger)[0]["failing"]
    ledger.assent("release", "rollback", PRODUCTION, as_="watchdog")
    after = status(ledger)[0]["failing"]

    assert [one["proposal"] for one in before] == [2]
    assert after == []


def test_reviews_are_open_then_overdue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = on_disk(tmp_path, monkeypatch, completed, lambda org: org.roll_back("olga"))

    due = status(ledger)[0]["reviews"]
    set_clock(monkeypatch, ledger.organisation, 3 * DAY)
    late, shown = status(ledger)

    assert [(one["proposal"], one["overdue"]) for one in due] == [(2, False)]
    assert [one["overdue"] for one in late["reviews"]] == [True]
    assert f"review     {PRODUCTION} #2: OVERDUE by 1d\n" in shown


def test_a_result_is_due_once_its_window_has_ended_and_missing_a_day_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = on_disk(tmp_path, monkeypatch, completed)
    found = []

    for days in (6, 7, 9):
        set_clock(monkeypatch, ledger.organisation, days * DAY)
        found.append([one["missing"] for one in status(ledger)[0]["results"]])

    assert found == [[], [False], [True]]
    assert f"result     of {PRODUCTION} #2: MISSING since 2026-10-01T" in status(ledger)[1]


def test_a_result_that_was_reported_is_not_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reported(org: Organisation) -> None:
        org.now += 7 * DAY
        org.observe("watchdog", PRODUCTION)

    ledger = on_disk(tmp_path, monkeypatch, completed, reported, later=5 * DAY)

    assert status(ledger)[0]["results"] == []
    shown = ledger.assent("release", "show", PRODUCTION, "--json").json["window"]
    assert (shown["position"], shown["passing"], shown["missing"]) == (
        ledger.size() - 1,
        True,
        False,
    )


def test_a_missing_result_that_somebody_took_note_of_is_not_said_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = on_disk(tmp_path, monkeypatch, completed, later=9 * DAY)
    ledger.assent("proposal", "withdraw", "1", as_="frank")
    position = ledger.assent("alias", "show", PRODUCTION, "--json").json["stable"]["position"]
    comment = ledger.assent("proposal", "comment", 1, "so be it", as_="frank")

    noted = ledger.assent(
        "audit", "acknowledge", position, "--note", "the board was down", as_="rita"
    )

    assert (comment.exit, noted.exit) == (0, 0), (comment.err, noted.err)
    assert status(ledger)[0]["results"] == []
    assert ledger.assent("release", "show", PRODUCTION, "--json").json["window"]["missing"]


def test_the_inbox_says_who_observes_and_who_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = on_disk(tmp_path, monkeypatch, started)
    people = ("erin", "omar", "alice", "watchdog")

    early = [waiting(ledger, one) for one in people]
    set_clock(monkeypatch, ledger.organisation, DAY)
    soaked = [waiting(ledger, one) for one in people]
    shown = ledger.assent("inbox", "--as", "erin").out
    ledger.organisation.now += DAY
    path = ledger.path / "seen.toml"
    path.write_text('source = "board"\n', encoding="utf-8")
    assert ledger.assent("release", "observe", PRODUCTION, path, as_="erin").exit == 0
    passed = [waiting(ledger, one) for one in people]
    how = ledger.assent("inbox", "--as", "omar").out

    assert early == [[], [], [], []]
    assert soaked == [[("observation", 2)], [], [], [("observation", 2)]]
    assert f"  assent release observe {PRODUCTION} FILE" in shown
    assert passed == [[], [("release", 2)], [], []]
    assert f"{PRODUCTION} #2: the stage shadow is passed\n" in how
    assert f"  assent release advance {PRODUCTION}\n" in how


def test_the_inbox_asks_for_the_result_of_a_window_and_for_reviews(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = on_disk(tmp_path, monkeypatch, completed, later=7 * DAY)

    window = [waiting(ledger, one) for one in ("erin", "omar")]
    ledger.assent("release", "rollback", PRODUCTION, "--trigger", "losses", as_="olga")
    review = [waiting(ledger, one) for one in ("alice", "olga", "watchdog", "frank")]

    assert window == [[("observation", 2)], []]
    assert review == [[("review", 2)], [], [], []]


def test_a_stopped_person_is_asked_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = on_disk(tmp_path, monkeypatch, completed, later=7 * DAY)
    stopped = ledger.assent("signer", "revoke", "erin", "--reason", "laptop", as_="alice")

    assert stopped.exit == 0, stopped.err
    assert waiting(ledger, "erin") == []
