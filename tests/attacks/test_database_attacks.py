"""Done-when 4, with the real command line: whoever owns the database adds what they like.

The row, its leaf and the head are written by raw SQL, as an administrator can. No alias and
no view moves, ``verify`` names the rule and the position, and everybody else goes on.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ledger.model.events import Event, ReleaseCompleted, ReleaseStarted
from ledger.seal.envelope import seal
from ledger.seal.merkle import leaf_hash, push, root
from ledger.service import Signer, place
from tests.acts import prepared
from tests.cli.conftest import LedgerFolder, placed_of
from tests.cli.opened import opened
from tests.organisation import Organisation, change, digest, stack

CHURN = "churn/production"
DERIVED = {"entries", "findings", "standing", "standing_roots", "tracking"}
"""What grows with every entry, whatever it is worth; all other tables are the truth."""


@pytest.fixture
def org() -> Organisation:
    """Proposal 1 was released, 2 is ready; proposal 3, to another alias, has nobody's consent."""
    made = ready()
    made.open("frank", change(alias=CHURN))
    return made


def ready() -> Organisation:
    """A stable stack, and a proposal to which only the start is missing."""
    made = Organisation()
    made.release(change(stack(model="m0")))
    return prepared(made)[0]


@pytest.fixture
def ledger(org: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """Their ledger on disk, with its evidence, verified by this client."""
    monkeypatch.setenv("ASSENT_NOW", "2026-09-22T00:00:00Z")
    folder = on_disk(org, tmp_path / "ledger")
    assert folder.assent("verify").exit == 0
    assert folder.assent("status").exit == 0
    return folder


def on_disk(org: Organisation, path: Path) -> LedgerFolder:
    """The ledger of *org* with the report its evidence is about."""
    folder = LedgerFolder(path, org)
    report = folder.evidence / digest("report")[7:9] / digest("report")[9:]
    report.parent.mkdir()
    report.write_text("report")
    return folder


def insert(
    ledger: LedgerFolder, raw: bytes, stream: str, version: int, kind: str, *, leaf: bool = True
) -> int:
    """Insert a row, its leaf and the head that follows, by raw SQL; where it stands."""
    ledger.sql()
    with closing(sqlite3.connect(ledger.log)) as db:
        row = db.execute(
            "INSERT INTO stored_events (originator_id, originator_version, topic, state)"
            " VALUES (?, ?, ?, ?)",
            (stream, version, kind, raw),
        ).lastrowid
        leaves = [
            one for (one,) in db.execute("SELECT leaf_hash FROM merkle_leaf ORDER BY leaf_index")
        ]
        if leaf:
            leaves.append(leaf_hash(raw))
            db.execute(
                "INSERT INTO merkle_leaf VALUES (?, ?, ?)", (len(leaves) - 1, row, leaves[-1])
            )
        frontier: tuple[bytes, ...] = ()
        for size, one in enumerate(leaves):
            frontier = push(size, frontier, one)
        db.execute(
            "UPDATE merkle_head SET size = ?, frontier = ?, root = ?",
            (len(leaves), b"".join(frontier), root(frontier)),
        )
        db.commit()
    return len(leaves) - leaf


def views_of(ledger: LedgerFolder) -> dict[str, list[Any]]:
    """Every table of the views that says what is true."""
    assert ledger.assent("views", "sync").exit == 0
    with closing(sqlite3.connect(ledger.state.views)) as db:
        names = [n for (n,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: sorted(db.execute(f"SELECT * FROM {name}").fetchall(), key=repr)  # noqa: S608 - its own tables
            for name in names
            if name not in DERIVED
        }


def aliases_of(ledger: LedgerFolder) -> list[Any]:
    """What runs where and what the gate says, but for the position it is told as of."""
    told = [ledger.assent("alias", "show", a, "--json") for a in ("fraud/production", CHURN)]
    told += [ledger.assent("gate", number, "--json") for number in (1, 2, 3)]
    assert [one.exit for one in told] == [0, 2, 3, 0, 8], told
    bodies = [one.json for one in told]
    for body in bodies:
        body.pop("as_of", None)
        body.get("assessment", {}).pop("position", None)
    return bodies


def found(ledger: LedgerFolder) -> tuple[int, str, list[tuple[int | None, str]]]:
    """Exit status, verdict, and position and rule of each finding."""
    result = ledger.assent("verify", "--json")
    body = result.json
    named = [(one["position"], one["rule"]) for one in body["findings"]]
    return result.exit, body["verdict"], named


def everybody_goes_on(ledger: LedgerFolder) -> None:
    """The whole way of both proposals, by everybody but the intruder's key alone."""
    for words, name in (
        (("proposal", "comment", 2, "go on"), "frank"),
        (("proposal", "comment", 3, "and on"), "erin"),
        (("release", "start", 2), "omar"),
        (("release", "complete", "fraud/production"), "omar"),
        (("evidence", "attach", 3, "--from", 2), "erin"),
    ):
        result = ledger.assent(*words, as_=name)
        assert result.exit == 0, result.err
    for name, role in (("alice", "model-owner"), ("dana", "data-owner")):
        body = ledger.assent("proposal", "show", 3, "--json").json["assessment"]
        result = ledger.assent(
            "proposal", "approve", 3, "--role", role, "--expect", body["review_digest"], as_=name
        )
        assert result.exit == 0, result.err
    for words in (("release", "start", 3), ("release", "complete", CHURN)):
        result = ledger.assent(*words, as_="omar")
        assert result.exit == 0, result.err
    shown = ledger.assent("alias", "show", CHURN, "--json").json
    assert shown["stable"]["proposal"] == 3
    assert opened(ledger) == 4


def unconsented(org: Organisation, start: ReleaseStarted) -> Event:
    of = org.standing.numbered(3)
    assert of is not None
    return start.model_copy(update={"proposal": of.id, "alias": CHURN})


def another_stack(_: Organisation, start: ReleaseStarted) -> Event:
    return start.model_copy(update={"stack": stack(["everything"])})


def as_it_would_be(_: Organisation, start: ReleaseStarted) -> Event:
    return start


def completed_at_once(_: Organisation, start: ReleaseStarted) -> Event:
    return ReleaseCompleted(
        alias=start.alias, proposal=start.proposal, review=start.review, observation=None
    )


FORGED: list[tuple[str, Callable[[Organisation, ReleaseStarted], Event], str]] = [
    ("omar", unconsented, "not-ready"),
    ("omar", another_stack, "event-differs"),
    ("frank", as_it_would_be, "not-operator"),
    ("omar", completed_at_once, "no-candidate"),
]


@pytest.mark.parametrize(
    ("name", "forge", "rule"), FORGED, ids=[one[1].__name__.replace("_", "-") for one in FORGED]
)
def test_a_signed_release_that_nobody_allowed_moves_nothing_and_stops_nobody(
    org: Organisation,
    ledger: LedgerFolder,
    name: str,
    forge: Callable[[Organisation, ReleaseStarted], Event],
    rule: str,
) -> None:
    start = ready()
    of = start.standing.numbered(2)
    assert of is not None
    legitimate = start.start("omar", of.id).entry
    assert legitimate is not None
    assert isinstance(legitimate.event, ReleaseStarted)
    event = forge(org, legitimate.event)
    signer = Signer(name, org.keys[name])
    entry = place(org.standing, event, signer, now=org.now + 1, ledger_id=org.id)
    raw = seal(entry.payload(), signer.key)
    before = aliases_of(ledger), views_of(ledger)

    position = insert(ledger, raw, entry.stream, entry.version, entry.event.kind)

    assert (aliases_of(ledger), views_of(ledger)) == before
    assert found(ledger) == (3, "refused", [(position, rule)])
    everybody_goes_on(ledger)
    assert found(ledger) == (3, "refused", [(position, rule)])
    note = ("audit", "acknowledge", position, "--note", "an intruder; the key was changed")
    assert ledger.assent(*note, as_="rita").exit == 0
    assert found(ledger) == (0, "verified", [])


def next_place(org: Organisation, noun: str) -> tuple[str, int]:
    """The stream and version that the next honest entry of that kind will ask for."""
    of = org.standing.numbered(3)
    assert of is not None
    stream = f"{noun}:{of.effect.alias if noun == 'alias' else of.id}"
    last = org.standing.place(stream)
    return stream, 1 if last is None else last.version + 1


@pytest.mark.parametrize("noun", ["proposal", "talk", "alias"])
def test_rubbish_in_the_next_place_of_a_stream_stops_nobody(
    org: Organisation, ledger: LedgerFolder, noun: str
) -> None:
    stream, version = next_place(org, noun)
    before = aliases_of(ledger), views_of(ledger)

    position = insert(ledger, b"rubbish", stream, version, "comment.made")

    assert (aliases_of(ledger), views_of(ledger)) == before
    assert found(ledger) == (3, "refused", [(position, "not-two-lines")])
    everybody_goes_on(ledger)
    note = ("audit", "acknowledge", position, "--note", "rubbish")
    assert ledger.assent(*note, as_="rita").exit == 0
    assert found(ledger) == (0, "verified", [])


@pytest.mark.parametrize("noun", ["proposal", "talk", "alias"])
def test_a_squatter_without_a_leaf_is_at_no_position_and_stops_nobody(
    org: Organisation, ledger: LedgerFolder, noun: str
) -> None:
    stream, version = next_place(org, noun)
    size = ledger.size()
    before = aliases_of(ledger), views_of(ledger)

    assert insert(ledger, b"rubbish", stream, version, "comment.made", leaf=False) == size

    assert (aliases_of(ledger), views_of(ledger)) == before
    assert found(ledger) == (3, "refused", [(size, "stray-row")])
    everybody_goes_on(ledger)
    assert found(ledger) == (3, "refused", [(size, "stray-row")])
    # It is in no history, so nobody can sign a note about it: whoever owns the file removes it.
    # The entry that made way for it says so in a column, which is no part of any history either.
    ledger.sql(
        "DELETE FROM stored_events WHERE state = x'72756262697368'",
        "UPDATE stored_events SET squat = 0",
    )
    assert found(ledger)[0] == 0


def test_an_honest_entry_put_in_twice_is_a_finding_and_stops_nobody(
    org: Organisation, ledger: LedgerFolder
) -> None:
    raw = org.envelopes[-1]
    placed = placed_of(raw)
    before = aliases_of(ledger), views_of(ledger)

    position = insert(ledger, raw, placed.stream, placed.version + 1, placed.kind)

    assert (aliases_of(ledger), views_of(ledger)) == before
    code, verdict, named = found(ledger)
    assert (code, verdict) == (3, "refused")
    assert (position, "out-of-place") in named
    assert {where for where, _ in named} == {position}
    everybody_goes_on(ledger)
