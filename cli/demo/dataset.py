"""The demo's data: real measurements of 569 breast lesions, divided with a fixed seed.

The Wisconsin diagnostic data set ships inside scikit-learn. Segments are thirds of
the malignant lesions by mean radius, so that recall, which counts malignant lesions
only, stands on about as many of them in each segment.
"""

import csv
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer  # type: ignore[import-untyped]  # ships no types
from sklearn.model_selection import train_test_split  # type: ignore[import-untyped]  # the same

SEED: Final = 20
HELD_OUT: Final = 0.4
FIRST_ROWS: Final = 120
SEGMENTS: Final = ("small", "medium", "large")
SIZE: Final = "mean_radius"

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cases:
    """Lesions: *values* has shape (cases, features); the other arrays one item for each case.

    ``case`` is the row in the original data set, ``segment`` the index of its size.
    """

    features: tuple[str, ...]
    case: NDArray[np.int64]
    values: Numbers
    malignant: NDArray[np.bool_]
    segment: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.case)

    def where(self, chosen: NDArray[np.bool_]) -> "Cases":
        """The cases for which *chosen* holds."""
        return replace(
            self,
            case=self.case[chosen],
            values=self.values[chosen],
            malignant=self.malignant[chosen],
            segment=self.segment[chosen],
        )


@dataclass(frozen=True, slots=True)
class Division:
    """Who learns from what: three sets to train on, and one that no training ever sees.

    ``first`` is a small early set. ``filtered`` has all cases but the small malignant
    ones, as an export with a wrong filter would; ``whole`` is the same without it.
    """

    first: Cases
    filtered: Cases
    whole: Cases
    held_out: Cases


def divide() -> Division:
    """The data set, divided in the same way every time."""
    source = load_breast_cancer()
    features = tuple(str(name).replace(" ", "_") for name in source.feature_names)
    values = np.asarray(source.data, dtype=np.float64)
    malignant = np.asarray(source.target) == 0
    pool, held = train_test_split(
        np.arange(len(values)), test_size=HELD_OUT, stratify=malignant, random_state=SEED
    )
    size = values[:, features.index(SIZE)]
    bounds = np.quantile(size[pool][malignant[pool]], [1 / 3, 2 / 3])
    segment = np.digitize(size, bounds).astype(np.int64)

    def rows(chosen: NDArray[np.int64]) -> Cases:
        return Cases(features, chosen, values[chosen], malignant[chosen], segment[chosen])

    whole = rows(pool)
    return Division(
        first=rows(pool[:FIRST_ROWS]),
        filtered=whole.where(~((whole.segment == 0) & whole.malignant)),
        whole=whole,
        held_out=rows(held),
    )


def write_cases(cases: Cases, path: Path) -> None:
    """Write *cases* as CSV: case, segment, every feature, and 1 for malignant."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("case", "segment", *cases.features, "malignant"))
        for number, segment, values, malignant in zip(
            cases.case, cases.segment, cases.values, cases.malignant, strict=True
        ):
            shown = (repr(float(value)) for value in values)
            writer.writerow((int(number), SEGMENTS[segment], *shown, int(malignant)))


def read_cases(path: Path) -> Cases:
    """The cases in a file that :func:`write_cases` wrote."""
    with path.open(encoding="utf-8", newline="") as file:
        heading, *rows = csv.reader(file)
    return Cases(
        features=tuple(heading[2:-1]),
        case=np.array([int(row[0]) for row in rows], dtype=np.int64),
        values=np.array([[float(cell) for cell in row[2:-1]] for row in rows], dtype=np.float64),
        malignant=np.array([row[-1] == "1" for row in rows], dtype=np.bool_),
        segment=np.array([SEGMENTS.index(row[1]) for row in rows], dtype=np.int64),
    )
