"""``assent release observe``: report how a release did."""

from pathlib import Path

import click

from cli import params
from cli.act import perform
from cli.asked import alias_named, proposal_named
from cli.context import App, make_app
from cli.observation_file import Observation, read_observation
from cli.options import Options, writing
from cli.params import FILE
from cli.release_screens import observing
from cli.release_told import tell
from ledger.decide import watching
from ledger.decide.context import Standing
from ledger.decide.release_states import Release
from ledger.decide.signer_states import SignerState
from ledger.decide.stage import entered_at, stage_of
from ledger.errors import BadInput, Refused
from ledger.model.events import ObservationRecorded
from ledger.model.terms import format_instant


@click.command()
@click.argument("alias", type=params.alias)
@click.argument("file", type=FILE)
@click.option("--stable", is_flag=True, help="Of what ALIAS runs, though another is under way.")
@click.option("--proposal", metavar="N", help="Of the release of this proposal.")
@writing
def observe(
    options: Options, alias: str, file: Path, *, stable: bool, proposal: str | None
) -> None:
    """Report how a release to ALIAS did, as FILE says; never by who operates it.

    Without --stable or --proposal it is about what is under way, else about what
    runs. FILE has a source, metrics, segments, from, until and incident, as TOML
    or JSON; until is now where it is left out.

    \b
    Example:      assent release observe fraud/production seen.toml --as erin
    Exit status:  0 taken, 2 something in FILE, 3 refused, 6 someone wrote first
    """
    app = make_app(options)
    if stable and proposal is not None:
        raise BadInput("usage", "--stable and --proposal each name a release: give one of them")
    found = observed_release(app, alias, proposal, stable=stable)
    seen = read_observation(file)
    _require_nesting(app, alias, found, seen, file)

    def decide(standing: Standing, by: SignerState, at: int) -> ObservationRecorded:
        until = seen.until or format_instant(at)
        return watching.observe(
            standing,
            by=by,
            at=at,
            alias=alias,
            proposal=found.proposal,
            start=seen.start or min(format_instant(entered_at(standing, found)), until),
            until=until,
            source=seen.source,
            metrics=seen.metrics,
            incident=seen.incident,
            summary=seen.summary,
            why=seen.why,
        )

    tell(app, perform(app, decide, screen=observing(app)))


def observed_release(app: App, alias: str, proposal: str | None, *, stable: bool) -> Release:
    """The release to *alias* that is meant: of *proposal*, the *stable* one, or the newest.

    Raises :class:`BadInput` (``unknown-alias``, ``unknown-proposal``), :class:`Refused`
    (``not-released``).
    """
    state = alias_named(app.standing, alias)
    if proposal is not None:
        return watching.known_release(app.standing, alias, proposal_named(app, proposal).id)
    found = state.stable if stable else state.candidate or state.stable
    if found is None:
        raise Refused("not-released", f"{alias} runs nothing that could be observed")
    return found


def _require_nesting(app: App, alias: str, release: Release, seen: Observation, file: Path) -> None:
    """Raise :class:`BadInput` (``segments-swapped``) for tables named like what they hold."""
    for check in stage_of(app.standing, alias, release).segments:
        for one in seen.metrics:
            if one.segment == check.metric and one.name in check.names:
                raise BadInput(
                    "segments-swapped",
                    f"{check.metric} is the number, and {one.name} the segment",
                    hint=f"a table for each segment: [segments.{one.name}] {check.metric} = …",
                    file=str(file),
                )
