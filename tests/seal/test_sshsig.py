"""The signature blob: taken apart strictly, put together to the same bytes."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BadInput
from ledger.seal.private_keys import generate
from ledger.seal.sshsig import (
    HASH_ALGORITHM,
    NAMESPACE,
    SshSignature,
    armor,
    dearmor,
    first_string,
    pack_strings,
    signed_data,
    split_strings,
)

KEY = generate(b"\x07" * 32)
SIGNATURE = SshSignature(KEY.public.blob, NAMESPACE, HASH_ALGORITHM, KEY.sign(b"anything"))
BLOB = SIGNATURE.pack()


@given(st.lists(st.binary(max_size=300), max_size=6))
def test_strings_are_split_as_they_were_packed(parts: list[bytes]) -> None:
    assert split_strings(pack_strings(*parts), len(parts)) == parts


@given(st.binary(max_size=40), st.integers(0, 4))
def test_splitting_anything_else_is_refused_or_exact(data: bytes, count: int) -> None:
    try:
        parts = split_strings(data, count)
    except BadInput:
        return
    assert pack_strings(*parts) == data


@pytest.mark.parametrize("data", [b"", b"\x00\x00\x00", b"\x00\x00\x00\x02a", b"\xff" * 8])
def test_there_is_no_first_string_in_less_than_one(data: bytes) -> None:
    with pytest.raises(BadInput, match="cut short"):
        first_string(data)


def test_a_blob_reads_as_what_was_packed() -> None:
    assert SshSignature.parse(BLOB) == SIGNATURE


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda tail: BLOB[:60] + tail))
def test_a_blob_that_reads_is_the_only_one_with_its_meaning(blob: bytes) -> None:
    try:
        signature = SshSignature.parse(blob)
    except BadInput:
        return
    assert signature.pack() == blob


def reserved(text: bytes) -> bytes:
    parts = split_strings(BLOB[10:], 5)
    parts[2] = text
    return BLOB[:10] + pack_strings(*parts)


ODD_BLOBS = {
    "nothing": (b"", "version 1"),
    "another magic": (b"SSHSIH" + BLOB[6:], "version 1"),
    "version 2": (b"SSHSIG\x00\x00\x00\x02" + BLOB[10:], "version 1"),
    "cut by a byte": (BLOB[:-1], "cut short"),
    "a byte too many": (BLOB + b"\x00", "1 bytes too many"),
    "something reserved": (reserved(b"x"), "reserved field"),
    "a namespace that is not UTF-8": (BLOB.replace(b"entry", b"\xff\xff\xff\xff\xff"), "not UTF-8"),
    "a signature of another type": (
        SshSignature(
            KEY.public.blob,
            NAMESPACE,
            HASH_ALGORITHM,
            generate(b"\x07" * 32, "ecdsa-sha2-nistp256").sign(b"anything"),
        ).pack(),
        "different types",
    ),
}


@pytest.mark.parametrize("case", ODD_BLOBS)
def test_reading_a_blob_refuses(case: str) -> None:
    blob, message = ODD_BLOBS[case]

    with pytest.raises(BadInput, match=message):
        SshSignature.parse(blob)


@given(st.binary(max_size=400))
def test_armor_comes_off_as_it_went_on(blob: bytes) -> None:
    text = armor(blob)

    assert dearmor(text) == blob
    assert max(map(len, text.splitlines()[1:-1]), default=0) <= 70


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "",
        lambda text: text.replace("BEGIN", "BEGUN"),
        lambda text: text + "more\n",
        lambda text: text.replace("A", "*", 1),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: text.replace("U1NIU0lH", "U1NI U0lH"),
        lambda text: text + "\n" * 70_000,
        lambda text: text.replace("s=\n", "t=\n"),
    ],
)
def test_armor_in_any_other_shape_is_refused(spoil: Callable[[str], str]) -> None:
    spoiled = spoil(armor(BLOB))

    assert spoiled != armor(BLOB)
    with pytest.raises(BadInput, match=r"not a file between|base64|70 characters"):
        dearmor(spoiled)


def test_every_part_of_the_frame_is_signed() -> None:
    """Another namespace, hash or message is other bytes to sign."""
    variants = {
        signed_data(b"m"),
        signed_data(b"n"),
        signed_data(b"m", "git"),
        signed_data(b"m", NAMESPACE, "sha256"),
    }

    assert len(variants) == 4
    assert all(data.startswith(b"SSHSIG") for data in variants)


def test_lengths_are_of_bytes_not_of_letters() -> None:
    assert b"\x00\x00\x00\x02\xc3\xa9" in signed_data(b"m", "é")


def test_a_hash_that_ssh_does_not_know_is_refused() -> None:
    with pytest.raises(BadInput, match="'md5' is no hash"):
        signed_data(b"m", NAMESPACE, "md5")
