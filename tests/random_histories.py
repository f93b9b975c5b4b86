"""Random histories in random worlds: anybody tries anything, and sometimes all pull together."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from copy import copy
from operator import add
from typing import Final

from hypothesis import strategies as st

from ledger.decide.judgement import Judged
from ledger.errors import AssentError
from ledger.model.effects import Effect, PolicyEffect, ReleaseEffect
from tests import acts
from tests.organisation import change, new_policy, stack
from tests.random_emergencies import EMERGENCIES, URGENT
from tests.random_policies import ALIASES, FACTS, ROLES, World, toml
from tests.random_rollouts import Act, advancing, observing, reviewing, rolling_back, soak

ANYBODY: Final = -1
"""In the place of a number of somebody: whoever is admitted first."""

Deed = tuple[str, int, int, int]
"""A verb, the number of who tries it, and two numbers that the verb makes of what it likes."""

WATCHING: Final = (
    *(
        "half-way",
        "half-way",
        "there-and-back",
        "stage",
        "stage",
        "observe",
        "observe",
        "observe",
        "advance",
    ),
    *("roll-back", "roll-back", "roll-back", "review"),
)
"""What becomes of releases that are under way, or completed."""

PLAIN: Final = (
    *WATCHING,
    *("open", "revise", "withdraw", "fact", "attach", "take-back", "approve", "approve"),
    *("retract", "reject", "reopen", "start", "complete", "comment", "wait", "rubbish"),
    *("gather", "path", "path", "path", "contested", "contested", "contested"),
    *("bot-opens", "bot-opens"),
    *("emergency", "emergency", "waive", "late", "outlive", "close-exception"),
    *("halt", "unhalt", "unhalt", "drill"),
)
VERBS: Final = (*PLAIN, "propose-policy", "publish", *["new-policy"] * 8)


def histories(verbs: Sequence[str] = VERBS) -> st.SearchStrategy[list[Deed]]:
    """Deeds with those *verbs*; the first are such that there is something to look at."""
    who, number = st.sampled_from((*[ANYBODY] * 6, *range(9))), st.integers(0, 7)
    deeds = st.tuples(st.sampled_from(verbs), who, number, number)
    first = st.tuples(
        st.sampled_from(("path", "contested", "bot-opens", "half-way")),
        st.just(ANYBODY),
        number,
        number,
    )
    return st.builds(add, st.lists(first, min_size=2, max_size=4), st.lists(deeds, max_size=14))


def watched() -> st.SearchStrategy[list[Deed]]:
    """Deeds about a few releases, nearly all by those who may: so that stacks come and go."""
    who, number = st.sampled_from((*[ANYBODY] * 9, *range(9))), st.integers(0, 7)

    def deeds(verbs: Sequence[str], least: int, most: int) -> st.SearchStrategy[list[Deed]]:
        deed = st.tuples(st.sampled_from(verbs), who, number, number)
        return st.lists(deed, min_size=least, max_size=most)

    return st.builds(
        lambda *parts: [deed for part in parts for deed in part],
        deeds(("path", "path", "half-way", "there-and-back"), 2, 5),
        deeds(("half-way",), 1, 2),
        deeds(("trouble", "trouble", "roll-back"), 1, 2),
        deeds(WATCHING, 4, 10),
        deeds(("review",), 1, 2),
    )


def hasty() -> st.SearchStrategy[list[Deed]]:
    """Deeds in emergencies, nearly all by those who may: what is urgent, and what comes of it."""
    who, number = st.sampled_from((*[ANYBODY] * 9, *range(9))), st.integers(0, 7)

    def deeds(verbs: Sequence[str], least: int, most: int) -> st.SearchStrategy[list[Deed]]:
        deed = st.tuples(st.sampled_from(verbs), who, number, number)
        return st.lists(deed, min_size=least, max_size=most)

    more = (*URGENT, *URGENT, "path", "half-way", "stage", "stage", "roll-back", "wait", "open")
    return st.builds(
        lambda *parts: [deed for part in parts for deed in part],
        deeds(("path", "half-way", "bot-begins", "open"), 0, 2),
        deeds(("emergency", "emergency", "debt"), 1, 2),
        deeds(more, 2, 5),
        deeds(("halt", "halt", "unhalt", "drill", "close-exception"), 0, 2),
        deeds(more, 2, 5),
        deeds(("outlive", "late", "emergency", "half-way"), 0, 2),
    )


class Cast:
    """The people and services of a world, of whom the *silent* accept and never act."""

    def __init__(self, world: World, silent: Collection[str] = ()) -> None:
        self.world = world
        self.org = world.found()
        self.refused: Counter[str] = Counter()
        self.names = [n for n in (*world.people, *world.services) if n not in silent]

    def branch(self) -> "Cast":
        """The same world from here on: what is done there does not happen here."""
        other, org = copy(self), copy(self.org)
        org.standing = self.org.standing.fork()
        org.envelopes, org.judged = [*self.org.envelopes], [*self.org.judged]
        other.org = org
        return other

    def live(self, history: Sequence[Deed]) -> "Cast":
        """Let all of *history* be tried; errors that are none of ours escape."""
        for deed in history:
            self.take(deed)
        return self

    def open_proposals(self) -> list[str]:
        """The ids of the proposals that nobody has closed."""
        numbers = range(1, self.org.standing.head.proposals + 1)
        found = (self.org.standing.numbered(number) for number in numbers)
        return [one.id for one in found if one is not None and one.closed is None]

    def attempt(self, name: str, act: Act) -> bool:
        """Whether the rules let *name* do it; what a verb allowed, the audit admits."""
        try:
            judged = act(name)
        except AssentError as error:
            self.refused[error.code] += 1
            return False
        assert judged.admitted, judged.finding
        return True

    def attempt_by(self, who: int, act: Act) -> bool:
        """The same of somebody, or of whoever may."""
        if who != ANYBODY:
            return self.attempt(self.names[who % len(self.names)], act) if self.names else False
        return any(self.attempt(name, act) for name in self.names)

    def gather(self, of: str, *, without: Collection[str] = ()) -> None:
        """Let all who may give what is missing: first documents, then approvals.

        What the requirements *without* ask for, nobody gives for their sake.
        """
        needs = [one for one in acts.look(self.org, of).requirements if one.id not in without]
        for type_ in (d.type for need in needs for d in need.documents if d.complaint):
            self.attempt_by(ANYBODY, self._attaching(of, type_))
        for name in self.names:
            needs = [one for one in acts.look(self.org, of).requirements if one.id not in without]
            quorums = [q for need in needs for q in (*need.approvals, *need.stand_in)]
            for role in dict.fromkeys(quorum.role for quorum in quorums if quorum.open):
                self.attempt(name, self._approving(of, role))

    def _attaching(self, of: str, type_: str) -> Act:
        return lambda name: self.attach(name, of, type_, "0.95")

    def _approving(self, of: str, role: str) -> Act:
        return lambda name: self.org.approve(name, of, role)

    def attach(self, name: str, of: str, type_: str, auc: str | None) -> Judged:
        """Attach a document that nobody has attached before."""
        document = f"{type_} {self.org.standing.head.size}"
        return self.org.attach(name, of, type_, auc=auc, document=document)

    def running(self, number: int) -> str:
        """One of the aliases that run something or are about to, if there is one."""
        known = [(one, self.org.standing.alias(one)) for one in ALIASES]
        busy = [name for name, one in known if one.candidate or one.stable] or ALIASES
        return busy[number % len(busy)]

    def pass_stage(self, alias: str) -> bool:
        """Let whoever may watch what is under way to *alias*, and bring it a step on."""
        if soak(self.org, alias):
            self.attempt_by(ANYBODY, observing(self.org, alias, 0))
        return self.attempt_by(
            ANYBODY, lambda name: self.org.complete(name, alias)
        ) or self.attempt_by(ANYBODY, advancing(self.org, alias))

    def go_through(self, alias: str) -> None:
        """Let whoever may bring what is under way to *alias* through all its stages."""
        while self.org.standing.alias(alias).candidate and self.pass_stage(alias):
            pass

    def take(self, deed: Deed) -> None:
        """Try one deed; what the rules refuse is left out."""
        verb, who, one, two = deed
        open_ = self.open_proposals()
        if verb in EMERGENCIES:
            EMERGENCIES[verb](self, who, one, two)
        elif verb in _WITHOUT:
            _WITHOUT[verb](self, who, one, two)
        elif open_:
            _WITH[verb](self, open_[one % len(open_)], who, two)

    def open(self, who: int, effect: Effect) -> str | None:
        """Open a proposal; its id, or ``None`` where nobody may."""
        before = self.org.standing.head.proposals

        def act(name: str) -> Judged:
            self.org.open(name, effect)
            return self.org.judged[-1]

        self.attempt_by(who, act)
        found = self.org.standing.numbered(before + 1)
        return None if found is None else found.id

    def lead_up(self, who: int, effect: ReleaseEffect) -> None:
        """Complete a release in the environments before its own, where there are any."""
        if effect.alias == ALIASES[0] and "environments" in self.world.policy:
            before = effect.model_copy(update={"alias": ALIASES[1]})
            if _begin(self, who, before) is not None:
                self.go_through(before.alias)

    def effect(self, one: int, two: int, alias: str | None = None) -> ReleaseEffect:
        """A change: of few stacks, so that some of them meet again."""
        permissions = (["net"], [], [], ["root-shell"])[two % 4] if one == 3 else []
        permissions = ["net"] if one == 5 else permissions
        return change(
            stack(permissions, model=f"m{one % 3}", dataset=f"d{two % 2}"),
            alias=ALIASES[one % 2] if alias is None else alias,
            risk=(None, None, "medium", "high")[two % 4],
            declares={fact: bool(two >> bit & 1) for bit, fact in enumerate(FACTS)},
            contributors=self.names[:1] if one == 7 else [],
            mutations=((), ("adapter",), ("tools",))[one % 3 if two > 5 else 0],
        )

    def policy(self, one: int) -> PolicyEffect:
        """One of the later policies, with the number it needs."""
        later = self.world.later or (self.world.policy,)
        return new_policy(toml(later[one % len(later)], self.org.standing.head.policy + 1))


def _bot_opens(cast: Cast, who: int, one: int, two: int) -> None:
    bots = [number for number, name in enumerate(cast.names) if name in cast.world.services]
    if bots:
        cast.open(bots[who % len(bots)], cast.effect(one, two))


def _bot_begins(cast: Cast, who: int, one: int, two: int) -> None:
    """A service opens a release, and it is started."""
    bots = [number for number, name in enumerate(cast.names) if name in cast.world.services]
    if bots:
        _begin(cast, bots[who % len(bots)], cast.effect(one, two))


def _begin(cast: Cast, who: int, effect: ReleaseEffect) -> str | None:
    """Open a release, give it all, and start it; in the environments before that, complete it."""
    cast.lead_up(who, effect)
    of = cast.open(who, effect)
    if of is None:
        return None
    cast.gather(of)
    return of if cast.attempt_by(ANYBODY, lambda name: cast.org.start(name, of)) else None


def _path(cast: Cast, who: int, one: int, two: int) -> None:
    effect = cast.effect(one, two)
    if _begin(cast, who, effect) is not None:
        cast.go_through(effect.alias)


def _half_way(cast: Cast, who: int, one: int, two: int) -> None:
    """A release that is begun, and passes no stage or one."""
    effect = cast.effect(one, two)
    if _begin(cast, who, effect) is not None and two % 2:
        cast.pass_stage(effect.alias)


def _there_and_back(cast: Cast, who: int, one: int, two: int) -> None:
    """A release that is completed or at least begun, observed, and taken back."""
    (_half_way if two % 2 else _path)(cast, who, one, two)
    alias = ALIASES[one % 2]
    cast.attempt_by(ANYBODY, observing(cast.org, alias, two))
    cast.attempt_by(who, advancing(cast.org, alias))
    act = rolling_back(cast.org, alias, two)
    any(cast.attempt(name, act) for name in reversed(cast.names))


def _contested(cast: Cast, who: int, one: int, two: int) -> None:
    """Several people attach documents that disagree, and then all who may approve."""
    of = cast.open(who, cast.effect(one, two))
    if of is not None:
        for number in (two, two + 1, two + 3):
            _attach(cast, of, number, number)
        cast.gather(of)


def _new_policy(cast: Cast, who: int, one: int, _: int) -> None:
    of = cast.open(who, cast.policy(one))
    if of is not None:
        cast.gather(of)
        cast.attempt_by(ANYBODY, lambda name: cast.org.enact(name, of))


def _wait(cast: Cast, _: int, __: int, two: int) -> None:
    cast.org.now += (60, 3_600, 86_400, 5 * 86_400)[two % 4]


def _rubbish(cast: Cast, _: int, __: int, two: int) -> None:
    cast.org.smuggle(b"rubbish %d\n" % two)


def _revise(cast: Cast, of: str, who: int, two: int) -> None:
    old = cast.org.proposal(of).effect
    new = cast.policy(two) if old.alias is None else cast.effect(two, two, old.alias)
    cast.attempt_by(who, lambda name: acts.revise(cast.org, name, of, new))


def _withdraw(cast: Cast, of: str, who: int, two: int) -> None:
    if two < 2:
        cast.attempt_by(who, lambda name: acts.withdraw(cast.org, name, of))


def _fact(cast: Cast, of: str, who: int, two: int) -> None:
    fact = FACTS[two % len(FACTS)]
    cast.attempt_by(who, lambda name: acts.add_fact(cast.org, name, of, fact))


def _attach(cast: Cast, of: str, who: int, two: int) -> None:
    auc = ("0.95", "0.96", "0.91", "0.5")[two % 4]
    type_ = "report" if two < 6 else "card"
    cast.attempt_by(who, lambda name: cast.attach(name, of, type_, auc))


def _take_back(cast: Cast, of: str, who: int, two: int) -> None:
    documents = cast.org.proposal(of).documents
    if documents:
        name = documents[two % len(documents)].name.removesuffix(".json")
        cast.attempt_by(who, lambda signer: acts.take_back(cast.org, signer, of, name))


def _approve(cast: Cast, of: str, who: int, two: int) -> None:
    role = (*ROLES, "root")[two % (len(ROLES) + 1)]
    cast.attempt_by(who, lambda name: cast.org.approve(name, of, role))


def _reject(cast: Cast, of: str, who: int, two: int) -> None:
    role = ROLES[two % len(ROLES)]
    cast.attempt_by(who, lambda name: acts.reject(cast.org, name, of, role))


def _complete(cast: Cast, who: int, one: int, _: int) -> None:
    cast.attempt_by(who, lambda name: cast.org.complete(name, cast.running(one)))


def _observe(cast: Cast, who: int, one: int, two: int) -> None:
    cast.attempt_by(who, observing(cast.org, cast.running(one), two))


def _advance(cast: Cast, who: int, one: int, _: int) -> None:
    cast.attempt_by(who, advancing(cast.org, cast.running(one)))


def _roll_back(cast: Cast, who: int, one: int, two: int) -> None:
    act = rolling_back(cast.org, cast.running(one), two)
    if who == ANYBODY and any(cast.attempt(name, act) for name in cast.world.services):
        return
    cast.attempt_by(who, act)


def _trouble(cast: Cast, _: int, one: int, two: int) -> None:
    """Whoever may reports too early, or nothing good, and it is tried to go on all the same."""
    alias = cast.running(one)
    cast.attempt_by(ANYBODY, observing(cast.org, alias, 0 if two % 2 else 3 + two // 2))
    if two % 2:
        cast.attempt_by(ANYBODY, lambda name: cast.org.complete(name, alias))
        cast.attempt_by(ANYBODY, advancing(cast.org, alias))
    else:
        cast.pass_stage(alias)


def _review(cast: Cast, who: int, one: int, _: int) -> None:
    act = reviewing(cast.org, one)
    if act is not None:
        cast.attempt_by(who, act)


_WITHOUT: Final[dict[str, Callable[[Cast, int, int, int], object]]] = {
    "open": lambda cast, who, one, two: cast.open(who, cast.effect(one, two)),
    "bot-opens": _bot_opens,
    "bot-begins": _bot_begins,
    "path": _path,
    "half-way": _half_way,
    "there-and-back": _there_and_back,
    "contested": _contested,
    "stage": lambda cast, _, one, __: cast.pass_stage(cast.running(one)),
    "observe": _observe,
    "trouble": _trouble,
    "advance": _advance,
    "complete": _complete,
    "roll-back": _roll_back,
    "review": _review,
    "wait": _wait,
    "rubbish": _rubbish,
    "propose-policy": lambda cast, who, one, _: cast.open(who, cast.policy(one)),
    "new-policy": _new_policy,
}
"""What needs no open proposal."""

_WITH: Final[dict[str, Callable[[Cast, str, int, int], object]]] = {
    "revise": _revise,
    "withdraw": _withdraw,
    "fact": _fact,
    "attach": _attach,
    "take-back": _take_back,
    "approve": _approve,
    "retract": lambda c, of, who, _: c.attempt_by(who, lambda n: acts.retract(c.org, n, of)),
    "reject": _reject,
    "reopen": lambda c, of, who, _: c.attempt_by(who, lambda n: acts.reopen(c.org, n, of)),
    "start": lambda c, of, who, _: c.attempt_by(who, lambda n: c.org.start(n, of)),
    "comment": lambda c, of, who, _: c.attempt_by(who, lambda n: acts.comment(c.org, n, of)),
    "publish": lambda c, of, who, _: c.attempt_by(who, lambda n: c.org.enact(n, of)),
    "gather": lambda c, of, _, __: c.gather(of),
}
"""What is about one of them."""
