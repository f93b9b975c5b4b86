"""Lock-out: whether the people there are could ever give what a policy asks for."""

from collections.abc import Mapping
from itertools import permutations
from time import monotonic
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.model.problems import Problem
from ledger.policy.checking.checks import check_policy, first_problem
from ledger.policy.checking.seats import can_seat, spared
from ledger.policy.document import Duty, Operation, Policy, Requirement, Role, RoleCount
from ledger.policy.reading import read_policy

POLICY: Final = """\
name = "p"
number = 1
[roles]
owner = ""
security = ""
release = ""
[[requirement]]
id = "quality"
approvals = { owner = 2 }
[[requirement]]
id = "threats"
when = "expands_permissions"
approvals = { security = 1 }
[operation]
by = ["release"]
[approvals]
distinct_people = DISTINCT
"""


EVERYBODY: Final = {"ann": "owner", "bob": "owner", "cleo": "security", "dan": "release"}


def problems_for(
    roster: Mapping[str, str],
    *,
    distinct: bool = True,
    more: str = "",
    services: Mapping[str, tuple[str, str]] | None = None,
) -> list[Problem]:
    text = POLICY.replace("DISTINCT", str(distinct).lower()) + more
    people = {name: frozenset(roles.split()) for name, roles in roster.items()}
    machines = {
        name: (person, frozenset(roles.split()))
        for name, (person, roles) in (services or {}).items()
    }
    policy = read_policy(text, file="p")
    return check_policy(policy, people, None if services is None else machines)


def duty(role: str, must_not: str, when: str | None = None) -> str:
    lines = [
        "[[duty]]",
        f'id = "{role}-{must_not}"',
        f'role = "{role}"',
        f'must_not = "{must_not}"',
    ]
    return "\n".join([*lines, *([] if when is None else [f'when = "{when}"']), ""])


def combine(*roles: str) -> str:
    return f"[[combine]]\nroles = {list(roles)}\n"


STEWARDS: Final = "[stewardship]\napprovals = { owner = 1, security = 1 }\n"
LIFTERS: Final = "[overrides]\nlift = { owner = 1, security = 1 }\n"
REPORT: Final = """\
[[requirement]]
id = "evaluation"
domain = "quality"
[requirement.evidence.report]
by = ["release"]
"""


def test_enough_people_are_no_lock_out() -> None:
    roster = {"ann": "owner", "bob": "owner", "cleo": "security", "dan": "release"}

    assert problems_for(roster) == []


def test_too_few_holders_of_a_role_are_named() -> None:
    found = problems_for({"ann": "owner", "cleo": "security", "dan": "release"})

    assert (found[0].code, found[0].path) == (
        "lock-out",
        ("requirement", 0, "approvals"),
    )
    assert "it needs 2 owner, and ann holds it" in found[0].message


def test_a_role_that_nobody_holds_locks_its_requirement_even_where_it_is_conditional() -> None:
    found = problems_for({"ann": "owner", "bob": "owner", "dan": "release"})

    assert [one.path for one in found] == [("requirement", 1, "approvals")]
    assert "nobody holds it" in found[0].message


def test_one_person_is_not_needed_twice_in_different_roles() -> None:
    roster = {"ann": "owner security", "bob": "owner", "dan": "release"}

    found = problems_for(roster)

    assert [one.path for one in found] == [("requirement", 1, "approvals")]
    assert "different people as 1 security, 2 owner" in found[0].message
    assert problems_for(roster, distinct=False) == []


def test_whoever_proposes_cannot_be_needed() -> None:
    roster = {"ann": "owner release", "bob": "owner", "cleo": "security"}

    found = problems_for(roster)

    assert [one.path for one in found] == [("requirement", 1, "approvals")]
    assert "whoever proposes cannot approve" in found[0].message
    everybody = {"ann": "owner security release", "bob": "owner security"}
    assert "cannot approve" in problems_for(everybody, distinct=False)[0].message


def test_somebody_must_be_able_to_operate_releases() -> None:
    roster = {"ann": "owner", "bob": "owner", "cleo": "security", "dan": "owner"}

    assert [one.path for one in problems_for(roster)] == [("operation", "by")]


