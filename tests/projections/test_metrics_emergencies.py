"""Metrics of rollbacks and drills, against numbers computed by hand."""

from tests.decide.rollouts import PRODUCTION, released, rollout, started, take_back
from tests.exception_acts import drilled
from tests.policies import exceptional
from tests.projections.summed import DAY, comes_to, observed, told
from tests.signer_acts import disown, now_at

GENERATION, FROZEN = "generation", f"alias/{PRODUCTION}"


def test_a_rollback_counts_from_when_the_trouble_was_seen_where_that_is_known() -> None:
    org = rollout()
    first = released(org)
    second = released(org, "m2")
    third = started(org, "m3")
    org.now += 599
    take_back(org, "omar", third, since=org.now + 1 - 599)
    quick = org.now
    org.now += 700
    take_back(org, "omar", second, since=org.now + 1 - 601)
    slow = org.now
    take_back(org, "omar", first)  # nobody says since when
    with told(org) as connection:
        found = observed(connection, "rollback-time", "at", "value", "number", "alias")
        assert [row[:2] for row in found] == [(quick, 599), (slow, 601)]
        assert {row[3] for row in found} == {PRODUCTION}
        assert comes_to(connection, "rollback-time", slow, by="alias") == {
            None: (2, 599),
            PRODUCTION: (2, 599),
        }
        # The policy gives ten minutes.
        assert observed(connection, "rollbacks-in-time", "at", "value") == [(quick, 1), (slow, 0)]
        assert comes_to(connection, "rollbacks-in-time", slow) == {None: (2, 0.5)}
        assert comes_to(connection, "rollbacks-in-time", slow, slow - quick) == {None: (1, 0)}


def test_a_target_is_as_old_as_its_last_drill_and_the_whole_as_the_last_of_all() -> None:
    org = exceptional()
    drilled(org, "olga", FROZEN)
    alias = org.now
    org.now += DAY
    drilled(org, "olga", GENERATION)
    first = org.now
    org.now += DAY
    drilled(org, "sam", GENERATION)
    second = org.now
    with told(org) as connection:
        assert observed(connection, "drill-age", "at", "until", "what") == [
            (alias, None, FROZEN),
            (first, second, GENERATION),
            (second, None, GENERATION),
        ]
        assert comes_to(connection, "drill-age", second + 60, by="what") == {
            None: (2, 60),
            FROZEN: (1, second + 60 - alias),
            GENERATION: (1, 60),
        }
        before = {None: (2, second - 1 - first), GENERATION: (1, second - 1 - first)}
        assert comes_to(connection, "drill-age", second - 1, by="what") == {
            **before,
            FROZEN: (1, second - 1 - alias),
        }
        assert comes_to(connection, "drill-age", alias - 1) == {None: (0, None)}


def test_a_drill_of_a_key_that_was_disowned_is_none() -> None:
    org = exceptional()
    drilled(org, "olga", GENERATION)
    first, after = org.now, now_at(org)
    drilled(org, "sam", GENERATION)
    disown(org, "sam", after)
    with told(org) as connection:
        assert observed(connection, "drill-age", "at", "until") == [(first, None)]
