"""A public key as the files of people name it: the key itself, or the file that holds it."""

from pathlib import Path

from ledger.errors import AssentError
from ledger.model.frozen import Frozen
from ledger.model.names import Line, Text
from ledger.model.problems import Path as Place
from ledger.model.problems import Problem
from ledger.seal.keys import PublicKey, parse_public_key
from ledger.store.keyfile import read_public_key


class WrittenKey(Frozen):
    """``key`` or ``key_file``, one of the two.

    ``key`` takes several lines only so that a private key gets an answer of its own.
    """

    key: Text | None = None
    key_file: Line | None = None


def key_of(name: str, one: WrittenKey, folder: Path, place: Place) -> PublicKey | Problem:
    """The key written at *place* for the signer *name*; its file is looked for in *folder*.

    What is wrong is a problem: ``key-or-file``, or a code of an unusable key.
    """
    if (one.key is None) == (one.key_file is None):
        return Problem(
            "key-or-file",
            f"{name} needs key or key_file, one of the two",
            'such as key_file = "keys/alice.pub"',
            place,
        )
    field = "key" if one.key_file is None else "key_file"
    try:
        if one.key_file is not None:
            return read_public_key(folder / one.key_file)
        return parse_public_key(one.key or "")
    except AssentError as error:
        said = f"{field} of {name}: {error.message}"
        return Problem(error.code, said, error.hint, (*place, field))