def test_a_duty_that_always_binds_takes_its_people_out_of_the_quorum() -> None:
    roster = {**EVERYBODY, "bob": "owner security"}
    bars = duty("security", "approve", "requirement == 'quality'")
    assert problems_for(roster) == []

    found = problems_for(roster, more=bars)

    assert (found[0].code, found[0].path) == ("lock-out", ("requirement", 0, "approvals"))
    assert "it needs 2 owner, and ann, bob hold it; the duty security-approve always bars bob" in (
        found[0].message
    )


@pytest.mark.parametrize(
    "bars",
    [
        duty("security", "act"),
        duty("security", "act", "effect == 'release'"),
        duty("security", "approve"),
        duty("security", "approve", "effect != 'policy' && requirement in ['quality', 'x']"),
        duty("security", "approve", "true"),
    ],
)
def test_no_duty_that_binds_in_every_case_is_missed(bars: str) -> None:
    roster = {**EVERYBODY, "bob": "owner security"}

    found = problems_for(roster, more=bars)

    assert ("requirement", 0, "approvals") in {one.path for one in found}


@pytest.mark.parametrize(
    "free",
    [
        duty("security", "approve", "requirement == 'threats' && expands_permissions"),
        duty("security", "approve", "requirement == 'stewardship'"),
        duty("security", "approve", "effect == 'exception'"),
        duty("security", "approve", "expands_permissions"),
        duty("security", "operate"),
        duty("security", "approve", "requirement == 'quality'") + combine("owner", "security"),
    ],
)
def test_a_duty_that_does_not_bind_in_every_case_locks_nobody_out(free: str) -> None:
    assert problems_for({**EVERYBODY, "bob": "owner security"}, more=free) == []


def test_a_combination_lifts_a_duty_only_for_what_is_done_in_its_other_role() -> None:
    roster = {**EVERYBODY, "bob": "owner security"}
    bars = duty("security", "approve", "requirement == 'quality'")

    found = problems_for(roster, more=bars + combine("security", "release"))

    assert "the duty security-approve always bars bob" in found[0].message


def test_where_one_requirement_bars_a_holder_the_seat_needs_somebody_else() -> None:
    roster = {"ann": "owner", "bob": "security release", "cleo": "security owner", "dan": ""}
    needs = '[[requirement]]\nid = "always"\napprovals = { security = 1 }\n'
    needs += '[[requirement]]\nid = "more"\nwhen = "online"\napprovals = { security = 1 }\n'
    needs += "[declared]\nonline = 'live'\n"
    bars = duty("release", "approve", "requirement == 'more'")
    assert problems_for(roster, more=needs) == []

    found = problems_for(roster, more=needs + bars)

    assert [one.path for one in found] == [("requirement", 3, "approvals")]
    assert "with what always applies it takes different people as 1 security, 2 owner" in (
        found[0].message
    )


def test_who_may_never_open_is_no_proposer() -> None:
    roster = {"ann": "owner", "bob": "owner", "cleo": "security", "dan": "release"}
    assert problems_for(roster, more=duty("release", "open", "effect == 'policy'")) == []

    found = problems_for(roster, more=duty("release", "open") + duty("security", "open"))

    assert {one.path for one in found} == {
        ("requirement", 0, "approvals"),
        ("requirement", 1, "approvals"),
    }
    assert "whoever proposes cannot approve" in found[0].message


def test_a_duty_can_leave_nobody_to_operate() -> None:
    found = problems_for(EVERYBODY, more=duty("release", "operate"))

    assert [one.path for one in found] == [("operation", "by")]
    assert "a duty always bars dan" in found[0].message


def test_stewards_must_be_there_besides_whoever_proposes() -> None:
    assert problems_for(EVERYBODY, more=STEWARDS) == []
    assert problems_for({"solo": "owner security release"}, more=STEWARDS)[-1].path == (
        "stewardship",
        "approvals",
    )

    too_many = STEWARDS.replace("security = 1", "security = 2")
    found = problems_for(EVERYBODY, more=too_many)

    assert [(one.code, one.path) for one in found] == [("lock-out", ("stewardship", "approvals"))]
    assert "stewards could never consent to another policy: it needs 2 security" in found[0].message


