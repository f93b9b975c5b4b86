"""Every answer of the command line agrees with plain Python over ``assent log --json``.

A lifelike history of 5,000 entries is written once. What is counted here rests on the lines of
the log alone: ``tests/recount`` imports nothing of the ledger's. Asked are the end of the log, a
position at which a release owes and another is on its way, and a time shortly after it.
"""

import copy
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from cli import moment
from cli.places import CONFIG, CONFIG_TEXT
from ledger.store.state import State
from tests.lifelike import write_history
from tests.recount import answers, audits, overviews
from tests.recount.asking import owes
from tests.recount.comparing import differences
from tests.recount.numbers import metrics, printed
from tests.recount.story import Line, Story, lines_of
from tests.recount.telling import passing
from tests.recount.things import Release, instant
from tests.recount.waiting import reviews_for, waiting
from tests.shell import Result, inside, run_assent

ENTRIES: Final = 5_000
EARLY: Final = range(900, 1_600)
"""Where the position lies that is asked for: early, as all before it is replayed."""

DAY: Final = 86_400
WAYS: Final = ((None, 30), (None, 400), ("alias", 90), ("tier", 30), ("role", 60), ("approver", 7))
"""By what metrics are told apart, and over how many days."""

SOME: Final = 5
"""How many of a kind are asked about where all of them would take long."""


@dataclass(frozen=True)
class Then:
    """A moment to ask about: what was counted up to it, and how the command line is told."""

    story: Story
    at: int
    options: tuple[str, ...]
    ask: Callable[..., Result]

    def body(self, *arguments: str | int) -> Any:
        """The JSON object that a command answers with."""
        result = self.ask(*arguments, *self.options, "--json")
        assert result.exit == 0, result.err
        return result.json

    def lines(self, *arguments: str | int) -> list[Any]:
        """The JSON lines that a command answers with."""
        result = self.ask(*arguments, *self.options, "--json")
        assert result.exit == 0, result.err
        return result.json_lines

    def running(self) -> list[Release]:
        """What production aliases run, with what was said about it most first."""
        found = [one.stable for one in self.story.aliases.values() if one.stable is not None]
        return sorted(found, key=lambda one: -len(one.proposal.approvals))[:SOME]


@pytest.fixture(scope="module")
def moments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Then]]:
    """The end of the log, a position, and a time, each with what is counted up to it."""
    folder = tmp_path_factory.mktemp("recount")
    (folder / ".assent").mkdir()
    (folder / ".assent" / CONFIG).write_text(CONFIG_TEXT)
    history = write_history(folder / ".assent", ENTRIES)
    assert history.size >= ENTRIES
    with pytest.MonkeyPatch.context() as patch:
        state = tmp_path_factory.mktemp("state")
        patch.setenv("ASSENT_STATE", str(state))
        State(state, history.id).pin()

        def ask(*arguments: str | int) -> Result:
            patch.setenv("ASSENT_STATE", str(state))
            patch.setenv("ASSENT_NOW", instant(history.ended))
            with inside(folder):
                return run_assent(*arguments, "--ledger-id", history.id)

        # Each prefix is replayed once for all that is asked about it, not anew by each command.
        replayed, kept = moment._replayed, dict[int, Any]()

        def once(app: Any, count: int) -> Any:
            if count not in kept:
                kept[count] = replayed(app, count)
            return kept[count]

        patch.setattr(moment, "_replayed", once)
        yield _moments(lines_of(ask("log", "--json").out.splitlines()), ask)


def _moments(lines: list[Line], ask: Callable[..., Result]) -> list[Then]:
    known = {id(part): part for line in lines for part in (line, line.event, line.raw)}
    position = _interesting(lines)
    early, late = (
        copy.deepcopy(story, dict(known))
        for story in passing(lines, {position, lines[-1].position})
    )
    later = lines[position + 1].judged_at - 1
    return [
        Then(late, late.time, (), ask),
        Then(early, early.time, ("--as-of", str(position)), ask),
        Then(early, later, ("--as-of", instant(later)), ask),
    ]


