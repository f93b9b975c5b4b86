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


ROOT_MATTERS: Final = frozenset({"root", "disown", "clock", "lift"})
"""The effects in which every root signer has a vote, whatever else they may not do."""


@dataclass(frozen=True, slots=True)
class Lent:
    """A role in which a document was attached that somebody had lent, at a position."""

    role: str
    by: str
    position: int


@dataclass(frozen=True, slots=True)
class Document:
    """A piece of evidence as it was attached, with what its author was at the time.

    ``at`` is when it was first attached, which taking it over into another proposal
    does not change; ``author`` the signer who attached it first, ``lent`` those of the
    roles that somebody had lent them.
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
    lent: tuple[Lent, ...] = ()
    withdrawn_at: int | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval as it was signed; ``on_behalf`` delegated the role, where it was lent.

    ``delegation`` is the position at which it was.
    """

    position: int
    signer: str
    role: str
    binding: Binding
    at: int
    on_behalf: str | None = None
    delegation: int | None = None

    @property
    def persons(self) -> frozenset[str]:
        """Those who count once together: who signed, and for whom."""
        return frozenset({self.signer, self.on_behalf or self.signer})


@dataclass(frozen=True, slots=True)
class Rejection:
    """A veto of one revision, and where it was retracted."""

    position: int
    signer: str
    role: str
    revision: int
    reason: str
    at: int
    retracted_at: int | None = None


@dataclass(frozen=True, slots=True)
class FactAddition:
    """A fact added to one revision."""

    fact: str
    signer: str
    position: int


@dataclass(frozen=True, slots=True)
class Stable:
    """The stack an alias runs, and the metrics counted when it was allowed to start.

    ``proposal`` asked for it; ``unsupported`` says that the consent to it was lost, ``owing``
    that something of it is waived. Then ``below`` is the stack before it that owed nothing.
    """

    stack: Stack
    metrics: tuple[Metric, ...]
    position: int
    proposal: str = ""
    unsupported: bool = False
    owing: bool = False
    below: "Stable | None" = None


@dataclass(frozen=True, slots=True)
class Waiver:
    """What an exception waives since ``at`` until when; ``number`` is that of its proposal."""

    exception: str
    number: int
    waives: tuple[str, ...]
    owner: str
    at: int
    until: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """A target that is stopped, by whom and where first."""

    target: str
    by: str
    position: int


@dataclass(frozen=True, slots=True)
class Owed:
    """A release started under an exception and not fully approved, which it is to be by then."""

    number: int
    until: int


@dataclass(frozen=True, slots=True)
class Context:
    """What a proposal is judged against, besides itself and a policy.

    ``stable`` is what its alias runs, ``completed`` the environments that its stack has
    passed, ``silenced`` the positions of approvals and documents that do not count, ``held``
    what everybody with a hand in it has held since it was opened, ``writers`` are those of
    the parties who wrote it, or answer for who did. ``waivers`` are those of its exceptions,
    ``earlier`` how many its alias has had lately, if it asks for one.
    """

    stable: Stable | None
    completed: tuple[str, ...]
    silenced: tuple[int, ...]
    parties: tuple[str, ...]
    writers: tuple[str, ...]
    held: tuple[tuple[str, tuple[str, ...]], ...]
    root_threshold: int
    root_only: bool
    waivers: tuple[Waiver, ...] = ()
    earlier: int = 0


@dataclass(frozen=True, slots=True)
class Closure:
    """How, when and by whom a proposal was closed, and against what it was judged then.

    ``policy`` is the number in force until then; ``by_root`` says that whoever closed it was
    a root signer, ``loans`` by which roles that were lent to them they did, if by none of
    their own; ``relied`` are the environments before that a release relied on, each with a
    proposal by which its stack was completed there; ``lost_at`` is the position of the
    disowning by which its consent was lost.
    """

    how: Closing
    position: int
    at: int
    by: str
    by_root: bool
    loans: tuple[Lent, ...]
    policy: int
    context: Context
    relied: tuple[tuple[str, str], ...] = ()
    lost_at: int | None = None


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

    ``silenced`` are the positions of approvals and documents whose signers are stopped or
    disowned; ``disowned`` says that the revision itself is not held for its author's,
    ``supported`` that the policy in force has kept its consent, ``root_only`` that nobody
    but the root may consent; ``subjects`` are the parties who did not write it.

    ``waivers`` are those of its exceptions, whether they have ended or not, and ``earlier``
    how many exceptions its alias has had lately, if it asks for one itself. ``stops`` are
    those that hold of what it is about, ``owing`` the releases to its alias that are not
    fully approved.
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
    silenced: frozenset[int] = frozenset()
    disowned: bool = False
    supported: bool = True
    root_only: bool = False
    subjects: frozenset[str] = frozenset()
    waivers: tuple[Waiver, ...] = ()
    earlier: int = 0
    stops: tuple[Stopped, ...] = ()
    owing: tuple[Owed, ...] = ()

    def roles_of(self, signer: str) -> tuple[str, ...]:
        """The roles that bind *signer* by their duties."""
        return self.held.get(signer) or self.people.get(signer, ())

    def is_party(self, signer: str, role: str) -> bool:
        """Whether *signer* had a hand in it, so that their consent in *role* does not count.

        A threshold of the root is so many distinct root signers, who asked for it included:
        else one lost key could lock a small root for ever.
        """
        return signer in self.parties and role != ROOT

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
