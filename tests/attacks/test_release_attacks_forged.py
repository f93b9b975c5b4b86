"""Forged events of releases, by anybody and in any order: findings, and what stands stands."""

from collections.abc import Callable
from random import Random

import pytest

from ledger.decide.context import Standing
from ledger.decide.release_states import Release
from ledger.errors import AssentError
from ledger.model.events import (
    Event,
    Metric,
    ObservationRecorded,
    ReleaseAdvanced,
    ReleaseCompleted,
    ReleaseRolledBack,
    ReleaseStarted,
    ReviewClosed,
)
from ledger.model.terms import format_instant
from tests.acts import add_fact, comment
from tests.kept_rows import in_pieces
from tests.organisation import Organisation, change, digest, metric, stack
from tests.policies import STAGED, STAGED_PEOPLE, STAGED_SERVICES, numbered
from tests.roster import delegate, stop
from tests.signer_acts import by_root, correction, disown, now_at

DAY = 86_400
STAGING, PRODUCTION = "fraud/staging", "fraud/production"
ALIASES = (STAGING, PRODUCTION, "fraud/other", "a/staging")
IDS = tuple(f"00000000-0000-4000-8000-00000000000{number}" for number in range(3))
VALUES = ("0.01", "0.06", "0.09", "0", "-999999999999999999.999999999999")
NAMES = ("retry_rate", "latency_p95_ms", "recall", "auc")


