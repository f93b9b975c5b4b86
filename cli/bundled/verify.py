"""Verify an exported Assent ledger with Python's standard library and ssh-keygen, and nothing else.

    python verify.py [DIR] --ledger-id ID [--witnesses FILE] [--mark SIZE:ROOT] [--max-age 7d]

Written from docs/reference/format.md and events.md alone, without a look at the programs of the
project, so that a mistake in one is no mistake in the other. It is one file, longer than others of
the project, because it is handed on as one and is to be read in one sitting, from top to bottom:
the tables of events.md, canonical JSON, fields, keys and signatures, checkpoints, files of a
bundle, the order of judgement, the verdict. Section names in comments are those of format.md.

It judges steps 1 to 6 itself. What the rules of consent refused (steps 7 and 8) it takes from the
bundle's own list `refused`, and says how far a witness whom you trust has signed for that list.
A copy of this file that came with a bundle is the word of whoever made the bundle: take yours from
a release. Exit status: 0 verified, 2 bad input, 3 refused, 4 tampered, forked or rolled back,
5 uncheckable.
"""

# What is compared here are the numbers of format.md, and an answer is printed.
# ruff: noqa: PLR2004, T201

import argparse
import base64
import hashlib
import itertools
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeAlias

TABLES: Final = """
ledger.founded @ledger name:identifier rules:whole rehearsal:yes-or-no solo:yes-or-no
  root_threshold:whole roster:[roster-member policy:policy-document
root.changed @ledger proposal:uuid review:digest signers:<identifier threshold:whole
clock.corrected @ledger proposal:uuid review:digest position:whole at:instant
signer.accepted @signer:{signer} signer:identifier named_by:hash
signer.enrolled @signer:{signer} proposal:uuid review:digest signer:identifier
  signer_kind:person|service accountable:identifier? key:public-key roles:<identifier
signer.granted @signer:{signer} proposal:uuid review:digest signer:identifier grant:<identifier
  strip:<identifier aliases:pattern? until:instant?
signer.stripped @signer:{signer} proposal:uuid review:digest signer:identifier strip:<identifier
  aliases:pattern?
signer.rotated @signer:{signer} proposal:uuid review:digest signer:identifier key:public-key
signer.delegated @signer:{signer} signer:identifier to:identifier roles:<identifier
  aliases:pattern? until:instant
signer.disowned @signer:{signer} proposal:uuid review:digest signer:identifier keys:<key-id
  after:whole
policy.published @policy proposal:uuid review:digest number:whole policy:policy-document
proposal.opened @proposal:{proposal} proposal:uuid base:whole? policy:whole effect:effect
proposal.revised @proposal:{proposal} proposal:uuid revision:whole base:whole? policy:whole
  effect:effect
proposal.withdrawn @proposal:{proposal} proposal:uuid reason:text?
fact.added @proposal:{proposal} proposal:uuid revision:whole fact:identifier
evidence.attached @proposal:{proposal} proposal:uuid revision:whole type:identifier name:line
  digest:digest size:whole subject:<component-digest metrics:[metric expires:whole?
  taken_from:whole?
evidence.withdrawn @proposal:{proposal} proposal:uuid digest:digest reason:text?
approval.granted @proposal:{proposal} proposal:uuid role:identifier on_behalf:identifier?
  binding:binding review:digest
approval.retracted @proposal:{proposal} proposal:uuid revision:whole reason:text?
proposal.rejected @proposal:{proposal} proposal:uuid revision:whole role:identifier reason:text
rejection.retracted @proposal:{proposal} proposal:uuid revision:whole
release.started @alias:{alias} alias:alias proposal:uuid revision:whole policy:whole review:digest
  tier:low|medium|high stage:identifier stack:stack metrics:[metric exceptions:<uuid
release.advanced @alias:{alias} alias:alias proposal:uuid review:digest stage:identifier
  observation:whole?
release.completed @alias:{alias} alias:alias proposal:uuid review:digest observation:whole?
release.rolled-back @alias:{alias} alias:alias proposal:uuid target:uuid? candidate:uuid?
  rollback:uuid trigger:text incident:line? observation:whole? since:instant?
observation.recorded @watch:{alias} alias:alias proposal:uuid stage:identifier? start:instant
  until:instant source:line metrics:[metric incident:line? summary:line? why:text?
review.closed @review:{subject} subject:uuid cause:text changes:[text tests:[text summary:line?
  why:text?
exception.granted @exception:{proposal} proposal:uuid review:digest release:uuid revision:whole
  alias:alias waives:<identifier owner:identifier incident:line controls:[text until:instant
exception.closed @exception:{exception} exception:uuid reason:text
override.set @override:{override} override:uuid target:target reason:text
override.lifted @override:{proposal} proposal:uuid review:digest stops:<uuid
override.drilled @override:{override} override:uuid target:target seconds:whole note:text?
comment.made @talk:{proposal} proposal:uuid text:text
finding.acknowledged @audit position:whole note:text
checkpoint.witnessed @audit size:whole root:hash checkpoint:text
roster-member signer:identifier signer_kind:person|service accountable:identifier? key:public-key
  roles:<identifier root:yes-or-no
policy-document text:text canonical:text
metric name:line segment:line? value:decimal low:decimal? high:decimal? level:decimal?
binding revision:whole base:whole? policy:whole effect:hash facts:<fact-declared
  evidence:<counted-document
counted-document type:identifier digest:digest position:whole
fact-declared fact:identifier value:yes-or-no
release-effect alias:alias summary:line why:text? scope:text? impact:text? risk:low|medium|high?
  risk_rationale:text? declares:<fact-declared mutations:<line known_risks:[text benefits:[text
  channels:<line contributors:<identifier owner:identifier? on_call:identifier? rollout:rollout
  rollback:rollback links:<link stack:stack
policy-effect summary:line why:text? contributors:<identifier policy:policy-document
enrolment-effect summary:line why:text? contributors:<identifier signer:identifier
  signer_kind:person|service accountable:identifier? key:public-key roles:<identifier
roles-effect summary:line why:text? contributors:<identifier signer:identifier grant:<identifier
  strip:<identifier aliases:pattern? until:instant?
rotation-effect summary:line why:text? contributors:<identifier signer:identifier key:public-key
exception-effect release:uuid revision:whole alias:alias waives:<identifier owner:identifier
  incident:line controls:[text until:instant summary:line why:text? contributors:<identifier
lift-effect summary:line why:text? contributors:<identifier stops:<uuid
root-effect summary:line why:text? contributors:<identifier signers:<identifier threshold:whole
disown-effect summary:line why:text? contributors:<identifier signer:identifier keys:<key-id
  after:whole
clock-effect summary:line why:text? contributors:<identifier position:whole at:instant
rollback plan:text? trigger:text? owner:identifier? within:whole?
stack components:<stack-component permissions:<identifier
payload at:instant by:author event:event format:1 ledger:hash? previous:hash? seen:log-seen
  stream:line version:whole
author key:key-id signer:identifier
log-seen root:hash size:whole
link name:identifier target:line
rollout plan:text?
stack-component component:part version:line digest:digest
component-digest component:part digest:digest
"""
"""Every table of fields of both pages, a line each, but for the fields `kind` and `effect`.

`@` is the stream; `?` or null; `[` a list; `<` a list that is sorted; `|` one of these words.
"""

