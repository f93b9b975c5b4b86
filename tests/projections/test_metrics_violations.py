"""Broken rules and missed duties, counted by hand."""

from ledger.model.events import ProposalWithdrawn
from tests.acts import acknowledge
from tests.decide.rollouts import DAY, PRODUCTION, released, rollout
from tests.organisation import Organisation
from tests.projections.summed import comes_to, observed, told


def test_entries_that_broke_a_rule_count_when_they_were_judged() -> None:
    org = Organisation()
    of = org.open("frank")
    seized = org.force("alice", ProposalWithdrawn(proposal=of, reason=None))
    org.now += 9
    org.open("frank")  # what is refused moves no clock
    later = org.force("alice", ProposalWithdrawn(proposal=of, reason=None))
    org.smuggle(b"rubbish\n")
    acknowledge(org, "rita", seized.position)
    rules = [one.finding.rule for one in (seized, later) if one.finding is not None]
    with told(org) as connection:
        found = observed(
            connection, "policy-violations", "at", "position", "number", "alias", "tier", "what"
        )
        assert found[:2] == [
            (seized.at, seized.position, 1, PRODUCTION, "high", rules[0]),
            (later.at, later.position, 1, PRODUCTION, "high", rules[1]),
        ]
        (rubbish,) = found[2:]
        assert rubbish[:5] == (later.at, later.position + 1, None, None, None)
        assert observed(connection, "missed-duties", "at") == []
        apart = comes_to(connection, "policy-violations", org.now, by="alias")
        assert apart == {None: (3, 3), PRODUCTION: (2, 2)}
        assert seized.at < later.at
        rule_by_rule = comes_to(connection, "policy-violations", later.at, 1, by="what")
        assert rule_by_rule == {None: (2, 2), rules[1]: (1, 1), rubbish[5]: (1, 1)}


def test_a_duty_that_was_missed_counts_when_that_is_known_and_is_no_broken_rule() -> None:
    org = rollout()
    released(org)
    completed = org.judged[-1]
    org.now += 30 * DAY
    org.open("frank")
    (notice,) = org.judged[-1].notices
    with told(org) as connection:
        found = observed(connection, "missed-duties", "at", "position", "what", "alias")
        assert notice.position == completed.position
        assert found == [(org.now, completed.position, notice.rule, PRODUCTION)]
        assert comes_to(connection, "missed-duties", org.now, 1, by="what") == {
            None: (1, 1),
            notice.rule: (1, 1),
        }
        assert observed(connection, "policy-violations", "at") == []
