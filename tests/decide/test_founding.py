"""How a ledger begins, and who may do what before everyone has accepted."""

import json
from collections.abc import Sequence

import pytest

from ledger.decide import founding, signer
from ledger.decide.context import Standing
from ledger.decide.naming import ACCEPT_WITHIN
from ledger.model.effects import PolicyDocument
from ledger.model.events import LedgerFounded, RosterMember
from ledger.policy.published import parse_policy
from ledger.policy.reading import read_policy
from ledger.seal.keys import SK_ED25519
from tests.acts import refused
from tests.organisation import PEOPLE, POLICY, START, Organisation, change, unsafe_key
from tests.roster import carried, enrolment, next_key
from tests.seal.authenticator import UnsafeAuthenticator
from tests.signer_acts import ROOT_VOTES

CANONICAL = read_policy(POLICY, file="policy.toml").canonical()


def member(
    name: str,
    roles: Sequence[str] = (),
    *,
    root: bool = True,
    answers: str | None = None,
    key: str | None = None,
) -> RosterMember:
    return RosterMember(
        signer=name,
        signer_kind="person" if answers is None else "service",
        accountable=answers,
        key=unsafe_key(key or name).public.text,
        roles=tuple(sorted(roles)),
        root=root,
    )


ROOTS = (
    member("alice", ["model-owner", "release-owner", "evaluation-owner"]),
    member("bob", ["model-owner", "data-owner"]),
    member("dana", ["data-owner", "release-owner"]),
)


def not_root(one: RosterMember) -> RosterMember:
    return RosterMember.model_validate({**one.model_dump(), "root": False})


def found(
    roster: Sequence[RosterMember] = ROOTS,
    *,
    threshold: int = 2,
    solo: bool = False,
    rules: int = 1,
    founder: str = "alice",
    key: str | None = None,
    canonical: str = CANONICAL,
) -> LedgerFounded:
    return founding.found(
        Standing(),
        founder=founder,
        founder_key=unsafe_key(key or founder).public.id,
        name="tested",
        roster=roster,
        root_threshold=threshold,
        policy=PolicyDocument(text=POLICY, canonical=canonical),
        rehearsal=True,
        solo=solo,
        rules=rules,
    )


def test_a_root_of_three_of_whom_two_agree_founds_a_ledger() -> None:
    assert found().root_threshold == 2


@pytest.mark.parametrize(("size", "threshold"), [(3, 1), (3, 3), (2, 1), (2, 2), (1, 1), (4, 2)])
def test_a_root_that_one_rules_or_one_loss_locks_is_refused(size: int, threshold: int) -> None:
    more = (*ROOTS, member("erin"))
    roster = tuple(
        RosterMember.model_validate({**one.model_dump(), "root": i < size})
        for i, one in enumerate(more)
    )

    with refused("root-threshold", f"a root of {size} with threshold {threshold}"):
        found(roster, threshold=threshold)


@pytest.mark.parametrize(("size", "threshold"), [(4, 3), (5, 3), (5, 4)])
def test_a_root_with_one_to_spare_founds_a_ledger(size: int, threshold: int) -> None:
    roster = (*ROOTS, member("erin"), member("frank"))[:size]

    assert found(roster, threshold=threshold).root_threshold == threshold


def test_one_person_alone_has_to_say_so() -> None:
    roster = (ROOTS[0], *(not_root(one) for one in ROOTS[1:]))

    assert found(roster, threshold=1, solo=True).solo
    with refused("root-threshold"):
        found(roster, threshold=1)


@pytest.mark.parametrize("threshold", [2, 3])
def test_a_solo_root_has_no_threshold_beyond_its_size(threshold: int) -> None:
    roster = (ROOTS[0], *(not_root(one) for one in ROOTS[1:]))

    with refused("root-threshold", "cannot agree"):
        found(roster, threshold=threshold, solo=True)


def test_a_service_is_no_root_signer() -> None:
    with refused("service-root", "the service robot"):
        found((*ROOTS, member("robot", answers="alice", root=True)))


def test_a_service_with_an_accountable_person_may_be_named() -> None:
    roster = (*ROOTS, member("robot", answers="alice", root=False))

    assert found(roster).roster[-1].accountable == "alice"


@pytest.mark.parametrize("answers", ["nobody", "robot"])
def test_a_service_needs_an_accountable_person_of_the_roster(answers: str) -> None:
    with refused("no-accountable", "needs an accountable person"):
        found((*ROOTS, member("robot", answers=answers, root=False)))


def test_nobody_answers_for_a_person() -> None:
    one = RosterMember.model_validate(
        {**member("erin", root=False).model_dump(), "accountable": "alice"}
    )

    with refused("person-accountable", "erin is a person"):
        found((*ROOTS, one))


def test_nobody_is_named_twice() -> None:
    with refused("signer-twice", "bob is named twice"):
        found((*ROOTS, member("bob", key="another", root=False)))


def test_no_key_is_named_twice() -> None:
    with refused("key-twice", "erin and bob have the same key"):
        found((*ROOTS, member("erin", key="bob", root=False)))


def test_no_key_is_named_twice_in_two_spellings() -> None:
    device = UnsafeAuthenticator(SK_ED25519, secret=unsafe_key("bob").secret)
    twin = {**member("erin", root=False).model_dump(), "key": device.public.text}

    with refused("key-twice", "erin and bob have the same key"):
        found((*ROOTS, RosterMember.model_validate(twin)))


