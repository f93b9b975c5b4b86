"""A ledger of one, founded by the command line, as of now."""

from pathlib import Path

from cli.places import key_folder
from tests.cli.conftest import write_key
from tests.organisation import unsafe_key
from tests.shell import run_assent

INIT = ("init", "--roster", "roster.toml", "--policy", "policy.toml", "--as", "alice", "--yes")

ROSTER = f"""\
ledger = "one"
root_threshold = 1
solo = true
[signer.alice]
kind = "person"
key = "{unsafe_key("alice").public.text}"
roles = ["reviewer", "operator", "steward"]
root = true
"""


def prepare(folder: Path) -> None:
    """Have in *folder* what :data:`INIT` asks for, and alice's key in its place."""
    write_key(key_folder() / "alice", unsafe_key("alice"))
    (folder / "roster.toml").write_text(ROSTER)
    (folder / "policy.toml").write_text(run_assent("policy", "new", "--small").out)
