"""The verbs of ``assent signer`` that look: list and show."""

from collections.abc import Iterator, Sequence
from typing import Any

import click

from cli import params
from cli.asked import signer_named
from cli.condition import accountable_condition, accountable_words, condition_of
from cli.context import make_app
from cli.effect_json import key_json
from cli.held import lent_roles, roles_of
from cli.moment import Moment, moment
from cli.options import Options, reading_as_of
from cli.output import emit_json, emit_json_lines
from cli.sections import Section, show_sections
from cli.stops import Stop, stops_in
from ledger.decide.naming import lapses_at
from ledger.decide.roles import stands_for
from ledger.decide.signer_states import Delegation, Key, SignerState
from ledger.decide.states import ProposalState
from ledger.model.terms import format_instant

Lent = tuple[str, Delegation]
"""To whom something is lent, and what."""


@click.command("list")
@reading_as_of
def list_signers(*, options: Options) -> None:
    """List the signers, how it stands with each, and the roles they hold.

    \b
    Example:      assent signer list --as-of 12
    Exit status:  0 listed, 2 bad input, 4 unproven, 5 uncheckable
    """
    then = moment(make_app(options))
    signers = then.standing.signers()
    if options.as_json:
        emit_json_lines(_body(then, one) for one in signers)
        return
    rows = tuple(
        (
            one.id,
            one.kind,
            "root" if one.root else "",
            condition_of(then.standing, one, then.at),
            accountable_words(then.standing, one, then.at),
            ", ".join(held.text() for held in roles_of(then.standing, one, then.at)),
        )
        for one in signers
    )
    show_sections([Section("", rows, ("id", "kind", "root", "state", "answers", "roles"))])


@click.command()
@click.argument("name", metavar="ID", type=params.identifier)
@reading_as_of
def show(name: str, *, options: Options) -> None:
    """Show one signer: keys, roles, what was lent to them and by them, and stops.

    \b
    Example:      assent signer show alice
    Exit status:  0 shown, 2 there is no such signer, 4 unproven, 5 uncheckable
    """
    then = moment(make_app(options))
    one = signer_named(then.standing, name)
    stops = [stop for stop in stops_in(then.views) if stop.target == f"signer/{name}"]
    if options.as_json:
        emit_json(_body(then, one) | _life(then, one, stops))
        return
    parts = [_head(then, one), _keys(one), _roles(then, one), *_lending(then, one), _stops(stops)]
    show_sections([part for part in parts if part.rows])


def _body(then: Moment, one: SignerState) -> dict[str, object]:
    """A signer as ``signer/1``; the key is the one that signs, else the last that was named."""
    lapses = lapses_at(then.standing, one)
    return {
        "schema": "signer/1",
        "id": one.id,
        "kind": one.kind,
        "accountable": one.accountable,
        "accountable_state": accountable_condition(then.standing, one, then.at),
        "root": one.root,
        "state": condition_of(then.standing, one, then.at),
        "roles": sorted({held.role for held in roles_of(then.standing, one, then.at)}),
        "held": [held.body() for held in roles_of(then.standing, one, then.at)],
        "key": one.named_key.text,
        "fingerprint": one.named_key.id,
        "named": one.named_key.named_at,
        "accepted": one.accepted_at,
        "pending": None if one.pending is None else one.pending.id,
        "lapses": None if lapses is None else format_instant(lapses),
    }


def _life(then: Moment, one: SignerState, stops: Sequence[Stop]) -> dict[str, object]:
    """What only ``show`` says besides: all there ever was."""
    proposal = _enrolment(then, one)
    return {
        "enrolled": one.enrolled_at,
        "enrolled_by": _author_of(then, one.enrolled_at),
        "enrolled_proposal": None if proposal is None else proposal.number,
        "keys": [key_json(key) for key in one.keys],
        "grants": [
            {
                "role": grant.role,
                "aliases": grant.aliases,
                "until": None if grant.until is None else format_instant(grant.until),
                "proposal": _number(then, grant.proposal),
                "since": grant.since,
                "ended": grant.ended_at,
                "void": grant.void,
            }
            for grant in one.grants
        ],
        "lent_to_them": [_lent_json(one.id, lent) for lent in one.delegations],
        "lent_by_them": [_lent_json(to, lent) for to, lent in _given(then, one)],
        "stops": [stop.body() for stop in stops],
    }


def _lent_json(to: str, lent: Delegation) -> dict[str, object]:
    return {
        "by": lent.by,
        "to": to,
        "roles": list(lent.roles),
        "aliases": lent.aliases,
        "until": format_instant(lent.until),
        "since": lent.position,
        "ended": lent.ended_at,
    }


def _head(then: Moment, one: SignerState) -> Section:
    state = condition_of(then.standing, one, then.at)
    rows: list[tuple[str, str]] = [("state", state)]
    if one.accountable is not None:
        rows.append(("accountable", accountable_words(then.standing, one, then.at)))
    rows.append(("enrolled", f"at position {one.enrolled_at}, {_named_by(then, one)}"))
    rows.append(("key", one.named_key.text))
    lapses = lapses_at(then.standing, one)
    if one.pending is not None:
        until = "" if lapses is None else f", until {format_instant(lapses)}"
        late = lapses is not None and then.at >= lapses
        said = "lapsed: it is named again" if late else f"to be accepted{until}"
        rows.append(("next key", f"{one.pending.id}, {said}"))
    return Section(f"{one.id}: {one.kind}{', root signer' if one.root else ''}", tuple(rows))


