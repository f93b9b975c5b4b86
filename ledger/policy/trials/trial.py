"""Trials: what people write to test a policy, and the case that each of them stands for.

A trial says who there is, what runs, what is proposed, and what has been said about it.
Moments are written as ages, in seconds before the moment of judgement; every approval is
taken to be given on exactly what the trial says.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from ledger.model.effects import Effect, ExceptionEffect, effect_hash
from ledger.model.events import Metric
from ledger.model.names import Component, Tier
from ledger.model.stack import ComponentDigest, Stack, StackComponent
from ledger.model.terms import format_instant
from ledger.policy.assess import bind
from ledger.policy.assessment import Status, Verdict
from ledger.policy.case import (
    ROOT,
    Approval,
    Case,
    Document,
    FactAddition,
    Rejection,
    Stable,
    Waiver,
)
from ledger.policy.document import MustNot, Policy

NOW: Final = 1_800_000_000
"""When trials are judged, in seconds since 1970; only differences of time matter."""

PROPOSAL: Final = "00000000-0000-0000-0000-000000000000"
_EXCEPTION: Final = "00000000-0000-0000-0000-000000000001"
ALLOWED: Final = "allowed"
"""The answer to an act that no duty forbids."""

_BASE: Final = 1
_OPENED: Final = 2


@dataclass(frozen=True, slots=True)
class Cast:
    """Who there is: persons, services with who answers for each, and the root signers."""

    people: Mapping[str, tuple[str, ...]]
    services: Mapping[str, tuple[str, tuple[str, ...]]]
    root: frozenset[str] = frozenset()
    root_threshold: int = 1

    def own_roles(self, name: str) -> tuple[str, ...]:
        """The roles in which *name* may act; a root signer's include the word ``root``."""
        own = self.services[name][1] if name in self.services else self.people[name]
        return (*own, ROOT) if name in self.root else own

    def bound_roles(self, name: str) -> tuple[str, ...]:
        """The roles whose duties bind *name*: a service answers by its accountable person's too."""
        if name not in self.services:
            return tuple(sorted(self.own_roles(name)))
        accountable, own = self.services[name]
        return tuple(sorted({*own, *self.people[accountable]}))

    def parties(self, names: Iterable[str]) -> frozenset[str]:
        """*names*, and who answers for the services among them."""
        known = frozenset(names)
        return known | {self.services[name][0] for name in known if name in self.services}


@dataclass(frozen=True, slots=True)
class Attached:
    """A document of a trial; *subject* are the versions it is about, by their digests."""

    type: str
    by: str
    age: int
    subject: tuple[ComponentDigest, ...]
    metrics: tuple[Metric, ...]
    expires: int | None
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class Consented:
    """An approval of a trial."""

    by: str
    role: str
    age: int


