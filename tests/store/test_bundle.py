"""A bundle as a store: what was written is read, and what has no business there is refused."""

import io
import os
import socket
import tarfile
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BadInput, Refused, Uncheckable
from ledger.model.bundle import CLAIM, Claim, parse_claim, print_claim
from ledger.seal.merkle import leaf_hash, push, root
from ledger.store.bundle import open_bundle
from ledger.store.bundle_unpacking import unpacked
from ledger.store.bundle_writing import BundleWriter, write_tar
from ledger.store.rows import Placed, Row

LEDGER = "ab" * 32
SIZE = 600
"""Three entry tiles, the last of them partial."""

TOO_LONG = 7
"""The position of an entry that is longer than its tile can say."""

Change = Callable[[Path], object]


def envelopes(size: int = SIZE) -> list[bytes]:
    found = [b"" if n == 3 else f"entry {n}\n".encode() * 2 for n in range(size)]
    found[TOO_LONG] = bytes(65_536)
    return found


def write(folder: Path, raws: list[bytes]) -> Claim:
    folder.mkdir(parents=True)
    writer = BundleWriter(folder)
    size, found = writer.entries(raws, lambda _: None)
    claim = Claim(LEDGER, size, found.hex())
    writer.write(CLAIM, print_claim(claim))
    return claim


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    write(tmp_path / "bundle", envelopes())
    return tmp_path / "bundle"


def rows(folder: Path) -> list[Row]:
    with open_bundle(folder) as log:
        return list(log.scan(chunk=100))


def claimed(folder: Path, size: int) -> None:
    """Let the bundle in *folder* claim another size."""
    claim = parse_claim((folder / CLAIM).read_bytes())
    (folder / CLAIM).write_bytes(print_claim(Claim(claim.ledger, size, claim.root)))


def test_what_was_written_is_read_back_with_the_hashes_over_it(bundle: Path) -> None:
    found = rows(bundle)

    assert [row.raw for row in found] == envelopes()
    assert [row.position for row in found] == list(range(SIZE))
    assert [row.indexed_leaf for row in found] == [leaf_hash(raw) for raw in envelopes()]
    assert not any(row.has_columns for row in found)


def test_a_bundle_answers_as_any_log_does(bundle: Path) -> None:
    frontier: tuple[bytes, ...] = ()
    for size, raw in enumerate(envelopes()):
        frontier = push(size, frontier, leaf_hash(raw))

    with open_bundle(bundle) as log:
        assert (log.size(), log.head().size, log.head().root) == (SIZE, SIZE, root(frontier))
        assert log.find(leaf_hash(envelopes()[599])) == 599
        assert log.find(leaf_hash(b"nobody wrote this")) is None
        assert [row.position for row in log.read(250, 12)] == list(range(250, 262))
        assert log.read(SIZE, 5) == []
        assert log.row(511).raw == envelopes()[511]
        assert log.strays() == []
        with pytest.raises(BadInput, match="there is no position 600"):
            log.row(SIZE)


def test_nothing_is_appended_to_a_bundle(bundle: Path) -> None:
    with open_bundle(bundle) as log, pytest.raises(Refused, match="nothing is appended") as refusal:
        log.append([Placed("ledger", 1, "comment.made", b"x")], size=SIZE)
    assert refusal.value.code == "log-read-only"


def test_a_bundle_of_no_entries_is_an_empty_log(tmp_path: Path) -> None:
    write(tmp_path / "empty", [])

    assert rows(tmp_path / "empty") == []


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        (lambda b: (b / "tile/entries/001").unlink(), range(256, 512)),
        (lambda b: os.truncate(b / "tile/entries/001", 100), range(260, 512)),
        (lambda b: (b / "tile/entries/002.p/88").write_bytes(b""), range(512, 600)),
        (lambda b: (b / "tile/entries/002.p").rename(b / "tile/entries/003.p"), range(512, 600)),
        (lambda b: claimed(b, 700), range(512, 700)),
    ],
)
def test_what_a_tile_lacks_is_missing_and_nothing_else(
    bundle: Path, change: Change, missing: range
) -> None:
    change(bundle)

    found = rows(bundle)

    assert [row.position for row in found if row.raw is None] == list(missing)
    assert [row.raw for row in found if row.raw is not None] == [
        raw for position, raw in enumerate(envelopes()) if position not in missing
    ]


def test_a_missing_entry_keeps_the_hash_of_its_tile(bundle: Path) -> None:
    (bundle / "tile/entries/001").unlink()
    (bundle / "tile/0/002.p/88").unlink()

    found = rows(bundle)

    assert found[300].indexed_leaf == leaf_hash(envelopes()[300])
    assert [row.indexed_leaf for row in found[512:]] == [None] * 88
    assert found[512].raw == envelopes()[512]


@pytest.mark.parametrize("size", [2**50, 200_000])
def test_more_than_there_could_be_is_said_at_once_rather_than_listed(
    bundle: Path, size: int
) -> None:
    claimed(bundle, size)

    with pytest.raises(Uncheckable, match="are not there") as refusal:
        rows(bundle)
    assert refusal.value.code == "bundle-damaged"


