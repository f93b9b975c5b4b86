"""``assent policy test``: run the cases written beside a policy, and say what came of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cli.answer import write_whole
from cli.context import make_app
from cli.options import Options, reading
from cli.output import emit_json_lines
from cli.params import FILE, read_text_file
from ledger.errors import BadInput
from ledger.policy.document import Policy
from ledger.policy.published import parse_policy
from ledger.policy.reading import read_policy

if TYPE_CHECKING:
    from cli.cases.report import Report
    from cli.cases.trials import CaseFile

FAILED: Final = 3
"""The exit status where an answer is not the expected one."""


@click.command("test")
@click.argument("file", type=FILE)
@click.option("--policy", "policy_file", type=FILE, help="Test the policy in this file.")
@click.option("--junit", type=FILE, help="Also write a JUnit XML report to this file.")
@reading
def test(file: Path, *, policy_file: Path | None, junit: Path | None, options: Options) -> int:
    """Run the cases in FILE against a policy, and compare its answers.

    FILE names the policy: a file beside it, or the number of a published one.
    Where it names none, the policy in force here is tested.

    \b
    Example:      assent policy test cases.toml --junit report.xml
    Exit status:  0 every case holds, 3 some case fails, 2 bad input,
                  4 the ledger is unproven, 5 uncheckable
    """
    from cli.cases.report import report_on, show  # noqa: PLC0415 - the same
    from cli.cases.trials import read_cases  # noqa: PLC0415 - the other verbs need no cases

    cases = read_cases(file)
    policy, source = _policy(cases, policy_file, options)
    report = report_on(cases, policy, source)
    if junit is not None:
        _write_junit(junit, report)
    if options.as_json:
        emit_json_lines(report.as_json())
    else:
        show(report)
    return 0 if report.holds else FAILED


def _policy(cases: "CaseFile", path: Path | None, options: Options) -> tuple[Policy, str]:
    """The policy to test, and where it is from."""
    named, number = cases.written.policy, cases.written.number
    if path is None and named is not None:
        path = cases.path.parent / named
    if path is not None:
        return read_policy(read_text_file(path), file=str(path)), str(path)
    standing = make_app(options).standing
    state = standing.policy_state(standing.head.policy if number is None else number)
    if state is None:
        raise BadInput(
            "unknown-policy",
            f"there is no policy {number}",
            hint=f"the policy in force is {standing.head.policy}",
            file=str(cases.path),
        )
    return parse_policy(state.canonical), "in force here" if number is None else "published here"


def _write_junit(path: Path, report: "Report") -> None:
    from cli.cases.junit import Tested, junit_xml  # noqa: PLC0415 - only where it is asked for
    from cli.cases.report import failure_lines  # noqa: PLC0415 - the same

    tests = [
        Tested(one.trial.id, line, tuple(failure_lines(report, place)))
        for place, (one, line) in enumerate(report.placed())
    ]
    write_whole(path, junit_xml(report.file, report.policy.name, report.file, tests))
