"""What a stop silences in what is under way, and how it is taken back: with consent, by name."""

import pytest

from ledger.model.events import OverrideLifted
from tests import acts
from tests.acts import look, prepared, refused, statuses
from tests.organisation import Organisation, change, new_policy
from tests.policies import numbered
from tests.roster import delegate, lifting, stop
from tests.signer_acts import (
    POLICY_OF_STAFF,
    forced_stop,
    lift_by_root,
    staffed,
)

EVE = {"eve": ["evaluation-owner"]}


def test_the_approvals_of_a_stopped_signer_count_again_once_the_stop_is_lifted() -> None:
    org, of = prepared(staffed())
    stopped = stop(org, "bob", "alice")
    assert look(org, of).verdict == "open"
    assert [one.signer for one in look(org, of).approvals] == ["dana"]

    lift_by_root(org, stopped)

    assert look(org, of).verdict == "ready"


def test_another_approves_in_the_place_of_who_is_stopped() -> None:
    org, of = prepared(staffed())
    stop(org, "bob", "alice")

    org.approve("mo", of, "model-owner")

    assert look(org, of).verdict == "ready"
    org.start("omar", of)


def test_the_documents_of_a_stopped_signer_count_again_once_the_stop_is_lifted() -> None:
    org, of = prepared(staffed())
    stopped = stop(org, "alice", "erin")
    found = look(org, of)
    assert found.verdict == "open"
    assert "erin, whose word does not count now" in "; ".join(found.missing())

    lift_by_root(org, stopped)

    assert look(org, of).verdict == "ready"


def test_a_document_taken_over_from_a_stopped_author_does_not_count() -> None:
    org, of = prepared(staffed())
    position = org.proposal(of).documents[0].position
    other = org.open("frank")
    acts.take_over(org, "zed", other, position)
    assert statuses(org, other)["evaluation"] == "satisfied"

    stop(org, "alice", "erin")

    assert statuses(org, other)["evaluation"] == "unsatisfied"


def test_no_older_document_counts_in_the_place_of_a_silenced_one() -> None:
    org = staffed(people=EVE)
    of = org.open("frank")
    org.attach("erin", of, auc="0.95", document="good")
    org.attach("eve", of, auc="0.50", document="bad")
    assert statuses(org, of)["quality"] == "unsatisfied"

    stop(org, "alice", "eve")

    assert statuses(org, of)["quality"] == "unsatisfied"
    assert statuses(org, of)["evaluation"] == "unsatisfied"
    org.attach("erin", of, auc="0.96", document="newer")
    assert statuses(org, of)["quality"] == "satisfied"


def test_no_other_approval_of_the_same_person_counts_in_the_place_of_a_silenced_one() -> None:
    """Who lends a role and who uses it count once together, also while one is stopped."""
    org = staffed(
        POLICY_OF_STAFF.replace("distinct_people = true", "distinct_people = false"),
        people={"zed": ["release-owner", "model-owner"]},
    )
    of = org.open("frank")
    org.approve("mo", of, "model-owner")
    assert statuses(org, of)["model-owner"] == "satisfied"

    stop(org, "alice", "mo")
    delegate(org, "zed", "mo", "model-owner")

    assert statuses(org, of)["model-owner"] == "unsatisfied"
    org.approve("zed", of, "model-owner")
    assert statuses(org, of)["model-owner"] == "satisfied"


def test_what_was_approved_for_a_stopped_lender_does_not_count() -> None:
    org, of = prepared(staffed())
    acts.retract(org, "alice", of)
    delegate(org, "mo", "zed", "model-owner")
    org.approve("zed", of, "model-owner")
    assert look(org, of).verdict == "ready"

    stopped = stop(org, "alice", "mo")
    assert look(org, of).verdict == "open"

    lift_by_root(org, stopped)
    assert look(org, of).verdict == "ready"


def test_silencing_a_document_lowers_no_tier() -> None:
    """Its numbers say that much has moved, whoever says it."""
    calm = {"personal_data": False, "online": False}
    org = staffed(people=EVE)
    org.release(change(declares=calm))
    of = org.open("frank", change(declares=calm))
    org.attach("erin", of, auc="0.95", document="same")
    assert look(org, of).tier == "low"
    org.attach("eve", of, auc="0.50", document="other")
    assert (look(org, of).tier, look(org, of).facts["shift"]) == ("medium", "large")

    stop(org, "alice", "eve")

    assert (look(org, of).tier, look(org, of).facts["shift"]) == ("medium", "large")


