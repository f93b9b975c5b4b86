"""``assent audit who | why | watched``: answers that cite the entries that say so."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cli.auditing.stood import before_closing, differences
from ledger.decide.cases import assess_proposal
from ledger.model.entry import parse_entry
from ledger.model.events import ReleaseStarted
from ledger.model.terms import parse_instant
from ledger.seal.envelope import peek_unverified
from projections.rows import checksum
from tests.cli.audited import moved_in, shared, told
from tests.cli.conftest import LedgerFolder
from tests.cli.exceptional_ledgers import code, lines_of
from tests.cli.staged_ledgers import PRODUCTION, STAGING, completed, on_disk
from tests.organisation import Organisation
from tests.signer_acts import disown

Json = dict[str, Any]

RUNS = "4"
"""The number of what production runs when the story ends."""

COURSE = {
    "opened": "proposal.opened",
    "started": "release.started",
    "completed": "release.completed",
}
"""The entries by which a stack came to run, and what stands there."""


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LedgerFolder]:
    with shared(tmp_path_factory.mktemp("audited"), told()) as ledger:
        yield ledger


@pytest.fixture
def ledger(story: LedgerFolder, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """The whole story; tests only read it."""
    moved_in(monkeypatch, story)
    return story


def asked(ledger: LedgerFolder, question: str, *more: str) -> Json:
    result = ledger.assent("audit", question, PRODUCTION, "--json", *more)
    assert result.exit == 0, result.err
    body: Json = result.json
    return body


def event_at(ledger: LedgerFolder, position: int) -> Json:
    """The event that stands at *position*, with its signer, by ``assent show``."""
    entry = ledger.assent("show", position, "--json").json["entry"]
    event: Json = {**entry["event"], "signer": entry["by"]["signer"], "key": entry["by"]["key"]}
    return event


def test_why_cites_the_entries_by_which_it_was_allowed(ledger: LedgerFolder) -> None:
    body = asked(ledger, "why")
    started = event_at(ledger, body["started_position"])

    assert body["schema"] == "why/1"
    assert (body["proposal"], body["runs"]["candidate"]) == (int(RUNS), 8)
    assert event_at(ledger, body["opened_position"])["kind"] == "proposal.opened"
    assert event_at(ledger, body["runs"]["position"])["kind"] == "release.completed"
    assert event_at(ledger, body["policy"]["position"])["kind"] == "ledger.founded"
    assessed = body["assessment"]
    assert (started["review"], started["tier"], started["policy"]) == (
        *(assessed["review_digest"], assessed["tier"]),
        assessed["policy"],
    )
    for one in body["approvals"]:
        given = event_at(ledger, one["position"])
        assert (given["signer"], given["role"]) == (one["signer"], one["role"])
    assert [(one["signer"], one["on_behalf"]) for one in body["approvals"]] == [("sam", "alice")]
    assert event_at(ledger, body["approvals"][0]["delegation_position"])["to"] == "sam"
    for one in body["evidence"]:
        assert event_at(ledger, one["position"])["digest"] == one["digest"]
    assert body["anew"] == {
        "equal": True,
        "signed_position": body["started_position"],
        "differs": [],
    }


def test_why_says_how_old_each_document_was_then_and_which_one_decided(
    ledger: LedgerFolder,
) -> None:
    body = asked(ledger, "why")
    judged = parse_instant(body["assessment"]["at"])

    first, second, third = body["evidence"]
    assert [one["name"] for one in (first, second, third)] == [
        "first.json",
        "second.json",
        "third.json",
    ]
    assert [one["counts"] for one in (first, second, third)] == [False, False, True]
    assert {one["decided_by_position"] for one in body["evidence"]} == {third["position"]}
    assert [judged - one["age_seconds"] for one in body["evidence"]] == [
        parse_instant(one["at"]) for one in body["evidence"]
    ]
    [number] = next(one for one in body["requirements"] if one["id"] == "quality")["numbers"]
    assert (number["value"], number["baseline"], number["change"]) == ("0.95", "0.95", "0")
    rests_on = {one["id"]: one["rests_on"] for one in body["requirements"]}
    assert rests_on["evaluation"] == [third["position"]]
    assert rests_on["model-owner"] == [body["approvals"][0]["position"]]


def test_why_reads_in_one_look(ledger: LedgerFolder) -> None:
    lines = lines_of(ledger.assent("audit", "why", PRODUCTION))

    assert lines[0] == f"Why {PRODUCTION} runs #4"
    assert "runs since 2026-09-25T14:14:11Z, position 51" in lines
    assert "policy 1, in force since position 0, founded with it" in lines
    assert "tier high, because of declared" in lines
    assert (
        "judged anew complete, and equal to what was signed at position 46"
        " (by 2026-09-23T14:14:06Z)"
    ) in lines
    assert "37 evaluation-report by erin 9s old does not count: the one at position 38 decides" in (
        lines
    )
    assert "satisfied quality 38 and the numbers are good" in lines
    assert "44 sam model-owner, lent by alice 2026-09-23T14:14:04Z" in lines


def test_the_alias_cites_where_what_it_runs_was_asked_for_started_and_completed(
    ledger: LedgerFolder,
) -> None:
    stable = ledger.assent("alias", "show", PRODUCTION, "--json").json["stable"]

    cited = {name: event_at(ledger, stable[f"{name}_position"])["kind"] for name in COURSE}
    assert cited == COURSE
    assert stable["position"] == stable["completed_position"]


def test_who_says_what_each_approval_had_seen_and_whether_it_counted(
    ledger: LedgerFolder,
) -> None:
    body = asked(ledger, "who")

    told_of = [
        (one["signer"], one["counts"], one["why_not"], one["saw"]["revision"])
        for one in body["approvals"]
    ]
    assert told_of == [
        ("bob", False, "of revision 1; revision 2 came at position 36", 1),
        ("bob", False, "taken back at position 43", 2),
        ("sam", True, None, 2),
    ]
    for one in body["approvals"]:
        given = event_at(ledger, one["position"])
        assert one["saw"]["review_digest"] == given["review"]
        assert one["saw"]["evidence"] == given["binding"]["evidence"]
        assert {"key": one["key"], "role": one["role"]}.items() <= given.items()
    lent = event_at(ledger, body["approvals"][2]["role_position"])
    assert (lent["kind"], lent["signer"], lent["to"]) == ("signer.delegated", "alice", "sam")
    [veto] = body["rejections"]
    assert event_at(ledger, veto["position"])["reason"] == veto["reason"] == "no"
    assert event_at(ledger, veto["retracted_position"])["kind"] == "rejection.retracted"


def test_who_lists_every_act_with_the_key_that_signed_it(ledger: LedgerFolder) -> None:
    body = asked(ledger, "who")

    kinds = [act["kind"] for act in body["acts"]]
    assert [act["position"] for act in body["acts"]] == sorted(
        {act["position"] for act in body["acts"]}
    )
    assert kinds.count("evidence.attached") == 3
    assert kinds[-6:] == [
        "observation.recorded",
        "release.advanced",
        "observation.recorded",
        "release.advanced",
        "release.completed",
        "observation.recorded",
    ]
    for act in body["acts"]:
        signed = event_at(ledger, act["position"])
        assert (signed["kind"], signed["signer"], signed["key"]) == (
            *(act["kind"], act["signer"], act["key"]),
        )
    assert (body["contributors"], body["parties"]) == (["rita"], ["frank", "rita"])
    lines = lines_of(ledger.assent("audit", "who", PRODUCTION))
    assert "sam approved as model-owner, position 44" in lines
    assert "role model-owner, lent by alice at position 41" in lines
    assert "DID NOT COUNT taken back at position 43" in lines


def test_watched_holds_each_number_against_its_bounds_once_more(ledger: LedgerFolder) -> None:
    body = asked(ledger, "watched")

    stages = {one["stage"]: one for one in body["stages"]}
    assert list(stages) == ["shadow", "guarded", "general"]
    assert event_at(ledger, stages["shadow"]["entered_position"])["kind"] == "release.started"
    assert event_at(ledger, stages["guarded"]["passed_position"])["stage"] == "general"
    assert stages["guarded"]["bounds"] == ["retry_rate: at most 0.05"]
    seen = body["observations"]
    assert [one["stage"] for one in seen] == ["shadow", "guarded", None]
    assert stages["guarded"]["observation"] == seen[1]["position"]
    [number] = seen[1]["numbers"]
    assert (number["value"], number["bounds"], number["complaints"]) == ("0.01", "max 0.05", [])
    for one in seen:
        reported = event_at(ledger, one["position"])
        assert (reported["start"], reported["until"]) == (one["start"], one["until"])
        assert [number["value"] for number in reported["metrics"]] == [
            number["value"] for number in one["numbers"]
        ]
        assert one["passing"] is one["judged_passing"] is True
    assert body["window"]["until"] == "2026-10-02T14:14:11Z"


def test_watched_says_what_was_taken_back_since(ledger: LedgerFolder) -> None:
    body = asked(ledger, "watched")

    [back] = body["rolled_back_since"]
    assert back["proposal"] == 6
    assert event_at(ledger, back["position"])["kind"] == "release.rolled-back"
    assert (back["by"], back["in_time"], back["review"]["closed_by"]) == ("watchdog", True, "rita")
    assert event_at(ledger, back["review"]["closed_position"])["kind"] == "review.closed"
    lines = lines_of(ledger.assent("audit", "watched", PRODUCTION))
    assert "Taken back since: #6" in lines
    assert "guarded watchdog or evaluation-owner retry_rate: at most 0.05" in lines
    assert "under way #8: assent audit dossier 8" in lines


@pytest.mark.parametrize("question", ["why", "who", "watched"])
def test_as_of_a_position_the_answer_is_the_one_given_then(
    question: str, story: LedgerFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shared(tmp_path, told(2)) as earlier:
        moved_in(monkeypatch, earlier, later=0)
        then = asked(earlier, question)
        last = str(earlier.size() - 1)
    moved_in(monkeypatch, story)

    later = asked(story, question)

    assert asked(story, question, "--as-of", last) == then
    assert later != then


@pytest.mark.parametrize("question", ["why", "who", "watched"])
@pytest.mark.parametrize(
    ("alias", "as_of", "exit_", "word"),
    [
        ("fraud/nowhere", None, 2, "unknown-alias"),
        (PRODUCTION, "12", 2, "unknown-alias"),
        (PRODUCTION, "25", 3, "nothing-runs"),
        (PRODUCTION, "99999", 2, "no-such-position"),
    ],
)
def test_nothing_is_said_of_what_never_ran(  # noqa: PLR0917 - one for each way
    question: str, alias: str, as_of: str | None, exit_: int, word: str, ledger: LedgerFolder
) -> None:
    more = () if as_of is None else ("--as-of", as_of)

    assert code(ledger.assent("audit", question, alias, *more)) == (exit_, word)


@pytest.mark.parametrize("question", ["why", "who", "watched"])
def test_an_answer_is_a_page_as_well(question: str, ledger: LedgerFolder, tmp_path: Path) -> None:
    page = tmp_path / "answer.html"

    result = ledger.assent("audit", question, PRODUCTION, "--html", page)

    assert (result.exit, result.out) == (0, "")
    text = page.read_text()
    assert f"{PRODUCTION} runs #4 since" in text
    assert "position 51; as of" in text


def test_what_a_stack_in_staging_runs_needed_nobodys_approval(ledger: LedgerFolder) -> None:
    body = ledger.assent("audit", "why", STAGING, "--json").json

    assert body["approvals"] == []
    assert {one["status"] for one in body["requirements"] if one["id"] == "model-owner"} == {
        "not-applicable"
    }
    assert body["anew"]["equal"] is True


def test_a_standing_that_judges_otherwise_is_told_loudly(
    ledger: LedgerFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who can write the auditor's own views has not signed the start."""
    with shared(tmp_path, ledger.organisation) as own:
        moved_in(monkeypatch, own)
        assert asked(own, "why")["anew"]["equal"] is True
        state = own.organisation.standing.numbered(int(RUNS))
        assert state is not None
        replace_in_standing(own, state.key, b'"auc"', b'"acu"')

        result = own.assent("audit", "why", PRODUCTION)
        machine = own.assent("audit", "who", PRODUCTION, "--json")
        with closing(sqlite3.connect(own.state.views)) as connection:
            connection.execute("UPDATE observations SET passing = 0")
            connection.commit()
        watched = own.assent("audit", "watched", PRODUCTION)

    assert code(result) == (4, "judged-otherwise")
    assert "JUDGED ANEW IT DIFFERS from what was signed at position 46" in result.out
    assert "auc is missing" in result.out
    assert (machine.exit, json.loads(machine.out)["anew"]["equal"]) == (4, False)
    assert code(watched) == (4, "judged-otherwise")
    assert "passes, and WAS JUDGED OTHERWISE then" in watched.out


