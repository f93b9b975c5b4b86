"""Enrolment: who comes to sign, by whose consent, with which key, and who comes back."""

import pytest

from ledger.decide.naming import ACCEPT_WITHIN
from ledger.model.effects import RootEffect
from ledger.model.events import SignerAccepted, SignerEnrolled
from tests.acts import look, refused, reject
from tests.organisation import Organisation, unsafe_key
from tests.roster import (
    DAY,
    carried,
    consented,
    delegate,
    enrol,
    enrolment,
    event_of,
    finding,
    grant,
    lift,
    next_key,
    rows,
    speak,
    stewarded,
    stop,
)

ROOTS = (("alice", "root"), ("bob", "root"))


def named(org: Organisation, name: str = "zoe") -> str:
    """Enrol *name* without their accepting."""
    org.keys[name] = unsafe_key(name)
    return carried(org, enrolment(name, ["model-owner"]))


def test_a_colleague_signs_once_they_have_accepted() -> None:
    org = stewarded()
    of = named(org)
    assert org.proposal(of).closed == "enacted"
    with refused("not-accepted", "zoe has not accepted yet"):
        org.open("zoe")

    org.accept("zoe")

    release = org.open("frank")
    org.approve("zoe", release, "model-owner")
    assert [one.signer for one in look(org, release).approvals] == ["zoe"]
    assert rows(org.replayed()) == rows(org.standing)


def test_an_enrolment_takes_a_steward_or_the_root_in_their_stead() -> None:
    org = stewarded()
    of = org.open("frank", enrolment("zoe"))

    assert look(org, of).missing() == ("approval of 1 steward, or of 2 root instead",)
    org.approve("alice", of, "root")
    with refused("not-ready"):
        org.enact("omar", of)
    org.approve("bob", of, "root")
    org.enact("omar", of)

    assert org.signer("zoe").pending is not None


def test_without_stewards_the_root_alone_enrols() -> None:
    org = Organisation()
    of = org.open("frank", enrolment("zoe"))

    with refused("role-not-asked", "asks for auditor"):
        org.approve("rita", of, "auditor")
    assert look(org, of).missing() == ("approval of 2 root",)


@pytest.mark.parametrize("author", ["opener", "contributor"])
def test_nobody_consents_to_an_enrolment_of_their_own(author: str) -> None:
    org = stewarded()
    hands = ["sam"] if author == "contributor" else []
    of = org.open("frank" if hands else "sam", enrolment("zoe", contributors=hands))

    with refused("self-approval", "sam opened|sam contributed"):
        org.approve("sam", of, "steward")
    org.approve("sue", of, "steward")


def test_a_root_signer_who_asks_for_an_enrolment_votes_on_it_as_root_only() -> None:
    """Else three people, two of whom are the root's threshold, were locked by one lost key."""
    org = stewarded(people={"alice": ["model-owner", "steward"]})
    of = org.open("alice", enrolment("zoe"))

    with refused("self-approval", "alice opened"):
        org.approve("alice", of, "steward")
    org.approve("alice", of, "root")
    assert look(org, of).verdict == "open"
    org.approve("bob", of, "root")
    with refused("self-enactment", "alice had a hand"):
        org.enact("alice", of)
    org.enact("bob", of)


def test_three_people_who_are_the_root_enrol_a_fourth_when_one_of_them_lost_their_key() -> None:
    able = ["model-owner", "data-owner", "evaluation-owner", "release-owner"]
    org = Organisation(people=dict.fromkeys(("alice", "bob", "dana"), able))

    carried(
        org,
        enrolment("zoe"),
        by="bob",
        approvals=(("bob", "root"), ("dana", "root")),
        enactor="dana",
    )
    org.accept("zoe", unsafe_key("zoe"))
    stop(org, "bob", "alice")
    again = enrolment("alice", able, key=next_key("alice").public.text)
    carried(org, again, by="dana", approvals=(("bob", "root"), ("dana", "root")), enactor="bob")

    assert org.accept("alice", next_key("alice")).admitted


def test_who_would_answer_for_a_new_service_is_a_party_to_its_enrolment() -> None:
    org = stewarded()
    of = org.open("frank", enrolment("robot", kind="service", accountable="sam"))

    with refused("self-approval", "sam answers for|about robot|sam"):
        org.approve("sam", of, "steward")
    with refused("self-enactment", "sam had a hand"):
        org.enact("sam", of)
    org.approve("sue", of, "steward")


