"""Roles: given and taken by consent, on some aliases and for some time."""

import pytest

from ledger.errors import AssentError
from ledger.model.effects import RolesEffect
from ledger.model.events import SignerGranted, SignerStripped
from tests.acts import look, refused, retract, statuses
from tests.organisation import Organisation, change, new_policy, unsafe_key
from tests.policies import STEWARDED, duty, numbered, under
from tests.roster import (
    DAY,
    carried,
    consented,
    enrolment,
    event_of,
    finding,
    grant,
    roles_of,
    rows,
    stewarded,
    strip,
)

SHUT = duty("auditor", "approve", "requirement == 'model-owner'")

ALIASES = ("fraud/production", "fraud/staging", "credit/production")


def able(org: Organisation, name: str, role: str) -> list[str]:
    """The aliases on which *name* approves in *role*."""
    answers = {alias: answer(org, name, alias, role) for alias in ALIASES}
    assert set(answers.values()) <= {"approved", "role-not-held"}
    return [alias for alias, code in answers.items() if code == "approved"]


def answer(org: Organisation, name: str, alias: str, role: str) -> str:
    """What comes of an approval of a new proposal: that, or the code of the refusal."""
    of = org.open("frank", change(alias=alias))
    try:
        org.approve(name, of, role)
    except AssentError as error:
        return error.code
    return "approved"


def test_a_role_is_held_once_it_was_granted() -> None:
    org = stewarded()
    assert able(org, "erin", "data-owner") == []

    of = grant(org, "erin", "data-owner")

    assert org.proposal(of).closed == "enacted"
    assert able(org, "erin", "data-owner") == list(ALIASES)
    assert able(org, "erin", "model-owner") == []
    assert rows(org.replayed()) == rows(org.standing)


@pytest.mark.parametrize(
    ("pattern", "where"),
    [
        (None, list(ALIASES)),
        ("*/*", list(ALIASES)),
        ("fraud/*", ["fraud/production", "fraud/staging"]),
        ("*/production", ["fraud/production", "credit/production"]),
        ("fraud/production", ["fraud/production"]),
        ("other/*", []),
    ],
)
def test_a_role_granted_on_a_pattern_is_held_there_and_nowhere_else(
    pattern: str | None, where: list[str]
) -> None:
    org = stewarded()

    grant(org, "erin", "data-owner", aliases=pattern)

    assert able(org, "erin", "data-owner") == where


def test_a_role_on_some_aliases_is_none_in_what_concerns_the_whole_ledger() -> None:
    org = stewarded()
    grant(org, "erin", "steward", aliases="*/*")
    of = org.open("frank", enrolment("zoe"))

    with refused("role-not-held", "erin does not hold the role steward"):
        org.approve("erin", of, "steward")
    org.approve("sam", of, "steward")
    grant(org, "frank", "auditor", aliases="*/*")
    of = consented(org, enrolment("yan"), by="dana")
    with refused("no-role", "frank holds no role"):
        org.enact("frank", of)


def test_a_role_granted_on_some_aliases_attaches_evidence_there() -> None:
    org = stewarded()
    grant(org, "frank", "evaluation-owner", aliases="fraud/*")
    here, there = org.open("omar"), org.open("omar", change(alias="credit/production"))

    org.attach("frank", here)
    org.attach("frank", there)

    assert statuses(org, here)["evaluation"] == "satisfied"
    assert statuses(org, there)["evaluation"] == "unsatisfied"


def test_a_role_that_ends_is_held_until_then_and_not_at_that_second() -> None:
    org = stewarded()
    end = org.now + DAY
    grant(org, "erin", "data-owner", until=end)
    of = org.open("frank")

    org.now = end - 2
    org.approve("erin", of, "data-owner")
    assert org.now == end - 1
    retract(org, "erin", of)

    org.now = end - 1
    with refused("role-not-held"):
        org.approve("erin", of, "data-owner")
    assert org.now == end


