"""The past under a draft: what changes, when it would have been ready, and who is asked."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ledger.audit.simulated import Decision, Load, Simulation, Spread, spread
from ledger.audit.simulation import simulate
from ledger.policy.reading import read_policy
from ledger.seal.envelope import examine
from ledger.seal.merkle import root
from tests import acts
from tests.histories import Step, live, organisation, policies, steps
from tests.organisation import POLICY, Organisation, change, new_policy, stack

HOUR = 3_600
DAY = 24 * HOUR
AUDITED = POLICY.replace("{ model-owner = 1 }", "{ model-owner = 1, auditor = 1 }")
"""Asks for an auditor as well."""

WITHOUT_DATA = POLICY.replace(
    'id = "data"\nwhen = "modifies_data_lineage"\n', 'id = "data"\nwhen = "personal_data"\n'
)
"""No longer asks for the data owner where only the dataset changed."""


_APPROVALS = POLICY.index("[approvals]")


def simulated(org: Organisation, text: str = POLICY) -> Simulation:
    draft = read_policy(text, file="draft.toml")
    return simulate(draft, map(examine, org.envelopes), org.id)


def only(org: Organisation, text: str) -> Decision:
    """The one decision there is."""
    (decision,) = simulated(org, text).decisions
    return decision


def load(found: tuple[Load, ...], name: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """Asked and given, in force and under the draft."""
    return next((one.asked, one.given) for one in found if one.name == name)


@settings(max_examples=40, deadline=None)
@given(steps, policies, st.integers(1, 9))
def test_the_policy_in_force_as_a_draft_changes_nothing_whatever_its_number(
    history: list[Step], policy: str, number: int
) -> None:
    org = live(organisation(policy), history)
    assume(org.standing.head.policy == 1)

    found = simulated(org, policy.replace("number = 1", f"number = {number}"))

    assert len(found.decisions) + found.policies == org.standing.head.proposals
    for one in found.decisions:
        assert (one.change, one.why(), one.delay) == (None, (), one.delay and 0)
        assert one.draft == one.then
        assert one.then.is_allowed or one.ending != "released"
    assert all(one.asked[0] == one.asked[1] for one in (*found.people, *found.roles))
    assert all(one.given[0] == one.given[1] for one in (*found.people, *found.roles))
    latencies = found.latencies()
    assert latencies.both_then == latencies.both_draft
    assert latencies.only_then.count == latencies.only_draft.count == 0


def test_such_a_history_has_releases_withdrawals_and_open_proposals_in_it() -> None:
    """Else the property above would hold for the wrong reason."""
    history = [("path", "frank", 0, 1), ("prepare", "frank", 1, 2), ("open", "frank", 0, 3)]
    org = live(organisation(), [*history, ("withdraw", "frank", 2, 0)])

    found = simulated(org)

    assert [one.ending for one in found.decisions] == ["released", "open", "withdrawn"]
    assert [one.then.ready_at is None for one in found.decisions] == [False, False, True]
    assert load(found.people, "alice") == ((3, 3), (2, 2))


def test_what_was_replayed_is_told_by_size_and_root() -> None:
    org = Organisation()
    org.release()

    found = simulated(org)

    assert found.size == len(org.envelopes)
    assert found.root == root(org.standing.head.frontier).hex()


def test_a_role_that_the_draft_adds_would_have_held_the_release_back() -> None:
    org = Organisation()
    org.release()

    found = simulated(org, AUDITED)

    (one,) = found.decisions
    assert (one.ending, one.change) == ("released", "held-back")
    assert (one.then.verdict, one.draft.verdict) == ("ready", "open")
    assert one.why() == ("missing for model-owner: approval of 1 auditor",)
    assert one.draft.unmet == ("model-owner",)
    assert load(found.people, "rita") == ((0, 1), (0, 0))
    assert load(found.people, "alice") == ((1, 1), (1, 1))
    assert found.people[0].name == "rita", "the largest change comes first"
    assert load(found.roles, "auditor") == ((0, 1), (0, 0))
    assert found.latencies().only_then == Spread(1, 3, 3), "opened, attached, approved twice"
    assert found.latencies().both_draft == Spread(0, None, None)


def test_a_role_that_nobody_held_is_asked_for_in_vain() -> None:
    org = Organisation()
    org.release()
    draft = POLICY.replace("[roles]", '[roles]\nking = "rules"').replace(
        "{ model-owner = 1 }", "{ model-owner = 1, king = 1 }"
    )

    found = simulated(org, draft)

    assert found.decisions[0].change == "held-back"
    assert load(found.roles, "king") == ((0, 1), (0, 0))
    assert {one.name for one in found.people} == {"alice", "bob", "dana"}


def test_a_requirement_that_the_draft_drops_would_have_let_it_through() -> None:
    org = Organisation()
    of = org.open("frank")
    org.attach("erin", of)
    org.now += HOUR
    org.approve("alice", of, "model-owner")
    acts.withdraw(org, "frank", of)

    found = simulated(org, WITHOUT_DATA)

    (one,) = found.decisions
    assert (one.ending, one.change) == ("withdrawn", "let-through")
    assert one.why() == ("no longer asked for: data",)
    assert one.draft.ready_at is not None
    assert one.draft.ready_at - one.opened_at == HOUR + 2
    assert (one.then.ready_at, one.delay) == (None, None)
    assert found.latencies().only_draft == Spread(1, HOUR + 2, HOUR + 2)
    assert load(found.people, "dana") == ((1, 0), (0, 0))


def test_an_approval_that_the_draft_does_not_ask_for_is_no_work_given_under_it() -> None:
    org = Organisation()
    org.release()

    found = simulated(org, WITHOUT_DATA)

    (one,) = found.decisions
    assert (one.change, one.delay) == (None, -1), "ready one approval earlier"
    assert load(found.people, "dana") == ((1, 0), (1, 0))


def test_a_shorter_maximum_age_would_have_held_the_release_back() -> None:
    org, of = acts.prepared()
    org.now += 2 * DAY
    org.start("omar", of)

    one = only(org, POLICY.replace('max_age = "30d"', 'max_age = "1d"'))

    assert one.change == "held-back"
    assert one.delay == 0, "it was ready all the same, and no longer when it started"
    assert one.why()[0] == "missing for evaluation: evidence evaluation-report: expired 1d ago"
    assert only(org, POLICY.replace('max_age = "30d"', 'max_age = "3d"')).change is None


RISK = """
[[requirement]]
id = "risk"
when = "tier >= HIGH"
approvals = { auditor = 1 }
[approvals]"""


def test_a_higher_tier_would_have_asked_for_more() -> None:
    org = Organisation()
    org.release()
    org.release(change(stack(model="m2")))
    draft = POLICY.replace("[approvals]", RISK)
    higher = draft.replace('when = "personal_data"', 'when = "personal_data || online"')

    lower = simulated(org, draft).decisions[1]
    one = simulated(org, higher).decisions[1]

    assert (lower.draft.tier, lower.change) == ("medium", None)
    assert (one.then.tier, one.draft.tier, one.draft.because) == ("medium", "high", ("people",))
    assert one.why() == ("missing for risk: approval of 1 auditor",)


def test_what_was_ready_but_not_released_is_told_where_the_draft_would_not_have_it() -> None:
    org, _ = acts.prepared()

    one = only(org, AUDITED)

    assert (one.ending, one.change) == ("open", "not-ready")
    assert one.why() == ("missing for model-owner: approval of 1 auditor",)


def test_what_was_never_ready_and_would_not_have_been_is_no_change() -> None:
    org = Organisation()
    org.open("frank")

    one = only(org, AUDITED)

    assert (one.change, one.delay, one.why()) == (None, None, ())


def test_a_shorter_clock_would_have_let_it_expire() -> None:
    org = Organisation()
    of = org.open("frank")
    org.attach("erin", of)
    org.now += 2 * DAY
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")
    org.start("omar", of)

    found = simulated(org, POLICY.replace('approve_within = "14d"', 'approve_within = "1d"'))

    (one,) = found.decisions
    assert (one.change, one.draft.verdict, one.draft.ready_at) == ("held-back", "expired", None)
    assert one.why() == ("it waited longer than the draft allows",)
    assert load(found.people, "alice") == ((1, 1), (1, 0)), "too late to count as given"


def test_a_longer_clock_would_have_let_it_through() -> None:
    short = POLICY.replace('approve_within = "14d"', 'approve_within = "1h"')
    org = Organisation(policy=short.replace("data-owner = 1 }", "data-owner = 2 }"))
    of = org.open("frank")
    org.attach("erin", of)
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")
    org.now += DAY
    acts.comment(org, "frank", of)

    one = only(org, POLICY)

    assert (one.change, one.then.verdict) == ("let-through", "expired")
    assert one.why() == (
        "met as the draft has it: data",
        "it waited longer than the policy in force allowed",
    )


def test_nobody_is_asked_about_what_has_expired_or_whose_alias_has_moved_on() -> None:
    """Both proposals come to ask for an auditor only when no approval would be taken."""
    org = Organisation(policy=POLICY.replace("[approvals]", RISK))
    org.now += DAY
    of = org.open("frank", change(stack(model="m1")))
    for name, role in (("alice", "model-owner"), ("dana", "data-owner"), ("rita", "auditor")):
        org.approve(name, of, role)
    org.attach("erin", of)
    org.start("omar", of)
    org.complete("omar")
    late, moved = (org.open("frank", change(stack(model=m))) for m in ("m2", "m3"))
    org.now += 2 * HOUR
    acts.add_fact(org, "alice", late)
    org.attach("erin", late)
    org.approve("alice", late, "model-owner")
    org.approve("rita", late, "auditor")
    org.start("omar", late)
    org.complete("omar")
    acts.add_fact(org, "alice", moved)
    draft = POLICY.replace("[approvals]", RISK)

    found = simulated(org, draft.replace('approve_within = "14d"', 'approve_within = "1h"'))

    assert load(found.people, "rita") == ((2, 1), (2, 1))


def test_only_what_the_draft_does_not_miss_as_well_is_a_reason() -> None:
    org = Organisation(policy=POLICY.replace("{ data-owner = 1 }", "{ data-owner = 2 }"))
    of = org.open("frank")
    org.attach("erin", of, expires=DAY)
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")
    org.now += 2 * DAY
    acts.comment(org, "frank", of)

    one = only(org, POLICY)

    assert one.then.unmet == ("data", "evaluation", "quality")
    assert (one.change, one.why()) == ("let-through", ("met as the draft has it: data",))


def test_an_approval_lapses_under_the_draft_only_for_what_the_draft_binds() -> None:
    """A newer report voids what was approved before; a draft that asks for none keeps it."""
    org, of = acts.prepared()
    org.attach("erin", of, document="newer")
    numbers = POLICY[POLICY.index('[[requirement]]\nid = "evaluation"') : _APPROVALS]
    shift = POLICY[POLICY.index("[shift]") : POLICY.index("[[tier]]")]
    without = POLICY.replace(numbers, "").replace(shift, "").replace(" && shift == 'none'", "")

    assert simulated(org).decisions[0].then.verdict == "open"
    assert only(org, without).draft.verdict == "ready"
    assert only(org, without).delay == 0


def test_a_fact_that_the_draft_does_not_know_voids_nothing_under_it() -> None:
    org, of = acts.prepared()
    acts.add_fact(org, "alice", of)
    draft = POLICY.replace('personal_data = "reads personal data"\n', "").replace(
        'when = "personal_data"', 'when = "modifies_evaluator"'
    )

    one = only(org, draft)

    assert (one.then.verdict, one.draft.verdict) == ("open", "ready")


def test_where_the_draft_counts_people_once_a_second_role_does_not_count() -> None:
    org = Organisation(policy=POLICY.replace("distinct_people = true", "distinct_people = false"))
    of = org.open("frank")
    org.attach("erin", of)
    org.approve("bob", of, "model-owner")
    org.approve("bob", of, "data-owner")
    org.start("omar", of)

    one = only(org, POLICY)

    assert one.why() == ("missing for data: approval of 1 data-owner",), "the first one holds"


def test_an_approval_in_a_role_the_draft_does_not_know_of_spends_nobody() -> None:
    """Under the draft it would have been refused, and the same person's next one taken."""
    org = Organisation(policy=POLICY.replace("distinct_people = true", "distinct_people = false"))
    of = org.open("frank")
    org.attach("erin", of)
    org.approve("bob", of, "data-owner")
    org.approve("bob", of, "model-owner")
    org.start("omar", of)

    one = only(org, POLICY.replace("{ data-owner = 1 }", "{ model-owner = 1 }"))

    assert (one.change, one.delay) == (None, 0)


