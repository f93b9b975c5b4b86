"""Who consents to an exception, who may not, and when the stewards are asked as well."""

import pytest

from ledger.decide.waivers import earlier_exceptions
from tests.acts import look, refused, reject, withdraw
from tests.decide.rollouts import PRODUCTION
from tests.exception_acts import (
    DAY,
    GRANTING,
    HOUR,
    asked,
    close_exception,
    granted,
    urgent,
    waiving,
)
from tests.organisation import Organisation, change, new_policy, stack
from tests.policies import EXCEPTIONAL, exceptional, numbered
from tests.roster import consented, delegate, roles_of, stop
from tests.signer_acts import by_root, correction, disown

STEWARD = ("stella", "steward")


def needs(org: Organisation, of: str) -> list[str]:
    """The requirements of *of*, by id."""
    return [one.id for one in look(org, of).requirements]


def of_the_policy(**lines: str) -> Organisation:
    """An organisation with other lines of the block on exceptions."""
    text = EXCEPTIONAL
    for name, line in lines.items():
        before = next(one for one in text.splitlines() if one.startswith(f"{name} = "))
        text = text.replace(before, line)
    return exceptional(text=text)


def test_an_exception_takes_the_consent_of_every_role_that_the_policy_names() -> None:
    org = exceptional()
    new = org.open("olga", waiving(org, urgent(org)))

    assert needs(org, new) == ["exception"]
    org.approve("sam", new, "security-owner")
    with refused("not-ready", "is not ready"):
        org.enact("rita", new)
    org.approve("rosa", new, "release-owner")
    org.enact("rita", new)

    assert org.standing.exception(new) is not None


@pytest.mark.parametrize(
    ("name", "role"), [("alice", "root"), ("stella", "steward"), ("alice", "model-owner")]
)
def test_nobody_else_consents_to_an_exception_the_root_included(name: str, role: str) -> None:
    org = exceptional()
    new = org.open("olga", waiving(org, urgent(org)))

    with refused("role-not-asked", f"asks for {role} here"):
        org.approve(name, new, role)


@pytest.mark.parametrize(
    ("name", "role", "part"),
    [
        ("sam", "security-owner", "sam opened"),
        ("mona", "security-owner", "mona owns it"),
        ("rosa", "release-owner", "rosa had a hand in what #"),
        ("omar", "release-owner", "omar contributed to"),
    ],
)
def test_who_has_a_hand_in_it_neither_approves_nor_grants_it(
    name: str, role: str, part: str
) -> None:
    """Who asked for it, owns it, or had a hand in the release that it is about."""
    org = exceptional()
    of = org.open("frank", change(stack(), alias="fraud/staging", contributors=("rosa",)))
    wanted = asked(waiving(org, of, "evaluation", owner="mona"), contributors=("omar",))
    new = org.open("sam", wanted)

    with refused("self-approval", part):
        org.approve(name, new, role)
    with refused("self-enactment", f"{name} had a hand in"):
        org.enact(name, new)
    assert set(look(org, new).parties) == {"sam", "mona", "rosa", "omar", "frank"}


def test_who_answers_for_a_service_that_opened_the_release_is_a_party_of_its_exception() -> None:
    org = exceptional()
    of = org.open("deployer", change(stack(), alias="fraud/staging"))
    new = org.open("olga", waiving(org, of, "evaluation"))

    with refused("self-approval", "omar had a hand in what #2 is about"):
        org.approve("omar", new, "release-owner")


def test_a_service_grants_no_exception() -> None:
    org = exceptional()
    new = consented(org, waiving(org, urgent(org)), by="olga", approvals=GRANTING)

    with refused("service-enactment"):
        org.enact("watchdog", new)


def test_who_approved_it_may_grant_it_and_who_holds_no_role_may_not() -> None:
    org = exceptional()
    of = urgent(org)
    new = consented(org, waiving(org, of), by="olga", approvals=GRANTING)

    with refused("self-enactment"):
        org.enact("frank", new)
    assert org.enact("sam", new).admitted


def test_a_party_does_not_consent_through_who_they_lend_a_role_to() -> None:
    org = exceptional()
    delegate(org, "sam", "rita", "security-owner")
    new = org.open("sam", waiving(org, urgent(org)))

    with refused("self-approval", "sam opened"):
        org.approve("rita", new, "security-owner")


