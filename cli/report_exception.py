"""An exception as a person reads it: what it waives, what that asked for, and what must follow."""

from collections.abc import Iterator

from cli.context import App
from cli.entries import entry_of
from cli.exceptions import Granted
from cli.report_waived import WAIVED
from cli.sections import Section
from cli.wording import ago
from ledger.decide.cases import assess_proposal, context_of
from ledger.decide.context import Standing
from ledger.decide.states import ProposalState
from ledger.model.effects import ExceptionEffect, ReleaseEffect
from ledger.model.events import ExceptionClosed
from ledger.model.terms import format_duration, format_instant, parse_instant
from ledger.policy.assessment import Assessment, RequirementStatus

Row = tuple[str, ...]


def asked_exception(
    standing: Standing, state: ProposalState, effect: ExceptionEffect, found: Assessment
) -> Iterator[Section]:
    """What *effect*, which *state* asks for, waives; what that would have asked for; until when."""
    release = standing.proposal(effect.release)
    if release is None:
        return
    about = assess_proposal(standing, release, found.at)
    tier = f"tier {about.tier}, {about.verdict}"
    yield Section(
        f"The exception: for revision {effect.revision} of #{release.number} to {effect.alias}",
        tuple(_asked_rows(standing, state, effect, found.at)),
    )
    yield Section(
        f"{WAIVED} of #{release.number} ({release.effect.summary}; {tier})",
        tuple(_waived_rows(effect, about)),
        ("", "asks for", "and lacks now"),
        ("magenta",) * len(effect.waives),
    )
    parties = ", ".join(found.parties)
    yield Section("Neither approve it nor carry it out", ((parties,),) if parties else ())


def _asked_rows(
    standing: Standing, state: ProposalState, effect: ExceptionEffect, at: int
) -> Iterator[Row]:
    rules = standing.policy(None if state.closure is None else state.closure.policy).exceptions
    until = parse_instant(effect.until)
    began = at if state.closure is None else state.closure.at
    left = f"{ago(until - began)} from {'now' if state.closure is None else 'then'}"
    most = "" if rules is None else f"; at most {format_duration(rules.max_life)}"
    if effect.why:
        yield "why", effect.why
    yield "incident", effect.incident
    yield "owner", f"{effect.owner}, who answers for it"
    for number, control in enumerate(effect.controls):
        yield "" if number else "controls", control
    yield "until", f"{effect.until} ({left}{most})" if until > began else f"{effect.until}: OVER"
    if rules is not None:
        due = format_instant(until + rules.review_within)
        yield "review", f"due {due}, by somebody who has no part in it and did not approve it"
    earlier = context_of(standing, state).earlier
    repeat = None if rules is None else rules.repeat_after
    asks = "" if repeat is None or earlier < repeat else "; so the stewards must consent as well"
    yield "before this", f"{_counted(earlier)} for {effect.alias} within 90 days{asks}"
    if isinstance(getattr(standing.proposal(effect.release), "effect", None), ReleaseEffect):
        yield "then", "it has to be approved fully by that end, or rolled back"


def _counted(count: int) -> str:
    return f"{count or 'no'} exception{'' if count == 1 else 's'}"


def _waived_rows(effect: ExceptionEffect, about: Assessment) -> Iterator[Row]:
    known = {one.id: one for one in about.requirements}
    for name in effect.waives:
        one = known.get(name)
        if one is None:
            yield name, "the policy has no such requirement", ""
        else:
            yield name, _asks(one), "; ".join(one.missing) or f"nothing: {one.status}"


def _asks(one: RequirementStatus) -> str:
    roles = [f"{quorum.need} {quorum.role}" for quorum in one.approvals]
    parts = [*roles, *(document.type for document in one.documents)]
    numbers = dict.fromkeys(number.metric for number in one.measurements)
    return ", ".join([*parts, *numbers]) or one.because


def exception_sections(app: App, found: Granted) -> list[Section]:
    """Everything about an exception that was granted."""
    state, effect = found.state, found.effect
    release = found.release
    rows = [
        ("summary", effect.summary),
        ("waives", f"{', '.join(state.waives)} of #{release.number}, revision {state.revision}"),
        ("release", f"{release.effect.summary}, to {state.alias}"),
        ("why", effect.why or "-"),
        ("incident", effect.incident),
        ("owner", state.owner),
        *((("" if n else "controls"), text) for n, text in enumerate(effect.controls)),
        ("asked for", f"by {found.asked.opener} at {format_instant(found.asked.opened_at)}"),
        ("granted", f"at {format_instant(state.at)}, position {state.position}{_by(found)}"),
        ("policy", f"{state.policy}, and under no other"),
        ("until", f"{format_instant(found.ends)}: {found.words()}"),
        ("used", found.use()),
        ("review", found.review_words()),
        ("proposal", state.id),
    ]
    title = f"Exception #{state.number}: {found.word}"
    marks = tuple("red" if "OVERDUE" in row[1] else "" for row in rows)
    parts = [Section(title, tuple(rows), (), marks), *_closing(app, found), _consent(found)]
    return [one for one in [*parts, _owing(found)] if one.rows]


def _by(found: Granted) -> str:
    closure = found.asked.closure
    return "" if closure is None else f", by {closure.by}"


def _closing(app: App, found: Granted) -> Iterator[Section]:
    where = found.state.closed_position
    entry = None if where is None else entry_of(app, where)
    if entry is not None and isinstance(entry.event, ExceptionClosed):
        said = (("by", entry.by.signer), ("why", entry.event.reason))
        yield Section(f"Closed at {format_instant(found.state.closed_at or 0)}", said)


def _consent(found: Granted) -> Section:
    rows = tuple((one.signer, one.role, format_instant(one.at)) for one in found.given)
    return Section("Consented", rows, ("who", "as", "at"))


def _owing(found: Granted) -> Section:
    owing = found.owing or ()
    title = f"#{found.release.number} still owes"
    return Section(title, tuple((text,) for text in owing), (), ("yellow",) * len(owing))