def test_a_new_policy_voids_approvals_under_the_draft_as_well() -> None:
    org, of = acts.prepared()
    _publish(org, POLICY.replace("number = 1", "number = 2"))

    found = simulated(org)

    (one,) = found.decisions
    assert found.policies == 1, "the proposal for the policy is left out"
    assert (one.number, one.then.verdict, one.draft.verdict) == (1, "open", "open")
    assert one.draft == one.then
    assert load(found.people, "alice") == ((1, 1), (1, 1))
    org.approve("alice", of, "model-owner")
    assert load(simulated(org).people, "alice") == ((1, 1), (2, 2)), "asked again, given again"


def test_each_proposal_is_held_against_the_policy_in_force_then() -> None:
    org = Organisation()
    org.release()
    _publish(org, WITHOUT_DATA.replace("number = 1", "number = 2"))
    of = org.open("frank", change(stack(dataset="d2")))
    org.attach("erin", of)
    org.approve("alice", of, "model-owner")
    org.start("omar", of)

    first, second = simulated(org).decisions
    assert (first.change, second.change) == (None, "held-back")
    assert "data" not in second.then.asked
    assert [one.change for one in simulated(org, WITHOUT_DATA).decisions] == [None, None]


def _publish(org: Organisation, text: str) -> None:
    """Bring a policy into force by the root."""
    of = org.open("frank", new_policy(text))
    org.approve("alice", of, "root")
    org.approve("bob", of, "root")
    org.enact("rita", of)


