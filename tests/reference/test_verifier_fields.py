"""The tables of the pages take exactly the payloads that the models take."""

import json
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any
from zlib import crc32

import pytest
from hypothesis import settings

from cli.bundled import verify
from ledger.errors import AssentError
from ledger.model.canonical import encode
from ledger.model.entry import parse_entry
from ledger.seal.envelope import peek_unverified
from tests import acts
from tests.organisation import change, new_policy, stack
from tests.policies import numbered
from tests.reference.compared import resigned
from tests.reference.lives import hurried, lived, watched
from tests.reference.second_payload import Fault, check_entry, read_json, streams, tables

UUID = "-0000-0000-0000-000000000000"
"""The rest of a UUID behind its first eight digits."""

HOSTILE: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        1,
        2,
        -1,
        2**53 - 1,
        "",
        " ",
        "a",
        "A",
        "a\n",
        "\ta",
        "\u200f",
        "\u2029",
    ),
    *(
        "é" * 128,
        "x" * 129,
        "x" * 500,
        "x" * 501,
        "x" * 8_000,
        "x" * 8_001,
        "x" * 40_001,
        "\x7f",
        "/",
    ),
    *(
        "a/b",
        "0" * 64,
        "sha256:" + "0" * 64,
        "SHA256:" + "A" * 43,
        "-0",
        "-0.0",
        "1.50",
        "01",
        "low",
    ),
    *("1969-12-31T23:59:59Z", "2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "general", "talk:x"),
    *("00000000-0000-0000-0000-00000000000A", "00000000-0000-0000-0000-00000000000a", "model"),
    *("*", "*/*", "a/*", "*/b", "a*/b", "**/b", "*/b/c", "/*", "signer/a", "signer/", "signer/*"),
    *("signer/a\n", "alias/a", "enrolment", "rotation", 500, [500], ["a", "b", "c"]),
    *("3026-01-01T00:00:00Z", "2026-01-01T00:00:60Z", "release", "person", "service"),
    *(
        [],
        [None],
        ["a"],
        ["b", "a"],
        ["a", "a"],
        ["a", "b"],
        ["\U00010000", "\uffff"],
        {},
        {"kind": "a"},
    ),
    *(["\uffff", "\U00010000"], ["x" * 129], [1], ["a\n"]),
)


