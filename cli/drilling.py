"""A rollback rehearsed: timed, shown, and attached as evidence where it works."""

import hashlib
import json
import time
from typing import Final

from cli.act import perform
from cli.context import App
from cli.sections import Section, show_sections
from ledger.decide import evidence
from ledger.decide.context import Standing
from ledger.decide.drill import Rehearsal, rehearse
from ledger.decide.signer_states import SignerState
from ledger.decide.states import ProposalState
from ledger.errors import Refused
from ledger.model.events import EvidenceAttached, Metric
from ledger.model.stack import ComponentDigest
from ledger.model.terms import SCALE, format_decimal, format_instant
from ledger.policy.case import require_release

TYPE: Final = "rollback-drill"
"""The evidence type of a rehearsal that worked."""

METRIC: Final = "duration_seconds"
NAME: Final = "rollback-drill.json"

MILLISECOND: Final = 1_000_000
"""Nanoseconds in the finest that is told of a duration."""


def attach_drill(app: App, state: ProposalState) -> None:
    """Rehearse the rollback of *state*, show it on stderr, and attach it as evidence.

    Raises :class:`Refused` (``drill-failed``) where it would not work as it is planned; then
    nothing is attached.
    """
    began = time.perf_counter_ns()
    found = rehearse(app.standing, state, app.now)
    took = -(-(time.perf_counter_ns() - began) // MILLISECOND)
    seconds = format_decimal(took * SCALE // 1_000)
    show_sections([_section(state, found, seconds)], err=True)
    if found.faults:
        raise Refused(
            "drill-failed",
            f"the rollback of #{state.number} would not work: {'; '.join(found.faults)}",
            hint="mend that, then rehearse again; nothing was attached",
        )
    document = json.dumps(_document(app, state, found, seconds), ensure_ascii=False, indent=1)
    _attach(app, state, f"{document}\n".encode(), seconds)


def _attach(app: App, state: ProposalState, document: bytes, seconds: str) -> None:
    parts = require_release(state.effect, state.number).stack.components
    digest = f"sha256:{hashlib.sha256(document).hexdigest()}"
    took = Metric(name=METRIC, segment=None, value=seconds, low=None, high=None, level=None)

    def decide(standing: Standing, by: SignerState, _: int) -> EvidenceAttached:
        event = evidence.attach(
            standing,
            by=by,
            proposal=state.id,
            type_=TYPE,
            name=NAME,
            digest=digest,
            size=len(document),
            subject=[ComponentDigest(component=p.component, digest=p.digest) for p in parts],
            metrics=[took],
            expires=None,
        )
        if not app.options.dry_run:
            app.blobs.put(document)
        return event

    perform(app, decide)


def _document(app: App, state: ProposalState, found: Rehearsal, seconds: str) -> dict[str, object]:
    """What came of the rehearsal, for whoever counts on it later."""
    return {
        "schema": "rollback-drill/1",
        "ledger": app.expected_id,
        "proposal": state.number,
        "proposal_id": state.id,
        "alias": found.alias,
        "target": None if found.target is None else found.target.number,
        "people": list(found.people),
        "services": list(found.services),
        "outcome": _outcome(found),
        "seconds": seconds,
        "at": format_instant(app.now),
        "standing": app.standing.head.size - 1,
    }


def _outcome(found: Rehearsal) -> str:
    if found.target is None:
        return f"{found.alias} runs nothing again, as before the release"
    return f"{found.alias} runs the stack of #{found.target.number} again"


def _section(state: ProposalState, found: Rehearsal, seconds: str) -> Section:
    rows = [
        ("would then be so", _outcome(found)),
        ("could roll back", ", ".join(found.people) or "nobody"),
        ("on a breach also", ", ".join(found.services) or "no service"),
        ("took", f"{seconds} seconds, on a copy"),
        *(("FAILS", fault) for fault in found.faults),
    ]
    marks = ("",) * 4 + ("red",) * len(found.faults)
    title = f"The rollback of #{state.number}, rehearsed"
    return Section(title, tuple(rows), (), marks)
