"""A proposal as a person reads it: what changes, what it needs, what it has, who agreed.

Shown by ``proposal show`` on stdout and, before something is signed, on stderr.
"""

from collections.abc import Iterator
from typing import Final

from cli.owed import owing_of
from cli.report_effect import asked_sections
from cli.report_evidence import VOID, evidence_section
from cli.report_waived import by_exception, status_word, waived_section
from cli.sections import Section
from cli.stops import Stops
from cli.wording import about, ago
from ledger.decide.cases import context_of
from ledger.decide.context import Standing
from ledger.decide.states import ProposalState
from ledger.model.effects import Effect, PolicyEffect
from ledger.model.terms import format_decimal, format_instant
from ledger.policy.assessment import Assessment, RequirementStatus
from ledger.policy.case import Approval
from ledger.policy.circumstances import is_automatic
from ledger.policy.numbers import Measurement, number_text

COLOURS: Final = {
    "satisfied": "green",
    "ready": "green",
    "unsatisfied": "yellow",
    "open": "yellow",
    "waived": "magenta",
    "blocked": "red",
    "expired": "red",
    "error": "red",
    "not-applicable": "dim",
}


def report(
    standing: Standing, state: ProposalState, found: Assessment, stops: Stops, at: int
) -> list[Section]:
    """Everything about *state* that decides, in the order people ask *at* that time.

    *stops* are asked for what they say where *state* is to lift some.
    """
    void = frozenset(context_of(standing, state).silenced)
    owing = owing_of(standing, state, at)
    parts = [
        _warning(state.effect),
        _head(standing, state, found),
        *(() if owing is None else (owing.section(),)),
        *asked_sections(standing, state, found, stops),
        waived_section(state, found, at),
        _requirements(found),
        *_numbers(found),
        evidence_section(state, found, void),
        *_consent(state, found, void),
        _combined(found),
        *_blocks(found),
        _missing(found),
        _sign(found if owing is None else owing.found),
    ]
    return [part for part in parts if part.rows]


def _warning(effect: Effect) -> Section:
    """Where a proposed text is not the policy that would judge; else empty."""
    if not isinstance(effect, PolicyEffect):
        return Section("", ())
    # Comparing policies takes modules that no other proposal needs.
    from cli.report_policy import unfaithful  # noqa: PLC0415

    return unfaithful(effect)


def _head(standing: Standing, state: ProposalState, found: Assessment) -> Section:
    effect = state.effect
    because = ", ".join(found.tier_because)
    title = f"#{state.number} {about(effect)}: {found.verdict}"
    rows = [
        ("summary", effect.summary),
        ("tier", f"{found.tier}, because of {because}"),
        ("opened", f"by {state.opener} at {format_instant(state.opened_at)}"),
        ("revision", f"{state.revision}, on base {'-' if state.base is None else state.base}"),
        ("parties", ", ".join(found.parties)),
        ("proposal", state.id),
    ]
    if state.closure is not None and state.closure.lost_at is not None:
        lost = f"at position {state.closure.lost_at}, as a key was disowned that it rested on"
        rows.append(("LOST ITS CONSENT", lost))
    if not found.distinct_people:
        rows.append(("people", "one person may approve in several roles"))
    if is_automatic(standing.policy(found.policy), effect):
        rows.append(("automatic", "here only what is hard needs approvals"))
    dated = found.until is not None and found.effect != "exception"
    if dated and found.verdict in ("open", "ready"):
        rows.append(("holds until", format_instant(found.until or 0)))
    return Section(title, tuple(rows))


def _requirements(found: Assessment) -> Section:
    rows = tuple(
        (status_word(one), one.id + (" (hard)" if one.hard else ""), _why(one))
        for one in found.requirements
    )
    marks = tuple(COLOURS.get(one.status, "") for one in found.requirements)
    return Section(
        f"What policy {found.policy} asks for", rows, ("status", "requirement", "why"), marks
    )


def _why(one: RequirementStatus) -> str:
    """What is missing and why it is asked for; and who is told that it is."""
    missing = "; ".join(one.missing)
    if one.waived_by is not None:
        return f"{by_exception(one.waived_by)}, lacks {missing} - {one.because}"
    could = ""
    if one.missing and (one.could or any(quorum.open for quorum in one.approvals)):
        could = f" (could: {', '.join(one.could) or 'nobody here'})"
    told = ", ".join(one.notify) if one.status != "not-applicable" else ""
    parts = (missing + could, one.because, f"told: {told}" if told else "")
    return " - ".join(part for part in parts if part)


def _numbers(found: Assessment) -> Iterator[Section]:
    rows: list[tuple[str, ...]] = []
    marks: list[str] = []
    for one in (one for need in found.requirements for one in need.measurements):
        name = one.metric if one.segment is None else f"{one.metric} in {one.segment}"
        runs, proposed = number_text(one.baseline), number_text(one.value)
        held = "; ".join(one.complaints) or "holds"
        rows.append((name, runs, proposed, _change_of(one), one.bounds, held))
        marks.append("yellow" if one.complaints else "green")
    headings = ("number", "runs now", "proposed", "change", "bounds", "")
    yield Section("Numbers", tuple(rows), headings, tuple(marks))


def _change_of(one: Measurement) -> str:
    """The change against what runs now, so said that nobody takes noise for one."""
    if one.change is None:
        return "-"
    sign = "+" if one.change > 0 else ""
    return f"{sign}{format_decimal(one.change)}{', within the interval' if one.within else ''}"


def _consent(state: ProposalState, found: Assessment, void: frozenset[int]) -> Iterator[Section]:
    counting = {approval.position for approval in found.approvals}
    rows = [
        (
            approval.signer,
            f"approved as {approval.role}{_on_behalf(approval)}",
            f"{ago(found.at - approval.at)} ago",
            _standing_of(approval, counting, void),
        )
        for approval in state.approvals
    ]
    rows += [
        (
            veto.signer,
            f"rejected as {veto.role}",
            f"{ago(found.at - veto.at)} ago",
            veto.reason if veto.revision == state.revision else f"revision {veto.revision}",
        )
        for veto in state.rejections
        if veto.retracted_at is None
    ]
    yield Section("Signed so far", tuple(rows))


def _on_behalf(approval: Approval) -> str:
    return "" if approval.on_behalf is None else f", lent by {approval.on_behalf}"


def _standing_of(approval: Approval, counting: set[int], void: frozenset[int]) -> str:
    if approval.position in counting:
        return ""
    return VOID if approval.position in void else "no longer counts: something changed since"


def _combined(found: Assessment) -> Section:
    rows = tuple(
        (one.signer, one.duty, " + ".join(one.roles), one.because) for one in found.combined
    )
    return Section("Combined roles", rows, ("who", "duty lifted", "by holding both", "because"))


def _blocks(found: Assessment) -> Iterator[Section]:
    rows = tuple((block.code, block.message) for block in found.blocks)
    yield Section("Blocked", rows, (), ("red",) * len(rows))


def _sign(found: Assessment) -> Section:
    # On a line of its own: 71 characters would fold beside a label at 80 columns.
    return Section(f"Review digest, under policy {found.policy}", ((found.review_digest,),))


def _missing(found: Assessment) -> Section:
    lacking = () if found.verdict == "closed" else found.missing()
    return Section("Still missing", tuple((text,) for text in lacking))