class Forger:
    """Whoever acts and forges at random; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - nothing here is a secret
        people = {**STAGED_PEOPLE, "zed": ["release-owner"], "will": []}
        policy = numbered(1, text=STAGED)
        self.org = Organisation(policy=policy, people=people, services=STAGED_SERVICES)
        self.proposals = [self.org.open("frank")]

    def run(self, count: int) -> None:
        """Do *count* things, whatever the rules say of them."""
        acts: list[Callable[[], object]] = [
            *[self._start] * 4,
            *[self._watch] * 4,
            *[self._advance] * 3,
            *[self._complete] * 2,
            *[self._forge] * 5,
            self._roll_back,
            self._add_fact,
        ]
        for _ in range(count):
            act = self.random.choice(acts if self.random.random() < 0.97 else [self._rob])
            try:
                act()
            except AssentError:
                continue

    def _start(self) -> None:
        model = self.random.choice(["m1", "m2", "m3"])
        for alias, by in ((STAGING, "deployer"), (PRODUCTION, self._operator())):
            of = self.org.open("frank", change(stack(model=model), alias=alias))
            self.proposals.append(of)
            self.org.attach("erin", of)
            if alias == PRODUCTION:
                self.org.approve("alice", of, "model-owner")
                self.org.approve("dana", of, "data-owner")
            self.org.start(by, of)
            if alias == STAGING:
                self.org.complete(by, alias)

    def _watch(self) -> None:
        self.org.now += self.random.choice([DAY, DAY, 3600, 7 * DAY, 0])
        retry = metric(self.random.choice(["0.01"] * 5 + ["0.09"]), name="retry_rate")
        self.org.observe(self.random.choice(["watchdog", "erin", "will"]), PRODUCTION, retry)

    def _advance(self) -> None:
        self.org.advance(self._operator())

    def _complete(self) -> None:
        self.org.complete(self._operator(), self._alias())

    def _roll_back(self) -> None:
        self.org.roll_back(self.random.choice(["olga", "omar", "zed"]), self._alias())

    def _add_fact(self) -> None:
        add_fact(self.org, "alice", self._proposal())

    def _rob(self) -> None:
        name = self.random.choice(["watchdog", "zed", "will"])
        deed = self.random.choice(["lend", "stop", "disown", "run ahead"])
        if deed == "lend":
            delegate(self.org, "erin", "will", "evaluation-owner")
        elif deed == "stop":
            stop(self.org, "alice", name)
        elif deed == "disown":
            disown(self.org, name, self.random.randrange(now_at(self.org)))
        else:
            self._run_ahead()

    def _run_ahead(self) -> None:
        right = self.org.now + 60
        self.org.now += self.random.choice([DAY, 10 * DAY, 1000 * DAY])
        position = comment(self.org, "frank", self._proposal()).position
        self.org.now = self.org.standing.head.time
        if self.random.random() < 0.8:
            by_root(self.org, correction(position, right))
            self.org.now = right

    def _forge(self) -> None:
        self.org.force(self.random.choice(list(self.org.keys)), self._event())

    def _event(self) -> Event:
        alias, proposal = self._alias(), self._proposal()
        running = self.org.standing.alias(alias)
        release = running.candidate or running.stable
        if release is not None and self.random.random() < 0.8:
            proposal = release.proposal
        review = digest("nothing") if release is None else release.review
        seen = self.random.choice([None, self.random.randrange(self.org.standing.head.size + 3)])
        stage = self.random.choice(["shadow", "guarded", "general", "none"])
        made: list[Callable[[], Event]] = [
            lambda: ReleaseStarted(
                alias=alias,
                proposal=proposal,
                revision=1,
                policy=self.random.choice([1, 1, 7]),
                review=review,
                tier=self.random.choice(["low", "medium", "high"]),
                stage=stage,
                stack=stack(),
                metrics=self._metrics(),
                exceptions=(),
            ),
            lambda: ReleaseAdvanced(
                alias=alias, proposal=proposal, review=review, stage=stage, observation=seen
            ),
            lambda: ReleaseCompleted(
                alias=alias, proposal=proposal, review=review, observation=seen
            ),
            lambda: ReleaseRolledBack(
                alias=alias,
                proposal=proposal,
                target=self.random.choice([None, self._proposal()]),
                candidate=self.random.choice([None, self._proposal()]),
                rollback=self.random.choice(IDS),
                trigger="odd",
                incident=None,
                observation=seen,
                since=self.random.choice([None, self._time()]),
            ),
            lambda: ObservationRecorded(
                alias=alias,
                proposal=proposal,
                stage=self.random.choice([None, stage]),
                start=self._time(),
                until=self._time(),
                source="",
                metrics=self._metrics(),
                incident=self.random.choice([None, "", "down"]),
                summary=None,
                why=None,
            ),
            lambda: ReviewClosed(
                subject=self.random.choice(IDS),
                cause="odd",
                changes=(),
                tests=(),
                summary=None,
                why=None,
            ),
        ]
        return self.random.choice(made)()

    def _metrics(self) -> tuple[Metric, ...]:
        return tuple(
            metric(
                self.random.choice(VALUES),
                name=self.random.choice(NAMES),
                segment=self.random.choice([None, None, "north"]),
            )
            for _ in range(self.random.randrange(4))
        )

    def _time(self) -> str:
        near = format_instant(self.org.now + self.random.randint(-DAY, 2 * DAY))
        ends = ["1000-01-01T00:00:00Z", "2999-12-31T23:59:59Z"]
        return self.random.choice([near, near, format_instant(self.org.now), *ends])

    def _operator(self) -> str:
        return self.random.choice(["omar", "zed", "deployer"])

    def _proposal(self) -> str:
        return self.random.choice([self.proposals[-1], *self.proposals])

    def _alias(self) -> str:
        return self.random.choice([STAGING, PRODUCTION, PRODUCTION, *ALIASES])


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_forged_an_alias_runs_the_last_of_what_was_completed_and_not_taken_back(
    seed: int,
) -> None:
    forger = Forger(seed)
    forger.run(160)

    completed: dict[str, list[str]] = {alias: [] for alias in ALIASES}
    under_way: dict[str, str | None] = dict.fromkeys(ALIASES)
    for one in forger.org.judged:
        event = one.entry.event if one.admitted and one.entry is not None else None
        if isinstance(event, ReleaseStarted):
            under_way[event.alias] = event.proposal
        elif isinstance(event, ReleaseCompleted):
            completed[event.alias].append(event.proposal)
            under_way[event.alias] = None
        elif isinstance(event, ReleaseRolledBack):
            if event.proposal == under_way[event.alias]:
                under_way[event.alias] = None
            else:
                assert completed[event.alias].pop() == event.proposal
                assert event.candidate == under_way[event.alias]
                under_way[event.alias] = None
            assert event.target == _last(completed[event.alias])

    standing = forger.org.standing
    assert {name: _shown(standing.alias(name).stable) for name in ALIASES} == {
        name: _last(found) for name, found in completed.items()
    }
    assert {name: _shown(standing.alias(name).candidate) for name in ALIASES} == under_way


@pytest.mark.parametrize("seed", range(3, 5))
def test_what_was_forged_is_judged_the_same_in_pieces(seed: int) -> None:
    forger = Forger(seed)
    forger.run(100)
    org = forger.org
    cuts = [forger.random.randrange(len(org.envelopes)) for _ in range(20)]

    kept, judged = in_pieces(org.envelopes, org.id, cuts)

    assert judged == org.judged
    again = Standing(kept)
    assert [again.alias(name) for name in ALIASES] == [org.standing.alias(n) for n in ALIASES]
    assert again.windows() == org.standing.windows()


def test_what_is_forged_has_every_kind_of_event_in_it_admitted_and_not() -> None:
    """Else the two above would hold for the wrong reason."""
    found: dict[bool, set[type]] = {True: set(), False: set()}
    for seed in range(2):
        forger = Forger(seed)
        forger.run(160)
        for one in forger.org.judged:
            if one.entry is not None:
                found[one.admitted].add(type(one.entry.event))

    kinds = {ReleaseStarted, ReleaseAdvanced, ReleaseCompleted, ReleaseRolledBack}
    assert kinds | {ObservationRecorded} <= found[True]
    assert kinds | {ObservationRecorded, ReviewClosed} <= found[False]


def _shown(release: Release | None) -> str | None:
    return None if release is None else release.proposal


def _last(found: list[str]) -> str | None:
    return found[-1] if found else None
