"""What the commands have to answer about aliases, releases, exceptions, reviews and stops.

Each function gives the parts of one JSON answer that can be told from the log: the comparison
asks that they are in what the command printed, and equal.
"""

from collections.abc import Mapping
from typing import Any

from tests.recount.asking import owes
from tests.recount.measures import due_of, taken
from tests.recount.story import Story
from tests.recount.things import (
    Act,
    Alias,
    Event,
    Exempt,
    Proposal,
    Release,
    Review,
    digest,
    instant,
)
from tests.recount.waiting import roles_of

DAY = 86_400
Answer = dict[str, Any]


def when(act: Act | None) -> str | None:
    """The time of *act*."""
    return None if act is None else instant(act.at)


def where(act: Act | None) -> int | None:
    """The position of *act*."""
    return None if act is None else act.position


def who(act: Act | None) -> str | None:
    """The author of *act*."""
    return None if act is None else act.by


def shown(stack: Event) -> Answer:
    """A stack as answers show it."""
    components = {
        one["component"]: {"version": one["version"], "digest": one["digest"]}
        for one in stack["components"]
    }
    return {"components": components, "permissions": list(stack["permissions"])}


def numbers(story: Story, exceptions: list[str]) -> list[int]:
    """The numbers by which people call *exceptions*."""
    return sorted(story.proposals[one].number for one in exceptions)


def alias(story: Story, one: Alias) -> Answer:
    """``alias show``."""
    stops = story.stopped(f"alias/{one.name}")
    return {
        "schema": "alias/1",
        "alias": one.name,
        "stable": None if one.stable is None else _stable(one.stable, one.history[-1].began),
        "candidate": None if one.candidate is None else _candidate(one.candidate),
        "frozen": bool(stops),
        "frozen_by": stops[0].set.by if stops else None,
        "unsupported": False,
        "as_of": {"position": story.position},
    }


def _stable(release: Release, began: Act) -> Answer:
    return {
        "stack": shown(release.stack),
        "digest": digest(release.stack),
        "proposal": release.proposal.number,
        "since": when(began),
        "position": where(began),
    }


def _candidate(release: Release) -> Answer:
    return {
        "stack": shown(release.stack),
        "digest": digest(release.stack),
        "proposal": release.proposal.number,
        "stage": release.stages[-1].name,
        "since": when(release.started),
        "position": where(release.started),
    }


def history(one: Alias) -> list[Answer]:
    """``alias history``."""
    return [
        {
            "alias": one.name,
            "proposal": run.release.proposal.number,
            "digest": digest(run.release.stack),
            "valid_from": when(run.began),
            "valid_from_position": where(run.began),
            "began": run.how,
            "began_by": who(run.began),
            "valid_to": when(run.ended),
            "valid_to_position": where(run.ended),
            "ended": run.ended_how,
            "ended_by": who(run.ended),
        }
        for run in one.history
    ]


def release(story: Story, one: Release, at: int) -> Answer:
    """``release show`` of what is under way or runs."""
    return {
        "schema": "release/1",
        "alias": one.alias,
        "under_way": one.completed is None,
        "stack": shown(one.stack),
        "proposal": one.proposal.number,
        "stage": one.stages[-1].name,
        "since": when(one.started),
        "position": where(one.started),
        "completed": when(one.completed),
        "completed_position": where(one.completed),
        "policy": one.started.event["policy"],
        "exceptions": numbers(story, one.under),
        "owes": owes(one),
        "tier": one.started.event["tier"],
        "window": window(story, one, at),
        "unsupported": False,
    }


def window(story: Story, one: Release, at: int) -> Answer | None:
    """The window in which *one* is watched once it is completed."""
    if one.window is None:
        return None
    result = one.result
    return {
        "until": instant(one.window),
        "due": instant(one.window + DAY),
        "position": where(result),
        "passing": None if result is None else story.judgements[result.position][0],
        "asked_for": result is None and at < one.window + DAY and _stands(story, one),
        "missing": result is None and at >= one.window + DAY and _stands(story, one),
    }


def _stands(story: Story, one: Release) -> bool:
    """Whether *one* is what its alias runs, or was missed while it was."""
    completed = where(one.completed)
    noted = any(position == completed for position, _, _ in story.missed)
    return noted or story.aliases[one.alias].stable is one


