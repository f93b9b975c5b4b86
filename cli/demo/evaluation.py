"""Evaluate a model file on cases that no training has seen, from the files alone."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from sklearn.metrics import (  # type: ignore[import-untyped]  # scikit-learn ships no types
    brier_score_loss,
    roc_auc_score,
)

from cli.demo.classifier import Classifier, read_classifier
from cli.demo.dataset import SEGMENTS, Cases, Numbers, read_cases
from ledger.store.blobs import digest_of

REPEATS: Final = 5
BINS: Final = 10
DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What is evaluated: a model and its threshold, on held-out cases."""

    model: Path
    threshold: Path
    held_out: Path


def evaluate(what: Evaluated) -> dict[str, Any]:
    """The evaluation report: words about what was evaluated, then numbers, then segments.

    ``latency_p95_ms`` is the 95th percentile over single predictions, timed one by one on
    this machine; ``calibration_error`` the mean distance between the predicted and the
    observed share of malignant lesions over ten bins; all but it and ``brier`` are shares.
    """
    model, cases = read_classifier(what.model), read_cases(what.held_out)
    threshold = float(json.loads(what.threshold.read_text(encoding="utf-8"))["malignant_from"])
    scores = np.array([model.score(row) for row in cases.values.tolist()], dtype=np.float64)
    flagged = scores >= threshold
    numbers = {
        "auc": roc_auc_score(cases.malignant, scores),
        "brier": brier_score_loss(cases.malignant, scores),
        "calibration_error": _calibration_error(scores, cases),
        "latency_p95_ms": _latency_p95_ms(model, cases),
        "recall": flagged[cases.malignant].mean(),
        "specificity": (~flagged[~cases.malignant]).mean(),
    }
    return {
        "model": digest_of(what.model),
        "threshold_policy": digest_of(what.threshold),
        "held_out": digest_of(what.held_out),
        **{name: _rounded(value) for name, value in numbers.items()},
        "cases": len(cases),
        "segments": {
            name: {
                "recall": _rounded(flagged[cases.malignant & (cases.segment == index)].mean()),
                "malignant_cases": int((cases.malignant & (cases.segment == index)).sum()),
            }
            for index, name in enumerate(SEGMENTS)
        },
    }


def write_report(report: dict[str, Any], path: Path) -> None:
    """Write *report* as JSON."""
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def _latency_p95_ms(model: Classifier, cases: Cases) -> float:
    rows = cases.values.tolist()
    taken = []
    for row in rows * REPEATS:
        began = time.perf_counter_ns()
        model.score(row)
        taken.append(time.perf_counter_ns() - began)
    return float(np.quantile(taken, 0.95)) / 1_000_000


def _calibration_error(scores: Numbers, cases: Cases) -> float:
    bins = np.minimum((scores * BINS).astype(np.int64), BINS - 1)
    gaps = [
        abs(scores[bins == one].mean() - cases.malignant[bins == one].mean()) * (bins == one).sum()
        for one in np.unique(bins)
    ]
    return float(sum(gaps)) / len(scores)


def _rounded(value: Any) -> float:
    """*value* to four digits after the point, which JSON writes without an exponent."""
    return round(float(value), DIGITS)
