"""``assent exception``: listed, shown, used, ended early; and what it leaves to be done."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import LedgerFolder
from tests.cli.exceptional_ledgers import (
    EXCEPTION,
    OF,
    REVIEW,
    asked,
    code,
    consented,
    exceptional_on_disk,
    lines_of,
    owing,
    waiting,
    waived,
)
from tests.cli.opened import assessed
from tests.cli.staged_ledgers import DAY, PRODUCTION, seen, set_clock
from tests.organisation import Organisation
from tests.shell import Result
from tests.signer_acts import disown


def exceptions(ledger: LedgerFolder, *more: str) -> list[dict[str, Any]]:
    return ledger.assent("exception", "list", "--json", *more).json_lines


def close(ledger: LedgerFolder, *, as_: str = "olga") -> Result:
    return ledger.assent("exception", "close", EXCEPTION, "--reason", "alice is here", as_=as_)


def reviewed(ledger: LedgerFolder, subject: str, *, as_: str = "dana") -> Result:
    return ledger.assent("review", "close", subject, seen(ledger, REVIEW, "review.toml"), as_=as_)


def test_an_exception_is_asked_for_consented_to_granted_and_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way by the commands themselves."""
    ledger = exceptional_on_disk(tmp_path, monkeypatch, waiting)

    opened = asked(ledger)
    consented(ledger)
    granted = ledger.assent("proposal", "enact", EXCEPTION, as_="mona")
    gate = ledger.assent("gate", OF)
    started = ledger.assent("release", "start", OF, as_="omar")

    assert "assent proposal approve 3 --role security-owner" in opened.err
    assert "by others than frank, olga" in opened.err
    assert granted.out.startswith("exception.granted of #3 at position")
    assert "#2 is ready: assent release start 2" in granted.err
    assert (gate.exit, gate.out) == (
        0,
        "#2 fraud/production: ready; WAIVED: model-owner, by exception #3\n",
    )
    assert started.exit == 0, started.err
    assert exceptions(ledger)[0]["owes"] is True


def test_an_exception_is_listed_with_how_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = exceptional_on_disk(tmp_path, monkeypatch, waived)
    holds = lines_of(ledger.assent("exception", "list"))
    body = exceptions(ledger)[0]
    ledger.assent("release", "start", OF, as_="omar")
    used = lines_of(ledger.assent("exception", "list"))
    set_clock(monkeypatch, ledger.organisation, 2 * DAY)
    over = lines_of(ledger.assent("exception", "list"))
    late = exceptions(ledger)[0]

    assert holds[1].startswith("#3 fraud/production #2 model-owner olga 2026-")
    assert "ends in 23h, not used - due in" in holds[1]
    assert (body["schema"], body["exception"], body["proposal"]) == ("exception/1", 3, 2)
    assert (body["state"], body["used_position"], body["owes"]) == ("in-force", None, False)
    assert body["incident"] == "INC-7"
    assert [one["signer"] for one in body["approvals"]] == ["sam", "rosa"]
    assert "ends in 23h by 2026-" in used[1]
    assert "ended 1d ago OVERDUE due in" in over[1]
    assert (late["state"], late["owes"], late["missing"]) == (
        "ended",
        True,
        ["approval of 1 model-owner"],
    )


def test_one_that_is_over_settled_and_reviewed_is_listed_with_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = exceptional_on_disk(tmp_path, monkeypatch, waived)
    assert close(ledger).exit == 0
    assert len(exceptions(ledger)) == 1
    assert reviewed(ledger, EXCEPTION).exit == 0

    assert ledger.assent("exception", "list").err == "there is no exception\n"
    everything = exceptions(ledger, "--all")
    assert [(one["state"], one["review"]["closed_by"]) for one in everything] == [
        ("closed", "dana")
    ]
    assert exceptions(ledger, "--all", "--as-of", "3") == []


def test_none_that_ever_was_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = exceptional_on_disk(tmp_path, monkeypatch)

    result = ledger.assent("exception", "list", "--all")

    assert (result.exit, result.out, result.err) == (0, "", "there was never an exception\n")


def test_an_exception_is_shown_with_all_that_was_said_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = exceptional_on_disk(tmp_path, monkeypatch, owing)

    shown = lines_of(ledger.assent("exception", "show", EXCEPTION))
    by_id = ledger.assent("exception", "show", exceptions(ledger)[0]["exception_id"], "--json")
    before = ledger.assent(
        "exception", "show", EXCEPTION, "--as-of", by_id.json["granted_position"], "--json"
    )

    assert shown[0] == "Exception #3: in-force"
    assert "waives model-owner of #2, revision 1" in shown
    assert "controls the dashboard is watched by hand" in shown
    assert "#2 still owes" in shown
    assert "approval of 1 model-owner" in shown
    assert [line.split()[0:2] for line in shown if "2026" in line and "-owner " in line] == [
        ["sam", "security-owner"],
        ["rosa", "release-owner"],
    ]
    assert by_id.json["owes"] is True
    assert before.json["used_position"] is None


