"""What follows on an act, told to who did it: the next steps, and whose they are."""

from collections.abc import Iterator
from pathlib import Path

from cli.output import note, safe
from cli.places import key_folder
from cli.wording import key_words
from ledger.decide.authority import parties
from ledger.decide.cases import assess_proposal
from ledger.decide.context import Standing
from ledger.decide.naming import lapses_at
from ledger.decide.states import ProposalState
from ledger.decide.validity import is_root_only
from ledger.decide.waivers import earlier_exceptions
from ledger.model.effects import EnrolmentEffect, ExceptionEffect, RotationEffect
from ledger.model.terms import format_instant
from ledger.policy.case import ROOT
from ledger.policy.consent import consents_to


def tell_opened(standing: Standing, proposal: str, key_file: Path | None = None) -> None:
    """Say on stderr what follows now that *proposal* is open; *key_file* is that of a rotation."""
    state = standing.proposal(proposal)
    for line in () if state is None else _opened(standing, state, key_file):
        note(safe(line))


def tell_enacted(standing: Standing, proposal: str) -> None:
    """Say on stderr what follows now that *proposal* is enacted."""
    state = standing.proposal(proposal)
    effect = None if state is None else state.effect
    if isinstance(effect, ExceptionEffect):
        for line in granted_lines(standing, effect):
            note(safe(line))
    if not isinstance(effect, EnrolmentEffect | RotationEffect):
        return
    signer = standing.signer(effect.signer)
    lapses = None if signer is None else lapses_at(standing, signer)
    if lapses is None:
        return
    note(f"until {format_instant(lapses)} the new key can be accepted, by whose it is:")
    if isinstance(effect, EnrolmentEffect):
        note("  assent trust LEDGER-ID    on a machine that has not pinned this ledger")
    note(f"  assent signer accept --as {effect.signer}")


def _opened(standing: Standing, state: ProposalState, key_file: Path | None) -> Iterator[str]:
    effect = state.effect
    if isinstance(effect, ExceptionEffect):
        yield from _exception(standing, state, effect)
    if not isinstance(effect, EnrolmentEffect | RotationEffect):
        return
    yield f"the key named for {effect.signer}, to be compared with its owner:"
    yield f"  {key_words(effect.key)}"
    if isinstance(effect, EnrolmentEffect):
        return
    asked = consents_to(standing.policy(), effect, root_only=False, earlier=0)[0].approvals
    role = asked[0].role if asked else ROOT
    accepts = f"  assent signer accept --as {effect.signer}{_private(key_file)}"
    yield "what follows:"
    yield f"  assent proposal approve {state.number} --role {role}    by somebody else"
    yield f"  assent proposal enact {state.number} --as {effect.signer}    with the present key"
    yield f"{accepts}    with the new one"


def _exception(standing: Standing, state: ProposalState, effect: ExceptionEffect) -> Iterator[str]:
    """Who consents to an exception that was asked for, and until when it can be of use."""
    earlier = earlier_exceptions(standing, state)
    root_only = is_root_only(standing, state)
    asked = consents_to(standing.policy(), effect, root_only=root_only, earlier=earlier)
    yield f"before {effect.until}, by others than {', '.join(sorted(parties(standing, state)))}:"
    for consent in asked:
        for role in consent.roles if not consent.approvals else ():
            yield f"  assent proposal approve {state.number} --role {role}"
        for count in consent.approvals:
            times = "" if count.count == 1 else f"    {count.count} times"
            yield f"  assent proposal approve {state.number} --role {count.role}{times}"
    yield f"  assent proposal enact {state.number}"


def granted_lines(standing: Standing, effect: ExceptionEffect) -> Iterator[str]:
    """What is to be done with an exception that was granted."""
    release = standing.proposal(effect.release)
    if release is None or release.closure is not None:
        return
    found = assess_proposal(standing, release, standing.head.time)
    named = f"#{release.number}"
    if found.verdict == "ready":
        yield f"{named} is ready: assent release start {release.number}"
    else:
        lacks = [*(block.message for block in found.blocks), *found.missing()]
        yield f"{named} is {found.verdict}: {'; '.join(lacks) or 'look at it'}"
    yield f"once started it has to be approved fully by {effect.until}, or rolled back"


def _private(key_file: Path | None) -> str:
    """The option that names the private half, where nothing else would find it."""
    half = None if key_file is None else key_file.with_suffix("")
    if half is None or half == key_file or not half.is_file():
        return ""
    return "" if half.absolute().parent == key_folder().absolute() else f" --key {half}"
