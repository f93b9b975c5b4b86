"""Delegation: own roles, lent to another person for a time; both count once together."""

from collections.abc import Callable

import pytest

from ledger.decide.signer import DELEGATIONS, KEPT
from ledger.model.effects import DisownEffect
from ledger.model.events import SignerDelegated
from ledger.model.terms import format_instant
from tests.acts import look, prepared, refused, reject, retract, revise, statuses
from tests.organisation import Organisation, change, new_policy
from tests.policies import OVERRIDES, STEWARDED, duty, numbered
from tests.roster import (
    DAY,
    carried,
    delegate,
    enrolment,
    finding,
    grant,
    lift,
    next_key,
    roles_of,
    rows,
    stewarded,
    stop,
    strip,
)

SMALL = STEWARDED.replace("distinct_people = true", "distinct_people = false")


def holiday(*blocks: str, text: str = STEWARDED) -> Organisation:
    """zed, who has no role, is lent what bob may do with models for a week."""
    org = stewarded(*blocks, people={"zed": [], "yan": []}, text=text)
    delegate(org, "bob", "zed", "model-owner")
    return org


def test_a_role_that_was_lent_is_used_in_the_name_of_both() -> None:
    org = holiday()
    lent = org.judged[-1].position
    of = org.open("frank")

    org.approve("zed", of, "model-owner")

    (given,) = look(org, of).approvals
    assert (given.signer, given.on_behalf, given.delegation) == ("zed", "bob", lent)
    assert statuses(org, of)["model-owner"] == "satisfied"
    assert rows(org.replayed()) == rows(org.standing)


def test_a_role_of_ones_own_is_used_before_one_that_was_lent() -> None:
    org = stewarded()
    delegate(org, "bob", "alice", "model-owner")
    of = org.open("frank")

    org.approve("alice", of, "model-owner")

    assert look(org, of).approvals[0].on_behalf is None


def test_fewer_roles_than_ones_own_are_lent_and_no_others() -> None:
    org = holiday()
    of = org.open("frank")

    with refused("role-not-held", "zed does not hold the role data-owner"):
        org.approve("zed", of, "data-owner")
    with refused("role-not-held", "bob does not hold release-owner as their own"):
        delegate(org, "bob", "zed", "model-owner", "release-owner")


def test_what_was_lent_is_not_lent_on() -> None:
    org = holiday()

    with refused("role-not-held", "zed does not hold model-owner as their own"):
        delegate(org, "zed", "yan", "model-owner")


def test_what_is_lent_is_lent_where_it_was_lent() -> None:
    org = stewarded(people={"zed": []})
    delegate(org, "bob", "zed", "model-owner", aliases="fraud/*")
    here, there = org.open("frank"), org.open("frank", change(alias="credit/production"))

    org.approve("zed", here, "model-owner")
    with refused("role-not-held"):
        org.approve("zed", there, "model-owner")


@pytest.mark.parametrize(
    ("held", "lent"),
    [
        ("fraud/*", None),
        ("fraud/*", "*/*"),
        ("fraud/*", "*/production"),
        ("fraud/*", "credit/production"),
        ("fraud/production", "fraud/*"),
        ("*/*", None),
    ],
)
def test_a_role_is_not_lent_beyond_where_it_is_held(held: str, lent: str | None) -> None:
    org = stewarded()
    grant(org, "erin", "data-owner", aliases=held)

    with refused("role-not-held", "erin does not hold data-owner"):
        delegate(org, "erin", "frank", "data-owner", aliases=lent)


@pytest.mark.parametrize(
    ("held", "lent"),
    [
        ("fraud/*", "fraud/*"),
        ("fraud/*", "fraud/production"),
        ("*/*", "*/production"),
        (None, "*/*"),
    ],
)
def test_a_role_is_lent_on_a_part_of_where_it_is_held(held: str | None, lent: str | None) -> None:
    org = stewarded(people={"zed": []})
    grant(org, "erin", "data-owner", aliases=held)

    delegate(org, "erin", "zed", "data-owner", aliases=lent)

    of = org.open("frank")
    org.approve("zed", of, "data-owner")


