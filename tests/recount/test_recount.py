"""Every answer of the command line agrees with plain Python over ``assent log --json``.

A lifelike history of 4,000 entries, or of 5,000 in the thorough profile, is written once
(``conftest.py``). What is counted rests on
the lines of the log alone: the other modules of this folder import nothing of the ledger's.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from tests.recount import answers, audits, overviews
from tests.recount.comparing import differences
from tests.recount.conftest import SOME, Then
from tests.recount.numbers import metrics, printed
from tests.recount.waiting import reviews_for, waiting

DAY: Final = 86_400

WAYS: Final = ((None, 30), (None, 400), ("alias", 90), ("tier", 30), ("role", 60), ("approver", 7))
"""By what metrics are told apart, and over how many days."""


def test_every_metric_comes_to_what_is_counted(moments: list[Then]) -> None:
    for then in moments:
        for by, days in WAYS if then is moments[0] else WAYS[:1]:
            require_counted(then, by, days)


@pytest.mark.slow
def test_also_told_apart_every_early_metric_comes_to_what_is_counted(moments: list[Then]) -> None:
    for by, days in WAYS[1:]:
        require_counted(moments[1], by, days)


def require_counted(then: Then, by: str | None, days: int) -> None:
    """Demand that each metric is the one counted, told apart *by* something."""
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
