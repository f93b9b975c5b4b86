"""Attacks on the roster by stewards, service owners, lenders, and writers of the database."""

import json
from typing import Any

import pytest

from ledger.model.canonical import encode
from ledger.model.effects import Effect
from ledger.seal.envelope import parts, seal
from tests.acts import look, refused, statuses
from tests.organisation import Organisation, change, new_policy, unsafe_key
from tests.policies import OVERRIDES, STEWARDED, duty, numbered
from tests.roster import (
    DAY,
    carried,
    consented,
    delegate,
    enrol,
    enrolment,
    finding,
    grant,
    lifting,
    next_key,
    roles_of,
    rotation,
    stewarded,
    stop,
    strip,
)
from tests.signer_acts import ROOT_VOTES, by_root, disown, now_at, rooting


def own_of_sam(org: Organisation) -> list[str]:
    """What sam asks for, through whomever, or is about sam, or for sam to answer."""
    asked: list[tuple[str, Effect]] = [
        ("sam", enrolment("nora")),
        ("robot", enrolment("nora")),
        ("frank", enrolment("nora", contributors=["sam"])),
        ("frank", enrolment("other", kind="service", accountable="sam")),
        ("frank", roles_of("sam", ["auditor"])),
        ("frank", roles_of("robot", ["release-owner"])),
        ("frank", rotation("sam", next_key("sam").public.text)),
        ("frank", rotation("robot", next_key("robot").public.text)),
    ]
    return [org.open(name, effect) for name, effect in asked]


def test_a_steward_consents_to_nothing_of_their_own() -> None:
    org = stewarded(services={"robot": ("sam", [])})

    for of in own_of_sam(org):
        with refused("self-approval"):
            org.approve("sam", of, "steward")
        org.approve("sue", of, "steward")


def test_who_hands_a_service_on_stays_a_party_to_what_it_asked_for() -> None:
    org = stewarded(services={"robot": ("sam", [])})
    of = org.open("robot", enrolment("nora", ["steward"]))
    stop(org, "omar", "robot")
    key = next_key("robot").public.text
    again = enrolment("robot", kind="service", accountable="omar", key=key)
    carried(org, again, approvals=[("sue", "steward")], enactor="rita")

    with refused("self-approval"):
        org.approve("sam", of, "steward")
    org.approve("sue", of, "steward")
    with refused("self-enactment"):
        org.enact("sam", of)


def test_stewards_take_no_seat_in_the_root() -> None:
    """Alice is a root signer: who enrols her again with a key of their own would vote for her."""
    org = stewarded()
    stop(org, "omar", "alice")
    of = org.open("frank", enrolment("alice", key=next_key("alice").public.text))

    with refused("role-not-asked"):
        org.approve("sam", of, "steward")
    for name in ("bob", "dana"):
        org.approve(name, of, "root")

    assert look(org, of).verdict == "ready"


def test_consent_of_stewards_is_not_enough_once_the_signer_is_in_the_root() -> None:
    org = stewarded()
    stop(org, "omar", "frank")
    of = org.open("erin", enrolment("frank", key=next_key("frank").public.text))
    org.approve("sam", of, "steward")
    assert look(org, of).verdict == "ready"

    by_root(org, rooting(2, "alice", "bob", "frank"))

    with refused("not-ready"):
        org.enact("omar", of)


def test_nobody_is_enrolled_in_the_place_of_who_signs_nor_with_their_key() -> None:
    org = stewarded()
    with refused("signer-exists"):
        org.open("frank", enrolment("erin", key=unsafe_key("thief").public.text))
    with refused("key-known"):
        org.open("frank", enrolment("nora", key=unsafe_key("erin").public.text))

    of = consented(org, enrolment("nora"))
    twin = consented(org, enrolment("twin", key=unsafe_key("nora").public.text))
    org.enact("omar", of)
    with refused("key-known"):
        org.enact("omar", twin)
    org.keys["nora"] = unsafe_key("nora")
    org.accept("nora")
    stop(org, "omar", "nora")
    with refused("key-known"):
        org.open("frank", enrolment("nora"))


def test_a_steward_for_one_model_has_no_voice_in_the_ledger() -> None:
    org = stewarded(people={"zed": []})
    grant(org, "zed", "steward", "auditor", aliases="*/*")
    of = org.open("frank", enrolment("nora"))

    with refused("role-not-held"):
        org.approve("zed", of, "steward")
    with refused("role-not-held"):
        org.approve("zed", org.open("frank", lifting(stop(org, "omar", "dana"))), "auditor")


def test_stewards_publish_nothing_under_a_policy_that_lost_its_consent() -> None:
    """Sam's key published a policy by which sam alone decides; sue and sam's friends go on."""
    org = stewarded()
    after = now_at(org)
    carried(org, new_policy(numbered(2, OVERRIDES, text=STEWARDED)))
    before = consented(
        org, roles_of("frank", ["steward"]), by="erin", approvals=[("sue", "steward")]
    )
    disown(org, "sam", after)

    with refused("not-ready"):
        org.enact("omar", before)
    of = org.open("frank", new_policy(numbered(3, OVERRIDES, text=STEWARDED)))
    with refused("role-not-asked"):
        org.approve("sue", of, "steward")
    running = org.open("frank")
    assert "policy-unsupported" in {block.code for block in look(org, running).blocks}
    for name, role in ROOT_VOTES:
        org.approve(name, of, role)
    org.enact("omar", of)

    assert look(org, running).verdict == "open"
    with refused("not-ready"):
        org.enact("omar", before)


