"""What no history takes from a stop: whoever has the power sets it, and it holds until lifted."""

from collections import Counter
from fnmatch import fnmatchcase

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ledger.decide.context import Standing
from ledger.decide.roles import loans
from ledger.decide.signer_states import SignerState
from ledger.model.effects import ReleaseEffect
from ledger.model.events import OverrideSet, ReleaseAdvanced, ReleaseCompleted, ReleaseStarted
from tests import acts
from tests.organisation import START, Organisation
from tests.properties.stop_chains import Stops, followed
from tests.properties.told import Told, admitted
from tests.random_emergencies import TARGETS, held, stopping
from tests.random_histories import ANYBODY, Cast, Deed, hasty
from tests.random_policies import ALIASES, World, hurried, worlds
from tests.random_rollouts import Act, advancing, completing, starting, starts, steps_of
from tests.random_societies import Society, lives

EXAMPLES = settings().max_examples // 4
DAY = 86_400
STEPS = (ReleaseStarted, ReleaseAdvanced, ReleaseCompleted)
HALTING: tuple[Deed, ...] = (("halt", ANYBODY, 0, 0),)


def try_everything(cast: Cast, data: st.DataObject) -> None:
    """Let whoever may start, advance and complete, and some services and people sign the rest."""
    for of in cast.open_proposals():
        cast.gather(of)
        cast.attempt_by(ANYBODY, starts(cast.org, of))
    for alias in ALIASES:
        cast.pass_stage(alias)
    names = sorted(cast.org.keys)
    drawn = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=2))
    signers = {*cast.world.services, *drawn}
    for of in cast.open_proposals():
        if isinstance(cast.org.proposal(of).effect, ReleaseEffect):
            for name in sorted(signers):
                cast.org.force(name, starting(cast.org, of, acts.look(cast.org, of)))
    for alias in ALIASES:
        for event in list(steps_of(cast.org, alias, data.draw(st.none() | st.integers(0, 40)))):
            cast.org.force(data.draw(st.sampled_from(sorted(signers))), event)


@settings(max_examples=EXAMPLES)
@given(hurried(later=1), lives() | hasty(), hasty(), st.data())
def test_a_stop_holds_until_a_lift_with_consent_names_it(
    world: World, life: list[Deed], history: list[Deed], data: st.DataObject
) -> None:
    """Whatever is tried and signed in between, in whatever order."""
    cast = Society(world).live(life[:6])
    halts = [("halt", ANYBODY, number, 0) for number in data.draw(st.permutations(range(4)))]
    cast.live([*history[:2], *halts[: data.draw(st.integers(0, 3))], *history[2:8]])
    try_everything(cast, data)

    found = followed(cast.org.judged)

    for target, stops in found.held.items():
        state = cast.org.standing.target(target)
        assert (0 if state is None else state.stops) >= len(stops)


@settings(max_examples=EXAMPLES)
@given(hurried(), hasty(), st.data())
def test_nothing_that_a_service_signs_gets_past_a_halted_generation(
    world: World, history: list[Deed], data: st.DataObject
) -> None:
    """Nor what anybody else signs for what a service has ever opened or revised."""
    begun: list[Deed] = [("bot-begins", ANYBODY, number, number) for number in (0, 1)]
    waiting: list[Deed] = [("bot-opens", ANYBODY, number, 0) for number in (0, 1)]
    cast = Cast(world).live([*history[:4], *begun, *waiting])
    for of in cast.open_proposals():
        cast.gather(of)
    cast.org.now += data.draw(st.sampled_from((0, 3_600, DAY)))
    cast.live(HALTING)
    size = len(cast.org.judged)
    try_everything(cast, data)
    for bot in world.services:
        cast.live([("bot-opens", ANYBODY, number, number) for number in range(3)])
        for of in cast.open_proposals():
            cast.attempt(bot, _revising(cast.org, of))

    told = Told()
    for judged, by, event in admitted(cast.org.judged):
        halted = judged.position >= size and "generation" in _targets(cast.org)
        if halted and isinstance(event, STEPS):
            assert not told.asked[event.proposal].bred
        if halted and event.kind in ("proposal.opened", "proposal.revised"):
            assert by not in world.services
        told.take(judged, by, event)


def _revising(org: Organisation, of: str) -> Act:
    effect = org.proposal(of).effect
    return lambda name: acts.revise(org, name, of, effect)


def _targets(org: Organisation) -> set[str]:
    stops = (org.standing.stop(id_) for id_ in held(org))
    return {one.target for one in stops if one is not None}


def may_stop(standing: Standing, name: str, target: str, at: int, key: str) -> bool:
    """Whether *name* has the power to stop *target*, by the last admitted policy; a second telling.

    A root signer, or who holds a role that it names: on that alias, else without limit. Whether
    they are stopped themself is not asked.
    """
    state = standing.signer(name)
    if state is None or state.kind != "person":
        return False
    current = state.current
    if current is None or current.disowned_after is not None or current.id != key:
        return False
    return state.root or bool(_powers(standing) & _held(standing, state, target, at))


