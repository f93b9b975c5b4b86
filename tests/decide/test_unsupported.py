"""What has lost its consent: a policy in force that blocks releases, stacks nobody builds on."""

import pytest

from ledger.decide import signer
from ledger.decide.context import Standing
from ledger.decide.signer_states import SignerState
from ledger.model.effects import Effect, PolicyEffect
from ledger.model.events import SignerAccepted
from tests import acts
from tests.acts import look, prepared, refused, statuses
from tests.organisation import Organisation, change, new_policy, stack
from tests.policies import numbered
from tests.roster import carried, enrol, enrolment, lifting, next_key, roles_of, rotation, stop
from tests.signer_acts import (
    POLICY_OF_STAFF,
    ROOT_VOTES,
    disown,
    now_at,
    staffed,
)

LOOSE = POLICY_OF_STAFF.replace(
    'when = "modifies_data_lineage"\n', 'when = "personal_data"\n'
).replace(
    "[stewardship]\napprovals = { steward = 1 }", "[stewardship]\napprovals = { auditor = 1 }"
)
ALIAS = "fraud/production"


def policy(org: Organisation, text: str = POLICY_OF_STAFF) -> PolicyEffect:
    return new_policy(numbered(org.standing.head.policy + 1, text=text))


def robbed(text: str = LOOSE) -> tuple[Organisation, int]:
    """A policy published with the steward's stolen key; and the position before."""
    org = staffed()
    after = now_at(org)
    carried(org, policy(org, text))
    return org, after


def test_a_policy_that_lost_its_consent_stays_in_force_and_blocks_every_release() -> None:
    org, after = robbed()
    _, of = prepared(org)
    assert look(org, of).verdict == "ready"

    disown(org, "sam", after)

    assert org.standing.head.policy == 2
    state = org.standing.policy_state(2)
    assert state is not None
    assert state.unsupported
    assert [block.code for block in look(org, of).blocks] == ["policy-unsupported"]
    with refused("policy-unsupported", "policy 2 has lost its consent"):
        org.start("omar", of)


def test_a_release_under_way_is_not_completed_under_a_policy_that_lost_its_consent() -> None:
    org, of = prepared(staffed())
    org.start("omar", of)
    after = now_at(org)
    carried(org, policy(org))
    disown(org, "sam", after)

    with refused("policy-unsupported", "the policy in force has lost its consent"):
        org.complete("omar")
    carried(org, policy(org), approvals=ROOT_VOTES)
    org.complete("omar")


def test_once_the_root_publishes_a_policy_again_releases_go_on() -> None:
    org, after = robbed()
    disown(org, "sam", after)

    carried(org, policy(org), approvals=ROOT_VOTES)

    _, of = prepared(org)
    assert look(org, of).verdict == "ready"


@pytest.mark.parametrize(
    "effect", [enrolment("eva"), roles_of("zed", ["model-owner"])], ids=["enrolment", "roles"]
)
def test_under_a_policy_that_lost_its_consent_only_the_root_keeps_the_roster(
    effect: Effect,
) -> None:
    """The stewards are who that policy says; so nobody asks it."""
    org, after = robbed()
    before = org.open("frank", effect)
    org.approve("rita", before, "auditor")
    assert look(org, before).verdict == "ready"
    disown(org, "sam", after)

    assert look(org, before).missing() == ("approval of 2 root",)
    with refused("role-not-asked"):
        org.approve("bob", org.open("frank", effect), "steward")
    carried(org, effect, approvals=ROOT_VOTES)


def test_under_a_policy_that_lost_its_consent_only_the_root_lifts_and_publishes() -> None:
    org, after = robbed()
    stopped = stop(org, "alice", "mo")
    disown(org, "sam", after)

    for effect in (lifting(stopped), policy(org)):
        of = org.open("frank", effect)
        with refused("role-not-asked"):
            org.approve("rita", of, "auditor")
        assert look(org, of).missing() == ("approval of 2 root",)


