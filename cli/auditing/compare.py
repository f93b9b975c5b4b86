"""``assent audit compare``: whether two accounts of a ledger are of one history, with the proof."""

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final

import click

from cli import params
from cli.auditing.bundle_notes import PIPE, read_any_note
from cli.auditing.compared import Account, Compared, account_of
from cli.auditing.compared import compare as compare_accounts
from cli.auditing.notes import Known, claimed_body, doubt, is_known, known_keys
from cli.context import App, make_app
from cli.options import Options, reading
from cli.output import emit_json
from cli.sections import Section, show_sections
from cli.verify_bundle import bundle_notes
from ledger.errors import AssentError
from ledger.model.entry import parse_entry
from ledger.model.terms import format_instant
from ledger.seal.checkpoint import parse_note
from ledger.seal.envelope import examine
from ledger.seal.merkle import root
from ledger.store.bundle import BundleStore, open_bundle

FORK: Final = 4
"""The exit status of a fork: two histories were checked, and one of them is false."""

SHOWN: Final = ("leaf", "signed", "signer", "key", "at", "stream", "version", "kind")
"""What of an entry is shown to people."""

Entry = dict[str, Any]
"""What an entry says of itself, by the names of ``comparison/1``."""


@click.command()
@click.argument("first", metavar="A", type=params.FILE)
@click.argument("second", metavar="B", type=params.FILE)
@reading
def compare(first: Path, second: Path, *, options: Options) -> int:
    """Tell whether A and B are of one history: the same, one continuing the other, or a fork.

    Each is a file with a checkpoint, the folder of a bundle, or "-" for this
    ledger. Of a bundle its entries count, and nothing that it says of itself. A
    fork is printed with both roots and who signed them and, where entries of both
    can be read, with the first position that differs: whoever has the two
    signatures can show to anybody that their signers saw different histories. Names
    in them are held against the keys of this ledger, where it is at hand.

    \b
    Example:      assent audit compare acme.checkpoint -
    Exit status:  0 the same or consistent, 2 bad input, 4 a fork, 5 uncheckable
    """
    with ExitStack() as stack:
        app = make_app(options)
        found = compare_accounts(_account(app, first, stack), _account(app, second, stack))
        known = _known(app, found.smaller.ledger)
        if options.as_json:
            emit_json(_body(found, known))
        else:
            show_sections([*_sections(found, known)])
    return FORK if found.answer == "fork" else 0


def _account(app: App, path: Path, stack: ExitStack) -> Account:
    """What the checkpoint, bundle or ledger at *path* says."""
    if path == PIPE:
        return _own(app)
    if path.is_dir():
        log = stack.enter_context(open_bundle(path))
        store = log.store
        notes = bundle_notes(store) if isinstance(store, BundleStore) else ()
        return account_of(str(path), log, [note for _, note in notes])
    note = read_any_note(path)
    what = note.checkpoint
    return Account(str(path), what.ledger, what.size, what.root, (note,), None)


def _own(app: App) -> Account:
    """The ledger at hand, as this client has verified it."""
    from projections.checkpoints import checkpoint_list  # noqa: PLC0415 - a heavy import

    head = app.standing.head
    with app.views.reading() as connection:
        rows = checkpoint_list(connection, head.size)
    notes = [parse_note(row.checkpoint.encode()) for row in rows]
    name = app.places.location
    return Account(name, app.expected_id, head.size, root(head.frontier), tuple(notes), app.log)


def _known(app: App, ledger: str) -> Known:
    """The keys of *ledger*, where it is the one at hand and is in order."""
    try:
        return known_keys(app.standing) if app.expected_id == ledger else None
    except AssentError:
        return None


def _sections(found: Compared, known: Known) -> Iterator[Section]:
    """What is told, for people."""
    smaller, larger = found.smaller, found.larger
    title = {
        "same": f"same: {smaller.size} entries",
        "consistent": f"consistent: {larger.size} entries that begin with the {smaller.size}",
        "fork": f"FORK: two histories of {smaller.size} entries",
    }[found.answer]
    rows = [("ledger", smaller.ledger)]
    for side, shown in found.sides():
        rows += [("", ""), (f"{side.size} entries", side.name)]
        rows.append((f"root at {smaller.size}", shown.hex()))
        for one in side.signed_by(smaller.size, shown):
            rows += [("signed by", f"{one.name} at {format_instant(one.at)}"), ("", one.key.id)]
            rows += _doubted(known, one.name, one.key.id)
    yield Section(title, tuple(rows))
    if found.proof:
        yield Section("Consistency proof", tuple((one.hex(),) for one in found.proof))
    at = found.differs_at
    for side, _ in found.sides() if at is not None else ():
        entry = _entry(side, at or 0, known)
        yield Section(f"Position {at} in {side.name}", tuple(_entry_rows(entry, known)))


def _entry_rows(entry: Entry, known: Known) -> Iterator[tuple[str, str]]:
    for name in SHOWN:
        value = entry[name]
        if isinstance(value, bool):
            yield name, "with the key in it" if value else "NO"
        elif value is not None:
            yield name, str(value)
        if name == "key" and value is not None:
            yield from _doubted(known if entry["signed"] else None, entry["signer"], value)


def _doubted(known: Known, name: str, key: str) -> list[tuple[str, str]]:
    told = doubt(known, name, key)
    return [] if told is None else [("", told)]


def _body(found: Compared, known: Known) -> dict[str, object]:
    """What is told, for programs."""
    size, at = found.smaller.size, found.differs_at
    return {
        "schema": "comparison/1",
        "answer": found.answer,
        "ledger": found.smaller.ledger,
        "size": size,
        "accounts": [
            {
                "name": side.name,
                "size": side.size,
                "root": shown.hex(),
                "signed_by": [claimed_body(one, known) for one in side.signed_by(size, shown)],
                "checkpoints": [one.text for one in side.notes_of(size, shown)],
            }
            for side, shown in found.sides()
        ],
        "proof": [one.hex() for one in found.proof],
        "differs_at": at,
        "entries": [] if at is None else [_entry(side, at, known) for side, _ in found.sides()],
    }


def _entry(side: Account, position: int, known: Known) -> Entry:
    """What stands at *position*, as far as it can be read."""
    raw = b"" if side.log is None else side.log.row(position).raw or b""
    examined = examine(raw)
    said: Entry = {
        "leaf": examined.leaf.hex(),
        "signed": examined.fault is None,
        **dict.fromkeys(("signer", "key", "known", "at", "stream", "version", "kind")),
        "entry": raw.decode("utf-8", "backslashreplace"),
    }
    with suppress(AssentError):
        entry = parse_entry(examined.payload or b"")
        said |= {
            "signer": entry.by.signer,
            "key": entry.by.key,
            "known": is_known(known, entry.by.signer, entry.by.key) if said["signed"] else None,
            "at": entry.at,
            "stream": entry.stream,
            "version": entry.version,
            "kind": entry.event.kind,
        }
    return said
