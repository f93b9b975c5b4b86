"""The verbs of ``assent release`` that take one back: rollback, and the drill of it."""

import uuid

import click

from cli import params
from cli.act import perform
from cli.asked import alias_named, proposal_named
from cli.context import App, make_app
from cli.drilling import attach_drill
from cli.entries import entry_of
from cli.options import Options, writing
from cli.release_screens import rolling_back
from cli.release_told import tell
from cli.written_terms import instant
from ledger.decide import rollback as rollbacks
from ledger.decide.context import Standing
from ledger.decide.release_states import Release
from ledger.decide.signer_states import SignerState
from ledger.errors import BadInput, Refused
from ledger.model.events import ObservationRecorded, ReleaseRolledBack


@click.command()
@click.argument("alias", type=params.alias)
@click.option("--trigger", type=params.text, help="What calls for it, in your words.")
@click.option(
    "--incident", type=params.line, metavar="ID", help="The incident; default: as observed."
)
@click.option(
    "--observation",
    type=click.IntRange(0, params.LAST_POSITION),
    metavar="POSITION",
    help="The observation that breached a trigger; default: the newest there is.",
)
@click.option("--since", type=instant, metavar="TIME", help="When the trigger was pulled.")
@click.option("--stable", is_flag=True, help="What ALIAS runs, and what is under way with it.")
@writing
def rollback(
    options: Options,
    alias: str,
    *,
    trigger: str | None,
    incident: str | None,
    observation: int | None,
    since: str | None,
    stable: bool,
) -> None:
    """Take the newest release to ALIAS back, at once; it needs nobody's consent.

    That is what is under way, else what runs: then the stack before runs again.
    With --stable, or an --observation of it, what runs is taken back, and what is
    under way with it. --trigger may be left out where an observation breached one.
    The rollback opens a review, which somebody else closes.

    \b
    Example:      assent release rollback fraud/production --trigger "losses up" --as olga
    Exit status:  0 rolled back, 2 no trigger said, 3 refused, 6 someone wrote first
    """
    app = make_app(options, despite_alarm=True)
    found = _meant(app, alias, observation, stable=stable)
    cited = newest_breach(app.standing, alias, found) if observation is None else observation
    words = trigger or _words_of(app, cited)
    named = incident or _incident_of(app, cited)
    new = str(uuid.uuid4())

    def decide(standing: Standing, by: SignerState, at: int) -> ReleaseRolledBack:
        return rollbacks.roll_back(
            standing,
            by=by,
            at=at,
            alias=alias,
            proposal=found.proposal,
            rollback=new,
            trigger=words,
            incident=named,
            observation=cited,
            since=since,
        )

    tell(app, perform(app, decide, screen=rolling_back(app)))


def _meant(app: App, alias: str, observation: int | None, *, stable: bool) -> Release:
    """The release to take back: the one that was observed, or was named, or is the newest.

    Of a service that names nothing it is the newest that breached a trigger.
    """
    state = alias_named(app.standing, alias)
    seen = None if observation is None else app.standing.observation(observation)
    known = [one for one in (state.candidate, state.stable) if one is not None]
    if stable:
        known = [one for one in known if one is state.stable]
    elif seen is not None:
        known = [one for one in known if one.proposal == seen.proposal] or known
    elif _is_service(app):
        known = [o for o in known if newest_breach(app.standing, alias, o) is not None] or known
    if not known:
        raise Refused("not-released", f"{alias} runs nothing that could be taken back")
    return known[0]


def _is_service(app: App) -> bool:
    by = app.standing.signer(app.signer_name)
    return by is not None and by.kind == "service"


def newest_breach(standing: Standing, alias: str, release: Release) -> int | None:
    """The newest observation kept of *release* that breached a trigger and can be cited."""
    kept = (standing.observation(one.position) for one in release.watched)
    return max(
        (
            one.position
            for one in kept
            if one is not None
            and one.breaches
            and rollbacks.is_citable(standing, alias, release, one)
        ),
        default=None,
    )


def _breaches(standing: Standing, position: int) -> tuple[str, ...]:
    """The triggers that the observation at *position* breached, if there is one."""
    found = standing.observation(position)
    return () if found is None else found.breaches


def _words_of(app: App, position: int | None) -> str:
    """What the observation at *position* breached, or that it was named.

    Raises :class:`BadInput` (``no-trigger``) where a person names nothing. A service is left to
    the rule, which says what it would take.
    """
    if position is not None:
        words = "; ".join(_breaches(app.standing, position))
        return words[: params.LONGEST_TEXT] or f"the observation at position {position}"
    if _is_service(app):
        return "no observation"
    raise BadInput(
        "no-trigger",
        "say what calls for the rollback: no observation that breached a trigger does",
        hint='--trigger "what happened"',
    )


def _incident_of(app: App, position: int | None) -> str | None:
    """The incident that the observation at *position*, if it is one, names."""
    if position is None or app.standing.observation(position) is None:
        return None
    event = entry_of(app, position).event
    return event.incident if isinstance(event, ObservationRecorded) else None


@click.command()
@click.argument("proposal")
@writing
def drill(options: Options, proposal: str) -> None:
    """Rehearse the rollback of PROPOSAL on a copy, and attach what came of it.

    Its release is completed and taken back by the functions that do so in earnest.
    The result is kept as evidence of the type rollback-drill. --dry-run shows it only.

    \b
    Example:      assent release drill 12 --as omar
    Exit status:  0 attached, 3 it would not work, or refused, 6 someone wrote first
    """
    app = make_app(options)
    attach_drill(app, proposal_named(app, proposal))
