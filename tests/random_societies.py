"""Random histories in which signers come, go, lend, stop, are robbed, and forge."""

from collections.abc import Callable, Collection, Sequence
from operator import add
from typing import Final

from hypothesis import strategies as st

from ledger.decide import enactment
from ledger.decide.judgement import Judged
from ledger.errors import AssentError
from ledger.model.effects import Effect, ReleaseEffect, RolesEffect
from ledger.model.events import (
    ApprovalGranted,
    Event,
    ExceptionClosed,
    OverrideDrilled,
    OverrideSet,
)
from ledger.seal.private_keys import SigningKey
from tests import acts, roster
from tests.organisation import unsafe_key
from tests.random_emergencies import TARGETS, exceptions_of, held, stopping, stops_of
from tests.random_histories import ANYBODY, PLAIN, Cast, Deed
from tests.random_policies import ALIASES, ROLES, World
from tests.random_rollouts import Act, starting, steps_of
from tests.signer_acts import correction, disowning, forced_stop, rooting

DAY: Final = 86_400
NEWCOMERS: Final = ("hal", "ivy", "jon", "kit")
PATTERNS: Final = (None, None, "fraud/*", "*/dev", "churn/*")

ROSTER: Final = (
    *("enrol", "enrol", "accept", "grant", "grant", "strip", "rotate", "lend", "lend", "end"),
    *("enrol", "stop", "stop", "stop-oneself", "lift", "lift", "lift", "ask-lift"),
    *("ask-grant", "enact", "new-policy", "forge", "forge"),
)
"""What signers do to one another without the root."""

ROOTED: Final = ("new-root", "disown", "disown", "disown", "ahead", "correct", "correct")
"""What the root decides, and a clock that it has to set right."""

UNDER_WAY: Final = ("prepare", "prepare", "begin", "begin", "spoil", "spoil")
"""Releases that wait, or are under way, while all that happens."""

FIRST: Final = (
    *("path", "prepare", "begin", "half-way", "there-and-back"),
    *("enrol", "grant", "lend", "stop", "ahead"),
)
"""What gives others something to do."""

DEEDS: Final = (*PLAIN, *UNDER_WAY, *ROSTER, *ROSTER, *ROOTED, *ROOTED)


def lives(
    verbs: Sequence[str] = DEEDS, *, most: int = 14, least: int = 0
) -> st.SearchStrategy[list[Deed]]:
    """Deeds with those *verbs*; the first are such that there is something to look at."""
    who, number = st.sampled_from((*[ANYBODY] * 6, *range(9))), st.integers(0, 7)
    first = st.tuples(
        st.sampled_from(
            (
                *("path", "prepare", "begin", "half-way", "enrol", "grant", "lend", "stop"),
                *("ahead", "emergency"),
            )
        ),
        st.just(ANYBODY),
        number,
        number,
    )
    deeds = st.tuples(st.sampled_from(tuple(verbs)), who, number, number)
    return st.builds(
        add,
        st.lists(first, min_size=2, max_size=4),
        st.lists(deeds, min_size=least, max_size=most),
    )


def poised() -> st.SearchStrategy[list[Deed]]:
    """A short life, and then releases that are ready, or would be but for one thing."""
    number = st.integers(0, 7)

    def deeds(*verbs: str) -> st.SearchStrategy[list[Deed]]:
        deed = st.tuples(st.sampled_from(verbs), st.just(ANYBODY), number, number)
        return st.lists(deed, min_size=2, max_size=3)

    return st.builds(
        lambda *parts: [deed for part in parts for deed in part],
        lives(most=5),
        deeds("prepare"),
        deeds("spoil"),
    )


