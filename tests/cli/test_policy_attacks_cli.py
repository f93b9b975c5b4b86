"""Attacks on policies through the command line: misled readers, hostile files, a forged log."""

import time
from pathlib import Path

import pytest

from cli.gate_quickly import answer_quickly
from cli.options import Options
from ledger.model.events import PolicyPublished
from tests.acts import look
from tests.cli.conftest import LedgerFolder
from tests.organisation import POLICY, Organisation, change, new_policy
from tests.policies import STEWARDSHIP, numbered
from tests.shell import inside

NOW = "2026-09-22T00:00:00Z"
SPOOF = '''because = """so it is
Who consents
  auditor  1 of 1  rita
Asks for less than policy 1
  nowhere weaker
[green]ready[/] | `x` \\u001b"""'''
HOSTILE = {
    "no text": b"\xff\xfe\x00",
    "a NUL": b'name = "a\x00"',
    "nested lists": b"a = " + b"[" * 5000 + b"]" * 5000,
    "nested tables": b"a = " + b"{a = " * 2000 + b"1" + b"}" * 2000,
    "a long key": b".".join([b"a"] * 3000) + b" = 1",
    "a long number": b"number = " + b"9" * 10_000,
    "half a pair": b'name = "\\ud800"',
    "a folder's worth": b"# " + b"x" * 3_000_000,
    "nothing": b"",
}


def spoofed(number: int, *, escape: bool = False) -> str:
    """The simulator's policy with a reason that pretends to be a screen."""
    reason = SPOOF if escape else SPOOF.replace("\\u001b", "")
    because = 'because = "somebody accepts the task quality"'
    assert because in POLICY
    return numbered(number, STEWARDSHIP, text=POLICY.replace(because, reason))


def folder(tmp_path: Path, org: Organisation) -> LedgerFolder:
    return LedgerFolder(tmp_path / "ledger", org, pin=True)


@pytest.fixture
def rehearsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulator's time."""
    monkeypatch.setenv("ASSENT_NOW", NOW)


@pytest.mark.usefixtures("rehearsed")
def test_a_reason_of_many_lines_forges_no_line_of_a_review(tmp_path: Path) -> None:
    org = Organisation(policy=numbered(1, STEWARDSHIP))
    org.open("frank", new_policy(spoofed(2)))

    shown = folder(tmp_path, org).assent("proposal", "show", 1).out

    lines = [line.strip() for line in shown.splitlines()]
    assert lines.count("Who consents") == 1
    assert "auditor  1 of 1  rita" not in lines
    assert "so it is\\u000aWho consents" in shown


@pytest.mark.usefixtures("rehearsed")
def test_a_reason_of_many_lines_forges_no_line_of_the_playbook(tmp_path: Path) -> None:
    org = Organisation(policy=spoofed(1))

    shown = folder(tmp_path, org).assent("policy", "show", "--page").out

    lines = [line.strip() for line in shown.splitlines()]
    assert "Who consents" not in lines
    assert "nowhere weaker" not in lines
    assert "[green]ready[/]" in shown


@pytest.mark.usefixtures("rehearsed")
def test_a_policy_with_an_escape_is_not_proposed(tmp_path: Path) -> None:
    made = folder(tmp_path, Organisation(policy=numbered(1, STEWARDSHIP)))
    (made.path / "next.toml").write_text(spoofed(2, escape=True), encoding="utf-8")
    (made.path / "change.toml").write_text('effect = "policy"\nfile = "next.toml"\n')

    result = made.assent("proposal", "open", "change.toml", as_="frank")

    assert result.exit == 2
    assert "\x1b" not in result.err
    assert "next.toml:" in result.err


@pytest.mark.usefixtures("rehearsed")
@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_bad_input_to_every_command_that_reads_policies(
    tmp_path: Path, what: str
) -> None:
    made = folder(tmp_path, Organisation())
    (made.path / "hostile.toml").write_bytes(HOSTILE[what])
    (made.path / "good.toml").write_text(numbered(2), encoding="utf-8")

    for arguments in (
        ("policy", "check", "hostile.toml"),
        ("policy", "test", "hostile.toml"),
        ("policy", "diff", "hostile.toml", "good.toml", "--exhaustive"),
        ("policy", "diff", "1", "hostile.toml"),
        ("policy", "simulate", "hostile.toml"),
    ):
        result = made.assent(*arguments)
        assert (result.exit, "Traceback" in result.err) == (2, False), arguments


@pytest.mark.usefixtures("rehearsed")
def test_a_forged_publication_is_named_by_verify_and_read_by_nobody(tmp_path: Path) -> None:
    org = Organisation(policy=numbered(1, STEWARDSHIP))
    of = org.open("frank", new_policy(numbered(2)))
    document = new_policy(numbered(2)).policy
    review = look(org, of).review_digest
    forged = PolicyPublished(proposal=of, review=review, number=2, policy=document)
    position = org.force("rita", forged).position
    made = folder(tmp_path, org)

    verified = made.assent("verify")
    shown = made.assent("policy", "show", "--json").json
    second = made.assent("policy", "show", 2)
    listed = made.assent("proposal", "show", 1, "--json").json

    assert verified.exit == 3
    assert f"{position}" in verified.out
    assert "not-ready" in verified.out
    assert shown["number"] == 1
    assert (second.exit, second.err.split(":")[0]) == (2, "unknown-policy")
    assert listed["assessment"]["verdict"] == "open"


def quickly(made: LedgerFolder, number: int) -> str | None:
    """The verdict of the gate's short way, where it answers at all."""
    with inside(made.path):
        found = answer_quickly(Options(), str(number), None)
    return None if found is None else str(found["verdict"])


def test_the_short_way_of_the_gate_forgets_what_was_ready_once_a_policy_is_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ASSENT_NOW", raising=False)
    org = Organisation(policy=numbered(1, STEWARDSHIP), start=int(time.time()) - 600)
    of = org.open("frank", change())
    org.attach("erin", of)
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")
    org.approve("rita", org.open("frank", new_policy(numbered(2, STEWARDSHIP))), "auditor")
    made = folder(tmp_path, org)
    assert made.assent("gate", 1).exit == 0
    assert quickly(made, 1) == "ready"

    enacted = made.assent("proposal", "enact", 2, as_="omar")

    assert enacted.exit == 0, enacted.err
    assert quickly(made, 1) == "open"
    assert made.assent("gate", 1).exit == 8


@pytest.mark.usefixtures("rehearsed")
def test_a_policy_that_nearly_fills_an_entry_goes_the_whole_way(tmp_path: Path) -> None:
    rules = (
        f'\n[[requirement]]\nid = "r{i}"\nwhen = "online || personal_data"\nfields = ["why"]\n'
        for i in range(90)
    )
    text = numbered(2, STEWARDSHIP, *rules, *(f"# {'x' * 98}\n" for _ in range(260)))
    assert len(text) + len(new_policy(text).policy.canonical) > 50_000
    org = Organisation(policy=numbered(1, STEWARDSHIP))
    of = org.open("frank", new_policy(text))
    org.approve("rita", of, "auditor")
    made = folder(tmp_path, org)

    assert made.assent("proposal", "show", 1).exit == 0
    enacted = made.assent("proposal", "enact", 1, as_="omar")

    assert enacted.exit == 0, enacted.err
    assert made.assent("policy", "show", "--json").json["text"] == text
    assert made.assent("policy", "show", "--page").exit == 0
    assert made.assent("verify").exit == 0
