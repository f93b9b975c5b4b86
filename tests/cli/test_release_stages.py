"""A release in stages on the command line: brought on, watched by others, and taken back."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.change_files import SECOND, write_change
from tests.cli.conftest import LedgerFolder
from tests.cli.staged_ledgers import (
    DAY,
    PRODUCTION,
    completed,
    on_disk,
    seen,
    set_clock,
    staged_with_segments,
    started,
)
from tests.organisation import Organisation
from tests.shell import Result

GOOD = 'source = "board"\nmetrics = { retry_rate = "0.01" }\n'
BREACH = 'source = "board"\nincident = "INC-7"\nmetrics = { retry_rate = "0.09" }\n'

Make = Callable[..., LedgerFolder]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Make a ledger on disk after some steps."""
    return lambda *steps, **options: on_disk(tmp_path, monkeypatch, *steps, **options)


def second(org: Organisation) -> str:
    return started(org, "m2")


def observed(ledger: LedgerFolder, text: str, *more: str, as_: str = "watchdog") -> Result:
    return ledger.assent("release", "observe", PRODUCTION, seen(ledger, text), *more, as_=as_)


def code(result: Result) -> tuple[int, str]:
    return result.exit, result.err.split(":")[0]


def done(result: Result) -> Result:
    assert result.exit == 0, result.err
    return result


def release_json(ledger: LedgerFolder) -> Any:
    return done(ledger.assent("release", "show", PRODUCTION, "--json")).json


