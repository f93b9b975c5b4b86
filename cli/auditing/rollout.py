"""How a release was brought to its alias, watched, and taken back, each with its entry."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cli.auditing.reviewed import review_json, review_row, review_rows
from cli.auditing.seen import Seen, seen_of, seen_sections
from cli.context import App
from cli.moment import Moment
from cli.policy_page_parts import bounds_text
from cli.release_looking import Outcome, outcome_of
from cli.reviewed import reviews_in
from cli.reviews import Review
from cli.sections import Section
from cli.wording import ago
from ledger.decide.states import ProposalState
from ledger.errors import Unproven
from ledger.model.terms import format_duration
from ledger.policy.rollout import Stage
from ledger.policy.stages import observers_of, stages_of

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rollout:
    """A release that was started: its row, its stages and those it came into, and what was seen.

    ``outcome`` is that of its window, ``missed`` are findings about what nobody did, ``back`` is
    the review of its rollback and ``said`` the row of what that says.
    """

    row: Json
    stages: tuple[Stage, ...]
    observers: dict[str, tuple[str, ...]]
    entered: tuple[Any, ...]
    seen: list[Seen]
    outcome: Outcome | None
    missed: tuple[Any, ...]
    back: Review | None
    said: Any

    def body(self) -> Json:
        """The rollout for programs."""
        row = self.row
        return {
            "started_position": row["started_position"],
            "started_at": row["started_at"],
            "started_by": row["started_by"],
            "completed_position": row["completed_position"],
            "completed_at": row["completed_at"],
            "completed_by": row["completed_by"],
            "stages": [self._stage_json(stage) for stage in self.stages],
            "observations": [one.body() for one in self.seen],
            "window": None if self.outcome is None else self.outcome.body(),
            "missed": [
                {"position": one.position, "rule": one.rule, "message": one.message}
                for one in self.missed
            ],
            "rollback": self._rollback_json(),
        }

    def _stage_json(self, stage: Stage) -> Json:
        row = self.entered_row(stage)
        names = ("entered_position", "entered_at", "entered_by", "passed_position")
        more = ("passed_at", "passed_by", "observation")
        came = {name: None if row is None else getattr(row, name) for name in (*names, *more)}
        return {
            "stage": stage.id,
            "share": stage.share,
            "soak": stage.soak,
            "observed_by": list(self.observers[stage.id]),
            "bounds": _bounds(stage),
            **came,
        }

    def require_equal(self) -> None:
        """Raise :class:`Unproven` (``judged-otherwise``) where an observation, judged anew, is."""
        for one in self.seen:
            if one.passes is not one.passing:
                raise Unproven(
                    "judged-otherwise",
                    f"the observation at position {one.position} judged anew differs from what"
                    " was said of it",
                    hint="assent views rebuild, then assent verify",
                )

    def entered_row(self, stage: Stage) -> Any:
        """The row of when it came into *stage*; ``None`` where it never did."""
        return next((row for row in self.entered if row.stage == stage.id), None)

    def _rollback_json(self) -> Json | None:
        row = self.row
        if row["rolled_back_position"] is None:
            return None
        names = ("rolled_back_by", "rollback_seconds", "in_time", "since", "trigger", "incident")
        return {
            "position": row["rolled_back_position"],
            "at": row["rolled_back_at"],
            **{name.removeprefix("rolled_back_"): row[name] for name in names},
            "observation": row["observation"],
            "review": None if self.back is None else self.back.body(),
            "review_said": review_json(self.said),
        }


def rollout_of(app: App, then: Moment, state: ProposalState) -> Rollout | None:
    """How the release of *state* went; ``None`` where it was never started."""
    from projections.log import finding_list  # noqa: PLC0415 - a heavy import
    from projections.release_stages import stage_list  # noqa: PLC0415 - the same
    from projections.releases import known  # noqa: PLC0415 - the same

    with then.views.reading() as connection:
        row = known(connection, [state.id]).get(state.id)
        entered = tuple(stage_list(connection, state.id))
        findings: list[Any] = [*finding_list(connection)]
    if row is None:
        return None
    policy = then.standing.policy(row["policy"])
    stages = stages_of(policy, row["alias"], row["tier"])
    alias = then.standing.alias(row["alias"])
    release = alias.running(state.id) or then.standing.earlier(state.id)
    outcome = None
    if release is not None and release.completed_position is not None:
        outcome = outcome_of(then.standing, row["alias"], release, then.at)
    where = {row["completed_position"], row["rolled_back_position"]} - {None}
    subject = row["rollback"]
    reviews = reviews_in(then, row["alias"]) if subject is not None else []
    return Rollout(
        row=row,
        stages=stages,
        observers={stage.id: observers_of(policy, stage) for stage in stages},
        entered=entered,
        seen=seen_of(app, then, state, row, stages),
        outcome=outcome,
        missed=tuple(one for one in findings if one.position in where),
        back=next((one for one in reviews if one.subject == subject), None),
        said=review_row(then, subject),
    )


def rollout_sections(found: Rollout) -> list[Section]:
    """The stages, who was to observe them, what was seen, what was missed, and the rollback."""
    return [
        _stages_section(found),
        _asked_section(found),
        *seen_sections(found.seen),
        _window_section(found),
        _missed_section(found.missed),
        rollback_section(found.row, found.back, found.said),
    ]


def _stages_section(found: Rollout) -> Section:
    rows = []
    for stage in found.stages:
        row = found.entered_row(stage)
        soak = "-" if stage.soak is None else format_duration(stage.soak)
        came, passed = "-", "-"
        if row is not None:
            came = f"{row.entered_at}, position {row.entered_position}, by {row.entered_by}"
        if row is not None and row.passed_position is not None:
            by = "" if row.observation is None else f", on the observation {row.observation}"
            passed = f"{row.passed_at}, position {row.passed_position}, by {row.passed_by}{by}"
        rows += [(stage.id, stage.share or "-", soak, "since", came)]
        rows += [("", "", "", "passed", passed)]
    return Section("Stages", tuple(rows), ("stage", "share", "soak", "", ""))


def _bounds(stage: Stage) -> list[str]:
    return [*map(bounds_text, stage.metrics), *map(bounds_text, stage.segments)]


def _asked_section(found: Rollout) -> Section:
    rows = tuple(
        (
            stage.id,
            " or ".join(found.observers[stage.id]) or "-",
            "; ".join(_bounds(stage)) or "none",
        )
        for stage in found.stages
        if stage.is_watched
    )
    headings = ("stage", "by", "bounds") if rows else ()
    title = "What every observation had to hold"
    return Section(title, rows or (("nothing was asked",),), headings)


def _window_section(found: Rollout) -> Section:
    row, outcome = found.row, found.outcome
    if row["completed_position"] is None:
        return Section("After completion", (("never completed",),))
    completed = f"{row['completed_at']}, position {row['completed_position']}"
    rows = [("completed", f"{completed}, by {row['completed_by']}")]
    rows.append(("watched", "no window was asked for" if outcome is None else outcome.words()))
    return Section("After completion", tuple(rows))


def _missed_section(missed: Sequence[Any]) -> Section:
    rows = tuple((str(one.position), one.rule, one.message) for one in missed)
    headings = ("position", "rule", "what")
    marks = ("yellow",) * len(rows)
    return Section("Missed", rows or (("nothing",),), headings if rows else (), marks)


def rollback_section(row: Json, review: Review | None, said: Any) -> Section:
    """How a release was taken back, how long that took, and its review; or that it was not."""
    return Section("Rollback", tuple(_rollback_rows(row, review, said)) or (("none",),))


def _rollback_rows(row: Json, review: Review | None, said: Any) -> Iterator[tuple[str, str]]:
    if row["rolled_back_position"] is None:
        return
    where = f"{row['rolled_back_at']}, position {row['rolled_back_position']}"
    yield "rolled back", f"{where}, by {row['rolled_back_by']}"
    if row["rolled_back_with"] is not None:
        yield "with", "the release below it, which was taken back"
    yield "trigger", row["trigger"] or "-"
    yield "incident", row["incident"] or "none"
    if row["observation"] is not None:
        yield "observed", f"at position {row['observation']}"
    if row["since"] is not None:
        yield "since", row["since"]
    if row["rollback_seconds"] is not None:
        words = {None: "no time was set", True: "in time", False: "TOO LATE"}
        yield "took", f"{ago(row['rollback_seconds'])} from its trigger: {words[row['in_time']]}"
    if review is not None:
        yield "review", review.words()
        yield from review_rows(said)
