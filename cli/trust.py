"""``assent trust``: pin a ledger that somebody else founded."""

import click

from cli.context import make_app
from cli.options import Options, reading
from cli.output import emit, emit_json, note
from cli.places import state_root
from ledger.errors import Unproven
from ledger.store.locations import Locations
from ledger.store.state import State


@click.command()
@click.argument("named", metavar="LEDGER-ID")
@reading
def command(named: str, *, options: Options) -> None:
    """Pin LEDGER-ID: from now on, this ledger and no other is the one in this folder.

    Get the id from a founder, by a way that whoever serves the ledger cannot
    change. Twice is the same as once.

    \b
    Example:      assent trust 5f2a…
    Exit status:  0 pinned, 2 not an id, 4 the log here is another ledger, 5 no ledger here
    """
    app = make_app(options)
    state = State(state_root(), named)
    claimed = app.claimed_id
    if claimed != named:
        raise Unproven(
            "other-ledger",
            f"{app.places.location} holds another ledger than the one you name",
            hint=f"named {named}, found {claimed or 'no founding that can be read'}",
        )
    known = Locations(state_root()).ledger_at(app.places.location)
    already = known == named and state.is_pinned()
    state.pin()
    Locations(state_root()).remember(app.places.location, named)
    if options.as_json:
        emit_json({"schema": "trust/1", "ledger": named, "before": known, "already": already})
        return
    emit(f"pinned {named}{' (it was already)' if already else ''}")
    if known is not None and known != named:
        note(f"until now you trusted {known} in this place")
    note("next: assent verify")
