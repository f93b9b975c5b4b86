"""The story of a log: what each admitted entry does to everything else."""

from collections.abc import Collection, Iterator, Sequence

from tests.recount.deeds import DEEDS
from tests.recount.story import Line, Story
from tests.recount.things import Act, Proposal
from tests.recount.verdicts import look
from tests.recount.watching import time_passed

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


def told(lines: Sequence[Line]) -> Story:
    """The story of all *lines*."""
    (story,) = passing(lines, {lines[-1].position})
    return story


def passing(lines: Sequence[Line], stops: Collection[int]) -> Iterator[Story]:
    """One story of *lines*, shown after each of the positions in *stops*, in their order.

    It goes on from there: what is to be asked at a position is asked at once.
    """
    story = Story()
    for line in lines:
        story.lines.append(line)
        story.position = line.position
        if line.admitted:
            time_passed(story, line)
            _tell(story, line)
        story.time = line.judged_at
        if line.position in stops:
            yield story


def _tell(story: Story, line: Line) -> None:
    act = Act(line.position, line.judged_at, line.by, line.event)
    kind = line.kind or ""
    closing = story.proposals.get(act.event.get("proposal", "")) if kind in _CLOSING else None
    if closing is not None:
        look(story, closing, act.at, closing=True)
        closing.closed = act
    deed = DEEDS.get(kind)
    if deed is not None:
        deed(story, act)
    for one in _touched(story, kind, act):
        if one.closed is None:
            look(story, one, act.at)


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
