"""Stopping: one person, at once; for ``signer revoke`` and ``override set``."""

import uuid
from collections.abc import Iterator
from typing import Any, Final

from cli.act import Screen, perform, show_receipt
from cli.asked import signer_named
from cli.context import App, interactive
from cli.entries import entry_of, verified_envelope
from cli.output import note, safe
from cli.screen import telling
from cli.stops import SHORT
from cli.targets import require_target, split_target
from cli.wording import about
from ledger.decide import override, override_drill
from ledger.decide.context import Standing
from ledger.errors import AssentError, Uncheckable
from ledger.model.effects import ReleaseEffect
from ledger.model.entry import Entry
from ledger.model.problems import closest, listed
from ledger.seal.merkle import leaf_hash
from ledger.service import Receipt, receipt

LISTED: Final = 10
"""How many of what a stop holds are told of, each in a line."""


def stop(app: App, target: str, reason: str) -> None:
    """Stop *target* as the signer of *app*, and say what follows.

    Views that cannot be read keep nobody from it: they are made anew for this once.
    Raises :class:`BadInput`: ``not-a-target``, ``unknown-signer``.
    """
    kind, name = split_target(require_target(target))
    if kind == "signer":
        _know_signer(app, name)
    new = str(uuid.uuid4())
    try:
        done = _set(app, new, target, reason)
    except Uncheckable as trouble:
        behind = trouble.__cause__ if isinstance(trouble.__cause__, Uncheckable) else trouble
        if not app.leave_views(behind):
            raise
        done = _made(app, new) or _set(app, new, target, reason)
    if done is None or app.options.as_json:
        return
    for line in _follows(app, kind, name, new):
        note(safe(line))


def _set(app: App, new: str, target: str, reason: str) -> Receipt | None:
    return perform(
        app,
        lambda standing, by, at: override.stop(
            standing, by=by, at=at, override=new, target=target, reason=reason
        ),
        screen=_screen(app, target),
    )


def _made(app: App, new: str) -> Receipt | None:
    """The receipt of the stop *new* where it stood already when the views gave out."""
    made = app.standing.stop(new)
    if made is None:
        return None
    leaf = leaf_hash(verified_envelope(app, made.position))
    found = receipt(app.ledger, entry_of(app, made.position), leaf)
    show_receipt(app, found)
    return found


def _screen(app: App, target: str) -> Screen:
    """Shows what is signed, and first of all that nothing is of that name, if so."""

    def show(standing: Standing, entry: Entry) -> str | None:
        for line in _beware(app, *split_target(target)):
            note(safe(line))
        return telling(standing, entry)

    return show


def _know_signer(app: App, name: str) -> None:
    stopped = signer_named(app.standing, name)
    if stopped.id == app.signer_name:
        # Whoever was robbed of one key may still hold another: any of them will do.
        held = stopped.accepted_keys
        app.wanted_keys = [key.id for key in sorted(held, key=lambda key: key != stopped.current)]


def _follows(app: App, kind: str, name: str, new: str) -> Iterator[str]:
    """What the stop of a *kind* of target brings about, and how it is taken back."""
    target = f"{kind}/{name}" if name else kind
    if not interactive():
        yield from _beware(app, kind, name)
    match kind:
        case "signer":
            yield f"{name} is stopped: nothing they sign permits anything from here on"
            yield f"if others hold their key, N being the last position that was {name}'s own:"
            yield f"  assent signer impact {name} --after N"
        case "alias":
            yield f"{name} is frozen: no release starts, advances or completes there"
            yield "a person may still roll back there; a service may not"
            yield from _held(app, target)
        case "capability":
            yield f"{name} is disabled: no stack that holds it starts, advances or completes"
            yield "what runs goes on running: a rollback takes it back"
            yield from _running(app, name)
            yield from _held(app, target)
        case _:
            yield "generation is halted: services open and revise no releases"
            yield "none that a service opened or ever revised starts, advances or completes"
            yield from _held(app, target)
    yield "to go on later, others agree to a proposal whose file says:"
    yield '  effect = "lift"'
    yield f'  stops = ["{new[:SHORT]}"]'


def _beware(app: App, kind: str, name: str) -> Iterator[str]:
    """A warning where nothing is of that name: it is stopped, and stops nothing."""
    if kind not in ("alias", "capability"):
        return
    try:
        known = _known(app, kind)
    except AssentError:
        return
    if name in known:
        return
    meant = closest(name, known)
    hint = f"; did you mean {kind}/{meant}?" if meant else ""
    if known and not meant:
        hint = f"; there are: {listed(known)}"
    if kind == "alias":
        yield f"BEWARE: nothing was ever released to {name}, nor is it asked for{hint}"
    else:
        yield f"BEWARE: no stack that runs, is under way or asked for holds {name}{hint}"


def _known(app: App, kind: str) -> set[str]:
    """The aliases that something runs at or is asked for, or the permissions of those stacks."""
    from projections.aliases import alias_list  # noqa: PLC0415 - a heavy import
    from projections.inbox import proposal_lines  # noqa: PLC0415 - the same

    standing = app.views.standing()
    with app.views.reading() as connection:
        states = [standing.alias(str(row.alias)) for row in alias_list(connection)]
        asked = [standing.proposal(line.id) for line in proposal_lines(connection)]
    effects = [one.effect for one in asked if one is not None]
    releases = [one for one in effects if isinstance(one, ReleaseEffect)]
    if kind == "alias":
        return {state.alias for state in states} | {one.alias for one in releases}
    running = [one.stack for state in states for one in (state.stable, state.candidate) if one]
    stacks = [*running, *(one.stack for one in releases)]
    return {name for stack in stacks for name in stack.permissions}


def _held(app: App, target: str) -> Iterator[str]:
    """What the stop holds; as it stands already, whatever goes wrong here is only said."""
    try:
        held = _proposals_held(app, target)
    except AssentError as trouble:
        yield f"what it holds cannot be told: {trouble.message}"
        return
    yield f"held by it: {len(held) or 'nothing that is open or under way'}"
    yield from held[:LISTED]
    if len(held) > LISTED:
        yield "  … assent proposal list"


def _proposals_held(app: App, target: str) -> list[str]:
    return [
        f"  #{one.number} {about(one.effect)}, {'open' if one.closure is None else 'under way'}:"
        f" {one.effect.summary}"
        for one in override_drill.held_by(app.views.standing(), target)
    ]


def _running(app: App, permission: str) -> Iterator[str]:
    """The aliases that run a stack that holds *permission*, or have one under way."""
    from projections.permissions import aliases_holding  # noqa: PLC0415 - a heavy import

    try:
        with app.views.reading() as connection:
            rows: list[Any] = [*aliases_holding(connection, permission)]
    except AssentError as trouble:
        yield f"the aliases running it cannot be told: {trouble.message}"
        return
    yield "aliases running it:" if rows else "aliases running it: none"
    for row in rows:
        how = "runs it" if row.place == "stable" else "has it under way"
        yield f"  {row.alias} {how}: #{row.number}"
