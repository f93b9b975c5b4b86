"""Done-when 3, as a person meets it: one row changed, and ``assent verify`` names its position.

Random ledgers in real folders. A client pins one, syncs once and so keeps a mark and views;
others may write on. Then one row is mutated by raw SQL, with the store's head mended or not.
"""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ledger.model.events import CommentMade
from ledger.seal.envelope import seal
from ledger.seal.merkle import leaf_hash, push, root
from ledger.service import Signer, place
from ledger.store.log import open_log
from tests.acts import prepared
from tests.cli.conftest import LedgerFolder, placed_of
from tests.histories import Step, live, organisation, steps
from tests.organisation import Organisation, digest
from tests.properties.test_mutations import (
    MUTATIONS,
    Mutation,
    drop_both_and_close_the_gap,
    swap_two,
)
from tests.shell import Result

DOCUMENTS = (
    "report",
    *(f"d{number}" for number in range(8)),
    *(f"late {number}" for number in range(8)),
)
"""The documents that random histories attach: they must be there, or nothing is checkable."""


@contextmanager
def folder_of(
    org: Organisation, seen: int | None = None, *, synced: bool = True
) -> Iterator[LedgerFolder]:
    """A ledger folder of *org*; its client synced after *seen* entries, and saw no more."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as environment:
        environment.setenv("ASSENT_STATE", f"{name}/state")
        envelopes = org.envelopes
        count = len(envelopes) if seen is None else seen
        org.envelopes = envelopes[:count]
        ledger = LedgerFolder(Path(name) / "ledger", org)
        org.envelopes = envelopes
        for text in DOCUMENTS:
            path = ledger.evidence / digest(text)[7:9] / digest(text)[9:]
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        assert not synced or ledger.assent("status").exit == 0
        with open_log(ledger.log) as log:
            for position, raw in enumerate(envelopes[count:], count):
                log.append([placed_of(raw)], size=position)
        yield ledger


def raws(path: Path) -> list[bytes | None]:
    """What stands at each position, None where the row or its leaf is missing."""
    with closing(sqlite3.connect(path)) as db:
        found = dict(
            db.execute(
                "SELECT leaf_index, state FROM merkle_leaf"
                " LEFT JOIN stored_events AS e ON e.rowid = notification_id"
            ).fetchall()
        )
    return [found.get(position) for position in range(max(found, default=-1) + 1)]


def first_change(before: list[bytes | None], after: list[bytes | None], otherwise: int) -> int:
    """The first position that holds other bytes; *otherwise* where all of them are equal."""
    for position in range(max(len(before), len(after))):
        if before[position : position + 1] != after[position : position + 1]:
            return position
    return otherwise


def attack(path: Path, mutation: Mutation, at: int, other: int, *, mend: bool) -> None:
    """Mutate with all triggers gone; *mend* makes the store's head fit what is then there."""
    with closing(sqlite3.connect(path)) as db:
        triggers = db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            db.execute(f'DROP TRIGGER "{name}"')
        mutation(db, at, other)
        if mend:
            frontier: tuple[bytes, ...] = ()
            rows = db.execute("SELECT leaf_hash FROM merkle_leaf ORDER BY leaf_index").fetchall()
            for size, (leaf,) in enumerate(rows):
                frontier = push(size, frontier, leaf)
            head = (len(rows), b"".join(frontier), root(frontier))
            db.execute("UPDATE merkle_head SET size = ?, frontier = ?, root = ?", head)
        db.commit()


def row_of(db: sqlite3.Connection, at: int) -> int:
    """The id of the row at a position."""
    found = db.execute("SELECT notification_id FROM merkle_leaf WHERE leaf_index = ?", (at,))
    return int(found.fetchone()[0])


def empty_the_envelope(db: sqlite3.Connection, at: int, _: int) -> None:
    db.execute("UPDATE stored_events SET state = x'' WHERE rowid = ?", (row_of(db, at),))


def renumber_the_row(db: sqlite3.Connection, at: int, _: int) -> None:
    db.execute("UPDATE stored_events SET rowid = 5000 WHERE rowid = ?", (row_of(db, at),))


def point_at_another_row(db: sqlite3.Connection, at: int, other: int) -> None:
    db.execute(
        "UPDATE merkle_leaf SET notification_id = ? WHERE leaf_index = ?", (row_of(db, other), at)
    )


