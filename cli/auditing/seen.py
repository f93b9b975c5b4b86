"""What was observed of a release, each number held against the bounds of its stage once more."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cli.auditing.judged import number_json
from cli.context import App
from cli.entries import entry_of
from cli.moment import Moment
from cli.sections import Section
from ledger.decide.cases import context_of
from ledger.decide.states import ProposalState
from ledger.model.entry import Entry
from ledger.model.events import ObservationRecorded
from ledger.policy.numbers import (
    Measurement,
    Numbers,
    check_metric,
    check_segments,
    number_text,
    numbers_of,
)
from ledger.policy.rollout import Stage
from ledger.policy.stages import Observed, breaches, complaints

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Seen:
    """An observation: by whom with which key, judged when, and what judging it anew says.

    ``passing`` is what was said of it when it was made.
    """

    position: int
    at: str
    signer: str
    key: str
    event: ObservationRecorded
    stage: str
    numbers: tuple[Measurement, ...]
    complaints: tuple[str, ...]
    breaches: tuple[str, ...]
    passing: bool

    @property
    def passes(self) -> bool:
        """Whether it passes, judged anew."""
        return not (self.complaints or self.breaches)

    def words(self) -> str:
        """What it came to; loudly where judging it anew says anything else."""
        said = "passes" if self.passes else "DOES NOT PASS"
        return said if self.passes is self.passing else f"{said}, and WAS JUDGED OTHERWISE then"

    def body(self) -> Json:
        """The observation for programs."""
        event = self.event
        return {
            "position": self.position,
            "at": self.at,
            "signer": self.signer,
            "key": self.key,
            "stage": event.stage,
            "start": event.start,
            "until": event.until,
            "source": event.source,
            "incident": event.incident,
            "summary": event.summary,
            "why": event.why,
            "passing": self.passes,
            "judged_passing": self.passing,
            "numbers": [number_json(one) for one in self.numbers],
            "complaints": list(self.complaints),
            "breaches": list(self.breaches),
        }


def seen_of(
    app: App, then: Moment, state: ProposalState, release: Any, stages: Sequence[Stage]
) -> list[Seen]:
    """All observations of the *release* of *state*, the oldest first.

    *release* is its row, *stages* are those of the policy of its start.
    """
    from projections.observations import observation_list  # noqa: PLC0415 - a heavy import
    from projections.policies import in_force  # noqa: PLC0415 - the same
    from projections.texts import metrics_of  # noqa: PLC0415 - the same

    with then.views.reading() as connection:
        rows = observation_list(connection, proposal=state.id)
        policies = in_force(connection, [row.position for row in rows])
    stable = context_of(then.standing, state).stable
    ran = None if stable is None else numbers_of(stable.metrics)
    own = numbers_of(metrics_of(release["metrics"]))
    return [
        _seen(
            then,
            row,
            entry_of(app, row.position),
            _stage_named(stages, row.stage),
            own if row.stage is None else ran,
            policies[row.position],
        )
        for row in rows
    ]


def _stage_named(stages: Sequence[Stage], name: str | None) -> Stage:
    return next((stage for stage in stages if stage.id == name), stages[-1])


def _seen(  # noqa: PLR0917 - all that an observation is judged by
    then: Moment, row: Any, entry: Entry, stage: Stage, before: Numbers | None, policy: int
) -> Seen:
    event: Any = entry.event
    observed = Observed(numbers_of(event.metrics), before, event.incident)
    rollback = then.standing.policy(policy).rollback
    return Seen(
        position=row.position,
        at=row.at,
        signer=entry.by.signer,
        key=entry.by.key,
        event=event,
        stage=stage.id if event.stage is not None else "completed",
        numbers=tuple(_measured(stage, observed)),
        complaints=complaints(stage, observed),
        breaches=() if rollback is None else breaches(rollback.triggers, observed),
        passing=bool(row.passing),
    )


def _measured(stage: Stage, observed: Observed) -> Iterator[Measurement]:
    """Each number that was reported or is asked for, with the bounds that the stage has for it."""
    held = [check_metric(check, observed.numbers, observed.before) for check in stage.metrics]
    for segments in stage.segments:
        held += check_segments(segments, observed.numbers, observed.before)
    yield from held
    named = {(one.metric, one.segment) for one in held}
    before = {} if observed.before is None else observed.before.metrics
    for key, metric in observed.numbers.metrics.items():
        if key not in named:
            yield Measurement(*key, metric, before.get(key), "", ())


def seen_sections(found: Sequence[Seen]) -> list[Section]:
    """The observations: a line each, then the numbers of each."""
    rows = tuple(
        (str(one.position), one.stage, one.signer, one.event.start, one.words()) for one in found
    )
    lines = []
    for row, one in zip(rows, found, strict=True):
        lines += [row, ("", "", "", one.event.until, one.event.source)]
    headings = ("position", "stage", "by", "from, until", "came to; source")
    marks = tuple("" if one.passes else "red" for one in found for _ in range(2))
    listed = Section("Observations", tuple(lines) or (("none",),), headings if rows else (), marks)
    return [listed, *(_numbers_section(one) for one in found)]


def _numbers_section(one: Seen) -> Section:
    rows = [
        (
            each.metric if each.segment is None else f"{each.metric} in {each.segment}",
            number_text(each.value),
            number_text(each.baseline),
            each.bounds or "-",
            "; ".join(each.complaints) or ("holds" if each.bounds else ""),
        )
        for each in one.numbers
    ]
    held = {text for each in one.numbers for text in each.complaints}
    rows += [("does not pass", "", "", "", text) for text in one.complaints if text not in held]
    rows += [("BREACHES A TRIGGER", "", "", "", text) for text in one.breaches]
    rows += [("said", one.event.summary, "", "", "")] if one.event.summary else []
    title = f"Observed at position {one.position} by {one.signer}: {one.words()}"
    headings = ("number", "observed", "at the start", "bounds", "")
    return Section(title, tuple(rows) or (("no numbers",),), headings if rows else ())
