"""A stop rehearsed: what it would hold and who could set it, timed, shown and kept."""

import re
import time
import uuid
from collections.abc import Iterator
from typing import Final

from cli.act import perform
from cli.asked import signer_named
from cli.context import App
from cli.output import note
from cli.sections import Section, show_sections
from cli.targets import require_target, split_target
from cli.wording import about
from ledger.decide import override_drill
from ledger.decide.override_drill import DrilledStop
from ledger.errors import BadInput
from ledger.model.terms import format_instant, parse_duration

SECOND: Final = 1_000_000_000
"""Nanoseconds in the least that a drill takes."""

_SECONDS: Final = re.compile(r"(0|[1-9][0-9]{0,8})s\Z")

LONGEST: Final = 1_000_000_000
"""The most seconds that the event of a drill holds."""

LISTED: Final = 20
"""How many of what a stop would hold are shown, each in a line."""


def seconds_of(value: str) -> int:
    """How many seconds ``40s``, ``2m`` or ``1h`` are. Raises :class:`BadInput`."""
    found, hint = _SECONDS.match(value), "write a whole number and s, m or h: 40s, 2m"
    try:
        seconds = int(found[1]) if found is not None else parse_duration(value)
    except BadInput as error:
        raise BadInput("not-a-duration", error.message, hint=hint) from None
    if seconds > LONGEST:
        raise BadInput("not-a-duration", f"{value!r} is longer than any drill", hint=hint)
    return seconds


def drill_stop(app: App, target: str, took: int | None, said: str | None) -> None:
    """Rehearse a stop of *target*, show what came of it on stderr, and keep that it was done.

    *took* are the seconds that it took people; without it those that the rehearsal did.
    Raises :class:`BadInput`: ``not-a-target``, ``unknown-signer``; :class:`Refused` what the
    stop itself would be refused for.
    """
    kind, name = split_target(require_target(target))
    if kind == "signer":
        signer_named(app.standing, name)
    by = signer_named(app.standing, app.signer_name)
    began = time.perf_counter_ns()
    stopped = override_drill.stopped_on_a_copy(app.standing, by=by, at=app.now, target=target)
    rehearsed = -(-(time.perf_counter_ns() - began) // SECOND)
    found = override_drill.told_of(app.standing, stopped, app.now, target)
    seconds = rehearsed if took is None else took
    show_sections([_section(found, seconds, stated=took is not None)], err=True)
    new = str(uuid.uuid4())
    receipt = perform(
        app,
        lambda standing, by, at: override_drill.drill(
            standing, by=by, at=at, override=new, target=target, seconds=seconds, note=said
        ),
    )
    if receipt is None or app.options.as_json:
        return
    due = override_drill.due_at(app.views.standing())
    if due is not None:
        note(f"the next drill is due {format_instant(due)}")


def _section(found: DrilledStop, seconds: int, *, stated: bool) -> Section:
    took = (
        f"{seconds} second{'' if seconds == 1 else 's'}, {'as you say' if stated else 'on a copy'}"
    )
    rows = [
        ("would be stopped", found.target),
        *_held(found),
        ("could set it", ", ".join(found.people) or "nobody"),
        ("took", took),
    ]
    return Section(f"A stop of {found.target}, rehearsed: nothing is stopped", tuple(rows))


def _held(found: DrilledStop) -> Iterator[tuple[str, str]]:
    if not found.proposals:
        yield "would be held", "nothing that is open or under way"
    for number, one in enumerate(found.proposals[:LISTED]):
        state = "open" if one.closure is None else "under way"
        label = "" if number else "would be held"
        yield label, f"#{one.number} {about(one.effect)}, {state}: {one.effect.summary}"
    if len(found.proposals) > LISTED:
        yield "", f"and {len(found.proposals) - LISTED} more"