@dataclass(frozen=True, slots=True)
class Vetoed:
    """A rejection of a trial."""

    by: str
    role: str
    reason: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What the assessment should say; what is ``None`` is not compared."""

    tier: Tier | None = None
    tier_because: tuple[str, ...] | None = None
    verdict: Verdict | None = None
    statuses: Mapping[str, Status] | None = None
    blocks: tuple[str, ...] | None = None
    missing: tuple[str, ...] | None = None
    combined: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """A question about duties: whether *by* may do this here, or which duty forbids it.

    *exception* asks about an exception from the proposal of the trial, which would waive
    requirements of the domains *waives_domains*; *evidence* is the type of a document.
    """

    by: str
    does: MustNot
    expect: str
    role: str | None = None
    requirement: str | None = None
    evidence: str | None = None
    exception: bool = False
    waives_domains: tuple[str, ...] = ()
    combined: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """One written case: what is proposed and said, and what is expected of it.

    ``waived`` are the requirements that an exception names which is in force.
    """

    id: str
    because: str
    cast: Cast
    effect: Effect
    base: Stable | None
    opened_by: str
    revised_by: tuple[str, ...]
    added: tuple[str, ...]
    evidence: tuple[Attached, ...]
    approvals: tuple[Consented, ...]
    rejections: tuple[Vetoed, ...]
    completed_in: tuple[str, ...]
    after: int
    expect: Expected | None
    acts: tuple[Act, ...]
    waived: tuple[str, ...] = ()


def trial_stack(versions: Mapping[Component, str], permissions: Iterable[str]) -> Stack:
    """A stack of *versions*; equal versions of a component have equal digests."""
    parts = (
        StackComponent(component=name, version=version, digest=digest_of(name, version))
        for name, version in sorted(versions.items())
    )
    return Stack(components=tuple(parts), permissions=tuple(sorted(set(permissions))))


def trial_base(stack: Stack, metrics: tuple[Metric, ...]) -> Stable:
    """What the alias runs before the change of a trial."""
    return Stable(stack, metrics, _BASE)


def digest_of(component: str, version: str) -> str:
    """The digest that stands for a version of a component."""
    return "sha256:" + sha256(f"{component} {version}".encode()).hexdigest()


def case_of(policy: Policy, trial: Trial, opener: str | None = None) -> Case:
    """The case that *trial* stands for; *opener* takes the place of who opened it."""
    cast = trial.cast
    parties = cast.parties(
        {opener or trial.opened_by, *trial.revised_by, *trial.effect.contributors}
    )
    documents = _documents(trial)
    base = None if trial.base is None and trial.effect.alias is not None else _BASE
    everybody = (*cast.people, *cast.services)
    draft = Case(
        proposal=PROPOSAL,
        number=1,
        revision=1,
        effect=trial.effect,
        effect_hash=effect_hash(trial.effect),
        base=base,
        policy=policy.number,
        revised_at=NOW - trial.after,
        lapsed=False,
        added=tuple(FactAddition(fact, trial.opened_by, _OPENED) for fact in trial.added),
        parties=parties,
        documents=documents,
        approvals=(),
        rejections=_rejections(trial),
        closed=None,
        stable=trial.base,
        changed=base,
        candidate=None,
        completed=trial.completed_in,
        people={name: cast.own_roles(name) for name in cast.people},
        held={name: cast.bound_roles(name) for name in everybody},
        root_threshold=cast.root_threshold,
        waivers=_waivers(trial),
        position=_OPENED + len(documents) + len(trial.approvals) + len(trial.rejections),
    )
    return replace(draft, approvals=_approvals(policy, trial, draft))


def trial_exception(case: Case) -> ExceptionEffect:
    """An exception from the release of *case*; duties are asked what it waives apart from it."""
    return ExceptionEffect(
        release=case.proposal,
        revision=case.revision,
        alias=case.release.alias,
        waives=("a-requirement",),
        owner="somebody",
        incident="an incident of a trial",
        controls=(),
        until=format_instant(NOW + 1),
        summary="an exception of a trial",
        why=None,
        contributors=(),
    )


def _waivers(trial: Trial) -> tuple[Waiver, ...]:
    if not trial.waived:
        return ()
    granted = Waiver(
        exception=_EXCEPTION,
        number=2,
        waives=trial.waived,
        owner="somebody",
        at=NOW,
        until=NOW + 1,
    )
    return (granted,)


def _documents(trial: Trial) -> tuple[Document, ...]:
    """The documents, oldest first: of two of one type, the later one is the newer."""
    in_order = sorted(trial.evidence, key=lambda one: -one.age)
    return tuple(
        Document(
            position=position,
            type=one.type,
            name=f"{one.type}.json",
            digest=digest_of(one.type, str(position)),
            size=1,
            subject=one.subject,
            metrics=one.metrics,
            signer=one.by,
            author=one.by,
            accountable=trial.cast.services[one.by][0] if one.by in trial.cast.services else None,
            roles=trial.cast.own_roles(one.by),
            at=NOW - one.age,
            expires=one.expires,
            withdrawn=one.withdrawn,
            taken_from=None,
        )
        for position, one in enumerate(in_order, _OPENED + 1)
    )


def _approvals(policy: Policy, trial: Trial, draft: Case) -> tuple[Approval, ...]:
    """The approvals, oldest first, each bound to all that the trial says."""
    if not trial.approvals:
        return ()
    binding = bind(policy, draft).binding
    start = _OPENED + len(draft.documents) + 1
    in_order = sorted(trial.approvals, key=lambda one: -one.age)
    return tuple(
        Approval(position, one.by, one.role, binding, NOW - one.age)
        for position, one in enumerate(in_order, start)
    )


def _rejections(trial: Trial) -> tuple[Rejection, ...]:
    start = _OPENED + len(trial.evidence) + len(trial.approvals) + 1
    return tuple(
        Rejection(position, one.by, one.role, 1, one.reason, NOW)
        for position, one in enumerate(trial.rejections, start)
    )
