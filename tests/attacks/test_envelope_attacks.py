"""Somebody with write access to the database: whatever they add, nothing that is true changes.

Each attack leaves a finding with its rule and position, touches no state but the record
of the finding, and the next honest act of anybody is admitted.
"""

from hashlib import sha256

import pytest

from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.model.canonical import encode
from ledger.model.entry import Author, Seen
from ledger.model.terms import format_instant
from ledger.seal.envelope import seal
from ledger.seal.merkle import EMPTY_ROOT
from tests.acts import comment, prepared
from tests.attacks.forging import Mend, Payload, drop, forged, honest, put
from tests.attacks.trying import rows
from tests.organisation import Organisation, change, stack, unsafe_key


@pytest.fixture
def org() -> Organisation:
    return prepared()[0]


def attacked(org: Organisation, raw: bytes, rule: str, *, placed: bool = False) -> Judged:
    """Smuggle *raw* in; demand the finding, no effect, and that others go on working."""
    rows(org.standing)
    position, time = org.standing.head.size, org.standing.head.time

    judged = org.smuggle(raw)

    assert judged.finding is not None
    assert (judged.finding.rule, judged.finding.position) == (rule, position)
    assert (judged.placed, judged.admitted) == (placed, False)
    assert rows(org.standing) == {}
    assert org.standing.head.time == time
    for name in ("frank", "erin", "alice"):
        assert comment(org, name, "00000000-0000-0000-0000-000000000001").admitted
    return judged


def test_an_honest_entry_is_admitted(org: Organisation) -> None:
    """Else every refusal below could have another reason."""
    assert org.smuggle(forged(org, lambda _: None)).admitted


@pytest.mark.parametrize("part", [0.01, 0.2, 0.4, 0.6, 0.8, 0.97])
def test_an_envelope_with_a_changed_byte_is_refused(org: Organisation, part: float) -> None:
    raw = bytearray(forged(org, lambda _: None))
    raw[int(len(raw) * part)] ^= 1
    rows(org.standing)

    judged = org.smuggle(bytes(raw))

    assert judged.finding is not None
    assert not judged.placed
    assert rows(org.standing) == {}


RUBBISH = [
    (b"", "not-two-lines"),
    (b"\n\n", "signature-base64"),
    (b"rubbish", "not-two-lines"),
    (b"{}\n{}\n", "signature-base64"),
    (b"\xff\n\xff\n", "signature-base64"),
    (b"x" * 65_536, "too-large"),
    (b"[" * 60_000 + b"\nAAAA\n", "too-deep"),
    (b'{"a":1,"a":2}\nAAAA\n', "duplicate-key"),
    (b'{"a":1.5}\nAAAA\n', "not-an-integer"),
    (b'{"a": 1}\nAAAA\n', "not-canonical"),
    (b'{"a":' + b"9" * 60_000 + b"}\nAAAA\n", "integer-range"),
    (b'{"a":"\\ud800"}\nAAAA\n', "lone-surrogate"),
]


@pytest.mark.parametrize(("raw", "rule"), RUBBISH, ids=[rule + str(len(r)) for r, rule in RUBBISH])
def test_rubbish_is_a_finding_and_stops_nobody(org: Organisation, raw: bytes, rule: str) -> None:
    attacked(org, raw, rule)


UNPLACED = [
    ("unknown-kind", put("event", "kind", value="comment.unmade"), "malformed"),
    ("kind-of-another-type", put("event", "kind", value=7), "malformed"),
    ("escape-in-kind", put("event", "kind", value="\u001b[2J" * 200), "malformed"),
    ("unknown-field", put("event", "more", value=1), "malformed"),
    ("unknown-field-outside", put("more", value=1), "malformed"),
    ("missing-field", drop("event", "text"), "malformed"),
    ("other-format", put("format", value=2), "malformed"),
    ("true-for-one", put("format", value=True), "malformed"),
    ("no-format", drop("format"), "malformed"),
    ("no-event", put("event", value=None), "malformed"),
    ("text-for-number", put("version", value="1"), "malformed"),
    ("version-zero", put("version", value=0), "malformed"),
    ("version-true", put("version", value=True), "malformed"),
    ("no-such-day", put("at", value="2026-02-30T00:00:00Z"), "malformed"),
    ("hour-24", put("at", value="2026-12-30T24:00:00Z"), "malformed"),
    ("leap-second", put("at", value="2026-12-31T23:59:60Z"), "malformed"),
    ("other-zone", put("at", value="2026-12-31T23:59:59+00:00"), "malformed"),
    ("bidi-text", put("event", "text", value="a\u202eb"), "malformed"),
    ("negative-seen", put("seen", "size", value=-1), "malformed"),
    ("another-ledger", put("ledger", value="0" * 64), "wrong-ledger"),
    ("no-ledger", put("ledger", value=None), "wrong-ledger"),
    ("another-signer", put("by", "signer", value="alice"), "key-owner"),
    ("unknown-signer", put("by", "signer", value="nobody"), "key-owner"),
    ("later-version", put("version", value=99), "out-of-place"),
    ("no-previous", put("previous", value="0" * 64), "out-of-place"),
]


