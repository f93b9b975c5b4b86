"""The verbs of ``assent proposal`` that give consent, refuse it, and take either back."""

import click

from cli import params
from cli.act import perform
from cli.asked import proposal_named
from cli.context import interactive, make_app
from cli.options import Options, writing
from cli.screen import require_expected, reviewing
from ledger.decide import approval
from ledger.decide.context import Standing
from ledger.decide.signer_states import SignerState
from ledger.errors import BadInput
from ledger.model.events import ApprovalGranted


@click.command()
@click.argument("proposal")
@click.option("--role", required=True, type=params.identifier, help="The role you act in.")
@click.option("--expect", metavar="DIGEST", help="The review digest that you looked at.")
@writing
def approve(options: Options, proposal: str, role: str, expect: str | None) -> None:
    """Approve PROPOSAL, as it stands, in one of your roles.

    At a terminal you see what you sign and confirm it by the first characters of
    the review digest. Without one, --yes and --expect DIGEST are both needed.

    \b
    Example:      assent proposal approve 12 --role data-owner
    Exit status:  0 recorded, 2 not confirmed, 3 refused, 6 someone wrote first
    """
    app = make_app(options)
    id_ = proposal_named(app, proposal).id
    if expect is None and not options.dry_run and not interactive():
        raise BadInput(
            "needs-expect",
            "without a terminal an approval needs --expect with the review digest you looked at",
            hint="assent proposal show prints it",
        )

    def decide(standing: Standing, by: SignerState, at: int) -> ApprovalGranted:
        event = approval.approve(standing, by=by, at=at, proposal=id_, role=role)
        require_expected(event.review, expect)
        return event

    perform(app, decide, screen=reviewing(app))


@click.command()
@click.argument("proposal")
@click.option("--reason", type=params.text, help="Why it is taken back.")
@writing
def retract(options: Options, proposal: str, reason: str | None) -> None:
    """Take your own approvals of PROPOSAL back.

    \b
    Example:      assent proposal retract 12 --reason "the report changed"
    Exit status:  0 recorded, 3 refused, 6 someone wrote first
    """
    app = make_app(options)
    id_ = proposal_named(app, proposal).id
    perform(
        app,
        lambda standing, by, _: approval.retract(standing, by=by, proposal=id_, reason=reason),
    )


@click.command()
@click.argument("proposal")
@click.option("--role", required=True, type=params.identifier, help="The role you act in.")
@click.option("--reason", required=True, type=params.text, help="Why; everyone reads it.")
@writing
def reject(options: Options, proposal: str, role: str, reason: str) -> None:
    """Veto PROPOSAL's revision until you reopen it or it is revised.

    \b
    Example:      assent proposal reject 12 --role data-owner --reason "no consent for 2024"
    Exit status:  0 recorded, 3 refused, 6 someone wrote first
    """
    app = make_app(options)
    id_ = proposal_named(app, proposal).id
    perform(
        app,
        lambda standing, by, at: approval.reject(
            standing, by=by, at=at, proposal=id_, role=role, reason=reason
        ),
        screen=reviewing(app),
    )


@click.command()
@click.argument("proposal")
@writing
def reopen(options: Options, proposal: str) -> None:
    """Take your own rejection of PROPOSAL back.

    \b
    Example:      assent proposal reopen 12 --as dana
    Exit status:  0 recorded, 3 refused, 6 someone wrote first
    """
    app = make_app(options)
    id_ = proposal_named(app, proposal).id
    perform(app, lambda standing, by, _: approval.reopen(standing, by=by, proposal=id_))
