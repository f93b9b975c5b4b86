"""``assent init``: found a ledger, pin it, and accept as the founder."""

import errno
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

import click

from cli.context import App, interactive, make_app, parse_time
from cli.init_server import found_on_server, say_server
from cli.options import Options, writing
from cli.output import emit, emit_json, note, safe
from cli.params import FILE
from cli.places import CONFIG, CONFIG_TEXT, Places, new_places, state_root
from cli.policy_file import founding_policy
from cli.roster import Roster, read_roster
from ledger.audit.replay import judge
from ledger.decide import founding, signer
from ledger.decide.context import Standing
from ledger.errors import BadInput, Refused, Uncheckable
from ledger.model.entry import Entry, ledger_id
from ledger.seal.envelope import examine, seal
from ledger.seal.keys import parse_public_key
from ledger.seal.merkle import leaf_hash
from ledger.service import Receipt, act, place
from ledger.store.locations import Locations
from ledger.store.log import create_log
from ledger.store.rows import Placed
from ledger.store.state import State

_TAKEN: Final = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)
"""What a folder says in whose place somebody else put something meanwhile."""


@click.command()
@click.option("--roster", type=FILE, required=True, help="Who signs: roster.toml.")
@click.option("--policy", type=FILE, help="The first policy; without it, the starting policy.")
@writing
def command(roster: Path, policy: Path | None, *, options: Options) -> None:
    """Found a ledger in ./.assent, or where --ledger says, and pin it.

    --ledger names a folder, or postgresql://HOST/DATABASE?schema=NAME; then the
    log is kept on that server, and ./.assent leads there. The founder is a root
    signer of the roster; both the founding and the founder's own acceptance are
    signed. Nothing is left behind when anything is refused.

    \b
    Example:      assent init --roster roster.toml --as alice
    Exit status:  0 founded, 2 bad input, 3 refused, 5 no key or no server
    """
    app = make_app(options)
    places = new_places(options)
    _require_new(places, options)
    named = read_roster(roster)
    entry = _founding(app, named, policy)
    if options.dry_run:
        emit(entry.payload().decode())
        return
    _confirm(entry, named, options)
    raw = _sealed(app, entry)
    state = State(state_root(), ledger_id(entry.payload()))
    if state.mark() is not None:
        raise Refused(
            "founded-before",
            "this very founding was made before, and you verified what followed it",
            hint="give the ledger another name, or set another ASSENT_NOW",
        )
    left: tuple[str, ...] = ()
    if isinstance(places.log, Path):
        _build(places, places.log, raw, state)
    else:
        left = found_on_server(places, places.log, raw, state)
    _show(app, named, entry, raw, _accept(app))
    if not isinstance(places.log, Path):
        say_server(places.log, app.expected_id, left)


def _require_new(places: Places, options: Options) -> None:
    if options.ledger_id is not None:
        raise BadInput("no-ledger-yet", "a ledger gets its id by being founded, not by --ledger-id")
    if not isinstance(places.log, Path):
        return
    if os.path.lexists(places.folder):
        raise Refused("ledger-exists", f"{places.folder} exists; nothing was changed")
    if not places.folder.parent.is_dir():
        raise BadInput(
            "no-such-folder", f"there is no folder {places.folder.parent}", hint="make it first"
        )


def _founding(app: App, roster: Roster, policy: Path | None) -> Entry:
    """The founding entry, decided and placed."""
    mine = (m.key for m in roster.members if m.signer == app.signer_name)
    app.wanted_keys = [parse_public_key(key).id for key in mine]
    signer = app.signer
    standing = Standing()
    people = {m.signer: frozenset(m.roles) for m in roster.members if m.signer_kind == "person"}
    services = {
        m.signer: (m.accountable, frozenset(m.roles))
        for m in roster.members
        if m.accountable is not None
    }
    document = founding_policy(policy, people, roster.require_roles, services)
    event = founding.found(
        standing,
        founder=signer.name,
        founder_key=signer.key.public.id,
        name=roster.name,
        roster=roster.members,
        root_threshold=roster.root_threshold,
        policy=document,
        rehearsal=roster.rehearsal,
        solo=roster.solo,
    )
    return place(standing, event, signer, now=_now(roster), ledger_id=None)


