"""Two accounts of one ledger: the same, one continuing the other, or a fork and its proof."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ledger.seal.checkpoint import Checkpoint, Note, cosign
from ledger.seal.envelope import peek_unverified, seal
from ledger.seal.merkle import check_consistency, leaf_hash
from ledger.store.bundle import open_bundle
from tests.acts import comment
from tests.cli.conftest import LedgerFolder
from tests.organisation import START, Organisation, unsafe_key
from tests.reference.bundles import write_bundle
from tests.shell import Result, inside, run_assent

COMMON = 10
"""How many entries both histories have."""


@dataclass(frozen=True, slots=True)
class Forked:
    """A ledger that somebody copied and served to others, who went on with it; who saw what.

    alice and rita use ``ours``; bob was shown ``theirs``, where other entries follow.
    """

    ours: LedgerFolder
    theirs: Path
    notes: Path

    def bob(self, *arguments: str | Path) -> Result:
        """Run a command as bob does, in the copy and with his own state."""
        with pytest.MonkeyPatch.context() as patch, inside(self.theirs):
            patch.setenv("ASSENT_STATE", str(self.theirs / "state"))
            return run_assent(*arguments)

    def compare(self, *sides: str) -> Result:
        """Compare two of the files among the notes, and the ledger that alice uses."""
        with pytest.MonkeyPatch.context() as patch, inside(self.notes):
            patch.setenv("ASSENT_STATE", str(self.ours.path.parent / "state"))
            return run_assent("audit", "compare", *sides, "--ledger", self.ours.path)

    def answer(self, *sides: str) -> Any:
        """The same for programs."""
        return self.compare(*sides, "--json").json


@pytest.fixture(scope="module")
def forked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forked]:
    folder = tmp_path_factory.mktemp("forked")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSENT_STATE", str(folder / "state"))
        patch.setenv("ASSENT_NOW", "2026-09-22T00:00:00Z")
        org = Organisation()
        comment(org, "frank", org.open("frank"), "as both sides know it")
        made = Forked(LedgerFolder(folder / "ours", org), folder / "theirs", folder / "notes")
        made.notes.mkdir()
        _went_apart(made)
        yield made


def _went_apart(made: Forked) -> None:
    """Sign what both know, copy the ledger, and let both sides go on."""
    ours, notes = made.ours, made.notes
    sign = ("audit", "checkpoint", "--out")
    assert ours.assent(*sign, notes / "common", "--as", "rita").exit == 0
    shutil.copytree(ours.path, made.theirs)
    shutil.copytree(ours.state.folder.parent, made.theirs / "state")
    for number in (1, 2):
        said = ("proposal", "comment", "1")
        assert ours.assent(*said, f"ours {number}", as_="alice").exit == 0
        assert made.bob(*said, f"theirs {number}", "--as", "bob", "--yes").exit == 0
    assert ours.assent(*sign, notes / "ours", "--as", "rita").exit == 0
    assert made.bob(*sign, notes / "theirs", "--as", "bob").exit == 0
    assert ours.assent("audit", "export", notes / "our-bundle").exit == 0
    assert made.bob("audit", "export", notes / "their-bundle").exit == 0


def test_two_checkpoints_of_one_log_are_the_same(forked: Forked) -> None:
    done = forked.compare("common", "common")

    assert done.exit == 0
    assert done.out.startswith(f"same: {COMMON} entries\n  ledger      {forked.ours.id}\n")
    assert forked.answer("ours", "-")["answer"] == "same"
    assert forked.answer("their-bundle", "theirs")["answer"] == "same"


@pytest.mark.parametrize("larger", ["-", "our-bundle", "their-bundle"])
def test_what_came_after_is_consistent_with_what_was_seen(forked: Forked, larger: str) -> None:
    done = forked.compare("common", larger)
    body = forked.answer(larger, "common")

    assert done.exit == 0
    assert f"consistent: {COMMON + 2} entries that begin with the {COMMON}\n" in done.out
    assert "\nConsistency proof\n" in done.out
    assert body["answer"] == "consistent"
    first, second = body["accounts"]
    assert (first["name"], first["size"], second["size"]) == ("common", COMMON, COMMON + 2)
    # The whole log's root follows from the smaller one's and the proof alone.
    newest = forked.answer("ours" if larger != "their-bundle" else "theirs", larger)["accounts"][0]
    proof = [bytes.fromhex(one) for one in body["proof"]]
    roots = bytes.fromhex(first["root"]), bytes.fromhex(newest["root"])
    check_consistency(COMMON, COMMON + 2, *roots, proof)


def test_two_checkpoints_prove_a_fork_by_whom_they_are_signed(forked: Forked) -> None:
    done = forked.compare("ours", "theirs")
    body = forked.answer("ours", "theirs")

    assert done.exit == 4
    assert done.out.startswith(f"FORK: two histories of {COMMON + 2} entries\n")
    assert [one["signed_by"][0]["name"] for one in body["accounts"]] == ["rita", "bob"]
    assert body["accounts"][0]["root"] != body["accounts"][1]["root"]
    assert [one["checkpoints"] for one in body["accounts"]] == [
        [(forked.notes / name).read_text(encoding="utf-8")] for name in ("ours", "theirs")
    ]
    assert (body["differs_at"], body["entries"]) == (None, [])


@pytest.mark.parametrize("mine", ["-", "our-bundle"])
def test_with_entries_of_both_the_first_that_differs_is_named(forked: Forked, mine: str) -> None:
    done = forked.compare(mine, "their-bundle")
    body = forked.answer(mine, "their-bundle")

    assert done.exit == 4
    assert body["answer"] == "fork"
    assert body["differs_at"] == COMMON
    ours, theirs = body["entries"]
    assert (ours["signer"], theirs["signer"]) == ("alice", "bob")
    assert ours["signed"] is theirs["signed"] is True
    for one in (ours, theirs):
        assert one["leaf"] == leaf_hash(one["entry"].encode()).hex()
        assert f"leaf     {one['leaf']}" in done.out
    assert f"Position {COMMON} in their-bundle" in done.out
    assert max(map(len, done.out.splitlines())) <= 80 + len(str(forked.ours.path))


def test_who_was_shown_the_other_history_signs_nothing_of_it(forked: Forked) -> None:
    """Rita brings her checkpoint to bob, who finds that he was shown something else."""
    done = forked.bob("audit", "witness", forked.notes / "ours", "--note-only", "--as", "bob")

    assert (done.exit, done.out) == (4, "")
    assert done.err.startswith("checkpoint-false: the checkpoint is of another history")


def test_a_checkpoint_alone_does_not_say_what_came_after(forked: Forked) -> None:
    done = forked.compare("common", "ours")

    assert (done.exit, done.out) == (5, "")
    assert done.err.startswith("entries-needed: whether 12 entries continue 10 cannot be told")


def test_what_cannot_be_compared_is_said(forked: Forked) -> None:
    common = (forked.notes / "common").read_text(encoding="utf-8")
    (forked.notes / "foreign").write_text(common.replace(forked.ours.id, "0" * 64))
    (forked.notes / "empty").mkdir()

    assert forked.compare("common", "foreign").err.startswith("ledgers-differ: common is of")
    assert forked.compare("common", "foreign").exit == 2
    assert forked.compare("common", "nowhere").err.startswith("no-such-file: nowhere")
    assert forked.compare("empty", "common").exit == 5
    (forked.notes / "note").write_text("something else\n")
    assert forked.compare("common", "note").err.startswith("malformed-checkpoint: note: this is")


def test_a_name_is_held_against_the_keys_of_the_ledger_at_hand(
    forked: Forked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mallory signs, as bob, that the log was another one: with a key of her own."""
    size, root = COMMON + 2, b"\7" * 32
    what = Checkpoint(forked.ours.id, size, root, None)
    framed = forked.notes / "framed"
    framed.write_text(Note(what, (cosign(what, "bob", unsafe_key("mallory"), START),)).text)

    done = forked.compare("ours", "framed")
    body = forked.answer("ours", "framed")
    monkeypatch.setenv("ASSENT_STATE", str(tmp_path / "state"))
    with inside(forked.notes):
        elsewhere = run_assent("audit", "compare", "ours", "framed")
        stranger = run_assent("audit", "compare", "ours", "framed", "--json").json

    told = f"signed by   bob at 2026-09-21T14:13:20Z\n{' ' * 14}{unsafe_key('mallory').public.id}\n"
    assert (done.exit, elsewhere.exit) == (4, 4)
    assert f"{told}{' ' * 14}(not a key known here as bob's)\n" in done.out
    assert "here as rita's" not in done.out
    assert elsewhere.out.count(" (as they say)\n") == 2
    assert [one["signed_by"][0]["known"] for one in body["accounts"]] == [True, False]
    assert [one["signed_by"][0]["known"] for one in stranger["accounts"]] == [None, None]


