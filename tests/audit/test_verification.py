"""The audit over what a store holds: index, mark, receipts, documents, and what was noted."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from ledger.audit.findings import verdict_of
from ledger.audit.verification import Keep, Stored, Verification, Witnessed, verify
from ledger.decide.context import Standing
from ledger.decide.judgement import Finding, Judged
from ledger.model.events import Event
from ledger.model.terms import format_instant
from ledger.seal.envelope import examine, seal
from ledger.seal.merkle import leaf_hash, root
from ledger.service import Signer, place
from tests.acts import acknowledge, prepared
from tests.organisation import Organisation


def stored(org: Organisation) -> list[Stored]:
    rows = []
    for position, (raw, judged) in enumerate(zip(org.envelopes, org.judged, strict=True)):
        entry = judged.entry
        named = ("", 0, "") if entry is None else (entry.stream, entry.version, entry.event.kind)
        rows.append(Stored(position, *named, leaf_hash(raw), examine(raw)))
    return rows


def nothing_wrong(_: str) -> Finding | None:
    return None


def audit(
    org: Organisation,
    rows: Iterable[Stored] | None = None,
    *,
    mark: Witnessed | None = None,
    documents: Callable[[str], Finding | None] = nothing_wrong,
    receipts: dict[int, bytes] | None = None,
    keep: Keep = lambda _: None,
) -> Verification:
    return verify(
        Standing(),
        stored(org) if rows is None else rows,
        org.id,
        mark=mark,
        check_document=documents,
        keep=keep,
        receipts=receipts or {},
    )


def mark_of(org: Organisation) -> Witnessed:
    head = org.standing.head
    return Witnessed(head.size, root(head.frontier))


def rules(found: Verification) -> list[tuple[str, int | None]]:
    return [(one.rule, one.position) for one in found.findings]


@pytest.fixture
def org() -> Organisation:
    return prepared()[0]


def test_a_log_as_it_was_written_is_verified(org: Organisation) -> None:
    found = audit(org, mark=mark_of(org))

    assert (found.verdict, found.findings, found.backed) == ("verified", (), True)
    assert (found.size, found.root) == (len(org.envelopes), mark_of(org).root.hex())


def test_without_a_mark_it_is_verified_and_not_backed(org: Organisation) -> None:
    assert not audit(org).backed


def test_every_entry_is_handed_on_once_to_rebuild_views_from(org: Organisation) -> None:
    kept: list[Judged] = []

    audit(org, keep=kept.extend)

    assert kept == org.judged


@pytest.mark.parametrize("change", [{"stream": "x"}, {"version": 99}, {"kind": "x"}])
def test_columns_that_differ_from_what_was_signed_are_a_finding(
    org: Organisation, change: dict[str, object]
) -> None:
    rows = stored(org)
    rows[5] = replace(rows[5], **change)  # type: ignore[arg-type] # one column

    found = audit(org, rows)

    assert (found.verdict, rules(found)) == ("refused", [("columns-differ", 5)])


@pytest.mark.parametrize("leaf", [None, b"\1" * 32])
def test_a_leaf_that_differs_from_its_envelope_is_an_alarm(
    org: Organisation, leaf: bytes | None
) -> None:
    rows = stored(org)
    rows[5] = replace(rows[5], indexed_leaf=leaf)

    found = audit(org, rows)

    assert (found.verdict, rules(found)) == ("tampered", [("leaf-differs", 5)])


def test_a_row_that_is_gone_is_an_alarm_at_its_position(org: Organisation) -> None:
    rows = stored(org)
    rows[5] = replace(rows[5], examined=None)

    found = audit(org, rows, mark=mark_of(org))

    assert found.verdict == "tampered"
    assert rules(found)[0] == ("missing-entry", 5)


def test_a_position_that_is_gone_is_an_alarm(org: Organisation) -> None:
    rows = stored(org)

    found = audit(org, [*rows[:5], *rows[6:]], mark=mark_of(org))

    assert found.verdict in {"tampered", "rolled-back"}
    assert ("missing-entry", 5) in rules(found)


def test_a_log_shorter_than_the_mark_was_rolled_back(org: Organisation) -> None:
    rows = stored(org)[:-2]

    found = audit(org, rows, mark=mark_of(org))

    assert (found.verdict, rules(found)) == ("rolled-back", [("log-shorter", len(rows))])


def test_a_log_longer_than_the_mark_is_fine_where_it_continues_it(org: Organisation) -> None:
    mark = mark_of(org)
    org.open("frank")

    assert audit(org, mark=mark).verdict == "verified"


def test_a_log_that_is_not_the_marks_is_an_alarm_though_all_of_it_holds(org: Organisation) -> None:
    found = audit(org, mark=Witnessed(4, b"\1" * 32))

    assert (found.verdict, rules(found)) == ("tampered", [("root-differs", None)])


def test_an_entry_other_than_the_one_this_client_appended_is_an_alarm(org: Organisation) -> None:
    mine = {5: leaf_hash(org.envelopes[5]), 6: b"\1" * 32}

    found = audit(org, receipts=mine)

    assert (found.verdict, rules(found)) == ("tampered", [("receipt-differs", 6)])


@pytest.mark.parametrize(
    ("rule", "verdict"), [("evidence-differs", "tampered"), ("evidence-missing", "uncheckable")]
)
def test_documents_are_looked_at_once_each(org: Organisation, rule: str, verdict: str) -> None:
    asked: list[str] = []

    def look(digest: str) -> Finding | None:
        asked.append(digest)
        return Finding(None, rule, "not as it was")

    found = audit(org, documents=look)

    assert len(asked) == len(set(asked)) == 1
    assert found.verdict == verdict
    assert rules(found) == [(rule, 9)]


def test_a_refused_entry_is_a_finding_until_somebody_takes_note_of_it(org: Organisation) -> None:
    position = org.smuggle(b"rubbish").position
    before = audit(org)
    acknowledge(org, "rita", position)
    after = audit(org)

    assert (before.verdict, rules(before)) == ("refused", [("not-two-lines", position)])
    assert (after.verdict, after.findings) == ("verified", ())
    assert [(one.rule, one.position) for one in after.acknowledged] == [("not-two-lines", position)]


def test_taking_note_of_a_refused_entry_hides_no_change_of_its_row(org: Organisation) -> None:
    position = org.force("frank", _start(org)).position
    acknowledge(org, "rita", position)
    rows = stored(org)
    rows[position] = replace(rows[position], kind="another")

    found = audit(org, rows)

    assert rules(found) == [("columns-differ", position)]
    assert [(one.rule, one.position) for one in found.acknowledged] == [("not-operator", position)]


def _start(org: Organisation) -> Event:
    """An event that frank may not sign: the start of the prepared release."""
    probe = prepared()[0]
    assert probe.id == org.id
    started = probe.start("omar", "00000000-0000-0000-0000-000000000001").entry
    assert started is not None
    return started.event


def test_two_histories_that_meet_are_a_fork(org: Organisation) -> None:
    """Frank was shown another last entry, signed on it, and his entry is put into this log."""
    elsewhere = prepared()[0]
    elsewhere.open("rita")
    org.open("erin")
    signer = Signer("frank", elsewhere.keys["frank"])
    event = elsewhere.judged[8].entry
    assert event is not None
    entry = place(elsewhere.standing, event.event, signer, now=elsewhere.now + 1, ledger_id=org.id)

    judged = org.smuggle(seal(entry.payload(), signer.key))

    assert judged.finding is not None
    assert judged.finding.rule == "seen-mismatch"
    assert audit(org).verdict == "forked"
    assert entry.at == format_instant(elsewhere.now + 1)


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        ((), "verified"),
        (("out-of-place",), "refused"),
        (("evidence-missing", "out-of-place"), "uncheckable"),
        (("seen-mismatch",), "forked"),
        (("seen-mismatch", "out-of-place", "evidence-missing"), "forked"),
        (("seen-mismatch", "leaf-differs"), "tampered"),
        (("leaf-differs", "evidence-missing"), "tampered"),
        (("log-shorter", "leaf-differs", "seen-mismatch"), "rolled-back"),
    ],
)
def test_the_gravest_finding_decides_the_verdict(found: tuple[str, ...], verdict: str) -> None:
    assert verdict_of(tuple(Finding(0, rule, "x") for rule in found)) == verdict
