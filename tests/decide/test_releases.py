"""Releases: what a start and a completion ask for, and what takes consent away in between."""

import pytest

from tests.acts import add_fact, prepared, refused, reject, reopen, retract, take_back
from tests.organisation import Organisation, change, stack

ALIAS = "fraud/production"
SERVICES = {"robot": ("omar", ["release-owner"])}


def test_a_release_goes_from_candidate_to_stable() -> None:
    org, of = prepared()

    started = org.start("omar", of)
    candidate = org.standing.alias(ALIAS).candidate
    completed = org.complete("omar")

    alias = org.standing.alias(ALIAS)
    assert candidate is not None
    assert candidate.started_position == started.position
    assert alias.candidate is None
    assert alias.stable is not None
    assert alias.stable.stack == stack()
    assert alias.changed == completed.position
    assert [(m.name, m.value) for m in alias.stable.metrics] == [("auc", "0.95")]


def test_what_is_not_ready_is_not_started_and_the_refusal_says_what_is_missing() -> None:
    org = Organisation()
    of = org.open("frank")

    with pytest.raises(Exception, match="#1 is not ready") as error:
        org.start("omar", of)

    assert "approval of 1 model-owner" in str(getattr(error.value, "hint", ""))
    assert org.standing.alias(ALIAS).candidate is None


def test_what_is_rejected_is_not_started() -> None:
    org, of = prepared()
    reject(org, "bob", of)

    with refused("rejected", "bob rejected it as model-owner: no"):
        org.start("omar", of)


@pytest.mark.parametrize("name", ["alice", "frank", "rita"])
def test_only_an_operator_starts_and_completes(name: str) -> None:
    org, of = prepared()

    with refused("not-operator", f"{name} may not operate"):
        org.start(name, of)
    org.start("omar", of)
    with refused("not-operator"):
        org.complete(name)


def test_a_service_operates_nothing() -> None:
    org, of = prepared(Organisation(services=SERVICES))

    with refused("service-operator", "robot is a service"):
        org.start("robot", of)
    org.start("omar", of)
    with refused("service-operator"):
        org.complete("robot")


def test_a_proposal_enacts_exactly_once() -> None:
    org, of = prepared()
    org.start("omar", of)

    with refused("closed", "enacted"):
        org.start("omar", of)
    org.complete("omar")
    with refused("closed", "enacted"):
        org.start("omar", of)


def test_a_second_release_to_the_alias_waits_for_the_first() -> None:
    org, of = prepared()
    _, other = prepared(org, change(stack(model="m2")))
    org.start("omar", of)

    with refused("candidate-running", "under way"):
        org.start("omar", other)


def test_what_was_approved_over_another_stable_stack_is_not_started() -> None:
    org, of = prepared()
    _, other = prepared(org, change(stack(model="m2")))
    org.start("omar", of)
    org.complete("omar")

    with refused("base-moved", "has changed since"):
        org.start("omar", other)


def test_there_is_nothing_to_complete_without_a_start() -> None:
    org, _ = prepared()

    with refused("no-candidate"):
        org.complete("omar")


def test_a_release_is_completed_once() -> None:
    org, of = prepared()
    org.start("omar", of)
    org.complete("omar")

    with refused("no-candidate"):
        org.complete("omar")


def test_a_rejection_after_the_start_takes_the_consent_away_until_it_is_taken_back() -> None:
    org, of = prepared()
    org.start("omar", of)
    reject(org, "bob", of)

    with refused("consent-lost", "#1 has lost its consent"):
        org.complete("omar")
    reopen(org, "bob", of)
    org.complete("omar")

    assert org.standing.alias(ALIAS).stable is not None


def test_an_approval_retracted_after_the_start_takes_the_consent_away() -> None:
    org, of = prepared()
    org.start("omar", of)
    retract(org, "alice", of)

    with refused("consent-lost"):
        org.complete("omar")


def test_an_approval_retracted_after_the_start_does_not_matter_where_another_one_counts() -> None:
    org, of = prepared()
    org.approve("bob", of, "model-owner")
    org.start("omar", of)

    retract(org, "alice", of)
    org.complete("omar")

    assert org.standing.alias(ALIAS).stable is not None


def test_a_fact_added_after_the_start_takes_the_consent_away() -> None:
    org, of = prepared()
    org.start("omar", of)
    add_fact(org, "dana", of)

    with refused("consent-lost"):
        org.complete("omar")


def test_what_expires_after_the_start_does_not_matter() -> None:
    org, of = prepared()
    org.start("omar", of)
    org.now += 365 * 86_400

    org.complete("omar")

    assert org.standing.alias(ALIAS).stable is not None


def test_after_the_start_evidence_is_neither_attached_nor_taken_back() -> None:
    org, of = prepared()
    org.start("omar", of)

    with refused("closed"):
        org.attach("erin", of, document="late")
    with refused("closed"):
        take_back(org, "erin", of)


def test_releases_to_two_aliases_do_not_meet() -> None:
    org, of = prepared()
    _, other = prepared(org, change(alias="churn/production"))

    org.start("omar", of)
    org.start("omar", other)
    org.complete("omar", "churn/production")

    assert org.standing.alias(ALIAS).stable is None
    assert org.standing.alias("churn/production").stable is not None
