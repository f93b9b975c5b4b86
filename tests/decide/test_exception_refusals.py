"""What no exception may be asked for, revised to or granted: each refusal, and both its sides."""

import pytest

from tests.acts import look, refused, revise, withdraw
from tests.decide.rollouts import STAGING
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
from tests.policies import EXCEPTIONAL, EXCEPTIONS, exceptional, numbered
from tests.roster import carried, enrolment, finding, stop
from tests.signer_acts import ROOT_VOTES

LONGEST = 3 * DAY


def without_exceptions() -> Organisation:
    """An organisation whose policy knows no exceptions."""
    return exceptional(text=EXCEPTIONAL.replace(EXCEPTIONS, ""))


def publish(org: Organisation, text: str, number: int = 2) -> None:
    """Put the policy in *text* in force."""
    votes = (("stella", "steward"),)
    carried(org, new_policy(numbered(number, text=text)), approvals=votes, enactor="omar")


def ready(org: Organisation, of: str, **wanted: object) -> str:
    """An exception to which only the enactment is missing."""
    new = org.open("olga", asked(waiving(org, of), **wanted))
    for name, role in GRANTING:
        org.approve(name, new, role)
    return new


def test_anybody_asks_for_an_exception() -> None:
    org = exceptional()
    of = urgent(org)

    for name in ("frank", "rita", "watchdog"):
        new = org.open(name, waiving(org, of))
        assert org.proposal(new).opener == name


def test_where_the_policy_knows_no_exceptions_none_is_asked_for() -> None:
    org = without_exceptions()
    of = urgent(org)

    with refused("no-exceptions", "policy 1 knows no exceptions"):
        org.open("olga", waiving(org, of))


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"until": "2020-01-01T00:00:00Z"}, "already-over"),
        ({"owner": "nobody"}, "no-such-owner"),
        ({"owner": "watchdog"}, "no-such-owner"),
        ({"incident": " "}, "no-incident"),
        ({"controls": ()}, "too-few-controls"),
        ({"controls": (" ", "\n")}, "too-few-controls"),
        ({"waives": ("model-owner", "unheard-of")}, "unknown-requirement"),
        ({"waives": ("permissions",)}, "hard-requirement"),
        ({"waives": ("personal-data",)}, "never-waived"),
        ({"waives": ("change-record",)}, "rollback-fields"),
        ({"waives": ("data-lineage", "model-owner")}, "last-approval"),
        ({"alias": "churn/production"}, "other-alias"),
        ({"revision": 2}, "other-revision"),
        ({"release": "00000000-0000-0000-0000-00000000ffff"}, "unknown-proposal"),
    ],
    ids=str,
)
def test_what_the_policy_does_not_bear_is_neither_asked_for_nor_revised_to(
    wanted: dict[str, object], code: str
) -> None:
    org = exceptional()
    of = urgent(org)
    fine = waiving(org, of)
    wrong = asked(fine, **wanted)

    with refused(code):
        org.open("olga", wrong)
    new = org.open("olga", fine)
    if "alias" not in wanted:
        with refused(code):
            revise(org, "olga", new, wrong)
    assert org.proposal(new).effect == fine


def test_an_exception_of_another_alias_is_another_proposal() -> None:
    org = exceptional()
    of = urgent(org)
    new = org.open("olga", waiving(org, of))

    with refused("other-alias"):
        revise(org, "olga", new, waiving(org, of, alias="churn/production"))


@pytest.mark.parametrize(("over", "code"), [(0, None), (1, "exception-too-long")])
def test_an_exception_lasts_as_long_as_the_policy_allows_and_no_second_longer(
    over: int, code: str | None
) -> None:
    org = exceptional()
    of = urgent(org)
    effect = waiving(org, of, lasting=LONGEST + over)

    if code is None:
        assert org.open("olga", effect)
    else:
        with refused(code, "an exception lasts 3d at most"):
            org.open("olga", effect)


@pytest.mark.parametrize(("lasting", "code"), [(1, None), (0, "already-over")])
def test_an_exception_ends_after_it_is_asked_for(lasting: int, code: str | None) -> None:
    org = exceptional()
    of = urgent(org)
    effect = waiving(org, of, lasting=lasting)

    if code is None:
        assert org.open("olga", effect)
    else:
        with refused(code):
            org.open("olga", effect)


def test_it_counts_from_the_revision_how_long_an_exception_lasts() -> None:
    org = exceptional()
    of = urgent(org)
    new = org.open("olga", waiving(org, of, lasting=LONGEST))
    org.now += DAY

    later = waiving(org, of, lasting=LONGEST)
    revise(org, "olga", new, later)

    assert org.proposal(new).effect == later


@pytest.mark.parametrize("early", [1, 0])
def test_what_is_over_is_not_granted(early: int) -> None:
    org = exceptional()
    of = urgent(org)
    effect = waiving(org, of, lasting=HOUR)
    new = ready(org, of, until=effect.until)
    org.now += HOUR - 1 - len(GRANTING) - early

    found = [one.code for one in look(org, new, org.now + 1).blocks]
    assert found == ([] if early else ["already-over"])
    if early:
        assert org.enact("sam", new).admitted
        return
    with refused("already-over"):
        org.enact("sam", new)


def test_an_owner_who_is_stopped_gets_no_exception() -> None:
    org = exceptional()
    of = urgent(org)
    new = ready(org, of)
    stop(org, "alice", "olga")

    with refused("signer-stopped", "the owner olga is stopped"):
        org.open("rita", waiving(org, of))
    with refused("signer-stopped", "the owner olga is stopped"):
        org.enact("sam", new)


