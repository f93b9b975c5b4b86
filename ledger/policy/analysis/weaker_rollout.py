"""What one policy loosens of another's stages and rollback, tier by tier, in every case at once.

Stages are held against those of the same id. What may be worse and may be better, such as
another service that rolls back, is said all the same: people decide what they meant.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ledger.model.names import TIERS, Tier
from ledger.model.terms import SCALE, format_decimal, format_duration, parse_decimal
from ledger.policy.bounded import MetricCheck, SegmentTrigger
from ledger.policy.document import Policy
from ledger.policy.rollout import Rollback, Stage, Triggers
from ledger.policy.stages import GENERAL, observers_of

Loosened = tuple[str, str, str, str]
"""A code, what it is about, what A asks, and what B does."""

_BOUNDS: Final = ("min", "max", "max_drop", "max_rise", "max_drop_ratio", "max_rise_ratio")

_NONE: Final = "nothing"


def rollout_loosened(a: Policy, b: Policy) -> Iterator[Loosened]:
    """Everything of stages and rollback that *b* loosens against *a*."""
    if a.stages:
        yield from _environments(a, b)
        yield from _stages(a, b)
    yield from _takers(a, b)
    yield from _clocks(a.rollback, b.rollback)
    yield from _triggers(_triggers_of(a), _triggers_of(b))


def _environments(a: Policy, b: Policy) -> Iterator[Loosened]:
    """Environments in which releases passed stages, and pass none now."""
    if b.environments is None or not b.stages:
        return
    order = b.environments.order
    was = order if a.environments is None else a.environments.order[-1:]
    for name in was:
        if name in order[:-1]:
            yield "stage", f"stages in environment {name}", "to be passed", f"only in {order[-1]}"


def _stages(a: Policy, b: Policy) -> Iterator[Loosened]:
    """What single tiers lose, with all tiers that lose the same."""
    found: dict[Loosened, list[Tier]] = {}
    for tier in _reached(a):
        mine, theirs = _Way(a, _passed(a, tier), tier), _Way(b, _passed(b, tier), tier)
        for one in (*_gone(mine, theirs), *_looser(mine, theirs), *_watched(mine, theirs)):
            found.setdefault(one, []).append(tier)
    for (code, what, before, after), tiers in found.items():
        where = "every tier" if len(tiers) == len(TIERS) else f"tier {' and '.join(tiers)}"
        yield code, f"{what} at {where}", before, after


def _reached(policy: Policy) -> tuple[Tier, ...]:
    """The tiers that a release may have: the declared risk and a first release raise it."""
    lowest = min((TIERS.index(rule.tier) for rule in policy.tiers), default=len(TIERS) - 1)
    return TIERS[lowest:]


def _passed(policy: Policy, tier: Tier) -> tuple[Stage, ...]:
    return tuple(stage for stage in policy.stages or (GENERAL,) if tier in stage.tiers)


@dataclass(frozen=True, slots=True)
class _Way:
    """The stages that a release of ``tier`` passes under ``policy``."""

    policy: Policy
    stages: tuple[Stage, ...]
    tier: Tier

    def place(self, id_: str) -> int | None:
        """Where the stage *id_* stands, if it is passed."""
        ids = [stage.id for stage in self.stages]
        return ids.index(id_) if id_ in ids else None

    def traffic(self, place: int) -> int:
        """The most traffic before the stage at *place* is passed, in units of 10⁻¹²."""
        shares = [parse_decimal(one.share or "0") for one in self.stages[: place + 1]]
        whole = place == len(self.stages) - 1 and self.stages[place].share is None
        return SCALE if whole else max(shares)

    @property
    def window(self) -> tuple[Stage, int] | None:
        """The stage whose window opens on completion, and how long that is."""
        windows = ((stage, one) for stage in self.stages for one in stage.observe)
        return next(((s, one.seconds) for s, one in windows if one.tier == self.tier), None)


def _gone(mine: _Way, theirs: _Way) -> Iterator[Loosened]:
    """Stages that are not passed any more, or in another order."""
    fewer = len(theirs.stages) < len(mine.stages)
    for stage in mine.stages:
        says = stage.is_watched or stage.share is not None
        if theirs.place(stage.id) is None and (says or fewer):
            yield "stage", f"stage {stage.id}", "to be passed", "no such stage"
    known = [one.id for one in mine.stages if theirs.place(one.id) is not None]
    now = [one.id for one in theirs.stages if one.id in known]
    if known != now:
        yield "stage-order", "order of stages", ", ".join(known), ", ".join(now)


def _looser(mine: _Way, theirs: _Way) -> Iterator[Loosened]:
    """What the stages that both pass ask less for."""
    for i, stage in enumerate(mine.stages):
        place = theirs.place(stage.id)
        if place is None:
            continue
        now = theirs.stages[place]
        before, after = mine.traffic(i), theirs.traffic(place)
        if after > before:
            what = f"traffic until stage {stage.id} is passed"
            yield "share", what, _traffic(before), _traffic(after)
        yield from _shorter("soak", f"soak of stage {stage.id}", stage.soak, now.soak)
        where = f"in stage {stage.id}"
        yield from _metrics("stage-check", where, stage.metrics, now.metrics)
        yield from _segments("stage-check", where, stage.segments, now.segments)


def _traffic(units: int) -> str:
    return {0: "none", SCALE: "all of it"}.get(units, format_decimal(units))


def _watched(mine: _Way, theirs: _Way) -> Iterator[Loosened]:
    """Windows that close earlier, and who may observe that could not before."""
    for stage in mine.stages:
        place = theirs.place(stage.id)
        now = None if place is None else theirs.stages[place]
        if stage.is_watched and now is not None and now.is_watched:
            yield from _observers(f"stage {stage.id}", mine, stage, theirs, now)
    if mine.window is None:
        return
    what = "window after completion"
    yield from _shorter("observe", what, mine.window[1], theirs.window and theirs.window[1])
    if theirs.window is not None:
        yield from _observers(what, mine, mine.window[0], theirs, theirs.window[0])


def _observers(what: str, mine: _Way, stage: Stage, theirs: _Way, now: Stage) -> Iterator[Loosened]:
    known = observers_of(mine.policy, stage)
    for name in observers_of(theirs.policy, now):
        if name not in known:
            yield "observed-by", f"{what} observed by {name}", "not allowed", "allowed"


def _shorter(code: str, what: str, mine: int | None, theirs: int | None) -> Iterator[Loosened]:
    if mine is not None and (theirs is None or theirs < mine):
        yield (
            code,
            what,
            format_duration(mine),
            _NONE if theirs is None else format_duration(theirs),
        )


def _metrics(
    code: str, where: str, mine: Iterable[MetricCheck], theirs: Iterable[MetricCheck]
) -> Iterator[Loosened]:
    there = {one.name: one for one in theirs}
    for one in mine:
        yield from _bounds(code, f"{one.name} {where}", one, there.get(one.name))


def _segments(
    code: str, where: str, mine: Iterable[SegmentTrigger], theirs: Iterable[SegmentTrigger]
) -> Iterator[Loosened]:
    there = {one.metric: one for one in theirs}
    for one in mine:
        now = there.get(one.metric)
        left_out = _left_out(one, now)
        if now is not None and left_out:
            what = f"{one.metric} {where}, segments"
            yield code, what, _named(one), _named(now)
        gap = None if now is None or left_out else now.max_gap
        yield from _bounds(code, f"{one.metric} in segments {where}", one, now)
        yield from _bound(code, f"max_gap of {one.metric} {where}", "max_gap", one.max_gap, gap)


def _left_out(mine: SegmentTrigger, theirs: SegmentTrigger | None) -> bool:
    """Whether segments of A are not looked at by B; without names all are."""
    if theirs is None or not theirs.names:
        return False
    return not mine.names or not set(mine.names) <= set(theirs.names)


def _named(check: SegmentTrigger) -> str:
    return ", ".join(check.names) or "every one that is reported"


def _bounds(
    code: str,
    what: str,
    mine: MetricCheck | SegmentTrigger,
    theirs: MetricCheck | SegmentTrigger | None,
) -> Iterator[Loosened]:
    for name in _BOUNDS:
        before, after = getattr(mine, name, None), getattr(theirs, name, None)
        yield from _bound(code, f"{name} of {what}", name, before, after)


def _bound(
    code: str, what: str, name: str, mine: str | None, theirs: str | None
) -> Iterator[Loosened]:
    if mine is None:
        return
    if theirs is None:
        yield code, what, mine, _NONE
        return
    more = parse_decimal(theirs) - parse_decimal(mine)
    if (more < 0) if name == "min" else (more > 0):
        yield code, what, mine, theirs


def _takers(a: Policy, b: Policy) -> Iterator[Loosened]:
    """Who could take a release back and no longer can; of services also who can now."""
    for role in a.takers:
        if role not in b.takers:
            yield "rollback", f"rollback by {role}", "allowed", "not allowed"
    mine = () if a.rollback is None else a.rollback.services
    theirs = () if b.rollback is None else b.rollback.services
    for name in mine:
        if name not in theirs:
            yield "rollback", f"rollback by the service {name}", "on a trigger", "not allowed"
    for name in theirs:
        if name not in mine:
            yield "rollback", f"rollback by the service {name}", "not allowed", "on a trigger"


def _clocks(a: Rollback | None, b: Rollback | None) -> Iterator[Loosened]:
    clocks = (
        ("rollback-within", "time from trigger to rollback", "within"),
        ("review-within", "time until a rollback is reviewed", "review_within"),
    )
    for code, what, name in clocks:
        mine, theirs = getattr(a, name, None), getattr(b, name, None)
        if mine is not None and (theirs is None or theirs > mine):
            after = "any time" if theirs is None else format_duration(theirs)
            yield code, what, format_duration(mine), after


def _triggers_of(policy: Policy) -> Triggers:
    return Triggers() if policy.rollback is None else policy.rollback.triggers


def _triggers(mine: Triggers, theirs: Triggers) -> Iterator[Loosened]:
    if mine.incident and not theirs.incident:
        yield "trigger", "rollback on an incident", "called for", "not called for"
    where = "as a trigger"
    yield from _metrics("trigger", where, mine.metrics, theirs.metrics)
    yield from _segments("trigger", where, mine.segments, theirs.segments)
