"""Do the tests see small faults? ``python -m tests.mutation --package seal --sample 60 --seed 1``.

A sample of mutants (one small change of one function each), drawn evenly over the modules
of a package, each tried against the tests of that package that reach the function. Needs
mutmut 3.8 (https://github.com/boxed/mutmut), which is no dependency of this project:
``.venv/bin/python -m pip install mutmut==3.8.0``. It works in a copy of the tree, never here;
making the mutants takes minutes the first time and is kept in the copy.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tests.mutation.drawing import PACKAGES

COPIED: Final = ("ledger", "projections", "cli", "tests", "docs", "requirements")
FILES: Final = ("pyproject.toml", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile")
SETTINGS: Final = """
[tool.mutmut]
source_paths = ["ledger/"]
only_mutate = [{only}]
also_copy = ["projections", "cli", "docs", "requirements", "README.md"]
pytest_add_cli_args_test_selection = ["tests/{package}"]
pytest_add_cli_args = ["-n0", "-p", "no:cacheprovider", "-m", "not slow"]
process_isolation = "forkserver"
track_dependencies = false
use_git_change_detection = false
"""


def main() -> int:
    """Copy the tree, and try a sample there; 1 where mutmut is not here."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--package", choices=PACKAGES, required=True)
    parser.add_argument("--sample", type=int, default=60, help="how many mutants (default: 60)")
    parser.add_argument("--seed", type=int, default=1, help="which sample (default: 1)")
    parser.add_argument("--in", dest="folder", type=Path, help="the copy, to go on with")
    asked = parser.parse_args()
    if find_spec("mutmut") is None:
        wanted = "mutmut is not installed: .venv/bin/python -m pip install mutmut==3.8.0"
        print(wanted, file=sys.stderr)  # noqa: T201 - the answer
        return 1
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="assent-mutants-"))
    if not (folder / "ledger").exists():
        _copy(Path.cwd(), folder, asked.package)
    command = [sys.executable, "-m", "tests.mutation.trying", asked.package]
    command += [str(asked.sample), str(asked.seed)]
    # One order of examples for all mutants, and nobody else on the machine is kept waiting.
    environment = os.environ | {"CI": "true", "PYTHONPATH": str(folder)}
    print(f"in {folder}", flush=True)  # noqa: T201 - to go on there
    return subprocess.run(
        ["nice", "-n", "19", *command], cwd=folder, env=environment, check=False
    ).returncode


def _copy(tree: Path, folder: Path, package: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in COPIED:
        shutil.copytree(tree / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(tree / name, folder / name)
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(SETTINGS.format(only=f'"ledger/{package}/*"', package=package))


if __name__ == "__main__":
    sys.exit(main())
