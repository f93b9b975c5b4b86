"""A problem in a file that people write: what is wrong, where, and what would mend it.

Readers of such files collect every problem they can find, so that one look at the
answer mends the file; what only needs a yes or a no raises the first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from ledger.errors import BadInput

Path = tuple[str | int, ...]
"""The way to a value in a TOML document: keys, and positions in lists from 0."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem, with a code as of an error; ``path`` leads to it where ``line`` is not known."""

    code: str
    message: str
    hint: str | None = None
    path: Path = ()
    file: str | None = None
    line: int | None = None

    def as_error(self) -> BadInput:
        """Return the problem as an error to raise."""
        return BadInput(self.code, self.message, hint=self.hint, file=self.file, line=self.line)


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that *word* was probably meant to be, if there is one."""
    lowered = {name.lower(): name for name in sorted(known)}
    found = get_close_matches(word.lower(), lowered, n=1, cutoff=0.6)
    return lowered[found[0]] if found else None


def listed(words: Iterable[str]) -> str:
    """Write *words* as a sorted list in prose, or say that there are none."""
    return ", ".join(sorted(words)) or "none"
