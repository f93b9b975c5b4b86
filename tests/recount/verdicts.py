"""What forbids a proposal whatever else is met, whether it has expired, and so its verdict."""

from collections.abc import Iterator
from typing import Final

from tests.recount.asking import digests, owed_until, owes, vetoes
from tests.recount.judging import Judgement, judge
from tests.recount.story import Story
from tests.recount.things import (
    Proposal,
    Release,
    seconds,
)

PASSING: Final = frozenset({"alias-frozen", "generation-halted", "exception-owing"})
"""What forbids a start as things are: of what is closed nobody asks any longer."""


def look(story: Story, proposal: Proposal, at: int, *, closing: bool = False) -> None:
    """Keep what is to be said of *proposal* at the time *at*, or for good as it is closed."""
    made = seen_at(story, proposal, at, closing=closing)
    proposal.lapsed = made.expired
    proposal.judged = made
    for one in proposal.approvals:
        one.counts = one in made.approvals
    for document in proposal.documents:
        document.counts = document in made.counted.values()


def seen_at(story: Story, proposal: Proposal, at: int, *, closing: bool = False) -> Judgement:
    """What is to be said of *proposal* at the time *at*, with its verdict."""
    made = judge(story, proposal, at)
    made.blocks = sorted(set(_blocks(story, proposal, made)) - (PASSING if closing else set()))
    made.expired = proposal.lapsed or _is_expired(story, proposal, made)
    if made.blocks:
        made.verdict = "blocked"
    elif made.expired:
        made.verdict = "expired"
    else:
        made.verdict = "ready" if made.complete else "open"
    return made


def _blocks(story: Story, proposal: Proposal, made: Judgement) -> Iterator[str]:
    effect = proposal.effect
    if vetoes(proposal):
        yield "rejected"
    if proposal.revisions[-1].event["base"] != base_of(story, proposal):
        yield "base-moved"
    if effect["effect"] == "release":
        yield from _release_blocks(story, proposal, made)
    if effect["effect"] == "exception" and seconds(effect["until"]) <= made.at:
        yield "already-over"


def base_of(story: Story, proposal: Proposal) -> int | None:
    """The position of the entry that last changed what *proposal* is about."""
    effect = proposal.effect
    match effect["effect"]:
        case "release":
            alias = story.aliases.get(effect["alias"])
            return None if alias is None else alias.changed
        case "policy":
            return story.policies[-1][0].position
        case "exception":
            of = story.proposals[effect["release"]]
            return (of.closed or of.revisions[-1]).position
        case "enrolment" | "roles" | "rotation":
            signer = story.signers.get(effect["signer"])
            return None if signer is None or signer.accepted is None else signer.named.position
        case _:
            return None


def _release_blocks(story: Story, proposal: Proposal, made: Judgement) -> Iterator[str]:
    name = proposal.effect["alias"]
    alias = story.aliases.get(name)
    if alias is not None and alias.candidate is not None:
        yield "candidate-running"
    if story.stopped(f"alias/{name}"):
        yield "alias-frozen"
    bred = any(story.signers[one].kind == "service" for one in proposal.hands)
    if bred and story.stopped("generation"):
        yield "generation-halted"
    asked = any(need.quorums for need in made.needs)
    if not asked and proposal.policy != made.policy:
        yield "policy-moved"
    if not _came_through(story, proposal):
        yield "environment-before"
    mine = [] if alias is None else [*alias.pile, *filter(None, [alias.candidate])]
    if any(_owes_too_long(story, one, made.at) for one in mine):
        yield "exception-owing"


def _came_through(story: Story, proposal: Proposal) -> bool:
    """Whether the same stack was completed in the environment before, and not taken back."""
    model, environment = proposal.effect["alias"].split("/")
    order = story.policy["environments"]["order"]
    if environment == order[0]:
        return True
    before = story.aliases.get(f"{model}/{order[order.index(environment) - 1]}")
    stack = proposal.effect["stack"]
    done = [] if before is None else [run.release for run in before.history]
    return any(one.back is None and digests(one.stack) == digests(stack) for one in done)


def _owes_too_long(story: Story, release: Release, at: int) -> bool:
    return owes(release) and owed_until(story, release) <= at


def _is_expired(story: Story, proposal: Proposal, made: Judgement) -> bool:
    """Whether *proposal* became ready too late, or was ready for too long."""
    rules, revised = story.policy["consent"], proposal.revisions[-1].at
    asked = any(need.quorums for need in made.needs)
    if proposal.effect["effect"] != "release" or not asked:
        return False
    ready = made.ready_at
    if (made.at if ready is None else ready) >= revised + rules["approve_within"]:
        return True
    return ready is not None and made.at >= ready + rules["use_within"]
