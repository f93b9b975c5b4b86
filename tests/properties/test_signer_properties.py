"""What no signer brings about by stopping, by being robbed, or by waiting."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ledger.decide import disowning, exception, override, override_drill
from ledger.decide.context import Standing
from ledger.decide.happening import Happening
from ledger.decide.kept import encode_row
from ledger.model.effects import Effect, ReleaseEffect
from ledger.model.events import ExceptionClosed, OverrideDrilled, OverrideSet, SignerDisowned
from ledger.model.kinds import KINDS
from tests import acts, roster
from tests.kept_rows import in_pieces
from tests.organisation import Organisation
from tests.random_emergencies import TARGETS, exceptions_of, stopping
from tests.random_histories import ANYBODY, Deed, hasty
from tests.random_policies import ALIASES, World, hurried, worlds
from tests.random_rollouts import Act
from tests.random_societies import Society, lives, poised
from tests.signer_acts import disowning as disowning_of
from tests.signer_acts import gates, keys_to_disown, signs

EXAMPLES = settings().max_examples // 5
WAITS = (0, 3_600, 86_400, 3 * 86_400, 14 * 86_400, 40 * 86_400)
PROPOSAL = "00000000-0000-0000-0000-00000000dead"


def stopped(standing: Standing, name: str) -> Standing:
    """The standing once *name* is stopped, by whomever."""
    later, size = standing.fork(), standing.head.size
    new = f"00000000-0000-0000-0000-{size:012x}"
    event = OverrideSet(override=new, target=f"signer/{name}", reason="odd")
    later.put(*override.evolve(later, event, Happening(size, "", name, standing.head.time)))
    later.put(replace(later.head, size=size + 1))
    return later


def disowned(standing: Standing, name: str, after: int) -> Standing | None:
    """The standing once the keys of *name* are disowned, by whomever; ``None`` without keys."""
    state = standing.signer(name)
    keys = () if state is None else tuple(k.id for k in state.keys if k.accepted_at is not None)
    if not keys:
        return None
    later, size = standing.fork(), standing.head.size
    event = SignerDisowned(
        proposal=PROPOSAL,
        review="sha256:" + "0" * 64,
        signer=name,
        keys=tuple(sorted(keys)),
        after=after,
    )
    later.put(*disowning.disown(later, event))
    later.put(replace(later.head, size=size + 1))
    return later


def taken(standing: Standing, number: int, exceptions: list[str]) -> Standing:
    """The standing once something but a signer is stopped, or rehearsed, or waives no more."""
    later, size = standing.fork(), standing.head.size
    on = Happening(size, "", "ann", standing.head.time)
    target, new = TARGETS[number % len(TARGETS)], f"00000000-0000-0000-0000-{size:012x}"
    if number >= len(TARGETS) and exceptions:
        id_ = exceptions[number % len(exceptions)]
        later.put(*exception.evolve(later, ExceptionClosed(exception=id_, reason="odd"), on))
    elif number >= len(TARGETS):
        drilled = OverrideDrilled(override=new, target=target, seconds=1, note=None)
        later.put(*override_drill.evolve(later, drilled, on))
    else:
        event = OverrideSet(override=new, target=target, reason="odd")
        later.put(*override.evolve(later, event, on))
    later.put(replace(later.head, size=size + 1))
    return later


def silenced(cast: Society, data: st.DataObject) -> Iterator[Standing]:
    """What stands once one signer after the other is stopped, and robbed at some position."""
    standing = cast.org.standing
    names = [one.id for one in standing.signers()]
    several = standing
    for name in data.draw(st.permutations(names)):
        yield stopped(standing, name)
        after = data.draw(st.integers(0, cast.org.standing.head.size - 1))
        alone = disowned(standing, name, after)
        if alone is not None:
            yield alone
        several = stopped(several, name) if after % 2 else disowned(several, name, after) or several
        yield several
        several = taken(several, data.draw(st.integers(0, 7)), exceptions_of(cast.org))
        yield several


@settings(max_examples=EXAMPLES)
@given(worlds(later=1) | hurried(), lives() | poised() | hasty(), st.data())
def test_no_stop_no_disowning_and_no_passing_of_time_opens_a_gate(
    world: World, history: list[Deed], data: st.DataObject
) -> None:
    cast = Society(world).live(history)
    now, proposals = cast.org.now, cast.open_proposals()
    before = gates(cast.org.standing, proposals, now)
    for later in silenced(cast, data):
        after = gates(later, proposals, now)
        assert after <= before
        wait = data.draw(st.sampled_from(WAITS))
        assert gates(later, proposals, now + wait) <= after


@settings(max_examples=EXAMPLES)
@given(worlds(later=1) | hurried(), lives(), st.data())
def test_who_permitted_nothing_past_the_position_takes_nothing_with_them(
    world: World, history: list[Deed], data: st.DataObject
) -> None:
    """Whatever has ended, moved or been lost since: a disowning reaches as far as its key did."""
    cast = Society(world).live(history)
    standing = cast.org.standing
    for name in data.draw(st.permutations([one.id for one in standing.signers()])):
        position = _last_permitted(cast.org, name)
        keys = keys_to_disown(cast.org, name, position)
        if not keys or position >= standing.head.size:
            continue
        found = disowning.impact(standing, name, keys, position)
        assert (found.lost, found.waiting, found.lent) == ((), (), ())


def _last_permitted(org: Organisation, name: str) -> int:
    """The position of the last admitted entry of *name* that permits, or that carries a strip out.

    The strip stands when its enactor is disowned; its proposal has lost who carried it out.
    """
    return max(
        (
            one.position
            for one in org.judged
            if one.admitted and one.entry is not None and one.entry.by.signer == name
            if one.entry.event.kind == "signer.stripped"
            or KINDS[one.entry.event.kind].force == "permissive"
        ),
        default=0,
    )


@settings(max_examples=EXAMPLES)
@given(worlds(), lives(), st.data())
def test_nobody_locks_everybody_else_out_by_stops_alone(
    world: World, history: list[Deed], data: st.DataObject
) -> None:
    """Who stops everybody, again after every entry, is disowned and the stops are lifted."""
    cast = Society(world).live(history)
    cast.org.now = max(cast.org.now, cast.org.standing.head.time)
    people = [one.id for one in cast.org.standing.signers() if one.kind == "person"]
    rogue = data.draw(st.sampled_from(people))
    root = [one.id for one in cast.org.standing.signers() if one.root and one.id != rogue]
    honest = [name for name in root if signs(cast.org, name)]
    if len(honest) < _threshold(cast.org):
        return
    wanted = cast.effect(*data.draw(st.tuples(st.integers(0, 6), st.integers(0, 7))))
    left_alone, harassed = cast.branch(), cast.branch()

    alone = _recovers(left_alone, rogue, honest, wanted, harass=False)
    again = _recovers(harassed, rogue, honest, wanted, harass=True)

    assert alone == again


def _threshold(org: Organisation) -> int:
    ledger = org.standing.ledger()
    return 0 if ledger is None else ledger.root_threshold


def _recovers(
    cast: Society, rogue: str, honest: list[str], wanted: ReleaseEffect, *, harass: bool
) -> str:
    """Disown *rogue*, lift all stops and try a release; the verdict it comes to."""
    org, known = cast.org, frozenset({rogue})
    everybody = [one.id for one in org.standing.signers()]

    def stop_all() -> None:
        for name in everybody if harass else ():
            cast.attempt(rogue, _stopping(cast, name))

    position = org.standing.head.size - 1
    if signs(org, rogue):
        stop_all()
        asked = disowning_of(org, rogue, position, keys_to_disown(org, rogue, position))
        _decided(cast, honest, asked, stop_all)
        assert not cast.attempt(rogue, _stopping(cast, honest[0]))
    held = [one for one in cast.stops if (s := org.standing.stop(one)) and s.lifted_at is None]
    for first in range(0, len(held), 16):
        _decided(cast, honest, roster.lifting(*held[first : first + 16]), lambda: None)
    assert org.standing.head.stops == 0
    cast.names = [name for name in cast.names if name not in known]
    org.now = cast.org.standing.head.time + 3_600
    of = cast.propose(ANYBODY, wanted)
    if of is None:
        return "not opened"
    cast.gather(of)
    return acts.look(org, of).verdict


def _decided(
    cast: Society, honest: list[str], effect: Effect, meanwhile: Callable[[], None]
) -> None:
    """Let the *honest* root signers carry *effect* out, whatever happens between their entries."""
    of = cast.propose(cast.names.index(honest[0]), effect)
    assert of is not None
    for name in honest[: _threshold(cast.org)]:
        meanwhile()
        assert cast.attempt(name, _voting(cast, of))
    meanwhile()
    assert cast.attempt(honest[0], lambda name: cast.org.enact(name, of))


def _voting(cast: Society, of: str) -> Act:
    return lambda name: cast.org.approve(name, of, "root")


def _stopping(cast: Society, whom: str) -> Act:
    return stopping(cast.org, f"signer/{whom}")


@settings(max_examples=EXAMPLES)
@given(worlds(later=1) | hurried(), lives() | hasty(), st.data())
def test_in_one_go_in_pieces_or_from_kept_rows_a_log_says_the_same(
    world: World, history: list[Deed], data: st.DataObject
) -> None:
    org = Society(world).live(history).org
    cuts = data.draw(st.lists(st.integers(0, len(org.envelopes)), max_size=6))

    whole, first = in_pieces(org.envelopes, org.id, [])
    again, second = in_pieces(org.envelopes, org.id, cuts)

    assert first == second == org.judged
    assert whole.rows == again.rows
    assert whole.roots == again.roots
    assert whole.rows == {key: encode_row(row) for key, row in roster.rows(org.standing).items()}
    assert Standing(again).head == org.standing.head


def test_in_these_histories_gates_are_open_and_are_shut_by_stops_and_disownings() -> None:
    """Else the properties above would hold for want of anything to look at."""
    seen: Counter[str] = Counter()

    @settings(max_examples=60, derandomize=True, database=None, phases=[Phase.generate])
    @given(worlds(later=1), lives() | poised(), st.data())
    def watch(world: World, history: list[Deed], data: st.DataObject) -> None:
        cast = Society(world).live(history)
        standing, proposals = cast.org.standing, cast.open_proposals()
        seen.update({one.entry.event.kind for one in cast.org.judged if one.entry and one.admitted})
        seen.update({one.finding.rule for one in cast.org.judged if one.finding is not None})
        looks = [acts.look(cast.org, of) for of in proposals]
        seen.update({f"{look.effect} {look.verdict}" for look in looks})
        before = gates(standing, proposals, cast.org.now)
        after = [gates(later, proposals, cast.org.now) for later in silenced(cast, data)]
        seen.update({"gate" for _ in before})
        seen["shut"] += any(one < before for one in after)
        seen["under way"] += any(alias in before for alias in ALIASES)

    watch()

    wanted = {"gate": 10, "shut": 10, "under way": 5}
    assert {what: seen[what] for what in wanted if seen[what] < wanted[what]} == {}, seen