def _interesting(lines: list[Line]) -> int:
    """The last early position at which a release owes, another is on its way, and time goes on.

    An exception is in force besides.
    """
    found = []
    for story in passing(lines[: EARLY.stop + 1], EARLY):
        later = lines[story.position + 1].judged_at
        busy = any(one.candidate is not None for one in story.aliases.values())
        owing = any(owes(one) for one in story.releases.values())
        valid = any(one.ends > later for one in story.exceptions.values())
        if busy and owing and valid and later > story.time + 600:
            found.append(story.position)
    return found[-1]


def test_every_metric_comes_to_what_is_counted(moments: list[Then]) -> None:
    for then in moments:
        for by, days in WAYS if then is not moments[-1] else WAYS[:1]:
            apart = () if by is None else ("--by", by)
            said = then.body("metrics", *apart, "--window", f"{days}d")
            counted = metrics(then.story, then.at, days * DAY, by)
            assert list(differences(counted, printed(said))) == []
            assert counted.keys() == printed(said).keys()


def test_the_recount_runs_where_nothing_is_installed(moments: list[Then]) -> None:
    log = moments[0].ask("log", "--json").out

    # -S: no installed package can be imported, and without them none of ours either.
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-m", "tests.recount.recount"],
        cwd=Path(__file__).parents[2],
        input=log,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    counted = json.loads(done.stdout)
    assert list(differences(counted["aliases"], moments[0].lines("alias", "list"))) == []
    assert counted["missed"] == [position for position, _, _ in moments[0].story.missed]


def test_every_metric_was_observed(moments: list[Then]) -> None:
    """What is never observed agrees with anything."""
    counted = metrics(moments[0].story, moments[0].at, 400 * DAY, None)

    unseen = [name for name, one in counted.items() if not (one["all"][0] or any_before(one))]

    assert unseen == ["exceptions-in-force"]
    early = metrics(moments[1].story, moments[1].at, 30 * DAY, None)
    assert early["exceptions-in-force"]["all"][0] > 0


def any_before(one: dict[str, Any]) -> bool:
    """Whether any window of the trend has an observation."""
    return any(part[0] for part in one["trend"])


def test_aliases_and_releases_are_what_is_counted(moments: list[Then]) -> None:
    for then in moments:
        story = then.story
        known = {name: story.aliases[name] for name in sorted(story.aliases)}
        said = then.lines("alias", "list")
        assert list(differences([answers.alias(story, one) for one in known.values()], said)) == []
        lively = sorted(known.values(), key=lambda one: -len(one.history))[:SOME]
        for one in lively:
            said = then.lines("alias", "history", one.name)
            assert list(differences(answers.history(one), said)) == []
            shown = then.body("alias", "show", one.name)
            assert list(differences(answers.alias(story, one), shown)) == []
            found = one.candidate or one.stable
            if found is not None:
                shown = then.body("release", "show", one.name)
                assert list(differences(answers.release(story, found, then.at), shown)) == []
        candidates = [one.candidate for one in known.values() if one.candidate is not None]
        assert candidates or not then.options
        for release in candidates[:SOME]:
            shown = then.body("release", "show", release.alias)
            assert list(differences(answers.release(story, release, then.at), shown)) == []


def test_two_releases_differ_in_what_is_counted(moments: list[Then]) -> None:
    for then in moments[:2]:
        known = then.story.aliases.values()
        ran = [one.history for one in known if one.name.endswith("/production")]
        several = [runs for runs in ran if len(runs) > 1]
        assert several
        for runs in several[:SOME]:
            old, new = runs[0].release, runs[-1].release
            pair = (old.proposal.number, f"@{runs[-1].began.position}")
            said = then.body("alias", "diff", old.alias, *pair)
            assert list(differences(overviews.diff(then.story, old, new), said)) == []


