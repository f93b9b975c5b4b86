"""``assent audit verify``: what somebody says of a bundle who trusts nothing in it."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from cli.places import state_root
from ledger.audit.refusals import sum_refusals
from ledger.model.bundle import CLAIM, Claim, parse_claim, print_claim
from ledger.model.terms import format_instant, parse_instant
from ledger.seal.checkpoint import Checkpoint, Note
from ledger.seal.merkle import root
from ledger.store.bundle_writing import BundleWriter, write_tar
from ledger.store.state import Mark, State
from tests.acts import seen
from tests.cli.audited import moved_in, shared
from tests.cli.bundled_ledger import (
    DOCUMENTS,
    documented,
    put_documents,
    signed,
    witnesses_file,
)
from tests.organisation import Organisation, digest, unsafe_key
from tests.reference.second_opinion import opinion
from tests.shell import Result, run_assent

NORA = unsafe_key("nora")
MALLORY = unsafe_key("mallory")
DAY = 86_400
OTHER = "ab" * 32

END = 11
"""The last position of the ledger, where rita's checkpoint of all before it stands."""

Findings = list[tuple[int | None, str]]
Said = tuple[str, int, Findings]


@dataclass(frozen=True)
class Bundle:
    """A bundle in a folder, and the organisation whose ledger it holds."""

    folder: Path
    org: Organisation

    def verify(self, *words: str | Path, path: Path | None = None, pin: bool = True) -> Result:
        """Verify it as somebody who was told the ledger's id."""
        told = ("--ledger-id", self.org.id) if pin else ()
        return run_assent("audit", "verify", path or self.folder, *told, *words, "--json")

    def judged(
        self,
        *notes: Path,
        trusted: Path | None = None,
        mark: tuple[int, str] | None = None,
        max_age: int | None = None,
    ) -> "Said":
        """Verdict, exit status and findings; *max_age* is in hours.

        ``verify.py`` is asked too, and must say the same.
        """
        words = [*(("--witnesses", trusted) if trusted else ())]
        words += [word for note in notes for word in ("--checkpoint", note)]
        words += [] if mark is None else ["--mark", f"{mark[0]}:{mark[1]}"]
        words += [] if max_age is None else ["--max-age", f"{max_age}h"]
        first = said(self.verify(*words))
        second = opinion(
            self.folder,
            self.org.id,
            mark=mark,
            witnesses=None if trusted is None else trusted.read_bytes(),
            notes=[note.read_bytes() for note in notes],
            max_age=None if max_age is None else max_age * 3_600,
            now=parse_instant(os.environ["ASSENT_NOW"]),
        )
        assert (second.verdict, second.exit, second.found) == (*first[:2], frozenset(first[2]))
        return first

    @property
    def now(self) -> Checkpoint:
        """The checkpoint of all of it."""
        return seen(self.org)

    def before(self, size: int) -> Checkpoint:
        """The checkpoint of its first *size* entries."""
        found = self.org.standing.root_at(size)
        assert found is not None
        return Checkpoint(self.org.id, size, found, sum_refusals([]))

    def claimed(self, **changes: object) -> None:
        """Let its ``bundle.json`` claim something else."""
        claim = parse_claim((self.folder / CLAIM).read_bytes())
        changed: Claim = replace(claim, **changes)  # type: ignore[arg-type]  # a test names fields
        (self.folder / CLAIM).write_bytes(print_claim(changed))


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bundle]:
    folder = tmp_path_factory.mktemp("verified")
    with shared(folder, documented()) as ledger, pytest.MonkeyPatch.context() as patch:
        put_documents(ledger)
        moved_in(patch, ledger)
        result = ledger.assent("audit", "export", folder / "out")
        assert result.exit == 0, result.err
        yield Bundle(folder / "out", ledger.organisation)


