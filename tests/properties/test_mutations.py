"""Done-when 3: any one row changed behind the ledger's back, and ``verify`` says so and where.

Random ledgers in a real file, synced once by a client who keeps a mark; then one mutation by
raw SQL, as whoever owns the database can make it. The store's head is mended after it, as
they would: what is then said is said by the signatures, the chain and the mark.
"""

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from ledger.audit.verification import Stored, Verification, Witnessed, verify
from ledger.decide.context import Standing
from ledger.seal.envelope import examine
from ledger.seal.merkle import leaf_hash, push, root
from ledger.service import Ledger, sync
from ledger.store.examining import examine_rows
from ledger.store.log import EventLog, Placed, create_log, open_log
from ledger.store.state import Mark, State
from projections.runner import Views
from tests.histories import Step, live, organisation, steps
from tests.organisation import Organisation, unsafe_key

EXIT = {"refused": 3, "tampered": 4, "forked": 4, "rolled-back": 4}
Mutation = Callable[[sqlite3.Connection, int, int], None]
"""Change the log: the position at stake, and another one."""


def written(org: Organisation, path: Path) -> None:
    """Put every envelope of *org* into a log, as its authors' clients would have."""
    with create_log(path) as log:
        pairs = enumerate(zip(org.envelopes, org.judged, strict=True))
        log.append([_placed(at, raw, judged.entry) for at, (raw, judged) in pairs], size=0)


def _placed(position: int, raw: bytes, entry: object) -> Placed:
    stream, version, kind = f"rubbish:{position}", 1, "comment.made"
    if entry is not None:
        stream, version = entry.stream, entry.version  # type: ignore[attr-defined] # an Entry
        kind = entry.event.kind  # type: ignore[attr-defined] # the same
    return Placed(stream, version, kind, raw)


def synced(log: EventLog, ledger: str, folder: Path) -> Mark:
    """The mark of a client who has verified the log as it was."""
    state = State(folder / "state", ledger)
    state.pin()
    with Views(folder / "views.sqlite") as views:
        sync(Ledger(ledger, log, views, state, examine_rows, lambda _, __: None))
    mark = state.mark()
    assert mark is not None
    return mark


def verified(log: EventLog, ledger: str, mark: Mark | None) -> Verification:
    return verify(
        Standing(),
        stored(log),
        ledger,
        mark=None if mark is None else Witnessed(mark.size, mark.root),
        check_document=lambda _: None,
        keep=lambda _: None,
        receipts={},
    )


def stored(log: EventLog) -> Iterator[Stored]:
    for row in log.scan():
        examined = None if row.raw is None else examine(row.raw)
        yield Stored(row.position, row.stream, row.version, row.kind, row.indexed_leaf, examined)


