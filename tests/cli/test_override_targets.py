"""``assent override`` of all four kinds: set, told what follows, checked, lifted, rehearsed."""

from pathlib import Path

import pytest

from cli.targets import FORMS
from tests.cli.conftest import LedgerFolder
from tests.cli.exceptional_ledgers import (
    REVIEW,
    code,
    exceptional_on_disk,
    lines_of,
    waiting,
)
from tests.cli.rosters import proposed
from tests.cli.staged_ledgers import DAY, PRODUCTION, seen, set_clock, started
from tests.exception_acts import set_stop
from tests.organisation import Organisation, change, stack
from tests.policies import EXCEPTIONAL, EXCEPTIONAL_PEOPLE, STAGED_SERVICES
from tests.shell import Result

FROZEN = f"alias/{PRODUCTION}"


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """A ledger with a release to production that waits."""
    return exceptional_on_disk(tmp_path, monkeypatch, waiting)


def set_(ledger: LedgerFolder, target: str, *more: str, as_: str = "sam") -> Result:
    return ledger.assent("override", "set", target, "--reason", "INC-9", *more, as_=as_)


def test_a_frozen_alias_says_what_it_holds_and_is_frozen_everywhere(ledger: LedgerFolder) -> None:
    before = ledger.assent("alias", "show", "fraud/staging", "--json").json
    result = set_(ledger, FROZEN)
    gate = ledger.assent("gate", 2)
    shown = ledger.assent("alias", "list").out
    ledger.assent("override", "set", "alias/fraud/staging", "--reason", "x", as_="sam")
    after = ledger.assent("alias", "show", "fraud/staging", "--json").json
    text = lines_of(ledger.assent("alias", "show", "fraud/staging"))
    status = lines_of(ledger.assent("status"))

    assert (before["frozen"], before["frozen_by"], before["exceptions"]) == (False, None, [])
    assert result.exit == 0, result.err
    assert "fraud/production is frozen: no release starts, advances or completes" in result.err
    assert "held by it: 1\n  #2 fraud/production, open: a better model" in result.err
    assert 'effect = "lift"' in result.err
    assert "BEWARE" not in result.err
    assert gate.exit == 3
    assert "fraud/production is frozen, by sam" in gate.out
    assert "FROZEN" not in shown
    assert (after["frozen"], after["frozen_by"]) == (True, "sam")
    assert "fraud/staging IS FROZEN" in text
    assert any(line.startswith("STOPPED alias/fraud/staging, by sam at") for line in status)


def test_a_frozen_release_is_not_started_and_the_lift_lets_it(
    ledger: LedgerFolder,
) -> None:
    set_(ledger, FROZEN)

    refused = ledger.assent("release", "start", 2, as_="omar")

    assert code(refused) == (3, "alias-frozen")


@pytest.mark.parametrize(
    ("target", "hint"),
    [
        ("alias/fruad/production", "did you mean alias/fraud/production?"),
        ("capability/call-bank", "or asked for holds call-bank\n"),
    ],
)
def test_a_stop_of_what_nothing_is_called_stops_and_warns(
    ledger: LedgerFolder, target: str, hint: str
) -> None:
    result = set_(ledger, target)

    assert result.exit == 0, result.err
    assert "BEWARE: no" in result.err
    assert hint in result.err
    assert ledger.assent("override", "check", target).exit == 3


def test_a_disabled_capability_lists_the_aliases_that_run_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def holding(org: Organisation) -> None:
        staging = change(stack(permissions=("web",)), alias="fraud/staging")
        of = org.open("frank", staging)
        org.attach("erin", of)
        org.approve("sam", of, "security-owner")
        org.start("deployer", of)
        org.complete("deployer", "fraud/staging")
        again = change(stack(model="m2", permissions=("web",)), alias="fraud/staging")
        of = org.open("frank", again)
        org.attach("erin", of)
        org.start("deployer", of)

    ledger = exceptional_on_disk(tmp_path, monkeypatch, holding)

    result = set_(ledger, "capability/web")
    typo = set_(ledger, "capability/wbe")

    assert "aliases running it:\n  fraud/staging runs it: #1\n" in result.err
    assert "  fraud/staging has it under way: #2\n" in result.err
    assert "held by it: 1\n  #2 fraud/staging, under way: a better model" in result.err
    assert "did you mean capability/web?" in typo.err
    complete = ledger.assent("release", "complete", "fraud/staging", as_="omar")
    assert complete.exit == 3


def test_halted_generation_holds_what_services_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = EXCEPTIONAL
    org = Organisation(
        policy=text,
        people=EXCEPTIONAL_PEOPLE,
        services={**STAGED_SERVICES, "breeder": ("erin", ())},
    )

    def bred(org: Organisation) -> None:
        org.open("breeder", change(stack(), alias="fraud/staging"))
        org.open("frank", change(stack(model="m9"), alias="fraud/staging"))

    ledger = exceptional_on_disk(tmp_path, monkeypatch, bred, org=org)

    result = set_(ledger, "generation")

    assert "held by it: 1\n  #1 fraud/staging, open: a better model" in result.err
    assert ledger.assent("gate", 1).exit == 3
    assert ledger.assent("override", "check", "generation").exit == 3


