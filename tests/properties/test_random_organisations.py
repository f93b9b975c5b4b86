"""What no history brings about in a random organisation, and what every history leaves true."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.audit.replay import judge
from ledger.decide.cases import assess_proposal
from ledger.decide.context import Standing
from ledger.model.effects import PolicyEffect, ReleaseEffect
from ledger.model.events import (
    ApprovalGranted,
    PolicyPublished,
    ReleaseAdvanced,
    ReleaseCompleted,
    ReleaseRolledBack,
    ReleaseStarted,
)
from ledger.seal.envelope import examine
from tests import acts
from tests.organisation import Organisation
from tests.random_histories import ANYBODY, PLAIN, VERBS, Cast, Deed, histories
from tests.random_policies import ALIASES, World, worlds
from tests.random_rollouts import starting, steps_of

EXAMPLES = settings().max_examples // 4
MOVES = (ReleaseStarted, ReleaseAdvanced, ReleaseCompleted, ReleaseRolledBack)

Silence = tuple[World, str, frozenset[str], bool]
"""A world, the role that is never there, who says nothing, and whether policies are proposed."""


@st.composite
def silences(draw: st.DrawFn) -> Silence:
    """All holders of a role that every release asks for, and of what could change or waive that.

    Where policies are proposed, the root says nothing either, nor does who would consent in
    its stead; otherwise everybody else may.
    """
    world = draw(worlds(later=1))
    role = draw(st.sampled_from(sorted(world.policy["requirement"][0]["approvals"])))
    silent = {name for name, roles in world.people.items() if role in roles}
    waiving = _waiving(world)
    silent |= {name for name, roles in world.people.items() if waiving & set(roles)}
    changing = draw(st.booleans())
    if changing:
        stewards = world.policy.get("stewardship", {"approvals": {}})["approvals"]
        silent |= {n for n, roles in world.people.items() if set(stewards) & set(roles)}
        silent |= set(list(world.people)[:2])
    return world, role, frozenset(silent), changing


def _waiving(world: World) -> set[str]:
    """The roles that could waive what is always asked for; none where nothing could."""
    rules, first = world.policy.get("exceptions"), world.policy["requirement"][0]
    return set() if rules is None or first["hard"] else set(rules["approvals"])


@settings(max_examples=EXAMPLES)
@given(silences(), st.data())
def test_without_the_holders_of_a_role_that_is_always_asked_for_nothing_goes_to_production(
    silence: Silence, data: st.DataObject
) -> None:
    """Whatever the others do, and whatever they sign that no rule allows."""
    world, role, silent, changing = silence
    cast = Cast(world, silent)
    cast.live(data.draw(histories(VERBS if changing else PLAIN)))
    if changing:
        cast.take(("new-policy", ANYBODY, 0, 0))
    for of in cast.open_proposals() if cast.names else ():
        for name in cast.names:
            _forge(cast.org, name, of, role)

    assert not releases(cast.org, "release.started") & guarded(world)
    assert cast.org.standing.head.policy == 1


def guarded(world: World) -> set[str]:
    """The aliases for which the first requirement asks for people."""
    known = world.policy.get("environments", {})
    free = () if world.policy["requirement"][0]["hard"] else known.get("automatic", ())
    return {alias for alias in ALIASES if alias.partition("/")[2] not in free}


def releases(org: Organisation, kind: str) -> set[str]:
    """The aliases about which an admitted entry is of that *kind*."""
    events = [j.entry.event for j in org.judged if j.entry is not None and j.admitted]
    return {str(getattr(event, "alias", "")) for event in events if event.kind == kind}


def _forge(org: Organisation, name: str, of: str, role: str) -> None:
    """Sign, as *name*, the consent that is missing and what would follow from it."""
    look, effect = acts.look(org, of), org.proposal(of).effect
    review, binding = look.review_digest, look.binding
    approval = ApprovalGranted(
        proposal=of, role=role, on_behalf=None, binding=binding, review=review
    )
    org.force(name, approval)
    number = org.standing.head.policy + 1
    if isinstance(effect, PolicyEffect):
        org.force(
            name,
            PolicyPublished(proposal=of, review=review, number=number, policy=effect.policy),
        )
        return
    assert isinstance(effect, ReleaseEffect)
    org.force(name, starting(org, of, look))
    for event in steps_of(org, effect.alias):
        org.force(name, event)
    unstarted = ReleaseCompleted(alias=effect.alias, proposal=of, review=review, observation=None)
    org.force(name, unstarted)


def test_where_they_speak_releases_reach_production_and_policies_change() -> None:
    """Else the property above would hold for the wrong reason."""
    seen: Counter[str] = Counter()

    @settings(max_examples=40, derandomize=True, database=None)
    @given(worlds(later=1), histories())
    def watch(world: World, history: list[Deed]) -> None:
        org = Cast(world).live(history).org
        seen.update(["released"] * bool(releases(org, "release.started") & guarded(world)))
        seen.update(["published"] * (org.standing.head.policy > 1))

    watch()

    assert seen["released"] >= 10, seen
    assert seen["published"] >= 3, seen


@settings(max_examples=EXAMPLES)
@given(worlds(later=1), histories())
def test_what_the_verbs_allow_the_audit_admits_and_the_counts_are_true(
    world: World, history: list[Deed]
) -> None:
    """That every deed of the history was admitted, the cast itself demands."""
    cast = Cast(world)
    for deed in history:
        cast.take(deed)
        _counts_are_true(cast)

    assert cast.org.replayed().settle() == cast.org.standing.settle()


def _counts_are_true(cast: Cast) -> None:
    standing = cast.org.standing
    found = [cast.org.proposal(of) for of in cast.open_proposals()]
    openers = [one.opener for one in found if one.effect.effect == "release"]
    assert standing.head.candidates == len(openers)
    each = {name: openers.count(name) for name in cast.world.services}
    assert standing.head.service_candidates == sum(each.values())
    assert {name: standing.candidates_of(name) for name in each} == each


@settings(max_examples=EXAMPLES)
@given(worlds(), histories(PLAIN))
def test_no_opening_exceeds_a_ceiling(world: World, history: list[Deed]) -> None:
    cast = Cast(world).live(history)
    head, limits = cast.org.standing.head, cast.org.standing.policy().limits

    if limits.open_candidates is not None:
        assert head.candidates <= limits.open_candidates
        share = limits.open_candidates - limits.reserved_for_people
        assert head.service_candidates <= share
    if limits.open_candidates_per_service is not None:
        for name in world.services:
            held = cast.org.standing.candidates_of(name)
            assert held <= limits.open_candidates_per_service


@settings(max_examples=EXAMPLES)
@given(worlds(later=1), histories())
def test_what_started_was_ready_when_it_started_and_nothing_else_moved_an_alias(
    world: World, history: list[Deed]
) -> None:
    """Judged anew, before each start, on the standing that it met."""
    org = Cast(world).live(history).org
    standing = Standing()
    for raw, judged in zip(org.envelopes, org.judged, strict=True):
        event = None if judged.entry is None or not judged.admitted else judged.entry.event
        if isinstance(event, ReleaseStarted):
            state = standing.proposal(event.proposal)
            assert state is not None
            assert assess_proposal(standing, state, judged.at).verdict == "ready"
        before = shown(standing)
        judge(standing, examine(raw), org.id)
        assert (shown(standing) != before) == isinstance(event, MOVES)


def shown(standing: Standing) -> list[tuple[object, ...]]:
    """What every alias runs, what is on its way there, and in which stage."""
    aliases = [standing.alias(name) for name in ALIASES]
    return [
        (release.proposal, release.stage, release.completed_position) if release else ()
        for alias in aliases
        for release in (alias.stable, alias.candidate)
    ]