@pytest.mark.parametrize(("mend", "rule"), [c[1:] for c in UNPLACED], ids=[c[0] for c in UNPLACED])
def test_a_lie_about_form_or_place_keeps_an_entry_out_of_its_stream(
    org: Organisation, mend: Mend, rule: str
) -> None:
    attacked(org, forged(org, mend), rule)


def test_a_key_named_in_the_payload_that_did_not_sign_is_found(org: Organisation) -> None:
    raw = forged(org, lambda _: None)
    payload = honest(org)
    put("by", "key", value=org.keys["alice"].public.id)(payload)
    signature = raw.split(b"\n")[1]

    attacked(org, encode(payload) + b"\n" + signature + b"\n", "bad-signature")


def test_a_key_the_ledger_does_not_know_places_nothing(org: Organisation) -> None:
    stranger = unsafe_key("stranger")
    payload = honest(org)
    put("by", "key", value=stranger.public.id)(payload)

    attacked(org, seal(encode(payload), stranger), "unknown-key")


def test_a_signature_of_another_entry_is_found(org: Organisation) -> None:
    one = forged(org, lambda _: None)
    other = forged(org, put("event", "text", value="another"))

    attacked(org, one.split(b"\n")[0] + b"\n" + other.split(b"\n")[1] + b"\n", "bad-signature")


@pytest.mark.parametrize("position", [1, 8, 9])
def test_an_old_entry_put_in_again_is_out_of_place(org: Organisation, position: int) -> None:
    attacked(org, org.envelopes[position], "out-of-place")


def test_the_founding_put_in_again_is_refused(org: Organisation) -> None:
    attacked(org, org.envelopes[0], "wrong-ledger")


def test_an_entry_of_another_ledger_is_refused(org: Organisation) -> None:
    """The same people with the same keys, another founding."""
    elsewhere = Organisation(
        people={
            **{n: ["model-owner", "data-owner", "release-owner"] for n in ("alice", "bob", "dana")},
            "erin": ["evaluation-owner"],
        }
    )
    of = elsewhere.open("erin")
    assert elsewhere.id != org.id

    attacked(org, elsewhere.envelopes[-1], "wrong-ledger")
    assert org.standing.proposal(of) is not None


PLACED = [
    ("seen-too-much", put("seen", "size", value=10_000), "seen-mismatch"),
    ("false-root", put("seen", "root", value="0" * 64), "seen-mismatch"),
    ("old-size-new-root", put("seen", "size", value=8), "seen-stale"),
    ("seen-nothing", put("seen", value={"size": 0, "root": EMPTY_ROOT.hex()}), "seen-stale"),
]


@pytest.mark.parametrize(("mend", "rule"), [c[1:] for c in PLACED], ids=[c[0] for c in PLACED])
def test_a_lie_about_what_was_seen_is_placed_and_refused(
    org: Organisation, mend: Mend, rule: str
) -> None:
    attacked(org, forged(org, mend), rule, placed=True)


@pytest.mark.parametrize(
    "stream",
    ["alias:fraud/production", "ledger", "head", "signer:alice", "talk:x", "", "no such stream"],
)
def test_an_entry_on_another_stream_is_refused(org: Organisation, stream: str) -> None:
    last = org.standing.place(stream)

    def move(payload: Payload) -> None:
        payload["stream"] = stream
        payload["version"] = 1 if last is None else last.version + 1
        payload["previous"] = None if last is None else last.leaf

    attacked(org, forged(org, move), "wrong-stream", placed=True)


def test_an_entry_at_the_edge_of_back_dating_is_admitted_and_one_second_earlier_is_not(
    org: Organisation,
) -> None:
    edge = org.standing.head.time - 300

    attacked(org, forged(org, put("at", value=format_instant(edge - 1))), "back-dated", placed=True)
    edge = org.standing.head.time - 300
    admitted = org.smuggle(forged(org, put("at", value=format_instant(edge))))

    assert admitted.admitted
    assert admitted.at == org.standing.head.time == edge + 300


