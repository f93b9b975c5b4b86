"""Both verifiers side by side, and what somebody with a key or write access could put next."""

import json
import re
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

from ledger.audit.replay import judge
from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.errors import AssentError
from ledger.model.canonical import encode
from ledger.model.events import CommentMade
from ledger.model.terms import format_instant
from ledger.policy.case import ROOT_MATTERS
from ledger.seal.envelope import examine, peek_unverified, seal
from ledger.seal.merkle import root
from ledger.seal.private_keys import SigningKey
from tests.organisation import PEOPLE, Organisation, unsafe_key
from tests.reference import verifier
from tests.reference.second_payload import PAGES, Fault
from tests.roster import next_key

PAGE = (PAGES / "format.md").read_text(encoding="utf-8")
PLACE_RULES = frozenset(
    re.findall(r"^\|[^|]*\|[^|]*\| `([\w-]+)` \| not placed", PAGE, re.MULTILINE)
)
"""The codes of step 2 of the page's order of judgement."""

FORMAT_RULES = frozenset(
    re.findall(r"^\|[^|]*\|[^|]*\| `([\w-]+)` \| placed", PAGE, re.MULTILINE)
) - {"event-differs"}
"""The codes of steps 3 to 6."""

JSON_CODES = frozenset(
    re.findall(r"`([\w-]+)`", PAGE.partition("never repaired. Codes: ")[2][:160])
)
"""The codes of input that is no canonical JSON; with several faults, any of them may be said."""


def compare(envelopes: Sequence[bytes], ledger: str) -> verifier.Log:
    """Both verifiers over the same log: same places, same findings of format, same roots."""
    standing = Standing()
    judged = [judge(standing, examine(raw), ledger) for raw in envelopes]
    by_verbs = {one.position for one in judged if _of_a_verb(one)}

    ours = verifier.verify(iter(envelopes), ledger, by_verbs)

    assert [one.placed for one in ours.said] == [one.placed for one in judged]
    assert [plain(one.rule) for one in ours.said] == [_said(one) for one in judged]
    assert ours.roots[-1] == root(standing.head.frontier).hex()
    assert len(ours.said) == standing.head.size
    assert ours.time == standing.head.time
    return ours


def _of_a_verb(judged: Judged) -> bool:
    rule = None if judged.finding is None else judged.finding.rule
    return judged.placed and rule is not None and rule not in FORMAT_RULES


def _said(judged: Judged) -> str | None:
    if _of_a_verb(judged):
        return "refused by its verb"
    return None if judged.finding is None else plain(judged.finding.rule)


def plain(rule: str | None) -> str | None:
    return "not canonical" if rule in JSON_CODES else rule


def resigned(org: Organisation, name: str, changes: dict[str, Any], **event: Any) -> bytes:
    """A comment by *name* on the first proposal, or on none, with parts of its payload changed."""
    first = org.standing.numbered(1)
    of = org.new_id() if first is None else first.id
    comment = CommentMade(proposal=of, text="a word")
    stream = f"talk:{of}"
    payload: dict[str, Any] = {
        "at": moment(org, 1),
        "by": {"key": org.keys[name].public.id, "signer": name},
        "event": comment.model_dump(mode="json") | event,
        "format": 1,
        "ledger": org.id,
        "seen": seen(org, 0),
        "stream": stream,
    }
    return seal(encode(payload | following(org, stream) | changes), org.keys[name])


Tamper = Callable[[Organisation, str, int], bytes]

ELSEWHERE = Organisation(start=1_790_000_500)
"""Another ledger of the same people."""