def test_a_stop_under_a_policy_that_lost_its_consent_holds() -> None:
    org, after = robbed(POLICY_OF_STAFF.replace('set = ["release-owner"]', 'set = ["auditor"]'))
    stop(org, "rita", "mo")

    disown(org, "sam", after)

    assert org.standing.target("signer/mo") is not None


def test_what_a_policy_without_consent_allowed_has_lost_its_own() -> None:
    """The thief's policy makes auditors stewards; rita consents in good faith."""
    org, after = robbed()
    votes = [("rita", "auditor")]
    enrolled = carried(org, enrolment("eva", ["model-owner"]), approvals=votes)
    org.release()
    carried(org, policy(org), approvals=votes)

    disown(org, "sam", after)

    third, stable = org.standing.policy_state(3), org.standing.alias(ALIAS).stable
    assert third is not None
    assert third.unsupported
    assert stable is not None
    assert stable.unsupported
    assert [key.disowned_after for key in org.signer("eva").keys] != [None]
    assert org.proposal(enrolled).closed == "enacted"


def test_what_the_root_consented_to_under_it_stands() -> None:
    org, after = robbed()
    carried(org, enrolment("eva", ["model-owner"]), approvals=ROOT_VOTES)
    carried(org, policy(org), approvals=ROOT_VOTES)
    org.release()

    disown(org, "sam", after)

    second, third = org.standing.policy_state(2), org.standing.policy_state(3)
    assert second is not None
    assert third is not None
    assert (second.unsupported, third.unsupported) == (True, False)
    assert org.signer("eva").keys[0].disowned_after is None
    stable = org.standing.alias(ALIAS).stable
    assert stable is not None
    assert not stable.unsupported


def released(org: Organisation, data: str | None = "dana", **versions: str) -> str:
    """Through mo and, where anybody allows the data, through them."""
    of = org.open("frank", change(stack(**versions)))
    org.attach("erin", of)
    org.approve("mo", of, "model-owner")
    if data is not None:
        org.approve(data, of, "data-owner")
    org.start("omar", of)
    org.complete("omar")
    return of


def test_the_same_stack_proposed_again_needs_what_it_lost() -> None:
    org = staffed()
    after = now_at(org)
    released(org)
    disown(org, "dana", after)

    of = org.open("frank", change(stack()))

    assert statuses(org, of)["data"] == "unsatisfied"
    assert look(org, of).tier == "high"


def test_a_release_built_on_what_was_lost_is_lost_as_well() -> None:
    org = staffed()
    after = now_at(org)
    released(org)
    released(org, None, model="m2")

    disown(org, "dana", after)

    stable = org.standing.alias(ALIAS).stable
    assert stable is not None
    assert stable.unsupported


def test_a_release_built_on_what_was_lost_that_asked_for_all_of_it_again_stands() -> None:
    org = staffed()
    after = now_at(org)
    released(org)
    released(org, "bob", dataset="d2")

    disown(org, "dana", after)

    stable = org.standing.alias(ALIAS).stable
    assert stable is not None
    assert not stable.unsupported


def test_a_veto_that_a_thief_took_back_stands_again() -> None:
    org, of = prepared(staffed())
    acts.reject(org, "bob", of, "model-owner")
    after = now_at(org)
    acts.reopen(org, "bob", of)
    assert look(org, of).verdict == "ready"

    disown(org, "bob", after, votes=(("alice", "root"), ("dana", "root")))

    assert look(org, of).verdict == "blocked"


def test_a_release_started_after_a_thief_took_a_veto_back_is_lost() -> None:
    org, of = prepared(staffed())
    acts.reject(org, "bob", of, "model-owner")
    after = now_at(org)
    acts.reopen(org, "bob", of)
    org.start("omar", of)

    disown(org, "bob", after, votes=(("alice", "root"), ("dana", "root")))

    candidate = org.standing.alias(ALIAS).candidate
    assert candidate is not None
    assert candidate.unsupported