def test_no_party_no_service_and_nobody_without_a_role_enrols() -> None:
    org = stewarded(people={"zed": []}, services={"robot": ("rita", ["release-owner"])})
    of = consented(org, enrolment("zoe"), by="dana")

    with refused("self-enactment", "dana had a hand"):
        org.enact("dana", of)
    with refused("service-enactment", "robot is a service"):
        org.enact("robot", of)
    with refused("no-role", "zed holds no role"):
        org.enact("zed", of)
    org.enact("sam", of)


def test_who_was_rejected_is_not_enrolled() -> None:
    org = stewarded()
    of = consented(org, enrolment("zoe"))
    reject(org, "sue", of, "steward")

    with refused("rejected"):
        org.enact("omar", of)
    assert org.standing.signer("zoe") is None


def test_who_was_named_accepts_with_the_key_that_was_named_and_no_other() -> None:
    org = stewarded()
    named(org)

    with refused("key-owner", "is not zoe's in this ledger"):
        org.accept("zoe", unsafe_key("thief"))
    with refused("key-owner"):
        org.accept("zoe", unsafe_key("sam"))
    org.accept("zoe", unsafe_key("zoe"))

    assert org.signer("zoe").current is not None


def test_an_acceptance_in_the_name_of_another_is_a_finding() -> None:
    org = stewarded()
    named(org)
    pending = org.signer("zoe").pending
    assert pending is not None
    event = SignerAccepted(signer="zoe", named_by=pending.named_by)

    by_a_colleague = org.force("sam", event)
    with_a_known_key = org.force("zoe", event, key=unsafe_key("sam"))
    with_an_unknown_key = org.force("zoe", event, key=unsafe_key("thief"))

    assert finding(by_a_colleague) == "already-accepted"
    assert finding(with_a_known_key) == "key-owner"
    assert finding(with_an_unknown_key) == "unknown-key"
    assert org.signer("zoe").current is None


def test_an_acceptance_names_the_entry_that_named_the_key() -> None:
    org = stewarded()
    named(org)

    judged = org.force("zoe", SignerAccepted(signer="zoe", named_by="0" * 64))

    assert finding(judged) == "other-naming"
    assert org.signer("zoe").current is None


def test_nobody_accepts_twice() -> None:
    org = stewarded()
    enrol(org, "zoe")

    with refused("already-accepted", "zoe accepted at position"):
        org.accept("zoe")
    assert finding(org.smuggle(org.envelopes[-1])) == "out-of-place"


def test_a_naming_can_be_accepted_until_fourteen_days_have_passed() -> None:
    org = stewarded()
    named(org)
    at = org.signer("zoe").keys[0].named_time

    org.now = at + ACCEPT_WITHIN - 2
    org.accept("zoe")

    assert ACCEPT_WITHIN == 14 * DAY
    assert org.now == at + ACCEPT_WITHIN - 1
    assert org.signer("zoe").current is not None


def test_a_naming_lapses_when_fourteen_days_have_passed() -> None:
    org = stewarded()
    named(org)
    state = org.signer("zoe")
    event = SignerAccepted(signer="zoe", named_by=state.keys[0].named_by)

    org.now = state.keys[0].named_time + ACCEPT_WITHIN - 1
    with refused("naming-lapsed", "zoe was named with this key more than 14 days ago"):
        org.accept("zoe")
    assert finding(org.force("zoe", event)) == "naming-lapsed"
    assert org.signer("zoe").current is None


def test_a_naming_lapses_by_ledger_time_whatever_time_its_acceptance_claims() -> None:
    org = stewarded()
    named(org)
    org.now = org.signer("zoe").keys[0].named_time + ACCEPT_WITHIN
    org.open("frank")
    org.now -= 200

    with refused("naming-lapsed"):
        org.accept("zoe")


@pytest.mark.parametrize("again", ["zoe", "zoe-2"])
def test_who_let_it_lapse_is_named_again_with_the_same_key_or_another(again: str) -> None:
    org = stewarded()
    named(org)
    second = enrolment("zoe", key=unsafe_key(again).public.text)
    with refused("signer-exists", "zoe signs already"):
        org.open("frank", second)

    org.now += ACCEPT_WITHIN
    carried(org, second)
    org.accept("zoe", unsafe_key(again))

    current = org.signer("zoe").current
    assert current is not None
    assert current.id == unsafe_key(again).public.id
    assert org.signer("zoe").roles == ()


