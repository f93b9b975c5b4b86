"""What a simulation found: each release proposal under the policies in force, and under a draft.

Plain values, and the few numbers that are computed from them. Times are seconds since
1970 as the ledger judged them, durations whole seconds of ledger time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ledger.model.names import Tier
from ledger.policy.assessment import Verdict

Ending = Literal["released", "withdrawn", "open"]
"""What became of a proposal by the end of the log."""

Change = Literal["held-back", "let-through", "not-ready"]
"""A decision that changes: a release that would not have started, a proposal that was never
ready and would have been, one that was ready (though not released) and would not have been."""

CHANGES: tuple[Change, ...] = ("held-back", "let-through", "not-ready")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one policy says of a proposal at its decisive moment, and when it first said "ready".

    ``asked`` are the requirements that apply, each with what is missing of it; ``blocks``
    what forbids it; ``refused`` the rule, if one there is, that would not have let the
    proposal be opened, or the release be started by who started it.
    """

    verdict: Verdict
    tier: Tier
    because: tuple[str, ...]
    ready_at: int | None
    asked: Mapping[str, tuple[str, ...]]
    blocks: tuple[str, ...]
    refused: str | None

    @property
    def is_allowed(self) -> bool:
        """Whether a release could start there and then."""
        return self.verdict == "ready" and self.refused is None

    @property
    def unmet(self) -> tuple[str, ...]:
        """The requirements of which something is missing."""
        return tuple(name for name, missing in self.asked.items() if missing)


@dataclass(frozen=True, slots=True)
class Decision:
    """A proposal with both answers, given at ``decided_at``.

    That is the start of its release or its withdrawal; for an open one, the end of the log.
    """

    proposal: str
    number: int
    alias: str
    opened_at: int
    ending: Ending
    decided_at: int
    then: Outcome
    draft: Outcome

    @property
    def change(self) -> Change | None:
        """How the decision differs under the draft, if it does."""
        if self.ending == "released":
            return None if self.draft.is_allowed else "held-back"
        was, would = self.then.ready_at is not None, self.draft.ready_at is not None
        if was == would:
            return None
        return "let-through" if would else "not-ready"

    @property
    def delay(self) -> int | None:
        """How much later it is ready under the draft; ``None`` unless ready under both."""
        if self.then.ready_at is None or self.draft.ready_at is None:
            return None
        return self.draft.ready_at - self.then.ready_at

    def why(self) -> tuple[str, ...]:
        """What makes the decision another one, in words; empty where it is the same."""
        if self.change is None:
            return ()
        return tuple(self._eased() if self.change == "let-through" else self._lacking())

    def _lacking(self) -> Iterable[str]:
        if self.draft.refused is not None:
            yield self.draft.refused
        yield from (f"blocked: {text}" for text in self.draft.blocks)
        for name, missing in self.draft.asked.items():
            yield from (f"missing for {name}: {text}" for text in missing)
        if self.draft.verdict == "expired":
            yield "it waited longer than the draft allows"

    def _eased(self) -> Iterable[str]:
        for name in self.then.unmet:
            if name not in self.draft.asked:
                yield f"no longer asked for: {name}"
            elif name not in self.draft.unmet:
                yield f"met as the draft has it: {name}"
        yield from (
            f"no longer blocked: {t}" for t in self.then.blocks if t not in self.draft.blocks
        )
        if self.then.verdict == "expired":
            yield "it waited longer than the policy in force allowed"


@dataclass(frozen=True, slots=True)
class Load:
    """What was asked of a person, or in a role, and what was given where it was asked for.

    ``asked`` counts revisions of proposals that waited for an approval, each once;
    ``given`` approvals. Each pair is (in force, under the draft).
    """

    name: str
    asked: tuple[int, int]
    given: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took: the median and the 90th percentile of ``count`` values.

    Both are the nearest rank, so each is a value that occurred; ``None`` of none.
    """

    count: int
    median: int | None
    p90: int | None


@dataclass(frozen=True, slots=True)
class Latencies:
    """From opening to ready, of those ready under both, and of those ready under one only."""

    both_then: Spread
    both_draft: Spread
    only_then: Spread
    only_draft: Spread


@dataclass(frozen=True, slots=True)
class Simulation:
    """The log of ``size`` entries and that Merkle ``root`` (hexadecimal), under a draft.

    ``decisions`` stand in the order of their numbers; ``policies`` counts the proposals for
    what is no release, such as policies, which are left out. Loads stand by how much they move.
    """

    size: int
    root: str
    policies: int
    decisions: tuple[Decision, ...]
    people: tuple[Load, ...]
    roles: tuple[Load, ...]

    def changed(self) -> tuple[Decision, ...]:
        """The decisions that would have been different."""
        return tuple(one for one in self.decisions if one.change is not None)

    def latencies(self) -> Latencies:
        """How long proposals took to become ready, under both and under one only."""
        then: list[int] = []
        draft: list[int] = []
        only_then: list[int] = []
        only_draft: list[int] = []
        for one in self.decisions:
            was, would = one.then.ready_at, one.draft.ready_at
            if was is not None:
                (only_then if would is None else then).append(was - one.opened_at)
            if would is not None:
                (only_draft if was is None else draft).append(would - one.opened_at)
        return Latencies(spread(then), spread(draft), spread(only_then), spread(only_draft))


def spread(values: Sequence[int]) -> Spread:
    """The median and the 90th percentile of *values*, each the nearest rank."""
    if not values:
        return Spread(0, None, None)
    ranked = sorted(values)
    return Spread(len(ranked), _percentile(ranked, 50), _percentile(ranked, 90))


def _percentile(ranked: Sequence[int], percent: int) -> int:
    """The smallest of *ranked* that at least *percent* of a hundred do not exceed."""
    return ranked[-(-percent * len(ranked) // 100) - 1]
