"""What the files of all proposals about the whole ledger have in common."""

from collections.abc import Iterable, Iterator
from typing import Final

from ledger.decide.context import Standing
from ledger.model.frozen import Frozen
from ledger.model.names import Identifier, Line, Text
from ledger.model.problems import Path as Place
from ledger.model.problems import Problem, closest, listed

LONGEST_SUMMARY: Final = 120
"""The most characters of a summary that nobody wrote."""


class WrittenEffect(Frozen):
    """The effect by its name; why it is asked for may be said, and who had a hand in it."""

    effect: Line
    summary: Line | None = None
    why: Text | None = None
    contributors: tuple[Identifier, ...] = ()

    @property
    def hands(self) -> tuple[str, ...]:
        """The contributors, in order and each once."""
        return in_order(self.contributors)

    def summed_up(self, otherwise: str) -> str:
        """The summary as written, else *otherwise*, cut to what a list shows."""
        cut = otherwise[: LONGEST_SUMMARY - 1] + "…"
        return self.summary or (otherwise if len(otherwise) <= LONGEST_SUMMARY else cut)


def in_order(words: Iterable[str]) -> tuple[str, ...]:
    """*words* as signed values hold a set: sorted, each once."""
    return tuple(sorted(set(words)))


def unknown_signers(standing: Standing, names: Iterable[str], at: Place) -> Iterator[Problem]:
    """A problem for each of *names*, written at *at*, that no signer has."""
    known = [one.id for one in standing.signers()]
    for name in names:
        if name not in known:
            meant = closest(name, known)
            hint = f"did you mean {meant}?" if meant else f"there are: {listed(known)}"
            yield Problem("unknown-signer", f"there is no signer {name}", hint, at)


def unknown_roles(standing: Standing, roles: Iterable[str], at: Place) -> Iterator[Problem]:
    """A problem for each of *roles*, written at *at*, that the policy in force lacks."""
    known = [role.name for role in standing.policy().roles]
    for role in roles:
        if role not in known:
            meant = closest(role, known)
            hint = f"did you mean {meant}?" if meant else f"it defines: {listed(known)}"
            said = f"the policy in force defines no role {role}"
            yield Problem("unknown-role", said, hint, at)
