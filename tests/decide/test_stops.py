"""Stops: one person revokes a signer, at once and forward only; who acts no more, and who may."""

import pytest

from ledger.decide import override, signer
from ledger.decide.judgement import Judged
from ledger.model.effects import Effect
from ledger.model.events import OverrideSet
from ledger.seal.envelope import seal
from ledger.service import Signer, place
from tests import acts
from tests.acts import look, prepared, refused
from tests.organisation import Organisation, new_policy, unsafe_key
from tests.policies import numbered
from tests.roster import carried, delegate, grant, lifting, rotate, rotation, stop
from tests.signer_acts import (
    POLICY_OF_STAFF,
    STAFF,
    disowning,
    forced_stop,
    rooting,
    staffed,
)


@pytest.mark.parametrize("name", ["alice", "bob", "omar", "zed"])
def test_root_signers_stop_and_so_do_the_roles_that_the_policy_names(name: str) -> None:
    org = staffed()

    new = stop(org, name, "mo")

    target, kept = org.standing.target("signer/mo"), org.standing.stop(new)
    assert target is not None
    assert kept is not None
    assert (target.stops, target.by, target.position) == (1, name, org.standing.head.size - 1)
    assert (kept.target, kept.by, kept.lifted_at) == ("signer/mo", name, None)


@pytest.mark.parametrize("name", ["sam", "rita", "mo", "frank"])
def test_who_has_no_power_stops_nobody_else(name: str) -> None:
    org = staffed()

    with refused("no-power", f"{name} may not stop signer/"):
        stop(org, name, "omar")
    judged = forced_stop(org, name, "omar")

    assert rule(judged) == "no-power"
    assert org.standing.target("signer/omar") is None


def rule(judged: Judged) -> str | None:
    return None if judged.finding is None else judged.finding.rule


def test_without_the_block_only_the_root_stops() -> None:
    org = Organisation()

    with refused("no-power", "omar may not stop signer/"):
        stop(org, "omar", "frank")
    stop(org, "dana", "frank")

    assert org.standing.target("signer/frank") is not None


def test_no_service_stops_anybody_but_itself() -> None:
    bots = {"robot": ("omar", ["release-owner"])}
    org = Organisation(policy=POLICY_OF_STAFF, people=STAFF, services=bots)

    with refused("no-power", "robot may not stop signer/"):
        stop(org, "robot", "mo")
    stop(org, "robot", "robot")

    assert org.standing.target("signer/robot") is not None


def test_a_role_limited_to_some_aliases_gives_no_power_over_a_signer() -> None:
    """A stop of a signer is about the whole ledger."""
    org = staffed()
    grant(org, "mo", "release-owner", aliases="fraud/*")

    with refused("no-power"):
        stop(org, "mo", "frank")


def test_a_role_that_is_over_gives_no_power() -> None:
    org = staffed()
    grant(org, "mo", "release-owner", until=org.now + 3_600)
    stop(org, "mo", "frank")
    org.now += 3_600

    with refused("no-power"):
        stop(org, "mo", "sam")


def test_a_lent_role_gives_the_power_with_it() -> None:
    org = staffed()
    delegate(org, "omar", "mo", "release-owner")

    stop(org, "mo", "frank")

    assert org.standing.target("signer/frank") is not None


@pytest.mark.parametrize("name", ["frank", "sam", "rita", "alice"])
def test_anybody_stops_themself(name: str) -> None:
    org = staffed()

    stop(org, name, name)

    assert org.standing.target(f"signer/{name}") is not None


def test_a_key_one_held_before_stops_its_owner_and_nobody_else() -> None:
    org = staffed()
    old = rotate(org, "omar")

    with refused("key-retired", "omar signs with another key now"):
        stop(org, "omar", "mo", key=old)
    stop(org, "omar", "omar", key=old)

    assert org.standing.target("signer/omar") is not None


def test_a_key_that_was_named_and_never_accepted_does_not_stop_its_owner() -> None:
    org = staffed()
    key = unsafe_key("next of mo")
    carried(org, rotation("mo", key.public.text), by="mo", enactor="mo")

    with refused("key-retired", "mo signs with another key now"):
        stop(org, "mo", "mo", key=key)


