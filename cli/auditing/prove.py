"""``assent audit prove``: that one entry is in a log, to somebody who does not have the log."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from cli import params
from cli.auditing.bundle_notes import read_note
from cli.auditing.cosigning import leaves_in, require_true
from cli.auditing.notes import hand_out, require_free, signed_body
from cli.context import App, make_app
from cli.options import Options, reading
from cli.output import emit, emit_json
from cli.places import state_root
from cli.verify_brought import read_witnesses
from ledger.audit.proofs import Proof, check_proof, parse_proof, prove_inclusion
from ledger.errors import BadInput, Uncheckable, Unproven
from ledger.model.terms import format_instant
from ledger.seal.checkpoint import MOST_SIGNATURES, Cosigned, Note, Signature, parse_note
from ledger.seal.envelope import examine
from ledger.seal.merkle import leaf_hash, root_from_inclusion
from ledger.store.state import State

_MISSING: Final = "make one with: assent audit checkpoint --out FILE, and name it with --checkpoint"


@click.command()
@click.argument("position", type=click.IntRange(min=0), required=False)
@click.option("--out", type=params.FILE, metavar="FILE", help="Write it to this new file.")
@click.option(
    "--checkpoint", "given", type=params.FILE, metavar="FILE", help="The checkpoint to prove it by."
)
@click.option("--check", type=params.FILE, metavar="FILE", help="Check this proof instead.")
@click.option("--entry", type=params.FILE, metavar="FILE", help="The entry that it is about.")
@click.option(
    "--witnesses", type=params.FILE, metavar="FILE", help="Whose checkpoints count, to check."
)
@reading
def prove(
    *,
    position: int | None,
    out: Path | None,
    given: Path | None,
    check: Path | None,
    entry: Path | None,
    witnesses: Path | None,
    options: Options,
) -> None:
    """Prove that the entry at POSITION is in the log, or --check such a proof.

    The proof is a C2SP tlog-proof by the largest checkpoint in the log, or by the
    one in --checkpoint. To check it takes the proof, the two lines of the entry
    (assent show N --raw --out DIR writes them), the ledger's id, and the keys of
    witnesses you trust, in a file like ssh's allowed_signers; no log at all. It
    says that the entry stands there, not that it was admitted.

    \b
    Example:      assent audit prove 17 --out 17.proof
                  assent audit prove --check 17.proof --entry entry --witnesses FILE
    Exit status:  0 proven, 2 bad input, 4 unproven, 5 uncheckable
    """
    if (position is None) == (check is None):
        raise BadInput("usage", "name a POSITION to prove, or a proof with --check")
    if check is not None:
        if entry is None:
            raise BadInput("usage", "--check goes with --entry: which entry is it about?")
        _check(options, check, entry, witnesses)
    else:
        _prove(make_app(options), position or 0, out, given)


def _prove(app: App, position: int, out: Path | None, given: Path | None) -> None:
    require_free(out)
    size = app.standing.head.size
    if position >= size:
        raise BadInput(
            "no-such-position", f"there is no position {position}; the log ends at {size - 1}"
        )
    note = _newest(app, position) if given is None else _given(app, position, given)
    checkpoint = note.checkpoint
    leaf, hashes = prove_inclusion(leaves_in(app.log, checkpoint.size), position, checkpoint.size)
    if root_from_inclusion(position, checkpoint.size, leaf, hashes) != checkpoint.root:
        raise Unproven(
            "log-changed",
            f"the first {checkpoint.size} entries are not those this client verified",
            hint="assent verify says more",
        )
    proof = Proof(position, hashes, note)
    hand_out(app.options, proof.text, out)
    if app.options.as_json:
        _show_json(proof, leaf, out)


def _given(app: App, position: int, path: Path) -> Note:
    """The checkpoint in the file *path*, which must be true, and of more than *position*."""
    note = read_note(path, app.expected_id)
    require_true(app, note)
    if note.checkpoint.size <= position:
        raise BadInput(
            "proof-range",
            f"the checkpoint is of {note.checkpoint.size} entries, before position {position}",
            hint=_MISSING,
        )
    return note


def _newest(app: App, position: int) -> Note:
    """The largest checkpoint in the log that is of more than *position*, with its signatures.

    Of more than a note may have, the newest; of each key its last.
    """
    from projections.checkpoints import checkpoint_list  # noqa: PLC0415 - a heavy import

    with app.views.reading() as connection:
        rows = checkpoint_list(connection, app.standing.head.size)
    notes = [parse_note(row.checkpoint.encode()) for row in rows if row.size > position]
    if not notes:
        raise Uncheckable(
            "checkpoint-missing",
            f"no checkpoint in the log is of position {position}",
            hint=_MISSING,
        )
    largest = max(notes, key=lambda one: one.checkpoint.size).checkpoint
    same = [one for one in notes if one.checkpoint.text == largest.text]
    newest: dict[tuple[str, bytes], Signature] = {}
    for made in (made for one in reversed(same) for made in one.signatures):
        newest.setdefault((made.name, made.key_id), made)
    return Note(largest, tuple(newest.values())[:MOST_SIGNATURES][::-1])


def _show_json(proof: Proof, leaf: bytes, out: Path | None) -> None:
    emit_json(
        {
            "schema": "inclusion-proof/1",
            "ledger": proof.note.checkpoint.ledger,
            "position": proof.index,
            "leaf": leaf.hex(),
            "size": proof.note.checkpoint.size,
            "root": proof.note.checkpoint.root.hex(),
            "hashes": [one.hex() for one in proof.hashes],
            "proof": proof.text,
            "file": None if out is None else str(out),
        }
    )


def _check(options: Options, check: Path, entry: Path, witnesses: Path | None) -> None:
    proof, raw = parse_proof(_bytes(check)), _bytes(entry)
    trusted = () if witnesses is None else read_witnesses(witnesses)
    by = check_proof(proof, raw, _ledger(options, proof), trusted)
    fault = examine(raw).fault
    if fault is not None:
        raise Unproven(
            fault[0], f"it stands at position {proof.index}, and is no entry: {fault[1]}"
        )
    _show_checked(options, proof, raw, by)


def _show_checked(options: Options, proof: Proof, raw: bytes, by: Sequence[Cosigned]) -> None:
    checkpoint = proof.note.checkpoint
    if options.as_json:
        emit_json(
            {
                "schema": "checked-proof/1",
                "ledger": checkpoint.ledger,
                "position": proof.index,
                "leaf": leaf_hash(raw).hex(),
                "size": checkpoint.size,
                "root": checkpoint.root.hex(),
                "signed_by": [signed_body(one) for one in by],
            }
        )
        return
    emit(f"proven: the entry stands at position {proof.index} of {checkpoint.size}")
    for one in by:
        emit(f"vouched for by {one.name} at {format_instant(one.at)}")
        emit(f"  with {one.key.id}")


def _ledger(options: Options, proof: Proof) -> str:
    """The id of the ledger that is trusted: what was said, or one that this user has pinned."""
    named = options.ledger_id
    if named is not None:
        return named
    found = proof.note.checkpoint.ledger
    if not State(state_root(), found).is_pinned():
        raise Uncheckable(
            "never-pinned",
            "the ledger of this proof was never pinned, so nothing it says can be checked",
            hint="ask its founders for the ledger id, and name it with --ledger-id",
        )
    return found


def _bytes(path: Path) -> bytes:
    return params.read_text_file(path).encode()
