"""``assent policy simulate``: the past under a draft, on paper and as JSON."""

from pathlib import Path
from typing import Any

import pytest

from cli.policy_simulate import WIDTH
from tests.cli.conftest import LedgerFolder, MakeLedger
from tests.cli.opened import opened, released
from tests.organisation import POLICY
from tests.shell import Result, run_assent

AUDITED = POLICY.replace("{ model-owner = 1 }", "{ model-owner = 1, auditor = 1 }")


def simulated(ledger: LedgerFolder, text: str, *arguments: str) -> Result:
    (ledger.path / "draft.toml").write_text(text)
    return ledger.assent("policy", "simulate", "draft.toml", *arguments)


def test_a_draft_that_would_have_held_a_release_back_says_so_first(ledger: LedgerFolder) -> None:
    released(ledger)

    result = simulated(ledger, AUDITED)

    assert (result.exit, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[:2] == [
        "Of 1 release proposal in 14 entries, under draft.toml:",
        "  1  released, and would have been held back",
    ]
    assert "  #1 fraud/production released, and would have been held back" in lines
    assert "    missing for model-owner: approval of 1 auditor" in lines
    titles = ["What would have been different", "From opening to ready", "Load by person"]
    assert [line for line in lines if line.startswith(tuple(titles))] == [
        *titles[:2],
        "Load by person: revisions that waited, approvals given",
    ]
    assert ["rita", "0", "1", "0", "0"] in [line.split() for line in lines]


def test_the_policy_in_force_changes_nothing(ledger: LedgerFolder) -> None:
    released(ledger)
    opened(ledger)

    result = simulated(ledger, POLICY)

    assert result.out.splitlines()[:3] == [
        "Of 2 release proposals in 15 entries, under draft.toml:",
        "  2  decided as they were",
        "",
    ]
    assert "What would have been different" not in result.out


def test_the_answer_for_programs_has_every_proposal_with_both_outcomes(
    ledger: LedgerFolder,
) -> None:
    released(ledger)
    opened(ledger)

    body: dict[str, Any] = simulated(ledger, AUDITED, "--json").json

    assert body["schema"] == "policy-simulation/1"
    assert (body["size"], body["proposals"], body["policy_proposals_left_out"]) == (15, 2, 0)
    assert body["summary"] == {
        "held_back": 1,
        "let_through": 0,
        "not_ready": 0,
        "same": 1,
        "ready_later": 0,
        "ready_earlier": 0,
    }
    first, second = body["decisions"]
    assert (first["proposal"], first["ending"], first["change"]) == (1, "released", "held-back")
    assert first["why"] == ["missing for model-owner: approval of 1 auditor"]
    assert first["in_force"]["verdict"] == "ready"
    assert first["draft"]["requirements"]["model-owner"] == ["approval of 1 auditor"]
    assert (second["ending"], second["change"], second["delay_seconds"]) == ("open", None, None)
    assert body["latency_seconds"]["only_in_force"]["count"] == 1
    assert body["latency_seconds"]["both"]["draft"] == {"count": 0, "median": None, "p90": None}
    assert {"name": "auditor", "asked": {"in_force": 0, "draft": 2}} | {
        "given": {"in_force": 0, "draft": 0}
    } in body["roles"]


def test_a_draft_with_problems_is_named_with_file_and_line(ledger: LedgerFolder) -> None:
    text = POLICY.replace("{ model-owner = 1 }", "{ modl-owner = 1 }")
    line = text[: text.index("modl-owner")].count("\n") + 1

    result = simulated(ledger, text)

    assert (result.exit, result.out) == (2, "")
    assert result.err.startswith(f"unknown-role: draft.toml:{line}: ")


def test_a_draft_that_could_not_be_proposed_as_it_is_written_is_refused(
    ledger: LedgerFolder,
) -> None:
    result = simulated(ledger, POLICY.replace("reviews", "re\u0301views"))

    assert (result.exit, result.out) == (2, "")
    assert result.err.startswith("not-nfc: draft.toml:9: ")


def test_a_draft_nobody_could_meet_is_simulated_with_a_note(ledger: LedgerFolder) -> None:
    released(ledger)
    text = POLICY.replace("{ data-owner = 1 }", "{ data-owner = 3 }")

    result = simulated(ledger, text)

    assert result.exit == 0
    assert "1  released, and would have been held back" in result.out
    assert "[lock-out]" in result.err
    assert len(simulated(ledger, text, "--json").json["lock_outs"]) == 1


def test_before_anything_was_proposed_there_is_nothing_to_say(ledger: LedgerFolder) -> None:
    result = simulated(ledger, POLICY)

    assert result.exit == 0
    assert result.out == "Of 0 release proposals in 8 entries, under draft.toml:\n"


def test_the_past_can_be_simulated_as_it_was(ledger: LedgerFolder) -> None:
    released(ledger)

    body = simulated(ledger, AUDITED, "--as-of", "11", "--json").json

    assert (body["size"], body["decisions"][0]["ending"]) == (12, "open")
    assert body["decisions"][0]["change"] == "not-ready"


def test_a_log_that_was_changed_since_it_was_verified_is_not_simulated(
    ledger: LedgerFolder,
) -> None:
    released(ledger)
    assert simulated(ledger, POLICY).exit == 0

    ledger.sql(
        "UPDATE stored_events SET state = CAST(replace(CAST(state AS TEXT), 'a', 'b') AS BLOB)"
        " WHERE rowid = 4"
    )
    result = simulated(ledger, POLICY)

    assert (result.exit, result.out) == (4, "")
    assert result.err.startswith("log-changed: the entries of the log are not those")


def test_a_ledger_that_was_never_pinned_is_uncheckable(make_ledger: MakeLedger) -> None:
    result = simulated(make_ledger(pin=False), POLICY)

    assert (result.exit, result.out) == (5, "")
    assert result.err.startswith("never-pinned: ")


def test_without_the_file_or_the_ledger_it_says_which_is_missing(
    ledger: LedgerFolder, desk: Path
) -> None:
    missing = ledger.assent("policy", "simulate", "nowhere.toml")
    assert (missing.exit, missing.err.split(":")[0]) == (2, "no-such-file")

    (desk / "draft.toml").write_text(POLICY)
    alone = run_assent("policy", "simulate", "draft.toml")
    assert (alone.exit, alone.err.split(":")[0]) == (5, "no-ledger")


def test_every_line_fits_a_page_of_80_columns_and_hides_nothing(
    make_ledger: MakeLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reasons are folded; what a requirement's id or an alias says is not cut off."""
    ledger = make_ledger()
    monkeypatch.setenv("ASSENT_NOW", "2026-09-22T00:00:00Z")
    released(ledger)
    long = "r" * 60
    draft = POLICY.replace(
        "[approvals]",
        f'[[requirement]]\nid = "{long}"\n[requirement.evidence.{"e" * 60}]\n'
        'by = ["auditor"]\n[approvals]',
    )

    lines = simulated(ledger, draft).out.splitlines()

    assert max(len(line) for line in lines) <= WIDTH + 2
    assert long in "".join(lines)
    assert "e" * 60 in "".join(lines)
