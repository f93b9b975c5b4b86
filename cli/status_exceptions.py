"""What ``assent status`` says of exceptions and stops: what holds, what is owed, what is due."""

from collections.abc import Iterable, Iterator
from typing import Any

from cli.alias_marks import owing_to
from cli.exceptions import granted_in
from cli.moment import Moment
from cli.stops import stops_in
from cli.wording import due_words
from ledger.decide.context import Standing
from ledger.decide.override_drill import due_at, last_of
from ledger.model.terms import format_instant

Json = dict[str, Any]


def exceptions_body(then: Moment, names: Iterable[str]) -> Json:
    """The part of ``status/1`` about exceptions and stops; *names* are those of the aliases."""
    standing, at = then.standing, then.at
    told = granted_in(then) if standing.head.exceptions else []
    return {
        "stops": [one.body() for one in stops_in(then.views) if one.holds],
        "exceptions": [
            {
                "exception": one.state.number,
                "proposal": one.release.number,
                "alias": one.state.alias,
                "waives": list(one.state.waives),
                "until": format_instant(one.ends),
                "used_position": one.state.used_position,
                "words": one.words(),
            }
            for one in told
            if not one.over
        ],
        "owing": [
            {"proposal": one.number, "alias": alias, "words": one.words(), **one.body()}
            for alias in names
            for one in owing_to(standing, alias, at)
        ],
        "drill": _drill(standing, at),
    }


def _drill(standing: Standing, at: int) -> Json | None:
    """The last drill of a stop and when the next is due; ``None`` where none was, nor is asked."""
    last, due = last_of(standing), due_at(standing)
    if last is None and due is None:
        return None
    return {
        "target": None if last is None else last.target,
        "by": None if last is None else last.by,
        "at": None if last is None else format_instant(last.at),
        "seconds": None if last is None else last.seconds,
        "due": None if due is None else format_instant(due),
        "overdue": due is not None and at >= due,
        "words": "" if due is None else due_words(due - at),
    }


def exception_lines(body: Json) -> Iterator[str]:
    """The lines of :func:`exceptions_body`; what people stopped comes first."""
    for one in body["stops"]:
        if not one["target"].startswith("signer/"):
            yield f"STOPPED    {one['target']}, by {one['by']} at {one['at']}: {one['reason']}"
    for one in body["owing"]:
        lacking = [text for part in one["requirements"] for text in part["missing"]]
        lacking += [block["message"] for block in one["blocks"]]
        yield f"OWES       {one['alias']} #{one['proposal']}, {one['words']}"
        yield f"           {'; '.join(lacking)}"
    for one in body["exceptions"]:
        about = f"{', '.join(one['waives'])} of #{one['proposal']} to {one['alias']}"
        yield f"exception  #{one['exception']} waives {about}: {one['words']}"
    drill = body["drill"]
    if drill is not None:
        last = "none yet"
        if drill["target"] is not None:
            last = f"{drill['at']} of {drill['target']}, {drill['seconds']}s, by {drill['by']}"
        yield f"drill      {last}{'; ' if drill['words'] else ''}{drill['words']}"
