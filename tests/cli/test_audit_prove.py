"""Inclusion proofs from the command line: made by whoever has the log, checked without one."""

from pathlib import Path

import pytest

from ledger.audit.proofs import parse_proof
from ledger.model.terms import format_instant
from ledger.seal.checkpoint import MOST_SIGNATURES, Note, Witness, cosign, cosigned
from ledger.seal.merkle import check_inclusion, leaf_hash
from tests.acts import seen, witness
from tests.cli.conftest import LedgerFolder
from tests.organisation import PEOPLE, Organisation, unsafe_key
from tests.shell import Result, inside, run_assent

POSITION = 4


class Checked:
    """A place with nothing in it but what was handed over."""

    def __init__(self, folder: Path, ledger: LedgerFolder) -> None:
        self.folder = folder
        self.ledger = ledger
        self.id = ledger.id

    def run(self, *arguments: str) -> Result:
        """Run a command there, for the ledger of that id."""
        with inside(self.folder):
            return run_assent(*arguments, "--ledger-id", self.id)


@pytest.fixture
def light(ledger: LedgerFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a light client is handed: proof, entry, witnesses; it has no log and no state."""
    folder = tmp_path / "light"
    folder.mkdir()
    sign = ("audit", "checkpoint", "--as", "rita", "--out", folder / "rita.note")
    assert ledger.assent(*sign).exit == 0
    both = ("audit", "witness", folder / "rita.note", "--out", folder / "note")
    assert ledger.assent(*both, as_="alice").exit == 0
    made = ("audit", "prove", POSITION, "--checkpoint", folder / "note", "--out", folder / "proof")
    assert ledger.assent(*made).err == f"wrote {folder / 'proof'}\n"
    assert ledger.assent("show", POSITION, "--raw", "--out", folder / "its").exit == 0
    lines = [f"{name} {unsafe_key(name).public.text}\n" for name in ("rita", "alice")]
    (folder / "witnesses").write_text("# whom I trust\n" + "".join(lines))
    (folder / "strangers").write_text(f"bob {unsafe_key('bob').public.text}\n")
    monkeypatch.setenv("ASSENT_STATE", str(folder / "state"))
    monkeypatch.chdir(folder)
    return folder


CHECK = ("audit", "prove", "--check", "proof", "--entry", "its/entry", "--witnesses")


def test_a_light_client_needs_proof_entry_witnesses_and_the_id(
    light: Path, ledger: LedgerFolder
) -> None:
    done = ledger.assent(*CHECK[:3], light / "proof", "--entry", light / "its" / "entry")
    assert done.err.startswith("never-pinned: ")

    here = Checked(light, ledger)
    done = here.run(*CHECK, "witnesses")
    assert done.exit == 0
    first, *by = done.out.splitlines()
    assert first == f"proven: the entry stands at position {POSITION} of 8"
    assert by[0] == "vouched for by rita at 2026-09-22T00:00:00Z"
    assert by[1] == f"  with {unsafe_key('rita').public.id}"
    assert by[2].startswith("vouched for by alice at ")

    body = here.run(*CHECK, "witnesses", "--json").json
    assert body["schema"] == "checked-proof/1"
    assert body["leaf"] == leaf_hash((light / "its" / "entry").read_bytes()).hex()
    assert [one["name"] for one in body["signed_by"]] == ["rita", "alice"]


def test_what_does_not_hold_together_is_not_proven(light: Path, ledger: LedgerFolder) -> None:
    here = Checked(light, ledger)
    (light / "other").write_bytes((light / "its" / "entry").read_bytes().replace(b'"at"', b'"at" '))
    moved = (light / "proof").read_text(encoding="utf-8").replace("index 4\n", "index 5\n", 1)
    (light / "moved").write_text(moved, encoding="utf-8")
    mine = ("--witnesses", "witnesses")

    def check(proof: str, entry: str, *more: str) -> tuple[int, str]:
        done = here.run("audit", "prove", "--check", proof, "--entry", entry, *more)
        return done.exit, done.err.partition(":")[0]

    assert check("proof", "other", *mine) == (4, "bad-proof")
    assert check("moved", "its/entry", *mine) == (4, "bad-proof")
    assert check("proof", "its/entry") == (5, "checkpoint-missing")
    assert check("proof", "its/entry", "--witnesses", "strangers") == (5, "checkpoint-missing")
    assert check("witnesses", "its/entry", *mine) == (2, "malformed-proof")
    assert check("proof", "its/entry", "--witnesses", "proof") == (2, "bad-witnesses")
    assert check("nowhere", "its/entry", *mine) == (2, "no-such-file")
    here.id = "0" * 64
    assert check("proof", "its/entry", *mine) == (4, "other-ledger")


def test_the_largest_checkpoint_in_the_log_serves_where_none_is_named(
    ledger: LedgerFolder,
) -> None:
    none = ledger.assent("audit", "prove", 3)
    assert (none.exit, none.err.partition(":")[0]) == (5, "checkpoint-missing")
    note = ledger.assent("audit", "checkpoint", "--as", "rita").out
    for name in ("rita", "alice"):
        assert ledger.assent("audit", "witness", "-", as_=name, input=note).exit == 0

    proof = parse_proof(ledger.assent("audit", "prove", 3).out.encode())
    body = ledger.assent("audit", "prove", 3, "--json").json

    assert [one.name for one in proof.note.signatures] == ["rita", "alice"]
    root = proof.note.checkpoint.root
    check_inclusion(3, 8, bytes.fromhex(body["leaf"]), list(proof.hashes), root)
    assert body["proof"] == proof.text
    assert body["hashes"] == [one.hex() for one in proof.hashes]
    behind = ledger.assent("audit", "prove", 9)
    assert (behind.exit, behind.err.partition(":")[0]) == (5, "checkpoint-missing")


def test_of_more_signatures_than_a_note_may_have_the_newest_serve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    auditors = [f"rita{number}" for number in range(MOST_SIGNATURES + 1)]
    org = Organisation(people={**PEOPLE, **{name: ["auditor"] for name in auditors}})
    what = seen(org)
    for name in [*auditors, auditors[1]]:
        signed = Note(what, (cosign(what, name, org.keys[name], org.now),))
        assert witness(org, name, signed).admitted, name
    ledger = LedgerFolder(tmp_path / "many", org)
    monkeypatch.setenv("ASSENT_NOW", format_instant(org.now))

    done = ledger.assent("audit", "prove", 3)

    assert done.exit == 0, done.err
    kept = cosigned(
        parse_proof(done.out.encode()).note,
        [Witness(name, unsafe_key(name).public) for name in auditors],
    )
    assert [one.name for one in kept] == [*auditors[2:], auditors[1]]
    assert kept[-1].at == org.now - 1


def test_nothing_is_proven_of_a_log_that_was_changed(ledger: LedgerFolder) -> None:
    note = ledger.path / "note"
    assert ledger.assent("audit", "checkpoint", "--as", "rita", "--out", note).exit == 0
    ledger.sql("UPDATE stored_events SET state = x'0a' WHERE rowid = 2")

    done = ledger.assent("audit", "prove", 5, "--checkpoint", note)

    assert (done.exit, done.out) == (4, "")
    assert done.err.startswith("log-changed: the first 8 entries are not those")


def test_what_was_asked_must_be_one_thing(ledger: LedgerFolder) -> None:
    note = ledger.path / "note"
    assert ledger.assent("audit", "checkpoint", "--as", "rita", "--out", note).exit == 0
    assert ledger.assent("audit", "acknowledge", 3, "--note", "x", as_="rita").exit == 3
    refused = {
        ("audit", "prove"): (2, "usage"),
        ("audit", "prove", 3, "--check", note): (2, "usage"),
        ("audit", "prove", "--check", note): (2, "usage"),
        ("audit", "prove", 8, "--checkpoint", note): (2, "no-such-position"),
        ("audit", "prove", 3, "--checkpoint", ledger.path): (2, "no-such-file"),
    }
    for arguments, expected in refused.items():
        done = ledger.assent(*arguments)
        assert (done.exit, done.err.partition(":")[0]) == expected, arguments
