"""``assent log``, ``assent show`` and ``assent inbox``: what happened, entry by entry."""

import json
import subprocess
from pathlib import Path

import pytest

from ledger.model.events import ProposalRejected
from ledger.store.log import open_log
from ledger.store.rows import Placed
from tests.cli.conftest import LedgerFolder
from tests.cli.opened import approved, opened
from tests.organisation import Organisation
from tests.shell import Result


def positions(result: Result) -> list[int]:
    """The positions of a log as JSON lines."""
    return [line["position"] for line in result.json_lines]


def test_the_log_lists_entries_newest_last(ledger: LedgerFolder) -> None:
    opened(ledger)

    lines = ledger.assent("log", "--json").json_lines

    assert [line["position"] for line in lines] == list(range(9))
    assert (lines[0]["kind"], lines[8]["kind"]) == ("ledger.founded", "proposal.opened")
    assert "asked for fraud/production" in ledger.assent("log").out


def test_the_log_is_narrowed_by_stream_signer_kind_and_moment(ledger: LedgerFolder) -> None:
    opened(ledger)
    approved(ledger, 1, alice="model-owner")

    assert positions(ledger.assent("log", "--by", "frank", "--json")) == [5, 8]
    assert positions(ledger.assent("log", "--kind", "approval.granted", "--json")) == [9]
    assert positions(ledger.assent("log", "--stream", "signer:omar", "--json")) == [6]
    assert positions(ledger.assent("log", "--last", 2, "--json")) == [8, 9]
    assert positions(ledger.assent("log", "--as-of", 8, "--last", 1, "--json")) == [8]


def test_each_line_has_the_event_as_it_was_signed_and_what_else_an_audit_needs(
    ledger: LedgerFolder,
) -> None:
    opened(ledger)
    approved(ledger, 1, alice="model-owner")

    lines = ledger.assent("log", "--json").json_lines

    signed = [json.loads(raw.split(b"\n")[0]) for raw in ledger.organisation.envelopes]
    assert len(lines) == len(signed) + 2
    for line, payload in zip(lines, signed, strict=False):
        assert line["event"] == payload["event"]
        assert line["key"] == payload["by"]["key"]
        assert (line["previous"], line["seen"]) == (payload["previous"], payload["seen"])
    opening, approval = lines[-2:]
    assert opening["event"]["effect"]["alias"] == "fraud/production"
    assert approval["event"]["binding"]["revision"] == 1
    assert approval["previous"] == opening["leaf"]
    assert ledger.assent("log", "--by", "alice", "--last", 1, "--json").json_lines == [approval]
    assert ledger.assent("log", "--as-of", 8, "--last", 1, "--json").json_lines == [opening]


def test_the_events_of_a_log_are_read_some_at_a_time(
    ledger: LedgerFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(ledger)
    whole = ledger.assent("log", "--json").json_lines
    monkeypatch.setattr("cli.log._AT_ONCE", 2)

    assert ledger.assent("log", "--json").json_lines == whole
    assert ledger.assent("log", "--stream", "signer:omar", "--json").json_lines == [whole[6]]


def test_an_envelope_that_was_changed_since_is_not_told_as_an_event(ledger: LedgerFolder) -> None:
    opened(ledger)
    ledger.assent("status")
    ledger.sql("UPDATE stored_events SET state = CAST(state || ' ' AS BLOB) WHERE rowid = 3")

    result = ledger.assent("log", "--json")

    assert (result.exit, result.json_lines[-1]["position"]) == (4, 1)
    assert result.err.splitlines()[-1].count("log-changed") == 1


def test_what_is_no_entry_has_said_nothing(ledger: LedgerFolder) -> None:
    with open_log(ledger.log) as log:
        rubbish = Placed("proposal:x", 1, "proposal.opened", b"{\x1b\xff\n\n")
        log.append([rubbish], size=ledger.size())

    line = ledger.assent("log", "--last", 1, "--json").json

    assert line["admitted"] is False
    assert (line["event"], line["key"], line["seen"]) == (None, None, None)


def test_an_unknown_kind_is_bad_input_with_the_one_that_was_meant(ledger: LedgerFolder) -> None:
    result = ledger.assent("log", "--kind", "aproval.granted")

    assert result.exit == 2
    assert "did you mean approval.granted?" in result.err


def test_an_entry_is_shown_as_it_was_signed_and_judged(ledger: LedgerFolder) -> None:
    opened(ledger)

    text = ledger.assent("show", 8).out
    body = ledger.assent("show", 8, "--json").json

    assert "frank with SHA256:" in text
    assert (body["schema"], body["signed"], body["admitted"]) == ("entry/1", True, True)
    assert body["entry"]["event"]["kind"] == "proposal.opened"


def test_a_position_that_is_not_there_is_bad_input(ledger: LedgerFolder) -> None:
    result = ledger.assent("show", 8)

    assert (result.exit, result.err.split(":")[0]) == (2, "no-such-position")


def test_raw_prints_the_two_stored_lines(ledger: LedgerFolder) -> None:
    printed = ledger.assent("show", 3, "--raw").out

    assert printed.encode() == ledger.organisation.envelopes[3]


@pytest.mark.needs("ssh-keygen", "head", "tr", "sh")
def test_openssh_alone_verifies_what_was_written_out(ledger: LedgerFolder) -> None:
    opened(ledger)
    folder = ledger.path / "check"

    result = ledger.assent("show", 8, "--raw", "--out", folder)

    assert result.exit == 0, result.err
    command = result.out.splitlines()[-1]
    assert command == (
        "head -n1 entry | tr -d '\\n' | ssh-keygen -Y verify -f allowed_signers"
        " -I frank -n entry.v1@assent -s entry.sig"
    )
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith('Good "entry.v1@assent" signature for frank')


@pytest.mark.needs("ssh-keygen", "head", "tr", "sh")
def test_openssh_refuses_what_was_changed_afterwards(ledger: LedgerFolder) -> None:
    folder = ledger.path / "check"
    command = ledger.assent("show", 3, "--raw", "--out", folder).out.splitlines()[-1]
    entry = folder / "entry"
    entry.write_text(entry.read_text().replace("dana", "bert"))

    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False
    )

    assert done.returncode != 0


