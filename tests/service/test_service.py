"""The walk of every act: sync, decide, place, judge, append; who loses the race is told."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ledger.decide import proposal, talk
from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.errors import Refused
from ledger.model.entry import Entry
from ledger.seal.envelope import seal
from ledger.seal.merkle import leaf_hash
from ledger.service import Decision, Ledger, Receipt, Signer, act, prepare, sync
from ledger.store.examining import examine_rows
from ledger.store.log import EventLog, Placed, create_log, open_log
from ledger.store.state import Mark, State
from tests.acts import refused
from tests.organisation import Organisation, change, unsafe_key

NOW = 1_790_001_000


class KeptStanding:
    """A keeper in memory: rows and roots, as a database keeps them."""

    def __init__(self) -> None:
        self.rows: dict[str, bytes] = {}
        self.roots: dict[int, bytes] = {}
        self.kept: list[int] = []

    def row(self, key: str) -> bytes | None:
        return self.rows.get(key)

    def root(self, size: int) -> bytes | None:
        return self.roots.get(size)

    def standing(self) -> Standing:
        return Standing(self)

    def keep(self, judged: Sequence[Judged], standing: Standing) -> None:
        changes = standing.settle()
        self.rows.update(changes.rows)
        self.roots.update(changes.roots)
        self.kept += [one.position for one in judged]


@pytest.fixture
def org() -> Organisation:
    return Organisation()


@pytest.fixture
def log(tmp_path: Path, org: Organisation) -> Iterator[EventLog]:
    """A founded and accepted ledger in a file."""
    with create_log(tmp_path / "log.sqlite") as made:
        made.append([as_placed(raw, judged.entry) for raw, judged in both(org)], size=0)
        yield made


def both(org: Organisation) -> list[tuple[bytes, Judged]]:
    return list(zip(org.envelopes, org.judged, strict=True))


def as_placed(raw: bytes, entry: Entry | None) -> Placed:
    assert entry is not None
    return Placed(entry.stream, entry.version, entry.event.kind, raw)


def client(org: Organisation, log: EventLog, folder: Path) -> Ledger:
    return Ledger(org.id, log, KeptStanding(), State(folder, org.id), examine_rows, lambda *_: None)


def opened(number: int) -> Decision:
    id_ = f"00000000-0000-0000-0000-{number:012d}"
    return lambda s, by, at: proposal.open_proposal(s, by=by, at=at, proposal=id_, effect=change())


def said(text: str) -> Decision:
    id_ = "00000000-0000-0000-0000-000000000001"
    return lambda s, _, __: talk.comment(s, proposal=id_, text=text)


def go(ledger: Ledger, name: str, decision: Decision) -> Receipt:
    return act(ledger, Signer(name, unsafe_key(name)), decision, now=NOW, confirm=lambda *_: None)


def test_an_act_ends_with_a_receipt_of_its_place(
    org: Organisation, log: EventLog, tmp_path: Path
) -> None:
    ledger = client(org, log, tmp_path)
    size = log.size()

    receipt = go(ledger, "frank", opened(1))

    assert (receipt.position, receipt.size) == (size, size + 1)
    assert log.row(size).raw is not None
    assert ledger.state.mark() == Mark(size + 1, bytes.fromhex(receipt.root))
    assert [(r.position, r.leaf.hex()) for r in ledger.state.receipts()] == [(size, receipt.leaf)]


def test_each_entry_is_judged_and_kept_once(
    org: Organisation, log: EventLog, tmp_path: Path
) -> None:
    ledger = client(org, log, tmp_path)
    go(ledger, "frank", opened(1))
    go(ledger, "frank", said("one"))

    assert isinstance(ledger.keeper, KeptStanding)
    assert ledger.keeper.kept == list(range(log.size()))


def test_what_the_rules_refuse_is_not_signed_and_not_written(
    org: Organisation, log: EventLog, tmp_path: Path
) -> None:
    ledger = client(org, log, tmp_path)
    size = log.size()

    with refused("unknown-proposal"):
        go(ledger, "frank", said("of nothing"))

    assert log.size() == size
    assert ledger.state.receipts() == []


def test_who_declines_at_the_last_moment_has_signed_nothing(
    org: Organisation, log: EventLog, tmp_path: Path
) -> None:
    ledger = client(org, log, tmp_path)
    size = log.size()

    def decline(_: Standing, __: Entry) -> None:
        raise Refused("not-confirmed", "no")

    with refused("not-confirmed"):
        act(ledger, Signer("frank", unsafe_key("frank")), opened(1), now=NOW, confirm=decline)

    assert log.size() == size


def test_somebody_elses_key_signs_nothing(org: Organisation, log: EventLog, tmp_path: Path) -> None:
    ledger = client(org, log, tmp_path)

    with refused("key-owner", "is not frank's"):
        act(
            ledger, Signer("frank", unsafe_key("erin")), opened(1), now=NOW, confirm=lambda *_: None
        )
    with refused("unknown-signer", "zoe is not a signer"):
        go(ledger, "zoe", opened(1))


def test_the_same_bytes_land_behind_what_others_wrote_meanwhile(
    org: Organisation, log: EventLog, tmp_path: Path
) -> None:
    """A ``seen`` may lag, so nobody signs twice."""
    mine, other = client(org, log, tmp_path / "a"), client(org, log, tmp_path / "b")

    def meanwhile(_: Standing, __: Entry) -> None:
        go(other, "erin", opened(7))

    receipt = act(mine, Signer("frank", unsafe_key("frank")), opened(1), now=NOW, confirm=meanwhile)

    assert receipt.entry.seen.size == receipt.position - 1
    assert sync(other).head.proposals == 2


def test_who_loses_the_race_on_one_stream_is_told(
    org: Organisation, log: EventLog, tmp_path: Path
) -> None:
    mine, other = client(org, log, tmp_path / "a"), client(org, log, tmp_path / "b")
    go(mine, "frank", opened(1))

    def meanwhile(_: Standing, __: Entry) -> None:
        go(other, "erin", said("first"))

    with refused("out-of-place", "does not follow|wrote first"):
        act(
            mine,
            Signer("frank", unsafe_key("frank")),
            said("second"),
            now=NOW,
            confirm=meanwhile,
        )

    assert go(mine, "frank", said("second")).position == log.size() - 1


def test_rubbish_in_the_log_stops_nobody(org: Organisation, log: EventLog, tmp_path: Path) -> None:
    ledger = client(org, log, tmp_path)
    squatted = "proposal:00000000-0000-0000-0000-000000000001"
    log.append([Placed(squatted, 1, "proposal.opened", b"rubbish")], size=log.size())

    receipt = go(ledger, "frank", opened(1))

    standing = sync(ledger)
    assert receipt.position == log.size() - 1
    assert standing.head.refused == 1
    assert standing.numbered(1) is not None


def test_a_log_that_lost_its_end_is_an_alarm_and_nothing_is_written(
    org: Organisation, log: EventLog, tmp_path: Path
) -> None:
    ledger = client(org, log, tmp_path)
    go(ledger, "frank", opened(1))
    with create_log(tmp_path / "cut.sqlite") as cut:
        cut.append([as_placed(raw, judged.entry) for raw, judged in both(org)], size=0)
        short = Ledger(org.id, cut, ledger.keeper, ledger.state, examine_rows, lambda *_: None)

        with refused("log-shorter", "this client verified"):
            go(short, "frank", opened(2))

        assert cut.size() == len(org.envelopes)


def test_a_log_with_another_last_entry_is_an_alarm_and_nothing_is_written(
    org: Organisation, log: EventLog, tmp_path: Path
) -> None:
    ledger = client(org, log, tmp_path)
    go(ledger, "frank", opened(1))
    with create_log(tmp_path / "forked.sqlite") as forked:
        forked.append([as_placed(raw, judged.entry) for raw, judged in both(org)], size=0)
        go(client(org, forked, tmp_path / "b"), "frank", opened(2))
        other = Ledger(org.id, forked, ledger.keeper, ledger.state, examine_rows, lambda *_: None)

        with refused("log-changed"):
            go(other, "frank", opened(3))


def test_another_history_of_the_same_length_is_seen_by_the_mark_alone(
    org: Organisation, log: EventLog, tmp_path: Path
) -> None:
    """The views were lost, the mark was not: a rebuilt standing is held against it."""
    ledger = client(org, log, tmp_path)
    go(ledger, "frank", opened(1))
    with create_log(tmp_path / "forked.sqlite") as forked:
        forked.append([as_placed(raw, judged.entry) for raw, judged in both(org)], size=0)
        go(client(org, forked, tmp_path / "b"), "frank", opened(2))
        keeper = KeptStanding()
        other = Ledger(org.id, forked, keeper, ledger.state, examine_rows, lambda *_: None)

        with refused("log-changed", "not those this client verified"):
            sync(other)

        assert keeper.rows == {}


def test_an_entry_prepared_on_one_standing_is_judged_on_the_next(
    org: Organisation, log: EventLog, tmp_path: Path
) -> None:
    """Correctness is the judgement at the position, whatever was prepared before."""
    ledger = client(org, log, tmp_path)
    standing = sync(ledger)
    signer = Signer("frank", unsafe_key("frank"))
    entry = prepare(standing, signer, opened(1), now=NOW, ledger_id=org.id)
    raw = seal(entry.payload(), signer.key)
    go(ledger, "erin", opened(1))

    log.append([as_placed(raw, entry)], size=log.size())
    after = sync(ledger)

    finding = after.finding(log.size() - 1)
    assert finding is not None
    assert finding.rules == ("out-of-place",)
    assert log.find(leaf_hash(raw)) == log.size() - 1


def test_a_log_opened_again_is_read_on_from_where_it_was(
    org: Organisation, log: EventLog, tmp_path: Path
) -> None:
    ledger = client(org, log, tmp_path)
    go(ledger, "frank", opened(1))
    with open_log(Path(log.name)) as again:
        other = Ledger(org.id, again, ledger.keeper, ledger.state, examine_rows, lambda *_: None)

        assert sync(other).head.size == again.size()
        assert isinstance(ledger.keeper, KeptStanding)
        assert ledger.keeper.kept == list(range(again.size()))