def test_a_ceiling_of_the_draft_refuses_what_it_would_have_had_no_room_for() -> None:
    org, of = acts.prepared()
    crowded = acts.prepared(org, change(alias="churn/production"))[1]
    org.start("omar", of)
    org.open("frank", change(alias="late/production"))
    org.start("omar", crowded)
    draft = POLICY.replace("[approvals]", "[limits]\nopen_candidates = 1\n[approvals]")

    found = simulated(org, draft)

    first, second, third = found.decisions
    assert (first.change, second.change, third.change) == (None, "held-back", None)
    assert second.why() == ("not opened: there are 1 open candidates, the most in all",)
    assert third.draft.refused is None, "the second takes no place in the draft's world"
    assert load(found.people, "alice") == ((3, 2), (2, 1))


def test_a_ceiling_for_services_counts_their_own() -> None:
    org = organisation()
    for alias in ("a/production", "b/production"):
        org.open("robot", change(alias=alias))
    org.open("frank", change(alias="c/production"))
    limits = "[limits]\nopen_candidates_per_service = 1\n[approvals]"

    found = simulated(org, POLICY.replace("[approvals]", limits))

    assert [one.draft.refused for one in found.decisions] == [
        None,
        "not opened: robot has 1 open candidates, the most for a service",
        None,
    ]


