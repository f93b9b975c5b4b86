"""What is said of releases holds whatever came later: since when, how late, and by when."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.model.terms import format_instant, parse_instant
from tests.cli.conftest import LedgerFolder
from tests.cli.staged_ledgers import DAY, PRODUCTION, completed, on_disk, started
from tests.organisation import Organisation, new_policy
from tests.policies import STAGED, numbered
from tests.roster import carried
from tests.signer_acts import ROOT_VOTES, disown, now_at

Make = Callable[..., LedgerFolder]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Make a ledger on disk after some steps."""
    return lambda *steps, **options: on_disk(tmp_path, monkeypatch, *steps, **options)


def second_is_disowned(org: Organisation) -> None:
    """Start a second release with documents of erin, whose key is disowned then."""
    after = now_at(org)
    started(org, "m2")
    disown(org, "erin", after)


def rolled_back_late(org: Organisation) -> None:
    """Roll back what was seen to breach, 20 minutes late, and publish a policy without a time."""
    seen = org.observe("watchdog", PRODUCTION, incident="INC-7")
    org.now += 1_200
    org.roll_back("watchdog", observation=seen.position)
    text = STAGED.replace('\nwithin = "10m"\n', "\n")
    policy = new_policy(numbered(2, text=text))
    carried(org, policy, by="frank", approvals=ROOT_VOTES, enactor="alice")


def test_a_candidate_that_lost_its_consent_brought_nothing_back(make: Make) -> None:
    ledger = make(completed, second_is_disowned)
    (first,) = ledger.assent("alias", "history", PRODUCTION, "--json").json_lines

    shown = ledger.assent("alias", "show", PRODUCTION).out
    body = ledger.assent("alias", "show", PRODUCTION, "--json").json

    assert "UNSUPPORTED: #4" in shown
    assert f"{PRODUCTION} runs: #2, since {first['valid_from']}, position " in shown
    assert body["stable"]["position"] == first["valid_from_position"]
    assert body["stable"]["since"] == first["valid_from"]


def test_an_alias_to_which_nothing_got_never_ran_anything(make: Make) -> None:
    ledger = make(second_is_disowned)

    shown = ledger.assent("alias", "show", PRODUCTION).out
    listed = ledger.assent("alias", "list", "--json").json_lines

    assert "UNSUPPORTED: #2" in shown
    assert "runs nothing" not in shown
    assert [one["stable"] for one in listed if one["alias"] == PRODUCTION] == [None]


def test_a_late_rollback_stays_late_under_a_policy_that_names_no_time(make: Make) -> None:
    ledger = make(completed, rolled_back_late)
    said = "20m after the trigger (LATE, within 10m)"

    assert said in ledger.assent("release", "show", PRODUCTION).out
    assert said in ledger.assent("alias", "history", PRODUCTION).out


def test_a_missing_result_of_what_came_back_was_due_a_day_after_it_came_back(make: Make) -> None:
    """Its window had ended while another stack ran."""

    def back(org: Organisation) -> None:
        org.now += 4 * DAY
        completed(org, "m2")
        org.now += 3 * DAY
        org.roll_back("olga")

    def lapsed(org: Organisation) -> None:
        org.now += 2 * DAY
        org.open("frank")

    ledger = make(completed, back, lapsed)
    shown = ledger.assent("release", "show", PRODUCTION, "--json").json

    window, back_at = shown["window"], parse_instant(shown["rolled_back"]["at"])
    assert back_at > parse_instant(window["until"])
    due = format_instant(back_at + DAY)
    assert (window["due"], window["missing"]) == (due, True)
