"""How it stands with a signer, in a word: whether they sign, do not yet, or do not any more."""

from typing import Literal

from ledger.decide.context import Standing
from ledger.decide.naming import lapses_at
from ledger.decide.roles import is_stopped
from ledger.decide.signer_states import Key, SignerState

Condition = Literal["active", "not yet", "lapsed", "stopped", "disowned"]
"""``not yet``: they have yet to accept; ``lapsed``: they did not in time."""


def condition_of(standing: Standing, signer: SignerState, at: int) -> Condition:
    """How it stands with *signer* at the time *at*.

    Disowned comes before stopped: no lift mends it, only another key does.
    """
    if signer.current is not None and signer.signing_key is None:
        return "disowned"
    if is_stopped(standing, signer.id):
        return "stopped"
    if signer.current is not None:
        return "active"
    return "not yet" if awaited_key(standing, signer, at) is not None else "lapsed"


def accountable_condition(standing: Standing, signer: SignerState, at: int) -> Condition | None:
    """How it stands with who answers for *signer*, a service; ``None`` for a person."""
    answering = None if signer.accountable is None else standing.signer(signer.accountable)
    return None if answering is None else condition_of(standing, answering, at)


def accountable_words(standing: Standing, signer: SignerState, at: int) -> str:
    """Who answers for *signer*, and how it stands with them where they do not sign."""
    state = accountable_condition(standing, signer, at)
    if state in (None, "active"):
        return signer.accountable or ""
    return f"{signer.accountable}, who is {state}"


def awaited_key(standing: Standing, signer: SignerState, at: int) -> Key | None:
    """The key of *signer* that may still be accepted at the time *at*, if one may."""
    lapses = lapses_at(standing, signer)
    return None if lapses is not None and at >= lapses else signer.pending
