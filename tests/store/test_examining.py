"""Examining on all cores: the same answers in order, and what it leaves of the collector."""

import gc
from collections.abc import Generator, Iterator
from uuid import UUID

import pytest

from ledger.audit.replay import judge
from ledger.decide.context import Standing
from ledger.model import events
from ledger.seal.envelope import examine
from ledger.store import examining
from ledger.store.examining import examine_rows
from ledger.store.rows import Row
from tests.organisation import Organisation, change


def _rows(envelopes: list[bytes]) -> Iterator[Row]:
    for position, raw in enumerate(envelopes):
        yield Row(position, "", 1, "", raw, None)


@pytest.fixture
def organisation(monkeypatch: pytest.MonkeyPatch) -> Organisation:
    """A short history that counts as a long one."""
    monkeypatch.setattr(examining, "FEW", 5)
    monkeypatch.setattr(examining, "CHUNK", 4)
    organisation = Organisation()
    organisation.release(change())
    return organisation


def test_rows_examined_on_all_cores_are_what_they_are_one_by_one(
    organisation: Organisation,
) -> None:
    found = [examined for _, examined in examine_rows(_rows(organisation.envelopes))]

    assert found == [examine(raw) for raw in organisation.envelopes]


def test_cycles_are_searched_for_again_once_the_rows_are_read_or_left(
    organisation: Organisation,
) -> None:
    rows = examine_rows(_rows(organisation.envelopes))
    next(rows)
    assert not gc.isenabled()
    assert isinstance(rows, Generator)
    rows.close()
    assert gc.isenabled()

    assert list(examine_rows(_rows(organisation.envelopes)))
    assert gc.isenabled()


def test_judging_leaves_no_cycles_behind_whatever_it_admits_and_refuses() -> None:
    """Else a long log of refused entries would fill the memory while nobody searches."""
    org = Organisation()
    org.release(change())
    of = org.open("frank", change())
    org.force("frank", events.ApprovalRetracted(proposal=of, revision=1, reason=None))
    org.force("alice", events.ProposalWithdrawn(proposal=of, reason=None))
    org.force("alice", events.CommentMade(proposal=str(UUID(int=99)), text="of nothing"))
    last = org.envelopes[-1]
    for raw in (last, last[:-5] + b"\n", b"x", last.replace(b'"kind":"', b'"kind":"z')):
        org.smuggle(raw)
    examined = [examine(raw) for raw in org.envelopes]
    gc.collect()
    gc.disable()
    try:
        standing = Standing()
        refused = [judge(standing, one, org.id).finding is not None for one in examined]
        left = gc.collect()
    finally:
        gc.enable()

    assert refused.count(True) == 7
    assert left == 0
