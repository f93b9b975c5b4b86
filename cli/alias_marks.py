"""What stands over an alias: a freeze, exceptions that hold, and what is owed for one."""

from collections.abc import Iterator

from cli.exceptions import Granted, granted_as
from cli.owed import Owing, owing_of
from cli.sections import Section
from ledger.decide.context import Standing
from ledger.decide.signer_states import TargetState
from ledger.model.terms import format_instant


def freeze_of(standing: Standing, alias: str) -> TargetState | None:
    """The stop that freezes *alias*; ``None`` where none holds."""
    return standing.target(f"alias/{alias}")


def exceptions_at(standing: Standing, alias: str, at: int) -> list[Granted]:
    """The exceptions of *alias* that hold at *at*, or for which something is owed."""
    told = (granted_as(standing, one, at) for one in standing.exceptions_of(f"alias/{alias}"))
    return [one for one in told if one is not None and (not one.over or one.owing is not None)]


def owing_to(standing: Standing, alias: str, at: int, *, people: bool = False) -> Iterator[Owing]:
    """The releases to *alias* that were started under an exception and are not settled.

    Only with *people* they say who could help.
    """
    for name in standing.alias(alias).owing:
        state = standing.proposal(name)
        found = None if state is None else owing_of(standing, state, at, people=people)
        if found is not None:
            yield found


def remarks(standing: Standing, alias: str, at: int) -> Iterator[str]:
    """What is to be said of *alias* in a line of a list."""
    frozen = freeze_of(standing, alias)
    if frozen is not None:
        yield f"FROZEN by {frozen.by}"
    for one in owing_to(standing, alias, at):
        end = "OVERDUE" if one.is_overdue else f"until {format_instant(one.until)}"
        yield f"#{one.number} owes for {one.named()}, {end}"


def mark_sections(standing: Standing, alias: str, at: int) -> list[Section]:
    """What stands over *alias*, loudly, for who looks at it or at its release."""
    parts = []
    frozen = freeze_of(standing, alias)
    if frozen is not None:
        rows = (
            ("stopped", f"by {frozen.by} at position {frozen.position}"),
            ("so", "no release starts, advances or completes; a person may roll back"),
            ("why", "assent override list"),
        )
        parts.append(Section(f"{alias} IS FROZEN", rows, (), ("red",) * len(rows)))
    parts += [one.section() for one in owing_to(standing, alias, at, people=True)]
    rows_ = tuple(
        (f"#{one.state.number}", f"waives {', '.join(one.state.waives)}", one.words(), one.use())
        for one in exceptions_at(standing, alias, at)
        if not one.over
    )
    if rows_:
        parts.append(Section("Exceptions in force", rows_, (), ("magenta",) * len(rows_)))
    return parts


def exception_json(one: Granted) -> dict[str, object]:
    """An exception in the answer about its alias."""
    return {
        "exception": one.state.number,
        "proposal": one.release.number,
        "waives": list(one.state.waives),
        "owner": one.state.owner,
        "until": format_instant(one.ends),
        "state": one.word,
        "used_position": one.state.used_position,
        "owes": one.owing is not None,
    }