def test_files_that_are_there_are_not_written_over(ledger: LedgerFolder) -> None:
    folder = ledger.path / "check"
    folder.mkdir()
    (folder / "entry.sig").write_text("mine")

    result = ledger.assent("show", 3, "--raw", "--out", folder)

    assert (result.exit, result.err.split(":")[0]) == (2, "file-exists")
    assert [path.name for path in folder.iterdir()] == ["entry.sig"]


def test_a_folder_for_files_goes_with_raw_only(ledger: LedgerFolder) -> None:
    assert ledger.assent("show", 3, "--out", ledger.path / "check").exit == 2


def test_an_entry_that_a_rule_refused_is_shown_with_the_rule(tmp_path: Path) -> None:
    organisation = Organisation()
    of = organisation.open("frank")
    organisation.force(
        "frank",
        ProposalRejected(proposal=of, revision=1, role="data-owner", reason="because"),
    )
    made = LedgerFolder(tmp_path / "ledger", organisation)

    shown = made.assent("show", 9)

    assert shown.exit == 0, shown.err
    assert "refused: role-not-held" in shown.out
    assert "refused: role-not-held" in made.assent("log", "--last", 1).out
    assert made.assent("proposal", "show", 1, "--json").json["assessment"]["blocks"] == []


def test_an_entry_that_proves_nothing_is_shown_escaped_and_unproven(ledger: LedgerFolder) -> None:
    with open_log(ledger.log) as log:
        rubbish = Placed("proposal:x", 1, "proposal.opened", b"\x1b[2J\xff\n")
        log.append([rubbish], size=ledger.size())

    shown = ledger.assent("show", 8)
    raw = ledger.assent("show", 8, "--raw")
    files = ledger.assent("show", 8, "--raw", "--out", ledger.path / "check")

    assert (shown.exit, files.exit) == (4, 4)
    assert "refused: not-two-lines" in shown.out
    assert "this entry proves nothing" in shown.err
    assert raw.out == "\\u001b[2J\\xff\n"
    assert not (ledger.path / "check").exists()


def test_what_waits_for_a_person_is_in_their_inbox(ledger: LedgerFolder) -> None:
    opened(ledger)
    approved(ledger, 1, alice="model-owner")

    waiting = ledger.assent("inbox", "--as", "bob", "--json").json_lines
    data = ledger.assent("inbox", "--as", "bob", "--role", "data-owner", "--json").json_lines
    nothing = ledger.assent("inbox", "--as", "alice")

    assert [(one["proposal"], one["role"]) for one in waiting] == [(1, "data-owner")]
    assert data == waiting
    assert (nothing.exit, nothing.out, nothing.err) == (0, "", "nothing waits for alice\n")


def test_an_inbox_forgets_what_has_expired(
    ledger: LedgerFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(ledger)
    monkeypatch.setenv("ASSENT_NOW", "2026-12-22T00:00:00Z")

    assert ledger.assent("inbox", "--as", "alice").out == ""


def test_an_inbox_needs_a_name_that_the_ledger_knows(ledger: LedgerFolder) -> None:
    nobody = ledger.assent("inbox")
    stranger = ledger.assent("inbox", "--as", "mallory")

    assert (nobody.exit, nobody.err.split(":")[0]) == (2, "no-signer")
    assert (stranger.exit, stranger.err.split(":")[0]) == (3, "unknown-signer")
