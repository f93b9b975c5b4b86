"""Stops of an alias, of a permission and of generation: what each keeps from happening."""

from collections.abc import Callable

import pytest

from ledger.decide import proposal
from tests.acts import look, prepared, refused, retract, revise
from tests.decide.rollouts import BREACH, PRODUCTION, STAGING, in_staging, soaked, stable
from tests.exception_acts import granted, set_stop, urgent, waiving
from tests.organisation import Organisation, change, metric, stack
from tests.policies import EXCEPTIONAL, STOPS, exceptional
from tests.roster import carried, delegate, enrolment, finding, lifting, roles_of, rows, stop
from tests.signer_acts import disown, lift_by_root

FROZEN = "alias/fraud/production"
PAY = "capability/pay"
STEWARD = (("stella", "steward"),)


def with_permission(org: Organisation, *permissions: str, alias: str = STAGING) -> str:
    """An open release of a stack with *permissions* to which only the start is missing."""
    of = org.open("frank", change(stack(permissions), alias=alias))
    org.attach("erin", of)
    if permissions:
        org.approve("sam", of, "security-owner")
    return of


def in_production(org: Organisation) -> str:
    """A release to production that is under way."""
    in_staging(org)
    _, of = prepared(org, change(stack(model="m1")))
    org.start("omar", of)
    return of


# An alias


def test_a_frozen_alias_admits_no_start_and_says_by_whom() -> None:
    org = exceptional()
    in_staging(org)
    _, of = prepared(org, change(stack(model="m1")))
    set_stop(org, "olga", FROZEN)

    with refused("alias-frozen", "fraud/production is frozen, by olga at position"):
        org.start("omar", of)
    block = look(org, of).blocks[0]
    assert (block.code, block.by, block.position) == (
        "alias-frozen",
        "olga",
        org.standing.head.size - 1,
    )
    assert look(org, of).verdict == "blocked"


def test_a_frozen_alias_neither_advances_nor_completes() -> None:
    org = exceptional()
    in_production(org)
    soaked(org)
    frozen = set_stop(org, "olga", FROZEN)
    with refused("alias-frozen", "#2 is stopped"):
        org.advance("omar")
    lift_by_root(org, frozen)
    for _ in range(2):
        org.advance("omar")
        soaked(org)
    set_stop(org, "olga", FROZEN)

    with refused("alias-frozen"):
        org.complete("omar")


def test_a_frozen_alias_is_observed_and_talked_about_and_proposed_to() -> None:
    org = exceptional()
    of = in_production(org)
    set_stop(org, "olga", FROZEN)

    assert org.observe("watchdog", PRODUCTION, metric("0.01", name="retry_rate")).admitted
    other = org.open("deployer", change(stack(model="m2")))
    org.attach("erin", other)
    org.approve("alice", other, "model-owner")
    assert retract(org, "dana", of).admitted
    assert org.proposal(other).approvals


def test_a_person_rolls_a_frozen_alias_back_and_a_service_does_not() -> None:
    org = exceptional()
    of = in_production(org)
    seen = org.observe("watchdog", PRODUCTION, *BREACH)
    set_stop(org, "olga", FROZEN)

    with refused("alias-frozen", "watchdog does not roll back: fraud/production is frozen"):
        org.roll_back("watchdog", observation=seen.position)
    assert org.roll_back("olga", of=of)
    assert org.standing.alias(PRODUCTION).candidate is None


def test_a_freeze_is_of_one_alias() -> None:
    org = exceptional()
    set_stop(org, "olga", "alias/fraud/dev")
    set_stop(org, "olga", "alias/fraud2/staging")

    assert in_staging(org)


def test_a_frozen_alias_gets_its_exception_and_stays_frozen() -> None:
    org = exceptional()
    of = urgent(org)
    set_stop(org, "olga", FROZEN)

    granted(org, waiving(org, of))

    with refused("alias-frozen"):
        org.start("omar", of)


def test_an_alias_is_frozen_while_one_of_two_freezes_holds() -> None:
    org = exceptional()
    in_staging(org)
    _, of = prepared(org, change(stack(model="m1")))
    first, second = set_stop(org, "olga", FROZEN), set_stop(org, "sam", FROZEN)

    lift_by_root(org, first)
    with refused("alias-frozen"):
        org.start("omar", of)
    lift_by_root(org, second)

    assert org.start("omar", of).admitted
    assert rows(org.replayed()) == rows(org.standing)