def test_an_entry_of_no_bytes_and_one_too_long_are_told_apart(bundle: Path) -> None:
    (bundle / f"oversize/{TOO_LONG}").unlink()

    found = rows(bundle)

    assert (found[3].raw, found[TOO_LONG].raw) == (b"", b"")
    assert found[TOO_LONG].indexed_leaf == leaf_hash(bytes(65_536))


def link_out(path: Path) -> None:
    """Put a link to a file of the same bytes, elsewhere, into the place of *path*."""
    outside = path.parent.parent / "outside"
    path.rename(outside)
    path.symlink_to(outside)


def link_folder(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def swollen(path: Path) -> None:
    os.truncate(path, 2**40)


def listening(path: Path) -> None:
    path.unlink()
    here = Path.cwd()
    os.chdir(path.parent)  # the name of a socket may have 107 bytes
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("change", [link_out, pipe, swollen, listening, folder])
@pytest.mark.parametrize("name", [CLAIM, "tile/entries/001", "tile/0/000", f"oversize/{TOO_LONG}"])
def test_what_is_no_plain_file_is_refused_before_it_is_opened(
    bundle: Path, name: str, change: Change
) -> None:
    change(bundle / name)

    with pytest.raises(BadInput, match=r"not a regular file|more than [0-9,]+ bytes") as refusal:
        rows(bundle)
    assert refusal.value.code == "bundle-unsafe"


@pytest.mark.parametrize("name", ["tile", "tile/entries", "tile/0", "oversize"])
def test_a_folder_that_is_a_link_is_not_followed(bundle: Path, name: str) -> None:
    link_folder(bundle / name)

    with pytest.raises(BadInput, match="is not a folder") as refusal:
        rows(bundle)
    assert refusal.value.code == "bundle-unsafe"


def test_the_bundle_itself_may_be_named_through_a_link(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(bundle)

    assert len(rows(tmp_path / "link")) == SIZE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"ledger":"%s","root":"%s","schema":"bundle/2","size":1}',
        '{"ledger":"%s","root":"%s","schema":"bundle/1","size":-1}',
        '{"ledger":"%s","root":"%s","schema":"bundle/1","size":true}',
        '{"ledger":"%s","root":"%s","schema":"bundle/1","size":"1"}',
        '{"ledger":"%s","root":"%sA","schema":"bundle/1","size":1}',
        '{"ledger":"%s","root":"%s","schema":"bundle/1","size":1,"x":1}',
        '{"root":"%s","ledger":"%s","schema":"bundle/1","size":1}',
        '{"ledger":"%s","root":"%s","schema":"bundle/1","size":1.0}',
        "[" * 4_000,
    ],
)
def test_a_claim_that_is_not_of_its_form_is_uncheckable(bundle: Path, text: str) -> None:
    filled = text % ((LEDGER,) * text.count("%s"))
    (bundle / CLAIM).write_text(filled + "\n")

    with pytest.raises(Uncheckable, match=r"bundle\.json") as refusal:
        open_bundle(bundle)
    assert refusal.value.code == "bundle-damaged"


@given(st.integers(0, 2**53 - 1))
def test_a_claim_that_is_printed_is_parsed_again(size: int) -> None:
    claim = Claim(LEDGER, size, "cd" * 32)

    assert parse_claim(print_claim(claim)) == claim


