"""From a file of cases to the trials it stands for, each name in it held against the policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.cases.file import (
    WrittenAct,
    WrittenAttached,
    WrittenBase,
    WrittenCases,
)
from cli.cases.problems import case_problems
from cli.change import load_change, raise_first, release_of
from ledger.model.effects import Effect, PolicyDocument, PolicyEffect
from ledger.model.events import Metric
from ledger.model.lines import lines_of
from ledger.model.problems import Path as Place
from ledger.model.stack import ComponentDigest, Stack, touched
from ledger.model.toml import tuples, validate
from ledger.policy.case import Stable, require_release
from ledger.policy.document import Policy
from ledger.policy.trials.trial import (
    Act,
    Attached,
    Cast,
    Consented,
    Expected,
    Trial,
    Vetoed,
    digest_of,
    trial_base,
    trial_stack,
)

SUMMARY = "a case of a policy test"
"""What a change is summed up as where nobody wrote anything: a real one always says something."""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A file of cases as it was read: its text, its plain values, and its shape."""

    path: Path
    text: str
    data: dict[str, Any]
    written: WrittenCases

    def lines(self) -> Mapping[Place, int]:
        """The line of each case, and of each act in it, counted from 1."""
        paths: list[Place] = []
        for i, one in enumerate(self.written.case):
            paths += [("case", i), *(("case", i, "act", j) for j in range(len(one.act)))]
        found = lines_of(self.text, paths)
        return {path: found.get(path, 1) for path in paths}


def read_cases(path: Path) -> CaseFile:
    """The file of cases at *path*; its names are not looked at yet.

    Raises :class:`BadInput` with file and line: what :func:`cli.change.load_change` and
    :func:`ledger.model.toml.validate` raise.
    """
    text, data = load_change(path)
    return CaseFile(path, text, data, validate(WrittenCases, data, text=text, file=str(path)))


def trials_of(file: CaseFile, policy: Policy) -> tuple[Trial, ...]:
    """The trials that *file* stands for, under *policy*.

    Raises :class:`BadInput` with file and line for the first of
    :func:`cli.cases.problems.case_problems`.
    """
    written = file.written
    raise_first(list(case_problems(written, policy)), file.text, file.path)
    cast = Cast(
        people=written.people,
        services={name: (one.accountable, one.roles) for name, one in written.services.items()},
        root=frozenset() if written.root is None else frozenset(written.root.signers),
        root_threshold=1 if written.root is None else written.root.threshold,
    )
    return tuple(_trial(file, i, cast, policy) for i in range(len(written.case)))


def _trial(file: CaseFile, place: int, cast: Cast, policy: Policy) -> Trial:
    one = file.written.case[place]
    base = WrittenBase.model_validate(tuples(_merged(file.data, place, "base")))
    effect = _effect(file, place, base, policy)
    first = one.first_release or (file.written.base is None and one.base is None)
    stable = (
        None if first else trial_base(trial_stack(base.stack, base.permissions), _numbers(base))
    )
    oldest = max((said.age for said in one.approvals), default=0)
    return Trial(
        id=one.id,
        because=one.because,
        cast=cast,
        effect=effect,
        base=stable,
        opened_by=one.opened_by or file.written.opened_by or "",
        revised_by=one.revised_by,
        added=one.added,
        evidence=tuple(_attached(each, effect, stable) for each in one.evidence),
        approvals=tuple(Consented(each.by, each.role, each.age) for each in one.approvals),
        rejections=tuple(Vetoed(each.by, each.role, each.reason) for each in one.rejections),
        completed_in=one.completed_in,
        after=oldest if one.after is None else one.after,
        expect=None if one.expect is None else Expected(**dict(one.expect)),
        acts=tuple(_act(each, policy) for each in one.act),
        waived=one.waived,
    )


def _merged(data: dict[str, Any], place: int, key: str) -> dict[str, Any]:
    """What the file says of *key*, with what the case at *place* says of it."""
    return _over(data.get(key, {}), data["case"][place].get(key, {}))


def _over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    both = dict(below)
    for key, value in above.items():
        inner = both.get(key)
        if isinstance(value, dict) and isinstance(inner, dict):
            both[key] = _over(inner, value)
        else:
            both[key] = value
    return both


def _effect(file: CaseFile, place: int, base: WrittenBase, policy: Policy) -> Effect:
    """What the case at *place* asks for: its change, read as ``change.toml`` is."""
    data = {"summary": SUMMARY, **_merged(file.data, place, "change")}
    if data.get("effect") == "policy":
        return PolicyEffect(
            summary=data["summary"],
            why=data.get("why"),
            contributors=tuple(sorted(set(data.get("contributors", ())))),
            policy=PolicyDocument(text="a policy of a test", canonical=policy.canonical()),
        )
    versions = {**base.stack, **data.get("stack", {})}
    stack = {name: {"version": v, "digest": digest_of(name, v)} for name, v in versions.items()}
    permissions = data.get("permissions", list(base.permissions))
    return release_of({**data, "stack": stack, "permissions": permissions}, file.text, file.path)


def _numbers(written: WrittenBase | WrittenAttached) -> tuple[Metric, ...]:
    """The numbers without intervals: every bound judges the value alone."""
    found = [_metric(name, None, value) for name, value in written.metrics.items()]
    found += [
        _metric(name, segment, value)
        for segment, values in written.segments.items()
        for name, value in values.items()
    ]
    return tuple(sorted(found, key=lambda metric: (metric.name, metric.segment or "")))


def _metric(name: str, segment: str | None, value: str) -> Metric:
    return Metric(name=name, segment=segment, value=value, low=None, high=None, level=None)


def _attached(written: WrittenAttached, effect: Effect, base: Stable | None) -> Attached:
    return Attached(
        type=written.type,
        by=written.by,
        age=written.age,
        subject=_subject(written.about, require_release(effect, 1).stack, base),
        metrics=_numbers(written),
        expires=written.expires,
        withdrawn=written.withdrawn,
    )


def _subject(
    about: tuple[str, ...] | None, stack: Stack, base: Stable | None
) -> tuple[ComponentDigest, ...]:
    """What a document is about: the named components or versions, else all that changed."""
    own = stack.digests()
    changed = touched(stack, None if base is None else base.stack)
    digests: dict[str, str] = {}
    for word in changed if about is None else about:
        component, _, version = word.partition("@")
        digests[component] = digest_of(component, version) if version else own[component]
    return tuple(
        ComponentDigest.model_validate({"component": name, "digest": digest})
        for name, digest in sorted(digests.items())
    )


def _act(written: WrittenAct, policy: Policy) -> Act:
    waived = (one for one in policy.requirements if one.id in written.waives)
    named = {one.domain for one in waived if one.domain is not None}
    return Act(
        by=written.by,
        does=written.does,
        expect=written.expect,
        role=written.role,
        requirement=written.requirement,
        evidence=written.evidence,
        exception=written.effect == "exception",
        waives_domains=tuple(sorted({*written.waives_domains, *named})),
        combined=written.combined,
    )
