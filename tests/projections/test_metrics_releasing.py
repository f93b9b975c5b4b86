"""Metrics of what releases rest on, against numbers computed by hand."""

from ledger.model.effects import ReleaseEffect
from ledger.model.stack import Stack
from tests.decide.rollouts import PRODUCTION, STAGING
from tests.exception_acts import granted, urgent, waiving
from tests.organisation import Organisation, change, stack
from tests.policies import exceptional
from tests.projections.summed import DAY, comes_to, observed, told


def started(
    org: Organisation, effect: ReleaseEffect, *documents: str, expires: int | None = None
) -> tuple[str, int]:
    """A release that was started, and when its last report was attached; each about the model."""
    of = org.open("frank", effect)
    for document in documents or ("report",):
        org.attach("erin", of, document=document, expires=expires)
    attached = org.now
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")
    org.start("omar", of)
    return of, attached


def changed(model: str, dataset: str = "d1", *, alias: str = PRODUCTION) -> ReleaseEffect:
    return change(stack(model=model, dataset=dataset), alias=alias)


def test_lineage_is_complete_where_each_changed_component_has_a_document_that_counts() -> None:
    org = Organisation()
    first = org.open("frank", changed("m1"))
    org.attach("erin", first, components=("dataset", "model"))
    org.approve("alice", first, "model-owner")
    org.approve("dana", first, "data-owner")
    org.start("omar", first)
    begun = org.now
    org.complete("omar")
    started(org, changed("m2"))
    org.complete("omar")
    started(org, changed("m3", "d2"))
    org.complete("omar")
    (model,) = (part for part in stack(model="m4").components if part.component == "model")
    started(org, change(Stack(components=(model,), permissions=())))
    with told(org) as connection:
        found = observed(connection, "complete-lineage", "number", "value", "alias", "tier")
        assert [row[:3] for row in found] == [
            (1, 1, PRODUCTION),
            (2, 1, PRODUCTION),  # the data set is that of before
            (3, 0, PRODUCTION),  # nothing is about the new data set
            (4, 0, PRODUCTION),  # the model names none
        ]
        assert found[0][3] == "high"
        assert comes_to(connection, "complete-lineage", org.now) == {None: (4, 0.5)}
        assert comes_to(connection, "complete-lineage", begun, 1) == {None: (1, 1)}
        assert comes_to(connection, "complete-lineage", begun - 1) == {None: (0, None)}


def test_a_release_under_an_exception_is_one_of_those_started() -> None:
    org = exceptional()
    of = urgent(org)
    granted(org, waiving(org, of))
    org.start("omar", of)
    with told(org) as connection:
        found = observed(connection, "releases-under-exception", "number", "alias", "value")
        assert found == [(1, STAGING, 0), (2, PRODUCTION, 1)]
        apart = comes_to(connection, "releases-under-exception", org.now, by="alias")
    assert apart == {None: (2, 0.5), STAGING: (1, 0), PRODUCTION: (1, 1)}


def test_evidence_that_expires_under_what_runs_or_is_on_its_way_counts_once() -> None:
    org = Organisation()
    _, old = started(org, changed("m1"), "first", "second", expires=2 * DAY)
    org.complete("omar")
    org.now += DAY
    _, above = started(org, changed("m2"), "third", expires=DAY // 2)
    org.complete("omar")  # what ran before is run no more
    org.now += DAY // 4
    _, candidate = started(org, changed("m3"), "fourth", expires=DAY)
    with told(org) as connection:
        found = observed(connection, "expired-evidence", "at", "number", "what", "alias")
        assert found == [
            (above + DAY // 2, 2, "evaluation-report", PRODUCTION),
            (candidate + DAY, 3, "evaluation-report", PRODUCTION),
        ]
        end = above + DAY // 2
        assert comes_to(connection, "expired-evidence", end) == {None: (1, 1)}
        assert comes_to(connection, "expired-evidence", end - 1) == {None: (0, None)}
        assert comes_to(connection, "expired-evidence", end + 9, 9) == {None: (0, None)}

    org.roll_back("omar")  # the candidate is on its way no more
    org.now = above + DAY // 2
    org.roll_back("omar")  # and the first release is back, whose report still holds
    with told(org) as connection:
        assert observed(connection, "expired-evidence", "at", "number") == [
            (above + DAY // 2, 2),
            (old + 2 * DAY, 1),
        ]


def test_evidence_that_expires_as_its_release_ends_expired_under_nothing() -> None:
    org = Organisation()
    _, attached = started(org, changed("m1"), expires=DAY)
    org.complete("omar")
    org.now = attached + DAY - 1
    org.roll_back("omar")
    assert org.now == attached + DAY
    _, again = started(org, changed("m2"), expires=DAY)
    org.now = again + DAY
    org.roll_back("omar")
    _, candidate = started(org, changed("m3"), expires=DAY)
    org.now = candidate + DAY - 1
    org.roll_back("omar")
    with told(org) as connection:
        assert observed(connection, "expired-evidence", "at") == [(again + DAY,)]
