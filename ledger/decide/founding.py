"""How a ledger begins: the roster, the root and the first policy."""

from collections.abc import Sequence

from ledger.decide.context import Standing
from ledger.decide.happening import Happening
from ledger.decide.naming import key_rows, plain_key, require_known_roles, require_sound_root
from ledger.decide.signer_states import Grant, Key, SignerState
from ledger.decide.states import Head, LedgerState, PolicyState, State
from ledger.errors import Refused
from ledger.model.effects import PolicyDocument
from ledger.model.events import LedgerFounded, RosterMember
from ledger.policy.checking.checks import first_problem
from ledger.policy.checking.quorum import People, Services
from ledger.policy.document import Policy
from ledger.policy.published import parse_policy
from ledger.seal.keys import parse_public_key

RULES = 1
"""The rule set of this version; a ledger that names another cannot be checked by it."""


def found(
    standing: Standing,
    *,
    founder: str,
    founder_key: str,
    name: str,
    roster: Sequence[RosterMember],
    root_threshold: int,
    policy: PolicyDocument,
    rehearsal: bool,
    solo: bool,
    rules: int = RULES,
) -> LedgerFounded:
    """Begin a ledger, signed by the root signer *founder* with the key of id *founder_key*."""
    if standing.head.size:
        raise Refused("already-founded", "this log has begun already")
    if rules != RULES:
        raise Refused("unknown-rules", f"rule set {rules} is not known to this version")
    _check_members(roster)
    require_sound_root(sum(member.root for member in roster), root_threshold, solo=solo)
    roots = {m.signer: parse_public_key(m.key).id for m in roster if m.root}
    if roots.get(founder) != founder_key:
        raise Refused("not-root", "the founding must be signed with the key of a root signer")
    _check_policy(parse_policy(policy.canonical), roster)
    return LedgerFounded(
        name=name,
        rules=rules,
        rehearsal=rehearsal,
        solo=solo,
        root_threshold=root_threshold,
        roster=tuple(roster),
        policy=policy,
    )


def evolve(event: LedgerFounded, on: Happening, ledger_id: str) -> tuple[State, ...]:
    """The rows that the founding *event* begins with."""
    states: list[State] = [
        LedgerState(
            id=ledger_id,
            name=event.name,
            rules=event.rules,
            rehearsal=event.rehearsal,
            solo=event.solo,
            root_threshold=event.root_threshold,
            root_changed=on.position,
            roster=tuple(sorted(member.signer for member in event.roster)),
            waiting=tuple(sorted(member.signer for member in event.roster if member.root)),
        ),
        PolicyState(1, event.policy.text, event.policy.canonical, on.position, on.at),
        Head(policy=1, marked=on.at),
    ]
    for member in event.roster:
        states += (*key_rows(member.signer, member.key), _signer(member, on))
    return tuple(states)


def _signer(member: RosterMember, on: Happening) -> SignerState:
    key = Key(
        id=parse_public_key(member.key).id,
        text=member.key,
        named_by=on.leaf,
        named_at=on.position,
        named_time=on.at,
        proposal=None,
    )
    return SignerState(
        id=member.signer,
        kind=member.signer_kind,
        accountable=member.accountable,
        root=member.root,
        enrolled_at=on.position,
        keys=(key,),
        grants=tuple(Grant(role, None, None, None, on.position) for role in member.roles),
    )


def _check_members(roster: Sequence[RosterMember]) -> None:
    people = {member.signer for member in roster if member.signer_kind == "person"}
    names: set[str] = set()
    keys: dict[str, str] = {}
    for member in roster:
        if member.signer in names:
            raise Refused("signer-twice", f"{member.signer} is named twice")
        names.add(member.signer)
        key = plain_key(member.signer, member.key)
        if key.material in keys:
            other = keys[key.material]
            raise Refused(
                "key-twice", f"{member.signer} and {other} have the same key", hint=key.id
            )
        keys[key.material] = member.signer
        _check_member(member, people)


def _check_member(member: RosterMember, people: set[str]) -> None:
    if member.signer_kind == "person" and member.accountable is not None:
        raise Refused("person-accountable", f"{member.signer} is a person and answers alone")
    if member.signer_kind == "service":
        if member.accountable not in people:
            raise Refused(
                "no-accountable",
                f"the service {member.signer} needs an accountable person of the roster",
            )
        if member.root:
            raise Refused("service-root", f"the service {member.signer} cannot be a root signer")


def _check_policy(policy: Policy, roster: Sequence[RosterMember]) -> None:
    if policy.number != 1:
        raise Refused("policy-number", f"the first policy has number 1, not {policy.number}")
    for member in roster:
        require_known_roles(policy, member.signer, member.signer_kind, member.roles)
    people = {m.signer: frozenset(m.roles) for m in roster if m.signer_kind == "person"}
    services = {
        m.signer: (m.accountable, frozenset(m.roles)) for m in roster if m.accountable is not None
    }
    require_sound(policy, people, services)


def require_sound(policy: Policy, people: People, services: Services) -> None:
    """Refuse a policy that contradicts itself, or that *people* and *services* could not meet."""
    first = first_problem(policy, people, services)
    if first is not None:
        raise Refused(first.code, f"the policy: {first.message}", hint=first.hint)
