"""``assent override check``: the short way and the long way give one answer, or 5."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from cli.check_quickly import check_quickly
from cli.checking import check_target
from cli.options import Options
from tests.cli.conftest import LedgerFolder
from tests.cli.exceptional_ledgers import code, exceptional_on_disk
from tests.cli.staged_ledgers import PRODUCTION, started
from tests.exception_acts import set_stop
from tests.organisation import Organisation
from tests.roster import carried, lifting
from tests.shell import inside

TARGETS = (f"alias/{PRODUCTION}", "generation", "capability/web", "signer/erin")


def stopped(org: Organisation) -> None:
    """Two stops of production, and one of everything else."""
    for name, target in (("olga", TARGETS[0]), ("sam", TARGETS[0])):
        set_stop(org, name, target)
    for target in TARGETS[1:]:
        set_stop(org, "sam", target)


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """A ledger with a release under way, on which nothing is stopped, by the real clock."""
    made = exceptional_on_disk(tmp_path, monkeypatch, started)
    monkeypatch.delenv("ASSENT_NOW")
    assert made.assent("status").exit == 0
    return made


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """A ledger with a release under way, on which everything is stopped, by the real clock."""
    made = exceptional_on_disk(tmp_path, monkeypatch, started, stopped)
    monkeypatch.delenv("ASSENT_NOW")
    assert made.assent("status").exit == 0
    return made


def quick(ledger: LedgerFolder, target: str) -> bool:
    """Whether the short way has an answer."""
    with inside(ledger.path):
        return check_quickly(Options(), target) is not None


@pytest.mark.parametrize("target", TARGETS)
def test_the_short_way_gives_the_answer_of_the_long_way(held: LedgerFolder, target: str) -> None:
    with inside(held.path):
        short, long = check_quickly(Options(), target), check_target(Options(), target)

    assert short == long
    assert short is not None
    assert short.body() == long.body()
    assert short.stopped
    assert held.assent("override", "check", target).exit == 3


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_not_stopped_is_said_not_to_be(ledger: LedgerFolder, target: str) -> None:
    assert quick(ledger, target)

    result = ledger.assent("override", "check", target)

    assert (result.exit, result.out, result.err) == (0, f"{target} is not stopped\n", "")
    body = ledger.assent("override", "check", target, "--json").json
    assert body == {"schema": "check/1", "target": target, "stopped": False, "stops": []}


def test_what_was_lifted_is_not_stopped_on_the_short_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lifted(org: Organisation) -> None:
        started(org)
        one = set_stop(org, "sam", "generation")
        votes = (("sam", "security-owner"), ("mona", "model-owner"))
        carried(org, lifting(one), by="frank", approvals=votes, enactor="omar")

    made = exceptional_on_disk(tmp_path, monkeypatch, lifted)
    monkeypatch.delenv("ASSENT_NOW")
    made.assent("status")

    assert quick(made, "generation")
    assert made.assent("override", "check", "generation").exit == 0


def test_an_alias_nothing_was_released_to_is_not_stopped_and_said_to_be_new(
    ledger: LedgerFolder,
) -> None:
    assert quick(ledger, "alias/churn/production")
    assert not quick(ledger, "alias/churn/prodution")

    result = ledger.assent("override", "check", "alias/churn/production")
    with inside(ledger.path):
        long = check_target(Options(), "alias/churn/production")
        assert check_quickly(Options(), "alias/churn/production") == long

    assert (result.exit, result.out) == (0, "alias/churn/production is not stopped\n")
    assert result.err == "nothing was ever released to churn/production\n"


@pytest.mark.parametrize(
    ("target", "code_"),
    [
        ("alias/fraud/prodution", "unknown-environment"),
        ("signer/erni", "unknown-signer"),
        ("fraud/production", "not-a-target"),
    ],
)
def test_what_this_ledger_does_not_know_is_no_yes(
    ledger: LedgerFolder, target: str, code_: str
) -> None:
    assert code(ledger.assent("override", "check", target)) == (5, code_)
    assert code(ledger.assent("--", "override", "check", "--", target)) == (5, code_)


def test_a_clock_that_was_set_closes_the_short_way(
    ledger: LedgerFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert quick(ledger, "generation")

    monkeypatch.setenv("ASSENT_NOW", "yesterday")

    assert not quick(ledger, "generation")
    assert code(ledger.assent("override", "check", "generation")) == (5, "not-an-instant")


def test_an_entry_this_client_has_not_read_closes_the_short_way(ledger: LedgerFolder) -> None:
    ledger.sql("UPDATE merkle_head SET size = size + 1")

    assert not quick(ledger, "generation")


def test_views_that_are_gone_are_made_anew_and_damaged_ones_are_no_yes(
    held: LedgerFolder,
) -> None:
    views = held.state.views
    whole = views.read_bytes()
    views.unlink()
    assert not quick(held, "generation")
    assert held.assent("override", "check", "generation").exit == 3
    views.write_bytes(b"rubbish" * 1000)
    for part in ("-wal", "-shm"):
        views.with_name(views.name + part).unlink(missing_ok=True)
    assert not quick(held, "generation")
    assert code(held.assent("override", "check", "generation")) == (5, "views-damaged")
    assert whole


def test_a_row_that_was_changed_is_no_yes(held: LedgerFolder) -> None:
    """Whoever clears a stop in the user's own views opens nothing by it."""
    with closing(sqlite3.connect(held.state.views)) as connection:
        connection.execute("DELETE FROM overrides WHERE target = 'generation'")
        connection.execute(
            "UPDATE standing SET value ="
            " CAST(replace(value, '\"stops\":1', '\"stops\":0') AS BLOB)"
            " WHERE key = 'target:signer/erin'"
        )
        connection.commit()

    assert code(held.assent("override", "check", "generation")) == (5, "views-damaged")
    assert code(held.assent("override", "check", "signer/erin")) == (5, "views-damaged")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ("UPDATE standing SET value = CAST(value AS TEXT) WHERE key LIKE 'target:%'", 5),
        ("UPDATE standing_roots SET root = 'none'", 3),
        ("UPDATE tracking SET position = 'far'", 5),
    ],
)
def test_a_row_of_another_kind_is_no_yes_and_no_bug(
    held: LedgerFolder, change: str, status: int
) -> None:
    """The long way does without the second, and finds the stop."""
    with closing(sqlite3.connect(held.state.views)) as connection:
        connection.execute(change)
        connection.commit()

    assert not quick(held, "generation")
    result = held.assent("override", "check", "generation")
    assert (result.exit, "bug" in result.err) == (status, False)