def test_a_stopped_signer_stops_others_still_and_themself_again() -> None:
    org = staffed()
    stop(org, "alice", "omar")

    stop(org, "omar", "mo")
    stop(org, "omar", "omar")

    target = org.standing.target("signer/omar")
    assert target is not None
    assert (target.stops, target.by) == (2, "alice")


def test_nobody_is_stopped_who_is_no_signer() -> None:
    org = staffed()

    with refused("unknown-signer", "the signer nobody is not a signer"):
        stop(org, "alice", "nobody")


def test_an_override_has_an_id_of_its_own() -> None:
    org = staffed()
    new = stop(org, "alice", "mo")

    with refused("override-exists", f"there is something of the id {new}"):
        org.act(
            "bob",
            lambda s, by, at: override.stop(
                s, by=by, at=at, override=new, target="signer/frank", reason="odd"
            ),
        )
    again = org.force("bob", OverrideSet(override=new, target="signer/frank", reason="odd"))

    assert rule(again) == "override-exists"


def test_two_stops_made_at_the_same_time_both_hold() -> None:
    """Each is its own stream: who stops never has to try again."""
    org = staffed()
    event = OverrideSet(override=org.new_id(), target="signer/mo", reason="odd")
    before = org.standing.fork()
    bob = Signer("bob", org.keys["bob"])

    stop(org, "alice", "mo")
    late = place(before, event, bob, now=org.now, ledger_id=org.id)
    judged = org.smuggle(seal(late.payload(), bob.key))

    target = org.standing.target("signer/mo")
    assert judged.admitted
    assert target is not None
    assert (target.stops, target.by) == (2, "alice")


def test_from_its_position_on_a_stopped_signer_permits_nothing() -> None:
    org, of = prepared(staffed())
    acts.retract(org, "alice", of)
    acts.reject(org, "mo", of)
    stop(org, "alice", "mo")

    for act in (
        lambda: org.open("mo"),
        lambda: acts.reopen(org, "mo", of),
        lambda: org.attach("mo", of, document="mine"),
        lambda: delegate(org, "mo", "frank", "model-owner"),
    ):
        with refused("signer-stopped", "mo is stopped"):
            act()


def test_a_stopped_operator_starts_nothing_and_another_does() -> None:
    org, of = prepared(staffed())
    stop(org, "alice", "omar")

    with refused("signer-stopped", "omar is stopped"):
        org.start("omar", of)
    org.start("zed", of)
    with refused("signer-stopped", "omar is stopped"):
        org.complete("omar")


def test_a_stopped_approver_approves_nothing_even_by_force() -> None:
    org = staffed()
    of = org.open("frank")
    free = org.standing.fork()
    approval = org.approve("mo", of, "model-owner").entry
    assert approval is not None
    org.standing = free
    stop(org, "alice", "mo")

    judged = org.force("mo", approval.event)

    assert rule(judged) == "signer-stopped"
    assert look(org, of).approvals == ()


def test_a_stopped_signer_enacts_nothing() -> None:
    org = staffed()
    of = org.open("frank", new_policy(numbered(2, text=POLICY_OF_STAFF)))
    org.approve("sam", of, "steward")
    stop(org, "alice", "zed")

    with refused("signer-stopped", "zed is stopped"):
        org.enact("zed", of)
    org.enact("omar", of)


def test_what_a_stopped_signer_restricts_and_says_still_counts() -> None:
    org, of = prepared(staffed())
    stop(org, "alice", "bob")
    stop(org, "alice", "frank")

    acts.comment(org, "bob", of)
    acts.add_fact(org, "bob", of)
    acts.reject(org, "bob", of)
    acts.withdraw(org, "frank", of)

    assert org.proposal(of).closed == "withdrawn"
    assert [one.signer for one in org.proposal(of).rejections] == ["bob"]
    assert [one.signer for one in org.proposal(of).added] == ["bob"]


