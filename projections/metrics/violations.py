"""How often entries broke a rule of the policy, or somebody did not do what it asks for."""

from typing import Any, Final

from sqlalchemy import FromClause, Select

from projections.log import entries, findings
from projections.metrics.definition import Metric, metric, observations
from projections.proposals import proposals

_entry, _finding, _proposal = entries.c, findings.c, proposals.c
_finder = entries.alias("finder")

NOTICE: Final = "notice"
"""The severity of what is said about what somebody did not do."""


def _found(timed: FromClause) -> Select[Any]:
    """One row for each finding, at the time of its entry in *timed*.

    With the proposal that the entry names at which it stands, if that names one.
    """
    return (
        observations(
            at=timed.c.judged_at,
            position=_finding.position,
            number=_entry.proposal,
            alias=_proposal.alias,
            tier=_proposal.tier,
            what=_finding.rule,
        )
        .join_from(findings, entries, _entry.position == _finding.position)
        .join(proposals, _proposal.number == _entry.proposal, isouter=True)
    )


POLICY_VIOLATIONS: Final = metric(
    "policy-violations",
    "Entries that broke a rule",
    "count",
    ("alias", "tier"),
    # The rule also stands at the entry itself: with it, the index of refused entries by time
    # answers, and no finding from before the window is looked at.
    _found(entries).where(_finding.severity != NOTICE, _entry.rule.is_not(None)),
    parts="rule",
)

MISSED_DUTIES: Final = metric(
    "missed-duties",
    "Duties missed",
    "count",
    ("alias", "tier"),
    _found(_finder)
    .join(_finder, _finder.c.position == _finding.found_position)
    .where(_finding.severity == NOTICE),
    parts="rule",
)

VIOLATIONS: Final[tuple[Metric, ...]] = (POLICY_VIOLATIONS, MISSED_DUTIES)
"""The metrics of this file, in the order they are told."""
