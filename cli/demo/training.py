"""Train a screening model from a dataset file."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # no types

from cli.demo.classifier import Classifier
from cli.demo.dataset import read_cases


@dataclass(frozen=True, slots=True)
class Settings:
    """What a training run is told; the training record repeats it."""

    penalty: str = "l2"
    inverse_strength: float = 1.0
    iterations: int = 2_000
    seed: int = 20


def train(dataset: Path, settings: Settings) -> Classifier:
    """The logistic regression that the file *dataset* and *settings* give, each time the same.

    Numbers are kept to ten digits, so that libraries which differ in the last bit
    of a sum still write the same file.
    """
    cases = read_cases(dataset)
    center, scale = cases.values.mean(axis=0), cases.values.std(axis=0)
    fitted = LogisticRegression(
        C=settings.inverse_strength,
        max_iter=settings.iterations,
        random_state=settings.seed,
    ).fit((cases.values - center) / scale, cases.malignant)
    return Classifier(
        features=cases.features,
        center=_rounded(center),
        scale=_rounded(scale),
        coefficients=_rounded(fitted.coef_[0]),
        intercept=_rounded(fitted.intercept_)[0],
    )


def _rounded(numbers: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> tuple[float, ...]:
    return tuple(float(f"{number:.10g}") for number in numbers)
