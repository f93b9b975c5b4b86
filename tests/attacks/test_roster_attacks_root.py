"""Attacks by way of the root and the clock: votes of before, and times that never were."""

from tests.acts import look, revise, statuses
from tests.organisation import change
from tests.roster import DAY, consented, lifting, stewarded, stop
from tests.signer_acts import ROOT_VOTES, by_root, correction, rooting, staffed


def test_the_old_vote_of_who_has_left_the_root_decides_nothing() -> None:
    org = staffed(people={"kim": []})
    of = consented(org, lifting(stop(org, "omar", "mo")), approvals=[("dana", "root")])
    by_root(org, rooting(2, "alice", "bob", "kim"))
    org.approve("kim", of, "root")

    assert look(org, of).missing() == ("approval of 1 auditor, or of 1 root instead",)
    org.approve("alice", of, "root")
    assert look(org, of).verdict == "ready"


def test_a_lower_threshold_makes_nothing_ready_that_was_voted_on_before() -> None:
    org = staffed(people={"kim": []})
    by_root(org, rooting(3, "alice", "bob", "dana", "kim"))
    of = consented(org, lifting(stop(org, "omar", "mo")), approvals=ROOT_VOTES)
    assert look(org, of).verdict == "open"

    by_root(org, rooting(2, "alice", "bob", "dana"), (*ROOT_VOTES, ("dana", "root")))

    assert look(org, of).verdict == "open"


def test_evidence_dated_a_year_ahead_grows_old_like_any_other() -> None:
    org = stewarded()
    of = org.open("frank")
    right, ahead = org.now, org.standing.head.size
    org.now = right + 365 * DAY
    org.attach("erin", of)
    org.now = right
    by_root(org, correction(ahead, right + 10))

    org.now = right + 31 * DAY
    revise(org, "frank", of, change())

    assert statuses(org, of)["evaluation"] == "unsatisfied"


def test_consent_dated_ahead_is_used_as_soon_as_any_other() -> None:
    org = stewarded()
    of = org.open("frank")
    org.attach("erin", of)
    org.approve("dana", of, "data-owner")
    right, ahead = org.now, org.standing.head.size
    org.now = right + 13 * DAY
    org.approve("alice", of, "model-owner")
    org.now = right

    by_root(org, correction(ahead, right + 10))

    assert look(org, of, right + 2 * DAY).verdict == "ready"
    assert look(org, of, right + 4 * DAY).verdict == "expired"
