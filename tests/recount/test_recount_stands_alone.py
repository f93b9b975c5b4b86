"""What counts for itself imports nothing of what it checks."""

import ast
import sys
from pathlib import Path

import pytest

COUNTING = sorted(
    path
    for path in Path(__file__).parent.glob("*.py")
    if not path.name.startswith(("test_", "conftest"))
)
"""The modules of the independent computation."""


def imported(source: str) -> set[str]:
    """The modules that *source* imports, by their full names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


def is_allowed(name: str) -> bool:
    """Whether a module may be imported there: of Python's own, or one of these."""
    ours = name == "tests.recount" or name.startswith("tests.recount.")
    return ours or name.split(".", maxsplit=1)[0] in sys.stdlib_module_names


@pytest.mark.parametrize("path", COUNTING, ids=lambda path: path.stem)
def test_the_recount_imports_only_python_and_itself(path: Path) -> None:
    source = path.read_text(encoding="utf-8")

    assert {name for name in imported(source) if not is_allowed(name)} == set()
    assert not {"importlib", "runpy", "subprocess", "__import__"} & {
        *imported(source),
        *(node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)),
    }


@pytest.mark.parametrize(
    "line",
    ["import ledger.model", "from projections import log", "import sqlalchemy", "from . import x"],
)
def test_what_is_ours_or_a_third_partys_is_found(line: str) -> None:
    assert not all(map(is_allowed, imported(line)))


def test_there_is_something_to_look_at() -> None:
    assert {"story", "judging", "measures", "telling"} <= {path.stem for path in COUNTING}