def test_a_role_ends_by_ledger_time_whatever_time_an_entry_claims() -> None:
    org = stewarded()
    end = org.now + DAY
    grant(org, "erin", "data-owner", until=end)
    of = org.open("frank")
    org.now = end
    org.open("frank")

    org.now = end - 200
    with refused("role-not-held"):
        org.approve("erin", of, "data-owner")


def test_a_role_that_has_ended_is_not_granted_for_the_past() -> None:
    org = stewarded()
    wanted = roles_of("erin", ["data-owner"], until=org.now + 60)
    with refused("already-over", "is over"):
        org.open("frank", roles_of("erin", ["data-owner"], until=org.now + 1))
    of = consented(org, wanted)

    org.now += 60
    with refused("already-over"):
        org.enact("omar", of)


def test_a_role_is_held_by_whichever_grant_lasts_longest() -> None:
    org = stewarded()
    end = org.now + DAY
    grant(org, "erin", "data-owner", until=end)
    grant(org, "erin", "data-owner", aliases="fraud/*")

    org.now = end

    assert able(org, "erin", "data-owner") == ["fraud/production", "fraud/staging"]


def test_a_role_that_was_stripped_is_held_no_more() -> None:
    org = stewarded()

    of = strip(org, "dana", "data-owner")

    assert able(org, "dana", "data-owner") == []
    assert org.proposal(of).closed == "enacted"
    assert org.signer("dana").roles == ()
    with refused("nothing-to-strip", "dana was not granted data-owner"):
        strip(org, "dana", "data-owner")


def test_what_strips_only_and_what_grants_as_well_are_two_kinds_of_events() -> None:
    org = stewarded()

    strip(org, "bob", "data-owner")
    only = event_of(org.judged[-1])
    carried(org, roles_of("bob", ["data-owner"], ["model-owner"]))
    both = event_of(org.judged[-1])

    assert isinstance(only, SignerStripped)
    assert isinstance(both, SignerGranted)
    assert org.signer("bob").roles == ("data-owner",)


def test_what_is_stripped_within_a_pattern_is_what_was_granted_within_it() -> None:
    org = stewarded()
    grant(org, "erin", "data-owner", aliases="fraud/production")
    grant(org, "erin", "data-owner", aliases="*/production")
    grant(org, "erin", "data-owner", aliases="fraud/*")

    strip(org, "erin", "data-owner", aliases="fraud/*")

    assert able(org, "erin", "data-owner") == ["fraud/production", "credit/production"]
    strip(org, "erin", "data-owner")
    assert able(org, "erin", "data-owner") == []


@pytest.mark.parametrize("pattern", ["fraud/*", "*/*"])
def test_a_role_held_everywhere_is_not_stripped_within_a_pattern(pattern: str) -> None:
    org = stewarded()

    with refused("nothing-to-strip", "dana was not granted data-owner within"):
        strip(org, "dana", "data-owner", aliases=pattern)
    carried(org, roles_of("dana", (), ["data-owner"]))
    grant(org, "dana", "data-owner", aliases="credit/*")
    assert able(org, "dana", "data-owner") == ["credit/production"]


def test_an_approval_given_in_a_role_stands_when_the_role_is_stripped_or_ends() -> None:
    org = stewarded()
    end = org.now + DAY
    grant(org, "erin", "data-owner", until=end)
    of = org.open("frank")
    org.approve("alice", of, "model-owner")
    org.approve("erin", of, "data-owner")

    strip(org, "alice", "model-owner")
    org.now = end

    found = look(org, of)
    assert [one.signer for one in found.approvals] == ["alice", "erin"]
    with refused("role-not-held"):
        org.approve("alice", of, "model-owner")


def test_evidence_attached_in_a_role_stands_when_the_role_is_stripped() -> None:
    org = stewarded()
    of = org.open("frank")
    org.attach("erin", of)

    strip(org, "erin", "evaluation-owner")

    assert statuses(org, of)["evaluation"] == "satisfied"
    org.attach("erin", of, document="another")
    assert statuses(org, of)["evaluation"] == "satisfied"
    assert org.proposal(of).documents[-1].roles == ()