def _powers(standing: Standing) -> set[str]:
    overrides = standing.policy().overrides
    return set() if overrides is None else set(overrides.set)


def _held(standing: Standing, state: SignerState, target: str, at: int) -> set[str]:
    kind, _, name = target.partition("/")
    alias = name if kind == "alias" else None
    own = {
        one.role
        for one in state.grants
        if one.ended_at is None and not one.void and (one.until is None or at < one.until)
        if one.aliases is None or (alias is not None and fnmatchcase(alias, one.aliases))
    }
    return own | {one.role for one in loans(standing, state, alias, at)}


@settings(max_examples=EXAMPLES)
@given(hurried(later=1) | worlds(later=1), lives() | hasty(), hasty(), st.data())
def test_whoever_has_the_power_stops_anything_in_every_standing_and_nobody_else_does(
    world: World, life: list[Deed], history: list[Deed], data: st.DataObject
) -> None:
    """Under whatever policy, whatever is frozen or owed, and whatever their clock says."""
    pairs = data.draw(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=4))
    roles: list[Deed] = [(verb, ANYBODY, *pair) for pair in pairs for verb in ("grant", "lend")]
    deeds = [*life[:8], *roles, *history[: data.draw(st.integers(0, 6))]]
    cast = Society(world).live(deeds)
    cast.org.now = data.draw(st.sampled_from((cast.org.now, START, cast.org.now + 40 * DAY)))
    signers = [one.id for one in cast.org.standing.signers()]
    whom = data.draw(st.sampled_from(signers))
    for target in (*TARGETS, "alias/no/such", f"signer/{whom}"):
        for name in signers:
            if target != f"signer/{name}" and name in cast.org.keys:
                _stops_or_not(cast, name, target)


def _stops_or_not(cast: Society, name: str, target: str) -> None:
    branch = cast.branch()
    org, standing = branch.org, branch.org.standing
    key, at = org.keys[name].public.id, max(org.now + 1, standing.head.time)
    able, before = may_stop(standing, name, target, at, key), standing.target(target)

    done = branch.attempt(name, stopping(org, target))

    assert done == able
    if not done:
        forced = OverrideSet(override=org.new_id(), target=target, reason="odd")
        assert not org.force(name, forced).admitted
        assert standing.target(target) == before
        return
    after = standing.target(target)
    assert after is not None
    assert after.stops == (0 if before is None else before.stops) + 1
    _holds(branch, target)


def _holds(cast: Society, target: str) -> None:
    """Demand that what *target* is about is blocked, and goes on by nobody's hand."""
    for of in cast.open_proposals():
        if _is_meant(cast.org, of, target):
            look = acts.look(cast.org, of)
            assert look.verdict == "blocked"
            assert {one.code for one in look.blocks} & {
                "alias-frozen",
                "capability-disabled",
                "generation-halted",
            }
    for alias in ALIASES:
        candidate = cast.org.standing.alias(alias).candidate
        if candidate is not None and _is_meant(cast.org, candidate.proposal, target):
            for name in cast.names:
                assert not cast.attempt(name, completing(cast.org, alias))
                assert not cast.attempt(name, advancing(cast.org, alias))


def _is_meant(org: Organisation, of: str, target: str) -> bool:
    stops, told = Stops(), Told()
    for judged, by, event in admitted(org.judged):
        told.take(judged, by, event)
    stops.told = told
    is_release = isinstance(told.asked[of].effect, ReleaseEffect)
    return is_release and target in set(stops.forbidding(of, ""))


def test_in_these_histories_stops_are_set_forbid_something_and_are_lifted() -> None:
    """Else the properties above would hold for want of anything to look at."""
    seen: Counter[str] = Counter()

    @settings(max_examples=25, derandomize=True, database=None, phases=[Phase.generate])
    @given(hurried(later=1), lives() | hasty(), hasty(), st.data())
    def watch(world: World, life: list[Deed], history: list[Deed], data: st.DataObject) -> None:
        cast = Society(world).live(life[:6])
        cast.live([*history[:3], ("halt", ANYBODY, data.draw(st.integers(0, 3)), 0), *history[3:]])
        seen.update(_targets(cast.org))
        seen.update(one.entry.event.kind for one in cast.org.judged if one.admitted and one.entry)
        seen.update(cast.refused)
        looks = [acts.look(cast.org, of) for of in cast.open_proposals()]
        seen.update(block.code for look in looks for block in look.blocks)

    watch()

    wanted = {"override.set": 20, "override.lifted": 2, "override.drilled": 1, "alias-frozen": 3}
    wanted |= {"generation-halted": 1}
    assert {what: seen[what] for what in wanted if seen[what] < wanted[what]} == {}, seen
