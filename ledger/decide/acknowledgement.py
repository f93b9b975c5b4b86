"""Findings: an auditor or a root signer takes note of what an audit found at a position."""

from dataclasses import replace

from ledger.decide.context import Standing
from ledger.decide.happening import Happening
from ledger.decide.roles import AUDITOR, roles_held
from ledger.decide.signer_states import SignerState
from ledger.decide.states import State
from ledger.errors import Refused
from ledger.model.events import FindingAcknowledged
from ledger.policy.case import ROOT


def acknowledge(
    standing: Standing, *, by: SignerState, at: int, position: int, note: str
) -> FindingAcknowledged:
    """Take note of the findings at *position*; they stay findings."""
    if not {ROOT, AUDITOR} & roles_held(standing, by, None, at).keys():
        raise Refused(
            "not-auditor", f"{by.id} is neither an auditor nor a root signer of this ledger"
        )
    finding = standing.finding(position)
    if finding is None:
        raise Refused("no-finding", f"there is no finding at position {position}")
    if finding.acknowledged_by is not None:
        raise Refused(
            "already-acknowledged",
            f"{finding.acknowledged_by} has acknowledged position {position} already",
        )
    return FindingAcknowledged(position=position, note=note)


def evolve(standing: Standing, event: FindingAcknowledged, on: Happening) -> tuple[State, ...]:
    """The rows that change with *event*."""
    finding = standing.finding(event.position)
    if finding is None:
        return ()
    head = standing.head
    counted = (
        replace(head, alarms=head.alarms - 1)
        if finding.alarm
        else replace(head, refused=head.refused - 1)
    )
    return replace(finding, acknowledged_by=on.signer), counted
