"""A folder that appears when all of it is written, and never over something."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.errors import BadInput


def new_folder(folder: Path) -> Path:
    """Where *folder* leads.

    Raises :class:`BadInput` (``file-exists``, ``folder-not-empty``, ``cannot-write``) where
    there is something already.
    """
    target = Path(os.path.realpath(folder))
    try:
        is_empty = next(target.iterdir(), None) is None
    except FileNotFoundError:
        return target
    except OSError as error:
        if os.path.isfile(target):  # noqa: PTH113 - Path.is_file raises where a name is too long
            said = f"{folder} is a file"
            raise BadInput("file-exists", said, hint="name a folder") from None
        raise cannot_write(folder, error) from None
    if is_empty and target == Path.cwd():
        raise BadInput(
            "folder-not-empty",
            f"{folder} is the folder you are in, which an export would replace",
            hint="name a folder that is not there yet",
        )
    if not is_empty:
        raise BadInput(
            "folder-not-empty",
            f"{folder} is not empty, and nothing is written over",
            hint="name a folder that is not there yet",
        )
    return target


@contextmanager
def appearing(target: Path) -> Iterator[Path]:
    """A new folder to write into, which takes the place of *target* at the end.

    It is gone where that does not come, but for a ``kill -9``: then it lies beside as
    ``.assent-export-…``, and nothing is at *target*. Raises :class:`BadInput`
    (``cannot-write``) for what the system will not write.
    """
    unfinished = target.with_name(f".assent-export-{secrets.token_hex(8)}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished.mkdir()
        yield unfinished
        unfinished.replace(target)
    except OSError as error:
        raise cannot_write(target, error) from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def cannot_write(path: Path, error: OSError) -> BadInput:
    """The error about a place where the system will not write, to be raised."""
    said = error.strerror or str(error)
    return BadInput("cannot-write", f"{path}: {said}", hint="name a folder where you may write")
