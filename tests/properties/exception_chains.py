"""Which exceptions there are, what is released under them, and what that owes: told twice.

See ``told``. Where a key was disowned an exception may have ended earlier than is told here;
nothing in here ends one too early, or asks for more than the rules do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger.decide.judgement import Judged
from ledger.model import events
from ledger.model.effects import ExceptionEffect, ReleaseEffect
from ledger.model.events import Event
from ledger.model.terms import parse_instant
from tests.properties.told import DAYS_90, Told, admitted, exceptions_asked, seconds


@dataclass
class Granted:
    """An exception: as it was granted, and what became of it."""

    effect: ExceptionEffect
    policy: int
    position: int
    at: int
    apart: set[str]
    within: int
    closed: int | None = None
    used: str | None = None
    reviewed: bool = False


@dataclass
class Debt:
    """A release under exceptions: what it lacks is owed until it is there."""

    alias: str
    policy: int
    exceptions: tuple[str, ...]


@dataclass
class Exceptions:
    """All exceptions, entry by entry; ``under`` counts the starts that could not do without."""

    told: Told = field(default_factory=Told)
    granted: dict[str, Granted] = field(default_factory=dict)
    owed: dict[str, Debt] = field(default_factory=dict)
    under: int = 0
    settled: int = 0

    def take(  # noqa: C901 - the table: one branch for each kind
        self, judged: Judged, by: str, event: Event
    ) -> None:
        """Follow one admitted entry, and demand that it was due."""
        at = judged.at
        match event:
            case events.ProposalOpened() | events.ProposalRevised():
                if isinstance(event.effect, ExceptionEffect):
                    self._asked(event.effect, at)
            case events.ApprovalGranted(proposal=of, role=role) if self._is_about(of):
                assert role == "root" or by not in self._parties(
                    exceptions_asked(self.told.asked[of]), of
                )
            case events.ExceptionGranted():
                self._grant(judged, event)
            case events.ExceptionClosed(exception=id_):
                assert not self._is_over(id_, at)
                self.granted[id_].closed = at
            case events.ReviewClosed(subject=id_) if id_ in self.granted:
                assert self._is_over(id_, at) or self.told.disowned
                assert by not in self.granted[id_].apart | self.told.services
                self.granted[id_].reviewed = True
            case events.ReleaseStarted():
                self._start(judged, event)
            case events.ReleaseAdvanced() | events.ReleaseCompleted():
                self._require_paid(event.proposal, at)
            case events.ReleaseRolledBack(proposal=of, candidate=above):
                self.owed.pop(of, None)
                self.owed.pop(above or "", None)
        self.told.take(judged, by, event)
        for of, debt in list(self.owed.items()):
            if not self._lacking(of, debt):
                self.settled += 1
                del self.owed[of]

    def _is_about(self, of: str) -> bool:
        return isinstance(self.told.asked[of].effect, ExceptionEffect)

    def _parties(self, effect: ExceptionEffect, of: str) -> set[str]:
        return {effect.owner, *self.told.asked[of].hands, *self.told.asked[effect.release].hands}

    def _end(self, id_: str) -> int:
        """When an exception ends by itself: a clock that ran ahead was set right since."""
        one = self.granted[id_]
        until = parse_instant(one.effect.until)
        return until - one.at + self.told.corrected(one.position, one.at)

    def _is_over(self, id_: str, at: int) -> bool:
        return self.granted[id_].closed is not None or at >= self._end(id_)

    def _asked(self, effect: ExceptionEffect, at: int) -> None:
        """Demand that the policy in force bears it, and that it is about something."""
        policy = self.told.policies[-1]
        rules = policy["exceptions"]
        assert at < parse_instant(effect.until) <= at + seconds(rules, "max_life")
        assert len({one.strip() for one in effect.controls} - {""}) >= rules.get("controls", 1)
        assert effect.owner not in self.told.services
        needs = {one["id"]: one for one in policy["requirement"]}
        for name in effect.waives:
            assert not needs[name].get("hard", False)
            assert name not in rules.get("never", ())
        people = [one["id"] for one in policy["requirement"] if "approvals" in one]
        assert not set(people) <= set(effect.waives)
        about = self.told.asked[effect.release]
        assert isinstance(about.effect, ReleaseEffect)
        assert about.effect.alias == effect.alias
        assert (about.revision, about.closed) == (effect.revision, False)
        for id_, one in self.granted.items():
            if effect.owner != one.effect.owner and effect.alias != one.effect.alias:
                continue
            ended = self._end(id_) if one.closed is None else one.closed
            assert one.reviewed or self.told.corrections or at < ended + one.within

    def _grant(self, judged: Judged, event: events.ExceptionGranted) -> None:
        asked = self.told.asked[event.proposal]
        effect, policy = exceptions_asked(asked), self.told.policies[-1]
        content = event.model_dump(exclude={"kind", "proposal", "review"})
        assert content == effect.model_dump(include=set(content))
        assert not asked.closed
        self._asked(effect, judged.at)
        apart, rules = self._parties(effect, event.proposal), policy["exceptions"]
        rooted = self.told.is_rooted(event.proposal)
        given = self.told.has_consent(event.proposal, rules["approvals"], apart=apart)
        assert given or (self.told.disowned and rooted)
        if self._earlier(effect.alias, event.proposal) >= rules.get("repeat_after", 10**9):
            stewards = policy.get("stewardship", {"approvals": None})["approvals"]
            kept = stewards and self.told.has_consent(event.proposal, stewards, apart=apart)
            assert kept or rooted
        approvers = {name for name, _ in asked.approvals}
        self.granted[event.proposal] = Granted(
            effect,
            len(self.told.policies),
            judged.position,
            judged.at,
            apart | approvers,
            seconds(rules, "review_within"),
        )

    def _earlier(self, alias: str, of: str) -> int:
        first = self.told.corrected(*self.told.asked[of].opened) - DAYS_90
        return sum(
            one.effect.alias == alias and self.told.corrected(one.position, one.at) >= first
            for one in self.granted.values()
        )

    def _start(self, judged: Judged, event: events.ReleaseStarted) -> None:
        """Demand that what is lacking is waived: now, of this, and for the first time."""
        policy = self.told.policies[-1]
        waived = set[str]()
        for id_ in event.exceptions:
            one = self.granted[id_]
            assert one.used is None
            assert not self._is_over(id_, judged.at)
            assert one.policy == event.policy == len(self.told.policies)
            assert (one.effect.release, one.effect.revision) == (event.proposal, event.revision)
            assert one.effect.alias == event.alias
            one.used = event.proposal
            waived |= set(one.effect.waives)
        lacking = self.told.lacks(event.proposal, event.policy, event.alias)
        assert lacking <= waived
        people = {one["id"] for one in policy["requirement"] if one.get("approvals")}
        assert not people <= lacking
        for of, debt in self.owed.items():
            if debt.alias == event.alias:
                self._require_paid(of, judged.at)
        if event.exceptions:
            self.under += bool(lacking)
            debt = Debt(event.alias, event.policy, event.exceptions)
            self.owed[event.proposal] = debt

    def _lacking(self, of: str, debt: Debt) -> set[str]:
        waived = {name for id_ in debt.exceptions for name in self.granted[id_].effect.waives}
        return self.told.lacks(of, debt.policy, debt.alias) & waived

    def _require_paid(self, of: str, at: int) -> None:
        """Demand that all the exceptions of a release that owes something last still."""
        debt = self.owed.get(of)
        for id_ in () if debt is None else debt.exceptions:
            assert not self._is_over(id_, at)


def followed(judged: Sequence[Judged]) -> Exceptions:
    """All of a log, followed to its end."""
    chains = Exceptions()
    for one in admitted(judged):
        chains.take(*one)
    return chains
