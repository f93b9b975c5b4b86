"""Checkpoints as commands hand them out, and what is said of whoever signed them."""

import os
from collections.abc import Mapping
from pathlib import Path

from cli.options import Options
from cli.output import emit, emit_json, note
from ledger.decide.context import Standing
from ledger.errors import BadInput
from ledger.model.terms import format_instant
from ledger.seal.checkpoint import Checkpoint, Cosigned, Note, self_cosigned

Known = frozenset[tuple[str, str]] | None
"""Names with the ids of keys they ever had in a ledger; ``None`` where none is at hand."""


def hand_out(options: Options, text: str, out: Path | None) -> None:
    """Write *text*, which ends in a newline, to the new file *out*, or print it to people."""
    if out is not None:
        write_new(out, text)
        note(f"wrote {out}")
    elif not options.as_json:
        emit(text.removesuffix("\n"))


def note_json(made: Note, out: Path | None, known: Known, **more: object) -> None:
    """*made*, which is in the file *out* too where one was named, as one JSON object."""
    emit_json(
        {
            "schema": "checkpoint/1",
            **checkpoint_body(made.checkpoint),
            "signed_by": [claimed_body(one, known) for one in self_cosigned(made)],
            "checkpoint": made.text,
            "file": None if out is None else str(out),
            **more,
        }
    )


def checkpoint_body(checkpoint: Checkpoint) -> Mapping[str, object]:
    """What a checkpoint says, for programs."""
    refusals = checkpoint.refusals
    return {
        "ledger": checkpoint.ledger,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "refused": None
        if refusals is None
        else {"count": refusals.count, "digest": refusals.digest},
    }


def signed_body(one: Cosigned) -> Mapping[str, object]:
    """Who signed, with which key and when, for programs."""
    return {"name": one.name, "key": one.key.id, "at": format_instant(one.at)}


def claimed_body(one: Cosigned, known: Known) -> Mapping[str, object]:
    """The same of a line that nobody vouches for, and whether the key is *known* as theirs."""
    return {**signed_body(one), "known": is_known(known, one.name, one.key.id)}


def known_keys(standing: Standing) -> Known:
    """Every key that anybody in the ledger ever had, with their name."""
    return frozenset((who.id, key.id) for who in standing.signers() for key in who.keys)


def is_known(known: Known, name: str, key: str) -> bool | None:
    """Whether *key* is one of *name*; ``None`` where nothing is *known*."""
    return None if known is None else (name, key) in known


def doubt(known: Known, name: str, key: str) -> str | None:
    """What a person is told of a *name* that anybody can write before a *key* of their own."""
    if known is None:
        return "(as they say)"
    return None if is_known(known, name, key) else f"(not a key known here as {name}'s)"


def require_free(out: Path | None) -> None:
    """Refuse a file that is there already, before anything is signed for it.

    Raises :class:`BadInput` (``file-exists``).
    """
    if out is not None and os.path.lexists(out):
        raise _exists(out)


def write_new(path: Path, text: str) -> None:
    """Write *text* to *path*, where nothing may be.

    Raises :class:`BadInput` (``file-exists``, ``cannot-write``).
    """
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise _exists(path) from None
    except OSError as error:
        raise BadInput(
            "cannot-write", f"{path}: {error.strerror}", hint="name a file where you may write"
        ) from None


def _exists(path: Path) -> BadInput:
    return BadInput("file-exists", f"{path} is there already", hint="name another")
