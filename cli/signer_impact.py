"""``assent signer impact``: what disowning keys would take with it, or took."""

from collections.abc import Sequence

import click

from cli import params
from cli.asked import signer_named
from cli.context import make_app
from cli.impact import Asked, impact_json, impact_sections
from cli.moment import moment
from cli.options import Options, reading_as_of
from cli.output import emit_json, note
from cli.sections import show_sections
from ledger.decide.disowning import impact as impact_of
from ledger.decide.signer_states import SignerState
from ledger.errors import BadInput


@click.command()
@click.argument("name", metavar="ID", type=params.identifier)
@click.option(
    "--after", required=True, type=click.IntRange(min=0), help="The last position that is good."
)
@click.option(
    "--key", "keys", multiple=True, metavar="FINGERPRINT", help="Only these keys; default all."
)
@reading_as_of
def impact(name: str, after: int, keys: tuple[str, ...], *, options: Options) -> None:
    """List what disowning the keys of ID after a position would take with it, or took.

    Proposals that lose their consent, with what becomes of what they did; open
    ones that lose approvals or documents; delegations that end.

    \b
    Example:      assent signer impact bob --after 41
    Exit status:  0 listed, 2 no such signer, key or position, 4 unproven, 5 uncheckable
    """
    then = moment(make_app(options))
    one = signer_named(then.standing, name)
    if after >= then.standing.head.size:
        raise BadInput(
            "no-such-position", f"there is no position {after}; the log ends at {then.position}"
        )
    asked = Asked(name, _asked_keys(one, keys), after)
    found = impact_of(then.standing, name, asked.keys, after)
    if options.as_json:
        emit_json(impact_json(then.standing, asked, found))
        return
    show_sections(impact_sections(then.standing, asked, found))
    if any(key.id in asked.keys and key.disowned_after is None for key in one.keys):
        note("to disown them, the root agrees to a proposal whose file says:")
        listed = ", ".join(f'"{key}"' for key in asked.keys)
        named = [f"keys = [{listed}]"] if keys else []
        for line in ('effect = "disown"', f'signer = "{name}"', *named, f"after = {after}"):
            note(f"  {line}")


def _asked_keys(one: SignerState, keys: Sequence[str]) -> tuple[str, ...]:
    """The keys that are asked about: those named, else all that *one* ever accepted."""
    accepted = [key.id for key in one.accepted_keys]
    unknown = [key for key in keys if key not in accepted]
    if unknown or not accepted:
        said = unknown[0] if unknown else "any key"
        raise BadInput(
            "unknown-key",
            f"{one.id} never accepted {said}",
            hint=f"accepted were: {', '.join(accepted) or 'none'}",
        )
    return tuple(sorted(set(keys or accepted)))
