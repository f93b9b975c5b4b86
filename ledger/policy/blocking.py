"""What forbids a case whatever else is met: vetoes, a moved base, limits, duties, environments."""

from collections.abc import Iterator

from ledger.model.effects import Effect, ExceptionEffect, ReleaseEffect
from ledger.model.terms import format_instant, parse_instant
from ledger.policy.assessment import Block
from ledger.policy.case import Case, Stopped
from ledger.policy.circumstances import Circumstances
from ledger.policy.document import Policy
from ledger.policy.duties import on_opening


def blocks(policy: Policy, case: Case, facts: Circumstances, at: int) -> Iterator[Block]:
    """Yield every :class:`Block` of *case* at *at*.

    Codes: ``rejected``, ``base-moved``, ``candidate-running``, ``duty``,
    ``prohibited-permission``, ``mutation-not-allowed``, ``unknown-environment``,
    ``environment-before``, ``policy-moved``, ``disowned``, ``policy-unsupported``,
    ``alias-frozen``, ``capability-disabled``, ``generation-halted``, ``exception-owing``,
    ``already-over``.
    """
    for rejection in case.rejections:
        if rejection.revision == case.revision:
            text = f"{rejection.signer} rejected it as {rejection.role}: {rejection.reason}"
            yield Block("rejected", rejection.signer, rejection.position, text)
    if case.closed is None:
        yield from _moved(case)
        yield from _unsupported(policy, case)
        yield from map(stopped, case.stops)
        yield from _owing(case, at)
        yield from _over(case.effect, at)
    if policy.duties:
        yield from _duties(policy, case, facts)
    if isinstance(case.effect, ReleaseEffect):
        yield from _limits(policy, case.effect, facts)
        yield from _environments(policy, case, case.effect)


def _moved(case: Case) -> Iterator[Block]:
    if case.base != case.changed:
        text = f"{subject_of(case.effect)} has changed since; revise the proposal"
        yield Block("base-moved", None, case.changed, text)
    if case.candidate is not None:
        text = f"another release to {case.effect.alias} is under way"
        yield Block("candidate-running", None, None, text)


def stopped(stop: Stopped) -> Block:
    """How *stop* forbids what it is about."""
    kind, _, name = stop.target.partition("/")
    said = {
        "alias": ("alias-frozen", f"{name} is frozen"),
        "capability": ("capability-disabled", f"the permission {name} is disabled"),
        "generation": ("generation-halted", "what services open or revise is halted"),
    }
    code, text = said[kind]
    text += f", by {stop.by} at position {stop.position}"
    return Block(code, stop.by, stop.position, text)


def _owing(case: Case, at: int) -> Iterator[Block]:
    """Releases under an exception that has ended: nothing else starts until they are settled."""
    for one in case.owing:
        if at >= one.until:
            text = (
                f"#{one.number} was released under an exception that ended at"
                f" {format_instant(one.until)}; it is fully approved or rolled back first"
            )
            yield Block("exception-owing", None, None, text)


def _over(effect: Effect, at: int) -> Iterator[Block]:
    """An exception that was asked for until a time that is over."""
    if isinstance(effect, ExceptionEffect) and at >= parse_instant(effect.until):
        text = f"it was to end at {effect.until}; revise the proposal"
        yield Block("already-over", None, None, text)


def subject_of(effect: Effect) -> str:
    """What *effect* is about, in words."""
    if effect.effect == "exception":
        return "the proposal that it is about"
    if effect.alias is not None:
        return effect.alias
    match effect.effect:
        case "enrolment" | "roles" | "rotation" | "disown":
            return f"the signer {effect.signer}"
        case "root":
            return "the root"
        case "policy":
            return "the policy"
        case _:
            return "the ledger"


def _unsupported(policy: Policy, case: Case) -> Iterator[Block]:
    """What nobody stands for any longer: the revision, or the policy that would judge it."""
    if case.disowned:
        text = "it was proposed with a key that was disowned since; somebody proposes it again"
        yield Block("disowned", None, None, text)
    if isinstance(case.effect, ReleaseEffect) and not case.supported:
        text = f"policy {policy.number} has lost its consent; the root publishes one again"
        yield Block("policy-unsupported", None, None, text)


def _duties(policy: Policy, case: Case, facts: Circumstances) -> Iterator[Block]:
    """Parties who must not propose this: the proposal is theirs whoever opened it."""
    for one in on_opening(policy, case, facts):
        if one.lifted_by is None:
            text = f"{one.signer} has a hand in it, against the duty {one.duty.id}"
            yield Block("duty", one.signer, None, text)


def _limits(policy: Policy, effect: ReleaseEffect, facts: Circumstances) -> Iterator[Block]:
    for permission in prohibited(policy, effect):
        text = f"the permission {permission} is prohibited, at any tier and under any exception"
        yield Block("prohibited-permission", None, None, text)
    admitted = {one.tier: one.names for one in policy.limits.mutations}
    for tier in dict.fromkeys(tier for _, tier in facts.stages):
        for mutation in effect.mutations:
            if mutation not in admitted.get(tier, effect.mutations):
                allowed = ", ".join(admitted[tier]) or "none"
                text = f"the mutation {mutation} is not allowed at tier {tier} (allowed: {allowed})"
                yield Block("mutation-not-allowed", None, None, text)


def prohibited(policy: Policy, effect: ReleaseEffect) -> tuple[str, ...]:
    """The permissions of *effect* that no stack may hold."""
    return tuple(
        name for name in effect.stack.permissions if name in policy.limits.prohibited_permissions
    )


def _environments(policy: Policy, case: Case, effect: ReleaseEffect) -> Iterator[Block]:
    """Where nobody has to approve, what was proposed under another policy is proposed again.

    Else a new policy alone could open the gate: elsewhere approvals name its number.
    """
    if policy.environments is None:
        return
    order = policy.environments.order
    model, _, environment = effect.alias.partition("/")
    if environment not in order:
        text = f"{environment} is no environment of policy {policy.number}: {', '.join(order)}"
        yield Block("unknown-environment", None, None, text)
        return
    if environment in policy.environments.automatic and case.policy != policy.number:
        text = f"policy {policy.number} is in force since; revise the proposal"
        yield Block("policy-moved", None, None, text)
    rank = order.index(environment)
    if rank and order[rank - 1] not in case.completed:
        text = f"{model}/{order[rank - 1]} has not completed this stack"
        yield Block("environment-before", None, None, text)
