"""``assent proposal``: ask for consent to a change, and see where it stands."""

import uuid
from pathlib import Path

import click

from cli import params
from cli.act import perform
from cli.asked import proposal_named
from cli.context import make_app
from cli.effect_file import read_effect
from cli.following import tell_enacted, tell_opened
from cli.moment import Moment, moment
from cli.options import Options, reading_as_of, writing
from cli.output import emit_json, emit_json_lines, emit_table
from cli.params import FILE
from cli.proposal_consent import approve, reject, reopen, retract
from cli.proposal_json import line_json, proposal_json
from cli.report import report
from cli.screen import reviewing
from cli.sections import Section, show_sections
from cli.stops import stops_in
from cli.wording import about_words
from ledger.decide import enactment, talk
from ledger.decide import proposal as proposals
from ledger.decide.cases import assess_proposal
from ledger.decide.states import ProposalState


@click.group(commands=[approve, retract, reject, reopen])
def command() -> None:
    """Ask for consent to a change, give it or refuse it.

    \b
    Example:      assent proposal open change.toml --as alice
    Exit status:  as each verb's
    """


@command.command("open")
@click.argument("file", type=FILE)
@writing
def open_(options: Options, file: Path) -> None:
    """Open a proposal for the change described in FILE.

    It asks for a release, or for what effect = "..." in it names: policy,
    enrolment, roles, rotation, exception, lift, root, disown or clock.

    \b
    Example:      assent proposal open change.toml --as alice
    Exit status:  0 opened, 2 something in the file, 3 refused, 6 someone wrote first
    """
    app = make_app(options)
    effect = read_effect(file, app)
    new = str(uuid.uuid4())
    receipt = perform(
        app,
        lambda standing, by, at: proposals.open_proposal(
            standing, by=by, at=at, proposal=new, effect=effect
        ),
        screen=reviewing(app),
    )
    if receipt is not None and not options.as_json:
        tell_opened(app.views.standing(), new)


@command.command()
@click.argument("proposal")
@click.argument("file", type=FILE)
@writing
def revise(options: Options, proposal: str, file: Path) -> None:
    """Replace what PROPOSAL asks for by the change described in FILE.

    Approvals of the earlier revision no longer count.

    \b
    Example:      assent proposal revise 12 change.toml --as alice
    Exit status:  0 revised, 2 something in the file, 3 refused, 6 someone wrote first
    """
    app = make_app(options)
    effect = read_effect(file, app)
    id_ = proposal_named(app, proposal).id
    perform(
        app,
        lambda standing, by, at: proposals.revise(
            standing, by=by, at=at, proposal=id_, effect=effect
        ),
        screen=reviewing(app),
    )


@command.command()
@click.argument("proposal")
@click.option("--reason", type=params.text, help="Why it is given up.")
@writing
def withdraw(options: Options, proposal: str, reason: str | None) -> None:
    """Give PROPOSAL up; its opener and its contributors may.

    \b
    Example:      assent proposal withdraw 12 --reason "superseded by #13"
    Exit status:  0 withdrawn, 3 refused, 6 someone wrote first
    """
    app = make_app(options)
    id_ = proposal_named(app, proposal).id
    perform(
        app,
        lambda standing, by, _: proposals.withdraw(standing, by=by, proposal=id_, reason=reason),
    )


@command.command()
@click.argument("proposal")
@writing
def enact(options: Options, proposal: str) -> None:
    """Carry out what PROPOSAL has all consent for; a release is started instead.

    A person does who holds a role and had no hand in the proposal; a rotation,
    whose key it is, with the present key; what is the root's, any root signer.

    \b
    Example:      assent proposal enact 13 --as omar
    Exit status:  0 carried out, 2 not confirmed, 3 refused, 6 someone wrote first
    """
    app = make_app(options)
    id_ = proposal_named(app, proposal).id
    receipt = perform(
        app,
        lambda standing, by, at: enactment.enact(standing, by=by, at=at, proposal=id_),
        screen=reviewing(app),
    )
    if receipt is not None and not options.as_json:
        tell_enacted(app.views.standing(), id_)


@command.command()
@click.argument("proposal")
@click.argument("name", type=params.identifier)
@writing
def fact(options: Options, proposal: str, name: str) -> None:
    """Say that the declared fact NAME holds for PROPOSAL after all.

    It cannot be taken back in this revision, and what it asks for is added.

    \b
    Example:      assent proposal fact 12 personal_data --as dana
    Exit status:  0 added, 3 refused, 6 someone wrote first
    """
    app = make_app(options)
    id_ = proposal_named(app, proposal).id
    perform(
        app,
        lambda standing, by, at: proposals.add_fact(
            standing, by=by, at=at, proposal=id_, fact=name
        ),
    )


@command.command()
@click.argument("proposal")
@click.argument("text", type=params.text)
@writing
def comment(options: Options, proposal: str, text: str) -> None:
    """Say something about PROPOSAL; it decides nothing.

    \b
    Example:      assent proposal comment 12 "which quarter is the data from?"
    Exit status:  0 said, 2 bad text, 3 refused
    """
    app = make_app(options)
    id_ = proposal_named(app, proposal).id
    perform(app, lambda standing, _, __: talk.comment(standing, proposal=id_, text=text))


@command.command()
@click.argument("proposal")
@reading_as_of
def show(options: Options, proposal: str) -> None:
    """Show PROPOSAL: what it changes, what it needs, what it has and who agreed.

    \b
    Example:      assent proposal show 12
    Exit status:  0 shown, 2 no such proposal
    """
    app = make_app(options)
    then = moment(app)
    state = proposal_named(app, proposal, then)
    found = assess_proposal(then.standing, state, then.at)
    if options.as_json:
        emit_json(proposal_json(then.standing, state, found, lambda: stops_in(then.views), then.at))
        return
    parts = report(then.standing, state, found, lambda: stops_in(then.views), then.at)
    show_sections([*parts, *_talk(then, state)])


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Closed ones as well.")
@reading_as_of
def list_(options: Options, *, everything: bool) -> None:
    """List the open proposals, newest last.

    \b
    Example:      assent proposal list --all
    Exit status:  0
    """
    from projections.inbox import current_assessments, proposal_lines  # noqa: PLC0415 - heavy

    then = moment(make_app(options))
    with then.views.reading() as connection:
        fresh = current_assessments(connection, then.standing, then.at)
        lines = proposal_lines(connection, fresh=fresh, everything=everything)
    if options.as_json:
        emit_json_lines(line_json(line) for line in lines)
        return
    emit_table(
        ("proposal", "alias", "verdict", "tier", "opened by", "at", "summary"),
        [
            (
                one.number,
                about_words(one.effect, one.alias),
                one.closed or one.verdict,
                one.tier,
                one.opener,
                one.opened_at,
                one.summary,
            )
            for one in lines
        ],
    )


def _talk(then: Moment, state: ProposalState) -> list[Section]:
    from projections.log import comment_list  # noqa: PLC0415 - a heavy import

    with then.views.reading() as connection:
        rows = comment_list(connection, state.number)
    said = tuple((str(row.signer), str(row.at), str(row.text)) for row in rows)
    return [Section("Said", said)] if said else []
