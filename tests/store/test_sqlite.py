"""The file itself: how it is made and opened, and what a stranger with SQL can do to it."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ledger.errors import BadInput, Refused, Uncheckable, Unproven
from ledger.seal.merkle import leaf_hash
from ledger.store.log import EventLog, Placed, Row, create_log, open_log
from ledger.store.sqlite import SqliteStore

SIZE = 5


def envelope(number: int, text: str = "honest") -> Placed:
    return Placed("proposal:1", number + 1, "comment.made", f"{text} {number}".encode())


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    with create_log(tmp_path / "log.sqlite") as made:
        made.append([envelope(number) for number in range(SIZE)], size=0)
        yield made


def attack(log: EventLog, *statements: str) -> None:
    """Run SQL behind the log's back, as whoever owns the file can."""
    with closing(sqlite3.connect(Path(log.name), isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)


def can_go_on(log: EventLog) -> None:
    """An honest append still works, behind whatever stands in the log now."""
    size = log.size()
    log.append([envelope(size)], size=size)
    assert log.row(size).raw == envelope(size).raw
    assert log.find(leaf_hash(envelope(size).raw)) == size


# Creating and opening


def test_creating_over_a_file_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    path.write_bytes(b"mine")

    with pytest.raises(Refused, match="exists; nothing was changed"):
        create_log(path)

    assert path.read_bytes() == b"mine"


def test_creating_in_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(Uncheckable, match="No such file or directory"):
        create_log(tmp_path / "nowhere" / "log.sqlite")


def test_opening_a_missing_file_creates_nothing(tmp_path: Path) -> None:
    with pytest.raises(Uncheckable, match=r"log\.sqlite: No such file"):
        open_log(tmp_path / "log.sqlite")

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_vanished_after_the_look_at_it_is_not_made_anew(tmp_path: Path) -> None:
    with (
        EventLog(SqliteStore(tmp_path / "log.sqlite")) as log,
        pytest.raises(Uncheckable, match="unable to open database file"),
    ):
        log.size()

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"just some text\n", b"SQLite format 3\0", os.urandom(4096)],
    ids=["empty", "text", "cut short", "noise"],
)
def test_a_file_that_is_no_database_is_refused_and_left_alone(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "log.sqlite"
    path.write_bytes(content)

    with pytest.raises(BadInput, match="is no SQLite file"):
        open_log(path)

    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_somebody_elses_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE stored_events (rowid INTEGER PRIMARY KEY)")
    before = path.read_bytes()

    with pytest.raises(BadInput, match="but no ledger"):
        open_log(path)

    assert path.read_bytes() == before


def test_a_layout_of_another_version_is_not_guessed_at(log: EventLog) -> None:
    log.close()
    attack(log, "PRAGMA user_version = 2")

    with pytest.raises(Uncheckable, match="has layout 2; this version of assent reads layout 1"):
        open_log(Path(log.name))


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Uncheckable, match="Is a directory"):
        open_log(tmp_path)


def test_a_path_with_signs_that_mean_something_in_a_uri_is_only_a_path(tmp_path: Path) -> None:
    folder = tmp_path / "50% of #1? mode=memory&x"
    folder.mkdir()

    with create_log(folder / ":memory:") as log:
        log.append([envelope(0)], size=0)

    with open_log(folder / ":memory:") as log:
        assert log.row(0).raw == envelope(0).raw


