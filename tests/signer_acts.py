"""What the root decides about signers, and an organisation in which everything can be tried."""

from collections.abc import Mapping, Sequence

from ledger.decide.cases import assess_proposal
from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.decide.settling import assess_under_way
from ledger.decide.stage import require_passed
from ledger.decide.stops import stops_on
from ledger.errors import Refused
from ledger.model.effects import ClockEffect, DisownEffect, RootEffect
from ledger.model.events import OverrideSet
from ledger.model.terms import format_instant
from tests.organisation import PEOPLE, Organisation
from tests.policies import STEWARDED
from tests.random_policies import ALIASES
from tests.roster import carried, lifting

Votes = Sequence[tuple[str, str]]
"""Who approves, each in which role."""

ROOT_VOTES: Votes = (("alice", "root"), ("bob", "root"))

POLICY_OF_STAFF = STEWARDED + '[overrides]\nset = ["release-owner"]\nlift = { auditor = 1 }\n'
"""One steward for the roster, and one auditor for a lift."""

STAFF: Mapping[str, Sequence[str]] = {
    **PEOPLE,
    "bob": ["data-owner", "model-owner", "steward"],
    "sam": ["steward"],
    "zed": ["release-owner"],
    "mo": ["model-owner"],
}
"""Alice, bob and dana are the root; bob and sam are stewards, omar and zed may stop others."""


def staffed(
    text: str = POLICY_OF_STAFF, people: Mapping[str, Sequence[str]] | None = None
) -> Organisation:
    """An organisation with stewards, and a service; *people* change :data:`STAFF`."""
    bots: Mapping[str, tuple[str, Sequence[str]]] = {"robot": ("omar", [])}
    return Organisation(policy=text, people={**STAFF, **(people or {})}, services=bots)


def by_root(
    org: Organisation,
    effect: RootEffect | DisownEffect | ClockEffect,
    votes: Votes = ROOT_VOTES,
) -> str:
    """Let the root decide: proposed and enacted by the first of *votes*; the proposal's id."""
    before = len(org.judged)
    of = carried(org, effect, by=votes[0][0], approvals=votes, enactor=votes[0][0])
    refused = [one.finding for one in org.judged[before:] if not one.admitted]
    assert not refused, refused
    return of


def rooting(threshold: int, *signers: str) -> RootEffect:
    """A request for another root."""
    return RootEffect(
        summary="another root",
        why=None,
        contributors=(),
        signers=tuple(sorted(signers)),
        threshold=threshold,
    )


def disowning(
    org: Organisation, name: str, after: int, keys: Sequence[str] | None = None
) -> DisownEffect:
    """A request to disown *keys* of *name*, all that they accepted where none are named."""
    known = [key.id for key in org.signer(name).keys if key.accepted_at is not None]
    return DisownEffect(
        summary=f"{name} lost a key",
        why=None,
        contributors=(),
        signer=name,
        keys=tuple(sorted(known if keys is None else keys)),
        after=after,
    )


def correction(position: int, at: int) -> ClockEffect:
    """A request to set ledger time to *at*, in seconds since 1970."""
    return ClockEffect(
        summary="a clock ran ahead",
        why=None,
        contributors=(),
        position=position,
        at=format_instant(at),
    )


def now_at(org: Organisation) -> int:
    """The position of the last entry so far."""
    return org.standing.head.size - 1


def disown(
    org: Organisation,
    name: str,
    after: int,
    keys: Sequence[str] | None = None,
    votes: Votes = ROOT_VOTES,
) -> str:
    """Disown keys of *name*; the proposal's id."""
    return by_root(org, disowning(org, name, after, keys), votes)


def lift_by_root(org: Organisation, *stops: str) -> str:
    """Lift *stops*, with the consent of two root signers; the proposal's id."""
    return carried(org, lifting(*stops), by="alice", approvals=ROOT_VOTES, enactor="alice")


def forced_stop(org: Organisation, by: str, name: str) -> Judged:
    """Sign a stop of *name* without asking any rule."""
    new = org.new_id()
    return org.force(by, OverrideSet(override=new, target=f"signer/{name}", reason="odd"))


def signs(org: Organisation, name: str) -> bool:
    """Whether *name* has a key that signs for them and was not disowned."""
    current = org.signer(name).current
    return current is not None and current.disowned_after is None


def keys_to_disown(org: Organisation, name: str, after: int) -> list[str]:
    """The keys that *name* ever accepted and that are not disowned after as early a position."""
    return [
        key.id
        for key in org.signer(name).keys
        if key.accepted_at is not None
        and (key.disowned_after is None or key.disowned_after > after)
    ]


def gates(standing: Standing, proposals: list[str], at: int) -> set[str]:
    """The open proposals that could be carried out, the aliases whose release has its consent.

    And where it could be advanced or completed, the stage that it would pass.
    """
    states = [found for of in proposals if (found := standing.proposal(of)) is not None]
    ready = {one.id for one in states if assess_proposal(standing, one, at).verdict == "ready"}
    going = {alias for alias in ALIASES if _goes_on(standing, alias, at)}
    passed = {f"{alias} {stage}" for alias in going if (stage := _passed(standing, alias))}
    return ready | going | passed


def _passed(standing: Standing, alias: str) -> str:
    """The stage of what is under way to *alias* once it is passed; until then nothing."""
    running = standing.alias(alias).candidate
    assert running is not None
    try:
        require_passed(standing, alias, running, ())
    except Refused:
        return ""
    return running.stage


def _goes_on(standing: Standing, alias: str, at: int) -> bool:
    running = standing.alias(alias).candidate
    state = None if running is None else standing.proposal(running.proposal)
    if running is None or state is None or running.unsupported or stops_on(standing, state):
        return False
    return assess_under_way(standing, state, running, at).verdict == "ready"
