"""Attacks by those who have power: policies that make themselves eternal, clocks turned back."""

import pytest

from ledger.errors import AssentError, Refused
from tests.acts import look, prepared, refused, reject, retract, revise
from tests.organisation import POLICY, Organisation, change, new_policy, stack
from tests.policies import STEWARDSHIP, duty, numbered, under

HOUR = 3_600


def publish(org: Organisation, text: str) -> None:
    """Through the root: two of three agree."""
    of = org.open("frank", new_policy(text))
    org.approve("alice", of, "root")
    org.approve("bob", of, "root")
    org.enact("omar", of)


def test_no_policy_takes_its_power_from_the_root() -> None:
    """Declared facts count as yes for a policy, so these duties bind all who could change it."""
    bars = [
        duty(role, "approve", "effect == 'policy' && online", f"no-{role}")
        for role in ("model-owner", "data-owner", "auditor")
    ]
    org = under(STEWARDSHIP)
    publish(org, numbered(2, STEWARDSHIP, *bars))

    publish(org, numbered(3, STEWARDSHIP))

    assert org.standing.head.policy == 3


def test_what_expired_for_want_of_evidence_is_not_revived_by_it() -> None:
    org = Organisation()
    of = org.open("frank")
    org.now += 14 * 24 * HOUR - HOUR
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")
    org.now += 2 * HOUR
    assert look(org, of).verdict == "expired"

    org.attach("erin", of)

    assert look(org, of).verdict == "expired"
    with refused("expired"):
        org.start("omar", of)
    revise(org, "frank", of, change())
    assert look(org, of).verdict == "open"


def test_taking_an_approval_back_revives_nothing() -> None:
    """Else the clock would run from the next approval, which nobody waited for."""
    org, of = prepared(under(people={"ann": ["model-owner"]}))
    org.now += 71 * HOUR
    org.approve("ann", of, "model-owner")
    org.approve("bob", of, "data-owner")
    org.now += 2 * HOUR
    assert look(org, of).verdict == "expired"

    retract(org, "alice", of)
    retract(org, "dana", of)

    assert look(org, of).verdict == "expired"
    assert org.replayed().proposal(of) == org.proposal(of)


def test_a_release_under_way_takes_the_vetoes_of_the_policy_of_its_start() -> None:
    org, of = prepared()
    org.start("omar", of)
    publish(org, numbered(2, text=POLICY.replace("{ data-owner = 1 }", "{ model-owner = 1 }")))

    reject(org, "dana", of, "data-owner")

    with refused("consent-lost"):
        org.complete("omar")


def test_a_permission_prohibited_since_the_start_is_not_completed() -> None:
    org, of = prepared(effect=change(stack(["network"])))
    org.start("omar", of)
    publish(org, numbered(2, '\n[limits]\nprohibited_permissions = ["network"]\n'))

    with refused("prohibited-permission"):
        org.complete("omar")


@pytest.mark.parametrize(
    "name",
    ["policy-write\u200b", "policy-write ", "policy-write\u00ad", "Policy-Write", "pol\u0456cy"],
)
def test_a_permission_is_an_identifier_so_that_none_only_looks_like_another(name: str) -> None:
    with pytest.raises(ValueError, match="permissions"):
        stack([name])


def test_a_policy_that_waits_for_the_clock_of_another_is_no_way_around() -> None:
    """An expired release stays so under a policy that would have waited longer."""
    org = Organisation()
    of = org.open("frank")
    org.now += 15 * 24 * HOUR
    org.attach("erin", of)
    publish(org, numbered(2, text=POLICY.replace('"14d"', '"40d"')))

    assert look(org, of).verdict == "expired"
    with pytest.raises(AssentError) as error:
        org.approve("alice", of, "model-owner")
    assert isinstance(error.value, Refused)
