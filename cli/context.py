"""The composition root: the only place that opens logs, state, views and keys together."""

import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.opening import log_at
from cli.options import Options
from cli.output import note
from cli.places import Places, find_places, state_root
from cli.progress import progress
from ledger.decide.context import Standing
from ledger.errors import BadInput, Refused, Uncheckable, Unproven
from ledger.model.entry import ledger_id
from ledger.model.names import is_identifier
from ledger.model.terms import InstantText, parse_instant
from ledger.seal.envelope import KeyHolder, peek_unverified
from ledger.service import Ledger, Signer, sync
from ledger.store.blobs import Blobs
from ledger.store.examining import examine_rows
from ledger.store.locations import Locations
from ledger.store.log import EventLog
from ledger.store.state import State

if TYPE_CHECKING:
    from projections.runner import Views

_HASH = re.compile(r"[0-9a-f]{64}\Z")


class App:
    """One command's view of the world; everything is opened when it is first asked for."""

    def __init__(self, options: Options, *, despite_alarm: bool = False) -> None:
        self.options = options
        self.despite_alarm = despite_alarm
        """Whether this command is possible whatever is wrong with the log."""
        self.wanted_keys: Sequence[str] | None = None
        """Ids of the keys that may sign, where that is not the signer's current one."""

    @cached_property
    def places(self) -> Places:
        """Where the ledger is kept."""
        return find_places(self.options)

    @cached_property
    def log(self) -> EventLog:
        """The log, unverified."""
        log = log_at(self.places.log)
        _on_close(log.close)
        return log

    @cached_property
    def blobs(self) -> Blobs:
        """The evidence."""
        return Blobs(self.places.evidence, read_only=self.places.is_bundle)

    @cached_property
    def claimed_id(self) -> str | None:
        """The id of the ledger that this log claims to be; ``None`` for an empty log."""
        if self.log.size() == 0:
            return None
        raw = self.log.row(0).raw
        if raw is None:
            return None
        try:
            return ledger_id(peek_unverified(raw))
        except BadInput:
            return None

    @cached_property
    def expected_id(self) -> str:
        """The id this ledger is supposed to have.

        Raises :class:`Uncheckable` (``never-pinned``) where this user never pinned it.
        """
        named = self.options.ledger_id
        if named is not None:
            if _HASH.match(named) is None:
                raise BadInput("not-a-ledger-id", "a ledger id is 64 lower-case hexadecimal digits")
            return named
        known = Locations(state_root()).ledger_at(self.places.location)
        if known is not None:
            return known
        claimed = self.claimed_id
        if claimed is not None and State(state_root(), claimed).is_pinned():
            return claimed
        raise Uncheckable(
            "never-pinned",
            "this ledger was never pinned, so nothing it says can be checked",
            hint="ask its founders for the ledger id, then run: assent trust LEDGER-ID",
        )

    @cached_property
    def state(self) -> State:
        """What this user trusts about the ledger."""
        return State(state_root(), self.expected_id)

    @cached_property
    def views(self) -> "Views":
        """The user's own views, built anew where other code made them."""
        from cli.own_views import open_own_views  # noqa: PLC0415 - half of what a short run imports

        self.state.make()
        views = open_own_views(self.state.views, self._fill)
        _on_close(views.close)
        return views

    def _fill(self, views: "Views") -> None:
        self.require_claim()
        sync(self.ledger_on(views))

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger as services take it. Raises :class:`Unproven` (``other-ledger``)."""
        self.require_claim()
        return self.ledger_on(self.views)

    def ledger_on(self, views: "Views") -> Ledger:
        """The same ledger, its standing kept in other *views*; its claim is not looked at."""
        return Ledger(self.expected_id, self.log, views, self.state, examine_rows, progress)

    def require_claim(self) -> None:
        """Raise :class:`Unproven` (``other-ledger``) where the log claims to be another one."""
        expected, claimed = self.expected_id, self.claimed_id
        if claimed != expected:
            raise Unproven(
                "other-ledger",
                f"{self.places.location} holds another ledger than the one you trust",
                hint=f"expected {expected}, found {claimed}",
            )

    @cached_property
    def standing(self) -> Standing:
        """The standing of the verified log, after reading what is new.

        What is possible despite an alarm goes on where the log is not what this user verified
        before: on what it shows, read from its beginning into a state that ends with the command.
        """
        try:
            standing = self._synced()
        except Unproven as alarm:
            if not self.despite_alarm:
                raise
            self._set_apart(alarm)
            standing = self._synced()
        self.now_of(standing)
        return standing

    def _synced(self) -> Standing:
        try:
            return sync(self.ledger)
        except Uncheckable as trouble:
            if not self.leave_views(trouble):
                raise
            return sync(self.ledger)

    def leave_views(self, trouble: Uncheckable) -> bool:
        """Go on with views in memory where *trouble* is that they cannot be read.

        Only what is possible despite an alarm does; the file stays as it is.
        """
        from projections.runner import Views  # noqa: PLC0415 - half of what a short run imports

        if not (self.despite_alarm and trouble.code.startswith("views-")):
            return False
        note(f"{trouble.code}: {trouble.message}")
        note("this command is possible all the same; assent views rebuild mends them")
        for name in ("standing", "ledger"):
            vars(self).pop(name, None)
        vars(self)["views"] = Views(None)
        return True

    def _set_apart(self, alarm: Unproven) -> None:
        note(f"ALARM {alarm.code}: {alarm.message}")
        note("this command is possible all the same: it is signed on what the log shows now")
        note("what you verified before stays as it is; assent verify says more")
        folder = Path(tempfile.mkdtemp(prefix="assent-"))
        _on_close(lambda: shutil.rmtree(folder, ignore_errors=True))
        apart = State(folder, self.expected_id)
        apart.make()
        apart.pin()
        for name in ("views", "ledger"):
            vars(self).pop(name, None)
        vars(self)["state"] = apart

    def now_of(self, standing: Standing) -> int:
        """The claimed time of this call: the clock, or ``ASSENT_NOW`` in a rehearsal.

        Raises :class:`Refused` (``no-rehearsal``) where the ledger is none.
        """
        named = os.environ.get("ASSENT_NOW")
        ledger = standing.ledger()
        if ledger is None or not ledger.rehearsal:
            if named:
                raise Refused(
                    "no-rehearsal",
                    "ASSENT_NOW sets the clock of rehearsal ledgers only",
                    hint="unset ASSENT_NOW",
                )
            return int(time.time())
        claimed = parse_time(named) if named else int(time.time())
        return max(claimed, standing.head.time)

    @property
    def now(self) -> int:
        """The claimed time of this call."""
        return self.now_of(self.standing)

    @cached_property
    def signer_name(self) -> str:
        """Who acts. Raises :class:`BadInput` (``no-signer``) where nobody was named."""
        name = self.options.signer or os.environ.get("ASSENT_SIGNER")
        if not name:
            raise BadInput(
                "no-signer", "nobody was named to sign", hint="--as ID, or set ASSENT_SIGNER"
            )
        if not is_identifier(name):
            raise BadInput("bad-identifier", f"{name!r} is no signer's id")
        return name

    @cached_property
    def signer(self) -> Signer:
        """Who acts, with their key."""
        return Signer(self.signer_name, self.signing_key)

    @cached_property
    def signing_key(self) -> KeyHolder:
        """What holds the key to sign with; a file is asked for its passphrase if it has one."""
        from cli.signing import signing_key  # noqa: PLC0415 - only for what signs

        named = self.options.key or os.environ.get("ASSENT_KEY")
        ask = ask_passphrase if interactive() else None
        return signing_key(self.signer_name, self._wanted_keys(), named, ask)

    def _wanted_keys(self) -> Sequence[str] | None:
        """Ids of the keys that would do, the best first; ``None`` where nothing says which.

        Before a founding nothing does, and a ledger above this folder is another one: only
        a standing that was asked for anyway is looked at.
        """
        standing = vars(self).get("standing")
        if self.wanted_keys is not None or standing is None:
            return self.wanted_keys
        by = standing.signer(self.signer_name)
        keys = () if by is None else (by.current, by.pending)
        return [key.id for key in keys if key is not None] or None


def make_app(options: Options, *, despite_alarm: bool = False) -> App:
    """The app of this call; *despite_alarm* on a log that was cut or changed as well."""
    return App(options, despite_alarm=despite_alarm)


def interactive() -> bool:
    """Whether a person sits at the terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask_passphrase(name: str) -> bytes:
    """Ask for the passphrase of a key, unseen."""
    text: str = click.prompt(f"Passphrase for {name}", hide_input=True, err=True)
    return text.encode()


def parse_time(text: str) -> int:
    """Seconds since 1970 of an instant somebody typed. Raises :class:`BadInput`."""
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415 - only when time is typed

    try:
        instant: str = TypeAdapter(InstantText).validate_python(text)
    except ValidationError:
        raise BadInput(
            "not-an-instant", f"{text!r} is not a time", hint="write it as 2026-11-21T07:41:26Z"
        ) from None
    return parse_instant(instant)


def _on_close(close: Callable[[], None]) -> None:
    context = click.get_current_context(silent=True)
    if context is not None:
        context.call_on_close(close)