def test_the_proposer_of_a_policy_is_no_steward_of_it() -> None:
    everybody = "[stewardship]\napprovals = { owner = 2, security = 1, release = 1 }\n"

    found = problems_for(EVERYBODY, more=everybody)

    assert [one.path for one in found] == [("stewardship", "approvals")]
    assert "everybody is needed to approve" in found[0].message


@pytest.mark.parametrize(
    ("bars", "locked"),
    [
        (duty("security", "approve", "requirement == 'stewardship'"), True),
        (duty("security", "approve", "effect == 'policy'"), True),
        (duty("security", "act", "effect == 'policy'"), True),
        (duty("security", "approve", "effect == 'exception'"), False),
        (duty("owner", "open", "effect == 'policy'"), False),
    ],
)
def test_a_duty_can_leave_no_steward(bars: str, locked: bool) -> None:  # noqa: FBT001 - a column
    found = problems_for(EVERYBODY, more=STEWARDS + bars)

    assert [one.path for one in found] == [("stewardship", "approvals")] * locked


@pytest.mark.parametrize(
    ("effect", "what"),
    [
        ("policy", "another policy"),
        ("enrolment", "an enrolment"),
        ("roles", "a change of roles"),
        ("root", None),
    ],
)
def test_what_stewards_could_never_consent_to_is_named(effect: str, what: str | None) -> None:
    found = problems_for(
        EVERYBODY, more=STEWARDS + duty("security", "approve", f"effect == '{effect}'")
    )

    said = f"stewards could never consent to {what}: it needs 1 security, and cleo holds it"
    assert [one.message.partition(";")[0] for one in found] == ([] if what is None else [said])


def test_a_lift_must_be_possible_besides_whoever_proposes_it() -> None:
    at = ("overrides", "lift")
    assert problems_for(EVERYBODY, more=LIFTERS) == []

    found = problems_for(EVERYBODY, more=LIFTERS.replace("security = 1", "security = 2"))
    assert [(one.code, one.path) for one in found] == [("lock-out", at)]
    assert found[0].message.startswith(
        "nobody but the root could ever lift a stop: it needs 2 security, and cleo holds it"
    )

    everybody = "[overrides]\nlift = { owner = 2, security = 1, release = 1 }\n"
    (found_,) = problems_for(EVERYBODY, more=everybody)
    assert "everybody is needed to approve" in found_.message


@pytest.mark.parametrize(
    ("bars", "locked"),
    [
        (duty("security", "approve", "requirement == 'lift'"), True),
        (duty("security", "approve", "effect == 'lift'"), True),
        (duty("security", "act", "effect != 'release' && effect != 'policy'"), True),
        (duty("security", "approve", "requirement == 'stewardship'"), False),
        (duty("security", "approve", "effect == 'root'"), False),
        (duty("owner", "open", "effect == 'lift'"), False),
    ],
)
def test_a_duty_can_leave_nobody_to_lift(bars: str, locked: bool) -> None:  # noqa: FBT001 - a column
    found = problems_for(EVERYBODY, more=LIFTERS + bars)

    assert [one.path for one in found] == [("overrides", "lift")] * locked


EXCEPTIONS: Final = """[exceptions]
max_life = "72h"
approvals = { owner = 1, security = 1 }
review_within = "48h"
"""
GRANTED: Final = ("exceptions", "approvals")


def test_an_exception_must_be_possible_besides_whoever_asks_for_it() -> None:
    assert problems_for(EVERYBODY, more=EXCEPTIONS) == []

    found = problems_for(EVERYBODY, more=EXCEPTIONS.replace("security = 1", "security = 2"))

    assert [(one.code, one.path) for one in found] == [("lock-out", GRANTED)]
    assert found[0].message.startswith(
        "nobody could ever grant an exception: it needs 2 security, and cleo holds it"
    )
    everybody = EXCEPTIONS.replace("{ owner = 1", "{ owner = 2, release = 1")
    (found_,) = problems_for(EVERYBODY, more=everybody)
    assert "everybody is needed to approve" in found_.message


