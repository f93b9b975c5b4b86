"""Key files: who may read them, what they may hold, and that none is lost."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.errors import AssentError, Refused, Uncheckable
from ledger.seal.keys import ED25519, P256, verify
from ledger.store.keyfile import read_public_key, read_signing_key, write_new_key


def nobody_is_asked(path: str) -> bytes:
    raise AssertionError(f"asked for the passphrase of {path}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "ada"


@pytest.mark.parametrize("algorithm", [ED25519, P256])
@pytest.mark.parametrize("passphrase", [None, b"correct horse"])
def test_a_new_key_is_read_back(path: Path, algorithm: str, passphrase: bytes | None) -> None:
    public = write_new_key(path, passphrase, algorithm)
    key = read_signing_key(path, None if passphrase is None else lambda _: passphrase)

    assert key.public == public == read_public_key(path.with_name("ada.pub"))
    verify(public, key.sign(b"message"), b"message")


def test_two_new_keys_differ(tmp_path: Path) -> None:
    assert write_new_key(tmp_path / "one", None) != write_new_key(tmp_path / "two", None)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_new_key_is_its_owners_alone(path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        write_new_key(path, None)
    finally:
        os.umask(before)

    modes = [stat.S_IMODE(file.stat().st_mode) for file in (path.parent, path)]
    public_mode = stat.S_IMODE(path.with_name("ada.pub").stat().st_mode)
    assert modes == [0o700, 0o600]
    assert public_mode == 0o644


@pytest.mark.parametrize("taken", ["ada", "ada.pub"])
@pytest.mark.parametrize("as_link", [False, True])
def test_nothing_is_overwritten(path: Path, taken: str, as_link: bool) -> None:  # noqa: FBT001
    path.parent.mkdir()
    there = path.with_name(taken)
    if as_link:
        there.symlink_to(path.parent / "elsewhere")
    else:
        there.write_text("precious")

    with pytest.raises(Refused, match="never overwritten") as refusal:
        write_new_key(path, None)

    assert refusal.value.code == "key-exists"
    assert [file.name for file in path.parent.iterdir()] == [taken]
    assert as_link or there.read_text() == "precious"


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(Uncheckable, match="cannot write") as refusal:
        write_new_key(tmp_path / "file" / "ada", None)

    assert refusal.value.code == "key-unwritable"


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o604, 0o602, 0o610, 0o777])
def test_a_key_open_to_others_is_refused(path: Path, mode: int) -> None:
    write_new_key(path, None)
    path.chmod(mode)

    with pytest.raises(Refused, match=f"mode {mode:04o}") as refusal:
        read_signing_key(path, nobody_is_asked)

    assert refusal.value.code == "key-exposed"
    assert refusal.value.hint == f"chmod 600 {path}"


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_key_open_to_its_owner_is_read(path: Path, mode: int) -> None:
    public = write_new_key(path, None)
    path.chmod(mode)

    assert read_signing_key(path, nobody_is_asked).public == public


def test_an_encrypted_key_asks_by_its_name(path: Path) -> None:
    public = write_new_key(path, b"correct horse")
    asked: list[str] = []

    def ask(name: str) -> bytes:
        asked.append(name)
        return b"correct horse"

    assert read_signing_key(path, ask).public == public
    assert asked == [str(path)]


def test_an_encrypted_key_is_uncheckable_where_nobody_can_be_asked(path: Path) -> None:
    write_new_key(path, b"correct horse")

    with pytest.raises(Uncheckable, match="nobody to ask") as refusal:
        read_signing_key(path, None)

    assert refusal.value.code == "passphrase-needed"


def test_a_key_that_is_not_encrypted_asks_nobody(path: Path) -> None:
    write_new_key(path, None)

    assert read_signing_key(path, nobody_is_asked).public.algorithm == ED25519


def missing(path: Path) -> None:
    path.unlink()


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def public_half(path: Path) -> None:
    path.write_bytes(path.with_name("ada.pub").read_bytes())


def public_half_open_to_all(path: Path) -> None:
    public_half(path)
    path.chmod(0o644)


def rubbish(path: Path) -> None:
    path.write_bytes(bytes(range(256)))


def endless(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n" * 100_000)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (missing, "key-missing"),
        (folder, "not-a-file"),
        (pipe, "not-a-file"),
        (loop, "key-unreadable"),
        (public_half, "public-key"),
        (public_half_open_to_all, "public-key"),
        (rubbish, "not-a-private-key"),
        (endless, "not-a-private-key"),
    ],
)
def test_reading_a_private_key_refuses(
    path: Path, spoil: Callable[[Path], None], code: str
) -> None:
    write_new_key(path, None)
    spoil(path)

    with pytest.raises(AssentError, match=r".") as refusal:
        read_signing_key(path, nobody_is_asked)

    assert refusal.value.code == code


def private_half(path: Path) -> None:
    path.write_bytes(path.with_suffix("").read_bytes())


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (missing, "key-missing"),
        (folder, "not-a-file"),
        (pipe, "not-a-file"),
        (private_half, "private-key"),
        (rubbish, "not-a-public-key"),
        (endless, "not-a-public-key"),
    ],
)
def test_reading_a_public_key_refuses(path: Path, spoil: Callable[[Path], None], code: str) -> None:
    write_new_key(path, None)
    public = path.with_name("ada.pub")
    spoil(public)

    with pytest.raises(AssentError, match=r".") as refusal:
        read_public_key(public)

    assert refusal.value.code == code