PARTS: Final = (
    "model|dataset|features|threshold-policy|fusion|sdk|code|evaluator|evaluation-report"
    "|prompts|tools"
)
HIDDEN: Final = r"\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"
NAME: Final = r"[a-z0-9][a-z0-9._-]{0,63}"
TYPES: Final = {
    "identifier": NAME,
    "alias": f"{NAME}/{NAME}",
    "pattern": rf"({NAME}|\*)/({NAME}|\*)",
    "target": f"generation|alias/{NAME}/{NAME}|capability/{NAME}|signer/{NAME}",
    "uuid": "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "hash": "[0-9a-f]{64}",
    "digest": "sha256:[0-9a-f]{64}",
    "key-id": "SHA256:[A-Za-z0-9+/]{43}",
    "public-key": "[a-z0-9@.-]{1,64} [A-Za-z0-9+/]{16,1024}={0,2}",
    "decimal": r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?",
    "instant": "[12][0-9]{3}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z",
    "line": rf"[^\x00-\x1f{HIDDEN}]*",
    "text": rf"[^\x00-\x08\x0b-\x1f{HIDDEN}]*",
    "part": PARTS,
}
LONG_LINES: Final = {"summary", "target", "stream", "source", "incident"}
SAID: Final = {"reason", "note", "cause", "changes", "tests", "controls"}
FROM_ZERO: Final = {"after", "base", "position", "size", "taken_from", "observation", "seconds"}
ITEMS: Final = {
    "roster": (1, 200), "signers": (1, 200), "keys": (1, 200), "stops": (1, 500),
    "waives": (1, 100), "changes": (0, 100), "tests": (0, 100), "controls": (0, 100),
    "mutations": (0, 200), "channels": (0, 200), "permissions": (0, 200),
    "subject": (1, 10**6), "components": (1, 10**6),
    "signer.granted grant": (1, 10**6), "signer.stripped strip": (1, 10**6),
}  # fmt: skip
"""Fewest and most items of a list, by its field, or by its table and field."""

ROOT_MATTERS: Final = {"root", "disown", "clock", "lift"}
TAKES_BACK: Final = {"override.set", "release.rolled-back", "exception.closed"}
JSON_CODES: Final = frozenset(
    "too-large not-utf8 too-deep not-json duplicate-key key-pattern not-an-integer integer-range"
    " lone-surrogate not-canonical".split()
)
FORMAT_CODES: Final = JSON_CODES | frozenset(
    "not-two-lines signature-base64 malformed-blob algorithm-mismatch other-namespace other-hash"
    " unsupported-key-type malformed-key weak-key bad-signature no-user-presence other-key"
    " malformed not-founded other-ledger unknown-key key-owner wrong-ledger out-of-place"
    " wrong-stream seen-mismatch seen-stale back-dated founding-incomplete not-accepted"
    " key-retired".split()
)
"""The codes of steps 1 to 6; every other one is of the rules of consent."""
BOTH: Final = JSON_CODES | frozenset(
    "malformed-key malformed-blob unsupported-key-type weak-key not-founded unknown-key".split()
)
"""Those that a verb says as well: of a key or policy in an event, of acceptances, disownings."""

GRAVITY: Final = {
    "rolled-back": {"log-shorter"},
    "tampered": set(
        "missing-entry leaf-differs tile-differs root-differs receipt-differs evidence-differs"
        " refusals-differ other-ledger".split()
    ),
    "forked": {"seen-mismatch", "checkpoint-false"},
    "uncheckable": set(
        "evidence-missing never-pinned unknown-rules checkpoint-missing checkpoint-stale"
        " bundle-damaged".split()
    ),
}
"""Section Verdict: the gravest first. What stands nowhere here is `refused`."""
EXIT: Final = {"rolled-back": 4, "tampered": 4, "forked": 4, "uncheckable": 5, "refused": 3}

ENTRY, CHECKPOINT = "entry.v1@assent", "checkpoint.v1@assent"
LARGEST: Final = 65_535
BEHIND: Final = 4_096

Entry: TypeAlias = dict[str, Any]


class FaultError(Exception):
    """A rule does not hold; its code is the only argument."""


class StopError(Exception):
    """There is nothing to judge: a code, an exit status and a sentence."""


def need(condition: object, code: str) -> None:
    """Raise :class:`FaultError` with *code* unless *condition* holds."""
    if not condition:
        raise FaultError(code)


# Canonical JSON


def read_json(raw: bytes) -> Any:
    """The value whose canonical form is exactly *raw*; else a code of that section."""
    try:
        text = raw.decode("utf-8")
        depth = 0
        for bracket in re.findall(r"[\[\]{}]", re.sub(r'"(?:[^"\\]|\\.)*(?:"|\Z)', "", text)):
            depth += 1 if bracket in "[{" else -1
            need(depth <= 16, "too-deep")
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_no_float,
            parse_constant=_no_float,
        )
        again = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        need(again.encode("utf-8") == raw, "not-canonical")
    except UnicodeDecodeError:
        raise FaultError("not-utf8") from None
    except UnicodeEncodeError:
        raise FaultError("lone-surrogate") from None
    except (ValueError, RecursionError):
        raise FaultError("not-json") from None
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    need(len(made) == len(pairs), "duplicate-key")
    need(all(re.fullmatch("[a-z0-9][a-z0-9_.-]*", key) for key in made), "key-pattern")
    return made


def _integer(digits: str) -> int:
    need(len(digits) <= 17 and abs(int(digits)) < 2**53, "integer-range")
    return int(digits)


def _no_float(_: str) -> None:
    raise FaultError("not-an-integer")


# Payload and Types of fields


@lru_cache(maxsize=1)
def tables() -> dict[str, tuple[str, dict[str, str]]]:
    """For each table its stream (or nothing) and the type of each of its fields."""
    found = {}
    for line in re.sub(r"\n  ", " ", TABLES).strip().splitlines():
        title, *words = line.split()
        stream = words.pop(0)[1:] if words[0].startswith("@") else ""
        fields = dict(word.split(":", 1) for word in words)
        if stream:
            fields["kind"] = "=" + title
        elif title.endswith("-effect"):
            fields["effect"] = "=" + title.removesuffix("-effect")
        found[title] = (stream, fields)
    return found


def check_table(title: str, value: object) -> None:
    """Refuse *value* unless it has exactly the fields of that table, each of its type."""
    fields = tables()[title][1]
    need(isinstance(value, dict) and value.keys() == fields.keys(), "malformed")
    assert isinstance(value, dict)  # noqa: S101 - said once more for the type checker
    for name, kind in fields.items():
        check_field(title, name, kind, value[name])
    if title == "metric":
        check_interval(value)