def test_a_veto_stands_though_its_author_is_stopped() -> None:
    org, of = prepared(staffed())
    acts.reject(org, "bob", of)

    stop(org, "alice", "bob")

    assert look(org, of).verdict == "blocked"


def test_the_stops_of_a_stopped_signer_stand() -> None:
    org = staffed()
    stop(org, "omar", "mo")

    stop(org, "alice", "omar")

    assert org.standing.target("signer/mo") is not None


def test_what_was_enacted_before_the_stop_stands() -> None:
    org = staffed()
    of = org.release()
    before = org.standing.alias("fraud/production")

    for name in ("alice", "dana", "erin", "omar"):
        stop(org, "bob", name)

    assert org.standing.alias("fraud/production") == before
    assert [one.signer for one in look(org, of).approvals] == ["alice", "dana"]


def test_a_release_under_way_is_completed_though_its_approvers_are_stopped_since() -> None:
    """A stop looks forward: what was started had its consent. A veto would undo it."""
    org, of = prepared(staffed())
    org.start("omar", of)
    for name in ("alice", "dana", "erin", "omar"):
        stop(org, "bob", name)
    acts.comment(org, "frank", of)

    org.complete("zed")

    assert org.standing.alias("fraud/production").candidate is None


def test_a_lift_takes_who_the_policy_names() -> None:
    org = staffed()
    of = org.open("frank", lifting(stop(org, "alice", "mo")))
    assert look(org, of).missing() == ("approval of 1 auditor, or of 2 root instead",)
    with refused("role-not-asked"):
        org.approve("sam", of, "steward")

    org.approve("rita", of, "auditor")
    org.enact("zed", of)

    assert org.standing.target("signer/mo") is None
    org.open("mo")


def test_the_root_stands_in_for_who_may_lift() -> None:
    org = staffed()
    of = org.open("frank", lifting(stop(org, "alice", "mo")))

    org.approve("alice", of, "root")
    assert look(org, of).verdict == "open"
    org.approve("dana", of, "root")
    org.enact("bob", of)

    assert org.standing.target("signer/mo") is None


def test_one_lift_voter_and_one_root_signer_are_no_consent() -> None:
    two = POLICY_OF_STAFF.replace("lift = { auditor = 1 }", "lift = { auditor = 2 }")
    org = staffed(two, people={"ruth": ["auditor"]})
    of = org.open("frank", lifting(stop(org, "alice", "mo")))

    org.approve("rita", of, "auditor")
    org.approve("alice", of, "root")

    assert look(org, of).verdict == "open"


def test_without_the_block_only_the_root_lifts() -> None:
    org = Organisation()
    of = org.open("frank", lifting(stop(org, "alice", "omar")))

    assert look(org, of).missing() == ("approval of 2 root",)
    with refused("role-not-asked"):
        org.approve("rita", of, "auditor")


def test_who_is_stopped_may_ask_for_the_lift_only_through_others() -> None:
    org = staffed()
    stopped = stop(org, "alice", "rita")

    with refused("signer-stopped", "rita is stopped"):
        org.open("rita", lifting(stopped))
    of = org.open("frank", lifting(stopped))
    with refused("self-approval", "lifts a stop of rita"):
        org.approve("rita", of, "auditor")


def test_a_target_is_stopped_while_any_stop_of_it_holds() -> None:
    org = staffed()
    first, second = stop(org, "alice", "mo"), stop(org, "omar", "mo")

    lift_by_root(org, first)

    target = org.standing.target("signer/mo")
    assert target is not None
    assert target.stops == 1
    with refused("signer-stopped"):
        org.open("mo")
    lift_by_root(org, second)
    assert org.standing.target("signer/mo") is None
    assert org.standing.head.stops == 0


def test_one_lift_names_several_stops_and_no_other() -> None:
    org = staffed()
    first, second = stop(org, "alice", "mo"), stop(org, "omar", "mo")
    third = stop(org, "alice", "zed")

    lift_by_root(org, first, third)

    assert org.standing.target("signer/zed") is None
    left = org.standing.target("signer/mo")
    assert left is not None
    assert left.stops == 1
    kept = org.standing.stop(second)
    assert kept is not None
    assert kept.lifted_at is None


