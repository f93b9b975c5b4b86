"""Findings: an auditor or a root signer takes note of what an audit found at a position."""

from dataclasses import replace

from ledger.decide.context import Standing
from ledger.decide.deeds import deed
from ledger.decide.happening import Happening
from ledger.decide.past import stood_for
from ledger.decide.roles import AUDITOR, roles_held
from ledger.decide.signer_states import SignerState
from ledger.decide.states import FindingState, Head, State
from ledger.errors import Refused
from ledger.model.events import FindingAcknowledged
from ledger.policy.case import ROOT


def acknowledge(
    standing: Standing, *, by: SignerState, at: int, position: int, note: str
) -> FindingAcknowledged:
    """Take note of the findings at *position*; they stay findings."""
    require_auditor(standing, by, at)
    finding = standing.finding(position)
    if finding is None:
        raise Refused("no-finding", f"there is no finding at position {position}")
    if finding.acknowledged_by is not None:
        raise Refused(
            "already-acknowledged",
            f"{finding.acknowledged_by} has acknowledged position {position} already",
        )
    return FindingAcknowledged(position=position, note=note)


def require_auditor(standing: Standing, by: SignerState, at: int) -> None:
    """Refuse who may not speak for what an audit found."""
    if not {ROOT, AUDITOR} & roles_held(standing, by, None, at).keys():
        raise Refused(
            "not-auditor", f"{by.id} is neither an auditor nor a root signer of this ledger"
        )


def evolve(standing: Standing, event: FindingAcknowledged, on: Happening) -> tuple[State, ...]:
    """The rows that change with *event*."""
    finding = standing.finding(event.position)
    if finding is None:
        return ()
    noted = replace(finding, acknowledged_by=on.signer, acknowledged_at=on.position)
    answered = unanswered(standing.head, finding, -1)
    return noted, *deed(answered, on, finding=event.position)


def forget(standing: Standing, position: int) -> None:
    """Take back, in *standing*, the note of the finding at *position* where it is void."""
    finding = standing.finding(position)
    by, at = (None, None) if finding is None else (finding.acknowledged_by, finding.acknowledged_at)
    if finding is None or by is None or at is None or stood_for(standing, by, at):
        return
    open_again = replace(finding, acknowledged_by=None, acknowledged_at=None)
    standing.put(open_again, unanswered(standing.head, finding, 1))


def unanswered(head: Head, finding: FindingState, change: int) -> Head:
    """*head*, once there is one more or less such *finding* that nobody took note of."""
    if finding.notice:
        return head
    if finding.alarm:
        return replace(head, alarms=head.alarms + change)
    return replace(head, refused=head.refused + change)
