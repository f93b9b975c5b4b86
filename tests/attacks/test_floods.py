"""Rubbish in any amount and in anybody's place: each line is a finding, and honest work goes on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from ledger.decide import talk
from ledger.errors import Refused
from ledger.model.canonical import encode
from ledger.seal.envelope import seal
from ledger.service import Ledger, Receipt, Signer, act, sync
from ledger.store.examining import examine_rows
from ledger.store.log import EventLog
from ledger.store.state import State
from projections.runner import Views
from tests.acts import prepared
from tests.attacks.forging import honest
from tests.attacks.left_logs import Kind, Left, Line, audited, left
from tests.attacks.stores import Put
from tests.attacks.trying import aside
from tests.organisation import Organisation

FIRST = "00000000-0000-0000-0000-000000000001"
FEW, MANY = 1_200, 10_000


@cache
def _made() -> Organisation:
    return prepared()[0]


@pytest.fixture
def org() -> Organisation:
    return aside(_made())


@contextmanager
def opened(log: EventLog, org: Organisation, folder: Path) -> Iterator[Ledger]:
    """The ledger as a client has it, with state and views of its own."""
    state = State(folder / "state", org.id)
    state.make()
    state.pin()
    with Views(folder / "views.sqlite") as views:
        yield Ledger(org.id, log, views, state, examine_rows, lambda _, __: None)


def says(ledger: Ledger, org: Organisation, name: str, text: str = "go on") -> Receipt:
    """*name* comments on the first proposal, by way of the product's own walk."""
    return act(
        ledger,
        Signer(name, org.keys[name]),
        lambda s, _, __: talk.comment(s, proposal=FIRST, text=text),
        now=org.now + 1,
        confirm=lambda _, __: None,
    )


def flooded(org: Organisation, count: int) -> Left:
    """*count* rows of rubbish of many sizes behind the honest ones, as many in their places."""
    log = left(org.id, org.envelopes)
    place = f"talk:{FIRST}"
    rubbish = (Line(b"%d " % n + b"x" * (n % 97), (place, 1, "comment.made")) for n in range(count))
    return replace(log, lines=(*log.lines, *rubbish))


@pytest.mark.parametrize("count", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
def test_a_flood_of_rubbish_holds_nobody_up(
    count: int, org: Organisation, kind: Kind, stores: dict[Kind, Put], tmp_path: Path
) -> None:
    log = flooded(org, count)
    honest_size, size = len(org.envelopes), len(org.envelopes) + count
    with stores[kind](log) as kept:
        found = audited(kept, org.id)
        with opened(kept, org, tmp_path) as ledger:
            assert sync(ledger).head.size == size
            if kind == "bundle":
                with pytest.raises(Refused, match="is a bundle"):
                    says(ledger, org, "frank")
            else:
                positions = [says(ledger, org, n).position for n in ("frank", "erin", "frank")]
                assert positions == [size, size + 1, size + 2]
                assert sync(ledger).head.size == size + 3

    assert found.verdict == "refused"
    assert {rule for _, rule in found.found} == {"not-two-lines"}
    assert {at for at, _ in found.found} == set(range(honest_size, size))


def rubbish_in_the_next_place(_: Organisation) -> list[Line]:
    return [Line(b"rubbish", (f"talk:{FIRST}", 1, "comment.made"))]


def rubbish_in_the_next_hundred_places(_: Organisation) -> list[Line]:
    return [Line(b"%d" % n, (f"talk:{FIRST}", n + 1, "comment.made")) for n in range(100)]


def nothing_in_the_next_place(_: Organisation) -> list[Line]:
    return [Line(b"", (f"talk:{FIRST}", 1, "comment.made"))]


def entry_of_nobody_in_the_next_place(org: Organisation) -> list[Line]:
    raw = seal(_payload(org), org.keys["erin"])
    return [Line(raw[:-20] + b"A" * 19 + b"\n", (f"talk:{FIRST}", 1, "comment.made"))]


def place_that_no_number_can_name(_: Organisation) -> list[Line]:
    return [Line(b"rubbish", (f"talk:{FIRST}", 2**63 - 1, "comment.made"))]


def kind_that_nobody_knows(_: Organisation) -> list[Line]:
    return [Line(b"rubbish", ("os:system", -1, "os.system"))]


def _payload(org: Organisation) -> bytes:
    return encode(honest(org))


SQUATS: list[Callable[[Organisation], list[Line]]] = [
    rubbish_in_the_next_place,
    rubbish_in_the_next_hundred_places,
    nothing_in_the_next_place,
    entry_of_nobody_in_the_next_place,
    place_that_no_number_can_name,
    kind_that_nobody_knows,
]


@pytest.mark.parametrize("squat", SQUATS, ids=lambda one: one.__name__)
def test_a_place_that_rubbish_took_is_taken_by_who_it_belongs_to(
    squat: Callable[[Organisation], list[Line]],
    org: Organisation,
    kind: Kind,
    stores: dict[Kind, Put],
    tmp_path: Path,
) -> None:
    log = left(org.id, org.envelopes)
    lines = squat(org)
    with stores[kind](replace(log, lines=(*log.lines, *lines))) as kept:
        found = audited(kept, org.id)
        if kind != "bundle":
            with opened(kept, org, tmp_path) as ledger:
                receipts = [says(ledger, org, name) for name in ("frank", "erin")]
            assert [one.entry.version for one in receipts] == [1, 2]

    assert found.verdict == "refused"
    assert {at for at, _ in found.found} == set(range(len(log.lines), len(log.lines) + len(lines)))
