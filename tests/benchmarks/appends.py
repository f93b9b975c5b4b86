"""One signed, judged, durable append against the library's default aggregate and ``save``.

On PostgreSQL one append, its tree included, against the library's own recorder.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from ledger.audit.replay import judge
from ledger.decide import talk
from ledger.seal.envelope import examine, seal
from ledger.service import Decision, Ledger, Signer, act, prepare
from ledger.store.examining import examine_rows
from ledger.store.log import EventLog, create_log, open_log
from ledger.store.postgres import open_schema
from ledger.store.rows import Placed
from ledger.store.state import State
from projections.runner import Views
from tests.benchmarks.measure import Measurement, seconds
from tests.benchmarks.stores import new_schema, server
from tests.lifelike import History
from tests.organisation import Organisation, change

APPENDS = 300


class Comments(Aggregate):
    """The smallest aggregate that records something."""

    @event("Made")
    def make(self, text: str) -> None:
        """Record *text*."""
        self.text = text


def measure(history: History) -> list[Measurement]:
    """Appends a second, ours over the library's, both durable on the disk of *history*."""
    with TemporaryDirectory(dir=history.folder) as folder:
        found = _measured(history, Path(folder))
    return [*found, *_on_postgres(history)]


def _measured(history: History, folder: Path) -> list[Measurement]:
    reference = APPENDS / seconds(lambda: _library(folder))
    appends = APPENDS / seconds(lambda: _append(folder))
    acts = APPENDS / seconds(lambda: _act(folder))
    return [
        Measurement(
            "signed, judged, durable appends a second", "default Aggregate + save",
            history.size, appends, reference, "/s", 0.5, "at least",
        ),
        Measurement(
            "the same, views and receipts kept", "default Aggregate + save",
            history.size, acts, reference, "/s", None, "at least",
        ),
    ]  # fmt: skip


def _on_postgres(history: History) -> list[Measurement]:
    """Appends a second to a server, ours over the library's own recorder of the same events."""
    with server() as url, open_log(history.log) as log:
        envelopes = [
            Placed(row.stream, row.version, row.kind, row.raw or b"")
            for row in log.read(0, 2 * APPENDS)
        ]
        recorder = _recorder(url)
        with open_schema(new_schema(url)) as ours:
            _warm(ours, recorder, envelopes[:APPENDS])
            rest = list(enumerate(envelopes[APPENDS:], start=APPENDS))
            appends = APPENDS / seconds(lambda: [ours.append([one], at) for at, one in rest])
        reference = APPENDS / seconds(lambda: [recorder.insert_events([_bare(o)]) for _, o in rest])
        recorder.datastore.close()
    return [
        Measurement(
            "PostgreSQL: durable appends a second", "the library's own recorder",
            history.size, appends, reference, "/s", 1.0, "at least",
        )
    ]  # fmt: skip


def _recorder(url: str) -> PostgresApplicationRecorder:
    known = conninfo_to_dict(url)
    datastore = PostgresDatastore(
        dbname=str(known["dbname"]),
        host=str(known["host"]),
        port=str(known.get("port", "")),
        user=str(known["user"]),
        password=str(known.get("password", "")),
        originator_id_type="text",
    )
    recorder = PostgresApplicationRecorder(datastore, events_table_name="bare_events")
    recorder.create_table()
    return recorder


def _warm(
    ours: EventLog, recorder: PostgresApplicationRecorder, envelopes: Sequence[Placed]
) -> None:
    """Let both make their connections and plans before anything is measured."""
    for at, one in enumerate(envelopes):
        ours.append([one], at)
        recorder.insert_events([_bare(one)])


def _bare(one: Placed) -> StoredEvent:
    return StoredEvent(one.stream, one.version, one.kind, one.raw)


def _append(folder: Path) -> None:
    """Steps 2 to 5 of a write on a standing in memory: decide, place, seal, judge, append."""
    organisation = Organisation()
    of = organisation.open("frank", change())
    with create_log(folder / f"append-{uuid4()}.sqlite") as log:
        _fill(log, organisation)
        standing, signer = organisation.standing, Signer("frank", organisation.keys["frank"])
        for turn in range(APPENDS):
            now = organisation.now + turn
            decision = _comment(of, f"turn {turn}")
            entry = prepare(standing, signer, decision, now=now, ledger_id=organisation.id)
            raw = seal(entry.payload(), signer.key)
            size = standing.head.size
            judged = judge(standing, examine(raw), organisation.id)
            assert judged.admitted
            log.append([Placed(entry.stream, entry.version, entry.event.kind, raw)], size=size)


def _act(folder: Path) -> None:
    """The whole walk, with this user's views, mark and receipts on the same disk."""
    organisation = Organisation()
    of = organisation.open("frank", change())
    with create_log(folder / f"act-{uuid4()}.sqlite") as log:
        _fill(log, organisation)
        views = Views(folder / f"views-{uuid4()}.sqlite")
        state = State(folder / "state", organisation.id)
        ledger = Ledger(organisation.id, log, views, state, examine_rows, lambda _, __: None)
        signer = Signer("frank", organisation.keys["frank"])
        for turn in range(APPENDS):
            act(
                ledger,
                signer,
                _comment(of, f"turn {turn}"),
                now=organisation.now + turn,
                confirm=lambda _, __: None,
            )
        views.close()


def _fill(log: EventLog, organisation: Organisation) -> None:
    log.append([_placed(organisation, i) for i in range(len(organisation.envelopes))], size=0)


def _comment(proposal: str, text: str) -> Decision:
    return lambda standing, _, __: talk.comment(standing, proposal=proposal, text=text)


def _placed(organisation: Organisation, index: int) -> Placed:
    entry = organisation.judged[index].entry
    assert entry is not None
    raw = organisation.envelopes[index]
    return Placed(entry.stream, entry.version, entry.event.kind, raw)


def _library(folder: Path) -> None:
    """The library as it comes: SQLite with WAL and its default, ``synchronous = FULL``."""
    application: Application[UUID] = Application(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": str(folder / f"library-{uuid4()}.sqlite"),
        }
    )
    aggregate = Comments()
    application.save(aggregate)
    for turn in range(APPENDS):
        aggregate.make(text=f"turn {turn}")
        application.save(aggregate)
    application.close()
