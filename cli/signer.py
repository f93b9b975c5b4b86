"""``assent signer``: accept one's place, change one's key, lend roles, stop somebody."""

import uuid
from pathlib import Path

import click

from cli import params
from cli.act import perform
from cli.asked import signer_named
from cli.context import make_app
from cli.effect_signer import another_key
from cli.following import tell_opened
from cli.options import Options, writing
from cli.output import note
from cli.params import FILE
from cli.screen import reviewing, telling
from cli.signer_impact import impact
from cli.signer_looking import list_signers, show
from cli.stopping import stop
from cli.written_terms import end as end_
from cli.written_terms import end_from, pattern
from ledger.decide import proposal as proposals
from ledger.decide import signer
from ledger.decide.context import Standing
from ledger.decide.signer_states import SignerState
from ledger.errors import BadInput
from ledger.model.effects import RotationEffect
from ledger.model.events import SignerDelegated
from ledger.model.terms import format_instant
from ledger.store.keyfile import read_public_key


@click.group(commands=[list_signers, show, impact])
def command() -> None:
    """Accept one's place, change one's key, lend roles, stop somebody; see who signs.

    \b
    Example:      assent signer accept --as bob
    Exit status:  0 done, 2 bad input, 3 refused, 4 unproven, 5 uncheckable
    """


@command.command()
@writing
def accept(*, options: Options) -> None:
    """Accept: prove with a signature that you hold the key you were named with.

    It is signed with the key that was named for you, at the founding, when you
    were enrolled or for a rotation; from then on that key signs for you. Nobody
    acts before, nor before every root signer of the founding has accepted.

    \b
    Example:      assent signer accept --as bob
    Exit status:  0 accepted, 2 no --yes, 3 refused, 4 unproven, 5 uncheckable, 6 conflict
    """
    app = make_app(options, despite_alarm=True)
    before = app.standing.signer(app.signer_name)
    if before is not None and before.pending is not None:
        app.wanted_keys = (before.pending.id,)
    receipt = perform(
        app,
        lambda standing, by, at: signer.accept(
            standing, by=by, at=at, named_by=(by.pending or by.named_key).named_by
        ),
        screen=telling,
    )
    if receipt is None or options.as_json:
        return
    if before is not None and before.current is not None:
        note(f"the key before, {before.current.id}, only stops {before.id} from here on")
    ledger = app.views.standing().ledger()
    if ledger is not None and ledger.waiting:
        note(f"the founding still waits for {', '.join(ledger.waiting)}")


@command.command()
@click.argument("name", metavar="[ID]", required=False, type=params.identifier)
@click.option("--key-file", required=True, type=FILE, help="The public half of the next key.")
@click.option("--why", type=params.text, help="Why; everyone reads it.")
@writing
def rotate(name: str | None, key_file: Path, why: str | None, *, options: Options) -> None:
    """Ask for another key for yourself, or for ID: this opens a proposal.

    Once it is approved, whose key it is enacts it with the present key and then
    accepts with the next one.

    \b
    Example:      assent signer rotate --key-file alice-2.pub --as alice
    Exit status:  0 opened, 2 no such key or signer, 3 refused, 6 someone wrote first
    """
    app = make_app(options)
    about = signer_named(app.standing, name or app.signer_name)
    key = read_public_key(key_file)
    effect = RotationEffect(
        summary=another_key(about.id), why=why, contributors=(), signer=about.id, key=key.text
    )
    new = str(uuid.uuid4())
    receipt = perform(
        app,
        lambda standing, by, at: proposals.open_proposal(
            standing, by=by, at=at, proposal=new, effect=effect
        ),
        screen=reviewing(app),
    )
    if receipt is not None and not options.as_json:
        tell_opened(app.views.standing(), new, key_file)


@command.command()
@click.argument("to", metavar="TO", type=params.identifier)
@click.option("--role", "roles", multiple=True, type=params.identifier, help="A role to lend.")
@click.option("--aliases", type=pattern, metavar="PATTERN", help="Where, such as fraud/*.")
@click.option("--until", type=end_, metavar="TIME", help="When it ends: a time, a date, or 14d.")
@click.option("--end", is_flag=True, help="End now what is lent there.")
@writing
def delegate(
    to: str,
    roles: tuple[str, ...],
    aliases: str | None,
    until: str | None,
    *,
    end: bool,
    options: Options,
) -> None:
    """Let TO act in some of your roles until a time; needs nobody's consent.

    It takes the place of what you had lent TO on the same aliases. What root
    signers, stewards and auditors do is not lent, nor what was lent to you. A
    date is the first moment of that day, in UTC.

    \b
    Example:      assent signer delegate omar --role data-owner --until 2026-12-24
    Exit status:  0 lent, 2 bad input, 3 refused, 6 someone wrote first
    """
    if end and (roles or until is not None):
        raise BadInput("usage", "--end goes without --role and --until")
    if not end and not (roles and until is not None):
        raise BadInput("usage", "name at least one --role and --until, or --end")
    app = make_app(options)
    signer_named(app.standing, to)
    ends = None if until is None else end_from(until, app.now)

    def decide(standing: Standing, by: SignerState, at: int) -> SignerDelegated:
        return signer.delegate(
            standing,
            by=by,
            at=at,
            to=to,
            roles=tuple(sorted(set(roles))),
            aliases=aliases,
            until=_end_of_lent(standing, by, to, aliases, at) if ends is None else ends,
        )

    perform(app, decide, screen=telling)


@command.command()
@click.argument("name", metavar="ID", type=params.identifier)
@click.option("--reason", required=True, type=params.text, help="Why; everyone reads it.")
@writing
def revoke(name: str, reason: str, *, options: Options) -> None:
    """Stop ID at once: from here on nothing they sign permits anything.

    What they rejected and stopped stands. It needs nobody's consent, only the
    power to stop; anybody stops themself, with any key they ever held. To take
    it back, others agree to a proposal with effect = "lift".

    \b
    Example:      assent signer revoke bob --reason "laptop stolen" --as alice
    Exit status:  0 stopped, 2 no such signer, 3 refused, 5 uncheckable
    """
    app = make_app(options, despite_alarm=True)
    stop(app, f"signer/{name}", reason)


def _end_of_lent(standing: Standing, by: SignerState, to: str, aliases: str | None, at: int) -> str:
    """The end that an event states which only ends what is lent: that of what it ends."""
    other = standing.signer(to)
    lent = () if other is None else other.delegations
    same = [d for d in lent if (d.by, d.aliases, d.ended_at) == (by.id, aliases, None)]
    return format_instant(max((d.until for d in same if d.until > at), default=at + 1))