def test_a_veto_that_its_owner_took_back_before_the_position_stays_so() -> None:
    org, of = prepared(staffed())
    acts.reject(org, "bob", of, "model-owner")
    acts.reopen(org, "bob", of)

    disown(org, "bob", now_at(org), votes=(("alice", "root"), ("dana", "root")))

    assert look(org, of).verdict == "ready"


def test_what_a_thief_completed_is_marked() -> None:
    """It was started before the position, with all consent there has to be."""
    org, of = prepared(staffed())
    org.start("omar", of)
    after = now_at(org)
    org.complete("zed")

    disown(org, "zed", after)

    stable = org.standing.alias(ALIAS).stable
    assert stable is not None
    assert stable.unsupported
    assert org.standing.completed_in("fraud", stack().digest) == ()


def test_what_was_carried_out_in_a_role_without_consent_is_marked() -> None:
    org, of = prepared(staffed())
    after = now_at(org)
    carried(org, roles_of("erin", ["release-owner"]))
    org.start("erin", of)

    disown(org, "sam", after)

    candidate = org.standing.alias(ALIAS).candidate
    assert candidate is not None
    assert candidate.unsupported


def test_a_finding_that_a_thief_took_note_of_is_one_again() -> None:
    org = staffed()
    after = org.smuggle(b"rubbish\n").position
    acts.acknowledge(org, "rita", after)
    assert org.standing.head.refused == 0

    disown(org, "rita", after)

    assert org.standing.head.refused == 1
    acts.acknowledge(org, "dana", after)


def test_who_was_enrolled_without_consent_is_enrolled_again_with_another_key() -> None:
    org = staffed()
    after = now_at(org)
    enrol(org, "eva", ["model-owner"])
    disown(org, "sam", after)
    with refused("key-known"):
        org.open("frank", enrolment("eva", ["model-owner"]))

    text = next_key("eva").public.text
    carried(org, enrolment("eva", ["model-owner"], key=text), approvals=[("bob", "steward")])
    org.accept("eva", next_key("eva"))

    org.approve("eva", org.open("frank"), "model-owner")


def test_a_key_named_without_consent_is_not_accepted_and_the_present_one_goes_on() -> None:
    org = staffed()
    after = now_at(org)
    key = next_key("mo")
    carried(org, rotation("mo", key.public.text), by="mo", enactor="mo")
    disown(org, "sam", after)

    with refused("already-accepted", "mo accepted at position"):
        org.act("mo", accepting, key=key)
    third = next_key("mo", 3)
    votes = [("bob", "steward")]
    carried(org, rotation("mo", third.public.text), by="mo", approvals=votes, enactor="mo")
    org.accept("mo", third)


def accepting(standing: Standing, by: SignerState, at: int) -> SignerAccepted:
    named = by.named_key if by.pending is None else by.pending
    return signer.accept(standing, by=by, at=at, named_by=named.named_by)


def test_an_unsupported_candidate_does_not_hold_its_alias_for_ever() -> None:
    org = staffed()
    after = now_at(org)
    _, of = prepared(org)
    org.start("zed", of)
    disown(org, "zed", after)

    _, again = prepared(org)
    org.start("omar", again)
    org.complete("omar")

    stable = org.standing.alias(ALIAS).stable
    assert stable is not None
    assert (stable.proposal, stable.unsupported) == (again, False)


def test_a_disowning_opens_no_gate_that_the_candidate_had_kept_shut() -> None:
    org = staffed()
    after = now_at(org)
    _, first = prepared(org)
    _, waiting = prepared(org)
    org.start("zed", first)
    assert [block.code for block in look(org, waiting).blocks] == ["candidate-running"]

    disown(org, "zed", after)

    assert [block.code for block in look(org, waiting).blocks] == ["base-moved"]