def test_a_damaged_file_is_an_error_of_ours(log: EventLog) -> None:
    log.close()
    data = bytearray(Path(log.name).read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path = Path(log.name)
    path.write_bytes(data)

    with open_log(path) as damaged, pytest.raises(Uncheckable, match="restore it") as caught:
        raise_hint(damaged)
    assert caught.value.code == "store-damaged"


def test_a_schema_that_is_no_text_is_an_error_of_ours(log: EventLog) -> None:
    """SQLite quotes the schema in its message, which Python then cannot read."""
    log.close()
    data = Path(log.name).read_bytes()
    Path(log.name).write_bytes(data[:2382] + b"\x80" + data[2383:])

    with pytest.raises(Uncheckable, match="its schema is no text") as caught:
        open_log(Path(log.name)).size()
    assert caught.value.code == "store-damaged"


def raise_hint(log: EventLog) -> None:
    try:
        log.read(0, 10)
    except Uncheckable as error:
        raise Uncheckable(error.code, str(error.hint)) from error


def test_a_ledger_without_its_tables_is_an_error_of_ours(log: EventLog) -> None:
    attack(log, "DROP TABLE merkle_leaf")

    with pytest.raises(Uncheckable, match="cannot be read as a log: no such table"):
        log.size()


def test_a_log_that_was_closed_is_an_error_of_ours(log: EventLog) -> None:
    log.close()

    with pytest.raises(Uncheckable) as caught:
        log.size()
    assert caught.value.code == "store-unavailable"


def test_a_copy_made_while_the_log_is_in_use_opens_and_holds_the_same(
    log: EventLog, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.sqlite"
    with closing(sqlite3.connect(log.name)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)

    with open_log(copy) as other:
        assert other.head() == log.head()
        assert list(other.scan()) == list(log.scan())
        can_go_on(other)


def test_commits_are_flushed_to_the_disk(log: EventLog) -> None:
    assert isinstance(log._store, SqliteStore)
    with log._store._recorder.datastore.transaction(commit=False) as cursor:
        cursor.execute("PRAGMA synchronous")
        assert cursor.fetchone()[0] == 2  # FULL
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone()[0] == "wal"


READER = """
import os, sys
from pathlib import Path
from ledger.errors import Uncheckable
from ledger.store.log import Placed, open_log
if os.geteuid() == 0:
    os.setuid(65534)  # permissions mean nothing to root
try:
    log = open_log(Path(sys.argv[1]))
    log.append([Placed("proposal:1", 9, "comment.made", b"x")], size=log.size())
except Uncheckable as error:
    print(error.code, error)
"""


def test_a_folder_that_may_only_be_read_is_said_so() -> None:
    # Not in pytest's own folder, which only the user who runs the tests can enter.
    with TemporaryDirectory() as name:
        path = Path(name) / "log.sqlite"
        with create_log(path) as log:
            log.append([envelope(0)], size=0)
        path.chmod(0o444)
        Path(name).chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", READER, str(path)], capture_output=True, text=True, check=False
        )
        Path(name).chmod(0o755)

    assert done.stdout.startswith("store-unavailable "), done.stderr
    assert str(path) in done.stdout


# Triggers: hygiene, not the argument


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stored_events SET state = x'00'",
        "DELETE FROM stored_events",
        "UPDATE merkle_leaf SET leaf_hash = x'00'",
        "DELETE FROM merkle_leaf",
        "DELETE FROM merkle_head",
    ],
)
def test_rows_are_not_changed_or_removed_by_accident(log: EventLog, statement: str) -> None:
    with (
        closing(sqlite3.connect(Path(log.name))) as connection,
        pytest.raises(sqlite3.IntegrityError, match="the log only grows"),
    ):
        connection.execute(statement)


# What the audit is shown when somebody did it on purpose


def test_a_row_that_was_dropped_leaves_an_empty_row_at_its_position(log: EventLog) -> None:
    attack(log, "DELETE FROM stored_events WHERE rowid = 3")

    assert log.row(2) == Row(2, "", -1, "", None, leaf_hash(b"honest 2"))
    assert [row.position for row in log.scan(chunk=2)] == [0, 1, 2, 3, 4]
    can_go_on(log)


def test_a_leaf_that_was_dropped_leaves_a_hole_and_a_stray(log: EventLog) -> None:
    attack(log, "DELETE FROM merkle_leaf WHERE leaf_index = 2")

    assert log.row(2) == Row(2, "", -1, "", None, None)
    assert [row.position for row in log.scan(chunk=2)] == [0, 1, 2, 3, 4]
    assert [(stray.row_id, stray.why) for stray in log.strays()] == [(3, "no-leaf")]
    can_go_on(log)


def test_a_tail_that_was_cut_off_makes_the_log_shorter_than_its_head(log: EventLog) -> None:
    attack(
        log,
        "DELETE FROM merkle_leaf WHERE leaf_index >= 3",
        "DELETE FROM stored_events WHERE rowid > 3",
    )

    assert log.size() == 3
    assert log.head().size == 5
    can_go_on(log)


def test_an_edited_row_no_longer_has_the_leaf_beside_it(log: EventLog) -> None:
    attack(log, "UPDATE stored_events SET state = x'00', originator_id = 'x' WHERE rowid = 3")

    row = log.row(2)

    assert row.raw == b"\0"
    assert row.stream == "x"
    assert row.indexed_leaf == leaf_hash(b"honest 2")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM merkle_head",
        "UPDATE merkle_head SET size = 4",
        "UPDATE merkle_head SET size = -1",
        "UPDATE merkle_head SET root = x'00'",
        "UPDATE merkle_head SET frontier = x''",
        "UPDATE merkle_head SET frontier = zeroblob(64)",
        "UPDATE merkle_head SET size = 9007199254740993, frontier = zeroblob(64)",
    ],
)
def test_a_head_that_is_none_is_said_so_and_does_not_stop_the_others(
    log: EventLog, statement: str
) -> None:
    before = log.head()
    attack(log, statement)

    with pytest.raises(Unproven, match="missing, or its root does not follow"):
        log.head()
    assert log.size() == SIZE
    assert len(list(log.scan())) == SIZE
    can_go_on(log)
    with create_log(Path(log.name).with_name("honest.sqlite")) as honest:
        assert honest.append([envelope(n) for n in range(SIZE)], size=0) == before
        can_go_on(honest)
        assert log.head() == honest.head()


