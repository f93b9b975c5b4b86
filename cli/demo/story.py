"""The story: two releases, two refusals, a way back, and a row that somebody changed."""

import os
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cli.demo.consent import approve, attach, attach_report
from cli.demo.folder import Folder, make_folder, write_environment
from cli.demo.papers import ALIAS, PEOPLE, ROOT, SERVICES
from cli.demo.rollout import DAYS, in_stages, in_stages_again, set_out
from cli.demo.stage import Stage, at_a_terminal
from cli.demo.tampering import FileTampering, position_in
from cli.demo.tampering_server import ServerTampering
from cli.demo.threshold import own_change, way_back
from cli.demo.workshop import Candidate, Workshop, open_workshop, report_table

FOREIGN: Final = ("ASSENT_SIGNER", "ASSENT_KEY", "ASSENT_LEDGER", "ASSENT_NOW")
"""What a person may have set for a ledger of their own, and must not reach the demo's."""

FIRST: Final = Candidate(
    folder="release-1",
    model="screening-1",
    dataset="lesions-1",
    summary="The first screening model",
    why="lesions that need a second look wait too long today",
    risk_rationale="it is about health, and nothing ran before it",
    mutations=("new-model",),
)
SECOND: Final = Candidate(
    folder="release-2",
    model="screening-2",
    dataset="lesions-2",
    summary="Trained on two and a half times as many lesions",
    why="more data ranks better: AUC went up",
    risk_rationale="it is about health; the kind of model stays the same",
    mutations=("training-data",),
)
MENDED: Final = Candidate(
    folder="release-2b",
    model="screening-2b",
    dataset="lesions-2b",
    summary="Trained on nearly three times as many lesions, small ones included",
    why="more data ranks better; the export that lost small lesions is mended",
    risk_rationale="it is about health; the kind of model stays the same",
    mutations=("training-data",),
)


def tell(out: Path, ledger: str | None = None) -> None:
    """Tell the whole story into a new folder *out*, and leave its ledger there.

    With the URL of a server as *ledger* its log lies there, and all else in the folder.
    Raises what :func:`cli.demo.folder.make_folder` raises, and :class:`Drift`
    (``story-differs``) where a command does not end as told.
    """
    began = time.monotonic()
    stage = Stage(colour=at_a_terminal())
    folder = make_folder(out)
    with _inside(folder):
        stage.title("Assent: how a model gets to production, and how anyone can check that it did")
        stage.say(
            "Everything below happens for real, in a new folder: models are trained, files are"
            " digested, entries are signed with nine different keys. Only time is played: the"
            f" ledger is a rehearsal, so that {DAYS} days fit in. Commands are shown as they are"
            " run, but for long digests and lines, which are cut. --yes and --expect stand for the"
            " look and the question that a person gets at a terminal."
        )
        workshop = open_workshop(folder.project)
        _found(stage, ledger)
        _first_release(stage, workshop)
        failed = _refused_release(stage, workshop)
        _mended_release(stage, workshop)
        own_change(stage, workshop, MENDED)
        way_back(stage, workshop, MENDED)
        _auditing(stage)
        _tampering(stage, workshop, failed, ledger)
    _farewell(stage, out, folder, time.monotonic() - began)


def _found(stage: Stage, ledger: str | None) -> None:
    stage.step("Eight people, a program, nine keys, one policy")
    stage.say(
        "Everybody makes a key of their own, an ordinary OpenSSH key; here without passphrases."
    )
    first, *others = PEOPLE
    stage.assent(f"key new {first} --unencrypted")
    for name in (*others, *SERVICES):
        stage.quietly(f"key new {name} --unencrypted")
    stage.say(
        "The other seven do the same, and a program, for which Ben answers. The roster names the"
        " public keys, the policy says what a release needs; both are in the folder, and a few"
        " minutes' reading."
    )
    stage.assent("policy check policy.toml")
    where = "" if ledger is None else f" --ledger {shlex.quote(ledger)}"
    stage.assent(f"init --roster roster.toml --policy policy.toml --as alice --yes{where}")
    stage.say(
        "Each signer accepts, which proves that they hold their key. Three are root signers:"
        " before they all have accepted, nobody can do anything else."
    )
    for name in ROOT[1:]:
        stage.assent(f"signer accept --as {name} --yes")
    for name in (*PEOPLE, *SERVICES):
        if name not in ROOT:
            stage.quietly(f"signer accept --as {name} --yes")
    stage.assent("signer list")