def test_a_lift_takes_back_the_stop_it_names_whoever_set_it_and_no_other() -> None:
    org = exceptional()
    of = with_permission(org, "pay")
    frozen, disabled = set_stop(org, "olga", f"alias/{STAGING}"), set_stop(org, "omar", PAY)
    votes = (("sam", "security-owner"), ("alice", "model-owner"))

    carried(org, lifting(frozen), by="frank", approvals=votes, enactor="rita")

    assert [one.code for one in look(org, of).blocks] == ["capability-disabled"]
    kept = org.standing.stop(disabled)
    assert kept is not None
    assert kept.lifted_at is None


def test_a_freeze_holds_again_where_the_consent_to_its_lift_is_lost() -> None:
    org = exceptional()
    in_staging(org)
    _, of = prepared(org, change(stack(model="m1")))
    frozen = set_stop(org, "olga", FROZEN)
    after = org.standing.head.size - 1
    votes = (("sam", "security-owner"), ("alice", "model-owner"))
    carried(org, lifting(frozen), by="frank", approvals=votes, enactor="rita")
    assert look(org, of).verdict == "ready"

    disown(org, "sam", after)

    with refused("alias-frozen", "fraud/production is frozen, by olga"):
        org.start("omar", of)
    assert rows(org.replayed()) == rows(org.standing)


def test_of_two_freezes_the_one_that_is_left_is_named() -> None:
    org = exceptional()
    in_staging(org)
    _, of = prepared(org, change(stack(model="m1")))
    first = set_stop(org, "olga", FROZEN)
    set_stop(org, "sam", FROZEN)
    position = org.standing.head.size - 1
    assert look(org, of).blocks[0].by == "olga"

    lift_by_root(org, first)

    assert (look(org, of).blocks[0].by, look(org, of).blocks[0].position) == ("sam", position)


@pytest.mark.parametrize("target", ["generation", FROZEN, PAY])
def test_without_the_block_only_root_signers_stop(target: str) -> None:
    org = exceptional(text=EXCEPTIONAL.replace(STOPS, ""))

    with refused("no-power", "holders of: no role|may not stop"):
        set_stop(org, "olga", target)

    assert set_stop(org, "bob", target)


# A permission


def test_a_disabled_permission_keeps_the_stacks_that_hold_it_from_starting_and_no_other() -> None:
    org = exceptional()
    of, other = with_permission(org, "pay", "read"), with_permission(org, "read")
    set_stop(org, "sam", PAY)

    with refused("capability-disabled", "the permission pay is disabled, by sam"):
        org.start("deployer", of)
    assert look(org, other).verdict == "ready"
    assert org.start("deployer", other).admitted


def test_a_stack_with_a_permission_that_is_disabled_since_neither_advances_nor_completes() -> None:
    org = exceptional()
    org.start("deployer", with_permission(org, "pay"))
    disabled = set_stop(org, "sam", PAY)

    with refused("capability-disabled"):
        org.complete("deployer", STAGING)
    lift_by_root(org, disabled)
    assert org.complete("deployer", STAGING).admitted


def test_a_stack_with_a_disabled_permission_is_proposed_and_approved_and_observed() -> None:
    org = exceptional()
    set_stop(org, "sam", PAY)
    of = with_permission(org, "pay")

    assert revise(org, "frank", of, org.change(of)).admitted


def test_what_runs_a_disabled_permission_is_rolled_back_by_people_and_by_services() -> None:
    org = exceptional()
    in_production(org)
    set_stop(org, "sam", "capability/read")
    seen = org.observe("watchdog", PRODUCTION, *BREACH)

    assert org.roll_back("watchdog", observation=seen.position)


def test_a_permission_that_nobody_holds_yet_is_disabled_all_the_same() -> None:
    org = exceptional()
    set_stop(org, "olga", "capability/unheard-of")

    of = with_permission(org, "unheard-of")

    with refused("capability-disabled"):
        org.start("deployer", of)


