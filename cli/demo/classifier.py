"""The demo's model file: a logistic regression as JSON that anyone can read and check.

Not a pickle: loading one runs whatever its author put in. The file::

    {"format": "screening-model/1", "features": ["mean_radius", …],
     "center": […], "scale": […], "coefficients": […], "intercept": -0.7}
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

FORMAT: Final = "screening-model/1"


@dataclass(frozen=True, slots=True)
class Classifier:
    """Coefficients over standardised features; all sequences have one item for each feature."""

    features: tuple[str, ...]
    center: tuple[float, ...]
    scale: tuple[float, ...]
    coefficients: tuple[float, ...]
    intercept: float

    def score(self, values: Sequence[float]) -> float:
        """The probability, 0 to 1, that one lesion with these *values* is malignant."""
        weights = zip(values, self.center, self.scale, self.coefficients, strict=True)
        total = self.intercept + sum((v - c) / s * w for v, c, s, w in weights)
        # Two forms of one function: exp() of a large positive number would overflow.
        if total >= 0:
            return 1 / (1 + math.exp(-total))
        return math.exp(total) / (1 + math.exp(total))


def write_classifier(model: Classifier, path: Path) -> None:
    """Write *model* to *path*; equal models give equal bytes."""
    text = json.dumps({"format": FORMAT, **asdict(model)}, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def read_classifier(path: Path) -> Classifier:
    """The model in a file that :func:`write_classifier` wrote."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return Classifier(
        features=tuple(found["features"]),
        center=tuple(found["center"]),
        scale=tuple(found["scale"]),
        coefficients=tuple(found["coefficients"]),
        intercept=found["intercept"],
    )
