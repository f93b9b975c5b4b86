"""Signing checkpoints: only of what this client has verified, and never of two histories.

What was verified before is the mark in the user's own state. A signature is made only where
the log continues that mark, and the mark is still the one that was compared.
"""

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Final

from cli.context import App
from cli.progress import shown
from ledger.audit.proofs import roots_at
from ledger.audit.refusals import sum_refusals
from ledger.decide.acknowledgement import require_auditor
from ledger.decide.checkpoint import require_true as require_comparable
from ledger.decide.context import Standing
from ledger.decide.signer_states import SignerState
from ledger.errors import Conflict, Refused, Uncheckable, Unproven
from ledger.model.events import CheckpointWitnessed
from ledger.model.terms import parse_instant
from ledger.seal.checkpoint import (
    Checkpoint,
    Note,
    Refusals,
    Signature,
    Witness,
    cosign,
    cosigned,
)
from ledger.seal.keys import parse_public_key
from ledger.seal.merkle import EMPTY_ROOT, leaf_hash, root
from ledger.service import prepare, sync
from ledger.store.log import EventLog
from ledger.store.state import Mark

ATTEMPTS: Final = 10
"""How often a log is compared while other programs of the same user move their mark."""

STEP: Final = 1_000
"""How many entries are read before more is shown of it."""


def checkpoint_of(app: App, standing: Standing) -> Checkpoint:
    """What there is to sign of the log that this client has verified."""
    head = standing.head
    refused = refusals_before(app, head.size)
    return Checkpoint(app.expected_id, head.size, root(head.frontier), refused)


def refusals_before(app: App, size: int) -> Refusals:
    """What a checkpoint says of the refused entries among the first *size*."""
    from projections.checkpoints import refused_entries  # noqa: PLC0415 - a heavy import

    with app.views.reading() as connection:
        return sum_refusals(refused_entries(connection, size))


def require_true(app: App, note: Note) -> None:
    """Refuse to vouch for *note* unless it is of the log that this client has verified.

    Its root is compared with that of as many entries, its list of refused entries with what
    the rules make of them, and signatures by keys that the ledger knows are proven. Raises
    :class:`Unproven` (``checkpoint-false``, ``refusals-differ``, ``bad-checkpoint``,
    ``log-changed``), :class:`Uncheckable` (``checkpoint-ahead``).
    """
    checkpoint, standing = note.checkpoint, app.standing
    cosigned(note, _known(standing))
    if checkpoint.size > standing.head.size:
        raise Uncheckable(
            "checkpoint-ahead",
            f"the checkpoint is of {checkpoint.size} entries, and the log has"
            f" {standing.head.size} here",
            hint="a copy may lag behind; if it stays so, somebody was shown a longer log",
        )
    (found,) = roots_of(app, standing, {checkpoint.size}).values()
    if found != checkpoint.root:
        raise Unproven(
            "checkpoint-false",
            f"the checkpoint is of another history of {checkpoint.size} entries: its root is"
            f" {checkpoint.root.hex()}, and that of this log {found.hex()}",
            hint="two histories exist: keep the file, and run assent audit compare FILE -",
        )
    told = checkpoint.refusals
    if told is not None and told != refusals_before(app, checkpoint.size):
        raise Unproven(
            "refusals-differ",
            "whoever made the checkpoint lists other entries as refused than the rules refuse",
            hint="ask them which version of assent they verified with",
        )


def sign(app: App, checkpoint: Checkpoint) -> Signature:
    """The signature of who acts over *checkpoint*, which was found true, on the own mark.

    Raises :class:`Unproven` (``log-changed``) and :class:`Conflict` (``views-busy``).
    """
    for _ in range(ATTEMPTS):
        standing = sync(app.ledger)
        head, mark = standing.head, app.state.mark()
        newest = Mark(head.size, root(head.frontier))
        known = newest if mark is None else mark
        if known.size > head.size:
            continue  # another program was quicker, and has more to compare
        found = roots_of(app, standing, {known.size, checkpoint.size})
        if (found[known.size], found[checkpoint.size]) != (known.root, checkpoint.root):
            raise Unproven(
                "log-changed",
                f"the first {known.size} entries are not those this client verified",
                hint="assent verify says more; nothing was signed",
            )
        if app.state.swap_mark(mark, newest):
            return cosign(checkpoint, app.signer_name, app.signing_key, date_of(app, checkpoint))
    raise Conflict("views-busy", "other processes keep moving the views", hint="try again")


