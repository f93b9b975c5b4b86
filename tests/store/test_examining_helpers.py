"""The processes that examine: what is said where one of them is killed."""

import multiprocessing
import os
import signal
from collections.abc import Iterator

import pytest

from ledger.errors import Uncheckable
from ledger.store import examining
from ledger.store.examining import examine_rows
from ledger.store.rows import Row
from tests.organisation import Organisation

ROWS = 200


def test_where_one_of_them_is_killed_nothing_is_concluded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "FEW", 5)
    monkeypatch.setattr(examining, "CHUNK", 4)
    found = examine_rows(_rows())
    next(found)

    for one in multiprocessing.active_children():
        assert one.pid is not None
        os.kill(one.pid, signal.SIGKILL)

    with pytest.raises(Uncheckable, match="ended from outside") as raised:
        list(found)
    assert raised.value.code == "helper-ended"
    assert multiprocessing.active_children() == []


def _rows() -> Iterator[Row]:
    raw = Organisation().envelopes[0]
    return (Row(position, "", 1, "", raw, None) for position in range(ROWS))
