"""What is asked for and who consents to it, told from the admitted entries alone.

A second telling in plain Python, as in ``release_chains``: the policies as TOML, the events
as they stand, nothing of ``ledger.policy`` or ``ledger.decide``. Of consent it tells the least
that there has to be: it knows of no key that was disowned and of nobody who was stopped, so
what it misses is missing, and what it finds may still not count.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger.decide.judgement import Judged
from ledger.model import events
from ledger.model.effects import Effect, ExceptionEffect
from ledger.model.events import Event
from ledger.model.terms import parse_duration, parse_instant

Block = Mapping[str, Any]
DAYS_90 = 90 * 86_400


@dataclass
class Asked:
    """A proposal: what it asks for, by whose hands, who approved it, and its documents."""

    effect: Effect
    hands: set[str]
    opened: tuple[int, int]
    bred: bool
    revision: int = 1
    closed: bool = False
    approvals: dict[tuple[str, str], events.ApprovalGranted] = field(default_factory=dict)
    documents: list[tuple[str, str]] = field(default_factory=list)

    def approvers(self, role: str, policy: int) -> set[str]:
        """Who has approved this revision in *role* under the policy of that number."""
        return {
            name
            for (name, given), one in self.approvals.items()
            if given == role
            and (one.binding.revision, one.binding.policy) == (self.revision, policy)
        }


@dataclass
class Told:
    """The ledger as told so far; positions and times come as pairs."""

    policies: list[Block] = field(default_factory=list)
    services: set[str] = field(default_factory=set)
    roots: frozenset[str] = frozenset()
    threshold: int = 0
    asked: dict[str, Asked] = field(default_factory=dict)
    corrections: list[tuple[int, int]] = field(default_factory=list)
    disowned: bool = False

    def take(self, judged: Judged, by: str, event: Event) -> None:
        """Go past one admitted entry."""
        match event:
            case events.LedgerFounded(roster=roster, policy=policy, root_threshold=threshold):
                self.policies.append(tomllib.loads(policy.text))
                self.threshold = threshold
                self.services |= {one.signer for one in roster if one.signer_kind == "service"}
                self.roots = frozenset(one.signer for one in roster if one.root)
            case events.PolicyPublished(policy=policy):
                self.policies.append(tomllib.loads(policy.text))
            case events.RootChanged(threshold=threshold, signers=roots):
                self.threshold, self.roots = threshold, frozenset(roots)
            case events.SignerEnrolled(signer=name, signer_kind="service"):
                self.services.add(name)
            case events.SignerDisowned():
                self.disowned = True
            case events.ClockCorrected(at=at):
                self.corrections.append((judged.position, parse_instant(at)))
            case events.ProposalOpened(proposal=of, effect=effect):
                hands, here = {by, *effect.contributors}, (judged.position, judged.at)
                self.asked[of] = Asked(effect, hands, here, bred=by in self.services)
            case _:
                self._follow(by, event)
        about = self.asked.get(getattr(event, "proposal", ""))
        if event.kind.partition(".")[0] in _ENACTING and about is not None:
            about.closed = True

    def _follow(self, by: str, event: Event) -> None:
        """What becomes of a proposal that there is."""
        of = self.asked.get(getattr(event, "proposal", ""))
        if of is None:
            return
        match event:
            case events.ProposalRevised(effect=effect):
                of.effect, of.revision = effect, event.revision
                of.hands |= {by, *effect.contributors}
                of.bred = of.bred or by in self.services
            case events.ProposalWithdrawn():
                of.closed = True
            case events.ApprovalGranted(role=role):
                of.approvals[by, role] = event
            case events.ApprovalRetracted():
                of.approvals = {key: one for key, one in of.approvals.items() if key[0] != by}
            case events.EvidenceAttached(type=type_, digest=digest):
                of.documents.append((type_, digest))
            case events.EvidenceWithdrawn(digest=digest):
                of.documents = [one for one in of.documents if one[1] != digest]

    def corrected(self, position: int, at: int) -> int:
        """When what was judged at *at* counts as, by the corrections of the clock since."""
        return min([at, *(to for where, to in self.corrections if where > position)])

    def has_consent(self, of: str, table: Mapping[str, int], *, apart: set[str]) -> bool:
        """Whether there may be the consent of *table*, without those who are *apart*."""
        asked, number = self.asked[of], len(self.policies)
        return all(
            len(asked.approvers(role, number) - apart) >= count for role, count in table.items()
        )

    def is_rooted(self, of: str) -> bool:
        """Whether as many have approved as root signers as it takes."""
        return len(self.asked[of].approvers("root", len(self.policies))) >= self.threshold

    def lacks(self, of: str, policy: int, alias: str) -> set[str]:
        """The ids of what the policy asks of every release, and this one has not for certain."""
        asked, written = self.asked[of], self.policies[policy - 1]
        free = written.get("environments", {}).get("automatic", ())
        found = set[str]()
        for need in written["requirement"]:
            if "when" in need:
                continue
            people = {} if _is_free(need, alias, free) else need.get("approvals", {})
            types = {type_ for type_, _ in asked.documents}
            lacking = [r for r, n in people.items() if len(asked.approvers(r, policy)) < n]
            if lacking or not set(need.get("evidence", ())) <= types:
                found.add(need["id"])
        return found


_ENACTING = {"policy", "signer", "exception", "override", "root", "clock", "release"}


def _is_free(need: Block, alias: str, automatic: Sequence[str]) -> bool:
    return not need.get("hard", False) and alias.partition("/")[2] in automatic


def seconds(rules: Block, key: str) -> int:
    """The duration under *key*, in seconds."""
    return parse_duration(rules[key])


def exceptions_asked(of: Asked) -> ExceptionEffect:
    """The exception that is asked for."""
    assert isinstance(of.effect, ExceptionEffect)
    return of.effect


def admitted(judged: Sequence[Judged]) -> Iterator[tuple[Judged, str, Event]]:
    """The entries that count: each with its signer and its event."""
    for one in judged:
        if one.admitted and one.entry is not None:
            yield one, one.entry.by.signer, one.entry.event
