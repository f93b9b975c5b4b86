"""A release as people follow it: its stages, what each was passed by, and what it waits for."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final, Literal

from ledger.decide import release
from ledger.decide.authority import require_operator
from ledger.decide.context import Standing
from ledger.decide.release_states import Release, Step
from ledger.decide.roles import may_sign
from ledger.decide.signer_states import SignerState
from ledger.decide.stage import require_passed, stage_of
from ledger.decide.windows import RESULT_WITHIN, due_at, result_of, window_end
from ledger.errors import Refused
from ledger.model.terms import format_duration, format_instant
from ledger.policy.rollout import Stage
from ledger.policy.stages import observers_of, stages_of

LOST: Final = frozenset({"stage-failing", "unsupported", "tier-risen"})
"""The refusals that nothing takes away again: what is left is a rollback."""


@dataclass(frozen=True, slots=True)
class StageLine:
    """A stage of a release: since when it is or was in it, and the step that passed it."""

    stage: Stage
    observers: tuple[str, ...]
    since: int | None
    step: Step | None

    @property
    def share(self) -> str:
        """The share of the traffic, as text."""
        return self.stage.share or "-"

    @property
    def soak(self) -> str:
        """How long it has to be in the stage, as text."""
        return "-" if self.stage.soak is None else format_duration(self.stage.soak)

    def body(self) -> dict[str, object]:
        """The stage for programs."""
        step = self.step
        return {
            "stage": self.stage.id,
            "share": self.stage.share,
            "soak": self.stage.soak,
            "since": _instant(self.since),
            "observed_by": list(self.observers),
            "passed": None if step is None else format_instant(step.at),
            "passed_position": None if step is None else step.position,
            "passed_by": None if step is None else step.by,
            "observation": None if step is None or step.seen is None else step.seen.position,
            "observer": None if step is None or step.seen is None else step.seen.signer,
        }


def stage_lines(standing: Standing, alias: str, release: Release) -> list[StageLine]:
    """The stages that *release* to *alias* passes, in order."""
    policy = standing.policy(release.policy)
    steps = {step.stage: step for step in release.steps}
    entered, lines = release.started_at, []
    reached = True
    for stage in stages_of(policy, alias, release.tier):
        step = steps.get(stage.id)
        observers = observers_of(policy, stage)
        lines.append(StageLine(stage, observers, entered if reached else None, step))
        reached = step is not None
        entered = entered if step is None else step.at
    return lines


def share_of(standing: Standing, alias: str, release: Release) -> str | None:
    """The share of the traffic that *release* has in the stage it is in; ``None``: not said."""
    return stage_of(standing, alias, release).share


def completed_option(standing: Standing, alias: str) -> str:
    """What a command about the completed release of *alias* needs while another is under way."""
    return "" if standing.alias(alias).candidate is None else " --stable"


@dataclass(frozen=True, slots=True)
class Awaited:
    """What a release waits for and what to do then; what holds it up; or that it only goes back."""

    what: str
    todo: str | None = None
    state: Literal["waits for", "held up", "FAILS"] = "waits for"

    @property
    def failing(self) -> bool:
        """Whether nothing is left but to take the release back."""
        return self.state == "FAILS"


def awaited(standing: Standing, alias: str, candidate: Release, at: int) -> Awaited:
    """What *candidate*, under way to *alias*, waits for at *at*: as the verb itself says."""
    last = stage_lines(standing, alias, candidate)[-1].stage.id == candidate.stage
    no = _refusal(standing, alias, candidate, at, last=last)
    if no is None:
        verb = "complete" if last else "advance"
        operators = " or ".join(standing.policy().operation.by)
        what = f"{operators}: the stage {candidate.stage} is passed"
        return Awaited(what, f"assent release {verb} {alias}")
    if no.code == "stage-unobserved":
        return Awaited(no.hint or no.message)
    return Awaited(no.message, no.hint, "FAILS" if no.code in LOST else "held up")


def _refusal(
    standing: Standing, alias: str, candidate: Release, at: int, *, last: bool
) -> Refused | None:
    """Why nobody who operates can bring *candidate* on; ``None`` where somebody can."""
    onward = release.complete if last else release.advance
    said = None
    for one in _operators(standing, alias, at):
        try:
            onward(standing, by=one, at=at, alias=alias)
        except Refused as no:
            said = said or no
        else:
            return None
    if said is None:
        try:
            require_passed(standing, alias, candidate, ())
        except Refused as no:
            return no
    return said


def _operators(standing: Standing, alias: str, at: int) -> Iterator[SignerState]:
    """Those who may operate releases to *alias*."""
    policy = standing.policy()
    for one in standing.signers():
        try:
            require_operator(standing, policy, one, alias, at)
        except Refused:
            continue
        if may_sign(standing, one):
            yield one


@dataclass(frozen=True, slots=True)
class Outcome:
    """The window of a completed release: its end, when its result is due, and what came of it."""

    until: str
    due: str
    position: int | None
    passing: bool | None
    asked_for: bool
    missing: bool

    def words(self) -> str:
        """How it stands, in words."""
        if self.position is not None:
            came = "all well" if self.passing else "NOT WELL"
            return f"until {self.until}: {came}, as observed at position {self.position}"
        if self.missing:
            return f"until {self.until}: NOBODY REPORTED how it did by {self.due}"
        asked = f"how it did is to be reported by {self.due}"
        return f"until {self.until}; {asked if self.asked_for else 'nobody is asked how it did'}"

    @property
    def is_news(self) -> bool:
        """Whether somebody has to do something about it."""
        return self.asked_for or self.missing or self.passing is False

    def body(self) -> dict[str, object]:
        """The window for programs."""
        return asdict(self)


def outcome_of(standing: Standing, alias: str, release: Release, at: int) -> Outcome | None:
    """The window of *release* to *alias* as it stands at *at*; ``None`` where it has none."""
    end = window_end(standing, release)
    if end is None:
        return None
    kept, name = standing.windows(), release.proposal
    asked = next((one for one in kept.windows if one.proposal == name), None)
    window = asked or next((one for one in kept.lapsed if one.proposal == name), None)
    due = end + RESULT_WITHIN if window is None else due_at(standing, window)
    seen = result_of(standing, alias, release)
    late = asked is not None and at >= due
    return Outcome(
        until=format_instant(end),
        due=format_instant(due),
        position=None if seen is None else seen.position,
        passing=None if seen is None else seen.passing,
        asked_for=asked is not None and seen is None,
        missing=seen is None and (release.missed or late),
    )


def _instant(at: int | None) -> str | None:
    return None if at is None else format_instant(at)
