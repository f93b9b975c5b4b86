"""The second verifier, which needs the format page only, judges every log as replay does."""

import json
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import AssentError
from ledger.model.canonical import encode
from ledger.seal.envelope import peek_unverified, seal
from tests import histories
from tests.acts import prepared
from tests.organisation import PEOPLE, Organisation, unsafe_key
from tests.projections.histories import organisation_after, steps
from tests.reference import second_payload, second_signature, verifier
from tests.reference.compared import (
    ELSEWHERE,
    FORMAT_RULES,
    PLACE_RULES,
    TAMPERS,
    compare,
    resigned,
    seen,
)
from tests.reference.lives import hurried, lived

pytestmark = pytest.mark.needs("ssh-keygen")


@settings(max_examples=8)
@given(histories.steps, histories.policies)
def test_random_histories_are_judged_alike(history: list[histories.Step], policy: str) -> None:
    org = histories.live(histories.organisation(policy), history)

    compare(org.envelopes, org.id)


@settings(max_examples=12)
@given(steps(30))
def test_histories_with_seized_releases_and_old_entries_are_judged_alike(
    things: list[tuple[int, int, int]],
) -> None:
    org = organisation_after(things)

    compare(org.envelopes, org.id)


WAYS = st.tuples(
    st.sampled_from(sorted(TAMPERS)),
    st.sampled_from(sorted(PEOPLE)),
    st.integers(0, 12),
)


@settings(max_examples=20)
@given(st.lists(WAYS, max_size=25), st.lists(st.sampled_from(sorted(PEOPLE)), max_size=8))
def test_logs_tampered_with_while_the_founding_waits_are_judged_alike(
    ways: list[tuple[str, str, int]], accepting: list[str]
) -> None:
    org = Organisation(accept=False)
    for at in range(max(len(ways), len(accepting))):
        if at < len(accepting):
            with suppress(AssentError):
                org.accept(accepting[at])
        if at < len(ways):
            way, name, number = ways[at]
            org.smuggle(TAMPERS[way](org, name, number))

    compare(org.envelopes, org.id)


def at_work() -> Organisation:
    return prepared()[0]


@settings(max_examples=30)
@given(st.lists(WAYS, min_size=5, max_size=30), st.sampled_from([at_work, lived, hurried]))
def test_logs_tampered_with_amid_honest_work_are_judged_alike(
    ways: list[tuple[str, str, int]], begin: Callable[[], Organisation]
) -> None:
    org = begin()
    for way, name, number in ways:
        org.smuggle(TAMPERS[way](org, name, number))
        org.smuggle(TAMPERS["honest"](org, name, number))

    compare(org.envelopes, org.id)


def test_the_ways_of_tampering_reach_every_rule_of_the_format() -> None:
    """So that the comparison above compares something."""
    org = Organisation(accept=False)
    found = [org.smuggle(TAMPERS["honest"](org, "frank", 0)).finding]
    for name in sorted(PEOPLE):
        if name != "rita":
            org.accept(name)
    found.append(org.smuggle(TAMPERS["honest"](org, "rita", 0)).finding)
    found += [org.smuggle(way(org, "frank", 9)).finding for way in TAMPERS.values()]
    later = lived()
    for name in ("frank", "erin"):
        found += [later.smuggle(way(later, name, 9)).finding for way in TAMPERS.values()]

    compare(org.envelopes, org.id)
    compare(later.envelopes, later.id)
    rules = (PLACE_RULES | FORMAT_RULES) - FOUNDING_RULES
    assert {one.rule for one in found if one is not None} >= rules
    assert PLACE_RULES > FOUNDING_RULES
    assert {"not-accepted", "key-retired", "founding-incomplete"} < FORMAT_RULES


