"""Who approved, in which role, having seen exactly what; whether it counted, and why not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cli.auditing.acts import Act
from cli.auditing.saw import saw_json
from cli.auditing.silenced import silenced_words
from cli.auditing.stood import Stood
from cli.moment import Moment
from ledger.decide.context import Standing
from ledger.decide.waivers import used_under
from ledger.model.events import ApprovalGranted, ApprovalRetracted
from ledger.model.terms import parse_instant
from ledger.policy.case import ROOT


@dataclass(frozen=True, slots=True)
class Consent:
    """An approval: ``basis`` is the entry by which the role was held, or lent.

    ``why_not`` says why it did not count; empty where it did. ``retracted`` is where it was
    taken back, before or after the proposal was closed; ``settles`` are the numbers of the
    exceptions for which a release owed it, and that it made up for.
    """

    act: Act
    event: ApprovalGranted
    basis: int | None
    counts: bool
    why_not: str
    retracted: int | None
    settles: tuple[int, ...] = ()

    def role_words(self) -> str:
        """The role, and by which entry it was held or lent."""
        where = "" if self.basis is None else f" at position {self.basis}"
        if self.event.on_behalf is not None:
            return f"{self.event.role}, lent by {self.event.on_behalf}{where}"
        return f"{self.event.role}, their own{where and f', given{where}'}"

    def body(self) -> dict[str, object]:
        """The approval for programs."""
        return {
            **self.act.cited(),
            "role": self.event.role,
            "on_behalf": self.event.on_behalf,
            "role_position": self.basis,
            "counts": self.counts,
            "why_not": self.why_not or None,
            "retracted_position": self.retracted,
            "settles": list(self.settles),
            "saw": saw_json(self.event),
        }


def consents(then: Moment, one: Stood, acts: Sequence[Act]) -> list[Consent]:
    """Every approval that was ever given among *acts*, those that had no effect left out."""
    counting = {given.position for given in one.found.approvals}
    given = [(act, act.entry.event) for act in acts if act.rule is None]
    return [
        Consent(
            act=act,
            event=event,
            basis=_basis(then.standing, act, event, one.state.effect.alias),
            counts=act.position in counting,
            why_not="" if act.position in counting else _why_not(then, one, act, event, acts),
            retracted=_retracted(act, acts),
            settles=_settled(then, one, act),
        )
        for act, event in given
        if isinstance(event, ApprovalGranted)
    ]


def _basis(standing: Standing, act: Act, event: ApprovalGranted, alias: str | None) -> int | None:
    """The position at which the role was given, or lent, that *event* was signed in."""
    signer, at = standing.signer(act.signer), parse_instant(act.at)
    if signer is None:
        return None
    if event.on_behalf is not None:
        lent = (d for d in signer.delegations if d.by == event.on_behalf and event.role in d.roles)
        return max((d.position for d in lent if d.was_live(alias, act.position, at)), default=None)
    if event.role == ROOT:
        ledger = standing.ledger()
        return None if ledger is None or ledger.root_changed > act.position else ledger.root_changed
    held = (g for g in signer.grants if g.role == event.role)
    return max((g.since for g in held if g.was_live(alias, act.position, at)), default=None)


def _retracted(act: Act, acts: Sequence[Act]) -> int | None:
    """Where the approval of *act* was taken back, if that was the last that was said of it."""
    for later in acts:
        if later.position <= act.position or later.signer != act.signer or later.rule is not None:
            continue
        match later.entry.event:
            case ApprovalRetracted():
                return later.position
            case ApprovalGranted():
                return None
            case _:
                pass
    return None


def _why_not(
    then: Moment, one: Stood, act: Act, event: ApprovalGranted, acts: Sequence[Act]
) -> str:
    """Why the approval of *act* did not count when the proposal was closed, or does not now."""
    end = one.end
    if act.position > end:
        settled = _settled(then, one, act)
        made_up = f"; it made up for what {_numbers(settled)} waived" if settled else ""
        return f"given after position {one.closed_position}, where it was closed{made_up}"
    taken = _retracted(act, acts)
    if taken is not None and taken <= end:
        return f"taken back at position {taken}"
    moved = next(_moved(one, event), None)
    if moved is not None:
        return moved
    persons = {act.signer, event.on_behalf or act.signer}
    if act.position in one.void:
        return silenced_words(then.standing, persons, act.position, end)
    parties = sorted(persons & set(one.found.parties))
    if parties:
        return f"{', '.join(parties)} had a hand in it"
    return f"given anew later by the same person{_again(one, act, persons)}"


def _settled(then: Moment, one: Stood, act: Act) -> tuple[int, ...]:
    """The exceptions under which it was started, and that the approval of *act* made up for."""
    used = used_under(then.standing, one.state.id)
    return tuple(each.number for each in used if each.settled_position == act.position)


def _numbers(numbers: Sequence[int]) -> str:
    return "exception " + ", ".join(f"#{number}" for number in numbers)


def _again(one: Stood, act: Act, persons: set[str]) -> str:
    later = [a for a in one.state.approvals if a.position > act.position and persons & a.persons]
    return "" if not later else f", at position {later[-1].position}"


def _moved(one: Stood, event: ApprovalGranted) -> Iterator[str]:
    """What has changed of all that the approval is bound to."""
    saw, now = event.binding, one.found.binding
    if saw.revision != now.revision:
        at = one.state.revised_position
        yield f"of revision {saw.revision}; revision {now.revision} came at position {at}"
    if saw.policy != now.policy:
        yield f"under policy {saw.policy}; policy {now.policy} was in force"
    if saw.base != now.base:
        yield f"on base {saw.base}, which moved to {now.base}"
    if saw.facts != now.facts:
        added = ", ".join(f"{each.fact} at position {each.position}" for each in one.state.added)
        yield f"before the fact {added} was added" if added else "the declared facts changed"
    counted = {each.type: each.position for each in now.evidence}
    for each in saw.evidence:
        if counted.get(each.type) != each.position:
            newer = counted.get(each.type)
            other = "none counted" if newer is None else f"position {newer} counted"
            yield f"saw {each.type} at position {each.position}, and {other}"
    if saw.effect != now.effect:
        yield "what it asks for changed"