def tamper(path: Path, mutation: Mutation, at: int, other: int) -> None:
    """Drop the triggers, mutate, and mend index and head over what is then there."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        names = db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in names:
            db.execute(f'DROP TRIGGER "{name}"')
        db.execute("BEGIN")
        mutation(db, at, other)
        _mend_head(db)
        db.execute("COMMIT")


def _mend_head(db: sqlite3.Connection) -> None:
    frontier: tuple[bytes, ...] = ()
    leaves = db.execute("SELECT leaf_hash FROM merkle_leaf ORDER BY leaf_index").fetchall()
    for size, (leaf,) in enumerate(leaves):
        frontier = push(size, frontier, leaf)
    db.execute(
        "UPDATE merkle_head SET size = ?, frontier = ?, root = ?",
        (len(leaves), b"".join(frontier), root(frontier)),
    )


def _row(db: sqlite3.Connection, at: int) -> int:
    found = db.execute("SELECT notification_id FROM merkle_leaf WHERE leaf_index = ?", (at,))
    return int(found.fetchone()[0])


def _state(db: sqlite3.Connection, at: int) -> bytes:
    found = db.execute("SELECT state FROM stored_events WHERE rowid = ?", (_row(db, at),))
    return bytes(found.fetchone()[0])


def _rewrite(db: sqlite3.Connection, at: int, state: bytes) -> None:
    db.execute("UPDATE stored_events SET state = ? WHERE rowid = ?", (state, _row(db, at)))
    _reindex(db, at, state)


def _reindex(db: sqlite3.Connection, at: int, state: bytes) -> None:
    db.execute("UPDATE merkle_leaf SET leaf_hash = ? WHERE leaf_index = ?", (leaf_hash(state), at))


def _size(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM merkle_leaf").fetchone()[0])


def _order(db: sqlite3.Connection, order: list[int]) -> None:
    """Let the positions show the rows that stood at *order*."""
    found = db.execute("SELECT notification_id, leaf_hash FROM merkle_leaf ORDER BY leaf_index")
    rows = found.fetchall()
    db.execute("DELETE FROM merkle_leaf")
    db.executemany(
        "INSERT INTO merkle_leaf (leaf_index, notification_id, leaf_hash) VALUES (?, ?, ?)",
        [(position, *rows[old]) for position, old in enumerate(order)],
    )


def _insert(db: sqlite3.Connection, at: int, state: bytes, stream: str) -> None:
    cursor = db.execute(
        "INSERT INTO stored_events (originator_id, originator_version, topic, state)"
        " VALUES (?, 1, 'comment.made', ?)",
        (stream, state),
    )
    size = _size(db)
    db.execute(
        "INSERT INTO merkle_leaf (leaf_index, notification_id, leaf_hash) VALUES (?, ?, ?)",
        (size, cursor.lastrowid, leaf_hash(state)),
    )
    _order(db, [*range(at), size, *range(at, size)])


def edit_a_byte(db: sqlite3.Connection, at: int, other: int) -> None:
    raw = bytearray(_state(db, at))
    raw[other * 7 % len(raw)] ^= 1
    _rewrite(db, at, bytes(raw))


def edit_a_byte_without_its_leaf(db: sqlite3.Connection, at: int, other: int) -> None:
    raw = bytearray(_state(db, at))
    raw[other * 7 % len(raw)] ^= 1
    db.execute("UPDATE stored_events SET state = ? WHERE rowid = ?", (bytes(raw), _row(db, at)))


def edit_the_stream(db: sqlite3.Connection, at: int, _: int) -> None:
    db.execute("UPDATE stored_events SET originator_id = 'x' WHERE rowid = ?", (_row(db, at),))


def edit_the_version(db: sqlite3.Connection, at: int, _: int) -> None:
    db.execute("UPDATE stored_events SET originator_version = 77 WHERE rowid = ?", (_row(db, at),))


def edit_the_kind(db: sqlite3.Connection, at: int, _: int) -> None:
    db.execute("UPDATE stored_events SET topic = 'no.such' WHERE rowid = ?", (_row(db, at),))


def edit_the_leaf(db: sqlite3.Connection, at: int, _: int) -> None:
    db.execute("UPDATE merkle_leaf SET leaf_hash = ? WHERE leaf_index = ?", (b"\1" * 32, at))


def drop_the_row(db: sqlite3.Connection, at: int, _: int) -> None:
    db.execute("DELETE FROM stored_events WHERE rowid = ?", (_row(db, at),))


def drop_the_leaf(db: sqlite3.Connection, at: int, _: int) -> None:
    db.execute("DELETE FROM merkle_leaf WHERE leaf_index = ?", (at,))


def drop_both_and_close_the_gap(db: sqlite3.Connection, at: int, _: int) -> None:
    drop_the_row(db, at, 0)
    _order(db, [n for n in range(_size(db)) if n != at])


def swap_two(db: sqlite3.Connection, at: int, other: int) -> None:
    order = list(range(_size(db)))
    order[at], order[other] = order[other], order[at]
    _order(db, order)


def move_one(db: sqlite3.Connection, at: int, other: int) -> None:
    order = [n for n in range(_size(db)) if n != at]
    _order(db, [*order[:other], at, *order[other:]])


def duplicate_at_the_end(db: sqlite3.Connection, at: int, _: int) -> None:
    _insert(db, _size(db), _state(db, at), "again")


def duplicate_in_the_middle(db: sqlite3.Connection, at: int, other: int) -> None:
    _insert(db, other, _state(db, at), "again")


def cut_the_tail(db: sqlite3.Connection, at: int, _: int) -> None:
    db.execute("DELETE FROM merkle_leaf WHERE leaf_index >= ?", (at,))
    db.execute(
        "DELETE FROM stored_events WHERE rowid NOT IN (SELECT notification_id FROM merkle_leaf)"
    )


FOREIGN = Organisation(
    people={
        name: ["model-owner", "data-owner", "release-owner", "evaluation-owner"]
        for name in ("alice", "bob", "dana")
    }
)


def a_foreign_row(db: sqlite3.Connection, _: int, other: int) -> None:
    _insert(db, other, FOREIGN.envelopes[1], "foreign")


def overwrite_with_a_foreign_row(db: sqlite3.Connection, at: int, _: int) -> None:
    _rewrite(db, at, FOREIGN.envelopes[1])


MUTATIONS: tuple[Mutation, ...] = (
    edit_a_byte,
    edit_a_byte_without_its_leaf,
    edit_the_stream,
    edit_the_version,
    edit_the_kind,
    edit_the_leaf,
    drop_the_row,
    drop_the_leaf,
    drop_both_and_close_the_gap,
    swap_two,
    move_one,
    duplicate_at_the_end,
    duplicate_in_the_middle,
    cut_the_tail,
    a_foreign_row,
    overwrite_with_a_foreign_row,
)


NAMED = (
    edit_a_byte,
    edit_a_byte_without_its_leaf,
    edit_the_stream,
    edit_the_version,
    edit_the_kind,
    edit_the_leaf,
    drop_the_row,
    drop_the_leaf,
    overwrite_with_a_foreign_row,
)
"""Mutations of one position that leave the others where they were: exactly it is named."""


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.__name__.replace("_", "-"))
@settings(
    max_examples=3 + settings().max_examples // 100,
    deadline=None,
    suppress_health_check=[HealthCheck.data_too_large],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shrink a ledger takes minutes
)
@given(steps, st.data())
def test_one_mutation_is_a_verdict_that_names_its_position(
    mutation: Mutation, history: list[Step], data: st.DataObject
) -> None:
    org = live(organisation(), clean(history))
    size = len(org.envelopes)
    at = data.draw(st.integers(1, size - 1), label="at")
    other = data.draw(st.integers(1, size - 1), label="other")
    assume(at != other)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        written(org, folder / "log.sqlite")
        with open_log(folder / "log.sqlite") as log:
            mark = synced(log, org.id, folder)
            assert verified(log, org.id, mark).verdict == "verified"
        tamper(folder / "log.sqlite", mutation, at, other)
        with open_log(folder / "log.sqlite") as log:
            found = verified(log, org.id, mark)

    broken = [f for f in found.findings if f.severity != "notice"]
    named = {f.position for f in broken if f.position is not None}
    assert EXIT[found.verdict] in (3, 4)
    assert named or [f.rule for f in broken] == ["root-differs"]
    if mutation in NAMED:
        assert min(named) == at
    if mutation == cut_the_tail:
        assert (found.verdict, named) == ("rolled-back", {at})
    if mutation == duplicate_at_the_end:
        assert named == {size}


def clean(history: list[Step]) -> list[Step]:
    """A history without rubbish: what is found is then the mutation's."""
    return [step for step in history if step[0] != "rubbish"]


