"""One proposal heard twice: under the policies in force on one side, under a draft on the other."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace

from ledger.audit.simulated import Load, Outcome
from ledger.model.events import Binding
from ledger.policy.assess import asking, assess, bind
from ledger.policy.assessment import Assessment
from ledger.policy.case import Case
from ledger.policy.document import Policy
from ledger.policy.requirements import Findings, could_approve

Waiting = frozenset[tuple[str, str]]
"""Persons and the roles in which an approval of theirs is waited for."""

NOBODY: Waiting = frozenset()


@dataclass(slots=True)
class Counts:
    """The revisions that waited for each name, and the approvals given where they were asked."""

    asked: defaultdict[str, set[tuple[int, int]]] = field(default_factory=lambda: defaultdict(set))
    given: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Tally:
    """The load under one policy, by person and by role."""

    people: Counts = field(default_factory=Counts)
    roles: Counts = field(default_factory=Counts)

    def ask(self, case: Case, roles: frozenset[str], waiting: Waiting) -> None:
        """Count that the revision of *case* waits, in *roles* and for whom of them."""
        revision = (case.number, case.revision)
        for role in roles:
            self.roles.asked[role].add(revision)
        for person, _ in waiting:
            self.people.asked[person].add(revision)

    def give(self, side: "Side", before: Waiting, by: str, role: str) -> None:
        """Count an approval by *by* as *role*, if it was waited for *before* and not too late."""
        if (by, role) in before and side.found().verdict != "expired":
            self.people.given[by] += 1
            self.roles.given[role] += 1


def loads(then: Counts, draft: Counts) -> tuple[Load, ...]:
    """Both counts of every name, the largest change first."""
    names = {*then.asked, *draft.asked, *then.given, *draft.given}
    found = [
        Load(
            name=name,
            asked=(len(then.asked.get(name, ())), len(draft.asked.get(name, ()))),
            given=(then.given[name], draft.given[name]),
        )
        for name in names
    ]
    return tuple(sorted(found, key=lambda one: (-_change(one), one.name)))


def _change(load: Load) -> int:
    return abs(load.asked[1] - load.asked[0]) + abs(load.given[1] - load.given[0])


@dataclass(slots=True)
class Side:
    """What one policy has made of a proposal so far; ``refused`` is what it would not allow."""

    assessment: Assessment | None = None
    ready_at: int | None = None
    waiting: Waiting = NOBODY
    refused: str | None = None

    def assess(self, policy: Policy, case: Case, at: int) -> None:
        """Ask *policy* about *case* at *at*."""
        self.assessment = assess(policy, case, at)

    def found(self) -> Assessment:
        """The last answer; every proposal is asked about when it is opened."""
        assert self.assessment is not None  # noqa: S101 - see above
        return self.assessment

    def look(self, policy: Policy, case: Case, at: int, tally: Tally) -> None:
        """Note whether it is ready for the first time, and for whom it waits."""
        if self.refused is not None:
            return
        found = self.found()
        if found.verdict == "ready" and self.ready_at is None:
            self.ready_at = at
        roles = _open_roles(found)
        self.waiting = _waiting(policy, case, found) if roles else NOBODY
        tally.ask(case, roles, self.waiting)

    def outcome(self) -> Outcome:
        """The last answer, as the simulation keeps it."""
        found = self.found()
        return Outcome(
            verdict=found.verdict,
            tier=found.tier,
            because=found.tier_because,
            ready_at=self.ready_at,
            asked={
                one.id: () if one.status == "waived" else one.missing
                for one in found.requirements
                if one.status != "not-applicable"
            },
            blocks=tuple(block.message for block in found.blocks),
            refused=self.refused,
        )


@dataclass(slots=True)
class Hearing:
    """A release proposal with both sides; ``service`` is who opened it, where that is one.

    ``taken`` are the approvals that the draft would have taken, by position, with what
    they would have been bound to.
    """

    proposal: str
    alias: str
    service: str | None
    then: Side
    draft: Side
    taken: dict[int, Binding] = field(default_factory=dict)

    @property
    def sides(self) -> tuple[Side, Side]:
        """In force, and under the draft."""
        return self.then, self.draft

    def as_drafted(self, case: Case, draft: Policy) -> Case:
        """*case* with the approvals and the added facts that *draft* would have taken."""
        known = {item.name for item in draft.declared}
        return replace(
            case,
            added=tuple(one for one in case.added if one.fact in known),
            approvals=tuple(
                replace(one, binding=self.taken[one.position])
                for one in case.approvals
                if one.position in self.taken
            ),
        )

    def take(self, draft: Policy, case: Case, position: int) -> None:
        """Take the approval at *position* of *case* under *draft*, unless that had refused it."""
        given = next(one for one in case.approvals if one.position == position)
        if given.role not in asking(draft, case.effect):
            return
        bound = bind(draft, self.as_drafted(case, draft))
        counting = {one.signer for one in bound.approvals}
        if not (draft.consent.distinct_people and given.signer in counting):
            self.taken[position] = bound.binding


def _open_roles(found: Assessment) -> frozenset[str]:
    """The roles of which approvals are missing; none where no approval would be taken."""
    if found.verdict in ("closed", "expired"):
        return frozenset()
    if any(block.code == "base-moved" for block in found.blocks):
        return frozenset()
    return frozenset(
        quorum.role
        for one in found.requirements
        if one.status != "waived"
        for quorum in one.approvals
        if quorum.open
    )


def _waiting(policy: Policy, case: Case, found: Assessment) -> Waiting:
    """Everybody who could give an approval that is missing, with the role to give it in."""
    bound = bind(policy, case)
    findings = Findings(
        policy, case, bound.facts, bound.newest, bound.counted, {}, bound.approvals, False, found.at
    )
    return frozenset(
        (person, quorum.role)
        for one in found.requirements
        if one.status != "waived"
        for quorum in one.approvals
        if quorum.open
        for person in could_approve((quorum,), findings, one.id)
    )
