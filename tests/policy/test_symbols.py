"""Which cases are possible at all: what is never computed together, and what can be."""

from typing import Final, get_args

import pytest

from ledger.decide.cases import case_of
from ledger.errors import Uncheckable
from ledger.model.effects import EFFECTS, Effect
from ledger.policy.analysis.diagrams import NO
from ledger.policy.analysis.mentions import WORDS
from ledger.policy.analysis.shifts import shift_pairs
from ledger.policy.analysis.sides import Side, doing
from ledger.policy.analysis.symbols import Symbols
from ledger.policy.circumstances import circumstances
from ledger.policy.conditions import Value
from ledger.policy.consent import consents_to
from ledger.policy.document import Declared, Operation, Policy, Requirement, Shift
from ledger.policy.facts import SHIFTS, vocabulary
from tests.acts import look
from tests.exception_acts import urgent, waiving
from tests.organisation import POLICY, Organisation, change, stack
from tests.policies import exceptional
from tests.policy.weakened import BASE
from tests.policy.weakened import policy as weakened


def policy(*whens: str, shift: bool = True) -> Policy:
    """A policy of which the conditions of the requirements are *whens*."""
    return Policy(
        name="small",
        number=1,
        roles=(),
        declared=(Declared(name="online"),),
        shift=Shift(metrics=("auc",), small="0.01", moderate="0.05") if shift else None,
        requirements=tuple(Requirement(id=f"r{i}", when=when) for i, when in enumerate(whens)),
        operation=Operation(by=("anyone",)),
    )


def impossible(when: str, subject: Policy | None = None) -> bool:
    side = Side(Symbols(subject or policy(when)), 0)
    return side.symbols.diagrams.choose(side.symbols.releases, side.holds(when), NO) == NO


@pytest.mark.parametrize(
    "when",
    [
        "shift == 'none' && shift == 'small'",
        "shift == 'enormous'",
        "'evaluation-report' in touches",
        "touches.exists(c, c == 'modle')",
        "modifies_code && !('code' in touches || 'sdk' in touches)",
        "modifies_evaluator != ('evaluator' in touches)",
        "expands_permissions && permissions.all(p, false)",
        "alias == 'fraud/live' && model != 'fraud'",
        "alias == 'fraud/live' && environment == 'dev'",
        "alias == 'fraud'",
        "model == ''",
        "!affects_production_traffic",
        "effect == 'policy'",
        "tier == LOW || tier == MEDIUM",
    ],
)
def test_what_can_never_be_computed_together_is_impossible(when: str) -> None:
    assert impossible(when)
    assert not impossible(f"!({when})")


@pytest.mark.parametrize(
    "when",
    [
        "touches.all(c, false)",
        "touches.exists(c, c != 'code') && touches.exists(c, c != 'model')",
        "mutations.exists(m, m != 'adapter') && mutations.exists(m, !(m in channels))",
        "channels.exists(c, c in mutations && !(c in permissions))",
        "environment == model",
        "environment in channels && channels.exists(c, c != environment)",
        "alias in channels && alias != 'fraud/live'",
        "expands_permissions && permissions.all(p, p != 'net')",
        "tier == HIGH && shift == 'none'",
    ],
)
def test_what_can_be_is_possible_also_where_facts_are_compared_with_each_other(when: str) -> None:
    assert not impossible(when)
    assert not impossible(f"!({when})")


@pytest.mark.parametrize(
    "when",
    [
        "shift != 'large'",
        "tier != HIGH",
        "touches.all(c, false)",
        "permissions.exists(p, !expands_permissions)",
    ],
)
def test_on_a_first_release_all_is_new(when: str) -> None:
    side = Side(Symbols(policy(when)), 0)
    choose, symbols = side.symbols.diagrams.choose, side.symbols

    assert choose(choose(symbols.releases, symbols.first, NO), side.holds(when), NO) == NO


def test_without_a_shift_block_the_shift_is_large() -> None:
    assert impossible("shift != 'large'", policy("shift != 'large'", shift=False))
    assert not impossible("shift != 'large'")


def test_more_words_than_variables_are_refused_before_they_are_paired() -> None:
    whens = [
        f"{fact} in {[f'{fact[:1]}{n}-{m}' for m in range(150)]}"
        for fact in ("model", "environment")
        for n in range(2)
    ]

    with pytest.raises(Uncheckable, match=f"too many cases .* more than {WORDS} words") as refused:
        Symbols(policy(*whens))

    assert refused.value.code == "too-many-cases"


@pytest.mark.parametrize("first", [True, False])
def test_the_facts_of_an_assessment_are_a_possible_case(*, first: bool) -> None:
    """What `circumstances` computes from real stacks is never left out."""
    org = Organisation(policy=POLICY)
    of = org.open("frank", change(stack(["net"], sdk="s1"), mutations=["adapter"]))
    if not first:
        org.attach("erin", of)
        org.approve("alice", of, "model-owner")
        org.approve("dana", of, "data-owner")
        org.start("omar", of)
        org.complete("omar")
        of = org.open("frank", change(stack(["net", "gpu"], model="m2", prompts="p")))
    side = Side(Symbols(org.standing.policy()), 0)
    diagrams, names = side.symbols.diagrams, vocabulary(org.standing.policy(), "requirement")

    facts = {name: value for name, value in look(org, of).facts.items() if name in names}
    same = [side.holds(_told(name, value)) for name, value in facts.items() if name != "alias"]

    assert len(same) > 10
    assert diagrams.all_of([side.symbols.releases, *same]) != NO