class Society(Cast):
    """The people of a world, and whoever joins them; *silent* ones never act.

    The ``naive`` carry out whatever has consent, whosoever it is.
    """

    def __init__(self, world: World, silent: Collection[str] = ()) -> None:
        super().__init__(world, silent)
        self.named: dict[str, SigningKey] = {}
        self.naive: list[str] = []

    def branch(self) -> "Society":
        """The same society from here on: what is done there does not happen here."""
        other = super().branch()
        assert isinstance(other, Society)
        other.org.keys = dict(self.org.keys)
        other.names, other.named = [*self.names], {**self.named}
        return other

    @property
    def stops(self) -> list[str]:
        """The ids of the stops that were ever set."""
        return stops_of(self.org)

    def attempt(self, name: str, act: Act) -> bool:
        """Whether the rules let *name* do it; only what lies too far back are not the verb's."""
        try:
            judged = act(name)
        except AssentError as error:
            self.refused[error.code] += 1
            return False
        late = judged.finding is not None and judged.finding.rule == "back-dated"
        assert judged.admitted or late, judged.finding
        return judged.admitted

    def live(self, history: Sequence[Deed]) -> "Society":
        """Let all of *history* be tried; errors that are none of ours escape."""
        super().live(history)
        return self

    def take(self, deed: Deed) -> None:
        """Try one deed; what the rules refuse is left out."""
        verb, who, one, two = deed
        if verb in _OF_SIGNERS:
            _OF_SIGNERS[verb](self, who, one, two)
        else:
            super().take(deed)

    def somebody(self, number: int) -> str:
        """One of all the signers there are."""
        known = [one.id for one in self.org.standing.signers()]
        return known[number % len(known)]

    def carry(self, who: int, effect: Effect, *, enactor: int = ANYBODY) -> bool:
        """Propose *effect*, let as many consent as it takes, and enact it."""
        of = self.propose(who, effect)
        if of is None:
            return False
        self.consent(of)
        return self.enact(enactor, of)

    def enact(self, who: int, of: str) -> bool:
        """Let somebody enact a proposal; the naive come first."""

        def act(name: str) -> Judged:
            return self.org.enact(name, of)

        trusting = who == ANYBODY and any(self.attempt(name, act) for name in self.naive)
        return trusting or self.attempt_by(who, act)

    def propose(self, who: int, effect: Effect) -> str | None:
        """Open a proposal, as a rule the last who came; its id, or ``None`` where nobody may."""
        before = self.org.standing.head.proposals

        def act(name: str) -> Judged:
            self.org.open(name, effect)
            return self.org.judged[-1]

        if who != ANYBODY:
            self.attempt_by(who, act)
        else:
            any(self.attempt(name, act) for name in reversed(self.names))
        found = self.org.standing.numbered(before + 1)
        return None if found is None else found.id

    def consent(self, of: str) -> None:
        """Let whoever may approve, one after the other, until it is ready."""
        for name in self.names:
            found = acts.look(self.org, of)
            if found.verdict != "open":
                return
            needs = [q for n in found.requirements for q in (*n.approvals, *n.stand_in)]
            for role in dict.fromkeys(q.role for q in needs if q.open):
                if self.attempt(name, self._approving(of, role)):
                    break


def _enrol(cast: Society, who: int, one: int, two: int) -> None:
    """A newcomer or, now and then, somebody there is; most of them accept."""
    name = NEWCOMERS[one % len(NEWCOMERS)] if one < 6 else cast.somebody(two)
    key = unsafe_key(f"{name} at {cast.org.standing.head.size}")
    roles = sorted({ROLES[one % len(ROLES)], ROLES[two % len(ROLES)]})
    bot = one == 3 and bool(cast.names)
    effect = roster.enrolment(
        name,
        roles[: two % 3],
        kind="service" if bot else "person",
        accountable=cast.names[0] if bot else None,
        key=key.public.text,
    )
    cast.org.keys.setdefault(name, key)
    if cast.carry(who, effect):
        cast.named[name] = key
        if name not in cast.names:
            cast.names.append(name)
        if two % 4:
            _accept_as(cast, name)


def _prepare(cast: Society, who: int, one: int, two: int) -> str | None:
    """A release to which only the start is missing."""
    of = cast.propose(who, cast.effect(one, two))
    if of is not None:
        cast.gather(of)
    return of


def _begin(cast: Society, who: int, one: int, two: int) -> None:
    of = _prepare(cast, who, one, two)
    if of is not None:
        cast.attempt_by(ANYBODY, lambda name: cast.org.start(name, of))


