"""Findings: what an audit has to say, and the verdict that follows from all of it."""

from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["refused", "alarm", "uncheckable"]
Verdict = Literal["verified", "refused", "tampered", "forked", "rolled-back", "uncheckable"]

SEEN_MISMATCH: Final = "seen-mismatch"
SHORTER: Final = "log-shorter"

ALARMS: Final[frozenset[str]] = frozenset(
    {
        SEEN_MISMATCH,
        SHORTER,
        "other-ledger",
        "missing-entry",
        "leaf-differs",
        "root-differs",
        "evidence-differs",
        "receipt-differs",
    }
)
"""Rules whose breach says that a history was changed, cut or split."""

UNCHECKABLE: Final[frozenset[str]] = frozenset(
    {"unknown-rules", "evidence-missing", "never-pinned"}
)
"""Rules whose breach says that something could not be checked."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that did not hold; ``position`` is ``None`` where no one entry is meant."""

    position: int | None
    rule: str
    message: str
    expected: str | None = None
    actual: str | None = None

    @property
    def severity(self) -> Severity:
        """How grave a breach of this rule is."""
        if self.rule in ALARMS:
            return "alarm"
        return "uncheckable" if self.rule in UNCHECKABLE else "refused"


def verdict_of(findings: tuple[Finding, ...]) -> Verdict:
    """The verdict that the findings nobody has acknowledged lead to; the gravest decides."""
    rules = {finding.rule for finding in findings}
    severities = {finding.severity for finding in findings}
    if SHORTER in rules:
        return "rolled-back"
    if "alarm" in severities:
        return "forked" if rules & ALARMS == {SEEN_MISMATCH} else "tampered"
    if "uncheckable" in severities:
        return "uncheckable"
    return "refused" if findings else "verified"
