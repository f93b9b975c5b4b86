"""What counts of what was said about a proposal: parties, documents and approvals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.recount.story import Story, covers
from tests.recount.things import (
    Act,
    Alias,
    Approval,
    Document,
    Event,
    Policy,
    Proposal,
    Release,
    seconds,
)


@dataclass
class Case:
    """A proposal at a time, under the policy in force, with all of it that counts."""

    story: Story
    proposal: Proposal
    at: int
    parties: set[str]
    counted: dict[str, Document] = field(default_factory=dict)
    given: list[Approval] = field(default_factory=list)

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self.story.policy

    @property
    def number(self) -> int:
        """Its number."""
        return int(self.story.policies[-1][0].event["number"])

    @property
    def revised(self) -> int:
        """When the current revision was made."""
        return self.proposal.revisions[-1].at


def case_of(story: Story, proposal: Proposal, at: int) -> Case:
    """*proposal* at the time *at*."""
    case = Case(story, proposal, at, parties(story, proposal))
    if proposal.effect["effect"] == "release":
        for one in proposal.documents:
            expire(one, case.policy)
        case.counted = _counted(case)
    case.given = [one for one in proposal.approvals if binds(case, one)]
    return case


def digests(stack: Event) -> dict[str, str]:
    """The digest of each component of *stack*."""
    return {part["component"]: part["digest"] for part in stack["components"]}


def touched(stack: Event, before: Event | None) -> set[str]:
    """The components in which *stack* differs from the one *before*."""
    new, old = digests(stack), {} if before is None else digests(before)
    return {name for name in {*new, *old} if new.get(name) != old.get(name)} - {"evaluation-report"}


def parties(story: Story, proposal: Proposal) -> set[str]:
    """Who had a hand in *proposal*, and who answers for a service among them."""
    effect = proposal.effect
    found = {*proposal.hands, *effect.get("contributors", ())}
    match effect["effect"]:
        case "exception":
            found |= {effect["owner"], *parties(story, story.proposals[effect["release"]])}
        case "enrolment":
            found |= {effect["signer"], *filter(None, [effect["accountable"]])}
        case "roles" | "rotation":
            found.add(effect["signer"])
        case "lift":
            freed = [story.stops[one].target for one in effect["stops"]]
            found |= {one.split("/")[1] for one in freed if one.startswith("signer/")}
    services = [story.signers[name] for name in found if name in story.signers]
    return found | {one.accountable for one in services if one.accountable is not None}


def vetoes(proposal: Proposal) -> list[Act]:
    """The rejections of the current revision that hold."""
    mine = [one for one in proposal.rejections if one.event["revision"] == proposal.revision]
    return [one for one in mine if one.position not in proposal.reopened]


def expire(document: Document, policy: Policy) -> None:
    """Say when *document* expires: by the policy, or earlier by its author's own limit."""
    rules = [one for need in policy["requirements"] for one in need["evidence"]]
    ages = [one["max_age"] for one in rules if one["type"] == document.type and "max_age" in one]
    own = document.event["expires"]
    limits = [*ages, *([] if own is None else [own])]
    document.expires_at = min((document.first.at + one for one in limits), default=None)


def _counted(case: Case) -> dict[str, Document]:
    """The document of each type that counts: the newest that is allowed, if it is in order."""
    found: dict[str, Document] = {}
    have = digests(case.proposal.effect["stack"])
    for rule in (one for need in case.policy["requirements"] for one in need["evidence"]):
        allowed = [one for one in case.proposal.documents if _is_allowed(case, one, rule)]
        if not allowed:
            continue
        newest = max(allowed, key=lambda one: one.first.position)
        about = {part["component"]: part["digest"] for part in newest.event["subject"]}
        in_order = all(have.get(name) == value for name, value in about.items())
        stopped = case.story.stopped(f"signer/{newest.by}")
        if in_order and not newest.withdrawn and not stopped:
            found[rule["type"]] = newest
    return found


def _is_allowed(case: Case, document: Document, rule: Event) -> bool:
    """Whether *document* is of the type of *rule*, by somebody whom it allows to attach it."""
    if document.type != rule["type"] or (rule["independent"] and document.by in case.parties):
        return False
    return not rule["by"] or _held_any(case, document, rule["by"])


def _held_any(case: Case, then: Document, roles: Sequence[str]) -> bool:
    """Whether who attached *then* held one of *roles* at that time, or was lent it."""
    own = any(
        one.role in roles
        and covers(one.aliases, case.proposal.alias)
        and one.given.position < then.position
        and (one.ended is None or one.ended.position > then.position)
        and (one.until is None or one.until > then.at)
        for one in case.story.signers[then.by].grants
    )
    return own or any(
        act.event["to"] == then.by
        and {*act.event["roles"]} & {*roles}
        and covers(act.event["aliases"], case.proposal.alias)
        and act.position < then.position
        and seconds(act.event["until"]) > then.at
        for signer in case.story.signers.values()
        for act in signer.lent
    )


def binds(case: Case, one: Approval) -> bool:
    """Whether *one* counts: what it is bound to is unchanged, and its signer may give it."""
    bound = one.event["binding"]
    same = all(
        part["type"] in case.counted and case.counted[part["type"]].position == part["position"]
        for part in bound["evidence"]
    )
    if one.ended or not same or not _knew(case, bound):
        return False
    gave = {one.by, *filter(None, [one.event["on_behalf"]])}
    stopped = any(case.story.stopped(f"signer/{name}") for name in gave)
    return one.role == "root" or not (gave & case.parties or stopped)


def _knew(case: Case, bound: Event) -> bool:
    """Whether an approval bound so is about this revision, policy and all declared facts."""
    facts = {one["fact"]: one["value"] for one in case.proposal.effect.get("declares", ())}
    facts |= {one.event["fact"]: True for one in case.proposal.facts}
    said = {part["fact"]: part["value"] for part in bound["facts"]}
    these = (bound["revision"], bound["policy"]) == (case.proposal.revision, case.number)
    return these and {**facts, **said} == said


def completed(quorums: Sequence[Event], given: Sequence[Approval]) -> int | None:
    """When the last approval came that *quorums* needed, ``None`` while one is missing."""
    moments = []
    for quorum in quorums:
        times = sorted(one.at for one in given if one.role == quorum["role"])
        if len(times) < quorum["count"]:
            return None
        moments.append(times[quorum["count"] - 1])
    return max(moments, default=0)


def having(quorums: Sequence[Event], given: Sequence[Approval]) -> Mapping[str, list[str]]:
    """Whose approvals *quorums* have, by role."""
    roles = [quorum["role"] for quorum in quorums]
    return {role: [one.by for one in given if one.role == role] for role in roles}


def compared(alias: Alias) -> list[Release | None]:
    """What a change is held against: what the alias runs, and while that owes what lies below."""
    found: list[Release | None] = []
    for one in reversed(alias.pile):
        found.append(one)
        if not owes(one):
            return found
    return [*found, None] if found else []


def owes(release: Release) -> bool:
    """Whether *release* was started under an exception and is not made up for yet."""
    return bool(release.under) and release.settled is None and release.back is None


def owed_until(story: Story, release: Release) -> int:
    """When the first of the exceptions ends under which *release* was started."""
    return min(story.exceptions[one].ends for one in release.under)