def test_a_stop_set_after_the_lift_was_proposed_is_not_lifted_with_it() -> None:
    org = staffed()
    of = org.open("frank", lifting(stop(org, "alice", "mo")))
    org.approve("rita", of, "auditor")
    stop(org, "alice", "mo")

    org.enact("zed", of)

    assert org.standing.target("signer/mo") is not None


def test_a_stop_is_lifted_once() -> None:
    org = staffed()
    stopped = stop(org, "alice", "mo")
    late = org.open("frank", lifting(stopped))
    org.approve("rita", late, "auditor")
    lift_by_root(org, stopped)

    with refused("already-lifted", f"{stopped} was lifted at position"):
        org.enact("zed", late)
    with refused("already-lifted"):
        org.open("frank", lifting(stopped))


def test_nobody_lifts_a_stop_there_is_not() -> None:
    org = staffed()

    with refused("unknown-stop", "there is no stop"):
        org.open("frank", lifting(org.new_id()))


def test_a_lift_without_consent_changes_nothing() -> None:
    org = staffed()
    stopped = stop(org, "alice", "mo")
    of = org.open("frank", lifting(stopped))
    event = OverrideLifted(proposal=of, review=look(org, of).review_digest, stops=(stopped,))

    judged = org.force("zed", event)

    assert judged.finding is not None
    assert judged.finding.rule == "not-ready"
    assert org.standing.target("signer/mo") is not None


def test_a_lift_of_other_stops_than_was_consented_to_changes_nothing() -> None:
    org = staffed()
    asked, other = stop(org, "alice", "mo"), stop(org, "alice", "omar")
    of = org.open("frank", lifting(asked))
    org.approve("rita", of, "auditor")
    review = look(org, of).review_digest

    judged = org.force("zed", OverrideLifted(proposal=of, review=review, stops=(asked, other)))

    assert judged.finding is not None
    assert judged.finding.rule == "event-differs"
    assert org.standing.head.stops == 2


def test_who_set_the_stop_may_consent_to_the_lift() -> None:
    """They are no party to it: the proposal is somebody else's."""
    org = staffed()
    of = org.open("frank", lifting(stop(org, "alice", "mo")))

    org.approve("alice", of, "root")
    org.approve("bob", of, "root")

    assert look(org, of).verdict == "ready"


def test_a_steward_who_is_stopped_counts_no_more_for_the_policy_either() -> None:
    org = staffed()
    of = org.open("frank", new_policy(numbered(2, text=POLICY_OF_STAFF)))
    org.approve("sam", of, "steward")
    assert look(org, of).verdict == "ready"

    stopped = stop(org, "alice", "sam")
    assert look(org, of).verdict == "open"
    with refused("not-ready"):
        org.enact("omar", of)

    lift_by_root(org, stopped)
    org.enact("omar", of)


@pytest.mark.parametrize("name", ["alice", "sam"])
def test_a_lifted_signer_acts_as_before(name: str) -> None:
    org = staffed()
    stopped = stop(org, "bob", name)
    lift_by_root(org, stopped)

    of = org.open("frank", new_policy(numbered(2, text=POLICY_OF_STAFF)))
    org.approve(name, of, "root" if name == "alice" else "steward")

    assert [one.signer for one in look(org, of).approvals] == [name]


def test_a_signer_may_be_stopped_again_after_a_lift() -> None:
    org = staffed()
    lift_by_root(org, stop(org, "bob", "mo"))

    forced = forced_stop(org, "omar", "mo")

    target = org.standing.target("signer/mo")
    assert target is not None
    assert (target.stops, target.by, target.position) == (1, "omar", forced.position)


def test_the_consent_to_a_lift_that_is_open_does_not_expire() -> None:
    """The clocks of a policy are for releases."""
    org = staffed()
    of = org.open("frank", lifting(stop(org, "alice", "mo")))
    org.now += 400 * 86_400
    org.approve("rita", of, "auditor")
    org.now += 400 * 86_400

    org.enact("zed", of)

    assert org.standing.head.stops == 0


def test_no_party_enacts_a_lift_but_root_signers_do() -> None:
    org = staffed()
    stopped = stop(org, "alice", "mo")
    of = lift_by_root(org, stopped)
    assert org.proposal(of).closed == "enacted"

    other = org.open("omar", lifting(stop(org, "alice", "mo")))
    org.approve("rita", other, "auditor")
    with refused("self-enactment", "omar had a hand in"):
        org.enact("omar", other)
