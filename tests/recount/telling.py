"""The story of a log: what each admitted entry does to everything else."""

import json
from collections.abc import Sequence
from typing import Any

from tests.recount.asking import expire
from tests.recount.judging import settles
from tests.recount.story import (
    Act,
    Alias,
    Approval,
    Document,
    Exempt,
    Grant,
    Line,
    Proposal,
    Release,
    Review,
    Run,
    Signer,
    Stage,
    Stop,
    Story,
    seconds,
)
from tests.recount.verdicts import look
from tests.recount.waiting import waiting
from tests.recount.watching import judge_observation, time_passed

DAY = 86_400
LAPSE = 14 * DAY
_OWN = (
    "proposal.opened",
    "proposal.revised",
    "fact.added",
    "evidence.attached",
    "evidence.withdrawn",
    "approval.granted",
    "approval.retracted",
    "proposal.rejected",
    "rejection.retracted",
)
_CLOSING = (
    "proposal.withdrawn",
    "release.started",
    "policy.published",
    "signer.enrolled",
    "signer.granted",
    "signer.stripped",
    "signer.rotated",
    "exception.granted",
    "override.lifted",
    "root.changed",
)
_EVERYBODY = ("ledger.founded", "signer.accepted", "signer.delegated", "override.set")


def told(lines: Sequence[Line], until: int | None = None) -> Story:
    """The story of *lines* up to the position *until*, included; of all of them without it."""
    story = Story()
    for line in lines if until is None else lines[: until + 1]:
        story.lines.append(line)
        story.position = line.position
        if line.admitted:
            time_passed(story, line)
            _tell(story, line)
        story.time = line.judged_at
    return story


def _tell(story: Story, line: Line) -> None:
    act = Act(line.position, line.judged_at, line.by, line.event)
    kind = line.kind or ""
    closing = story.proposals.get(act.event.get("proposal", "")) if kind in _CLOSING else None
    if closing is not None:
        look(story, closing, act.at, closing=True)
        closing.closed, closing.waiting = act, []
    _DEEDS.get(kind, _nothing)(story, act)
    for one in _touched(story, kind, act):
        if one.closed is None:
            look(story, one, act.at)
            one.waiting = waiting(story, one, act.at)


def _touched(story: Story, kind: str, act: Act) -> list[Proposal]:
    """The open proposals of which something else may be to be said after *act*."""
    mine = story.proposals.get(act.event.get("proposal", ""))
    open_ = [one for one in story.proposals.values() if one.closed is None]
    if kind in _EVERYBODY or (kind in _CLOSING and not kind.startswith(("proposal", "release"))):
        return open_
    found = [mine] if mine is not None and kind in _OWN else []
    if kind in _OWN or kind in _CLOSING:
        found += [one for one in open_ if mine and one.effect.get("release") == mine.id]
    alias = act.event.get("alias")
    if kind in ("release.completed", "release.rolled-back"):
        model = str(alias).split("/")[0]
        found += [one for one in open_ if (one.alias or "").split("/")[0] == model]
    elif kind == "release.started":
        found += [one for one in open_ if one.alias == alias]
    elif kind == "exception.closed":
        ended = story.exceptions[act.event["exception"]].release.alias
        found += [one for one in open_ if one.alias == ended]
    return found


def _nothing(_: Story, __: Act) -> None:
    """What changes nothing that is told here."""


def _founded(story: Story, act: Act) -> None:
    story.founded = act
    for one in act.event["roster"]:
        grants = [Grant(role, act) for role in one["roles"]]
        story.signers[one["signer"]] = Signer(
            one["signer"],
            one["signer_kind"],
            one["accountable"],
            act,
            one["key"],
            act,
            pending=(act, one["key"]),
            grants=grants,
        )
        if one["root"]:
            story.roots.add(one["signer"])
    story.threshold = act.event["root_threshold"]
    _policy(story, act, 1)


def _policy(story: Story, act: Act, number: int) -> None:
    policy = json.loads(act.event["policy"]["canonical"])
    story.policies.append(
        (Act(act.position, act.at, act.by, {**act.event, "number": number}), policy)
    )


def _published(story: Story, act: Act) -> None:
    _policy(story, act, act.event["number"])


def _accepted(story: Story, act: Act) -> None:
    signer = story.signers[act.by]
    assert signer.pending is not None
    signer.named, signer.key = signer.pending
    signer.accepted, signer.pending = act, None


