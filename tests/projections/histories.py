"""Random histories of the simulated organisation, and views filled from them in batches."""

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache

from hypothesis import strategies as st

from ledger.audit.replay import judge
from ledger.decide import acknowledgement, approval, evidence, proposal, talk
from ledger.decide.judgement import Judged
from ledger.errors import AssentError, BadInput
from ledger.model.effects import ReleaseEffect
from ledger.model.events import ProposalWithdrawn, ReleaseStarted
from ledger.seal.envelope import examine
from projections.runner import Views
from tests.acts import witness
from tests.organisation import PEOPLE, POLICY, Organisation, change, digest, stack
from tests.projections.exception_steps import STEPS as WAIVING_STEPS
from tests.projections.roster_steps import (
    STEPS,
    anybody,
    carry,
    evaluate,
    gather,
    halt,
    open_by_anybody,
    resume,
    rob,
)
from tests.projections.rulebooks import WAIVING, rulebook
from tests.projections.watching_steps import (
    ALIASES,
    arrive,
    go_on,
    look_back,
    observe,
    take_back,
)
from tests.projections.watching_steps import STEPS as WATCHING

DAY = 86_400
EVERYBODY = {**PEOPLE, "zoe": ["model-owner"]}
"""The people of the simulator, and one who could approve but accepts late."""

SERVICES = {"breeder": ("bob", ["evaluation-owner"]), "pilot": ("omar", [])}
"""One that proposes and evaluates, and one that operates staging where a policy lets it."""

NAMES = tuple(EVERYBODY)
SIGNERS = (*NAMES, *SERVICES)
ROOTS = NAMES[:3]
ROLES = ("model-owner", "data-owner")
SIZES = (1, 7, 37, 210, 5000)

LENGTH = 300
SEEDS = (21, 32, 39)
"""Long histories in which everything happens; another change of the steps asks for others."""

Step = tuple[int, int, int]


def steps(longest: int) -> st.SearchStrategy[list[Step]]:
    """Lists of things to do: which, by or about whom, and how."""
    return st.lists(
        st.tuples(st.integers(0, len(ACTS) - 1), st.integers(0, 40), st.integers(0, 40)),
        max_size=longest,
    )


def organisation_after(things: Sequence[Step]) -> Organisation:
    """An organisation in which *things* were tried; what the rules forbade left no trace."""
    org = Organisation(policy=POLICY + WAIVING, people=EVERYBODY, services=SERVICES, accept=False)
    for name in (*NAMES[:-1], "breeder"):
        org.accept(name)
    for act, one, two in things:
        with suppress(AssentError):
            ACTS[act](org, one, two)
    return org


@cache
def lived(seed: int) -> Organisation:
    """An organisation with a long history, the same for each *seed*: to be read only."""
    chance = random.Random(seed)  # noqa: S311 - a history, not a key
    return organisation_after(
        [
            (chance.randrange(len(ACTS)), chance.randrange(41), chance.randrange(41))
            for _ in range(LENGTH)
        ]
    )


def fill(views: Views, org: Organisation, size: int, *, end: int | None = None) -> None:
    """Judge the log of *org*, or up to *end*, and keep it in *views*, *size* entries at a time."""
    standing = views.standing()
    batch: list[Judged] = []
    for raw in org.envelopes[standing.head.size : end]:
        batch.append(judge(standing, examine(raw), org.id))
        if len(batch) == size:
            views.keep(batch, standing)
            batch = []
    views.keep(batch, standing)


def _some(org: Organisation, one: int) -> str:
    """One of the newest proposals that are open; now and then a closed one."""
    numbers = range(org.standing.head.proposals, 0, -1)
    newest = [state for number in numbers if (state := org.standing.numbered(number)) is not None]
    open_ = [state for state in newest if state.closed is None] if one % 8 else newest
    if not open_:
        raise BadInput("unknown-proposal", "nothing was opened yet")
    return open_[one % min(len(open_), 4)].id


def _open(org: Organisation, one: int, two: int) -> None:
    helpers = ["bob"] if two % 7 == 0 else []
    powers = ["network"] if two % 11 == 0 else []
    what = stack(powers, model=f"m{one % 4}", dataset=f"d{two % 3}")
    mutations = ["objective"] if two % 5 == 0 else ["adapter"]
    org.open(
        SIGNERS[two % len(SIGNERS)],
        change(what, alias=ALIASES[one % 3], contributors=helpers, mutations=mutations),
    )