def test_every_stop_that_holds_of_a_release_is_named() -> None:
    org = exceptional()
    of = org.open("deployer", change(stack(["pay", "read"]), alias=STAGING))
    for target in (f"alias/{STAGING}", PAY, "capability/read", "generation"):
        set_stop(org, "olga", target)

    assert [one.code for one in look(org, of).blocks] == [
        "alias-frozen",
        "capability-disabled",
        "capability-disabled",
        "generation-halted",
    ]


# Generation


def halted() -> Organisation:
    """An organisation in which generation is halted."""
    org = exceptional()
    set_stop(org, "olga", "generation")
    return org


def test_while_generation_is_halted_services_propose_no_release() -> None:
    org = exceptional()
    of = org.open("deployer", change(stack(), alias=STAGING))
    set_stop(org, "olga", "generation")

    with refused("generation-halted", "deployer proposes no release: what services open"):
        org.open("deployer", change(stack(), alias=STAGING))
    with refused("generation-halted"):
        revise(org, "deployer", of, change(stack(), alias=STAGING))
    assert look(org, of).verdict == "blocked"


def test_a_service_that_contributes_revises_nothing_while_generation_is_halted() -> None:
    org = halted()
    effect = change(stack(), alias=STAGING, contributors=("deployer",))
    of = org.open("frank", effect)

    with refused("generation-halted"):
        revise(org, "deployer", of, effect)


def test_while_generation_is_halted_services_propose_everything_else_and_attach() -> None:
    org = halted()
    of = org.open("frank", change(stack(), alias=STAGING))

    assert org.open("watchdog", enrolment("zoe"))
    assert org.open("watchdog", waiving(org, of, "evaluation"))
    assert org.attach("watchdog", of).admitted


def test_a_release_of_a_person_is_operated_by_a_service_while_generation_is_halted() -> None:
    org = halted()

    assert in_staging(org)


def _by_service(org: Organisation) -> str:
    return org.open("deployer", change(stack(), alias=STAGING, contributors=("frank",)))


def _revised_by_person(org: Organisation) -> str:
    of = _by_service(org)
    revise(org, "frank", of, org.change(of))
    return of


def _revised_by_service(org: Organisation) -> str:
    of = _contributed(org)
    revise(org, "deployer", of, org.change(of))
    return of


def _revised_again(org: Organisation) -> str:
    of = _revised_by_service(org)
    revise(org, "frank", of, org.change(of))
    return of


def _contributed(org: Organisation) -> str:
    return org.open("frank", change(stack(), alias=STAGING, contributors=("deployer",)))


@pytest.mark.parametrize(
    ("made", "bred"),
    [
        (_by_service, True),
        (_revised_by_person, True),
        (_revised_by_service, True),
        (_revised_again, True),
        (_contributed, False),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_generation_halts_what_a_service_ever_opened_or_revised(
    made: Callable[[Organisation], str], *, bred: bool
) -> None:
    org = exceptional()
    of = made(org)
    org.attach("erin", of)
    assert look(org, of).verdict == "ready"
    set_stop(org, "olga", "generation")

    assert org.proposal(of).bred is bred
    if not bred:
        assert org.start("deployer", of).admitted
        return
    with refused("generation-halted", "what services open or revise is halted"):
        org.start("deployer", of)


def test_what_a_service_bred_stops_where_it_is_and_is_rolled_back() -> None:
    org = exceptional()
    of = _by_service(org)
    org.attach("erin", of)
    org.start("deployer", of)
    halt = set_stop(org, "olga", "generation")

    with refused("generation-halted"):
        org.complete("deployer", STAGING)
    lift_by_root(org, halt)
    org.complete("deployer", STAGING)
    set_stop(org, "olga", "generation")
    assert stable(org, STAGING).proposal == of
    assert org.roll_back("omar", STAGING)


def test_a_service_rolls_back_what_a_service_bred_while_generation_is_halted() -> None:
    org = exceptional()
    in_staging(org)
    of = org.open("deployer", change(stack(model="m1")))
    org.attach("erin", of)
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")
    org.start("rosa", of)
    set_stop(org, "olga", "generation")
    seen = org.observe("watchdog", PRODUCTION, *BREACH)

    assert org.roll_back("watchdog", observation=seen.position)
    assert org.standing.alias(PRODUCTION).candidate is None


def test_a_stop_of_generation_says_nothing_of_who_may_sign() -> None:
    org = halted()

    in_production(org)
    assert soaked(org, "watchdog").admitted
    assert org.advance("omar").admitted


# Who


@pytest.mark.parametrize("target", ["generation", FROZEN, PAY])
@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("alice", True),
        ("dana", True),
        ("sam", True),
        ("rosa", True),
        ("olga", True),
        ("stella", True),
        ("erin", False),
        ("rita", False),
        ("frank", False),
        ("watchdog", False),
    ],
)
def test_root_signers_and_who_the_policy_names_stop_and_nobody_else(
    exceptions_org: Organisation, name: str, target: str, *, may: bool
) -> None:
    if may:
        new = set_stop(exceptions_org, name, target)
        assert exceptions_org.standing.stop(new) is not None
    else:
        with refused("no-power", f"{name} may not stop {target}"):
            set_stop(exceptions_org, name, target)


