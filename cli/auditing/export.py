"""``assent audit export``: the whole log in one folder, to be verified without a ledger."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import Final

import click

from cli import params
from cli.auditing.bundle_notes import notes_by_path, read_note
from cli.auditing.checkpoint import signed_now
from cli.context import App, make_app
from cli.new_folder import appearing, cannot_write, new_folder
from cli.options import Options, cosigning
from cli.output import emit, emit_json, note, safe
from cli.progress import shown
from ledger.audit.refusals import list_refusals
from ledger.errors import BadInput, Uncheckable, Unproven
from ledger.model import bundle
from ledger.model.bundle import Claim, print_claim
from ledger.model.entry import parse_entry
from ledger.model.events import CheckpointWitnessed, EvidenceAttached
from ledger.seal.allowed import Allowed
from ledger.seal.checkpoint import NAMESPACE as CHECKPOINTS
from ledger.seal.checkpoint import Note, parse_note
from ledger.seal.envelope import peek_unverified
from ledger.seal.keys import parse_public_key
from ledger.seal.merkle import root
from ledger.seal.sshsig import NAMESPACE as ENTRIES
from ledger.store.blobs import Blobs
from ledger.store.bundle_writing import BundleWriter, write_tar

BUNDLED: Final = ("README.md", "verify.py")
"""What every bundle carries beside the log."""

_TELLING: Final = (EvidenceAttached, CheckpointWitnessed)


@dataclass(slots=True)
class Found:
    """What belongs to a log beside its entries: checkpoints, and digests of documents."""

    given: list[Note]
    notes: list[Note] = field(default_factory=list)
    digests: set[str] = field(default_factory=set)
    missing: dict[str, str] = field(default_factory=dict)


@click.command()
@click.argument("folder", metavar="DIR", type=params.FILE)
@click.option("--tar", type=params.FILE, metavar="FILE", help="The same as a plain tar, too.")
@click.option(
    "--checkpoint",
    "notes",
    type=params.FILE,
    metavar="FILE",
    multiple=True,
    help="A checkpoint to put in, besides those in the log; once for each.",
)
@cosigning
def export(options: Options, folder: Path, tar: Path | None, notes: Sequence[Path]) -> None:
    """Write the whole log into the new folder DIR: a bundle, to be verified anywhere.

    It holds all entries, the hash tiles over them, checkpoints, the evidence that is
    there, and verify.py, which needs Python and ssh-keygen only. The folder appears
    when all of it is written; the same log gives the same bytes. With --as, a
    checkpoint signed now goes in as well.

    \b
    Example:      assent audit export acme-2026-11 --tar acme-2026-11.tar
    Exit status:  0 written, 2 it cannot be written there, 4 unproven, 5 uncheckable
    """
    target = new_folder(folder)
    if tar is not None and tar.exists():
        raise BadInput("file-exists", f"{tar} is there already", hint="name another")
    app = make_app(options)
    head = app.standing.head
    claim = Claim(app.expected_id, head.size, root(head.frontier).hex())
    found = Found([read_note(path, claim.ledger) for path in notes])
    if options.signer is not None:
        found.given.append(signed_now(app))
    with ExitStack() as stack:
        unfinished = stack.enter_context(appearing(target))
        _write(app, BundleWriter(unfinished), claim, found)
        if tar is not None:
            _write_tar(unfinished, tar, claim, head.time)
    _show(options, folder, tar, claim, found)


def _write(app: App, writer: BundleWriter, claim: Claim, found: Found) -> None:
    """Write every file of the bundle."""
    writer.write(bundle.CLAIM, print_claim(claim))
    tell = shown("exporting")
    size, written = writer.entries(_envelopes(app, claim, found), lambda n: tell(n, claim.size))
    if (size, written.hex()) != (claim.size, claim.root):
        raise Unproven(
            "log-changed",
            "the log is not the one this client verified",
            hint="assent verify says more",
        )
    writer.write(bundle.REFUSED, list_refusals(_refused(app, claim.size)))
    _write_notes(writer, [*found.notes, *found.given])
    _write_documents(app, writer, found)
    writer.write(bundle.ALLOWED_SIGNERS, _allowed_signers(app))
    for name in BUNDLED:
        text = resources.files("cli").joinpath("bundled", name).read_bytes()
        writer.write(name, _filled(text, claim) if name == "README.md" else text)
    writer.date(app.standing.head.time)


def _envelopes(app: App, claim: Claim, found: Found) -> Iterator[bytes]:
    """Every envelope that was verified; what it says belongs to the log is kept in *found*."""
    telling = _telling_positions(app, claim.size)
    for row in islice(app.log.scan(), claim.size):
        if row.raw is None:
            raise Unproven("missing-entry", f"the entry at position {row.position} is gone")
        if row.position in telling:
            event = parse_entry(peek_unverified(row.raw)).event
            if isinstance(event, EvidenceAttached):
                found.digests.add(event.digest)
            if isinstance(event, CheckpointWitnessed):
                found.notes.append(parse_note(event.checkpoint.encode()))
        yield row.raw


def _telling_positions(app: App, size: int) -> frozenset[int]:
    """Where admitted entries attach documents or hold checkpoints."""
    from projections.log import admitted_of  # noqa: PLC0415 - a heavy import

    kinds = [one.model_fields["kind"].default for one in _TELLING]
    with app.views.reading() as connection:
        return frozenset(admitted_of(connection, kinds, size))


def _refused(app: App, size: int) -> list[tuple[int, str]]:
    from projections.checkpoints import refused_entries  # noqa: PLC0415 - a heavy import

    with app.views.reading() as connection:
        return list(refused_entries(connection, size))


def _write_notes(writer: BundleWriter, notes: Sequence[Note]) -> None:
    """Write each checkpoint, and the largest once more for people."""
    largest: tuple[int, str, bytes] | None = None
    for path, one in notes_by_path(notes):
        data = one.text.encode()
        writer.write(path, data)
        largest = max(largest or (0, "", b""), (one.checkpoint.size, path, data))
    if largest is not None:
        writer.write(bundle.CHECKPOINT, largest[2])


def _write_documents(app: App, writer: BundleWriter, found: Found) -> None:
    """Copy the documents that are there and unchanged; what is not goes to *found*."""
    kept = Blobs(writer.folder / bundle.EVIDENCE, limit=bundle.DOCUMENT_LIMIT)
    tell = shown("copying", "documents")
    for done, digest in enumerate(sorted(found.digests), start=1):
        try:
            app.blobs.check(digest)
            kept.put(app.blobs.path(digest))
        except Uncheckable as error:
            if error.code != "evidence-missing":
                raise
            found.missing[digest] = "missing"
        except Unproven:
            found.missing[digest] = "changed"
        tell(done, len(found.digests))


def _allowed_signers(app: App) -> bytes:
    """Every key that anybody in the ledger ever had, one line each."""
    lines = [
        Allowed(signer.id, parse_public_key(key.text), (ENTRIES, CHECKPOINTS)).line
        for signer in app.standing.signers()
        for key in signer.keys
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def _filled(text: bytes, claim: Claim) -> bytes:
    said = {"ledger": claim.ledger, "size": str(claim.size), "root": claim.root}
    for name, value in said.items():
        text = text.replace(f"{{{name}}}".encode(), value.encode())
    return text


def _write_tar(folder: Path, tar: Path, claim: Claim, at: int) -> None:
    """Write *folder* as the new file *tar*, whole or not at all."""
    unfinished = tar.with_name(f".assent-export-{secrets.token_hex(8)}")
    try:
        write_tar(folder, unfinished, claim.name, at)
        # A link never replaces: somebody else may have written a file of that name meanwhile.
        tar.hardlink_to(unfinished)
    except OSError as error:
        raise cannot_write(tar, error) from None
    finally:
        with suppress(OSError):
            unfinished.unlink()


def _show(options: Options, folder: Path, tar: Path | None, claim: Claim, found: Found) -> None:
    """Say what was written, and which documents are not in it."""
    checkpoints = len(found.notes) + len(found.given)
    documents = len(found.digests) - len(found.missing)
    if options.as_json:
        emit_json(
            {
                "schema": "bundle-written/1",
                "folder": str(folder),
                "tar": None if tar is None else str(tar),
                "ledger": claim.ledger,
                "size": claim.size,
                "root": claim.root,
                "checkpoints": checkpoints,
                "documents": documents,
                "missing": [{"digest": d, "why": found.missing[d]} for d in sorted(found.missing)],
            }
        )
        return
    emit(f"wrote {claim.size} entries to {safe(folder)}, root {claim.root}")
    emit(f"{_counted(checkpoints, 'checkpoint')}, {_counted(documents, 'document')}")
    for digest, why in sorted(found.missing.items()):
        note(f"not in it: the document {digest}, which is {why} here")
    if tar is not None:
        emit(f"and as one file: {safe(tar)}")
    emit(f"check it with: assent audit verify {safe(folder)} --ledger-id {claim.ledger}")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
