"""Bundles made by hand from ``docs/reference/format.md``, without a line of the exporter's."""

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from ledger.seal.private_keys import SigningKey
from tests.organisation import Organisation
from tests.reference.rfc6962 import tree_hash

NAMESPACE = "checkpoint.v1@assent"


def write_bundle(
    folder: Path,
    ledger: str,
    envelopes: Sequence[bytes],
    refused: Iterable[tuple[int, str]] = (),
    *,
    notes: Sequence[str] = (),
    documents: Sequence[bytes] = (),
) -> Path:
    """Write all files of a bundle of *envelopes* that a verifier reads into *folder*."""
    envelopes = [raw[:65_536] for raw in envelopes]
    size, head = len(envelopes), tree_hash(envelopes)
    claim = {"schema": "bundle/1", "ledger": ledger, "size": size, "root": head.hex()}
    put(folder, "bundle.json", json.dumps(claim, sort_keys=True, separators=(",", ":")) + "\n")
    put(folder, "refused", "".join(f"{at} {rule}\n" for at, rule in refused))
    for start in range(0, size, 256):
        part = [b"" if len(raw) > 65_535 else raw for raw in envelopes[start : start + 256]]
        data = b"".join(len(raw).to_bytes(2, "big") + raw for raw in part)
        put(folder, tile("entries", start // 256, len(part)), data)
    for at, raw in enumerate(envelopes):
        if len(raw) > 65_535:
            put(folder, f"oversize/{at}", raw[:65_536])
    hashes = [sha256(b"\0" + raw).digest() for raw in envelopes]
    level = 0
    while hashes:
        for start in range(0, len(hashes), 256):
            part = hashes[start : start + 256]
            put(folder, tile(str(level), start // 256, len(part)), b"".join(part))
        whole = range(0, len(hashes) - 255, 256)
        hashes = [_above(hashes[start : start + 256]) for start in whole]
        level += 1
    for number, note in enumerate(notes):
        put(folder, f"checkpoints/{number}", note)
    for document in documents:
        digest = sha256(document).hexdigest()
        put(folder, f"evidence/{digest[:2]}/{digest[2:]}", document)
    return folder


def put(folder: Path, path: str, data: bytes | str) -> None:
    """Write *data* as the file at *path* in *folder*."""
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(data.encode() if isinstance(data, str) else data)


def tile(level: str, number: int, width: int) -> str:
    """Where a tile lies."""
    digits = f"{number:03}"
    digits = digits.rjust(-(-len(digits) // 3) * 3, "0")
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = "/".join(["x" + group for group in groups[:-1]] + groups[-1:])
    return f"tile/{level}/{path}" + ("" if width == 256 else f".p/{width}")


def _above(hashes: list[bytes]) -> bytes:
    while len(hashes) > 1:
        pairs = zip(hashes[::2], hashes[1::2], strict=True)
        hashes = [sha256(b"\1" + left + right).digest() for left, right in pairs]
    return hashes[0]


def refused_of(org: Organisation) -> list[tuple[int, str]]:
    """Every entry of *org* that was not admitted, with its rule."""
    return [(one.position, one.finding.rule) for one in org.judged if one.finding is not None]


def note_text(
    ledger: str, envelopes: Sequence[bytes], refused: Iterable[tuple[int, str]] = ()
) -> str:
    """The text of a checkpoint over *envelopes*."""
    lines = [f"{at} {rule}\n" for at, rule in refused if at < len(envelopes)]
    root = base64.b64encode(tree_hash(list(envelopes))).decode()
    digest = sha256("".join(lines).encode()).hexdigest()
    return f"assent/{ledger}\n{len(envelopes)}\n{root}\nrefused {len(lines)} {digest}\n"


def note(text: str, signers: Mapping[str, SigningKey], at: int) -> str:
    """The checkpoint *text* signed by all of *signers* at the instant *at*."""
    lines = [signature_line(text, name, key, at) for name, key in signers.items()]
    return f"{text}\n" + "".join(lines)


def signature_line(text: str, name: str, key: SigningKey, at: int) -> str:
    """The line with which *name* signs *text*."""
    wire = base64.b64decode(key.public.text.split(" ")[1])
    head = f"{name}\n".encode() + b"\xff" + f"sshsig/{NAMESPACE}".encode()
    to_sign = f"cosignature/v1\ntime {at}\n{text}".encode()
    blob = b"SSHSIG\0\0\0\1" + b"".join(
        len(part).to_bytes(4, "big") + part
        for part in (wire, NAMESPACE.encode(), b"", b"sha512", key.sign_payload(to_sign, NAMESPACE))
    )
    made = sha256(head + wire).digest()[:4] + at.to_bytes(8, "big") + blob
    return f"— {name} {base64.b64encode(made).decode()}\n"


def witness_line(name: str, key: SigningKey) -> str:
    """The line by which somebody trusts *name*."""
    return f'{name} namespaces="{NAMESPACE}" {key.public.text}\n'
