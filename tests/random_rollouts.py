"""Random stages and rollbacks of policies, and what random people do with a release."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from hypothesis import strategies as st

from ledger.decide.judgement import Judged
from ledger.decide.stage import stage_of
from ledger.model.events import (
    Event,
    ExceptionGranted,
    Metric,
    ObservationRecorded,
    OverrideSet,
    ReleaseAdvanced,
    ReleaseCompleted,
    ReleaseRolledBack,
    ReleaseStarted,
)
from ledger.model.terms import format_instant
from ledger.policy.assessment import Assessment
from ledger.policy.stages import stages_of
from tests.organisation import Organisation, metric

Act = Callable[[str], Judged]
"""Something that a signer of that name tries."""

Block = dict[str, Any]

HOUR: Final = 3_600
SOAKS: Final = ("1h", "24h")
_CHECKS: Final = (
    {"errors": {"max": "0.05"}},
    {"errors": {"max": "0.05"}, "auc": {"better": "higher", "max_drop": "0.05"}},
)
_SEGMENTS: Final = {"recall": {"names": ["app", "web"], "min": "0.80"}}
_TRIGGERS: Final = (
    {"incident": True},
    {"errors": {"max": "0.08"}},
    {"incident": True, "errors": {"max": "0.08"}, "segments": {"recall": {"max_drop": "0.05"}}},
)
_UPPER: Final = (["medium", "high"], ["high"], ["low", "medium", "high"])


def rollouts(roles: Sequence[str], bots: Sequence[str]) -> st.SearchStrategy[Mapping[str, Any]]:
    """The blocks of a rollout: as a rule stages, and a rollback."""
    names = st.lists(st.sampled_from((*roles, *bots)), min_size=1, max_size=4, unique=True)
    services = st.lists(st.sampled_from(tuple(bots)), min_size=1, max_size=2, unique=True)
    rollback = st.fixed_dictionaries(
        {
            "by": st.lists(st.sampled_from(tuple(roles)), min_size=1, max_size=3, unique=True),
            "triggers": st.sampled_from(_TRIGGERS),
        },
        optional={
            "services": services,
            "within": st.just("10m"),
            "review_within": st.just("48h"),
        },
    )
    blocks = {"stage": _stages(names), "rollback": rollback}
    often = st.fixed_dictionaries(blocks)
    return st.one_of(often, often.map(dict), st.fixed_dictionaries({}, optional=blocks))


def _stages(names: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[Block]]:
    """One to three: those before the last are watched, and some are for upper tiers only."""
    watched = st.fixed_dictionaries(
        {"tiers": st.sampled_from(_UPPER), "soak": st.sampled_from(SOAKS), "observed_by": names},
        optional={"metrics": st.sampled_from(_CHECKS), "segments": st.just(_SEGMENTS)},
    )
    checked = st.fixed_dictionaries(
        {"tiers": st.sampled_from(_UPPER), "metrics": st.sampled_from(_CHECKS)},
        optional={"share": st.just("0.05")},
    )
    last = st.fixed_dictionaries(
        {},
        optional={
            "observe": st.just({"low": "1h", "medium": "24h", "high": "168h"}),
            "soak": st.sampled_from(SOAKS),
            "observed_by": names,
        },
    )
    return st.builds(
        lambda *parts: [
            {"id": name, **one}
            for name, one in zip(("shadow", "guarded", "general"), parts, strict=True)
            if one is not None
        ],
        st.one_of(watched, watched.map(dict), st.none()),
        st.one_of(checked, watched, st.none()),
        last,
    )


def metrics(errors: str, recall: str = "0.95") -> tuple[Metric, ...]:
    """All numbers that any stage asks for, good ones but for those given."""
    segments = (metric(recall, name="recall", segment=name) for name in ("app", "web"))
    return metric("0.95"), metric(errors, name="errors"), *segments


REPORTS: Final[tuple[tuple[tuple[Metric, ...], str | None], ...]] = (
    *[(metrics("0.01"), None)] * 3,
    (metrics("0.06"), None),
    (metrics("0.2"), None),
    (metrics("0.01", "0.5"), None),
    (metrics("0.01"), "INC-4711"),
    ((), None),
)
"""Metrics and incidents: good, out of bounds, past a trigger, too low in segments, incomplete."""


def observing(org: Organisation, alias: str, number: int) -> Act:
    """An observation of what is under way to *alias*, or of what it runs."""
    found, incident = REPORTS[number % len(REPORTS)]
    return lambda name: org.observe(name, alias, *found, incident=incident)


def advancing(org: Organisation, alias: str) -> Act:
    """The next stage of what is under way to *alias*."""
    return lambda name: org.advance(name, alias)


def completing(org: Organisation, alias: str) -> Act:
    """The completion of what is under way to *alias*."""
    return lambda name: org.complete(name, alias)


def starts(org: Organisation, of: str) -> Act:
    """The start of the release of a proposal, as its verb makes it."""
    return lambda name: org.start(name, of)


def rolling_back(org: Organisation, alias: str, number: int) -> Act:
    """A rollback on *alias*: now and then, and always by a service, for the newest observation."""
    seen = [
        one.position
        for one in org.judged
        if one.admitted
        and one.entry is not None
        and isinstance(one.entry.event, ObservationRecorded)
        and one.entry.event.alias == alias
    ]
    newest = seen[-1] if seen else None

    def act(name: str) -> Judged:
        cites = number % 4 == 3 or org.signer(name).kind == "service"
        org.roll_back(name, alias, observation=newest if cites else None)
        return org.judged[-1]

    return act


def reviewing(org: Organisation, number: int) -> Act | None:
    """The review of one of the rollbacks, exceptions and stops so far; ``None`` without any."""
    events = [one.entry.event for one in org.judged if one.admitted and one.entry is not None]
    known = [one.rollback for one in events if isinstance(one, ReleaseRolledBack)]
    known += [one.proposal for one in events if isinstance(one, ExceptionGranted)]
    known += [one.override for one in events if isinstance(one, OverrideSet)][:2]
    if not known:
        return None
    return lambda name: org.close_review(name, known[number % len(known)])


def starting(org: Organisation, of: str, found: Assessment) -> ReleaseStarted:
    """The start of a release as the rules would make it of the assessment *found*."""
    effect = org.change(of)
    stages = stages_of(org.standing.policy(), effect.alias, found.tier)
    return ReleaseStarted(
        alias=effect.alias,
        proposal=of,
        revision=found.binding.revision,
        policy=found.policy,
        review=found.review_digest,
        tier=found.tier,
        stage=stages[0].id,
        stack=effect.stack,
        metrics=found.metrics,
        exceptions=tuple(
            sorted({one.waived_by.exception for one in found.waived if one.waived_by is not None})
        ),
    )


def steps_of(org: Organisation, alias: str, observation: int | None = None) -> Iterator[Event]:
    """The observation, the advances and the completion that would bring a candidate there.

    They cite *observation*, the last entry, or none.
    """
    candidate = org.standing.alias(alias).candidate
    if candidate is None:
        return
    of, review, now = candidate.proposal, candidate.review, format_instant(org.now)
    yield ObservationRecorded(
        alias=alias,
        proposal=of,
        stage=candidate.stage,
        start=now,
        until=now,
        source="nowhere",
        metrics=metrics("0.01"),
        incident=None,
        summary=None,
        why=None,
    )
    for seen in (observation, org.standing.head.size - 1, None):
        for stage in ("shadow", "guarded", "general"):
            yield ReleaseAdvanced(
                alias=alias, proposal=of, review=review, stage=stage, observation=seen
            )
        yield ReleaseCompleted(alias=alias, proposal=of, review=review, observation=seen)


def soak(org: Organisation, alias: str) -> bool:
    """Wait for the soak of the stage that *alias* is in to be over; whether it is watched."""
    candidate = org.standing.alias(alias).candidate
    if candidate is None:
        return False
    stage = stage_of(org.standing, alias, candidate)
    org.now = max(org.now, candidate.stage_at + (stage.soak or 0))
    return stage.is_watched
