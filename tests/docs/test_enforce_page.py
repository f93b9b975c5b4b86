"""The programs of ``docs/howto/enforce.md``: only an answer of 0 lets a service go on.

What they make of a real ledger is shown by the transcript of the page. Here ``assent`` is a
stand-in that ends in every way a program can end, which the real one does not do on demand.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.docs.transcripts import ROOT, steps

PAGE = ROOT / "docs" / "howto" / "enforce.md"
PATIENCE: Final = ("PATIENCE = 10.0", "timeout -k 1 10 ", "timeout: 10_000")
IMPATIENCE: Final = ("PATIENCE = 0.3", "timeout -k 1 0.3 ", "timeout: 300")
"""How long each of them waits, and how long here."""

ASKING: Final[Mapping[str, list[str]]] = {
    "sh": ["sh", "may-go.sh", "capability/web"],
    "python": [
        sys.executable,
        "-c",
        "from may_go import may_go; raise SystemExit(0 if may_go('capability/web') else 3)",
    ],
    "node": [
        "node",
        "--input-type=module",
        "-e",
        "import { mayGo } from './may-go.mjs'; process.exit(mayGo('capability/web') ? 0 : 3)",
    ],
}
"""How each program is asked, so that its exit status says what it decided."""

NEEDS: Final = {"sh": ["timeout"], "node": ["node"]}
LANGUAGES = [
    *(pytest.param(name, marks=pytest.mark.needs(*needs)) for name, needs in NEEDS.items()),
    "python",
]
HOLD = 3
ENDS: Final[Mapping[str, str]] = {
    "a bug of ours": "exit 1",
    "usage": "exit 2",
    "stopped": "exit 3",
    "unproven": "exit 4",
    "uncheckable": "exit 5",
    "a reader that has gone": "exit 141",
    "killed": "kill -9 $$",
    "no answer": "exec sleep 60",
    "no answer, and does not listen": "trap '' TERM; sleep 2",
}
"""Ways in which the stand-in gives no 0."""


def programs(page: str) -> dict[str, str]:
    """The files that *page* writes with here-documents, by name."""
    shape = re.compile(r"cat > (\S+) <<'EOF'\n(.*)EOF", re.DOTALL)
    found = [shape.fullmatch(step.command) for step in steps(page)]
    return {one[1]: one[2] for one in found if one is not None}


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """A folder with the programs of the page, which are less patient here."""
    for name, text in programs(PAGE.read_text(encoding="utf-8")).items():
        for patient, impatient in zip(PATIENCE, IMPATIENCE, strict=True):
            text = text.replace(patient, impatient)  # noqa: PLW2901 - one text, three places
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def decided(language: str, service: Path, body: str | None) -> int:
    """What the program decides where ``assent`` does *body*, or where there is none."""
    folder = service / "bin"
    folder.mkdir()
    for name in ("sh", "timeout", "sleep", "node"):
        found = shutil.which(name)
        if found is not None:
            (folder / name).symlink_to(found)
    if body is not None:
        stand_in = folder / "assent"
        stand_in.write_text(
            f'#!/bin/sh\n[ "$*" = "override check -- capability/web" ] || exit 0\n{body}\n'
        )
        stand_in.chmod(0o755)
    done = subprocess.run(
        ASKING[language], cwd=service, env={"PATH": str(folder)}, capture_output=True, check=False
    )
    return done.returncode


def test_each_program_stands_on_the_page_with_its_patience() -> None:
    found = programs(PAGE.read_text(encoding="utf-8"))

    assert found.keys() >= {"may-go.sh", "may_go.py", "may-go.mjs", "poll.sh"}
    assert [any(one in text for text in found.values()) for one in PATIENCE] == [True] * 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_service_goes_on_where_it_hears_that_nothing_is_stopped(
    language: str, service: Path
) -> None:
    assert decided(language, service, "echo 'capability/web is not stopped'; exit 0") == 0


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("end", ENDS)
def test_a_service_holds_where_it_hears_anything_else(
    language: str, end: str, service: Path
) -> None:
    assert decided(language, service, f"echo 'not stopped'; {ENDS[end]}") == HOLD


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_service_holds_where_there_is_no_program_to_ask(language: str, service: Path) -> None:
    assert decided(language, service, None) == HOLD


@pytest.mark.needs("sh")
def test_who_names_nothing_to_ask_for_is_not_let_go_on(service: Path) -> None:
    done = subprocess.run(["sh", "may-go.sh"], cwd=service, check=False)

    assert done.returncode == HOLD
