"""What waits for one signer in releases: to go on, to be observed, to be reviewed.

Whether somebody may is asked of the verbs themselves.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from cli.moment import Moment
from cli.release_looking import awaited, completed_option
from cli.reviewed import reviews_in
from ledger.decide import release, review, watching
from ledger.decide.context import Standing
from ledger.decide.release_states import Release
from ledger.decide.roles import is_stopped
from ledger.decide.signer_states import SignerState
from ledger.decide.stage import soaked_at, stage_of
from ledger.decide.windows import result_of, window_end
from ledger.errors import AssentError
from ledger.model.terms import format_instant

SOMETHING: Final = "-"
"""What stands for a text that a verb asks for and nobody has written yet."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that waits: what for, of which release, since when it could be done, and how."""

    purpose: str
    alias: str
    number: int
    proposal: str
    since: str | None
    what: str
    command: str

    def body(self) -> dict[str, object]:
        """It as ``waiting/1``."""
        return {
            "schema": "waiting/1",
            "for": self.purpose,
            "proposal": self.number,
            "proposal_id": self.proposal,
            "alias": self.alias,
            "since": self.since,
            "summary": self.what,
        }


def duties_of(then: Moment, by: SignerState) -> list[Duty]:
    """What *by* could do *then* about releases, and somebody has to."""
    if is_stopped(then.standing, by.id) or by.signing_key is None:
        return []
    return [*_under_way(then, by), *_windows(then, by), *_reviews(then, by)]


def _under_way(then: Moment, by: SignerState) -> Iterator[Duty]:
    """The candidates that *by* could bring on, or observe now that their soak is over."""
    from projections.aliases import alias_list  # noqa: PLC0415 - a heavy import

    standing = then.standing
    with then.views.reading() as connection:
        names = [str(row.alias) for row in alias_list(connection) if row.candidate_proposal]
    for alias in names:
        candidate = standing.alias(alias).candidate
        if candidate is None:
            continue
        verb = _onward(standing, by, then.at, alias)
        if verb is not None:
            what = f"the stage {candidate.stage} is passed"
            how = f"assent release {verb} {alias}"
            yield Duty("release", alias, candidate.number, candidate.proposal, None, what, how)
        elif _is_unobserved(then, alias, candidate) and _observes(then, by, alias, candidate):
            since = format_instant(soaked_at(standing, alias, candidate))
            what = f"the stage {candidate.stage} waits to be observed"
            number, id_ = candidate.number, candidate.proposal
            yield Duty("observation", alias, number, id_, since, what, _observe(alias))


def _windows(then: Moment, by: SignerState) -> Iterator[Duty]:
    """The completed releases whose window is over, and whose result *by* could report."""
    standing = then.standing
    for one in standing.windows().windows:
        found = standing.alias(one.alias).running(one.proposal)
        end = None if found is None else window_end(standing, found)
        if found is None or end is None or then.at < end:
            continue
        if result_of(standing, one.alias, found) or not _observes(then, by, one.alias, found):
            continue
        yield Duty(
            purpose="observation",
            alias=one.alias,
            number=found.number,
            proposal=found.proposal,
            since=format_instant(end),
            what="its window has ended, and it was not observed since",
            command=_observe(one.alias) + completed_option(standing, one.alias),
        )


def _reviews(then: Moment, by: SignerState) -> Iterator[Duty]:
    """The open reviews that *by* could close."""
    for one in reviews_in(then):
        if one.is_open and _may(
            lambda: review.close(
                then.standing,
                by=by,
                at=then.at,
                subject=one.subject,  # noqa: B023 - asked at once
                cause=SOMETHING,
                changes=(),
                tests=(),
                summary=None,
                why=None,
            )
        ):
            state = then.standing.review(one.subject)
            was = "it was rolled back" if one.what == "rollback" else "it was an exception"
            yield Duty(
                purpose="review",
                alias=one.alias or "-",
                number=one.number or 0,
                proposal=(None if state is None else state.proposal) or "",
                since=one.at,
                what=f"{was}, and its review is {one.words()}",
                command=f"assent review close {one.named} FILE",
            )


def _observe(alias: str) -> str:
    return f"assent release observe {alias} FILE"


def _is_unobserved(then: Moment, alias: str, candidate: Release) -> bool:
    """Whether *candidate* has soaked, and waits for an observation and nothing else."""
    waits = awaited(then.standing, alias, candidate, then.at)
    if waits.state != "waits for" or waits.todo is not None:
        return False
    watched = stage_of(then.standing, alias, candidate).is_watched
    return watched and then.at >= soaked_at(then.standing, alias, candidate)


def _onward(standing: Standing, by: SignerState, at: int, alias: str) -> str | None:
    """The verb by which *by* could bring the candidate of *alias* on."""
    if _may(lambda: release.advance(standing, by=by, at=at, alias=alias)):
        return "advance"
    if _may(lambda: release.complete(standing, by=by, at=at, alias=alias)):
        return "complete"
    return None


def _observes(then: Moment, by: SignerState, alias: str, found: Release) -> bool:
    """Whether *by* could report on *found*; bad news need not be complete."""
    now = format_instant(then.at)
    return _may(
        lambda: watching.observe(
            then.standing,
            by=by,
            at=then.at,
            alias=alias,
            proposal=found.proposal,
            start=now,
            until=now,
            source=SOMETHING,
            metrics=(),
            incident=SOMETHING,
            summary=None,
            why=None,
        )
    )


def _may(act: Callable[[], object]) -> bool:
    try:
        act()
    except AssentError:
        return False
    return True