def test_a_cut_log_is_no_yes(held: LedgerFolder) -> None:
    held.sql(
        "DELETE FROM merkle_leaf WHERE leaf_index = (SELECT max(leaf_index) FROM merkle_leaf)",
        "DELETE FROM stored_events WHERE rowid = (SELECT max(rowid) FROM stored_events)",
    )

    assert held.assent("override", "check", "signer/alice").exit == 5


def test_a_ledger_that_nobody_pinned_is_no_yes_on_the_short_way(
    held: LedgerFolder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ASSENT_STATE", str(tmp_path / "another-user"))

    assert code(held.assent("override", "check", "signer/alice")) == (5, "never-pinned")


def test_the_short_way_imports_neither_sqlalchemy_nor_a_model(held: LedgerFolder) -> None:
    code_ = (
        "import sys, cli.main\n"
        "try: cli.main.run(['override', 'check', 'generation'])\n"
        "except SystemExit as left: print(left.code)\n"
        "heavy = {'sqlalchemy', 'eventsourcing', 'rich', 'tomlkit', 'pydantic'}\n"
        "print(sorted({*heavy, 'ledger.model.events'} & set(sys.modules)))\n"
    )
    root = Path(__file__).parents[2]

    done = subprocess.run(
        [sys.executable, "-c", code_],
        cwd=held.path,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines()[1:] == ["3", "[]"]