@pytest.fixture
def bundle(exported: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bundle:
    """A bundle to change; nothing was refused in it, and rita's checkpoint is in it."""
    shutil.copytree(exported.folder, tmp_path / "out")
    monkeypatch.setenv("ASSENT_NOW", format_instant(exported.org.now + 60))
    monkeypatch.chdir(tmp_path)
    return Bundle(tmp_path / "out", exported.org)


def found(result: Result) -> Findings:
    return [(one["position"], one["rule"]) for one in result.json["findings"]]


def said(result: Result) -> Said:
    """The verdict, the exit status and the findings."""
    return result.json["verdict"], result.exit, found(result)


def flipped(path: Path, at: int = 40) -> None:
    """Change a bit of the file."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


def only(folder: Path) -> Path:
    """The one file in *folder*."""
    (path,) = folder.iterdir()
    return path


def test_a_bundle_is_verified_as_its_ledger_is(bundle: Bundle) -> None:
    result = bundle.verify()

    assert said(result) == ("verified", 0, [])
    assert (result.json["size"], result.json["root"]) == (
        len(bundle.org.envelopes),
        root(bundle.org.standing.head.frontier).hex(),
    )
    assert (result.json["schema"], result.json["checkpoint"]) == ("verification/1", None)


def test_a_tar_is_verified_as_the_folder_it_was_made_of(bundle: Bundle, tmp_path: Path) -> None:
    write_tar(bundle.folder, tmp_path / "one.tar", "bundle", 0)

    result = bundle.verify(path=tmp_path / "one.tar")

    assert said(result) == ("verified", 0, [])
    assert bundle.verify(path=tmp_path / "none.tar").err.count('"no-such-file"') == 1


def test_a_pipe_or_another_file_is_no_bundle(bundle: Bundle, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "text").write_text("a bundle, honestly")

    pipe, text = (bundle.verify(path=tmp_path / name) for name in ("pipe", "text"))

    assert (pipe.exit, pipe.json["code"]) == (2, "no-such-file")
    assert (text.exit, text.json["code"]) == (2, "not-a-bundle")


def test_a_ledger_that_nobody_told_of_is_uncheckable(bundle: Bundle) -> None:
    assert said(bundle.verify(pin=False)) == ("uncheckable", 5, [(None, "never-pinned")])


def test_only_the_mark_of_a_pinned_ledger_moves_and_nothing_else_is_kept(bundle: Bundle) -> None:
    assert bundle.verify().exit == 0
    assert not state_root().exists()
    state = State(state_root(), bundle.org.id)
    state.pin()

    assert bundle.verify(pin=False).exit == 0

    size = len(bundle.org.envelopes)
    assert state.mark() == Mark(size, root(bundle.org.standing.head.frontier))
    assert sorted(path.name for path in state.folder.iterdir()) == ["lock", "mark", "pin"]


def test_a_bundle_shorter_than_what_was_verified_before_is_rolled_back(bundle: Bundle) -> None:
    state = State(state_root(), bundle.org.id)
    state.pin()
    size = len(bundle.org.envelopes)
    state.advance_mark(Mark(size + 1, bytes(32)))

    assert said(bundle.verify()) == ("rolled-back", 4, [(size, "log-shorter")])
    assert state.mark() == Mark(size + 1, bytes(32))


def hashes(bundle: Bundle) -> Path:
    return only(bundle.folder / "tile/0/000.p")


def entries(bundle: Bundle) -> Path:
    return only(bundle.folder / "tile/entries/000.p")


def document(bundle: Bundle) -> Path:
    number = digest(DOCUMENTS[0]).removeprefix("sha256:")
    return bundle.folder / "evidence" / number[:2] / number[2:]


def linked(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


def longer(path: Path, by: int) -> None:
    os.truncate(path, path.stat().st_size + by)


def dropped(bundle: Bundle) -> None:
    """Leave the last entry out, and claim all of it."""
    longer(entries(bundle), -2 - len(bundle.org.envelopes[-1]))


@pytest.mark.parametrize(
    ("change", "verdict", "status", "expected"),
    [
        (lambda b: b.claimed(ledger=OTHER), "tampered", 4, [(None, "other-ledger")]),
        (lambda b: b.claimed(root=OTHER), "refused", 3, [(END, "head-differs")]),
        (lambda b: b.claimed(size=2**40), "tampered", 4, [(0, "missing-entry")]),
        (lambda b: b.claimed(size=0), "tampered", 4, [(0, "missing-entry")]),
        (lambda b: (b.folder / CLAIM).unlink(), "uncheckable", 5, [(None, "bundle-damaged")]),
        (dropped, "tampered", 4, [(END, "missing-entry")]),
        (lambda b: flipped(hashes(b)), "tampered", 4, [(1, "tile-differs")]),
        (lambda b: hashes(b).unlink(), "tampered", 4, [(0, "tile-differs")]),
        (lambda b: longer(hashes(b), -1), "tampered", 4, [(0, "tile-differs")]),
        (lambda b: longer(entries(b), 1), "tampered", 4, [(END, "tile-differs")]),
        (lambda b: listed(b, "5 not-two-lines\n"), "tampered", 4, [(5, "refusals-differ")]),
        (lambda b: listed(b, "5 x y\n"), "tampered", 4, [(None, "refusals-differ")]),
        (lambda b: listed(b, "\0" * 999), "tampered", 4, [(None, "refusals-differ")]),
        (lambda b: (b.folder / "refused").unlink(), "tampered", 4, [(None, "refusals-differ")]),
        (lambda b: document(b).write_text("x"), "tampered", 4, [(9, "evidence-differs")]),
        (lambda b: document(b).unlink(), "uncheckable", 5, [(9, "evidence-missing")]),
        (lambda b: linked(document(b)), "uncheckable", 5, [(9, "evidence-missing")]),
    ],
)
def test_what_is_not_as_the_entries_have_it_is_a_finding(
    bundle: Bundle,
    change: Callable[[Bundle], object],
    verdict: str,
    status: int,
    expected: Findings,
) -> None:
    change(bundle)

    assert bundle.judged() == (verdict, status, expected)


def test_a_document_larger_than_any_is_not_read_to_its_end(bundle: Bundle) -> None:
    longer(document(bundle), 2**40)

    assert said(bundle.verify()) == ("uncheckable", 5, [(9, "evidence-missing")])


def listed(bundle: Bundle, text: str) -> None:
    (bundle.folder / "refused").write_text(text)


def test_an_entry_changed_behind_its_tiles_is_found_where_it_stands(bundle: Bundle) -> None:
    at = entries(bundle).read_bytes().index(b"evidence.attached")

    flipped(entries(bundle), at)
    result = bundle.verify()

    assert said(result)[:2] == ("tampered", 4)
    assert (9, "tile-differs") in found(result)
    assert (9, "bad-signature") in found(result)


def test_what_has_no_business_in_a_bundle_ends_the_reading(bundle: Bundle) -> None:
    hashes(bundle).unlink()
    os.mkfifo(bundle.folder / f"tile/0/000.p/{END + 1}")

    result = bundle.verify()

    assert (result.exit, result.json["code"]) == (2, "bundle-unsafe")


def test_another_ledger_than_the_one_the_auditor_was_told_of_is_tampering(bundle: Bundle) -> None:
    result = run_assent("audit", "verify", bundle.folder, "--ledger-id", OTHER, "--json")

    assert said(result) == ("tampered", 4, [(0, "other-ledger")])


def rebuilt(bundle: Bundle, envelopes: list[bytes], refused: str = "") -> None:
    """Make the bundle hold *envelopes* instead, with all that follows from them."""
    shutil.rmtree(bundle.folder / "tile")
    size, found = BundleWriter(bundle.folder).entries(envelopes, lambda _: None)
    bundle.claimed(size=size, root=found.hex())
    (bundle.folder / "refused").write_text(refused)


def test_a_cut_end_shows_against_a_mark_or_a_witness_alone(bundle: Bundle) -> None:
    trusted = witnesses_file(Path("trusted"), rita=bundle.org.keys["rita"])
    noted = bundle.folder / "checkpoints" / "copy"
    noted.write_text(signed(bundle.now, "rita", bundle.org.keys["rita"], bundle.org.now).text)
    mark = END + 1, bundle.now.root.hex()

    rebuilt(bundle, bundle.org.envelopes[:-1])

    cut = ("rolled-back", 4, [(END, "log-shorter")])
    assert bundle.judged() == ("verified", 0, [])
    assert bundle.judged(mark=mark) == cut
    assert bundle.judged(trusted=trusted) == cut
    shutil.rmtree(bundle.folder / "checkpoints")
    assert bundle.judged(trusted=trusted) == (
        *("uncheckable", 5),
        [(None, "checkpoint-missing")],
    )


def test_a_mark_that_was_brought_backs_the_verdict_or_breaks_it(bundle: Bundle) -> None:
    true = f"9:{bundle.before(9).root.hex()}"

    held, broken = (bundle.verify("--mark", mark) for mark in (true, f"9:{OTHER}"))

    assert said(held) == ("verified", 0, [])
    assert held.json["backed_by"] == {"given": 9}
    assert said(broken) == ("tampered", 4, [(None, "root-differs")])
    shown = run_assent(
        "audit", "verify", bundle.folder, "--ledger-id", bundle.org.id, "--mark", true
    )
    assert "held against the mark you gave: 9 entries" in shown.out
    assert bundle.verify("--mark", "9").json["code"] == "not-a-mark"


def test_a_checkpoint_by_a_witness_backs_the_verdict(bundle: Bundle) -> None:
    """Rita's stands in the log and in checkpoints/; nora's is brought, and larger."""
    org = bundle.org
    trusted = witnesses_file(Path("trusted"), rita=org.keys["rita"], nora=NORA)
    Path("nora").write_text(signed(bundle.now, "nora", NORA, org.now).text)

    inside = bundle.verify("--witnesses", trusted)
    given = bundle.verify("--witnesses", trusted, "--checkpoint", "nora")

    assert said(inside) == said(given) == ("verified", 0, [])
    assert bundle.judged(Path("nora"), trusted=trusted) == said(given)
    assert inside.json["checkpoint"] == {
        "size": END,
        "root": bundle.before(END).root.hex(),
        "signed_by": ["rita"],
        "at": format_instant(org.now - 1),
    }
    assert given.json["checkpoint"]["size"] == END + 1
    assert given.json["checkpoint"]["signed_by"] == ["nora"]
    assert given.json["backed_by"] == {"checkpoint": END + 1}


def test_the_checkpoints_in_the_log_count_where_the_bundle_has_lost_its_own(
    bundle: Bundle,
) -> None:
    trusted = witnesses_file(Path("trusted"), rita=bundle.org.keys["rita"])
    shutil.rmtree(bundle.folder / "checkpoints")

    result = bundle.verify("--witnesses", trusted)

    assert said(result) == bundle.judged(trusted=trusted) == ("verified", 0, [])
    assert result.json["checkpoint"]["size"] == END


def test_a_checkpoint_of_another_history_says_that_two_were_shown(bundle: Bundle) -> None:
    trusted = witnesses_file(Path("trusted"), nora=NORA)
    false = replace(bundle.before(9), root=bytes(32))
    put(bundle, signed(false, "nora", NORA, bundle.org.now))

    assert bundle.judged(trusted=trusted) == (
        *("forked", 4),
        [(None, "checkpoint-false")],
    )


def test_a_witness_for_whom_other_entries_were_refused_is_heard(bundle: Bundle) -> None:
    trusted = witnesses_file(Path("trusted"), nora=NORA)
    other = replace(bundle.before(9), refusals=sum_refusals([(3, "self-approval")]))
    put(bundle, signed(other, "nora", NORA, bundle.org.now))

    assert bundle.judged(trusted=trusted) == (
        *("tampered", 4),
        [(None, "refusals-differ")],
    )


def put(bundle: Bundle, note: Note) -> None:
    (bundle.folder / "checkpoints" / "more").write_text(note.text)


@pytest.mark.parametrize(
    ("max_age", "expected"),
    [
        (24, ("verified", 0, [])),
        (23, ("uncheckable", 5, [(None, "checkpoint-stale")])),
    ],
)
def test_the_newest_signature_of_a_witness_may_be_too_old(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch, max_age: int, expected: object
) -> None:
    trusted = witnesses_file(Path("trusted"), rita=bundle.org.keys["rita"])
    monkeypatch.setenv("ASSENT_NOW", format_instant(bundle.org.now - 1 + DAY))

    assert bundle.judged(trusted=trusted, max_age=max_age) == expected


def test_without_a_witness_a_bundle_is_as_old_as_it_likes(bundle: Bundle) -> None:
    trusted = witnesses_file(Path("trusted"), nora=NORA)
    missing = ("uncheckable", 5, [(None, "checkpoint-missing")])

    assert bundle.judged(max_age=168) == missing
    assert bundle.judged(trusted=trusted) == missing


def test_what_somebody_else_put_into_the_checkpoints_proves_nothing(bundle: Bundle) -> None:
    org = bundle.org
    trusted = witnesses_file(Path("trusted"), rita=org.keys["rita"])
    false = replace(bundle.before(9), root=bytes(32))
    foreign = replace(false, ledger=OTHER)
    notes = {
        "mallory": signed(false, "mallory", MALLORY, org.now).text,
        "as-rita": signed(false, "rita", MALLORY, org.now).text,
        "foreign": signed(foreign, "rita", org.keys["rita"], org.now).text,
        "rubbish": "rubbish",
    }
    for name, text in notes.items():
        (bundle.folder / "checkpoints" / name).write_text(text)

    assert bundle.judged(trusted=trusted) == ("verified", 0, [])


def test_a_forged_line_of_a_witness_is_a_finding_and_where_it_was_brought_an_error(
    bundle: Bundle,
) -> None:
    org = bundle.org
    trusted = witnesses_file(Path("trusted"), rita=org.keys["rita"])
    true = signed(bundle.before(9), "rita", org.keys["rita"], org.now)
    forged = replace(true, checkpoint=bundle.before(8))
    put(bundle, forged)
    Path("forged").write_text(forged.text)

    result = bundle.verify("--witnesses", trusted)
    brought = bundle.verify("--witnesses", trusted, "--checkpoint", "forged")

    assert said(result) == bundle.judged(trusted=trusted)
    assert said(result) == ("refused", 3, [(None, "bad-checkpoint")])
    assert (brought.exit, brought.json["code"]) == (4, "bad-checkpoint")


def test_a_checkpoint_is_nothing_without_somebody_who_is_to_have_signed_it(
    bundle: Bundle,
) -> None:
    Path("note").write_text(signed(bundle.now, "nora", NORA, bundle.org.now).text)

    result = bundle.verify("--checkpoint", "note")

    assert (result.exit, result.json["code"]) == (2, "usage")


def test_a_ledger_takes_the_same_from_outside_as_a_bundle(bundle: Bundle, exported: Bundle) -> None:
    """``assent verify`` of the ledger that the bundle was exported from."""
    trusted = witnesses_file(Path("trusted"), rita=bundle.org.keys["rita"], nora=NORA)
    false = replace(bundle.before(9), root=bytes(32))
    Path("false").write_text(signed(false, "nora", NORA, bundle.org.now).text)
    ledger = ("--ledger", exported.folder.parent / "ledger", "--ledger-id", bundle.org.id)

    held = run_assent("verify", *ledger, "--witnesses", trusted, "--json")
    forked = run_assent(
        *("verify", *ledger, "--witnesses", trusted, "--checkpoint", "false", "--json")
    )

    assert said(held) == ("verified", 0, [])
    assert held.json["checkpoint"]["signed_by"] == ["rita"]
    assert said(forked) == ("forked", 4, [(None, "checkpoint-false")])
