"""``assent policy``: write, check and read policies."""

from pathlib import Path
from textwrap import wrap

import click

from cli.context import App, make_app
from cli.options import Options, plain, reading, reading_as_of
from cli.output import emit, emit_json, emit_json_lines, note, safe
from cli.params import FILE, read_text_file
from cli.policy_diff import command as diff
from cli.policy_file import file_problems, lock_outs, still_means
from cli.policy_simulate import simulate
from cli.policy_test import test as test_
from cli.sections import show_sections
from ledger.decide.context import Standing
from ledger.decide.people import eligible
from ledger.decide.states import PolicyState
from ledger.errors import BadInput, Uncheckable
from ledger.model.problems import Problem
from ledger.model.terms import format_instant
from ledger.policy.document import Policy
from ledger.policy.facts import FACTS, USES, Fact, declared_facts
from ledger.policy.published import parse_policy
from ledger.policy.reading import read_policy
from ledger.policy.starting import SMALL, STANDARD

BAD = 2
"""The exit status of a policy with problems."""

COLUMNS = 80
"""How wide the descriptions of facts are folded."""

RULES = ("tier", "requirement")
"""Where a condition stands that is not a duty's."""


@click.group(commands=[diff, simulate, test_])
def command() -> None:
    """Write, check, test, compare and read policies.

    \b
    Example:      assent policy check policy.toml
    Exit status:  0 done, 2 bad input, 4 unproven, 5 uncheckable
    """


@command.command()
@click.option("--small", is_flag=True, help="One reviewer, for teams of two or three.")
@plain
def new(*, small: bool, options: Options) -> None:
    """Print a policy to start from; every line of it is enforced.

    \b
    Example:      assent policy new > policy.toml
    Exit status:  0 printed
    """
    text = SMALL if small else STANDARD
    if options.as_json:
        emit_json({"schema": "policy-text/1", "text": text})
        return
    emit(text.removesuffix("\n"))


@command.command()
@click.argument("file", type=FILE)
@reading
def check(file: Path, *, options: Options) -> int:
    """Check the policy in FILE: every problem with its line, and what would mend it.

    Where a ledger is in reach, also whether the people who accepted there could
    meet it.

    \b
    Example:      assent policy check policy.toml
    Exit status:  0 nothing wrong, 2 problems, 4 the ledger is unproven
    """
    text = read_text_file(file)
    found = file_problems(text, str(file))
    unchecked: str | None = "the problems above come first"
    if not found:
        standing, unchecked = _in_reach(make_app(options))
        if standing is not None:
            people, services = eligible(standing)
            policy = read_policy(text, file=str(file))
            found = lock_outs(policy, people, text, str(file), services=services)
    if options.as_json:
        emit_json(
            {
                "schema": "policy-check/1",
                "file": str(file),
                "problems": [_problem(one) for one in found],
                "lock_out_checked": unchecked is None,
            }
        )
    else:
        _show_problems(file, found, unchecked)
    return BAD if found else 0


@command.command()
@reading_as_of
def facts(*, options: Options) -> None:
    """List the names that conditions may use, with their values and places.

    Where a ledger is in reach, with the facts its policy wants declared.

    \b
    Example:      assent policy facts
    Exit status:  0 listed, 2 no such position, 4 the ledger is unproven
    """
    standing, unchecked = _in_reach(make_app(options))
    known = [*FACTS]
    if standing is not None:
        known += declared_facts(standing.policy())
    if options.as_json:
        emit_json_lines(_fact_json(one) for one in known)
        return
    _show_facts(known)
    if standing is None:
        note(f"without the facts a policy declares: {unchecked}")