TAMPERS: dict[str, Tamper] = {
    "honest": lambda org, name, _: resigned(org, name, {}),
    "rubbish": lambda _, __, n: b"\xff\n" * n,
    "an old entry": lambda org, _, n: org.envelopes[n % len(org.envelopes)],
    "a founding again": lambda org, _, __: org.envelopes[0],
    "another ledger's": lambda _, __, n: ELSEWHERE.envelopes[n % len(ELSEWHERE.envelopes)],
    "a bit flipped": lambda org, _, n: flipped(org.envelopes[n % len(org.envelopes)], n * 997),
    "another ledger named": lambda org, name, _: resigned(org, name, {"ledger": ELSEWHERE.id}),
    "no ledger named": lambda org, name, _: resigned(org, name, {"ledger": None}),
    "somebody else's name": lambda org, name, n: resigned(
        org, name, {"by": {"key": org.keys[name].public.id, "signer": sorted(PEOPLE)[n % 7]}}
    ),
    "their first key": lambda org, name, _: by_key(org, name, unsafe_key(name)),
    "a key not accepted yet": lambda org, name, _: by_key(org, name, next_key(name)),
    "a stop of oneself": lambda org, name, n: stop_oneself(org, name, -n),
    "an acceptance": lambda org, name, _: resigned(
        org,
        name,
        {
            "stream": f"signer:{name}",
            "event": {"kind": "signer.accepted", "named_by": "0" * 64, "signer": name},
        }
        | following(org, f"signer:{name}"),
    ),
    "a word on a root matter": lambda org, name, n: late_word(org, name, -n),
    "a key nobody knows": lambda org, name, _: stranger(org, name),
    "a version ahead": lambda org, name, n: resigned(org, name, {"version": 1 + n}),
    "another previous": lambda org, name, _: resigned(org, name, {"previous": "0" * 64}),
    "another stream": lambda org, name, n: resigned(org, name, {"stream": f"talk:{n % 3}"}),
    "the audit's stream": lambda org, name, _: resigned(
        org, name, {"stream": "audit"} | following(org, "audit")
    ),
    "an older seen": lambda org, name, n: resigned(org, name, {"seen": seen(org, -n)}),
    "seen from the future": lambda org, name, n: resigned(org, name, {"seen": seen(org, n)}),
    "a false root": lambda org, name, _: resigned(
        org, name, {"seen": {"root": "0" * 64, "size": org.standing.head.size}}
    ),
    "seen nothing": lambda org, name, _: resigned(
        org, name, {"seen": {"root": sha256(b"").hexdigest(), "size": 0}}
    ),
    "back-dated": lambda org, name, n: resigned(org, name, {"at": moment(org, -298 - n % 5)}),
    "a time ago": lambda org, name, n: resigned(org, name, {"at": moment(org, -n)}),
    "from the future": lambda org, name, n: resigned(org, name, {"at": moment(org, n * 100)}),
    "before 1970": lambda org, name, _: resigned(org, name, {"at": "1969-12-31T23:59:59Z"}),
    "no such day": lambda org, name, _: resigned(org, name, {"at": "2026-02-30T00:00:00Z"}),
    "an unknown field": lambda org, name, _: resigned(org, name, {"more": 1}),
    "an unknown kind": lambda org, name, _: resigned(org, name, {}, kind="signer.promoted"),
    "a second format": lambda org, name, _: resigned(org, name, {"format": 2}),
}
"""What somebody with write access, or with a key and no scruples, could put next."""


def flipped(raw: bytes, bit: int) -> bytes:
    place = bit // 8 % max(len(raw), 1)
    return raw[:place] + bytes([raw[place] ^ 1 << bit % 8] if raw else b"x") + raw[place + 1 :]


def stranger(org: Organisation, name: str) -> bytes:
    return by_key(org, name, unsafe_key(f"stranger {name}"))


def by_key(org: Organisation, name: str, key: SigningKey, raw: bytes | None = None) -> bytes:
    """A comment by *name*, or the entry *raw*, signed with another key."""
    by = {"key": key.public.id, "signer": name}
    payload = json.loads(peek_unverified(resigned(org, name, {}) if raw is None else raw))
    return seal(encode(payload | {"by": by}), key)


def stop_oneself(org: Organisation, name: str, days_later: int) -> bytes:
    """A stop of *name* by themself, with their first key, claimed days ago or ahead."""
    stop = org.new_id()
    event = {"kind": "override.set", "override": stop, "target": f"signer/{name}", "reason": "lost"}
    stream = f"override:{stop}"
    changes = {"event": event, "stream": stream, "at": moment(org, days_later * 86_400)}
    changes |= following(org, stream)
    return by_key(org, name, unsafe_key(name), resigned(org, name, changes))


def late_word(org: Organisation, name: str, days_later: int) -> bytes:
    """A comment, made days ago, on the newest proposal that is a root matter, or on none."""
    found = (org.standing.numbered(n) for n in range(org.standing.head.proposals, 0, -1))
    about = (one.id for one in found if one is not None and one.effect.effect in ROOT_MATTERS)
    of = next(about, None) or org.new_id()
    event = {"kind": "comment.made", "proposal": of, "text": "late"}
    stream = f"talk:{of}"
    changes = {"event": event, "stream": stream, "at": moment(org, days_later * 86_400)}
    return resigned(org, name, changes | following(org, stream))


def following(org: Organisation, stream: str) -> dict[str, Any]:
    last = org.standing.place(stream)
    if last is None:
        return {"version": 1, "previous": None}
    return {"version": last.version + 1, "previous": last.leaf}


def seen(org: Organisation, further: int) -> dict[str, Any]:
    size = max(org.standing.head.size + further, 0)
    known = org.standing.root_at(size) if size else root(())
    return {"root": "1" * 64 if known is None else known.hex(), "size": size}


def moment(org: Organisation, later: int) -> str:
    return format_instant(org.standing.head.time + later)


def rule_of(check: Callable[[], object]) -> str | None:
    try:
        check()
    except Fault as fault:
        return str(fault)
    return None


def code_of(check: Callable[[], object]) -> str | None:
    try:
        check()
    except AssentError as error:
        return error.code
    return None
