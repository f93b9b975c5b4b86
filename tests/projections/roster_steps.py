"""Steps of a random history about signers: their keys, roles, stops, the root and the clock.

Each takes an organisation and two numbers that it makes of what it likes. Consent is given
by whoever could; what the rules forbid is left out.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress

from ledger.decide.cases import assess_proposal
from ledger.decide.roles import roles_held
from ledger.decide.signer_states import SignerState
from ledger.errors import AssentError, BadInput
from ledger.model.effects import Effect
from ledger.model.events import OverrideSet, SignerDelegated
from ledger.model.names import SignerKind
from ledger.model.terms import format_instant
from ledger.seal.private_keys import SigningKey
from tests.organisation import PEOPLE, Organisation, unsafe_key
from tests.roster import DAY, delegate, enrolment, lifting, roles_of, rotation, speak, stop
from tests.signer_acts import correction, disowning, rooting

ROLES = ("model-owner", "data-owner", "evaluation-owner", "release-owner", "auditor")
PATTERNS = (None, None, "fraud/*", "*/production", "credit/production")
BOTS = ("breeder", "pilot", "helper")
NEW = ("nina", "otto", "helper")
LENDERS = (
    *(("alice", "model-owner"), ("bob", "data-owner"), ("dana", "data-owner")),
    *(("erin", "evaluation-owner"), ("omar", "release-owner")),
)

Step = Callable[[Organisation, int, int], None]


def _signers(org: Organisation) -> list[str]:
    return [one.id for one in org.standing.signers()]


def _roots(org: Organisation) -> list[str]:
    return [one.id for one in org.standing.signers() if one.root]


def _is_dead(org: Organisation, one: SignerState) -> bool:
    """Whether *one* cannot act until somebody else does something about it."""
    stopped = org.standing.target(f"signer/{one.id}") is not None
    return stopped or one.current is None or one.current.disowned_after is not None


def gather(org: Organisation, of: str, *, but: str | None = None) -> None:
    """Let as many of those who could approve *of* do so as are asked, *but* by a requirement."""
    found = assess_proposal(org.standing, org.proposal(of), org.standing.head.time)
    for need in (one for one in found.requirements if one.id != but):
        for quorum in (*need.stand_in, *need.approvals):
            given = 0
            for name in need.could if quorum.open else ():
                with suppress(AssentError):
                    org.approve(name, of, quorum.role)
                    given += 1
                if given == quorum.open:
                    break


def evaluate(org: Organisation, of: str, document: str) -> None:
    """Let somebody whose role it is attach a report to *of*."""
    held = [
        one.id
        for one in org.standing.signers()
        if "evaluation-owner" in roles_held(org.standing, one, org.change(of).alias, org.now)
    ]
    for name in held:
        with suppress(AssentError):
            org.attach(name, of, document=document)
            return


def carry(org: Organisation, effect: Effect, first: Sequence[str] = ()) -> bool:
    """Propose *effect*, let it be approved, and let whoever may carry it out; whether it was."""
    of = open_by_anybody(org, effect, first)
    gather(org, of)
    return anybody(org, lambda name: org.enact(name, of), (*first, "rita"))


def open_by_anybody(org: Organisation, effect: Effect, first: Sequence[str] = ()) -> str:
    """Let somebody propose *effect*; the proposal's id."""
    anybody(org, lambda name: org.open(name, effect), (*first, "frank"))
    state = org.standing.numbered(org.standing.head.proposals)
    if state is None or state.effect != effect:
        raise BadInput("nobody", "nobody may propose this")
    return state.id


def anybody(org: Organisation, act: Callable[[str], object], first: Sequence[str] = ()) -> bool:
    """Let whoever may do *act*, the *first* of all; whether somebody did."""
    for name in (*first, *_signers(org)):
        with suppress(AssentError):
            act(name)
            return True
    return False


def take_key(org: Organisation, name: str) -> None:
    """Accept the key that was named for *name*, and sign with it from then on."""
    before, state = org.keys[name], org.signer(name)
    pending = before if state.pending is None else org.keys.get(state.pending.id, before)
    try:
        org.accept(name, pending)
    except AssentError:
        org.keys[name] = before
        raise


def _fresh_key(org: Organisation, name: str) -> SigningKey:
    """A key nobody has seen, which :func:`take_key` finds again by its fingerprint."""
    key = unsafe_key(f"{name} at {org.standing.head.size}")
    org.keys[key.public.id] = key
    return key


def _admit(org: Organisation, name: str, two: int) -> None:
    key, known = _fresh_key(org, name), org.standing.signer(name)
    kind: SignerKind = "service" if name in BOTS else "person"
    roles = [*PEOPLE.get(name, [ROLES[two % 5]])]
    if known is None:
        org.keys[name] = key
    answers = ("bob", "omar", "erin")[two % 3] if kind == "service" else None
    effect = enrolment(name, roles, kind=kind, accountable=answers, key=key.public.text)
    if carry(org, effect) and two % 4:
        take_key(org, name)


def enrol(org: Organisation, one: int, two: int) -> None:
    """Somebody new."""
    _admit(org, NEW[one % 3], two)


def revive(org: Organisation, one: int, two: int) -> None:
    """Somebody who cannot act any more, with another key."""
    dead = [state.id for state in org.standing.signers() if _is_dead(org, state)]
    if dead:
        _admit(org, dead[one % len(dead)], two)


