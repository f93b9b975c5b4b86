"""The same logs as an operator left them, through ``assent verify`` as an auditor types it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.places import key_folder
from ledger.store.blobs import Blobs
from tests.attacks import corpus
from tests.attacks.corpus import TAMPERED, acquaintance, organisation
from tests.attacks.left_logs import Kind, Left, Told, audited
from tests.attacks.stores import Name, Put
from tests.cli.conftest import write_key
from tests.organisation import unsafe_key
from tests.shell import inside, run_assent

OFTEN = (corpus.as_it_was, corpus.edit_a_byte, corpus.cut_the_end, corpus.add_rubbish)
"""What every run of the tests tries; the rest is slow."""


def often(tamper: Callable[[], Left]) -> object:
    return tamper if tamper in OFTEN else pytest.param(tamper, marks=pytest.mark.slow)


@pytest.mark.parametrize("tamper", [often(one) for one in TAMPERED], ids=lambda one: one.__name__)
def test_the_command_says_what_its_parts_say(
    tamper: Callable[[], Left],
    kind: Kind,
    names: dict[Kind, Name],
    stores: dict[Kind, Put],
    tmp_path: Path,
) -> None:
    """An acquaintance brings their mark on the command line: ``--mark SIZE:ROOT``."""
    ledger, victim = organisation().id, acquaintance()
    assert victim.mark is not None
    with stores[kind](tamper()) as log:
        expected = audited(log, ledger, victim)
    place = names[kind](tamper(), tmp_path / "here")
    for folder in ("here/.assent", "here", ".assent"):
        Blobs(tmp_path / folder / "evidence").put(b"report")
    mark = f"{victim.mark.size}:{victim.mark.root.hex()}"

    with inside(tmp_path):
        known = ("--ledger", place, "--ledger-id", ledger, "--mark", mark)
        result = run_assent("verify", *known, "--json")

    body = result.json
    found = frozenset((one["position"], one["rule"]) for one in body["findings"])
    assert Told(body["verdict"], found) == expected
    assert result.exit == expected.exit


@pytest.fixture
def cut_behind_the_back(
    kind: Kind,
    names: dict[Kind, Name],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """A log that this user had verified further than it now is; the name of it."""
    monkeypatch.setenv("ASSENT_NOW", "2026-09-22T00:00:00Z")
    ledger = organisation().id
    for name in ("alice", "frank"):
        write_key(key_folder() / name, unsafe_key(name))
    place = names[kind](corpus.as_it_was(), tmp_path / "here")
    assert run_assent("trust", ledger, "--ledger", place).exit == 0
    assert run_assent("status", "--ledger", place).exit == 0
    shutil.rmtree(tmp_path / "here", ignore_errors=True)
    assert names[kind](corpus.cut_the_end(), tmp_path / "here") == place
    return place


def test_on_a_cut_log_a_stop_is_signed_and_nothing_that_permits(
    kind: Kind, cut_behind_the_back: str
) -> None:
    """To hide the end of a log keeps no thief going. A bundle is only read, and says so."""
    asked = ("--ledger", cut_behind_the_back, "--yes", "--as")

    permitting = run_assent("proposal", "comment", 1, "go on", *asked, "frank")
    stopping = run_assent(
        "override", "set", "signer/omar", "--reason", "lost laptop", *asked, "alice"
    )

    assert permitting.exit == 4
    assert permitting.err.startswith("log-shorter: ")
    assert "ALARM log-shorter" in stopping.err
    assert stopping.exit == (3 if kind == "bundle" else 0), stopping.err
    assert kind != "bundle" or "log-read-only" in stopping.err
