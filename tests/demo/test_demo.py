"""The demo, told once as a new user tells it, and what it leaves behind."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers import database, new_place

ROOT = Path(__file__).resolve().parents[2]
FOREIGN = {"ASSENT_SIGNER": "nobody", "ASSENT_NOW": "2001-01-01T00:00:00Z"}


def run(arguments: Sequence[str], folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **more}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@dataclass(frozen=True)
class Told:
    """A demo that was told to its end."""

    folder: Path
    out: str

    def assent(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command as the demo's last lines say."""
        return run(
            ["-m", "cli.main", *arguments],
            self.folder / "project",
            XDG_CONFIG_HOME=str(self.folder / "config"),
            ASSENT_STATE=str(self.folder / "state"),
        )

    def step(self, number: int) -> str:
        """What the numbered step says."""
        return self.out.partition(f"\n{number}. ")[2].partition(f"\n{number + 1}. ")[0]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Tell the demo, with settings of somebody's own ledger in the way."""
    pytest.importorskip("sklearn")
    above = tmp_path_factory.mktemp("told")
    done = run(["-m", "cli.demo", "--out", "demo"], above, **FOREIGN)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return Told(above / "demo", done.stdout)


def test_it_is_told_in_numbered_steps(told: Told) -> None:
    headings = re.findall(r"^(\d)\. (.+)$", told.out, re.MULTILINE)

    assert [int(number) for number, _ in headings] == list(range(1, 10))
    assert headings[1][1] == "The first release"
    assert headings[-1][1] == "Yours to try"


def test_no_colour_reaches_a_file(told: Told) -> None:
    assert "\x1b" not in told.out


def test_the_first_release_ends_on_the_alias(told: Told) -> None:
    assert "$ assent release complete screening/production --as omar --yes" in told.step(2)
    assert "screening/production runs: #1" in told.step(2)


def test_nobody_goes_on_before_somebody_else_has_seen_the_stage(told: Told) -> None:
    alone, _, watched = told.step(2).partition("$ assent release observe")

    assert "stage-unobserved: " in alone
    assert "release.advanced" not in alone
    assert watched.count("release.advanced of #1") == 2
    assert watched.index("release.advanced") < watched.index("release.completed of #1")


def test_the_second_is_refused_for_the_data_owner_and_one_segment_only(told: Told) -> None:
    gate = told.step(3).partition("$ assent gate 2")[2].partition("(exit status 8)")[0]
    missing = " ".join(gate.split()).split("missing: ", 1)[1].split("; ")

    assert missing[0] == "approval of 1 data-owner"
    assert len(missing) > 1
    assert all(one.startswith("recall in small ") for one in missing[1:]), missing
    assert re.search(r"not-ready: .*\(exit status 3\)", told.step(3), re.DOTALL)


def test_the_mended_one_runs_in_the_end(told: Told) -> None:
    body = json.loads(told.assent("alias", "show", "screening/production", "--json").stdout)

    assert body["stable"]["proposal"] == 2
    assert "screening-2b" in json.dumps(body["stable"]["stack"])


def test_who_approves_their_own_change_is_refused(told: Told) -> None:
    assert "self-approval: alice opened #3" in told.step(5)
    assert "(exit status 3)" in told.step(5)


def test_a_trigger_is_pulled_in_the_canary_and_a_program_takes_the_release_back(told: Told) -> None:
    before, _, after = told.step(6).partition("$ assent release rollback")

    assert "stage-failing: watchdog observed" in before
    assert "release.rolled-back of #3" in after
    assert "screening/production runs: #2" in after
    assert "screening/production candidate" not in after


def test_the_rollback_is_reviewed_by_somebody_else(told: Told) -> None:
    listed = told.assent("review", "list", "--all", "--json").stdout.splitlines()

    (review,) = [one for one in map(json.loads, listed) if one["by"] == "watchdog"]
    assert review["closed_by"] == "sam"


