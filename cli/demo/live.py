"""What a program sees of a stack in use: how often it calls a lesion malignant, and is overruled.

The clinic's radiologist looks at every lesion, so the truth is known a little later. Held-out
lesions stand in for the patients: no training has seen them either.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from cli.demo.classifier import read_classifier
from cli.demo.dataset import read_cases
from cli.demo.evaluation import DIGITS, Evaluated

SOURCE = "the clinic's own count"


def watch(what: Evaluated) -> dict[str, str]:
    """Shares of all lesions, as decimals: ``flagged`` as malignant, ``overruled`` by the truth."""
    model, cases = read_classifier(what.model), read_cases(what.held_out)
    threshold = float(json.loads(what.threshold.read_text(encoding="utf-8"))["malignant_from"])
    flagged = np.array([model.score(row) >= threshold for row in cases.values.tolist()])
    return {"flagged": _share(flagged), "overruled": _share(flagged != cases.malignant)}


def write_observation(seen: dict[str, str], path: Path) -> None:
    """Write what was *seen* as ``release observe`` reads it, from the stage's beginning to now."""
    numbers = "".join(f'{name} = "{value}"\n' for name, value in seen.items())
    path.write_text(f'source = "{SOURCE}"\n[metrics]\n{numbers}', encoding="utf-8")


def _share(which: "np.ndarray[Any, np.dtype[np.bool_]]") -> str:
    return f"{float(which.mean()):.{DIGITS}f}"
