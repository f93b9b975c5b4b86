"""Steps of a random history about releases: their stages, what is seen of them, their ends.

As the steps about signers: each makes what it likes of two numbers, and what the rules
forbid is left out.
"""

from contextlib import suppress

from ledger.decide import rollback
from ledger.decide.review import is_closed
from ledger.errors import AssentError
from ledger.model.events import ObservationRecorded, ReleaseRolledBack
from ledger.model.terms import format_instant
from tests.organisation import Organisation, metric
from tests.projections.roster_steps import Step, anybody
from tests.projections.rulebooks import SOAK

ALIASES = ("fraud/staging", "fraud/production", "credit/production")
RATES = ("0.01", "0.02", "0.01", "0.06", "0.09", None)
"""Within all bounds, past the stage's, past the trigger's, and not reported at all."""

WATCHERS = ("erin", "breeder", "rita")
STAGES = 5
"""More steps than any release has stages."""


def arrive(org: Organisation, alias: str) -> None:
    """What is under way to *alias* passes its stages and is completed, if it may."""
    for _ in range(STAGES):
        candidate = org.standing.alias(alias).candidate
        if candidate is None or anybody(org, lambda name: org.complete(name, alias), ("omar",)):
            return
        if not anybody(org, lambda name: org.advance(name, alias), ("omar",)):
            org.now += SOAK
            see(org, alias, RATES[0])
            anybody(org, lambda name: org.advance(name, alias), ("omar",))


def see(org: Organisation, alias: str, rate: str | None, incident: str | None = None) -> bool:
    """Somebody reports a rate of what is under way to *alias*, or of what it runs."""
    metrics = () if rate is None else (metric(rate, name="retry_rate"),)
    return anybody(
        org, lambda name: org.observe(name, alias, *metrics, incident=incident), WATCHERS
    )


def observe(org: Organisation, one: int, two: int) -> None:
    """Good news or bad, of a release that is under way or completed."""
    alias = ALIASES[one % 3]
    org.now += (one + two) * 300
    stable = org.standing.alias(alias).stable
    incident = "INC-7" if two % 9 == 0 else None
    if one % 4 or stable is None:
        see(org, alias, RATES[two % len(RATES)], incident)
    else:
        of, rate = stable.proposal, metric(RATES[two % 5] or "0", name="retry_rate")
        anybody(org, lambda name: org.observe(name, alias, rate, of=of), WATCHERS)


def go_on(org: Organisation, one: int, two: int) -> None:
    """A release comes a stage on, or as far as it can."""
    alias = ALIASES[one % 3]
    if two % 3 == 0:
        arrive(org, alias)
    else:
        org.now += SOAK
        see(org, alias, RATES[0])
        anybody(org, lambda name: org.advance(name, alias), ("pilot", "omar"))


def take_back(org: Organisation, one: int, two: int) -> None:
    """A release is rolled back, by a person or by a service that saw a breach."""
    alias, new = ALIASES[one % 3], org.new_id()
    known = org.standing.alias(alias)
    found = known.candidate or known.stable
    if found is None:
        return
    if two % 2:
        see(org, alias, RATES[4])
    seen = [
        judged.position
        for judged in org.judged
        if judged.admitted
        and judged.entry is not None
        and isinstance(judged.entry.event, ObservationRecorded)
        and judged.entry.event.proposal == found.proposal
    ]
    cited = seen[-1] if seen and two % 3 else None
    since = format_instant(org.now - two * 30) if two % 5 == 0 else None

    def act(name: str) -> None:
        org.act(
            name,
            lambda s, by, at: rollback.roll_back(
                s,
                by=by,
                at=at,
                alias=alias,
                proposal=found.proposal,
                rollback=new,
                trigger="conversion fell",
                incident="INC-8" if two % 4 == 0 else None,
                observation=cited,
                since=since,
            ),
        )

    anybody(org, act, ("breeder",) if two % 2 else ("omar",))


def look_back(org: Organisation, one: int, two: int) -> None:
    """Somebody closes a review, or somebody forges the end of one."""
    subjects = [
        judged.entry.event.rollback
        for judged in org.judged
        if judged.admitted
        and judged.entry is not None
        and isinstance(judged.entry.event, ReleaseRolledBack)
    ]
    left = [
        id_
        for id_ in subjects
        if (review := org.standing.review(id_)) is not None and not is_closed(org.standing, review)
    ]
    if left:
        subject = left[one % len(left)]
        first = ("alice", "erin", "rita", "dana")[two % 4]
        anybody(org, lambda name: org.close_review(name, subject), (first,))


def usurp(org: Organisation, one: int, two: int) -> None:
    """A rollback by somebody who may not, properly signed; perhaps of nothing."""
    alias = ALIASES[one % 3]
    stable = org.standing.alias(alias).stable
    with suppress(AssentError):
        org.force(
            ("alice", "frank", "breeder")[two % 3],
            ReleaseRolledBack(
                alias=alias,
                proposal=org.new_id() if stable is None else stable.proposal,
                target=None,
                candidate=None,
                rollback=org.new_id(),
                trigger="envy",
                incident=None,
                observation=None,
                since=None,
            ),
        )


STEPS: tuple[Step, ...] = (
    *(observe, observe, go_on, go_on, go_on),
    *(take_back, take_back, look_back, look_back, usurp),
)
