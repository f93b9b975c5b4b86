"""What holds of every assessment, under whatever policy, for whomever, after whatever happened."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ledger.decide.cases import assess_proposal, case_of
from ledger.decide.context import Standing
from ledger.decide.settling import assess_under_way
from ledger.decide.states import PolicyState
from ledger.model.names import TIERS
from ledger.policy.assess import assess
from ledger.policy.assessment import Assessment
from ledger.policy.document import Combination, Duty, Policy
from ledger.policy.reading import read_policy
from tests import acts
from tests.organisation import POLICY, Organisation, change
from tests.policies import ENVIRONMENTS, duty, under
from tests.random_histories import ANYBODY, PLAIN, Cast, Deed, histories
from tests.random_policies import (
    ALIASES,
    FACTS,
    ROLES,
    World,
    Written,
    duties,
    toml,
    worlds,
)
from tests.random_rollouts import Act

EXAMPLES = settings().max_examples // 4
WAITS = (0, 3_600, 86_400, 3 * 86_400, 14 * 86_400, 40 * 86_400)


def asked(found: Assessment) -> set[str]:
    return {need.id for need in found.requirements if need.status != "not-applicable"}


def met(found: Assessment) -> set[str]:
    return {need.id for need in found.requirements if need.status == "satisfied"}


def blocked(found: Assessment) -> set[tuple[str, str | None, str]]:
    return {(block.code, block.by, block.message) for block in found.blocks}


def opens(before: Assessment, after: Assessment) -> bool:
    return before.verdict != "ready" and after.verdict == "ready"


@settings(max_examples=EXAMPLES)
@given(worlds(), histories(PLAIN), st.permutations(FACTS))
def test_an_added_fact_takes_no_requirement_and_no_block_away(
    world: World, history: list[Deed], facts: Sequence[str]
) -> None:
    cast = Cast(world).live(history)
    for of in cast.open_proposals():
        branch = cast.branch()
        for fact in facts:
            before = acts.look(branch.org, of)
            if not branch.attempt_by(ANYBODY, _adding(branch, of, fact)):
                continue
            after = acts.look(branch.org, of)
            assert asked(before) <= asked(after)
            assert met(after) & asked(before) <= met(before)
            assert TIERS.index(before.tier) <= TIERS.index(after.tier)
            assert blocked(before) <= blocked(after)
            assert not opens(before, after)


def _adding(cast: Cast, of: str, fact: str) -> Act:
    return lambda name: acts.add_fact(cast.org, name, of, fact)


def disputed(rule: str, alias: str) -> tuple[Organisation, str]:
    """Erin's good document under omar's bad one, and a duty that may bind omar."""
    anybody = POLICY.replace('by = ["evaluation-owner"]\nindependent = true\n', "")
    org = under(ENVIRONMENTS, rule, text=anybody)
    of = org.open("frank", change(alias=alias))
    org.attach("erin", of, auc="0.95", document="good")
    org.attach("omar", of, auc="0.50", document="bad")
    return org, of


def test_an_added_fact_that_bars_an_author_brings_no_older_document_back() -> None:
    """In dev nobody has to approve, so the older document alone would open the gate."""
    org, of = disputed(duty("release-owner", "attach-evidence", "personal_data"), "fraud/dev")
    before = acts.look(org, of)

    acts.add_fact(org, "frank", of, "personal_data")

    after = acts.look(org, of)
    assert before.verdict == after.verdict == "open"
    assert met(after) <= met(before)


def test_an_added_fact_that_bars_an_author_lowers_no_tier_and_drops_no_requirement() -> None:
    """Omar's document says that the numbers moved; without it erin's says that they did not."""
    changed = "shift == 'large'"
    text = POLICY.replace('when = "modifies_data_lineage"', f'when = "{changed}"')
    text = text.replace('by = ["evaluation-owner"]\nindependent = true\n', "")
    text = text.replace("!online && shift", "shift").replace('is = "high"', 'is = "low"')
    org = under(duty("release-owner", "attach-evidence", "online"), text=text)
    org.release(change(declares={"personal_data": False, "online": False}))
    of = org.open("frank", change(declares={"personal_data": False, "online": False}))
    org.attach("erin", of, auc="0.95", document="good")
    org.attach("omar", of, auc="0.50", document="bad")
    before = acts.look(org, of)

    acts.add_fact(org, "frank", of, "online")

    after = acts.look(org, of)
    assert before.tier == after.tier == "medium"
    assert "data" in asked(before) & asked(after)


def governed(standing: Standing, written: Written) -> Standing:
    """The standing with *written* in force, whoever consented to it."""
    number = standing.head.policy + 1
    text = toml(written, number)
    canonical = read_policy(text, file="policy.toml").canonical()
    later = standing.fork()
    later.put(
        PolicyState(number, text, canonical, standing.head.size, standing.head.time),
        replace(standing.head, policy=number),
    )
    return later


def loosest(world: World) -> Written:
    """One approval in one role for whatever it is, and nothing else."""
    kept = ("name", "roles", "declared", "approvals", "operation")
    role = min(world.policy["requirement"][0]["approvals"])
    need = {"id": "first", "approvals": {role: 1}}
    return {**{key: world.policy[key] for key in kept}, "requirement": [need]}


@settings(max_examples=EXAMPLES)
@given(worlds(later=1), histories(), st.sampled_from(WAITS))
def test_neither_a_new_policy_nor_the_passing_of_time_opens_a_gate(
    world: World, history: list[Deed], wait: int
) -> None:
    cast = Cast(world).live(history)
    standing, now = cast.org.standing, cast.org.now
    for written in (*world.later, loosest(world)):
        later = governed(standing, written)
        for of in cast.open_proposals():
            before, state = acts.look(cast.org, of), cast.org.proposal(of)
            for at in (now, now + wait):
                assert not opens(before, assess_proposal(later, state, at))
        for alias in ALIASES:
            running = standing.alias(alias).candidate
            if running is not None:
                state = cast.org.proposal(running.proposal)
                consent = assess_under_way(standing, state, running, now)
                assert assess_under_way(later, state, running, now).verdict == consent.verdict
                late = assess_under_way(later, state, running, now + wait)
                assert not opens(consent, late)


@settings(max_examples=EXAMPLES)
@given(worlds(later=1), histories())
def test_time_alone_meets_nothing_and_changes_no_fact(world: World, history: list[Deed]) -> None:
    cast = Cast(world).live(history)
    for of in cast.open_proposals():
        looks = [acts.look(cast.org, of, cast.org.now + wait) for wait in WAITS]
        for before, after in pairwise(looks):
            assert not opens(before, after)
            assert (after.tier, after.facts) == (before.tier, before.facts)
            assert asked(after) == asked(before)
            assert met(after) <= met(before)
            ends = {one for one in blocked(after) if one[0] in ("already-over", "exception-owing")}
            assert blocked(before) <= blocked(after) <= blocked(before) | ends


@settings(max_examples=EXAMPLES)
@given(worlds(later=1), histories(), st.randoms(use_true_random=False))
def test_any_order_of_the_approvals_gives_the_same_assessment(
    world: World, history: list[Deed], random: Any
) -> None:
    """Of those that are admitted in one order.

    A person who tries two roles is refused the second, so another order admits other
    approvals; that is another consent and not another order of this one. Whatever was
    admitted in one order has to be admitted in every other.
    """
    cast = Cast(world).live([*history, ("open", ANYBODY, 0, 0)])
    tried = [(name, role) for name in cast.names for role in (*ROLES, "root")]
    for of in cast.open_proposals():
        first, second = cast.branch(), cast.branch()
        given_ = [one for one in random.sample(tried, len(tried)) if _consents(first, of, *one)]
        for one in random.sample(given_, len(given_)):
            assert _consents(second, of, *one)
        at = max(first.org.now, second.org.now)
        assert _essence(acts.look(first.org, of, at)) == _essence(acts.look(second.org, of, at))


def _consents(cast: Cast, of: str, name: str, role: str) -> bool:
    return cast.attempt(name, lambda one: cast.org.approve(one, of, role))


def _essence(found: Assessment) -> tuple[object, ...]:
    """The assessment without the places and times at which approvals happen to stand."""
    plain = replace(found, approvals=(), combined=(), met={}, ready_at=None, until=None, position=0)
    counted = {(one.signer, one.role) for one in found.approvals}
    return plain, counted, set(found.combined)


@settings(max_examples=EXAMPLES)
@given(worlds(), histories(PLAIN), duties)
def test_one_more_duty_opens_no_gate(
    world: World, history: list[Deed], more: dict[str, Any]
) -> None:
    cast = Cast(world).live(history)
    policy = cast.org.standing.policy()
    added = Duty.model_validate({"id": "one-more", **more})
    stricter = policy.model_copy(update={"duties": (*policy.duties, added)})
    for of in cast.open_proposals():
        _holds_no_less(cast, of, policy, stricter)


@settings(max_examples=EXAMPLES)
@given(worlds(), histories(PLAIN), duties, st.sampled_from(ROLES))
def test_a_combination_lifts_and_never_blocks(
    world: World, history: list[Deed], more: dict[str, Any], partner: str
) -> None:
    assume(partner != more["role"])
    cast = Cast(world).live(history)
    policy = cast.org.standing.policy()
    added = Duty.model_validate({"id": "one-more", **more})
    lifting = Combination(roles=(added.role, partner))
    strict = policy.model_copy(update={"duties": (*policy.duties, added)})
    lifted = strict.model_copy(update={"combinations": (*policy.combinations, lifting)})
    for of in cast.open_proposals():
        _holds_no_less(cast, of, lifted, strict)


def _holds_no_less(cast: Cast, of: str, loose: Policy, strict: Policy) -> None:
    """Whatever is met under *strict* is met under *loose*, which has less to say."""
    case = case_of(cast.org.standing, cast.org.proposal(of))
    one, other = (assess(policy, case, cast.org.now) for policy in (loose, strict))
    assert not opens(one, other)
    assert blocked(one) <= blocked(other)
    assert met(other) & asked(one) <= met(one)


def test_in_these_worlds_proposals_become_ready_blocked_and_expired_and_policies_change() -> None:
    """Else the properties above would hold for want of anything to look at."""
    seen: Counter[str] = Counter()

    @settings(max_examples=60, derandomize=True, database=None)
    @given(worlds(later=1), histories())
    def watch(world: World, history: list[Deed]) -> None:
        cast = Cast(world).live(history)
        looks = [acts.look(cast.org, of) for of in cast.open_proposals()]
        kinds = {j.entry.event.kind for j in cast.org.judged if j.entry and j.admitted}
        seen.update({*(look.verdict for look in looks), *kinds})
        seen.update({*(block.code for look in looks for block in look.blocks), *cast.refused})

    watch()

    wanted = {"ready": 5, "open": 15, "blocked": 5, "release.completed": 10, "duty": 15}
    wanted |= {"policy.published": 5, "too-many-candidates": 1}
    assert {what: seen[what] for what in wanted if seen[what] < wanted[what]} == {}, seen
