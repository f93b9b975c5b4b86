"""Which stack an alias may run, told from the admitted entries alone.

A second telling in plain Python: it reads the policies as TOML and the events as they stand,
and asks nothing of ``ledger.policy`` or ``ledger.decide``. What it knows of time leaves
corrected clocks out, and of numbers the plain bounds.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ledger.decide.judgement import Judged
from ledger.model import events
from ledger.model.events import Event
from ledger.model.terms import parse_duration, parse_instant

Block = Mapping[str, Any]

WITHOUT: Block = {"id": "general"}
"""The one stage where a policy has none, or not for this environment."""


def admitted(judged: Sequence[Judged]) -> Iterator[tuple[Judged, str, Event]]:
    """The entries that count: each with its signer and its event."""
    for one in judged:
        if one.admitted and one.entry is not None:
            yield one, one.entry.by.signer, one.entry.event


def is_last(policy: Block, alias: str) -> bool:
    """Whether *alias* is in the last environment of *policy*."""
    order = policy.get("environments", {}).get("order", ())
    here = alias.partition("/")[2]
    return here not in order or here == order[-1]


def is_watched(stage: Block) -> bool:
    """Whether *stage* asks for a soak, or for numbers."""
    return bool(stage.keys() & {"soak", "metrics", "segments"})


@dataclass
class UnderWay:
    """A release on its way: through which stages, since when, by whose hands."""

    proposal: str
    stack: str
    policy: int
    stages: list[Block]
    since: int
    at: int
    hands: set[str]

    @property
    def stage(self) -> Block:
        """The stage that it is in."""
        return self.stages[0]


@dataclass
class Chains:
    """What every alias ran and was on its way to, entry by entry.

    ``passed`` are the watched stages that releases came through: position, the signer who
    brought it on, and the observation that is cited. ``clocks`` says whether a clock was
    corrected; then nothing is said of soaks.
    """

    policies: list[Block] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    seen: dict[int, tuple[Judged, str, events.ObservationRecorded]] = field(default_factory=dict)
    stable: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    running: dict[str, UnderWay] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    passed: list[tuple[Judged, str, int]] = field(default_factory=list)
    clocks: bool = False

    def take(self, judged: Judged, by: str, event: Event) -> None:
        """Follow one admitted entry, and demand that it was due."""
        match event:
            case events.LedgerFounded(roster=roster, policy=policy):
                self.policies.append(tomllib.loads(policy.text))
                self._answer((one.signer, one.accountable) for one in roster)
            case events.PolicyPublished(policy=policy):
                self.policies.append(tomllib.loads(policy.text))
            case events.SignerEnrolled(signer=name, accountable=person):
                self._answer([(name, person)])
            case events.ClockCorrected():
                self.clocks = True
            case events.ReleaseStarted():
                self._start(judged, by, event)
            case events.ObservationRecorded():
                self.seen[judged.position] = (judged, by, event)
            case events.ReleaseAdvanced():
                self._pass(judged, by, event)
                release = self.running[event.alias]
                del release.stages[0]
                assert release.stage["id"] == event.stage
                release.since, release.at = judged.position, judged.at
            case events.ReleaseCompleted():
                self._pass(judged, by, event)
                release = self.running.pop(event.alias)
                assert len(release.stages) == 1
                self.stable.setdefault(event.alias, []).append((release.proposal, release.stack))
            case events.ReleaseRolledBack():
                self._back(event)

    def _answer(self, pairs: Any) -> None:
        self.answers |= {name: name if person is None else person for name, person in pairs}

    def _start(self, judged: Judged, by: str, event: events.ReleaseStarted) -> None:
        policy = self.policies[-1]
        assert event.policy == len(self.policies)
        known = policy.get("stage", ()) if is_last(policy, event.alias) else ()
        stages = [one for one in known if event.tier in one.get("tiers", (event.tier,))]
        stages = stages or [] if known else [WITHOUT]
        assert stages[0]["id"] == event.stage
        release = UnderWay(
            event.proposal,
            event.stack.digest,
            event.policy,
            stages,
            judged.position,
            judged.at,
            {self.answers[by]},
        )
        self.running[event.alias] = release

    def _pass(
        self, judged: Judged, by: str, event: events.ReleaseAdvanced | events.ReleaseCompleted
    ) -> None:
        release = self.running[event.alias]
        assert release.proposal == event.proposal
        release.hands.add(self.answers[by])
        if not is_watched(release.stage):
            assert event.observation is None
            return
        assert event.observation is not None
        self.passed.append((judged, by, event.observation))
        _, observer, seen = self.seen[event.observation]
        assert (seen.alias, seen.proposal) == (event.alias, event.proposal)
        assert seen.stage == release.stage["id"]
        assert release.since < event.observation < judged.position
        assert self.answers[observer] not in release.hands
        self._require_good(release, seen)

    def _require_good(self, release: UnderWay, cited: events.ObservationRecorded) -> None:
        """Demand that *cited* reaches past the soak, and that nothing bad was seen in the stage."""
        soak = release.stage.get("soak")
        if soak is not None and not self.clocks:
            assert parse_instant(cited.until) >= release.at + parse_duration(soak)
        about = [
            seen
            for position, (_, _, seen) in self.seen.items()
            if position > release.since and (seen.proposal == release.proposal)
        ]
        for seen in [cited] if self.clocks else about:
            assert seen.incident is None
            assert not _out_of_bounds(release.stage, seen)
        assert not _missing(release.stage, cited)

    def _back(self, event: events.ReleaseRolledBack) -> None:
        stack = self.stable.setdefault(event.alias, [])
        release = self.running.pop(event.alias, None)
        under_way = None if release is None else release.proposal
        if event.proposal == under_way:
            assert event.candidate is None
        else:
            assert event.candidate == under_way
            assert stack.pop()[0] == event.proposal
        self.gone.add(event.proposal)
        assert event.target == (stack[-1][0] if stack else None)
        assert event.target not in self.gone

    def top(self, alias: str) -> tuple[str, str] | None:
        """The proposal and the stack that *alias* runs, by all that was followed."""
        stack = self.stable.get(alias)
        return stack[-1] if stack else None


def _reported(seen: events.ObservationRecorded) -> dict[tuple[str, str | None], Decimal]:
    return {(one.name, one.segment): Decimal(one.value) for one in seen.metrics}


def _asked(stage: Block) -> Iterator[tuple[str, str | None, Mapping[str, str]]]:
    for name, bounds in stage.get("metrics", {}).items():
        yield name, None, bounds
    for name, bounds in stage.get("segments", {}).items():
        for segment in bounds["names"]:
            yield name, segment, bounds


def _missing(stage: Block, seen: events.ObservationRecorded) -> bool:
    reported = _reported(seen)
    return any((name, segment) not in reported for name, segment, _ in _asked(stage))


def _out_of_bounds(stage: Block, seen: events.ObservationRecorded) -> bool:
    reported = _reported(seen)
    for name, segment, bounds in _asked(stage):
        value = reported.get((name, segment))
        if value is not None and not (
            Decimal(bounds.get("min", "-Infinity"))
            <= value
            <= Decimal(bounds.get("max", "Infinity"))
        ):
            return True
    return False


def followed(judged: Sequence[Judged]) -> Chains:
    """All of a log, followed to its end."""
    chains = Chains()
    for one in admitted(judged):
        chains.take(*one)
    return chains