@command.command()
@click.argument("number", type=click.IntRange(min=1), required=False)
@click.option("--page", is_flag=True, help="A playbook on one page instead of the text.")
@reading_as_of
def show(number: int | None, *, page: bool, options: Options) -> None:
    """Print policy NUMBER as it was published; without it, the policy in force.

    With --page it is turned round, for people: what each tier asks for, who approves,
    who is told, and within which times.

    \b
    Example:      assent policy show --as-of 2026-11-21T07:41:26Z
    Exit status:  0 printed, 2 there is no such policy, 4 unproven, 5 uncheckable
    """
    from cli.moment import moment  # noqa: PLC0415 - new needs no views

    standing = moment(make_app(options)).standing
    state = standing.policy_state(number or standing.head.policy)
    if state is None:
        raise BadInput(
            "unknown-policy",
            f"there is no policy {number}",
            hint=f"the policy in force is {standing.head.policy}",
        )
    same = still_means(state.text, state.canonical)
    if page:
        _show_page(parse_policy(state.canonical), options)
    elif options.as_json:
        emit_json(_policy_json(state, faithful=same))
    else:
        emit(safe(state.text, lines=True).removesuffix("\n"))
    if page and not same:
        note("WARNING: this page is of what judges, which is NOT what the published text says.")
    elif not same:
        note("WARNING: this text is NOT what judges. Read today, it does not give the canonical")
        note("JSON that was signed with it and that every rule reads: see --json, canonical.")


def _show_page(policy: Policy, options: Options) -> None:
    from cli.policy_page import page_sections  # noqa: PLC0415 - looks at every possible case
    from ledger.policy.analysis.playbook import playbook, playbook_json  # noqa: PLC0415

    if options.as_json:
        emit_json(playbook_json(playbook(policy)))
    else:
        show_sections(page_sections(policy))


def _policy_json(state: PolicyState, *, faithful: bool) -> dict[str, object]:
    return {
        "schema": "policy/1",
        "number": state.number,
        "position": state.position,
        "at": format_instant(state.at),
        "text": state.text,
        "canonical": state.canonical,
        "text_is_canonical": faithful,
    }


def _in_reach(app: App) -> tuple[Standing | None, str | None]:
    """The verified standing of the ledger here; without one, why it could not be asked."""
    from cli.moment import moment  # noqa: PLC0415 - the past needs views, the present does not

    try:
        return (app.standing if app.options.as_of is None else moment(app).standing), None
    except Uncheckable as error:
        return None, error.message


def _show_facts(known: list[Fact]) -> None:
    """A line for each name with where it may stand, and below it where its value comes from."""
    lines = [("name", "kind", "where"), *((one.name, one.kind, _where(one)) for one in known)]
    widths = [max(len(line[i]) for line in lines) for i in range(2)]
    sources = ["", *(one.source for one in known)]
    for (name, kind, where), source in zip(lines, sources, strict=True):
        emit(safe(f"{name:{widths[0]}}  {kind:{widths[1]}}  {where}"))
        for part in wrap(source, COLUMNS, initial_indent="    ", subsequent_indent="    "):
            emit(safe(part))


def _fact_json(fact: Fact) -> dict[str, object]:
    return {
        "schema": "fact/1",
        "name": fact.name,
        "kind": fact.kind,
        "source": fact.source,
        "uses": list(fact.uses),
    }


def _where(fact: Fact) -> str:
    """Which conditions may use *fact*, in a word or two; --json has every place."""
    if fact.uses == USES:
        return "everywhere"
    duties = [use for use in fact.uses if use not in RULES]
    every = len(duties) == len(USES) - len(RULES)
    said = [f"{use}s" for use in fact.uses if use in RULES]
    if duties:
        said.append("duties" if every else "some duties")
    return ", ".join(said)


def _show_problems(file: Path, found: list[Problem], unchecked: str | None) -> None:
    for one in found:
        emit(safe(f"{one.file}:{one.line}: {one.message} [{one.code}]"))
        if one.hint:
            emit(f"  {safe(one.hint)}")
    if not found:
        emit(f"{safe(file)}: nothing wrong")
    if unchecked is not None:
        note(f"whether your people could meet it was not checked: {safe(unchecked)}")


def _problem(one: Problem) -> dict[str, object]:
    return {"code": one.code, "line": one.line, "message": one.message, "hint": one.hint}