def test_lists_are_what_is_counted(moments: list[Then]) -> None:
    for then in moments:
        story, at = then.story, then.at
        exempt = [answers.exempt(story, one, at) for one in story.exceptions.values()]
        assert list(differences(exempt, then.lines("exception", "list", "--all"))) == []
        said = {one["subject"]: one for one in then.lines("review", "list", "--all")}
        reviews = {name: answers.review(story, one, at) for name, one in story.reviews.items()}
        assert list(differences(reviews, said)) == []
        assert said.keys() == reviews.keys()
        stops = then.lines("override", "list", "--all")
        assert list(differences(answers.stops(story), stops)) == []
        signers = [dict(answers.held_roles(story, one, at)) for one in sorted(story.signers)]
        assert list(differences(signers, then.lines("signer", "list"))) == []
        lines = [answers.proposal_line(one) for one in story.proposals.values()]
        assert list(differences(lines, then.lines("proposal", "list", "--all"))) == []


def test_what_is_stopped_is_what_is_counted(moments: list[Then]) -> None:
    now = moments[0]
    for target in sorted({one.target for one in now.story.stops.values()}):
        result = now.ask("override", "check", target)
        assert result.exit == (3 if now.story.stopped(target) else 0), target


def test_the_auditors_questions_are_answered_with_what_is_counted(moments: list[Then]) -> None:
    for then in moments:
        for release in then.running():
            story, of = then.story, release.proposal
            why = then.body("audit", "why", release.alias)
            assert list(differences(audits.assessment(story, of), why)) == []
            who = then.body("audit", "who", release.alias)
            assert list(differences(audits.consent(story, of), who)) == []
            seen = then.body("audit", "watched", release.alias)
            assert list(differences(audits.watched(story, release, then.at), seen)) == []


def test_dossiers_hold_what_is_counted(moments: list[Then]) -> None:
    for then in moments:
        story = then.story
        releases = [one for one in story.releases.values() if one.alias.endswith("/production")]
        back = [one for one in releases if one.back is not None][-SOME:]
        excepted = [one for one in releases if one.under][-SOME:]
        assert back
        assert excepted
        given_up = [
            one
            for one in story.proposals.values()
            if one.closed is not None and one.id not in story.releases and one.alias is not None
            if one.effect["effect"] == "release" and (one.rejections or one.widened)
        ]
        for of in [*(one.proposal for one in (*back, *excepted)), *given_up[-SOME:]]:
            said = then.body("audit", "dossier", of.number)
            assert list(differences(audits.dossier(story, of, then.at), said)) == [], of.number


def test_inboxes_and_the_status_hold_what_is_counted(moments: list[Then]) -> None:
    for then in moments:
        story, at = then.story, then.at
        said = then.body("status")
        assert list(differences(overviews.status(story, at), said)) == []
        assert {*overviews.results(story, at)} == {one["alias"] for one in said["results"]}
        for name in ("alma", "gina", "paula", "stella", "simon", "cosmo", "felix"):
            asked = [
                (one.number, role)
                for one in story.proposals.values()
                for role, person in waiting(story, one, at)
                if person == name
            ]
            rows = then.lines("inbox", "--as", name)
            given = [(one["proposal"], one["role"]) for one in rows if one["for"] == "approval"]
            assert sorted(given) == sorted(asked), name
            reviews = [one["proposal"] for one in rows if one["for"] == "review"]
            due = [one.proposal.number for one in reviews_for(story, name, at) if one.proposal]
            assert sorted(reviews) == sorted(due), name


def test_the_exported_inventory_and_timeline_are_what_is_counted(
    moments: list[Then], tmp_path: Path
) -> None:
    for number, then in enumerate(moments[:2]):
        folder = tmp_path / str(number)
        then.body("views", "export", str(folder), "--format", "jsonl")

        inventory = sorted(_rows(folder, "model_inventory"), key=lambda row: str(row["alias"]))
        counted = list(overviews.inventory(then.story, then.at))
        assert list(differences(counted, inventory)) == []
        timeline = [
            tuple(row[key] for key in ("alias", "position", "signer", "kind", "number"))
            for row in _rows(folder, "alias_timeline")
        ]
        assert sorted(timeline) == sorted(overviews.timeline(then.story))


def _rows(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()]