def test_nothing_moves_until_others_lift_the_freeze(told: Told) -> None:
    frozen, _, lifted = (
        told.step(6).partition("$ assent override set")[2].partition("$ assent gate 4")
    )

    assert re.search(r"is stopped, by omar.*\(exit status 3\)", frozen, re.DOTALL)
    assert "screening/production is frozen, by omar" in lifted.partition("(exit status 3)")[0]
    assert "override.lifted of #5" in lifted
    assert told.assent("override", "check", "alias/screening/production").returncode == 0


def test_the_auditors_page_says_what_was_taken_back_and_why(told: Told) -> None:
    assert "equal to what was signed" in told.step(7)

    page = (told.folder / "project" / "dossier-3.html").read_text(encoding="utf-8")

    assert "above the maximum 0.10" in page, "the trigger of the rollback"
    assert "REHEARSAL" in page, "its times were set by whoever signed"
    assert "<script" not in page


def test_the_changed_row_is_named_by_its_position(told: Told) -> None:
    changed = re.search(r"WHERE rowid = (\d+)", told.step(8))
    assert changed is not None
    position = int(changed[1]) - 1

    after = told.step(8).partition(changed[0])[2]
    assert re.search(
        rf"^  tampered .*^  {position} +bad-signature", after, re.DOTALL | re.MULTILINE
    )
    assert "(exit status 4)" in after
    assert after.rpartition("$ assent verify")[2].lstrip().startswith("verified up to position")


def test_the_ledger_it_leaves_verifies(told: Told) -> None:
    done = told.assent("verify", "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["findings"] == []


def test_the_documents_on_disk_are_those_that_were_attached(told: Told) -> None:
    for number, name in ((1, "release-1"), (2, "release-2b")):
        listed = told.assent("evidence", "list", str(number), "--json").stdout
        digests = {json.loads(line)["digest"] for line in listed.splitlines()}
        file = told.folder / "project" / name / "evaluation-report.json"
        found = subprocess.run(
            [sys.executable, "-c", DIGEST, str(file)], capture_output=True, text=True, check=True
        )
        assert found.stdout.strip() in digests


DIGEST = (
    "import hashlib, sys; print('sha256:' + hashlib.sha256(open(sys.argv[1], 'rb').read())"
    ".hexdigest())"
)


def test_what_it_says_to_try_works_in_a_shell(told: Told) -> None:
    lines = re.findall(r"^  \$ (.+)$", told.step(9), re.MULTILINE)
    assert lines[0] == "cd demo/project && . ../env.sh"

    script = "set -e\n" + "\n".join(lines)
    done = subprocess.run(
        ["sh", "-c", script], cwd=told.folder.parent, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "screening-1" in done.stdout, "as of an earlier position the first model ran"
    assert "ledger.founded" in done.stdout


@pytest.mark.slow
def test_a_second_run_replaces_its_own_folder(told: Told, tmp_path: Path) -> None:
    mine = tmp_path / "demo"
    mine.mkdir()
    (mine / ".assent-demo").write_text("left by a run that was stopped\n", encoding="utf-8")
    (mine / "rest").mkdir()

    done = run(["-m", "cli.demo", "--out", "demo"], tmp_path)

    assert done.returncode == 0, done.stderr
    assert not (mine / "rest").exists()
    first = told.folder / "project" / "release-2b" / "model.json"
    second = mine / "project" / "release-2b" / "model.json"
    assert second.read_bytes() == first.read_bytes(), "training is the same every time"


@pytest.mark.slow
@pytest.mark.needs("postgres")
def test_with_the_log_on_a_server_the_story_is_the_same(tmp_path: Path) -> None:
    """What its owner changes there is told by its position, and put back."""
    pytest.importorskip("sklearn")
    with database() as url:
        place = new_place(url)

        done = run(["-m", "cli.demo", "--out", "demo", "--ledger", place], tmp_path, **FOREIGN)

        assert done.returncode == 0, done.stdout + done.stderr
        told = Told(tmp_path / "demo", done.stdout)
        position = re.search(r"WHERE notification_id = (\d+)", told.step(8))
        assert position is not None
        assert re.search(rf"^  {int(position[1]) - 1} +bad-signature", told.step(8), re.MULTILINE)
        assert told.assent("verify").returncode == 0
        assert not (told.folder / "project" / ".assent" / "log.sqlite").exists()
