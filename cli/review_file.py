"""The file that closes a review: what was behind it, what was changed, which tests were added.

::

    cause = "the feature store served values of the day before"
    changes = ["the age of features is checked"]
    tests = "a test with a stale feature"
"""

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator

from cli.written_file import read_written
from ledger.model.frozen import Frozen
from ledger.model.names import Line, Reason, Text
from ledger.model.release_events import Items


def _listed(value: object) -> object:
    """One text as a list of it."""
    return (value,) if isinstance(value, str) else value


class WrittenReview(Frozen):
    """The whole file; what was changed and which tests were added is a text, or several."""

    cause: Reason
    changes: Annotated[Items, BeforeValidator(_listed)]
    tests: Annotated[Items, BeforeValidator(_listed)]
    summary: Line | None = None
    why: Text | None = None


def read_review(path: Path) -> WrittenReview:
    """The review in the file at *path*, TOML or JSON.

    Raises :class:`BadInput` with file and line, as :func:`cli.written_file.read_written` and
    its ``validated``.
    """
    return read_written(path).validated(WrittenReview)
