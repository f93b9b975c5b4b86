"""``assent status`` and ``assent views``: one small screen, and the tables behind it."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import LedgerFolder, MakeLedger
from tests.cli.rosters import folder_of
from tests.organisation import Organisation, new_policy
from tests.policies import numbered
from tests.roster import DAY, carried, enrolment, next_key, rotation, stop
from tests.shell import run_assent
from tests.signer_acts import POLICY_OF_STAFF, disown, staffed


def test_status_is_a_screen_of_five_lines(ledger: LedgerFolder) -> None:
    result = ledger.assent("status")

    assert result.exit == 0
    assert len(result.out.splitlines()) == 5
    assert "simulated (rehearsal)" in result.out
    assert ledger.id in result.out


def test_status_counts_what_is_open_and_what_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSENT_NOW", "2026-09-22T00:00:00Z")
    made = Organisation()
    made.release()
    made.open("frank")
    made.smuggle(b"rubbish")
    ledger = LedgerFolder(tmp_path / "busy", made)

    body = ledger.assent("status", "--json").json

    assert (body["schema"], body["size"]) == ("status/1", len(made.envelopes))
    assert (body["proposals"], body["aliases"], body["findings"]) == ({"open": 1}, 1, 1)
    assert "1 open; aliases: 1" in ledger.assent("status").out
    assert "unacknowledged findings: 1" in ledger.assent("status").out


def test_status_says_whom_the_founding_waits_for(make_ledger: MakeLedger) -> None:
    ledger = make_ledger(accept=False)

    assert "the founding, for alice, bob, dana" in ledger.assent("status").out
    assert ledger.assent("status", "--json").json["founding_waits_for"] == ["alice", "bob", "dana"]


@pytest.mark.usefixtures("desk")
def test_where_there_is_no_ledger_status_says_what_to_do() -> None:
    result = run_assent("status")

    assert result.exit == 5
    assert result.err.startswith("no-ledger: ")
    assert "assent init" in result.err


def test_a_configuration_that_names_a_key_or_a_clock_is_refused(ledger: LedgerFolder) -> None:
    """A folder that comes with a clone must not choose who signs."""
    (ledger.path / ".assent" / "config.toml").write_text('log = "log.sqlite"\nsigner = "alice"\n')

    result = ledger.assent("status")

    assert result.exit == 2
    assert result.err.startswith("bad-configuration: ")
    assert "signer" in result.err


def test_the_clock_is_the_real_one_outside_rehearsals(
    ledger: LedgerFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSENT_NOW", "yesterday")

    result = ledger.assent("status")

    assert result.exit == 2
    assert result.err.startswith("not-an-instant: ")


def test_views_are_brought_up_to_date_and_say_how_far_they_go(ledger: LedgerFolder) -> None:
    first = ledger.assent("views", "sync", "--json").json
    second = ledger.assent("views", "sync", "--json").json
    status = ledger.assent("views", "status", "--json").json

    assert (first["size"], first["added"], second["added"]) == (8, 8, 0)
    assert (status["size"], status["log"], status["lag"]) == (8, 8, 0)
    assert (status["code_current"], status["current"]) == (True, True)
    assert status["file"] == str(ledger.state.views)
    lines = [line.split() for line in ledger.assent("views", "status").out.splitlines()]
    assert ["file", str(ledger.state.views)] in lines
    assert lines[-2:] == [["code", "current", "True"], ["current", "True"]]
    assert ["lag", "0"] in lines


def test_views_of_another_version_are_built_again(ledger: LedgerFolder) -> None:
    ledger.assent("views", "sync")
    with closing(sqlite3.connect(ledger.state.views)) as connection:
        connection.execute("UPDATE tracking SET code_version = 0")
        connection.commit()

    status = ledger.assent("views", "status", "--json").json
    assert (status["code_version"], status["code_current"], status["current"]) == (0, False, False)
    assert (status["size"], status["lag"], status["log"]) == (None, None, 8)
    assert ledger.assent("status").exit == 0
    assert ledger.assent("views", "status", "--json").json["current"] is True
    assert ledger.assent("verify").exit == 0


def test_views_are_never_rebuilt_from_a_log_that_was_cut(ledger: LedgerFolder) -> None:
    ledger.assent("status")
    before = ledger.state.views.read_bytes()
    ledger.sql(
        "DELETE FROM merkle_leaf WHERE leaf_index = 7", "DELETE FROM stored_events WHERE rowid = 8"
    )

    result = ledger.assent("views", "rebuild", "--json")

    assert result.exit == 4
    assert json.loads(result.err)["code"] == "log-shorter"
    assert ledger.state.views.read_bytes() == before


def test_status_says_who_is_stopped_disowned_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = staffed()
    after = org.standing.head.size - 1
    carried(org, enrolment("zoe"))
    carried(org, rotation("mo", next_key("mo").public.text), by="mo", enactor="mo")
    org.now += 13 * DAY
    carried(org, enrolment("yan"), approvals=(("bob", "steward"),))
    stop(org, "alice", "erin")
    ledger = folder_of(tmp_path, monkeypatch, org)

    body = ledger.assent("status", "--json").json
    lines = ledger.assent("status").out.split("\n")
    monkeypatch.setenv("ASSENT_NOW", "2026-10-05T20:00:00Z")
    later = ledger.assent("status", "--json").json

    assert [(one["signer"], one["rotation"]) for one in body["named"]] == [
        ("mo", True),
        ("yan", False),
        ("zoe", False),
    ]
    assert (body["stopped"], body["disowned"]) == (["erin"], [])
    assert (body["policy_supported"], body["unsupported"]) == (True, [])
    assert body["not_accepted"] == ["yan", "zoe"]
    assert lines[3].startswith("waiting    yan (until 2026-10-18T")
    assert "; zoe (until 2026-10-05T14:" in lines[3]
    assert "; mo's next key (until 2026-10-05T14:" in lines[3]
    assert lines[3].endswith(" to accept")
    assert lines[5:] == ["stopped    erin", ""]
    assert [one["signer"] for one in later["named"]] == ["yan"], "the others have lapsed"
    assert after < ledger.size()


def test_status_says_that_the_policy_has_lost_its_consent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = staffed()
    after = org.standing.head.size - 1
    carried(org, new_policy(numbered(2, text=POLICY_OF_STAFF)), approvals=(("sam", "steward"),))
    disown(org, "sam", after)
    ledger = folder_of(tmp_path, monkeypatch, org)

    body = ledger.assent("status", "--json").json

    assert body["policy_supported"] is False
    assert ledger.assent("status").out.endswith(
        "disowned   sam\nlost       consent to policy 2: no release until the root publishes one\n"
    )
    impact = ledger.assent("signer", "impact", "sam", "--after", after)
    assert "unsupported: no release until the root publishes one" in impact.out
