"""``assent verify``: the verdict, what backs it, and what a change behind its back leads to."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger.seal.merkle import leaf_hash, push, root
from ledger.store.state import Mark
from tests.cli.conftest import LedgerFolder, MakeLedger, placed_of
from tests.organisation import Organisation, digest
from tests.shell import Result

END = 7
"""The last position of the founded ledger."""

FOREIGN_ROW = "INSERT INTO stored_events VALUES (9, 'ledger', 2, 'comment.made', x'00', 0)"
FOREIGN_LEAF = "INSERT INTO merkle_leaf VALUES (8, 3, zeroblob(32))"


FEWER = {
    "alice": ["model-owner"],
    "dana": ["data-owner"],
    "erin": ["evaluation-owner"],
    "omar": ["release-owner"],
}
"""People of another ledger."""


def found(result: Result) -> list[tuple[int | None, str]]:
    """Position and rule of each finding."""
    return [(one["position"], one["rule"]) for one in result.json["findings"]]


def rewritten(ledger: LedgerFolder, envelopes: list[bytes]) -> None:
    """Make the store hold *envelopes* instead, with index and head that fit them."""
    frontier: tuple[bytes, ...] = ()
    with closing(sqlite3.connect(ledger.log)) as connection:
        ledger.sql()
        connection.execute("DELETE FROM merkle_leaf")
        connection.execute("DELETE FROM stored_events")
        for position, raw in enumerate(envelopes):
            leaf = leaf_hash(raw)
            frontier = push(position, frontier, leaf)
            placed = placed_of(raw)
            connection.execute(
                "INSERT INTO stored_events VALUES (?, ?, ?, ?, ?, 0)",
                (position + 1, placed.stream, placed.version, placed.kind, raw),
            )
            connection.execute(
                "INSERT INTO merkle_leaf VALUES (?, ?, ?)", (position, position + 1, leaf)
            )
        size = len(envelopes)
        connection.execute(
            "UPDATE merkle_head SET size = ?, frontier = ?, root = ?",
            (size, b"".join(frontier), root(frontier)),
        )
        connection.commit()


def test_a_sound_log_is_verified_up_to_its_end(ledger: LedgerFolder) -> None:
    result = ledger.assent("verify")

    head = root(ledger.organisation.standing.head.frontier).hex()
    assert result.exit == 0
    assert result.out.splitlines()[0] == f"verified up to position {END}, root {head}"
    assert "this ledger is a rehearsal" in result.out


def test_verify_says_whether_a_mark_backs_it_and_moves_the_mark(ledger: LedgerFolder) -> None:
    first = ledger.assent("verify", "--json").json
    second = ledger.assent("verify", "--json").json

    assert (first["backed_by"], second["backed_by"]) == (None, {"mark": END + 1})
    assert ledger.state.mark() == Mark(END + 1, bytes.fromhex(first["root"]))
    assert "a cut end would not show" not in ledger.assent("verify").out


def test_the_answer_for_programs_has_every_key_of_the_contract(ledger: LedgerFolder) -> None:
    body = ledger.assent("verify", "--json").json

    assert body["schema"] == "verification/1"
    assert (body["verdict"], body["size"], body["entries"]) == ("verified", END + 1, END + 1)
    assert (body["findings"], body["acknowledged"], body["checkpoint"]) == ([], [], None)
    assert (body["rehearsal"], body["solo"]) == (True, False)
    assert 0 <= body["seconds"] < 60


def test_a_ledger_nobody_pinned_is_uncheckable(make_ledger: MakeLedger) -> None:
    ledger = make_ledger(pin=False)

    result = ledger.assent("verify", "--json")

    assert (result.exit, result.json["verdict"]) == (5, "uncheckable")
    assert found(result) == [(None, "never-pinned")]
    assert ledger.assent("verify", "--ledger-id", ledger.id).exit == 0


def test_someone_elses_ledger_in_the_folder_is_tampering(make_ledger: MakeLedger) -> None:
    mine, other = make_ledger(), make_ledger(people=FEWER, name="b")
    mine.log.write_bytes(other.log.read_bytes())

    result = mine.assent("verify", "--json")

    assert (result.exit, result.json["verdict"]) == (4, "tampered")
    assert found(result) == [(0, "other-ledger")]
    assert (result.json["findings"][0]["expected"]) == mine.id
    assert (result.json["findings"][0]["actual"]) == other.id


@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize(
    ("statement", "position"),
    [
        (
            "UPDATE stored_events SET state = substr(state, 2) WHERE rowid = 2",
            1,
        ),
        ("UPDATE stored_events SET originator_version = 9 WHERE rowid = 4", 3),
        ("UPDATE stored_events SET topic = 'comment.made' WHERE rowid = 4", 3),
        ("UPDATE merkle_leaf SET leaf_hash = zeroblob(32) WHERE leaf_index = 3", 3),
        ("UPDATE merkle_leaf SET notification_id = 5 WHERE leaf_index = 3", 3),
        ("DELETE FROM stored_events WHERE rowid = 1", 0),
        ("DELETE FROM stored_events WHERE rowid = 4", 3),
        ("DELETE FROM merkle_leaf WHERE leaf_index = 3", 3),
        ("DELETE FROM merkle_leaf WHERE leaf_index = 0", 0),
        ("UPDATE merkle_leaf SET leaf_index = 99 WHERE leaf_index = 3", 3),
        ("UPDATE merkle_head SET root = zeroblob(32)", None),
        ("DELETE FROM merkle_head", None),
        (FOREIGN_ROW, END + 1),
        (FOREIGN_LEAF, END + 1),
    ],
)
def test_every_change_of_a_row_is_found_and_placed(
    ledger: LedgerFolder, statement: str, position: int | None, *, marked: bool
) -> None:
    if marked:
        assert ledger.assent("verify").exit == 0
    ledger.sql(statement)

    result = ledger.assent("verify", "--json")

    assert result.exit in {3, 4}, result
    assert position is None or position in [where for where, _ in found(result)]
    assert ledger.assent("verify").exit == result.exit


@pytest.mark.parametrize("kept", [1, 4, 7])
def test_a_cut_end_is_a_log_rolled_back(ledger: LedgerFolder, kept: int) -> None:
    ledger.assent("verify")
    rewritten(ledger, ledger.organisation.envelopes[:kept])

    result = ledger.assent("verify", "--json")

    assert (result.exit, result.json["verdict"]) == (4, "rolled-back")
    assert (kept, "log-shorter") in found(result)


def test_where_only_the_mark_disagrees_the_first_other_entry_is_named(
    ledger: LedgerFolder,
) -> None:
    """Everybody signed another history: all of it holds, but it is not what was seen."""
    ledger.assent("verify")
    ledger.assent("status")
    other = Organisation(accept=False)
    order = list(other.keys)
    for name in [*order[:3], *reversed(order[3:])]:
        other.accept(name)
    assert other.id == ledger.id
    rewritten(ledger, other.envelopes)

    result = ledger.assent("verify", "--json")

    assert (result.exit, result.json["verdict"]) == (4, "tampered")
    assert found(result) == [(4, "root-differs")]


def test_a_receipt_behind_the_end_shows_a_cut_without_any_mark(ledger: LedgerFolder) -> None:
    ledger.assent("status")
    (ledger.state.folder / "receipts.jsonl").write_text(
        '{"leaf":"' + "00" * 32 + f'","position":{END + 1}}}\n'
    )
    (ledger.state.folder / "mark").unlink()

    result = ledger.assent("verify", "--json")

    assert (result.exit, found(result)) == (4, [(END + 1, "log-shorter")])


@pytest.mark.parametrize("cut", [0, 50, 5_000])
def test_a_file_that_is_no_log_is_never_a_traceback(ledger: LedgerFolder, cut: int) -> None:
    ledger.log.write_bytes(ledger.log.read_bytes()[:cut])

    for words in (("verify",), ("verify", "--json")):
        result = ledger.assent(*words)
        assert result.exit in {4, 5}, result
        assert "Traceback" not in result.out + result.err
        assert not result.err.startswith("bug")


def test_a_log_that_is_gone_is_uncheckable(ledger: LedgerFolder) -> None:
    ledger.log.unlink()

    result = ledger.assent("verify", "--json")

    assert (result.exit, result.json["verdict"]) == (5, "uncheckable")
    assert found(result) == [(None, "store-unavailable")]


@pytest.mark.parametrize("damage", ["missing", "rubbish", "emptied"])
def test_the_log_is_verified_whatever_became_of_the_views(
    ledger: LedgerFolder, damage: str
) -> None:
    ledger.assent("status")
    views = ledger.state.views
    for tail in ("-wal", "-shm"):
        views.with_name(views.name + tail).unlink(missing_ok=True)
    if damage == "missing":
        views.unlink()
    else:
        views.write_bytes(b"no database at all" * 100 if damage == "rubbish" else b"")

    result = ledger.assent("verify")

    assert result.out.startswith("verified up to position 7")
    assert result.exit == (7 if damage == "rubbish" else 0), result
    assert ledger.assent("views", "rebuild").exit == 0
    assert ledger.assent("verify").exit == 0


def test_stored_views_that_differ_from_the_log_are_drift(ledger: LedgerFolder) -> None:
    ledger.assent("status")
    with closing(sqlite3.connect(ledger.state.views)) as connection:
        connection.execute("UPDATE signers SET roles = '[\"release-owner\"]' WHERE id = 'frank'")
        connection.commit()

    result = ledger.assent("verify", "--json")

    assert (result.exit, result.json["verdict"]) == (7, "verified")
    assert "views-differ" in result.err
    assert "signers frank" in result.err
    assert ledger.assent("views", "rebuild").exit == 0
    assert ledger.assent("verify").exit == 0


def test_evidence_is_looked_at_again(tmp_path: Path) -> None:
    made = Organisation()
    of = made.open("frank")
    made.attach("erin", of, document="report")
    ledger = LedgerFolder(tmp_path / "with-evidence", made)
    place = ledger.evidence / digest("report")[7:9] / digest("report")[9:]

    missing = ledger.assent("verify", "--json")
    assert (missing.exit, missing.json["verdict"]) == (5, "uncheckable")
    assert found(missing) == [(END + 2, "evidence-missing")]

    place.parent.mkdir()
    place.write_text("rapport")
    changed = ledger.assent("verify", "--json")
    assert (changed.exit, changed.json["verdict"]) == (4, "tampered")
    assert found(changed) == [(END + 2, "evidence-differs")]

    place.write_text("report")
    assert ledger.assent("verify").exit == 0


def test_a_refused_entry_is_a_finding_until_somebody_takes_note(tmp_path: Path) -> None:
    made = Organisation()
    made.smuggle(b"rubbish")
    made.now += 1
    ledger = LedgerFolder(tmp_path / "with-rubbish", made)

    refused = ledger.assent("verify", "--json")
    assert (refused.exit, refused.json["verdict"]) == (3, "refused")
    assert found(refused) == [(END + 1, "not-two-lines")]

    note = ("audit", "acknowledge", END + 1, "--note", "an intruder; the key was changed")
    assert ledger.assent(*note, as_="frank").err.startswith("not-auditor: ")
    assert ledger.assent(*note, as_="rita").exit == 0

    verified = ledger.assent("verify", "--json")
    assert (verified.exit, verified.json["verdict"]) == (0, "verified")
    assert [one["position"] for one in verified.json["acknowledged"]] == [END + 1]
    assert "acknowledged:" in ledger.assent("verify").out
    assert ledger.assent(*note, as_="alice").err.startswith("already-acknowledged: ")


def test_what_an_intruder_wrote_reaches_no_terminal_unescaped(tmp_path: Path) -> None:
    made = Organisation()
    ledger = LedgerFolder(tmp_path / "with-escapes", made)
    ledger.sql(
        "INSERT INTO stored_events (originator_id, originator_version, topic, state)"
        " VALUES ('x' || char(27) || '[2J' || char(8238), 2, 'comment.made', x'00')"
    )

    result = ledger.assent("verify")

    assert result.exit == 3
    assert "stray-row" in result.out
    assert "\x1b" not in result.out
    assert "\u202e" not in result.out
