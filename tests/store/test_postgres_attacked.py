"""What is read of a log on a server after somebody who owns it did as they liked."""

import pytest

from ledger.errors import Conflict, Uncheckable, Unproven
from ledger.model.address import Address, log_address
from ledger.seal.merkle import leaf_hash
from ledger.store.glance import End
from ledger.store.log import EventLog, Row
from ledger.store.postgres import open_schema
from ledger.store.postgres_glance import glance_at_server
from tests.servers import psql
from tests.store.server_logs import SIZE, attack, can_go_on, envelope

pytestmark = pytest.mark.needs("postgres")


def test_rows_leaves_and_tails_that_are_gone_leave_holes_and_stop_nobody(
    log: EventLog, place: str
) -> None:
    attack(
        place,
        "DELETE FROM stored_events WHERE notification_id = 2",
        "DELETE FROM merkle_leaf WHERE leaf_index = 2",
    )

    assert log.row(1) == Row(1, "", -1, "", None, leaf_hash(b"honest 1"))
    assert log.row(2) == Row(2, "", -1, "", None, None)
    for chunk in (1, 2, 1000):
        assert [row.position for row in log.scan(chunk=chunk)] == [0, 1, 2, 3, 4]
    assert [(stray.row_id, stray.why) for stray in log.strays()] == [(3, "no-leaf")]
    can_go_on(log)

    attack(place, "DELETE FROM merkle_leaf WHERE leaf_index >= 3")
    assert log.size() == 2
    assert log.head().size == 6
    can_go_on(log)


def test_an_edited_row_no_longer_has_the_leaf_beside_it(log: EventLog, place: str) -> None:
    attack(
        place, "UPDATE stored_events SET state = '', originator_id = 'x' WHERE notification_id = 3"
    )

    row = log.row(2)

    assert (row.raw, row.stream, row.indexed_leaf) == (b"", "x", leaf_hash(b"honest 2"))


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM merkle_head",
        "UPDATE merkle_head SET size = 4",
        "UPDATE merkle_head SET size = -1",
        "UPDATE merkle_head SET root = ''",
        "UPDATE merkle_head SET frontier = ''",
        (
            "ALTER TABLE merkle_head ALTER frontier DROP NOT NULL;"
            " UPDATE merkle_head SET frontier = NULL"
        ),
        "ALTER TABLE merkle_head ALTER root DROP NOT NULL; UPDATE merkle_head SET root = NULL",
        (
            "UPDATE merkle_head SET size = 9007199254740993,"
            " frontier = decode(repeat('00', 64), 'hex')"
        ),
        "UPDATE merkle_head SET size = 9223372036854775807",
    ],
)
def test_a_head_that_is_none_is_said_so_and_does_not_stop_the_others(
    log: EventLog, place: str, statement: str
) -> None:
    honest = log.head()
    attack(place, statement)

    with pytest.raises(Unproven, match="missing, or its root does not follow"):
        log.head()
    assert log.size() == SIZE
    assert len(list(log.scan())) == SIZE
    can_go_on(log)
    assert log.append([envelope(n) for n in range(SIZE)], size=0) == honest


@pytest.mark.parametrize(
    "statements",
    [
        ["INSERT INTO stored_events VALUES (6, 'x', 1, 'k', '')"],
        ["INSERT INTO stored_events VALUES (9223372036854775807, 'proposal:1', 6, 'k', '')"],
        [
            (
                "INSERT INTO stored_events SELECT n, 'proposal:1', 6, 'k', '', n"
                " FROM generate_series(6, 300) AS n"
            )
        ],
        ["INSERT INTO stored_events VALUES (99, 'proposal:1', 6, 'k', '', 9223372036854775807)"],
        ["INSERT INTO merkle_leaf VALUES (5, 77, '')"],
        ["INSERT INTO merkle_leaf VALUES (-1, 77, ''), (9223372036854775807, 78, '')"],
        [
            "ALTER TABLE merkle_leaf ALTER leaf_hash DROP NOT NULL",
            "INSERT INTO merkle_leaf VALUES (5, 77, NULL)",
        ],
        ["DELETE FROM merkle_head", "INSERT INTO merkle_leaf VALUES (5, 77, 'short')"],
    ],
)
def test_no_row_that_somebody_added_stops_the_next_honest_append(
    log: EventLog, place: str, statements: list[str]
) -> None:
    attack(place, *statements)

    assert log.size() == SIZE
    can_go_on(log)
    can_go_on(log)
    assert [row.position for row in log.scan()] == [*range(SIZE + 2)]