@pytest.mark.parametrize("target", ["generation", "capability/web", FROZEN, "signer/erin"])
def test_a_lift_finds_the_one_stop_that_holds_of_a_target(
    ledger: LedgerFolder, target: str
) -> None:
    for one in {target, "generation", "capability/pay", "alias/fraud/staging"}:
        assert set_(ledger, one).exit == 0
    listed = ledger.assent("override", "list", "--json").json_lines
    held = {one["target"]: one["id"] for one in listed}

    number = proposed(ledger, f'effect = "lift"\nstops = ["{target}"]\n')

    effect = ledger.assent("proposal", "show", number, "--json").json["effect"]
    assert effect["stops"] == [held[target]]


@pytest.mark.parametrize("target", ["fraud/production", "generations", "alias/fraud"])
def test_a_malformed_target_is_told_the_four_forms(ledger: LedgerFolder, target: str) -> None:
    for words in (("set", target, "--reason", "x"), ("drill", target)):
        result = ledger.assent("override", *words, as_="sam")
        assert code(result) == (2, "not-a-target")
        assert FORMS in result.err


def test_stops_of_all_kinds_are_listed_with_their_reviews(ledger: LedgerFolder) -> None:
    for target in (FROZEN, "generation"):
        assert set_(ledger, target).exit == 0
    path = seen(ledger, REVIEW, "review.toml")
    reviewed = ledger.assent("review", "close", "generation", path, as_="dana")
    own = ledger.assent("review", "close", FROZEN, path, as_="sam")
    lines = lines_of(ledger.assent("override", "list"))
    bodies = ledger.assent("override", "list", "--json").json_lines
    due = ledger.assent("review", "list").out
    everything = lines_of(ledger.assent("review", "list", "--all"))

    assert reviewed.exit == 0, reviewed.err
    assert code(own) == (3, "own-review")
    assert [line.split()[1] for line in lines[1:]] == [FROZEN, "generation"]
    assert lines[1].endswith("holds - INC-9")
    assert lines[2].endswith("holds dana INC-9")
    assert [one["reviewed_by"] for one in bodies] == [None, "dana"]
    assert due == ""
    assert f"{FROZEN} stop" in everything[1]
    assert "closed by dana at position" in everything[2]


def test_a_drill_shows_what_a_stop_would_hold_and_is_kept(
    ledger: LedgerFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = lines_of(ledger.assent("status"))
    result = ledger.assent(
        "override", "drill", FROZEN, "--took", "40s", "--note", "on a Tuesday", as_="olga"
    )
    event = ledger.assent("show", ledger.size() - 1, "--json").json["entry"]["event"]
    status = lines_of(ledger.assent("status"))
    set_clock(monkeypatch, ledger.organisation, 100 * DAY)
    late = ledger.assent("status", "--json").json["drill"]

    assert result.exit == 0, result.err
    shown = [" ".join(line.split()) for line in result.err.splitlines()]
    assert f"A stop of {FROZEN}, rehearsed: nothing is stopped" in shown
    assert "would be held #2 fraud/production, open: a better model" in shown
    assert any(line.startswith("could set it ") and "olga" in line for line in shown)
    assert "took 40 seconds, as you say" in shown
    assert any(line.startswith("the next drill is due 2026-") for line in shown)
    assert (event["seconds"], event["note"], event["target"]) == (40, "on a Tuesday", FROZEN)
    assert ledger.assent("override", "check", FROZEN).exit == 0
    assert any(line.startswith("drill none yet; due in") for line in before)
    assert any(line.startswith("drill 2026-") and f"of {FROZEN}, 40s" in line for line in status)
    assert (late["overdue"], late["words"]) == (True, "OVERDUE by 9d")


def test_without_a_time_a_drill_took_what_the_rehearsal_did(ledger: LedgerFolder) -> None:
    dry = ledger.assent("override", "drill", "generation", "--dry-run", as_="olga")

    assert dry.json["event"]["seconds"] >= 1
    assert "second" in dry.err


@pytest.mark.parametrize("took", ["40", "-1s", "forty", "1.5s", "9999999999s", "99999d"])
def test_a_time_that_is_none_is_said_to_be_none(ledger: LedgerFolder, took: str) -> None:
    result = ledger.assent("override", "drill", "generation", f"--took={took}", as_="olga")

    assert code(result) == (2, "not-a-duration")
    assert "40s, 2m" in result.err


def test_who_could_not_stop_it_does_not_rehearse_it(ledger: LedgerFolder) -> None:
    size = ledger.size()

    result = ledger.assent("override", "drill", "generation", as_="frank")

    assert code(result) == (3, "no-power")
    assert ledger.size() == size


def test_a_stop_is_signed_while_a_release_is_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = exceptional_on_disk(tmp_path, monkeypatch, started)

    result = set_(ledger, FROZEN, as_="olga")
    onward = ledger.assent("release", "advance", PRODUCTION, as_="omar")
    back = ledger.assent("release", "rollback", PRODUCTION, "--trigger", "x", as_="olga")

    assert "  #2 fraud/production, under way: a better model" in result.err
    assert code(onward) == (3, "alias-frozen")
    assert back.exit == 0, back.err


def test_who_set_a_stop_is_who_set_one_that_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two froze it, and the first stop was lifted: the second is named."""

    def twice(org: Organisation) -> None:
        set_stop(org, "olga", FROZEN)
        set_stop(org, "sam", FROZEN)

    ledger = exceptional_on_disk(tmp_path, monkeypatch, twice)

    assert [
        line.split(" at ")[0]
        for line in ledger.assent("override", "check", FROZEN).out.splitlines()
    ] == [f"{FROZEN} is stopped, by olga", f"{FROZEN} is stopped, by sam"]
