"""What the overviews have to show: the status, the inventory, the timeline, and a comparison."""

import json
from collections.abc import Iterator
from typing import Any

from tests.recount.answers import Answer, where, window
from tests.recount.asking import digests, owed_until, owes
from tests.recount.measures import due_of
from tests.recount.story import Story
from tests.recount.things import Alias, Document, Proposal, Release, Stop, digest, instant
from tests.recount.verdicts import seen_at


def status(story: Story, at: int) -> Answer:
    """``status``: the counts of it, and what waits or is overdue."""
    halted = [one.target.split("/")[1] for one in story.stops.values() if _halts_signer(one)]
    open_ = [one for one in story.proposals.values() if one.closed is None]
    verdicts = [seen_at(story, one, at).verdict for one in open_]
    refused = [line.position for line in story.lines if line.rule is not None]
    return {
        "size": story.position + 1,
        "policy": story.policies[-1][0].event["number"],
        "proposals": {one: verdicts.count(one) for one in sorted({*verdicts})},
        "aliases": len(story.aliases),
        "stopped": sorted({*halted}),
        "findings": sum(one not in story.acknowledged for one in refused),
        "reviews": _reviews(story, at),
        "drill": _drill(story, at),
    }


def _halts_signer(one: Stop) -> bool:
    return one.lifted is None and one.target.startswith("signer/")


def _reviews(story: Story, at: int) -> list[Answer]:
    """The reviews that are due some time, those of exceptions in force included."""
    waiting = []
    for one in story.reviews.values():
        due = due_of(story, one.subject)
        if one.closed is None and due is not None and one.proposal is not None:
            said = {"what": one.about, "alias": one.alias, "proposal": one.proposal.number}
            waiting.append({**said, "due": instant(due), "overdue": due <= at})
    return sorted(waiting, key=lambda one: str(one["due"]))


def _drill(story: Story, at: int) -> Answer | None:
    """The last drill, and when the next is due."""
    if not story.drills:
        return None
    last = story.drills[-1]
    due = last.at + story.policy["overrides"]["drill_every"]
    return {
        "target": last.event["target"],
        "by": last.by,
        "at": instant(last.at),
        "seconds": last.event["seconds"],
        "due": instant(due),
        "overdue": due <= at,
    }


def results(story: Story, at: int) -> Iterator[str]:
    """The aliases of whose release the result is asked for, or was missed."""
    for name in sorted(story.aliases):
        stable = story.aliases[name].stable
        found = None if stable is None else window(story, stable, at)
        over = stable is not None and stable.window is not None and stable.window <= at
        if found is not None and ((found["asked_for"] and over) or found["missing"]):
            yield name


def inventory(story: Story, at: int) -> Iterator[Answer]:
    """``model_inventory``: a row for each alias that runs something."""
    for name in sorted(story.aliases):
        one = story.aliases[name]
        if one.stable is not None:
            yield _inventory(story, one, one.stable, at)


def _inventory(story: Story, one: Alias, stable: Release, at: int) -> Answer:
    effect = stable.proposal.effect
    counted: list[Document] = [*stable.proposal.judged.counted.values()]
    measured = [document for document in counted if document.event["metrics"]]
    newest = max(measured, key=lambda document: document.first.at, default=None)
    ages = [one for one in counted if one.expires_at is not None]
    ending = min(ages, key=lambda document: document.expires_at or 0, default=None)
    passed = [
        act
        for act in story.observations.values()
        if act.event["proposal"] == stable.proposal.id and story.judgements[act.position][0]
    ]
    stops = story.stopped(f"alias/{one.name}")
    model, environment = one.name.split("/")
    debts = [owed_until(story, made) for made in story.releases.values() if _here(made, one)]
    valid = [exempt for exempt in story.exceptions.values() if exempt.release.alias == one.name]
    valid = [exempt for exempt in valid if exempt.ends > at]
    return {
        "alias": one.name,
        "model": model,
        "environment": environment,
        "model_digest": digests(stable.stack)["model"],
        "stack_digest": digest(stable.stack),
        "number": stable.proposal.number,
        "tier": stable.started.event["tier"],
        "owner": effect["owner"],
        "owner_active": story.active(effect["owner"]),
        "on_call": effect["on_call"],
        "rollback_owner": effect["rollback"]["owner"],
        "position": where(stable.completed),
        "validated_position": None if newest is None else newest.position,
        "observed_position": passed[-1].position if passed else None,
        "evidence_expires_at": instant(ending.expires_at) if ending and ending.expires_at else None,
        "exceptions": json.dumps(sorted(exempt.proposal.number for exempt in valid)),
        "owed_until": instant(min(debts)) if debts else None,
        "frozen_by": stops[0].set.by if stops else None,
    }


def _here(made: Release, one: Alias) -> bool:
    return made.alias == one.name and owes(made)


def timeline(story: Story) -> list[tuple[str, int, str, str, int | None]]:
    """``alias_timeline``: alias, position, author, kind and number of what happened to each."""
    rows = []
    for line in story.lines:
        if not line.admitted:
            continue
        for alias, number in _about(story, line.kind or "", line.event):
            rows.append((alias, line.position, line.by, line.kind or "", number))
    return sorted({*rows}, key=lambda row: (row[0], row[1]))


def _about(story: Story, kind: str, event: Any) -> Iterator[tuple[str, int | None]]:
    """The aliases that an entry is about, each with the proposal."""
    named: Proposal | None = story.proposals.get(event.get("proposal", event.get("exception", "")))
    review = story.reviews[event["subject"]] if kind == "review.closed" else None
    if review is not None and review.proposal is not None:
        named = review.proposal
    if named is not None and named.alias is not None:
        yield named.alias, named.number
    targets = [event.get("target", "")] if kind == "override.set" else []
    if review is not None and review.about == "override":
        targets = [review.opened.event["target"]]
    if kind == "override.lifted":
        targets = [story.stops[one].target for one in event["stops"]]
    for target in targets:
        if target.startswith("alias/"):
            yield target.removeprefix("alias/"), None if named is None else named.number


def diff(story: Story, old: Release, new: Release) -> Answer:
    """``alias diff``: two releases, and which components differ."""
    before, after = digests(old.stack), digests(new.stack)
    differing = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    return {
        "a": _side(story, old),
        "b": _side(story, new),
        "stack": [{"component": name} for name in differing],
    }


def _side(story: Story, one: Release) -> Answer:
    judged = one.proposal.judged
    policy = next(act for act, _ in story.policies if act.event["number"] == judged.policy)
    return {
        "proposal": one.proposal.number,
        "opened_position": one.proposal.opened.position,
        "started_position": one.started.position,
        "policy": judged.policy,
        "policy_position": policy.position,
        "tier": one.started.event["tier"],
        "review_digest": one.started.event["review"],
        "digest": digest(one.stack),
        "evidence": [
            {"type": document.type, "position": document.position}
            for document in judged.counted.values()
        ],
        "approvals": [
            {"signer": given.by, "role": given.role, "position": given.position}
            for given in judged.approvals
        ],
    }