def _propose(org: Organisation, one: int, two: int) -> None:
    """A policy to come after the one in force."""
    org.open(SIGNERS[two % len(SIGNERS)], rulebook(org.standing.head.policy + 1, one))


def _newest_policy(org: Organisation) -> str:
    """The newest open proposal for a policy."""
    head = org.standing.head
    states = (org.standing.numbered(number) for number in range(head.proposals, 0, -1))
    for state in states:
        if state is not None and state.closed is None and state.effect.alias is None:
            return state.id
    raise BadInput("unknown-proposal", "no policy is proposed")


def _agree(org: Organisation, one: int, two: int) -> None:
    role = "data-owner" if two % 4 == 0 else "root"
    org.approve(ROOTS[one % 3], _newest_policy(org), role)


def _publish(org: Organisation, one: int, _: int) -> None:
    org.enact(("rita", "alice", "omar")[one % 3], _newest_policy(org))


def _legislate(org: Organisation, one: int, _: int) -> None:
    """The whole way of a policy."""
    carry(org, rulebook(org.standing.head.policy + 1, one))


def _revise(org: Organisation, one: int, two: int) -> None:
    of = _some(org, one)
    effect = change(stack(model=f"r{two}"), alias=org.change(of).alias)
    org.act(
        org.proposal(of).opener,
        lambda s, by, at: proposal.revise(s, by=by, at=at, proposal=of, effect=effect),
    )


def _withdraw(org: Organisation, one: int, _: int) -> None:
    of = _some(org, one)
    org.act(
        org.proposal(of).opener,
        lambda s, by, _: proposal.withdraw(s, by=by, proposal=of, reason=None),
    )


def _fact(org: Organisation, one: int, two: int) -> None:
    of = _some(org, one)
    org.act(
        NAMES[two % 8],
        lambda s, by, at: proposal.add_fact(s, by=by, at=at, proposal=of, fact="personal_data"),
    )


def _attach(org: Organisation, one: int, two: int) -> None:
    auc = "0.95" if two % 5 else "0.5"
    org.attach(
        "erin" if two % 4 else SIGNERS[two % len(SIGNERS)],
        _some(org, one),
        auc=auc,
        document=f"report {two}",
        expires=DAY if two % 3 == 0 else None,
    )


def _take_back(org: Organisation, one: int, two: int) -> None:
    of = _some(org, one)
    documents = org.proposal(of).documents
    if documents:
        one_ = documents[two % len(documents)]
        org.act(
            one_.signer,
            lambda s, by, _: evidence.withdraw_evidence(
                s, by=by, proposal=of, digest=one_.digest, reason=None
            ),
        )


def _approve(org: Organisation, one: int, two: int) -> None:
    org.approve(("alice", "bob", "dana")[two % 3], _some(org, one), ROLES[one % 2])


def _retract(org: Organisation, one: int, two: int) -> None:
    of = _some(org, one)
    for given in org.proposal(of).approvals[-1 - two % 2 :]:
        org.act(given.signer, lambda s, by, _: approval.retract(s, by=by, proposal=of, reason="no"))


def _reject(org: Organisation, one: int, two: int) -> None:
    of = _some(org, one)
    org.act(
        ("alice", "bob", "dana")[two % 3],
        lambda s, by, at: approval.reject(
            s, by=by, at=at, proposal=of, role=ROLES[one % 2], reason="too early"
        ),
    )


def _reopen(org: Organisation, one: int, two: int) -> None:
    of = _some(org, one)
    for veto in org.proposal(of).rejections[-1 - two % 2 :]:
        org.act(veto.signer, lambda s, by, _: approval.reopen(s, by=by, proposal=of))


def _start(org: Organisation, one: int, two: int) -> None:
    org.start("omar" if two % 4 else "pilot", _some(org, one))


def _complete(org: Organisation, one: int, two: int) -> None:
    org.complete("omar" if two % 4 else "pilot", ALIASES[one % 3])


