"""SSH signatures of files: OpenSSH's ``PROTOCOL.sshsig``, version 1.

A blob, as ``ssh-keygen -Y sign`` makes it before armoring::

    byte[6] "SSHSIG"      uint32 1          string public key
    string  namespace     string reserved   string hash algorithm
    string  signature     (= string algorithm, string signature proper)

What is signed is not the message but ``"SSHSIG"``, namespace, reserved, hash
algorithm and the hash of the message, so a signature made for another purpose
never fits. Reading is strict: reserved is empty, nothing trails, and the blob is
the only one with its meaning (:meth:`SshSignature.pack` gives it back).
"""

from base64 import b64encode
from binascii import Error as BinasciiError
from binascii import a2b_base64
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256, sha512
from typing import Final, Self

from ledger.errors import BadInput

NAMESPACE: Final = "entry.v1@assent"
"""The namespace of every signature over an entry."""

HASH_ALGORITHM: Final = "sha512"
"""The hash of every signature over an entry."""

_MAGIC: Final = b"SSHSIG"
_HEADER: Final = _MAGIC + b"\x00\x00\x00\x01"
_HASHES: Final = {"sha256": sha256, "sha512": sha512}
_BEGIN: Final = "-----BEGIN SSH SIGNATURE-----"
_END: Final = "-----END SSH SIGNATURE-----"
_WIDTH: Final = 70
_ARMOR_LIMIT: Final = 65_535


def pack_strings(*parts: bytes) -> bytes:
    """*parts* as SSH strings (RFC 4251): each behind its length, a big-endian uint32."""
    return b"".join([len(part).to_bytes(4, "big") + part for part in parts])


def split_strings(data: bytes, count: int) -> list[bytes]:
    """The *count* SSH strings that *data* consists of, to its last byte.

    Raises :class:`BadInput` (``malformed-blob``) where it does not.
    """
    parts = []
    offset, end = 0, len(data)
    for _ in range(count):
        start = offset + 4
        offset = start + int.from_bytes(data[offset:start], "big")
        if start > end or offset > end:
            raise BadInput("malformed-blob", "an SSH string is cut short")
        parts.append(data[start:offset])
    if offset != end:
        raise BadInput(
            "malformed-blob", f"{end - offset} bytes too many behind the last SSH string"
        )
    return parts


def first_string(data: bytes) -> bytes:
    """The first SSH string in *data*: the algorithm, in keys and in signatures.

    Raises :class:`BadInput` (``malformed-blob``) where there is none.
    """
    end = 4 + int.from_bytes(data[:4], "big")
    if end > len(data):
        raise BadInput("malformed-blob", "an SSH string is cut short")
    return data[4:end]


def signed_data(
    message: bytes, namespace: str = NAMESPACE, hash_algorithm: str = HASH_ALGORITHM
) -> bytes:
    """The bytes that are signed for *message*.

    Raises :class:`BadInput` (``unknown-hash``) for a hash other than sha256 and sha512.
    """
    if hash_algorithm not in _HASHES:
        raise BadInput("unknown-hash", f"{hash_algorithm!r} is no hash of SSH signatures")
    return _frame(namespace, hash_algorithm) + pack_strings(
        _HASHES[hash_algorithm](message).digest()
    )


@lru_cache(maxsize=8)
def _frame(namespace: str, hash_algorithm: str) -> bytes:
    return _MAGIC + pack_strings(namespace.encode(), b"", hash_algorithm.encode())


@dataclass(frozen=True, slots=True)
class SshSignature:
    """One signature blob, taken apart; nothing about it is proven by that."""

    public_key: bytes
    namespace: str
    hash_algorithm: str
    signature: bytes

    @classmethod
    def parse(cls, blob: bytes) -> Self:
        """The signature in *blob*.

        Raises :class:`BadInput`: ``malformed-blob``, ``algorithm-mismatch``.
        """
        if blob[:10] != _HEADER:
            raise BadInput("malformed-blob", "not an SSH signature of version 1")
        public_key, namespace, reserved, hash_name, signature = split_strings(blob[10:], 5)
        if reserved:
            raise BadInput("malformed-blob", "the reserved field is not empty")
        if first_string(signature) != first_string(public_key):
            raise BadInput("algorithm-mismatch", "key and signature are of different types")
        try:
            return cls(public_key, namespace.decode(), hash_name.decode(), signature)
        except UnicodeDecodeError:
            raise BadInput("malformed-blob", "namespace or hash is not UTF-8") from None

    def pack(self) -> bytes:
        """The blob that :meth:`parse` reads."""
        return _HEADER + pack_strings(
            self.public_key,
            self.namespace.encode(),
            b"",
            self.hash_algorithm.encode(),
            self.signature,
        )


def armor(blob: bytes) -> str:
    """*blob* as the text that ``ssh-keygen -Y verify`` reads, 70 characters a line."""
    text = b64encode(blob).decode()
    lines = [text[start : start + _WIDTH] for start in range(0, len(text), _WIDTH)]
    return "\n".join([_BEGIN, *lines, _END, ""])


def dearmor(text: str) -> bytes:
    """The blob in *text*, as ``ssh-keygen -Y sign`` writes it.

    Raises :class:`BadInput` (``not-armored``) where the text is anything else.
    """
    lines = text[: _ARMOR_LIMIT + 1].rstrip("\n").split("\n")
    if len(text) > _ARMOR_LIMIT or lines[0] != _BEGIN or lines[-1] != _END:
        raise BadInput("not-armored", f"not a file between {_BEGIN} and {_END}")
    try:
        blob = a2b_base64("".join(lines[1:-1]), strict_mode=True)
    except (BinasciiError, ValueError):
        raise BadInput("not-armored", "the signature is not base64") from None
    if armor(blob).rstrip("\n") != "\n".join(lines):
        raise BadInput("not-armored", "the signature is not in lines of 70 characters")
    return blob
