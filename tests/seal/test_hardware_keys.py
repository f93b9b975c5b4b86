"""Security keys: their signatures, the touch that is demanded, and no byte that is not theirs."""

import subprocess
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import AssentError, BadInput, Refused, Unproven
from ledger.model.canonical import encode
from ledger.seal.envelope import examine, export, seal
from ledger.seal.keys import (
    ED25519,
    P256,
    SK_ED25519,
    SK_P256,
    PublicKey,
    parse_public_key,
    public_key_from_blob,
    verify,
)
from ledger.seal.private_keys import generate
from ledger.seal.sshsig import SshSignature, pack_strings, split_strings
from tests.seal.authenticator import PLAIN, TOUCHED, VERIFIED, UnsafeAuthenticator

TYPES = [SK_ED25519, SK_P256]
TRAILER = 5
MESSAGE = b"message"
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def payload_of(key: PublicKey) -> bytes:
    return encode({"by": {"key": key.id, "signer": "ada"}, "note": "für Ada"})


def fault_of(raw: bytes) -> str | None:
    fault = examine(raw).fault
    return None if fault is None else fault[0]


@pytest.mark.parametrize("algorithm", TYPES)
@pytest.mark.parametrize("flags", [TOUCHED, TOUCHED | VERIFIED, 0x19, 0xFF])
def test_what_a_touched_security_key_signs_is_sound(algorithm: str, flags: int) -> None:
    device = UnsafeAuthenticator(algorithm, flags=flags)

    assert fault_of(seal(payload_of(device.public), device)) is None


@pytest.mark.parametrize("algorithm", TYPES)
@pytest.mark.parametrize("flags", [0, VERIFIED, 0xFE])
def test_a_signature_that_nobody_touched_the_key_for_proves_nothing(
    algorithm: str, flags: int
) -> None:
    device = UnsafeAuthenticator(algorithm, flags=flags)

    with pytest.raises(Unproven, match="nobody touched the security key that holds SHA256:") as no:
        verify(device.public, device.sign(MESSAGE), MESSAGE)

    assert no.value.code == "no-user-presence"
    assert fault_of(seal(payload_of(device.public), device)) == "no-user-presence"


@pytest.mark.parametrize("algorithm", TYPES)
def test_a_flag_cannot_be_added_afterwards(algorithm: str) -> None:
    device = UnsafeAuthenticator(algorithm, flags=0)
    signature = bytearray(device.sign(MESSAGE))
    signature[-TRAILER] |= TOUCHED

    with pytest.raises(Unproven, match="not signed by SHA256:"):
        verify(device.public, bytes(signature), MESSAGE)


@pytest.mark.parametrize("algorithm", TYPES)
def test_every_flipped_bit_breaks_a_signature(algorithm: str) -> None:
    device = UnsafeAuthenticator(algorithm)
    signature = device.sign(MESSAGE)
    verify(device.public, signature, MESSAGE)

    for bit in range(len(signature) * 8):
        flipped = bytearray(signature)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Unproven, match=r"not signed by|not of type|has 64 bytes"):
            verify(device.public, bytes(flipped), MESSAGE)


@pytest.mark.parametrize("algorithm", TYPES)
def test_every_byte_left_out_or_added_breaks_a_signature(algorithm: str) -> None:
    device = UnsafeAuthenticator(algorithm)
    signature = device.sign(MESSAGE)

    for at in range(len(signature)):
        for other in (signature[:at] + signature[at + 1 :], signature[:at], signature[at:][::-1]):
            with pytest.raises(Unproven, match=r"not signed by|not of type|has 64 bytes"):
                verify(device.public, other, MESSAGE)
    for more in (b"\0", signature[-TRAILER:], pack_strings(b"")):
        with pytest.raises(Unproven, match="not signed by"):
            verify(device.public, signature + more, MESSAGE)


@given(st.binary(max_size=200), st.sampled_from(TYPES))
def test_reading_a_signature_raises_nothing_else(rest: bytes, algorithm: str) -> None:
    key = UnsafeAuthenticator(algorithm).public
    for signature in (rest, pack_strings(algorithm.encode()) + rest):
        with pytest.raises(Unproven, match=r"not signed by|not of type|has 64 bytes"):
            verify(key, signature, MESSAGE)


@given(st.lists(st.binary(max_size=70), max_size=4), st.sampled_from(TYPES))
def test_reading_a_key_raises_nothing_else(strings: list[bytes], algorithm: str) -> None:
    with pytest.raises(AssentError, match=r"."):
        public_key_from_blob(pack_strings(algorithm.encode(), *strings))


@pytest.mark.parametrize("algorithm", TYPES)
def test_every_flipped_bit_of_a_key_makes_it_another_or_none(algorithm: str) -> None:
    device = UnsafeAuthenticator(algorithm)
    signature = device.sign(MESSAGE)

    for bit in range(len(device.blob) * 8):
        flipped = bytearray(device.blob)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(AssentError, match=r".") as no:
            verify(public_key_from_blob(bytes(flipped)), signature, MESSAGE)
        assert no.value.code in {
            "bad-signature", "malformed-blob", "malformed-key", "unsupported-key-type", "weak-key"
        }  # fmt: skip