@pytest.fixture(scope="module")
def tarred(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of the tar of a small bundle."""
    folder = tmp_path_factory.mktemp("tarred")
    claim = write(folder / "bundle", envelopes(20))
    (folder / "bundle/evidence/ab").mkdir(parents=True)
    (folder / "bundle/evidence/ab" / ("c" * 62)).write_bytes(b"a document")
    write_tar(folder / "bundle", folder / "one.tar", claim.name, 1_790_000_000)
    return (folder / "one.tar").read_bytes()


def test_a_tar_is_unpacked_to_what_was_packed_and_is_gone_afterwards(
    tarred: bytes, tmp_path: Path
) -> None:
    (tmp_path / "one.tar").write_bytes(tarred)

    with unpacked(tmp_path / "one.tar") as found:
        assert [row.raw for row in rows(found)] == envelopes(20)
        assert (found / "evidence/ab" / ("c" * 62)).read_bytes() == b"a document"
        assert found.name == f"assent-{LEDGER[:12]}-20"

    assert not found.exists()


def test_a_tar_is_plain_and_says_nothing_of_who_made_it_and_when(tarred: bytes) -> None:
    with tarfile.open(fileobj=io.BytesIO(tarred), mode="r:") as tar:
        members = tar.getmembers()

    assert [one.name.split("/", 1)[1] for one in members] == sorted(
        one.name.split("/", 1)[1] for one in members
    )
    assert {(m.mtime, m.mode, m.uid, m.uname, m.type) for m in members} == {
        (1_790_000_000, 0o644, 0, "", tarfile.REGTYPE)
    }


def test_the_same_log_is_packed_into_the_same_bytes(tarred: bytes, tmp_path: Path) -> None:
    claim = write(tmp_path / "again", envelopes(20))
    (tmp_path / "again/evidence/ab").mkdir(parents=True)
    (tmp_path / "again/evidence/ab" / ("c" * 62)).write_bytes(b"a document")
    write_tar(tmp_path / "again", tmp_path / "again.tar", claim.name, 1_790_000_000)

    assert sha256((tmp_path / "again.tar").read_bytes()).digest() == sha256(tarred).digest()


def member(name: str, type_: bytes = tarfile.REGTYPE, data: bytes = b"", link: str = "") -> bytes:
    """A member of a tar, header and data."""
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = type_, len(data), link
    return info.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % 512)


def stating(name: str, size: int) -> bytes:
    """The header of a member that says to be of this *size*."""
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.USTAR_FORMAT)


def pax(name: str) -> bytes:
    info = tarfile.TarInfo(name)
    return info.tobuf(tarfile.PAX_FORMAT)


END = bytes(1024)
FILE = member("b/bundle.json", data=b"x")


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (FILE + member("b/l", tarfile.SYMTYPE, link="/etc/passwd"), "type b'2'"),
        (FILE + member("b/l", tarfile.LNKTYPE, link="b/bundle.json"), "type b'1'"),
        (FILE + member("b/p", tarfile.FIFOTYPE), "type b'6'"),
        (FILE + member("b/d", tarfile.CHRTYPE), "type b'3'"),
        (FILE + member("b/d", tarfile.BLKTYPE), "type b'4'"),
        (FILE + member("b/s", tarfile.GNUTYPE_SPARSE), "type b'S'"),
        (FILE + member("././@LongLink", tarfile.GNUTYPE_LONGNAME, b"x" * 600), "type b'L'"),
        (pax("b/" + "é" * 90), "type b'x'"),
        (FILE + member("/etc/passwd"), "the name"),
        (FILE + member("b/../../x"), "the name"),
        (FILE + member("../x"), "the name"),
        (FILE + member("b/./x"), "the name"),
        (FILE + member("b//x"), "the name"),
        (FILE + member("b/x y"), "the name"),
        (FILE + member("b/\x1b[2J"), "the name"),
        (FILE + member("b/" + "/".join("x" * 20)), "the name"),
        (FILE + FILE, "there twice"),
        (FILE + member("b/bundle.json/x"), "there twice"),
        (FILE + member("b/x/y") + member("b/x"), "there twice"),
        (FILE + member("c/x"), "one folder"),
        (member("bundle.json"), "in no folder"),
        (FILE + stating("b/x", 2**26 + 1), r"more than 67,108,864 bytes"),
        (FILE + stating("b/evidence/ab", 2**31 + 1), r"more than 2,147,483,648 bytes"),
        (FILE + b"".join([FILE[:150], b"9", FILE[151:]]), "checksum"),
        (END, "one folder"),
    ],
)
def test_a_tar_that_is_no_plain_bundle_is_refused_and_nothing_is_left(
    tmp_path: Path, data: bytes, match: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "evil.tar").write_bytes(data + END)
    (tmp_path / "here").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "here"))

    with pytest.raises(BadInput, match=match) as refusal, unpacked(tmp_path / "evil.tar"):
        pass

    assert refusal.value.code == "bundle-unsafe"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evil.tar", "here"]
    assert list((tmp_path / "here").iterdir()) == []


@pytest.mark.parametrize(("name", "bound"), [("TOTAL_LIMIT", 1), ("MOST_MEMBERS", 2)])
def test_many_files_may_not_be_more_than_a_bundle_in_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, bound: int
) -> None:
    (tmp_path / "many.tar").write_bytes(FILE + member("b/x", data=b"y") + member("b/z") + END)
    with unpacked(tmp_path / "many.tar") as found:
        assert len(list(found.iterdir())) == 3
    monkeypatch.setattr(f"ledger.store.bundle_unpacking.{name}", bound)

    with pytest.raises(BadInput, match="more, or larger"), unpacked(tmp_path / "many.tar"):
        pass


@pytest.mark.parametrize(
    "data", [stating("b/x", 600) + b"short", FILE + member("b/x", data=b"y" * 10)[:-400]]
)
def test_a_tar_that_ends_within_a_file_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "cut.tar").write_bytes(data)

    with pytest.raises(BadInput, match="cut short"), unpacked(tmp_path / "cut.tar"):
        pass


@pytest.mark.parametrize("data", [b"", b"x", b"\x1f\x8b" + bytes(600), FILE])
def test_what_is_no_tar_or_ends_without_its_end_is_no_bundle(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.tar").write_bytes(data)

    with pytest.raises(BadInput, match="not a plain tar") as refusal, unpacked(tmp_path / "x.tar"):
        pass
    assert refusal.value.code == "not-a-bundle"


@given(st.binary(max_size=40), st.integers(0, 2_000))
def test_a_tar_with_any_change_is_read_or_refused(
    tarred: bytes, tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "changed.tar"
    path.write_bytes(tarred[:at] + noise + tarred[at + len(noise) :])

    with suppress(BadInput), unpacked(path) as found:
        assert found.is_dir()
