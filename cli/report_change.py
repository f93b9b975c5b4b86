"""A change request as a person reads it: what it says of itself, the answers, and the stack."""

from collections.abc import Iterator

from cli.sections import Section
from cli.wording import short
from ledger.decide.cases import context_of
from ledger.decide.context import Standing
from ledger.decide.states import ProposalState
from ledger.model.effects import ReleaseEffect
from ledger.model.stack import Stack
from ledger.model.terms import format_duration
from ledger.policy.assessment import Assessment


def change_section(effect: ReleaseEffect) -> Section:
    """The texts of *effect* that were filled in, in the order of the file."""
    within = effect.rollback.within
    told = [
        ("why", effect.why),
        ("scope", effect.scope),
        ("impact", effect.impact),
        ("risk", " - ".join(text for text in (effect.risk, effect.risk_rationale) if text)),
        ("known risks", "; ".join(effect.known_risks)),
        ("benefits", "; ".join(effect.benefits)),
        ("mutations", ", ".join(effect.mutations)),
        ("channels", ", ".join(effect.channels)),
        ("owner", effect.owner),
        ("on call", effect.on_call),
        ("rollout", effect.rollout.plan),
        ("rollback", effect.rollback.plan),
        ("  trigger", effect.rollback.trigger),
        ("  by", effect.rollback.owner),
        ("  within", None if within is None else format_duration(within)),
        *((f"link {link.name}", link.target) for link in effect.links),
    ]
    return Section("The change", tuple((name, text) for name, text in told if text))


def answers_section(effect: ReleaseEffect, state: ProposalState, found: Assessment) -> Section:
    """Every "no" somebody signed for, and every "yes", stated or by silence."""
    stated = {item.fact: item.value for item in effect.declares}
    added = {addition.fact: addition.signer for addition in state.added}
    no = [item.fact for item in found.binding.facts if not item.value]
    rows: list[tuple[str, str]] = []
    if no:
        rows.append(("no", ", ".join(no)))
    yes = [item.fact for item in found.binding.facts if item.value]
    said = [fact for fact in yes if stated.get(fact) and fact not in added]
    silent = [fact for fact in yes if fact not in stated and fact not in added]
    if said:
        rows.append(("yes", ", ".join(said)))
    if silent:
        rows.append(("yes, not stated", ", ".join(silent)))
    rows += [("yes, added", f"{fact} (by {who})") for fact, who in sorted(added.items())]
    return Section("Declared", tuple(rows))


def stack_section(standing: Standing, state: ProposalState, effect: ReleaseEffect) -> Section:
    """The stack against the one that the alias runs; or as it runs, once it does."""
    stable = standing.alias(effect.alias).stable
    if state.closed == "enacted" and stable is not None and stable.proposal == state.id:
        return Section(
            f"The stack that {effect.alias} runs since",
            tuple(_stack_rows(effect.stack, None)),
            ("component", "", "version", "digest"),
        )
    return changes_section(standing, state, effect)


def changes_section(standing: Standing, state: ProposalState, effect: ReleaseEffect) -> Section:
    """The stack against the one that the alias runs, or ran when *state* was closed."""
    runs, old = compared_with(standing, state)
    rows = tuple(_stack_rows(effect.stack, old)) or (("nothing", "", "", ""),)
    return Section(
        f"What changes on {effect.alias} ({runs})", rows, ("component", "old", "new", "digest")
    )


def compared_with(standing: Standing, state: ProposalState) -> tuple[str, Stack | None]:
    """What the stack of *state* is compared with, in words and as it is; ``None``: with nothing."""
    stable = context_of(standing, state).stable
    known = None if stable is None else standing.proposal(stable.proposal)
    if stable is None or known is None:
        return f"nothing {'runs' if state.closure is None else 'ran'} there yet", None
    if stable.unsupported:
        # It is compared with nothing: whoever consents is asked for all of it once more.
        lost = f"#{known.number} runs there, and has lost its consent: all of it is asked for"
        return lost, None
    return f"against #{known.number}", stable.stack


def _stack_rows(new: Stack, old: Stack | None) -> Iterator[tuple[str, ...]]:
    """The components in which two stacks differ: old and new version and digest."""
    before = {} if old is None else {part.component: part for part in old.components}
    after = {part.component: part for part in new.components}
    for name in sorted({*before, *after}):
        one, other = before.get(name), after.get(name)
        if one is not None and other is not None and one.digest == other.digest:
            if one.version == other.version:
                continue
            yield name, one.version, other.version, f"{short(one.digest)} (unchanged)"
            continue
        was = "-" if one is None else one.version
        now = "(taken out)" if other is None else other.version
        digests = " -> ".join(short(part.digest) for part in (one, other) if part is not None)
        yield name, was, now, digests
    held = () if old is None else old.permissions
    for permission in sorted({*held, *new.permissions}):
        if (permission in held) != (permission in new.permissions):
            was, now = ("-", "held") if permission in new.permissions else ("held", "(dropped)")
            yield "permission", was, now, permission
