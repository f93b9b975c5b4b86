"""Disowning: what a stolen key permitted after a position is not held for its owner's."""

from dataclasses import replace

import pytest

from ledger.decide.disowning import Impact, impact
from ledger.model.events import SignerDisowned
from tests import acts
from tests.acts import look, prepared, refused, statuses
from tests.organisation import Organisation, change, stack, unsafe_key
from tests.roster import (
    carried,
    delegate,
    enrol,
    enrolment,
    finding,
    grant,
    lifting,
    next_key,
    roles_of,
    rotate,
    rotation,
    rows,
    stop,
)
from tests.signer_acts import (
    by_root,
    disown,
    disowning,
    lift_by_root,
    now_at,
    rooting,
    staffed,
)

WITHOUT_BOB = (("alice", "root"), ("dana", "root"))
ALIAS = "fraud/production"


def disowned_after(org: Organisation, name: str) -> int | None:
    return org.signer(name).named_key.disowned_after


def test_it_takes_a_threshold_of_distinct_root_signers() -> None:
    org = staffed()
    of = org.open("frank", disowning(org, "mo", now_at(org)))
    assert look(org, of).missing() == ("approval of 2 root",)

    org.approve("alice", of, "root")
    with refused("already-approved"):
        org.approve("alice", of, "root")
    with refused("role-not-asked"):
        org.approve("sam", of, "steward")
    with refused("not-ready"):
        org.enact("alice", of)
    org.approve("dana", of, "root")
    org.enact("omar", of)

    assert disowned_after(org, "mo") is not None


def test_a_disowning_without_consent_changes_nothing() -> None:
    org = staffed()
    effect = disowning(org, "mo", now_at(org))
    of = org.open("frank", effect)
    org.approve("alice", of, "root")
    event = SignerDisowned(
        proposal=of,
        review=look(org, of).review_digest,
        signer="mo",
        keys=effect.keys,
        after=effect.after,
    )

    judged = org.force("alice", event)

    assert finding(judged) == "not-ready"
    assert disowned_after(org, "mo") is None


def test_the_root_disowns_a_key_of_its_own() -> None:
    """Who was robbed may vote: a threshold of the root is k distinct root signers."""
    org = staffed()
    after = now_at(org)

    disown(org, "bob", after)

    assert disowned_after(org, "bob") == after


def test_one_names_a_signer_keys_they_accepted_and_a_position_there_is() -> None:
    org = staffed()
    key = next_key("mo")
    carried(org, rotation("mo", key.public.text), by="mo", enactor="mo")

    with refused("unknown-signer"):
        org.open("alice", disowning(org, "mo", 3).model_copy(update={"signer": "nobody"}))
    with refused("unknown-key", "mo never accepted the key"):
        org.open("alice", disowning(org, "mo", 3, [unsafe_key("zed").public.id]))
    with refused("unknown-key"):
        org.open("alice", disowning(org, "mo", 3, [key.public.id]))
    with refused("not-reached"):
        org.open("alice", disowning(org, "mo", now_at(org) + 1))


def test_a_key_is_disowned_after_an_earlier_position_later_and_never_after_a_later_one() -> None:
    org = staffed()
    after = now_at(org)
    disown(org, "mo", after)

    with refused("already-disowned", f"is disowned after {after} already"):
        org.open("alice", disowning(org, "mo", after))
    disown(org, "mo", 0)

    assert disowned_after(org, "mo") == 0


def test_a_disowned_key_signs_nothing_any_more_but_a_stop_of_its_owner() -> None:
    org, of = prepared(staffed())
    disown(org, "bob", now_at(org), votes=WITHOUT_BOB)

    for act in (
        lambda: acts.comment(org, "bob", of),
        lambda: acts.reject(org, "bob", of),
        lambda: stop(org, "bob", "mo"),
        lambda: org.open("bob"),
        lambda: org.open("bob", disowning(org, "alice", 3)),
    ):
        with refused("key-disowned", "the key of bob was disowned after position"):
            act()
    stop(org, "bob", "bob")

    assert org.standing.target("signer/bob") is not None


def test_approvals_after_the_position_count_no_more_and_those_before_it_do() -> None:
    org = staffed()
    early, late = org.open("frank"), org.open("frank")
    org.approve("mo", early, "model-owner")
    after = now_at(org)
    org.approve("mo", late, "model-owner")

    disown(org, "mo", after)

    assert statuses(org, early)["model-owner"] == "satisfied"
    assert statuses(org, late)["model-owner"] == "unsatisfied"
    assert impact_of(org, "mo", after).waiting == (org.proposal(late),)


def impact_of(org: Organisation, name: str, after: int) -> Impact:
    return impact(org.standing, name, [key.id for key in org.signer(name).keys], after)