def test_who_the_roles_are_for_consents_to_nothing_and_carries_nothing_out() -> None:
    org = stewarded()
    of = org.open("frank", roles_of("sam", ["model-owner"]))

    with refused("self-approval", "is about sam"):
        org.approve("sam", of, "steward")
    org.approve("sue", of, "steward")
    with refused("self-enactment", "sam had a hand"):
        org.enact("sam", of)
    org.enact("omar", of)


def test_who_answers_for_a_service_does_not_consent_to_its_roles() -> None:
    org = stewarded(services={"robot": ("sam", [])})
    of = org.open("frank", roles_of("robot", ["evaluation-owner"]))

    with refused("self-approval", "sam answers for a service"):
        org.approve("sam", of, "steward")
    org.approve("sue", of, "steward")


def test_a_root_signer_votes_as_root_on_their_own_roles_and_not_as_steward() -> None:
    org = stewarded(people={"alice": ["model-owner", "steward"]})
    of = org.open("frank", roles_of("alice", ["data-owner"]))

    with refused("self-approval", "is about alice"):
        org.approve("alice", of, "steward")
    org.approve("alice", of, "root")
    assert look(org, of).verdict == "open"


def test_a_steward_may_take_part_in_stripping_the_last_steward_of_their_role() -> None:
    """The root stands in for stewards, so this locks nobody out."""
    org = stewarded()
    carried(org, roles_of("sam", strip=["steward"]), approvals=(("sue", "steward"),))
    root = (("alice", "root"), ("bob", "root"))

    carried(org, roles_of("sue", strip=["steward"]), approvals=root)
    carried(org, roles_of("dana", ["steward"]), approvals=root)

    of = org.open("frank", roles_of("sam", ["steward"]))
    org.approve("dana", of, "steward")
    assert look(org, of).verdict == "ready"