def _told(name: str, value: Value) -> str:
    if isinstance(value, bool):
        return name if value else f"!{name}"
    if isinstance(value, str):
        return f"{name} == '{value}'" if name == "shift" else f"{name} == {name}"
    return (
        " && ".join(
            [f"{name}.all(x, x in {list(value)})", *(f"'{word}' in {name}" for word in value)]
        )
        if name == "touches"
        else f"{name}.exists(x, true) == {str(bool(value)).lower()}"
    )


ASKED: Final = {kind.model_fields["effect"].default: kind for kind in get_args(get_args(Effect)[0])}
"""The effects there are, by the word for each."""


def test_a_condition_knows_every_effect_that_can_be_asked_for() -> None:
    assert set(EFFECTS) == set(ASKED)


@pytest.mark.parametrize("effect", sorted(ASKED.keys() - {"release"}))
def test_duties_about_an_approval_are_asked_about_the_consent_that_its_effect_takes(
    effect: str,
) -> None:
    asking = weakened(BASE)
    wanted = ASKED[effect].model_construct()
    consents = [
        consent
        for earlier in (0, 100)
        for consent in consents_to(asking, wanted, root_only=False, earlier=earlier)
        if consent.approvals
    ]
    symbols = Symbols(asking)
    approving = symbols.diagrams.choose(doing(symbols, "approve"), symbols.effect[effect], NO)

    assert (approving != NO) == bool(consents)
    for word, node in symbols.requirement.items():
        possible = symbols.diagrams.choose(approving, node, NO) != NO
        assert possible == (word in {consent.id for consent in consents})


@pytest.mark.parametrize(("said", "stewards"), [("repeat_after = 2\n", True), ("", False)])
def test_stewards_are_asked_about_exceptions_only_where_they_are_repeated(
    said: str, *, stewards: bool
) -> None:
    asking = weakened(BASE.replace("repeat_after = 2\n", said))
    symbols = Symbols(asking)
    asked = symbols.diagrams.all_of(
        (
            doing(symbols, "approve"),
            symbols.effect["exception"],
            symbols.requirement["stewardship"],
        )
    )

    assert (asked != NO) == stewards


def test_the_facts_of_an_exception_are_a_possible_case() -> None:
    org = exceptional()
    asked = org.open("olga", waiving(org, urgent(org), "evaluation", "quality"))
    policy = org.standing.policy()
    side = Side(Symbols(policy), 0)
    diagrams, names = side.symbols.diagrams, vocabulary(policy, "approve")

    found = circumstances(policy, case_of(org.standing, org.proposal(asked)), {})
    facts = {name: value for name, value in found.facts.items() if name in names}
    same = [side.holds(_told(name, value)) for name, value in facts.items() if name != "alias"]

    assert facts["waives_domains"] == ("quality",)
    assert len(same) > 10
    assert diagrams.all_of([side.symbols.possible, side.symbols.effect["exception"], *same]) != NO


@pytest.mark.parametrize(
    "when",
    ["touches.exists(c, true)", "affects_production_traffic", "!online", "shift == 'none'"],
)
def test_no_exception_has_a_stack_of_its_own(when: str) -> None:
    asking = weakened(BASE)
    side = Side(Symbols(asking), 0)
    exceptions = side.symbols.effect["exception"]

    parts = (side.symbols.possible, exceptions, side.holds(when))

    assert side.symbols.diagrams.all_of(parts) == NO


def shift(metrics: str, small: str, moderate: str) -> Shift:
    return Shift(metrics=tuple(metrics.split()), small=small, moderate=moderate)


def test_one_change_has_words_that_fit_both_thresholds() -> None:
    found = shift_pairs(shift("auc", "0.01", "0.05"), shift("auc", "0.02", "0.05"))

    assert found == {
        ("none", "none"),
        ("small", "small"),
        ("moderate", "small"),
        ("moderate", "moderate"),
        ("large", "large"),
    }


def test_more_metrics_can_only_change_more() -> None:
    found = shift_pairs(shift("auc", "0.01", "0.05"), shift("auc f1", "0.01", "0.05"))

    order = SHIFTS.index
    assert found == {(a, b) for a in SHIFTS for b in SHIFTS if order(a) <= order(b)}
    back = shift_pairs(shift("auc f1", "0.01", "0.05"), shift("auc", "0.01", "0.05"))
    assert back == {(b, a) for a, b in found}


def test_metrics_of_which_each_policy_lacks_one_say_nothing_of_each_other() -> None:
    found = shift_pairs(shift("auc ece", "0.01", "0.05"), shift("auc f1", "0", "0.05"))

    assert found == {(a, b) for a in SHIFTS for b in SHIFTS if b != "small"}


def test_with_a_bound_of_nothing_no_change_is_small() -> None:
    small = policy("shift == 'small'").model_dump() | {"shift": shift("auc", "0", "0.05")}

    assert impossible("shift == 'small'", Policy.model_validate(small))
