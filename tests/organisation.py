"""The simulator: people with keys, a policy, a log in memory and a clock that is set.

An attack test is "do, tamper, expect": :meth:`Organisation.act` goes the way of
``ledger.service`` without its I/O, :meth:`Organisation.smuggle` puts any envelope
into the log as somebody with write access to the database would.
"""

import uuid
from collections.abc import Mapping, Sequence
from hashlib import sha256

from ledger.audit.replay import judge
from ledger.decide import (
    approval,
    enactment,
    evidence,
    proposal,
    release,
    review,
    rollback,
    signer,
    watching,
)
from ledger.decide.context import Standing
from ledger.decide.founding import found
from ledger.decide.judgement import Judged
from ledger.decide.signer_states import SignerState
from ledger.decide.states import ProposalState
from ledger.model.effects import (
    Effect,
    FactDeclared,
    Link,
    PolicyDocument,
    PolicyEffect,
    ReleaseEffect,
    Rollback,
    Rollout,
)
from ledger.model.entry import ledger_id
from ledger.model.events import Event, Metric, RosterMember
from ledger.model.names import Component, Tier
from ledger.model.stack import ComponentDigest, Stack, StackComponent
from ledger.model.terms import format_instant
from ledger.policy.case import require_release
from ledger.policy.reading import read_policy
from ledger.seal.envelope import KeyHolder, examine, seal
from ledger.seal.private_keys import SigningKey, generate
from ledger.service import Decision, Signer, place, prepare

START = 1_790_000_000
"""The first moment of every simulated ledger, in seconds since 1970."""

POLICY = """
name = "simulated"
number = 1
[roles]
model-owner = "accepts task quality"
data-owner = "approves data"
evaluation-owner = "keeps the quality of evidence"
release-owner = "moves aliases"
auditor = "reviews"
[declared]
personal_data = "reads personal data"
online = "used in live decisions"
[shift]
metrics = ["auc"]
small = "0.01"
moderate = "0.05"
[[tier]]
is = "high"
id = "people"
when = "personal_data"
[[tier]]
is = "low"
id = "offline"
when = "!online && shift == 'none'"
[[tier]]
is = "medium"
id = "ordinary"
[[requirement]]
id = "model-owner"
approvals = { model-owner = 1 }
because = "somebody accepts the task quality"
[[requirement]]
id = "data"
when = "modifies_data_lineage"
approvals = { data-owner = 1 }
because = "new data is the data owner's to allow"
[[requirement]]
id = "evaluation"
because = "a release rests on numbers"
[requirement.evidence.evaluation-report]
max_age = "30d"
by = ["evaluation-owner"]
independent = true
[[requirement]]
id = "quality"
from = "evaluation-report"
because = "and the numbers are good"
[requirement.metrics]
auc = { better = "higher", min = "0.90", max_drop = "0.01" }
[approvals]
distinct_people = true
approve_within = "14d"
use_within = "72h"
[operation]
by = ["release-owner"]
"""
"""A policy that asks for a little of everything."""

PEOPLE: Mapping[str, Sequence[str]] = {
    "alice": ["model-owner"],
    "bob": ["model-owner", "data-owner"],
    "dana": ["data-owner"],
    "erin": ["evaluation-owner"],
    "frank": [],
    "omar": ["release-owner"],
    "rita": ["auditor"],
}
"""Persons and their roles; the first three are the root, two of them agree."""


def unsafe_key(name: str) -> SigningKey:
    """The one key of *name*, the same in every run: for tests only."""
    return generate(sha256(f"unsafe test key of {name}".encode()).digest())


def digest(text: str) -> str:
    """A digest that stands for a file."""
    return "sha256:" + sha256(text.encode()).hexdigest()


def stack(permissions: Sequence[str] = (), **versions: str) -> Stack:
    """A stack with a version of each named component; ``_`` stands for ``-``."""
    named: dict[str, str] = {"model": "m1", "dataset": "d1", **versions}
    parts = [_part(name.replace("_", "-"), version) for name, version in named.items()]
    return Stack(
        components=tuple(sorted(parts, key=lambda part: part.component)),
        permissions=tuple(sorted(permissions)),
    )


def _part(name: str, version: str) -> StackComponent:
    return StackComponent.model_validate(
        {"component": name, "version": version, "digest": digest(f"{name} {version}")}
    )


def change(
    what: Stack | None = None,
    *,
    alias: str = "fraud/production",
    risk: Tier | None = None,
    declares: Mapping[str, bool] | None = None,
    contributors: Sequence[str] = (),
    mutations: Sequence[str] = (),
) -> ReleaseEffect:
    """A complete change request for *what*."""
    answers = {"personal_data": False, "online": True} if declares is None else declares
    return ReleaseEffect(
        alias=alias,
        summary="a better model",
        why="it catches more",
        scope="all channels",
        impact="fewer losses",
        risk=risk,
        risk_rationale="small step",
        declares=tuple(FactDeclared(fact=f, value=v) for f, v in sorted(answers.items())),
        mutations=tuple(sorted(mutations)),
        known_risks=("drift",),
        benefits=("recall",),
        channels=("web",),
        contributors=tuple(sorted(contributors)),
        owner="alice",
        on_call="omar",
        rollout=Rollout(plan="all at once"),
        rollback=Rollback(plan="alias back", trigger="losses", owner="omar", within=600),
        links=(Link(name="pull_request", target="https://example.org/1"),),
        stack=stack() if what is None else what,
    )


