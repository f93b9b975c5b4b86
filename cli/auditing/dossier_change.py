"""What a proposal asks for, in a dossier: every field, "none" where nothing was written."""

from collections.abc import Iterator, Sequence

from cli.auditing.stood import Stood
from cli.moment import Moment
from cli.report_change import changes_section, compared_with
from cli.report_effect import asked_sections
from cli.report_evidence import papers
from cli.sections import Section
from cli.stops import stops_in
from ledger.model.effects import ReleaseEffect
from ledger.model.terms import format_duration
from ledger.policy.numbers import number_text

Json = dict[str, object]

DATA = ("dataset", "features")
"""The components of a stack that are data."""


def change_sections(then: Moment, one: Stood) -> Iterator[Section]:
    """What changes and why, the stack, its data, and the tests that were reported."""
    effect = one.state.effect
    if not isinstance(effect, ReleaseEffect):
        yield _why_section(one)
        yield from asked_sections(then.standing, one.state, one.found, lambda: stops_in(then.views))
        return
    yield changes_section(then.standing, one.state, effect)
    yield _why_section(one)
    yield _risk_section(one, effect)
    yield _stack_section(one, effect)
    yield _data_section(then, one, effect)
    yield tests_section(one)


def _rows(told: Sequence[tuple[str, object]]) -> tuple[tuple[str, str], ...]:
    """*told* as rows; lists take a line each, and what is empty is said to be none."""
    rows: list[tuple[str, str]] = []
    for name, value in told:
        texts = list(value) if isinstance(value, (list, tuple)) else [value or "none"]
        for number, text in enumerate(texts or ["none"]):
            rows.append(("" if number else name, str(text)))
    return tuple(rows)


def _signed(title: str, one: Stood) -> str:
    """*title* with the entry that says all that stands below it."""
    return f"{title} (as signed at position {one.state.revised_position})"


def _why_section(one: Stood) -> Section:
    effect = one.state.effect
    told: list[tuple[str, object]] = [("summary", effect.summary), ("why", effect.why)]
    if isinstance(effect, ReleaseEffect):
        told += [
            ("scope", effect.scope),
            ("impact", effect.impact),
            ("benefits", effect.benefits),
            ("channels", effect.channels),
            ("mutations", effect.mutations),
            ("links", [f"{link.name}: {link.target}" for link in effect.links]),
            ("owner", effect.owner),
            ("on call", effect.on_call),
        ]
    told.append(("contributors", effect.contributors))
    return Section(_signed("Why", one), _rows(told))


def _risk_section(one: Stood, effect: ReleaseEffect) -> Section:
    told = [
        ("declared", effect.risk),
        ("rationale", effect.risk_rationale),
        ("known risks", effect.known_risks),
    ]
    return Section(_signed("Risk", one), _rows(told))


def plan_section(one: Stood, effect: ReleaseEffect) -> Section:
    """How it was to reach its users."""
    return Section(_signed("Rollout plan", one), _rows([("plan", effect.rollout.plan)]))


def rollback_plan_section(one: Stood, effect: ReleaseEffect) -> Section:
    """How it was to be taken back."""
    within = effect.rollback.within
    told = [
        ("plan", effect.rollback.plan),
        ("trigger", effect.rollback.trigger),
        ("owner", effect.rollback.owner),
        ("within", None if within is None else format_duration(within)),
    ]
    return Section(_signed("Rollback plan", one), _rows(told))


def _stack_section(one: Stood, effect: ReleaseEffect) -> Section:
    parts = [(part.component, part.version, part.digest) for part in effect.stack.components]
    held = [("permission", name, "") for name in effect.stack.permissions]
    rows = (*parts, *(held or [("permissions", "none", "")]), ("all", "", effect.stack.digest))
    return Section(_signed("The stack", one), rows, ("component", "version", "digest"))


def _data_section(then: Moment, one: Stood, effect: ReleaseEffect) -> Section:
    """The data in the stack, and of which changed components no document tells the origin."""
    parts = [part for part in effect.stack.components if part.component in DATA]
    told: list[tuple[str, str]] = [
        (part.component, f"{part.version}, {part.digest}") for part in parts
    ]
    rows = told or [("data", "none")]
    changed = one.found.facts.get("modifies_data_lineage")
    rows.append(("data changed", "yes" if changed else "no"))
    gaps = lineage_of(then, one, effect)
    words = f"nothing tells the origin of {', '.join(gaps)}" if gaps else "complete"
    rows.append(("lineage", words))
    return Section(_signed("Data and lineage", one), tuple(rows))


def lineage_of(then: Moment, one: Stood, effect: ReleaseEffect) -> list[str]:
    """The components of which nothing tells where they come from, as the metric counts them."""
    from projections.judgements import judgement  # noqa: PLC0415 - a heavy import
    from projections.lineage import lineage_gaps  # noqa: PLC0415 - the same

    return lineage_gaps(effect.stack, judgement(then.standing, one.state, then.at))


def tests_section(one: Stood) -> Section:
    """Every number that a document reported, whether the policy asks for it or not."""
    rows = []
    for paper in papers(one.state, one.found, one.void):
        document = paper.document
        about = ", ".join(part.component for part in document.subject)
        for metric in document.metrics:
            name = metric.name if metric.segment is None else f"{metric.name} in {metric.segment}"
            where = f"{document.type} of {about}"
            rows.append((str(document.position), where, name, number_text(metric)))
    headings = ("position", "document", "number", "value")
    return Section(
        "Tests: what was reported", tuple(rows) or (("none",),), headings if rows else ()
    )


def change_json(then: Moment, one: Stood) -> Json:
    """The change for programs: the effect as it was signed, and what its stack replaced."""
    effect = one.state.effect
    body: Json = {"effect": effect.model_dump(mode="json")}
    if isinstance(effect, ReleaseEffect):
        words, old = compared_with(then.standing, one.state)
        before = {} if old is None else {part.component: part for part in old.components}
        after = {part.component: part for part in effect.stack.components}
        body |= {
            "compared_with": words,
            "stack_digest": effect.stack.digest,
            "changes": [
                {
                    "component": name,
                    "old": _part(before.get(name)),
                    "new": _part(after.get(name)),
                }
                for name in sorted({*before, *after})
                if before.get(name) != after.get(name)
            ],
            "lineage_gaps": lineage_of(then, one, effect),
        }
    return body


def _part(part: object) -> Json | None:
    version, digest = getattr(part, "version", None), getattr(part, "digest", None)
    return None if part is None else {"version": version, "digest": digest}
