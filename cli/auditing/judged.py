"""The parts of an assessment as an auditor reads them: each with the entries that it rests on."""

from collections.abc import Iterator

from cli.auditing.evidence import paper_json
from cli.auditing.stood import Stood
from cli.moment import Moment
from cli.report import COLOURS
from cli.report_evidence import papers
from cli.report_waived import by_exception, status_word
from cli.sections import Section
from ledger.model.effects import ReleaseEffect
from ledger.model.terms import format_decimal, format_instant
from ledger.policy.assessment import DocumentStatus, RequirementStatus
from ledger.policy.case import Waiver
from ledger.policy.numbers import Measurement, number_text

Json = dict[str, object]


def judged_json(then: Moment, one: Stood) -> Json:
    """Everything that ``assessment/1`` does not say: positions, documents, numbers, the policy."""
    found = one.found
    return {
        "policy": policy_json(then, one),
        "facts": [
            {"fact": fact, "value": value, "how": how, "position": position}
            for fact, value, how, position in facts_of(one)
        ],
        "requirements": [_requirement_json(one, each) for each in found.requirements],
        "evidence": [paper_json(then, one, each) for each in papers(one.state, found, one.void)],
        "exceptions": [_waiver_json(then, each) for each in found.exceptions],
    }


def policy_json(then: Moment, one: Stood) -> Json:
    """The policy that judged: its number, and by which entry and proposal it came into force."""
    state = then.standing.policy_state(one.found.policy)
    position = None if state is None else state.position
    return {
        "number": one.found.policy,
        "name": one.policy.name,
        "position": position,
        "at": None if state is None else format_instant(state.at),
        "proposal": None if position is None else _published_by(then, one.found.policy),
        "unsupported": state is not None and state.unsupported,
    }


def _published_by(then: Moment, number: int) -> int | None:
    """The number of the proposal that asked for policy *number*; ``None``: it was founded with."""
    from projections.policies import policy_list  # noqa: PLC0415 - a heavy import

    with then.views.reading() as connection:
        rows = policy_list(connection)
    asked = next((row.proposal for row in rows if row.number == number), None)
    state = None if asked is None else then.standing.proposal(str(asked))
    return None if state is None else state.number


def policy_words(then: Moment, one: Stood) -> str:
    """The same in words."""
    told = policy_json(then, one)
    by = "founded with it" if told["proposal"] is None else f"by proposal #{told['proposal']}"
    lost = "; IT HAS LOST ITS CONSENT since" if told["unsupported"] else ""
    return f"{told['number']}, in force since position {told['position']}, {by}{lost}"


def facts_of(one: Stood) -> Iterator[tuple[str, str, str, int | None]]:
    """Each fact: its value, how it is known, and the entry that says so."""
    found, state = one.found, one.state
    declared = {each.fact for each in found.binding.facts}
    stated = set[str]()
    if isinstance(state.effect, ReleaseEffect):
        stated = {each.fact for each in state.effect.declares}
    added = {each.fact: each for each in state.added}
    for fact, value in sorted(found.facts.items()):
        text = ", ".join(value) or "none" if isinstance(value, tuple) else _word(value)
        if fact in added:
            yield fact, text, f"added by {added[fact].signer}", added[fact].position
        elif fact in stated:
            yield fact, text, "declared", state.revised_position
        elif fact in declared:
            yield fact, text, "not stated, which counts as yes", state.revised_position
        else:
            yield fact, text, "computed", state.revised_position


