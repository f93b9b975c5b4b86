"""What people ask of the proposals: what is open, what waits for whom.

The tables hold what was true when an entry last touched a proposal. Time alone changes
some of it: :func:`current_assessments` judges those anew, and the questions take its answer.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, Table, func, select

from ledger.decide.context import Standing
from projections.judgements import Judgement, judgement
from projections.log import findings
from projections.proposals import proposals
from projections.tables import Values, instant
from projections.waiting import notice_rows, notices, pending_approvals, pending_rows


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """A proposal in a list; ``valid_until`` is when time alone may change its verdict.

    ``alias`` is ``None`` where it is about the whole ledger.
    """

    id: str
    number: int
    alias: str | None
    effect: str
    summary: str
    opener: str
    opened_at: str
    revision: int
    tier: str
    verdict: str
    closed: str | None
    ready_at: str | None
    valid_until: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """An approval that *person* could give now, or something they are told of.

    ``requirements`` ask for the role, or want it told. Where the release was started ``under``
    exceptions of those numbers, it is to be fully approved by ``owed_until``.
    """

    person: str
    role: str
    number: int
    proposal: str
    alias: str | None
    effect: str
    requirements: tuple[str, ...]
    summary: str
    opener: str
    tier: str
    verdict: str
    since: str
    valid_until: str | None
    under: tuple[int, ...] = ()
    owed_until: str | None = None

    @property
    def about(self) -> str:
        """The alias, or the kind of effect where it is about the whole ledger."""
        return self.alias or self.effect


@dataclass(frozen=True, slots=True)
class Counts:
    """How many proposals are in which state, and how many findings nobody took note of.

    ``verdicts`` are those of open proposals; ``releases`` and ``policies`` were enacted;
    ``notices`` say what somebody did not do, ``findings`` are all others.
    """

    verdicts: Mapping[str, int]
    releases: int
    policies: int
    withdrawn: int
    findings: int
    notices: int


ABOUT: Final = ("effect", "summary", "opener", "tier", "verdict")
"""What an inbox says of each proposal, beside what is asked."""

Fresh = Mapping[str, Judgement]
"""What is said of proposals, newer than the tables, by proposal id."""

NOTHING_NEWER: Fresh = MappingProxyType({})


def current_assessments(
    connection: Connection, standing: Standing, at: int
) -> dict[str, Judgement]:
    """What is said at *at* of the proposals that time alone may have changed since."""
    column = proposals.c
    due = select(column.id).where(column.valid_until <= instant(at)).order_by(column.number)
    states = (standing.proposal(name) for name in connection.scalars(due))
    return {state.id: judgement(standing, state, at) for state in states if state is not None}


def proposal_lines(
    connection: Connection,
    *,
    fresh: Fresh = NOTHING_NEWER,
    everything: bool = False,
    alias: str | None = None,
    verdict: str | None = None,
) -> list[ProposalLine]:
    """The open proposals, or all, in the order of their numbers.

    *fresh* comes from :func:`current_assessments`; without it the tables answer alone.
    """
    column = proposals.c
    wanted = _lines_wanted()
    if not everything:
        wanted = wanted.where(column.closed.is_(None))
    if alias is not None:
        wanted = wanted.where(column.alias == alias)
    found = (
        _line(row, fresh.get(row.id)) for row in connection.execute(wanted.order_by(column.number))
    )
    return [line for line in found if verdict is None or line.verdict == verdict]


def _lines_wanted() -> Select[tuple[Any, ...]]:
    return select(*(proposals.c[name] for name in ProposalLine.__dataclass_fields__))


def _line(row: Row[tuple[object, ...]], now: Judgement | None) -> ProposalLine:
    values = dict(row._mapping)  # noqa: SLF001 - the documented way to a row as a mapping
    if now is not None:
        values |= {
            "tier": now.assessment.tier,
            "verdict": now.assessment.verdict,
            "ready_at": instant(now.assessment.ready_at),
            "valid_until": now.until,
        }
    return ProposalLine(**values)


def inbox(
    connection: Connection,
    person: str,
    role: str | None = None,
    *,
    fresh: Fresh = NOTHING_NEWER,
) -> list[Waiting]:
    """What waits for *person*, in one role or all, the oldest proposal first.

    *fresh* comes from :func:`current_assessments`; without it the tables
    answer alone, as of the last entry that touched each proposal.
    """
    return _of(pending_approvals, pending_rows, connection, person, role, fresh)


def told(
    connection: Connection,
    person: str,
    role: str | None = None,
    *,
    fresh: Fresh = NOTHING_NEWER,
) -> list[Waiting]:
    """What *person* is told of, and need not answer; otherwise as :func:`inbox`."""
    return _of(notices, notice_rows, connection, person, role, fresh)


def _of(  # noqa: PLR0917 - what both questions hand on
    table: Table,
    rows_now: Callable[[Judgement], Iterable[Values]],
    connection: Connection,
    person: str,
    role: str | None,
    fresh: Fresh,
) -> list[Waiting]:
    """What *table* holds for *person*; of proposals judged anew, what *rows_now* says."""
    column = table.c
    wanted = (
        select(table, *(proposals.c[name] for name in ABOUT))
        .join_from(table, proposals, proposals.c.id == column.proposal)
        .where(column.person == person)
    )
    if role is not None:
        wanted = wanted.where(column.role == role)
    kept = [
        _waiting(row)
        for row in connection.execute(wanted).mappings()
        if row["proposal"] not in fresh
    ]
    anew = [
        _waiting({**row, **_told_about(one)})
        for one in fresh.values()
        for row in rows_now(one)
        if row["person"] == person and role in (None, row["role"])
    ]
    return sorted([*kept, *anew], key=lambda one: (one.number, one.role))


def _told_about(now: Judgement) -> Values:
    state = now.state
    return {
        "effect": state.effect.effect,
        "summary": state.effect.summary,
        "opener": state.opener,
        "tier": now.assessment.tier,
        "verdict": now.assessment.verdict,
    }


def to_enact(
    connection: Connection, person: str, *, fresh: Fresh = NOTHING_NEWER
) -> list[ProposalLine]:
    """The rotations that have consent and wait for *person*, whose key it is, to enact them.

    All else may be enacted by several people, and waits for none of them.
    """
    column = proposals.c
    wanted = _lines_wanted().where(
        column.effect == "rotation", column.signer == person, column.closed.is_(None)
    )
    found = (
        _line(row, fresh.get(row.id)) for row in connection.execute(wanted.order_by(column.number))
    )
    return [line for line in found if line.verdict == "ready"]


def _waiting(row: Mapping[Any, Any]) -> Waiting:
    values = {**row, "requirements": tuple(json.loads(row["requirements"]))}
    under = values.pop("under_exception", None)
    return Waiting(**values, under=tuple(json.loads(under or "[]")))


def counts(connection: Connection, *, fresh: Fresh = NOTHING_NEWER) -> Counts:
    """How many proposals stand where, and what nobody has taken note of yet."""
    column = proposals.c
    grouped = select(column.verdict, func.count()).where(column.closed.is_(None))
    verdicts = _tally(connection, grouped.group_by(column.verdict))
    for line in proposal_lines(connection) if fresh else ():
        if line.id in fresh:
            verdicts[line.verdict] -= 1
            now = fresh[line.id].assessment.verdict
            verdicts[now] = verdicts.get(now, 0) + 1
    closings = select(column.closed, func.count()).group_by(column.closed)
    ended = _tally(connection, closings)
    enacted = select(column.effect, func.count()).where(column.closed == "enacted")
    carried_out = _tally(connection, enacted.group_by(column.effect))
    grouped = select(findings.c.severity, func.count()).group_by(findings.c.severity)
    said = _tally(connection, grouped.where(findings.c.acknowledged_by.is_(None)))
    return Counts(
        verdicts={verdict: number for verdict, number in sorted(verdicts.items()) if number},
        releases=carried_out.get("release", 0),
        policies=carried_out.get("policy", 0),
        withdrawn=ended.get("withdrawn", 0),
        notices=said.pop("notice", 0),
        findings=sum(said.values()),
    )


def _tally(connection: Connection, question: Select[*tuple[str | None, int]]) -> dict[str, int]:
    return {str(row[0]): row[1] for row in connection.execute(question)}
