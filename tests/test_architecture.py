"""DESIGN section 15 holds: the direction of imports, purity, sizes, names.

The first test holds the real tree to each rule; the second plants a violation
of each rule in a small tree and sees it named, with its file and line.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import architecture, architecture_habits

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
MODULE = '"""Something."""\n'


def hold(rule: Callable[[Path], list[str]]) -> None:
    violations = rule(ROOT)
    assert not violations, "\n".join(["", *violations])


def test_every_layer_has_modules() -> None:
    hold(architecture.empty_layers)


def test_imports_go_one_way_through_the_layers() -> None:
    hold(architecture.wrong_way_imports)


def test_no_module_imports_itself_in_the_end() -> None:
    hold(architecture.import_cycles)


def test_our_own_packages_are_imported_at_the_top() -> None:
    hold(architecture.late_imports)


def test_third_parties_stay_where_they_belong() -> None:
    hold(architecture.strayed_third_parties)


def test_nothing_is_imported_by_a_star() -> None:
    hold(architecture.star_imports)


def test_pure_folders_read_no_clock_file_socket_database_chance_or_environment() -> None:
    hold(architecture.effects_in_pure_folders)


def test_events_are_never_copied_past_their_validation() -> None:
    hold(architecture_habits.unvalidated_copies)


def test_no_module_is_longer_than_300_lines() -> None:
    hold(architecture_habits.long_modules)


def test_no_function_is_longer_than_60_lines() -> None:
    hold(architecture_habits.long_functions)


def test_every_name_of_a_file_says_what_is_in_it() -> None:
    hold(architecture_habits.vague_names)


def test_everything_public_has_a_docstring() -> None:
    hold(architecture_habits.missing_docstrings)


def test_importing_a_module_only_defines() -> None:
    hold(architecture_habits.work_at_import)


def plant(root: Path, files: dict[str, str]) -> Path:
    """Write a tree in which every layer has a module, and *files* over it."""
    layers = [*architecture.PURE, "ledger.store", "projections", "cli"]
    blank = {f"{layer.replace('.', '/')}/__init__.py": MODULE for layer in layers}
    for name, text in {"ledger/__init__.py": MODULE, **blank, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


WRONG_WAY = [
    ("ledger/errors.py", "import ledger.model", "ledger.errors must not import ledger.model"),
    ("ledger/model/x.py", "from ledger.seal import y", "ledger.model must not import ledger.seal"),
    ("ledger/model/x.py", "from ledger import seal", "ledger.model must not import ledger.seal"),
    ("ledger/seal/x.py", "from ..policy import y", "ledger.seal must not import ledger.policy"),
    ("ledger/seal/x.py", "from .. import policy", "ledger.seal must not import ledger.policy"),
    ("ledger/policy/x.py", "import ledger.decide", "ledger.policy must not import ledger.decide"),
    ("ledger/decide/x.py", "import ledger.audit", "ledger.decide must not import ledger.audit"),
    ("ledger/audit/x.py", "import ledger.store", "ledger.audit must not import ledger.store"),
    ("ledger/store/x.py", "import ledger.decide", "ledger.store must not import ledger.decide"),
    ("ledger/store/x.py", "import ledger.audit", "ledger.store must not import ledger.audit"),
    ("ledger/service.py", "import projections.x", "ledger.service must not import projections"),
    ("ledger/audit/x.py", "import cli.main", "ledger.audit must not import cli"),
    ("projections/x.py", "import ledger.store", "projections must not import ledger.store"),
    ("projections/x.py", "import ledger.audit", "projections must not import ledger.audit"),
    ("projections/x.py", "import ledger.service", "projections must not import ledger.service"),
    ("projections/x.py", "import cli", "projections must not import cli"),
]
IMPURE = [
    *(
        (f"import {name}", f"{name} is not for a pure folder")
        for name in "time random secrets os pathlib io socket sqlite3 subprocess logging".split()
    ),
    ("from os import environ", "os is not for a pure folder"),
    ("import urllib.request", "urllib.request is not for a pure folder"),
    ("from datetime import datetime\nT = datetime.now()", "now() is not for a pure folder"),
    ("import datetime as d\nT = d.datetime.utcnow()", "utcnow() is not for a pure folder"),
    ("from datetime import date\nT = date.today()", "today() is not for a pure folder"),
    ("def f(): open('x')", "open() is not for a pure folder"),
    ("def f(): print('x')", "print() is not for a pure folder"),
    ("def f(): input()", "input() is not for a pure folder"),
    ("from uuid import uuid4", "a random uuid is not for a pure folder"),
    ("import uuid\ndef f(): return uuid.uuid1()", "a random uuid is not for a pure folder"),
]
STRAYED = [
    ("ledger/audit/x.py", "import eventsourcing.persistence", "eventsourcing belongs to"),
    ("ledger/store/x.py", "import sqlalchemy", "sqlalchemy belongs to projections only"),
    ("ledger/store/sqlite.py", "import nacl.bindings", "nacl belongs to ledger.seal, ledger.st"),
    ("cli/x.py", "from cryptography import x509", "cryptography belongs to ledger.seal"),
    ("ledger/service.py", "import click", "click belongs to cli only"),
    ("projections/x.py", "from rich import table", "rich belongs to cli only"),
    ("ledger/policy/document.py", "import tomlkit", "tomlkit belongs to ledger.model.lines only"),
    ("cli/main.py", "import numpy", "numpy belongs to cli.demo only"),
    ("cli/main.py", "def f():\n    import sklearn.svm", "sklearn belongs to cli.demo only"),
    ("cli/main.py", "import requests", "requests is not a dependency of ours"),
]
LONG = "def f() -> None:\n" + "    f()\n" * 60
HABITS = [
    (architecture.star_imports, "cli/x.py", "from ledger import *", "import * hides"),
    (architecture.late_imports, "ledger/a.py", "def f():\n import ledger.errors", "inside a func"),
    (architecture.late_imports, "ledger/a.py", "def f():\n from . import errors", "inside a func"),
    (architecture.wrong_way_imports, "ledger/x.py", "", "ledger.x is in no layer"),
    (architecture_habits.unvalidated_copies, "ledger/a.py", "x = y.model_copy()", "not validate"),
    (architecture_habits.unvalidated_copies, "ledger/a.py", "x = Y.model_construct", "not valid"),
    (architecture_habits.long_modules, "cli/x.py", "x = 1\n" * 300, "301 lines, more than 300"),
    (architecture_habits.long_functions, "cli/x.py", LONG, "f has 61 lines, more than 60"),
    (architecture_habits.vague_names, "cli/utils.py", "", "'utils' says nothing"),
    (architecture_habits.vague_names, "ledger/store/manager/x.py", "", "'manager' says nothing"),
    (architecture_habits.missing_docstrings, "cli/x.py", "def f(): ...", "f has no docstring"),
    (architecture_habits.missing_docstrings, "cli/x.py", "class A: ...", "A has no docstring"),
    (
        architecture_habits.missing_docstrings,
        "cli/x.py",
        "class A:\n '''An A.'''\n def b(self): ...",
        "b has no docstring",
    ),
    (architecture_habits.work_at_import, "cli/x.py", "f()", "does something when imported"),
    (architecture_habits.work_at_import, "cli/x.py", "for x in y: pass", "does something when"),
    (architecture_habits.work_at_import, "cli/x.py", "x = open('y')", "calls open() when imported"),
    (
        architecture_habits.work_at_import,
        "cli/x.py",
        "def f(at=d.now()): ...",
        "calls d.now() when",
    ),
    (
        architecture_habits.work_at_import,
        "cli/x.py",
        "class A:\n engine = sqlite3.connect('x')",
        "calls sqlite3.connect() when imported",
    ),
]


@pytest.mark.parametrize(
    ("rule", "file", "source", "message"),
    [
        *((architecture.wrong_way_imports, *case) for case in WRONG_WAY),
        *((architecture.strayed_third_parties, *case) for case in STRAYED),
        *((architecture.effects_in_pure_folders, "ledger/decide/x.py", *case) for case in IMPURE),
        *HABITS,
    ],
)
def test_a_planted_violation_is_named_with_its_file(
    tmp_path: Path, rule: Callable[[Path], list[str]], file: str, source: str, message: str
) -> None:
    assert rule(plant(tmp_path, {})) == []

    violations = rule(plant(tmp_path, {file: MODULE + source}))

    assert any(v.startswith(f"{file}:") and message in v for v in violations), violations


def test_a_violation_is_named_with_its_line(tmp_path: Path) -> None:
    root = plant(tmp_path, {"ledger/seal/x.py": MODULE + "\n\nimport time\n"})

    assert architecture.effects_in_pure_folders(root) == [
        "ledger/seal/x.py:4: time is not for a pure folder"
    ]


def test_a_cycle_is_named_with_all_who_are_in_it(tmp_path: Path) -> None:
    ring = {"a": "b", "b": "c", "c": "a"}
    root = plant(
        tmp_path,
        {f"ledger/model/{x}.py": f"from ledger.model.{y} import z" for x, y in ring.items()},
    )

    (cycle,) = architecture.import_cycles(root)

    assert cycle.startswith("ledger/model/c.py:1: a cycle: ")
    assert cycle.endswith("ledger.model.a -> ledger.model.b -> ledger.model.c -> ledger.model.a")


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("ledger/store/x.py", "import os, sqlite3, ledger.seal\nfrom eventsourcing import sqlite"),
        ("ledger/store/keyfile.py", "import cryptography"),
        ("ledger/decide/x.py", "from datetime import datetime\nimport uuid, hashlib, pydantic"),
        ("ledger/model/x.py", "from urllib.parse import quote"),
        ("cli/x.py", "def f():\n    '''F.'''\n    import ledger.service, projections"),
        ("cli/demo/x.py", "import numpy, sklearn"),
        ("cli/x.py", "if __name__ == '__main__':\n    f()\nx: int = g()\ndef h(): print('x')"),
    ],
)
def test_what_is_allowed_is_not_reported(tmp_path: Path, file: str, source: str) -> None:
    root = plant(tmp_path, {file: MODULE + source})

    assert architecture.wrong_way_imports(root) == []
    assert architecture.strayed_third_parties(root) == []
    assert architecture.effects_in_pure_folders(root) == []
    assert architecture.late_imports(root) == []
    assert architecture_habits.work_at_import(root) == []


def test_a_tree_without_modules_is_an_error_and_not_a_success(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match=r"no modules below .*: nothing would be checked"):
        architecture.wrong_way_imports(tmp_path)


def test_a_layer_without_modules_is_named(tmp_path: Path) -> None:
    root = plant(tmp_path, {"ledger/errors.py": MODULE, "ledger/service.py": MODULE})
    assert architecture.empty_layers(root) == []

    (root / "projections" / "__init__.py").unlink()

    assert architecture.empty_layers(root) == ["projections:1: no modules"]
