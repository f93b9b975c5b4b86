"""Simulation: a verified log replayed, and every release proposal asked about twice.

After each entry that could change an answer, the proposal is assessed under the policy
in force and under the draft. What people did is held fixed: who opened, attached,
approved, released and withdrew what, and when. Only the policy's answer is asked again:

* An approval counts for the draft as if it had been given under it: bound to the same
  revision and base, and to the facts and documents that the draft would have bound it to.
  What the draft would not have taken (a role it does not ask for, a second role of one
  person) does not count. Nobody is imagined to approve who did not.
* A new policy voids approvals under the draft as it did in force; that the draft was in
  force all along is the assumption, that a policy came is history. Its number is ignored.
* The draft's ceilings are held against the candidates it would have let in; its operators
  and their duties against who started a release. What stacks ran before, and the numbers
  they were allowed to start with, stay as they were: stages and triggers of the draft are
  not played, it is only asked whether a release could start. Duties that would have refused
  other acts are seen where an assessment sees them: documents and approvals that do not count.
* What an exception waived is waived for the draft as far as the draft lets it be. Whether it
  would have granted the exception is not asked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ledger.audit.hearing import Hearing, Side, Tally, loads
from ledger.audit.replay import judge
from ledger.audit.simulated import Decision, Ending, Simulation
from ledger.decide.authority import require_operator
from ledger.decide.candidates import require_room
from ledger.decide.cases import case_of
from ledger.decide.context import Standing
from ledger.decide.duties import require_no_duty
from ledger.decide.judgement import Judged
from ledger.decide.signer_states import SignerState
from ledger.decide.states import CandidatesState, PolicyState, ProposalState
from ledger.decide.verbs import AboutProposal
from ledger.errors import Refused
from ledger.model import events
from ledger.model.effects import ReleaseEffect
from ledger.model.events import Event
from ledger.policy.case import Case
from ledger.policy.document import Policy
from ledger.seal.envelope import Examined
from ledger.seal.merkle import root

EVERYBODY = (events.SignerAccepted, events.PolicyPublished, events.OverrideLifted)
"""The kinds that may change what every open proposal needs, or who could give it."""


def simulate(draft: Policy, entries: Iterable[Examined], pinned: str) -> Simulation:
    """Replay *entries* of the ledger *pinned* from its founding, also under *draft*.

    Refused entries have no effect here either. Whether the log is the one that somebody
    verified is for the caller to say, by the size and the root that are returned.
    """
    replay = _Replay(draft)
    for examined in entries:
        replay.follow(judge(replay.standing, examined, pinned))
    return replay.concluded()


class _Replay:
    """The standing at one position, and the hearings of the proposals open there."""

    def __init__(self, draft: Policy) -> None:
        self.standing = Standing()
        self._draft = draft
        self._numbered: dict[int, Policy] = {}
        self._hearings: dict[str, Hearing] = {}
        self._done: list[Decision] = []
        self._policies = 0
        self._tallies = Tally(), Tally()

    def follow(self, judged: Judged) -> None:
        """Take account of an entry that :attr:`standing` has just passed."""
        if not judged.admitted or judged.entry is None:
            return
        event, by = judged.entry.event, judged.entry.by.signer
        if isinstance(event, events.ProposalOpened):
            self._open(event, by)
        own = self._hearings.get(getattr(event, "proposal", ""))
        if own is not None and isinstance(event, events.ApprovalGranted):
            self._approve(own, by, event.role, judged)
            return
        for hearing in self._touched(event, own):
            self._look(hearing, judged.at)
        if own is not None and isinstance(event, events.ReleaseStarted):
            own.draft.refused = own.draft.refused or self._not_operated(by, event)
            self._close(own, "released", judged.at)
        elif own is not None and isinstance(event, events.ProposalWithdrawn):
            self._close(own, "withdrawn", judged.at)

    def concluded(self) -> Simulation:
        """What was found by the end of the log."""
        at = self.standing.head.time
        for hearing in list(self._hearings.values()):
            self._assess(hearing, at)
            self._close(hearing, "open", at)
        then, draft = self._tallies
        return Simulation(
            size=self.standing.head.size,
            root=root(self.standing.head.frontier).hex(),
            policies=self._policies,
            decisions=tuple(sorted(self._done, key=lambda one: one.number)),
            people=loads(then.people, draft.people),
            roles=loads(then.roles, draft.roles),
        )

    def _policy(self) -> Policy:
        """The draft under the number in force, so that a new policy voids approvals of both."""
        number = self.standing.head.policy
        if number not in self._numbered:
            fields = {name: getattr(self._draft, name) for name in Policy.model_fields}
            self._numbered[number] = Policy(**{**fields, "number": number})
        return self._numbered[number]

    def _open(self, event: events.ProposalOpened, by: str) -> None:
        if not isinstance(event.effect, ReleaseEffect):
            self._policies += 1
            return
        signer = self.standing.signer(by)
        service = by if signer is not None and signer.kind == "service" else None
        hearing = Hearing(event.proposal, event.effect.alias, service, Side(), Side())
        if signer is not None:
            hearing.draft.refused = self._no_room(signer)
        self._hearings[hearing.proposal] = hearing

    def _approve(self, own: Hearing, by: str, role: str, judged: Judged) -> None:
        waited = [side.waiting for side in own.sides]
        own.take(self._policy(), self._case(own)[0], judged.position)
        self._look(own, judged.at)
        for side, before, tally in zip(own.sides, waited, self._tallies, strict=True):
            tally.give(side, before, by, role)

    def _touched(self, event: Event, own: Hearing | None) -> Iterator[Hearing]:
        """The hearings that *event* may make ready, or whose waiting it may change.

        A release to the same alias makes nothing ready: its start is in the way, and its
        completion moves the base; a rollback clears the way. A stack completed in one
        environment may be what the next one waits for, until it is rolled back.
        """
        if isinstance(event, EVERYBODY):
            yield from self._hearings.values()
        elif isinstance(event, events.ReleaseCompleted | events.ReleaseRolledBack):
            digest = self._state(event.proposal).stack_digest if self._ordered() else None
            cleared = event.alias if isinstance(event, events.ReleaseRolledBack) else None
            for hearing in self._hearings.values():
                waits = digest is not None and self._state(hearing.proposal).stack_digest == digest
                if waits or hearing.alias == cleared:
                    yield hearing
        elif isinstance(event, events.ExceptionGranted):
            yield from self._waived(event)
        elif own is None and isinstance(event, AboutProposal):
            yield from self._unblocked(event)
        elif own is not None and not isinstance(event, events.CommentMade):
            yield own

    def _unblocked(self, event: AboutProposal) -> Iterator[Hearing]:
        """Those for the alias of a release that owed something, of which something was said."""
        alias = self._state(event.proposal).effect.alias
        yield from (one for one in self._hearings.values() if one.alias == alias)

    def _waived(self, event: events.ExceptionGranted) -> Iterator[Hearing]:
        """The proposal of which something is waived from here on, where it is open."""
        hearing = self._hearings.get(event.release)
        if hearing is not None:
            yield hearing

    def _ordered(self) -> bool:
        """Whether one environment waits for another, in force or under the draft."""
        policies = self.standing.policy(), self._draft
        return any(policy.environments is not None for policy in policies)

    def _state(self, proposal: str) -> ProposalState:
        state = self.standing.proposal(proposal)
        assert state is not None  # noqa: S101 - admitted entries name proposals there are
        return state

    def _case(self, hearing: Hearing) -> tuple[Case, Case]:
        """The case as it stands, and as the draft would have had it; a start has not closed it."""
        case = replace(case_of(self.standing, self._state(hearing.proposal)), closed=None)
        return case, hearing.as_drafted(case, self._draft)

    def _assess(self, hearing: Hearing, at: int) -> tuple[Case, Case]:
        case, drafted = self._case(hearing)
        hearing.then.assess(self.standing.policy(), case, at)
        hearing.draft.assess(self._policy(), drafted, at)
        return case, drafted

    def _look(self, hearing: Hearing, at: int) -> None:
        case, drafted = self._assess(hearing, at)
        then, draft = self._tallies
        hearing.then.look(self.standing.policy(), case, at, then)
        hearing.draft.look(self._policy(), drafted, at, draft)

    def _close(self, hearing: Hearing, ending: Ending, at: int) -> None:
        del self._hearings[hearing.proposal]
        state = self._state(hearing.proposal)
        self._done.append(
            Decision(
                proposal=hearing.proposal,
                number=state.number,
                alias=hearing.alias,
                opened_at=state.opened_at,
                ending=ending,
                decided_at=at,
                then=hearing.then.outcome(),
                draft=hearing.draft.outcome(),
            )
        )

    def _no_room(self, by: SignerState) -> str | None:
        """Why the draft would have taken no further candidate of *by*, if it would not."""
        there = [one for one in self._hearings.values() if one.draft.refused is None]
        services = [one.service for one in there if one.service is not None]
        fork = self.standing.fork()
        fork.put(
            replace(fork.head, candidates=len(there), service_candidates=len(services)),
            CandidatesState(by.id, services.count(by.id)),
        )
        try:
            require_room(fork, by, self._draft)
        except Refused as refusal:
            return f"not opened: {refusal.message}"
        return None

    def _not_operated(self, by: str, event: events.ReleaseStarted) -> str | None:
        """Why the draft would not have let *by* start the release, if it would not."""
        signer = self.standing.signer(by)
        assert signer is not None  # noqa: S101 - the entry was admitted
        policy, fork = self._policy(), self.standing.fork()
        fork.put(PolicyState(policy.number, "", policy.canonical(), 0, 0))
        try:
            require_operator(fork, policy, signer, event.alias, self.standing.head.time)
            require_no_duty(fork, signer, event)
        except Refused as refusal:
            return f"not started: {refusal.message}"
        return None
