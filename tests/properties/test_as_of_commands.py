"""Every question that can be asked as of then is answered as on a ledger that ends there."""

import random
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import click
import pytest

from cli import moment
from cli.context import App
from cli.main import NOUNS, assent
from ledger.decide.context import Standing
from ledger.model.events import EvidenceAttached, ProposalOpened, ReleaseStarted
from ledger.model.exception_events import ExceptionGranted
from ledger.model.terms import format_instant
from ledger.store.blobs import Blobs
from projections.runner import Views
from tests.cli.conftest import LedgerFolder
from tests.organisation import POLICY, Organisation
from tests.projections.histories import ACTS, ROLES, organisation_after
from tests.projections.watching_steps import ALIASES
from tests.shell import Result

Said = TypeVar("Said")

HOUR = 3600
SEED, DEEDS = 27, 60
"""A short history in which much happens; another change of its steps asks for others."""

HAPPENS = {
    *("approval.granted", "evidence.attached", "exception.granted"),
    *("observation.recorded", "policy.published", "release.completed"),
    *("release.rolled-back", "review.closed", "signer.disowned", "signer.delegated"),
}

OF_NOW = {
    "trust": "pins",
    "verify": "replays everything anyway",
    "audit checkpoint": "signs what the log is now",
    "audit compare": "of what is the same for ever, and of all there is",
    "audit prove": "of an entry and a checkpoint, which are the same for ever",
    "audit export": "the whole log: what verified a part of it would not verify the rest",
    "audit verify": "replays everything anyway",
    "key new": "asks no ledger",
    "key list": "asks no ledger",
    "key public": "asks no ledger",
    "policy new": "asks no ledger",
    "policy test": "asks no ledger",
    "policy check": "whether the people of today could meet a draft",
    "policy diff": "a policy that was published never changes",
    "override check": "whether something may go on; override list tells of then",
    "views sync": "does what every command does first",
    "views rebuild": "the tables as they are",
    "views status": "the tables as they are",
    "views follow": "the tables as they are",
}
"""What signs nothing and is asked of now alone, and why."""

ELSEWHERE = {"views export"}
"""What writes files, and has a test of its own."""


@cache
def history() -> Organisation:
    """The organisation: to be read only."""
    chance = random.Random(SEED)  # noqa: S311 - a history, not a key
    return organisation_after(
        [
            (chance.randrange(len(ACTS)), chance.randrange(41), chance.randrange(41))
            for _ in range(DEEDS)
        ]
    )


def ending_with(position: int) -> Organisation:
    """The same organisation when its log ended with *position*, to be read only."""
    whole = history()
    cut = Organisation.__new__(Organisation)
    vars(cut).update(vars(whole))
    cut.envelopes = whole.envelopes[: position + 1]
    cut.judged = whole.judged[: position + 1]
    return cut


def said(org: Organisation, kind: type[Said]) -> list[Said]:
    """The events of one *kind* in *org*, oldest first."""
    found = [one.entry.event for one in org.judged if one.admitted and one.entry]
    return [event for event in found if isinstance(event, kind)]


def questions(position: int, draft: Path) -> dict[str, list[list[str]]]:
    """What is asked of each command as of *position*, beside what all of them are asked."""
    org = ending_with(position)
    opened = len(said(org, ProposalOpened))
    some = [[str(number)] for number in range(max(1, opened - 2), opened + 1)]
    aliases = [[alias] for alias in ALIASES[::-2]]
    granted = [str(org.proposal(one.proposal).number) for one in said(org, ExceptionGranted)]
    started = {
        one.alias: str(org.proposal(one.proposal).number) for one in said(org, ReleaseStarted)
    }
    return {
        "status": [[]],
        "inbox": [["--as", "alice"], ["--as", "dana"], ["--as", "omar", "--role", ROLES[0]]],
        "log": [[], ["--by", "alice", "--last", "3"]],
        "show": [[str(position)], ["1"]],
        "gate": some,
        "signer list": [[]],
        "signer show": [["alice"], ["erin"]],
        "signer impact": [["erin", "--after", "10"]],
        "policy facts": [[]],
        "policy show": [[]],
        "policy simulate": [[str(draft)]],
        "proposal list": [[], ["--all"]],
        "proposal show": some,
        "evidence list": some,
        "evidence show": [[one.digest] for one in said(org, EvidenceAttached)[-1:]],
        "evidence verify": [[]],
        "release show": aliases,
        "alias list": [[]],
        "alias show": aliases,
        "alias history": aliases,
        "alias diff": [[alias, "1", number] for alias, number in started.items()],
        "exception list": [[], ["--all"]],
        "exception show": [[number] for number in granted[-1:]],
        "review list": [[], ["--all"]],
        "override list": [[], ["--all"]],
        "audit why": aliases,
        "audit who": aliases,
        "audit watched": aliases,
        "audit dossier": some[-1:],
        "metrics": [[], ["--by", "alias", "--window", "90d"]],
    }