def _first_release(stage: Stage, workshop: Workshop) -> None:
    stage.step("The first release")
    cases = workshop.data.first
    workshop.build(FIRST, cases)
    stage.say(
        f"Erin trained a model on {len(cases)} lesions. She asks for consent to the whole"
        " stack: model, data, threshold, code. The gate answers at once what is needed."
    )
    stage.assent(f"proposal open {FIRST.folder}/change.toml --as erin --yes")
    stage.assent("gate 1", expect=8, told="open")
    stage.say(
        "She attaches what she has written. The evaluation is Ben's: who builds a model does"
        " not grade it. He runs it on lesions that no training has seen."
    )
    attach(stage, 1, FIRST.folder)
    report = workshop.evaluate(FIRST.folder)
    stage.table(report_table({FIRST.model: report}))
    attach_report(stage, 1, FIRST.folder)
    stage.say("Whoever approves sees all of it first, and signs the digest of what they saw.")
    stage.assent("proposal show 1")
    roles = {
        "alice": "model-owner",
        "carla": "security-owner",
        "dana": "data-owner",
        "omar": "release-owner",
        "sam": "software-owner",
    }
    approve(stage, 1, roles)
    stage.assent("gate 1", told="ready")
    workshop.watch(FIRST.folder)
    in_stages(stage, 1, FIRST.folder)
    stage.assent(f"alias show {ALIAS}", told=FIRST.model)


def _refused_release(stage: Stage, workshop: Workshop) -> int:
    """The second candidate, as far as it gets; the position of its evaluation report."""
    stage.step("A better number, and a refusal")
    cases = workshop.data.filtered
    workshop.build(SECOND, cases)
    stage.say(
        f"A new export has {len(cases)} lesions. Nobody noticed that its filter lost every"
        " small malignant one. Ben evaluates the model that Erin trained on it:"
    )
    reports = {
        FIRST.model: workshop.report(FIRST.folder),
        SECOND.model: workshop.evaluate(SECOND.folder),
    }
    stage.table(report_table(reports))
    stage.say("AUC went up. Who looks at one number would release it.")
    stage.assent(f"proposal open {SECOND.folder}/change.toml --as erin --yes")
    attach(stage, 2, SECOND.folder)
    receipt = attach_report(stage, 2, SECOND.folder)
    approve(stage, 2, {"alice": "model-owner", "carla": "security-owner", "omar": "release-owner"})
    stage.say(
        "Three have agreed. The gate still says what is missing: the data owner, because the"
        " data is new, and small lesions, of which this model misses nearly half."
    )
    stage.assent("gate 2", expect=8, told="data-owner")
    stage.say("Nobody gets past that by trying.")
    stage.assent("release start 2 --as omar --yes", expect=3)
    return position_in(receipt)


