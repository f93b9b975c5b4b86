"""Entries of the log as this client verified them before: their bytes, and what they say."""

from cli.context import App
from ledger.errors import BadInput, Unproven
from ledger.model.entry import Entry, parse_entry
from ledger.seal.envelope import peek_unverified
from ledger.seal.merkle import leaf_hash


def verified_envelope(app: App, position: int) -> bytes:
    """The envelope at *position*, as this client verified it before.

    Raises :class:`BadInput` (``no-such-position``), :class:`Unproven` (``log-changed``).
    """
    from projections.leaves import leaf_at  # noqa: PLC0415 - a heavy import

    size = app.standing.head.size
    if position >= size:
        raise BadInput(
            "no-such-position", f"there is no position {position}; the log ends at {size - 1}"
        )
    envelope = app.log.row(position).raw
    with app.views.reading() as connection:
        known = leaf_at(connection, position)
    if envelope is None or leaf_hash(envelope) != known:
        raise Unproven(
            "log-changed",
            f"the entry at position {position} is not the one this client verified",
            hint="assent verify says more",
        )
    return envelope


def entry_of(app: App, position: int) -> Entry:
    """The entry at *position*, which was admitted. Raises as :func:`verified_envelope`."""
    return parse_entry(peek_unverified(verified_envelope(app, position)))
