"""How a ledger begins: the founding, and the acceptance of everyone it names."""

from collections.abc import Sequence
from dataclasses import replace

from ledger.decide.context import Standing
from ledger.decide.happening import Happening
from ledger.decide.states import Head, KeyState, LedgerState, PolicyState, SignerState, State
from ledger.errors import BadInput, Refused
from ledger.model.effects import PolicyDocument
from ledger.model.events import LedgerFounded, RosterMember, SignerAccepted
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
    _check_root(roster, root_threshold, solo=solo)
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


def accept(standing: Standing, *, by: SignerState, named_by: str) -> SignerAccepted:
    """Prove possession of the key one was named with."""
    if by.accepted_at is not None:
        raise Refused("already-accepted", f"{by.id} accepted at position {by.accepted_at}")
    if named_by != by.named_by:
        raise Refused("other-naming", f"{by.id} was named by another entry than {named_by}")
    if standing.ledger() is None:
        raise Refused("not-founded", "this ledger has not been founded yet")
    return SignerAccepted(signer=by.id, named_by=named_by)


def evolve(
    standing: Standing, event: LedgerFounded | SignerAccepted, on: Happening, ledger_id: str
) -> tuple[State, ...]:
    """The rows that change with *event*."""
    if isinstance(event, LedgerFounded):
        return _begin(event, on, ledger_id)
    signer = standing.signer(event.signer)
    ledger = standing.ledger()
    if signer is None or ledger is None:
        return ()
    waiting = tuple(name for name in ledger.waiting if name != event.signer)
    return replace(signer, accepted_at=on.position), replace(ledger, waiting=waiting)


def _begin(event: LedgerFounded, on: Happening, ledger_id: str) -> tuple[State, ...]:
    states: list[State] = [
        LedgerState(
            id=ledger_id,
            name=event.name,
            rules=event.rules,
            rehearsal=event.rehearsal,
            solo=event.solo,
            root_threshold=event.root_threshold,
            roster=tuple(sorted(member.signer for member in event.roster)),
            waiting=tuple(sorted(member.signer for member in event.roster if member.root)),
        ),
        PolicyState(1, event.policy.text, event.policy.canonical, on.position, on.at),
        Head(policy=1),
    ]
    for member in event.roster:
        key = parse_public_key(member.key)
        states.append(KeyState(key.id, member.signer))
        states.append(
            SignerState(
                id=member.signer,
                kind=member.signer_kind,
                accountable=member.accountable,
                root=member.root,
                roles=member.roles,
                key_id=key.id,
                key_text=member.key,
                named_by=on.leaf,
                named_at=on.position,
                accepted_at=None,
            )
        )
    return tuple(states)


def _check_members(roster: Sequence[RosterMember]) -> None:
    people = {member.signer for member in roster if member.signer_kind == "person"}
    names: set[str] = set()
    keys: dict[str, str] = {}
    for member in roster:
        if member.signer in names:
            raise Refused("signer-twice", f"{member.signer} is named twice")
        names.add(member.signer)
        key = _key_id(member)
        if key in keys:
            raise Refused(
                "key-twice", f"{member.signer} and {keys[key]} have the same key", hint=key
            )
        keys[key] = member.signer
        _check_member(member, people)


def _key_id(member: RosterMember) -> str:
    key = parse_public_key(member.key)
    if key.text != member.key:
        raise BadInput("key-form", f"the key of {member.signer} is not in its plain form")
    return key.id


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


def _check_root(roster: Sequence[RosterMember], threshold: int, *, solo: bool) -> None:
    """A root that one person cannot rule and one loss cannot lock (DESIGN §10)."""
    size = sum(member.root for member in roster)
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


def _check_policy(policy: Policy, roster: Sequence[RosterMember]) -> None:
    if policy.number != 1:
        raise Refused("policy-number", f"the first policy has number 1, not {policy.number}")
    defined = {role.name for role in policy.roles}
    for member in roster:
        for role in member.roles:
            if role not in defined:
                raise Refused(
                    "unknown-role",
                    f"{member.signer} holds the role {role}, which the policy does not define",
                    hint=f"defined: {', '.join(sorted(defined))}",
                )
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
