"""What an exception leaves out of a release, so said that nobody takes it for met."""

from typing import Final

from cli.sections import Section
from cli.wording import ago
from ledger.decide.states import ProposalState
from ledger.model.terms import format_instant
from ledger.policy.assessment import Assessment, RequirementStatus
from ledger.policy.case import Waiver

WAIVED: Final = "WAIVED"
"""The word for what is not met, and left out."""


def status_word(one: RequirementStatus) -> str:
    """The status of a requirement in a table; what is waived is loud."""
    return WAIVED if one.status == "waived" else one.status


def by_exception(waiver: Waiver) -> str:
    """Which exception waives it, and until when."""
    return f"by exception #{waiver.number} until {format_instant(waiver.until)}"


def waived_section(state: ProposalState, found: Assessment, at: int) -> Section:
    """What is waived of *state*, by whose exception, until when, and what must follow."""
    rows, ends = [], []
    for one in found.waived:
        waiver = one.waived_by
        if waiver is not None:
            lacks = "; ".join(one.missing)
            rows.append((one.id, f"{by_exception(waiver)}, of {waiver.owner}: lacks {lacks}"))
            ends.append(waiver.until)
    if ends and state.closure is None:
        first = min(ends)
        left = f"in {ago(first - at)}"
        rows.append(
            ("then", f"until {format_instant(first)} ({left}) it has to be approved fully,")
        )
        rows.append(("", f"or rolled back; else {found.alias} admits no other start"))
    title = f"{WAIVED}: not met, and left out by an exception"
    return Section(title, tuple(rows), (), ("magenta",) * len(rows))
