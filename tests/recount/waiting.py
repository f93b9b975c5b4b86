"""Who is asked for an approval: the inbox of everybody."""

from collections.abc import Iterator

from tests.recount.asking import owes
from tests.recount.judging import Judgement, owing_roles, still_given
from tests.recount.measures import due_of
from tests.recount.story import Story, covers
from tests.recount.things import (
    Proposal,
    Review,
    seconds,
)
from tests.recount.verdicts import seen_at

IN_VAIN = frozenset({"base-moved", "policy-moved"})
"""What only a revision mends: no approval outlives it."""


def waiting(story: Story, proposal: Proposal, at: int) -> list[tuple[str, str]]:
    """The roles of which an approval of *proposal* is missing, each with a person who could."""
    judged: Judgement = proposal.judged
    given = judged.approvals
    if proposal.closed is None:
        judged = seen_at(story, proposal, at)
        given = judged.approvals
        over = judged.verdict == "expired" or IN_VAIN & {*judged.blocks}
        asked = {role for need in judged.needs for role in need.lacking if not over}
    else:
        release = story.releases.get(proposal.id)
        if release is None or not owes(release):
            return []
        given = still_given(proposal)
        asked = owing_roles(judged, given)
    counted = {one.by for one in given}
    return sorted(
        (role, person)
        for role in asked
        for person in holders(story, role, proposal.alias, at) - counted
        if person not in judged.parties and not story.stopped(f"signer/{person}")
    )


def holders(story: Story, role: str, alias: str | None, at: int) -> set[str]:
    """The persons who hold *role* on *alias* at the time *at*, or were lent it."""
    if role == "root":
        return {name for name in story.roots if story.signers[name].accepted is not None}
    own = {name for name in story.signers if _holds(story, name, role, alias, at)}
    lent = {
        act.event["to"]
        for name in own
        for act in story.signers[name].lent
        if role in act.event["roles"]
        and covers(act.event["aliases"], alias)
        and seconds(act.event["until"]) > at
        and not story.stopped(f"signer/{name}")
    }
    return {name for name in own | lent if story.active(name)}


def _holds(story: Story, name: str, role: str, alias: str | None, at: int) -> bool:
    return any(
        one.role == role and covers(one.aliases, alias) and (one.until is None or one.until > at)
        for one in story.signers[name].held
    )


def reviews_for(story: Story, name: str, at: int) -> Iterator[Review]:
    """The open reviews that are due some time, and that *name* may close."""
    known = roles_of(story, name, at) or name in story.roots
    if not known or not story.active(name):
        return
    for one in story.reviews.values():
        exempt = story.exceptions.get(one.subject)
        over = exempt is None or exempt.ends <= at
        dated = due_of(story, one.subject) is not None
        if one.closed is None and dated and over and name not in _whose(story, one):
            yield one


def roles_of(story: Story, name: str, at: int) -> set[str]:
    """The roles that *name* holds anywhere at the time *at*, their own and those lent to them."""
    own = {one.role for one in story.signers[name].held if (one.until or at + 1) > at}
    lent = {
        role
        for lender in story.signers.values()
        for act in lender.lent
        if act.event["to"] == name and seconds(act.event["until"]) > at
        if not story.stopped(f"signer/{lender.id}")
        for role in act.event["roles"]
    }
    return own | lent


def _whose(story: Story, one: Review) -> set[str]:
    """Whose doing it was that *one* is about."""
    exempt = story.exceptions.get(one.subject)
    if exempt is None:
        by = story.signers[one.opened.by]
        return {by.id, *([by.accountable] if by.accountable else [])}
    asked: Judgement = exempt.proposal.judged
    released: Judgement = exempt.release.judged
    return asked.parties | {given.by for given in asked.approvals} | released.parties