@pytest.mark.parametrize(
    ("draft", "why"),
    [
        (
            POLICY.replace('by = ["release-owner"]', 'by = ["auditor"]'),
            "not started: omar may not operate releases to fraud/production",
        ),
        (
            POLICY.replace(
                "[declared]",
                '[[duty]]\nid = "rest"\nrole = "release-owner"\nmust_not = "operate"\n[declared]',
            ),
            (
                "not started: omar holds release-owner,"
                " which must not operate this release (duty rest)"
            ),
        ),
    ],
)
def test_who_started_a_release_must_have_been_allowed_to_by_the_draft(draft: str, why: str) -> None:
    org = Organisation()
    org.release()

    one = only(org, draft)

    assert (one.draft.verdict, one.change, one.why()) == ("ready", "held-back", (why,))


def test_a_duty_of_the_draft_takes_the_approvals_it_forbids_away() -> None:
    org = Organisation(people={"ann": ["model-owner", "auditor"], "dana": ["data-owner"]} | _REST)
    of = org.open("frank")
    org.attach("erin", of)
    org.approve("ann", of, "model-owner")
    org.approve("dana", of, "data-owner")
    duty = '[[duty]]\nid = "apart"\nrole = "auditor"\nmust_not = "approve"\n[declared]'

    found = simulated(org, POLICY.replace("[declared]", duty))

    (one,) = found.decisions
    assert one.change == "not-ready"
    assert load(found.people, "ann") == ((1, 0), (1, 0)), "not asked, as she could not give it"


