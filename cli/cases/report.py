"""The report of a policy test: for whoever reviews the policy, and as JSON lines."""

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from cli.cases.trials import CaseFile, trials_of
from cli.output import emit, safe
from ledger.model.problems import Path as Place
from ledger.policy.document import Policy
from ledger.policy.duties import Combined
from ledger.policy.trials.outcome import Difference, Outcome, try_out
from ledger.policy.trials.reach import unreached

WIDTH: Final = 80


@dataclass(frozen=True, slots=True)
class Report:
    """All that came of the cases in *file*; *left* are the rules that none of them reached."""

    file: str
    source: str
    policy: Policy
    lines: Mapping[Place, int]
    outcomes: tuple[Outcome, ...]
    left: Mapping[str, tuple[str, ...]]

    @property
    def failed(self) -> int:
        """How many cases did not come out as expected."""
        return sum(not one.holds for one in self.outcomes)

    @property
    def holds(self) -> bool:
        """Whether all cases came out as expected."""
        return self.failed == 0

    def placed(self) -> Iterator[tuple[Outcome, int]]:
        """Each outcome with the line of its case."""
        for place, one in enumerate(self.outcomes):
            yield one, self.lines["case", place]

    def line_of(self, place: int, one: Difference) -> int:
        """The line of what *one* is about: its act, or its case, which is at *place*."""
        inner = () if one.act is None else ("act", one.act)
        return self.lines["case", place, *inner]

    def as_json(self) -> Iterator[dict[str, object]]:
        """One object for each case, and one for all."""
        for place, (one, line) in enumerate(self.placed()):
            yield {
                "schema": "policy-test/1",
                "case": one.trial.id,
                "line": line,
                "holds": one.holds,
                "differences": [
                    {
                        "line": self.line_of(place, each),
                        "what": each.what,
                        "expected": each.expected,
                        "found": each.found,
                        "why": each.why,
                    }
                    for each in one.differences
                ],
                "combined": [
                    {"signer": c.signer, "duty": c.duty, "roles": list(c.roles)}
                    for c in one.combined
                ],
                "discounted": list(one.discounted),
            }
        yield {
            "schema": "policy-test-summary/1",
            "file": self.file,
            "policy": self.policy.number,
            "name": self.policy.name,
            "source": self.source,
            "cases": len(self.outcomes),
            "failed": self.failed,
            "not_exercised": {what: list(names) for what, names in self.left.items()},
        }


def report_on(cases: CaseFile, policy: Policy, source: str) -> Report:
    """What comes of *cases* under *policy*, which is from *source*.

    Raises :class:`BadInput` as :func:`cli.cases.trials.trials_of` does.
    """
    outcomes = tuple(try_out(policy, trial) for trial in trials_of(cases, policy))
    left = unreached(policy, [one.reached for one in outcomes])
    return Report(str(cases.path), source, policy, cases.lines(), outcomes, left)


def show(report: Report) -> None:
    """Print *report*: a line for each case, then every failure, then what no case reached."""
    emit(
        safe(
            f"{report.file}: policy {report.policy.number} of {report.policy.name}"
            f" ({report.source})"
        )
    )
    for one in report.outcomes:
        emit(f"{'ok' if one.holds else 'FAILED':<8}{safe(one.trial.id)}")
        for combined in one.combined:
            _wrapped(_combined(combined), " " * 8)
    for place, (one, line) in enumerate(report.placed()):
        if not one.holds:
            emit()
            _wrapped(f"{report.file}:{line}: {_titled(one)}", "")
            for text in failure_lines(report, place):
                _wrapped(text, "  ")
    if report.left:
        emit()
        emit("Not exercised by any case:")
        for what, names in report.left.items():
            _wrapped(f"{what}: {', '.join(names)}", "  ")
    emit()
    emit(_summary(report))


def failure_lines(report: Report, place: int) -> Iterator[str]:
    """What is to say of the case at *place*, if it failed, a line for each thing."""
    one = report.outcomes[place]
    for each in one.differences:
        where = "" if each.act is None else f"line {report.line_of(place, each)}: "
        why = f" ({each.why})" if each.why else ""
        yield f"{where}{each.what}: expected {each.expected}, found {each.found}{why}"
    if not one.holds:
        yield from one.discounted


def _titled(one: Outcome) -> str:
    return f"{one.trial.id} - {one.trial.because}" if one.trial.because else one.trial.id


def _combined(one: Combined) -> str:
    because = f" ({one.because})" if one.because else ""
    return f"{' and '.join(one.roles)} combined lift {one.duty} for {one.signer}{because}"


def _summary(report: Report) -> str:
    count = len(report.outcomes)
    cases = "1 case" if count == 1 else f"{count} cases"
    return f"{cases}: {count - report.failed} as expected, {report.failed} failed"


def _wrapped(text: str, indent: str) -> None:
    for line in textwrap.wrap(
        safe(text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}    ",
        break_long_words=False,
        break_on_hyphens=False,
    ):
        emit(line)