def test_a_stored_row_without_a_leaf_is_a_stray(log: EventLog) -> None:
    attack(
        log,
        "INSERT INTO stored_events (originator_id, originator_version, topic, state)"
        " VALUES ('proposal:1', 6, 'release.started', x'00')",
    )

    assert log.size() == SIZE
    (stray,) = log.strays()
    assert (stray.stream, stray.version, stray.why) == ("proposal:1", 6, "no-leaf")
    can_go_on(log)


def test_a_stored_row_with_a_leaf_but_no_head_is_part_of_the_log(log: EventLog) -> None:
    attack(
        log,
        "INSERT INTO stored_events (originator_id, originator_version, topic, state)"
        " VALUES ('proposal:1', 6, 'release.started', x'00')",
        "INSERT INTO merkle_leaf VALUES (5, 6, zeroblob(32))",
    )

    assert log.row(5).kind == "release.started"
    assert log.size() == SIZE + 1
    can_go_on(log)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO stored_events VALUES (9223372036854775807, 'proposal:1', 6, 'x', x'00', 0)",
        "INSERT INTO stored_events VALUES (6, 'a', 1, 'x', x'00', 0)",
        "INSERT INTO stored_events VALUES (7, 'proposal:1', 6, 'x', x'00', 9223372036854775807)",
        "INSERT INTO stored_events VALUES (-7, 'proposal:1', 6, 'x', x'00', -1)",
        "INSERT INTO merkle_leaf VALUES (-1, 6, x'00')",
        "INSERT INTO merkle_leaf VALUES (9223372036854775807, 6, zeroblob(32))",
        "INSERT INTO merkle_leaf VALUES (1000000000000, 6, zeroblob(32))",
        "INSERT INTO merkle_leaf VALUES (5, 77, x'00')",
    ],
)
def test_no_row_that_a_stranger_adds_stops_the_next_append(log: EventLog, statement: str) -> None:
    attack(log, statement)

    assert len(list(log.scan())) == SIZE
    assert log.strays()
    can_go_on(log)


@pytest.mark.parametrize("squat", [-1, 1, 7])
def test_a_row_that_claims_a_squat_that_never_was_is_a_stray(log: EventLog, squat: int) -> None:
    attack(log, f"UPDATE stored_events SET squat = {squat} WHERE rowid = 3")  # noqa: S608 - ours

    assert [(stray.row_id, stray.why) for stray in log.strays()] == [(3, "squat")]


def test_columns_of_any_type_and_size_are_read_without_harm(log: EventLog) -> None:
    attack(
        log,
        "CREATE TABLE loose (rowid INTEGER PRIMARY KEY, originator_id, originator_version, topic,"
        " state, squat)",
        "INSERT INTO loose SELECT * FROM stored_events",
        "DROP TABLE stored_events",
        "ALTER TABLE loose RENAME TO stored_events",
        "UPDATE stored_events SET originator_id = CAST(x'ff' AS TEXT), topic = NULL, state = 12,"
        " originator_version = 'seven' WHERE rowid = 1",
        "UPDATE stored_events SET state = zeroblob(10000000), topic = zeroblob(10000000)"
        " WHERE rowid = 2",
    )

    odd, huge = log.read(0, 2)

    assert (odd.stream, odd.version, odd.kind, odd.raw) == ("\ufffd", 0, "", b"12")
    assert huge.raw == bytes(65_536)
    assert len(huge.kind) == 512
    log.strays()


def test_a_hole_too_large_to_list_is_an_error_and_not_a_hang(log: EventLog) -> None:
    attack(
        log,
        "INSERT INTO merkle_leaf VALUES (1099511627775, 6, zeroblob(32))",
        "UPDATE merkle_head SET size = 1099511627776, frontier = zeroblob(32), root = zeroblob(32)",
    )

    with pytest.raises(Uncheckable, match="positions 5 to 1099511627774 are missing"):
        list(log.scan(chunk=10**13))


def test_a_log_moved_to_another_folder_is_the_same_log(log: EventLog, tmp_path: Path) -> None:
    head = log.head()
    log.close()
    (tmp_path / "elsewhere").mkdir()
    shutil.move(Path(log.name), tmp_path / "elsewhere" / "log.sqlite")

    with open_log(tmp_path / "elsewhere" / "log.sqlite") as moved:
        assert moved.head() == head
