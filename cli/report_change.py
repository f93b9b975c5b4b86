"""What a change request says of itself, as a person reads it: the texts, and the answers."""

from cli.sections import Section
from ledger.decide.states import ProposalState
from ledger.model.effects import ReleaseEffect
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
