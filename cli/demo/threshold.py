"""A threshold with which nothing is missed: who may agree to it, and how it is taken back."""

from typing import Final

from cli.demo import papers
from cli.demo.consent import approve, attach_report
from cli.demo.papers import ALIAS
from cli.demo.rollout import taken_back
from cli.demo.stage import Stage
from cli.demo.workshop import Candidate, Workshop, report_table

FOLDER: Final = "release-3"


def own_change(stage: Stage, workshop: Workshop, runs: Candidate) -> None:
    """Alice lowers the threshold of what *runs*, and would like to agree with herself."""
    stage.step("Nobody approves their own change")
    workshop.lower_threshold(FOLDER, "0.03", runs)
    stage.say(
        "Alice proposes another threshold, so that no malignant lesion is missed. She is a model"
        " owner, and a model owner's approval is what it needs; but this change is hers."
    )
    stage.assent(f"proposal open {FOLDER}/change.toml --as alice --yes")
    digest = stage.review_digest(3)
    stage.assent(
        f"proposal approve 3 --role model-owner --as alice --yes --expect {digest}",
        expect=3,
        told="self-approval",
    )


def way_back(stage: Stage, workshop: Workshop, runs: Candidate) -> None:
    """Others agree with her, and a program takes it back; *runs* is the stack before."""
    stage.step("A trigger, and the way back")
    reports = {
        runs.model: workshop.report(runs.folder),
        "with threshold 0.03": workshop.evaluate(FOLDER, model=runs.folder),
    }
    stage.table(report_table(reports))
    stage.say(
        "The evaluation is flawless: nothing is missed any more. So others agree. What it does not"
        " ask is how many healthy people are frightened."
    )
    attach_report(stage, 3, FOLDER)
    stage.assent(f"evidence attach 3 {runs.folder}/model-card.md --type model-card --as erin --yes")
    roles = {"sam": "model-owner", "carla": "security-owner", "omar": "release-owner"}
    approve(stage, 3, roles)
    workshop.watch(FOLDER, model=runs.folder)
    taken_back(stage, 3, FOLDER)
    stage.say(
        "Nine in ten never saw it, and the stack before has run on. Until somebody knows what it"
        " was, nothing moves there: one person freezes the alias, and whoever deploys can ask."
    )
    stage.assent(f'override set alias/{ALIAS} --reason "one answer in six" --as omar --yes')
    stage.assent(f"override check alias/{ALIAS}", expect=3, told="is stopped")
    stage.say(
        "A rollback opens a review, which somebody else closes: neither the program nor Ben, who"
        " answers for it."
    )
    review = workshop.project / FOLDER / "review.toml"
    review.write_text(papers.REVIEW, encoding="utf-8")
    stage.assent("review list")
    stage.assent(f"review close {ALIAS} {FOLDER}/review.toml --as sam --yes")
    workshop.lower_threshold("release-4", "0.35", runs)
    stage.say("Alice asks for less. Nothing starts there until others agree that it may.")
    stage.assent("proposal open release-4/change.toml --as alice --yes")
    stage.assent("gate 4", expect=3, told="frozen")
    _thaw(stage, workshop)
    stage.say("Her change waits for somebody: for you, at the end.")


def _thaw(stage: Stage, workshop: Workshop) -> None:
    """Lift the freeze: Ben asks, a model owner and the security owner agree."""
    lift = workshop.project / FOLDER / "lift.toml"
    lift.write_text(papers.LIFT, encoding="utf-8")
    stage.assent(f"proposal open {FOLDER}/lift.toml --as ben --yes")
    approve(stage, 5, {"sam": "model-owner", "carla": "security-owner"})
    stage.assent("proposal enact 5 --as dana --yes")
