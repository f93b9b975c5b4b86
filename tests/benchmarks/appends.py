"""One signed, judged, durable append against the library's default aggregate and ``save``."""

from pathlib import Path
from uuid import uuid4

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from ledger.decide import talk
from ledger.service import Ledger, Signer, act
from ledger.store.examining import examine_rows
from ledger.store.log import create_log
from ledger.store.rows import Placed
from ledger.store.state import State
from projections.runner import Views
from tests.benchmarks.measure import Measurement, seconds
from tests.organisation import Organisation, change

APPENDS = 400


class Comments(Aggregate):
    """The smallest aggregate that records something."""

    @event("Made")
    def make(self, text: str) -> None:
        """Record *text*."""
        self.text = text


def measure(folder: Path) -> list[Measurement]:
    """Appends a second, ours over the library's, both durable on this disk."""
    ours = seconds(lambda: _ours(folder)) / APPENDS
    reference = seconds(lambda: _library(folder)) / APPENDS
    return [
        Measurement(
            "signed, judged, durable appends a second / default Aggregate + save",
            1 / ours, 1 / reference, "per s", 0.5, "at least",
        )
    ]  # fmt: skip


def _ours(folder: Path) -> None:
    organisation = Organisation()
    of = organisation.open("frank", change())
    path = folder / f"append-{uuid4()}.sqlite"
    with create_log(path) as log:
        placed = [_placed(organisation, i) for i in range(len(organisation.envelopes))]
        log.append(placed, size=0)
        views = Views(folder / f"views-{uuid4()}.sqlite")
        state = State(folder / "state", organisation.id)
        ledger = Ledger(organisation.id, log, views, state, examine_rows, lambda _, __: None)
        signer = Signer("frank", organisation.keys["frank"])
        for turn in range(APPENDS):
            act(
                ledger,
                signer,
                lambda s, _, __, turn=turn: talk.comment(s, proposal=of, text=f"turn {turn}"),
                now=organisation.now + turn,
                confirm=lambda _, __: None,
            )
        views.close()


def _placed(organisation: Organisation, index: int) -> Placed:
    entry = organisation.judged[index].entry
    assert entry is not None
    raw = organisation.envelopes[index]
    return Placed(entry.stream, entry.version, entry.event.kind, raw)


def _library(folder: Path) -> None:
    application: Application = Application(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": str(folder / f"library-{uuid4()}.sqlite"),
        }
    )
    with application.recorder.datastore.get_connection() as connection:  # type: ignore[attr-defined]
        connection.cursor().execute("PRAGMA synchronous = FULL")
    aggregate = Comments()
    application.save(aggregate)
    for turn in range(APPENDS):
        aggregate.make(text=f"turn {turn}")
        application.save(aggregate)
    application.close()
