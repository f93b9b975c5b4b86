"""Metrics of rework, against numbers computed by hand."""

from tests.acts import add_fact, revise, take_over
from tests.organisation import Organisation, change, new_policy, stack
from tests.policies import numbered
from tests.projections.summed import comes_to, observed, told

PRODUCTION = "fraud/production"


def test_a_change_is_reworked_once_it_is_revised_or_a_fact_is_added() -> None:
    org = Organisation()
    revised, widened, _ = (org.open("frank") for _ in range(3))
    rules = org.open("alice", new_policy(numbered(2)))
    revise(org, "frank", revised, change(stack(model="m2")))
    add_fact(org, "dana", widened)
    revise(org, "alice", rules, new_policy(numbered(2, "# again\n")))
    with told(org) as connection:
        found = observed(connection, "revised-changes", "number", "value", "alias", "tier")
        assert found == [
            (1, 1, PRODUCTION, "high"),
            (2, 1, PRODUCTION, "high"),
            (3, 0, PRODUCTION, "high"),
        ]
        assert comes_to(connection, "revised-changes", org.now) == {None: (3, 2 / 3)}


def test_every_revision_but_the_opening_counts_whatever_it_asks_for() -> None:
    org = Organisation()
    of = org.open("frank")
    rules = org.open("alice", new_policy(numbered(2)))
    for model in ("m2", "m3"):
        revise(org, "frank", of, change(stack(model=model)))
    revise(org, "alice", rules, new_policy(numbered(2, "# again\n")))
    end = org.now
    with told(org) as connection:
        found = observed(connection, "revisions", "at", "number", "what")
        assert found == [(end - 2, 1, "release"), (end - 1, 1, "release"), (end, 2, "policy")]
        apart = comes_to(connection, "revisions", end, by="alias")
        assert apart == {None: (3, 3), PRODUCTION: (2, 2)}


def test_documents_count_from_the_first_rework_on_unless_taken_over() -> None:
    org = Organisation()
    before = org.open("frank")
    org.attach("erin", before)
    first = org.judged[-1].position
    of = org.open("frank")
    org.attach("erin", of, document="early")
    add_fact(org, "frank", of)
    take_over(org, "erin", of, first)
    org.attach("erin", of, document="late")
    late = org.now
    revise(org, "frank", of, change(stack(model="m2")))
    org.attach("erin", of, document="later", type_="model-card", auc=None)
    with told(org) as connection:
        found = observed(connection, "evidence-after-opening", "at", "number", "what")
        assert found == [(late, 2, "evaluation-report"), (late + 2, 2, "model-card")]
        apart = comes_to(connection, "evidence-after-opening", org.now, by="what")
        assert apart == {None: (2, 2), "evaluation-report": (1, 1), "model-card": (1, 1)}
        assert comes_to(connection, "evidence-after-opening", late) == {None: (1, 1)}
