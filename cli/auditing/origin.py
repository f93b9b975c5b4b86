"""Where an audit's answer comes from: which ledger, how much of it, and whose times."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from cli.answer import show_answer
from cli.context import App
from cli.moment import Moment
from cli.sections import Section
from ledger.seal.merkle import root


def show_audited(  # noqa: PLR0917 - an answer, as show_answer takes it
    app: App,
    then: Moment,
    body: Mapping[str, object],
    title: str,
    lead: str,
    sections: Sequence[Section],
    html: Path | None,
    *,
    terse: bool = False,
) -> None:
    """Give an answer as :func:`cli.answer.show_answer` does, with where it comes from.

    Where it is to be *terse*, that is left out of the text, and stands on a page and in JSON.
    """
    origin = origin_json(app, then)
    marks = "".join(f"; {word.upper()}" for word in ("rehearsal", "solo") if origin[word])
    told = [*sections] if terse and html is None else [*sections, _section(origin)]
    lead = f"{origin['name']}: {lead}{marks}"
    show_answer(app.options, {**body, "ledger": origin}, title, lead, told, html)


def origin_json(app: App, then: Moment) -> dict[str, object]:
    """The ledger of an answer: its id and name, and its size and root at that moment."""
    ledger, head = then.standing.ledger(), then.standing.head
    return {
        "id": app.expected_id,
        "name": None if ledger is None else ledger.name,
        "size": head.size,
        "root": root(head.frontier).hex(),
        "rehearsal": ledger is not None and ledger.rehearsal,
        "solo": ledger is not None and ledger.solo,
    }


def _section(origin: Mapping[str, object]) -> Section:
    rows = [
        ("ledger", f"{origin['name']}, {origin['id']}"),
        ("entries", f"{origin['size']}, each the one that this client verified; root"),
        ("", str(origin["root"])),
    ]
    marks = [""] * len(rows)
    if origin["rehearsal"]:
        rows.append(("REHEARSAL", "its times were set by whoever signed"))
        marks.append("yellow")
    if origin["solo"]:
        rows.append(("SOLO", "one person signs for everything"))
        marks.append("yellow")
    rows.append(
        ("to check", "assent verify; and the same question, by somebody else who pinned this id")
    )
    return Section("Where this comes from", tuple(rows), (), (*marks, ""))