def test_who_holds_a_role_on_all_aliases_only_lends_it_for_no_more_than_that() -> None:
    """What was lent for the whole ledger shrinks with the lender's own role."""
    org = stewarded(people={"zed": []})
    delegate(org, "omar", "zed", "release-owner")
    carried(org, roles_of("omar", strip=["release-owner"]), enactor="rita")
    carried(org, roles_of("omar", ["release-owner"], aliases="*/*"), enactor="rita")

    with refused("no-power", "omar may not stop signer/"):
        stop(org, "omar", "frank")
    with refused("no-power", "zed may not stop signer/"):
        stop(org, "zed", "frank")


@pytest.mark.parametrize(
    ("name", "role"), [("alice", "root"), ("sam", "steward"), ("rita", "auditor")]
)
def test_roots_stewards_and_auditors_act_themselves(name: str, role: str) -> None:
    org = stewarded()

    with refused("not-delegable", f"{role} is not lent"):
        delegate(org, name, "frank", role)


def test_no_role_that_stewardship_names_is_lent_by_whatever_name() -> None:
    text = STEWARDED.replace("{ steward = 1 }", "{ data-owner = 1 }")
    org = stewarded(text=text)

    with refused("not-delegable", "data-owner is not lent"):
        delegate(org, "dana", "frank", "data-owner")


def test_a_role_that_becomes_a_stewards_is_lent_no_more() -> None:
    org = stewarded(people={"zed": []})
    delegate(org, "dana", "zed", "data-owner")
    text = STEWARDED.replace("{ steward = 1 }", "{ data-owner = 1 }")
    carried(org, new_policy(numbered(2, OVERRIDES, text=text)))
    of, release = org.open("frank", enrolment("yan")), org.open("frank")

    for one in (of, release):
        with refused("role-not-held", "zed does not hold the role data-owner"):
            org.approve("zed", one, "data-owner")
    org.approve("dana", of, "data-owner")


def test_only_people_lend_and_only_to_people() -> None:
    org = stewarded(services={"robot": ("frank", ["evaluation-owner"])})

    with refused("service-delegation", "only people lend roles"):
        delegate(org, "erin", "robot", "evaluation-owner")
    with refused("service-delegation"):
        delegate(org, "robot", "frank", "evaluation-owner")


def test_nobody_lends_to_themself_or_to_somebody_unknown() -> None:
    org = stewarded()

    with refused("self-delegation", "bob cannot lend to themself"):
        delegate(org, "bob", "bob", "model-owner")
    with refused("unknown-signer", "nobody is not a signer"):
        delegate(org, "bob", "nobody", "model-owner")


def test_what_is_lent_ends_and_not_a_second_later() -> None:
    org = stewarded(people={"zed": []})
    end = org.now + DAY
    delegate(org, "bob", "zed", "model-owner", until=end)
    of = org.open("frank")
    org.now = end - 2
    org.approve("zed", of, "model-owner")
    retract(org, "zed", of)

    org.now = end - 1
    with refused("role-not-held"):
        org.approve("zed", of, "model-owner")
    assert org.now == end


def test_what_is_lent_ends_by_ledger_time_whatever_time_an_entry_claims() -> None:
    org = stewarded(people={"zed": []})
    end = org.now + DAY
    delegate(org, "bob", "zed", "model-owner", until=end)
    of = org.open("frank")
    org.now = end
    org.open("frank")
    org.now = end - 200

    with refused("role-not-held"):
        org.approve("zed", of, "model-owner")


def test_nothing_is_lent_until_a_moment_that_is_over() -> None:
    org = stewarded()

    with refused("already-over", "is over"):
        delegate(org, "bob", "frank", "model-owner", until=org.now + 1)


def test_what_was_lent_is_ended_by_the_lender_before_its_time() -> None:
    org = holiday()
    of = org.open("frank")

    delegate(org, "bob", "zed")

    with refused("role-not-held"):
        org.approve("zed", of, "model-owner")
    with refused("nothing-lent", "bob has lent zed nothing there"):
        delegate(org, "bob", "zed")


def test_what_was_lent_is_replaced_on_the_same_aliases_and_no_others() -> None:
    org = holiday()
    delegate(org, "bob", "zed", "model-owner", aliases="fraud/*")
    delegate(org, "bob", "zed", "data-owner")
    here, there = org.open("frank"), org.open("frank", change(alias="credit/production"))

    org.approve("zed", here, "model-owner")
    with refused("role-not-held"):
        org.approve("zed", there, "model-owner")
    org.approve("zed", there, "data-owner")
    with refused("nothing-lent"):
        delegate(org, "bob", "zed", aliases="credit/*")


