"""The runner: judged entries in, views and standing kept together, in one transaction.

The views are disposable. They live in a file of their own, are built again whenever the
code that writes them changes, and no decision about what is true rests on them alone.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Select, inspect
from sqlalchemy.exc import SQLAlchemyError

from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.errors import Conflict, Uncheckable
from ledger.model.events import ClockCorrected, SignerDelegated
from projections import (
    aliases,
    assessed,
    checkpoints,
    delegations,
    drills,
    evidence,
    exceptions,
    log,
    losses,
    observations,
    overrides,
    permissions,
    policies,
    proposals,
    release_stages,
    releases,
    reviews,
    revisions,
    roots,
    settlements,
    signers,
    waiting,
)
from projections import standing as kept
from projections.address import read_address
from projections.engine import Local
from projections.inventory import INVENTORY
from projections.making import make_tables
from projections.metrics.catalogue import METRICS
from projections.rows import CODE_VERSION, as_root, damaged, whole
from projections.server import Server
from projections.tables import METADATA, compiled_once
from projections.timeline import TIMELINE

FAMILIES = (
    *(aliases, permissions, releases, release_stages, observations, reviews, exceptions),
    *(proposals, revisions, waiting, evidence, signers, delegations),
    *(roots, overrides, drills, policies, log, checkpoints, kept),
)
"""The modules whose tables make up the views."""

DERIVED = (INVENTORY, TIMELINE, *(one.view for one in METRICS))
"""What is made of these tables alone: SQL views, which nobody writes to."""


class Views:
    """The views in the file *path*, on the server *url*, or in memory where both are None.

    Implements ``ledger.service.Keeper``. Opening makes what is not there, unless *make* is
    false; of views that another version wrote only :meth:`is_current`, :meth:`code_version`
    and :meth:`clear` may be asked. Raises :class:`Uncheckable` (``views-damaged``,
    ``views-outdated``, ``views-missing``; of servers ``views-away`` and ``postgres-missing``),
    :class:`Refused` of servers (``views-forbidden``, ``views-not-ours``).
    """

    def __init__(
        self, path: Path | None = None, *, url: str | None = None, make: bool = True
    ) -> None:
        self._home = Local(path, make=make) if url is None else Server(read_address(url))
        self._reader: Connection | None = None
        self._foreign = (SQLAlchemyError, self._home.engine.dialect.loaded_dbapi.Error)
        try:
            self._prepare(make=make)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the database."""
        self.let_go()
        self._home.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def code_version(self) -> int:
        """The version of the code that wrote these views."""
        return self._version

    def is_current(self) -> bool:
        """Whether this code wrote them; otherwise they are to be built again."""
        return self._version == CODE_VERSION

    def position(self) -> int:
        """How many entries of the log the views take into account."""
        with self.reading() as connection:
            return self._tracked(connection)[0]

    def standing(self) -> Standing:
        """The standing as it was last kept, as of one moment even while others write."""
        self.let_go()
        with self._trouble():
            self._expected = self._tracked(self._read())[0]
            found = Standing(self)
        if found.head.size != self._expected:
            raise damaged(f"{self._home.name} keeps a standing of another moment than its views")
        return found

    def row(self, key: str) -> bytes | None:
        """The row of the standing under *key*."""
        found = self._ask(kept.ROW, key)
        return None if found is None else whole(key, found[0], found[1])

    def root(self, size: int) -> bytes | None:
        """The Merkle root of the log at *size*, if it is within the window."""
        found = self._ask(kept.ROOT, size)
        return None if found is None else as_root(size, found[0])

    def keep(self, judged: Sequence[Judged], standing: Standing) -> None:
        """Keep *standing* with the views of the entries it has passed since it was kept last.

        Raises :class:`Conflict` (``views-moved``) where another process did so first; then
        nothing is written and the caller begins again from :meth:`standing`.
        """
        size = standing.head.size
        if size == self._expected and not judged:
            return
        with self._writing() as connection:
            again = bool(judged) and judged[0].position < self._expected
            if again or not kept.advance(connection, self._expected, size):
                raise Conflict(
                    "views-moved",
                    f"{self._home.name}: another process has brought the views up to date",
                    hint="run the command again; nothing is lost",
                )
            if judged:
                _write(connection, judged, standing)
            kept.keep(connection, standing.settle(), size)
            self._home.tell(connection, size)
        self._expected = size

    def clear(self) -> None:
        """Forget everything and begin anew, with the tables of this version."""
        with self._writing() as connection:
            METADATA.drop_all(connection)
            self._create(connection)
        self._expected = 0

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """The connection for questions, of the standing's moment; trouble is ``views-damaged``."""
        with self._trouble():
            yield self._read()

    def let_go(self) -> None:
        """End the moment that was read; what is asked next is of a new one."""
        reader, self._reader = self._reader, None
        if reader is not None:
            with suppress(SQLAlchemyError):  # the server may have closed it before
                reader.close()

    def wait(self, seconds: float) -> None:
        """Wait, holding nothing, for *seconds*; on a server only until somebody writes there."""
        self.let_go()
        with self._trouble():
            self._home.wait(seconds)

    def _prepare(self, *, make: bool) -> None:
        with self._trouble():
            with self._home.engine.connect() as connection:
                made = inspect(connection).has_table(kept.tracking.name)
            if not made and not make:
                said = f"{self._home.name} holds no views"
                raise Uncheckable("views-missing", said, hint="assent views sync --to URL")
            if not made:
                with self._writing() as connection:
                    self._home.make_room(connection)
                    self._create(connection)
            with self._home.engine.connect() as connection:
                self._expected, self._version = self._tracked(connection)

    def _create(self, connection: Connection) -> None:
        """Make the tables, unless somebody else just did."""
        if not inspect(connection).has_table(kept.tracking.name):
            make_tables(connection)
            kept.begin(connection)
        self._version = CODE_VERSION

    def _tracked(self, connection: Connection) -> tuple[int, int]:
        found = kept.tracked(connection)
        if found is None:
            raise damaged(f"{self._home.name} says nowhere how far it goes")
        return found

    def _require_current(self) -> None:
        if not self.is_current():
            raise Uncheckable(
                "views-outdated",
                f"{self._home.name} was built by another version of assent",
                hint="assent views rebuild",
            )

    def _read(self) -> Connection:
        """The connection a standing reads through; it sees one moment until let go.

        Other code may have built the views anew since they were last looked at.
        """
        if self._reader is None:
            self._require_current()
            self._reader = self._home.reading()
            self._version = self._tracked(self._reader)[1]
        self._require_current()
        return self._reader

    def _ask(self, question: Select[Any], wanted: str | int) -> tuple[Any, ...] | None:
        """One row, straight from the driver: judging a log asks this several times an entry."""
        try:
            compiled = compiled_once(question, self._home.engine.dialect)
            cursor = self._read().connection.cursor()
            try:
                named = {"wanted": wanted} if compiled.positiontup is None else (wanted,)
                cursor.execute(compiled.string, named)
                found: tuple[Any, ...] | None = cursor.fetchone()
            finally:
                cursor.close()
        except self._foreign as error:
            raise self._home.trouble_of(error) from None
        return found

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction that writes; a standing reads through it while it lasts."""
        self.let_go()
        with self._trouble(), self._home.writing() as connection:
            self._reader = connection
            try:
                yield connection
            finally:
                self._reader = None

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        try:
            yield
        except self._foreign as error:
            raise self._home.trouble_of(error) from None


def _write(connection: Connection, judged: Sequence[Judged], standing: Standing) -> None:
    """Write what *judged* entries changed, each family after those it rests on."""
    log.write(connection, judged, standing)
    checkpoints.write(connection, judged)
    policies.write(connection, judged)
    aliases.write(connection, judged, standing)
    reviews.write(connection, judged, standing)
    exceptions.write(connection, judged, standing)
    assessed.write(connection, judged, standing)
    revisions.write(connection, judged, standing)
    signers.write(connection, judged, standing)
    delegations.write(connection, judged)
    roots.write(connection, judged)
    drills.write(connection, judged, standing)
    settled = settlements.write(connection, judged, standing)
    lost = losses.losses(connection, judged, standing)
    stopped = overrides.write(connection, judged, standing, lost)
    aliases.refresh(connection, standing, settled | overrides.aliases_in(stopped))
    if lost:
        losses.mark(connection, standing, lost)
        log.forget(connection, standing)
    if lost or any(_asks_again(one, standing) for one in judged):
        releases.refresh(connection, standing)
        reviews.refresh(connection, standing)
        exceptions.refresh(connection, standing)
        drills.refresh(connection, standing)


def _asks_again(one: Judged, standing: Standing) -> bool:
    """Whether *one*, which disowns nothing, changes what acts of long ago count for, and as when.

    A clock that is set right does; so does a delegation that lets one of before be forgotten.
    """
    event = None if one.entry is None or not one.admitted else one.entry.event
    if isinstance(event, SignerDelegated):
        return delegations.may_forget(standing, event, one.position)
    return isinstance(event, ClockCorrected)