def _spoil(cast: Society, _: int, one: int, two: int) -> None:
    """Let somebody keep back what was ready: by a veto, by worse numbers, by starting a twin."""
    ready = [of for of in cast.open_proposals() if acts.look(cast.org, of).verdict == "ready"]
    if not ready:
        return
    of = ready[one % len(ready)]
    alias = cast.org.proposal(of).effect.alias
    last = list(reversed(cast.names))
    if alias is None or two % 3 == 0:
        any(cast.attempt(name, _rejecting(cast, of, role)) for role in ROLES for name in last)
    elif two % 3 == 1:
        any(cast.attempt(name, lambda n: cast.attach(n, of, "report", "0.5")) for name in last)
    else:
        cast.take(("begin", ANYBODY, ALIASES.index(alias), two))


def _rejecting(cast: Society, of: str, role: str) -> Act:
    return lambda name: acts.reject(cast.org, name, of, role)


def _accept_as(cast: Society, name: str) -> None:
    key, before = cast.named.get(name), cast.org.keys[name]
    if key is not None and not cast.attempt(name, lambda one: cast.org.accept(one, key)):
        cast.org.keys[name] = before


def _accept(cast: Society, _: int, one: int, __: int) -> None:
    if cast.named:
        _accept_as(cast, sorted(cast.named)[one % len(cast.named)])


def _grant(cast: Society, who: int, one: int, two: int) -> None:
    cast.carry(who, _granting(cast, one, two))


def _ask_grant(cast: Society, who: int, one: int, two: int) -> None:
    of = cast.propose(who, _granting(cast, one, two))
    if of is not None:
        cast.consent(of)


def _enact(cast: Society, who: int, one: int, _: int) -> None:
    """Carry out one of those that are ready, and no release."""
    known = [
        of
        for of in cast.open_proposals()
        if not isinstance(cast.org.proposal(of).effect, ReleaseEffect)
    ]
    ready = [of for of in known if acts.look(cast.org, of).verdict == "ready"]
    if ready:
        cast.attempt_by(who, lambda name: cast.org.enact(name, ready[one % len(ready)]))


def _granting(cast: Society, one: int, two: int) -> RolesEffect:
    until = cast.org.now + (two - 3) * DAY if two > 3 else None
    return roster.roles_of(
        cast.somebody(one),
        [ROLES[two % len(ROLES)]],
        aliases=PATTERNS[(one + two) % len(PATTERNS)],
        until=until,
    )


def _strip(cast: Society, who: int, one: int, two: int) -> None:
    name = cast.somebody(one)
    held = cast.org.signer(name).roles
    if held:
        effect = roster.roles_of(name, strip=[held[two % len(held)]], aliases=PATTERNS[two % 5])
        cast.carry(who, effect)


def _rotate(cast: Society, _: int, one: int, two: int) -> None:
    if not cast.names:
        return
    number = one % len(cast.names)
    name = cast.names[number]
    key = unsafe_key(f"{name} at {cast.org.standing.head.size}")
    if cast.carry(number, roster.rotation(name, key.public.text), enactor=number):
        cast.named[name] = key
        if two % 4:
            _accept_as(cast, name)


def _lend(cast: Society, who: int, one: int, two: int) -> None:
    to = cast.somebody(one)

    def act(name: str) -> Judged:
        own = [role for role in cast.org.signer(name).roles if role in ROLES]
        role = own[two % len(own)] if own else ROLES[two % len(ROLES)]
        until = cast.org.now + (1 + two) * DAY
        aliases = PATTERNS[(one + two) % len(PATTERNS)]
        return roster.delegate(cast.org, name, to, role, aliases=aliases, until=until)

    cast.attempt_by(who, act)


def _end(cast: Society, who: int, one: int, two: int) -> None:
    to, aliases = cast.somebody(one), PATTERNS[two % len(PATTERNS)]
    cast.attempt_by(who, lambda name: roster.delegate(cast.org, name, to, aliases=aliases))


def _stop(cast: Society, who: int, one: int, _: int) -> None:
    whom = cast.somebody(one)

    cast.attempt_by(who, stopping(cast.org, f"signer/{whom}"))


def _stop_oneself(cast: Society, _: int, one: int, two: int) -> None:
    if cast.names:
        number = one % len(cast.names)
        known = [one.id for one in cast.org.standing.signers()]
        _stop(cast, number, known.index(cast.names[number]), two)


def _ask_lift(cast: Society, who: int, one: int, two: int) -> str | None:
    stops = held(cast.org)
    if not stops:
        return None
    first = one % len(stops)
    return cast.propose(who, roster.lifting(*stops[first : first + 1 + two % 2]))