def test_what_lapsed_and_was_named_again_with_another_key_is_not_accepted_with_the_first() -> None:
    org = stewarded()
    named(org)
    org.now += ACCEPT_WITHIN
    carried(org, enrolment("zoe", key=next_key("zoe").public.text))

    with refused("not-the-named-key", "zoe accepts with the key that was named"):
        org.accept("zoe")


@pytest.mark.parametrize("known", ["frank", "alice"])
def test_an_id_that_is_in_use_is_not_enrolled(known: str) -> None:
    org = stewarded()

    with refused("signer-exists", f"{known} signs already"):
        org.open("sue", enrolment(known, key=next_key(known).public.text))


def test_of_two_enrolments_of_one_id_the_second_is_not_enacted() -> None:
    org = stewarded()
    late = consented(org, enrolment("zoe", key=next_key("zoe").public.text))
    named(org)

    with refused("signer-exists"):
        org.enact("omar", late)
    org.accept("zoe")
    with refused("base-moved", "the signer zoe has changed"):
        org.enact("omar", late)


def test_of_two_enrolments_with_one_key_the_second_is_not_enacted() -> None:
    org = stewarded()
    late = consented(org, enrolment("yan", key=unsafe_key("zoe").public.text))
    named(org)

    with refused("key-known", "was named before: for zoe"):
        org.enact("omar", late)


def test_nobody_is_enrolled_in_a_role_that_the_policy_does_not_define() -> None:
    org = stewarded()

    for role in ("king", "root"):
        with refused("unknown-role", f"zoe holds the role {role}"):
            org.open("frank", enrolment("zoe", [role]))


def test_a_service_is_enrolled_with_somebody_who_answers_for_it() -> None:
    org = stewarded()

    enrol(org, "robot", ["evaluation-owner"], kind="service", accountable="frank")

    assert (org.signer("robot").kind, org.signer("robot").accountable) == ("service", "frank")
    of = org.open("omar")
    org.attach("robot", of)


@pytest.mark.parametrize("answers", [None, "nobody", "clerk", "late"])
def test_a_service_needs_a_person_who_has_accepted_to_answer_for_it(answers: str | None) -> None:
    org = stewarded(services={"clerk": ("rita", [])})
    named(org, "late")

    with refused("no-accountable", "the service robot needs an accountable person"):
        org.open("frank", enrolment("robot", kind="service", accountable=answers))


def test_nobody_answers_for_a_person() -> None:
    org = stewarded()

    with refused("person-accountable", "zoe is a person and answers alone"):
        org.open("frank", enrolment("zoe", accountable="frank"))


def test_a_service_never_holds_stewardship() -> None:
    org = stewarded(services={"clerk": ("rita", [])})

    with refused("service-steward", "the service robot would hold steward"):
        org.open("frank", enrolment("robot", ["steward"], kind="service", accountable="frank"))
    enrol(org, "robot", kind="service", accountable="frank")
    with refused("service-steward"):
        grant(org, "robot", "steward")


def test_an_enrolled_service_never_approves() -> None:
    org = stewarded()
    enrol(org, "robot", ["model-owner"], kind="service", accountable="frank")
    of = org.open("omar")

    with refused("service-approval", "robot is a service; only people approve"):
        org.approve("robot", of, "model-owner")


def test_who_answers_for_an_enrolled_service_is_a_party_to_what_it_opens() -> None:
    org = stewarded()
    enrol(org, "robot", kind="service", accountable="alice")
    of = org.open("robot")

    with refused("self-approval", "alice answers for a service"):
        org.approve("alice", of, "model-owner")


def test_a_lost_key_is_replaced_by_a_stop_an_enrolment_and_a_lift() -> None:
    org = stewarded()
    enrol(org, "zoe", ["data-owner"])
    stopped = stop(org, "omar", "zoe")

    carried(org, enrolment("zoe", ["model-owner"], key=next_key("zoe").public.text))
    org.accept("zoe", next_key("zoe"))

    with refused("signer-stopped", "zoe is stopped"):
        org.open("zoe")
    lift(org, stopped)
    of = org.open("frank")
    org.approve("zoe", of, "model-owner")
    with refused("role-not-held"):
        org.approve("zoe", of, "data-owner")
    assert rows(org.replayed()) == rows(org.standing)


