"""Who is asked for an approval: the inbox of everybody."""


from tests.recount.story import Proposal, Story, covers, seconds

CLOSED_TO_APPROVAL = ("base-moved", "policy-moved")


def waiting(story: Story, proposal: Proposal, at: int) -> list[tuple[str, str]]:
    """The roles of which an approval of *proposal* is missing, each with a person who could."""
    judged = proposal.judged
    if proposal.closed is not None or judged.verdict in ("expired", "closed"):
        return []
    if set(judged.blocks) & {*CLOSED_TO_APPROVAL}:
        return []
    given = {one.by for one in judged.approvals}
    asked = {role for need in judged.needs for role in need.lacking}
    return sorted(
        (role, person)
        for role in asked
        for person in holders(story, role, proposal.alias, at)
        if person not in judged.parties | given and not story.stopped(f"signer/{person}")
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
