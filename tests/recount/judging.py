"""Whether a proposal has all it needs: tier, requirements, and since when they are met.

Written from DESIGN §6 and §7 in words and ``docs/reference/policy.md``; of the conditions only
those that the policy of the generated history uses are known, each as a line of Python.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from tests.recount.asking import Case, case_of, compared, completed, having, touched, vetoes
from tests.recount.story import Story
from tests.recount.things import (
    Approval,
    Document,
    Event,
    Proposal,
    Release,
)

TIERS: Final = ("low", "medium", "high")
NEVER: Final = 2**62
Facts = Mapping[str, Any]

CONDITIONS: Final[Mapping[str, Callable[[Facts], bool]]] = {
    "personal_data": lambda facts: bool(facts["personal_data"]),
    "!online": lambda facts: not facts["online"],
    "modifies_data_lineage": lambda facts: bool(facts["touches"] & {"dataset", "features"}),
    "tier >= HIGH": lambda facts: facts["tier"] == "high",
}
"""The conditions of the policy, in Python."""


@dataclass
class Need:
    """A requirement with its status.

    ``met`` is since when it is met, ``consent`` since when but for the documents, ``lacking``
    the roles whose approvals are missing.
    """

    id: str
    status: str = "not-applicable"
    met: int | None = None
    consent: int | None = None
    quorums: Sequence[Event] = ()
    have: Mapping[str, Sequence[str]] = field(default_factory=dict)
    lacking: set[str] = field(default_factory=set)
    waived_by: str | None = None


@dataclass
class Judgement:
    """What is to be said of a proposal at a moment: ``at``, and the entry it was said at."""

    at: int
    position: int
    policy: int
    needs: list[Need]
    parties: set[str]
    counted: dict[str, Document]
    approvals: list[Approval]
    tier: str = "low"
    because: list[str] = field(default_factory=list)
    touches: set[str] = field(default_factory=set)
    met_at: int | None = None
    ready_at: int | None = None
    verdict: str = ""
    expired: bool = False
    blocks: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether all that applies is met or waived."""
        return all(one.status in ("satisfied", "waived", "not-applicable") for one in self.needs)


def judge(story: Story, proposal: Proposal, at: int) -> Judgement:
    """What is to be said of *proposal* in the state of *story* at the time *at*."""
    case = case_of(story, proposal, at)
    made = Judgement(at, story.position, case.number, [], case.parties, case.counted, case.given)
    if proposal.effect["effect"] == "release":
        _release(case, made)
    else:
        made.tier = "high"
        made.needs = [_other(case, *asked) for asked in _asked(story, proposal)]
    for need in made.needs:
        _veto(proposal, need)
    if made.complete:
        revised = case.revised
        made.met_at = max([revised, *(one.met for one in made.needs if one.met is not None)])
        consents = (one.consent for one in made.needs if one.consent is not None)
        made.ready_at = max([revised, *consents])
    return made


def _release(case: Case, made: Judgement) -> None:
    alias = case.story.aliases.get(case.proposal.effect["alias"])
    before = [] if alias is None else compared(alias)
    stack = case.proposal.effect["stack"]
    applying = set[str]()
    for one in reversed(before or [None]):
        made.touches = touched(stack, None if one is None else one.stack)
        applying |= _tier(case, made, first=one is None)
    for rule in case.policy["requirements"]:
        need = Need(rule["id"])
        if rule["id"] in applying:
            _ask(case, rule, need, before)
            _waive(case, need)
        made.needs.append(need)


def _tier(case: Case, made: Judgement, *, first: bool) -> set[str]:
    """The tier, with the rules that led to it, goes into *made*; the requirements that apply.

    Added facts only add: what applied, and the tier that was reached, before one stays.
    """
    effect, policy = case.proposal.effect, case.policy
    said = {one["fact"]: one["value"] for one in effect["declares"]}
    facts: dict[str, Any] = {one["name"]: said.get(one["name"], True) for one in policy["declared"]}
    facts["touches"], applying = made.touches, set[str]()
    for added in (None, *(one.event["fact"] for one in case.proposal.facts)):
        facts |= {} if added is None else {added: True}
        rule = next((one for one in policy["tiers"] if _holds(one, facts)), None)
        found, why = ("high", None) if rule is None else (rule["tier"], rule["id"])
        reached = "high" if first else max(found, effect["risk"] or "low", key=TIERS.index)
        if TIERS.index(reached) > TIERS.index(made.tier):
            made.tier, made.because = reached, []
        if found == made.tier and why not in made.because and why is not None:
            made.because.append(why)
        facts["tier"] = made.tier
        applying |= {one["id"] for one in policy["requirements"] if _holds(one, facts)}
    return applying


def _holds(rule: Event, facts: Facts) -> bool:
    return "when" not in rule or CONDITIONS[rule["when"]](facts)


def _ask(case: Case, rule: Event, need: Need, before: Sequence[Release | None]) -> None:
    """Say in *need* whether a requirement that applies is met, and since when."""
    environment = case.proposal.effect["alias"].split("/")[1]
    automatic = environment in case.policy["environments"]["automatic"] and not rule["hard"]
    need.quorums = [] if automatic else rule["approvals"]
    types = [one["type"] for one in rule["evidence"]]
    if not (need.quorums or types or rule["metrics"]):
        return
    since, need.have = completed(need.quorums, case.given), having(need.quorums, case.given)
    need.lacking = _lacking(need.quorums, case.given)
    named = [*types, *([rule["source"]] if rule["metrics"] else [])]
    counted = [case.counted[name] for name in named if name in case.counted]
    expired = [one.type for one in counted if (one.expires_at or NEVER) <= case.at]
    fresh = all(name in case.counted and name not in expired for name in types)
    numbers = all(
        rule["source"] not in expired and _in_bounds(case, one, rule["source"], before)
        for one in rule["metrics"]
    )
    need.status = "unsatisfied"
    if since is not None and fresh and numbers:
        need.status, need.consent = "satisfied", max(since, case.revised)
        need.met = max([need.consent, *(one.first.at for one in counted)])


