"""Stopping: one person, at once; for ``signer revoke`` and ``override set``."""

import uuid

from cli.act import perform
from cli.asked import signer_named
from cli.context import App
from cli.output import note
from cli.screen import telling
from cli.stops import SHORT
from ledger.decide import override
from ledger.errors import BadInput

SIGNER = "signer/"
"""What the targets begin with that this version stops."""


def stop(app: App, target: str, reason: str) -> None:
    """Stop *target* as the signer of *app*, and say what follows.

    Raises :class:`BadInput`: ``unsupported-target``, ``unknown-signer``.
    """
    stopped = signer_named(app.standing, signer_of(target))
    if stopped.id == app.signer_name:
        # Whoever was robbed of one key may still hold another: any of them will do.
        held = stopped.accepted_keys
        app.wanted_keys = [key.id for key in sorted(held, key=lambda key: key != stopped.current)]
    new = str(uuid.uuid4())
    receipt = perform(
        app,
        lambda standing, by, at: override.stop(
            standing, by=by, at=at, override=new, target=target, reason=reason
        ),
        screen=telling,
    )
    if receipt is None or app.options.as_json:
        return
    note(f"{stopped.id} is stopped: nothing they sign permits anything from here on")
    note(f"if others hold their key, N being the last position that was {stopped.id}'s own:")
    note(f"  assent signer impact {stopped.id} --after N")
    note("to go on later, others agree to a proposal whose file says:")
    note('  effect = "lift"')
    note(f'  stops = ["{new[:SHORT]}"]')


def signer_of(target: str) -> str:
    """The id of the signer that *target* names.

    Raises :class:`BadInput` (``unsupported-target``) for a target that is something else.
    """
    if not target.startswith(SIGNER):
        raise BadInput(
            "unsupported-target",
            f"this version stops signers, and not {target}",
            hint="write signer/ and the id, such as signer/bob",
        )
    return target.removeprefix(SIGNER)