def test_a_lent_role_consents_to_an_exception() -> None:
    org = exceptional()
    delegate(org, "sam", "rita", "security-owner")
    new = org.open("olga", waiving(org, urgent(org)))

    org.approve("rita", new, "security-owner")
    org.approve("rosa", new, "release-owner")
    with refused("already-approved", "they count once together"):
        org.approve("sam", new, "security-owner")

    assert look(org, new).verdict == "ready"


@pytest.mark.parametrize(("aliases", "may"), [("fraud/*", True), ("churn/*", False)])
def test_a_role_limited_to_some_aliases_consents_to_exceptions_of_these(
    aliases: str, *, may: bool
) -> None:
    org = exceptional()
    granting = roles_of("rita", ["security-owner"], aliases=aliases)
    org.enact("omar", consented(org, granting, approvals=(STEWARD,)))
    new = org.open("olga", waiving(org, urgent(org)))

    if may:
        assert org.approve("rita", new, "security-owner").admitted
    else:
        with refused("role-not-held"):
            org.approve("rita", new, "security-owner")


def test_a_duty_keeps_a_model_owner_from_exceptions_of_security() -> None:
    """Mona is a model owner besides; the duty asks what is waived."""
    org = exceptional()
    of = urgent(org)
    tools = org.open("frank", change(stack(model="m1", tools="t1")))
    plain, grave = (
        org.open("olga", waiving(org, about, name))
        for about, name in ((of, "model-owner"), (tools, "threats"))
    )

    assert org.approve("mona", plain, "security-owner").admitted
    with refused("duty", "model-owner-no-security-exceptions"):
        org.approve("mona", grave, "security-owner")
    assert org.approve("sam", grave, "security-owner").admitted


def test_a_veto_keeps_an_exception_from_being_granted() -> None:
    org = exceptional()
    new = consented(org, waiving(org, urgent(org)), by="olga", approvals=GRANTING)
    with refused("role-not-asked"):
        reject(org, "alice", new)

    reject(org, "mona", new, "security-owner")

    with refused("rejected"):
        org.enact("rita", new)


def test_who_is_stopped_does_not_count_for_an_exception() -> None:
    org = exceptional()
    new = consented(org, waiving(org, urgent(org)), by="olga", approvals=GRANTING)

    stop(org, "alice", "sam")

    with refused("not-ready"):
        org.enact("rita", new)


def test_the_clocks_of_the_policy_do_not_run_for_exceptions() -> None:
    org = of_the_policy(max_life='max_life = "60d"')
    of = org.open("frank", change(stack()))
    new = org.open("olga", waiving(org, of, lasting=60 * DAY))
    org.now += 30 * DAY
    for name, role in GRANTING:
        org.approve(name, new, role)
    org.now += 20 * DAY

    assert org.enact("sam", new).admitted


@pytest.mark.parametrize("after", [0, 1, 2])
def test_from_the_next_after_so_many_on_the_stewards_consent_as_well(after: int) -> None:
    org = of_the_policy(repeat_after=f"repeat_after = {after}")
    for _ in range(after):
        close_exception(org, "olga", _another(org))
    new = org.open("olga", waiving(org, org.open("frank", change(stack()))))

    assert needs(org, new) == ["exception", "stewardship"]
    for name, role in GRANTING:
        org.approve(name, new, role)
    with refused("not-ready"):
        org.enact("rita", new)
    org.approve("stella", new, "steward")
    assert org.enact("rita", new).admitted


def _another(org: Organisation, *, lasting: int = HOUR) -> str:
    """One more exception of the alias, for which no steward is asked."""
    of = org.open("frank", change(stack()))
    exception = granted(org, waiving(org, of, lasting=lasting))
    withdraw(org, "frank", of)
    return exception


def test_up_to_so_many_exceptions_no_steward_is_asked() -> None:
    org = exceptional()
    _another(org)
    new = org.open("olga", waiving(org, org.open("frank", change(stack()))))

    assert needs(org, new) == ["exception"]
    with refused("role-not-asked"):
        org.approve("stella", new, "steward")


def test_without_a_number_no_steward_is_ever_asked() -> None:
    org = of_the_policy(repeat_after="")
    granted_ones = [_another(org) for _ in range(3)]

    assert needs(org, granted_ones[-1]) == ["exception"]


