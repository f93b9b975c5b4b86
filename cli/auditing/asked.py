"""What an auditor asks about: what an alias runs, by which proposal, and since when."""

from dataclasses import dataclass

from cli.asked import alias_named
from cli.moment import Moment
from cli.release_json import running_since
from ledger.decide.release_states import Release
from ledger.decide.states import ProposalState
from ledger.errors import Refused
from ledger.model.terms import format_instant


@dataclass(frozen=True, slots=True)
class Running:
    """What an alias runs: the release, its proposal, and the entry since which it does.

    ``again`` says that a rollback brought it back there; ``candidate`` is the number of what is
    under way on top of it.
    """

    alias: str
    state: ProposalState
    release: Release
    since: str
    position: int
    again: bool
    candidate: int | None

    def words(self) -> str:
        """Since when it runs, in words."""
        again = "again " if self.again else ""
        return f"{again}since {self.since}, position {self.position}"

    def body(self) -> dict[str, object]:
        """The same for programs."""
        return {
            "since": self.since,
            "position": self.position,
            "again": self.again,
            "candidate": self.candidate,
        }


def running(then: Moment, alias: str) -> Running:
    """What *alias* runs. Raises :class:`Refused` (``nothing-runs``) where that is nothing."""
    state = alias_named(then.standing, alias)
    stable = state.stable
    proposal = None if stable is None else then.standing.proposal(stable.proposal)
    if stable is None or proposal is None:
        raise Refused(
            "nothing-runs",
            f"{alias} runs nothing",
            hint=f"assent alias history {alias} lists what it ran; assent audit dossier N is"
            " about any proposal",
        )
    began = running_since(state, then)
    return Running(
        alias=alias,
        state=proposal,
        release=stable,
        since=began.at or format_instant(stable.completed_at or stable.started_at),
        position=stable.started_position if began.position is None else began.position,
        again=began.again,
        candidate=None if state.candidate is None else state.candidate.number,
    )


def as_of_json(then: Moment) -> dict[str, object]:
    """The moment of an answer."""
    return {"position": then.position, "at": format_instant(then.at)}


def as_of_words(then: Moment) -> str:
    """The moment of an answer, in words."""
    return f"as of {format_instant(then.at)}, position {then.position}"
