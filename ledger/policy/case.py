"""A case: everything a policy may look at when it judges one proposal.

Plain frozen values. ``ledger.decide`` builds a case from the standing; a policy
test builds one by hand. Times are seconds since 1970 and are those at which the
ledger judged (the later of the claimed time and ledger time).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from ledger.errors import Refused
from ledger.model.effects import Effect, ReleaseEffect
from ledger.model.events import Binding, Metric
from ledger.model.stack import ComponentDigest, Stack

Closing = Literal["withdrawn", "enacted"]

ROOT: Final = "root"
"""The word under which root signers act; no policy defines a role of that name."""


@dataclass(frozen=True, slots=True)
class Document:
    """A piece of evidence as it was attached, with what its author was at the time.

    ``at`` is when it was first attached, which taking it over into another proposal
    does not change; ``author`` the signer who attached it first.
    """

    position: int
    type: str
    name: str
    digest: str
    size: int
    subject: tuple[ComponentDigest, ...]
    metrics: tuple[Metric, ...]
    signer: str
    author: str
    accountable: str | None
    roles: tuple[str, ...]
    at: int
    expires: int | None
    withdrawn: bool
    taken_from: int | None


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval as it was signed."""

    position: int
    signer: str
    role: str
    binding: Binding
    at: int


@dataclass(frozen=True, slots=True)
class Rejection:
    """A veto of one revision."""

    position: int
    signer: str
    role: str
    revision: int
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class FactAddition:
    """A fact added to one revision."""

    fact: str
    signer: str
    position: int


@dataclass(frozen=True, slots=True)
class Stable:
    """The stack an alias runs, and the metrics counted when it was allowed to start."""

    stack: Stack
    metrics: tuple[Metric, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Closure:
    """How and when a proposal was closed, and against what it was judged then.

    ``policy`` is the number in force until then, ``stable`` what its alias ran, and
    ``completed`` the environments that its stack had passed.
    """

    how: Closing
    position: int
    at: int
    policy: int
    stable: Stable | None
    completed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One proposal as a policy sees it.

    ``people`` are the accepted persons and their roles: those who could act; ``held`` is
    what everyone with a hand in the proposal has held since it was opened, services
    through who answers for them. ``changed`` is the position of the entry that last
    changed the alias's stable stack, or the policy; the proposal's ``base`` must equal it.
    ``completed`` are the environments in which this very stack was completed before;
    ``policy`` is the number under which the revision was proposed; ``lapsed`` says that it
    had expired by an earlier entry, which only a revision mends.
    """

    proposal: str
    number: int
    revision: int
    effect: Effect
    effect_hash: str
    base: int | None
    policy: int
    revised_at: int
    lapsed: bool
    added: tuple[FactAddition, ...]
    parties: frozenset[str]
    documents: tuple[Document, ...]
    approvals: tuple[Approval, ...]
    rejections: tuple[Rejection, ...]
    closed: Closing | None
    stable: Stable | None
    changed: int | None
    candidate: str | None
    completed: tuple[str, ...]
    people: Mapping[str, tuple[str, ...]]
    held: Mapping[str, tuple[str, ...]]
    root_threshold: int
    position: int

    def roles_of(self, signer: str) -> tuple[str, ...]:
        """The roles that bind *signer* by their duties."""
        return self.held.get(signer) or self.people.get(signer, ())

    @property
    def release(self) -> ReleaseEffect:
        """The release that is asked for; raises :class:`Refused` where it is something else."""
        return require_release(self.effect, self.number)


def require_release(effect: Effect, number: int) -> ReleaseEffect:
    """*effect*, which has to be a release; raises :class:`Refused` (``not-a-release``)."""
    if isinstance(effect, ReleaseEffect):
        return effect
    raise Refused(
        "not-a-release",
        f"#{number} asks for another effect ({effect.effect}), not for a release",
        hint=f"assent proposal show {number} says what it asks for",
    )