def _mended_release(stage: Stage, workshop: Workshop) -> None:
    stage.step("Mended, approved, released")
    cases = workshop.data.whole
    workshop.build(MENDED, cases)
    stage.say(
        f"Erin mends the filter, trains again on all {len(cases)} lesions and revises her"
        " proposal. Earlier approvals and documents were about another model: none counts now."
    )
    stage.assent(f"proposal revise 2 {MENDED.folder}/change.toml --as erin --yes")
    stage.assent("gate 2", expect=8, told="evaluation-report")
    attach(stage, 2, MENDED.folder)
    report = workshop.evaluate(MENDED.folder)
    stage.table(report_table({MENDED.model: report}))
    attach_report(stage, 2, MENDED.folder)
    roles = {
        "alice": "model-owner",
        "carla": "security-owner",
        "dana": "data-owner",
        "omar": "release-owner",
    }
    approve(stage, 2, roles)
    stage.assent("gate 2", told="ready")
    stage.say("It takes the same way: shadow, one lesion in ten, everybody, and three days more.")
    workshop.watch(MENDED.folder)
    in_stages_again(stage, 2, MENDED.folder)
    stage.assent(f"alias history {ALIAS}", told="#2")
    stage.assent(f"alias show {ALIAS}", told=MENDED.model)


def _auditing(stage: Stage) -> None:
    stage.step("What an auditor asks")
    stage.say(
        "Months later somebody asks why this model was let near patients. Nothing is looked up that"
        " was concluded then: the log is judged again, and what it says now is held against what"
        " was signed."
    )
    stage.assent(f"audit why {ALIAS}", told="equal to what was signed", lines=16)
    stage.say(
        "Everything about one change is one page, to be read, printed and filed: what changed and"
        " why, the evidence and its age, who had seen what when they agreed, how it was watched,"
        " and how to check all of it. This is the change that was taken back."
    )
    stage.assent("audit dossier 3 --html dossier-3.html", told="wrote dossier-3.html")


def _tampering(stage: Stage, workshop: Workshop, position: int, ledger: str | None) -> None:
    if ledger is None:
        hands: FileTampering | ServerTampering = FileTampering(stage, workshop.project)
    else:
        hands = ServerTampering(stage, ledger)
    stage.step("A row changed behind the ledger's back")
    stage.say("First, the ledger as it is, checked from its first entry to its last.")
    stage.assent("verify", told="verified")
    hands.back_up()
    stage.say(
        f"Somebody with access to the database would like the refused model to look better. At"
        f" position {position} stands its evaluation: the recall of small lesions is rewritten."
    )
    old, new = (_small_recall(workshop, one.folder) for one in (SECOND, MENDED))
    hands.change_row(position, old, new)
    stage.assent("verify", expect=4, told=f"\n{position} ", lines=8)
    stage.say(
        "The changed row is named. All that was signed after it had seen another history, and says"
        " so. The backup is put back, and everything holds again."
    )
    hands.restore()
    stage.assent("verify", told="verified")


def _farewell(stage: Stage, out: Path, folder: Folder, seconds: float) -> None:
    write_environment(folder)
    stage.step("Yours to try")
    stage.say(
        f"Done in {seconds:.0f} seconds. The ledger, the keys and all papers are in {out}."
        " Go on from here:"
    )
    stage.typed("$ ", f"cd {shlex.quote(str(out / 'project'))} && . ../env.sh", gap=True)
    for line in (
        "assent status",
        "assent inbox --as sam",
        "assent proposal show 4",
        f"assent release show {ALIAS}",
        "assent log --by ben",
        f"assent alias show {ALIAS} --as-of 30",
        "assent show 0",
    ):
        stage.typed("$ ", line)


def _small_recall(workshop: Workshop, name: str) -> str:
    """How the recall of small lesions stands in the entry that attached a report."""
    report = workshop.report(name)
    return f'"value":"{report["segments"]["small"]["recall"]}"'


@contextmanager
def _inside(folder: Folder) -> Iterator[None]:
    """Work in the project folder, with the demo's own keys and state, and go back after."""
    before, here = dict(os.environ), Path.cwd()
    os.environ.update(folder.surroundings)
    for name in FOREIGN:
        os.environ.pop(name, None)
    set_out()
    os.chdir(folder.project)
    try:
        yield
    finally:
        os.chdir(here)
        os.environ.clear()
        os.environ.update(before)