def _word(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def facts_section(one: Stood) -> Section:
    """The facts, a line each."""
    rows = tuple(
        (fact, value, how, "-" if position is None else str(position))
        for fact, value, how, position in facts_of(one)
    )
    return Section("Facts", rows or (("none",),), ("fact", "value", "how", "position"))


def requirements_section(one: Stood) -> Section:
    """Each requirement with its status, the entries that it rests on, and why it is asked for."""
    found = one.found
    rows = tuple(
        (
            status_word(each),
            each.id + (" (hard)" if each.hard else ""),
            ", ".join(map(str, _rests_on(one, each))) or "-",
            _why(each),
        )
        for each in found.requirements
    )
    marks = tuple(COLOURS.get(each.status, "") for each in found.requirements)
    title = f"What policy {found.policy} asked for"
    headings = ("status", "requirement", "rests on", "why")
    return Section(title, rows or (("nothing",),), headings if rows else (), marks)


def _rests_on(one: Stood, each: RequirementStatus) -> list[int]:
    """The entries by which *each* is met, or was to be: approvals, documents, the revision."""
    if each.status == "not-applicable":
        return []
    roles = {quorum.role for quorum in (*each.approvals, *each.stand_in)}
    given = [given.position for given in one.found.approvals if given.role in roles]
    asked = [document.position for document in each.documents if document.position is not None]
    fields = field_positions(one, each.id)
    return sorted({*given, *asked, *source_positions(one, each.id), *fields})


def source_positions(one: Stood, requirement: str) -> tuple[int, ...]:
    """The document that counts from which the numbers of *requirement* are read."""
    rule = next((need for need in one.policy.requirements if need.id == requirement), None)
    named = None if rule is None else rule.source
    return tuple(each.position for each in one.found.binding.evidence if each.type == named)


def field_positions(one: Stood, requirement: str) -> tuple[int, ...]:
    """The revision that states the fields that *requirement* asks for, if it does for any."""
    asks = any(need.fields for need in one.policy.requirements if need.id == requirement)
    return (one.state.revised_position,) if asks else ()


def _why(each: RequirementStatus) -> str:
    missing = "; ".join(each.missing)
    if each.waived_by is not None:
        missing = f"{by_exception(each.waived_by)}, lacks {missing}"
    return " - ".join(text for text in (missing, each.because) if text)


def _requirement_json(one: Stood, each: RequirementStatus) -> Json:
    met = one.found.met.get(each.id)
    return {
        "id": each.id,
        "status": each.status,
        "hard": each.hard,
        "because": each.because,
        "met_at": None if met is None else format_instant(met),
        "rests_on": _rests_on(one, each),
        "approvals": [
            {"role": q.role, "need": q.need, "have": _given(one, q.role, q.have)}
            for q in (*each.approvals, *each.stand_in)
        ],
        "documents": [_asked_json(document) for document in each.documents],
        "numbers": [number_json(number) for number in each.measurements],
        "missing": list(each.missing),
        "waived_by": None if each.waived_by is None else each.waived_by.number,
    }


def _given(one: Stood, role: str, names: tuple[str, ...]) -> list[Json]:
    """The approvals that count in *role*, with their positions."""
    return [
        {"signer": given.signer, "on_behalf": given.on_behalf, "position": given.position}
        for given in one.found.approvals
        if given.role == role and given.signer in names
    ]


def _asked_json(document: DocumentStatus) -> Json:
    return {
        "type": document.type,
        "position": document.position,
        "digest": document.digest,
        "complaint": document.complaint,
    }


def number_json(number: Measurement) -> Json:
    """A number against its bounds, for programs."""
    change = number.change
    return {
        "metric": number.metric,
        "segment": number.segment,
        "value": None if number.value is None else number.value.value,
        "baseline": None if number.baseline is None else number.baseline.value,
        "change": None if change is None else format_decimal(change),
        "bounds": number.bounds,
        "complaints": list(number.complaints),
    }


def numbers_section(one: Stood) -> Section:
    """Each number that a requirement names, against its bounds and against what ran."""
    rows, marks = [], []
    for each in (each for need in one.found.requirements for each in need.measurements):
        name = each.metric if each.segment is None else f"{each.metric} in {each.segment}"
        held = "; ".join(each.complaints) or "holds"
        rows.append((name, number_text(each.baseline), number_text(each.value), each.bounds, held))
        marks.append("yellow" if each.complaints else "green")
    headings = ("number", "ran", "proposed", "bounds", "")
    return Section("Numbers", tuple(rows) or (("none",),), headings if rows else (), tuple(marks))


def _waiver_json(then: Moment, waiver: Waiver) -> Json:
    state = then.standing.exception(waiver.exception)
    return {
        "exception": waiver.number,
        "waives": list(waiver.waives),
        "owner": waiver.owner,
        "until": format_instant(waiver.until),
        "granted_position": None if state is None else state.position,
        "used_position": None if state is None else state.used_position,
    }


def waived_section(then: Moment, one: Stood) -> Section:
    """What was waived, by which exception, granted where."""
    rows = []
    for each in one.found.exceptions:
        state = then.standing.exception(each.exception)
        where = "-" if state is None else str(state.position)
        waives = ", ".join(each.waives)
        rows.append((where, f"#{each.number}", waives, each.owner, format_instant(each.until)))
    headings = ("position", "exception", "waives", "owner", "until")
    marks = ("magenta",) * len(rows)
    title = "Exceptions in force then"
    return Section(title, tuple(rows) or (("none",),), headings if rows else (), marks)


def blocks_section(one: Stood) -> Section:
    """What forbade it, if anything did."""
    rows = tuple(
        (each.code, each.message, "-" if each.position is None else str(each.position))
        for each in one.found.blocks
    )
    headings = ("code", "what", "position")
    marks = ("red",) * len(rows)
    return Section("Blocked by", rows or (("nothing",),), headings if rows else (), marks)
