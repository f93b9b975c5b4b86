"""What no history brings to an alias: a stack that was not led there, watched, by others."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ledger.audit.replay import judge
from ledger.decide.context import Standing
from ledger.decide.release_states import Release
from ledger.model.events import (
    Event,
    ReleaseAdvanced,
    ReleaseCompleted,
    ReleaseRolledBack,
    ReleaseStarted,
)
from ledger.seal.envelope import examine
from tests.organisation import Organisation
from tests.properties.release_chains import Chains, admitted, followed, is_last, is_watched
from tests.random_histories import ANYBODY, WATCHING, Cast, Deed, watched
from tests.random_policies import ALIASES, BOTS, ROLES, World, mended, worlds
from tests.random_rollouts import steps_of
from tests.random_societies import DEEDS, Society, lives

EXAMPLES = settings().max_examples // 4
NOBODY = "00000000-0000-0000-0000-00000000dead"
STEPS = (ReleaseStarted, ReleaseAdvanced, ReleaseCompleted)


def running(release: Release | None) -> tuple[str, str] | None:
    return None if release is None else (release.proposal, release.stack.digest)


def follow(org: Organisation) -> Chains:
    """The chains of *org*, which at every position lead to what every alias runs there."""
    chains, standing = Chains(), Standing()
    for raw, judged in zip(org.envelopes, org.judged, strict=True):
        for one in admitted([judged]):
            chains.take(*one)
        judge(standing, examine(raw), org.id)
        for name in ALIASES:
            alias = standing.alias(name)
            assert running(alias.stable) == chains.top(name)
            candidate = chains.running.get(name)
            found = None if candidate is None else (candidate.proposal, candidate.stack)
            assert running(alias.candidate) == found
    return chains


@settings(max_examples=EXAMPLES)
@given(worlds(later=1), watched())
def test_a_stack_reaches_an_alias_along_a_chain_of_stages_and_watchers(
    world: World, history: list[Deed]
) -> None:
    follow(Cast(world).live(history).org)


@settings(max_examples=EXAMPLES)
@given(worlds(later=1), lives(), st.data())
def test_also_where_signers_come_go_forge_and_are_robbed(
    world: World, history: list[Deed], data: st.DataObject
) -> None:
    cast = Society(world).live(history)
    for event in forged(cast.org, data):
        cast.org.force(data.draw(st.sampled_from(sorted(cast.org.keys))), event)

    follow(cast.org)


def forged(org: Organisation, data: st.DataObject) -> Iterator[Event]:
    """Rollbacks to stacks of all kinds, and steps that nobody has taken."""
    known = [one.id for n in range(8) if (one := org.standing.numbered(n + 1)) is not None]
    proposals = st.sampled_from((*known, NOBODY))
    for number in range(data.draw(st.integers(1, 4))):
        alias = data.draw(st.sampled_from(ALIASES))
        state = org.standing.alias(alias)
        runs = [one.proposal for one in (state.stable, state.candidate) if one is not None]
        yield ReleaseRolledBack(
            alias=alias,
            proposal=data.draw(st.sampled_from(runs) if runs else proposals),
            target=data.draw(st.none() | proposals),
            candidate=data.draw(st.none() | proposals),
            rollback=f"00000000-0000-0000-0000-{number:012x}",
            trigger="it is so",
            incident=None,
            observation=data.draw(st.none() | st.integers(0, org.standing.head.size)),
            since=None,
        )
        yield from steps_of(org, alias, data.draw(st.none() | st.integers(0, 40)))


@settings(max_examples=EXAMPLES)
@given(worlds(later=1), watched(), st.data())
def test_after_a_rollback_an_alias_shows_a_stack_that_had_been_completed_or_none(
    world: World, history: list[Deed], data: st.DataObject
) -> None:
    """Whoever signs whatever target: what comes back was completed, and never rolled back from."""
    org = Cast(world).live(history).org
    for event in forged(org, data):
        org.force(data.draw(st.sampled_from(sorted(org.keys))), event)
    standing = Standing()
    for raw, judged in zip(org.envelopes, org.judged, strict=True):
        judge(standing, examine(raw), org.id)
        if judged.admitted and judged.entry is not None:
            event = judged.entry.event
            if isinstance(event, ReleaseRolledBack):
                _shows_a_completed_stack(org, standing, event, judged.position)


def _shows_a_completed_stack(
    org: Organisation, standing: Standing, rollback: ReleaseRolledBack, position: int
) -> None:
    alias = standing.alias(rollback.alias)
    assert alias.candidate is None
    shown = None if alias.stable is None else alias.stable.proposal
    assert shown == rollback.target
    before = [event for _, _, event in admitted(org.judged[: position + 1])]
    completed = {
        one.proposal
        for one in before
        if isinstance(one, ReleaseCompleted) and one.alias == rollback.alias
    }
    taken = {one.proposal for one in before if isinstance(one, ReleaseRolledBack)}
    assert shown is None or shown in completed - taken


@st.composite
def served(draw: st.DrawFn) -> World:
    """A world with two services that hold roles, operate before production, and roll back."""
    world = draw(worlds())
    roles = draw(st.lists(st.sampled_from(ROLES), min_size=1, max_size=5, unique=True))
    services = {bot: (list(world.people)[number + 1], roles) for number, bot in enumerate(BOTS)}
    block = {"order": ["dev", "production"], "automatic": ["dev"], "services": list(BOTS)}
    rollback = {
        "by": list(ROLES),
        "services": list(BOTS),
        "triggers": {"incident": True, "errors": {"max": "0.05"}},
    }
    written = {**world.policy, "environments": block, "rollback": rollback}
    policy = mended(written, world.people, services)
    return World(world.people, services, policy, (policy,))


@settings(max_examples=EXAMPLES)
@given(served() | worlds(later=1), watched(), st.data())
def test_a_service_starts_advances_and_completes_nothing_in_production(
    world: World, history: list[Deed], data: st.DataObject
) -> None:
    """Whatever it signs, and whatever the rules let others sign at the same place."""
    cast = Cast(world).live([*history, ("half-way", ANYBODY, 0, 0), ("open", ANYBODY, 2, 0)])
    for of in cast.open_proposals():
        cast.gather(of)
    _let_services_try(cast)
    for name in world.services:
        for event in [*_wanted(cast, name), *forged(cast.org, data)]:
            cast.org.force(name, event)
    chains = Chains()
    for judged, by, event in admitted(cast.org.judged):
        if isinstance(event, STEPS) and by in world.services:
            assert not is_last(chains.policies[-1], event.alias)
        chains.take(judged, by, event)


def _let_services_try(cast: Cast) -> None:
    """Let every service take what is under way a step on, and start what is ready."""
    everybody, cast.names = cast.names, [*cast.world.services]
    for number in range(4):
        for verb in ("stage", "advance", "complete", "start") if cast.open_proposals() else ():
            cast.take((verb, ANYBODY, number, 0))
    cast.names = everybody


def _wanted(cast: Cast, service: str) -> Iterator[Event]:
    """Every step that somebody could take now: what their verb makes, for *service* to sign."""
    for name in [one for one in cast.names if one != service]:
        for verb in ("start", "advance", "complete"):
            for one in range(2):
                branch = cast.branch()
                size = len(branch.org.judged)
                number = cast.names.index(name)
                if branch.open_proposals() or verb != "start":
                    branch.take((verb, number, one, one))
                for _, _, event in admitted(branch.org.judged[size:]):
                    yield event


Lone = tuple[World, str, list[Deed], list[Deed]]
"""A world, who is alone in it at last, what everybody does before, and what they do then."""

ALONE = (
    *WATCHING,
    *("wait", "wait", "lend", "lend", "rotate", "forge", "end", "begin", "prepare", "new-policy"),
    *("grant", "strip", "stop", "lift", "fact", "attach", "complete", "start", "accept", "ahead"),
)


@st.composite
def loners(draw: st.DrawFn) -> Lone:
    """An operator, who has all other roles as well in half of the worlds, and some services."""
    world = draw(worlds(later=1))
    operates = set(world.policy["operation"]["by"])
    who = draw(
        st.sampled_from([name for name, roles in world.people.items() if operates & set(roles)])
    )
    if draw(st.booleans()):
        people = {**world.people, who: list(ROLES)}
        services = {
            bot: (who if draw(st.booleans()) else person, roles)
            for bot, (person, roles) in world.services.items()
        }
        policy = mended(world.policy, people, services)
        world = replace(world, people=people, services=services, policy=policy)
    pair = st.tuples(st.integers(0, 7), st.integers(0, 7))
    before = draw(lives([verb for verb in DEEDS if verb not in WATCHING], most=4))
    before += [("begin", ANYBODY, number, draw(pair)[1]) for number in (0, 1)]
    tried = [
        (verb, ANYBODY, *draw(pair))
        for verb in ("stage", "observe", "advance", "complete", "forge")
        for _ in range(2)
    ]
    deeds = draw(lives(ALONE, most=8))
    return world, who, before, draw(st.permutations([*tried, *deeds]))


@settings(max_examples=EXAMPLES)
@given(loners(), st.data())
def test_an_operator_alone_passes_no_watched_stage(lone: Lone, data: st.DataObject) -> None:
    """Not with the keys of all the services that they answer for, and whatever they sign.

    What others had observed before may still bring a release on, once.
    """
    world, who, before, deeds = lone
    cast = Society(world).live(before)
    size = len(cast.org.judged)
    mine = left_alone(cast, who, deeds, data)

    chains = followed(cast.org.judged)

    for judged, by, cited in chains.passed:
        if judged.position >= size:
            assert by in mine
            assert cited < size
            assert chains.seen[cited][1] not in mine


def left_alone(cast: Society, who: str, deeds: list[Deed], data: st.DataObject) -> set[str]:
    """Let *who*, and the services they answer for, do *deeds* and forge the rest; these names."""
    mine = {one.id for one in cast.org.standing.signers() if who in (one.id, one.accountable)}
    names = [name for name in cast.names if name in mine]
    for deed in deeds:
        cast.names = [*names]
        cast.take(deed)
    for alias in ALIASES:
        for event in list(steps_of(cast.org, alias, data.draw(st.none() | st.integers(0, 90)))):
            for name in names:
                cast.org.force(name, event)
    return mine


def test_in_these_histories_releases_pass_stages_are_taken_back_and_return() -> None:
    """Else the properties above would hold for want of anything to look at."""
    seen: Counter[str] = Counter()

    @settings(max_examples=80, derandomize=True, database=None, phases=[Phase.generate])
    @given(served() | worlds(later=1), watched())
    def watch(world: World, history: list[Deed]) -> None:
        cast = Cast(world).live(history)
        chains = follow(cast.org)
        seen["passed"] += len(chains.passed)
        for _, by, event in admitted(cast.org.judged):
            seen[event.kind] += 1
            if isinstance(event, ReleaseRolledBack):
                seen["returned"] += event.target is not None
                seen["by a service"] += by in world.services
        seen.update(cast.refused)

    watch()

    wanted = {"passed": 25, "release.advanced": 25, "release.rolled-back": 10, "returned": 5}
    wanted |= {"review.closed": 1, "by a service": 1, "operator-observes": 5, "stage-failing": 1}
    assert {what: seen[what] for what in wanted if seen[what] < wanted[what]} == {}, seen


def test_whoever_is_alone_there_operates_releases_that_wait_to_be_observed() -> None:
    """Else the property of operators would hold for want of a stage to pass."""
    seen: Counter[str] = Counter()

    @settings(max_examples=60, derandomize=True, database=None, phases=[Phase.generate])
    @given(loners(), st.data())
    def watch(lone: Lone, data: st.DataObject) -> None:
        world, who, before, deeds = lone
        cast = Society(world).live(before)
        chains, size = followed(cast.org.judged), len(cast.org.judged)
        waiting = [one for one in chains.running.values() if is_watched(one.stage)]
        seen["waiting"] += bool(waiting)
        mine = left_alone(cast, who, deeds, data)
        seen["with services"] += len(mine) > 1
        seen["stepped"] += any(
            isinstance(event, STEPS) for _, _, event in admitted(cast.org.judged[size:])
        )
        seen.update(cast.refused)

    watch()

    wanted = {"waiting": 4, "with services": 10, "stepped": 5}
    wanted |= {"operator-observes": 10, "stage-unobserved": 10}
    assert {what: seen[what] for what in wanted if seen[what] < wanted[what]} == {}, seen