@pytest.mark.parametrize(
    ("wanted", "code", "match"),
    [
        (roles_of("erin"), "nothing-asked", "grants some or strips some"),
        (
            roles_of("erin", ["data-owner"], ["data-owner"]),
            "nothing-asked",
            "the same role is granted and stripped",
        ),
        (roles_of("erin", ["king"]), "unknown-role", "erin holds the role king"),
        (roles_of("erin", ["root"]), "unknown-role", "erin holds the role root"),
        (roles_of("robot", ["steward"]), "service-steward", "the service robot would hold steward"),
        (roles_of("nobody", ["data-owner"]), "unknown-signer", "the signer nobody is not"),
        (roles_of("erin", strip=["root"]), "nothing-to-strip", "erin was not granted root"),
        (roles_of("alice", strip=["root"]), "nothing-to-strip", "alice was not granted root"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
def test_what_cannot_be_granted_or_stripped_is_not_even_proposed(
    wanted: RolesEffect, code: str, match: str
) -> None:
    org = stewarded(services={"robot": ("rita", [])})

    with refused(code, match):
        org.open("frank", wanted)


def test_a_role_that_the_policy_defines_no_more_is_not_granted() -> None:
    spare = STEWARDED.replace('auditor = "reviews"', 'auditor = "reviews"\nspare = "is free"')
    org = under(text=spare, people={"sam": ["steward"]})
    of = consented(org, roles_of("erin", ["spare"]))
    carried(org, new_policy(numbered(2, text=STEWARDED)))

    with refused("not-ready"):
        org.enact("omar", of)
    org.approve("sam", of, "steward")
    with refused("unknown-role"):
        org.enact("omar", of)


def test_what_was_to_be_stripped_and_is_gone_is_not_stripped_again() -> None:
    org = stewarded()
    late = consented(org, roles_of("dana", strip=["data-owner"]))
    strip(org, "dana", "data-owner")

    with refused("nothing-to-strip"):
        org.enact("omar", late)


def test_roles_of_a_signer_whose_key_changed_since_are_asked_for_again() -> None:
    org = stewarded()
    carried(org, enrolment("zoe"))
    of = consented(org, roles_of("zoe", ["data-owner"]))
    org.accept("zoe", unsafe_key("zoe"))

    with refused("base-moved", "the signer zoe has changed"):
        org.enact("omar", of)


def test_a_duty_binds_through_a_role_that_was_stripped_since_the_proposal_was_opened() -> None:
    org = stewarded(SHUT, people={"ada": ["auditor", "model-owner"]})
    before = org.open("frank")
    strip(org, "ada", "auditor")
    after = org.open("frank")

    with refused("duty", "ada holds auditor"):
        org.approve("ada", before, "model-owner")
    org.approve("ada", after, "model-owner")


def test_a_duty_binds_through_a_role_granted_after_the_proposal_was_opened() -> None:
    org = stewarded(SHUT, people={"ada": ["model-owner"]})
    of = org.open("frank")
    grant(org, "ada", "auditor")

    with refused("duty", "ada holds auditor"):
        org.approve("ada", of, "model-owner")


def test_a_duty_binds_through_a_role_that_ended_after_the_proposal_was_opened() -> None:
    org = stewarded(SHUT, people={"ada": ["model-owner"]})
    end = org.now + DAY
    grant(org, "ada", "auditor", until=end)
    before = org.open("frank")
    org.now = end
    after = org.open("frank")

    with refused("duty", "ada holds auditor"):
        org.approve("ada", before, "model-owner")
    org.approve("ada", after, "model-owner")


def test_a_duty_of_a_role_on_other_aliases_does_not_bind() -> None:
    org = stewarded(SHUT, people={"ada": ["model-owner"]})
    grant(org, "ada", "auditor", aliases="credit/*")
    here, there = org.open("frank"), org.open("frank", change(alias="credit/production"))

    org.approve("ada", here, "model-owner")
    with refused("duty"):
        org.approve("ada", there, "model-owner")


def test_an_approval_counts_no_more_once_a_duty_binds_through_a_further_role() -> None:
    org = stewarded(SHUT, people={"ada": ["model-owner"]})
    of = org.open("frank")
    org.approve("ada", of, "model-owner")
    assert statuses(org, of)["model-owner"] == "satisfied"

    grant(org, "ada", "auditor")

    assert statuses(org, of)["model-owner"] == "unsatisfied"


def test_a_grant_without_consent_is_a_finding_and_gives_nothing() -> None:
    org = stewarded()
    of = org.open("frank", roles_of("frank", ["steward"]))
    event = SignerGranted(
        proposal=of,
        review=look(org, of).review_digest,
        signer="frank",
        grant=("steward",),
        strip=(),
        aliases=None,
        until=None,
    )

    assert finding(org.force("omar", event)) == "not-ready"
    assert finding(org.force("frank", event)) == "self-enactment"
    assert org.signer("frank").roles == ()


@pytest.mark.parametrize(
    "other",
    [
        {"grant": ("steward",)},
        {"aliases": None},
        {"until": None},
        {"strip": ("evaluation-owner",)},
        {"signer": "frank"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_grant_of_anything_else_than_was_approved_is_a_finding(other: dict[str, object]) -> None:
    org, free = stewarded(), stewarded()
    end = org.now + DAY
    grant(free, "erin", "data-owner", aliases="fraud/*", until=end)
    of = consented(org, roles_of("erin", ["data-owner"], aliases="fraud/*", until=end))
    event = event_of(free.judged[-1])

    forged = SignerGranted.model_validate({**event.model_dump(), **other})

    assert event_of(free.judged[-1]).model_dump()["proposal"] == of
    assert finding(org.force("omar", forged)) == "event-differs"
    assert org.signer("erin").roles == ("evaluation-owner",)


def test_a_strip_dressed_up_as_a_grant_is_a_finding() -> None:
    org = stewarded()
    of = consented(org, roles_of("dana", strip=["data-owner"]))
    event = SignerGranted(
        proposal=of,
        review=look(org, of).review_digest,
        signer="dana",
        grant=("steward",),
        strip=("data-owner",),
        aliases=None,
        until=None,
    )

    assert finding(org.force("omar", event)) == "event-differs"
    assert org.signer("dana").roles == ("data-owner",)
