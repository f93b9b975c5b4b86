"""When and by whom: what a state needs to know of an admitted entry besides its event."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Happening:
    """The place of an admitted entry; ``at`` is when the ledger judged it."""

    position: int
    leaf: str
    signer: str
    at: int
