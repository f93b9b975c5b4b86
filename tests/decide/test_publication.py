"""A policy is a proposal: judged by the policy in force, published by people, counted up."""

import pytest

from ledger.decide import proposal
from ledger.errors import Refused
from ledger.policy.assess import asking
from tests import acts
from tests.acts import look, refused
from tests.organisation import POLICY, Organisation, change, new_policy, stack
from tests.policies import STEWARDSHIP, duty, numbered, under

STRICTER = POLICY.replace("approvals = { data-owner = 1 }", "approvals = { data-owner = 2 }")


def proposed(org: Organisation, text: str | None = None, by: str = "frank") -> str:
    return org.open(
        by, new_policy(numbered(org.standing.head.policy + 1) if text is None else text)
    )


def published(org: Organisation, text: str | None = None) -> str:
    """Through the root: two of three agree."""
    of = proposed(org, text)
    org.approve("alice", of, "root")
    org.approve("bob", of, "root")
    org.enact("omar", of)
    return of


def test_a_policy_in_force_asks_its_stewards_for_the_next_one() -> None:
    org = under(STEWARDSHIP)
    of = proposed(org, numbered(2, STEWARDSHIP))
    found = look(org, of)
    assert (found.alias, found.tier, found.tier_because) == (None, "high", ("policy",))
    assert found.missing() == ("approval of 1 auditor, or of 2 root instead",)
    assert found.requirements[0].could == ("alice", "bob", "dana", "rita")

    org.approve("rita", of, "auditor")
    assert look(org, of).verdict == "ready"
    org.enact("omar", of)

    assert org.standing.head.policy == 2
    assert org.proposal(of).closed == "enacted"
    assert org.standing.policy_state(1) is not None


def test_the_root_stands_in_for_the_stewards() -> None:
    org = under(STEWARDSHIP)
    of = proposed(org, numbered(2, STEWARDSHIP))

    org.approve("alice", of, "root")
    assert look(org, of).verdict == "open"
    org.approve("dana", of, "root")

    assert look(org, of).verdict == "ready"
    org.enact("omar", of)


def test_without_stewardship_only_the_root_changes_the_policy() -> None:
    org = Organisation()
    of = proposed(org)

    assert look(org, of).missing() == ("approval of 2 root",)
    with refused("role-not-asked"):
        org.approve("rita", of, "auditor")
    published(org)
    assert org.standing.head.policy == 2


def test_half_of_the_stewards_and_half_of_the_root_are_no_consent() -> None:
    two = "\n[stewardship]\napprovals = { auditor = 2 }\n"
    org = under(two, people={"ruth": ["auditor"]})
    of = proposed(org, numbered(2, two))

    org.approve("rita", of, "auditor")
    org.approve("alice", of, "root")

    assert look(org, of).verdict == "open"


def test_who_is_no_root_signer_does_not_approve_as_one() -> None:
    org = Organisation()
    of = proposed(org)

    with refused("role-not-held"):
        org.approve("omar", of, "root")
    release = org.open("frank")
    with refused("role-not-asked"):
        org.approve("alice", release, "root")


def test_nobody_approves_their_own_policy() -> None:
    org = under(STEWARDSHIP)
    of = proposed(org, numbered(2, STEWARDSHIP), by="rita")

    with refused("self-approval"):
        org.approve("rita", of, "auditor")


def test_no_service_publishes_and_no_party_and_nobody_without_a_role() -> None:
    org = under(STEWARDSHIP, services={"robot": ("omar", ["release-owner"])}, people={"zed": []})
    of = proposed(org, numbered(2, STEWARDSHIP), by="dana")
    org.approve("rita", of, "auditor")

    with refused("service-enactment", "robot is a service"):
        org.enact("robot", of)
    with refused("self-enactment", "dana had a hand in"):
        org.enact("dana", of)
    with refused("no-role", "zed holds no role"):
        org.enact("zed", of)
    org.enact("rita", of)


def test_what_lacks_consent_is_not_published() -> None:
    org = Organisation()
    of = proposed(org)

    with refused("not-ready"):
        org.enact("omar", of)
    org.approve("alice", of, "root")
    org.approve("bob", of, "root")
    acts.reject(org, "dana", of, "root")
    with refused("rejected"):
        org.enact("omar", of)


@pytest.mark.parametrize("number", [1, 3])
def test_numbers_go_up_by_one(number: int) -> None:
    org = Organisation()

    with refused("policy-number", f"the next policy has number 2, not {number}"):
        org.open("frank", new_policy(numbered(number)))


def test_a_policy_that_locks_everybody_out_is_not_even_proposed() -> None:
    org = Organisation()
    nobody = numbered(2, text=POLICY.replace("model-owner = 1 }", "model-owner = 9 }"))

    with refused("lock-out", "the policy:"):
        org.open("frank", new_policy(nobody))


def test_of_two_drafts_the_second_has_to_be_revised_once_the_first_is_published() -> None:
    org = Organisation()
    late = proposed(org)
    org.approve("alice", late, "root")
    org.approve("bob", late, "root")
    published(org)

    assert [b.code for b in look(org, late).blocks] == ["base-moved"]
    with refused("base-moved", "the policy has changed since"):
        org.enact("omar", late)
    acts.revise(org, "frank", late, new_policy(numbered(3)))
    assert look(org, late).verdict == "open"


