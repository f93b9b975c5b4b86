"""Whoever runs the store, or can write to it: what they change, and what each victim is told.

A newcomer brings the ledger's id and nothing else, an acquaintance the mark of what they verified
before, an author the receipts of what they appended.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import pytest

from ledger.audit.findings import Verdict
from tests.attacks import corpus
from tests.attacks.corpus import AT, SIZE, acquaintance, author, organisation
from tests.attacks.left_logs import NEWCOMER, Kind, Left, Told, audited
from tests.attacks.stores import Put

Found = tuple[int | None, str]


@dataclass(frozen=True, slots=True)
class Case:
    """The verdicts for newcomer, acquaintance and author; who is alarmed is told one of *found*."""

    newcomer: Verdict
    acquaintance: Verdict
    author: Verdict
    found: tuple[Found, ...] = ()


def _edited(*found: Found) -> Case:
    """The others have seen something else, so anybody who reads it sees a fork."""
    return Case("forked", "tampered", "tampered", found)


def _added(rule: str) -> Case:
    return Case("refused", "refused", "refused", ((SIZE, rule),))


def _cut(size: int) -> Case:
    """A shorter history is a history: only who saw the longer one can tell."""
    return Case("verified", "rolled-back", "rolled-back", ((size, "log-shorter"),))


def _plain(rule: str, at: int) -> Case:
    return Case("tampered", "tampered", "tampered", ((at, rule),))


CASES: Final[dict[Callable[[], Left], Case]] = {
    corpus.as_it_was: Case("verified", "verified", "verified"),
    corpus.edit_a_byte: _edited((AT, "bad-signature")),
    corpus.edit_a_byte_and_not_its_leaf: _plain("leaf-differs", AT),
    corpus.edit_a_leaf: _plain("leaf-differs", AT),
    corpus.drop_one: Case("forked", "rolled-back", "rolled-back", ((AT, "out-of-place"),)),
    corpus.drop_the_founding: _plain("other-ledger", 0),
    corpus.drop_one_that_nobody_saw: _cut(SIZE - 1),
    corpus.swap_two: _edited((AT, "out-of-place")),
    corpus.swap_two_that_never_met: Case(
        "verified", "tampered", "tampered", ((None, "root-differs"), (SIZE - 1, "receipt-differs"))
    ),
    corpus.duplicate_one: _added("out-of-place"),
    corpus.move_one_to_the_end: _edited((AT, "out-of-place")),
    corpus.move_one_to_the_front: _edited((2, "seen-mismatch")),
    corpus.add_rubbish: _added("not-two-lines"),
    corpus.add_nothing: _added("not-two-lines"),
    corpus.add_what_is_too_long: _added("too-large"),
    corpus.insert_rubbish: _edited((AT, "not-two-lines")),
    corpus.cut_the_end: _cut(SIZE - 2),
    corpus.restore_an_old_backup: _cut(AT),
    corpus.empty_it: _plain("missing-entry", 0),
    corpus.another_course_of_the_same_ledger: Case(
        "verified",
        "rolled-back",
        "rolled-back",
        ((20, "log-shorter"),),
    ),
    corpus.another_ledger: _plain("other-ledger", 0),
    corpus.lie_in_the_head: Case(
        "refused", "refused", "refused", ((SIZE, "head-differs"), (SIZE - 1, "head-differs"))
    ),
}


def as_in_a_database(said: Told) -> Told:
    """What is said of a bundle, in the words for a database: its index are the lowest tiles."""
    words = {"tile-differs": "leaf-differs"}
    return replace(said, found=frozenset((at, words.get(rule, rule)) for at, rule in said.found))


def test_everything_that_can_be_left_in_any_store_is_tried() -> None:
    assert tuple(CASES) == corpus.TAMPERED


@pytest.mark.parametrize(
    ("tamper", "case"), CASES.items(), ids=lambda one: getattr(one, "__name__", "")
)
def test_what_each_victim_is_told_of_what_an_operator_did(
    tamper: Callable[[], Left], case: Case, kind: Kind, stores: dict[Kind, Put]
) -> None:
    with stores[kind](tamper()) as log:
        said = [
            as_in_a_database(audited(log, organisation().id, victim))
            for victim in (NEWCOMER, acquaintance(), author())
        ]

    assert [one.verdict for one in said] == [case.newcomer, case.acquaintance, case.author]
    for one in said:
        assert one.verdict == "verified" or one.found & set(case.found)
        assert one.verdict != "verified" or one.found == frozenset()


def test_what_only_a_database_has_is_looked_at_there(kind: Kind, stores: dict[Kind, Put]) -> None:
    """Columns index the entries of a database; a bundle has none that could lie."""
    with stores[kind](corpus.lie_in_the_columns()) as log:
        said = audited(log, organisation().id)

    expected = frozenset[Found]() if kind == "bundle" else frozenset({(AT, "columns-differ")})
    assert said.found == expected


def test_a_row_that_is_gone_is_missed(kind: Kind, stores: dict[Kind, Put]) -> None:
    """A bundle whose tile tells nothing of it has an empty entry there, which is none either."""
    with stores[kind](corpus.row_is_gone()) as log:
        said = audited(log, organisation().id)

    rule = "not-two-lines" if kind == "bundle" else "missing-entry"
    assert (said.verdict, (AT, rule) in said.found) == ("tampered", True)
