"""A proposal as it stood when it was closed: judged anew, and held against what was signed then."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cli.context import App
from cli.entries import entry_of
from cli.moment import Moment
from cli.sections import Section
from ledger.decide.cases import assess_proposal, context_of
from ledger.decide.states import ProposalState
from ledger.errors import Unproven
from ledger.model.effects import ReleaseEffect
from ledger.model.entry import Entry
from ledger.model.events import Event, Metric, ReleaseStarted
from ledger.policy.assessment import Assessment
from ledger.policy.document import Policy
from ledger.policy.numbers import number_text
from ledger.policy.stages import stages_of


@dataclass(frozen=True, slots=True)
class Differs:
    """What was signed about a proposal, and what judging it anew says in its place."""

    what: str
    signed: str
    anew: str


@dataclass(frozen=True, slots=True)
class Stood:
    """A proposal as it stood when it was closed; an open one, as it stands.

    ``found`` is what judging it anew says of it, ``void`` are the positions that were silenced,
    ``closing`` is the entry that closed it, and ``differs`` where that signed anything else.
    """

    state: ProposalState
    found: Assessment
    policy: Policy
    void: frozenset[int]
    closing: Entry | None
    differs: tuple[Differs, ...]

    @property
    def closed_position(self) -> int | None:
        """Where it was closed, if it was."""
        return self.state.closed_position

    @property
    def end(self) -> int:
        """The last position that it was judged by."""
        return self.found.position


def stood(app: App, then: Moment, state: ProposalState) -> Stood:
    """*state* as it stood when it was closed, judged anew; as it stands *then* while it is open."""
    as_it_was = before_closing(state)
    found = assess_proposal(then.standing, as_it_was, then.at, people=False)
    policy = then.standing.policy(found.policy)
    closing = None
    if state.closure is not None:
        found = replace(found, position=state.closure.position - 1)
        closing = entry_of(app, state.closure.position)
    differs = () if closing is None else tuple(differences(found, as_it_was, policy, closing.event))
    void = frozenset(context_of(then.standing, state).silenced)
    return Stood(as_it_was, found, policy, void, closing, differs)


def before_closing(state: ProposalState) -> ProposalState:
    """*state* without the facts and vetoes that came after it was closed.

    What was attached and approved since, judging a closed proposal leaves out by itself.
    """
    if state.closure is None:
        return state
    end = state.closure.position
    vetoes = (one for one in state.rejections if one.position < end)
    return replace(
        state,
        added=tuple(one for one in state.added if one.position < end),
        rejections=tuple(
            replace(one, retracted_at=None)
            if one.retracted_at is not None and one.retracted_at > end
            else one
            for one in vetoes
        ),
    )


def differences(
    found: Assessment, state: ProposalState, policy: Policy, event: Event
) -> Iterator[Differs]:
    """Where the *event* that carried *state* out says anything else than *found* does."""
    if state.closed != "enacted":
        return
    if not found.is_consented:
        lacks = "; ".join((*found.missing(), *(one.message for one in found.blocks)))
        yield Differs("consent", "complete", lacks or "incomplete")
    pairs = [("review digest", getattr(event, "review", ""), found.review_digest)]
    if isinstance(event, ReleaseStarted) and isinstance(state.effect, ReleaseEffect):
        stages = stages_of(policy, event.alias, found.tier)
        pairs += [
            ("revision", str(event.revision), str(state.revision)),
            ("policy", str(event.policy), str(found.policy)),
            ("tier", event.tier, found.tier),
            ("alias", event.alias, state.effect.alias),
            ("stack", event.stack.digest, state.effect.stack.digest),
            ("first stage", event.stage, stages[0].id if stages else "-"),
            ("exceptions", _listed(event.exceptions), _listed(found.used)),
            ("numbers", _numbers(event.metrics), _numbers(found.metrics)),
        ]
    yield from (Differs(*one) for one in pairs if one[1] != one[2])


def _listed(names: Sequence[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _numbers(metrics: Sequence[Metric]) -> str:
    told = (f"{one.name} in {one.segment or 'all'}: {number_text(one)}" for one in metrics)
    return _listed(tuple(told))


def differs_section(one: Stood) -> Section:
    """Loudly, where judging anew says anything else than what was signed; else empty."""
    rows = tuple((each.what, each.signed, each.anew) for each in one.differs)
    title = f"JUDGED ANEW IT DIFFERS from what was signed at position {one.closed_position}"
    return Section(title, rows, ("what", "signed", "judged anew"), ("red",) * len(rows))


def anew_words(one: Stood) -> str:
    """What judging anew came to, in words."""
    if one.closed_position is None:
        return f"{one.found.verdict} as of position {one.end}"
    if one.state.closed == "withdrawn":
        return f"withdrawn at position {one.closed_position}; nothing was carried out"
    if one.differs:
        return f"DIFFERS from what was signed at position {one.closed_position}"
    waived = f" but for what exception {_used(one)} waived" if one.found.used else ""
    return f"complete{waived}, and equal to what was signed at position {one.closed_position}"


def _used(one: Stood) -> str:
    numbers = (each.waived_by.number for each in one.found.waived if each.waived_by is not None)
    return " and ".join(f"#{number}" for number in sorted(set(numbers)))


def anew_json(one: Stood) -> dict[str, object]:
    """The same for programs; ``equal`` is null where nothing was carried out."""
    enacted = one.state.closed == "enacted"
    return {
        "equal": not one.differs if enacted else None,
        "signed_position": one.closed_position if enacted else None,
        "differs": [
            {"what": each.what, "signed": each.signed, "anew": each.anew} for each in one.differs
        ],
    }


def require_equal(one: Stood) -> None:
    """Raise :class:`Unproven` (``judged-otherwise``) where judging anew says anything else."""
    if one.differs:
        what = ", ".join(each.what for each in one.differs)
        raise Unproven(
            "judged-otherwise",
            f"#{one.state.number} judged anew differs from what was signed: {what}",
            hint="assent views rebuild, then assent verify: one of the two is not what it was",
        )
