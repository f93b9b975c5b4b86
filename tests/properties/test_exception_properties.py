"""What no history makes of an exception: no more than was granted, no longer, and not twice."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ledger.decide.cases import case_of
from ledger.model.effects import ReleaseEffect
from ledger.model.events import Event
from ledger.policy.assess import assess
from ledger.policy.case import Case
from tests import acts
from tests.organisation import Organisation
from tests.properties.exception_chains import followed
from tests.random_emergencies import closing, exceptions_of, owing
from tests.random_histories import ANYBODY, Cast, Deed, hasty
from tests.random_policies import ALIASES, World, hurried
from tests.random_rollouts import advancing, completing, starting, starts, steps_of
from tests.random_societies import Society, lives

EXAMPLES = settings().max_examples // 4


def forged(cast: Cast, data: st.DataObject) -> Iterator[Event]:
    """Starts of all that is open under whatever exceptions, and the steps that would follow."""
    known = exceptions_of(cast.org)
    for of in cast.open_proposals():
        if isinstance(cast.org.proposal(of).effect, ReleaseEffect):
            start = starting(cast.org, of, acts.look(cast.org, of))
            chosen = data.draw(st.sets(st.sampled_from(known)) if known else st.just(set[str]()))
            yield start
            yield start.model_copy(update={"exceptions": tuple(sorted(chosen))})
    for alias in ALIASES:
        yield from steps_of(cast.org, alias, data.draw(st.none() | st.integers(0, 40)))


def try_on(cast: Cast, data: st.DataObject) -> None:
    """Let whoever may start and bring on what is there, at some time, and sign all the rest."""
    ends = [
        one.until for id_ in exceptions_of(cast.org) if (one := cast.org.standing.exception(id_))
    ]
    late = data.draw(st.sampled_from([0, *ends, *(end - 1 for end in ends)]))
    cast.org.now = max(cast.org.now, late - 1)
    for of in cast.open_proposals():
        cast.attempt_by(ANYBODY, starts(cast.org, of))
    for alias in ALIASES:
        cast.pass_stage(alias)
    for event in list(forged(cast, data)):
        cast.org.force(data.draw(st.sampled_from(sorted(cast.org.keys))), event)


@settings(max_examples=EXAMPLES)
@given(hurried(), hasty(), st.data())
def test_no_exception_outlives_its_end_or_is_used_twice(
    world: World, history: list[Deed], data: st.DataObject
) -> None:
    """Or waives what it does not name; and a release that owes at its end stands still."""
    cast = Cast(world).live(history)
    try_on(cast, data)

    followed(cast.org.judged)


@settings(max_examples=EXAMPLES)
@given(hurried(later=1), lives(), hasty(), st.data())
def test_nor_where_signers_come_go_forge_and_are_robbed(
    world: World, life: list[Deed], history: list[Deed], data: st.DataObject
) -> None:
    cast = Society(world).live([*life[:8], *history[:6]])
    try_on(cast, data)

    followed(cast.org.judged)


@settings(max_examples=EXAMPLES)
@given(hurried(), hasty())
def test_an_exception_waives_what_is_missing_and_changes_nothing_else(
    world: World, history: list[Deed]
) -> None:
    """What is met stays so; facts, tier, blocks and approvals are those without it."""
    cast = Cast(world).live(history)
    for of in cast.open_proposals():
        case = case_of(cast.org.standing, cast.org.proposal(of), people=False)
        _changes_nothing_else(cast.org, case)


def _changes_nothing_else(org: Organisation, case: Case) -> None:
    policy, without = org.standing.policy(), replace(case, waivers=())
    ends = [one.until for one in case.waivers]
    for at in {org.now, *(end for end in ends), *(end - 1 for end in ends)}:
        found, plain = (assess(policy, one, at) for one in (case, without))
        assert (found.facts, found.tier, found.blocks) == (plain.facts, plain.tier, plain.blocks)
        assert found.approvals == plain.approvals
        live = [one for one in case.waivers if at < one.until]
        named = {name for one in live for name in one.waives}
        for one, other in zip(found.requirements, plain.requirements, strict=True):
            waived = replace(one, status=other.status, waived_by=None)
            assert waived == other
            assert one.status in {other.status, "waived"}
            assert (one.status == "waived") == (one.waived_by is not None)
            assert one.status != "waived" or (other.status == "unsatisfied" and one.id in named)
        assert found.verdict == plain.verdict or live


@settings(max_examples=EXAMPLES)
@given(hurried(), hasty(), st.data())
def test_to_end_an_exception_opens_no_gate(
    world: World, history: list[Deed], data: st.DataObject
) -> None:
    """Whoever may end it, and in whatever order: what was not ready is not ready after it."""
    cast = Cast(world).live(history)
    for id_ in data.draw(st.permutations(exceptions_of(cast.org))):
        before = {of for of in cast.open_proposals() if acts.look(cast.org, of).verdict == "ready"}
        going = {alias for alias in ALIASES if _goes_on(cast, alias)}
        cast.attempt_by(ANYBODY, closing(cast.org, id_))
        after = {of for of in cast.open_proposals() if acts.look(cast.org, of).verdict == "ready"}
        assert after <= before
        assert {alias for alias in ALIASES if _goes_on(cast, alias)} <= going


def _goes_on(cast: Cast, alias: str) -> bool:
    """Whether anybody could bring what is under way to *alias* a step on."""
    branch = cast.branch()
    return any(
        branch.attempt_by(ANYBODY, act(branch.org, alias)) for act in (completing, advancing)
    )


def test_in_these_histories_releases_are_started_under_exceptions_and_settled() -> None:
    """Else the properties above would hold for want of anything to look at."""
    seen: Counter[str] = Counter()

    @settings(max_examples=30, derandomize=True, database=None, phases=[Phase.generate])
    @given(hurried(), hasty())
    def watch(world: World, history: list[Deed]) -> None:
        cast = Cast(world).live(history)
        chains = followed(cast.org.judged)
        seen["under"] += chains.under
        seen["settled"] += chains.settled
        seen["owing"] += bool(owing(cast))
        seen.update(one.entry.event.kind for one in cast.org.judged if one.admitted and one.entry)
        seen.update(cast.refused)

    watch()

    wanted = {"exception.granted": 10, "under": 8, "settled": 1, "owing": 3, "exception-ended": 3}
    wanted |= {"exception.closed": 1, "last-approval": 2}
    assert {what: seen[what] for what in wanted if seen[what] < wanted[what]} == {}, seen
