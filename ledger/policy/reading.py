"""From the TOML text of a policy to the policy, with a line for all that is wrong with it.

Only the result judges. What this version does not know is refused by name, never
ignored: a policy must not promise more than is done.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ledger.model.canonical import encode
from ledger.model.names import TIERS
from ledger.model.problems import Path, Problem, closest
from ledger.model.toml import placed, problems_in, read_toml, tuples
from ledger.policy.bounded import MetricCheck, SegmentCheck, SegmentTrigger
from ledger.policy.checking.checks import check_policy
from ledger.policy.checking.rollout import TRIGGER_KEYS
from ledger.policy.document import (
    Consent,
    Declared,
    EvidenceRule,
    Exceptions,
    Limits,
    MutationList,
    Overrides,
    Policy,
    Requirement,
    Role,
    RoleCount,
    Stewardship,
    TierRule,
)
from ledger.policy.rollout import Rollback, Stage, Triggers, Window
from ledger.policy.written import (
    WrittenExceptions,
    WrittenLimits,
    WrittenMetric,
    WrittenOverrides,
    WrittenPolicy,
    WrittenRequirement,
    WrittenRollback,
    WrittenSegments,
    WrittenStage,
    WrittenStewardship,
)

LONGEST: Final = 40_000
"""The most characters of a policy's text, and of its canonical JSON."""

_MEANT: Final = {
    "requirements": "[[requirement]]",
    "duties": "[[duty]]",
    "environment": "[environments]",
    "limit": "[limits]",
    "tiers": "[[tier]]",
    "role": "[roles]",
    "consent": "[approvals]",
    "exception": "[exceptions]",
    "override": "[overrides]",
    "stages": "[[stage]]",
    "rollbacks": "[rollback]",
}
"""Blocks as they are often written first, and as they are called."""

_TRIGGERS: Final[Path] = ("rollback", "triggers")

ROOM: Final = 60_000
"""The bytes that both may take together inside one entry."""


def read_policy(text: str, *, file: str) -> Policy:
    """Return the policy written in *text*; *file* only serves messages.

    Raises :class:`BadInput` for the first of its :func:`problems`.
    """
    policy, found = _read(text, file)
    if policy is None or found:
        raise found[0].as_error()
    return policy


def problems(text: str, file: str) -> list[Problem]:
    """Return all that is wrong with the policy written in *text*, in the order of lines.

    Rules are only held against each other once every key and value is as expected.
    """
    return _read(text, file)[1]


def _read(text: str, file: str) -> tuple[Policy | None, list[Problem]]:
    data, found = read_toml(text)
    policy = None
    if not found:
        wrong = problems_in(WrittenPolicy, data)
        if wrong:
            found = [_with_policy_hint(problem) for problem in wrong]
        else:
            policy = _normal(WrittenPolicy.model_validate(tuples(data)))
            found = [*check_policy(policy, None), *_too_long(policy, text)]
    return policy, placed(found, text=text, file=file)


def _with_policy_hint(problem: Problem) -> Problem:
    """Say of a policy what the general reader of TOML files cannot know."""
    hint = None
    if problem.code == "unknown-key" and problem.path[-1] in _MEANT:
        hint = f"did you mean {_MEANT[str(problem.path[-1])]}?"
    elif problem.code == "wrong-value" and problem.path[0] == "declared":
        hint = "conditions use it: up to 64 of a-z 0-9 _ beginning with a letter"
    elif problem.path[:2] == _TRIGGERS and len(problem.path) > len(_TRIGGERS):
        hint = _of_trigger(problem)
    return problem if hint is None else replace(problem, hint=hint)


def _of_trigger(problem: Problem) -> str | None:
    """Every key of the triggers is a metric, so a misspelt one only shows in what it holds."""
    key, *inside = map(str, problem.path[len(_TRIGGERS) :])
    meant = None if key in TRIGGER_KEYS else closest(key, TRIGGER_KEYS)
    if problem.code == "unknown-key":
        spelt = (problem.hint or "").startswith("did you mean")
        return None if meant is None or spelt else f"did you mean {meant}?"
    if problem.code != "wrong-type" or inside or key in TRIGGER_KEYS:
        return None
    return f"did you mean {meant}?" if meant else 'bounds stand in a table: { max = "0.08" }'