EACH = max(1, 150 // settings().max_examples)
"""A part is replaced by every so manieth of :data:`HOSTILE`, its neighbours by others."""


def mutants(value: Any, turn: int = 0) -> Iterator[Any]:
    """*value* with one part of it replaced, left out, added or turned round."""
    yield from HOSTILE[turn % EACH :: EACH]
    if isinstance(value, dict):
        yield value | {"more": None}
        for at, (key, part) in enumerate(value.items(), turn):
            yield {name: other for name, other in value.items() if name != key}
            yield from (value | {key: mutant} for mutant in mutants(part, at))
    if isinstance(value, list):
        yield from (value[::-1], [*value, *value], [])
        for at, part in enumerate(value[:2]):
            others = mutants(part, turn + at)
            yield from ([*value[:at], mutant, *value[at + 1 :]] for mutant in others)


def is_entry(payload: bytes) -> bool:
    try:
        parse_entry(payload)
    except AssentError:
        return False
    return True


def is_entry_by_the_page(payload: bytes) -> bool:
    """What the second verifier says; of each eighth, ``verify.py`` has to say the same."""
    try:
        check_entry(read_json(payload))
        taken = True
    except Fault:
        taken = False
    if crc32(payload) % 8 == 0:
        assert is_entry_by_verify_py(payload) == taken, payload
    return taken


def is_entry_by_verify_py(payload: bytes) -> bool:
    try:
        verify.check_table("payload", verify.read_json(payload))
    except verify.FaultError:
        return False
    return True


def one_of_each_kind() -> dict[str, dict[str, Any]]:
    """A payload of each kind of event."""
    org, of = acts.prepared()
    acts.comment(org, "frank", of)
    acts.reject(org, "alice", of)
    acts.reopen(org, "alice", of)
    acts.retract(org, "alice", of)
    acts.take_back(org, "erin", of)
    acts.add_fact(org, "dana", of)
    acts.revise(org, "frank", of, change(stack(["net"])))
    acts.withdraw(org, "frank", of)
    org.release()
    policy = org.open("frank", new_policy(numbered(2)))
    org.approve("alice", policy, "root")
    org.approve("bob", policy, "root")
    org.enact("omar", policy)
    broken = org.smuggle(resigned(org, "frank", {"previous": "0" * 64}))
    acts.acknowledge(org, "rita", broken.position)
    acts.witness(org, "rita")
    lives = (org, lived(), watched(), hurried())
    envelopes = [raw for life in lives for raw in life.envelopes]
    payloads = [json.loads(peek_unverified(raw)) for raw in envelopes]
    return {payload["event"]["kind"]: payload for payload in payloads}


def one_of_each_effect() -> dict[str, dict[str, Any]]:
    """A payload of the opening of a proposal for each effect."""
    envelopes = [*lived().envelopes, *hurried().envelopes]
    payloads = [json.loads(peek_unverified(raw)) for raw in envelopes]
    opened = [one for one in payloads if one["event"]["kind"] == "proposal.opened"]
    found = {one["event"]["effect"]["effect"]: one for one in opened}
    policy = new_policy(numbered(2)).model_dump(mode="json")
    first = opened[0]
    return found | {"policy": first | {"event": first["event"] | {"effect": policy}}}


PAYLOADS = one_of_each_kind()
EFFECTS = one_of_each_effect()

INTERVAL = {
    "name": "auc",
    "segment": None,
    "value": "0.912",
    "low": "0.905",
    "high": "0.919",
    "level": "0.95",
}
ENDS = (None, "-1", "0", "0.905", "0.912", "0.9120", "0.912000000001", "1", "999", "x")


def test_there_is_a_payload_of_each_kind_and_the_page_takes_it() -> None:
    assert PAYLOADS.keys() == streams().keys()
    assert all(is_entry_by_the_page(encode(payload)) for payload in PAYLOADS.values())
    assert all(is_entry(encode(payload)) for payload in PAYLOADS.values())


@pytest.mark.parametrize("kind", PAYLOADS)
def test_the_tables_of_the_pages_take_exactly_the_fields_that_the_models_take(kind: str) -> None:
    payload = PAYLOADS[kind]
    probes = [payload | {"event": event} for event in mutants(payload["event"])]
    if kind == "comment.made":
        probes = [*mutants(payload)]

    require_alike(probes)


def require_alike(probes: Iterable[Any]) -> None:
    """Demand that the pages take exactly those of *probes* that the models take."""
    lines = [encode(probe) for probe in probes]
    apart = [line for line in lines if is_entry(line) != is_entry_by_the_page(line)]

    assert apart == []
    assert {is_entry(line) for line in lines} == {True, False}


@pytest.mark.parametrize("effect", sorted(EFFECTS))
def test_the_tables_of_effects_take_exactly_the_fields_that_the_models_take(effect: str) -> None:
    payload = EFFECTS[effect]
    event = payload["event"]

    require_alike(
        payload | {"event": event | {"effect": one}}
        for one in [*mutants(event["effect"]), *stretched(event["effect"])]
    )


def stretched(effect: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """*effect* with each of its lists as long as a list may be, and longer by one."""
    for name, items in effect.items():
        if isinstance(items, list):
            for size in (0, 1, 200, 201, 500, 501):
                yield effect | {name: [f"a{number:03}" for number in range(size)]}
                yield effect | {name: [f"{number:08x}" + UUID for number in range(size)]}
                yield effect | {name: [f"SHA256:{number:043}" for number in range(size)]}


def test_every_effect_of_the_pages_has_a_payload_that_both_take() -> None:
    named = {title.removesuffix(" effect") for title in tables() if title.endswith(" effect")}

    assert EFFECTS.keys() == named
    assert all(is_entry_by_the_page(encode(payload)) for payload in EFFECTS.values())
    assert all(is_entry(encode(payload)) for payload in EFFECTS.values())


@pytest.mark.parametrize("kind", ["evidence.attached", "release.started"])
def test_the_page_takes_exactly_the_intervals_that_the_models_take(kind: str) -> None:
    intervals = [
        INTERVAL | dict(zip(("value", "low", "high", "level"), numbers, strict=True))
        for numbers in product(("0.912", "-1"), ENDS, ENDS, (None, "0", "0.95", "1", "-0.5"))
    ]
    intervals += [mutant for mutant in mutants(INTERVAL) if isinstance(mutant, dict)]
    payload = PAYLOADS[kind]
    lines = [
        encode(payload | {"event": payload["event"] | {"metrics": [one]}}) for one in intervals
    ]

    assert [line for line in lines if is_entry(line) != is_entry_by_the_page(line)] == []
    assert {is_entry(line) for line in lines} == {True, False}


@pytest.mark.parametrize("left_out", ["low", "high", "level"])
def test_what_a_number_has_not_is_written_as_null(left_out: str) -> None:
    plain = INTERVAL | {"low": None, "high": None, "level": None}
    event = PAYLOADS["evidence.attached"]["event"]
    short = {name: value for name, value in plain.items() if name != left_out}

    taken, refused = (
        encode(PAYLOADS["evidence.attached"] | {"event": event | {"metrics": [one]}})
        for one in (plain, short)
    )

    assert is_entry(taken)
    assert not is_entry(refused)