@pytest.mark.parametrize("algorithm", TYPES)
@pytest.mark.parametrize(
    "application",
    [b"", b"ssh", b"SSH:", b"https://example.org", b" ssh:", b"ssh:\n", b"ssh:\0", b"ssh:\x7f",
     "ssh:é".encode(), b"ssh:" + b"a" * 61],
)  # fmt: skip
def test_an_application_that_is_not_ssh_s_is_refused(algorithm: str, application: bytes) -> None:
    with pytest.raises(BadInput, match="application of a security key begins with ssh:") as no:
        _ = UnsafeAuthenticator(algorithm, application=application).public

    assert no.value.code == "malformed-key"


@pytest.mark.parametrize("algorithm", TYPES)
@pytest.mark.parametrize("application", [b"ssh:", b"ssh:work laptop", b"ssh:" + b"a" * 60])
def test_an_application_of_ones_own_is_taken(algorithm: str, application: bytes) -> None:
    device = UnsafeAuthenticator(algorithm, application=application)

    verify(device.public, device.sign(MESSAGE), MESSAGE)
    assert parse_public_key(f"{device.public.text} me@desk") == device.public


@pytest.mark.parametrize("algorithm", TYPES)
def test_a_key_with_a_string_too_few_or_too_many_is_refused(algorithm: str) -> None:
    blob = UnsafeAuthenticator(algorithm).blob
    without = blob[: -len(pack_strings(b"ssh:"))]

    with pytest.raises(BadInput, match="cut short"):
        public_key_from_blob(without)
    with pytest.raises(BadInput, match="bytes too many"):
        public_key_from_blob(blob + pack_strings(b""))


def test_a_weak_point_is_refused_in_this_type_too() -> None:
    low_order = pack_strings(SK_ED25519.encode(), b"\x01" + bytes(31), b"ssh:")
    off_curve = pack_strings(SK_P256.encode(), b"nistp256", b"\x04" + bytes(64), b"ssh:")

    for blob in (low_order, off_curve):
        with pytest.raises(Refused, match=r"prime order|not a point on the curve") as no:
            public_key_from_blob(blob)
        assert no.value.code == "weak-key"


@pytest.mark.parametrize("algorithm", TYPES)
def test_one_key_is_one_material_however_it_is_written(algorithm: str) -> None:
    """Or a second self could be enrolled by renaming the application."""
    device = UnsafeAuthenticator(algorithm)
    elsewhere = UnsafeAuthenticator(algorithm, application=b"ssh:elsewhere")
    plain = generate(device.secret, PLAIN[algorithm])
    other = generate(b"\x0b" * 32, PLAIN[algorithm])

    assert len({device.public.id, elsewhere.public.id, plain.public.id}) == 3
    assert len({device.public.material, elsewhere.public.material, plain.public.material}) == 1
    assert other.public.material != plain.public.material
    assert device.public.material.split(":")[0] == ("ed25519" if "ed25519" in algorithm else "p256")
    assert device.public.point.hex() == device.public.material.split(":")[1]


@pytest.mark.parametrize("algorithm", TYPES)
def test_neither_type_passes_for_the_other(algorithm: str) -> None:
    """The same secret signs as a file's key and as a device's; the bytes signed differ."""
    device = UnsafeAuthenticator(algorithm)
    plain = generate(device.secret, PLAIN[algorithm])
    of_device, of_file = device.sign(MESSAGE), plain.sign(MESSAGE)

    for key, signature in ((plain.public, of_device), (device.public, of_file)):
        with pytest.raises(Unproven, match=r"not of type|not signed by"):
            verify(key, signature, MESSAGE)
    for key, renamed in (
        (plain.public, of_device[:-TRAILER].replace(algorithm.encode(), PLAIN[algorithm].encode())),
        (device.public, pack_strings(algorithm.encode(), split_strings(of_file, 2)[1]) + bytes(5)),
    ):
        with pytest.raises(Unproven, match="not signed by"):
            verify(key, renamed, MESSAGE)


@pytest.mark.parametrize("algorithm", TYPES)
def test_a_signature_for_another_application_is_not_this_key_s(algorithm: str) -> None:
    """What a web page had the device sign for itself is signed under the page's name."""
    here = UnsafeAuthenticator(algorithm)
    there = UnsafeAuthenticator(algorithm, application=b"https://example.org")

    with pytest.raises(Unproven, match="not signed by"):
        verify(here.public, there.sign(MESSAGE), MESSAGE)


