"""What the root decides, or may, as a person reads it: a lift, the root, keys, the clock."""

from collections.abc import Iterator

from cli.impact import Asked, impact_sections
from cli.sections import Section
from cli.stops import Stop, Stops
from ledger.decide.context import Standing
from ledger.decide.disowning import impact
from ledger.decide.states import ProposalState
from ledger.model.effects import ClockEffect, DisownEffect, LiftEffect, RootEffect
from ledger.model.terms import format_instant

LedgerMatter = LiftEffect | RootEffect | DisownEffect | ClockEffect
"""The effects that are about the ledger itself, or take back what restricts."""


def ledger_sections(
    standing: Standing, state: ProposalState, effect: LedgerMatter, stops: Stops
) -> Iterator[Section]:
    """What *effect* changes; *stops* are asked where it is about some."""
    why = (("why", effect.why),) if effect.why else ()
    match effect:
        case LiftEffect():
            yield Section("The lift", why)
            yield from _lift(standing, effect, stops)
        case RootEffect():
            yield Section("The root", (*why, *_threshold(standing, state, effect)))
            yield _root(standing, state, effect)
        case DisownEffect():
            yield Section("The keys", (*why, *_keys(standing, effect)))
            asked = Asked(effect.signer, effect.keys, effect.after)
            found = impact(standing, effect.signer, effect.keys, effect.after)
            yield from impact_sections(standing, asked, found)
        case ClockEffect():
            yield Section("Ledger time", (*why, *_clock(standing, state, effect)))


def _lift(standing: Standing, effect: LiftEffect, stops: Stops) -> Iterator[Section]:
    named = [one for one in stops() if one.id in effect.stops]
    rows = tuple((one.short, one.target, one.signer, one.at, one.reason) for one in named)
    yield Section("Stops that are lifted", rows, ("stop", "target", "set by", "at", "why"))
    left = tuple(_left(standing, target, named) for target in sorted({s.target for s in named}))
    yield Section("What is stopped then", left)


def _left(standing: Standing, target: str, named: list[Stop]) -> tuple[str, str]:
    """Whether *target* is stopped once those *named* of its stops that hold are lifted."""
    known = standing.target(target)
    ended = [one for one in named if one.target == target and one.holds]
    others = (0 if known is None else known.stops) - len(ended)
    if others <= 0:
        return target, "not stopped any more"
    return target, f"still stopped: by {others} other{'' if others == 1 else 's'}"


def _threshold(
    standing: Standing, state: ProposalState, effect: RootEffect
) -> Iterator[tuple[str, str]]:
    ledger = standing.ledger()
    after = f"{effect.threshold} of {len(effect.signers)} must agree"
    if state.closed is None and ledger is not None:
        now = sum(one.root for one in standing.signers())
        yield "now", f"{ledger.root_threshold} of {now} must agree"
        yield "then", after
        if len(effect.signers) < 2 * effect.threshold - 1 and not ledger.solo:
            lost = len(effect.signers) - effect.threshold + 1
            yield "beware", f"{lost} keys lost to a thief leave too few to disown them"
    else:
        yield "asked for", after


def _root(standing: Standing, state: ProposalState, effect: RootEffect) -> Section:
    """Who enters the root and who leaves it; once closed, whom it named."""
    now = {one.id for one in standing.signers() if one.root} if state.closed is None else set()
    said = {(True, True): "stays", (False, True): "enters", (True, False): "leaves"}
    colours = {"stays": "", "enters": "green", "leaves": "red", "named": ""}
    rows = []
    for name in sorted({*now, *effect.signers}):
        word = "named" if state.closed else said[name in now, name in effect.signers]
        rows.append((word, name))
    marks = tuple(colours[word] for word, _ in rows)
    return Section("Root signers", tuple(rows), ("", "signer"), marks)


def _keys(standing: Standing, effect: DisownEffect) -> Iterator[tuple[str, str]]:
    signer = standing.signer(effect.signer)
    yield "signer", effect.signer
    for key in () if signer is None else signer.keys:
        if key.id in effect.keys:
            over = "" if key.ended_at is None else f", out of use since position {key.ended_at}"
            yield "key", f"{key.id}, accepted at position {key.accepted_at}{over}"
    yield "good up to", f"position {effect.after}; what they permitted behind it is void"


def _clock(
    standing: Standing, state: ProposalState, effect: ClockEffect
) -> Iterator[tuple[str, str]]:
    jump = standing.jump(effect.position)
    if jump is not None:
        before = format_instant(jump.before)
        yield "ran ahead", f"the entry at position {effect.position}; before it it was {before}"
    if state.closed is None:
        yield "now", format_instant(standing.head.time)
    yield "then", effect.at
