"""Facts and tiers: computed, declared, added; first match, fall-through, only ever raised."""

import pytest

from ledger.decide.cases import assess_proposal
from ledger.policy.assessment import Assessment
from tests.acts import add_fact, look, statuses
from tests.organisation import POLICY, Organisation, change, stack

OFFLINE = {"personal_data": False, "online": False}
MEDIUM_ONLY = """
[[requirement]]
id = "medium-only"
when = "tier == MEDIUM"
approvals = { data-owner = 1 }
because = "a rule may name one tier exactly"
"""


def second(
    auc: str = "0.95", *, baseline: str = "0.95", policy: str = POLICY
) -> tuple[Organisation, str]:
    """A stable stack whose report said *baseline*, and a new offline one that says *auc*."""
    org = Organisation(policy=policy)
    first = org.open("frank")
    org.attach("erin", first, auc=baseline)
    org.attach("rita", first, "benchmark", auc=baseline, document="benchmark")
    org.approve("alice", first, "model-owner")
    org.approve("dana", first, "data-owner")
    org.start("omar", first)
    org.complete("omar")
    of = org.open("frank", change(stack(model="m2"), declares=OFFLINE))
    org.attach("erin", of, auc=auc)
    return org, of


def test_a_first_release_is_of_the_highest_tier_whatever_is_declared() -> None:
    org = Organisation()
    of = org.open("frank", change(declares=OFFLINE, risk="low"))

    assert (look(org, of).tier, look(org, of).tier_because) == ("high", ("first-release",))


def test_the_first_rule_that_matches_gives_the_tier() -> None:
    org, of = second()
    both = org.open("frank", change(declares={"personal_data": True, "online": False}))

    assert (look(org, of).tier, look(org, of).tier_because) == ("low", ("offline",))
    assert (look(org, both).tier, look(org, both).tier_because) == ("high", ("people",))


def test_where_no_rule_matches_the_tier_is_the_highest() -> None:
    ordinary = '[[tier]]\nis = "medium"\nid = "ordinary"\n'
    org, _ = second(policy=POLICY.replace(ordinary, ""))
    of = org.open("frank")

    assert (look(org, of).tier, look(org, of).tier_because) == ("high", ("nothing-matched",))


def test_the_declared_risk_raises_the_tier() -> None:
    org, _ = second()
    of = org.open("frank", change(risk="high"))

    assert (look(org, of).tier, look(org, of).tier_because) == ("high", ("declared",))


def test_the_declared_risk_never_lowers_the_tier() -> None:
    org, _ = second()
    of = org.open("frank", change(risk="low"))

    assert (look(org, of).tier, look(org, of).tier_because) == ("medium", ("ordinary",))


def test_what_is_not_stated_counts_as_yes() -> None:
    org, _ = second()
    of = org.open("frank", change(declares={"online": False}))

    assert look(org, of).facts["personal_data"] is True
    assert look(org, of).tier == "high"


def test_what_is_declared_as_no_counts_as_no() -> None:
    org, of = second()

    assert look(org, of).facts["personal_data"] is False


def test_an_added_fact_counts_as_yes_and_raises_the_tier() -> None:
    org, of = second()

    add_fact(org, "alice", of)

    assert look(org, of).facts["personal_data"] is True
    assert look(org, of).tier == "high"


def test_an_added_fact_that_would_lower_the_tier_does_not() -> None:
    """A rule may ask for less where a fact holds; who adds the fact does not profit."""
    policy = POLICY.replace("!online && shift == 'none'", "online")
    org, of = second(policy=policy)
    assert look(org, of).tier == "medium"

    add_fact(org, "alice", of, "online")

    assert look(org, of).tier == "medium"


@pytest.mark.parametrize("risk", [None, "low", "medium", "high"])
def test_an_added_fact_removes_no_requirement_of_one_tier_alone(risk: str | None) -> None:
    """Also not where the declared risk, and not a rule, led to that tier."""
    policy = POLICY.replace("[approvals]", MEDIUM_ONLY + "[approvals]")
    org, _ = second(policy=policy)
    asked = change(stack(model="m3"), declares=OFFLINE).model_dump() | {"risk": risk}
    of = org.open("frank", type(change()).model_validate(asked))
    org.attach("erin", of)
    before = statuses(org, of)

    add_fact(org, "alice", of)

    after = statuses(org, of)
    assert (before["medium-only"] == "not-applicable") == (risk != "medium")
    assert {i for i, s in before.items() if s != "not-applicable"} <= {
        i for i, s in after.items() if s != "not-applicable"
    }


@pytest.mark.parametrize(
    ("auc", "baseline", "word"),
    [
        ("1", "1", "none"),
        ("1.01", "1", "small"),
        ("0.99", "1", "small"),
        ("1.010000000001", "1", "moderate"),
        ("1.05", "1", "moderate"),
        ("0.95", "1", "moderate"),
        ("1.050000000001", "1", "large"),
        ("0.949999999999", "1", "large"),
    ],
)
def test_the_word_for_a_shift_is_exact_at_its_bounds(auc: str, baseline: str, word: str) -> None:
    org, of = second(auc, baseline=baseline)

    assert look(org, of).facts["shift"] == word


def test_a_shift_without_a_number_now_is_large() -> None:
    org, _ = second()

    assert look(org, org.open("frank")).facts["shift"] == "large"


def test_a_shift_that_documents_disagree_on_is_large() -> None:
    org, of = second(policy=BENCHMARK)
    org.attach("rita", of, "benchmark", auc="0.96", document="other")

    assert look(org, of).facts["shift"] == "large"


BENCHMARK = POLICY.replace(
    "[approvals]",
    """
[[requirement]]
id = "benchmark"
when = "tier == HIGH"
because = "high risk asks for a benchmark too"
from = "benchmark"
[requirement.evidence.benchmark]
max_age = "1d"
[requirement.metrics]
auc = { min = "0.10" }
[approvals]""",
)


def test_a_document_that_expires_does_not_change_the_facts_nor_the_tier() -> None:
    """Else the passing of time alone would make a shift smaller and ask for less."""
    org, of = second(policy=BENCHMARK)
    org.attach("rita", of, "benchmark", auc="0.50", document="other")
    before = look(org, of)

    after: Assessment = assess_proposal(org.standing, org.proposal(of), org.now + 86_400)

    assert (before.facts["shift"], before.tier) == ("large", "medium")
    assert (after.facts, after.tier) == (before.facts, before.tier)


def test_what_a_change_touches_follows_from_comparing_the_stacks() -> None:
    org, _ = second()
    of = org.open("frank", change(stack(["net"], model="m1", dataset="d2", sdk="s1")))

    facts = look(org, of).facts

    assert facts["touches"] == ("dataset", "sdk")
    assert facts["modifies_data_lineage"] is True
    assert facts["modifies_code"] is True
    assert facts["modifies_evaluator"] is False
    assert facts["expands_permissions"] is True


def test_a_new_report_alone_touches_nothing() -> None:
    org, _ = second()
    of = org.open("frank", change(stack(evaluation_report="e2")))

    assert look(org, of).facts["touches"] == ()


def test_on_a_first_release_every_component_is_touched() -> None:
    org = Organisation()

    assert look(org, org.open("frank")).facts["touches"] == ("dataset", "model")
