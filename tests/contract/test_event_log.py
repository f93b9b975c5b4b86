"""What every event log promises, whatever it is stored in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BadInput, Conflict, Uncheckable
from ledger.seal.merkle import EMPTY_ROOT, leaf_hash, push, root
from ledger.store.log import EventLog, Head, Placed, create_log
from tests.contract.conftest import Place


def envelope(number: int, *, stream: str = "proposal:1", text: str = "") -> Placed:
    raw = f'{{"number":{number},"text":"{text}"}}\nsignature\n'.encode()
    return Placed(stream, number + 1, "comment.made", raw)


def head_over(envelopes: list[Placed]) -> Head:
    frontier: tuple[bytes, ...] = ()
    for size, placed in enumerate(envelopes):
        frontier = push(size, frontier, leaf_hash(placed.raw))
    return Head(len(envelopes), root(frontier), frontier)


def test_a_new_log_is_empty_and_its_root_is_the_hash_of_nothing(log: EventLog) -> None:
    assert log.size() == 0
    assert log.head() == Head(0, EMPTY_ROOT, ())
    assert log.read(0, 10) == []
    assert log.find(leaf_hash(b"anything")) is None


def test_what_is_appended_is_read_back_byte_for_byte_with_its_leaf(log: EventLog) -> None:
    raw = bytes(range(256)) + "é\u202e".encode()
    log.append([Placed("proposal:é", 7, "comment.made", raw)], size=0)

    row = log.row(0)

    assert (row.position, row.stream, row.version, row.kind) == (0, "proposal:é", 7, "comment.made")
    assert row.raw == raw
    assert row.indexed_leaf == leaf_hash(raw)


def test_the_head_is_the_tree_over_all_envelopes_after_each_append(log: EventLog) -> None:
    envelopes = [envelope(n) for n in range(20)]

    for size, placed in enumerate(envelopes):
        assert log.append([placed], size=size) == head_over(envelopes[: size + 1])

    assert log.head() == head_over(envelopes)


def test_an_append_behind_another_size_than_the_judged_one_stores_nothing(log: EventLog) -> None:
    log.append([envelope(0)], size=0)

    for judged in (0, 2):
        with pytest.raises(Conflict, match=f"has 1 entries, not the {judged} that were judged"):
            log.append([envelope(1)], size=judged)

    assert log.size() == 1
    assert log.head() == head_over([envelope(0)])


def test_several_envelopes_are_stored_together_or_not_at_all(log: EventLog) -> None:
    too_long = Placed("proposal:1", 3, "comment.made", b"x" * 65_536)

    with pytest.raises(BadInput, match="65,535 are allowed"):
        log.append([envelope(0), envelope(1), too_long], size=0)
    assert log.size() == 0

    log.append([envelope(0), envelope(1)], size=0)
    assert [row.raw for row in log.read(0, 9)] == [envelope(0).raw, envelope(1).raw]


def test_the_same_bytes_appended_again_are_found_and_not_stored_twice(log: EventLog) -> None:
    first = log.append([envelope(0)], size=0)
    pair = log.append([envelope(1), envelope(2)], size=1)
    log.append([envelope(3)], size=3)

    assert log.append([envelope(0)], size=0) == first
    assert log.append([envelope(1), envelope(2)], size=1) == pair
    assert log.append([envelope(1), envelope(2)], size=99).size - 2 == 1
    assert log.size() == 4


def test_envelopes_of_which_only_some_are_stored_are_refused_whole(log: EventLog) -> None:
    log.append([envelope(0), envelope(1)], size=0)

    with pytest.raises(Conflict, match="position 1 already holds") as caught:
        log.append([envelope(1), envelope(2)], size=2)

    assert caught.value.code == "partly-stored"
    assert log.size() == 2


def test_an_entry_is_found_by_its_leaf(log: EventLog) -> None:
    log.append([envelope(n) for n in range(5)], size=0)

    assert [log.find(leaf_hash(envelope(n).raw)) for n in range(6)] == [0, 1, 2, 3, 4, None]


def test_a_place_taken_by_an_unplaced_row_does_not_block_the_stream(log: EventLog) -> None:
    """The caller judged the squatter to be no entry of the stream; it stays a leaf."""
    for number in range(3):
        log.append([envelope(0, text=f"rubbish {number}")], size=number)

    log.append([envelope(0)], size=3)

    assert [row.version for row in log.read(0, 9)] == [1, 1, 1, 1]
    assert log.strays() == []


def test_an_unknown_kind_is_refused_and_never_imported(log: EventLog) -> None:
    with pytest.raises(BadInput, match="no kind of event called 'os:system'"):
        log.append([Placed("proposal:1", 1, "os:system", b"x")], size=0)

    assert log.size() == 0


def test_an_append_of_nothing_is_an_error(log: EventLog) -> None:
    with pytest.raises(BadInput, match="at least one envelope"):
        log.append([], size=0)


def test_positions_that_do_not_exist_are_named(log: EventLog) -> None:
    log.append([envelope(0)], size=0)

    for position in (-1, 1, 10**30):
        with pytest.raises(BadInput, match=f"no position {position}; the log has 1 entries"):
            log.row(position)
    for start, limit in ((-1, 1), (0, 0)):
        with pytest.raises(BadInput, match=f"{limit} rows from position {start}"):
            log.read(start, limit)
    assert log.read(10**30, 10**30) == []
    assert len(log.read(0, 10**30)) == 1


def test_reading_in_chunks_gives_every_row_once_in_order(log: EventLog) -> None:
    log.append([envelope(n) for n in range(23)], size=0)

    for chunk in (1, 2, 22, 23, 24, 1000):
        assert [row.position for row in log.scan(chunk=chunk)] == list(range(23))
    assert [row.position for row in log.scan(20)] == [20, 21, 22]


def test_a_second_reader_sees_what_the_first_appended(log: EventLog, place: Place) -> None:
    log.append([envelope(0)], size=0)

    with place.open() as other:
        assert other.head() == log.head()
        other.append([envelope(1)], size=1)

    assert log.row(1).raw == envelope(1).raw


def test_a_log_that_was_closed_says_so(log: EventLog) -> None:
    log.close()

    with pytest.raises(Uncheckable) as caught:
        log.size()
    assert caught.value.code == "store-unavailable"


def test_batches_of_every_size_give_the_tree_of_the_same_envelopes_one_by_one(
    log: EventLog,
) -> None:
    every = [envelope(n) for n in range(300)]
    size = 0
    while size < len(every):
        batch = every[size : size + size % 13 + 1]
        head = log.append(batch, size=size)
        assert head == head_over(every[: head.size])
        size = head.size

    assert [row.raw for row in log.scan(chunk=7)] == [placed.raw for placed in every]


@given(batches=st.lists(st.integers(1, 9), max_size=8))
def test_batches_of_any_size_do_so_in_a_file(
    batches: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    with create_log(tmp_path_factory.mktemp("log") / "log.sqlite") as log:
        every = [envelope(n) for n in range(sum(batches))]
        size = 0
        for count in batches:
            size = log.append(every[size : size + count], size=size).size

        assert log.head() == head_over(every)
        assert [row.raw for row in log.scan()] == [placed.raw for placed in every]
