"""Checkpoints from the command line: signed, witnessed, and refused where they are not true."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.decide.context import SEEN_WINDOW
from ledger.model.terms import format_instant
from ledger.seal.checkpoint import (
    Note,
    Refusals,
    Witness,
    cosign,
    cosigned,
    parse_note,
    self_cosigned,
)
from ledger.seal.private_keys import generate
from ledger.store.state import State
from tests.acts import seen
from tests.cli.conftest import LedgerFolder, write_key
from tests.organisation import Organisation, unsafe_key
from tests.roster import stewarded
from tests.shell import Result
from tests.signer_acts import by_root, correction

NOTARY = generate(b"\x0b" * 32)


@pytest.fixture
def noted(ledger: LedgerFolder) -> tuple[LedgerFolder, Path]:
    """A ledger with rita's checkpoint of it in a file."""
    file = ledger.path / "rita.note"
    done = ledger.assent("audit", "checkpoint", "--as", "rita", "--out", file)
    assert done.exit == 0, done.err
    return ledger, file


@contextmanager
def unchanged(ledger: LedgerFolder) -> Iterator[None]:
    """Demand that nothing is appended meanwhile."""
    before = ledger.size()
    yield
    assert ledger.size() == before


def refused(done: Result, code: str, exit_: int) -> None:
    """Demand that error, and that nothing was handed out."""
    assert (done.err.partition(":")[0], done.exit, done.out) == (code, exit_, "")


def signers(text: str, *names: str) -> list[str]:
    """Which of *names* signed the note in *text*."""
    known = [Witness(name, unsafe_key(name).public) for name in names]
    known.append(Witness("notary", NOTARY.public))
    return [one.name for one in cosigned(parse_note(text.encode()), known)]


def test_an_auditor_signs_what_they_verified_and_appends_nothing(ledger: LedgerFolder) -> None:
    with unchanged(ledger):
        done = ledger.assent("audit", "checkpoint", "--as", "rita")

    assert done.exit == 0
    note = parse_note(done.out.encode())
    assert note.checkpoint == seen(ledger.organisation)
    assert signers(done.out, "rita", "alice") == ["rita"]
    mark = ledger.state.mark()
    assert mark is not None
    assert (mark.size, mark.root) == (note.checkpoint.size, note.checkpoint.root)


def test_programs_get_the_same_as_json(noted: tuple[LedgerFolder, Path]) -> None:
    ledger, file = noted
    body = ledger.assent("audit", "checkpoint", "--as", "rita", "--json").json

    assert body["schema"] == "checkpoint/1"
    assert body["checkpoint"] == file.read_text(encoding="utf-8")
    assert [body["signed_by"][0][one] for one in ("name", "known")] == ["rita", True]
    assert body["refused"]["count"] == 0
    refused(ledger.assent("audit", "checkpoint", "--as", "rita", "--out", file), "file-exists", 2)
    with unchanged(ledger):
        witness = ("audit", "witness", file, "--out", file, "--json")
        done = ledger.assent(*witness, as_="alice")
    assert (done.exit, done.out, done.json["code"]) == (2, "", "file-exists")


def test_a_witness_signs_beneath_and_says_so_in_the_log(noted: tuple[LedgerFolder, Path]) -> None:
    ledger, file = noted
    done = ledger.assent("audit", "witness", file, as_="alice")

    assert done.exit == 0
    assert signers(done.out, "rita", "alice") == ["rita", "alice"]
    position = ledger.size() - 1
    assert done.err == f"checkpoint.witnessed at position {position}\n"
    shown = ledger.assent("show", position).out
    assert "  it stands below, as it is handed on\n" in shown
    assert f"The checkpoint\n  assent/{ledger.id}\n  {position}\n" in shown
    listed = ledger.assent("log", "--last", 1).out
    assert f"has verified the first {position} entries, under the root" in listed
    assert ledger.assent("verify").exit == 0


def test_a_checkpoint_is_piped_through_a_second_witness(noted: tuple[LedgerFolder, Path]) -> None:
    ledger, file = noted
    first = ledger.assent("audit", "witness", file, "--json", as_="alice").json
    second = ledger.assent("audit", "witness", "-", as_="bob", input=first["checkpoint"])

    assert first["position"] == ledger.size() - 2
    assert signers(second.out, "rita", "alice", "bob") == ["rita", "alice", "bob"]