def _take_the_whole_way(org: Organisation, effect: ReleaseEffect) -> None:
    """Released, if what the policy in force asks for can be had."""
    of = open_by_anybody(org, effect)
    evaluate(org, of, "report")
    gather(org, of)
    anybody(org, lambda name: org.start(name, of), ("omar",))
    arrive(org, effect.alias)


def _release(org: Organisation, one: int, two: int) -> None:
    what = stack(model=f"m{one % 4}", dataset=f"d{two % 3}")
    _take_the_whole_way(org, change(what, alias=ALIASES[one % 3]))


def _rob(org: Organisation, one: int, two: int) -> None:
    """Somebody takes part in much, and then their keys are disowned from before that."""
    after, name = org.standing.head.size - 1, ("alice", "dana", "erin", "omar", "bob")[one % 5]
    if org.signer(name).current is not None:
        acts = (
            *(_release, take_back, look_back, halt, resume, _acknowledge, _legislate),
            *(STEPS[two % len(STEPS)], go_on, observe, _release),
        )
        for act in acts[two % len(acts) :]:
            with suppress(AssentError):
                act(org, one, two)
        rob(org, name, after, one + two)


def _promote(org: Organisation, one: int, _: int) -> None:
    """What staging runs, asked for in production."""
    stable = org.standing.alias("fraud/staging").stable
    if stable is not None:
        effect = change(stable.stack)
        if one % 4:
            _take_the_whole_way(org, effect)
        else:
            open_by_anybody(org, effect)


def _consent(org: Organisation, one: int, two: int) -> None:
    """Everything but the release itself."""
    of = _some(org, one)
    evaluate(org, of, f"report {two}")
    gather(org, of)


def _wait(org: Organisation, one: int, two: int) -> None:
    org.now += (one + 1) * (two + 1) * 3600


def _comment(org: Organisation, one: int, two: int) -> None:
    of = _some(org, one)
    org.act(NAMES[two % 8], lambda s, _, __: talk.comment(s, proposal=of, text=f"word {two}"))


def _seize(org: Organisation, one: int, two: int) -> None:
    """A release nobody consented to, properly signed."""
    of = org.proposal(_some(org, one))
    org.force(
        NAMES[two % 8],
        ReleaseStarted(
            alias=org.change(of.id).alias,
            proposal=of.id,
            revision=1,
            policy=1,
            review=digest("nothing"),
            tier="high",
            stage="general",
            stack=stack(model="evil"),
            metrics=(),
            exceptions=(),
        ),
    )


def _name_the_future(org: Organisation, _: int, two: int) -> None:
    """A refused entry about a proposal that is opened later."""
    later = f"00000000-0000-0000-0000-{org._ids + 1:012x}"
    org.force(NAMES[two % 8], ProposalWithdrawn(proposal=later, reason=None))


def _rubbish(org: Organisation, one: int, two: int) -> None:
    org.smuggle(f"rubbish {one} {two}\n".encode())


def _replay_old(org: Organisation, one: int, _: int) -> None:
    org.smuggle(org.envelopes[one % len(org.envelopes)])


def _acknowledge(org: Organisation, one: int, two: int) -> None:
    """An auditor takes note of something, or says how far they have verified the log."""
    if one % 3 == 0:
        witness(org, ("alice", "dana", "rita")[two % 3])
        return
    refused = [judged.position for judged in org.judged if judged.finding is not None]
    position = refused[one % len(refused)] if refused else 0
    org.act(
        ("alice", "dana", "rita")[two % 3],
        lambda s, by, at: acknowledgement.acknowledge(
            s, by=by, at=at, position=position, note="seen"
        ),
    )


ACTS: tuple[Callable[[Organisation, int, int], None], ...] = (
    _open,
    _open,
    _propose,
    _agree,
    _agree,
    _publish,
    _legislate,
    _promote,
    _promote,
    _withdraw,
    _withdraw,
    _release,
    _release,
    _revise,
    _withdraw,
    _fact,
    _attach,
    _take_back,
    _approve,
    _approve,
    _retract,
    _reject,
    _reopen,
    _consent,
    _consent,
    _start,
    _start,
    _complete,
    _complete,
    _release,
    _release,
    _rob,
    _wait,
    _comment,
    _seize,
    _name_the_future,
    _rubbish,
    _replay_old,
    _acknowledge,
    *STEPS,
    *WATCHING,
    *WAIVING_STEPS,
)
