"""``assent status``: where this ledger stands, on one small screen."""

import click

from cli.context import App, make_app
from cli.options import Options, reading
from cli.output import emit, emit_json
from ledger.decide.context import Standing
from ledger.model.terms import format_instant
from ledger.seal.merkle import root


@click.command()
@reading
def command(*, options: Options) -> None:
    """Show where this ledger stands: its head, who must accept, what is open.

    \b
    Example:      assent status
    Exit status:  0 shown, 4 unproven, 5 uncheckable
    """
    app = make_app(options)
    body = _body(app, app.standing)
    if options.as_json:
        emit_json(body)
        return
    for line in _lines(body):
        emit(line)


def _body(app: App, standing: Standing) -> dict[str, object]:
    from projections.aliases import alias_list  # noqa: PLC0415 - a heavy import
    from projections.inbox import counts, current_assessments  # noqa: PLC0415 - the same

    with app.views.reading() as connection:
        fresh = current_assessments(connection, standing, app.now)
        found = counts(connection, fresh=fresh)
        aliases = len(alias_list(connection))
    ledger, head = standing.ledger(), standing.head
    return {
        "schema": "status/1",
        "ledger": app.expected_id,
        "name": None if ledger is None else ledger.name,
        "rehearsal": ledger is not None and ledger.rehearsal,
        "solo": ledger is not None and ledger.solo,
        "size": head.size,
        "root": root(head.frontier).hex(),
        "at": format_instant(head.time),
        "policy": head.policy,
        "founding_waits_for": [] if ledger is None else list(ledger.waiting),
        "not_accepted": [one.id for one in standing.signers() if one.accepted_at is None],
        "proposals": dict(found.verdicts),
        "aliases": aliases,
        "findings": head.refused + head.alarms,
    }


def _lines(body: dict[str, object]) -> list[str]:
    size, said = body["size"], [word for word in ("rehearsal", "solo") if body[word]]
    about = f" ({', '.join(said)})" if said else ""
    waiting, absent = _listed(body["founding_waits_for"]), _listed(body["not_accepted"])
    awaited = f"the founding, for {waiting}" if waiting else f"{absent or 'nobody'} to accept"
    verdicts = body["proposals"] if isinstance(body["proposals"], dict) else {}
    open_ = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items())
    findings = f"; unacknowledged findings: {body['findings']}" if body["findings"] else ""
    return [
        f"ledger     {body['name']}{about}  {body['ledger']}",
        f"head       {size} entries, root {body['root']}",
        f"time       {body['at']}, policy {body['policy']}{findings}",
        f"waiting    {awaited}",
        f"proposals  {open_ or 'none open'}; aliases: {body['aliases']}",
    ]


def _listed(names: object) -> str:
    return ", ".join(names) if isinstance(names, list) else ""
