"""What random people do when it is urgent: waive, release all the same, make up for it, stop.

Each verb takes the cast, who tries it (a number, or whoever may) and two numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from ledger.decide import exception, override, override_drill
from ledger.model.effects import ExceptionEffect, ReleaseEffect
from ledger.model.events import ExceptionGranted, OverrideSet
from ledger.model.terms import format_instant
from tests import acts, roster
from tests.random_policies import ALIASES, IDS, ROLES, TYPES

if TYPE_CHECKING:
    from ledger.decide.judgement import Judged
    from tests.organisation import Organisation
    from tests.random_histories import Cast
    from tests.random_rollouts import Act

Row = TypeVar("Row")

HOUR: Final = 3_600
LASTING: Final = (24 * HOUR, 6 * HOUR, 1, 72 * HOUR)
"""How long an exception is asked for, the last longer than most policies allow."""

TARGETS: Final = ("generation", "capability/net", *(f"alias/{alias}" for alias in ALIASES))
"""What is stopped, signers apart."""

URGENT: Final = (
    *("emergency", "emergency", "emergency", "waive", "late", "outlive", "close-exception"),
    *("halt", "unhalt", "unhalt", "drill", "review", "debt", "waive"),
)
"""What is done in an emergency, and about it."""


def exceptions_of(org: Organisation) -> list[str]:
    """The ids of the exceptions that were ever granted."""
    events = [one.entry.event for one in org.judged if one.admitted and one.entry is not None]
    return [one.proposal for one in events if isinstance(one, ExceptionGranted)]


def stops_of(org: Organisation) -> list[str]:
    """The ids of the stops that were ever set."""
    events = [one.entry.event for one in org.judged if one.admitted and one.entry is not None]
    return [one.override for one in events if isinstance(one, OverrideSet)]


def held(org: Organisation) -> list[str]:
    """The ids of the stops that hold."""
    known = [org.standing.stop(id_) for id_ in stops_of(org)]
    return [one.id for one in known if one is not None and one.lifted_at is None]


def waiver(
    cast: Cast, of: str, waives: Sequence[str], owner: str, *, lasting: int, controls: int = 2
) -> ExceptionEffect:
    """A request to waive *waives* of the proposal *of*."""
    state = cast.org.proposal(of)
    assert isinstance(state.effect, ReleaseEffect)
    return ExceptionEffect(
        release=of,
        revision=state.revision,
        alias=state.effect.alias,
        waives=tuple(sorted(set(waives))),
        owner=owner,
        incident="INC-7",
        controls=tuple(f"somebody watches it, {number}" for number in range(controls)),
        until=format_instant(max(cast.org.now, cast.org.standing.head.time) + 1 + lasting),
        summary="it is urgent",
        why=None,
        contributors=(),
    )


def waive(cast: Cast, who: int, one: int, two: int) -> None:
    """Somebody asks to waive whatever requirement of some release, and whoever may consents."""
    releases = [
        of
        for of in cast.open_proposals()
        if isinstance(cast.org.proposal(of).effect, ReleaseEffect)
    ]
    if releases and cast.names:
        owner = cast.names[(one + two) % len(cast.names)]
        names = [IDS[two % 4], IDS[one % 4]]
        effect = waiver(
            cast,
            _one_of(releases, one),
            names,
            owner,
            lasting=LASTING[two % 4],
            controls=one % 3,
        )
        grant(cast, who, effect)


def grant(cast: Cast, who: int, effect: ExceptionEffect) -> bool:
    """Ask for an exception, let all who may consent, and grant it."""
    of = cast.open(who, effect)
    if of is None:
        return False
    cast.gather(of)
    return cast.attempt_by(-1, lambda name: cast.org.enact(name, of))


def emergency(cast: Cast, who: int, one: int, two: int) -> None:
    """A release to which something is missing: that is waived, and it is started."""
    effect = cast.effect(one, two)
    cast.lead_up(who, effect)
    of = cast.open(who, effect)
    if of is None:
        return
    cast.gather(of, without=(IDS[(one + two) % 2],) if two < 6 else IDS[2:])
    found = acts.look(cast.org, of)
    lacking = [need.id for need in found.requirements if need.status == "unsatisfied"]
    opener = cast.org.proposal(of).opener
    people = [name for name in cast.names if cast.org.signer(name).kind == "person"]
    if lacking and people:
        owner = opener if opener in people and one % 4 else _one_of(people, one)
        number = cast.names.index(owner)
        grant(cast, number, waiver(cast, of, lacking, owner, lasting=LASTING[two % 2]))
    cast.attempt_by(-1, lambda name: cast.org.start(name, of))
    if one % 3 == 0:
        cast.go_through(effect.alias)


def owing(cast: Cast) -> list[str]:
    """The releases that were started under an exception and owe for it."""
    return [of for alias in ALIASES for of in cast.org.standing.alias(alias).owing]


def late(cast: Cast, _: int, one: int, two: int) -> None:
    """Whoever may gives a release what it owes, or some of it."""
    known = owing(cast)
    if not known:
        return
    of = _one_of(known, one)
    for type_ in TYPES:
        cast.attempt_by(-1, cast._attaching(of, type_))
    for name in cast.names if two % 4 else cast.names[:2]:
        for role in ROLES:
            cast.attempt(name, cast._approving(of, role))


def outlive(cast: Cast, who: int, one: int, two: int) -> None:
    """Wait until an exception is over; then whoever may tries to go on as if it were not."""
    known = [cast.org.standing.exception(id_) for id_ in exceptions_of(cast.org)]
    ends = [found.until for found in known if found is not None and found.until > cast.org.now]
    if not ends:
        return
    cast.org.now = _one_of(ends, one) - two % 2
    for alias in ALIASES:
        cast.pass_stage(alias)
    open_ = cast.open_proposals()
    if open_:
        cast.attempt_by(who, lambda name: cast.org.start(name, _one_of(open_, two)))


def debt(cast: Cast, who: int, one: int, two: int) -> None:
    """A release under an exception is completed and left alone; then others are to follow it."""
    emergency(cast, who, one - one % 3, two)
    outlive(cast, who, -1, 0)
    cast.org.now += (0, 2, 2, 50)[one % 4] * HOUR
    cast.take(("half-way", -1, one - one % 3, two + 1))
    emergency(cast, who, one - one % 3, two + 1)


def close_exception(cast: Cast, who: int, one: int, _: int) -> None:
    """Somebody ends an exception before its time."""
    known = exceptions_of(cast.org)
    if known:
        cast.attempt_by(who, closing(cast.org, _one_of(known, one)))


def closing(org: Organisation, of: str) -> Act:
    """The end of the exception *of*."""
    return lambda name: org.act(
        name,
        lambda s, by, at: exception.close(s, by=by, at=at, exception=of, reason="it is over"),
    )


def stopping(org: Organisation, target: str) -> Act:
    """A stop of *target*."""

    def act(name: str) -> Judged:
        new = org.new_id()
        return org.act(
            name,
            lambda s, by, at: override.stop(
                s, by=by, at=at, override=new, target=target, reason="it misbehaves"
            ),
        )

    return act


def halt(cast: Cast, who: int, one: int, _: int) -> None:
    """Somebody stops something that is no signer."""
    cast.attempt_by(who, stopping(cast.org, TARGETS[one % len(TARGETS)]))


def unhalt(cast: Cast, who: int, one: int, two: int) -> None:
    """Some or all of the stops that hold are lifted, where that finds consent."""
    stops = held(cast.org)
    if not stops:
        return
    first = one % len(stops)
    effect = roster.lifting(*(stops[first : first + 1] if two % 2 else stops[:500]))
    of = cast.open(who, effect)
    if of is not None:
        cast.gather(of)
        cast.attempt_by(-1, lambda name: cast.org.enact(name, of))


def drill(cast: Cast, who: int, one: int, two: int) -> None:
    """Somebody rehearses a stop."""
    new, target = cast.org.new_id(), TARGETS[one % len(TARGETS)]
    cast.attempt_by(
        who,
        lambda name: cast.org.act(
            name,
            lambda s, by, at: override_drill.drill(
                s, by=by, at=at, override=new, target=target, seconds=two, note=None
            ),
        ),
    )


def _one_of(rows: Sequence[Row], number: int) -> Row:
    return rows[number % len(rows)]


EMERGENCIES: Final[Mapping[str, Callable[[Cast, int, int, int], object]]] = {
    "emergency": emergency,
    "waive": waive,
    "late": late,
    "outlive": outlive,
    "debt": debt,
    "close-exception": close_exception,
    "halt": halt,
    "unhalt": unhalt,
    "drill": drill,
}
"""What is done in an emergency, by its verb."""