def test_an_owner_who_has_not_accepted_gets_no_exception() -> None:
    org = exceptional()
    of = urgent(org)
    carried(org, enrolment("zoe", ["on-call"]), approvals=(("stella", "steward"),))

    with refused("no-such-owner", "zoe is no person who signs"):
        org.open("olga", waiving(org, of, owner="zoe"))


@pytest.mark.parametrize(
    ("controls", "enough"),
    [
        (("one", "two"), True),
        (("one", " one "), False),
        (("one", "One"), False),
        (("one", "  "), False),
    ],
)
def test_controls_are_counted_each_once(controls: tuple[str, ...], *, enough: bool) -> None:
    org = exceptional(text=EXCEPTIONAL.replace("controls = 1", "controls = 2"))
    of = urgent(org)
    effect = waiving(org, of, controls=controls)

    if enough:
        assert org.open("olga", effect)
    else:
        with refused(
            "too-few-controls", "compensating controls, 2 at least; the exception names 1"
        ):
            org.open("olga", effect)


def test_a_closed_proposal_gets_no_exception() -> None:
    org = exceptional()
    of = urgent(org)
    new = ready(org, of)
    withdraw(org, "frank", of)

    with refused("closed", "is closed: withdrawn"):
        org.open("olga", waiving(org, of))
    with refused("base-moved", "the proposal that it is about has changed since"):
        org.enact("sam", new)


def test_only_a_release_gets_an_exception() -> None:
    org = exceptional()
    urgent(org)
    other = org.open("frank", enrolment("zoe"))

    with refused("not-a-release", r"#\d+ asks for another effect \(enrolment\)"):
        org.open("olga", waiving(org, other))


def test_revising_the_release_ends_what_was_asked_for() -> None:
    org = exceptional()
    of = urgent(org)
    new = ready(org, of)
    revise(org, "frank", of, change(stack(model="m1", dataset="d2")))

    assert [one.code for one in look(org, new).blocks] == ["base-moved"]
    with refused("base-moved"):
        org.enact("sam", new)
    with refused("other-revision", "at revision 2, not 1"):
        org.open("olga", waiving(org, of, revision=1))
    revise(org, "olga", new, waiving(org, of))
    assert look(org, new).blocks == ()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (EXCEPTIONS, "", "no-exceptions"),
        ('id = "model-owner"', 'id = "owner"', "unknown-requirement"),
        ('id = "model-owner"\n', 'id = "model-owner"\nhard = true\n', "hard-requirement"),
        ('never = ["personal-data"]', 'never = ["model-owner"]', "never-waived"),
        (
            'id = "model-owner"\n',
            'id = "model-owner"\nfields = ["rollback.plan"]\n',
            "rollback-fields",
        ),
        ("controls = 1", "controls = 2", "too-few-controls"),
        ('max_life = "72h"', 'max_life = "1h"', "exception-too-long"),
        ("approvals = { data-owner = 1 }\n", "fields = ['why']\n", "last-approval"),
    ],
    ids=lambda text: text[:40],
)
def test_the_policy_in_force_is_asked_again_when_an_exception_is_granted(
    old: str, new: str, code: str
) -> None:
    org = exceptional()
    of = urgent(org)
    exception = org.open("olga", waiving(org, of))
    assert old in EXCEPTIONAL
    publish(org, EXCEPTIONAL.replace(old, new))
    if code == "no-exceptions":
        with refused("role-not-asked"):
            org.approve("sam", exception, "security-owner")
        for name, role in ROOT_VOTES:
            org.approve(name, exception, role)
    else:
        for name, role in GRANTING:
            org.approve(name, exception, role)

    with refused(code):
        org.enact("rita", exception)

    assert org.standing.exception(exception) is None


def test_two_exceptions_together_leave_somebody_to_approve() -> None:
    org = exceptional()
    of = urgent(org)
    first, second = ready(org, of), ready(org, of, waives=("data-lineage",))
    org.enact("sam", first)

    with refused("last-approval", "nobody's approval would be left"):
        org.enact("sam", second)
    with refused("last-approval"):
        org.open("olga", waiving(org, of, "data-lineage"))
    close_exception(org, "olga", first)

    assert org.enact("sam", second).admitted


def test_an_exception_that_has_ended_takes_no_approval() -> None:
    org = exceptional()
    of = urgent(org)
    first = ready(org, of)
    org.enact("sam", first)
    org.now += DAY
    org.approve("alice", of, "model-owner")

    assert org.enact("sam", ready(org, of, waives=("data-lineage",))).admitted


def test_where_nobody_approves_there_is_no_last_approval_to_take() -> None:
    org = exceptional()
    of = org.open("frank", change(stack(), alias=STAGING))

    exception = granted(org, waiving(org, of, "evaluation", "quality"))

    org.start("deployer", of)
    assert org.standing.alias(STAGING).owing == (of,)
    state = org.standing.exception(exception)
    assert state is not None
    assert state.used_position == org.standing.head.size - 1


def test_nobody_smuggles_an_exception_that_the_policy_does_not_bear() -> None:
    org = exceptional()
    of = urgent(org)
    new = ready(org, of)
    event = org.enact("sam", new).entry
    assert event is not None
    again = org.force("sam", event.event)

    assert finding(again) == "closed"
    assert org.replayed().exception(new) == org.standing.exception(new)
