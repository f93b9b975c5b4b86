"""The checkpoints of a bundle: read from files, and put into files of their own."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from cli.params import read_text_file
from ledger.errors import BadInput, Unproven
from ledger.model.bundle import checkpoint_path
from ledger.seal.checkpoint import LIMIT, MOST_SIGNATURES, Note, Signature, parse_note

PIPE: Final = Path("-")
"""What is piped in, in the place of a file."""


def read_any_note(path: Path) -> Note:
    """The checkpoint in the file *path*, or piped in where that is ``-``; of whichever ledger.

    Raises :class:`BadInput` (``malformed-checkpoint`` and what reading raises).
    """
    if path == PIPE:
        return parse_note(sys.stdin.buffer.read(LIMIT + 1))
    try:
        return parse_note(read_text_file(path).encode())
    except BadInput as error:
        if error.file is not None:
            raise
        raise BadInput(error.code, error.message, hint=error.hint, file=str(path)) from None


def read_note(path: Path, ledger: str) -> Note:
    """The checkpoint of *ledger* in the file *path*; nothing about it is proven.

    Raises what :func:`read_any_note` raises and :class:`Unproven` (``other-ledger``).
    """
    found = read_any_note(path)
    if found.checkpoint.ledger != ledger:
        raise Unproven(
            "other-ledger",
            f"{path} is a checkpoint of another ledger",
            hint=f"expected {ledger}, found {found.checkpoint.ledger}",
        )
    return found


def notes_by_path(notes: Iterable[Note]) -> Iterator[tuple[str, Note]]:
    """*notes* with those of one text joined, each with the path where a bundle keeps it.

    Of two signatures by one key the later of *notes* has the one that stays.
    """
    texts: dict[str, tuple[Note, dict[tuple[str, bytes], Signature]]] = {}
    for note in notes:
        _, made = texts.setdefault(note.checkpoint.text, (note, {}))
        made.update({(one.name, one.key_id): one for one in note.signatures})
    taken: set[str] = set()
    for _, (note, made) in sorted(texts.items()):
        signatures = sorted(made.values(), key=lambda one: one.line)
        for start in range(0, len(signatures), MOST_SIGNATURES):
            some = tuple(signatures[start : start + MOST_SIGNATURES])
            yield _free(taken, note), Note(note.checkpoint, some)


def _free(taken: set[str], note: Note) -> str:
    """The path of *note*; with a number where others of its size and root are there already."""
    first = path = checkpoint_path(note.checkpoint.size, note.checkpoint.root)
    number = 1
    while path in taken:
        number += 1
        path = f"{first}.{number}"
    taken.add(path)
    return path