@pytest.mark.parametrize(
    ("approvals", "distinct", "said"),
    [
        ("owner = 1, security = 1", True, None),
        ("owner = 1, security = 1, release = 1", True, "3 people consent to it, 1 asks for it"),
        ("owner = 1, security = 1, release = 1", False, None),
        ("owner = 2", True, None),
    ],
)
def test_somebody_must_be_left_to_review_an_exception(
    approvals: str,
    distinct: bool,  # noqa: FBT001 - a column
    said: str | None,
) -> None:
    """Four people: those who consent, whoever asks, and one who had no part in it."""
    block = EXCEPTIONS.replace("owner = 1, security = 1", approvals)

    found = problems_for(EVERYBODY, more=block, distinct=distinct)

    assert [(one.code, one.path) for one in found] == [("lock-out", GRANTED)] * (said is not None)
    assert all(f"{said}, and there are 4 in all" in one.message for one in found)


def test_one_more_person_whatever_they_hold_is_there_to_review() -> None:
    block = EXCEPTIONS.replace("security = 1", "security = 1, release = 1")

    assert problems_for({**EVERYBODY, "eve": ""}, more=block) == []


@pytest.mark.parametrize(
    ("bars", "locked"),
    [
        (duty("security", "approve", "requirement == 'exception'"), True),
        (duty("security", "approve", "effect == 'exception'"), True),
        (duty("security", "act", "effect != 'release' && effect != 'policy'"), True),
        (duty("security", "approve", "waives_domains.exists(d, d == 'security')"), False),
        (duty("security", "approve", "requirement == 'stewardship'"), False),
        (duty("owner", "open", "effect == 'exception'"), False),
    ],
)
def test_a_duty_can_leave_nobody_to_grant_an_exception(
    bars: str,
    locked: bool,  # noqa: FBT001 - a column
) -> None:
    found = problems_for(EVERYBODY, more=EXCEPTIONS + bars)

    assert [one.path for one in found] == [GRANTED] * locked


def test_a_service_that_holds_a_role_lifts_nothing_and_stops_nothing() -> None:
    robot = {"robot": ("ann", "security release")}
    nobody = {**EVERYBODY, "cleo": "owner", "dan": "owner"}
    both = '[overrides]\nset = ["release"]\nlift = { security = 1 }\n'

    found = problems_for(nobody, more=both, services=robot)

    paths = [one.path for one in found if one.path[0] == "overrides"]
    assert paths == [("overrides", "set"), ("overrides", "lift")]
    assert problems_for(EVERYBODY, more=both, services=robot) == []


def test_stops_that_no_person_may_set_are_a_problem_where_people_are_given() -> None:
    setters = '[overrides]\nset = ["other", "release"]\n'
    text = POLICY.replace("DISTINCT", "true").replace('release = ""', 'release = ""\nother = ""')
    policy = read_policy(text + setters, file="p")
    without = {"ann": frozenset({"owner"})}
    assert check_policy(policy, None) == []

    (found,) = (one for one in check_policy(policy, without) if one.code == "nobody-stops")

    assert found.path == ("overrides", "set")
    assert found.message == "no person holds a role that may stop: other, release"
    # One of the roles is enough, whatever a duty says: no duty is about stops.
    bars = duty("release", "act")
    barred = read_policy(text + setters + bars, file="p")
    codes = {one.code for one in check_policy(barred, {**without, "dan": frozenset({"release"})})}
    assert "nobody-stops" not in codes


def test_one_person_alone_is_no_lock_out() -> None:
    text = POLICY.replace("DISTINCT", "false").replace("owner = 2", "owner = 1")
    one = {"solo": frozenset({"owner", "security", "release"})}

    assert check_policy(read_policy(text + STEWARDS, file="p"), one) == []


def test_evidence_that_nobody_may_attach_is_a_lock_out_where_services_are_known() -> None:
    nobody = {**EVERYBODY, "dan": ""}
    operated = ("operation", "by")
    at = ("requirement", 2, "evidence", "report", "by")
    assert [one.path for one in problems_for(nobody, more=REPORT)] == [operated]

    found = problems_for(nobody, more=REPORT, services={})

    assert [one.path for one in found] == [operated, at]
    assert "'report' of the requirement 'evaluation' could never be attached" in found[1].message
    by_service = {"robot": ("ann", "release")}
    assert [one.path for one in problems_for(nobody, more=REPORT, services=by_service)] == [
        operated
    ]