def _enrolled(story: Story, act: Act) -> None:
    event = act.event
    assert event["signer"] not in story.signers, "enrolments anew are not told here"
    story.signers[event["signer"]] = Signer(
        event["signer"],
        event["signer_kind"],
        event["accountable"],
        act,
        event["key"],
        act,
        pending=(act, event["key"]),
        grants=[Grant(role, act, proposal=event["proposal"]) for role in event["roles"]],
    )


def _granted_roles(story: Story, act: Act) -> None:
    event, signer = act.event, story.signers[act.event["signer"]]
    for one in signer.held:
        within = event["aliases"] is None or event["aliases"] == one.aliases
        if (one.role in event["strip"] and within) or (
            one.role in event.get("grant", ()) and one.aliases == event["aliases"]
        ):
            one.ended = act
    until = event.get("until")
    signer.grants += [
        Grant(role, act, event["aliases"], until and seconds(until), proposal=event["proposal"])
        for role in event.get("grant", ())
    ]


def _rotated(story: Story, act: Act) -> None:
    story.signers[act.by].pending = (act, act.event["key"])


def _delegated(story: Story, act: Act) -> None:
    signer = story.signers[act.by]
    same = (act.event["to"], act.event["aliases"])
    signer.lent = [one for one in signer.lent if (one.event["to"], one.event["aliases"]) != same]
    if act.event["roles"]:
        signer.lent.append(act)


def _opened(story: Story, act: Act) -> None:
    number = len(story.proposals) + 1
    of = act.event["proposal"]
    story.proposals[of] = Proposal(of, number, act, [act], act.event["policy"])


def _revised(story: Story, act: Act) -> None:
    proposal = story.proposals[act.event["proposal"]]
    proposal.revisions.append(act)
    proposal.policy = act.event["policy"]
    proposal.facts.clear()
    proposal.lapsed = False


def _fact(story: Story, act: Act) -> None:
    proposal = story.proposals[act.event["proposal"]]
    proposal.facts.append(act)
    proposal.widened.append(act)


def _attached(story: Story, act: Act) -> None:
    proposal, event = story.proposals[act.event["proposal"]], act.event
    first: Act = act
    if event["taken_from"] is not None:
        everything = [one for of in story.proposals.values() for one in of.documents]
        first = next(one for one in everything if one.position == event["taken_from"])
    made = Document(act.position, act.at, act.by, event, first=first)
    expire(made, story.policy)
    proposal.documents.append(made)


def _taken_back(story: Story, act: Act) -> None:
    proposal = story.proposals[act.event["proposal"]]
    for one in proposal.documents:
        if one.event["digest"] == act.event["digest"] and one.by == act.by:
            one.withdrawn = True


def _approved(story: Story, act: Act) -> None:
    proposal = story.proposals[act.event["proposal"]]
    for one in proposal.approvals:
        if (one.by, one.role) == (act.by, act.event["role"]):
            one.ended = True
    proposal.approvals.append(Approval(act.position, act.at, act.by, act.event))
    _settle(story, proposal, act)


def _retracted(story: Story, act: Act) -> None:
    for one in story.proposals[act.event["proposal"]].approvals:
        if one.by == act.by and one.event["binding"]["revision"] == act.event["revision"]:
            one.ended = True


def _rejected(story: Story, act: Act) -> None:
    story.proposals[act.event["proposal"]].rejections.append(act)


def _reopened(story: Story, act: Act) -> None:
    proposal = story.proposals[act.event["proposal"]]
    mine = [one for one in proposal.rejections if one.by == act.by]
    proposal.reopened |= {one.position for one in mine}


def _alias(story: Story, name: str) -> Alias:
    return story.aliases.setdefault(name, Alias(name))


def _started(story: Story, act: Act) -> None:
    alias, proposal = _alias(story, act.event["alias"]), story.proposals[act.event["proposal"]]
    made = Release(proposal, act, [Stage(act.event["stage"], act)])
    story.releases[proposal.id] = alias.candidate = made
    for one in made.under:
        story.exceptions[one].used = act


def _advanced(story: Story, act: Act) -> None:
    release = story.releases[act.event["proposal"]]
    _passed(release, act)
    release.stages.append(Stage(act.event["stage"], act))


def _passed(release: Release, act: Act) -> None:
    release.stages[-1].passed = act
    release.stages[-1].observation = act.event["observation"]