@pytest.fixture(scope="module")
def exceptions_org() -> Organisation:
    """One organisation for all who try: stops never conflict."""
    return exceptional()


@pytest.mark.parametrize(
    ("target", "may"),
    [
        (FROZEN, True),
        ("alias/fraud/dev", True),
        ("alias/churn/production", False),
        (PAY, False),
        ("generation", False),
        ("signer/erin", False),
    ],
)
def test_a_role_limited_to_some_aliases_stops_these_and_nothing_wider(
    target: str, *, may: bool
) -> None:
    org = exceptional()
    carried(org, roles_of("frank", ["on-call"], aliases="fraud/*"), by="rita", approvals=STEWARD)

    if may:
        assert set_stop(org, "frank", target)
    else:
        with refused("no-power"):
            set_stop(org, "frank", target)


def test_a_stopped_signer_and_a_borrower_stop_an_alias_as_well() -> None:
    org = exceptional()
    delegate(org, "olga", "frank", "on-call")
    stop(org, "alice", "rosa")

    assert set_stop(org, "frank", FROZEN)
    assert set_stop(org, "rosa", "generation")


def test_an_approval_of_an_alias_frozen_since_stands() -> None:
    org = exceptional()
    in_staging(org)
    _, of = prepared(org, change(stack(model="m1")))
    frozen = set_stop(org, "olga", FROZEN)
    lift_by_root(org, frozen)

    assert look(org, of).verdict == "ready"


def test_a_stop_opens_a_review_without_a_time_which_somebody_else_closes() -> None:
    org = exceptional()
    new = set_stop(org, "olga", "generation")
    found = org.standing.review(new)

    assert found is not None
    assert (found.what, found.persons, found.due) == ("override", ("olga",), None)
    with refused("own-review", "olga set this stop"):
        org.close_review("olga", new)
    assert org.close_review("omar", new).admitted
    assert org.standing.target("generation") is not None


def test_who_lent_the_power_to_stop_or_answers_for_who_stopped_does_not_review_it() -> None:
    org = exceptional()
    delegate(org, "olga", "rita", "on-call")
    lent, own = set_stop(org, "rita", FROZEN), set_stop(org, "watchdog", "signer/watchdog")

    for subject, names in ((lent, ("olga", "rita")), (own, ("erin",))):
        for name in names:
            with refused("own-review", f"{name} set this stop"):
                org.close_review(name, subject)
    assert org.close_review("erin", lent).admitted
    assert org.close_review("olga", own).admitted


def test_nobody_takes_the_id_of_a_stop_for_a_proposal_or_the_other_way_round() -> None:
    org = exceptional()
    of = org.open("frank", change(stack(), alias=STAGING))
    stopped = set_stop(org, "olga", "generation")
    entry = org.judged[-1].entry
    assert entry is not None

    taken = org.force("sam", entry.event.model_copy(update={"override": of}))

    assert finding(taken) == "override-exists"
    with refused("proposal-exists"):
        org.act(
            "frank",
            lambda s, by, at: proposal.open_proposal(
                s, by=by, at=at, proposal=stopped, effect=change()
            ),
        )