def test_what_is_lent_is_not_lent_on_nor_to_a_service_nor_kept() -> None:
    org = stewarded(people={"zed": []}, services={"robot": ("omar", [])})
    delegate(org, "dana", "zed", "data-owner")
    with refused("role-not-held"):
        delegate(org, "zed", "frank", "data-owner")
    with refused("service-delegation"):
        delegate(org, "dana", "robot", "data-owner")
    with refused("not-delegable"):
        delegate(org, "sam", "zed", "steward")
    of = org.open("frank")
    strip(org, "dana", "data-owner")

    with refused("role-not-held"):
        org.approve("zed", of, "data-owner")


def test_two_who_act_for_one_are_one() -> None:
    two = STEWARDED.replace("{ model-owner = 1 }", "{ model-owner = 2 }")
    org = stewarded(people={"zed": [], "zoe": []}, text=two)
    delegate(org, "alice", "zed", "model-owner")
    delegate(org, "alice", "zoe", "model-owner")
    of = org.open("frank")
    org.approve("zed", of, "model-owner")

    for name in ("alice", "zoe"):
        with refused("already-approved"):
            org.approve(name, of, "model-owner")

    assert statuses(org, of)["model-owner"] == "unsatisfied"


def test_who_asks_does_not_approve_by_who_borrows_from_them() -> None:
    org = stewarded(people={"zed": []})
    of = org.open("alice")
    delegate(org, "alice", "zed", "model-owner")

    with refused("self-approval"):
        org.approve("zed", of, "model-owner")


def test_a_role_that_ends_is_of_no_use_afterwards_whoever_borrowed_it() -> None:
    org = stewarded(people={"zed": [], "zoe": []})
    grant(org, "zed", "model-owner", until=org.now + DAY)
    delegate(org, "zed", "zoe", "model-owner", until=org.now + 7 * DAY)
    of = org.open("frank")
    org.now += DAY

    for name in ("zed", "zoe"):
        with refused("role-not-held"):
            org.approve(name, of, "model-owner")


def test_a_loan_that_nobody_asked_for_takes_nothing_from_who_got_it() -> None:
    """Mo lends the evaluator a role of no use, with a duty; then he is a party, and stopped."""
    barred = duty("release-owner", "attach-evidence")
    org = stewarded(barred, people={"mo": ["release-owner"]})
    before = now_at(org)
    delegate(org, "mo", "erin", "release-owner")
    of = org.open("frank", change(contributors=["mo"]))
    org.attach("erin", of)
    stop(org, "mo", "mo")

    assert statuses(org, of)["evaluation"] == "satisfied"

    disown(org, "mo", before)
    assert statuses(org, of)["evaluation"] == "satisfied"


def test_an_envelope_put_in_a_second_time_changes_nothing() -> None:
    """The writer of the database repeats a stop, a naming, an acceptance, a loan and a lift."""
    org = stewarded(people={"zed": []})
    enrol(org, "nora")
    delegate(org, "dana", "zed", "data-owner")
    first = stop(org, "omar", "frank")
    approvals = [("rita", "auditor"), ("omar", "release-owner")]
    carried(org, lifting(first), by="erin", approvals=approvals, enactor="alice")
    signers = org.standing.signers()

    for raw in list(org.envelopes[-12:]):
        assert finding(org.smuggle(raw)) == "out-of-place"

    assert org.standing.signers() == signers
    assert org.standing.head.stops == 0


HOSTILE: dict[str, dict[str, Any]] = {
    "a pattern that is none": {"aliases": "fraud/*\n"},
    "a pattern of three parts": {"aliases": "a/b/c"},
    "an instant that does not exist": {"until": "2026-02-30T00:00:00Z"},
    "the year 9999": {"until": "9999-12-31T23:59:59Z"},
    "the year 1000": {"until": "1000-01-01T00:00:00Z"},
    "full-width digits": {"until": "\uff12026-11-21T07:41:26Z"},
    "a signer who is nobody": {"to": "nobody"},
    "a name that looks like another": {"to": "\u01b6ed"},
    "thousands of roles": {"roles": [f"r{number:05}" for number in range(7_000)]},
    "roles in no order": {"roles": ["model-owner", "data-owner"]},
    "a role twice": {"roles": ["data-owner", "data-owner"]},
    "no list": {"roles": "data-owner"},
    "another's loan": {"signer": "alice"},
    "a field of no kind": {"role": "root"},
    "a bigger number": {"aliases": 2**53 - 1},
}


@pytest.mark.parametrize("attack", sorted(HOSTILE))
def test_an_odd_loan_is_a_finding_and_nothing_else(attack: str) -> None:
    org = stewarded(people={"zed": []})
    delegate(org, "dana", "zed", "data-owner")
    payload = json.loads(parts(org.envelopes[-1])[0])
    payload["event"] |= HOSTILE[attack]
    org = stewarded(people={"zed": []})
    before = org.standing.signers()

    judged = org.smuggle(seal(encode(payload), org.keys["dana"]))

    assert not judged.admitted
    assert finding(judged) is not None
    assert org.standing.signers() == before
    assert delegate(org, "dana", "zed", "data-owner").admitted