_REST = {"erin": ["evaluation-owner"], "frank": [], "omar": ["release-owner"]}


ORDERED = POLICY + '[environments]\norder = ["staging", "production"]\n'


def test_a_stack_waits_for_the_environment_before_it_where_the_draft_orders_them() -> None:
    org, production = acts.prepared()
    staging = acts.prepared(org, change(alias="fraud/staging"))[1]
    org.start("omar", staging)
    org.now += HOUR
    org.complete("omar", "fraud/staging")
    org.start("omar", production)

    first, second = simulated(org, ORDERED).decisions

    assert (first.alias, first.change) == ("fraud/production", None)
    assert first.delay == HOUR + 6, "opened, attached, approved twice, started, completed"
    assert (second.change, second.delay) == (None, 0)


def test_without_the_environment_before_it_the_release_would_have_been_blocked() -> None:
    org = Organisation()
    org.release()

    one = only(org, ORDERED)

    assert (one.change, one.draft.verdict) == ("held-back", "blocked")
    assert one.why() == ("blocked: fraud/staging has not completed this stack",)


def test_what_an_order_of_environments_blocked_is_let_through_without_it() -> None:
    org = Organisation(policy=ORDERED)
    acts.prepared(org)

    one = only(org, POLICY)

    assert (one.then.verdict, one.change) == ("blocked", "let-through")
    assert one.why() == ("no longer blocked: fraud/staging has not completed this stack",)


def test_entries_without_effect_have_none_here_either() -> None:
    org, of = acts.prepared()
    before = simulated(org, AUDITED)
    org.smuggle(b"rubbish\n")
    event = org.judged[-2].entry
    assert event is not None
    org.force("rita", event.event)

    after = simulated(org, AUDITED)

    assert [one.admitted for one in org.judged[-2:]] == [False, False]
    assert after.decisions == before.decisions
    assert (after.people, after.roles) == (before.people, before.roles)
    assert org.proposal(of).closed is None


@pytest.mark.parametrize(
    ("values", "median", "p90"),
    [
        ([7], 7, 7),
        ([2, 1], 1, 2),
        ([3, 1, 2], 2, 3),
        (list(range(10, 0, -1)), 5, 9),
        (list(range(1, 12)), 6, 10),
    ],
)
def test_the_median_and_the_90th_percentile_are_the_nearest_rank(
    values: list[int], median: int, p90: int
) -> None:
    assert spread(values) == Spread(len(values), median, p90)


def test_what_waited_for_an_alias_is_ready_once_the_release_in_its_way_is_rolled_back() -> None:
    org, first = acts.prepared()
    org.start("omar", first)
    acts.prepared(org, change(stack(model="m2")))
    org.now += HOUR
    org.roll_back("omar")

    _, waiting = simulated(org).decisions

    assert (waiting.ending, waiting.then.verdict) == ("open", "ready")
    assert waiting.then.ready_at is not None
    assert waiting.then.ready_at - waiting.opened_at >= HOUR
    assert (waiting.change, waiting.delay) == (None, 0)