FOUNDING_RULES = {"not-founded", "other-ledger"}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, None),
        ({"ledger": "0" * 64}, "not-founded"),
        ({"version": 2}, "out-of-place"),
        ({"previous": "0" * 64}, "out-of-place"),
        ({"stream": "audit"}, "wrong-stream"),
        ({"seen": {"root": "0" * 64, "size": 0}}, "seen-mismatch"),
        ({"seen": {"root": "0" * 64, "size": 1}}, "seen-mismatch"),
        ({"at": "1969-12-31T23:55:00Z"}, None),
        ({"at": "1969-12-31T23:54:59Z"}, "back-dated"),
        ({"by": "a stranger"}, "refused by its verb"),
        ({"by": "frank"}, "refused by its verb"),
    ],
    ids=str,
)
def test_foundings_are_judged_alike(changes: dict[str, Any], rule: str | None) -> None:
    """A founding that is not admitted leaves a log in which nobody can act."""
    org = Organisation()
    founding, accepting = (json.loads(peek_unverified(raw)) for raw in org.envelopes[:2])
    name = changes.get("by", "alice")
    by = {"key": unsafe_key(name).public.id, "signer": name.replace(" ", "-")}
    payload = encode(founding | changes | {"by": by})
    first = seal(payload, unsafe_key(name))
    leaf = sha256(b"\0" + first).hexdigest()
    ledger = sha256(payload).hexdigest()
    event = accepting["event"] | {"named_by": leaf}
    then = accepting | {"event": event, "ledger": ledger, "seen": {"root": leaf, "size": 1}}

    said = compare([first, seal(encode(then), unsafe_key("alice"))], ledger).said

    assert said[0].rule == rule
    assert said[1].rule == (None if rule is None else "unknown-key")


def test_a_log_that_does_not_begin_with_its_founding_is_judged_alike() -> None:
    org = Organisation()
    other = ELSEWHERE.envelopes[0]
    logs = [org.envelopes[1:], [other, *org.envelopes], [b"", *org.envelopes], ELSEWHERE.envelopes]

    firsts = [compare(log, org.id).said[0].rule for log in logs]

    assert firsts == ["not-founded", "other-ledger", "not-two-lines", "other-ledger"]


def test_seen_reaches_back_to_just_behind_the_last_admitted_entry_of_its_signer() -> None:
    org = Organisation()
    last = org.standing.last_of("frank")
    assert last is not None
    behind = seen(org, last + 1 - org.standing.head.size)
    at = seen(org, last - org.standing.head.size)
    for claim in (at, behind, behind | {"root": at["root"]}):
        org.smuggle(resigned(org, "frank", {"seen": claim}))

    said = compare(org.envelopes, org.id).said

    assert [one.rule for one in said[-3:]] == ["seen-stale", "refused by its verb", "seen-mismatch"]


def test_an_earlier_time_within_the_tolerance_does_not_turn_ledger_time_back() -> None:
    org, _ = prepared()
    latest = org.standing.head.time
    for seconds in (100, 300, 301):
        org.smuggle(TAMPERS["a time ago"](org, "omar", seconds))

    log = compare(org.envelopes, org.id)

    assert log.time == latest
    assert [one.rule for one in log.said[-3:]] == [None, None, "back-dated"]


def test_the_window_of_seen_ends_where_the_page_says() -> None:
    org = Organisation()
    size = org.standing.head.size
    early = seen(org, 0)
    for number in range(4_096):
        org.smuggle(b"rubbish %d" % number)
    assert org.standing.head.size - size == 4_096
    org.smuggle(resigned(org, "frank", {"seen": early}))
    org.smuggle(resigned(org, "omar", {"seen": early}))

    said = compare(org.envelopes, org.id).said

    assert (said[-2].rule, said[-1].rule) == ("refused by its verb", "seen-stale")


def test_the_second_verifier_imports_nothing_of_the_product() -> None:
    imported = [
        name
        for module in (verifier, second_payload, second_signature)
        for name in re.findall(
            r"^(?:from|import) (\S+)", Path(str(module.__file__)).read_text("utf-8"), re.MULTILINE
        )
    ]

    assert {name.partition(".")[0] for name in imported} - sys.stdlib_module_names == {"tests"}
    assert {name for name in imported if name.startswith("tests")} == {
        second_payload.__name__,
        second_signature.__name__,
    }