def _normal(written: WrittenPolicy) -> Policy:
    return Policy(
        name=written.name,
        number=written.number,
        roles=tuple(Role(name=n, because=b) for n, b in written.roles.items()),
        duties=written.duty,
        combinations=written.combine,
        declared=tuple(Declared(name=n, because=b) for n, b in written.declared.items()),
        shift=written.shift,
        tiers=tuple(TierRule(id=one.id, tier=one.is_, when=one.when) for one in written.tier),
        requirements=tuple(_requirement(one) for one in written.requirement),
        limits=_limits(written.limits),
        consent=Consent(**dict(written.approvals)),
        operation=written.operation,
        environments=written.environments,
        stewardship=_stewardship(written.stewardship),
        exceptions=_exceptions(written.exceptions),
        overrides=_overrides(written.overrides),
        stages=tuple(_stage(one) for one in written.stage),
        rollback=_rollback(written.rollback),
    )


def _limits(written: WrittenLimits) -> Limits:
    lists = (MutationList(tier=tier, names=names) for tier, names in written.mutations.items())
    return Limits(**{**dict(written), "mutations": tuple(lists)})


def _stewardship(written: WrittenStewardship | None) -> Stewardship | None:
    return None if written is None else Stewardship(approvals=_counts(written.approvals))


def _exceptions(written: WrittenExceptions | None) -> Exceptions | None:
    if written is None:
        return None
    return Exceptions(**{**dict(written), "approvals": _counts(written.approvals)})


def _overrides(written: WrittenOverrides | None) -> Overrides | None:
    if written is None:
        return None
    return Overrides(**{**dict(written), "lift": _counts(written.lift)})


def _stage(written: WrittenStage) -> Stage:
    windows = (Window(tier=t, seconds=written.observe[t]) for t in TIERS if t in written.observe)
    return Stage(
        id=written.id,
        tiers=tuple(sorted(written.tiers, key=TIERS.index)),
        share=written.share,
        soak=written.soak,
        observed_by=written.observed_by,
        metrics=_metrics(written.metrics),
        segments=_segments(written.segments),
        observe=tuple(windows),
    )


def _rollback(written: WrittenRollback | None) -> Rollback | None:
    if written is None:
        return None
    triggers = written.triggers
    segments = triggers.segments.items()
    return Rollback(
        by=written.by,
        services=written.services,
        within=written.within,
        review_within=written.review_within,
        triggers=Triggers(
            incident=triggers.incident,
            metrics=_metrics(triggers.metrics),
            segments=tuple(SegmentTrigger(metric=n, **dict(s)) for n, s in segments),
        ),
    )


def _metrics(written: Mapping[str, WrittenMetric]) -> tuple[MetricCheck, ...]:
    return tuple(MetricCheck(name=n, **dict(m)) for n, m in written.items())


def _segments(written: Mapping[str, WrittenSegments]) -> tuple[SegmentCheck, ...]:
    return tuple(SegmentCheck(metric=n, **dict(s)) for n, s in written.items())


def _counts(written: Mapping[str, int]) -> tuple[RoleCount, ...]:
    return tuple(RoleCount(role=role, count=count) for role, count in written.items())


def _requirement(written: WrittenRequirement) -> Requirement:
    return Requirement(
        id=written.id,
        when=written.when,
        approvals=_counts(written.approvals),
        evidence=tuple(EvidenceRule(type=t, **dict(e)) for t, e in written.evidence.items()),
        fields=written.fields_,
        source=written.from_,
        metrics=_metrics(written.metrics),
        segments=_segments(written.segments),
        domain=written.domain,
        hard=written.hard,
        notify=written.notify,
        because=written.because,
    )


def _too_long(policy: Policy, text: str) -> list[Problem]:
    canonical = policy.canonical()
    room = len(encode([text, canonical]))
    if max(len(text), len(canonical)) <= LONGEST and room <= ROOM:
        return []
    return [
        Problem(
            "too-large",
            f"text and canonical JSON take {room} bytes of an entry",
            f"at most {LONGEST} characters each and {ROOM} bytes in all: shorten the comments",
        )
    ]
