"""The acts by which the roster of a simulated ledger changes, one function each.

They go through a proposal of frank's, sam's approval as steward and omar's enactment, in an
organisation made by :func:`stewarded`; :func:`carried` lets others do that.
"""

from collections.abc import Mapping, Sequence

from ledger.decide import override, signer, talk
from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.decide.states import State
from ledger.model.effects import (
    Effect,
    EnrolmentEffect,
    LiftEffect,
    RolesEffect,
    RotationEffect,
)
from ledger.model.events import Event
from ledger.model.names import SignerKind
from ledger.model.terms import format_instant
from ledger.seal.envelope import KeyHolder
from ledger.seal.private_keys import SigningKey
from tests.organisation import Organisation, unsafe_key
from tests.policies import OVERRIDES, STEWARDED, under

DAY = 86_400

STEWARDS: Mapping[str, Sequence[str]] = {"sam": ["steward"], "sue": ["steward"]}


def stewarded(
    *blocks: str,
    people: Mapping[str, Sequence[str]] | None = None,
    services: Mapping[str, tuple[str, Sequence[str]]] | None = None,
    text: str = STEWARDED,
) -> Organisation:
    """An organisation with the stewards sam and sue, and people who stop and lift."""
    return under(
        OVERRIDES, *blocks, people={**STEWARDS, **(people or {})}, services=services, text=text
    )


def enrolment(
    name: str,
    roles: Sequence[str] = (),
    *,
    kind: SignerKind = "person",
    accountable: str | None = None,
    key: str | None = None,
    contributors: Sequence[str] = (),
) -> EnrolmentEffect:
    """A request that *name* may sign, with their one key or the *key* given."""
    return EnrolmentEffect(
        summary=f"{name} joins",
        why=None,
        contributors=tuple(sorted(contributors)),
        signer=name,
        signer_kind=kind,
        accountable=accountable,
        key=unsafe_key(name).public.text if key is None else key,
        roles=tuple(sorted(roles)),
    )


def roles_of(
    name: str,
    grant: Sequence[str] = (),
    strip: Sequence[str] = (),
    *,
    aliases: str | None = None,
    until: int | None = None,
) -> RolesEffect:
    """A request to give *name* roles and take some away; *until* in seconds since 1970."""
    return RolesEffect(
        summary=f"other roles for {name}",
        why=None,
        contributors=(),
        signer=name,
        grant=tuple(sorted(grant)),
        strip=tuple(sorted(strip)),
        aliases=aliases,
        until=None if until is None else format_instant(until),
    )


def rotation(name: str, key: str) -> RotationEffect:
    """A request that *name* signs with *key*, in OpenSSH's form, from now on."""
    return RotationEffect(
        summary=f"another key for {name}", why=None, contributors=(), signer=name, key=key
    )


def lifting(*stops: str) -> LiftEffect:
    """A request to lift *stops*."""
    return LiftEffect(
        summary="they may go on", why=None, contributors=(), stops=tuple(sorted(stops))
    )


def consented(
    org: Organisation,
    effect: Effect,
    *,
    by: str = "frank",
    approvals: Sequence[tuple[str, str]] = (("sam", "steward"),),
) -> str:
    """Open a proposal and give it *approvals*, pairs of person and role; its id."""
    of = org.open(by, effect)
    for name, role in approvals:
        org.approve(name, of, role)
    return of


def carried(
    org: Organisation,
    effect: Effect,
    *,
    by: str = "frank",
    approvals: Sequence[tuple[str, str]] = (("sam", "steward"),),
    enactor: str = "omar",
) -> str:
    """Open, approve and enact; the proposal's id."""
    of = consented(org, effect, by=by, approvals=approvals)
    org.enact(enactor, of)
    return of


def enrol(
    org: Organisation,
    name: str,
    roles: Sequence[str] = (),
    *,
    kind: SignerKind = "person",
    accountable: str | None = None,
    key: KeyHolder | None = None,
) -> str:
    """Enrol *name* and let them accept; the proposal's id."""
    org.keys[name] = unsafe_key(name) if key is None else key
    text = org.keys[name].public.text
    of = carried(org, enrolment(name, roles, kind=kind, accountable=accountable, key=text))
    org.accept(name)
    return of


def grant(
    org: Organisation,
    name: str,
    *roles: str,
    aliases: str | None = None,
    until: int | None = None,
) -> str:
    """Give *name* roles; the proposal's id."""
    return carried(org, roles_of(name, roles, aliases=aliases, until=until))


def strip(org: Organisation, name: str, *roles: str, aliases: str | None = None) -> str:
    """Take roles from *name*; the proposal's id."""
    return carried(org, roles_of(name, strip=roles, aliases=aliases))


def next_key(name: str, number: int = 2) -> SigningKey:
    """A further key of *name*, the same in every run."""
    return unsafe_key(f"{name}-{number}")


def rotate(org: Organisation, name: str, number: int = 2) -> KeyHolder:
    """Let *name* sign with their next key from now on; the key of before."""
    before, after = org.keys[name], next_key(name, number)
    carried(org, rotation(name, after.public.text), by=name, enactor=name)
    org.accept(name, after)
    return before


def delegate(
    org: Organisation,
    name: str,
    to: str,
    *roles: str,
    aliases: str | None = None,
    until: int | None = None,
) -> Judged:
    """Lend *roles* of *name* to another for a week, or until a time; without roles end it."""
    end = format_instant(org.now + 7 * DAY if until is None else until)
    return org.act(
        name,
        lambda s, by, at: signer.delegate(
            s, by=by, at=at, to=to, roles=tuple(sorted(roles)), aliases=aliases, until=end
        ),
    )


def stop(org: Organisation, name: str, whom: str, *, key: KeyHolder | None = None) -> str:
    """Stop the signer *whom* as *name*; the id of the stop."""
    new = org.new_id()
    org.act(
        name,
        lambda s, by, at: override.stop(
            s, by=by, at=at, override=new, target=f"signer/{whom}", reason="lost laptop"
        ),
        key=key,
    )
    return new


def speak(org: Organisation, name: str, of: str, *, key: KeyHolder | None = None) -> Judged:
    """Comment on a proposal, which takes a key in force and nothing else."""
    return org.act(name, lambda s, _, __: talk.comment(s, proposal=of, text="hm"), key=key)


def lift(org: Organisation, *stops: str) -> str:
    """Lift *stops* through rita and omar; the proposal's id."""
    approvals = (("rita", "auditor"), ("omar", "release-owner"))
    return carried(org, lifting(*stops), by="alice", approvals=approvals, enactor="alice")


def finding(judged: Judged) -> str | None:
    """The rule that *judged* broke."""
    return None if judged.finding is None else judged.finding.rule


def event_of(judged: Judged) -> Event:
    """The event of an entry that parsed."""
    assert judged.entry is not None
    return judged.entry.event


def rows(standing: Standing) -> dict[str, State]:
    """Every row of a standing in memory, by its key."""
    known = {**standing._settled, **standing._changed}
    return {key: row for key, row in known.items() if row is not None}