def test_so_many_delegations_between_two_people_and_no_more() -> None:
    org = stewarded(people={"zed": [], "yan": []})
    scopes = [f"model-{number}/*" for number in range(DELEGATIONS)]
    for scope in scopes:
        delegate(org, "bob", "zed", "model-owner", aliases=scope, until=org.now + DAY)

    with refused("too-many-delegations", f"bob has {DELEGATIONS} delegations to zed"):
        delegate(org, "bob", "zed", "model-owner")
    delegate(org, "bob", "zed", "data-owner", aliases=scopes[0])
    delegate(org, "bob", "yan", "model-owner")
    delegate(org, "alice", "zed", "model-owner")
    org.now += 2 * DAY
    delegate(org, "bob", "zed", "model-owner")


def test_what_holds_is_kept_however_much_was_lent_and_ended_beside_it() -> None:
    org = stewarded(people={"zed": []})
    delegate(org, "bob", "zed", "model-owner", aliases="fraud/*")
    for _ in range(KEPT + 2):
        delegate(org, "bob", "zed", "data-owner", aliases="credit/*")
    of = org.open("frank")

    org.approve("zed", of, "model-owner")

    assert len(org.signer("zed").delegations) == KEPT + 2


@pytest.mark.parametrize("text", [STEWARDED, SMALL], ids=["distinct", "small"])
@pytest.mark.parametrize("first", ["bob", "zed"])
def test_who_lends_and_who_was_lent_count_once_together(first: str, text: str) -> None:
    org = holiday(text=text.replace("{ model-owner = 1 }", "{ model-owner = 2 }"))
    of = org.open("frank")
    second = {"bob": "zed", "zed": "bob"}[first]
    org.approve(first, of, "model-owner")

    with refused("already-approved", f"{first} has approved #1 .*they count once together"):
        org.approve(second, of, "model-owner")
    assert statuses(org, of)["model-owner"] == "unsatisfied"
    org.approve("alice", of, "model-owner")
    assert statuses(org, of)["model-owner"] == "satisfied"


@pytest.mark.parametrize("first", ["bob", "zed"])
def test_who_lends_and_who_was_lent_take_one_role_where_people_count_once(first: str) -> None:
    org = holiday()
    of = org.open("frank")
    roles = {"bob": "data-owner", "zed": "model-owner"}
    second = {"bob": "zed", "zed": "bob"}[first]
    org.approve(first, of, roles[first])

    with refused("one-role", f"{first} has approved #1 as {roles[first]}"):
        org.approve(second, of, roles[second])


def test_in_a_small_team_who_lends_takes_another_role_beside_the_one_that_is_lent() -> None:
    org = holiday(text=SMALL)
    of = org.open("frank")

    org.approve("bob", of, "data-owner")
    org.approve("zed", of, "model-owner")

    assert statuses(org, of)["model-owner"] == statuses(org, of)["data"] == "satisfied"


def test_two_people_to_whom_one_lent_count_once() -> None:
    org = holiday(text=STEWARDED.replace("{ model-owner = 1 }", "{ model-owner = 2 }"))
    delegate(org, "bob", "yan", "model-owner")
    of = org.open("frank")
    org.approve("zed", of, "model-owner")

    with refused("already-approved", "count once together"):
        org.approve("yan", of, "model-owner")


@pytest.mark.parametrize("party", ["bob", "zed"])
@pytest.mark.parametrize("contributes", [False, True])
def test_nobody_approves_under_a_partys_delegation_and_no_party_under_anybodys(
    party: str, *, contributes: bool
) -> None:
    org = holiday()
    effect = change(contributors=[party] if contributes else [])
    of = org.open("frank" if contributes else party, effect)

    with refused("self-approval", f"{party} (opened|contributed)"):
        org.approve("zed", of, "model-owner")
    org.approve("alice", of, "model-owner")


def test_an_approval_counts_no_more_once_the_lender_becomes_a_party() -> None:
    """Whoever answers for a service from now on answers for what it has proposed."""
    org = stewarded(people={"zed": []}, services={"robot": ("omar", [])})
    delegate(org, "bob", "zed", "model-owner")
    of = org.open("robot")
    org.approve("zed", of, "model-owner")
    assert statuses(org, of)["model-owner"] == "satisfied"

    stop(org, "omar", "robot")
    again = enrolment("robot", kind="service", accountable="bob", key=_key("robot"))
    carried(org, again, enactor="rita")

    assert statuses(org, of)["model-owner"] == "unsatisfied"
    with refused("self-approval", "bob answers for a service"):
        org.approve("zed", of, "model-owner")


