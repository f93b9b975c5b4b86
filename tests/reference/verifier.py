"""A second verifier of a log, written from ``docs/reference/format.md`` and ``events.md`` alone.

With ``second_signature`` and ``second_payload`` it imports nothing of the project: the standard
library and the real ``ssh-keygen`` are all it has. It judges the format (bytes, signature, place,
stream, ``seen``, time, whose key signs) in the order of the page. What the verbs refused it
is told, because their rules are no part of the format.
"""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.reference.second_payload import Fault, check_entry, read_json, require, stream_of
from tests.reference.second_signature import check_signature, key_id, unspell


@dataclass(frozen=True)
class Said:
    """What there is to say of one position; ``rule`` is None for an admitted entry."""

    placed: bool
    rule: str | None


@dataclass
class Keys:
    """The keys of one signer: the one in force, and all they ever accepted."""

    in_force: str | None = None
    accepted: set[str] = field(default_factory=set)


@dataclass
class Log:
    """All a verifier has to remember while it reads a log once."""

    ledger: str
    said: list[Said] = field(default_factory=list)
    frontier: list[bytes] = field(default_factory=list)
    roots: list[str] = field(default_factory=lambda: [hashlib.sha256(b"").hexdigest()])
    places: dict[str, tuple[int, str]] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    keys: dict[str, Keys] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    root_matters: set[str] = field(default_factory=set)
    last: dict[str, int] = field(default_factory=dict)
    time: int = 0

    def grow(self, leaf: bytes) -> None:
        """Add a leaf hash, merge full subtrees of one size, and keep the new root."""
        size = len(self.roots) - 1
        while size & 1:
            leaf = hashlib.sha256(b"\x01" + self.frontier.pop() + leaf).digest()
            size >>= 1
        self.frontier.append(leaf)
        *lefts, root = self.frontier
        for left in reversed(lefts):
            root = hashlib.sha256(b"\x01" + left + root).digest()
        self.roots.append(root.hex())


def verify(envelopes: Iterable[bytes], ledger: str, refused: Collection[int] = ()) -> Log:
    """Judge *envelopes* as the log of *ledger*; *refused* are the positions a verb refused."""
    log = Log(ledger)
    for position, raw in enumerate(envelopes):
        leaf = hashlib.sha256(b"\x00" + raw).digest()
        placed, rule = False, None
        try:
            entry = parse(raw)
            place(log, entry, raw, leaf.hex())
            placed = True
            admit(log, entry, position)
            require(position not in refused, "refused by its verb")
            apply(log, entry, position)
        except Fault as fault:
            rule = str(fault)
        log.said.append(Said(placed, rule))
        log.grow(leaf)
    return log


def parse(raw: bytes) -> dict[str, Any]:
    """The payload of *raw*, once everything that needs no ledger holds."""
    require(len(raw) <= 65_535, "too-large")
    lines = raw.split(b"\n")
    require(len(lines) == 3 and not lines[2], "not-two-lines")
    blob = unspell(lines[1])
    value = read_json(lines[0])
    key = check_signature(lines[0], blob)
    by = value.get("by") if isinstance(value, dict) else None
    require(isinstance(by, dict) and by.get("key") == key, "other-key")
    check_entry(value)
    return dict(value)


def place(log: Log, entry: dict[str, Any], raw: bytes, leaf: str) -> None:
    """Give *entry* the next place of its stream, or refuse it any."""
    if not log.said:
        founding = entry["event"]["kind"] == "ledger.founded" and entry["ledger"] is None
        require(founding, "not-founded")
        payload = raw.partition(b"\n")[0]
        require(hashlib.sha256(payload).hexdigest() == log.ledger, "other-ledger")
    else:
        owner = log.owners.get(entry["by"]["key"])
        require(owner is not None, "unknown-key")
        require(owner == entry["by"]["signer"], "key-owner")
        require(entry["ledger"] == log.ledger, "wrong-ledger")
    version, previous = log.places.get(entry["stream"], (0, None))
    require((entry["version"], entry["previous"]) == (version + 1, previous), "out-of-place")
    log.places[entry["stream"]] = (entry["version"], leaf)


def admit(log: Log, entry: dict[str, Any], position: int) -> None:
    """Ask all that is asked of a placed entry before its verb is."""
    event, seen, signer = entry["event"], entry["seen"], entry["by"]["signer"]
    require(stream_of(event) == entry["stream"], "wrong-stream")
    require(seen["size"] <= position, "seen-mismatch")
    require(seen["size"] >= position - 4_096, "seen-stale")
    require(seen["size"] > log.last.get(signer, -1), "seen-stale")
    require(seen["root"] == log.roots[seen["size"]], "seen-mismatch")
    earliest = 0 if may_lie_back(log, event) else log.time - 300
    require(seconds(entry["at"]) >= earliest, "back-dated")
    if event["kind"] not in {"ledger.founded", "signer.accepted"}:
        authorise(log, event, signer, entry["by"]["key"])


def authorise(log: Log, event: dict[str, Any], signer: str, key: str) -> None:
    """Ask whether *key* may sign *event* for *signer*, whatever it is about."""
    keys = log.keys[signer]
    require(not log.waiting, "founding-incomplete")
    stops = event["target"] if event["kind"] == "override.set" else None
    if stops == f"signer/{signer}" and key in keys.accepted:
        return
    require(keys.in_force, "not-accepted")
    require(keys.in_force == key, "key-retired")


def may_lie_back(log: Log, event: dict[str, Any]) -> bool:
    """Whether *event* only takes away, or is a root matter: these lie as far back as 1970."""
    if "effect" in event:
        return event["effect"]["effect"] in {"root", "disown", "clock", "lift"}
    takes_away = {"override.set", "release.rolled-back", "exception.closed"}
    return event["kind"] in takes_away or event.get("proposal") in log.root_matters


def apply(log: Log, entry: dict[str, Any], position: int) -> None:
    """Remember what an admitted *entry* changes."""
    event, key = entry["event"], entry["by"]["key"]
    log.time = max(log.time, seconds(entry["at"]))
    log.last[entry["by"]["signer"]] = position
    match event["kind"]:
        case "ledger.founded":
            for member in event["roster"]:
                name(log, member["signer"], member["key"])
                log.waiting |= {member["signer"]} if member["root"] else set()
        case "signer.enrolled":
            log.keys.setdefault(event["signer"], Keys()).in_force = None
            name(log, event["signer"], event["key"])
        case "signer.rotated":
            name(log, event["signer"], event["key"])
        case "signer.accepted":
            log.keys[event["signer"]].in_force = key
            log.keys[event["signer"]].accepted.add(key)
            log.waiting.discard(event["signer"])
        case "proposal.opened" if may_lie_back(log, event):
            log.root_matters.add(event["proposal"])
        case "clock.corrected":
            log.time = seconds(event["at"])


def name(log: Log, signer: str, key: str) -> None:
    """Make *key* known as one of *signer*."""
    log.owners[key_id(unspell(key.split(" ")[1].encode()))] = signer
    log.keys.setdefault(signer, Keys())


def seconds(instant: str) -> int:
    """The seconds since 1970 of an instant."""
    return int(datetime.fromisoformat(instant).timestamp())
