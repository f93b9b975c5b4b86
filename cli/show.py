"""``assent show``: one entry, as it was signed and as it was judged."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from cli.context import make_app
from cli.entries import verified_envelope
from cli.moment import Moment, moment
from cli.options import Options, reading_as_of
from cli.output import emit, emit_json, safe
from cli.params import FILE
from cli.policy_file import still_means
from cli.sections import Section, show_sections
from cli.show_numbers import is_numbers, judged_sections, number_sections
from ledger.errors import AssentError, BadInput, Unproven
from ledger.model.canonical import decode
from ledger.seal.checkpoint import ORIGIN
from ledger.seal.envelope import Examined, examine, export
from ledger.seal.keys import parse_public_key
from ledger.seal.sshsig import NAMESPACE


@click.command()
@click.argument("position", type=click.IntRange(min=0))
@click.option("--raw", is_flag=True, help="The two stored lines, as they are.")
@click.option("--out", type=FILE, metavar="DIR", help="With --raw: files for ssh-keygen.")
@reading_as_of
def command(options: Options, position: int, out: Path | None, *, raw: bool) -> None:
    """Show the entry at POSITION, once its signature and place are verified.

    With --raw --out DIR it writes entry, entry.sig and allowed_signers, so that
    OpenSSH alone can check it.

    \b
    Example:      assent show 5 --raw --out check
    Exit status:  0 shown, 2 no such position, 4 its signature does not hold
    """
    if out is not None and not raw:
        raise BadInput("usage", "--out goes with --raw")
    app = make_app(options)
    then = moment(app)
    if position > then.position:
        raise BadInput(
            "no-such-position", f"there is no position {position}; the log ends at {then.position}"
        )
    envelope = verified_envelope(app, position)
    examined = examine(envelope)
    if out is not None:
        _write_files(then, options, envelope, out)
    elif raw:
        _print_raw(options, position, envelope)
    else:
        _print_entry(then, options, position, examined)


def _print_raw(options: Options, position: int, envelope: bytes) -> None:
    text = envelope.decode("utf-8", "backslashreplace")
    if options.as_json:
        emit_json({"schema": "raw-entry/1", "position": position, "raw": text})
        return
    for line in text.splitlines() or [""]:
        emit(safe(line))


def _write_files(then: Moment, options: Options, envelope: bytes, folder: Path) -> None:
    """Write what ``ssh-keygen -Y verify`` needs into *folder*, over nothing that is there."""
    examined = examine(envelope)
    _require_proof(examined)
    payload: Any = decode(examined.payload or b"")
    author = str(payload["by"]["signer"])
    owner = then.standing.owner_of(examined.key or "")
    if owner is None or owner.id != author:
        raise Unproven("unknown-key", f"the key {examined.key} is not {author}'s in this ledger")
    named = next(key for key in owner.keys if key.id == examined.key)
    entry, armored = export(envelope)
    allowed = f'{owner.id} namespaces="{NAMESPACE}" {named.text}\n'
    files = {"entry": entry, "entry.sig": armored.encode(), "allowed_signers": allowed.encode()}
    for name in files:
        if (folder / name).exists() or (folder / name).is_symlink():
            raise BadInput("file-exists", f"{folder / name} is there already", hint="name another")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            with (folder / name).open("xb") as file:
                file.write(data)
    except OSError as error:
        raise BadInput("cannot-write", f"{error.filename or folder}: {error.strerror}") from None
    if options.as_json:
        emit_json({"schema": "entry-files/1", "folder": str(folder), "files": sorted(files)})
        return
    emit(f"wrote {', '.join(files)} to {safe(folder)}; check them there with:")
    emit(
        "head -n1 entry | tr -d '\\n' | ssh-keygen -Y verify -f allowed_signers"
        f" -I {owner.id} -n {NAMESPACE} -s entry.sig"
    )


def _print_entry(then: Moment, options: Options, position: int, examined: Examined) -> None:
    from projections.log import entry_at  # noqa: PLC0415 - a heavy import

    with then.views.reading() as connection:
        row: Any = entry_at(connection, position)
    payload: Any = None if examined.payload is None else decode(examined.payload)
    finding = then.standing.finding(position)
    body = {
        "schema": "entry/1",
        "position": position,
        "leaf": examined.leaf.hex(),
        "signed": examined.fault is None,
        "placed": bool(row.placed),
        "admitted": bool(row.admitted),
        "judged_at": row.judged_at,
        "rule": row.rule,
        "acknowledged_by": None if finding is None else finding.acknowledged_by,
        "entry": payload,
    }
    if options.as_json:
        emit_json(body)
    else:
        judged = judged_sections(then.standing, position)
        show_sections([*_sections(body, payload, row), *judged])
    _require_proof(examined)


def _sections(body: dict[str, Any], payload: Any, row: Any) -> list[Section]:
    verdict = "admitted" if row.admitted else f"refused: {row.rule}"
    facts = [("judged", f"{verdict}, at {row.judged_at}"), ("leaf", body["leaf"])]
    if body["acknowledged_by"] is not None:
        facts.append(("noted by", body["acknowledged_by"]))
    if not isinstance(payload, dict):
        return [Section(f"Position {body['position']}", tuple(facts))]
    by = payload.get("by")
    author = by if isinstance(by, dict) else {}
    facts += [
        ("signer", f"{author.get('signer')} with {author.get('key')}"),
        ("at", str(payload.get("at"))),
        ("stream", f"{payload.get('stream')}, version {payload.get('version')}"),
        ("previous", str(payload.get("previous") or "-")),
        ("seen", json.dumps(payload.get("seen"), ensure_ascii=False)),
    ]
    event = payload.get("event")
    told = event.items() if isinstance(event, dict) else [("event", event)]
    kind = event.get("kind") if isinstance(event, dict) else "?"
    fields = tuple((str(name), _text(_shortened(value))) for name, value in told if name != "kind")
    title = f"Position {body['position']}"
    parts = [Section(title, tuple(facts)), Section(str(kind), fields)]
    return [
        *parts,
        *number_sections(event),
        *_rosters(event),
        *_policy_texts(event),
        *_checkpoint(event),
    ]


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _shortened(value: Any) -> Any:
    """*value* with a word in the place of a policy or a checkpoint, shown line by line."""
    if _is_policy(value):
        return "its text stands below; --json has the canonical JSON too"
    if isinstance(value, str) and value.startswith(ORIGIN):
        return "it stands below, as it is handed on"
    if isinstance(value, dict):
        return {name: _shortened(inner) for name, inner in value.items()}
    if is_numbers(value):
        return _counted(len(value))
    return f"{len(value)} signers, who stand below" if _is_roster(value) else value


def _counted(count: int) -> str:
    return "one number, which stands below" if count == 1 else f"{count} numbers, which stand below"


def _rosters(event: Any) -> Iterator[Section]:
    """The signers that a founding names, a line each."""
    found = [one for one in event.values() if _is_roster(one)] if isinstance(event, dict) else []
    headings = ("id", "kind", "root", "answers", "roles", "fingerprint")
    for roster in found:
        rows = tuple(
            (
                str(one["signer"]),
                str(one["signer_kind"]),
                "root" if one["root"] else "",
                str(one["accountable"] or "-"),
                ", ".join(map(str, one["roles"])),
                _fingerprint(one["key"]),
            )
            for one in roster
        )
        yield Section("The roster", rows, headings)


def _fingerprint(key: object) -> str:
    """The fingerprint of *key*, or what it says where that is no key: entries hold anything."""
    try:
        return parse_public_key(str(key)).id
    except AssentError:
        return str(key)


def _is_roster(value: Any) -> bool:
    keys = {"signer", "signer_kind", "accountable", "key", "roles", "root"}
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(one, dict) and one.keys() == keys and isinstance(one["roles"], list)
            for one in value
        )
    )


def _policy_texts(event: Any) -> Iterator[Section]:
    """The text of each policy that *event* holds, and whether it is what judges."""
    if _is_policy(event):
        faithful = still_means(event["text"], event["canonical"])
        title = "The policy" if faithful else "The policy (WARNING: this text is NOT what judges)"
        yield Section(title, tuple((line,) for line in event["text"].rstrip("\n").split("\n")))
    elif isinstance(event, dict):
        for inner in event.values():
            yield from _policy_texts(inner)


def _checkpoint(event: Any) -> Iterator[Section]:
    """The checkpoint that *event* holds, as it is handed on."""
    text = event.get("checkpoint") if isinstance(event, dict) else None
    if isinstance(text, str) and text.startswith(ORIGIN):
        yield Section("The checkpoint", (), verbatim=text)


def _is_policy(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == {"text", "canonical"}
        and all(isinstance(inner, str) for inner in value.values())
    )


def _require_proof(examined: Examined) -> None:
    """Raise where the signature does not hold: what was shown proves nothing."""
    if examined.fault is not None:
        code, message = examined.fault
        raise Unproven(code, f"this entry proves nothing: {message}")
