"""What no consent buys: mutations beyond the tier, prohibited powers, environments skipped."""

import pytest

from ledger.model.effects import ReleaseEffect
from ledger.model.names import Tier
from tests import acts
from tests.acts import look, prepared, refused, statuses
from tests.organisation import POLICY, Organisation, change, new_policy, stack
from tests.policies import ENVIRONMENTS, numbered, under

MUTATIONS = """
[limits.mutations]
low = ["quantization"]
medium = ["quantization", "prompt"]
"""
PROHIBITED = """
[limits]
prohibited_permissions = ["policy-write"]
"""
HARD = POLICY.replace('id = "data"\n', 'id = "data"\nhard = true\n')


def running(org: Organisation) -> Organisation:
    org.release(change(stack(model="m0"), alias="fraud/production"))
    return org


def medium(*mutations: str, risk: Tier | None = None) -> ReleaseEffect:
    return change(stack(model="m2"), mutations=mutations, risk=risk)


def test_a_mutation_beyond_the_list_of_the_tier_is_blocked() -> None:
    org = running(under(MUTATIONS))
    of = org.open("frank", medium("prompt", "objective"))
    org.attach("erin", of)

    found = look(org, of)

    assert found.tier == "medium"
    assert found.verdict == "blocked"
    assert [(b.code, b.message) for b in found.blocks] == [
        (
            "mutation-not-allowed",
            "the mutation objective is not allowed at tier medium (allowed: quantization, prompt)",
        )
    ]


def test_a_tier_without_a_list_admits_every_mutation() -> None:
    org = running(under(MUTATIONS))
    of = org.open("frank", medium("objective", risk="high"))
    org.attach("erin", of)

    assert look(org, of).tier == "high"
    assert look(org, of).blocks == ()


def test_an_empty_list_admits_none() -> None:
    org = running(under("\n[limits.mutations]\nmedium = []\n"))
    of = org.open("frank", medium("quantization"))
    org.attach("erin", of)

    assert [b.message for b in look(org, of).blocks] == [
        "the mutation quantization is not allowed at tier medium (allowed: none)"
    ]


def test_a_fact_added_later_does_not_buy_the_mutations_of_a_higher_tier() -> None:
    org = running(under(MUTATIONS))
    of = org.open("frank", medium("objective"))
    org.attach("erin", of)

    acts.add_fact(org, "alice", of)

    assert look(org, of).tier == "high"
    assert [b.code for b in look(org, of).blocks] == ["mutation-not-allowed"]


def test_a_prohibited_permission_is_not_even_proposed() -> None:
    org = under(PROHIBITED)

    with refused("prohibited-permission", "policy 1 prohibits the permission policy-write"):
        org.open("frank", change(stack(["policy-write"])))
    of = org.open("frank", change(stack(["read"])))
    with refused("prohibited-permission"):
        acts.revise(org, "frank", of, change(stack(["policy-write", "read"])))


def test_a_permission_prohibited_since_blocks_what_is_under_way() -> None:
    org = under()
    of = org.open("frank", change(stack(["policy-write"])))
    draft = org.open("frank", new_policy(numbered(2, PROHIBITED)))
    org.approve("alice", draft, "root")
    org.approve("bob", draft, "root")

    org.enact("omar", draft)

    assert [b.code for b in look(org, of).blocks] == ["prohibited-permission"]
    assert look(org, of).verdict == "blocked"


def test_an_environment_that_is_not_in_the_order_is_refused() -> None:
    org = under(ENVIRONMENTS)

    with refused("unknown-environment", "moon is no environment of policy 1"):
        org.open("frank", change(alias="fraud/moon"))


def ready(org: Organisation, alias: str) -> str:
    """A proposal for *alias* with its evidence, and the approvals production needs."""
    of = org.open("frank", change(alias=alias))
    org.attach("erin", of)
    if alias.endswith("/production"):
        org.approve("alice", of, "model-owner")
        org.approve("dana", of, "data-owner")
    return of


def test_in_an_automatic_environment_approvals_fall_away_and_the_rest_applies() -> None:
    org = under(ENVIRONMENTS, services={"deployer": ("frank", ())})
    of = org.open("frank", change(alias="fraud/dev"))

    assert statuses(org, of) == {
        "model-owner": "not-applicable",
        "data": "not-applicable",
        "evaluation": "unsatisfied",
        "quality": "unsatisfied",
    }
    org.attach("erin", of)
    assert look(org, of).verdict == "ready"


def test_a_hard_requirement_keeps_its_approvals_there() -> None:
    org = under(ENVIRONMENTS, text=HARD)
    of = org.open("frank", change(alias="fraud/dev"))
    org.attach("erin", of)

    assert statuses(org, of)["data"] == "unsatisfied"
    assert look(org, of).verdict == "open"


