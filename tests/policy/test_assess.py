"""The verdict: what is ready, open, blocked, expired and closed, and why."""

from ledger.policy.assessment import assessment_json
from tests.acts import (
    add_fact,
    look,
    prepared,
    refused,
    reject,
    reopen,
    retract,
    revise,
    statuses,
    withdraw,
)
from tests.organisation import PEOPLE, POLICY, Organisation, change, stack

DAY = 86_400


def test_with_all_that_the_policy_asks_for_a_proposal_is_ready() -> None:
    org, of = prepared()

    assert look(org, of).verdict == "ready"
    assert set(statuses(org, of).values()) == {"satisfied"}
    assert look(org, of).missing() == ()


def test_a_new_proposal_is_open_and_says_what_is_missing_and_who_could_help() -> None:
    org = Organisation()
    of = org.open("frank")

    found = look(org, of)

    assert found.verdict == "open"
    assert found.missing() == (
        "approval of 1 model-owner",
        "approval of 1 data-owner",
        "evidence evaluation-report by evaluation-owner, not by a party",
        "numbers from a current evaluation-report",
    )
    assert {need.id: need.could for need in found.requirements} == {
        "model-owner": ("alice", "bob"),
        "data": ("bob", "dana"),
        "evaluation": ("erin",),
        "quality": (),
    }


def test_a_requirement_whose_condition_does_not_hold_is_not_applicable() -> None:
    org = Organisation()
    org.release()
    of = org.open("frank", change(stack(model="m2")))

    assert statuses(org, of)["data"] == "not-applicable"


def test_on_a_first_release_there_is_no_baseline_to_fall_short_of() -> None:
    org = Organisation()
    of = org.open("frank")
    org.attach("erin", of, auc="0.90")

    assert statuses(org, of)["quality"] == "satisfied"


def test_on_a_later_release_the_number_is_held_against_what_the_alias_runs() -> None:
    org = Organisation()
    org.release()
    of = org.open("frank", change(stack(model="m2")))

    org.attach("erin", of, auc="0.939")

    assert look(org, of).missing()[-1] == "auc fell from 0.95 to 0.939, more than 0.01"


def test_a_document_without_the_number_leaves_the_requirement_unmet() -> None:
    org = Organisation()
    of = org.open("frank")

    org.attach("erin", of, auc=None)

    assert statuses(org, of)["evaluation"] == "satisfied"
    assert look(org, of).missing()[-1] == "auc is missing"


def test_an_expired_document_supplies_no_numbers() -> None:
    org, of = prepared()

    late = statuses(org, of, org.now + 30 * DAY)

    assert (late["evaluation"], late["quality"]) == ("unsatisfied", "unsatisfied")


def test_a_rejection_blocks_the_proposal_and_the_requirements_of_its_role() -> None:
    org, of = prepared()

    reject(org, "bob", of)

    found = look(org, of)
    assert found.verdict == "blocked"
    assert [(b.code, b.by) for b in found.blocks] == [("rejected", "bob")]
    assert statuses(org, of)["model-owner"] == "blocked"
    assert statuses(org, of)["data"] == "satisfied"


def test_a_rejection_taken_back_blocks_no_more() -> None:
    org, of = prepared()
    reject(org, "bob", of)

    reopen(org, "bob", of)

    assert look(org, of).verdict == "ready"


def test_a_rejection_blocks_the_revision_it_named_and_no_later_one() -> None:
    org, of = prepared()
    reject(org, "bob", of)

    revise(org, "frank", of, change(stack(model="m2")))

    assert look(org, of).blocks == ()


def test_of_two_rejections_each_has_to_be_taken_back() -> None:
    org, of = prepared()
    reject(org, "bob", of)
    reject(org, "alice", of)

    reopen(org, "bob", of)

    assert [b.by for b in look(org, of).blocks] == ["alice"]


