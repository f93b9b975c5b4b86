"""The chain of what a disowning may have to undo, so that it looks at no more than that."""

from ledger.decide.happening import Happening
from ledger.decide.replacing import replace
from ledger.decide.states import DeedState, Head


def deed(
    head: Head, on: Happening, *, proposal: str | None = None, finding: int | None = None
) -> tuple[DeedState, Head]:
    """The rows that put what happens now behind the last of the chain that *head* ends."""
    link = DeedState(on.position, head.deed, proposal, finding)
    return link, replace(head, deed=on.position)
