"""Naming signers and keys: what a roster, an enrolment and a rotation have in common."""

from collections.abc import Iterable
from typing import Final

from ledger.decide.context import Standing
from ledger.decide.roles import may_sign
from ledger.decide.signer_states import Key, KeyState, MaterialState, SignerState
from ledger.decide.states import State
from ledger.errors import BadInput, Refused
from ledger.policy.consent import steward_roles
from ledger.policy.document import Policy
from ledger.seal.keys import PublicKey, parse_public_key

ACCEPT_WITHIN: Final = 14 * 86_400
"""Seconds within which a named key is accepted; then the naming lapses."""


def plain_key(name: str, text: str) -> PublicKey:
    """The key *text* of *name*; raises :class:`BadInput` (``key-form``) for another spelling."""
    key = parse_public_key(text)
    if key.text != text:
        raise BadInput("key-form", f"the key of {name} is not in its plain form")
    return key


def require_new_key(standing: Standing, signer: str, text: str, at: int) -> None:
    """Refuse key material that this ledger has seen, but where its naming for *signer* lapsed."""
    key = plain_key(signer, text)
    known = standing.key_of_material(key.material)
    if known is None:
        return
    owner = standing.owner_of(known)
    if owner is not None and owner.id == signer and _lapsed(owner, known, at):
        return
    raise Refused(
        "key-known",
        f"this key, however it is written, was named before: for {owner.id if owner else known}",
        hint="a key is accepted once per ledger; make a new one: assent key new",
    )


def _lapsed(owner: SignerState, key: str, at: int) -> bool:
    named = [one for one in owner.keys if one.id == key]
    return all(one.accepted_at is None and has_lapsed(one, at) for one in named)


def has_lapsed(key: Key, at: int) -> bool:
    """Whether *key* was named too long ago to be accepted at the time *at*."""
    return at >= key.named_time + ACCEPT_WITHIN


def lapses_at(standing: Standing, signer: SignerState) -> int | None:
    """When the naming of the key that *signer* has yet to accept lapses.

    ``None`` where there is none, and for the root signers of a founding, whose never does.
    """
    ledger, pending = standing.ledger(), signer.pending
    if pending is None or (ledger is not None and signer.id in ledger.waiting):
        return None
    return pending.named_time + ACCEPT_WITHIN


def key_rows(signer: str, text: str) -> tuple[State, ...]:
    """The rows by which a key is found again: by its id, and by its material."""
    key = parse_public_key(text)
    return KeyState(key.id, signer), MaterialState(key.material, key.id)


def require_known_roles(policy: Policy, signer: str, kind: str, roles: Iterable[str]) -> None:
    """Refuse *roles* that *policy* does not define, or that a service must not hold."""
    defined = {role.name for role in policy.roles}
    for role in roles:
        if role not in defined:
            raise Refused(
                "unknown-role",
                f"{signer} holds the role {role}, which the policy does not define",
                hint=f"defined: {', '.join(sorted(defined))}",
            )
        if kind == "service" and role in steward_roles(policy):
            raise Refused(
                "service-steward",
                f"the service {signer} would hold {role}, and stewards are people",
                hint="give the role to a person",
            )


def require_answerable(standing: Standing, signer: str, kind: str, accountable: str | None) -> None:
    """Refuse a person who answers by somebody else, and a service that nobody answers for."""
    if kind == "person":
        if accountable is not None:
            raise Refused("person-accountable", f"{signer} is a person and answers alone")
        return
    answering = None if accountable is None else standing.signer(accountable)
    if answering is None or answering.kind != "person" or not may_sign(standing, answering):
        raise Refused(
            "no-accountable",
            f"the service {signer} needs an accountable person who may sign",
        )


def require_sound_root(size: int, threshold: int, *, solo: bool) -> None:
    """Refuse a root that one person can rule or one loss can lock (DESIGN §10)."""
    if solo:
        if not 1 <= threshold <= size:
            raise Refused("root-threshold", f"{threshold} of {size} root signers cannot agree")
        return
    if threshold * 2 <= size or size < threshold + 1:
        raise Refused(
            "root-threshold",
            f"a root of {size} with threshold {threshold} is not allowed",
            hint="the threshold must be more than half and leave one to spare, such as 2 of 3;"
            " one person alone declares solo = true",
        )
