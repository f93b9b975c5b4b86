"""Files that are released, held against the digests that were consented to."""

from collections.abc import Sequence
from pathlib import Path

from ledger.decide.states import ProposalState
from ledger.errors import BadInput, Refused
from ledger.policy.case import require_release
from ledger.store.blobs import digest_of


def require_artifacts(state: ProposalState, written: Sequence[str]) -> None:
    """Refuse files that are not what the proposal *state* names, each as ``COMPONENT=FILE``.

    Raises :class:`BadInput` (``usage``, ``unknown-component``, ``no-such-file``),
    :class:`Refused` (``artifact-differs``, ``not-a-release``).
    """
    if not written:
        return
    digests = require_release(state.effect, state.number).stack.digests()
    for text in written:
        component, equals, file = text.partition("=")
        if not (component and equals and file):
            raise BadInput(
                "usage", f"{text!r} is no artifact", hint="write --artifact model=model.bin"
            )
        if component not in digests:
            raise BadInput(
                "unknown-component",
                f"the stack of #{state.number} has no component {component!r}",
                hint=f"it has {', '.join(sorted(digests))}",
            )
        found = digest_of(Path(file))
        if found != digests[component]:
            raise Refused(
                "artifact-differs",
                f"{file} is not the {component} of #{state.number}: its digest is {found}",
                hint=f"consent was given to {digests[component]}",
            )
