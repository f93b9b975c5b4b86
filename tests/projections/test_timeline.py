"""``alias_timeline`` against a walk over the log in plain Python, and by hand."""

from collections.abc import Iterator

from sqlalchemy import select

from ledger.model import events
from ledger.model.events import Event
from projections.tables import instant
from projections.timeline import TIMELINE
from tests.acts import comment
from tests.decide.rollouts import STAGING, in_staging
from tests.exception_acts import set_stop
from tests.organisation import Organisation
from tests.policies import exceptional
from tests.projections.histories import lived
from tests.projections.once import SEED, viewed, views_of
from tests.roster import carried, lifting
from tests.signer_acts import disown, now_at

LIFTING = (("sam", "security-owner"), ("alice", "model-owner"))
Row = tuple[str, int, str, int | None]


def walked(org: Organisation) -> set[Row]:
    """Alias, position, kind and number of all that happened, read from the log itself."""
    targets = {
        one.entry.event.override: one.entry.event.target
        for one in org.judged
        if one.admitted and one.entry and isinstance(one.entry.event, events.OverrideSet)
    }
    found: set[Row] = set()
    for one in org.judged:
        if one.admitted and one.entry is not None:
            event = one.entry.event
            for alias, number in (*about_proposal(org, event), *about_stop(org, event, targets)):
                found.add((alias, one.position, event.kind, number))
    for number in range(1, org.standing.head.proposals + 1):
        state = org.standing.numbered(number)
        if state is not None and state.closure is not None and state.closure.lost_at is not None:
            lost = org.judged[state.closure.lost_at]
            assert lost.entry is not None
            stops = getattr(state.effect, "stops", ())
            named = {targets[stop].partition("/") for stop in stops}
            again = {name for kind, _, name in named if kind == "alias"}
            for alias in again:
                found.add(
                    (alias, lost.position, lost.entry.event.kind, numbered(org, lost.entry.event))
                )
            if state.effect.alias is not None:
                found.add((state.effect.alias, lost.position, lost.entry.event.kind, number))
    return found


def about_proposal(org: Organisation, event: Event) -> Iterator[tuple[str, int | None]]:
    named = getattr(event, "proposal", None)
    if isinstance(event, events.ExceptionClosed):
        named = event.exception
    elif isinstance(event, events.ReviewClosed):
        review = org.standing.review(event.subject)
        named = None if review is None else review.proposal
    state = None if named is None else org.standing.proposal(named)
    if state is not None and state.effect.alias is not None:
        yield state.effect.alias, state.number


def about_stop(
    org: Organisation, event: Event, targets: dict[str, str]
) -> Iterator[tuple[str, int | None]]:
    stops: tuple[str, ...] = ()
    if isinstance(event, events.OverrideSet):
        stops = (event.override,)
    elif isinstance(event, events.OverrideLifted):
        stops = event.stops
    elif isinstance(event, events.ReviewClosed) and event.subject in targets:
        stops = (event.subject,)
    for target in {targets[stop] for stop in stops}:
        if target.startswith("alias/"):
            yield target.removeprefix("alias/"), numbered(org, event)


def numbered(org: Organisation, event: Event) -> int | None:
    named = getattr(event, "proposal", None)
    state = None if named is None else org.standing.proposal(named)
    return None if state is None else state.number


def test_the_timeline_of_a_long_history_is_what_a_walk_over_the_log_finds() -> None:
    column = TIMELINE.c
    wanted = select(column.alias, column.position, column.kind, column.number)
    with viewed().reading() as connection:
        rows = [tuple(row) for row in connection.execute(wanted)]

    assert len(rows) == len(set(rows)) > 200
    assert set(rows) == walked(lived(SEED))


def test_the_timeline_tells_who_did_what_and_when() -> None:
    org = exceptional()
    of = in_staging(org)
    said = comment(org, "alice", of, "well done")
    stop = set_stop(org, "olga", f"alias/{STAGING}")
    set_at = now_at(org)
    reviewed = org.close_review("dana", stop)
    carried(org, lifting(stop), approvals=LIFTING, enactor="omar")
    lifted_at = now_at(org)
    disown(org, "sam", set_at)

    column = TIMELINE.c
    told = select(
        *(column[name] for name in ("position", "kind", "signer", "number", "what", "at"))
    )
    with views_of(org) as views, views.reading() as connection:
        rows = connection.execute(
            told.where(column.alias == STAGING, column.position >= said.position)
        ).all()
    time = instant(said.at)
    assert rows[0] == (said.position, "comment.made", "alice", 1, "said: well done", time)
    assert sorted(row[:5] for row in rows[1:]) == [
        (set_at, "override.set", "olga", None, f"stopped alias/{STAGING}: it misbehaves"),
        (
            reviewed.position,
            "review.closed",
            "dana",
            None,
            "closed the review: a feature was stale",
        ),
        (lifted_at, "override.lifted", "omar", 2, "lifted 1 stop"),
        (now_at(org), "signer.disowned", "alice", 3, f"disowned 1 key of sam after {set_at}"),
    ]