def _now(roster: Roster) -> int:
    named = os.environ.get("ASSENT_NOW")
    if named and not roster.rehearsal:
        raise Refused(
            "no-rehearsal",
            "ASSENT_NOW sets the clock of rehearsal ledgers only",
            hint="unset ASSENT_NOW, or write rehearsal = true into the roster",
        )
    return parse_time(named) if named else int(time.time())


def _confirm(entry: Entry, roster: Roster, options: Options) -> None:
    """Let the founder see what they begin; one answer covers the founding and the acceptance."""
    if options.yes:
        return
    if not interactive():
        raise BadInput(
            "needs-yes",
            "without a terminal a signed write needs --yes",
            hint="--dry-run prints what would be signed",
        )
    note(f"ledger {safe(roster.name)}, {len(roster.members)} signers{_said_of(roster)}")
    for member in roster.members:
        root = "root, " if member.root else ""
        note(f"  {member.signer} ({member.signer_kind}): {root}{', '.join(member.roles)}")
    note(f"root threshold {roster.root_threshold}; ledger id {ledger_id(entry.payload())}")
    click.confirm(f"Found this ledger and accept as {entry.by.signer}?", abort=True, err=True)


def _said_of(roster: Roster) -> str:
    said = [word for word in ("rehearsal", "solo") if getattr(roster, word)]
    return f" ({', '.join(said)})" if said else ""


def _sealed(app: App, entry: Entry) -> bytes:
    """The founding's envelope, judged before anything is written."""
    raw = seal(entry.payload(), app.signing_key)
    finding = judge(Standing(), examine(raw), ledger_id(entry.payload())).finding
    if finding is not None:
        raise Refused(finding.rule, finding.message, hint=finding.expected)
    return raw


def _build(places: Places, log_file: Path, raw: bytes, state: State) -> None:
    """Make the ledger beside its place, whole, and move it there; pin it and know its place."""
    try:
        new = Path(tempfile.mkdtemp(dir=places.folder.parent, prefix=".assent-new-"))
    except OSError as error:
        raise BadInput(
            "no-such-folder", f"{places.folder.parent} cannot be written to: {error.strerror}"
        ) from None
    try:
        new.chmod(0o755)
        (new / CONFIG).write_text(CONFIG_TEXT, encoding="utf-8")
        (new / places.evidence.name).mkdir()
        with create_log(new / log_file.name) as log:
            log.append([Placed("ledger", 1, "ledger.founded", raw)], size=0)
        state.pin()
        new.rename(places.folder)
    except OSError as error:
        if error.errno in _TAKEN:
            raise Refused("ledger-exists", f"{places.folder}: {error.strerror}") from None
        raise Uncheckable(
            "store-unavailable",
            f"{error.filename or places.folder}: {error.strerror}",
            hint="nothing was founded; see that there is room, and that the folder can be written",
        ) from None
    finally:
        shutil.rmtree(new, ignore_errors=True)
    Locations(state_root()).remember(places.location, state.ledger)


def _accept(app: App) -> Receipt:
    """The founder's own acceptance, as a second act."""
    return act(
        app.ledger,
        app.signer,
        lambda standing, by, at: signer.accept(
            standing, by=by, at=at, named_by=by.named_key.named_by
        ),
        now=app.now,
        confirm=lambda _standing, _entry: None,
    )


def _show(app: App, roster: Roster, entry: Entry, raw: bytes, accepted: Receipt) -> None:
    waiting = [m.signer for m in roster.members if m.root and m.signer != entry.by.signer]
    others = [m.signer for m in roster.members if not m.root]
    id_ = app.expected_id
    if app.options.as_json:
        emit_json(
            {
                "schema": "receipt/1",
                "position": 0,
                "entry": leaf_hash(raw).hex(),
                "stream": entry.stream,
                "kind": entry.event.kind,
                "proposal": None,
                "size": accepted.size,
                "root": accepted.root,
                "ledger": id_,
                "accepted": accepted.position,
                "waiting": waiting,
            }
        )
        return
    emit(f"founded {roster.name}{_said_of(roster)}: {id_}")
    emit(f"{entry.by.signer} accepted at position {accepted.position}")
    if waiting:
        emit(f"before anybody acts, these root signers must accept: {', '.join(waiting)}")
    if others:
        emit(f"before they act themselves, these must accept: {', '.join(others)}")
    if (waiting or others) and isinstance(app.places.log, Path):
        note(f"each of them runs: assent trust {id_}")
        note("                    assent signer accept --as THEIR-ID")
