"""A release that was started under an exception and owes: said wherever somebody looks."""

import json
from pathlib import Path

import pytest

from tests.change_files import write_report
from tests.cli.conftest import LedgerFolder
from tests.cli.exceptional_ledgers import (
    EXCEPTION,
    FILE,
    OF,
    asked,
    code,
    exceptional_on_disk,
    lines_of,
    owing,
    waiting,
    waived,
)
from tests.cli.opened import assessed
from tests.cli.staged_ledgers import DAY, PRODUCTION, seen, set_clock
from tests.decide.rollouts import in_staging
from tests.exception_acts import granted, urgent, waiving
from tests.organisation import Organisation, change, metric, stack
from tests.policies import exceptional
from tests.shell import Result


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """A ledger with a release under way that owes alice's approval for a day."""
    return exceptional_on_disk(tmp_path, monkeypatch, owing)


def owed(ledger: LedgerFolder) -> dict[str, object] | None:
    found: dict[str, object] | None = ledger.assent("proposal", "show", OF, "--json").json["owed"]
    return found


def approve(ledger: LedgerFolder, *more: str, digest: object = None) -> Result:
    expected = owed(ledger) or {}
    words = ("proposal", "approve", OF, "--role", "model-owner", "--expect")
    return ledger.assent(*words, str(digest or expected["review_digest"]), *more, as_="alice")


def test_the_proposal_says_what_is_missing_by_when_and_who_could(ledger: LedgerFolder) -> None:
    shown = lines_of(ledger.assent("proposal", "show", OF))

    found = owed(ledger)
    assert shown[0] == "#2 fraud/production: closed"
    assert "#2 WAS RELEASED UNDER AN EXCEPTION, and still lacks" in shown
    assert "model-owner approval of 1 model-owner (could: alice, bob, mona)" in shown
    assert any("until 2026" in line and "under exception #3" in line for line in shown)
    assert any(line.startswith("WAIVED model-owner by exception #3 until") for line in shown)
    assert found is not None
    assert (found["exceptions"], found["overdue"]) == ([3], False)
    assert found["requirements"] == [
        {
            "id": "model-owner",
            "missing": ["approval of 1 model-owner"],
            "could": ["alice", "bob", "mona"],
        }
    ]


def test_it_takes_the_approval_that_settles_it(ledger: LedgerFolder) -> None:
    result = approve(ledger)

    assert result.exit == 0, result.err
    assert owed(ledger) is None
    assert "LACKS" not in ledger.assent("alias", "show", PRODUCTION).out.upper()
    assert "OWES" not in ledger.assent("status").out


def test_who_approves_it_sees_why_it_still_takes_that(ledger: LedgerFolder) -> None:
    words = ("proposal", "approve", OF, "--role", "model-owner")
    shown = ledger.assent(*words, as_="alice", tty=True, input="000000\n")

    assert "#2 WAS RELEASED UNDER AN EXCEPTION, and still lacks" in shown.err
    assert code(shown)[0] == 2
    assert owed(ledger) is not None