def commands() -> Iterator[tuple[str, set[str]]]:
    """Every command, and what its options and arguments are called."""
    for noun in NOUNS:
        found = assent.get_command(click.Context(assent), noun)
        assert found is not None
        verbs = found.commands if isinstance(found, click.Group) else {"": found}
        for verb, command in verbs.items():
            yield f"{noun} {verb}".strip(), {str(one.name) for one in command.params}


def test_what_signs_nothing_is_asked_as_of_then_but_for_what_is_of_now() -> None:
    reads = {name: has for name, has in commands() if "dry_run" not in has}
    then = {name for name, has in reads.items() if "as_of" in has}

    assert reads.keys() - then - OF_NOW.keys() == set()
    assert then & OF_NOW.keys() == set()
    assert then - questions(0, Path("draft.toml")).keys() == ELSEWHERE & then


@pytest.fixture
def _replayed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the same entries replayed once and not for each question: that takes most of the time.

    That each answer rests on its own replay of unchanged entries is held by ``test_moment.py``.
    """
    known: dict[int, tuple[Standing, Views]] = {}
    replayed = moment._replayed

    def once(app: App, count: int) -> tuple[Standing, Views]:
        if count not in known:
            known[count] = replayed(app, count)
        return known[count]

    monkeypatch.setattr(moment, "_replayed", once)


class Desk:
    """A ledger on disk with a state of its own, at the time *now*."""

    def __init__(
        self, folder: Path, org: Organisation, monkeypatch: pytest.MonkeyPatch, now: int
    ) -> None:
        self._monkeypatch = monkeypatch
        self._state = str(folder / "state")
        self._now = format_instant(now)
        self._sit()
        self._ledger = LedgerFolder(folder / "ledger", org)
        for name in {one.name for one in said(org, EvidenceAttached)}:
            Blobs(self._ledger.evidence).put(name.removesuffix(".json").encode())

    def ask(self, *words: str) -> Result:
        """Run a command there."""
        self._sit()
        return self._ledger.assent(*words)

    def _sit(self) -> None:
        self._monkeypatch.setenv("ASSENT_STATE", self._state)
        self._monkeypatch.setenv("ASSENT_NOW", self._now)


def after(part: float) -> tuple[int, int]:
    """A time in the first long pause after a *part* of the history, and the last position by it."""
    times = [one.at for one in history().judged]
    pauses = pairwise(times[round(len(times) * part) :])
    at = next((one + other) // 2 for one, other in pauses if other - one > HOUR)
    return at, max(position for position, time in enumerate(times) if time <= at)


@pytest.mark.usefixtures("_replayed_once")
@pytest.mark.parametrize(
    ("part", "by_time", "form"), [(0.4, False, "--json"), (0.6, False, ""), (0.8, True, "--json")]
)
def test_as_of_then_is_what_was_answered_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: float, form: str, *, by_time: bool
) -> None:
    at, position = after(part)
    asked_at = at if by_time else history().judged[position].at
    moment_named = format_instant(at) if by_time else str(position)
    draft = tmp_path / "draft.toml"
    draft.write_text(POLICY, encoding="utf-8")
    now = Desk(tmp_path / "now", history(), monkeypatch, history().judged[-1].at)
    then = Desk(tmp_path / "then", ending_with(position), monkeypatch, asked_at)
    known = {name for name, has in commands() if "as_of" in has} - ELSEWHERE
    differing: list[str] = []
    answered = 0
    for name, asked in questions(position, draft).items():
        for words in asked if name in known else ():
            line = [*name.split(), *words, *([form] if form else [])]
            told, was = now.ask(*line, "--as-of", moment_named), then.ask(*line)
            answered += was.exit == 0
            if told != was:
                differing.append(f"{' '.join(line)}\n{told}\n{was}")
    assert not differing, f"as of {moment_named}:\n" + "\n".join(differing)
    assert position < len(history().envelopes) - 1, "nothing came after it"
    assert answered > 30, "hardly anything was answered"


def test_much_happens_in_that_history() -> None:
    kinds = {one.entry.event.kind for one in history().judged if one.admitted and one.entry}

    assert kinds >= HAPPENS
