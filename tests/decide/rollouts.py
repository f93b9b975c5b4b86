"""The course of releases under STAGED: consented to, started, observed, released."""

from collections.abc import Mapping, Sequence

from ledger.decide import rollback, watching
from ledger.decide.judgement import Judged
from ledger.decide.release_states import Release
from ledger.model.events import Metric
from ledger.model.terms import format_instant
from tests.organisation import Organisation, change, metric, stack
from tests.policies import STAGED, STAGED_PEOPLE, STAGED_SERVICES, numbered

DAY = 86_400
STAGING, PRODUCTION = "fraud/staging", "fraud/production"
ROOT_VOTES = (("alice", "root"), ("bob", "root"))

GOOD = (metric("0.01", name="retry_rate"),)
"""What passes each stage of STAGED."""

BAD = (metric("0.06", name="retry_rate"),)
"""What does not pass the stage guarded, and breaches no trigger."""

BREACH = (metric("0.09", name="retry_rate"),)
"""What breaches a trigger."""


def rollout(
    *blocks: str,
    text: str = STAGED,
    people: Mapping[str, Sequence[str]] | None = None,
    services: Mapping[str, tuple[str, Sequence[str]]] | None = None,
) -> Organisation:
    """An organisation under STAGED with *blocks*; *people* and *services* change its roster."""
    return Organisation(
        policy=numbered(1, *blocks, text=text),
        people={**STAGED_PEOPLE, **(people or {})},
        services={**STAGED_SERVICES, **(services or {})},
    )


def in_staging(
    org: Organisation, model: str = "m1", dataset: str = "d1", *, auc: str = "0.95"
) -> str:
    """Complete the stack with *model* in the automatic environment; its proposal there."""
    of = org.open("frank", change(stack(model=model, dataset=dataset), alias=STAGING))
    org.attach("erin", of, auc=auc)
    org.start("deployer", of)
    org.complete("deployer", STAGING)
    return of


def consented(
    org: Organisation,
    model: str = "m1",
    *,
    auc: str = "0.95",
    declares: Mapping[str, bool] | None = None,
) -> str:
    """A release to production to which only the start is missing; its proposal."""
    in_staging(org, model, auc=auc)
    of = org.open("frank", change(stack(model=model), declares=declares))
    org.attach("erin", of, auc=auc)
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")
    return of


def started(
    org: Organisation,
    model: str = "m1",
    *,
    by: str = "omar",
    auc: str = "0.95",
    declares: Mapping[str, bool] | None = None,
) -> str:
    """A release to production in its first stage; its proposal."""
    of = consented(org, model, auc=auc, declares=declares)
    org.start(by, of)
    return of


def soaked(org: Organisation, by: str = "watchdog", *metrics: Metric) -> Judged:
    """A day later somebody observes what is under way to production."""
    org.now += DAY
    return org.observe(by, PRODUCTION, *(metrics or GOOD))


def guarded(org: Organisation, model: str = "m1") -> str:
    """A release to production in its second stage, which asks for a metric; its proposal."""
    of = started(org, model)
    soaked(org)
    org.advance("omar")
    return of


def released(org: Organisation, model: str = "m1", *, auc: str = "0.95") -> str:
    """A release to production through all its stages; its proposal."""
    of = started(org, model, auc=auc)
    for _ in range(2):
        soaked(org)
        org.advance("omar")
    org.complete("omar")
    return of


def candidate(org: Organisation, alias: str = PRODUCTION) -> Release:
    """What is under way to *alias*."""
    found = org.standing.alias(alias).candidate
    assert found is not None
    return found


def stable(org: Organisation, alias: str = PRODUCTION) -> Release:
    """What *alias* runs."""
    found = org.standing.alias(alias).stable
    assert found is not None
    return found


def report(
    org: Organisation,
    name: str,
    *metrics: Metric,
    until: int,
    start: int | None = None,
    incident: str | None = None,
    alias: str = PRODUCTION,
    of: str | None = None,
) -> Judged:
    """Observe as *name*, from a minute before *until* or *start*, in seconds since 1970."""
    known = org.standing.alias(alias)
    found = known.candidate or known.stable
    proposal = of or ("" if found is None else found.proposal)
    return org.act(
        name,
        lambda s, by, at: watching.observe(
            s,
            by=by,
            at=at,
            alias=alias,
            proposal=proposal,
            start=format_instant(until - 60 if start is None else start),
            until=format_instant(until),
            source="dashboard",
            metrics=metrics,
            incident=incident,
            summary=None,
            why=None,
        ),
    )


def take_back(
    org: Organisation,
    name: str,
    of: str,
    *,
    alias: str = PRODUCTION,
    rollback_id: str | None = None,
    since: int | None = None,
) -> Judged:
    """Roll the release *of* back as *name*, with everything said that may be."""
    new = org.new_id() if rollback_id is None else rollback_id
    return org.act(
        name,
        lambda s, by, at: rollback.roll_back(
            s,
            by=by,
            at=at,
            alias=alias,
            proposal=of,
            rollback=new,
            trigger="conversion fell",
            incident="INC-1",
            observation=None,
            since=None if since is None else format_instant(since),
        ),
    )
