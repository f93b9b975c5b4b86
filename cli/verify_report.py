"""How the outcome of ``assent verify`` is shown: ``verification/1``, or a verdict and a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cli.output import emit, emit_json, emit_table, note, safe
from ledger.audit.findings import Verdict
from ledger.audit.verification import Verification, Witnessed
from ledger.audit.vouching import Vouched
from ledger.decide.judgement import Finding
from ledger.decide.states import LedgerState
from ledger.model.terms import format_instant
from ledger.store.state import Mark

EXIT_STATUS: Final[Mapping[Verdict, int]] = {
    "verified": 0,
    "refused": 3,
    "tampered": 4,
    "forked": 4,
    "rolled-back": 4,
    "uncheckable": 5,
}

SHOWN: Final = 50
"""How many findings the text lists; JSON has all of them."""


@dataclass(frozen=True, slots=True)
class Report:
    """A verification with the ledger as founded and what it was held against.

    That is this client's own mark, one that was given, and the largest checkpoint that both
    the log and a witness agree with.
    """

    verification: Verification
    mark: Mark | None = None
    ledger: LedgerState | None = None
    given: Witnessed | None = None
    checkpoint: Vouched | None = None
    names_ledger: bool = False
    """Whether people are told which ledger it was: where they did not go to a place they know."""


def show(report: Report, seconds: float, *, as_json: bool) -> None:
    """Print *report*: one JSON object, or the verdict first and then the findings."""
    if as_json:
        emit_json(_body(report, seconds))
    else:
        _text(report)


def _body(report: Report, seconds: float) -> dict[str, object]:
    found, ledger = report.verification, report.ledger
    return {
        "schema": "verification/1",
        "verdict": found.verdict,
        "ledger": None if ledger is None else ledger.id,
        "size": found.size,
        "root": found.root,
        "entries": found.size,
        "findings": [_finding(one) for one in found.findings],
        "acknowledged": [_finding(one) for one in found.acknowledged],
        "checkpoint": None if report.checkpoint is None else _checkpoint(report.checkpoint),
        "backed_by": _backing(report) or None,
        "rehearsal": ledger is not None and ledger.rehearsal,
        "solo": ledger is not None and ledger.solo,
        "seconds": round(seconds, 3),
    }


def _backing(report: Report) -> dict[str, int]:
    """The sizes up to which something outside the log says what it was."""
    found = {
        "mark": None if report.mark is None else report.mark.size,
        "given": None if report.given is None else report.given.size,
        "checkpoint": None if report.checkpoint is None else report.checkpoint.checkpoint.size,
    }
    return {name: size for name, size in found.items() if size is not None}


def _checkpoint(one: Vouched) -> dict[str, object]:
    return {
        "size": one.checkpoint.size,
        "root": one.checkpoint.root.hex(),
        "signed_by": sorted({by.name for by in one.by}),
        "at": format_instant(one.at),
    }


def _finding(one: Finding) -> dict[str, object]:
    return {
        "position": one.position,
        "rule": one.rule,
        "severity": one.severity,
        "message": one.message,
        "expected": one.expected,
        "actual": one.actual,
    }


def _text(report: Report) -> None:
    found = report.verification
    if found.root:
        emit(f"{found.verdict} up to position {found.size - 1}, root {found.root}")
    else:
        emit(f"{found.verdict}: {safe(found.findings[0].message)}")
    for line in _said(report):
        emit(line)
    for title, findings in (("", found.findings), ("acknowledged:", found.acknowledged)):
        if not findings:
            continue
        if title:
            emit(title)
        emit_table(
            ("position", "rule", "message"),
            [
                ("-" if f.position is None else f.position, f.rule, _sentence(f))
                for f in findings[:SHOWN]
            ],
        )
        if len(findings) > SHOWN:
            note(f"and {len(findings) - SHOWN} more: --json lists them all")


def _said(report: Report) -> list[str]:
    """What a reader must know to weigh the verdict."""
    ledger, lines = report.ledger, []
    if ledger is not None and report.names_ledger:
        lines.append(f"of the ledger {ledger.id}")
    if report.mark is not None:
        lines.append(f"held against your mark: the {report.mark.size} entries verified before")
    if report.given is not None:
        lines.append(f"held against the mark you gave: {report.given.size} entries")
    if report.checkpoint is not None:
        one, size = report.checkpoint, report.checkpoint.checkpoint.size
        lines.append(
            f"witnessed up to position {size - 1} by {one.names} at {format_instant(one.at)}"
        )
    if report.verification.root and not _backing(report):
        lines.append("no mark of yours or anybody else's backs it: a cut end would not show")
    if ledger is not None and ledger.rehearsal:
        lines.append("this ledger is a rehearsal: its times were set by whoever signed")
    if ledger is not None and ledger.solo:
        lines.append("this ledger is solo: one person alone may rule it")
    return lines


def _sentence(one: Finding) -> str:
    parts = [one.message]
    if one.expected is not None:
        parts.append(f"expected {one.expected}")
    if one.actual is not None:
        parts.append(f"found {one.actual}")
    return "; ".join(parts)