def test_late_evidence_is_attached_to_what_changed_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once it is completed nothing differs from what runs: what it brought is what counts."""

    def completed(org: Organisation) -> None:
        in_staging(org)
        of = org.open("frank", change(stack()))
        org.approve("dana", of, "data-owner")
        names = ("evaluation", "model-owner", "quality")
        granted(org, waiving(org, of, *names, lasting=3 * DAY))
        org.start("omar", of)
        for _ in range(2):
            org.now += DAY
            org.observe("watchdog", PRODUCTION, metric("0.01", name="retry_rate"))
            org.advance("omar")
        org.complete("omar")

    ledger = exceptional_on_disk(tmp_path, monkeypatch, completed)
    before = owed(ledger)
    path = write_report(ledger.path)

    result = ledger.assent(
        "evidence", "attach", OF, path, "--type", "evaluation-report", as_="erin"
    )

    event = ledger.assent("show", ledger.size() - 1, "--json").json["entry"]["event"]
    assert before is not None
    assert "evidence evaluation-report" in str(before["requirements"])
    assert result.exit == 0, result.err
    assert [part["component"] for part in event["subject"]] == ["dataset", "model"]
    after = owed(ledger)
    assert after is not None
    assert after["review_digest"] != before["review_digest"]
    assert code(approve(ledger, digest=before["review_digest"])) == (6, "review-changed")
    assert approve(ledger, "--dry-run").exit == 0
    words = ("proposal", "approve", OF, "--role", "model-owner")
    typed = f"{str(after['review_digest'])[7:13]}\n"
    assert ledger.assent(*words, as_="alice", tty=True, input=typed).exit == 0


def test_alias_release_list_and_status_say_what_is_owed(ledger: LedgerFolder) -> None:
    alias = lines_of(ledger.assent("alias", "show", PRODUCTION))
    body = ledger.assent("alias", "show", PRODUCTION, "--json").json
    release = lines_of(ledger.assent("release", "show", PRODUCTION))
    program = ledger.assent("release", "show", PRODUCTION, "--json").json
    listed = ledger.assent("alias", "list").out
    status = lines_of(ledger.assent("status"))

    for shown in (alias, release):
        assert "#2 WAS RELEASED UNDER AN EXCEPTION, and still lacks" in shown
        assert any(line.startswith("#3 waives model-owner ends in 23h") for line in shown)
    assert [(one["exception"], one["owes"]) for one in body["exceptions"]] == [(3, True)]
    assert "WAIVED by #3: model-owner" in release
    assert (program["exceptions"], program["owes"]) == ([3], True)
    assert "#2 owes for exception #3, until 2026-" in listed
    assert any(line.startswith(f"OWES {PRODUCTION} #2, until 2026-") for line in status)
    assert any(line.startswith("exception #3 waives model-owner of #2") for line in status)
    assert any(line.startswith(f"review {PRODUCTION} exception #3: due in") for line in status)


def test_once_the_exception_has_ended_it_is_overdue_everywhere(
    ledger: LedgerFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, ledger.organisation, 3 * DAY)

    status = lines_of(ledger.assent("status"))
    body = ledger.assent("status", "--json").json
    shown = lines_of(ledger.assent("proposal", "show", OF))
    onward = ledger.assent("release", "advance", PRODUCTION, as_="omar")

    assert any(line.startswith(f"OWES {PRODUCTION} #2, OVERDUE by 2d") for line in status)
    assert [(one["proposal"], one["overdue"]) for one in body["owing"]] == [(2, True)]
    assert body["exceptions"] == []
    assert any(line.startswith("by OVERDUE by 2d: exception #3 ended at") for line in shown)
    assert onward.exit == 3
    assert "#2 owes for exception #3, OVERDUE" in ledger.assent("alias", "list").out


def test_an_inbox_marks_what_was_released_already(ledger: LedgerFolder) -> None:
    shown = ledger.assent("inbox", "--as", "alice").out
    body = ledger.assent("inbox", "--as", "alice", "--json").json_lines

    assert shown.startswith("RELEASED under an exception, and to be approved by then")
    assert "2 fraud/production model-owner #3 in 23h a better model" in " ".join(shown.split())
    assert [(one["proposal"], one["under_exceptions"]) for one in body] == [(2, [3])]
    assert body[0]["owed_until"].startswith("2026-")


def test_who_starts_it_sees_what_is_waived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = exceptional_on_disk(tmp_path, monkeypatch, waived)

    shown = ledger.assent("release", "start", OF, as_="omar", tty=True, input="000000\n")
    gate = ledger.assent("gate", OF, "--json").json

    text = " ".join(shown.err.split())
    assert "WAIVED: not met, and left out by an exception" in shown.err
    assert "by exception #3 until 2026-" in text
    assert "or rolled back; else fraud/production admits no other start" in text
    assert gate["waived"] == ["model-owner"]
    assert [one["exception"] for one in gate["assessment"]["exceptions"]] == [3]
    assert owed(ledger) is None


def test_who_started_it_is_told_what_it_owes_and_who_takes_it_back_that_nothing_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = exceptional_on_disk(tmp_path, monkeypatch, waived)

    started = ledger.assent("release", "start", OF, as_="omar")
    words = ("release", "rollback", PRODUCTION, "--trigger", "losses")
    shown = ledger.assent(*words, as_="olga", tty=True, input="n\n")
    back = ledger.assent(*words, as_="olga")

    assert "WAIVED by exception #3, and owed: approval of 1 model-owner" in started.err
    assert "approve #2 fully by then, or roll it back" in started.err
    assert "settles what it owes for its exception" in " ".join(shown.err.split())
    assert "nothing is owed for exception #3 any more" in back.err
    assert owed(ledger) is None


def test_a_veto_is_said_with_what_is_owed(ledger: LedgerFolder) -> None:
    words = ("proposal", "reject", OF, "--role", "model-owner", "--reason", "it declines vouchers")
    assert ledger.assent(*words, as_="alice").exit == 0

    for noun, name in (("proposal", OF), ("alias", PRODUCTION), ("release", PRODUCTION)):
        shown = lines_of(ledger.assent(noun, "show", name))
        assert "rejected alice rejected it as model-owner: it declines vouchers" in shown
    assert "it declines vouchers" in ledger.assent("status").out
    assert str((owed(ledger) or {})["blocks"]).count("rejected") == 2


def test_what_is_waived_is_not_said_to_be_missing_where_more_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def both(org: Organisation) -> None:
        in_staging(org)
        of = org.open("frank", change(stack()))
        org.attach("erin", of)
        granted(org, waiving(org, of))

    ledger = exceptional_on_disk(tmp_path, monkeypatch, both)

    assert ledger.assent("gate", OF).out == (
        "#2 fraud/production: open; missing: approval of 1 data-owner;"
        " WAIVED: model-owner, by exception #3\n"
    )


def test_who_consents_to_an_exception_sees_what_it_leaves_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = exceptional_on_disk(tmp_path, monkeypatch, waiting)
    opening = seen(ledger, FILE, "exception.toml")
    first = ledger.assent("proposal", "open", opening, as_="olga", tty=True, input="000000\n")
    asked(ledger)

    words = ("proposal", "approve", EXCEPTION, "--role", "security-owner")
    shown = ledger.assent(*words, as_="sam", tty=True, input="000000\n")
    text = lines_of(ledger.assent("proposal", "show", EXCEPTION))
    listed = " ".join(ledger.assent("proposal", "list").out.split())
    change_ = ledger.assent("proposal", "show", EXCEPTION, "--json").json["change"]

    for said in (first.err, shown.err):
        assert "WAIVED of #2 (a better model; tier high, open)" in said
        assert "alice cannot be reached" in said
    assert text[0] == "#3 exception for fraud/production: open"
    assert "3 exception for fraud/production open" in listed
    assert (change_["proposal"], change_["tier"], change_["earlier"]) == (2, "high", 0)
    assert change_["requirements"] == [
        {"id": "model-owner", "status": "unsatisfied", "missing": ["approval of 1 model-owner"]}
    ]
    assert "model-owner 1 model-owner approval of 1 model-owner" in text
    assert "owner olga, who answers for it" in text
    assert any(line.endswith("(1d from now; at most 3d)") for line in text)
    assert "before this no exceptions for fraud/production within 90 days" in text
    assert text[text.index("Neither approve it nor carry it out") + 1] == "frank, olga"


def test_beyond_the_repeat_the_stewards_are_asked_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def thrice(org: Organisation) -> None:
        of = urgent(org)
        for _ in range(2):
            granted(org, waiving(org, of))

    ledger = exceptional_on_disk(tmp_path, monkeypatch, thrice, org=exceptional())
    opened = asked(ledger)
    text = lines_of(ledger.assent("proposal", "show", 5))
    digest = assessed(ledger, 5)["review_digest"]

    assert "assent proposal approve 5 --role steward" in opened.err
    assert (
        "before this 2 exceptions for fraud/production within 90 days;"
        " so the stewards must consent as well"
    ) in text
    words = ("proposal", "approve", 5, "--role", "steward", "--expect", digest)
    assert ledger.assent(*words, as_="stella").exit == 0


def test_an_exception_of_a_lost_policy_is_shown_with_the_rest(ledger: LedgerFolder) -> None:
    """As of before it was used, it owes nothing yet."""
    granted_at = ledger.assent("exception", "show", EXCEPTION, "--json").json["granted_position"]

    then = ledger.assent("proposal", "show", OF, "--as-of", granted_at, "--json").json

    assert json.dumps(then["owed"]) == "null"
    assert then["assessment"]["verdict"] == "ready"
