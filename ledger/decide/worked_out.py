"""What was worked out of a standing, so that one entry does not ask for the same thing twice.

Whoever approves and whoever applies the approval ask whether the proposal has expired; a
start is assessed, and so is the closing that follows from it. Nothing is kept here that
any row could be wrong by: with the next change of the standing all of it is forgotten.
"""

from collections.abc import Callable, Hashable
from typing import Final, TypeVar

Found = TypeVar("Found")

MOST: Final = 64
"""How many answers are kept at most: views ask about thousands of proposals at one moment."""


class WorkedOut:
    """Answers about one moment of one standing."""

    def __init__(self) -> None:
        self._moment = 0
        self._known: dict[Hashable, tuple[object, object]] = {}

    def once(self, moment: int, what: Hashable, of: object, work: Callable[[], Found]) -> Found:
        """What *work* returns, which is not called where *what* was asked at this *moment*.

        *of* are the objects that *what* names by their identity; they are held as long as the
        answer is, as others might take their identity after them.
        """
        if self._moment != moment or len(self._known) >= MOST:
            self._known.clear()
            self._moment = moment
        known = self._known.get(what)
        if known is None:
            known = self._known[what] = (work(), of)
        found: Found = known[0]  # type: ignore[assignment]  # what work returned before
        return found
