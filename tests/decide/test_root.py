"""The root: who belongs to it changes by its own threshold, and so does the threshold."""

import pytest

from ledger.model.events import RootChanged
from tests import acts
from tests.acts import look, refused
from tests.organisation import Organisation, new_policy
from tests.policies import numbered
from tests.roster import carried, enrolment, finding, lifting, roles_of, stop
from tests.signer_acts import (
    POLICY_OF_STAFF,
    by_root,
    disown,
    disowning,
    now_at,
    rooting,
    staffed,
)


def root_of(org: Organisation) -> list[str]:
    return [one.id for one in org.standing.signers() if one.root]


def threshold_of(org: Organisation) -> int:
    ledger = org.standing.ledger()
    assert ledger is not None
    return ledger.root_threshold


def test_the_root_changes_by_its_threshold_and_acts_as_it_is_then() -> None:
    org = staffed()

    by_root(org, rooting(3, "alice", "bob", "dana", "mo", "sam"))

    assert (root_of(org), threshold_of(org)) == (["alice", "bob", "dana", "mo", "sam"], 3)
    of = org.open("mo", disowning(org, "zed", now_at(org)))
    assert look(org, of).missing() == ("approval of 3 root",)
    for name in ("mo", "sam", "dana"):
        org.approve(name, of, "root")
    org.enact("bob", of)


def test_the_old_root_decides_about_the_new_one() -> None:
    org = staffed()
    of = org.open("frank", rooting(2, "mo", "sam", "zed"))

    for name in ("mo", "sam", "zed"):
        with refused("role-not-held", f"{name} does not hold the role root"):
            org.approve(name, of, "root")
    org.approve("alice", of, "root")
    assert look(org, of).verdict == "open"
    org.approve("bob", of, "root")
    org.enact("zed", of)

    assert root_of(org) == ["mo", "sam", "zed"]


def test_no_steward_has_a_voice_in_it() -> None:
    org = staffed()
    of = org.open("sam", rooting(2, "alice", "bob", "sam"))

    with refused("role-not-asked", "asks for steward"):
        org.approve("bob", of, "steward")
    with refused("role-not-held"):
        org.approve("sam", of, "root")
    assert look(org, of).missing() == ("approval of 2 root",)


def test_a_root_change_without_consent_changes_nothing() -> None:
    org = staffed()
    of = org.open("sam", rooting(2, "alice", "bob", "sam"))
    org.approve("alice", of, "root")
    event = RootChanged(
        proposal=of,
        review=look(org, of).review_digest,
        signers=("alice", "bob", "sam"),
        threshold=2,
    )

    judged = org.force("bob", event)

    assert finding(judged) == "not-ready"
    assert root_of(org) == ["alice", "bob", "dana"]


def test_nobody_puts_other_names_into_an_agreed_change() -> None:
    org = staffed()
    of = org.open("alice", rooting(2, "alice", "bob", "mo"))
    org.approve("alice", of, "root")
    org.approve("dana", of, "root")
    event = RootChanged(
        proposal=of,
        review=look(org, of).review_digest,
        signers=("alice", "bob", "sam"),
        threshold=2,
    )

    judged = org.force("bob", event)

    assert finding(judged) == "event-differs"
    assert root_of(org) == ["alice", "bob", "dana"]


@pytest.mark.parametrize(
    ("threshold", "names"),
    [
        (1, ("alice",)),
        (1, ("alice", "bob")),
        (2, ("alice", "bob")),
        (1, ("alice", "bob", "dana")),
        (3, ("alice", "bob", "dana")),
        (2, ("alice", "bob", "dana", "mo")),
        (4, ("alice", "bob", "dana", "mo")),
        (6, ("alice", "bob", "dana", "mo", "sam")),
    ],
)
def test_no_root_that_one_could_rule_or_one_loss_could_lock(
    threshold: int, names: tuple[str, ...]
) -> None:
    org = staffed()

    with refused("root-threshold", f"a root of {len(names)} with threshold {threshold}"):
        org.open("alice", rooting(threshold, *names))


def test_only_people_who_have_accepted_belong_to_the_root() -> None:
    org = staffed()
    with refused("service-root", "the service robot cannot be a root signer"):
        org.open("alice", rooting(2, "alice", "bob", "robot"))
    with refused("unknown-signer"):
        org.open("alice", rooting(2, "alice", "bob", "nobody"))

    carried(org, enrolment("eva"))
    with refused("no-current-key", "eva has no accepted key"):
        org.open("alice", rooting(2, "alice", "bob", "eva"))
    disown(org, "mo", now_at(org))
    with refused("no-current-key", "mo has no accepted key"):
        org.open("alice", rooting(2, "alice", "bob", "mo"))


