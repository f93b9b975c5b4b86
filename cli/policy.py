"""``assent policy``: write, check and read policies."""

from pathlib import Path

import click

from cli.context import App, make_app
from cli.options import Options, plain, reading, reading_as_of
from cli.output import emit, emit_json, emit_json_lines, emit_table, note, safe
from cli.params import FILE, read_text_file
from cli.policy_file import file_problems, lock_outs, still_means
from ledger.decide.context import Standing
from ledger.errors import BadInput, Uncheckable
from ledger.model.problems import Problem
from ledger.model.terms import format_instant
from ledger.policy.facts import FACTS, TIER, declared_facts
from ledger.policy.reading import read_policy
from ledger.policy.starting import SMALL, STANDARD

BAD = 2
"""The exit status of a policy with problems."""


@click.group()
def command() -> None:
    """Write, check and read policies.

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
            found = lock_outs(read_policy(text, file=str(file)), _people(standing), text, str(file))
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
@reading
def facts(*, options: Options) -> None:
    """List the names that conditions may use, and where their values come from.

    Where a ledger is in reach, with the facts its policy wants declared.

    \b
    Example:      assent policy facts
    Exit status:  0 listed, 4 the ledger is unproven
    """
    standing, unchecked = _in_reach(make_app(options))
    known = [*FACTS, TIER]
    if standing is not None:
        known += declared_facts(standing.policy())
    if options.as_json:
        emit_json_lines(
            {"schema": "fact/1", "name": one.name, "kind": one.kind, "source": one.source}
            for one in known
        )
        return
    emit_table(("name", "kind", "value"), [(one.name, one.kind, one.source) for one in known])
    if standing is None:
        note(f"without the facts a policy declares: {unchecked}")


@command.command()
@click.argument("number", type=click.IntRange(min=1), required=False)
@reading_as_of
def show(number: int | None, *, options: Options) -> None:
    """Print policy NUMBER as it was published; without it, the policy in force.

    \b
    Example:      assent policy show --as-of 2026-11-21T07:41:26Z
    Exit status:  0 printed, 2 there is no such policy, 4 unproven, 5 uncheckable
    """
    from cli.moment import moment  # noqa: PLC0415 - new and check need no views

    standing = moment(make_app(options)).standing
    state = standing.policy_state(number or standing.head.policy)
    if state is None:
        raise BadInput(
            "unknown-policy",
            f"there is no policy {number}",
            hint=f"the policy in force is {standing.head.policy}",
        )
    same = still_means(state.text, state.canonical)
    if options.as_json:
        emit_json(
            {
                "schema": "policy/1",
                "number": state.number,
                "position": state.position,
                "at": format_instant(state.at),
                "text": state.text,
                "canonical": state.canonical,
                "text_is_canonical": same,
            }
        )
    else:
        emit(safe(state.text, lines=True).removesuffix("\n"))
    if not same:
        note("WARNING: this text is NOT what judges. Read today, it does not give the canonical")
        note("JSON that was signed with it and that every rule reads: see --json, canonical.")


def _in_reach(app: App) -> tuple[Standing | None, str | None]:
    """The verified standing of the ledger here; without one, why it could not be asked."""
    try:
        return app.standing, None
    except Uncheckable as error:
        return None, error.message


def _people(standing: Standing) -> dict[str, frozenset[str]]:
    return {
        one.id: frozenset(one.roles)
        for one in standing.signers()
        if one.kind == "person" and one.accepted_at is not None
    }


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