def check_field(title: str, name: str, kind: str, value: Any) -> None:
    """Refuse *value* unless it is of *kind*, as :data:`TABLES` writes it."""
    if kind.endswith("?"):
        if value is None:
            return
        kind = kind[:-1]
    if kind[0] in "[<":
        check_list(title, name, kind, value)
    elif kind in {"effect", "event"}:
        says = value.get("kind" if kind == "event" else "effect") if type(value) is dict else None
        part = f"{says}-effect" if kind == "effect" else says
        known = isinstance(says, str) and part in tables()
        need(known and bool(tables()[str(part)][0]) == (kind == "event"), "malformed")
        check_table(str(part), value)
    elif kind in tables():
        check_table(kind, value)
    elif kind == "whole":
        need(type(value) is int and value >= (name not in FROM_ZERO), "malformed")
        need(name != "seconds" or value <= 10**9, "malformed")
    elif kind == "yes-or-no":
        need(type(value) is bool, "malformed")
    elif kind == "1":
        need(type(value) is int and value == 1, "malformed")
    elif kind[0] == "=":
        need(value == kind[1:], "malformed")
    else:
        need(type(value) is str and fits(title, name, kind, value), "malformed")


def check_list(title: str, name: str, kind: str, value: Any) -> None:
    """Refuse *value* unless it is such a list: as long as it may be, and sorted where it must."""
    fewest, most = ITEMS.get(f"{title} {name}") or ITEMS.get(name) or (0, 10**6)
    need(type(value) is list and fewest <= len(value) <= most, "malformed")
    for item in value:
        check_field(title, name, kind[1:], item)
    if kind[0] == "<" and name != "subject" and (title, name) != ("binding", "evidence"):
        first = next(iter(tables()[kind[1:]][1])) if kind[1:] in tables() else None
        words = [item if first is None else item[first] for item in value]
        need(all(one < other for one, other in itertools.pairwise(words)), "malformed")


def fits(title: str, name: str, kind: str, value: str) -> bool:
    """Whether the text *value* is of *kind*, neither too short nor too long."""
    if kind not in TYPES:
        return value in kind.split("|")
    if not re.fullmatch(TYPES[kind], value) or not there_is(kind, value):
        return False
    fewest, most = 0, 10**6
    if kind == "line":
        filled = name == "incident" and title.startswith("exception")
        fewest, most = (int(filled), 500) if name in LONG_LINES else (1, 128)
    elif kind == "text" and title == "policy-document":
        fewest, most = 1, 40_000
    elif kind == "text":
        says = {"comment.made text", "release.rolled-back trigger"}
        fewest, most = int(name in SAID or f"{title} {name}" in says), 8_000
    return fewest <= len(value) <= most


def there_is(kind: str, value: str) -> bool:
    """Whether there is such a day, and such a number: minus zero is none."""
    if kind == "decimal":
        return value[0] != "-" or Fraction(value) != 0
    if kind == "instant":
        try:
            datetime.fromisoformat(value)
        except ValueError:
            return False
    return True


def check_interval(metric: dict[str, Any]) -> None:
    """Refuse a metric with half an interval, a value outside of it, or a level that is none."""
    low, high, level = metric["low"], metric["high"], metric["level"]
    need((low is None) == (high is None) and (level is None or low is not None), "malformed")
    if low is not None:
        need(Fraction(low) <= Fraction(metric["value"]) <= Fraction(high), "malformed")
    need(level is None or 0 < Fraction(level) < 1, "malformed")


def seconds(instant: str) -> int:
    """The seconds since 1970 of an instant."""
    return int(datetime.fromisoformat(instant).timestamp())


# Signature: blobs, keys and curves

PRIME: Final = 2**255 - 19
ORDER: Final = 2**252 + 27742317777372353535851937790883648493
CURVE_D: Final = -121665 * pow(121666, -1, PRIME) % PRIME
PRIME_256: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1
CURVE_B: Final = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
STRINGS: Final = {
    b"ssh-ed25519": 2,
    b"ecdsa-sha2-nistp256": 3,
    b"sk-ssh-ed25519@openssh.com": 3,
    b"sk-ecdsa-sha2-nistp256@openssh.com": 4,
}
"""Of how many strings a key of each accepted type consists."""


def unspell(text: bytes) -> bytes:
    """What *text* is the canonical base64 of."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = b""
    need(data and base64.b64encode(data) == text, "signature-base64")
    return data


def strings(data: bytes, count: int) -> list[bytes]:
    """The *count* SSH strings that *data* is."""
    found = []
    for _ in range(count):
        end = 4 + int.from_bytes(data[:4], "big")
        need(4 <= end <= len(data), "malformed-blob")
        found.append(data[4:end])
        data = data[end:]
    need(not data, "malformed-blob")
    return found


def kind_of(data: bytes) -> bytes:
    """The SSH string at the beginning of *data*, which is a type."""
    return strings(data[: 4 + int.from_bytes(data[:4], "big")], 1)[0]


def key_id(key: bytes) -> str:
    """The id of a key, from its wire form."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


@lru_cache(maxsize=4096)
def check_key(key: bytes) -> None:
    """Refuse a key of no accepted type, of another form, or weak."""
    kind = kind_of(key)
    need(kind in STRINGS, "unsupported-key-type")
    _, *parts = strings(key, STRINGS[kind])
    if kind.startswith(b"sk-"):
        application = parts.pop()
        need(re.fullmatch(rb"ssh:[ -~]{0,60}", application), "malformed-key")
    point = parts.pop()
    if b"ed25519" in kind:
        need(len(point) == 32, "malformed-key")
        where = decode_point(point)
        need(where not in {None, (0, 1)} and multiple(ORDER, where) == (0, 1), "weak-key")
        return
    need(parts == [b"nistp256"] and len(point) == 65, "malformed-key")
    x, y = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    on_it = max(x, y) < PRIME_256 and (y * y - x * x * x + 3 * x - CURVE_B) % PRIME_256 == 0
    need(point[0] == 4 and on_it, "weak-key")


