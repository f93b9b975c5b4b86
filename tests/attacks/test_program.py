"""A program gone wrong or stolen: it fills its share, and permits nothing that takes a person."""

import pytest

from tests.acts import prepared, revise
from tests.attacks.trying import ALLOWED, Attack, Outcome, aside, named, refused, tried
from tests.decide.rollouts import (
    BREACH,
    GOOD,
    PRODUCTION,
    STAGING,
    consented,
    guarded,
    released,
    rollout,
    soaked,
    started,
)
from tests.exception_acts import granted, set_stop, waiving
from tests.organisation import Organisation, change, stack
from tests.policies import exceptional, under
from tests.roster import event_of, roles_of, stewarded, stop

CEILING = """
[limits]
open_candidates = 4
open_candidates_per_service = 2
reserved_for_people = 1
"""
BREEDER = {"breeder": ("omar", ["model-owner"])}


def fills_its_share() -> Outcome:
    org = under(CEILING, services=BREEDER)
    org.open("breeder")
    return tried(org, "breeder", lambda o, name: o.open(name))


def fills_more_than_its_share() -> Outcome:
    org = under(CEILING, services=BREEDER)
    org.open("breeder")
    org.open("breeder")
    return tried(org, "breeder", lambda o, name: o.open(name), may="frank")


def approves() -> Outcome:
    org = under(services=BREEDER)
    of = org.open("frank")
    return tried(org, "breeder", lambda o, name: o.approve(name, of, "model-owner"), may="alice")


def starts_in_production() -> Outcome:
    org = rollout()
    of = consented(org)
    return tried(org, "deployer", lambda o, name: o.start(name, of), may="omar")


def starts_where_it_may() -> Outcome:
    org = rollout()
    of = org.open("frank", change(alias=STAGING))
    org.attach("erin", of)
    return tried(org, "deployer", lambda o, name: o.start(name, of))


def advances_in_production() -> Outcome:
    org = rollout()
    started(org)
    soaked(org)
    return tried(org, "deployer", lambda o, name: o.advance(name), may="omar")


def completes_in_production() -> Outcome:
    org = rollout()
    guarded(org)
    soaked(org)
    org.advance("omar")
    return tried(org, "watchdog", lambda o, name: o.complete(name), may="omar")


def rolls_back_for_no_reason() -> Outcome:
    org = rollout()
    released(org)
    return tried(org, "watchdog", lambda o, name: o.roll_back(name), may="omar")


def rolls_back_on_good_news() -> Outcome:
    org = rollout()
    released(org)
    seen = org.observe("watchdog", PRODUCTION, *GOOD).position
    twin = aside(org)
    twin.roll_back("omar")
    back = event_of(twin.judged[-1]).model_copy(update={"observation": seen})
    return tried(
        org, "watchdog", lambda o, name: o.roll_back(name, observation=seen), event=lambda: back
    )


def rolls_back_on_its_own_bad_news() -> Outcome:
    org = rollout()
    released(org)
    seen = org.observe("watchdog", PRODUCTION, *BREACH).position
    return tried(org, "watchdog", lambda o, name: o.roll_back(name, observation=seen))


def rolls_back_once_it_is_stopped() -> Outcome:
    org = rollout()
    released(org)
    seen = org.observe("watchdog", PRODUCTION, *BREACH).position
    twin = aside(org)
    stop(org, "alice", "watchdog")
    return tried(org, "watchdog", lambda o, name: o.roll_back(name, observation=seen), where=twin)


def breeds_while_generation_is_halted() -> Outcome:
    org = exceptional()
    set_stop(org, "olga", "generation")
    return tried(org, "watchdog", lambda o, name: o.open(name, change(alias=STAGING)), may="frank")


def what_it_bred_is_started_while_generation_is_halted() -> Outcome:
    org = exceptional()
    of = org.open("watchdog", change(alias=STAGING))
    granted(org, waiving(org, of, "evaluation", "quality"))
    twin = aside(org)
    set_stop(org, "olga", "generation")
    return tried(org, "deployer", lambda o, name: o.start(name, of), where=twin)