def test_no_clock_of_approvals_runs_where_none_is_asked_for() -> None:
    org = under(ENVIRONMENTS, services={"deployer": ("frank", ())})
    of = org.open("frank", change(alias="fraud/dev"))
    org.now += 20 * 86_400
    org.attach("erin", of)

    assert look(org, of).verdict == "ready"
    org.start("deployer", of)


def test_a_stack_goes_through_the_environments_in_their_order() -> None:
    org = under(ENVIRONMENTS, services={"deployer": ("frank", ())})
    live = ready(org, "fraud/production")
    assert [(b.code, b.message) for b in look(org, live).blocks] == [
        ("environment-before", "fraud/staging has not completed this stack")
    ]
    with refused("environment-before"):
        org.start("omar", live)

    for environment in ("dev", "staging"):
        of = ready(org, f"fraud/{environment}")
        org.start("deployer", of)
        assert look(org, live).verdict == "blocked", "started is not completed"
        org.complete("deployer", f"fraud/{environment}")

    assert look(org, live).verdict == "ready"
    org.start("omar", live)


def test_another_stack_or_another_model_completed_there_does_not_count() -> None:
    org = under(ENVIRONMENTS, services={"deployer": ("frank", ())})
    of = org.open("frank", change(stack(model="m2"), alias="fraud/dev"))
    org.attach("erin", of)
    org.start("deployer", of)
    org.complete("deployer", "fraud/dev")
    other = ready(org, "spam/dev")
    org.start("deployer", other)
    org.complete("deployer", "spam/dev")

    assert [b.code for b in look(org, ready(org, "fraud/staging")).blocks] == ["environment-before"]


def test_what_was_completed_counts_when_the_environment_has_moved_on() -> None:
    org = under(ENVIRONMENTS, services={"deployer": ("frank", ())})
    for model in ("m1", "m2"):
        of = org.open("frank", change(stack(model=model), alias="fraud/dev"))
        org.attach("erin", of)
        org.start("deployer", of)
        org.complete("deployer", "fraud/dev")

    assert look(org, ready(org, "fraud/staging")).blocks == ()


@pytest.mark.parametrize(
    ("name", "alias", "code"),
    [
        ("deployer", "fraud/production", "service-operator"),
        ("stranger", "fraud/dev", "service-operator"),
        ("alice", "fraud/dev", "not-operator"),
    ],
)
def test_who_operates_where(name: str, alias: str, code: str) -> None:
    org = under(ENVIRONMENTS, services={"deployer": ("frank", ()), "stranger": ("frank", ())})
    of = ready(org, alias)

    with refused(code):
        org.start(name, of)


def test_an_operator_may_operate_an_automatic_environment_as_well() -> None:
    org = under(ENVIRONMENTS)
    org.start("omar", ready(org, "fraud/dev"))


def test_a_new_policy_opens_no_gate_of_an_automatic_environment_by_itself() -> None:
    """Nobody approves there, so the revision itself has to be about the policy in force."""
    org = under(ENVIRONMENTS, services={"deployer": ("frank", ())})
    of = org.open("frank", change(alias="fraud/dev"))
    free = POLICY[: POLICY.index('[[requirement]]\nid = "evaluation"')]
    tail = POLICY[POLICY.index("[approvals]") :]
    draft = org.open(
        "frank", new_policy(numbered(2, ENVIRONMENTS, text=without_shift(free + tail)))
    )
    org.approve("alice", draft, "root")
    org.approve("bob", draft, "root")
    assert look(org, of).verdict == "open"

    org.enact("omar", draft)

    assert [b.code for b in look(org, of).blocks] == ["policy-moved"]
    acts.revise(org, "frank", of, change(alias="fraud/dev"))
    assert look(org, of).verdict == "ready"


def without_shift(text: str) -> str:
    """*text* without the block whose metric nothing supplies any more."""
    head, _, rest = text.partition("[shift]")
    return head + rest[rest.index("[[tier]]") :].replace("!online && shift == 'none'", "!online")


def test_only_the_last_environment_is_production() -> None:
    org = under(ENVIRONMENTS)

    facts = {
        name: look(org, org.open("frank", change(alias=f"fraud/{name}"))).facts
        for name in ("dev", "staging", "production")
    }

    assert [facts[name]["affects_production_traffic"] for name in facts] == [False, False, True]
    bare, of = prepared()
    assert look(bare, of).facts["affects_production_traffic"] is True


def test_a_release_smuggled_past_the_environment_before_is_a_finding() -> None:
    org = under(ENVIRONMENTS)
    free = Organisation()
    of, same = ready(org, "fraud/production"), ready(free, "fraud/production")
    assert of == same
    started = free.start("omar", same)
    assert started.entry is not None

    judged = org.force("omar", started.entry.event)

    assert judged.finding is not None
    assert judged.finding.rule == "environment-before"
    assert org.standing.alias("fraud/production").candidate is None
