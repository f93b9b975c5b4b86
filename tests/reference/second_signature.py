"""SSHSIG, keys and base64 for the second verifier: curves in plain numbers, and OpenSSH."""

import base64
import hashlib
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeAlias

from tests.reference.second_payload import Fault, require

P25519: Final = 2**255 - 19
ORDER: Final = 2**252 + 27742317777372353535851937790883648493
D: Final = -121665 * pow(121666, -1, P25519)
P256: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1
B256: Final = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B

COUNTS: Final = {
    b"ssh-ed25519": 2,
    b"ecdsa-sha2-nistp256": 3,
    b"sk-ssh-ed25519@openssh.com": 3,
    b"sk-ecdsa-sha2-nistp256@openssh.com": 4,
}
"""Of how many strings a key of each type consists, its type counted."""

Point: TypeAlias = tuple[int, int]


def unspell(text: bytes) -> bytes:
    """The bytes that *text* is the one canonical base64 of."""
    try:
        blob = base64.b64decode(text, validate=True)
    except ValueError:
        blob = b""
    require(blob and base64.b64encode(blob) == text, "signature-base64")
    return blob


def split(data: bytes, count: int) -> list[bytes]:
    """The *count* SSH strings of which *data* consists."""
    found = []
    for _ in range(count):
        length = int.from_bytes(data[:4], "big")
        require(len(data) >= 4 + length, "malformed-blob")
        found.append(data[4 : 4 + length])
        data = data[4 + length :]
    require(not data, "malformed-blob")
    return found


def first(data: bytes) -> bytes:
    """The first SSH string in *data*: a type."""
    return split(data[: 4 + int.from_bytes(data[:4], "big")], 1)[0]


def key_id(key: bytes) -> str:
    """The fingerprint of a key's wire form."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


def check_signature(payload: bytes, blob: bytes) -> str:
    """The id of the key that made the signature *blob* over *payload*."""
    require(blob[:10] == b"SSHSIG\x00\x00\x00\x01", "malformed-blob")
    key, namespace, reserved, hashed, signature = split(blob[10:], 5)
    require(not reserved, "malformed-blob")
    require(first(key) == first(signature), "algorithm-mismatch")
    require(is_utf8(namespace + b" " + hashed), "malformed-blob")
    require(namespace == b"entry.v1@assent", "other-namespace")
    require(hashed == b"sha512", "other-hash")
    check_key(key)
    require(signature_fits(payload, key, blob, signature), "bad-signature")
    if first(key).startswith(b"sk-"):
        require(signature[-5] % 2 == 1, "no-user-presence")
    return key_id(key)


def is_utf8(text: bytes) -> bool:
    """Whether *text* decodes."""
    return text.decode(errors="replace").encode() == text


@lru_cache(maxsize=1024)
def check_key(key: bytes) -> None:
    """Refuse a key that is of no accepted type, malformed or weak."""
    require(first(key) in COUNTS, "unsupported-key-type")
    _, *rest = split(key, COUNTS[first(key)])
    if first(key).startswith(b"sk-"):
        name = rest.pop()
        printable = all(0x20 <= byte < 0x7F for byte in name)
        require(name[:4] == b"ssh:" and len(name) <= 64 and printable, "malformed-key")
    point = rest.pop()
    if b"ed25519" in first(key):
        require(len(point) == 32, "malformed-key")
        where = on_25519(point)
        require(where not in {None, (0, 1)} and times(ORDER, where) == (0, 1), "weak-key")
        return
    require(rest == [b"nistp256"] and len(point) == 65, "malformed-key")
    x, y = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    on_curve = max(x, y) < P256 and (y * y - x**3 + 3 * x - B256) % P256 == 0
    require(point[0] == 4 and on_curve, "weak-key")


def on_25519(encoded: bytes) -> Point | None:
    """The point that *encoded* is the canonical encoding of (RFC 8032, section 5.1.3)."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P25519) % P25519
    x = pow(square, (P25519 + 3) // 8, P25519)
    if x * x % P25519 != square:
        x = x * pow(2, (P25519 - 1) // 4, P25519) % P25519
    if y >= P25519 or x * x % P25519 != square or (x == 0 and sign):
        return None
    return (x if x & 1 == sign else P25519 - x, y)


def times(scalar: int, point: Point | None) -> Point:
    """*point* added to itself, *scalar* of it in all."""
    total, addend = (0, 1), point or (0, 1)
    while scalar:
        total = plus(total, addend) if scalar & 1 else total
        addend = plus(addend, addend)
        scalar >>= 1
    return total


def plus(one: Point, other: Point) -> Point:
    """The sum of two points of edwards25519."""
    (a, b), (c, e) = one, other
    t = D * a * b * c * e % P25519
    x = (a * e + b * c) * pow(1 + t, -1, P25519)
    y = (b * e + a * c) * pow(1 - t, -1, P25519)
    return (x % P25519, y % P25519)


def signature_fits(payload: bytes, key: bytes, blob: bytes, signature: bytes) -> bool:
    """Whether *signature*, the last part of *blob*, is *key*'s over *payload*."""
    try:
        tail = 5 if first(key).startswith(b"sk-") else 0
        proper = split(signature[: len(signature) - tail], 2)[1]
        if b"ed25519" in first(key):
            require(len(proper) == 64, "bad-signature")
            require(int.from_bytes(proper[32:], "little") < ORDER, "bad-signature")
            where = on_25519(proper[:32])
            require(where is not None and times(8, where) != (0, 1), "bad-signature")
        else:
            for number in split(proper, 2):
                value = int.from_bytes(number, "big", signed=True)
                require(value > 0 and len(number) == value.bit_length() // 8 + 1, "bad-signature")
    except Fault:
        return False
    return openssh_agrees(payload, key, blob)


@lru_cache(maxsize=65_536)
def openssh_agrees(payload: bytes, key: bytes, blob: bytes) -> bool:
    """What ``ssh-keygen -Y verify`` says, for a signer who has just this *key*."""
    with tempfile.TemporaryDirectory() as folder:
        allowed, armored = Path(folder, "allowed_signers"), Path(folder, "entry.sig")
        allowed.write_text(f"somebody {first(key).decode()} {base64.b64encode(key).decode()}\n")
        text = base64.encodebytes(blob).decode()
        armored.write_text(f"-----BEGIN SSH SIGNATURE-----\n{text}-----END SSH SIGNATURE-----\n")
        command = ["ssh-keygen", "-Y", "verify", "-I", "somebody", "-n", "entry.v1@assent"]
        files = ["-f", str(allowed), "-s", str(armored)]
        return not subprocess.run(
            [*command, *files], input=payload, capture_output=True, check=False
        ).returncode
