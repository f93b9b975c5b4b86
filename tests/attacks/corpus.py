"""What whoever runs a store can make of a log: one history, left in many ways.

The history is signed once. Everything beside the envelopes, and what is computed of them, is made
to fit what was left, unless it is that which lies.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Final

from ledger.model.events import CommentMade
from ledger.seal.envelope import seal
from ledger.seal.merkle import leaf_hash
from ledger.service import Signer, place
from tests.acts import prepared
from tests.attacks.left_logs import Left, Line, Victim, cut, edited, left, who_saw
from tests.organisation import Organisation, change, stack

SIZE: Final = 21
"""How long the history is."""

AT: Final = 9
"""The position that is changed: an entry that others have seen since."""


@cache
def organisation() -> Organisation:
    """Two releases prepared, one of them made; the last two entries never saw each other."""
    org = Organisation()
    org.release(change(stack(model="m0")))
    first = prepared(org)[1]
    second = org.open("frank", change(alias="churn/production"))
    envelopes = []
    for name, of in (("erin", first), ("alice", second)):
        signer = Signer(name, org.keys[name])
        event = CommentMade(proposal=of, text="at the same time")
        entry = place(org.standing, event, signer, now=org.now + 1, ledger_id=org.id)
        envelopes.append(seal(entry.payload(), signer.key))
    assert [org.smuggle(raw).admitted for raw in envelopes] == [True, True]
    assert len(org.envelopes) == SIZE
    return org


def honest() -> Left:
    org = organisation()
    return left(org.id, org.envelopes)


def acquaintance() -> Victim:
    return who_saw(organisation().envelopes)


def author() -> Victim:
    leaves = [leaf_hash(raw) for raw in organisation().envelopes]
    return Victim(receipts={SIZE - 1: leaves[SIZE - 1], AT: leaves[AT]})


def lines(*order: int) -> Left:
    """The history with its positions in another order, or some of them only."""
    log = honest()
    return replace(log, lines=tuple(log.lines[at] for at in order))


def flipped(raw: bytes | None) -> bytes:
    """*raw* with one bit changed in the middle of the payload."""
    assert raw is not None
    changed = bytearray(raw)
    changed[len(raw) // 3] ^= 1
    return bytes(changed)


def as_it_was() -> Left:
    return honest()


def edit_a_byte() -> Left:
    log = honest()
    return edited(log, AT, Line(flipped(log.lines[AT].raw)))


def edit_a_byte_and_not_its_leaf() -> Left:
    log = honest()
    before = log.lines[AT]
    return edited(log, AT, Line(flipped(before.raw), leaf=before.indexed))


def edit_a_leaf() -> Left:
    return edited(honest(), AT, replace(honest().lines[AT], leaf=b"\1" * 32))


def drop_one() -> Left:
    return lines(*(at for at in range(SIZE) if at != AT))


def drop_the_founding() -> Left:
    return lines(*range(1, SIZE))


def swap_two() -> Left:
    order = list(range(SIZE))
    order[AT], order[AT + 1] = order[AT + 1], order[AT]
    return lines(*order)


def drop_one_that_nobody_saw() -> Left:
    return lines(*range(SIZE - 2), SIZE - 1)


def swap_two_that_never_met() -> Left:
    return lines(*range(SIZE - 2), SIZE - 1, SIZE - 2)


def duplicate_one() -> Left:
    return lines(*range(SIZE), AT)


def move_one_to_the_end() -> Left:
    return lines(*(at for at in range(SIZE) if at != AT), AT)


def move_one_to_the_front() -> Left:
    return lines(0, 1, SIZE - 3, *range(2, SIZE - 3), SIZE - 2, SIZE - 1)


def add_rubbish() -> Left:
    log = honest()
    return replace(log, lines=(*log.lines, Line(b"rubbish")))


def add_nothing() -> Left:
    log = honest()
    return replace(log, lines=(*log.lines, Line(b"")))


def add_what_is_too_long() -> Left:
    log = honest()
    return replace(log, lines=(*log.lines, Line(b"x" * 65_536)))


def insert_rubbish() -> Left:
    log = honest()
    return replace(log, lines=(*log.lines[:AT], Line(b"rubbish"), *log.lines[AT:]))


def cut_the_end() -> Left:
    return cut(honest(), SIZE - 2)


def restore_an_old_backup() -> Left:
    return cut(honest(), AT)


def empty_it() -> Left:
    return cut(honest(), 0)


def another_course_of_the_same_ledger() -> Left:
    """Everybody signed it; it is not what the acquaintance saw."""
    org = Organisation()
    for model in ("m7", "m8"):
        org.release(change(stack(model=model)))
    assert org.id == organisation().id
    return left(org.id, org.envelopes)


def another_ledger() -> Left:
    roles = ("model-owner", "data-owner", "evaluation-owner", "release-owner")
    org = Organisation(people={f"other-{role}": [role] for role in roles})
    return left(organisation().id, org.envelopes)


def lie_in_the_columns() -> Left:
    log = honest()
    lie = ("alias:churn/production", 7, "comment.made")
    return edited(log, AT, replace(log.lines[AT], columns=lie))


def lie_in_the_head() -> Left:
    return replace(honest(), head=(SIZE, b"\2" * 32))


def row_is_gone() -> Left:
    log = honest()
    return edited(log, AT, Line(None, columns=log.lines[AT].row(AT), leaf=log.lines[AT].indexed))


TAMPERED: Final[tuple[Callable[[], Left], ...]] = (
    as_it_was,
    edit_a_byte,
    edit_a_byte_and_not_its_leaf,
    edit_a_leaf,
    drop_one,
    drop_the_founding,
    drop_one_that_nobody_saw,
    swap_two,
    swap_two_that_never_met,
    duplicate_one,
    move_one_to_the_end,
    move_one_to_the_front,
    add_rubbish,
    add_nothing,
    add_what_is_too_long,
    insert_rubbish,
    cut_the_end,
    restore_an_old_backup,
    empty_it,
    another_course_of_the_same_ledger,
    another_ledger,
    lie_in_the_head,
)
"""Everything that can be left in each kind of store."""
