"""The policy as it judges: frozen models in the normalised form that the ledger keeps.

People write TOML (``reading``); this is what it means. Its canonical JSON, keys as
the fields below and what is unset left out, stands beside the text in the ledger and
is what every rule reads. Names that come from outside (roles, facts, metrics,
segments) are values here, never keys. Decimals are text; durations whole seconds.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from ledger.model.canonical import encode
from ledger.model.frozen import Frozen
from ledger.model.names import Identifier, Name, Tier
from ledger.model.terms import DecimalText
from ledger.policy.bounded import MetricCheck, SegmentCheck
from ledger.policy.rollout import STAGES, Rollback, Stage
from ledger.policy.values import (
    BLOCKS,
    PARTS,
    Because,
    Ceiling,
    Clock,
    ConditionText,
    Count,
    FactName,
    Identifiers,
    Names,
    Seconds,
)

MustNot = Literal["approve", "open", "attach-evidence", "withdraw-evidence", "operate", "act"]
"""What a duty forbids; ``act`` is everything but a short list that ``duties`` names."""


class Role(Frozen):
    """A role, and what its holders are accountable for."""

    name: Identifier
    because: Because = ""


class Declared(Frozen):
    """A fact that only people know; who stays silent about it is taken to say yes."""

    name: FactName
    because: Because = ""


class Shift(Frozen):
    """How the largest relative change of ``metrics`` becomes a word.

    ``none`` is no change, ``small`` up to the first bound, ``moderate`` up to the
    second (bounds inclusive), else ``large``.
    """

    metrics: Names = Field(min_length=1)
    small: DecimalText
    moderate: DecimalText


class Duty(Frozen):
    """What holders of ``role`` must not do where ``when`` holds; without ``when``, ever."""

    id: Identifier
    role: Identifier
    must_not: MustNot
    when: ConditionText | None = None
    because: Because = ""


class Combination(Frozen):
    """Two roles that one person may use side by side in spite of a duty of either."""

    roles: tuple[Identifier, Identifier]
    because: Because = ""


class TierRule(Frozen):
    """The tier of a proposal for which ``when`` holds; without ``when`` it always does."""

    id: Identifier
    tier: Tier
    when: ConditionText | None = None


class RoleCount(Frozen):
    """So many approvals by distinct people in a role."""

    role: Identifier
    count: Count


class EvidenceRule(Frozen):
    """A document that must be there: how old at most (seconds), attached by holders of which roles.

    An empty ``by`` lets any signer attach it; ``independent`` excludes the parties.
    """

    type: Identifier
    max_age: Seconds | None = None
    by: Identifiers = ()
    independent: bool = False


class Requirement(Frozen):
    """One thing a release needs, when ``when`` holds: people, documents, fields, numbers.

    ``source`` is the evidence type whose counted document supplies the numbers; the
    holders of the roles in ``notify`` are told, and need not answer.
    """

    id: Identifier
    when: ConditionText | None = None
    approvals: tuple[RoleCount, ...] = Field(default=(), max_length=PARTS)
    evidence: tuple[EvidenceRule, ...] = Field(default=(), max_length=PARTS)
    fields: tuple[Name, ...] = Field(default=(), max_length=PARTS)
    source: Identifier | None = None
    metrics: tuple[MetricCheck, ...] = Field(default=(), max_length=PARTS)
    segments: tuple[SegmentCheck, ...] = Field(default=(), max_length=PARTS)
    domain: Identifier | None = None
    hard: bool = False
    notify: Identifiers = ()
    because: Because = ""


class MutationList(Frozen):
    """The mutations that a change of ``tier`` may name; an empty list allows none."""

    tier: Tier
    names: Names


class Limits(Frozen):
    """How many candidates may be open at once, and what no change may do.

    ``open_candidates`` counts the open proposals of releases in all,
    ``open_candidates_per_service`` those of each service; ``reserved_for_people`` is how
    many of the former no service can take. A tier without a list admits every mutation.
    """

    open_candidates: Ceiling | None = None
    open_candidates_per_service: Ceiling | None = None
    reserved_for_people: Ceiling = 0
    prohibited_permissions: Identifiers = ()
    mutations: tuple[MutationList, ...] = Field(default=(), max_length=PARTS)


class Environments(Frozen):
    """The environments a stack passes in their order, and which of them need no approvals.

    ``services`` may operate the releases to the ``automatic`` ones.
    """

    order: Identifiers = Field(min_length=1)
    automatic: Identifiers = ()
    services: Identifiers = ()


class Stewardship(Frozen):
    """The consent that a new policy and changes of the roster need."""

    approvals: tuple[RoleCount, ...] = Field(min_length=1, max_length=PARTS)


class Exceptions(Frozen):
    """What may be waived for a while, with whose consent and how it is looked at afterwards.

    An exception ends ``max_life`` seconds after it was asked for at the latest, names at
    least so many ``controls`` and no requirement of ``never``, and its review is due
    ``review_within`` seconds after its end. Once an alias had ``repeat_after`` of them, the
    next takes the stewards' consent as well.
    """

    max_life: Clock
    approvals: tuple[RoleCount, ...] = Field(min_length=1, max_length=PARTS)
    never: Identifiers = ()
    controls: Ceiling = 1
    review_within: Clock
    repeat_after: Ceiling | None = None


class Overrides(Frozen):
    """The roles whose holders may stop, and the consent that lifting a stop needs.

    The root signers may always stop; without ``lift`` only they consent to a lift.
    ``drill_every`` is how many seconds after the last drill the next is due.
    """

    set: Identifiers = ()
    lift: tuple[RoleCount, ...] = Field(default=(), max_length=PARTS)
    drill_every: Seconds | None = None


class Consent(Frozen):
    """How approvals are counted: by distinct people, and within which clocks (seconds).

    ``approve_within`` runs from the revision to the approval that makes it ready,
    ``use_within`` from that approval to the start of the release.
    """

    distinct_people: bool = True
    approve_within: Clock | None = None
    use_within: Clock | None = None


class Operation(Frozen):
    """The roles that start, advance and complete releases."""

    by: Identifiers = Field(min_length=1)


class Policy(Frozen):
    """The versioned document of roles, duties, tiers, requirements and limits that judges."""

    name: Identifier
    number: Annotated[int, Field(ge=1, le=2**53 - 1)]
    roles: tuple[Role, ...] = Field(max_length=BLOCKS)
    duties: tuple[Duty, ...] = Field(default=(), max_length=BLOCKS)
    combinations: tuple[Combination, ...] = Field(default=(), max_length=BLOCKS)
    declared: tuple[Declared, ...] = Field(default=(), max_length=BLOCKS)
    shift: Shift | None = None
    tiers: tuple[TierRule, ...] = Field(default=(), max_length=BLOCKS)
    requirements: tuple[Requirement, ...] = Field(max_length=BLOCKS)
    limits: Limits = Limits()
    consent: Consent = Consent()
    operation: Operation
    environments: Environments | None = None
    stewardship: Stewardship | None = None
    exceptions: Exceptions | None = None
    overrides: Overrides | None = None
    stages: tuple[Stage, ...] = Field(default=(), max_length=STAGES)
    rollback: Rollback | None = None

    @property
    def takers(self) -> tuple[str, ...]:
        """The roles that roll releases back: without ``[rollback]``, those that operate them."""
        return self.operation.by if self.rollback is None else self.rollback.by

    @cached_property
    def evidence_rules(self) -> Mapping[str, EvidenceRule]:
        """The rule of each evidence type that a requirement asks for."""
        return {rule.type: rule for need in self.requirements for rule in need.evidence}

    @cached_property
    def evidence_domains(self) -> Mapping[str, str]:
        """The domain of the requirement that asks for each evidence type, empty without one."""
        return {
            rule.type: need.domain or "" for need in self.requirements for rule in need.evidence
        }

    def supplies(self, type_: str, metric: str) -> bool:
        """Whether evidence of *type_* supplies *metric*: the types that checks of it name, or any.

        So nobody moves a tier or a baseline with a document of another type.
        """
        return type_ in self._metric_sources.get(metric, (type_,))

    @cached_property
    def _metric_sources(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for need in self.requirements:
            names = [*(one.name for one in need.metrics), *(one.metric for one in need.segments)]
            for name in names if need.source is not None else ():
                found[name] = found.get(name, frozenset()) | {need.source or ""}
        return found

    @cached_property
    def role_requirements(self) -> Mapping[str, tuple[str, ...]]:
        """The ids of the requirements of a release that ask for approvals in each role."""
        found: dict[str, tuple[str, ...]] = {}
        for need in self.requirements:
            for count in need.approvals:
                found[count.role] = (*found.get(count.role, ()), need.id)
        return found

    def canonical(self) -> str:
        """Write the canonical JSON of the policy, in which what is unset is left out."""
        return encode(self.model_dump(mode="json", exclude_none=True)).decode()