def decode_point(data: bytes) -> tuple[int, int] | None:
    """The point of edwards25519 that *data* encodes canonically (RFC 8032, section 5.1.3)."""
    number = int.from_bytes(data, "little")
    odd, y = number >> 255, number & (2**255 - 1)
    if y >= PRIME:
        return None
    square = (y * y - 1) * pow(CURVE_D * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if x * x % PRIME != square:
        x = x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    if x * x % PRIME != square or (x == 0 and odd):
        return None
    return (PRIME - x if x & 1 != odd else x), y


def multiple(times: int, point: tuple[int, int] | None) -> tuple[int, int]:
    """*point* added up so many times."""
    total, power = (0, 1), point or (0, 1)
    while times:
        if times & 1:
            total = add(total, power)
        power, times = add(power, power), times >> 1
    return total


def add(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """The sum of two points; the formula is complete on this curve."""
    (a, b), (c, d) = one, other
    product = CURVE_D * a * b * c * d
    x = (a * d + b * c) * pow(1 + product, -1, PRIME)
    y = (b * d + a * c) * pow(1 - product, -1, PRIME)
    return x % PRIME, y % PRIME


def readable(kind: bytes, signature: bytes) -> bool:
    """Whether a signature has the form that its type asks for, R and S within their bounds."""
    try:
        tail = 5 if kind.startswith(b"sk-") else 0
        proper = strings(signature[: len(signature) - tail], 2)[1]
        if b"ed25519" in kind:
            where = decode_point(proper[:32])
            small = int.from_bytes(proper[32:], "little") < ORDER
            return (
                len(proper) == 64 and small and where is not None and multiple(8, where) != (0, 1)
            )
        numbers = [(part, int.from_bytes(part, "big", signed=True)) for part in strings(proper, 2)]
    except FaultError:
        return False
    return all(n > 0 and len(part) == n.bit_length() // 8 + 1 for part, n in numbers)


def _none_there() -> str:
    raise StopError("no-openssh", 5, "there is no ssh-keygen on PATH")


class OpenSSH:
    """The only cryptography here that is not a hash: `ssh-keygen -Y verify`, and its files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = shutil.which("ssh-keygen") or _none_there()
        self.numbers, self.lock = itertools.count(), threading.Lock()

    def check(self, message: bytes, blob: bytes, namespace: str) -> bytes:
        """Checks 5 to 9 of Envelope; the wire form of the key that signed."""
        need(blob[:10] == b"SSHSIG\0\0\0\1", "malformed-blob")
        key, name, reserved, hashed, signature = strings(blob[10:], 5)
        need(reserved == b"", "malformed-blob")
        kind = kind_of(key)
        need(kind == kind_of(signature), "algorithm-mismatch")
        both = name + b" " + hashed
        need(both.decode(errors="replace").encode() == both, "malformed-blob")
        need(name == namespace.encode(), "other-namespace")
        need(hashed == b"sha512", "other-hash")
        check_key(key)
        need(
            readable(kind, signature) and self.agrees(message, key, blob, namespace),
            "bad-signature",
        )
        need(not kind.startswith(b"sk-") or signature[-5] & 1, "no-user-presence")
        return key

    def agrees(self, message: bytes, key: bytes, blob: bytes, namespace: str) -> bool:
        """Whether OpenSSH takes *blob* for a signature of *message* by *key*."""
        allowed = self.folder / hashlib.sha256(key).hexdigest()
        with self.lock:
            if not allowed.exists():
                line = f"somebody {kind_of(key).decode()} {base64.b64encode(key).decode()}\n"
                allowed.write_text(line)
        armored = self.folder / f"{next(self.numbers)}.sig"
        begin, end = (f"-----{word} SSH SIGNATURE-----\n" for word in ("BEGIN", "END"))
        armored.write_text(begin + base64.encodebytes(blob).decode() + end)
        words = [self.program, "-Y", "verify", "-I", "somebody", "-n", namespace]
        words += ["-f", str(allowed), "-s", str(armored)]
        done = subprocess.run(words, input=message, capture_output=True, check=False)  # noqa: S603 - no shell, and no word of it is foreign
        armored.unlink()
        return done.returncode == 0


def read_entry(raw: bytes, openssh: OpenSSH) -> Entry | str:
    """Step 1: the payload of the envelope *raw*, or the code of the check that failed."""
    try:
        need(len(raw) <= LARGEST, "too-large")
        lines = raw.split(b"\n")
        need(len(lines) == 3 and lines[2] == b"", "not-two-lines")
        blob = unspell(lines[1])
        payload = read_json(lines[0])
        key = openssh.check(lines[0], blob, ENTRY)
        by = payload.get("by") if type(payload) is dict else None
        need(type(by) is dict and by.get("key") == key_id(key), "other-key")
        check_table("payload", payload)
    except FaultError as fault:
        return str(fault)
    return dict(payload)


# Checkpoint


@dataclass(frozen=True)
class Note:
    """A checkpoint as it was read: what it says, its text, and its signatures."""

    origin: str
    size: int
    root: bytes
    refused: tuple[int, str] | None
    text: bytes
    signatures: tuple[tuple[str, bytes], ...]


@dataclass
class Signed:
    """A checkpoint that witnesses have signed: their names, and when each of them did."""

    note: Note
    names: list[str]
    times: list[int]

    @property
    def at(self) -> int:
        """The newest time."""
        return max(self.times)


def read_note(raw: bytes) -> Note:
    """Read a checkpoint; :class:`FaultError` where it is none."""
    bad = "malformed-checkpoint"
    need(len(raw) <= 65_536, bad)
    try:
        whole = raw.decode()
    except UnicodeDecodeError:
        raise FaultError(bad) from None
    need(whole.endswith("\n") and not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", whole), bad)
    text, _, rest = whole.partition("\n\n")
    lines, signed = text.split("\n"), rest.split("\n")[:-1]
    need(len(lines) in {3, 4} and 1 <= len(signed) <= 32, bad)
    need(re.fullmatch("assent/[0-9a-f]{64}", lines[0]), bad)
    need(re.fullmatch("0|[1-9][0-9]{0,15}", lines[1]), bad)
    root = unspell(lines[2].encode())
    need(len(root) == 32, bad)
    refused = None
    if len(lines) == 4:
        found = re.fullmatch("refused (0|[1-9][0-9]{0,15}) ([0-9a-f]{64})", lines[3])
        need(found and int(found[1]) <= int(lines[1]), bad)
        refused = (int(found[1]), found[2]) if found else None
    signatures = []
    for line in signed:
        made = re.fullmatch("— ([!-*,-~]{1,128}) ([A-Za-z0-9+/=]+)", line)
        need(made, bad)
        signatures.append((made[1], unspell(made[2].encode())) if made else ("", b""))
    need(len({(name, data[:4]) for name, data in signatures}) == len(signatures), bad)
    need(all(len(data) > 4 for _, data in signatures), bad)
    size = int(lines[1])
    return Note(lines[0], size, root, refused, text.encode() + b"\n", tuple(signatures))


Witnesses: TypeAlias = dict[tuple[str, bytes], bytes]


def read_witnesses(raw: bytes) -> Witnesses:
    """The key of each witness, by name and by the key id that it has in a checkpoint."""
    found: Witnesses = {}
    try:
        for line in raw.decode().split("\n"):
            if not line.strip() or line.startswith("#"):
                continue
            pattern = rf'({NAME})( namespaces="([^"]*)")? ([a-z0-9@.-]+) ([A-Za-z0-9+/=]+)(\s.*)?'
            said = re.fullmatch(pattern, line)
            need(said, "bad-witnesses")
            name, _, namespaces, kind, spelt, _ = said.groups() if said else ("",) * 6
            key = unspell(spelt.encode())
            need(kind_of(key) == kind.encode(), "bad-witnesses")
            check_key(key)
            if namespaces is None or CHECKPOINT in namespaces.split(","):
                begin = name.encode() + b"\n\xffsshsig/" + CHECKPOINT.encode()
                found[name, hashlib.sha256(begin + key).digest()[:4]] = key
    except (FaultError, UnicodeDecodeError) as fault:
        raise StopError("bad-witnesses", 2, f"a line of --witnesses: {fault}") from None
    return found


def who_signed(note: Note, witnesses: Witnesses, openssh: OpenSSH) -> Signed | None:
    """Which witnesses signed *note*; `bad-checkpoint` where a signature of one is none."""
    found = Signed(note, [], [])
    for name, data in note.signatures:
        key = witnesses.get((name, data[:4]))
        if key is None:
            continue
        when = int.from_bytes(data[4:12], "big")
        need(len(data) > 12 and when < 253_402_300_800, "bad-checkpoint")
        message = f"cosignature/v1\ntime {when}\n".encode() + note.text
        try:
            made_by = openssh.check(message, data[12:], CHECKPOINT)
        except FaultError:
            raise FaultError("bad-checkpoint") from None
        need(made_by == key, "bad-checkpoint")
        found.names.append(name)
        found.times.append(when)
    return found if found.names else None


# Bundle


@dataclass(frozen=True)
class Files:
    """The files of a bundle, none of them reached over a link or read beyond a bound."""

    root: Path

    def open(self, path: str) -> int | None:
        """A descriptor of the file at *path*, or None where there is none."""
        unsafe = StopError("bundle-unsafe", 2, f"{path} is a link, a folder or a device")
        where = self.root
        try:
            for part in path.split("/"):
                where /= part
                if stat.S_ISLNK(os.lstat(where).st_mode):
                    raise unsafe
            careful = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
            handle = os.open(where, os.O_RDONLY | careful | getattr(os, "O_BINARY", 0))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise StopError("bundle-damaged", 5, f"{path}: {error.strerror}") from None
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise unsafe
        return handle

    def read(self, path: str, bound: int) -> bytes | None:
        """The bytes of the file at *path*."""
        handle = self.open(path)
        if handle is None:
            return None
        with os.fdopen(handle, "rb") as file:
            data = file.read(bound + 1)
        if len(data) > bound:
            raise StopError("bundle-unsafe", 2, f"{path} is larger than {bound} bytes")
        return data

    def digest(self, path: str) -> str | None:
        """The SHA-256 of the file at *path*; None without one, or where it has more than 2 GiB."""
        try:
            handle = self.open(path)
        except StopError:
            handle = None
        if handle is None:
            return None
        with os.fdopen(handle, "rb") as file:
            if os.fstat(handle).st_size > 2**31:
                return None
            return hashlib.file_digest(file, "sha256").hexdigest()

    def names(self, folder: str) -> list[str]:
        """The names in a folder, 10,000 at most, sorted."""
        where = self.root / folder
        if where.is_symlink():
            raise StopError("bundle-unsafe", 2, f"{folder} is a link")
        try:
            return sorted(path.name for path in where.iterdir())[:10_000]
        except (FileNotFoundError, NotADirectoryError):
            return []


def tile_path(level: str, number: int, width: int) -> str:
    """Where the tile of that level and number lies, *width* of its 256 places filled."""
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03}")
    return f"tile/{level}/{'/'.join(groups)}" + (f".p/{width}" if width < 256 else "")


def read_entries(files: Files, size: int, found: "Findings") -> Iterator[list[bytes | None]]:
    """The entries of a bundle, tile by tile; None where one is missing."""
    missing = 0
    for start in range(0, size, 256):
        width = min(256, size - start)
        data = files.read(tile_path("entries", start // 256, width), 256 * 65_537) or b""
        entries: list[bytes | None] = []
        end = 0
        for position in range(start, start + width):
            begin, end = end + 2, end + 2 + int.from_bytes(data[end : end + 2], "big")
            entry = data[begin:end] if begin <= end <= len(data) else None
            if entry == b"":
                entry = files.read(f"oversize/{position}", 65_536) or b""
            missing = missing + 1 if entry is None else 0
            entries.append(entry)
        if missing > 65_536:
            raise StopError("bundle-damaged", 5, f"no entries before position {start + width}")
        if data[end:]:
            found.say(start + width - 1, "tile-differs")
        yield entries


class Tree:
    """The Merkle tree of all leaves, and the tiles of hashes that the bundle should have."""

    def __init__(self, files: Files, found: "Findings") -> None:
        self.files, self.found = files, found
        self.size = 0
        self.frontier: list[bytes] = []
        self.roots = deque([hashlib.sha256(b"").digest()], BEHIND + 1)
        self.tiles: list[list[bytes]] = []
        self.full: list[int] = []

    def grow(self, leaf: bytes) -> None:
        """Add a leaf hash."""
        self._into_tile(0, leaf)
        size, self.size = self.size, self.size + 1
        while size & 1:
            leaf, size = node(self.frontier.pop(), leaf), size >> 1
        self.frontier.append(leaf)
        root = leaf
        for left in reversed(self.frontier[:-1]):
            root = node(left, root)
        self.roots.append(root)

    def root(self, size: int) -> bytes:
        """The root at one of the last 4,097 sizes."""
        return self.roots[size - self.size - 1]

    def _into_tile(self, level: int, value: bytes) -> None:
        if level == len(self.tiles):
            self.tiles.append([])
            self.full.append(0)
        tile = self.tiles[level]
        tile.append(value)
        if len(tile) == 256:
            self.compare(level)
            self.full[level] += 1
            while len(tile) > 1:
                tile[:] = [node(*tile[at : at + 2]) for at in range(0, len(tile), 2)]
            self._into_tile(level + 1, tile.pop())

    def compare(self, level: int) -> None:
        """Hold the tile that is being filled at *level* against the bundle's."""
        tile = self.tiles[level]
        path = tile_path(str(level), self.full[level], len(tile))
        there = self.files.read(path, 8_192) if tile else b""
        if there != b"".join(tile):
            first = 0
            if there is not None and len(there) == 32 * len(tile):
                first = next(at for at, one in enumerate(tile) if there[32 * at :][:32] != one)
            self.found.say((self.full[level] * 256 + first) * 256**level, "tile-differs", path)


def node(left: bytes, right: bytes) -> bytes:
    """The hash of a node over two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def leaf_of(files: Files, position: int, size: int, entry: bytes | None) -> bytes:
    """The leaf hash of *entry*; of a missing one what its tile of level 0 has."""
    if entry is None:
        width = min(256, size - position // 256 * 256)
        tile = hashes_of(files, position // 256, width)
        if tile is not None and len(tile) == 32 * width:
            return tile[position % 256 * 32 :][:32]
    return hashlib.sha256(b"\x00" + (entry or b"")).digest()


@lru_cache(maxsize=1)
def hashes_of(files: Files, number: int, width: int) -> bytes | None:
    """A tile of level 0."""
    return files.read(tile_path("0", number, width), 8_192)


# The order of judgement


@dataclass
class Findings:
    """What was found: of entries, by position, and of all else."""

    entries: dict[int, str] = field(default_factory=dict)
    others: list[tuple[int | None, str, str]] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)

    def say(self, position: int | None, code: str, of: str = "") -> None:
        """Keep a finding that is not an entry's own; at most a thousand of each code."""
        self.said[code] += 1
        if self.said[code] <= 1_000:
            self.others.append((position, code, of))


@dataclass
class State:
    """The table State of the page, and what a verdict needs: documents, notes, disownings."""

    ledger: str
    places: dict[str, tuple[int, str | None]] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    named_at: dict[str, int] = field(default_factory=dict)
    in_force: dict[str, str | None] = field(default_factory=dict)
    accepted: dict[str, set[str]] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    root_matters: set[str] = field(default_factory=set)
    last: dict[str, int] = field(default_factory=dict)
    time: int = 0
    documents: dict[str, int] = field(default_factory=dict)
    notes: list[tuple[int, str, int]] = field(default_factory=list)
    disowned: list[tuple[set[str], int, int]] = field(default_factory=list)
    flags: dict[str, bool] = field(default_factory=dict)

    def place(self, entry: Entry, payload: bytes, position: int, leaf: str) -> None:
        """Step 2."""
        by, event = entry["by"], entry["event"]
        if position == 0:
            need(event["kind"] == "ledger.founded" and entry["ledger"] is None, "not-founded")
            need(hashlib.sha256(payload).hexdigest() == self.ledger, "other-ledger")
        else:
            need(by["key"] in self.owners, "unknown-key")
            need(self.owners[by["key"]] == by["signer"], "key-owner")
            need(entry["ledger"] == self.ledger, "wrong-ledger")
        version, previous = self.places.get(entry["stream"], (0, None))
        need(entry["version"] == version + 1 and entry["previous"] == previous, "out-of-place")
        self.places[entry["stream"]] = (version + 1, leaf)

    def admit(self, entry: Entry, position: int, tree: Tree) -> None:
        """Steps 3 to 6."""
        event, seen, signer = entry["event"], entry["seen"], entry["by"]["signer"]
        need(entry["stream"] == tables()[event["kind"]][0].format(**event), "wrong-stream")
        need(seen["size"] <= position, "seen-mismatch")
        need(seen["size"] >= position - BEHIND, "seen-stale")
        need(seen["size"] > self.last.get(signer, -1), "seen-stale")
        need(seen["root"] == tree.root(seen["size"]).hex(), "seen-mismatch")
        at = seconds(entry["at"])
        need(at >= (0 if self.may_lie_back(event) else self.time - 300), "back-dated")
        if event["kind"] in {"ledger.founded", "signer.accepted"}:
            return
        need(not self.waiting, "founding-incomplete")
        key = entry["by"]["key"]
        oneself = event["kind"] == "override.set" and event["target"] == f"signer/{signer}"
        if not (oneself and key in self.accepted.get(signer, ())):
            need(self.in_force.get(signer), "not-accepted")
            need(self.in_force[signer] == key, "key-retired")

    def may_lie_back(self, event: Entry) -> bool:
        """Whether *event* is a root matter, or takes something back."""
        if event["kind"] in {"proposal.opened", "proposal.revised"}:
            return event["effect"]["effect"] in ROOT_MATTERS
        return event["kind"] in TAKES_BACK or event.get("proposal") in self.root_matters

    def apply(self, entry: Entry, position: int) -> None:
        """What an admitted entry changes."""
        event, key = entry["event"], entry["by"]["key"]
        self.time = max(self.time, seconds(entry["at"]))
        self.last[entry["by"]["signer"]] = position
        match event["kind"]:
            case "ledger.founded" | "signer.enrolled" | "signer.rotated" | "signer.accepted":
                self.apply_keys(event, key, position)
            case "signer.disowned":
                self.disowned.append((set(event["keys"]), event["after"], position))
            case "proposal.opened" if self.may_lie_back(event):
                self.root_matters.add(event["proposal"])
            case "clock.corrected":
                self.time = seconds(event["at"])
            case "evidence.attached":
                self.documents.setdefault(event["digest"].removeprefix("sha256:"), position)
            case "finding.acknowledged":
                self.notes.append((event["position"], key, position))

    def apply_keys(self, event: Entry, key: str, position: int) -> None:
        """What an admitted entry changes about keys."""
        if event["kind"] == "ledger.founded":
            self.flags = {word: event[word] for word in ("rehearsal", "solo")}
            for member in event["roster"]:
                self.name(member["signer"], member["key"], position)
                self.waiting |= {member["signer"]} if member["root"] else set()
        elif event["kind"] == "signer.accepted":
            self.in_force[event["signer"]] = key
            self.accepted.setdefault(event["signer"], set()).add(key)
            self.waiting.discard(event["signer"])
        else:
            if event["kind"] == "signer.enrolled":
                self.in_force[event["signer"]] = None
            self.name(event["signer"], event["key"], position)

    def name(self, signer: str, key: str, position: int) -> None:
        """Make a key known as one of *signer*."""
        with suppress(FaultError):  # only a list that lies lets a key that is none be named
            wire = key_id(unspell(key.split(" ")[1].encode()))
            self.owners[wire] = signer
            self.named_at[wire] = position

    def noted(self) -> set[int]:
        """The positions whose findings an acknowledgement covers that is not void."""
        return {
            of
            for of, key, at in self.notes
            if not any(
                after < at < when and (key in keys or self.named_at[key] > after)
                for keys, after, when in self.disowned
            )
        }


def read_refused(raw: bytes | None, size: int, found: Findings) -> dict[int, str]:
    """The bundle's list of refused entries; nothing, and a finding, where it is none."""
    listed: dict[int, str] = {}
    lines, last = (b"there is none" if raw is None else raw).split(b"\n"), -1
    rest = lines.pop()
    for line in [*lines, *([rest + b" is cut"] if rest else [])]:
        said = re.fullmatch(rb"(0|[1-9][0-9]{0,15}) ([a-z][a-z0-9-]{0,63})", line)
        if said is None or not last < int(said[1]) < size:
            found.say(None, "refusals-differ", "there is no list of this form")
            return {}
        last = int(said[1])
        listed[last] = said[2].decode()
    return listed


# Verdict


@dataclass
class Options:
    """What the auditor brings, and trusts."""

    ledger: str | None
    witnesses: Witnesses | None
    notes: list[bytes]
    mark: tuple[int, str] | None
    max_age: int | None
    now: int


@dataclass
class Report:
    """What an audit came to."""

    size: int = 0
    root: str = ""
    found: Findings = field(default_factory=Findings)
    noted: set[int] = field(default_factory=set)
    best: Signed | None = None
    listed_to: int = 0
    by_rules: int = 0
    flags: dict[str, bool] = field(default_factory=dict)

    @property
    def open(self) -> list[tuple[int | None, str, str]]:
        """The findings that count."""
        own = [(at, code, "") for at, code in self.found.entries.items() if at not in self.noted]
        everything = [*own, *self.found.others]
        return sorted(everything, key=lambda one: (one[0] is None, one[0] or 0))

    @property
    def verdict(self) -> str:
        """The word of the gravest finding."""
        codes = {code for _, code, _ in self.open}
        for word, graver in GRAVITY.items():
            if codes & graver:
                return word
        return "refused" if codes else "verified"


def audit(files: Files, options: Options, openssh: OpenSSH) -> Report:
    """Audit the bundle in *files*, which may be no bundle at all."""
    try:
        return verify(files, options, openssh)
    except StopError as stop:
        if stop.args[0] != "bundle-damaged":
            raise
        report = Report()
        report.found.say(None, "bundle-damaged", stop.args[2])
        return report


def verify(files: Files, options: Options, openssh: OpenSSH) -> Report:
    """Audit the bundle in *files*; :class:`StopError` where there is nothing to judge."""
    size, root, ledger = read_head(files)
    report = Report(size=size)
    found = report.found
    if options.ledger is None:
        found.say(None, "never-pinned", f"the bundle says {ledger}")
        return report
    if ledger != options.ledger:
        found.say(None, "other-ledger", f"the bundle says {ledger}")
    listed = read_refused(files.read("refused", 2**26), size, found)
    inside = files.names("checkpoints") if options.witnesses is not None else []
    notes = [files.read(f"checkpoints/{name}", 65_536) or b"" for name in inside]
    given = read_signed(options.notes, options, openssh, None)
    signed = given + read_signed(notes, options, openssh, found)
    wanted: dict[int, bytes] = {one.note.size: b"" for one in signed}
    if options.mark:
        wanted[options.mark[0]] = b""
    state, tree = State(options.ledger), Tree(files, found)
    replay = Replay(files, size, state, listed, wanted, found, tree)
    replay.run(openssh)
    report.root, report.flags = tree.roots[-1].hex(), state.flags
    if not size:
        found.say(0, "missing-entry", "the founding")
    if not tree.size:
        return report
    signed += read_signed(sorted(replay.witnessed.difference(notes)), options, openssh, found)
    report.by_rules = replay.by_rules
    if root != report.root:
        found.say(size - 1, "head-differs", "bundle.json")
    if options.mark:
        compare_mark(options.mark, size, wanted, found)
    compare_notes(report, signed, wanted, listed)
    check_age(signed, options, state.time, found)
    for digest, position in state.documents.items():
        there = files.digest(f"evidence/{digest[:2]}/{digest[2:]}")
        if there != digest:
            found.say(position, "evidence-missing" if there is None else "evidence-differs", digest)
    report.noted = state.noted() & found.entries.keys()
    return report


@dataclass
class Replay:
    """One pass over all entries: what is judged, and what it is held against."""

    files: Files
    size: int
    state: State
    listed: dict[int, str]
    wanted: dict[int, bytes]
    found: Findings
    tree: Tree
    witnessed: set[bytes] = field(default_factory=set)
    by_rules: int = 0

    def run(self, openssh: OpenSSH) -> None:
        """Judge every entry in order; keep the roots at the sizes that are wanted."""
        self.wanted[0] = self.tree.roots[0]
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for entries in read_entries(self.files, self.size, self.found):
                if not self.tree.size and not self.begins(entries[0]):
                    return
                there = [raw for raw in entries if raw is not None]
                read = pool.map(lambda raw: read_entry(raw, openssh), there)
                for raw in entries:
                    self.take(raw, "" if raw is None else next(read))
        for level in range(len(self.tree.tiles)):
            self.tree.compare(level)

    def begins(self, raw: bytes | None) -> bool:
        """Whether the first entry is the founding that was pinned; a finding where it is not."""
        lines = (raw or b"").split(b"\n")
        whole = len(lines) == 3 and lines[2] == b""
        if raw is None:
            self.found.say(0, "missing-entry", "the founding")
        elif not whole or hashlib.sha256(lines[0]).hexdigest() != self.state.ledger:
            self.found.say(0, "other-ledger", "the founding is not the one that you pinned")
        else:
            return True
        return False

    def take(self, raw: bytes | None, read: Entry | str) -> None:
        """Take one entry, or the place where one is missing, into state and tree."""
        position = self.tree.size
        if raw is None:
            self.found.say(position, "missing-entry")
        else:
            listed, code = self.listed.get(position), self.judge(raw, read, position)
            if code is not None:
                self.found.entries[position] = code
            agreed = code == listed or {code, listed} <= JSON_CODES
            if not agreed and not self.found.said["refusals-differ"]:
                said = f"listed as {listed}, judged as {code}"
                self.found.say(position, "refusals-differ", said)
        self.tree.grow(leaf_of(self.files, position, self.size, raw))
        if self.tree.size in self.wanted:
            self.wanted[self.tree.size] = self.tree.roots[-1]

    def judge(self, raw: bytes, read: Entry | str, position: int) -> str | None:
        """Steps 1 to 6 of one entry, and what the bundle's list says of steps 7 and 8."""
        if isinstance(read, str):
            return read
        listed = self.listed.get(position)
        try:
            leaf = hashlib.sha256(b"\x00" + raw).hexdigest()
            self.state.place(read, raw.partition(b"\n")[0], position, leaf)
            self.state.admit(read, position, self.tree)
            need(position or read["event"]["rules"] == 1, "unknown-rules")
        except FaultError as fault:
            return str(fault)
        if listed is not None and (listed not in FORMAT_CODES or listed in BOTH):
            self.by_rules += 1
            return listed
        self.state.apply(read, position)
        if read["event"]["kind"] == "checkpoint.witnessed":
            size = read["event"]["size"]
            if position - BEHIND <= size <= position:  # else its verb refused it, and the list lies
                self.wanted.setdefault(size, self.tree.root(size))
            self.witnessed.add(read["event"]["checkpoint"].encode())
        return None


def read_head(files: Files) -> tuple[int, str, str]:
    """What `bundle.json` claims: size, root and ledger."""
    raw = files.read("bundle.json", 4_096)
    try:
        need(raw and raw.endswith(b"\n"), "bundle-damaged")
        head = read_json((raw or b"")[:-1])
        need(type(head) is dict and sorted(head) == ["ledger", "root", "schema", "size"], "keys")
        need(head["schema"] == "bundle/1" and type(head["size"]) is int, "schema")
        hashes = [head["root"], head["ledger"]]
        need(all(type(h) is str and re.fullmatch(TYPES["hash"], h) for h in hashes), "hash")
        need(head["size"] >= 0, "size")
    except FaultError:
        raise StopError("bundle-damaged", 5, "bundle.json is missing, or says no size") from None
    return head["size"], head["root"], head["ledger"]


def read_signed(
    raws: list[bytes], options: Options, openssh: OpenSSH, found: Findings | None
) -> list[Signed]:
    """Those of the notes *raws* that are of this ledger and signed by a witness.

    A bad one is a finding; of those that the auditor brought, for which there is none, it stops.
    """
    signed = []
    for raw in raws if options.witnesses is not None else []:
        try:
            note = read_note(raw)
            need(note.origin == f"assent/{options.ledger}", "other-ledger")
            one = who_signed(note, options.witnesses or {}, openssh)
        except FaultError as fault:
            known = str(fault) in {"bad-checkpoint", "other-ledger"}
            if found is None:
                code = str(fault) if known else "malformed-checkpoint"
                raise StopError(code, 4 if known else 2, "of a file of --checkpoint") from None
            if str(fault) == "bad-checkpoint":
                found.say(None, "bad-checkpoint")
            continue
        signed += [] if one is None else [one]
    return signed


def compare_mark(
    mark: tuple[int, str], size: int, wanted: dict[int, bytes], found: Findings
) -> None:
    """Hold the log against what the auditor verified before."""
    if mark[0] > size:
        found.say(size, "log-shorter", "your mark")
    elif wanted[mark[0]].hex() != mark[1]:
        found.say(None, "root-differs", "your mark")


def compare_notes(
    report: Report, signed: list[Signed], wanted: dict[int, bytes], listed: dict[int, str]
) -> None:
    """Hold the log, and the list of refused entries, against what witnesses signed."""
    for one in signed:
        note, who = one.note, ", ".join(one.names)
        if note.size > report.size:
            report.found.say(report.size, "log-shorter", f"a checkpoint of {note.size} by {who}")
            continue
        if wanted.get(note.size) != note.root:
            report.found.say(None, "checkpoint-false", f"a checkpoint of {note.size} by {who}")
            continue
        if note.refused is not None:
            lines = [f"{at} {code}\n" for at, code in listed.items() if at < note.size]
            digest = hashlib.sha256("".join(lines).encode()).hexdigest()
            if (len(lines), digest) == note.refused:
                report.listed_to = max(report.listed_to, note.size)
            else:
                report.found.say(None, "refusals-differ", f"a checkpoint of {note.size} by {who}")
        if report.best is None or note.size >= report.best.note.size:
            report.best = one


def check_age(signed: list[Signed], options: Options, ledger_time: int, found: Findings) -> None:
    """Ask for a checkpoint by a witness, and for one that is not too old."""
    if not signed:
        if options.witnesses is not None or options.max_age is not None:
            found.say(None, "checkpoint-missing")
    elif options.max_age is not None:
        now, times = max(options.now, ledger_time), [at for one in signed for at in one.times]
        # What is dated in the future would be fresh for ever.
        newest = max((at for at in times if at <= now + 300), default=None)
        if newest is None:
            found.say(
                None, "checkpoint-stale", f"they are dated in the future: {instant(max(times))}"
            )
        elif now - newest > options.max_age:
            found.say(None, "checkpoint-stale", f"the newest is of {instant(newest)}")


# The command


def read_options(words: list[str]) -> argparse.Namespace:
    """The command line; every mistake in it is exit status 2."""
    parser = argparse.ArgumentParser(description="Verify an exported ledger; trust nothing in it.")
    parser.add_argument("dir", nargs="?", default=".", help="the folder (default: this one)")
    parser.add_argument("--ledger-id", type=_form("[0-9a-f]{64}"), help="what a founder told you")
    parser.add_argument("--witnesses", metavar="FILE", help="whom you trust: NAME KEYTYPE BASE64")
    parser.add_argument("--checkpoint", metavar="FILE", action="append", default=[])
    parser.add_argument("--mark", type=_form("[0-9]{1,16}:[0-9a-f]{64}"), metavar="SIZE:ROOT")
    parser.add_argument("--max-age", type=_form("[0-9]{1,9}[smhd]"), metavar="7d")
    parser.add_argument("--now", type=_form(TYPES["instant"]), metavar="INSTANT")
    parser.add_argument("--json", action="store_true", help="answer as verification/1")
    given = parser.parse_args(words)
    if given.checkpoint and not given.witnesses:
        parser.error("--checkpoint needs --witnesses: whose signature would count?")
    return given


def _form(pattern: str) -> Callable[[str], str]:
    def check(word: str) -> str:
        if not re.fullmatch(pattern, word):
            raise argparse.ArgumentTypeError(f"not of the form {pattern}")
        return word

    return check


def options_of(given: argparse.Namespace) -> Options:
    """What the command line means."""
    size, _, mark = (given.mark or "").partition(":")
    unit = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
    age = given.max_age
    return Options(
        ledger=given.ledger_id,
        witnesses=read_witnesses(_own(given.witnesses)) if given.witnesses else None,
        notes=[_own(path) for path in given.checkpoint],
        mark=(int(size), mark) if given.mark else None,
        max_age=int(age[:-1]) * unit[age[-1]] if age else None,
        now=seconds(given.now) if given.now else int(time.time()),
    )


def _own(path: str) -> bytes:
    """A file that the auditor brought."""
    with Path(path).open("rb") as file:
        return file.read(2**20)


def main(words: list[str]) -> int:
    """Verify, say what was found, and return the exit status."""
    given = read_options(words)
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory() as folder:
            options = options_of(given)
            report = audit(Files(Path(given.dir)), options, OpenSSH(Path(folder)))
    except StopError as stop:
        code, status, said = str(stop.args[0]), int(stop.args[1]), str(stop.args[2])
    except OSError as error:
        code, status, said = "system-error", 5, str(error)
    else:
        answer = told(report, options, time.monotonic() - began)
        print(json.dumps(answer) if given.json else in_words(report, options))
        return EXIT.get(report.verdict, 0)
    error_told = {"schema": "error/1", "code": code, "message": said, "hint": None, "exit": status}
    print(json.dumps(error_told) if given.json else ascii(f"{code}: {said}")[1:-1], file=sys.stderr)
    return status


def told(report: Report, options: Options, took: float) -> dict[str, Any]:
    """The answer for programs, of the form `verification/1`, and how far the list is backed."""
    best, mark = report.best, options.mark
    held = mark is not None and mark[0] <= report.size
    return {
        "schema": "verification/1",
        "ledger": options.ledger,
        "verdict": report.verdict,
        "size": report.size,
        "root": report.root,
        "entries": report.size,
        "findings": [finding(*one) for one in report.open],
        "acknowledged": [finding(at, report.found.entries[at]) for at in sorted(report.noted)],
        "checkpoint": best and {
            "size": best.note.size,
            "root": best.note.root.hex(),
            "signed_by": sorted(set(best.names)),
            "at": instant(best.at),
        },
        "backed_by": {"mark": mark[0]} if mark and held else None,
        "refused_by_rules": {"entries": report.by_rules, "signed_up_to": report.listed_to},
        **{word: report.flags.get(word, False) for word in ("rehearsal", "solo")},
        "seconds": round(took, 2),
    }  # fmt: skip


def finding(position: int | None, code: str, of: str = "") -> dict[str, Any]:
    """One finding, of the form that findings of `verification/1` have."""
    word = next((word for word, codes in GRAVITY.items() if code in codes), "refused")
    return {
        "position": position,
        "rule": code,
        "severity": word if word in {"uncheckable", "refused"} else "alarm",
        "message": of or "not admitted; format.md and errors.md say what the code means",
        "expected": None,
        "actual": None,
    }


def in_words(report: Report, options: Options) -> str:
    """The answer for people; nothing in it is foreign but names and codes of a strict form."""
    if not report.root:
        return "\n".join([report.verdict, *(f"{code}: {of}" for _, code, of in report.open)])
    lines = [f"{report.verdict} up to position {report.size - 1}, root {report.root}"]
    if report.best:
        best = report.best
        who = ", ".join(sorted(set(best.names)))
        lines.append(f"signed by {who} at {instant(best.at)}: the first {best.note.size} entries")
    if options.mark is None and not report.best:
        lines.append("neither a mark nor a witness backs it: a cut end would not show")
    backed = f"witnesses signed for it up to {report.listed_to} entries"
    nobody = "nobody whom you trust has signed for it"
    lines.append(
        "not judged here: the rules of consent. The bundle says that they refused"
        f" {report.by_rules} entries; {backed if report.listed_to else nobody}"
    )
    lines += [f"this ledger is a {word}" for word, yes in report.flags.items() if yes]
    for at, code, of in report.open:
        lines.append(f"{'-' if at is None else at:>9}  {code:<20} {of}".rstrip())
    for at in sorted(report.noted):
        lines.append(f"{at:>9}  {report.found.entries[at]:<20} acknowledged")
    return "\n".join(lines)


def instant(at: int) -> str:
    """An instant, as format.md writes it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