def _lacking(quorums: Sequence[Event], given: Sequence[Approval]) -> set[str]:
    have = [one.role for one in given]
    return {one["role"] for one in quorums if have.count(one["role"]) < one["count"]}


def _in_bounds(case: Case, bound: Event, source: str, before: Sequence[Release | None]) -> bool:
    """Whether the number that *bound* is about is there and within it."""
    document = case.counted.get(source)
    value = None if document is None else number_of(document.event["metrics"], bound["name"])
    if value is None or ("min" in bound and value < Decimal(bound["min"])):
        return False
    if "max_drop" not in bound:
        return True
    known = [number_of(one.started.event["metrics"], bound["name"]) for one in before if one]
    return all(one is not None and one - value <= Decimal(bound["max_drop"]) for one in known)


def number_of(metrics: Sequence[Event], name: str) -> Decimal | None:
    """The overall number called *name*."""
    found = (one["value"] for one in metrics if (one["name"], one["segment"]) == (name, None))
    return next((Decimal(one) for one in found), None)


def _waive(case: Case, need: Need) -> None:
    """Say in *need* whether an exception waives it, and since when."""
    of = (case.proposal.id, case.proposal.revision, case.number)
    for one in case.story.exceptions.values():
        granted = one.granted.event
        about = (granted["release"], granted["revision"], one.policy)
        if about != of or one.used is not None or need.id not in granted["waives"]:
            continue
        since = max(one.granted.at, case.revised)
        if need.status == "unsatisfied" and case.at < one.ends:
            need.status, need.waived_by = "waived", one.proposal.id
            need.met = need.consent = since
        elif (
            need.consent is not None and need.met is not None and since <= need.consent <= one.ends
        ):
            # What an exception made ready was ready since then, though it was met later.
            need.met = since if need.met == need.consent else need.met
            need.consent = since


def _veto(proposal: Proposal, need: Need) -> None:
    """Say in *need* that somebody rejected in a role that it asks for."""
    roles = {quorum["role"] for quorum in need.quorums}
    if roles & {one.event["role"] for one in vetoes(proposal)}:
        need.status, need.met, need.consent = "blocked", None, None


def _other(case: Case, name: str, quorums: Sequence[Event], stand_in: Sequence[Event]) -> Need:
    """Whether the requirement *name* of what is no release is met, by *quorums* or the root."""
    ways = [way for way in (quorums, stand_in) if way]
    need = Need(name, "unsatisfied", quorums=quorums)
    need.have = {role: who for way in ways for role, who in having(way, case.given).items()}
    complete = [since for way in ways if (since := completed(way, case.given)) is not None]
    if complete:
        need.status, need.met = "satisfied", max(min(complete), case.revised)
        need.consent = need.met
    else:
        need.lacking = {role for way in ways for role in _lacking(way, case.given)}
    return need


def _asked(
    story: Story, proposal: Proposal
) -> Iterator[tuple[str, Sequence[Event], Sequence[Event]]]:
    """The requirements of an effect that is no release: id, approvals, and the root instead."""
    policy, effect = story.policy, proposal.effect
    root = [{"role": "root", "count": story.threshold}]
    stewards = policy["stewardship"]["approvals"]
    match effect["effect"]:
        case "exception":
            yield "exception", policy["exceptions"]["approvals"], ()
            if _is_repeated(story, proposal):
                yield "stewardship", stewards, root
        case "lift":
            yield "lift", policy["overrides"]["lift"], root
        case "rotation":
            yield "stewardship", [{"role": stewards[0]["role"], "count": 1}], root
        case "enrolment" if effect["signer"] in story.roots:
            yield "root", root, ()
        case "policy" | "enrolment" | "roles":
            yield "stewardship", stewards, root
        case _:
            yield "root", root, ()


def _is_repeated(story: Story, proposal: Proposal) -> bool:
    """Whether the alias was granted so many exceptions before that stewards are asked as well."""
    opened, days = proposal.opened, 90
    before = [
        one
        for one in story.exceptions.values()
        if one.release.alias == proposal.effect["alias"]
        and one.granted.position < opened.position
        and one.granted.at > opened.at - days * 86_400
    ]
    after: int = story.policy["exceptions"].get("repeat_after", NEVER)
    return len(before) >= after


def still_given(proposal: Proposal) -> list[Approval]:
    """The approvals that count of *proposal*, whose release owes, the late ones included."""
    start: Judgement = proposal.judged
    return [one for one in proposal.approvals if _counts_still(proposal, one, start)]


def owing_roles(start: Judgement, given: Sequence[Approval]) -> set[str]:
    """The roles whose approvals were waived at the *start* and are not among those *given*."""
    waived = [need for need in start.needs if need.status == "waived"]
    return {role for need in waived for role in _lacking(need.quorums, given)}


def _counts_still(proposal: Proposal, one: Approval, start: Judgement) -> bool:
    bound = one.event["binding"]
    about: bool = (bound["revision"], bound["policy"]) == (proposal.revision, start.policy)
    return about and not one.ended and one.by not in start.parties
