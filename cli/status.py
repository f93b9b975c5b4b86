"""``assent status``: where this ledger stands, on one small screen."""

from collections.abc import Iterator
from typing import Any

import click

from cli.condition import accountable_condition, awaited_key, condition_of
from cli.context import make_app
from cli.moment import Moment, moment
from cli.options import Options, reading_as_of
from cli.output import emit, emit_json, safe
from cli.status_exceptions import exception_lines, exceptions_body
from cli.status_releases import release_lines, releases_body
from ledger.decide.context import Standing
from ledger.decide.naming import lapses_at
from ledger.decide.roles import is_stopped
from ledger.decide.signer_states import SignerState
from ledger.decide.validity import is_supported
from ledger.model.terms import format_instant
from ledger.seal.merkle import root


@click.command()
@reading_as_of
def command(*, options: Options) -> None:
    """Show where this ledger stands: its head, who must accept, what is open or stopped.

    \b
    Example:      assent status
    Exit status:  0 shown, 2 no such position, 4 unproven, 5 uncheckable
    """
    app = make_app(options)
    body = _body(app.expected_id, moment(app))
    if options.as_json:
        emit_json(body)
        return
    for line in _lines(body):
        emit(line)


def _body(ledger_id: str, then: Moment) -> dict[str, object]:
    from projections.aliases import alias_list  # noqa: PLC0415 - a heavy import
    from projections.inbox import counts, current_assessments  # noqa: PLC0415 - the same

    standing, at = then.standing, then.at
    with then.views.reading() as connection:
        fresh = current_assessments(connection, standing, at)
        found = counts(connection, fresh=fresh)
        aliases: list[Any] = [*alias_list(connection)]
    ledger, head = standing.ledger(), standing.head
    signers = standing.signers()
    states = {one.id: condition_of(standing, one, at) for one in signers}
    return {
        "schema": "status/1",
        "ledger": ledger_id,
        "name": None if ledger is None else ledger.name,
        "rehearsal": ledger is not None and ledger.rehearsal,
        "solo": ledger is not None and ledger.solo,
        "size": head.size,
        "root": root(head.frontier).hex(),
        "at": format_instant(head.time),
        "policy": head.policy,
        "policy_supported": is_supported(standing),
        "founding_waits_for": [] if ledger is None else list(ledger.waiting),
        "not_accepted": [one.id for one in signers if one.accepted_at is None],
        "named": [_named(standing, one) for one in signers if awaited_key(standing, one, at)],
        "stopped": [one.id for one in signers if is_stopped(standing, one.id)],
        "disowned": [name for name, state in states.items() if state == "disowned"],
        "unanswered": [one.id for one in signers if _is_unanswered(standing, one, at)],
        "proposals": dict(found.verdicts),
        "aliases": len(aliases),
        "unsupported": [row.alias for row in aliases if _is_unsupported(row)],
        "findings": head.refused + head.alarms,
        **releases_body(then, [str(row.alias) for row in aliases]),
        **exceptions_body(then, [str(row.alias) for row in aliases]),
    }


def _is_unanswered(standing: Standing, signer: SignerState, at: int) -> bool:
    """Whether a service goes on though who answers for it does not sign any more."""
    return accountable_condition(standing, signer, at) not in (None, "active")


def _named(standing: Standing, signer: SignerState) -> dict[str, object]:
    """A key that waits to be accepted; ``rotation`` says that another one signs till then."""
    lapses = lapses_at(standing, signer)
    return {
        "signer": signer.id,
        "fingerprint": None if signer.pending is None else signer.pending.id,
        "rotation": signer.current is not None,
        "lapses": None if lapses is None else format_instant(lapses),
    }


def _is_unsupported(row: Any) -> bool:
    """Whether what an alias runs, or is on its way there, has lost its consent."""
    lost = (row.unsupported_position, row.candidate_unsupported_position)
    return any(position is not None for position in lost)


def _lines(body: dict[str, Any]) -> list[str]:
    said = [word for word in ("rehearsal", "solo") if body[word]]
    about = f" ({', '.join(said)})" if said else ""
    open_ = ", ".join(f"{count} {verdict}" for verdict, count in body["proposals"].items())
    findings = f"; unacknowledged findings: {body['findings']}" if body["findings"] else ""
    return [
        f"ledger     {body['name']}{about}  {body['ledger']}",
        f"head       {body['size']} entries, root {body['root']}",
        f"time       {body['at']}, policy {body['policy']}{findings}",
        f"waiting    {_awaited(body)}",
        f"proposals  {open_ or 'none open'}; aliases: {body['aliases']}",
        *_alarms(body),
        *map(safe, exception_lines(body)),
        *map(safe, release_lines(body)),
    ]


def _awaited(body: dict[str, Any]) -> str:
    if body["founding_waits_for"]:
        return f"the founding, for {', '.join(body['founding_waits_for'])}"
    named = body["named"]
    told = [f"{one['signer']}{_until(one['lapses'])}" for one in named if not one["rotation"]]
    rotated = [
        f"{one['signer']}'s next key{_until(one['lapses'])}" for one in named if one["rotation"]
    ]
    return f"{'; '.join([*told, *rotated]) or 'nobody'} to accept"


def _until(lapses: str | None) -> str:
    return "" if lapses is None else f" (until {lapses})"


def _alarms(body: dict[str, Any]) -> Iterator[str]:
    """What keeps people or releases from going on; nothing where nothing does."""
    if body["stopped"]:
        yield f"stopped    {', '.join(body['stopped'])}"
    if body["disowned"]:
        yield f"disowned   {', '.join(body['disowned'])}"
    if body["unanswered"]:
        yield f"unanswered {', '.join(body['unanswered'])}: who answers for them does not sign"
    if not body["policy_supported"]:
        lost = f"lost       consent to policy {body['policy']}"
        yield f"{lost}: no release until the root publishes one"
    if body["unsupported"]:
        yield f"lost       consent to what runs at {', '.join(body['unsupported'])}"
