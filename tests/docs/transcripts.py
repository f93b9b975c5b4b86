"""Runs the transcripts of the documentation: fenced blocks that begin with ``console``.

All blocks of a page run in order, in one folder of their own, ``~/demand``. A line that begins with
``$ `` is a command, together with the lines of its here-documents; what follows it is
what a terminal shows. After a command that fails stands ``$ echo $?``. A page that says
``<!-- after: PAGE -->`` begins where that page ends.

What differs from run to run is bound, not ignored: a digest, key or id stands for itself
wherever it comes again, also in later commands and on the pages that follow. Times stand
for any time. A line that is only ``…`` stands for any number of lines.

``python -m tests.docs.transcripts PAGE...`` writes into the pages what the commands print now.
"""

import copy
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from cli.main import run

ROOT = Path(__file__).resolve().parents[2]
ELISION = "…"

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_AFTER = re.compile(r"<!-- after: (\S+) -->")
_HEREDOC = re.compile(r"<<'?(\w+)'?")
_TOKEN = re.compile(
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
    r"|SHA256:[A-Za-z0-9+/]{43}|\bAAAA[A-Za-z0-9+/]{20,}=*|\b[0-9a-f]{8,64}\b"
)
_TIME = re.compile(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_AGE = re.compile(r"\b\d{1,2}[sm]( old)? +|(?<=expires in )\d+d")
_SHELL = re.compile(r"[|<>;&$`*~]")
_FIRST = re.compile(r"assent ([^|<>;&$`*~()\n]+)([|>][^\n]*)")
"""``assent``, first in a pipe or written to a file."""


@dataclass(frozen=True)
class Step:
    """A command with what it is expected to print, and where its output stands in the page."""

    command: str
    expected: list[str]
    start: int
    end: int


def steps(page: str) -> list[Step]:
    """The commands of all console blocks of *page*, in order."""
    found: list[Step] = []
    for block in _BLOCK.finditer(page):
        at = block.start(1)
        lines = block[1].splitlines(keepends=True)
        while lines:
            command, at = _command(lines, at)
            start = at
            expected: list[str] = []
            while lines and not lines[0].startswith("$ "):
                expected.append(lines[0].rstrip("\n"))
                at += len(lines.pop(0))
            found.append(Step(command, expected, start, at))
    return found


def _command(lines: list[str], at: int) -> tuple[str, int]:
    """Take one command, with its here-documents, from the front of *lines*."""
    first = lines.pop(0)
    if not first.startswith("$ "):
        raise ValueError(f"a console block begins with a command, not with {first!r}")
    taken = [first]
    while taken[-1].endswith("\\\n"):
        taken.append(lines.pop(0))
    ends = _HEREDOC.findall(first)
    while ends and lines:
        taken.append(lines.pop(0))
        if taken[-1].rstrip("\n") == ends[0]:
            ends.pop(0)
    return "".join(taken)[2:].rstrip("\n"), at + sum(map(len, taken))


@dataclass
class Session:
    """A home folder with a shell's memory: folder, settings, the last exit status."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    status: int = 0
    bound: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder = self.home / "demand"
        self.folder.mkdir(parents=True)
        programs = self.home / ".programs"
        programs.mkdir()
        shim = programs / "assent"
        shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cli.main "$@"\n', encoding="utf-8")
        shim.chmod(0o755)
        self.environment |= {
            "HOME": str(self.home),
            "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "LC_ALL": "C.UTF-8",
            "COLUMNS": "100",
        }

    def do(self, command: str) -> list[str]:
        """What *command* prints, with this page's names for what differs from run to run."""
        command = self._with_bindings(command)
        word = command.split(maxsplit=1)[0]
        if command == "echo $?":
            printed, self.status = f"{self.status}\n", 0
        elif word == "cd":
            self.folder, printed = (self.folder / command.split()[1]).resolve(), ""
        elif word == "export":
            name, _, value = command.split(maxsplit=1)[1].partition("=")
            self.environment[name], printed = value.replace("~", str(self.home)), ""
        elif word == "unset":
            del self.environment[command.split()[1]]
            printed = ""
        elif word == "assent" and not _SHELL.search(command):
            printed = self._assent(shlex.split(command)[1:])
        elif first := _FIRST.fullmatch(command):
            printed = self._fed(first[1], first[2])
        else:
            printed = self._shell(command)
        return printed.replace(str(self.home), "~").splitlines()

    def _with_bindings(self, command: str) -> str:
        return _TOKEN.sub(lambda found: self.bound.get(found[0], found[0]), command)

    def _fed(self, words: str, rest: str) -> str:
        """What the shell makes of *rest*, given what ``assent`` with *words* says."""
        out, told = io.StringIO(), self.home / ".programs" / "said"
        printed = self._assent(shlex.split(words), out)
        told.write_text(out.getvalue(), encoding="utf-8")
        return printed + self._shell(f"(cat {told}; exit {self.status}) {rest}")

    def _assent(self, arguments: list[str], out: io.StringIO | None = None) -> str:
        """What the screen shows: all of it, or without what goes to *out*."""
        screen = io.StringIO()
        with (
            chdir(self.folder),
            patch.dict(os.environ, self.environment, clear=True),
            patch.object(sys, "stdin", io.StringIO()),
            redirect_stdout(out or screen),
            redirect_stderr(screen),
        ):
            try:
                run(arguments)
            except SystemExit as left:
                self.status = left.code if isinstance(left.code, int) else 0
        return screen.getvalue()

    def _shell(self, command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.status = done.returncode
        return done.stdout

    def set_aside(self, folder: Path) -> "Session":
        """What all is now, for :meth:`again`; the home is copied to *folder*."""
        shutil.copytree(self.home, folder, symlinks=True)
        return copy.deepcopy(self)

    def again(self, folder: Path) -> "Session":
        """A session that goes on where *folder* was set aside, in the same home."""
        shutil.rmtree(self.home)
        shutil.copytree(folder, self.home, symlinks=True)
        return copy.deepcopy(self)

    def matches(self, expected: list[str], actual: list[str]) -> bool:
        """Whether *actual* is what the page shows; binds what is new when it is."""
        if ELISION in expected:
            at = expected.index(ELISION)
            rest = expected[at + 1 :]
            if not self.matches(expected[:at], actual[:at]):
                return False
            return any(self.matches(rest, actual[i:]) for i in range(at, len(actual) + 1))
        if len(expected) != len(actual):
            return False
        bound = dict(self.bound)
        for ours, theirs in zip(expected, actual, strict=True):
            if not _bind(ours, theirs, bound):
                return False
        self.bound = bound
        return True


def _bind(ours: str, theirs: str, bound: dict[str, str]) -> bool:
    """Whether two lines differ only in what may differ, the same everywhere."""
    names, values = _TOKEN.findall(ours), _TOKEN.findall(theirs)
    if _blank(ours) != _blank(theirs):
        return False
    for name, value in zip(names, values, strict=True):
        if bound.setdefault(name, value) != value:
            return False
    return True


def _blank(line: str) -> str:
    return _AGE.sub("AGE ", _TIME.sub("TIME", _TOKEN.sub("TOKEN", line)))


def before(page: Path) -> Iterator[Path]:
    """The pages that run before *page*, and the page itself."""
    after = _AFTER.search(page.read_text(encoding="utf-8"))
    if after is not None:
        yield from before((page.parent / after[1]).resolve())
    yield page


def rewrite(page: Path, home: Path) -> None:
    """Write into *page* what its commands print now, where it is not what stands there."""
    text = page.read_text(encoding="utf-8")
    shift = 0
    played = Session(home)
    for each in before(page):
        for step in steps(each.read_text(encoding="utf-8")):
            actual = played.do(step.command)
            if played.matches(step.expected, actual) or each != page:
                continue
            _rename(played, step.expected, actual)
            new = "".join(f"{line}\n" for line in actual)
            text = text[: step.start + shift] + new + text[step.end + shift :]
            shift += len(new) - (step.end - step.start)
    page.write_text(text, encoding="utf-8")


def _rename(session: Session, expected: list[str], actual: list[str]) -> None:
    """Give *actual* the page's names: those bound already, and the last one of what it replaces.

    The last, because a review digest stands at the end of what shows it, and commands name it.
    """
    old, new = (_TOKEN.findall("\n".join(lines)) for lines in (expected, actual))
    if old and new and old[-1] not in session.bound:
        session.bound[old[-1]] = new[-1]
    names: Mapping[str, str] = {value: name for name, value in session.bound.items()}
    for i, line in enumerate(actual):
        actual[i] = _TOKEN.sub(lambda found: names.get(found[0], found[0]), line)
        for token in _TOKEN.findall(actual[i]):
            session.bound.setdefault(token, token)


if __name__ == "__main__":
    for named in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder:
            rewrite(Path(named).resolve(), Path(folder).resolve() / "home")