def test_the_position_itself_is_before() -> None:
    org = staffed()
    of = org.open("frank")
    position = org.approve("mo", of, "model-owner").position

    disown(org, "mo", position)
    assert statuses(org, of)["model-owner"] == "satisfied"
    disown(org, "mo", position - 1)

    assert statuses(org, of)["model-owner"] == "unsatisfied"


def test_documents_after_the_position_count_no_more_and_no_older_one_instead() -> None:
    org = staffed(people={"eve": ["evaluation-owner"]})
    of = org.open("frank")
    org.attach("erin", of, document="before")
    after = now_at(org)
    org.attach("eve", of, document="after")
    assert statuses(org, of)["evaluation"] == "satisfied"

    disown(org, "eve", after)

    assert statuses(org, of)["evaluation"] == "unsatisfied"
    assert "eve, whose word does not count now" in "; ".join(look(org, of).missing())
    org.attach("erin", of, document="again")
    assert statuses(org, of)["evaluation"] == "satisfied"


def test_who_takes_a_document_over_with_a_disowned_key_lends_it_nothing() -> None:
    org = staffed()
    first = org.open("frank")
    position = org.attach("erin", first).position
    after = now_at(org)
    other = org.open("frank")
    acts.take_over(org, "zed", other, position)

    disown(org, "zed", after)

    assert statuses(org, first)["evaluation"] == "satisfied"
    assert statuses(org, other)["evaluation"] == "unsatisfied"


def test_what_restricts_stands_whoever_signed_it() -> None:
    org, of = prepared(staffed())
    after = now_at(org)
    acts.retract(org, "alice", of)
    vetoed = org.open("frank")
    acts.reject(org, "alice", vetoed)
    acts.add_fact(org, "alice", vetoed)
    stop(org, "alice", "mo")

    disown(org, "alice", after, votes=(("bob", "root"), ("dana", "root")))

    assert look(org, of).verdict == "open"
    assert [block.code for block in look(org, vetoed).blocks] == ["rejected"]
    assert look(org, vetoed).tier == "high"
    assert org.standing.target("signer/mo") is not None


def test_a_proposal_of_a_disowned_key_is_proposed_again_by_somebody_else() -> None:
    org = staffed()
    after = now_at(org)
    of = org.open("zed", change(contributors=["frank"]))
    org.attach("erin", of)
    org.approve("mo", of, "model-owner")
    org.approve("dana", of, "data-owner")
    disown(org, "zed", after)

    assert [block.code for block in look(org, of).blocks] == ["disowned"]
    with refused("disowned", "was proposed with a key that was disowned"):
        org.start("omar", of)
    acts.revise(org, "frank", of, change())
    assert look(org, of).verdict == "open"


def test_a_proposal_of_before_the_position_goes_on() -> None:
    org, of = prepared(staffed())

    disown(org, "frank", now_at(org))

    assert look(org, of).verdict == "ready"


def test_who_was_enrolled_by_a_disowned_key_signs_no_more() -> None:
    org = staffed()
    after = now_at(org)
    of = enrol(org, "eva", ["model-owner"])
    release = org.open("frank")
    org.approve("eva", release, "model-owner")

    disown(org, "sam", after)

    assert disowned_after(org, "eva") is not None
    assert org.signer("eva").roles == ()
    with refused("key-disowned"):
        org.open("eva")
    assert statuses(org, release)["model-owner"] == "unsatisfied"
    assert [one.id for one in impact_of(org, "sam", after).lost] == [of]


def test_who_was_enrolled_with_consent_enough_without_the_disowned_key_stays() -> None:
    org = staffed()
    after = now_at(org)
    votes = (("sam", "steward"), ("alice", "root"), ("dana", "root"))
    carried(org, enrolment("eva", ["model-owner"]), approvals=votes)
    org.accept("eva", unsafe_key("eva"))

    disown(org, "sam", after)

    assert disowned_after(org, "eva") is None
    org.open("eva")


def test_roles_granted_by_a_disowned_key_are_gone_with_what_was_approved_in_them() -> None:
    org = staffed()
    after = now_at(org)
    release = org.open("frank")
    grant(org, "zed", "model-owner")
    org.approve("zed", release, "model-owner")

    disown(org, "sam", after)

    assert org.signer("zed").roles == ("release-owner",)
    assert statuses(org, release)["model-owner"] == "unsatisfied"
    with refused("role-not-held"):
        org.approve("zed", org.open("frank"), "model-owner")