def date_of(app: App, checkpoint: Checkpoint) -> int:
    """When a signature over *checkpoint* is dated: no later than the log was known to go on.

    An old size with a new date would pass a log that was cut there for fresh. So it is now only
    where nothing follows; else the ledger time behind what does, before the clock was corrected
    or after, whichever is earlier.
    """
    from projections.log import CORRECTION, log_entries, times_at  # noqa: PLC0415 - heavy

    with app.views.reading() as connection:
        turns = [one.position for one in log_entries(connection, kind=CORRECTION) if one.admitted]
        later = [at for at in turns if at > checkpoint.size]
        times = times_at(connection, [checkpoint.size, *later]).values()
    return min([app.now, *(parse_instant(one) for one in times)])


def require_author(app: App, checkpoint: Checkpoint) -> None:
    """Refuse who could not put *checkpoint* into the log, before anything is signed.

    Raises what a signed write by them would raise, but for what is wrong with the log.
    """

    def draft(standing: Standing, by: SignerState, at: int) -> CheckpointWitnessed:
        require_auditor(standing, by, at)
        require_comparable(standing, checkpoint)
        return CheckpointWitnessed(
            size=checkpoint.size, root=checkpoint.root.hex(), checkpoint=checkpoint.text
        )

    prepare(app.standing, app.signer, draft, now=app.now, ledger_id=app.ledger.id)


def require_own_key(app: App) -> None:
    """Refuse to witness from outside under a signer's name, or with a signer's key.

    Raises :class:`Refused` (``key-owner``).
    """
    name, key = app.signer_name, app.signing_key.public
    owner = app.standing.owner_of(key.id)
    named = app.standing.signer(name)
    if (None if owner is None else owner.id) != (None if named is None else named.id):
        said = "nobody's" if owner is None else f"{owner.id}'s"
        raise Refused("key-owner", f"in this ledger the key {key.id} is {said}, not {name}'s")


def roots_of(app: App, standing: Standing, sizes: Collection[int]) -> dict[int, bytes]:
    """The root of each of *sizes* in the log that *standing* was verified from.

    Those of the last entries are known; for others the whole log is read once more. Raises
    :class:`Unproven` (``log-changed``, ``missing-entry``).
    """
    head = standing.head
    found = {head.size: root(head.frontier), 0: EMPTY_ROOT}
    for size in sizes:
        kept = standing.root_at(size)
        if kept is not None:
            found[size] = kept
    if not found.keys() >= set(sizes):
        read = roots_at(leaves_in(app.log, head.size), {*sizes, head.size})
        if read.get(head.size) != found[head.size]:
            raise Unproven(
                "log-changed",
                f"the first {head.size} entries are not those this client verified",
                hint="assent verify says more; nothing was signed",
            )
        found |= read
    return {size: found[size] for size in sizes}


def leaves_in(log: EventLog, size: int) -> Iterator[bytes]:
    """The leaf hashes of the first *size* envelopes of *log*, from their bytes.

    Raises :class:`Unproven` (``missing-entry``) where one is gone.
    """
    tell = shown("reading")
    for row in islice(log.scan(), size):
        if row.raw is None:
            raise Unproven("missing-entry", f"the entry at position {row.position} is gone")
        yield leaf_hash(row.raw)
        if row.position % STEP == 0:
            tell(row.position, size)
    tell(size, size)


def _known(standing: Standing) -> Iterator[Witness]:
    """Every key that anybody in the ledger ever had, with their name."""
    for signer in standing.signers():
        for key in signer.keys:
            yield Witness(signer.id, parse_public_key(key.text))