def new_policy(text: str) -> PolicyEffect:
    """A request for the policy in *text*."""
    canonical = read_policy(text, file="policy.toml").canonical()
    return PolicyEffect(
        summary="a better policy",
        why="it was too loose",
        contributors=(),
        policy=PolicyDocument(text=text, canonical=canonical),
    )


class Organisation:
    """A founded ledger in memory, with every signer's key at hand."""

    def __init__(
        self,
        *,
        people: Mapping[str, Sequence[str]] = PEOPLE,
        services: Mapping[str, tuple[str, Sequence[str]]] | None = None,
        policy: str = POLICY,
        accept: bool = True,
        start: int = START,
    ) -> None:
        self.now = start
        self.envelopes: list[bytes] = []
        self.judged: list[Judged] = []
        self.standing = Standing()
        self.id = ""
        self._ids = 0
        self.keys: dict[str, KeyHolder] = {
            name: unsafe_key(name) for name in [*people, *(services or {})]
        }
        self.roster = self._roster(people, services or {})
        self._found(policy)
        if accept:
            for name in self.keys:
                self.accept(name)

    def accept(self, name: str, key: KeyHolder | None = None) -> Judged:
        """Let *name* accept the key they were named with last, and sign with it from then on."""
        if key is not None:
            self.keys[name] = key
        return self.act(
            name,
            lambda s, by, at: signer.accept(
                s, by=by, at=at, named_by=(by.pending or by.named_key).named_by
            ),
        )

    def act(self, name: str, decision: Decision, *, key: KeyHolder | None = None) -> Judged:
        """Decide, sign and append as *name*; a refusal is raised, as for a person."""
        signer = Signer(name, self.keys[name] if key is None else key)
        self.now += 1
        entry = prepare(self.standing, signer, decision, now=self.now, ledger_id=self.id)
        return self.smuggle(seal(entry.payload(), signer.key))

    def force(self, name: str, event: Event, *, key: KeyHolder | None = None) -> Judged:
        """Sign and append *event* as *name* without asking any rule."""
        signer = Signer(name, self.keys[name] if key is None else key)
        self.now += 1
        entry = place(self.standing, event, signer, now=self.now, ledger_id=self.id)
        return self.smuggle(seal(entry.payload(), signer.key))

    def smuggle(self, raw: bytes) -> Judged:
        """Append any bytes, as somebody with write access to the database would."""
        judged = judge(self.standing, examine(raw), self.id)
        self.envelopes.append(raw)
        self.judged.append(judged)
        return judged

    def replayed(self) -> Standing:
        """The standing after judging all envelopes again from nothing."""
        standing = Standing()
        for raw in self.envelopes:
            judge(standing, examine(raw), self.id)
        return standing

    def new_id(self) -> str:
        """The next proposal id, the same in every run."""
        self._ids += 1
        return str(uuid.UUID(int=self._ids))

    def open(self, name: str, effect: Effect | None = None) -> str:
        """Open a proposal; its id."""
        new = self.new_id()
        wanted = change() if effect is None else effect
        self.act(
            name,
            lambda s, by, at: proposal.open_proposal(s, by=by, at=at, proposal=new, effect=wanted),
        )
        return new

    def enact(self, name: str, of: str) -> Judged:
        """Carry out what a proposal asks for."""
        return self.act(name, lambda s, by, at: enactment.enact(s, by=by, at=at, proposal=of))

    def attach(
        self,
        name: str,
        of: str,
        type_: str = "evaluation-report",
        *,
        auc: str | None = "0.95",
        components: Sequence[Component] = ("model",),
        document: str = "report",
        expires: int | None = None,
    ) -> Judged:
        """Attach a document about *components* of the current revision."""
        digests = self.change(of).stack.digests()
        subject = tuple(
            ComponentDigest(component=part, digest=digests[part]) for part in sorted(components)
        )
        metrics = () if auc is None else (metric(auc),)
        return self.act(
            name,
            lambda s, by, _: evidence.attach(
                s,
                by=by,
                proposal=of,
                type_=type_,
                name=f"{document}.json",
                digest=digest(document),
                size=10,
                subject=subject,
                metrics=metrics,
                expires=expires,
            ),
        )

    def approve(self, name: str, of: str, role: str) -> Judged:
        """Approve as *name* in *role*."""
        return self.act(
            name,
            lambda s, by, at: approval.approve(s, by=by, at=at, proposal=of, role=role),
        )

    def start(self, name: str, of: str) -> Judged:
        """Start the release of a proposal."""
        return self.act(name, lambda s, by, at: release.start(s, by=by, at=at, proposal=of))

    def complete(self, name: str, alias: str = "fraud/production") -> Judged:
        """Complete the release to *alias*."""
        return self.act(name, lambda s, by, at: release.complete(s, by=by, at=at, alias=alias))

    def advance(self, name: str, alias: str = "fraud/production") -> Judged:
        """Bring the release to *alias* into its next stage."""
        return self.act(name, lambda s, by, at: release.advance(s, by=by, at=at, alias=alias))

    def observe(
        self,
        name: str,
        alias: str = "fraud/production",
        *metrics: Metric,
        incident: str | None = None,
        of: str | None = None,
        lasting: int = 60,
    ) -> Judged:
        """Report *metrics* of what is under way to *alias*, or of what it runs, up to now."""
        known = self.standing.alias(alias)
        found = known.candidate or known.stable
        proposal_id = of or ("" if found is None else found.proposal)
        until = self.now + 1
        return self.act(
            name,
            lambda s, by, at: watching.observe(
                s,
                by=by,
                at=at,
                alias=alias,
                proposal=proposal_id,
                start=format_instant(until - lasting),
                until=format_instant(until),
                source="dashboard",
                metrics=metrics,
                incident=incident,
                summary=None,
                why=None,
            ),
        )

    def roll_back(
        self,
        name: str,
        alias: str = "fraud/production",
        *,
        observation: int | None = None,
        of: str | None = None,
    ) -> str:
        """Roll back what is under way to *alias*, or what it runs; the id of its review."""
        known, new = self.standing.alias(alias), self.new_id()
        found = known.candidate or known.stable
        proposal_id = of or ("" if found is None else found.proposal)
        self.act(
            name,
            lambda s, by, at: rollback.roll_back(
                s,
                by=by,
                at=at,
                alias=alias,
                proposal=proposal_id,
                rollback=new,
                trigger="conversion fell",
                incident=None,
                observation=observation,
                since=None,
            ),
        )
        return new

    def close_review(self, name: str, subject: str) -> Judged:
        """Close the review of *subject*."""
        return self.act(
            name,
            lambda s, by, at: review.close(
                s,
                by=by,
                at=at,
                subject=subject,
                cause="a feature was stale",
                changes=("the feature is checked",),
                tests=("a test of it",),
                summary=None,
                why=None,
            ),
        )

    def release(self, effect: ReleaseEffect | None = None) -> str:
        """Open, attach, approve, start and complete: the whole path; the proposal's id."""
        of = self.open("frank", effect)
        self.attach("erin", of)
        self.approve("alice", of, "model-owner")
        self.approve("dana", of, "data-owner")
        self.start("omar", of)
        self.complete("omar", self.change(of).alias)
        return of

    def proposal(self, of: str) -> ProposalState:
        """The state of a proposal that exists."""
        state = self.standing.proposal(of)
        assert state is not None
        return state

    def change(self, of: str) -> ReleaseEffect:
        """The release that a proposal asks for."""
        return require_release(self.proposal(of).effect, 0)

    def signer(self, name: str) -> SignerState:
        """The state of a signer who exists."""
        state = self.standing.signer(name)
        assert state is not None
        return state

    def _roster(
        self,
        people: Mapping[str, Sequence[str]],
        services: Mapping[str, tuple[str, Sequence[str]]],
    ) -> tuple[RosterMember, ...]:
        roots = list(people)[:3]
        persons = [
            _member(name, "person", None, self.keys[name], roles, root=name in roots)
            for name, roles in people.items()
        ]
        bots = [
            _member(name, "service", accountable, self.keys[name], roles, root=False)
            for name, (accountable, roles) in services.items()
        ]
        return (*persons, *bots)

    def _found(self, policy: str) -> None:
        name = self.roster[0].signer
        key = self.keys[name]
        parsed = read_policy(policy, file="policy.toml")
        event = found(
            self.standing,
            founder=name,
            founder_key=key.public.id,
            name="simulated",
            roster=self.roster,
            root_threshold=2,
            policy=PolicyDocument(text=policy, canonical=parsed.canonical()),
            rehearsal=True,
            solo=False,
        )
        entry = place(self.standing, event, Signer(name, key), now=self.now, ledger_id=None)
        payload = entry.payload()
        self.id = ledger_id(payload)
        founded = self.smuggle(seal(payload, key))
        assert founded.admitted, founded.finding


def metric(value: str, *, name: str = "auc", segment: str | None = None) -> Metric:
    """A number without a confidence interval."""
    return Metric(name=name, segment=segment, value=value, low=None, high=None, level=None)


def _member(
    name: str,
    kind: str,
    accountable: str | None,
    key: KeyHolder,
    roles: Sequence[str],
    *,
    root: bool,
) -> RosterMember:
    return RosterMember.model_validate(
        {
            "signer": name,
            "signer_kind": kind,
            "accountable": accountable,
            "key": key.public.text,
            "roles": tuple(sorted(roles)),
            "root": root,
        }
    )
