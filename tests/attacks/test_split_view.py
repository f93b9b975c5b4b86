"""An operator who shows two people two histories: until they meet, and when they do."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.errors import Unproven
from ledger.seal.envelope import examine
from ledger.seal.merkle import leaf_hash, push, root
from ledger.service import Ledger, sync
from ledger.store.bundle import open_bundle
from ledger.store.examining import examine_rows
from ledger.store.log import EventLog
from ledger.store.state import Mark, State
from projections.runner import Views
from tests.acts import comment, prepared
from tests.attacks.left_logs import Kind, audited, left, told, who_saw
from tests.attacks.stores import Put, write_bundle
from tests.attacks.trying import aside, rows
from tests.organisation import Organisation
from tests.roster import finding
from tests.shell import run_assent

FIRST = "00000000-0000-0000-0000-000000000001"


@pytest.fixture
def shown() -> tuple[Organisation, Organisation]:
    """What alice is shown, and what dana is shown: the same ledger, parted at its end."""
    alices = prepared()[0]
    danas = aside(alices)
    comment(alices, "frank", FIRST, "alice sees this")
    comment(danas, "frank", FIRST, "dana sees that")
    return alices, danas


@dataclass(frozen=True)
class Client:
    """Somebody's state and views; whatever log they are shown next."""

    folder: Path
    ledger: str

    def look(self, log: EventLog) -> None:
        """Sync from *log*, as every command does first."""
        state = State(self.folder / "state", self.ledger)
        state.make()
        state.pin()
        with Views(self.folder / "views.sqlite") as views:
            sync(Ledger(self.ledger, log, views, state, examine_rows, lambda _, __: None))

    @property
    def mark(self) -> Mark | None:
        """How far they verified."""
        return State(self.folder / "state", self.ledger).mark()


@contextmanager
def held(put: Put, org: Organisation) -> Iterator[EventLog]:
    with put(left(org.id, org.envelopes)) as log:
        yield log


def test_each_of_them_sees_a_sound_history(
    shown: tuple[Organisation, Organisation], kind: Kind, stores: dict[Kind, Put]
) -> None:
    for org in shown:
        with held(stores[kind], org) as log:
            assert audited(log, org.id) == told("verified")


def test_whoever_is_shown_the_other_one_is_alarmed_and_goes_no_further(
    shown: tuple[Organisation, Organisation], kind: Kind, stores: dict[Kind, Put], tmp_path: Path
) -> None:
    alices, danas = shown
    client = Client(tmp_path, alices.id)
    with held(stores[kind], alices) as log:
        client.look(log)
    seen = client.mark
    comment(danas, "erin", FIRST, "and on")

    with held(stores[kind], danas) as log, pytest.raises(Unproven, match="verified") as alarm:
        client.look(log)

    assert alarm.value.code == "log-changed"
    assert client.mark == seen
    with held(stores[kind], danas) as log:
        said = audited(log, danas.id, who_saw(alices.envelopes))
    assert (said.verdict, (None, "root-differs") in said.found) == ("tampered", True)


def test_what_one_of_them_signs_fits_into_no_other_history(
    shown: tuple[Organisation, Organisation],
) -> None:
    """Every signer is a witness: their entry says what they had seen."""
    alices, danas = shown
    alices.open("alice")
    rows(danas.standing)

    judged = danas.smuggle(alices.envelopes[-1])

    assert finding(judged) == "seen-mismatch"
    assert judged.placed
    assert rows(danas.standing) == {}
    assert comment(danas, "dana", FIRST).admitted


def test_two_who_only_compare_one_line_see_that_it_is_not_the_same(
    shown: tuple[Organisation, Organisation],
) -> None:
    alices, danas = shown
    lines = []
    for org in shown:
        frontier: tuple[bytes, ...] = ()
        for size, raw in enumerate(org.envelopes):
            assert examine(raw).fault is None
            frontier = push(size, frontier, leaf_hash(raw))
        lines.append((len(org.envelopes), root(frontier)))

    assert lines[0][0] == lines[1][0]
    assert lines[0][1] != lines[1][1]
    assert alices.id == danas.id


def test_two_bundles_of_the_two_histories_are_a_fork_and_the_proof_is_printed(
    shown: tuple[Organisation, Organisation], tmp_path: Path
) -> None:
    alices, danas = shown
    folders = [tmp_path / "alices", tmp_path / "danas"]
    for org, folder in zip(shown, folders, strict=True):
        folder.mkdir()
        write_bundle(left(org.id, org.envelopes), folder)

    compared = run_assent("audit", "compare", *folders)
    same = run_assent("audit", "compare", folders[0], folders[0])

    assert (compared.exit, same.exit) == (4, 0), (compared.err, same.err)
    assert compared.out.startswith("FORK: ")
    at = len(alices.envelopes) - 1
    assert str(at) in compared.out
    with ExitStack() as stack:
        logs = [stack.enter_context(open_bundle(folder)) for folder in folders]
        leaves = [leaf_hash(log.row(at).raw or b"").hex() for log in logs]
    assert all(leaf in "".join(compared.out.split()) for leaf in leaves)
    assert danas.envelopes[:at] == alices.envelopes[:at]