def accept(org: Organisation, one: int, _: int) -> None:
    """Whoever has a key waiting."""
    waiting = [state.id for state in org.standing.signers() if state.pending is not None]
    if waiting:
        take_key(org, waiting[one % len(waiting)])


def grant(org: Organisation, one: int, two: int) -> None:
    """A role more, or a role less, somewhere and for some time."""
    names = _signers(org)
    name, aliases = names[one % len(names)], PATTERNS[two % 5]
    until = org.now + (two + 1) * 6 * 3600 if two % 3 else None
    own = org.signer(name).roles
    strip = [own[two % len(own)]] if own and one % 4 == 0 else []
    if not strip:
        give = [ROLES[(one + two) % 5]]
        carry(org, roles_of(name, give, aliases=aliases, until=until))
    else:
        carry(org, roles_of(name, [], strip, aliases=aliases))


def rotate(org: Organisation, one: int, two: int) -> None:
    """Another key, accepted at once or later, or only proposed."""
    names = _signers(org)
    name = names[one % len(names)]
    if org.signer(name).current is None:
        return
    effect = rotation(name, _fresh_key(org, name).public.text)
    if two % 5 == 0:
        gather(org, open_by_anybody(org, effect, (name,)))
    elif carry(org, effect, (name,)) and two % 3:
        take_key(org, name)


def lend(org: Organisation, one: int, two: int) -> None:
    """A role for a time, which often is over before anybody looks."""
    names = [name for name in _signers(org) if name not in BOTS]
    lender, role = LENDERS[one % len(LENDERS)]
    roles = [] if two % 6 == 0 else [role]
    until = org.now + (one + 1) * (two + 1) * 600
    delegate(org, lender, names[two % len(names)], *roles, aliases=PATTERNS[one % 5], until=until)


def halt(org: Organisation, one: int, two: int) -> None:
    """Somebody is stopped by somebody."""
    names = _signers(org)
    by = names[two % len(names)] if two % 2 else "omar"
    stop(org, by, names[one % len(names)])


def resume(org: Organisation, one: int, two: int) -> None:
    """Some stops that hold are lifted, or it is proposed."""
    held = [
        event.override
        for judged in org.judged
        if judged.admitted and judged.entry is not None
        for event in [judged.entry.event]
        if isinstance(event, OverrideSet) and _holds(org, event.override)
    ]
    if not held:
        return
    some = [held[one % len(held)]] if two % 2 else held[:20]
    if one % 7 == 0:
        open_by_anybody(org, lifting(*some))
    else:
        carry(org, lifting(*some), _roots(org))


def _holds(org: Organisation, id_: str) -> bool:
    found = org.standing.stop(id_)
    return found is not None and found.lifted_at is None


def reroot(org: Organisation, one: int, two: int) -> None:
    """Other root signers."""
    able = [o.id for o in org.standing.signers() if o.kind == "person" and not _is_dead(org, o)]
    size = 3 + two % 2
    chosen = sorted({able[(one + k) % len(able)] for k in range(size)} | set(_roots(org)[:1]))
    threshold = len(chosen) // 2 + 1
    if two % 3:
        carry(org, rooting(threshold, *chosen), _roots(org))
    else:
        open_by_anybody(org, rooting(threshold, *chosen), _roots(org))


def disown(org: Organisation, one: int, two: int) -> None:
    """Somebody's keys, after a position not long ago; mostly they get another one at once."""
    names = _signers(org)
    name = names[one % len(names)]
    state = org.signer(name)
    if state.current is None or (state.root and two % 4):
        return
    rob(org, name, max(0, org.standing.head.size - 1 - two * 4), one)


def rob(org: Organisation, name: str, after: int, one: int) -> None:
    """The keys of *name* are disowned, or it is proposed."""
    effect = disowning(org, name, after)
    if one % 5 == 0:
        gather(org, open_by_anybody(org, effect, _roots(org)))
    elif carry(org, effect, _roots(org)) and one % 3:
        _admit(org, name, 1)


def run_ahead(org: Organisation, one: int, two: int) -> None:
    """Ledger time leaps; mostly the root sets it right, else the time has passed."""
    state = org.standing.numbered(1 + one % max(1, org.standing.head.proposals))
    if state is None:
        return
    now = org.now
    org.now += (one + 1) * DAY
    ahead = speak(org, ("frank", "omar", "alice")[two % 3], state.id)
    if two % 4 == 0:
        return
    later, org.now = org.now, now
    if not carry(org, correction(ahead.position, now + 5), _roots(org)):
        org.now = later


def forge(org: Organisation, one: int, two: int) -> None:
    """What no rule allows, properly signed."""
    names = _signers(org)
    name, other = names[one % len(names)], names[two % len(names)]
    if one % 2:
        org.force(name, OverrideSet(override=org.new_id(), target=f"signer/{other}", reason="x"))
    else:
        event = SignerDelegated(
            signer=name,
            to=other,
            roles=("auditor",),
            aliases=None,
            until=format_instant(org.now + DAY),
        )
        org.force(name, event)


STEPS: tuple[Step, ...] = (
    *(enrol, enrol, accept, accept, revive, revive),
    *(grant, grant, grant, rotate, rotate, lend, lend, lend),
    *(halt, resume, resume, reroot, disown, disown, run_ahead, forge),
)