def test_a_proposal_is_blocked_while_another_release_to_its_alias_is_under_way() -> None:
    org, of = prepared()
    _, other = prepared(org, change(stack(model="m2")))

    org.start("omar", of)

    assert [b.code for b in look(org, other).blocks] == ["candidate-running"]


def test_a_proposal_is_blocked_once_its_alias_has_changed() -> None:
    org, of = prepared()
    _, other = prepared(org, change(stack(model="m2")))
    org.start("omar", of)

    org.complete("omar")

    assert [b.code for b in look(org, other).blocks] == ["base-moved"]


def test_a_release_to_another_alias_blocks_nothing() -> None:
    org, of = prepared()

    org.release(change(alias="churn/production"))

    assert look(org, of).verdict == "ready"


def test_a_withdrawn_proposal_is_closed() -> None:
    org, of = prepared()

    withdraw(org, "frank", of)

    assert look(org, of).verdict == "closed"


def test_a_started_proposal_is_closed() -> None:
    org, of = prepared()

    org.start("omar", of)

    assert look(org, of).verdict == "closed"


def test_a_person_counts_once_where_people_must_be_distinct() -> None:
    org = Organisation()
    of = org.open("frank")
    org.approve("bob", of, "model-owner")

    with refused("one-role", "bob has approved #1 as model-owner"):
        org.approve("bob", of, "data-owner")


def test_a_person_may_change_the_role_they_approve_in() -> None:
    org = Organisation()
    of = org.open("frank")
    org.approve("bob", of, "model-owner")

    retract(org, "bob", of)
    org.approve("bob", of, "data-owner")

    assert [(a.signer, a.role) for a in look(org, of).approvals] == [("bob", "data-owner")]


def test_without_distinct_people_one_person_counts_in_each_of_their_roles_and_it_shows() -> None:
    policy = POLICY.replace("distinct_people = true", "distinct_people = false")
    org = Organisation(policy=policy)
    of = org.open("frank")
    org.attach("erin", of)

    org.approve("bob", of, "model-owner")
    org.approve("bob", of, "data-owner")

    assert look(org, of).verdict == "ready"
    assert assessment_json(look(org, of))["distinct_people"] is False


def test_two_of_a_role_need_two_people() -> None:
    people = {**PEOPLE, "carl": ["model-owner"]}
    policy = POLICY.replace("model-owner = 1", "model-owner = 2")
    org = Organisation(people=people, policy=policy)
    of = org.open("frank")
    org.approve("alice", of, "model-owner")
    assert "approval of 1 model-owner" in look(org, of).missing()

    with refused("already-approved"):
        org.approve("alice", of, "model-owner")
    org.approve("bob", of, "model-owner")

    assert statuses(org, of)["model-owner"] == "satisfied"


def test_a_field_that_is_asked_for_has_to_be_stated() -> None:
    asked = 'fields = ["rollback.plan", "links.ticket", "permissions"]\nbecause = "somebody'
    org = Organisation(policy=POLICY.replace('because = "somebody', asked))

    without = org.open("frank")
    stated = org.open("frank", change(stack(["net"])))

    assert look(org, without).missing()[1:3] == ("field links.ticket", "field permissions")
    assert look(org, stated).missing()[:2] == ("approval of 1 model-owner", "field links.ticket")


def test_an_assessment_can_be_shown_however_far_away_its_end_is() -> None:
    """No duration that a policy or a signer may write makes the answer fail."""
    policy = POLICY.replace('"14d"', '"999999999d"').replace('max_age = "30d"\n', "")
    org = Organisation(policy=policy)
    of = org.open("frank")
    org.attach("erin", of, expires=2**53 - 1)

    assert assessment_json(look(org, of))["until"] == "9999-12-31T23:59:59Z"


def test_an_added_fact_asks_for_approvals_again() -> None:
    org, of = prepared()

    add_fact(org, "alice", of)

    assert look(org, of).verdict == "open"
    assert look(org, of).approvals == ()
