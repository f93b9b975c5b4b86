"""A security key in software, as OpenSSH's ``PROTOCOL.u2f`` describes one: for tests, unsafe.

Unlike a real one it tells its secret, signs untouched and sets whatever flags it is told.
"""

from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256

from ledger.seal.keys import (
    ED25519,
    P256,
    SK_ED25519,
    SK_P256,
    PublicKey,
    public_key_from_blob,
)
from ledger.seal.private_keys import SigningKey, generate
from ledger.seal.sshsig import NAMESPACE, pack_strings, signed_data, split_strings

TOUCHED = 0x01
VERIFIED = 0x04

PLAIN = {SK_ED25519: ED25519, SK_P256: P256}
"""Of each type of security key, the type of its curve's ordinary key."""


@dataclass
class UnsafeAuthenticator:
    """A device with one key; each signature counts one further."""

    algorithm: str = SK_ED25519
    secret: bytes = b"\x0a" * 32
    application: bytes = b"ssh:"
    flags: int = TOUCHED
    counter: int = 6
    inside: SigningKey = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.inside = generate(self.secret, PLAIN[self.algorithm])

    @property
    def blob(self) -> bytes:
        """The public key as it travels."""
        _, *point = split_strings(self.inside.public.blob, 2 if self.algorithm == SK_ED25519 else 3)
        return pack_strings(self.algorithm.encode(), *point, self.application)

    @property
    def public(self) -> PublicKey:
        """The public key."""
        return public_key_from_blob(self.blob)

    def sign(self, message: bytes) -> bytes:
        """The SSH signature over *message*: its type, the signature proper, flags, counter."""
        self.counter += 1
        trailer = bytes([self.flags]) + self.counter.to_bytes(4, "big")
        asserted = sha256(self.application).digest() + trailer + sha256(message).digest()
        _, proper = split_strings(self.inside.sign(asserted), 2)
        return pack_strings(self.algorithm.encode(), proper) + trailer

    def sign_payload(self, payload: bytes, namespace: str = NAMESPACE) -> bytes:
        """The SSH signature over *payload*, an entry's where nothing else is named."""
        return self.sign(signed_data(payload, namespace))


def handle_of(device: UnsafeAuthenticator, handle: bytes = b"a handle") -> bytes:
    """The file that ``ssh-keygen -t ed25519-sk`` leaves (``PROTOCOL.key``); no secret is in it."""
    private = bytes(8) + device.blob + b"\x01" + pack_strings(handle, b"", b"ada@desk")
    private += bytes(range(1, 9))[: -len(private) % 8]
    packed = b"openssh-key-v1\0" + pack_strings(b"none", b"none", b"") + b"\0\0\0\x01"
    text = b64encode(packed + pack_strings(device.blob, private))
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    begin, end = (b"-----%s OPENSSH PRIVATE KEY-----" % word for word in (b"BEGIN", b"END"))
    return b"\n".join([begin, *lines, end, b""])