def test_a_seen_may_lag_behind_others_but_not_behind_oneself(org: Organisation) -> None:
    lagging = forged(org, lambda _: None)
    comment(org, "rita", org.open("frank"))
    assert org.smuggle(lagging).admitted

    seen = Seen(size=org.standing.head.size - 1, root=last_root(org)).model_dump()
    attacked(org, forged(org, put("seen", value=seen)), "seen-stale", placed=True)


def last_root(org: Organisation) -> str:
    root = org.standing.root_at(org.standing.head.size - 1)
    assert root is not None
    return root.hex()


def test_a_placed_but_refused_entry_in_the_way_is_followed_by_the_next(org: Organisation) -> None:
    """Who has a key may take the next place of any stream; the next act goes behind it."""
    proposal = org.standing.numbered(1)
    assert proposal is not None
    event = org.judged[-1].entry
    assert event is not None

    squat = org.force("frank", event.event)

    assert squat.finding is not None
    assert (squat.placed, squat.admitted) == (True, False)
    assert org.start("omar", proposal.id).admitted
    assert org.complete("omar").admitted


@pytest.mark.parametrize("waiting", ["frank", "omar"])
def test_a_signer_who_has_not_accepted_changes_nothing(waiting: str) -> None:
    org = Organisation(accept=False)
    for name in org.keys:
        if name != waiting:
            org.accept(name)
    org.open("erin")

    attacked_by = seal(encode(honest(org, waiting)), org.keys[waiting])
    judged = org.smuggle(attacked_by)

    assert judged.finding is not None
    assert judged.finding.rule == "not-accepted"


def test_a_release_nobody_consented_to_is_a_finding_and_moves_no_alias() -> None:
    """Done-when 4: properly signed by the operator, and illegitimate all the same."""
    org, of = prepared()
    other = org.open("frank", change(alias="churn/production"))
    started = org.start("omar", of).entry
    assert started is not None
    event = type(started.event).model_validate(
        {**started.event.model_dump(), "proposal": other, "alias": "churn/production"}
    )

    judged = org.force("omar", event)

    assert judged.finding is not None
    assert judged.finding.rule == "not-ready"
    assert org.standing.alias("churn/production").candidate is None
    assert org.standing.proposal(other) is not None
    assert org.proposal(other).closed is None
    assert org.approve("alice", other, "model-owner").admitted


def test_a_started_stack_other_than_the_approved_one_is_another_event() -> None:
    org, of = prepared()
    start = org.start("omar", of).entry
    assert start is not None
    org = prepared()[0]
    stolen = stack(["everything"])
    event = type(start.event).model_validate(
        {**start.event.model_dump(), "stack": stolen.model_dump()}
    )

    judged = org.force("omar", event)

    assert judged.finding is not None
    assert judged.finding.rule == "event-differs"
    assert "permissions" in str(judged.finding.actual)
    assert org.standing.alias("fraud/production").candidate is None


def test_a_log_that_does_not_begin_with_the_pinned_founding_admits_nothing() -> None:
    org = Organisation()
    other = Organisation(
        people={
            n: ["model-owner", "data-owner", "release-owner", "evaluation-owner"]
            for n in ("alice", "bob", "dana", "erin")
        }
    )
    fresh = Organisation.__new__(Organisation)
    fresh.__dict__.update(org.__dict__, standing=Standing(), envelopes=[], judged=[])

    judged = [fresh.smuggle(raw) for raw in other.envelopes]

    assert judged[0].finding is not None
    assert judged[0].finding.rule == "other-ledger"
    assert not any(one.admitted for one in judged)
    assert fresh.standing.ledger() is None


def test_a_log_that_begins_with_something_else_admits_nothing() -> None:
    org = Organisation()
    fresh = Organisation.__new__(Organisation)
    fresh.__dict__.update(org.__dict__, standing=Standing(), envelopes=[], judged=[])

    judged = [fresh.smuggle(raw) for raw in org.envelopes[1:]]

    assert {one.finding.rule for one in judged if one.finding} == {"not-founded", "unknown-key"}
    assert not any(one.admitted for one in judged)


def test_the_largest_entry_that_fits_is_judged_like_any_other(org: Organisation) -> None:
    def fill(payload: Payload) -> None:
        payload["event"]["text"] = "é" * 8_000

    assert org.smuggle(forged(org, fill)).admitted
    attacked(org, forged(org, put("event", "text", value="x" * 8_001)), "malformed")


def test_an_author_is_named_by_key_and_name_together(org: Organisation) -> None:
    author = Author(key=org.keys["erin"].public.id, signer="erin")
    judged = org.smuggle(forged(org, lambda _: None))

    assert judged.entry is not None
    assert judged.entry.by == author
    assert sha256(b"\x00" + org.envelopes[-1]).digest() == judged.leaf