def test_a_lender_who_joins_a_later_revision_is_a_party_to_it() -> None:
    org = holiday()
    of = org.open("frank", change(contributors=["erin"]))
    org.approve("zed", of, "model-owner")

    revise(org, "erin", of, change(contributors=["bob"]))

    with refused("self-approval", "bob contributed"):
        org.approve("zed", of, "model-owner")


def ended_by_the_lender(org: Organisation) -> None:
    delegate(org, "bob", "zed")


def stripped(org: Organisation) -> None:
    strip(org, "bob", "model-owner")


def out_of_time(org: Organisation) -> None:
    org.now += 8 * DAY


ENDS = (ended_by_the_lender, stripped, out_of_time)


@pytest.mark.parametrize("end", ENDS)
def test_what_was_approved_under_a_delegation_stands_when_it_ends(
    end: Callable[[Organisation], None],
) -> None:
    org = holiday()
    of = org.open("frank")
    org.approve("zed", of, "model-owner")

    end(org)

    assert statuses(org, of)["model-owner"] == "satisfied"
    retract(org, "zed", of)
    with refused("role-not-held"):
        org.approve("zed", of, "model-owner")


def test_what_is_lent_ends_with_the_lenders_own_role_and_its_end() -> None:
    org = stewarded(people={"zed": []})
    end = org.now + DAY
    grant(org, "erin", "data-owner", until=end)
    delegate(org, "erin", "zed", "data-owner", until=end + DAY)
    of = org.open("frank")

    org.now = end
    with refused("role-not-held"):
        org.approve("zed", of, "data-owner")


def test_who_stops_the_lender_silences_what_was_approved_for_them_until_the_lift() -> None:
    org = holiday()
    of, other = org.open("frank"), org.open("frank")
    org.approve("zed", of, "model-owner")

    stopped = stop(org, "omar", "bob")
    assert statuses(org, of)["model-owner"] == "unsatisfied"
    with refused("role-not-held"):
        org.approve("zed", other, "model-owner")
    lift(org, stopped)

    assert statuses(org, of)["model-owner"] == "satisfied"
    org.approve("zed", other, "model-owner")


def test_who_stops_the_borrower_leaves_the_lender_free_to_approve() -> None:
    org = holiday()
    of = org.open("frank")
    org.approve("zed", of, "model-owner")

    stopped = stop(org, "omar", "zed")
    org.approve("bob", of, "model-owner")
    assert statuses(org, of)["model-owner"] == "satisfied"
    lift(org, stopped)

    assert [one.signer for one in look(org, of).approvals] == ["bob"]


def disowned(org: Organisation, name: str, after: int) -> None:
    key = org.signer(name).named_key.id
    effect = DisownEffect(
        summary="stolen", why=None, contributors=(), signer=name, keys=(key,), after=after
    )
    root = (("alice", "root"), ("dana", "root"))
    carried(org, effect, approvals=root, enactor="alice")


def test_what_was_lent_with_a_disowned_key_ends_and_what_was_approved_under_it() -> None:
    org = holiday()
    lent = org.judged[-1].position
    of, other = org.open("frank"), org.open("frank")
    org.approve("zed", of, "model-owner")

    disowned(org, "bob", lent - 1)

    assert statuses(org, of)["model-owner"] == "unsatisfied"
    with refused("role-not-held"):
        org.approve("zed", other, "model-owner")


def test_what_was_lent_before_the_key_was_disowned_stands() -> None:
    org = holiday()
    lent = org.judged[-1].position
    of = org.open("frank")

    disowned(org, "bob", lent)

    org.approve("zed", of, "model-owner")
    assert statuses(org, of)["model-owner"] == "satisfied"


@pytest.mark.parametrize("who", ["bob", "zed"])
def test_what_was_lent_ends_when_either_is_enrolled_again(who: str) -> None:
    org = stewarded(people={"zed": [], "bert": ["model-owner"]})
    names = {"bob": "bert", "zed": "zed"}
    delegate(org, "bert", "zed", "model-owner")
    again = names[who]
    stopped = stop(org, "omar", again)
    carried(org, enrolment(again, ["model-owner"] if who == "bob" else [], key=_key(again)))
    org.accept(again, next_key(again))
    lift(org, stopped)
    of = org.open("frank")

    with refused("role-not-held"):
        org.approve("zed", of, "model-owner")