def test_a_stopped_signer_is_asked_for_nothing() -> None:
    org = staffed()
    of = org.open("frank")
    assert look(org, of).requirements[0].could == ("alice", "bob", "mo")

    stop(org, "alice", "mo")

    assert look(org, of).requirements[0].could == ("alice", "bob")


def test_a_stopped_signer_still_accepts_the_key_they_were_named_with() -> None:
    """It permits nothing: the stop holds under every key."""
    org = staffed()
    key = unsafe_key("next of mo")
    carried(org, rotation("mo", key.public.text), by="mo", enactor="mo")
    stop(org, "alice", "mo")

    org.accept("mo", key)

    with refused("signer-stopped"):
        org.open("mo")


def test_what_was_lent_by_a_stopped_signer_is_not_lent_for_that_time() -> None:
    org = staffed()
    of = org.open("frank")
    delegate(org, "mo", "zed", "model-owner")
    stop(org, "alice", "mo")

    with refused("role-not-held", "zed does not hold the role model-owner"):
        org.approve("zed", of, "model-owner")


def test_a_revoked_auditor_takes_note_of_nothing() -> None:
    org = staffed()
    position = org.smuggle(b"rubbish\n").position
    stop(org, "alice", "rita")

    with refused("signer-stopped", "rita is stopped"):
        acts.acknowledge(org, "rita", position)
    acts.acknowledge(org, "dana", position)


def test_no_duty_keeps_anybody_from_stopping() -> None:
    text = POLICY_OF_STAFF + (
        '\n[[duty]]\nid = "idle"\nrole = "release-owner"\nmust_not = "act"\nbecause = "x"\n'
    )
    org = staffed(text.replace('by = ["release-owner"]', 'by = ["auditor"]'))

    stop(org, "omar", "mo")

    assert org.standing.target("signer/mo") is not None


@pytest.mark.parametrize("matter", ["root", "disown", "lift"])
def test_a_stopped_root_signer_keeps_their_part_in_root_matters(matter: str) -> None:
    org = staffed()
    other = stop(org, "dana", "mo")
    for name in ("alice", "bob", "dana"):
        stop(org, "zed", name)
    wanted: dict[str, Effect] = {
        "root": rooting(2, "alice", "bob", "sam"),
        "disown": disowning(org, "zed", org.standing.head.size - 1),
        "lift": lifting(other),
    }

    of = org.open("alice", wanted[matter])
    org.approve("alice", of, "root")
    org.approve("bob", of, "root")
    org.enact("dana", of)

    assert org.proposal(of).closed == "enacted"


def test_a_stopped_root_signer_has_no_part_in_anything_else() -> None:
    org = staffed()
    of = org.open("frank", new_policy(numbered(2, text=POLICY_OF_STAFF)))
    org.approve("alice", of, "root")
    release = org.open("frank")
    stop(org, "zed", "alice")

    with refused("signer-stopped", "alice is stopped"):
        org.open("alice", new_policy(numbered(2, text=POLICY_OF_STAFF)))
    with refused("signer-stopped", "alice is stopped"):
        org.approve("alice", release, "model-owner")
    org.approve("bob", of, "root")
    assert look(org, of).verdict == "open"
    org.approve("dana", of, "root")
    assert look(org, of).verdict == "ready"


def test_a_stopped_root_signer_lifts_in_no_other_role() -> None:
    org = staffed(people={"alice": ["auditor"]})
    new = stop(org, "zed", "alice")
    of = org.open("frank", lifting(new))

    with refused("self-approval", "lifts a stop of alice"):
        org.approve("alice", of, "auditor")
    org.approve("alice", of, "root")


def test_a_signer_who_accepts_nothing_yet_is_stopped_before_they_do() -> None:
    org = Organisation(policy=POLICY_OF_STAFF, people=STAFF, accept=False)
    for name in ("alice", "bob", "dana"):
        org.accept(name)
    stop(org, "alice", "mo")
    named = org.signer("mo").named_key.named_by

    org.act("mo", lambda s, by, at: signer.accept(s, by=by, at=at, named_by=named))

    with refused("signer-stopped"):
        org.open("mo")
