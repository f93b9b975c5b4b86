"""Whatever a thief signs with stolen keys, of it nothing counts once the keys are disowned."""

from collections import Counter
from dataclasses import replace

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ledger.decide.judgement import Judged
from ledger.decide.override_drill import due_at
from ledger.decide.roles import roles_held
from tests import acts, roster
from tests.organisation import Organisation
from tests.random_emergencies import exceptions_of
from tests.random_histories import ANYBODY, Deed
from tests.random_policies import ALIASES, World, mended, worlds
from tests.random_rollouts import Act
from tests.random_societies import DEEDS, ROSTER, Society, lives
from tests.signer_acts import disown, gates, keys_to_disown, signs

EXAMPLES = settings().max_examples // 5

Robbery = tuple[World, frozenset[str], list[Deed], list[Deed]]
"""A world, who is robbed there, what everybody does before, and what the thief does."""


_pairs = st.tuples(st.integers(0, 7), st.integers(0, 7))


@st.composite
def robberies(draw: st.DrawFn) -> Robbery:
    """Of the root, of which two of three agree, at most one is robbed; of the others mostly all.

    As a rule one approval of those who are robbed changes the roster and lifts stops.
    """
    world = draw(worlds(later=1))
    roots, others = list(world.people)[:3], [*list(world.people)[3:], *world.services]
    robbed = {draw(st.sampled_from((*roots, *roots, others[0]))), *others}
    robbed -= set(draw(st.lists(st.sampled_from(others), max_size=1)))
    held = sorted({role for name in robbed for role in world.people.get(name, ())})
    if held and draw(st.sampled_from((True, True, True, True, False))):
        world = draw(st.sampled_from([kept_by(world, role) for role in held]))
    before = draw(lives([verb for verb in DEEDS if verb != "new-root"], most=6))
    before += [(verb, ANYBODY, *draw(_pairs)) for verb in ("stop", "ask-grant", "half-way")]
    theft = [(verb, ANYBODY, *draw(_pairs)) for verb in draw(st.permutations(TRIED))]
    return world, frozenset(robbed), before, theft + draw(lives(THEFTS, most=6))


def kept_by(world: World, role: str) -> World:
    """*world*, in which one holder of *role* is consent enough to whatever is no release."""
    blocks = {
        "stewardship": {"approvals": {role: 1}},
        "overrides": {"set": [role], "lift": {role: 1}},
    }
    policy = mended({**world.policy, **blocks}, world.people, world.services)
    return replace(world, policy=policy)


TRIED = (
    "emergency",
    "unhalt",
    "enrol",
    "grant",
    "lift",
    "lend",
    "enact",
    "new-policy",
    "path",
    "rotate",
    "stage",
)
"""What every thief tries, in one order or another."""

THEFTS = (
    *ROSTER,
    *("path", "new-policy", "new-root", "disown", "ahead", "wait"),
    *("open", "revise", "attach", "gather", "approve", "reopen", "start", "complete"),
    *("emergency", "waive", "late", "outlive", "close-exception", "unhalt", "drill"),
    *("stage", "stage", "observe", "observe", "advance", "roll-back", "review", "half-way"),
)
"""What a thief tries besides."""


class Traces:
    """What there is to see of a standing: who may what, and what was brought about."""

    def __init__(self, cast: Society) -> None:
        standing = cast.org.standing
        signers = standing.signers()
        self.keys = {k.id for one in signers for k in one.keys if k.disowned_after is None}
        self.grants = {(one.id, g) for one in signers for g in one.grants if not g.void}
        self.root = {one.id for one in signers if one.root}
        self.stops = {
            one for one in cast.stops if (s := standing.stop(one)) and s.lifted_at is None
        }
        self.policies = {
            number
            for number in range(1, standing.head.policy + 1)
            if (state := standing.policy_state(number)) and not state.unsupported
        }
        aliases = [standing.alias(alias) for alias in ALIASES]
        running = [r for a in aliases for r in (a.stable, a.candidate) if r is not None]
        self.releases = {(r.proposal, r.completed_position) for r in running if not r.unsupported}
        self.exceptions = {
            id_ for id_ in exceptions_of(cast.org) if (x := standing.exception(id_)) and not x.void
        }
        self.policy = standing.head.policy
        self.drill = due_at(standing) or 0
        self.unanswered = standing.head.refused + standing.head.alarms


