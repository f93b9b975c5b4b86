"""``assent release``: move the stack of a proposal to its alias, stage by stage."""

from collections.abc import Sequence

import click

from cli import params
from cli.act import perform
from cli.artifacts import require_artifacts
from cli.asked import alias_named, proposal_named
from cli.context import make_app
from cli.options import Options, writing
from cli.release_back import drill, rollback
from cli.release_screens import advancing, completing
from cli.release_show import show
from cli.release_told import tell
from cli.release_watch import observe
from cli.screen import reviewing
from ledger.decide import release


@click.group(commands=[observe, rollback, show, drill])
def command() -> None:
    """Move a stack to an alias in stages, watch it, and take it back.

    \b
    Example:      assent release start 12 --as omar
    Exit status:  as each verb's
    """


@command.command()
@click.argument("proposal")
@click.option(
    "--artifact",
    "artifacts",
    multiple=True,
    metavar="COMPONENT=FILE",
    help="A file that is released, which has to be what PROPOSAL names; repeatable.",
)
@writing
def start(options: Options, proposal: str, artifacts: Sequence[str]) -> None:
    """Start the release that PROPOSAL has all consent for.

    With --artifact the file at hand is hashed again, and nothing is signed unless
    it is the one that was consented to.

    \b
    Example:      assent release start 12 --artifact model=model.bin --as omar
    Exit status:  0 started, 2 no such file or component, 3 refused, 6 someone wrote first
    """
    app = make_app(options)
    state = proposal_named(app, proposal)
    require_artifacts(state, artifacts)
    done = perform(
        app,
        lambda standing, by, at: release.start(standing, by=by, at=at, proposal=state.id),
        screen=reviewing(app),
    )
    tell(app, done)


@command.command()
@click.argument("alias", type=params.alias)
@writing
def advance(options: Options, alias: str) -> None:
    """Bring the release to ALIAS into its next stage.

    Somebody else has to have observed it through the stage it is in.

    \b
    Example:      assent release advance fraud/production --as omar
    Exit status:  0 advanced, 3 refused, 6 someone wrote first
    """
    app = make_app(options)
    alias_named(app.standing, alias)
    done = perform(
        app,
        lambda standing, by, at: release.advance(standing, by=by, at=at, alias=alias),
        screen=advancing(app),
    )
    tell(app, done)


@command.command()
@click.argument("alias", type=params.alias)
@writing
def complete(options: Options, alias: str) -> None:
    """Make the candidate of ALIAS its stable stack, after its last stage.

    \b
    Example:      assent release complete fraud/production --as omar
    Exit status:  0 completed, 3 refused, 6 someone wrote first
    """
    app = make_app(options)
    alias_named(app.standing, alias)
    done = perform(
        app,
        lambda standing, by, at: release.complete(standing, by=by, at=at, alias=alias),
        screen=completing(app),
    )
    tell(app, done)