def test_open_proposals_are_judged_by_the_new_policy_and_their_approvals_count_no_more() -> None:
    org, of = acts.prepared()
    assert look(org, of).verdict == "ready"

    published(org, numbered(2, text=STRICTER))

    found = look(org, of)
    assert (found.policy, found.verdict) == (2, "open")
    assert found.approvals == ()
    assert "approval of 2 data-owner" in found.missing()
    with refused("not-ready"):
        org.start("omar", of)


def test_a_looser_policy_opens_no_gate_by_itself() -> None:
    """Approvals count only under the number they name."""
    org, of = acts.prepared()
    loose = POLICY.replace('id = "data"\n', 'id = "data"\nwhen = "personal_data"\n').replace(
        'when = "modifies_data_lineage"\n', ""
    )
    acts.retract(org, "dana", of)
    published(org, numbered(2, text=loose))

    assert look(org, of).verdict == "open"
    org.approve("alice", of, "model-owner")
    assert look(org, of).verdict == "ready"


def test_a_release_under_way_is_completed_under_the_policy_of_its_start() -> None:
    org, of = acts.prepared()
    org.start("omar", of)
    published(org, numbered(2, text=STRICTER))

    org.complete("omar")

    assert org.standing.alias("fraud/production").candidate is None


def test_a_policy_has_no_stack_no_facts_and_no_evidence() -> None:
    org = Organisation()
    of = proposed(org)

    with refused("not-a-release"):
        acts.add_fact(org, "alice", of)
    with refused("not-a-release"):
        org.start("omar", of)
    with pytest.raises(Refused, match="asks for another effect"):
        org.attach("erin", of)


def test_a_proposal_stays_what_it_was_opened_as() -> None:
    org = Organisation()
    release, policy = org.open("frank"), proposed(org)

    with refused("other-alias"):
        acts.revise(org, "frank", policy, change())
    with pytest.raises(Refused, match="is about fraud/production, not another effect"):
        org.act(
            "frank",
            lambda s, by, at: proposal.revise(
                s, by=by, at=at, proposal=release, effect=new_policy(numbered(2))
            ),
        )
    with refused("not-enacted-so"):
        org.enact("omar", release)


def test_a_duty_may_keep_a_role_from_stewardship() -> None:
    shut = duty("data-owner", "approve", "requirement == 'stewardship'")
    org = under(shut, STEWARDSHIP, people={"dave": ["auditor", "data-owner"]})
    of = proposed(org, numbered(2, shut, STEWARDSHIP))

    with refused("duty"):
        org.approve("dave", of, "auditor")
    assert "dave" not in look(org, of).requirements[0].could
    org.approve("rita", of, "auditor")


def test_no_duty_binds_the_root_in_what_concerns_the_policy() -> None:
    """Else a policy could forbid everybody to change it, and be there for ever."""
    bars = [
        duty(role, "act", None, f"no-{role}")
        for role in ("model-owner", "data-owner", "release-owner", "evaluation-owner", "auditor")
    ]
    org = under(*bars, people={"zed": ["spare"]}, text=SPARE)
    with refused("duty"):
        org.open("alice")
    of = org.open("alice", new_policy(numbered(2, text=SPARE)))

    org.approve("bob", of, "root")
    org.approve("dana", of, "root")
    assert look(org, of).verdict == "ready"
    acts.retract(org, "dana", of)
    org.approve("dana", of, "root")
    org.enact("zed", of)

    assert org.standing.head.policy == 2


SPARE = (
    POLICY.replace('auditor = "reviews"', 'auditor = "reviews"\nspare = "is free"')
    .replace("approvals = { model-owner = 1 }", "approvals = { spare = 1 }")
    .replace("approvals = { data-owner = 1 }", "approvals = { spare = 1 }")
    .replace('by = ["release-owner"]', 'by = ["spare"]')
    .replace('by = ["evaluation-owner"]\n', "")
)


def test_the_clocks_are_for_releases_and_let_no_policy_expire() -> None:
    hasty = POLICY.replace('approve_within = "14d"', 'approve_within = "1m"')
    org = under(text=hasty)
    of = proposed(org, numbered(2, text=hasty))
    org.now += 3_600

    org.approve("alice", of, "root")
    org.approve("bob", of, "root")
    org.now += 90 * 86_400
    org.enact("omar", of)

    assert org.standing.head.policy == 2


def test_a_publication_forced_by_a_steward_alone_changes_nothing() -> None:
    org = Organisation()
    free = Organisation()
    of = proposed(org)
    published(free)
    event = free.judged[-1].entry
    assert event is not None

    judged = org.force("omar", event.event)

    assert judged.finding is not None
    assert judged.finding.rule == "not-ready"
    assert org.standing.head.policy == 1
    assert org.proposal(of).closed is None


def test_a_publication_of_another_text_than_was_approved_is_a_finding() -> None:
    org = Organisation()
    of = proposed(org)
    org.approve("alice", of, "root")
    org.approve("bob", of, "root")
    free = Organisation()
    published(free, numbered(2, text=STRICTER))
    event = free.judged[-1].entry
    assert event is not None

    judged = org.force("omar", event.event)

    assert judged.finding is not None
    assert judged.finding.rule == "event-differs"
    assert org.standing.head.policy == 1


def test_the_roles_asked_are_those_of_the_effect() -> None:
    org = under(STEWARDSHIP)
    of = proposed(org, numbered(2, STEWARDSHIP))
    release = org.open("frank", change(stack()))

    policy = org.standing.policy()
    assert set(asking(policy, org.proposal(of).effect)) == {"auditor", "root"}
    assert set(asking(policy, org.proposal(release).effect)) == {"model-owner", "data-owner"}
