"""What people ask of the proposals: which is meant, what is open, what waits for whom.

The tables hold what was true when an entry last touched a proposal. Time alone changes
some of it: :func:`current_assessments` judges those anew, and the questions take its answer.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import Connection, Row, Select, func, select

from ledger.decide.cases import assess_proposal, case_of
from ledger.decide.context import Standing
from ledger.errors import BadInput
from ledger.policy.assessment import Assessment
from projections.log import findings
from projections.proposals import pending_approvals, pending_rows, proposals, requirements
from projections.tables import instant

_NUMBER = re.compile(r"#?([1-9][0-9]{0,9})\Z")
_PREFIX = re.compile(r"[0-9a-f][0-9a-f-]{3,35}\Z")


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """A proposal in a list; ``valid_until`` is when time alone may change its verdict."""

    id: str
    number: int
    alias: str
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
    """An approval that *person* could give now, and the requirements that ask for it."""

    person: str
    role: str
    number: int
    proposal: str
    alias: str
    summary: str
    opener: str
    tier: str
    verdict: str
    since: str
    valid_until: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many proposals are in which state, and how many findings nobody took note of."""

    verdicts: Mapping[str, int]
    releases: int
    withdrawn: int
    findings: int


Fresh = Mapping[str, Assessment]
"""Assessments newer than the tables, by proposal id."""

NOTHING_NEWER: Fresh = MappingProxyType({})


def find_proposal(connection: Connection, text: str) -> str:
    """The id of the proposal meant by *text*: ``12``, ``#12``, or four or more of its id.

    Raises :class:`BadInput` (``unknown-proposal``, ``ambiguous-proposal``).
    """
    column = proposals.c
    number = _NUMBER.match(text)
    if number is not None:
        wanted = select(column.id).where(column.number == int(number[1]))
        found = connection.scalar(wanted)
        if found is not None:
            return str(found)
    if _PREFIX.match(text) is None:
        raise _unknown(text)
    ids = connection.scalars(select(column.id).where(column.id.startswith(text)).limit(2)).all()
    if not ids:
        raise _unknown(text)
    if len(ids) > 1:
        raise BadInput(
            "ambiguous-proposal",
            f"more than one proposal begins with {text}",
            hint="write more of the id, or the number",
        )
    return str(ids[0])


def _unknown(text: str) -> BadInput:
    return BadInput(
        "unknown-proposal",
        f"there is no proposal {text}",
        hint="write its number, or at least four characters of its id; assent proposal list",
    )


def current_assessments(
    connection: Connection, standing: Standing, at: int
) -> dict[str, Assessment]:
    """The assessments at *at* of the open proposals that time alone may have changed."""
    column = proposals.c
    due = select(column.id).where(column.valid_until <= instant(at), column.closed.is_(None))
    states = (standing.proposal(name) for name in connection.scalars(due.order_by(column.number)))
    return {
        state.id: assess_proposal(standing, state, at)
        for state in states
        if state is not None and state.closed is None
    }


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
    wanted = select(*(column[name] for name in ProposalLine.__dataclass_fields__))
    if not everything:
        wanted = wanted.where(column.closed.is_(None))
    if alias is not None:
        wanted = wanted.where(column.alias == alias)
    found = (
        _line(row, fresh.get(row.id)) for row in connection.execute(wanted.order_by(column.number))
    )
    return [line for line in found if verdict is None or line.verdict == verdict]


def _line(row: Row[tuple[object, ...]], now: Assessment | None) -> ProposalLine:
    values = dict(row._mapping)  # noqa: SLF001 - the documented way to a row as a mapping
    if now is not None:
        values |= {
            "tier": now.tier,
            "verdict": now.verdict,
            "ready_at": instant(now.ready_at),
            "valid_until": instant(now.until),
        }
    return ProposalLine(**values)