def test_nobody_signs_unasked_and_a_dry_run_shows_the_bytes(
    noted: tuple[LedgerFolder, Path],
) -> None:
    ledger, file = noted
    with unchanged(ledger):
        refused(ledger.assent("audit", "witness", file, "--as", "alice"), "needs-yes", 2)
        said_no = ledger.assent("audit", "witness", file, "--as", "alice", input="n\n", tty=True)
        shown = ledger.assent("audit", "witness", file, "--dry-run", as_="alice")

    assert (said_no.exit, said_no.out) == (2, "")
    assert "Witness that as alice?" in said_no.err
    assert shown.out.startswith(f"cosignature/v1\ntime 1790035200\nassent/{ledger.id}\n")


def test_who_is_no_auditor_signs_nothing(noted: tuple[LedgerFolder, Path]) -> None:
    ledger, file = noted
    with unchanged(ledger):
        refused(ledger.assent("audit", "checkpoint", "--as", "frank"), "not-auditor", 3)
        refused(ledger.assent("audit", "witness", file, as_="frank"), "not-auditor", 3)


def test_anybody_may_witness_from_outside_but_under_no_signer_s_name(
    noted: tuple[LedgerFolder, Path],
) -> None:
    ledger, file = noted
    key, ritas = ledger.path / "notary", ledger.path / "ritas"
    write_key(key, NOTARY)
    write_key(ritas, unsafe_key("rita"))
    alone = ("audit", "witness", file, "--note-only", "--key")
    with unchanged(ledger):
        done = ledger.assent(*alone, key, "--as", "notary")
        refused(ledger.assent(*alone, key, "--as", "rita"), "key-owner", 3)
        refused(ledger.assent(*alone, ritas, "--as", "notary"), "key-owner", 3)
        inside = ledger.assent("audit", "witness", file, "--key", key, as_="notary")

    assert (done.exit, done.err) == (0, "")
    assert signers(done.out, "rita") == ["rita", "notary"]
    refused(inside, "unknown-signer", 3)
    body = ledger.assent(*alone, key, "--as", "notary", "--json").json
    assert [(one["name"], one["known"]) for one in body["signed_by"]] == [
        ("rita", True),
        ("notary", False),
    ]