def exempt(story: Story, one: Exempt, at: int) -> Answer:
    """A line of ``exception list``."""
    review, due = story.reviews[one.proposal.id], due_of(story, one.proposal.id)
    started = story.releases.get(one.release.id)
    return {
        "exception": one.proposal.number,
        "exception_id": one.proposal.id,
        "proposal": one.release.number,
        "revision": one.granted.event["revision"],
        "alias": one.release.alias,
        "waives": one.granted.event["waives"],
        "owner": one.granted.event["owner"],
        "asked_by": one.proposal.opened.by,
        "approvals": [
            {"signer": given.by, "role": given.role, "position": given.position}
            for given in one.proposal.judged.approvals
        ],
        "policy": one.policy,
        "granted_at": when(one.granted),
        "granted_position": where(one.granted),
        "until": one.granted.event["until"],
        "ends_at": instant(one.ends),
        "state": _state(one, at),
        "closed_by": who(one.closed),
        "closed_position": where(one.closed),
        "used_position": where(one.used),
        "owes": one.used is not None and started is not None and owes(started),
        "review": {
            "due": None if due is None else instant(due),
            "overdue": review.closed is None and due is not None and due <= at,
            "closed_by": who(review.closed),
            "closed_position": where(review.closed),
        },
    }


def _state(one: Exempt, at: int) -> str:
    if one.closed is not None and one.ends == one.closed.at:
        return "closed"
    return "ended" if one.ends <= at else "in-force"


def review(story: Story, one: Review, at: int) -> Answer:
    """A line of ``review list``."""
    due = due_of(story, one.subject)
    return {
        "subject": one.subject,
        "what": one.about,
        "alias": one.alias,
        "target": one.opened.event["target"] if one.about == "override" else None,
        "at": when(one.opened),
        "position": where(one.opened),
        "due": None if due is None else instant(due),
        "closed_by": who(one.closed),
        "closed_at": when(one.closed),
        "closed_position": where(one.closed),
        "cause": None if one.closed is None else one.closed.event["cause"],
        "proposal": None if one.proposal is None else one.proposal.number,
        "open": one.closed is None,
        "overdue": one.closed is None and due is not None and due <= at,
    }


def stops(story: Story) -> list[Answer]:
    """``override list --all``."""
    return [
        {
            "id": one.id,
            "target": one.target,
            "at": when(one.set),
            "position": where(one.set),
            "by": one.set.by,
            "reason": one.set.event["reason"],
            "lifted_position": where(one.lifted),
            "lifted_at": when(one.lifted),
            "lifted_by_proposal": (
                None if one.lifted is None else story.proposals[one.lifted.event["proposal"]].number
            ),
        }
        for one in story.stops.values()
    ]


def proposal_line(one: Proposal) -> Answer:
    """A line of ``proposal list --all``."""
    closed = one.closed and one.closed.event["kind"] == "proposal.withdrawn"
    return {
        "proposal": one.number,
        "proposal_id": one.id,
        "alias": one.alias,
        "effect": one.effect["effect"],
        "closed": None if one.closed is None else "withdrawn" if closed else "enacted",
        "tier": one.judged.tier,
        "opened_by": one.opened.by,
        "opened_at": when(one.opened),
        "revision": one.revision,
    }


def rollback(one: Release) -> Answer:
    """What the audit says of the rollback of *one*."""
    assert one.back is not None
    seconds = taken(one)
    late = one.allowed is not None and seconds is not None and seconds > one.allowed
    return {
        "position": one.back.position,
        "at": when(one.back),
        "by": one.back.by,
        "rollback_seconds": seconds,
        "in_time": None if seconds is None else not late,
        "trigger": one.back.event["trigger"],
        "observation": one.back.event["observation"],
    }


def held_roles(story: Story, name: str, at: int) -> Mapping[str, Any]:
    """A line of ``signer list``."""
    signer = story.signers[name]
    halted = bool(story.stopped(f"signer/{name}"))
    waits = signer.pending is not None
    state = "stopped" if halted else "active" if signer.accepted else _named(story, name, at)
    fresh = signer.pending if waits and signer.accepted is None else None
    return {
        "id": name,
        "kind": signer.kind,
        "accountable": signer.accountable,
        "root": name in story.roots,
        "state": state,
        "roles": sorted(roles_of(story, name, at)),
        "key": fresh[1] if fresh else signer.key,
        "named": fresh[0].position if fresh else signer.named.position,
        "accepted": where(signer.accepted),
    }


def _named(story: Story, name: str, at: int) -> str:
    pending = story.signers[name].pending
    assert pending is not None
    return "lapsed" if at >= pending[0].at + 14 * DAY else "named"
