"""How people refer to proposals: ``12``, ``#12``, or the beginning of an id."""

import re
from typing import TYPE_CHECKING, Final

from ledger.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ledger.decide.context import Standing
    from ledger.decide.states import ProposalState

_NUMBER: Final = re.compile(r"#?([0-9]{1,15})\Z")
_PREFIX: Final = re.compile(r"[0-9a-f][0-9a-f-]{3,35}\Z")


def find_proposal(
    standing: "Standing", text: str, beginning: "Callable[[str], Sequence[str]]"
) -> "ProposalState":
    """The proposal that *text* refers to; *beginning* looks up ids by how they begin.

    A word of digits is a number where there is such a proposal. Raises :class:`BadInput`:
    ``bad-reference``, ``unknown-proposal``, ``ambiguous-proposal``.
    """
    number = _NUMBER.match(text)
    if number is not None:
        state = standing.numbered(int(number[1]))
        if state is not None:
            return state
    elif _PREFIX.match(text) is None:
        raise BadInput(
            "bad-reference",
            f"{text!r} refers to no proposal",
            hint="write 12, #12, or at least four characters of its id",
        )
    found = beginning(text) if _PREFIX.match(text) else ()
    if len(found) > 1:
        raise BadInput(
            "ambiguous-proposal",
            f"several proposals begin with {text}",
            hint="give more of the id, or the number",
        )
    state = standing.proposal(found[0]) if found else None
    if state is None:
        raise BadInput(
            "unknown-proposal",
            f"there is no proposal {text}",
            hint="assent proposal list --all shows them",
        )
    return state