def test_a_role_held_elsewhere_by_a_sound_grant_does_not_support_an_approval_here() -> None:
    org = staffed()
    grant(org, "zed", "model-owner", aliases="churn/*")
    after = now_at(org)
    release = org.open("frank")
    grant(org, "zed", "model-owner", aliases="fraud/*")
    org.approve("zed", release, "model-owner")

    disown(org, "sam", after)

    assert statuses(org, release)["model-owner"] == "unsatisfied"
    other = org.open("frank", change(alias="churn/production"))
    org.approve("zed", other, "model-owner")


def test_a_role_held_besides_by_a_sound_grant_supports_what_was_approved_in_it() -> None:
    org = staffed()
    after = now_at(org)
    release = org.open("frank")
    grant(org, "mo", "model-owner", aliases="fraud/*")
    org.approve("mo", release, "model-owner")

    disown(org, "sam", after)

    assert statuses(org, release)["model-owner"] == "satisfied"


def test_a_key_rotated_to_with_the_consent_of_a_disowned_key_signs_no_more() -> None:
    org = staffed()
    after = now_at(org)
    rotate(org, "mo")
    org.open("mo")

    disown(org, "sam", after)

    with refused("key-disowned"):
        org.open("mo")


def test_a_thief_who_rotated_the_key_away_loses_the_next_key_with_it() -> None:
    org = staffed()
    after = now_at(org)
    stolen = org.keys["mo"].public.id
    rotate(org, "mo")

    disown(org, "mo", after, [stolen])

    with refused("key-disowned"):
        org.open("mo")


def test_an_old_key_is_disowned_and_the_present_one_goes_on() -> None:
    """It was rotated away before it was stolen; so nothing is lost."""
    org = staffed()
    old = rotate(org, "mo")
    after = now_at(org)

    disown(org, "mo", after, [old.public.id])

    org.approve("mo", org.open("frank"), "model-owner")
    assert disowned_after(org, "mo") is None


def test_delegations_of_a_disowned_key_end_with_what_was_approved_under_them() -> None:
    org = staffed()
    release = org.open("frank")
    after = now_at(org)
    delegate(org, "mo", "zed", "model-owner")
    org.approve("zed", release, "model-owner")
    assert statuses(org, release)["model-owner"] == "satisfied"

    disown(org, "mo", after)

    assert statuses(org, release)["model-owner"] == "unsatisfied"
    with refused("role-not-held"):
        org.approve("zed", org.open("frank"), "model-owner")
    assert [(to, one.by) for to, one in impact_of(org, "mo", after).lent] == [("zed", "mo")]


def test_documents_attached_under_a_delegation_of_a_disowned_key_do_not_count() -> None:
    org = staffed()
    release = org.open("frank")
    after = now_at(org)
    delegate(org, "erin", "zed", "evaluation-owner")
    org.attach("zed", release)
    assert statuses(org, release)["evaluation"] == "satisfied"

    disown(org, "erin", after)

    assert statuses(org, release)["evaluation"] == "unsatisfied"


def test_what_was_lent_before_the_position_stays_lent() -> None:
    org = staffed()
    delegate(org, "mo", "zed", "model-owner")

    disown(org, "mo", now_at(org))

    org.approve("zed", org.open("frank"), "model-owner")


def test_what_a_disowned_key_lifted_is_stopped_again() -> None:
    org = staffed()
    stopped = stop(org, "alice", "mo")
    release = org.open("frank")
    after = now_at(org)
    carried(org, lifting(stopped), approvals=[("rita", "auditor")])
    org.approve("mo", release, "model-owner")

    disown(org, "rita", after)

    kept, target = org.standing.stop(stopped), org.standing.target("signer/mo")
    assert kept is not None
    assert kept.lifted_at is None
    assert target is not None
    assert target.stops == 1
    assert statuses(org, release)["model-owner"] == "unsatisfied"
    lift_by_root(org, stopped)
    assert org.standing.target("signer/mo") is None


def test_a_stop_lifted_twice_over_stays_lifted_when_the_first_lift_is_lost() -> None:
    """The second lift names another stop; each has its own consent."""
    org = staffed()
    first, second = stop(org, "alice", "mo"), stop(org, "alice", "mo")
    after = now_at(org)
    carried(org, lifting(first), approvals=[("rita", "auditor")])
    lift_by_root(org, second)

    disown(org, "rita", after)

    target = org.standing.target("signer/mo")
    assert target is not None
    assert target.stops == 1


def test_a_release_that_lost_its_consent_is_not_completed() -> None:
    org = staffed()
    after = now_at(org)
    _, of = prepared(org)
    org.start("omar", of)

    disown(org, "dana", after)

    candidate = org.standing.alias(ALIAS).candidate
    assert candidate is not None
    assert candidate.unsupported
    with refused("unsupported", "#1 has lost its consent: a key that gave it was disowned"):
        org.complete("omar")