def _completed(story: Story, act: Act) -> None:
    release, alias = story.releases[act.event["proposal"]], _alias(story, act.event["alias"])
    _passed(release, act)
    release.completed, alias.candidate, alias.changed = act, None, act.position
    if alias.history and alias.history[-1].ended is None:
        alias.history[-1].ended, alias.history[-1].ended_how = act, "replaced"
    alias.pile.append(release)
    alias.history.append(Run(release, act, "completed"))
    stages = _policy_of(story, release)["stages"]
    spans = [
        one["seconds"]
        for stage in stages
        if stage["id"] == release.stages[-1].name
        for one in stage["observe"]
        if one["tier"] == release.started.event["tier"]
    ]
    environments = story.policy["environments"]["order"]
    if spans and release.alias.split("/")[1] == environments[-1]:
        release.window = act.at + spans[0]


def _policy_of(story: Story, release: Release) -> Any:
    number = release.started.event["policy"]
    return next(policy for act, policy in story.policies if act.event["number"] == number)


def _rolled_back(story: Story, act: Act) -> None:
    alias, event = _alias(story, act.event["alias"]), act.event
    release, policy = story.releases[event["proposal"]], story.policy.get("rollback", {})
    release.back, release.allowed = act, policy.get("within")
    if event["since"] is not None:
        release.since = seconds(event["since"])
    elif event["observation"] is not None:
        release.since = story.observations[event["observation"]].at
    if alias.candidate is release:
        alias.candidate = None
    else:
        _topple(story, alias, act)
    within = policy.get("review_within")
    story.reviews[event["rollback"]] = Review(
        event["rollback"], "rollback", act, release.proposal, release.alias, within
    )


def _topple(story: Story, alias: Alias, act: Act) -> None:
    alias.pile.pop()
    alias.changed = act.position
    alias.history[-1].ended, alias.history[-1].ended_how = act, "rolled back"
    if alias.candidate is not None:
        alias.candidate.back, alias.candidate.together = act, True
        alias.candidate = None
    if alias.stable is not None:
        alias.history.append(Run(alias.stable, act, "returned"))


def _observed(story: Story, act: Act) -> None:
    story.observations[act.position] = act
    story.judgements[act.position] = judge_observation(story, act)


def _excepted(story: Story, act: Act) -> None:
    proposal, of = story.proposals[act.event["proposal"]], story.proposals[act.event["release"]]
    story.exceptions[proposal.id] = Exempt(proposal, of, act, story.policies[-1][0].event["number"])
    within = story.policy["exceptions"]["review_within"]
    story.reviews[proposal.id] = Review(proposal.id, "exception", act, proposal, of.alias, within)


def _exception_closed(story: Story, act: Act) -> None:
    story.exceptions[act.event["exception"]].closed = act


def _settle(story: Story, proposal: Proposal, act: Act) -> None:
    """After an approval of a release that owes: whether it owes nothing any more."""
    release = story.releases.get(proposal.id)
    if release is None or not release.under or release.settled is not None:
        return
    proposal.approvals[-1].counts = True
    if release.back is None and settles(story, proposal, _policy_of(story, release)):
        release.settled = act


def _stopped(story: Story, act: Act) -> None:
    of = act.event["override"]
    story.stops[of] = Stop(of, act)
    story.reviews[of] = Review(of, "override", act, None, None, None)


def _lifted(story: Story, act: Act) -> None:
    for of in act.event["stops"]:
        story.stops[of].lifted = act


def _drilled(story: Story, act: Act) -> None:
    story.drills.append(act)


def _reviewed(story: Story, act: Act) -> None:
    story.reviews[act.event["subject"]].closed = act


def _said(story: Story, act: Act) -> None:
    story.comments.append(act)


def _noted(story: Story, act: Act) -> None:
    story.acknowledged[act.event["position"]] = act


_DEEDS = {
    "ledger.founded": _founded,
    "policy.published": _published,
    "signer.accepted": _accepted,
    "signer.enrolled": _enrolled,
    "signer.granted": _granted_roles,
    "signer.stripped": _granted_roles,
    "signer.rotated": _rotated,
    "signer.delegated": _delegated,
    "proposal.opened": _opened,
    "proposal.revised": _revised,
    "fact.added": _fact,
    "evidence.attached": _attached,
    "evidence.withdrawn": _taken_back,
    "approval.granted": _approved,
    "approval.retracted": _retracted,
    "proposal.rejected": _rejected,
    "rejection.retracted": _reopened,
    "release.started": _started,
    "release.advanced": _advanced,
    "release.completed": _completed,
    "release.rolled-back": _rolled_back,
    "observation.recorded": _observed,
    "exception.granted": _excepted,
    "exception.closed": _exception_closed,
    "override.set": _stopped,
    "override.lifted": _lifted,
    "override.drilled": _drilled,
    "review.closed": _reviewed,
    "comment.made": _said,
    "finding.acknowledged": _noted,
    "proposal.withdrawn": _nothing,
}