def _named_by(then: Moment, one: SignerState) -> str:
    """Who enrolled *one*, and with whose consent: a key says nothing of whose hand holds it."""
    by = _author_of(then, one.enrolled_at)
    proposal = _enrolment(then, one)
    if proposal is None:
        return f"by {by} (the founding)"
    consent = ", ".join(sorted({approval.signer for approval in proposal.approvals}))
    return f"by {by} (#{proposal.number}, asked for by {proposal.opener}, approved by {consent})"


def _enrolment(then: Moment, one: SignerState) -> ProposalState | None:
    """The proposal that *one* was enrolled by; ``None`` for who was named by the founding."""
    named = next((key.proposal for key in one.keys if key.named_at == one.enrolled_at), None)
    return None if named is None else then.standing.proposal(named)


def _author_of(then: Moment, position: int) -> str:
    from projections.log import entry_at  # noqa: PLC0415 - a heavy import

    with then.views.reading() as connection:
        row: Any = entry_at(connection, position)
    return str(row.signer)


def _keys(one: SignerState) -> Section:
    rows = tuple(
        (
            key.id,
            key.text.split()[0].removesuffix("@openssh.com"),
            str(key.named_at),
            "-" if key.accepted_at is None else str(key.accepted_at),
            _end_of(key),
        )
        for key in one.keys
    )
    return Section("Keys, by position", rows, ("fingerprint", "type", "named", "accepted", ""))


def _end_of(key: Key) -> str:
    parts = []
    if key.disowned_after is not None:
        parts.append(f"disowned after {key.disowned_after}")
    if key.ended_at is not None:
        parts.append(f"until {key.ended_at}")
    elif key.accepted_at is not None and key.disowned_after is None:
        parts.append("signs now")
    return ", ".join(parts)


def _roles(then: Moment, one: SignerState) -> Section:
    """Every role ever granted, with what became of it."""
    rows = tuple(
        (
            grant.role,
            "all aliases" if grant.aliases is None else grant.aliases,
            str(grant.since),
            _proposal(_number(then, grant.proposal)),
            _said(grant.until, grant.ended_at, then.at, void=grant.void),
        )
        for grant in one.grants
    )
    return Section("Roles", rows, ("role", "on", "since", "by", ""))


def _lending(then: Moment, one: SignerState) -> Iterator[Section]:
    headings = ("", "roles", "on", "since", "")
    taken = [(one.id, lent) for lent in one.delegations]
    yield Section("Lent to them", _lent_rows(then, taken, one.id), headings)
    yield Section("Lent by them", _lent_rows(then, _given(then, one), one.id), headings)


def _lent_rows(then: Moment, lent: Sequence[Lent], name: str) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            one.by if to == name else to,
            ", ".join(one.roles),
            "all aliases" if one.aliases is None else one.aliases,
            str(one.position),
            _lent_said(then, to, one),
        )
        for to, one in lent
    )


def _lent_said(then: Moment, to: str, lent: Delegation) -> str:
    """Until when *lent* lends something, and what of it is not its lender's to lend any more."""
    standing, said = then.standing, _said(lent.until, lent.ended_at, then.at)
    lender, signer = standing.signer(lent.by), standing.signer(to)
    if lender is None or signer is None or not stands_for(standing, lender, lent):
        return "does not count: who lent it is stopped, disowned or enrolled anew"
    left = {held.role for held in lent_roles(standing, signer, lent, then.at)}
    gone = [role for role in lent.roles if role not in left]
    if lent.ended_at is not None or then.at >= lent.until or not gone:
        return said
    return f"{said}; but {lent.by} does not hold {', '.join(gone)} there any more"


def _said(until: int | None, ended: int | None, at: int, *, void: bool = False) -> str:
    """Until when something holds, or since when it does not."""
    if void:
        return "void: its consent was lost"
    if ended is not None:
        return f"ended at position {ended}"
    if until is None:
        return ""
    return f"{'until' if at < until else 'ended'} {format_instant(until)}"


def _stops(stops: Sequence[Stop]) -> Section:
    rows = tuple((one.short, one.signer, one.at, lifted(one), one.reason) for one in stops)
    return Section("Stops", rows, ("stop", "set by", "at", "", "why"))


def lifted(stop: Stop) -> str:
    """Whether a stop holds, or where it was lifted."""
    if stop.holds:
        return "holds"
    return f"lifted by {_proposal(stop.lifted_number)} at {stop.lifted_at}"


def _given(then: Moment, one: SignerState) -> list[Lent]:
    """What *one* has lent to others."""
    everybody = then.standing.signers()
    return [
        (other.id, lent) for other in everybody for lent in other.delegations if lent.by == one.id
    ]


def _number(then: Moment, proposal: str | None) -> int | None:
    state = None if proposal is None else then.standing.proposal(proposal)
    return None if state is None else state.number


def _proposal(number: int | None) -> str:
    return "the founding" if number is None else f"#{number}"