def test_a_stable_stack_that_lost_its_consent_stays_and_is_marked() -> None:
    """Nobody takes a running model away by disowning a key: that is for people to decide."""
    org = staffed()
    after = now_at(org)
    org.release()
    before = org.standing.alias(ALIAS).stable
    assert before is not None

    disown(org, "dana", after)

    assert org.standing.alias(ALIAS).stable == replace(before, unsupported=True)
    assert org.standing.completed_in("fraud", stack().digest) == ()


def test_a_release_of_before_the_position_keeps_its_support() -> None:
    org = staffed()
    org.release()
    before = org.standing.alias(ALIAS)

    disown(org, "dana", now_at(org))

    assert org.standing.alias(ALIAS) == before


def test_a_release_with_consent_enough_without_the_disowned_key_keeps_its_support() -> None:
    org = staffed()
    after = now_at(org)
    _, of = prepared(org)
    org.approve("bob", of, "data-owner")
    org.start("omar", of)

    disown(org, "dana", after)
    org.complete("omar")

    stable = org.standing.alias(ALIAS).stable
    assert stable is not None
    assert not stable.unsupported


def test_a_release_started_with_a_disowned_key_has_no_support() -> None:
    org, of = prepared(staffed())
    after = now_at(org)
    org.start("zed", of)

    disown(org, "zed", after)

    assert [one.id for one in impact_of(org, "zed", after).lost] == [of]
    with refused("unsupported"):
        org.complete("omar")


def test_what_rests_on_what_was_lost_is_lost_as_well() -> None:
    """Sam's thief enrols eva as a steward; eva grants zed a role; zed's approval releases."""
    org = staffed()
    after = now_at(org)
    first = enrol(org, "eva", ["steward"])
    second = carried(
        org, roles_of("zed", ["data-owner"]), approvals=[("eva", "steward")], enactor="mo"
    )
    third = org.open("frank")
    org.attach("erin", third)
    org.approve("mo", third, "model-owner")
    org.approve("zed", third, "data-owner")
    org.start("omar", third)
    org.complete("omar")

    disown(org, "sam", after)

    assert [one.id for one in impact_of(org, "sam", after).lost] == [first, second, third]
    stable = org.standing.alias(ALIAS).stable
    assert stable is not None
    assert stable.unsupported


def test_who_was_disowned_comes_back_with_another_key_and_what_was_lost_stays_lost() -> None:
    org = staffed()
    after = now_at(org)
    release = org.open("frank")
    org.approve("mo", release, "model-owner")
    disown(org, "mo", after)

    enrol(org, "mo", ["model-owner"], key=next_key("mo"))

    assert statuses(org, release)["model-owner"] == "unsatisfied"
    org.approve("mo", release, "model-owner")
    assert statuses(org, release)["model-owner"] == "satisfied"


def test_root_changes_and_disownings_stand() -> None:
    """The root answers for them; what one key of a threshold added is set right by the rest."""
    org = staffed()
    after = now_at(org)
    by_root(org, rooting(2, "alice", "bob", "mo"))
    disown(org, "zed", after)

    disown(org, "bob", after, votes=(("alice", "root"), ("mo", "root")))

    assert [one.id for one in org.standing.signers() if one.root] == ["alice", "bob", "mo"]
    assert disowned_after(org, "zed") == after


def test_the_past_stays_as_it_was() -> None:
    """As of a position before the disowning, everything is as it was judged then."""
    org = staffed()
    after = now_at(org)
    org.release()
    enrol(org, "eva", ["model-owner"])
    then, size = rows(org.replayed()), org.standing.head.size
    disown(org, "sam", after)
    disown(org, "dana", after)

    now = rows(org.replayed())
    del org.envelopes[size:]

    assert rows(org.replayed()) == then != now


@pytest.mark.parametrize("name", ["sam", "bob", "dana"])
def test_the_impact_is_the_same_before_the_act_and_after(name: str) -> None:
    """Also where who was robbed votes on it."""
    org = staffed()
    after = now_at(org)
    enrol(org, "eva", ["model-owner"])
    _, of = prepared(org)
    org.start("omar", of)
    delegate(org, "bob", "zed", "data-owner")
    waiting = org.open("frank")
    org.approve("bob", waiting, "model-owner")
    before = told(impact_of(org, name, after))
    assert any(before)

    disown(org, name, after, votes=WITHOUT_BOB)

    assert told(impact_of(org, name, after)) == before


def told(found: Impact) -> tuple[list[str], list[str], object]:
    return [one.id for one in found.lost], [one.id for one in found.waiting], found.lent


def test_nobody_asks_for_the_impact_on_who_is_no_signer() -> None:
    with refused("unknown-signer"):
        impact(staffed().standing, "nobody", [], 0)