def revises_a_persons_while_generation_is_halted() -> Outcome:
    org = exceptional()
    effect = change(stack(model="m2"), alias=STAGING, contributors=["watchdog"])
    of = org.open("frank", effect)
    twin = aside(org)
    set_stop(org, "olga", "generation")
    return tried(org, "watchdog", lambda o, name: revise(o, name, of, effect), where=twin)


def person_signs_for_what_it_bred() -> Outcome:
    org = exceptional()
    set_stop(org, "olga", "generation")
    return tried(
        org, "frank", lambda o, name: o.open(name, change(alias=STAGING, contributors=["watchdog"]))
    )


def releases_on_a_frozen_alias() -> Outcome:
    org = exceptional()
    of = org.open("frank", change(alias=STAGING))
    org.attach("erin", of)
    twin = aside(org)
    set_stop(org, "olga", f"alias/{STAGING}")
    return tried(org, "deployer", lambda o, name: o.start(name, of), where=twin)


def rolls_a_frozen_alias_back() -> Outcome:
    org = exceptional()
    released(org)
    seen = org.observe("watchdog", PRODUCTION, *BREACH).position
    twin = aside(org)
    set_stop(org, "olga", f"alias/{PRODUCTION}")
    return tried(org, "watchdog", lambda o, name: o.roll_back(name, observation=seen), where=twin)


def person_rolls_a_frozen_alias_back() -> Outcome:
    org = exceptional()
    released(org)
    set_stop(org, "olga", f"alias/{PRODUCTION}")
    return tried(org, "omar", lambda o, name: o.roll_back(name))


def enacts_a_matter_of_the_roster() -> Outcome:
    org = stewarded(services={"robot": ("omar", [])})
    of = org.open("frank", roles_of("erin", ["data-owner"]))
    org.approve("sam", of, "steward")
    return tried(org, "robot", lambda o, name: o.enact(name, of), may="omar")


def stops_a_person() -> Outcome:
    org = stewarded(services={"robot": ("omar", [])})
    return tried(org, "robot", lambda o, name: stop(o, name, "alice"), may="omar")


def takes_part_of_a_persons_places() -> Outcome:
    """What is reserved for people is theirs, however many programs there are."""
    org = under(CEILING, services={**BREEDER, "other": ("omar", [])})
    for name in ("breeder", "breeder", "other"):
        org.open(name)
    outcome = tried(org, "other", lambda o, name: o.open(name), may="frank")
    assert prepared(org)[1]
    return outcome


ATTACKS: dict[Attack, Outcome] = {
    fills_its_share: ALLOWED,
    fills_more_than_its_share: refused("too-many-candidates"),
    approves: refused("service-approval"),
    starts_in_production: refused("service-operator"),
    starts_where_it_may: ALLOWED,
    advances_in_production: refused("service-operator"),
    completes_in_production: refused("service-operator"),
    rolls_back_for_no_reason: refused("no-breach"),
    rolls_back_on_good_news: refused("no-breach"),
    rolls_back_on_its_own_bad_news: ALLOWED,
    rolls_back_once_it_is_stopped: refused("signer-stopped"),
    breeds_while_generation_is_halted: refused("generation-halted"),
    what_it_bred_is_started_while_generation_is_halted: refused("generation-halted"),
    revises_a_persons_while_generation_is_halted: refused("generation-halted"),
    person_signs_for_what_it_bred: ALLOWED,
    releases_on_a_frozen_alias: refused("alias-frozen"),
    rolls_a_frozen_alias_back: refused("alias-frozen"),
    person_rolls_a_frozen_alias_back: ALLOWED,
    enacts_a_matter_of_the_roster: refused("service-enactment"),
    stops_a_person: refused("no-power"),
    takes_part_of_a_persons_places: refused("too-many-candidates"),
}


@pytest.mark.parametrize(("attack", "outcome"), ATTACKS.items(), ids=named)
def test_what_becomes_of_an_attack_by_a_program(attack: Attack, outcome: Outcome) -> None:
    assert attack() == outcome


def test_a_program_that_was_told_to_stop_breeding_holds_nobody_up() -> None:
    org: Organisation = exceptional()
    set_stop(org, "olga", "generation")
    released(org)
    assert org.standing.alias(PRODUCTION).stable is not None
