"""The verdict that follows from all that an audit found."""

from typing import Literal

from ledger.decide.judgement import ALARMS, SHORTER, SPLIT, Finding

Verdict = Literal["verified", "refused", "tampered", "forked", "rolled-back", "uncheckable"]


def verdict_of(findings: tuple[Finding, ...]) -> Verdict:
    """The verdict that the findings nobody has acknowledged lead to; the gravest decides."""
    rules = {finding.rule for finding in findings}
    severities = {finding.severity for finding in findings}
    if SHORTER in rules:
        return "rolled-back"
    if "alarm" in severities:
        return "forked" if rules & ALARMS <= SPLIT else "tampered"
    if "uncheckable" in severities:
        return "uncheckable"
    return "refused" if "refused" in severities else "verified"