def test_a_duty_of_the_accountable_person_binds_the_service_that_attaches() -> None:
    bars = duty("owner", "attach-evidence", "evidence_domain == 'quality'")
    nobody = {**EVERYBODY, "dan": ""}
    by_service = {"robot": ("ann", "release")}

    found = problems_for(nobody, more=REPORT + bars, services=by_service)

    assert ("requirement", 2, "evidence", "report", "by") in {one.path for one in found}
    lifted = REPORT + bars + combine("release", "owner")
    assert len(problems_for(nobody, more=lifted, services=by_service)) == len(found) - 1


def test_a_condition_that_does_not_pass_its_check_bars_nobody_and_ends_in_no_error() -> None:
    policy = read_policy(POLICY.replace("DISTINCT", "true"), file="p")
    people = {name: frozenset(roles.split()) for name, roles in EVERYBODY.items()}
    for when in ("requirement >= HIGH", "effect ==", "requirement", "unknown"):
        duties = (Duty(id="d", role="owner", must_not="approve", when=when),)
        broken = Policy(**{**dict(policy), "duties": duties})

        assert {one.path for one in check_policy(broken, people)} == {("duty", 0, "when")}


SOON: Final = 10
"""Seconds; it takes less than one."""


def by_trying_everything(seats: Mapping[str, int], people: Mapping[str, frozenset[str]]) -> bool:
    wanted = [role for role, count in seats.items() for _ in range(count)]
    return any(
        all(role in people[name] for role, name in zip(wanted, order, strict=True))
        for order in permutations(people, len(wanted))
    )


ROLES: Final = st.sampled_from("abcd")


@given(
    st.dictionaries(ROLES, st.integers(1, 2), max_size=3),
    st.dictionaries(st.sampled_from("12345"), st.frozensets(ROLES), max_size=5),
)
def test_the_matching_is_exact(seats: dict[str, int], people: dict[str, frozenset[str]]) -> None:
    assert can_seat(seats, people) is by_trying_everything(seats, people)


@given(
    st.dictionaries(ROLES, st.integers(1, 2), max_size=3),
    st.dictionaries(st.sampled_from("12345"), st.frozensets(ROLES), max_size=5),
)
def test_who_can_be_spared_is_whoever_the_others_can_do_without(
    seats: dict[str, int], people: dict[str, frozenset[str]]
) -> None:
    without = {
        name
        for name in people
        if can_seat(seats, {other: roles for other, roles in people.items() if other != name})
    }

    assert spared(seats, people) == without


def test_a_service_that_holds_a_role_of_stewards_is_a_problem() -> None:
    by = [("robot", ("ann", "release")), ("a-bot", ("bob", "owner security"))]

    found = problems_for(EVERYBODY, more=STEWARDS, services=dict(by))

    assert [(one.code, one.path) for one in found] == [
        ("service-steward", ("stewardship", "approvals"))
    ]
    assert found[0].message == "the service a-bot holds owner, security, and stewards are people"
    assert problems_for(EVERYBODY, services=dict(by)) == []
    assert problems_for(EVERYBODY, more=STEWARDS, services=dict(by[:1])) == []


def test_the_first_problem_is_the_first_of_all() -> None:
    text = POLICY.replace("DISTINCT", "true")
    people = {"ann": frozenset({"owner"})}
    policy = read_policy(text, file="p")

    assert first_problem(policy, people) == check_policy(policy, people)[0]
    assert first_problem(policy, None) is None


def test_as_many_people_and_requirements_as_there_can_be_are_held_against_each_other() -> None:
    """Every requirement names its own roles, and every person holds half of them."""
    roles = [f"r{i}" for i in range(40)]
    needs = tuple(
        Requirement(id=f"q{i}", approvals=(RoleCount(role=roles[i % 40], count=1 + i % 4),))
        for i in range(100)
    )
    bars = tuple(
        Duty(id=f"d{i}", role=roles[i % 40], must_not="approve", when=f"requirement == 'q{i}'")
        for i in range(100)
    )
    policy = Policy(
        name="p",
        number=1,
        roles=tuple(Role(name=role) for role in roles),
        duties=bars,
        requirements=needs,
        operation=Operation(by=("r0",)),
    )
    people = {f"p{n}": frozenset(roles[(n + i) % 40] for i in range(20)) for n in range(200)}
    started = monotonic()

    assert {one.code for one in check_policy(policy, people, {})} <= {"lock-out"}

    assert monotonic() - started < SOON