def test_a_threshold_of_the_root_stands_in_for_the_stewards_alone() -> None:
    org = of_the_policy(repeat_after="repeat_after = 0")
    new = org.open("olga", waiving(org, urgent(org)))
    for name in ("alice", "bob"):
        org.approve(name, new, "root")

    found = {one.id: one.status for one in look(org, new).requirements}

    assert found == {"exception": "unsatisfied", "stewardship": "satisfied"}


def test_who_approves_for_the_stewards_does_not_count_for_another_role() -> None:
    org = of_the_policy(repeat_after="repeat_after = 0")
    granting = roles_of("sam", ["steward"])
    org.enact("omar", consented(org, granting, approvals=(STEWARD,)))
    new = org.open("olga", waiving(org, urgent(org)))
    org.approve("sam", new, "security-owner")

    with refused("one-role"):
        org.approve("sam", new, "steward")


@pytest.mark.parametrize(("beyond", "counted"), [(0, 1), (1, 0)])
def test_an_exception_counts_for_ninety_days_and_no_second_longer(
    beyond: int, counted: int
) -> None:
    org = of_the_policy(approve_within="", use_within="")
    _another(org)
    granted_at = org.judged[-2].at
    of = org.open("frank", change(stack()))
    org.now = granted_at + 90 * DAY - 1 + beyond
    org.close_review("dana", next(iter(org.standing.exceptions_of(f"alias/{PRODUCTION}"))).id)
    org.now = granted_at + 90 * DAY - 1 + beyond
    new = org.open("olga", waiving(org, of))

    assert org.proposal(new).opened_at == granted_at + 90 * DAY + beyond
    assert earlier_exceptions(org.standing, org.proposal(new)) == counted


def test_an_exception_granted_while_another_waits_counts_for_that_one() -> None:
    """Two asked for at the same time are no way around the stewards."""
    org = of_the_policy(repeat_after="repeat_after = 1")
    first, second = (
        consented(
            org,
            waiving(org, org.open("frank", change(stack()))),
            by="olga",
            approvals=GRANTING,
        )
        for _ in range(2)
    )
    assert look(org, second).verdict == "ready"

    org.enact("sam", first)

    assert needs(org, second) == ["exception", "stewardship"]
    with refused("not-ready"):
        org.enact("sam", second)


def test_the_passing_of_time_takes_no_steward_away() -> None:
    org = of_the_policy(repeat_after="repeat_after = 1", max_life='max_life = "200d"')
    close_exception(org, "olga", _another(org))
    of = org.open("frank", change(stack()))
    new = org.open("olga", waiving(org, of, lasting=150 * DAY))

    assert needs(org, new) == ["exception", "stewardship"]
    org.now += 120 * DAY
    org.open("frank", change(stack()))
    assert needs(org, new) == ["exception", "stewardship"]


def test_exceptions_of_another_alias_count_for_that() -> None:
    org = of_the_policy(repeat_after="repeat_after = 1")
    _another(org)
    staging = org.open("frank", change(stack(), alias="fraud/staging"))

    assert needs(org, org.open("olga", waiving(org, staging, "evaluation"))) == ["exception"]


def test_one_granted_by_a_clock_that_ran_ahead_counts_from_when_it_was_set_right() -> None:
    org = of_the_policy(repeat_after="repeat_after = 1", max_life='max_life = "400d"')
    right = org.now
    org.now += 365 * DAY
    ahead = org.open("frank", change(stack()))
    exception = granted(org, waiving(org, ahead))
    by_root(org, correction(org.proposal(ahead).opened_position, right))
    org.now = right + 91 * DAY
    org.close_review("dana", exception)
    new = org.open("olga", waiving(org, org.open("frank", change(stack()))))

    assert earlier_exceptions(org.standing, org.proposal(new)) == 0


def test_under_a_policy_that_has_lost_its_consent_the_root_alone_consents() -> None:
    org = exceptional()
    after = org.standing.head.size - 1
    org.enact(
        "omar", consented(org, new_policy(numbered(2, text=EXCEPTIONAL)), approvals=(STEWARD,))
    )
    disown(org, "stella", after)
    new = org.open("olga", waiving(org, org.open("frank", change(stack()))))

    with refused("role-not-asked"):
        org.approve("sam", new, "security-owner")
    for name in ("alice", "bob"):
        org.approve(name, new, "root")

    assert look(org, new).verdict == "ready"
