"""The governance metrics, counted once more: what was observed.

Each function gives the observations of one metric, by its definition in
``docs/reference/metrics.md``.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.recount.story import Story
from tests.recount.summing import Measure, Seen
from tests.recount.things import (
    Act,
    Document,
    Exempt,
    Proposal,
    Release,
)

SERVICE: Final = "service"


def _of(proposal: Proposal | None) -> dict[str, Any]:
    if proposal is None:
        return {}
    return {"alias": proposal.alias, "tier": proposal.judged.tier}


def _released(release: Release) -> dict[str, Any]:
    return {"alias": release.alias, "tier": release.started.event["tier"]}


def approval_latency(story: Story) -> Iterator[Seen]:
    """From the opening of a proposal until all it needs is there."""
    for one in story.proposals.values():
        met = one.judged.met_at
        if met is not None:
            yield Seen(met, met - one.opened.at, what=one.effect["effect"], **_of(one))


def requirement_latency(story: Story) -> Iterator[Seen]:
    """From the opening of a proposal until a requirement is satisfied."""
    for one in story.proposals.values():
        for need in one.judged.needs:
            if need.status == "satisfied" and need.met is not None:
                yield Seen(need.met, need.met - one.opened.at, what=need.id, **_of(one))


def approver_latency(story: Story) -> Iterator[Seen]:
    """From a revision until somebody approves it."""
    for one in story.proposals.values():
        for given in one.approvals:
            revised = one.revisions[given.event["binding"]["revision"] - 1].at
            yield Seen(given.at, given.at - revised, role=given.role, approver=given.by, **_of(one))


def rejections(story: Story) -> Iterator[Seen]:
    """Each rejection."""
    for one in story.proposals.values():
        for act in one.rejections:
            yield Seen(act.at, role=act.event["role"], approver=act.by, **_of(one))


def rejected_changes(story: Story) -> Iterator[Seen]:
    """Each proposal, and whether anybody ever rejected it."""
    for one in story.proposals.values():
        yield Seen(one.opened.at, int(bool(one.rejections)), **_of(one))


def _reworked(proposal: Proposal) -> list[Act]:
    return sorted([*proposal.revisions[1:], *proposal.widened], key=lambda act: act.position)


def revised_changes(story: Story) -> Iterator[Seen]:
    """Each change, and whether it was revised, or a fact was added to it."""
    for one in story.proposals.values():
        if one.effect["effect"] == "release":
            yield Seen(one.opened.at, int(bool(_reworked(one))), **_of(one))


def revisions(story: Story) -> Iterator[Seen]:
    """Each revision but the first."""
    for one in story.proposals.values():
        for act in one.revisions[1:]:
            yield Seen(act.at, what=one.effect["effect"], **_of(one))


def evidence_after_opening(story: Story) -> Iterator[Seen]:
    """Each document that came after its proposal was first reworked."""
    for one in story.proposals.values():
        reworked = _reworked(one)
        for document in one.documents:
            own = document.event["taken_from"] is None
            if own and reworked and document.position > reworked[0].position:
                yield Seen(document.first.at, what=document.type, **_of(one))


def expired_evidence(story: Story) -> Iterator[Seen]:
    """Each document on which a release rested as it expired."""
    for release in story.releases.values():
        for document in release.proposal.documents:
            expired = document.expires_at
            if document.counts and expired is not None and _relied(story, release, expired):
                yield Seen(expired, what=document.type, **_released(release))


def _relied(story: Story, release: Release, at: int) -> bool:
    """Whether *release* was on its way, or what its alias ran, at the time *at*."""
    gone = min((one.at for one in (release.completed, release.back) if one), default=at + 1)
    runs = [one for one in story.aliases[release.alias].history if one.release is release]
    spans = [(one.began.at, one.ended.at if one.ended else at + 1) for one in runs]
    return any(start <= at < end for start, end in [(release.started.at, gone), *spans])


def _exempt(one: Exempt) -> dict[str, Any]:
    return _of(one.release)


def exceptions(story: Story) -> Iterator[Seen]:
    """Each exception, when it was granted, and until when it held."""
    for one in story.exceptions.values():
        yield Seen(one.granted.at, until=one.ends, **_exempt(one))


def exception_time(story: Story) -> Iterator[Seen]:
    """How long each exception held, at its end."""
    for one in story.exceptions.values():
        yield Seen(one.ends, one.ends - one.granted.at, **_exempt(one))


def repeat_exceptions(story: Story) -> Iterator[Seen]:
    """Each exception, and whether its alias had been granted one before."""
    before: set[str | None] = set()
    for one in story.exceptions.values():
        yield Seen(one.granted.at, int(one.release.alias in before), **_exempt(one))
        before.add(one.release.alias)


def due_of(story: Story, subject: str) -> int | None:
    """When the review of *subject* is due."""
    review = story.reviews[subject]
    if review.within is None:
        return None
    exempt = story.exceptions.get(subject)
    return (review.opened.at if exempt is None else exempt.ends) + review.within


def overdue_reviews(story: Story) -> Iterator[Seen]:
    """Each review from when it was due until it was closed."""
    for one in story.reviews.values():
        due = due_of(story, one.subject)
        if due is not None:
            closed = None if one.closed is None else one.closed.at
            yield Seen(due, until=closed, alias=one.alias, what=one.about)


def missing_owners(story: Story) -> Iterator[Seen]:
    """What runs, is on its way, or acts on its own, and for which nobody answers."""
    for alias in story.aliases.values():
        for release, what in ((alias.stable, "alias"), (alias.candidate, "stack")):
            if release is None:
                continue
            effect = release.proposal.effect
            if not story.active(effect["owner"]):
                yield Seen(release.started.at, what=what, **_released(release))
            if not story.active(effect["rollback"]["owner"]):
                yield Seen(release.started.at, what="rollback", **_released(release))
    for signer in story.signers.values():
        acts = signer.accepted is not None and not story.stopped(f"signer/{signer.id}")
        if signer.kind == SERVICE and acts and not story.active(signer.accountable):
            yield Seen(signer.accepted.at if signer.accepted else 0, what=SERVICE)


def policy_violations(story: Story) -> Iterator[Seen]:
    """Each entry that a rule refused."""
    for line in story.lines:
        if line.rule is not None:
            named = story.proposals.get(line.event.get("proposal", ""))
            known = named if named and named.opened.position < line.position else None
            yield Seen(line.judged_at, what=line.rule, **_of(known))


def missed_duties(story: Story) -> Iterator[Seen]:
    """Each release whose result nobody reported, when that became known."""
    for position, found, rule in story.missed:
        of = story.proposals[story.lines[position].event["proposal"]]
        yield Seen(story.lines[found].judged_at, what=rule, **_of(of))


def complete_lineage(story: Story) -> Iterator[Seen]:
    """Each release, and whether it can be told of all that it changed where it came from."""
    for one in story.releases.values():
        yield Seen(one.started.at, int(not gaps(one.proposal)), **_released(one))


def gaps(proposal: Proposal) -> set[str]:
    """The components that changed and of which no document that counts is about."""
    counted: Mapping[str, Document] = proposal.judged.counted
    touches: set[str] = proposal.judged.touches
    about = {part["component"] for one in counted.values() for part in one.event["subject"]}
    named = {part["component"] for part in proposal.effect["stack"]["components"]}
    nameless = {"dataset"} - named if "model" in named else set()
    return ((named & touches) - about) | nameless


def releases_under_exception(story: Story) -> Iterator[Seen]:
    """Each release, and whether it was started under an exception."""
    for one in story.releases.values():
        yield Seen(one.started.at, int(bool(one.under)), **_released(one))


def taken(release: Release) -> int | None:
    """How many seconds the rollback of *release* took, where somebody knows."""
    if release.back is None or release.since is None:
        return None
    return release.back.at - release.since


def rollback_time(story: Story) -> Iterator[Seen]:
    """How long each rollback took of which that is known."""
    for one in story.releases.values():
        seconds = taken(one)
        if seconds is not None and one.back is not None:
            yield Seen(one.back.at, seconds, **_released(one))


def rollbacks_in_time(story: Story) -> Iterator[Seen]:
    """Each of these, and whether it took no longer than the policy allows."""
    for one in story.releases.values():
        seconds = taken(one)
        if seconds is not None and one.back is not None and one.allowed is not None:
            yield Seen(one.back.at, int(seconds <= one.allowed), **_released(one))


def drill_age(story: Story) -> Iterator[Seen]:
    """Each drill, until the next one of its target."""
    for number, one in enumerate(story.drills):
        later = [
            a.at for a in story.drills[number + 1 :] if a.event["target"] == one.event["target"]
        ]
        yield Seen(one.at, until=later[0] if later else None, what=one.event["target"])


def approver_workload(story: Story) -> Iterator[Seen]:
    """Each approval and each rejection."""
    yield from rejections(story)
    for one in story.proposals.values():
        for given in one.approvals:
            yield Seen(given.at, role=given.role, approver=given.by, **_of(one))


BOTH: Final = ("alias", "tier")
PEOPLE: Final = ("alias", "tier", "role", "approver")

MEASURES: Final[Mapping[str, Measure]] = {
    "approval-latency": Measure("duration", BOTH, approval_latency, parts=True),
    "requirement-latency": Measure("duration", BOTH, requirement_latency, parts=True),
    "approver-latency": Measure("duration", PEOPLE, approver_latency),
    "rejections": Measure("count", PEOPLE, rejections),
    "rejected-changes": Measure("share", BOTH, rejected_changes),
    "revised-changes": Measure("share", BOTH, revised_changes),
    "revisions": Measure("count", BOTH, revisions),
    "evidence-after-opening": Measure("count", BOTH, evidence_after_opening, parts=True),
    "expired-evidence": Measure("count", BOTH, expired_evidence, parts=True),
    "exceptions": Measure("count", BOTH, exceptions),
    "exceptions-in-force": Measure("level", BOTH, exceptions),
    "exception-time": Measure("duration", BOTH, exception_time),
    "repeat-exceptions": Measure("share", BOTH, repeat_exceptions),
    "overdue-reviews": Measure("level", ("alias",), overdue_reviews, parts=True),
    "missing-owners": Measure("state", BOTH, missing_owners, parts=True),
    "policy-violations": Measure("count", BOTH, policy_violations, parts=True),
    "missed-duties": Measure("count", BOTH, missed_duties, parts=True),
    "complete-lineage": Measure("share", BOTH, complete_lineage),
    "releases-under-exception": Measure("share", BOTH, releases_under_exception),
    "rollback-time": Measure("duration", BOTH, rollback_time),
    "rollbacks-in-time": Measure("share", BOTH, rollbacks_in_time),
    "drill-age": Measure("age", (), drill_age, parts=True),
    "approver-workload": Measure("count", PEOPLE, approver_workload),
}
"""Every metric but that of the approvals that are waited for, by its name."""
