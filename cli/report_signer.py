"""A proposal about a signer as a person reads it: which key, which roles, before and after."""

from collections.abc import Iterator

from cli.effect_change import Change, SignerEffect, change_of
from cli.held import Held, in_order
from cli.sections import Section
from cli.wording import key_words
from ledger.decide.context import Standing
from ledger.decide.naming import ACCEPT_WITHIN
from ledger.decide.states import ProposalState
from ledger.model.effects import EnrolmentEffect, RolesEffect, RotationEffect
from ledger.model.terms import format_duration, format_instant

_COLOURS = {"gains": "green", "loses": "red", "keeps": ""}


def signer_sections(
    standing: Standing, state: ProposalState, effect: SignerEffect, at: int
) -> Iterator[Section]:
    """What *effect* changes for its signer, judged at *at*; once enacted, what it changed."""
    change = change_of(standing, state, effect, at)
    rows = [("why", effect.why)] if effect.why else []
    if change is None:
        yield Section("Who it is about", (*rows, ("signer", f"{effect.signer}, whom nobody knows")))
        return
    match effect:
        case EnrolmentEffect():
            yield Section("The enrolment", (*rows, *_enrolment(change)))
        case RotationEffect():
            yield Section("The keys", (*rows, *_keys(change, effect.key), *_rotation(state)))
            return
        case RolesEffect():
            yield Section("Who it is about", (*rows, *_who(change)))
    yield _roles(change, effect.signer)


def _enrolment(change: Change) -> Iterator[tuple[str, str]]:
    yield from _who(change)
    if change.before is not None:
        yield "before", "known already: the key and the roles of before end"
    yield from _keys(
        change, change.after.keys[-1].text if change.named is None else change.named.text
    )


def _who(change: Change) -> Iterator[tuple[str, str]]:
    after = change.after
    yield "signer", f"{after.id}, a {after.kind}{', a root signer' if after.root else ''}"
    if after.accountable is not None:
        yield "accountable", after.accountable


def _keys(change: Change, text: str) -> Iterator[tuple[str, str]]:
    if change.replaced is not None:
        yield "key before", key_words(change.replaced.text)
    yield "key", key_words(text)
    named = change.named
    if named is not None and named.accepted_at is not None:
        yield "accepted", f"at position {named.accepted_at}"
        return
    until = format_duration(ACCEPT_WITHIN)
    if named is not None and change.is_done:
        until = format_instant(named.named_time + ACCEPT_WITHIN)
        yield "accepted", f"not yet; it lapses at {until}"
        return
    yield "counts", f"once its owner has accepted with it, within {until} of the enactment"


def _rotation(state: ProposalState) -> Iterator[tuple[str, str]]:
    if state.closed is None:
        yield "enacted", "by its owner, with the present key"


def _roles(change: Change, name: str) -> Section:
    """Each role granted before or after, and what happens to it."""
    before, after = change.roles_before, change.roles_after
    rows = tuple(_role(one, before, after) for one in in_order({*before, *after}))
    marks = tuple(_COLOURS[row[0]] for row in rows)
    headings = ("", "role", "on", "until")
    return Section(f"Roles of {name}", rows or (("none", "", "", ""),), headings, marks)


def _role(one: Held, before: tuple[Held, ...], after: tuple[Held, ...]) -> tuple[str, ...]:
    said = "keeps" if one in before and one in after else "gains" if one in after else "loses"
    return said, one.role, one.where, one.end