@pytest.mark.parametrize(
    "name", ["webauthn-sk-ecdsa-sha2-nistp256@openssh.com", "sk-ecdsa-sha2-nistp256", P256]
)
def test_signatures_of_a_browser_are_not_taken(name: str) -> None:
    device = UnsafeAuthenticator(SK_P256)
    proper = split_strings(device.sign(MESSAGE)[:-TRAILER], 2)[1]
    renamed = pack_strings(name.encode(), proper) + b"\x01" + bytes(4)

    with pytest.raises(Unproven, match=f"not of type {SK_P256}"):
        verify(device.public, renamed, MESSAGE)
    blob = SshSignature(device.blob, "entry.v1@assent", "sha512", renamed).pack()
    raw = payload_of(device.public) + b"\n" + b64encode(blob) + b"\n"
    assert fault_of(raw) == "algorithm-mismatch"
    with pytest.raises((Refused, BadInput), match=r"not accepted|not base64|it claims"):
        parse_public_key(f"{name} {b64encode(device.blob).decode()}")


def mpint(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 8) // 8, "big")


def test_numbers_of_a_security_key_are_read_as_strictly_as_a_file_s() -> None:
    device = UnsafeAuthenticator(SK_P256)
    trailer = bytes([TOUCHED]) + (8).to_bytes(4, "big")
    asserted = sha256(b"ssh:").digest() + trailer + sha256(MESSAGE).digest()
    r, s = split_strings(split_strings(device.inside.sign(asserted), 2)[1], 2)
    moved = mpint(int.from_bytes(s, "big") + P256_ORDER)

    def spelled(*numbers: bytes) -> bytes:
        return pack_strings(SK_P256.encode(), pack_strings(*numbers)) + trailer

    verify(device.public, spelled(r, s), MESSAGE)
    for numbers in ((b"\0" + r, s), (r, b"\0" + s), (r, moved), (r, s, b""), (r,), (b"", b""),
                    (b"\xff", s), (r, mpint(0)), (s, r)):  # fmt: skip
        with pytest.raises(Unproven, match="not signed by"):
            verify(device.public, spelled(*numbers), MESSAGE)


def test_an_ed25519_signature_with_the_order_added_is_refused() -> None:
    device = UnsafeAuthenticator(SK_ED25519)
    signature = device.sign(MESSAGE)
    proper, trailer = signature[-64 - TRAILER : -TRAILER], signature[-TRAILER:]
    order = 2**252 + 27742317777372353535851937790883648493
    moved = (int.from_bytes(proper[32:], "little") + order).to_bytes(32, "little")

    with pytest.raises(Unproven, match="not signed by"):
        verify(
            device.public,
            pack_strings(SK_ED25519.encode(), proper[:32] + moved) + trailer,
            MESSAGE,
        )


def openssh_says(folder: Path, key: PublicKey, raw: bytes) -> bytes:
    """What the documented line of OpenSSH says of an entry."""
    entry, signature = export(raw)
    (folder / "entry.sig").write_text(signature)
    (folder / "allowed_signers").write_text(f"ada {key.text}\n")
    done = subprocess.run(
        ["ssh-keygen", "-Y", "verify", "-f", "allowed_signers", "-I", "ada",
         "-n", "entry.v1@assent", "-s", "entry.sig"],
        input=entry.split(b"\n")[0], cwd=folder, capture_output=True, check=False,
    )  # fmt: skip
    return done.stdout if done.returncode == 0 else b"refused"


@pytest.mark.needs("ssh-keygen")
@pytest.mark.parametrize("algorithm", TYPES)
def test_openssh_agrees_about_signatures_of_security_keys(algorithm: str, tmp_path: Path) -> None:
    device = UnsafeAuthenticator(algorithm)
    raw = seal(payload_of(device.public), device)

    assert b"Good" in openssh_says(tmp_path, device.public, raw)
    assert device.public.id.encode() in openssh_says(tmp_path, device.public, raw)
    other = UnsafeAuthenticator(algorithm, secret=b"\x0b" * 32)
    forged = seal(payload_of(other.public), other)
    assert openssh_says(tmp_path, device.public, forged) == b"refused"


@pytest.mark.needs("ssh-keygen")
@pytest.mark.parametrize("algorithm", TYPES)
def test_openssh_leaves_the_touch_to_whoever_asks_it(algorithm: str, tmp_path: Path) -> None:
    """Why we ask ourselves: what its login server demands, ``-Y verify`` does not look at."""
    device = UnsafeAuthenticator(algorithm, flags=0)
    raw = seal(payload_of(device.public), device)

    assert b"Good" in openssh_says(tmp_path, device.public, raw)
    assert fault_of(raw) == "no-user-presence"


def test_the_types_of_keys_are_these_four() -> None:
    with pytest.raises(Refused, match="'ssh-rsa' are not accepted") as no:
        parse_public_key("ssh-rsa AAAAB3NzaC1yc2E= me")

    assert no.value.hint == f"use a key of type {ED25519}, {P256}, {SK_ED25519} or {SK_P256}"
