"""Steps of a random history about exceptions and stops: asked for, used, made up for, ended.

As the steps about signers: each makes what it likes of two numbers, and what the rules
forbid is left out.
"""

from collections.abc import Sequence
from contextlib import suppress

from ledger.decide import approval
from ledger.decide.cases import assess_proposal
from ledger.decide.settling import settlement
from ledger.decide.states import ProposalState
from ledger.errors import AssentError
from ledger.model.effects import ExceptionEffect, ReleaseEffect
from ledger.model.events import ExceptionClosed, ExceptionGranted
from ledger.model.terms import format_instant
from ledger.policy.assessment import RequirementStatus
from tests.exception_acts import close_exception, drilled, set_stop
from tests.organisation import Organisation, change, stack
from tests.projections.roster_steps import Step, anybody, carry, evaluate, gather, open_by_anybody
from tests.projections.watching_steps import ALIASES, arrive

HOUR = 3_600
LIVES = (1, 2, 5, 20, 48, 100)
"""Hours that exceptions are asked for; the last are longer than policies allow."""

TARGETS = (
    *(f"alias/{name}" for name in ALIASES),
    *("capability/network", "capability/tools", "generation", "signer/breeder"),
)


def _releases(org: Organisation) -> list[ProposalState]:
    """The open proposals of releases, the newest first."""
    numbers = range(org.standing.head.proposals, 0, -1)
    found = (org.standing.numbered(number) for number in numbers)
    return [
        one
        for one in found
        if one is not None and one.closure is None and isinstance(one.effect, ReleaseEffect)
    ]


def _exceptions(org: Organisation) -> list[str]:
    return [
        judged.entry.event.proposal
        for judged in org.judged
        if judged.admitted
        and judged.entry is not None
        and isinstance(judged.entry.event, ExceptionGranted)
    ]


def _asking(
    org: Organisation, state: ProposalState, waives: Sequence[str], two: int
) -> ExceptionEffect:
    release = state.effect
    assert isinstance(release, ReleaseEffect)
    return ExceptionEffect(
        release=state.id,
        revision=state.revision,
        alias=release.alias,
        waives=tuple(sorted({*waives})) or ("nothing",),
        owner=("frank", "omar", "rita", "erin")[two % 4],
        incident="INC-9",
        controls=("somebody watches",),
        until=format_instant(org.now + 1 + LIVES[two % len(LIVES)] * HOUR),
        summary="at once",
        why=None,
        contributors=(),
    )


def waive(org: Organisation, one: int, two: int) -> None:
    """An exception for an open release, granted or only asked for."""
    some = _releases(org)
    if not some:
        return
    names = [rule.id for rule in org.standing.policy().requirements if not rule.hard]
    chosen = [names[one % len(names)], names[two % len(names)]] if names else []
    effect = _asking(org, some[one % min(4, len(some))], chosen, two)
    if one % 5 == 0:
        open_by_anybody(org, effect)
    else:
        carry(org, effect)


def hurry(org: Organisation, one: int, two: int) -> None:
    """A release that lacks something, started under an exception if one may be had."""
    alias = ALIASES[one % 3]
    of = open_by_anybody(
        org, change(stack(model=f"m{one % 4}", dataset=f"d{two % 3}"), alias=alias)
    )
    if two % 3:
        evaluate(org, of, f"report {one}")
    lacking = [need.id for need in _unmet(org, of)]
    if lacking:
        gather(org, of, but=lacking[two % len(lacking)])
        lacking = [need.id for need in _unmet(org, of)]
        carry(org, _asking(org, org.proposal(of), lacking, two))
    anybody(org, lambda name: org.start(name, of), ("omar",))
    if one % 2:
        arrive(org, alias)


def _unmet(org: Organisation, of: str) -> list[RequirementStatus]:
    found = assess_proposal(org.standing, org.proposal(of), org.now)
    return [need for need in found.requirements if need.status == "unsatisfied"]


def make_up(org: Organisation, one: int, two: int) -> None:
    """What is owed is given, all of it or some; or taken back again."""
    alias = org.standing.alias(ALIASES[one % 3])
    running = [found.proposal for found in (alias.candidate, alias.stable) if found is not None]
    owed = [*alias.owing, *running]
    if not owed:
        return
    of = owed[two % len(owed)]
    evaluate(org, of, f"late {two}")
    for need in settlement(org.standing, org.proposal(of)).requirements[two % 2 :]:
        for quorum in (*need.stand_in, *need.approvals):
            for name in need.could:
                with suppress(AssentError):
                    org.approve(name, of, quorum.role)
    if two % 4 == 0:
        take_back_approval(org, of)


def take_back_approval(org: Organisation, of: str) -> None:
    """The last approval is retracted."""
    for given in org.proposal(of).approvals[-1:]:
        with suppress(AssentError):
            org.act(
                given.signer,
                lambda s, by, _: approval.retract(s, by=by, proposal=of, reason="no"),
            )


def end_early(org: Organisation, one: int, two: int) -> None:
    """An exception is closed by somebody, or somebody forges it."""
    granted = _exceptions(org)
    if not granted:
        return
    of = granted[-1 - one % min(4, len(granted))]
    if two % 7 == 0:
        org.force("erin", ExceptionClosed(exception=of, reason="envy"))
    else:
        anybody(org, lambda name: close_exception(org, name, of))


def look_into(org: Organisation, one: int, two: int) -> None:
    """The review of an exception, or of a stop, is closed by somebody."""
    stops = [
        judged.entry.event.override
        for judged in org.judged
        if judged.admitted
        and judged.entry is not None
        and judged.entry.event.kind == "override.set"
    ]
    subjects = _exceptions(org) if two % 3 else stops
    if subjects:
        subject = subjects[-1 - one % min(5, len(subjects))]
        first = ("alice", "erin", "rita", "dana")[two % 4]
        anybody(org, lambda name: org.close_review(name, subject), (first,))


def freeze(org: Organisation, one: int, two: int) -> None:
    """An alias, a capability, what services make, or a service is stopped."""
    target = TARGETS[one % len(TARGETS)]
    anybody(
        org,
        lambda name: set_stop(org, name, target),
        ("omar",) if two % 2 else (),
    )


def rehearse(org: Organisation, one: int, two: int) -> None:
    """A stop is rehearsed."""
    target = TARGETS[one % len(TARGETS)]
    anybody(
        org,
        lambda name: drilled(org, name, target, seconds=two),
        ("omar",) if two % 2 else (),
    )


STEPS: tuple[Step, ...] = (
    *(waive, hurry, hurry, hurry, make_up, make_up, make_up),
    *(end_early, look_into, look_into, freeze, rehearse),
)
