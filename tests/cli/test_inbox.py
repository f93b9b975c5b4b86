"""``assent inbox``: what waits for somebody, and apart from it what they are told of."""

from pathlib import Path

import pytest

from tests.cli.conftest import LedgerFolder
from tests.cli.rosters import folder_of
from tests.organisation import change, new_policy
from tests.policies import numbered, under
from tests.roster import enrolment, lifting, next_key, rotation, stewarded, stop

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


NEXT = next_key("bob").public


def test_what_is_about_no_alias_waits_for_whoever_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = stewarded()
    first = stop(org, "omar", "frank")
    org.open("erin", enrolment("zoe", ["model-owner"]))
    org.open("bob", rotation("bob", NEXT.text))
    org.open("erin", lifting(first))
    ledger = folder_of(tmp_path, monkeypatch, org)

    def asked(person: str) -> list[tuple[int, str, str]]:
        lines = ledger.assent("inbox", "--as", person, "--json").json_lines
        return [(one["proposal"], one["effect"], one["role"]) for one in lines]

    assert asked("sam") == [(1, "enrolment", "steward"), (2, "rotation", "steward")]
    assert asked("rita") == [(3, "lift", "auditor")]
    assert asked("alice") == [
        (1, "enrolment", "root"),
        (2, "rotation", "root"),
        (3, "lift", "root"),
    ]
    assert (2, "rotation", "root") in asked("bob"), "a vote of the root counts whoever asked"
    text = ledger.assent("inbox", "--as", "rita").out
    assert text.split("\n")[1].split()[:3] == ["3", "lift", "auditor"]


def test_a_rotation_waits_for_its_signer_to_enact_it_and_then_to_accept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = stewarded()
    of = org.open("bob", rotation("bob", NEXT.text))
    org.approve("sam", of, "steward")
    ledger = folder_of(tmp_path, monkeypatch, org)

    first = ledger.assent("inbox", "--as", "bob")
    body = ledger.assent("inbox", "--as", "bob", "--json").json
    other = ledger.assent("inbox", "--as", "omar")
    assert ledger.assent("proposal", "enact", 1, as_="bob").exit == 0
    second = ledger.assent("inbox", "--as", "bob")
    key = ledger.assent("inbox", "--as", "bob", "--json").json
    in_a_role = ledger.assent("inbox", "--as", "bob", "--role", "data-owner")
    monkeypatch.setenv("ASSENT_NOW", "2026-10-06T00:00:00Z")
    lapsed = ledger.assent("inbox", "--as", "bob")

    assert first.out.startswith("#1 has all consent and waits for you to enact it: ")
    assert "  assent proposal enact 1 --as bob\n" in first.out
    assert (body["for"], body["proposal"], body["effect"]) == ("enactment", 1, "rotation")
    assert (other.out, other.err) == ("", "nothing waits for omar\n")
    assert second.out == (
        f"your key {NEXT.id} waits to be accepted until 2026-10-06T00:00:00Z:\n"
        "  assent signer accept --as bob\n"
    )
    assert (key["for"], key["fingerprint"], key["proposal"]) == ("acceptance", NEXT.id, 1)
    assert key["until"] == "2026-10-06T00:00:00Z"
    assert in_a_role.out == ""
    assert (lapsed.out, lapsed.err) == ("", "nothing waits for bob\n")


def test_who_is_stopped_is_told_so_and_asked_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = stewarded()
    org.open("frank", enrolment("zoe"))
    stop(org, "alice", "sam")
    ledger = folder_of(tmp_path, monkeypatch, org)

    result = ledger.assent("inbox", "--as", "sam")

    assert (result.out, result.exit) == ("", 0)
    assert result.err == (
        "sam is stopped; others lift that with a proposal\nnothing waits for sam\n"
    )
