"""A user's own state: nobody else writes it, and the mark never moves back."""

import os
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

import pytest

from ledger.errors import BadInput, Refused, Uncheckable, Unproven
from ledger.store.state import Mark, Receipt, State

LEDGER = "ab" * 32


def root(number: int) -> bytes:
    return number.to_bytes(32)


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "state", LEDGER)


def test_asking_leaves_no_trace(state: State) -> None:
    assert not state.is_pinned()
    assert state.mark() is None
    assert state.receipts() == []
    assert not state.folder.parent.exists()


def test_a_pin_stays(state: State) -> None:
    state.pin()
    state.pin()

    assert State(state.folder.parent, LEDGER).is_pinned()
    assert not State(state.folder.parent, "cd" * 32).is_pinned()


def test_everything_is_the_users_alone(state: State) -> None:
    state.pin()
    state.advance_mark(Mark(1, root(1)))
    state.add_receipts([Receipt(0, root(7))])

    assert state.folder.stat().st_mode & 0o777 == 0o700
    assert state.folder.parent.stat().st_mode & 0o777 == 0o700
    names = {path.name: path.stat().st_mode & 0o777 for path in state.folder.iterdir()}
    assert names == dict.fromkeys(["lock", "mark", "pin", "receipts.jsonl"], 0o600)


def test_a_mark_only_grows(state: State) -> None:
    assert state.advance_mark(Mark(5, root(5))) == Mark(5, root(5))
    assert state.advance_mark(Mark(3, root(3))) == Mark(5, root(5))
    assert state.advance_mark(Mark(5, root(5))) == Mark(5, root(5))
    assert state.advance_mark(Mark(9, root(9))) == Mark(9, root(9))

    assert state.mark() == Mark(9, root(9))


def test_a_mark_is_swapped_only_where_it_is_still_the_one_that_was_compared(state: State) -> None:
    state.make()
    assert state.swap_mark(None, Mark(5, root(5)))
    assert not state.swap_mark(None, Mark(6, root(6)))
    assert not state.swap_mark(Mark(5, root(7)), Mark(6, root(6)))
    assert state.mark() == Mark(5, root(5))
    assert state.swap_mark(Mark(5, root(5)), Mark(5, root(5)))
    assert state.swap_mark(Mark(5, root(5)), Mark(9, root(9)))

    assert state.mark() == Mark(9, root(9))


def test_of_programs_that_compared_the_same_mark_one_swaps_it(state: State) -> None:
    """Shown two histories, two programs of one witness would sign both; the second looks again."""
    first = Mark(1, root(1))
    state.advance_mark(first)
    marks = [Mark(2, root(number)) for number in range(2, 10)]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        won = list(pool.map(swap, repeat(state.folder.parent), repeat(first), marks))

    assert sum(won) == 1
    assert state.mark() == Mark(2, root(2 + won.index(True)))


def swap(folder: Path, expected: Mark, mark: Mark) -> bool:
    """What one program of a witness does."""
    return State(folder, LEDGER).swap_mark(expected, mark)


def test_another_root_at_the_marked_size_is_an_alarm(state: State) -> None:
    state.advance_mark(Mark(5, root(5)))

    with pytest.raises(Unproven, match=f"verified under the root {root(5).hex()}, and is now"):
        state.advance_mark(Mark(5, root(6)))

    assert state.mark() == Mark(5, root(5))


def test_receipts_are_kept_in_order(state: State) -> None:
    state.add_receipts([Receipt(0, root(1)), Receipt(1, root(2))])
    state.add_receipts([Receipt(7, root(3))])

    assert state.receipts() == [Receipt(0, root(1)), Receipt(1, root(2)), Receipt(7, root(3))]


def test_a_receipt_cut_short_by_a_crash_is_dropped_and_written_over(state: State) -> None:
    state.add_receipts([Receipt(0, root(1))])
    with (state.folder / "receipts.jsonl").open("ab") as file:
        file.write(b'{"leaf":"00')

    assert state.receipts() == [Receipt(0, root(1))]
    state.add_receipts([Receipt(1, root(2))])
    assert state.receipts() == [Receipt(0, root(1)), Receipt(1, root(2))]


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o720, 0o702])
def test_a_folder_that_others_may_write_to_is_not_believed(state: State, mode: int) -> None:
    state.advance_mark(Mark(5, root(5)))
    state.folder.chmod(mode)

    for act in (state.mark, state.is_pinned, state.receipts, state.pin):
        with pytest.raises(Refused, match="others may write to it") as caught:
            act()
        assert caught.value.hint is not None
        assert caught.value.hint.startswith("chmod 700 ")


def test_a_link_to_a_folder_elsewhere_is_not_believed(state: State, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    state.folder.parent.mkdir()
    state.folder.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(Refused, match="belongs to someone else"):
        state.mark()


@pytest.mark.needs("root")
def test_a_folder_of_somebody_else_is_not_believed(state: State) -> None:
    state.pin()
    os.chown(state.folder, 65534, 65534)

    with pytest.raises(Refused, match="belongs to someone else"):
        state.is_pinned()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"root":"00","size":1}',
        b'{"root":"%s","size":-1}' % (b"0" * 64),
        b'{"root":"%s","size":true}' % (b"0" * 64),
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_a_mark_that_is_none_is_never_read_as_no_mark(state: State, content: bytes) -> None:
    state.advance_mark(Mark(5, root(5)))
    (state.folder / "mark").write_bytes(content)

    for act in (state.mark, lambda: state.advance_mark(Mark(9, root(9)))):
        with pytest.raises(Uncheckable, match="mark is not what assent wrote there"):
            act()


def test_a_pin_of_another_ledger_is_never_read_as_ours(state: State) -> None:
    state.pin()
    (state.folder / "pin").write_text("cd" * 32 + "\n")

    with pytest.raises(Uncheckable, match="pin is not what assent wrote there"):
        state.is_pinned()


@pytest.mark.parametrize("ledger", ["", "..", "AB" * 32, "ab" * 32 + "\n", "../" + "ab" * 32])
def test_only_a_ledger_id_names_a_folder(tmp_path: Path, ledger: str) -> None:
    with pytest.raises(BadInput, match="is not 64 lower-case hexadecimal digits"):
        State(tmp_path, ledger)


def test_a_root_that_is_a_file_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")

    with pytest.raises(Uncheckable, match=r"Not a directory|File exists"):
        State(tmp_path / "state", LEDGER).pin()


def advance(root_folder: Path, first: int) -> None:
    """Raise the mark to every second size from *first* on, each as far as it still is one."""
    state = State(root_folder, LEDGER)
    for size in range(first, 200, 2):
        assert state.advance_mark(Mark(size, root(size))).size >= size
        state.add_receipts([Receipt(size, root(size))])


def test_two_programs_of_one_user_never_move_the_mark_back_nor_lose_a_receipt(
    state: State,
) -> None:
    spawn = get_context("spawn")
    programs = [spawn.Process(target=advance, args=(state.folder.parent, n)) for n in (0, 1)]
    for program in programs:
        program.start()
    highest = 0
    while any(program.is_alive() for program in programs):
        mark = state.mark()
        if mark is not None:
            assert mark.size >= highest
            assert mark.root == root(mark.size)
            highest = mark.size
    for program in programs:
        program.join()

    assert [program.exitcode for program in programs] == [0, 0]
    assert state.mark() == Mark(199, root(199))
    assert sorted(receipt.position for receipt in state.receipts()) == list(range(200))