@settings(max_examples=5, deadline=None)
@given(steps)
def test_without_a_mutation_the_client_and_the_audit_agree(history: list[Step]) -> None:
    org = live(organisation(), clean(history))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        written(org, folder / "log.sqlite")
        with open_log(folder / "log.sqlite") as log:
            mark = synced(log, org.id, folder)
            found = verified(log, org.id, mark)

    assert (found.verdict, [f for f in found.findings if f.severity != "notice"]) == (
        "verified",
        [],
    )
    assert (found.size, found.root) == (mark.size, mark.root.hex())
    assert found.backed


def test_a_tail_that_was_cut_is_only_seen_against_a_mark(tmp_path: Path) -> None:
    """The limit that docs/explanation/limits.md states, and why a mark is kept elsewhere."""
    org = Organisation()
    org.release()
    written(org, tmp_path / "log.sqlite")
    with open_log(tmp_path / "log.sqlite") as log:
        mark = synced(log, org.id, tmp_path)
    tamper(tmp_path / "log.sqlite", cut_the_tail, len(org.envelopes) - 2, 0)

    with open_log(tmp_path / "log.sqlite") as log:
        alone = verified(log, org.id, None)
        held = verified(log, org.id, mark)

    assert alone.verdict == "verified"
    assert not alone.backed
    assert held.verdict == "rolled-back"
    assert [(f.rule, f.position) for f in held.findings] == [
        ("log-shorter", len(org.envelopes) - 2)
    ]


def test_a_signer_of_another_ledger_with_the_same_name_is_nobody_here(tmp_path: Path) -> None:
    org = Organisation()
    org.open("frank")
    written(org, tmp_path / "log.sqlite")
    with open_log(tmp_path / "log.sqlite") as log:
        mark = synced(log, org.id, tmp_path)
    tamper(tmp_path / "log.sqlite", a_foreign_row, 0, len(org.envelopes))

    with open_log(tmp_path / "log.sqlite") as log:
        found = verified(log, org.id, mark)

    assert unsafe_key("alice").public.id == org.keys["alice"].public.id
    assert found.verdict == "refused"
    assert [(f.rule, f.position) for f in found.findings if f.rule != "columns-differ"] == [
        ("wrong-ledger", len(org.envelopes))
    ]
