"""Evidence in a folder: named by its content, and proved whenever it is read."""

import os
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.errors import BadInput, Uncheckable, Unproven
from ledger.store.blobs import Blobs, digest_of

REPORT = b'{"auc":"0.93"}\n'
DIGEST = "sha256:" + sha256(REPORT).hexdigest()


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "evidence")


def test_what_is_put_is_had_back_under_the_digest_of_its_bytes(blobs: Blobs) -> None:
    assert blobs.put(REPORT) == DIGEST
    assert blobs.get(DIGEST) == REPORT
    assert blobs.path(DIGEST) == blobs.folder / DIGEST[7:9] / DIGEST[9:]


def test_a_file_is_kept_like_the_bytes_in_it(blobs: Blobs, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(REPORT)

    assert blobs.put(path) == digest_of(path) == DIGEST
    assert blobs.get(DIGEST) == REPORT


def test_a_large_file_is_hashed_in_pieces(blobs: Blobs, tmp_path: Path) -> None:
    data = os.urandom(3 * 2**20 + 17)
    path = tmp_path / "model.bin"
    path.write_bytes(data)

    digest = blobs.put(path)

    assert digest == f"sha256:{sha256(data).hexdigest()}"
    blobs.check(digest)


def test_putting_the_same_twice_changes_nothing_and_leaves_nothing_behind(blobs: Blobs) -> None:
    blobs.put(REPORT)
    before = blobs.path(DIGEST).stat()

    blobs.put(REPORT)

    assert blobs.path(DIGEST).stat().st_ino == before.st_ino
    assert [path.name for path in blobs.folder.iterdir()] == [DIGEST[7:9]]


def test_a_changed_file_is_unproven_and_putting_it_again_puts_it_right(blobs: Blobs) -> None:
    blobs.put(REPORT)
    blobs.path(DIGEST).write_bytes(REPORT.replace(b"3", b"9"))

    for read in (blobs.get, blobs.check):
        with pytest.raises(Unproven, match=f"its digest is sha256:[0-9a-f]*, not {DIGEST}"):
            read(DIGEST)

    blobs.put(REPORT)
    assert blobs.get(DIGEST) == REPORT


def test_missing_evidence_is_uncheckable_and_not_false(blobs: Blobs) -> None:
    for read in (blobs.get, blobs.check):
        with pytest.raises(Uncheckable, match=r"cannot be read at .*: No such file") as caught:
            read(DIGEST)
        assert caught.value.code == "evidence-missing"


@pytest.mark.parametrize(
    "digest",
    ["", "sha256:", "sha256:../../etc/passwd", DIGEST[7:], DIGEST.upper(), DIGEST + "\n", "/" * 71],
)
def test_what_is_no_digest_leads_nowhere(blobs: Blobs, digest: str) -> None:
    with pytest.raises(BadInput, match="is not sha256: and 64"):
        blobs.get(digest)


def test_a_link_out_of_the_folder_is_not_followed(blobs: Blobs, tmp_path: Path) -> None:
    outside = tmp_path / "secret"
    outside.write_bytes(REPORT)
    blobs.path(DIGEST).parent.mkdir(parents=True)
    blobs.path(DIGEST).symlink_to(outside)

    with pytest.raises(Uncheckable, match="cannot be read"):
        blobs.get(DIGEST)

    blobs.put(REPORT)
    assert not blobs.path(DIGEST).is_symlink()


def test_a_linked_folder_is_not_followed_either(blobs: Blobs, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    blobs.folder.mkdir()
    (blobs.folder / DIGEST[7:9]).symlink_to(tmp_path / "outside")

    with pytest.raises(Uncheckable, match="a link that leads elsewhere"):
        blobs.put(REPORT)
    assert list((tmp_path / "outside").iterdir()) == []
    (tmp_path / "outside" / DIGEST[9:]).write_bytes(REPORT)
    with pytest.raises(Uncheckable, match="a link that leads elsewhere"):
        blobs.get(DIGEST)


def test_a_pipe_in_place_of_the_file_is_not_waited_for(blobs: Blobs) -> None:
    blobs.path(DIGEST).parent.mkdir(parents=True)
    os.mkfifo(blobs.path(DIGEST))

    with pytest.raises(Uncheckable, match="not a regular file"):
        blobs.get(DIGEST)


def test_more_than_the_limit_is_refused_and_nothing_is_kept(tmp_path: Path) -> None:
    small = Blobs(tmp_path / "evidence", limit=10)
    path = tmp_path / "report.json"
    path.write_bytes(b"x" * 11)

    with pytest.raises(BadInput, match=r"report\.json has more than 10 bytes"):
        small.put(path)

    assert list(small.folder.iterdir()) == []
    assert small.get(small.put(b"x" * 10)) == b"x" * 10


def test_a_source_that_is_no_file_is_named(blobs: Blobs, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    for path, why in ((tmp_path / "no.json", "no such file"), (tmp_path / "pipe", "not a file"),
                      (tmp_path, "not a file")):  # fmt: skip
        with pytest.raises(BadInput, match=why):
            blobs.put(path)
        with pytest.raises(BadInput, match=why):
            digest_of(path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("in the way")

    with pytest.raises(Uncheckable, match=r"evidence folder .*: File exists"):
        Blobs(tmp_path / "evidence").put(REPORT)