def test_what_the_log_has_outgrown_is_dated_by_what_came_next(
    noted: tuple[LedgerFolder, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever serves a log cut at an old size gets no new signature for that size."""
    ledger, file = noted
    monkeypatch.setenv("ASSENT_NOW", "2026-09-23T00:00:00Z")
    assert ledger.assent("audit", "witness", file, as_="alice").exit == 0
    monkeypatch.setenv("ASSENT_NOW", "2026-11-22T00:00:00Z")
    alone = ("audit", "witness", "-", "--note-only")
    old = file.read_text(encoding="utf-8")
    new = note_of(ledger.assent("audit", "checkpoint", "--as", "rita"))

    shown = ledger.assent(*alone, "--dry-run", as_="bob", input=old).out
    assert shown.startswith("cosignature/v1\ntime 1790121600\n")
    assert times(ledger.assent(*alone, as_="bob", input=old).out)["bob"] == "2026-09-23T00:00:00Z"
    quiet = ledger.assent(*alone, as_="bob", input=new).out
    assert times(quiet) == {"rita": "2026-11-22T00:00:00Z", "bob": "2026-11-22T00:00:00Z"}


def test_an_entry_from_the_future_keeps_no_old_size_fresh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = stewarded()
    old, right = note_by("rita", org), org.now
    org.now += 365 * 86_400
    org.open("frank")
    position, org.now = org.judged[-1].position, right
    by_root(org, correction(position, right + 60))
    corrected = format_instant(org.standing.head.time)
    monkeypatch.setenv("ASSENT_NOW", format_instant(right + 30 * 86_400))

    done = LedgerFolder(tmp_path / "ahead", org).assent(
        "audit", "witness", "-", "--note-only", as_="alice", input=old
    )

    assert (times(done.out)["alice"], corrected) == (format_instant(right + 60),) * 2


def note_of(done: Result) -> str:
    assert done.exit == 0, done.err
    return done.out


def times(text: str) -> dict[str, str]:
    """Who signed the note in *text*, and when."""
    return {one.name: format_instant(one.at) for one in self_cosigned(parse_note(text.encode()))}


def note_by(name: str, org: Organisation, **changed: object) -> str:
    """A checkpoint of *org* that *name* signed, with something *changed* before."""
    what = replace(seen(org), **changed)  # type: ignore[arg-type]  # whatever the test changes
    return Note(what, (cosign(what, name, unsafe_key(name), org.now),)).text


LIES: dict[str, tuple[dict[str, object], str, int]] = {
    "another history": ({"root": bytes(32)}, "checkpoint-false", 4),
    "another ledger": ({"ledger": "0" * 64}, "other-ledger", 4),
    "more than there is": ({"size": 1_000}, "checkpoint-ahead", 5),
    "other refusals": ({"refusals": Refusals(1, "0" * 64)}, "refusals-differ", 4),
}


@pytest.mark.parametrize("more", [[], ["--note-only"]], ids=["in the log", "note only"])
def test_what_is_not_true_is_signed_by_nobody(ledger: LedgerFolder, more: list[str]) -> None:
    true = note_by("rita", ledger.organisation)
    with unchanged(ledger):
        for change, code, exit_ in LIES.values():
            lie = note_by("rita", ledger.organisation, **change)
            done = ledger.assent("audit", "witness", "-", *more, as_="alice", input=lie)
            refused(done, code, exit_)
        forged = true.replace("refused 0", "refused 1")
        done = ledger.assent("audit", "witness", "-", *more, as_="alice", input=forged)
        refused(done, "bad-checkpoint", 4)
        done = ledger.assent("audit", "witness", "-", *more, as_="alice", input=true[:-1])
        refused(done, "malformed-checkpoint", 2)


def test_nobody_signs_a_log_that_does_not_continue_what_they_verified(
    noted: tuple[LedgerFolder, Path],
) -> None:
    ledger, file = noted
    ledger.sql("UPDATE stored_events SET state = x'0a' WHERE rowid = 8")
    assert ledger.size() == 8

    refused(ledger.assent("audit", "checkpoint", "--as", "rita"), "log-changed", 4)
    refused(ledger.assent("audit", "witness", file, as_="alice"), "log-changed", 4)


@pytest.mark.slow
def test_an_old_checkpoint_is_compared_by_reading_the_log_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSENT_NOW", "2026-09-22T00:00:00Z")
    org = Organisation()
    old = note_by("rita", org)
    for number in range(SEEN_WINDOW + 1):
        org.smuggle(b"rubbish %d" % number)
    late = LedgerFolder(tmp_path / "late", org)
    witness = ("audit", "witness", "-")

    refused(late.assent(*witness, as_="alice", input=old), "checkpoint-behind", 3)
    assert signers(
        late.assent(*witness, "--note-only", as_="alice", input=old).out, "rita", "alice"
    ) == ["rita", "alice"]
    lie = note_by("rita", org, size=3, refusals=None)
    refused(late.assent(*witness, "--note-only", as_="alice", input=lie), "checkpoint-false", 4)
    listed = late.assent("audit", "checkpoint", "--as", "rita", "--json").json["refused"]
    assert listed["count"] == SEEN_WINDOW + 1


def test_where_the_log_takes_nothing_the_text_is_signed_all_the_same(
    noted: tuple[LedgerFolder, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, file = noted
    bundle = ledger.path / "bundle"
    assert ledger.assent("audit", "export", bundle).exit == 0
    monkeypatch.setenv("ASSENT_STATE", str(ledger.path / "elsewhere"))
    State(ledger.path / "elsewhere", ledger.id).pin()

    done = ledger.assent("audit", "witness", file, "--ledger", bundle, as_="alice")

    assert done.exit == 0
    assert "not put into the log: " in done.err
    assert signers(done.out, "rita", "alice") == ["rita", "alice"]
