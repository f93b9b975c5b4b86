"""``assent inbox``: what waits for somebody, and apart from it what they are told of."""

from pathlib import Path

import pytest

from tests.cli.conftest import LedgerFolder
from tests.organisation import change, new_policy
from tests.policies import numbered, under

TELLING = """
[[requirement]]
id = "told"
approvals = { model-owner = 1 }
notify = ["auditor", "data-owner"]
"""


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """A ledger with a release proposed, and a policy, under one that tells auditors."""
    org = under(TELLING)
    org.open("frank", change())
    org.open("frank", new_policy(numbered(2, TELLING)))
    monkeypatch.setenv("ASSENT_NOW", "2026-09-22T00:00:00Z")
    return LedgerFolder(tmp_path / "ledger", org)


def test_what_needs_no_answer_stands_apart(ledger: LedgerFolder) -> None:
    asked, told = ledger.assent("inbox", "--as", "dana").out.split("\nFor your information:\n")
    assert [line.split()[:3] for line in asked.splitlines()] == [
        ["proposal", "alias", "as"],
        ["1", "fraud/production", "data-owner"],
        ["2", "policy", "root"],
    ]
    assert [line.split()[:3] for line in told.splitlines()] == [
        ["proposal", "alias", "as"],
        ["1", "fraud/production", "data-owner"],
    ]


def test_who_is_only_told_reads_that_nothing_waits(ledger: LedgerFolder) -> None:
    result = ledger.assent("inbox", "--as", "rita")
    assert (result.exit, result.err) == (0, "nothing waits for rita\n")
    assert result.out.startswith("For your information:\nproposal  alias")
    nobody = ledger.assent("inbox", "--as", "erin")
    assert (nobody.exit, nobody.out, nobody.err) == (0, "", "nothing waits for erin\n")


def test_a_program_can_tell_the_two_apart(ledger: LedgerFolder) -> None:
    lines = ledger.assent("inbox", "--as", "dana", "--json").json_lines
    assert [(one["for"], one["proposal"], one["alias"], one["requirements"]) for one in lines] == [
        ("approval", 1, "fraud/production", ["data"]),
        ("approval", 2, None, ["stewardship"]),
        ("information", 1, "fraud/production", ["told"]),
    ]


def test_a_role_selects_both_and_root_is_a_role_here(ledger: LedgerFolder) -> None:
    def lines(person: str, role: str) -> list[tuple[str, int]]:
        found = ledger.assent("inbox", "--as", person, "--role", role, "--json").json_lines
        return [(one["for"], one["proposal"]) for one in found]

    assert lines("dana", "data-owner") == [("approval", 1), ("information", 1)]
    assert lines("dana", "root") == [("approval", 2)]
    assert lines("rita", "auditor") == [("information", 1)]
    assert lines("rita", "data-owner") == []
    wrong = ledger.assent("inbox", "--as", "rita", "--role", "rooot")
    assert (wrong.exit, wrong.err.split(":")[0]) == (2, "unknown-role")
