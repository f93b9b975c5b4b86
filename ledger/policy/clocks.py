"""The clocks of a release: from its revision to readiness, and from there to its start.

A requirement is met in spans of time: since its last approval, and while an exception waives
it. A release is ready where all its spans meet, and each such span may be used for so long.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ledger.model.effects import ReleaseEffect
from ledger.policy.assessment import Quorum, RequirementStatus
from ledger.policy.case import Approval, Case, Document
from ledger.policy.document import Policy

FOREVER: Final = 2**62
"""The end of a span that no time ends, in seconds since 1970."""

Spans = list[tuple[int, int]]
"""Spans of time, in order and apart, each with its first second and the one after its last."""

Met = Mapping[str, Spans]
"""When each requirement that applies was, is or will be met, as far as can be told now."""


@dataclass(frozen=True, slots=True)
class Clock:
    """When the case became ready, and the deadlines it has to keep.

    ``met`` is since when each requirement is met that applies and is.
    """

    met: Mapping[str, int]
    ready_at: int | None
    expired: bool
    deadlines: tuple[int, ...]


def clock_of(
    policy: Policy,
    case: Case,
    requirements: tuple[RequirementStatus, ...],
    *,
    given: tuple[Approval, ...],
    current: Mapping[str, Document],
    at: int,
) -> Clock:
    """Judge the two clocks: from the revision to readiness, and from there to the start.

    Both are about the approvals of releases; where none is asked for, neither runs. What had
    expired once stays so: a later document, retraction or stop does not turn the clock back,
    and neither does the end of an exception. *current* are the documents that count, by type.
    """
    consent = policy.consent
    spans_of = {
        one.id: _met(case, one, given) for one in requirements if one.status != "not-applicable"
    }
    met = _met_since(policy, requirements, spans_of, current, at)
    spans = _ready_spans(case, spans_of)
    ready_at = _ready_at(case, requirements, spans, at)
    is_release = isinstance(case.effect, ReleaseEffect)
    if not is_release or not any(one.approvals for one in requirements):
        return Clock(met, ready_at, expired=False, deadlines=())
    deadlines: list[int] = []
    expired = case.lapsed
    if consent.approve_within is not None:
        deadline = case.revised_at + consent.approve_within
        expired = expired or (at if ready_at is None else ready_at) >= deadline
        deadlines.append(deadline)
    if consent.use_within is not None:
        used = [start + consent.use_within for start, end in spans]
        used = [one for one, (_, end) in zip(used, spans, strict=True) if one < end]
        expired = expired or any(at >= one for one in used)
        deadlines += used
    return Clock(met, ready_at, expired, tuple(deadlines))


def _ready_at(
    case: Case, requirements: tuple[RequirementStatus, ...], spans: Spans, at: int
) -> int | None:
    """Since when *case* has been ready at *at*; ``None`` while anything is missing."""
    if any(one.status not in ("satisfied", "not-applicable", "waived") for one in requirements):
        return None
    since = [start for start, end in spans if start <= at < end] or [one for one, _ in spans]
    return max(since, default=case.revised_at)


def _met_since(
    policy: Policy,
    requirements: tuple[RequirementStatus, ...],
    spans_of: Met,
    current: Mapping[str, Document],
    at: int,
) -> dict[str, int]:
    """Since when each of *requirements* that is met at *at* is: its last document included.

    That is of those it asks for, and of the one that its numbers come from.
    """
    sources = {need.id: need.source for need in policy.requirements}
    since: dict[str, int] = {}
    for one in requirements:
        if one.status in ("satisfied", "waived"):
            began = [start for start, end in spans_of[one.id] if start <= at < end]
            types = {sources.get(one.id), *(document.type for document in one.documents)}
            asked = types if one.status == "satisfied" else set[str | None]()
            came = (document.at for type_, document in current.items() if type_ in asked)
            since[one.id] = max((*began, *came), default=at)
    return since


def _ready_spans(case: Case, spans_of: Met) -> Spans:
    """When all requirements were, are or will be met, as far as can be told now."""
    ready: Spans = [(case.revised_at, FOREVER)]
    for spans in spans_of.values():
        ready = _both(ready, spans)
    return ready


def _met(case: Case, requirement: RequirementStatus, given: tuple[Approval, ...]) -> Spans:
    """When *requirement* was met, or waived by an exception that may have ended since.

    What is silenced is counted here: whoever silences it makes nothing ready any later.
    """
    spans = [(one.at, one.until) for one in case.waivers if requirement.id in one.waives]
    asked = (requirement.approvals, requirement.stand_in)
    complete = [at for one in asked if (at := _completed_at(case, one, given)) is not None]
    since = min(complete, default=case.revised_at)
    if requirement.status == "satisfied":
        spans.append((since, FOREVER))
    elif complete and spans:
        spans.append((since, max(end for _, end in spans)))
    return _joined(spans)


def _joined(spans: Spans) -> Spans:
    """*spans* in order, those that touch each other as one."""
    joined: Spans = []
    for start, end in sorted(one for one in spans if one[0] < one[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _both(one: Spans, other: Spans) -> Spans:
    """Where a span of *one* and a span of *other* meet."""
    pairs = ((max(a, c), min(b, d)) for a, b in one for c, d in other)
    return [(start, end) for start, end in pairs if start < end]


def _completed_at(
    case: Case, quorums: tuple[Quorum, ...], given: tuple[Approval, ...]
) -> int | None:
    """When the last approval was given that *quorums* needed; ``None`` where one is missing."""
    moments: list[int] = []
    for quorum in quorums:
        counted = sorted(
            one.at
            for one in given
            if one.role == quorum.role
            and (one.signer in quorum.have or one.position in case.silenced)
        )
        if len(counted) < quorum.need:
            return None
        moments.append(counted[quorum.need - 1])
    return max(moments, default=None)
