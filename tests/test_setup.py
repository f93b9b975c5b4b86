"""Set-up from nothing: what is installed, from which list, and what a poor machine is told."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LISTS = ("demo.txt", "dev.txt")
PACKAGES = {"ledger", "projections", "cli"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Build the wheel with the pinned backend."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return zipfile.ZipFile(built)


def test_the_wheel_holds_exactly_the_three_packages(wheel: zipfile.ZipFile) -> None:
    tops = {name.partition("/")[0] for name in wheel.namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES


def test_each_package_of_the_wheel_says_that_it_is_typed(wheel: zipfile.ZipFile) -> None:
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(wheel.namelist())


def test_the_wheel_holds_every_module_of_the_source(wheel: zipfile.ZipFile) -> None:
    source = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    }

    assert source
    assert {name for name in wheel.namelist() if name.endswith(".py")} == source


def test_the_wheel_brings_the_command_and_the_licence(wheel: zipfile.ZipFile) -> None:
    folder = next(n for n in wheel.namelist() if n.endswith(".dist-info/METADATA"))
    info = folder.removesuffix("METADATA")

    assert "assent = cli.main:run\n" in wheel.read(info + "entry_points.txt").decode()
    assert "Apache License" in wheel.read(info + "licenses/LICENSE").decode()
    assert "Requires-Python: >=3.11\n" in wheel.read(folder).decode()


def requirements(name: str) -> list[tuple[str, list[str]]]:
    """The pinned requirements of a list, each with its hashes."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    lines = text.replace("\\\n", " ").splitlines()
    return [(line.split(" --hash=")[0].strip(), line.split(" --hash=")[1:]) for line in lines]


@pytest.mark.parametrize("name", LISTS)
def test_every_requirement_is_exact_and_hashed(name: str) -> None:
    found = requirements(name)

    assert len(found) > len(PROJECT["dependencies"])
    for requirement, hashes in found:
        assert re.match(r"[a-z0-9-]+==[0-9][^ ]*( ; .+)?$", requirement), requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", h.strip()) for h in hashes), requirement


@pytest.mark.parametrize("name", LISTS)
def test_a_list_names_no_index_and_no_place_on_this_machine(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")

    assert not re.search(r"://|(^|\s)/|@ |--(index|extra|find|trusted)", text, re.MULTILINE)


@pytest.mark.parametrize(("name", "extras"), [("demo.txt", {"demo"}), ("dev.txt", None)])
def test_a_list_covers_what_the_project_declares(name: str, extras: set[str] | None) -> None:
    optional = PROJECT["optional-dependencies"]
    declared = [*PROJECT["dependencies"], "hatchling", "editables"]
    declared += [r for extra in extras or optional for r in optional[extra]]
    names = {re.split(r"[^A-Za-z0-9-]", requirement, maxsplit=1)[0] for requirement in declared}

    pinned = {requirement.partition("==")[0] for requirement, _ in requirements(name)}

    assert {name.lower() for name in names} - pinned == set()


def test_the_demo_and_the_tests_run_on_the_same_versions() -> None:
    assert set(dict(requirements("demo.txt"))) <= set(dict(requirements("dev.txt")))


@pytest.mark.parametrize("command", ["make demo", "make test"])
def test_the_readme_and_the_makefile_name_the_two_commands(command: str) -> None:
    assert command in (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"\n{command.removeprefix('make ')}:" in (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """Lay out a checkout with the installer only, beside a folder for programs."""
    shutil.copytree(ROOT / "requirements", tmp_path / "checkout" / "requirements")
    (tmp_path / "programs").mkdir()
    for name in ("dirname", "date", "mkdir", "rm", "tail", "touch", "grep", "cat"):
        program = shutil.which(name)
        assert program, name
        (tmp_path / "programs" / name).symlink_to(program)
    return tmp_path


def python(bare: Path, name: str, *, version: str, modules: bool = True) -> None:
    """Put a Python on the PATH that is real but for its version, or for its venv module."""
    major, minor = version.split(".")[:2]
    prelude = f"import sys; sys.version_info = ({major}, {minor}, 0, 'final', 0)\n"
    if not modules:
        prelude += "sys.modules['ensurepip'] = None\n"
    (bare / f"{name}.prelude").write_text(prelude, encoding="utf-8")
    program = bare / "programs" / name
    program.write_text(
        f'#!/bin/sh\n[ "$1" = -c ] || exit 9\n'
        f'exec {sys.executable} -c "$(cat {bare}/{name}.prelude)\n$2"\n',
        encoding="utf-8",
    )
    program.chmod(0o755)


def install(bare: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHON"}
    return subprocess.run(
        ["/bin/sh", "requirements/install.sh", "demo"],
        cwd=bare / "checkout",
        env={**inherited, "PATH": str(bare / "programs"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_machine_without_python_is_told_so_in_one_line(bare: Path) -> None:
    done = install(bare)

    assert done.returncode == 1
    assert done.stderr.startswith("set-up: no Python found; Assent needs 3.11 or newer.")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_too_old_a_python_is_told_in_one_line(bare: Path) -> None:
    python(bare, "python3", version="3.9")

    done = install(bare)

    assert done.returncode == 1
    assert done.stderr.startswith("set-up: Assent needs Python 3.11 or newer, and found only 3.9.0")
    assert done.stderr.count("\n") == 1


def test_a_missing_venv_module_is_told_in_one_line(bare: Path) -> None:
    python(bare, "python3", version="3.11", modules=False)

    done = install(bare)

    assert done.returncode == 1
    assert done.stderr.startswith("set-up: Python 3.11.0 is here without its venv module; install")
    assert done.stderr.count("\n") == 1


def test_a_suitable_python_is_found_behind_an_unsuitable_one(bare: Path) -> None:
    python(bare, "python3", version="3.9")
    python(bare, "python3.12", version="3.12")

    done = install(bare)

    # The stand-in answers questions and refuses work, which is where set-up stops here.
    assert done.stdout == "set-up: making .venv with Python 3.12.0 ... failed\n"
    assert done.returncode == 1
    assert "its whole output is in .venv/setup.log" in done.stderr


def test_an_interpreter_that_was_asked_for_is_not_replaced_by_another(bare: Path) -> None:
    python(bare, "python3", version="3.12")
    python(bare, "old", version="3.8")

    done = install(bare, PYTHON="old")

    assert done.returncode == 1
    assert "found only 3.8.0" in done.stderr