def claim_to_have_made_way(db: sqlite3.Connection, at: int, _: int) -> None:
    db.execute("UPDATE stored_events SET squat = 3 WHERE rowid = ?", (row_of(db, at),))


def overwrite_with_another_row(db: sqlite3.Connection, at: int, other: int) -> None:
    (state,) = db.execute(
        "SELECT state FROM stored_events WHERE rowid = ?", (row_of(db, other),)
    ).fetchone()
    db.execute("UPDATE stored_events SET state = ? WHERE rowid = ?", (state, row_of(db, at)))
    db.execute("UPDATE merkle_leaf SET leaf_hash = ? WHERE leaf_index = ?", (leaf_hash(state), at))


MORE: tuple[Mutation, ...] = (
    empty_the_envelope,
    renumber_the_row,
    point_at_another_row,
    claim_to_have_made_way,
    overwrite_with_another_row,
)


@pytest.mark.parametrize(
    "mutation", [*MUTATIONS, *MORE], ids=lambda one: one.__name__.replace("_", "-")
)
@settings(
    max_examples=2 + settings().max_examples // 100,
    deadline=None,
    suppress_health_check=[HealthCheck.data_too_large],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shrink a ledger takes minutes
)
@given(steps, st.data())
def test_verify_names_the_position_of_any_one_mutation(
    mutation: Mutation, history: list[Step], data: st.DataObject
) -> None:
    org = live(organisation(), [step for step in history if step[0] != "rubbish"])
    size = len(org.envelopes)
    seen = data.draw(st.integers(size // 2, size), label="seen")
    at = data.draw(st.integers(0, seen - 1), label="at")
    other = data.draw(st.integers(0, seen - 2).map(lambda n: n + (n >= at)), label="other")
    with folder_of(org, seen) as ledger:
        before = raws(ledger.log)
        attack(ledger.log, mutation, at, other, mend=data.draw(st.booleans(), label="mend"))
        wrong = first_change(before, raws(ledger.log), at)

        result = ledger.assent("verify", "--json")

        assert result.exit in (3, 4), result
        assert wrong in positions(result), result.json["findings"]
        assert result.json["verdict"] != "verified"


def positions(result: Result) -> set[int]:
    """The positions that findings name."""
    return {one["position"] for one in result.json["findings"] if one["position"] is not None}


def raced() -> Organisation:
    """A ledger that ends with two entries written at the same time: neither saw the other."""
    org, first = prepared()
    second = org.open("frank")
    envelopes = []
    for name, of in (("erin", first), ("alice", second)):
        signer = Signer(name, org.keys[name])
        event = CommentMade(proposal=of, text="at the same time")
        entry = place(org.standing, event, signer, now=org.now + 1, ledger_id=org.id)
        envelopes.append(seal(entry.payload(), signer.key))
    assert [org.smuggle(raw).admitted for raw in envelopes] == [True, True]
    return org


def test_an_entry_dropped_before_one_that_never_saw_it_is_named() -> None:
    """No signature, chain or ``seen`` tells of it: only what this client saw."""
    org = raced()
    at = len(org.envelopes) - 2
    with folder_of(org) as ledger:
        attack(ledger.log, drop_both_and_close_the_gap, at, 0, mend=True)

        result = ledger.assent("verify", "--json")

    assert (result.exit, result.json["verdict"]) == (4, "rolled-back")
    assert at in positions(result), result.json["findings"]


def test_two_entries_swapped_that_never_saw_each_other_are_named() -> None:
    org = raced()
    at = len(org.envelopes) - 2
    with folder_of(org) as ledger:
        attack(ledger.log, swap_two, at, at + 1, mend=True)

        result = ledger.assent("verify", "--json")

    assert (result.exit, result.json["verdict"]) == (4, "tampered")
    assert [(one["rule"], one["position"]) for one in result.json["findings"]] == [
        ("root-differs", at)
    ]


def test_a_client_that_only_ever_ran_verify_names_the_position_as_well() -> None:
    """As a nightly check does: it keeps no views for its own use, but it has seen the log."""
    org = raced()
    at = len(org.envelopes) - 2
    with folder_of(org, synced=False) as ledger:
        assert ledger.assent("verify").exit == 0
        attack(ledger.log, swap_two, at, at + 1, mend=True)

        result = ledger.assent("verify", "--json")

    assert result.exit == 4
    assert at in positions(result), result.json["findings"]