def test_an_entry_in_a_name_is_held_against_its_keys_as_well(
    forked: Forked, tmp_path: Path
) -> None:
    """A bundle with an entry that mallory signed as bob, with a key of her own."""
    with open_bundle(forked.notes / "their-bundle") as log:
        raws = [row.raw or b"" for row in log.scan()]
    payload = peek_unverified(raws[COMMON]).replace(
        unsafe_key("bob").public.id.encode(), unsafe_key("mallory").public.id.encode()
    )
    raws[COMMON] = seal(payload, unsafe_key("mallory"))
    made = write_bundle(tmp_path / "framed", forked.ours.id, raws, [])

    done = forked.compare("-", str(made))
    mine, theirs = forked.answer("-", str(made))["entries"]

    assert [mine[one] for one in ("signer", "signed", "known")] == ["alice", True, True]
    assert [theirs[one] for one in ("signer", "signed", "known")] == ["bob", True, False]
    assert done.out.count("  signed   with the key in it\n") == 2
    assert done.out.count("(not a key known here as bob's)\n") == 1


def test_the_entries_of_a_bundle_count_and_not_what_it_says_of_itself(forked: Forked) -> None:
    """Somebody puts the checkpoint of our history into the bundle of theirs."""
    painted = forked.notes / "painted"
    shutil.copytree(forked.notes / "their-bundle", painted)
    claim = painted / "bundle.json"
    root = forked.answer("ours", "-")["accounts"][0]["root"]
    theirs = forked.answer("theirs", "their-bundle")["accounts"][0]["root"]
    claim.write_text(claim.read_text().replace(theirs, root))
    shutil.copy(forked.notes / "ours", painted / "checkpoint")

    assert forked.answer("ours", "painted")["answer"] == "fork"