def test_nothing_of_before_lasts_once_somebody_is_enrolled_again() -> None:
    org = stewarded(people={"zed": []})
    old = org.keys["erin"]
    delegate(org, "erin", "zed", "evaluation-owner")
    delegate(org, "bob", "erin", "data-owner")
    stopped = stop(org, "omar", "erin")
    carried(org, enrolment("erin", ["evaluation-owner"], key=next_key("erin").public.text))
    org.accept("erin", next_key("erin"))
    lift(org, stopped)

    of = org.open("frank")
    org.attach("zed", of)
    assert org.proposal(of).documents[-1].roles == ()
    with refused("role-not-held", "erin does not hold the role data-owner"):
        org.approve("erin", of, "data-owner")
    with refused("key-retired", "erin signs with another key now"):
        speak(org, "erin", of, key=old)


@pytest.mark.parametrize("key", ["zoe", "frank"])
def test_who_is_enrolled_again_needs_a_key_that_nobody_had(key: str) -> None:
    org = stewarded()
    enrol(org, "zoe")
    stop(org, "omar", "zoe")

    with refused("key-known", f"was named before: for {key}"):
        org.open("frank", enrolment("zoe", key=unsafe_key(key).public.text))


def test_a_person_stays_a_person_and_a_service_a_service() -> None:
    org = stewarded(services={"robot": ("rita", [])})
    stop(org, "omar", "robot")
    stop(org, "omar", "dana")
    key = next_key("robot").public.text

    with refused("other-kind", "robot is a service and stays one"):
        org.open("frank", enrolment("robot", key=key))
    with refused("other-kind", "dana is a person and stays one"):
        org.open("frank", enrolment("dana", kind="service", accountable="rita", key=key))
    carried(org, enrolment("robot", kind="service", accountable="frank", key=key))
    assert org.signer("robot").accountable == "frank"


def test_only_the_root_gives_a_root_signer_another_key_by_enrolling_them_again() -> None:
    org = stewarded()
    stop(org, "omar", "dana")
    wanted = enrolment("dana", ["data-owner"], key=next_key("dana").public.text)
    of = org.open("frank", wanted)

    with refused("role-not-asked", "asks for steward"):
        org.approve("sam", of, "steward")
    assert look(org, of).missing() == ("approval of 2 root",)
    org.approve("alice", of, "root")
    org.approve("bob", of, "root")
    org.enact("omar", of)
    org.accept("dana", next_key("dana"))

    assert org.signer("dana").root


def test_what_stewards_consented_to_falls_to_the_root_once_its_signer_belongs_to_it() -> None:
    org = stewarded()
    stop(org, "omar", "erin")
    of = consented(org, enrolment("erin", key=next_key("erin").public.text))
    larger = RootEffect(
        summary="erin joins the root",
        why=None,
        contributors=(),
        signers=("alice", "bob", "dana", "erin"),
        threshold=3,
    )
    carried(org, larger, approvals=ROOTS, enactor="alice")

    with refused("not-ready"):
        org.enact("omar", of)
    assert look(org, of).missing() == ("approval of 3 root",)


def test_an_enrolment_without_consent_is_a_finding_and_names_nobody() -> None:
    org = stewarded()
    of = org.open("frank", enrolment("zoe"))
    event = SignerEnrolled(
        proposal=of,
        review=look(org, of).review_digest,
        signer="zoe",
        signer_kind="person",
        accountable=None,
        key=unsafe_key("zoe").public.text,
        roles=(),
    )

    assert finding(org.force("sam", event)) == "not-ready"
    assert org.standing.signer("zoe") is None
    assert org.standing.owner_of(unsafe_key("zoe").public.id) is None


@pytest.mark.parametrize(
    "other",
    [
        {"key": unsafe_key("thief").public.text},
        {"roles": ("steward",)},
        {"signer": "yan"},
        {"signer_kind": "service", "accountable": "sam"},
        {"review": "sha256:" + "0" * 64},
    ],
    ids="-".join,
)
def test_an_enrolment_of_anything_else_than_was_approved_is_a_finding(
    other: dict[str, object],
) -> None:
    org = stewarded()
    of = consented(org, enrolment("zoe"))
    free = stewarded()
    named(free)
    event = event_of(free.judged[-1])
    as_approved = {**event.model_dump(), "roles": (), "proposal": of}
    review = look(org, of).review_digest
    forged = SignerEnrolled.model_validate({**as_approved, "review": review, **other})

    assert finding(org.force("omar", forged)) == "event-differs"
    assert org.standing.signer("zoe") is None


def test_a_proposal_enrols_once() -> None:
    org = stewarded()
    of = named(org)

    again = org.force("omar", event_of(org.judged[-1]))

    assert finding(again) == "closed"
    assert len(org.signer("zoe").keys) == 1
    with refused("closed"):
        org.enact("omar", of)
