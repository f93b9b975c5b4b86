"""What each kind of entry does: to signers, proposals, exceptions, stops and reviews."""

import json
from collections.abc import Callable, Mapping
from typing import Final

from tests.recount import moving
from tests.recount.asking import expire
from tests.recount.judging import owing_roles, still_given
from tests.recount.story import Story
from tests.recount.things import (
    Act,
    Approval,
    Document,
    Exempt,
    Grant,
    Proposal,
    Review,
    Signer,
    Stop,
    seconds,
)
from tests.recount.watching import judge_observation, take_result


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


def _observed(story: Story, act: Act) -> None:
    story.observations[act.position] = act
    story.judgements[act.position] = judge_observation(story, act)
    take_result(story, act)


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
    if release.back is None and not owing_roles(proposal.judged, still_given(proposal)):
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


DEEDS: Final[Mapping[str, Callable[[Story, Act], None]]] = {
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
    "release.started": moving.started,
    "release.advanced": moving.advanced,
    "release.completed": moving.completed,
    "release.rolled-back": moving.rolled_back,
    "observation.recorded": _observed,
    "exception.granted": _excepted,
    "exception.closed": _exception_closed,
    "override.set": _stopped,
    "override.lifted": _lifted,
    "override.drilled": _drilled,
    "review.closed": _reviewed,
    "comment.made": _said,
    "finding.acknowledged": _noted,
}
"""What an admitted entry does, by its kind; those that are not here change nothing."""
