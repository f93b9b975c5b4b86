"""The exceptions of a release in a dossier: controls, who consented, what is owed, the review."""

from collections.abc import Iterator
from typing import Any

from cli.auditing.reviewed import review_json, review_row, review_rows
from cli.auditing.stood import Stood
from cli.exceptions import Granted, granted_as
from cli.moment import Moment
from cli.sections import Section
from ledger.model.terms import format_instant

Json = dict[str, object]


def exceptions_of(then: Moment, one: Stood) -> list[Granted]:
    """The exceptions that were granted for *one*; of one that asks for an exception, that one."""
    known = [*then.standing.exceptions_of(f"proposal/{one.state.id}")]
    own = then.standing.exception(one.state.id)
    told = (granted_as(then.standing, each, then.at) for each in [*known, *([own] if own else [])])
    return [each for each in told if each is not None]


def exception_sections(then: Moment, found: list[Granted]) -> list[Section]:
    """A section for each exception, or one that says there is none."""
    if not found:
        return [Section("Exceptions", (("none",),))]
    return [
        Section(
            f"Exception #{one.state.number} for #{one.release.number}: {one.word}",
            tuple(_rows(one, review_row(then, one.state.id))),
        )
        for one in found
    ]


def _rows(one: Granted, review: Any) -> Iterator[tuple[str, str]]:
    state, effect = one.state, one.effect
    yield "waives", f"{', '.join(state.waives)}, of revision {state.revision}"
    yield "on", state.alias
    yield "incident", effect.incident
    yield "owner", state.owner
    for number, control in enumerate(effect.controls or ("none",)):
        yield "" if number else "controls", control
    yield "why", effect.why or "none"
    asked = one.asked
    yield "asked for", f"by {asked.opener}, position {asked.opened_position}"
    for given in one.given:
        yield "consent", f"{given.signer} as {given.role}, position {given.position}"
    yield "granted", f"{format_instant(state.at)}, position {state.position}"
    yield "until", f"{format_instant(one.ends)}: {one.words()}"
    yield "used", one.use()
    if state.settled_position is not None:
        yield "made up for", f"at position {state.settled_position}"
    yield "review", one.review_words()
    yield from review_rows(review)


def exceptions_json(then: Moment, found: list[Granted]) -> list[Json]:
    """The same for programs, each as ``exception/1`` with what its review said."""
    return [
        {**one.body(), "review_said": review_json(review_row(then, one.state.id))} for one in found
    ]