def proposal_by_id(connection: Connection, proposal: str) -> Row[tuple[object, ...]] | None:
    """The row of one proposal, as it was when an entry last touched it."""
    return connection.execute(select(proposals).where(proposals.c.id == proposal)).first()


def requirement_list(connection: Connection, proposal: str) -> list[Row[tuple[object, ...]]]:
    """The requirements of one proposal in the order of the policy, as of that same moment."""
    wanted = select(requirements).where(requirements.c.proposal == proposal)
    return list(connection.execute(wanted.order_by(requirements.c.rank)).all())


def inbox(
    connection: Connection,
    person: str,
    role: str | None = None,
    *,
    standing: Standing | None = None,
    fresh: Fresh = NOTHING_NEWER,
) -> list[Waiting]:
    """What waits for *person*, in one role or all, the oldest proposal first.

    *fresh* comes from :func:`current_assessments` over *standing*; without them the tables
    answer alone, as of the last entry that touched each proposal.
    """
    column = pending_approvals.c
    wanted = (
        select(
            *(column[name] for name in ("person", "role", "number", "proposal", "alias")),
            *(proposals.c[name] for name in ("summary", "opener", "tier", "verdict")),
            column.since,
            column.valid_until,
        )
        .join_from(pending_approvals, proposals, proposals.c.id == column.proposal)
        .where(column.person == person)
    )
    if role is not None:
        wanted = wanted.where(column.role == role)
    stored = (Waiting(*row) for row in connection.execute(wanted))
    kept = [one for one in stored if one.proposal not in fresh]
    anew = [
        one
        for one in (() if standing is None else _waiting_now(standing, fresh))
        if one.person == person and role in (None, one.role)
    ]
    return sorted([*kept, *anew], key=lambda one: (one.number, one.role))


def _waiting_now(standing: Standing, fresh: Fresh) -> Iterable[Waiting]:
    for name, now in fresh.items():
        state = standing.proposal(name)
        if state is None:
            continue
        for row in pending_rows(state, case_of(standing, state), now):
            yield Waiting(
                **{key: row[key] for key in ("person", "role", "number", "proposal", "alias")},
                summary=state.effect.summary,
                opener=state.opener,
                tier=now.tier,
                verdict=now.verdict,
                since=row["since"],
                valid_until=row["valid_until"],
            )


def newest_open(connection: Connection, alias: str, stack_digest: str) -> str | None:
    """The id of the newest open proposal to bring that stack to *alias*."""
    column = proposals.c
    wanted = select(column.id).where(
        column.alias == alias, column.stack_digest == stack_digest, column.closed.is_(None)
    )
    found = connection.scalar(wanted.order_by(column.number.desc()).limit(1))
    return None if found is None else str(found)


def counts(connection: Connection, *, fresh: Fresh = NOTHING_NEWER) -> Counts:
    """How many proposals stand where, and what nobody has taken note of yet."""
    column = proposals.c
    grouped = select(column.verdict, func.count()).where(column.closed.is_(None))
    verdicts = _tally(connection, grouped.group_by(column.verdict))
    for line in proposal_lines(connection) if fresh else ():
        if line.id in fresh:
            verdicts[line.verdict] -= 1
            now = fresh[line.id].verdict
            verdicts[now] = verdicts.get(now, 0) + 1
    closings = select(column.closed, func.count()).group_by(column.closed)
    ended = _tally(connection, closings)
    unanswered = select(func.count()).select_from(findings)
    return Counts(
        verdicts={verdict: number for verdict, number in sorted(verdicts.items()) if number},
        releases=ended.get("enacted", 0),
        withdrawn=ended.get("withdrawn", 0),
        findings=connection.scalar(unanswered.where(findings.c.acknowledged_by.is_(None))) or 0,
    )


def _tally(connection: Connection, question: Select[*tuple[str | None, int]]) -> dict[str, int]:
    return {str(row[0]): row[1] for row in connection.execute(question)}
