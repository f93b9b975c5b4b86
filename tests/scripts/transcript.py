"""Transcripts: what somebody types and what they get to see, as tests that are also documents.

A file of ``tests/scripts`` is read line by line::

    # after: team.txt                         begins where that transcript ends
    # prose
    $ assent signer accept --as bob --yes     a command; the next line may say how it ends
    exit 3                                    (0 where nothing is said)
    signer.accepted at position …             stdout; … stands for anything on its line
    …                                         any number of lines
    ! already-accepted: bob accepted …        stderr; not looked at where no line is given
    $ cat > roster.toml <<EOF                 a here-document, up to its last word
    $ export REVIEW=$(assent … | grep …)      whatever else bash can do, exports included

``assent`` runs in this process for speed, where the line needs no shell or begins with it
(then the shell is given what it said); with ``ASSENT_REAL_PROCESSES`` set, and for everything
else, real processes do the work.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.scripts.places import keep_log, restore_log
from tests.shell import Result, run_assent

ROOT = Path(__file__).parents[2]

REAL = bool(os.environ.get("ASSENT_REAL_PROCESSES"))
"""Looked at once, before tests hide the user's variables from what they run."""

_SHELL = re.compile(r"[|<>;&`]|\$\(")
_FIRST = re.compile(r"((?:export \w+=\$\()?)assent ([^|<>;&`()\n]+)([|>][^\n]*)")
"""``assent``, first in a pipe or written to a file, perhaps to set a variable."""

_HERE = re.compile(r"<<\s*'?(\w+)'?\s*$")
_AFTER = re.compile(r"# after: (\S+)\n")
_EXIT = re.compile(r"exit (\d+)\Z")


@dataclass(slots=True)
class Step:
    """One command with what is expected of it; ``line`` is where it stands, from 1."""

    line: int
    command: str
    exit: int = 0
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)


def parse(text: str) -> list[Step]:
    """The steps of a transcript. Raises :class:`ValueError` for output that nothing printed."""
    steps: list[Step] = []
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        if line.startswith("$ "):
            steps.append(Step(number, _whole(line[2:], lines)))
        elif line.startswith("# ") or line in {"", "#"}:
            continue
        elif not steps:
            raise ValueError(f"line {number}: output before any command")
        else:
            _expect(steps[-1], line)
    return steps


def run_script(path: Path, folder: Path, kept: Path) -> None:
    """Run the transcript at *path* in *folder*; what it begins after is run once for all.

    The folder and the home that an earlier transcript leaves are copied from and to *kept*,
    which several processes may share.
    """
    text = path.read_text(encoding="utf-8")
    after = _AFTER.match(text)
    if after:
        _begin_after(path.parent / after[1], folder, kept)
    run_steps(parse(text), folder)


def _begin_after(path: Path, folder: Path, kept: Path) -> None:
    left = kept / path.stem
    home = Path(os.environ["HOME"])
    if left.exists():
        shutil.copytree(left / "folder", folder, dirs_exist_ok=True)
        shutil.copytree(left / "home", home, dirs_exist_ok=True)
        os.environ.update(json.loads((left / "exported.json").read_text()))
        restore_log(left)
        return
    before = dict(os.environ)
    run_script(path, folder, kept)
    making = Path(tempfile.mkdtemp(dir=kept))
    shutil.copytree(folder, making / "folder")
    shutil.copytree(home, making / "home")
    new = {name: value for name, value in os.environ.items() if name not in before}
    (making / "exported.json").write_text(json.dumps(new))
    keep_log(making)
    # There at once or not at all; another process may have been first, with the same.
    with suppress(OSError):
        making.rename(left)


def run_steps(steps: list[Step], folder: Path) -> None:
    """Run *steps* in *folder*, the working directory; raises :class:`AssertionError`."""
    assert steps, "a transcript without a command shows nothing"
    shim = folder / ".bin"
    shim.mkdir(exist_ok=True)
    program = shim / "assent"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cli.main "$@"\n')
    program.chmod(0o755)
    os.environ["PATH"] = f"{shim}{os.pathsep}{os.environ['PATH']}"
    os.environ["PYTHONPATH"] = str(ROOT)
    for step in steps:
        _compare(step, _run(step.command, os.environ))


def _whole(command: str, lines: Iterator[tuple[int, str]]) -> str:
    """*command* with its here-document, if it has one."""
    here = _HERE.search(command)
    if here is None:
        return command
    taken = [command]
    for _, line in lines:
        taken.append(line)
        if line == here[1]:
            return "\n".join(taken) + "\n"
    raise ValueError(f"the here-document of {command!r} has no end")


def _expect(step: Step, line: str) -> None:
    exit_ = _EXIT.match(line)
    if exit_ and not step.out and not step.err:
        step.exit = int(exit_[1])
    elif line.startswith("! "):
        step.err.append(line[2:])
    else:
        step.out.append(line)


def _run(command: str, environment: MutableMapping[str, str]) -> Result:
    if command.startswith("assent ") and not _SHELL.search(command) and not REAL:
        return run_assent(*shlex.split(os.path.expandvars(command))[1:])
    first = None if REAL else _FIRST.fullmatch(command)
    if first is None:
        return _run_shell(command, environment)
    said = run_assent(*shlex.split(os.path.expandvars(first[2])))
    told = Path(".bin") / "said"
    told.write_bytes(said.out.encode())
    fed = f"{first[1]}(cat {told}; exit {said.exit}) {first[3]}"
    done = _run_shell(fed, environment)
    return Result(done.exit, done.out, said.err + done.err)


def _run_shell(command: str, environment: MutableMapping[str, str]) -> Result:
    kept = Path(".bin") / "environment"
    done = subprocess.run(
        ["bash", "-c", f"{command}\nstatus=$?\nenv -0 > .bin/environment\nexit $status"],
        capture_output=True,
        text=True,
        check=False,
        env=dict(environment),
    )
    for pair in kept.read_text().split("\0"):
        name, found, value = pair.partition("=")
        if found and name not in {"_", "SHLVL", "PWD"}:
            environment[name] = value
    return Result(done.returncode, done.stdout, done.stderr)


def _compare(step: Step, result: Result) -> None:
    said = f"line {step.line}: {step.command.splitlines()[0]}\n{result.out}{result.err}"
    assert result.exit == step.exit, f"exit {result.exit}, expected {step.exit}, at {said}"
    assert _matches(step.out, result.out), f"other output than expected at {said}"
    assert not step.exit or step.err or step.out, f"a failure without a word, at {said}"
    if step.err:
        assert _matches(step.err, result.err), f"other errors than expected at {said}"


def _matches(expected: list[str], text: str) -> bool:
    pattern = "".join(
        r"(?:.*\n)*" if line.strip() == "…" else _line(line) + r"[ \t]*\n" for line in expected
    )
    return re.fullmatch(pattern, text) is not None


def _line(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.rstrip().split("…"))