@settings(max_examples=EXAMPLES)
@given(robberies())
def test_once_their_keys_are_disowned_nothing_counts_that_a_thief_permitted(
    robbery: Robbery,
) -> None:
    """Of less than a threshold of the root, and of whoever they enrolled to help them."""
    world, robbed, before, theft = robbery
    cast = Society(world).live(before)
    then, position = Traces(cast), cast.org.standing.head.size - 1
    ready = gates(cast.org.standing, cast.open_proposals(), cast.org.now)
    honest = [name for name in sorted(then.root - robbed) if signs(cast.org, name)]
    named = {key.id for one in cast.org.standing.signers() for key in one.keys}
    if len(honest) < 2:
        return

    steal(cast, robbed, theft)
    for name in sorted(robbed):
        disown_known(cast.org, name, named, position, honest)

    found = Traces(cast)
    assert found.keys <= then.keys
    assert {(name, one) for name, one in found.grants if one.since > position} == set()
    assert found.root == then.root
    assert then.stops <= found.stops
    assert found.policies <= then.policies
    assert found.releases <= then.releases
    assert found.exceptions <= then.exceptions
    assert found.policy > then.policy or found.drill <= then.drill
    assert found.unanswered >= then.unanswered
    assert gates(cast.org.standing, cast.open_proposals(), cast.org.now) <= ready
    _counts_nothing_past(cast, position)
    for name in cast.names:
        assert not cast.attempt_by(cast.names.index(name), _opening(cast))


def steal(cast: Society, robbed: frozenset[str], theft: list[Deed]) -> None:
    """Let the thief, and whoever joins with their consent, do *theft*.

    Nobody else does anything but, in half of the robberies, carry out what has consent.
    """
    now = cast.org.now
    cast.naive = [name for name in cast.names if name not in robbed and theft[0][2] % 2]
    cast.names = [name for name in cast.names if name in robbed]
    cast.live(theft)
    cast.org.now = max(now, cast.org.now)


def disown_known(
    org: Organisation, name: str, named: set[str], after: int, honest: list[str]
) -> None:
    """Let two of the *honest* disown all keys of *name* that were *named* before the theft."""
    keys = [key for key in keys_to_disown(org, name, after) if key in named]
    if keys:
        disown(org, name, after, keys, votes=[(one, "root") for one in honest[:2]])


def _counts_nothing_past(cast: Society, position: int) -> None:
    """No approval, document or delegation of after *position* counts."""
    for of in cast.open_proposals():
        found = acts.look(cast.org, of)
        assert all(one.position <= position for one in found.approvals)
        assert all(one.position <= position for one in found.binding.evidence)
    for one in cast.org.standing.signers():
        for alias in (None, *ALIASES):
            held = roles_held(cast.org.standing, one, alias, cast.org.now)
            assert all(lent is None or lent.position <= position for lent in held.values())


def _opening(cast: Society) -> Act:
    def act(name: str) -> Judged:
        cast.org.open(name, roster.roles_of(name, ["maker"]))
        return cast.org.judged[-1]

    return act


def test_in_these_robberies_thieves_come_to_keys_roles_policies_and_releases() -> None:
    """Else the property above would hold for want of anything to take back."""
    seen: Counter[str] = Counter()

    @settings(max_examples=45, derandomize=True, database=None, phases=[Phase.generate])
    @given(robberies())
    def watch(robbery: Robbery) -> None:
        world, robbed, before, theft = robbery
        cast = Society(world).live(before)
        then, size = Traces(cast), cast.org.standing.head.size
        steal(cast, robbed, theft)
        found = Traces(cast)
        signed = {
            (one.entry.by.signer, one.entry.event.kind)
            for one in cast.org.judged[size:]
            if one.admitted and one.entry is not None
        }
        seen.update({kind for _, kind in signed})
        seen["keys"] += not found.keys <= then.keys
        seen["grants"] += any(one.since >= size for _, one in found.grants)
        seen["lifted"] += not then.stops <= found.stops
        seen["policies"] += not found.policies <= then.policies
        seen["releases"] += not found.releases <= then.releases
        seen["accomplices"] += any(
            name not in robbed and kind != "signer.accepted" for name, kind in signed
        )

    watch()

    wanted = {"keys": 4, "grants": 8, "policies": 1, "releases": 1, "accomplices": 1}
    wanted |= {"signer.delegated": 8, "signer.rotated": 1, "lifted": 4}
    assert {what: seen[what] for what in wanted if seen[what] < wanted[what]} == {}, seen
