"""What the people of the story make with their hands: data, models, papers, evaluations."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cli.demo import papers
from cli.demo.classifier import write_classifier
from cli.demo.dataset import SEGMENTS, Cases, Division, divide, write_cases
from cli.demo.evaluation import Evaluated, evaluate, write_report
from cli.demo.live import watch, write_observation
from cli.demo.papers import Change, Component
from cli.demo.policy import POLICY
from cli.demo.training import Settings, train

CODE: Final = ("dataset.py", "classifier.py", "training.py")
EVALUATOR: Final = "evaluation.py"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model to be made: the folder it goes to, its versions, and why it is asked for."""

    folder: str
    model: str
    dataset: str
    summary: str
    why: str
    risk_rationale: str
    mutations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Workshop:
    """The project folder, and the data of which each candidate gets its part."""

    project: Path
    data: Division

    def build(self, candidate: Candidate, cases: Cases) -> None:
        """Train *candidate* on *cases*; write its files, its papers and its change request."""
        folder = self.project / candidate.folder
        folder.mkdir()
        write_cases(cases, folder / "dataset.csv")
        settings = Settings()
        write_classifier(train(folder / "dataset.csv", settings), folder / "model.json")
        record = papers.training_record(
            folder / "dataset.csv",
            self.project / "code" / "code.sha256",
            folder / "model.json",
            settings,
        )
        texts = {
            "threshold.json": papers.threshold_policy(papers.THRESHOLD),
            "training-record.json": record,
            "model-card.md": papers.model_card(candidate.model, candidate.dataset, len(cases)),
            "change.toml": papers.change_request(
                Change(
                    summary=candidate.summary,
                    why=candidate.why,
                    risk_rationale=candidate.risk_rationale,
                    mutations=candidate.mutations,
                    stack=stack_of(candidate.model, candidate.dataset),
                )
            ),
        }
        _write(folder, texts)

    def evaluate(self, name: str, *, model: str | None = None) -> dict[str, Any]:
        """Evaluate the stack in the folder *name* on the held-out cases; write the report.

        Its model stands there too, or in the folder *model*.
        """
        report = evaluate(self._evaluated(name, model))
        write_report(report, self.project / name / "evaluation-report.json")
        return report

    def watch(self, name: str, *, model: str | None = None) -> dict[str, str]:
        """See how the stack in the folder *name* does in the clinic; write the observations.

        While it is in the shadow, nobody overrules what nobody is shown.
        """
        seen = watch(self._evaluated(name, model))
        write_observation({"flagged": seen["flagged"]}, self.project / name / "shadow.toml")
        write_observation(seen, self.project / name / "observed.toml")
        return seen

    def _evaluated(self, name: str, model: str | None) -> Evaluated:
        return Evaluated(
            model=self.project / (model or name) / "model.json",
            threshold=self.project / name / "threshold.json",
            held_out=self.project / "held-out.csv",
        )

    def report(self, name: str) -> dict[str, Any]:
        """The report that :meth:`evaluate` wrote, untouched: it was attached by its digest."""
        path = self.project / name / "evaluation-report.json"
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def lower_threshold(self, name: str, value: str, like: Candidate) -> None:
        """Write a change request that differs from the candidate *like* by its threshold only."""
        stack = stack_of(like.model, like.dataset, inside=f"../{like.folder}/")
        stack["threshold-policy"] = Component(f"threshold-{value}", "threshold.json")
        change = Change(
            summary=f"Call a lesion malignant from {value} on",
            why="a radiologist asked for fewer missed lesions",
            risk_rationale="more false alarms; the model itself stays the same",
            mutations=("threshold",),
            stack=stack,
        )
        folder = self.project / name
        folder.mkdir()
        _write(
            folder,
            {
                "threshold.json": papers.threshold_policy(value),
                "change.toml": papers.change_request(change),
            },
        )


def open_workshop(project: Path) -> Workshop:
    """Lay out *project*: the code, the data held out, the roster and the policy."""
    data = divide()
    code = project / "code"
    code.mkdir()
    source = Path(__file__).parent
    for name in (*CODE, EVALUATOR):
        shutil.copyfile(source / name, code / name)
    write_cases(data.held_out, project / "held-out.csv")
    listing = papers.code_listing([code / name for name in CODE])
    _write(code, {"code.sha256": listing})
    _write(project, {"roster.toml": papers.roster(), "policy.toml": POLICY})
    return Workshop(project, data)


def stack_of(model: str, dataset: str, *, inside: str = "") -> dict[str, Component]:
    """The stack of a model whose files stand in *inside*, as seen from the change request."""
    return {
        "model": Component(model, f"{inside}model.json"),
        "dataset": Component(dataset, f"{inside}dataset.csv"),
        "threshold-policy": Component("threshold-1", f"{inside}threshold.json"),
        "code": Component("trainer-1", "../code/code.sha256"),
        "evaluator": Component("evaluator-1", f"../code/{EVALUATOR}"),
    }


def report_table(reports: dict[str, dict[str, Any]]) -> list[tuple[str, ...]]:
    """The reports side by side: a heading, then one row for each model."""
    heading = ("model", "AUC", "Brier", "p95 ms", *(f"recall {name}" for name in SEGMENTS))
    rows = [
        (
            name,
            *(f"{report[key]:.4f}" for key in ("auc", "brier", "latency_p95_ms")),
            *(f"{report['segments'][segment]['recall']:.4f}" for segment in SEGMENTS),
        )
        for name, report in reports.items()
    ]
    return [heading, *rows]


def _write(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