def test_a_key_has_to_be_one() -> None:
    nonsense = {
        **member("erin", root=False).model_dump(),
        "key": "ssh-ed25519 AAAAAAAAAAAAAAAAAAAA",
    }

    with refused("malformed-key"):
        found((*ROOTS, RosterMember.model_validate(nonsense)))


def test_nobody_holds_a_role_the_policy_does_not_define() -> None:
    with refused("unknown-role", "erin holds the role king"):
        found((*ROOTS, member("erin", ["king"], root=False)))


@pytest.mark.parametrize(("founder", "key"), [("erin", "erin"), ("alice", "bob"), ("bob", "alice")])
def test_only_a_root_signer_founds_with_their_own_key(founder: str, key: str) -> None:
    with refused("not-root"):
        found((*ROOTS, member("erin", root=False)), founder=founder, key=key)


def test_another_rule_set_is_not_known() -> None:
    with refused("unknown-rules", "rule set 2"):
        found(rules=2)


def test_the_first_policy_has_number_one() -> None:
    with refused("policy-number", "not 2"):
        found(canonical=CANONICAL.replace('"number":1', '"number":2'))


def test_a_policy_that_requires_nobody_founds_nothing() -> None:
    policy = parse_policy(CANONICAL)
    empty = policy.model_dump(mode="json", exclude_none=True)
    for need in empty["requirements"]:
        if need["id"] == "model-owner":
            need["when"] = "personal_data"
    weak = type(policy).model_validate_json(json.dumps(empty))

    with refused("requires-nobody", "the policy: no requirement asks"):
        found(canonical=weak.canonical())


def test_a_policy_that_nobody_of_the_roster_can_meet_founds_nothing() -> None:
    with refused("lock-out", "nobody holds it"):
        found(canonical=CANONICAL.replace('"role":"model-owner"', '"role":"auditor"'))


def test_a_log_is_founded_once() -> None:
    org = Organisation()
    founded = org.judged[0].entry
    assert founded is not None

    again = org.force("alice", founded.event)

    assert again.finding is not None
    assert again.finding.rule == "already-founded"


def test_until_every_root_signer_has_accepted_only_acceptances_are_admitted() -> None:
    org = Organisation(accept=False)
    org.accept("alice")

    with refused("founding-incomplete", "waits for bob, dana to accept"):
        org.open("alice")
    org.accept("bob")
    org.accept("dana")
    org.open("alice")

    assert org.standing.head.proposals == 1


def test_nobody_acts_before_accepting() -> None:
    org = Organisation(accept=False)
    for name in list(PEOPLE)[:3]:
        org.accept(name)

    with refused("not-accepted", "frank has not accepted yet"):
        org.open("frank")
    org.accept("frank")
    org.open("frank", change())


def test_nobody_accepts_twice() -> None:
    org = Organisation()

    with refused("already-accepted", "alice accepted at position 1"):
        org.accept("alice")


def test_an_acceptance_names_the_entry_that_named_the_signer() -> None:
    org = Organisation(accept=False)

    with refused("other-naming"):
        org.act("alice", lambda s, by, at: signer.accept(s, by=by, at=at, named_by="0" * 64))
    org.accept("alice")

    assert org.signer("alice").accepted_at == 1


def test_nobody_accepts_for_another() -> None:
    org = Organisation(accept=False)
    accepted = org.accept("alice").entry
    assert accepted is not None
    event = type(accepted.event).model_validate({**accepted.event.model_dump(), "signer": "bob"})

    judged = org.force("alice", event)

    assert judged.finding is not None
    assert judged.finding.rule == "already-accepted"
    assert org.signer("bob").accepted_at is None


def test_who_is_named_in_the_founding_and_is_no_root_signer_accepts_within_fourteen_days() -> None:
    org = Organisation(accept=False)
    for name in list(PEOPLE)[:3]:
        org.accept(name)

    org.now = START + ACCEPT_WITHIN - 2
    org.accept("erin")
    with refused("naming-lapsed", "frank was named with this key more than 14 days ago"):
        org.accept("frank")

    assert org.now == START + ACCEPT_WITHIN
    assert org.signer("erin").current is not None


def test_who_let_the_founding_lapse_is_enrolled_like_anybody() -> None:
    org = Organisation(accept=False)
    for name in ("alice", "bob", "dana", "omar"):
        org.accept(name)
    again = enrolment("frank", key=next_key("frank").public.text)
    with refused("signer-exists"):
        org.open("alice", again)
    org.now += ACCEPT_WITHIN

    carried(org, again, by="alice", approvals=ROOT_VOTES)
    org.accept("frank", next_key("frank"))

    assert org.open("frank")


def test_the_naming_of_a_root_signer_in_the_founding_never_lapses() -> None:
    """Else a founding that took three weeks were none."""
    org = Organisation(accept=False)
    org.accept("alice")
    org.now += 2 * ACCEPT_WITHIN
    org.accept("bob")
    with refused("naming-lapsed"):
        org.accept("erin")
    org.now += ACCEPT_WITHIN

    org.accept("dana")

    assert org.open("alice")
