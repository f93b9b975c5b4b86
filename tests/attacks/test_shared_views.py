"""Whoever may write to shared views: no decision reads them, wherever the log is kept."""

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

import pytest

from cli.places import state_root
from ledger.store.state import State
from projections.rebuilding import compare
from projections.runner import Views
from tests.acts import prepared
from tests.attacks.left_logs import Kind, left
from tests.attacks.stores import Name
from tests.attacks.trying import aside
from tests.organisation import Organisation, change
from tests.shell import run_assent

LIES = (
    "UPDATE signers SET roles = '[\"release-owner\"]' WHERE id = 'frank'",
    "DELETE FROM findings",
    "DELETE FROM requirements",
    "DELETE FROM approvals",
)


@cache
def _made() -> Organisation:
    org = prepared()[0]
    org.open("frank", change(alias="churn/production"))
    org.smuggle(b"rubbish")
    return org


@pytest.fixture
def org() -> Organisation:
    return aside(_made())


def test_what_shared_views_say_moves_no_answer_and_is_found(
    org: Organisation,
    kind: Kind,
    names: dict[Kind, Name],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ASSENT_NOW", "2026-09-22T00:00:00Z")
    place = names[kind](left(org.id, org.envelopes), tmp_path / "here")
    shared = tmp_path / "shared.sqlite"
    known = ("--ledger", place, "--ledger-id", org.id)
    assert run_assent("trust", org.id, "--ledger", place).exit == 0
    filled = run_assent("views", "sync", "--to", shared, *known)
    assert filled.exit == 0, filled.err
    before = [run_assent(*words, *known, "--json").out for words in (("gate", 1), ("gate", 2))]
    with closing(sqlite3.connect(shared)) as db:
        for lie in LIES:
            db.execute(lie)
        db.commit()

    after = [run_assent(*words, *known, "--json").out for words in (("gate", 1), ("gate", 2))]

    assert after == before
    assert run_assent("gate", 1, *known).exit == 0
    assert run_assent("gate", 2, *known).exit != 0
    own = State(state_root(), org.id).views
    with Views(own) as mine, Views(shared) as theirs:
        assert compare(mine, theirs) != []
    assert run_assent("views", "rebuild", "--to", shared, *known).exit == 0
    with Views(own) as mine, Views(shared) as theirs:
        assert compare(mine, theirs) == []
