"""The list of the stops that hold, or of all there were."""

import sys

from cli.context import make_app
from cli.moment import Moment, moment
from cli.options import Options
from cli.output import emit_json_lines, emit_table, note
from cli.sections import Section, show_sections
from cli.signer_looking import lifted
from cli.stops import Stop, stops_in
from ledger.decide.review import is_closed


def list_stops(options: Options, *, everything: bool) -> None:
    """Print the stops that hold, with *everything* the lifted ones as well."""
    then = moment(make_app(options))
    found = [one for one in stops_in(then.views) if everything or one.holds]
    if options.as_json:
        emit_json_lines({**one.body(), "reviewed_by": reviewed_by(then, one)} for one in found)
        return
    if not found:
        note("nothing was ever stopped" if everything else "nothing is stopped")
        return
    if sys.stdout.isatty():
        show_sections([_folded(then, one) for one in found])
        return
    emit_table(
        ("stop", "target", "set by", "at", "position", "", "reviewed", "why"),
        [
            (
                *(one.short, one.target, one.signer, one.at, one.position),
                *(lifted(one), reviewed_by(then, one) or "-", one.reason),
            )
            for one in found
        ],
    )


def reviewed_by(then: Moment, one: Stop) -> str | None:
    """Who closed the review of a stop, if somebody did who stands for it."""
    review = then.standing.review(one.id)
    if review is None or not is_closed(then.standing, review):
        return None
    return review.closed_by


def _folded(then: Moment, one: Stop) -> Section:
    """The stop in two columns, where eight would not fit."""
    reviewed = reviewed_by(then, one)
    rows = [
        ("set", f"by {one.signer} at {one.at}, position {one.position}"),
        ("why", one.reason),
        ("", lifted(one)),
        *((("reviewed", f"by {reviewed}"),) if reviewed else ()),
    ]
    return Section(f"{one.target} ({one.short})", tuple(rows))
