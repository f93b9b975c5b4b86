"""A ledger for bundles: two documents, a checkpoint that rita put into it, nothing refused."""

from pathlib import Path

from ledger.seal.checkpoint import NAMESPACE, Checkpoint, Note, cosign
from ledger.seal.envelope import KeyHolder
from ledger.store.blobs import Blobs
from tests.acts import witness
from tests.cli.conftest import LedgerFolder
from tests.organisation import Organisation

DOCUMENTS = ("first", "second")
"""What the documents hold."""


def documented() -> Organisation:
    """The organisation after both documents and the checkpoint."""
    org = Organisation()
    of = org.open("frank")
    for document in DOCUMENTS:
        org.attach("erin", of, document=document)
    witness(org, "rita")
    return org


def put_documents(ledger: LedgerFolder) -> None:
    """Put the documents into the evidence folder of *ledger*."""
    for document in DOCUMENTS:
        Blobs(ledger.evidence).put(document.encode())


def signed(of: Checkpoint, name: str, key: KeyHolder, at: int) -> Note:
    """*of* as *name* signs it at the time *at*."""
    return Note(of, (cosign(of, name, key, at),))


def witnesses_file(path: Path, **keys: KeyHolder) -> Path:
    """Write the list of witnesses with these *keys* to *path*."""
    lines = [f'{name} namespaces="{NAMESPACE}" {key.public.text}' for name, key in keys.items()]
    path.write_text("".join(f"{line}\n" for line in lines))
    return path