def _lift(cast: Society, who: int, one: int, two: int) -> None:
    of = _ask_lift(cast, who, one, two)
    if of is not None:
        cast.consent(of)
        cast.enact(ANYBODY, of)


def _new_root(cast: Society, who: int, one: int, two: int) -> None:
    people = [one.id for one in cast.org.standing.signers() if one.kind == "person"]
    wanted = sorted({people[(one + step) % len(people)] for step in range(3 + two % 2)})
    cast.carry(who, rooting(len(wanted) - 1, *wanted))


def _disown(cast: Society, who: int, one: int, two: int) -> None:
    name, size = cast.somebody(one), cast.org.standing.head.size
    if any(key.accepted_at is not None for key in cast.org.signer(name).keys):
        cast.carry(who, disowning(cast.org, name, max(0, size - 1 - 5 * two)))


def _ahead(cast: Society, who: int, one: int, two: int) -> None:
    """Somebody's clock runs ahead, for one entry."""
    now, cast.org.now = cast.org.now, cast.org.now + (1 + two) * 3_600 * 20
    of = cast.org.standing.numbered(1 + one)
    if of is not None:
        cast.attempt_by(who, lambda name: acts.comment(cast.org, name, of.id))
    cast.org.now = now + 60


def _correct(cast: Society, who: int, _: int, __: int) -> None:
    jumps = (cast.org.standing.jump(n) for n in reversed(range(cast.org.standing.head.size)))
    last = next((jump for jump in jumps if jump is not None), None)
    if last is not None:
        cast.carry(who, correction(last.position, max(last.before, cast.org.now - 60)))


def _forge(cast: Society, who: int, one: int, two: int) -> None:
    """Sign what no rule allows: consent, what would follow from it, steps, and stops."""
    if not cast.names:
        return
    name = cast.names[who % len(cast.names)]
    for event in steps_of(cast.org, cast.running(one), two * 4) if two % 2 else ():
        cast.org.force(name, event)
    open_ = cast.open_proposals()
    if not open_ or two > 6:
        forced_stop(cast.org, name, cast.somebody(one))
        cast.org.force(name, _idle(cast, one, two))
        return
    of = open_[one % len(open_)]
    for event in forged(cast, of, (*ROLES, "root")[two % (len(ROLES) + 1)]):
        cast.org.force(name, event)


def _idle(cast: Society, one: int, two: int) -> Event:
    """A stop of what is no signer, a drill of that, or the end of an exception."""
    target, known = TARGETS[two % len(TARGETS)], exceptions_of(cast.org)
    if one % 3 == 0 and known:
        return ExceptionClosed(exception=known[two % len(known)], reason="odd")
    if one % 3 == 1:
        return OverrideDrilled(override=cast.org.new_id(), target=target, seconds=1, note=None)
    return OverrideSet(override=cast.org.new_id(), target=target, reason="odd")


def forged(cast: Society, of: str, role: str) -> tuple[Event, ...]:
    """An approval of a proposal in a *role*, and the event that carries it out."""
    look, effect = acts.look(cast.org, of), cast.org.proposal(of).effect
    review = look.review_digest
    approval = ApprovalGranted(
        proposal=of, role=role, on_behalf=None, binding=look.binding, review=review
    )
    if not isinstance(effect, ReleaseEffect):
        return approval, enactment._event(cast.org.standing, effect, of, review)
    return approval, starting(cast.org, of, look)


_OF_SIGNERS: Final[dict[str, Callable[[Society, int, int, int], object]]] = {
    "prepare": _prepare,
    "begin": _begin,
    "spoil": _spoil,
    "enrol": _enrol,
    "accept": _accept,
    "grant": _grant,
    "ask-grant": _ask_grant,
    "enact": _enact,
    "strip": _strip,
    "rotate": _rotate,
    "lend": _lend,
    "end": _end,
    "stop": _stop,
    "stop-oneself": _stop_oneself,
    "lift": _lift,
    "ask-lift": _ask_lift,
    "new-root": _new_root,
    "disown": _disown,
    "ahead": _ahead,
    "correct": _correct,
    "forge": _forge,
}
"""What is about signers, each with who tries it and two numbers."""
