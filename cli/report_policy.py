"""A proposal for a policy as a person reads it: what it would change, and where it is weaker."""

from collections.abc import Iterator

from cli.policy_file import still_means
from cli.sections import Section
from ledger.decide.context import Standing
from ledger.decide.states import ProposalState
from ledger.errors import Uncheckable
from ledger.model.effects import PolicyEffect
from ledger.policy.analysis.differences import Difference, differences
from ledger.policy.analysis.weaker import Weakening, told_less, weakenings
from ledger.policy.assessment import Assessment
from ledger.policy.document import Policy
from ledger.policy.published import parse_policy


def policy_sections(
    standing: Standing, state: ProposalState, effect: PolicyEffect, found: Assessment
) -> Iterator[Section]:
    """The new policy against the one that judges the proposal."""
    proposed = parse_policy(effect.policy.canonical)
    old = standing.policy(found.policy)
    yield Section("The policy", tuple(_said_of(proposed, state, effect)))
    yield _changes(old, proposed)
    yield from _weaker(old, proposed)


def _said_of(
    proposed: Policy, state: ProposalState, effect: PolicyEffect
) -> Iterator[tuple[str, str]]:
    yield "number", str(proposed.number)
    yield "name", proposed.name
    if state.closed == "enacted":
        yield "in force", f"since position {state.closed_position}"
    if effect.why:
        yield "why", effect.why


def _changes(old: Policy, new: Policy) -> Section:
    """What was added, taken out and changed, block by block."""
    rows = [
        (one.change, _place(one), one.old or "-", one.new or "-")
        for one in differences(old, new)
        if (one.block, one.key) != ("policy", "number")
    ]
    headings = ("", "what", f"policy {old.number}", "proposed")
    title = f"What changes against policy {old.number}"
    return Section(title, tuple(rows) or (("nothing", "", "", ""),), headings)


def _place(one: Difference) -> str:
    return " ".join(part for part in (one.block, one.id, one.key) if part)


def _weaker(old: Policy, new: Policy) -> Iterator[Section]:
    """Where *new* asks for less than *old*, each with its smallest example."""
    title = f"Asks for less than policy {old.number}"
    try:
        weaker, untold = weakenings(old, new), told_less(old, new)
    except Uncheckable:
        said = "too many cases to say: read what changes, line by line"
        yield Section(title, ((said,),), marks=("red",))
        return
    headings = ("what", f"policy {old.number}", "proposed", "for example")
    if weaker:
        rows = tuple(_weakening(one) for one in weaker)
        yield Section(title, rows, headings, ("red",) * len(rows))
    else:
        yield Section(title, (("nowhere weaker",),), marks=("green",))
    yield Section(
        f"Tells less than policy {old.number}", tuple(_weakening(one) for one in untold), headings
    )


def _weakening(one: Weakening) -> tuple[str, ...]:
    example = "always" if one.example is None else ", ".join(one.example.said) or "any change"
    return one.what, one.before, one.after, example


def unfaithful(effect: PolicyEffect) -> Section:
    """A warning where the proposed text is not the policy that would judge; else empty."""
    if still_means(effect.policy.text, effect.policy.canonical):
        return Section("", ())
    rows = (
        ("Read today, it does not give the canonical JSON that is signed with it and that",),
        ("every rule would read. What is shown below is the JSON's; do not trust the text.",),
    )
    return Section("WARNING: the proposed text is NOT what would judge", rows, (), ("red", "red"))
