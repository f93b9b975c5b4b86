"""A change request as somebody writes it, with the files around it."""

import json
from pathlib import Path

CHANGE = """\
alias = "fraud/production"
summary = "a better model"
why = "it catches more"
scope = "card-present"
impact = "fewer losses"
risk = "medium"
risk_rationale = "small step"
declares = { personal_data = false, online = true }
mutations = ["hyperparameters"]
permissions = []
known_risks = ["drift"]
benefits = ["recall"]
channels = ["card-present"]
owner = "alice"
on_call = "omar"
[rollout]
plan = "all at once"
[rollback]
plan = "alias back"
trigger = "losses up"
owner = "omar"
within = "10m"
[links]
pull_request = "https://example.org/1"
[stack.model]
version = "v1"
file = "model.bin"
[stack.dataset]
version = "d1"
digest = "sha256:0000000000000000000000000000000000000000000000000000000000000001"
"""

SECOND = CHANGE.replace('version = "v1"', 'version = "v2"').replace(
    'file = "model.bin"', f'digest = "sha256:{"2" * 64}"'
)
"""The next change: another model, all else as before."""


def write_change(folder: Path, text: str = CHANGE, *, model: bytes = b"weights") -> Path:
    """Write ``change.toml`` and the model it names into *folder*; the file's path."""
    (folder / "model.bin").write_bytes(model)
    path = folder / "change.toml"
    path.write_text(text, encoding="utf-8")
    return path


def write_report(folder: Path, text: str | None = None, **numbers: float | str) -> Path:
    """Write an evaluation report into *folder*; the file's path."""
    path = folder / "report.json"
    path.write_text(json.dumps(numbers or {"auc": 0.95}) if text is None else text)
    return path
