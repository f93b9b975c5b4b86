"""Consent at the command line: approve, retract, reject, reopen."""

from tests.change_files import write_change, write_report
from tests.cli.conftest import LedgerFolder
from tests.cli.opened import approved, assessed, attached, opened


def test_an_approval_without_a_terminal_needs_the_digest_that_was_reviewed(
    ledger: LedgerFolder,
) -> None:
    number = opened(ledger)

    result = ledger.assent("proposal", "approve", number, "--role", "model-owner", as_="alice")

    assert (result.exit, result.err.split(":")[0]) == (2, "needs-expect")


def test_an_approval_of_something_else_is_a_conflict_that_shows_what_it_is_now(
    ledger: LedgerFolder,
) -> None:
    number = opened(ledger)
    reviewed = assessed(ledger, number)["review_digest"]
    attached(ledger, number)
    now = assessed(ledger, number)["review_digest"]
    before = ledger.size()

    result = ledger.assent(
        "proposal", "approve", number, "--role", "model-owner", "--expect", reviewed, as_="alice"
    )

    assert (result.exit, result.err.split(":")[0]) == (6, "review-changed")
    assert now in result.err
    assert ledger.size() == before


def test_who_opened_a_proposal_cannot_approve_it(ledger: LedgerFolder) -> None:
    number = opened(ledger, as_="alice")
    digest = assessed(ledger, number)["review_digest"]

    result = ledger.assent(
        "proposal", "approve", number, "--role", "model-owner", "--expect", digest, as_="alice"
    )

    assert (result.exit, result.err.split(":")[0]) == (3, "self-approval")
    assert "someone else must approve it" in result.err


def test_a_role_that_one_does_not_hold_is_refused(ledger: LedgerFolder) -> None:
    number = opened(ledger)
    digest = assessed(ledger, number)["review_digest"]

    for role in ("model-owner", "no-such-role"):
        result = ledger.assent(
            "proposal", "approve", number, "--role", role, "--expect", digest, as_="omar"
        )
        assert (result.exit, result.err.split(":")[0]) == (3, "role-not-held")


def test_a_word_that_is_no_role_is_bad_input(ledger: LedgerFolder) -> None:
    number = opened(ledger)

    result = ledger.assent("proposal", "approve", number, "--role", "Model Owner", as_="alice")

    assert (result.exit, result.err.split(":")[0]) == (2, "bad-identifier")


def test_an_approval_is_taken_back(ledger: LedgerFolder) -> None:
    number = opened(ledger)
    approved(ledger, number, alice="model-owner")

    result = ledger.assent("proposal", "retract", number, "--reason", "too early", as_="alice")

    needs = {one["id"]: one["status"] for one in assessed(ledger, number)["requirements"]}
    assert result.exit == 0, result.err
    assert needs["model-owner"] == "unsatisfied"


def test_a_rejection_blocks_until_it_is_taken_back(ledger: LedgerFolder) -> None:
    number = opened(ledger)

    rejected = ledger.assent(
        "proposal", "reject", number, "--role", "data-owner", "--reason", "no consent", as_="dana"
    )
    blocked = assessed(ledger, number)
    reopened = ledger.assent("proposal", "reopen", number, as_="dana")

    assert (rejected.exit, reopened.exit) == (0, 0)
    assert (blocked["verdict"], blocked["blocks"][0]["code"]) == ("blocked", "rejected")
    assert assessed(ledger, number)["verdict"] == "open"


def test_at_a_terminal_one_sees_the_review_and_types_its_digest(ledger: LedgerFolder) -> None:
    number = opened(ledger)
    digest = assessed(ledger, number)["review_digest"]
    typed = digest.removeprefix("sha256:")[:6]

    result = ledger.assent(
        "proposal", "approve", number, "--role", "model-owner", as_="alice", tty=True, input=typed
    )

    assert result.exit == 0, result.err
    assert "approval.granted of #1" in result.out
    for words in ("What changes on fraud/production", "personal_data", "Still missing", digest):
        assert words in result.err.replace("\n", "")


def test_at_a_terminal_other_characters_sign_nothing(ledger: LedgerFolder) -> None:
    number = opened(ledger)
    before = ledger.size()

    result = ledger.assent(
        "proposal",
        "approve",
        number,
        "--role",
        "model-owner",
        as_="alice",
        tty=True,
        input="000000",
    )

    assert result.exit == 2
    assert "not-confirmed" in result.err
    assert ledger.size() == before


def test_at_a_terminal_the_review_of_a_new_proposal_shows_what_it_will_need(
    ledger: LedgerFolder,
) -> None:
    result = ledger.assent(
        "proposal", "open", write_change(ledger.path), as_="frank", tty=True, input="000000"
    )

    assert "not-confirmed" in result.err
    assert "#1 fraud/production: open" in result.err
    assert "approval of 1 model-owner" in result.err


def test_foreign_words_cannot_move_the_cursor_of_who_reviews(ledger: LedgerFolder) -> None:
    number = opened(ledger)
    report = write_report(ledger.path).rename(ledger.path / "report.json")
    result = ledger.assent("evidence", "attach", number, report, "--type", "note", as_="erin")
    assert result.exit == 0, result.err

    shown = ledger.assent("proposal", "comment", number, "one\ttwo\nthree", as_="erin")
    text = ledger.assent("proposal", "show", number).out

    assert shown.exit == 0, shown.err
    assert "one\\u0009two\\u000athree" in text
