"""What the auditor's questions have to be answered with: who, why, and how it was watched."""

from tests.recount.answers import Answer, rollback, when, where, who, window
from tests.recount.measures import gaps
from tests.recount.story import Line, Story
from tests.recount.things import (
    Approval,
    Event,
    Proposal,
    Release,
    Stage,
    instant,
)


def consent(story: Story, of: Proposal) -> Answer:
    """``audit who``, and the same part of a dossier."""
    return {
        "opened_by": of.opened.by,
        "contributors": list(of.effect["contributors"]),
        "parties": sorted(of.judged.parties),
        "owner": of.effect["owner"],
        "on_call": of.effect["on_call"],
        "rollback_owner": of.effect["rollback"]["owner"],
        "approvals": [_approval(story, of, one) for one in of.approvals],
        "rejections": [
            {"position": one.position, "signer": one.by, "role": one.event["role"]}
            for one in of.rejections
        ],
        "acts": [
            {
                "position": line.position,
                "kind": line.kind,
                "signer": line.by,
                "key": line.raw["key"],
                "rule": line.rule,
            }
            for line in _acts(story, of)
        ],
    }


def _approval(story: Story, of: Proposal, one: Approval) -> Answer:
    bound = one.event["binding"]
    late = of.closed is not None and one.position > of.closed.position
    return {
        "position": one.position,
        "at": when(one),
        "signer": one.by,
        "key": story.lines[one.position].raw["key"],
        "role": one.role,
        "on_behalf": one.event["on_behalf"],
        "counts": one.counts and not late,
        "settles": _settled(story, of, one.role) if one.counts and late else [],
        "saw": {
            "revision": bound["revision"],
            "base": bound["base"],
            "policy": bound["policy"],
            "facts": {fact["fact"]: fact["value"] for fact in bound["facts"]},
            "evidence": [dict(part) for part in bound["evidence"]],
            "review_digest": one.event["review"],
        },
    }


def _settled(story: Story, of: Proposal, role: str) -> list[int]:
    """The exceptions of which an approval in *role* made up for what they waived."""
    asks = {need.id for need in of.judged.needs if role in {one["role"] for one in need.quorums}}
    under = [story.exceptions[one] for one in story.releases[of.id].under]
    return sorted(one.proposal.number for one in under if asks & {*one.granted.event["waives"]})


UNPLACED = ("unknown-key", "key-owner", "bad-signature", "out-of-place")


def _acts(story: Story, of: Proposal) -> list[Line]:
    """The entries about *of*, its release and their reviews: what was done, or refused."""
    release = story.releases.get(of.id)
    subjects = [of.id]
    if release is not None and release.back is not None:
        subjects.append(release.back.event["rollback"])
    return [
        line
        for line in story.lines
        if line.position >= of.opened.position
        and line.rule not in UNPLACED
        and (
            of.id in (line.event.get("proposal"), line.event.get("exception"))
            or of.id == line.event.get("candidate")
            or line.event.get("subject") in subjects
        )
    ]


def assessment(story: Story, of: Proposal) -> Answer:
    """``audit why``, and the same part of a dossier: all as it stood at the start."""
    judged = of.judged
    started = story.releases.get(of.id)
    policy = next(act for act, _ in story.policies if act.event["number"] == judged.policy)
    return {
        "proposal": of.number,
        "opened_position": of.opened.position,
        "revised_position": of.revisions[-1].position,
        "started_position": where(None if started is None else started.started),
        "assessment": {
            "verdict": "closed",
            "tier": judged.tier,
            "policy": judged.policy,
            "revision": of.revision,
            "base": of.revisions[-1].event["base"],
            "parties": sorted(judged.parties),
            "facts": {"touches": sorted(judged.touches)},
            "requirements": [
                {
                    "id": need.id,
                    "status": need.status,
                    "approvals": {
                        quorum["role"]: {
                            "need": quorum["count"],
                            "have": sorted(need.have[quorum["role"]]),
                        }
                        for quorum in need.quorums
                    },
                    "waived_by": (
                        None if need.waived_by is None else story.proposals[need.waived_by].number
                    ),
                }
                for need in judged.needs
            ],
        },
        "policy": {"number": judged.policy, "position": policy.position, "at": when(policy)},
        "requirements": [
            {"id": need.id, "met_at": None if need.met is None else instant(need.met)}
            for need in judged.needs
        ],
        "evidence": [
            {
                "position": one.position,
                "type": one.type,
                "digest": one.event["digest"],
                "signer": one.by,
                "at": when(one.first),
                **(
                    {"expires_at": instant(one.expires_at)} if one.counts and one.expires_at else {}
                ),
                "age_seconds": judged.at - one.first.at,
                "counts": one.counts,
            }
            for one in of.documents
            if one.position < judged.position
        ],
    }


def watched(story: Story, one: Release, at: int) -> Answer:
    """``audit watched``, and the same part of a dossier."""
    mine = [act for act in story.observations.values() if act.event["proposal"] == one.proposal.id]
    return {
        "started_position": one.started.position,
        "started_at": when(one.started),
        "started_by": one.started.by,
        "completed_position": where(one.completed),
        "completed_at": when(one.completed),
        "completed_by": who(one.completed),
        "stages": [*map(_stage, one.stages), *_ahead(story, one)],
        "observations": [
            {
                "position": act.position,
                "signer": act.by,
                "stage": act.event["stage"],
                "start": act.event["start"],
                "until": act.event["until"],
                "passing": story.judgements[act.position][0],
            }
            for act in mine
        ],
        "window": window(story, one, at),
        "missed": [
            {"position": position, "rule": rule}
            for position, _, rule in story.missed
            if one.completed is not None and position == one.completed.position
        ],
        "rollback": None if one.back is None else rollback(one),
    }


def _stage(one: Stage) -> Answer:
    return {
        "stage": one.name,
        "entered_position": one.entered.position,
        "entered_at": when(one.entered),
        "entered_by": one.entered.by,
        "passed_position": where(one.passed),
        "passed_by": who(one.passed),
        "observation": one.observation,
    }


def _ahead(story: Story, one: Release) -> list[Answer]:
    """The stages of its tier that *one* never came into."""
    number, tier = one.started.event["policy"], one.started.event["tier"]
    policy = story.policy_numbered(number)
    last = policy["environments"]["order"][-1] == one.alias.split("/")[1]
    names = [stage["id"] for stage in policy["stages"] if tier in stage["tiers"]]
    entered = [stage.name for stage in one.stages]
    ahead = [name for name in names if last and name not in entered]
    return [{"stage": name, "entered_position": None, "passed_position": None} for name in ahead]


def dossier(story: Story, of: Proposal, at: int) -> Answer:
    """``audit dossier`` of the release that *of* asks for."""
    started = story.releases.get(of.id)
    effect: Event = of.effect
    return {
        "schema": "dossier/1",
        "proposal": of.number,
        "proposal_id": of.id,
        "alias": of.alias,
        "change": {"effect": dict(effect), "lineage_gaps": sorted(gaps(of))},
        "why": assessment(story, of),
        "who": consent(story, of),
        "watched": None if started is None else watched(story, started, at),
        "comments": [
            {"position": one.position, "signer": one.by}
            for one in story.comments
            if one.event["proposal"] == of.id
        ],
        "policy": {"number": of.judged.policy},
        "as_of": {"position": story.position},
    }