def _key(name: str) -> str:
    return next_key(name).public.text


def test_evidence_is_attached_under_a_delegation() -> None:
    org = stewarded(people={"zed": []})
    delegate(org, "erin", "zed", "evaluation-owner")
    of = org.open("frank")

    org.attach("zed", of)

    assert statuses(org, of)["evaluation"] == "satisfied"


def test_a_lent_role_operates_rejects_stops_and_enacts() -> None:
    org = stewarded(people={"zed": [], "yan": []})
    with refused("no-role", "zed holds no role"):
        carried(org, enrolment("wim"), enactor="zed")
    delegate(org, "omar", "zed", "release-owner")
    delegate(org, "bob", "yan", "model-owner")

    org, of = prepared(org)
    org.start("zed", of)
    org.complete("zed")
    reject(org, "yan", org.open("frank"))
    stop(org, "zed", "frank")
    carried(org, enrolment("vic"), by="dana", enactor="zed")


def test_a_role_lent_on_some_aliases_is_none_in_what_concerns_the_whole_ledger() -> None:
    org = stewarded(people={"zed": []})
    delegate(org, "omar", "zed", "release-owner", aliases="*/*")

    with refused("no-power"):
        stop(org, "zed", "frank")
    with refused("no-role"):
        carried(org, enrolment("wim"), enactor="zed")


SHUT = duty("data-owner", "approve", "requirement == 'model-owner'")


def test_a_duty_of_a_lent_role_binds_where_it_is_used() -> None:
    org = stewarded(SHUT, people={"ada": ["model-owner"]}, text=SMALL)
    delegate(org, "dana", "ada", "data-owner")
    used, unused = org.open("frank"), org.open("frank")
    org.approve("ada", used, "data-owner")

    with refused("duty", "data-owner"):
        org.approve("ada", used, "model-owner")
    org.approve("ada", unused, "model-owner")


def test_nobody_is_kept_from_their_own_by_what_another_lends_them() -> None:
    org = stewarded(SHUT)
    delegate(org, "dana", "alice", "data-owner")
    of = org.open("frank")

    org.approve("alice", of, "model-owner")

    assert statuses(org, of)["model-owner"] == "satisfied"


def test_a_duty_binds_through_a_role_that_was_lent_and_used_and_has_ended() -> None:
    org = stewarded(SHUT, people={"ada": ["model-owner"]}, text=SMALL)
    delegate(org, "dana", "ada", "data-owner")
    of = org.open("frank")
    org.approve("ada", of, "data-owner")
    delegate(org, "dana", "ada")

    with refused("duty", "data-owner"):
        org.approve("ada", of, "model-owner")


def test_a_duty_of_the_lender_binds_who_acts_for_them() -> None:
    org = holiday(SHUT)
    of = org.open("frank")

    with refused("duty", "data-owner"):
        org.approve("zed", of, "model-owner")


def test_what_was_approved_for_a_lender_counts_no_more_once_a_duty_binds_the_lender() -> None:
    shut = duty("evaluation-owner", "approve", "requirement == 'model-owner'")
    org = holiday(shut)
    of = org.open("frank")
    org.approve("zed", of, "model-owner")
    assert statuses(org, of)["model-owner"] == "satisfied"

    grant(org, "bob", "evaluation-owner")

    assert statuses(org, of)["model-owner"] == "unsatisfied"


@pytest.mark.parametrize(
    ("name", "role", "rule"),
    [
        ("frank", "model-owner", "role-not-held"),
        ("sam", "steward", "not-delegable"),
        ("alice", "root", "not-delegable"),
    ],
)
def test_a_delegation_of_what_is_not_ones_own_is_a_finding(name: str, role: str, rule: str) -> None:
    org = stewarded(people={"zed": []})
    end = format_instant(org.now + DAY)
    event = SignerDelegated(signer=name, to="zed", roles=(role,), aliases=None, until=end)

    assert finding(org.force(name, event)) == rule
    assert org.signer("zed").delegations == ()


def test_a_delegation_in_the_name_of_another_is_a_finding() -> None:
    org = stewarded(people={"zed": []})
    end = format_instant(org.now + DAY)
    event = SignerDelegated(signer="bob", to="zed", roles=("model-owner",), aliases=None, until=end)

    assert finding(org.force("alice", event)) == "event-differs"
    assert finding(org.force("zed", event)) == "self-delegation"
    assert org.signer("zed").delegations == ()