def test_of_two_changes_the_second_is_proposed_again_once_the_first_is_made() -> None:
    org = staffed()
    late = org.open("alice", rooting(2, "alice", "bob", "sam"))
    org.approve("alice", late, "root")
    org.approve("bob", late, "root")

    by_root(org, rooting(2, "alice", "bob", "mo"))

    with refused("base-moved", "the root has changed since"):
        org.enact("alice", late)
    acts.revise(org, "alice", late, rooting(2, "alice", "bob", "sam"))
    assert look(org, late).verdict == "open"


def test_a_change_that_became_impossible_is_not_made() -> None:
    org = staffed()
    of = org.open("alice", rooting(2, "alice", "bob", "mo"))
    org.approve("alice", of, "root")
    org.approve("bob", of, "root")

    disown(org, "mo", now_at(org))

    with refused("no-current-key", "mo has no accepted key"):
        org.enact("alice", of)


def test_a_removed_root_signer_has_no_vote_and_no_power_left() -> None:
    org = staffed()
    policy = org.open("frank", new_policy(numbered(2, text=POLICY_OF_STAFF)))
    by_root(org, rooting(2, "alice", "bob", "mo"))

    with refused("role-not-held", "dana does not hold the role root"):
        org.approve("dana", policy, "root")
    with refused("no-power", "dana may not stop signer/"):
        stop(org, "dana", "zed")
    position = org.smuggle(b"rubbish\n").position
    with refused("not-auditor"):
        acts.acknowledge(org, "dana", position)
    org.approve("mo", policy, "root")


def test_votes_from_before_a_root_change_are_votes_of_another_root() -> None:
    org = staffed()
    of = org.open("frank", disowning(org, "zed", now_at(org)))
    org.approve("dana", of, "root")
    org.approve("alice", of, "root")
    assert look(org, of).verdict == "ready"

    by_root(org, rooting(2, "alice", "bob", "mo"))

    assert look(org, of).verdict == "open"
    org.approve("mo", of, "root")
    assert look(org, of).verdict == "open"
    org.approve("alice", of, "root")
    assert look(org, of).verdict == "ready"


def test_a_stop_silences_the_vote_of_who_left_the_root() -> None:
    """Root signers keep their vote in root matters; who is one no more keeps nothing."""
    org = staffed()
    of = org.open("frank", disowning(org, "zed", now_at(org)))
    org.approve("dana", of, "root")
    org.approve("alice", of, "root")
    stop(org, "alice", "dana")
    assert look(org, of).verdict == "ready"

    by_root(org, rooting(2, "alice", "bob", "mo"))

    assert look(org, of).verdict == "open"


def test_a_higher_threshold_is_asked_of_what_is_open_as_well() -> None:
    org = staffed()
    of = org.open("frank", roles_of("zed", ["model-owner"]))
    org.approve("alice", of, "root")
    org.approve("dana", of, "root")
    assert look(org, of).verdict == "ready"

    by_root(org, rooting(3, "alice", "bob", "dana", "mo"))

    for name in ("mo", "alice"):
        org.approve(name, of, "root")
    assert look(org, of).verdict == "open"
    org.approve("dana", of, "root")
    assert look(org, of).verdict == "ready"


def test_nobody_vetoes_what_the_root_decides() -> None:
    """Else one stolen key of the root could keep itself there for ever."""
    org = staffed()
    stopped = stop(org, "alice", "mo")
    for effect in (rooting(2, "alice", "bob", "sam"), lifting(stopped), disowning(org, "bob", 3)):
        of = org.open("frank", effect)
        with refused("no-veto", "a threshold decides it"):
            acts.reject(org, "bob", of, "root")
    policy = org.open("frank", new_policy(numbered(2, text=POLICY_OF_STAFF)))
    acts.reject(org, "bob", policy, "root")


def test_one_lost_key_of_three_does_not_lock_the_root() -> None:
    """The two who are left put another in the place of the third, who is asked nothing."""
    org = staffed()
    stop(org, "alice", "dana")

    by_root(org, rooting(2, "alice", "bob", "mo"))
    disown(org, "dana", 0)

    assert root_of(org) == ["alice", "bob", "mo"]
