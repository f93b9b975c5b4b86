"""A lifelike history: a company of some forty people releases its models, for months or years.

:func:`write_history` writes it into a real log, in batches, the same for the same seed and
size. Sixty aliases or more, ``<team>-<n>/staging`` and ``.../production``; every act is signed
by its own key and judged by the rules.

The rules of its policy, in words. A stack is completed in staging first; there a service
(``deployer``) starts and completes it, and nobody approves. In production:

* tier: high at the first release to an alias, and with personal data (declared, or added as a
  fact); else low where not online, else medium;
* always one approval of a ``model-owner``; one of a ``data-owner`` where the data set differs
  from what the alias runs; one of a ``security-owner`` at tier high; three different persons,
  none of them a party to the proposal;
* an ``evaluation-report`` of a component that changes, by an ``evaluation-owner`` who is no
  party, at most 30 days old (21 under policy 2, which is published half-way and differs in
  nothing else) and not past its own limit; its ``auc`` at least 0.90, and at most 0.02 below
  that of what the alias runs;
* ready for 72 hours from the last approval, which comes within 14 days of the revision;
* a ``release-owner`` starts, advances and completes; stages ``shadow`` (medium, high), then
  ``guarded`` (high, ``retry_rate`` at most 0.05), each watched for a day, then ``general``, and
  once completed watched for 24, 72 or 168 hours (low, medium, high);
* a rollback by ``release-owner`` or ``on-call``, or by the service ``watchdog`` on a
  ``retry_rate`` above 0.08 or an incident; within ten minutes; reviewed within 48 hours;
* an exception for 72 hours at most, by a ``security-owner`` and a ``release-owner``, for
  anything but the requirement ``security``; reviewed within 48 hours of its end.

In it: rejections, some taken back; revisions; added facts; proposals given up or forgotten;
evidence taken over, and evidence that expires in use; changes without an owner; exceptions used,
closed early, and reviewed late or never; rollbacks from stages and of what ran; windows that
nobody watched; enrolments, one never accepted; leavers; lent roles; rotations; stops and lifts;
drills; entries that the rules refuse, and what an auditor noted of them.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.decide.context import SEEN_WINDOW, Standing
from ledger.decide.judgement import Judged
from ledger.store.log import EventLog, create_log
from ledger.store.rows import Placed
from tests.lifelike_company import TEAMS, Company
from tests.lifelike_events import everything, publish
from tests.lifelike_releases import Model, course_of
from tests.organisation import START

BATCH: Final = 2_000
"""How many entries are appended, and forgotten, at a time."""

MODELS: Final = 30
"""How many models there are at least, each with two aliases."""

_CYCLE, _PER_MODEL, _SPAN, _COURSE, _LONGEST = 18, 3_000, 150, 7, 30
"""Entries of a release; entries for one more model; days wished for in all, days that a release
takes, and days between two at most."""


@dataclass(frozen=True, slots=True)
class History:
    """A log file: which ledger, how long, its last moment, and what was kept in memory.

    ``judged`` and ``envelopes`` are empty where not asked for; ``models`` are the names of the
    models, ``ended`` the ledger time in seconds since 1970.
    """

    id: str
    log: Path
    folder: Path
    size: int
    ended: int
    models: tuple[str, ...]
    judged: tuple[Judged, ...]
    envelopes: tuple[bytes, ...]


def write_history(
    folder: Path, entries: int, seed: int = 7, *, start: int = START, keep: bool = False
) -> History:
    """Write a log of *entries* entries, or a few more, as ``log.sqlite`` in *folder*.

    With *keep* the judged entries stay in memory; otherwise memory is bounded.
    """
    company = Company(seed, start)
    models = _models(company, max(MODELS, entries // _PER_MODEL))
    cycles = entries / (_CYCLE * len(models))
    gap = 24 * min(max(_SPAN / max(cycles, 1) - _COURSE, 1), _LONGEST)
    for model in models:
        company.begin(course_of(company, model, gap))
    names = tuple(model.name for model in models)
    for course in everything(company, names):
        company.begin(course)
    path, scribe = folder / "log.sqlite", _Scribe(folder, keep=keep)
    published = False
    with create_log(path) as log:
        while scribe.size + len(company.org.judged) < entries:
            if not published and scribe.size + len(company.org.judged) >= entries // 2:
                published = True
                company.begin(publish(company))
            company.step()
            if len(company.org.judged) >= BATCH:
                scribe.write(company, log)
        scribe.write(company, log)
    scribe.close()
    return History(
        *(company.org.id, path, folder, scribe.size, company.org.standing.head.time, names),
        *(tuple(scribe.judged), tuple(scribe.envelopes)),
    )


def _models(company: Company, number: int) -> list[Model]:
    """The models, spread over the teams: some read personal data, some work offline."""
    return [
        Model(
            name=f"{TEAMS[turn % len(TEAMS)]}-{turn // len(TEAMS) + 1}",
            team=turn % len(TEAMS),
            personal=turn % 4 == 3,
            online=turn % 5 != 4,
            auc=company.chance.uniform(0.92, 0.97),
        )
        for turn in range(number)
    ]


class _Scribe:
    """Writes what an organisation did to the log, and keeps its standing on disk meanwhile."""

    def __init__(self, folder: Path, *, keep: bool) -> None:
        self.size = 0
        self.judged: list[Judged] = []
        self.envelopes: list[bytes] = []
        self._keep = keep
        self._path = folder / "standing.sqlite"
        self._rows = sqlite3.connect(self._path, isolation_level=None)
        self._rows.execute("PRAGMA journal_mode = OFF")
        self._rows.execute("PRAGMA synchronous = OFF")
        self._rows.execute("CREATE TABLE rows (key PRIMARY KEY, value) WITHOUT ROWID")
        self._roots: dict[int, bytes] = {}

    def row(self, key: str) -> bytes | None:
        """The row of the standing under *key*."""
        found = self._rows.execute("SELECT value FROM rows WHERE key = ?", (key,)).fetchone()
        return None if found is None else found[0]

    def root(self, size: int) -> bytes | None:
        """The Merkle root at *size*, within the window."""
        return self._roots.get(size)

    def write(self, company: Company, log: EventLog) -> None:
        """Append what *company* has done since, settle its standing, and forget the entries."""
        org = company.org
        if not org.judged:
            return
        pairs = zip(org.judged, org.envelopes, strict=True)
        log.append([_placed(one, raw) for one, raw in pairs], size=self.size)
        self.size += len(org.judged)
        if self._keep:
            self.judged += org.judged
            self.envelopes += org.envelopes
        org.judged.clear()
        org.envelopes.clear()
        first = not self._roots
        changes = org.standing.settle()
        self._rows.execute("BEGIN")
        self._rows.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?)", changes.rows.items())
        self._rows.execute("COMMIT")
        self._roots.update(changes.roots)
        for size in [one for one in self._roots if one < self.size - SEEN_WINDOW]:
            del self._roots[size]
        if first:
            org.standing = Standing(self)

    def close(self) -> None:
        """Remove the rows of the standing."""
        self._rows.close()
        self._path.unlink()


def _placed(judged: Judged, raw: bytes) -> Placed:
    entry = judged.entry
    assert entry is not None, judged.finding
    return Placed(entry.stream, entry.version, entry.event.kind, raw)
