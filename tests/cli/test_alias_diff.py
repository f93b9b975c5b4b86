"""``assent alias diff``: two releases beside each other, with the entries that say so."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.audited import moved_in, shared
from tests.cli.conftest import LedgerFolder
from tests.cli.staged_ledgers import PRODUCTION, completed, on_disk
from tests.organisation import Organisation, new_policy
from tests.policies import STAGED, numbered, staged
from tests.shell import Result


@pytest.fixture(scope="module")
def thrice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LedgerFolder]:
    org = staged()
    completed(org)
    second(org)
    org.roll_back("olga")
    with shared(tmp_path_factory.mktemp("compared"), org) as made:
        yield made


@pytest.fixture
def ledger(thrice: LedgerFolder, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """A ledger that ran m1, then m2, and again m1; tests only read it."""
    moved_in(monkeypatch, thrice)
    return thrice


def second(org: Organisation) -> str:
    return completed(org, "m2")


def diff(ledger: LedgerFolder, a: str, b: str, *more: str) -> Result:
    return ledger.assent("alias", "diff", PRODUCTION, a, b, *more)


def test_two_releases_differ_in_stack_evidence_and_who_approved(ledger: LedgerFolder) -> None:
    body = diff(ledger, "#2", "#4", "--json").json

    assert body["schema"] == "alias-diff/1"
    assert [
        (one["component"], one["a"]["version"], one["b"]["version"]) for one in body["stack"]
    ] == [("model", "m1", "m2")]
    assert [body[side]["proposal"] for side in ("a", "b")] == [2, 4]
    for side in ("a", "b"):
        assert {(one["signer"], one["role"]) for one in body[side]["approvals"]} == {
            ("alice", "model-owner"),
            ("dana", "data-owner"),
        }
        [evidence] = body[side]["evidence"]
        cited = ledger.assent("show", evidence["position"], "--json").json
        assert cited["entry"]["event"]["digest"] == evidence["digest"]
        opened = ledger.assent("show", body[side]["opened_position"], "--json").json
        assert opened["entry"]["event"]["kind"] == "proposal.opened"
    assert body["numbers"] == [
        {"metric": "auc", "segment": None, "a": "0.95", "b": "0.95", "change": "0"}
    ]
    assert body["policy"] == []


def test_a_side_is_what_ran_at_a_position_or_a_time(ledger: LedgerFolder) -> None:
    history = ledger.assent("alias", "history", PRODUCTION, "--json").json_lines
    second_at = history[1]["valid_from_position"]

    by_position = diff(ledger, f"@{second_at - 1}", f"@{second_at}", "--json").json
    by_time = diff(ledger, history[0]["valid_from"], history[1]["valid_from"], "--json").json
    at_last = diff(ledger, f"@{second_at}", f"@{ledger.size() - 1}", "--json").json

    assert [one["proposal"] for one in (by_position["a"], by_position["b"])] == [2, 4]
    assert [one["proposal"] for one in (by_time["a"], by_time["b"])] == [2, 4]
    assert [one["proposal"] for one in (at_last["a"], at_last["b"])] == [4, 2]


def test_the_difference_reads_in_one_look(ledger: LedgerFolder) -> None:
    lines = [" ".join(line.split()) for line in diff(ledger, "2", "4").out.splitlines()]

    assert lines[0] == f"{PRODUCTION}: #2 to #4"
    assert any(
        line.startswith("A #2, opened at position 15, started at 19 by omar") for line in lines
    )
    assert any(line.startswith("model m1 m2 sha256:") for line in lines)
    assert "1, the same for both" in lines
    assert "B dana data-owner position 32 2026-09-23T14:13:52Z" in lines


def test_policies_that_differ_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def next_policy(org: Organisation) -> None:
        of = org.open("frank", new_policy(numbered(2, text=STAGED.replace('"0.90"', '"0.91"'))))
        org.approve("alice", of, "root")
        org.approve("bob", of, "root")
        org.enact("omar", of)

    ledger = on_disk(tmp_path, monkeypatch, completed, next_policy, second)

    shown = diff(ledger, "#2", "#5").out
    body = diff(ledger, "#2", "#5", "--json").json

    assert "Policy: 1 to 2; assent policy diff 1 2 shows each" in shown
    assert ("requirement", "quality") in {(one["block"], one["id"]) for one in body["policy"]}
    changed = next(one for one in body["policy"] if one["id"] == "quality")
    assert ("0.90" in changed["old"], "0.91" in changed["new"]) == (True, True)
    where = [body[side]["policy_position"] for side in ("a", "b")]
    assert [ledger.assent("show", at, "--json").json["entry"]["event"]["kind"] for at in where] == [
        "ledger.founded",
        "policy.published",
    ]


@pytest.mark.parametrize(
    ("named", "exit_", "code"),
    [
        ("#1", 3, "not-released"),
        ("#99", 2, "unknown-proposal"),
        ("99", 2, "unknown-proposal"),
        ("9" * 30, 2, "unknown-proposal"),
        ("@3", 3, "not-released"),
        ("@" + "9" * 30, 2, "no-such-position"),
        ("@999", 2, "no-such-position"),
        ("@x", 2, "not-an-instant"),
        ("2020-01-01T00:00:00Z", 3, "not-released"),
        ("yesterday", 2, "not-an-instant"),
    ],
)
def test_what_the_alias_never_ran_is_no_side(
    named: str, exit_: int, code: str, ledger: LedgerFolder
) -> None:
    result = diff(ledger, named, "#2")

    assert (result.exit, result.err.split(":")[0]) == (exit_, code)