def test_leaves_that_follow_the_head_count_wherever_they_come_from(
    log: EventLog, place: str
) -> None:
    attack(
        place,
        "INSERT INTO stored_events VALUES (6, 'x', 1, 'k', 'rubbish')",
        "INSERT INTO merkle_leaf VALUES (5, 6, sha256('\\x00' || 'rubbish'::bytea))",
    )

    assert log.size() == SIZE + 1
    assert log.row(SIZE).raw == b"rubbish"
    with pytest.raises(Conflict, match="has 6 entries"):
        log.append([envelope(SIZE)], size=SIZE)
    can_go_on(log)


def test_strays_are_told_with_the_reason(log: EventLog, place: str) -> None:
    attack(
        place,
        "INSERT INTO stored_events VALUES (50, 'x', 1, 'k', '')",
        "INSERT INTO merkle_leaf VALUES (-1, 1, ''), (9, 1, '')",
        "UPDATE stored_events SET squat = 3 WHERE notification_id = 2",
    )

    found = {(stray.row_id, stray.why) for stray in log.strays()}

    assert found == {(50, "no-leaf"), (2, "squat"), (-1, "outlying-leaf"), (9, "outlying-leaf")}
    assert len(log.strays(limit=2)) == 2


def test_columns_of_other_types_and_sizes_are_read_without_harm(log: EventLog, place: str) -> None:
    attack(
        place,
        "ALTER TABLE stored_events ALTER topic DROP NOT NULL,"
        " ALTER originator_version TYPE numeric",
        "UPDATE stored_events SET topic = NULL WHERE notification_id = 1",
        "UPDATE stored_events SET state = decode(repeat('00', 10000000), 'hex'),"
        " topic = repeat('x', 10000000) WHERE notification_id = 2",
    )

    odd, huge = log.read(0, 2)

    assert (odd.kind, odd.version) == ("", 1)
    assert huge.raw == bytes(65_536)
    assert len(huge.kind) == 512
    attack(place, "UPDATE stored_events SET originator_version = 1e30 WHERE notification_id = 1")
    with pytest.raises(Uncheckable, match="out of range"):
        log.row(0)


def test_a_hole_too_large_to_list_is_an_error_and_not_a_hang(log: EventLog, place: str) -> None:
    attack(
        place,
        "INSERT INTO merkle_leaf VALUES (1099511627775, 6, decode(repeat('00', 32), 'hex'))",
        "UPDATE merkle_head SET size = 1099511627776, frontier = decode(repeat('00', 32), 'hex'),"
        " root = decode(repeat('00', 32), 'hex')",
    )

    with pytest.raises(Uncheckable, match="positions 5 to 1099511627774 are missing"):
        list(log.scan(chunk=10**13))


def test_functions_that_others_put_in_the_way_are_not_used(log: EventLog, place: str) -> None:
    """Whoever owns the database can have theirs looked up before the server's own."""
    before = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path TO {path}',"
    before += " current_database()); END $$"
    psql(
        place,
        "CREATE FUNCTION {schema}.substr(bytea, integer, integer) RETURNS bytea LANGUAGE sql"
        " AS 'SELECT decode(''00'', ''hex'')'",
        "CREATE FUNCTION {schema}.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1'",
        before.replace("{path}", "{schema}, pg_catalog"),
    )
    try:
        with open_schema(log_address(place)) as fresh:
            assert fresh.row(0).raw == envelope(0).raw
            can_go_on(fresh)
            assert glance_at_server(log_address(place)) == End(
                SIZE + 1, log.head().root, b"honest 5"
            )
    finally:
        psql(place, before.replace("{path}", "DEFAULT"))


def test_a_glance_sees_the_end_and_nothing_where_a_closer_look_is_needed(
    log: EventLog, place: str
) -> None:
    address, head = log_address(place), log.head()
    assert glance_at_server(address) == End(SIZE, head.root, b"honest 4")

    assert glance_at_server(Address("postgresql://127.0.0.1:1/db", "assent_log")) is None
    assert glance_at_server(address.beside("nowhere")) is None
    attack(place, "INSERT INTO merkle_leaf VALUES (9, 1, '')")
    assert glance_at_server(address) is None
