"""Watching and taking back: whether anybody of a roster could, and whether names are theirs."""

from collections.abc import Mapping, Sequence
from typing import Final

import pytest

from ledger.model.problems import Problem
from ledger.policy.checking.checks import check_policy
from ledger.policy.reading import read_policy
from tests.policies import STAGED, STAGED_PEOPLE, STAGED_SERVICES, combine, duty

WATCHERS: Final = 'observed_by = ["watchdog", "evaluation-owner"]'

Roster = Mapping[str, Sequence[str]]
Machines = Mapping[str, tuple[str, Sequence[str]]]


def found_for(
    text: str = STAGED,
    people: Roster | None = None,
    services: Machines | None = STAGED_SERVICES,
) -> list[Problem]:
    """What is wrong with *text* for the roster of STAGED with *people* exchanged."""
    roster = {name: frozenset(held) for name, held in {**STAGED_PEOPLE, **(people or {})}.items()}
    machines = (
        None
        if services is None
        else {name: (person, frozenset(own)) for name, (person, own) in services.items()}
    )
    return check_policy(read_policy(text, file="p"), roster, machines)


def codes(found: list[Problem]) -> list[tuple[str, tuple[str | int, ...]]]:
    return [(one.code, one.path) for one in found]


def test_the_people_and_services_it_was_written_for_can_live_with_it() -> None:
    assert found_for() == []


@pytest.mark.parametrize(
    ("services", "known"), [({"watchdgo": ("erin", ())}, "watchdgo"), ({}, "evaluation-owner")]
)
def test_an_observer_that_is_neither_role_nor_service_is_unknown(
    services: Machines, known: str
) -> None:
    found = found_for(services=services)

    assert codes(found) == [
        ("unknown-service", ("stage", 0, "observed_by", 0)),
        ("unknown-service", ("stage", 1, "observed_by", 0)),
        ("unknown-service", ("rollback", "services", 0)),
    ]
    assert "'watchdog' is neither a role nor a service of the roster" in found[0].message
    assert known in (found[0].hint or "")
    assert "'watchdog' is no service of the roster" in found[2].message


def test_people_are_named_by_their_roles() -> None:
    found = found_for(STAGED.replace(WATCHERS, 'observed_by = ["erin", "evaluation-owner"]'))

    assert codes(found) == [
        ("not-a-service", ("stage", 0, "observed_by", 0)),
        ("not-a-service", ("stage", 1, "observed_by", 0)),
    ]
    assert "'erin' is a person" in found[0].message
    assert found[0].hint == "people are named by their roles: write one under observed_by"


def test_a_service_called_like_a_role_observes_nothing() -> None:
    text = STAGED.replace(WATCHERS, 'observed_by = ["on-call"]')
    services: Machines = {**STAGED_SERVICES, "on-call": ("dana", ())}

    found = found_for(text, people={"olga": ()}, services=services)

    assert codes(found) == [("lock-out", ("stage", i, "observed_by")) for i in range(3)]


def test_names_of_services_are_not_judged_where_the_services_are_not_known() -> None:
    assert found_for(services=None) == []
    assert found_for(people={"erin": ()}, services=None) == []


@pytest.mark.parametrize("services", [STAGED_SERVICES, None])
def test_a_stage_that_nobody_could_observe_locks_out(services: Machines | None) -> None:
    text = STAGED.replace(WATCHERS, 'observed_by = ["on-call"]')

    found = found_for(text, people={"olga": ()}, services=services)

    assert codes(found) == [("lock-out", ("stage", i, "observed_by")) for i in range(3)]
    assert found[0].message == (
        "stage 'shadow' could never be observed: nobody who may is one of on-call"
    )


@pytest.mark.parametrize("observer", ["release-owner", "deployer"])
def test_the_only_operator_cannot_observe_not_even_by_a_service(observer: str) -> None:
    text = STAGED.replace(WATCHERS, f'observed_by = ["{observer}"]')

    found = found_for(text)

    assert [one for one in codes(found) if one[0] == "lock-out"] == [
        ("lock-out", ("stage", i, "observed_by")) for i in range(3)
    ]
    assert "only omar could, and nobody else operates releases" in found[0].message
    assert found_for(text, people={"olga": ("on-call", "release-owner")}) == []


def test_somebody_else_who_observes_is_enough() -> None:
    text = STAGED.replace(WATCHERS, 'observed_by = ["release-owner", "evaluation-owner"]')

    assert found_for(text) == []


def test_a_stage_without_watching_needs_no_observer() -> None:
    text = STAGED.replace("tiers = [", "observed_by = ['auditor']\ntiers = [", 1)
    text = text.replace(f"\n{WATCHERS}", "", 1).replace('soak = "24h"\n', "", 1)

    assert [one for one in codes(found_for(text, people={"rita": ()})) if one[1][1] == 0] == []


def test_who_must_not_act_at_all_observes_nothing() -> None:
    text = STAGED.replace(WATCHERS, 'observed_by = ["watchdog", "auditor"]')
    barred = duty("auditor", "act")
    services: Machines = {**STAGED_SERVICES, "watchdog": ("rita", ())}

    assert found_for(text, services=services) == []
    found = found_for(text + barred, services=services)
    assert codes(found) == [("lock-out", ("stage", i, "observed_by")) for i in range(3)]
    lifted = text + barred + combine("auditor", "data-owner")
    rita = {"rita": ("auditor", "data-owner")}
    assert codes(found_for(lifted, people=rita)) == []


def test_a_service_observes_by_its_name_and_not_by_a_role_of_its_own() -> None:
    by_role = STAGED.replace(WATCHERS, 'observed_by = ["on-call"]')
    by_name = STAGED.replace(WATCHERS, 'observed_by = ["on-call", "probe"]')
    services: Machines = {**STAGED_SERVICES, "probe": ("dana", ["on-call"])}

    found = found_for(by_role, people={"olga": ()}, services=services)

    assert codes(found) == [("lock-out", ("stage", i, "observed_by")) for i in range(3)]
    assert found_for(by_name, people={"olga": ()}, services=services) == []


def test_a_rollback_needs_a_person_who_is_there() -> None:
    text = STAGED.replace('by = ["release-owner", "on-call"]', 'by = ["on-call"]')

    found = found_for(text, people={"olga": ()})

    assert codes(found) == [("lock-out", ("rollback", "by"))]
    assert found[0].message == "no person holds a role that rolls back: on-call"
    assert found_for(text) == []


def test_a_service_alone_does_not_make_a_rollback_possible() -> None:
    text = STAGED.replace('by = ["release-owner", "on-call"]', 'by = ["on-call"]')
    services: Machines = {**STAGED_SERVICES, "watchdog": ("erin", ["on-call"])}

    assert ("lock-out", ("rollback", "by")) in codes(
        found_for(text, people={"olga": ()}, services=services)
    )