@pytest.mark.parametrize(("name", "code_"), [("2", "unknown-exception"), ("9", "unknown-proposal")])
def test_what_is_no_exception_is_said_to_be_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, code_: str
) -> None:
    ledger = exceptional_on_disk(tmp_path, monkeypatch, waived)

    for words in (("show", name), ("close", name, "--reason", "x", "--as", "olga", "--yes")):
        assert code(ledger.assent("exception", *words)) == (2, code_)


def test_one_that_was_asked_for_and_not_granted_is_none_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = exceptional_on_disk(tmp_path, monkeypatch, waiting)
    asked(ledger)

    result = ledger.assent("exception", "show", EXCEPTION)

    assert code(result) == (2, "unknown-exception")
    assert "asks for an exception, and none was granted" in result.err


def test_an_exception_is_ended_early_and_says_what_is_owed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = exceptional_on_disk(tmp_path, monkeypatch, owing)

    dry = ledger.assent("exception", "close", EXCEPTION, "--reason", "x", "--dry-run", as_="olga")
    stranger = close(ledger, as_="erin")
    result = close(ledger)
    again = close(ledger)
    shown = lines_of(ledger.assent("exception", "show", EXCEPTION))

    assert dry.json["event"]["kind"] == "exception.closed"
    assert code(stranger) == (3, "no-part")
    assert result.out.startswith("exception.closed of #3 at position")
    assert "#2 still owes: approval of 1 model-owner" in result.err
    assert "assent review close 3 FILE" in result.err
    assert code(again) == (3, "exception-ended")
    assert "why alice is here" in shown
    assert any("OVERDUE: approve it fully, or roll it back" in line for line in shown)


def test_who_ends_an_exception_sees_what_that_brings_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = exceptional_on_disk(tmp_path, monkeypatch, owing)

    words = ("exception", "close", EXCEPTION, "--reason", "x")
    shown = ledger.assent(*words, as_="olga", tty=True, input="n\n")

    assert "The exception that you end" in shown.err
    assert "fraud/production admits no other start until that is settled" in shown.err
    assert exceptions(ledger)[0]["state"] == "in-force"


def test_an_exception_is_reviewed_by_its_number_once_it_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = exceptional_on_disk(tmp_path, monkeypatch, waived)

    early = reviewed(ledger, "#3")
    set_clock(monkeypatch, ledger.organisation, 5 * DAY)
    late = lines_of(ledger.assent("review", "list"))
    own = reviewed(ledger, PRODUCTION, as_="olga")
    done = reviewed(ledger, PRODUCTION)
    all_ = ledger.assent("review", "list", "--all", "--json").json_lines

    assert code(early) == (3, "exception-in-force")
    assert late[1].split()[1:4] == [PRODUCTION, "#3", "exception"]
    assert late[1].endswith("OVERDUE by 2d")
    assert code(own) == (3, "own-review")
    assert done.out.startswith("review.closed of #3 at position")
    assert [(one["what"], one["proposal"], one["cause"]) for one in all_] == [
        ("exception", 3, "nobody was on call")
    ]


def test_of_an_alias_the_review_that_can_be_closed_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exception holds still: what was rolled back is reviewed first."""

    def rolled_back(org: Organisation) -> None:
        owing(org)
        org.roll_back("olga")

    ledger = exceptional_on_disk(tmp_path, monkeypatch, rolled_back)

    done = reviewed(ledger, PRODUCTION)
    held = reviewed(ledger, PRODUCTION)

    assert done.out.startswith("review.closed of #2 at position")
    assert code(held) == (3, "exception-in-force")


def test_a_void_exception_is_said_to_be_void(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disowned(org: Organisation) -> None:
        disown(org, "sam", 1)

    ledger = exceptional_on_disk(tmp_path, monkeypatch, waived, disowned)

    shown = lines_of(ledger.assent("exception", "show", EXCEPTION))

    assert shown[0] == "Exception #3: void"
    assert any("VOID: the consent to it was lost" in line for line in shown)
    assert exceptions(ledger)[0]["state"] == "void"
    assert assessed(ledger, int(OF))["exceptions"] == []