def replace_in_standing(ledger: LedgerFolder, key: str, old: bytes, new: bytes) -> None:
    """Change what the auditor's own state keeps, as somebody with write access to it would."""
    with closing(sqlite3.connect(ledger.state.views)) as connection:
        query = "SELECT value FROM standing WHERE key = ?"
        (value,) = connection.execute(query, (key,)).fetchone()
        changed = bytes(value).replace(old, new)
        assert changed != value
        connection.execute(
            "UPDATE standing SET value = ?, checksum = ? WHERE key = ?",
            (changed, checksum(changed), key),
        )
        connection.commit()


@pytest.mark.parametrize(
    ("what", "signed"),
    [
        ("review digest", {"review": "sha256:" + "0" * 64}),
        ("revision", {"revision": 7}),
        ("policy", {"policy": 7}),
        ("tier", {"tier": "low"}),
        ("alias", {"alias": "fraud/other"}),
        ("first stage", {"stage": "general"}),
        ("exceptions", {"exceptions": ("00000000-0000-0000-0000-000000000001",)}),
        ("numbers", {"metrics": ()}),
    ],
)
def test_each_thing_that_a_start_signs_is_held_against_what_is_judged(
    what: str, signed: dict[str, Any], story: LedgerFolder
) -> None:
    org = story.organisation
    state = org.standing.numbered(int(RUNS))
    assert state is not None
    assert state.closed_position is not None
    entry = parse_entry(peek_unverified(org.envelopes[state.closed_position]))
    found = assess_proposal(org.standing, before_closing(state), org.now, people=False)
    policy = org.standing.policy(found.policy)
    assert isinstance(entry.event, ReleaseStarted)
    changed = entry.event.model_dump() | signed
    forged = ReleaseStarted.model_validate(changed)

    assert list(differences(found, state, policy, entry.event)) == []
    assert [one.what for one in differences(found, state, policy, forged)] == [what]


def test_a_release_that_lost_its_consent_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(org: Organisation) -> None:
        state = org.proposal(completed(org))
        org.now += 60
        disown(org, "dana", state.opened_position)

    ledger = on_disk(tmp_path, monkeypatch, lost)

    body = asked(ledger, "why")
    who = asked(ledger, "who")

    assert event_at(ledger, body["lost_position"])["kind"] == "signer.disowned"
    assert body["anew"]["equal"] is True
    assert [(one["signer"], one["counts"]) for one in who["approvals"]] == [
        ("alice", True),
        ("dana", True),
    ]
    votes = ledger.assent("audit", "dossier", 3, "--json").json["who"]["approvals"]
    assert [(one["role"], one["role_position"], one["counts"]) for one in votes] == [
        ("root", 0, True),
        ("root", 0, True),
    ]
    lines = lines_of(ledger.assent("audit", "why", PRODUCTION))
    where = f"at position {body['lost_position']}, as a key was disowned that it rested on"
    assert f"LOST ITS CONSENT {where}" in lines