def test_a_release_is_brought_through_its_stages_and_each_step_says_where_it_is(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = make(started)
    said = []

    for day in (1, 2):
        set_clock(monkeypatch, ledger.organisation, day * DAY)
        said.append(done(observed(ledger, GOOD)).err)
        said.append(done(ledger.assent("release", "advance", PRODUCTION, as_="omar")).err)
    said.append(done(ledger.assent("release", "complete", PRODUCTION, as_="omar")).err)

    assert said[0] == "it passes the stage shadow; the soak is over\n"
    assert said[1].startswith("#2 is in the stage guarded now, share 0.05, until 2026-09-23T")
    assert said[3] == "#2 is in the stage general now\n"
    assert said[4].startswith(f"{PRODUCTION} runs #2 now\nhow it does until ")


def test_a_stage_is_not_passed_before_somebody_else_has_seen_it_through(make: Make) -> None:
    ledger = make(started)

    early = done(observed(ledger, GOOD))
    result = ledger.assent("release", "advance", PRODUCTION, as_="omar")

    assert "it passes the stage shadow; the soak ends 2026-09-22T" in early.err
    assert code(result) == (3, "stage-unobserved")


def test_a_release_under_way_shows_its_stages_and_what_it_waits_for(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = make(started)
    waiting = release_json(ledger)
    set_clock(monkeypatch, ledger.organisation, DAY)
    observed(ledger, GOOD)
    passed = done(ledger.assent("release", "show", PRODUCTION)).out
    done(ledger.assent("release", "advance", PRODUCTION, as_="omar"))
    shown = release_json(ledger)

    assert waiting["waits_for"].startswith("an observation that reaches 2026-09-22T")
    assert "assent release advance fraud/production" in passed
    assert "retry_rate: at most 0.05" in passed
    assert (shown["stage"], shown["share"], shown["failing"]) == ("guarded", "0.05", False)
    first, guarded, general = shown["stages"]
    assert shown["rolled_back"] is None
    assert (first["passed_by"], first["observer"]) == ("omar", "watchdog")
    assert first["observation"] == first["passed_position"] - 1
    assert guarded["since"] == first["passed"]
    assert (guarded["passed"], general["since"]) == (None, None)


def test_the_alias_shows_its_candidate_with_stage_and_share(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = make(completed, second)
    set_clock(monkeypatch, ledger.organisation, DAY)
    observed(ledger, GOOD)
    done(ledger.assent("release", "advance", PRODUCTION, as_="omar"))

    body = ledger.assent("alias", "show", PRODUCTION, "--json").json
    shown = ledger.assent("alias", "show", PRODUCTION).out

    assert (body["candidate"]["stage"], body["candidate"]["share"]) == ("guarded", "0.05")
    assert body["stable"]["proposal"] == 2
    assert "candidate: #4, stage guarded (share 0.05), since" in shown


def test_an_observation_out_of_bounds_says_that_the_release_ends(make: Make) -> None:
    ledger = make(started)

    result = done(observed(ledger, BREACH))
    refused = ledger.assent("release", "advance", PRODUCTION, as_="omar")
    shown = release_json(ledger)

    assert "it does not pass the stage shadow: incident: INC-7; #2 goes no further" in result.err
    assert "it breaches a trigger: incident: INC-7; retry_rate is 0.09" in result.err
    assert "assent release rollback fraud/production\n" in result.err
    assert code(refused) == (3, "stage-failing")
    assert shown["failing"]


def test_who_operates_a_release_does_not_observe_it(make: Make) -> None:
    ledger = make(started)

    assert code(observed(ledger, GOOD, as_="omar")) == (3, "not-observer")


def test_an_observation_is_of_what_is_under_way_or_of_what_is_named(make: Make) -> None:
    ledger = make(completed, second)

    newest = observed(ledger, GOOD, "--json").json
    stable = observed(ledger, GOOD, "--stable", "--json").json
    named = observed(ledger, GOOD, "--proposal", "2", "--json").json
    both = observed(ledger, GOOD, "--stable", "--proposal", "2")
    other = observed(ledger, GOOD, "--proposal", "3")

    assert [one["proposal"] for one in (newest, stable, named)] == [4, 2, 2]
    assert code(both) == (2, "usage")
    assert code(other) == (3, "not-released")


def test_nothing_is_observed_of_what_runs_where_nothing_does(make: Make) -> None:
    ledger = make(started)

    assert code(observed(ledger, GOOD, "--stable")) == (3, "not-released")


def test_a_window_is_what_the_file_says_else_from_the_stage_to_now(make: Make) -> None:
    ledger = make(started)
    text = 'from = "2026-09-21T14:13:30Z"\nuntil = "2026-09-21T14:14:00Z"\n' + GOOD

    plain, told = (done(observed(ledger, words, "--json")).json for words in (GOOD, text))
    events = [
        ledger.assent("show", one["position"], "--json").json["entry"]["event"]
        for one in (plain, told)
    ]

    started_at = release_json(ledger)["since"]
    assert events[0]["start"] == started_at
    assert events[0]["until"] > started_at
    assert [events[1]["start"], events[1]["until"]] == [
        "2026-09-21T14:13:30Z",
        "2026-09-21T14:14:00Z",
    ]


def test_a_service_takes_back_what_it_saw_breach_in_one_command(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = make(completed, lambda org: completed(org, "m2"))
    nothing_yet = ledger.assent("release", "rollback", PRODUCTION, as_="watchdog")
    position = done(observed(ledger, BREACH, "--json")).json["position"]
    set_clock(monkeypatch, ledger.organisation, 60 + 300)

    result = done(ledger.assent("release", "rollback", PRODUCTION, "--json", as_="watchdog"))
    event = ledger.assent("show", result.json["position"], "--json").json["entry"]["event"]

    assert code(nothing_yet) == (3, "no-breach")
    assert (event["observation"], event["incident"]) == (position, "INC-7")
    assert event["trigger"] == "incident: INC-7; retry_rate is 0.09, above the maximum 0.08"


def test_a_rollback_says_what_runs_how_long_it_took_and_who_reviews(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = make(completed, lambda org: completed(org, "m2"))
    observed(ledger, BREACH)
    set_clock(monkeypatch, ledger.organisation, 60 + 300)

    said = done(ledger.assent("release", "rollback", PRODUCTION, as_="watchdog")).err.splitlines()

    shown = ledger.assent("release", "show", PRODUCTION).out
    body = release_json(ledger)

    assert "rolled back  #4 by watchdog at position" in shown
    assert "5m after the trigger (within 10m); review due in " in shown
    assert (body["proposal"], body["rolled_back"]["proposal"]) == (2, 4)
    assert said[:2] == [f"{PRODUCTION} runs #2 now", "5m after the trigger (within 10m)"]
    assert said[2].endswith(f": assent review close {PRODUCTION} FILE")


def test_a_person_says_why_and_since_when_and_late_is_said_loudly(make: Make) -> None:
    ledger = make(completed, later=3_600)

    nothing = ledger.assent("release", "rollback", PRODUCTION, as_="olga")
    words = ("--trigger", "losses up", "--incident", "INC-1", "--since", "2026-09-23T14:00:00Z")
    result = done(ledger.assent("release", "rollback", PRODUCTION, *words, as_="olga"))

    assert code(nothing) == (2, "no-trigger")
    assert f"{PRODUCTION} runs nothing now\n" in result.err
    assert "1h after the trigger (LATE, within 10m)" in result.err


def test_an_observation_that_breached_nothing_is_no_reason(make: Make) -> None:
    ledger = make(completed)

    result = ledger.assent("release", "rollback", PRODUCTION, "--observation", 20, as_="watchdog")

    assert code(result) == (3, "no-breach")
    assert "position 20 is none" in result.err


def test_what_runs_is_taken_back_with_what_is_under_way_where_that_is_asked(make: Make) -> None:
    ledger = make(completed, second)
    told = ("release", "rollback", PRODUCTION, "--trigger", "losses")

    shown = ledger.assent(*told, "--stable", "--dry-run", as_="omar").out
    result = done(ledger.assent(*told, "--stable", as_="omar"))
    body = ledger.assent("alias", "show", PRODUCTION, "--json").json

    assert '"trigger":"losses"' in shown
    assert "#4, which was under way, is taken back with it" in result.err
    assert (body["stable"], body["candidate"]) == (None, None)


def test_a_service_takes_back_the_one_that_breached(make: Make) -> None:
    """The candidate did nothing; what runs below it did."""
    ledger = make(completed, second)
    told = done(observed(ledger, BREACH, "--stable"))

    result = done(ledger.assent("release", "rollback", PRODUCTION, "--json", as_="watchdog"))

    assert "assent release rollback fraud/production --stable" in told.err
    assert result.json["proposal"] == 2


def test_nothing_is_taken_back_from_an_empty_alias(make: Make) -> None:
    ledger = make(started)
    told = ("release", "rollback", PRODUCTION, "--trigger", "losses")
    done(ledger.assent(*told, as_="omar"))

    again = ledger.assent(*told, as_="omar")
    shown = ledger.assent("release", "show", PRODUCTION)
    alias = ledger.assent("alias", "show", PRODUCTION)

    assert code(again) == (3, "not-released")
    assert (shown.exit, shown.out.split(",")[0]) == (0, f"{PRODUCTION} runs nothing")
    assert alias.out == f"{PRODUCTION} runs nothing, and never did\n"


def test_a_stack_that_came_back_runs_again_since_the_rollback(make: Make) -> None:
    ledger = make(completed, lambda org: completed(org, "m2"))
    told = ("release", "rollback", PRODUCTION, "--trigger", "losses")
    position = done(ledger.assent(*told, "--json", as_="omar")).json["position"]

    shown = ledger.assent("alias", "show", PRODUCTION).out
    body = ledger.assent("alias", "show", PRODUCTION, "--json").json
    lines = ledger.assent("alias", "history", PRODUCTION, "--json").json_lines
    table = ledger.assent("alias", "history", PRODUCTION).out.splitlines()

    assert f"{PRODUCTION} runs: #2, again since " in shown
    assert body["stable"]["position"] == position
    assert [(one["proposal"], one["began"], one["ended"]) for one in lines] == [
        (2, "completed", "replaced"),
        (4, "completed", "rolled back"),
        (2, "returned", None),
    ]
    assert (lines[1]["ended_by"], lines[1]["valid_to_position"]) == ("omar", position)
    assert table[1].endswith("replaced by omar")
    assert table[2].endswith("rolled back by omar")
    assert table[3].endswith("brought back by omar")


def test_what_ran_at_a_time_is_one_question(make: Make) -> None:
    ledger = make(completed, lambda org: completed(org, "m2"))
    done(ledger.assent("release", "rollback", PRODUCTION, "--trigger", "x", as_="omar"))

    then = ledger.assent("alias", "show", PRODUCTION, "--as-of", "2026-09-25T14:14:00Z").out
    later = ledger.assent("alias", "show", PRODUCTION, "--as-of", "2026-12-01T00:00:00Z").out

    assert "runs: #4" in then
    assert "m2" in then
    assert "runs: #2, again" in later


def test_segments_named_like_what_they_hold_are_pointed_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever writes the file as the policy is written gets to know how it is meant."""
    ledger = on_disk(tmp_path, monkeypatch, started, org=staged_with_segments())

    swapped = observed(ledger, 'source = "b"\n[segments.recall]\nweb = "0.9"\n')
    right = observed(ledger, 'source = "b"\n[segments.web]\nrecall = "0.9"\n')

    assert code(swapped)[0] == 2
    assert "segments-swapped: " in swapped.err
    assert "[segments.web] recall = …" in swapped.err
    assert right.exit == 0, right.err


def test_the_files_at_hand_have_to_be_what_was_consented_to(make: Make) -> None:
    ledger = make(completed)
    number = done(
        ledger.assent("proposal", "open", write_change(ledger.path), "--json", as_="frank")
    ).json["proposal"]
    begun = ("release", "start", number)

    other = ledger.path / "other.bin"
    other.write_bytes(b"other weights")
    results = {
        "differs": ledger.assent(*begun, "--artifact", f"model={other}", as_="omar"),
        "unknown": ledger.assent(*begun, "--artifact", "sdk=model.bin", as_="omar"),
        "missing": ledger.assent(*begun, "--artifact", "model=no.bin", as_="omar"),
        "none": ledger.assent(*begun, "--artifact", "model", as_="omar"),
        "same": ledger.assent(*begun, "--artifact", "model=model.bin", as_="omar"),
    }

    assert {name: code(one) for name, one in results.items()} == {
        "differs": (3, "artifact-differs"),
        "unknown": (2, "unknown-component"),
        "missing": (2, "no-such-file"),
        "none": (2, "usage"),
        "same": (3, "environment-before"),
    }


def test_a_drill_that_works_becomes_evidence(make: Make) -> None:
    ledger = make(completed)
    opened = ledger.assent("proposal", "open", write_change(ledger.path, SECOND), as_="frank")
    dry = ledger.assent("release", "drill", "3", "--dry-run", as_="frank")
    size = ledger.size()

    result = done(ledger.assent("release", "drill", "3", "--json", as_="frank"))
    [document] = ledger.assent("evidence", "list", "3", "--json").json_lines
    kept = ledger.evidence / document["digest"][7:9] / document["digest"][9:]

    assert opened.exit == 0
    assert (dry.exit, size) == (0, result.json["position"])
    assert document["type"] == "rollback-drill"
    assert set(document["subject"]) == {"model", "dataset"}
    [took] = document["metrics"]
    body = json.loads(kept.read_text())
    assert (took["name"], took["value"]) == ("duration_seconds", body["seconds"])
    assert body["schema"] == "rollback-drill/1"
    assert body["outcome"] == f"{PRODUCTION} runs the stack of #2 again"
    assert (body["people"], body["services"]) == (["olga", "omar"], ["watchdog"])
    assert (body["proposal"], body["target"], body["standing"]) == (3, 2, size - 1)


def test_a_drill_that_would_not_work_is_attached_to_nothing(make: Make) -> None:
    ledger = make(completed)
    text = SECOND.replace('owner = "omar"', 'owner = "frank"')
    ledger.assent("proposal", "open", write_change(ledger.path, text), as_="frank")
    size = ledger.size()

    result = ledger.assent("release", "drill", "3", as_="frank")

    assert result.exit == 3
    assert "drill-failed: the rollback of #3 would not work: frank owns the rollback" in result.err
    assert "FAILS" in result.err
    assert ledger.size() == size


def test_an_observation_shows_its_numbers_and_how_it_was_judged(make: Make) -> None:
    ledger = make(started)
    good = done(observed(ledger, GOOD, "--json")).json["position"]
    bad = done(observed(ledger, BREACH, "--json")).json["position"]

    passing = ledger.assent("show", good).out
    failing = ledger.assent("show", bad).out

    assert "one number, which stands below" in passing
    assert "  retry_rate  -   0.01\n" in passing
    assert passing.endswith("As judged then\n  it passes\n")
    assert "breaches a trigger  retry_rate is 0.09, above the maximum 0.08" in failing


def test_a_release_that_has_lost_its_consent_waits_for_nothing(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its stage is passed all the same; who looks is told what the verb would say."""
    ledger = make(started)
    set_clock(monkeypatch, ledger.organisation, DAY)
    observed(ledger, GOOD)
    before = release_json(ledger)

    done(ledger.assent("proposal", "retract", "2", as_="alice"))
    shown = release_json(ledger)

    assert (before["failing"], before["waits_for"]) == (
        False,
        "release-owner: the stage shadow is passed",
    )
    assert (shown["failing"], shown["waits_for"]) == (
        False,
        "#2 has lost its consent since the start",
    )
    assert "held up: #2 has lost its consent" in ledger.assent("status").out
    assert ledger.assent("inbox", "--as", "omar").out == ""
