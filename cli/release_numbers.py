"""What an observation reports, each number against the bounds of its stage, and the triggers."""

from collections.abc import Iterator

from cli.sections import Section
from ledger.decide.context import Standing
from ledger.decide.release_states import Release
from ledger.decide.stage import soaked_at, stage_of
from ledger.decide.watching import breached, observed_in
from ledger.decide.windows import window_end
from ledger.model.events import ObservationRecorded
from ledger.model.terms import parse_instant
from ledger.policy.numbers import Measurement, check_metric, check_segments, number_text
from ledger.policy.rollout import Stage
from ledger.policy.stages import Observed, complaints

HEADINGS = ("number", "observed", "at the start", "bounds", "")


def numbers_section(standing: Standing, release: Release, event: ObservationRecorded) -> Section:
    """The numbers of *event* about *release*, each with the bounds that its stage has for it."""
    observed = observed_in(standing.alias(event.alias), event)
    held = list(_of_stage(stage_of(standing, event.alias, release), observed))
    named = {(one.metric, one.segment) for one in held}
    rows = [_row(one) for one in held]
    before = {} if observed.before is None else observed.before.metrics
    for one in event.metrics:
        key = (one.name, one.segment)
        if key not in named:
            rows.append((_name(*key), number_text(one), number_text(before.get(key)), "-", ""))
    marks = ["red" if one.complaints else "green" for one in held]
    return Section("Numbers", tuple(rows), HEADINGS, tuple(marks))


def wrong_with(
    standing: Standing, release: Release, event: ObservationRecorded
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What keeps *event* from passing the stage of *release*, and the triggers it breaches."""
    observed = observed_in(standing.alias(event.alias), event)
    stage = stage_of(standing, event.alias, release)
    return complaints(stage, observed), breached(standing, observed)


def unreached(standing: Standing, release: Release, event: ObservationRecorded) -> int | None:
    """The end, of its window or else of its soak, that *event* about *release* does not reach."""
    if event.stage is None:
        end = window_end(standing, release)
    else:
        end = soaked_at(standing, event.alias, release)
    return None if end is None or parse_instant(event.until) >= end else end


def _of_stage(stage: Stage, observed: Observed) -> Iterator[Measurement]:
    for check in stage.metrics:
        yield check_metric(check, observed.numbers, observed.before)
    for segments in stage.segments:
        yield from check_segments(segments, observed.numbers, observed.before)


def _row(one: Measurement) -> tuple[str, ...]:
    said = "; ".join(one.complaints) or "holds"
    name = _name(one.metric, one.segment)
    return name, number_text(one.value), number_text(one.baseline), one.bounds, said


def _name(metric: str, segment: str | None) -> str:
    return metric if segment is None else f"{metric} in {segment}"
