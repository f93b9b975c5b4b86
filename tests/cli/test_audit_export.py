"""``assent audit export``: one folder with the whole log, the same for the same log."""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cli.places import key_folder
from ledger.audit.refusals import list_refusals
from ledger.model.bundle import parse_claim
from ledger.model.terms import format_instant
from ledger.seal.checkpoint import parse_note
from ledger.seal.merkle import leaf_hash, root
from ledger.seal.private_keys import SigningKey
from ledger.store.bundle import open_bundle
from ledger.store.bundle_unpacking import unpacked
from tests.acts import seen
from tests.cli.audited import moved_in, shared
from tests.cli.bundled_ledger import DOCUMENTS, documented, put_documents, signed
from tests.cli.conftest import LedgerFolder, MakeLedger, write_key
from tests.organisation import digest, unsafe_key

MINUTE = 60


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LedgerFolder]:
    with shared(tmp_path_factory.mktemp("exported"), documented()) as ledger:
        put_documents(ledger)
        yield ledger


@pytest.fixture
def sound(kept: LedgerFolder, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """A ledger in which nothing was refused, of which both documents are there."""
    moved_in(monkeypatch, kept)
    for name, key in kept.organisation.keys.items():
        assert isinstance(key, SigningKey)
        write_key(key_folder() / name, key)
    return kept


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def contents(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    return {
        name: (
            (folder / name).read_bytes(),
            (folder / name).stat().st_mtime_ns,
            (folder / name).stat().st_mode,
        )
        for name in names(folder)
    }


def test_a_bundle_holds_all_that_belongs_to_the_log(sound: LedgerFolder, tmp_path: Path) -> None:
    target = tmp_path / "out"
    org, last = sound.organisation, len(sound.organisation.envelopes)

    result = sound.assent("audit", "export", target, "--json")

    assert result.exit == 0, result.err
    head = root(org.standing.head.frontier).hex()
    note = parse_note((target / "checkpoint").read_bytes())
    inside = f"checkpoints/{last - 1}-{note.checkpoint.root.hex()[:16]}"
    assert names(target) == {
        *("README.md", "allowed_signers", "bundle.json", "checkpoint", "refused", "verify.py"),
        *(f"tile/0/000.p/{last}", f"tile/entries/000.p/{last}", inside),
        *(f"evidence/{digest(text)[7:9]}/{digest(text)[9:]}" for text in DOCUMENTS),
    }
    claim = parse_claim((target / "bundle.json").read_bytes())
    assert (claim.ledger, claim.size, claim.root) == (sound.id, last, head)
    assert (target / "refused").read_bytes() == b""
    assert (target / inside).read_bytes() == (target / "checkpoint").read_bytes()
    readme = (target / "README.md").read_text()
    assert (sound.id in readme, head in readme, "{" in readme) == (True, True, False)
    with open_bundle(target) as log:
        assert [row.raw for row in log.scan()] == org.envelopes
    assert result.json == {
        "schema": "bundle-written/1",
        "folder": str(target),
        "tar": None,
        "ledger": sound.id,
        "size": last,
        "root": head,
        "checkpoints": 1,
        "documents": 2,
        "missing": [],
    }


@pytest.fixture
def masked() -> Iterator[Callable[[int], int]]:
    """Set the umask, until the test is over."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


def test_two_exports_of_a_log_are_the_same_to_the_byte(
    sound: LedgerFolder, tmp_path: Path, masked: Callable[[int], int]
) -> None:
    for name, mask in (("one", 0o022), ("two", 0o077)):
        masked(mask)
        result = sound.assent("audit", "export", tmp_path / name, "--tar", tmp_path / f"{name}.tar")
        assert result.exit == 0, result.err

    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()
    at = sound.organisation.standing.head.time
    assert {time for _, time, _ in contents(tmp_path / "one").values()} == {at * 10**9}
    with unpacked(tmp_path / "one.tar") as folder:
        assert {name: (folder / name).read_bytes() for name in names(folder)} == {
            name: data for name, (data, _, _) in contents(tmp_path / "one").items()
        }


def test_a_bundle_is_a_log_that_every_reading_command_reads(
    sound: LedgerFolder, tmp_path: Path
) -> None:
    target = tmp_path / "out"
    sound.assent("audit", "export", target)

    for words in (
        ("verify",),
        ("status",),
        ("log", "--last", 3),
        ("show", 5),
        ("proposal", "show", 1),
        ("inbox", "--as", "alice"),
        ("evidence", "verify"),
        ("signer", "list"),
        ("views", "status"),
        ("audit", "export", tmp_path / "again"),
    ):
        result = sound.assent(*words, "--ledger", target)
        assert (words, result.exit, result.err) == (words, 0, "")
    assert contents(tmp_path / "again") == contents(target)


def test_nothing_is_written_to_a_bundle(sound: LedgerFolder, tmp_path: Path) -> None:
    target, document = tmp_path / "out", tmp_path / "report.json"
    document.write_text('{"auc":0.95}')
    sound.assent("audit", "export", target)
    before = contents(target)

    for words, as_ in (
        (("proposal", "comment", 1, "late"), "alice"),
        (("evidence", "attach", 1, document, "--type", "evaluation-report"), "erin"),
        (("override", "set", "generation", "--reason", "why"), "alice"),
    ):
        result = sound.assent(*words, "--ledger", target, as_=as_)
        assert (result.exit, result.err.split(":")[0]) == (3, "log-read-only")

    assert contents(target) == before


def test_a_document_that_is_gone_or_was_changed_is_named_and_left_out(
    make_ledger: MakeLedger, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tests.cli.conftest.Organisation", lambda **_: documented())
    ledger = make_ledger()
    monkeypatch.setenv("ASSENT_NOW", format_instant(ledger.organisation.now + MINUTE))
    put_documents(ledger)
    gone, changed = (digest(text) for text in DOCUMENTS)
    (ledger.evidence / gone[7:9] / gone[9:]).unlink()
    (ledger.evidence / changed[7:9] / changed[9:]).write_bytes(b"other")

    result = ledger.assent("audit", "export", tmp_path / "out")

    assert result.exit == 0
    assert f"not in it: the document {gone}, which is missing here" in result.err
    assert f"not in it: the document {changed}, which is changed here" in result.err
    assert not any(name.startswith("evidence/") for name in names(tmp_path / "out"))
    assert ledger.assent("audit", "verify", tmp_path / "out").exit == 5


def test_what_was_refused_is_listed_and_what_is_too_long_is_kept_beside(
    make_ledger: MakeLedger, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ledger = make_ledger()
    monkeypatch.setenv("ASSENT_NOW", format_instant(ledger.organisation.now + MINUTE))
    sizes = {8: 7, 9: 65_536, 10: 70_000}
    for position, size in sizes.items():
        leaf = leaf_hash(bytes(min(size, 65_536))).hex()
        ledger.sql(
            "INSERT INTO stored_events VALUES"  # noqa: S608 - the test's own numbers
            f" ({position + 1}, 'rubbish', {position}, 'comment.made', zeroblob({size}), 0)",
            f"INSERT INTO merkle_leaf VALUES ({position}, {position + 1}, x'{leaf}')",  # noqa: S608
        )

    result = ledger.assent("audit", "export", tmp_path / "out")

    assert result.exit == 0, result.err
    wanted = [(8, "not-two-lines"), (9, "too-large"), (10, "too-large")]
    assert (tmp_path / "out/refused").read_bytes() == list_refusals(wanted)
    assert names(tmp_path / "out/oversize") == {"9", "10"}
    verified = ledger.assent("audit", "verify", tmp_path / "out", "--json")
    assert (verified.exit, verified.json["verdict"]) == (3, "refused")
    assert [(one["position"], one["rule"]) for one in verified.json["findings"]] == wanted


def test_checkpoints_that_are_given_or_signed_now_go_in_with_those_of_the_log(
    sound: LedgerFolder, tmp_path: Path
) -> None:
    outside, org = unsafe_key("outside"), sound.organisation
    given = signed(seen(org), "nora", outside, org.now)
    (tmp_path / "given").write_text(given.text)

    result = sound.assent(
        *("audit", "export", tmp_path / "out", "--as", "alice", "--checkpoint", tmp_path / "given")
    )

    assert result.exit == 0, result.err
    found = [
        parse_note(path.read_bytes()) for path in sorted((tmp_path / "out/checkpoints").iterdir())
    ]
    signers = {note.checkpoint.size: {one.name for one in note.signatures} for note in found}
    size = len(org.envelopes)
    assert signers == {size - 1: {"rita"}, size: {"alice", "nora"}}
    largest = parse_note((tmp_path / "out/checkpoint").read_bytes())
    assert largest.checkpoint == seen(org)


def test_a_checkpoint_of_another_ledger_is_refused(sound: LedgerFolder, tmp_path: Path) -> None:
    other = replace(seen(sound.organisation), ledger="ab" * 32)
    note = signed(other, "nora", unsafe_key("outside"), sound.organisation.now)
    (tmp_path / "other").write_text(note.text)

    result = sound.assent("audit", "export", tmp_path / "out", "--checkpoint", tmp_path / "other")

    assert (result.exit, result.err.split(":")[0]) == (4, "other-ledger")
    assert not (tmp_path / "out").exists()


def test_nothing_is_written_over(sound: LedgerFolder, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine").write_text("mine")
    (tmp_path / "mine.tar").write_text("mine")

    full = sound.assent("audit", "export", tmp_path / "out")
    tar = sound.assent("audit", "export", tmp_path / "new", "--tar", tmp_path / "mine.tar")

    assert (full.exit, full.err.split(":")[0]) == (2, "folder-not-empty")
    assert (tar.exit, tar.err.split(":")[0]) == (2, "file-exists")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.tar", "out"]


def test_a_tar_that_cannot_be_written_leaves_no_folder_either(
    sound: LedgerFolder, tmp_path: Path
) -> None:
    result = sound.assent("audit", "export", tmp_path / "out", "--tar", tmp_path / "no/such.tar")

    assert (result.exit, result.err.split(":")[0]) == (2, "cannot-write")
    assert list(tmp_path.iterdir()) == []


def test_an_unfinished_tar_of_somebody_else_is_left_alone(
    sound: LedgerFolder, tmp_path: Path
) -> None:
    other = tmp_path / "out.tar.unfinished"
    other.write_text("not ours")

    assert (
        sound.assent("audit", "export", tmp_path / "out", "--tar", tmp_path / "out.tar").exit == 0
    )

    assert other.read_text() == "not ours"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["out", "out.tar", other.name]


def test_a_log_that_is_not_what_was_verified_is_not_exported(
    make_ledger: MakeLedger, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ledger = make_ledger()
    monkeypatch.setenv("ASSENT_NOW", format_instant(ledger.organisation.now + MINUTE))
    assert ledger.assent("verify").exit == 0
    ledger.sql("UPDATE stored_events SET state = substr(state, 2) WHERE rowid = 2")

    result = ledger.assent("audit", "export", tmp_path / "out")

    assert (result.exit, result.err.split(":")[0]) == (4, "log-changed")
    assert [path.name for path in tmp_path.iterdir()] == ["ledger"]


@pytest.mark.needs("bash", "ssh-keygen", "head", "tr")
def test_an_entry_of_a_bundle_is_checked_with_openssh_alone_as_its_readme_says(
    sound: LedgerFolder, tmp_path: Path
) -> None:
    sound.assent("audit", "export", tmp_path / "out")
    readme = (tmp_path / "out/README.md").read_text()
    command = next(line for line in readme.splitlines() if line.startswith("head -n1 entry"))
    packed = next((tmp_path / "out/tile/entries/000.p").iterdir()).read_bytes()
    entry = packed[2 : 2 + int.from_bytes(packed[:2], "big")]
    signature = entry.split(b"\n")[1]
    (tmp_path / "out/entry").write_bytes(entry)
    (tmp_path / "out/entry.sig").write_bytes(
        b"-----BEGIN SSH SIGNATURE-----\n%b\n-----END SSH SIGNATURE-----\n" % signature
    )

    done = subprocess.run(
        ["bash", "-c", command.replace("SIGNER", "alice")],
        cwd=tmp_path / "out",
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout.startswith("Good")) == (0, True), done.stderr
