"""``assent proposal``: opened, shown, revised, withdrawn, talked about."""

from tests.change_files import CHANGE, write_change, write_report
from tests.cli.conftest import LedgerFolder
from tests.cli.opened import approved, assessed, attached, opened, released


def test_a_change_is_opened_and_numbered(ledger: LedgerFolder) -> None:
    result = ledger.assent("proposal", "open", write_change(ledger.path), "--json", as_="frank")

    receipt = result.json
    assert (result.exit, receipt["schema"], receipt["kind"]) == (0, "receipt/1", "proposal.opened")
    assert (receipt["proposal"], receipt["position"], receipt["size"]) == (1, 8, 9)


def test_a_mistake_in_the_file_appends_nothing(ledger: LedgerFolder) -> None:
    path = write_change(ledger.path, CHANGE.replace("summary =", "sumary ="))

    result = ledger.assent("proposal", "open", path, as_="frank")

    assert result.exit == 2
    assert "change.toml:2: unknown key 'sumary'" in result.err
    assert "did you mean summary?" in result.err
    assert ledger.size() == 8


def test_a_dry_run_prints_the_entry_and_appends_nothing(ledger: LedgerFolder) -> None:
    result = ledger.assent(
        "proposal", "open", write_change(ledger.path), "--dry-run", "--as", "frank"
    )

    assert result.json["event"]["kind"] == "proposal.opened"
    assert result.json["by"]["signer"] == "frank"
    assert (result.exit, ledger.size()) == (0, 8)


def test_without_a_terminal_nothing_is_signed_unless_told_so(ledger: LedgerFolder) -> None:
    result = ledger.assent("proposal", "open", write_change(ledger.path), "--as", "frank")

    assert (result.exit, ledger.size()) == (2, 8)
    assert result.err.startswith("needs-yes: ")


def test_a_proposal_is_shown_with_all_that_decides(ledger: LedgerFolder) -> None:
    number = opened(ledger)
    attached(ledger, number)
    approved(ledger, number, alice="model-owner")

    shown = ledger.assent("proposal", "show", number).out

    for words in (
        "#1 fraud/production: open",
        "high, because of first-release",
        "no   personal_data",
        "approval of 1 data-owner (could: bob, dana)",
        "nothing runs there yet",
        "sha256:000000000000…",
        "min 0.90, max_drop 0.01",
        "counts, expires in 30d",
        "alice  approved as model-owner",
        "Review digest, under policy 1",
    ):
        assert words in shown


def test_a_proposal_as_json_carries_its_assessment(ledger: LedgerFolder) -> None:
    number = opened(ledger)

    shown = ledger.assent("proposal", "show", number, "--json").json

    assert (shown["schema"], shown["opened_by"], shown["revision"]) == ("proposal/1", "frank", 1)
    assert shown["assessment"]["schema"] == "assessment/1"
    assert shown["assessment"]["verdict"] == "open"


def test_a_proposal_is_found_by_number_and_by_the_beginning_of_its_id(
    ledger: LedgerFolder,
) -> None:
    opened(ledger)
    id_ = ledger.assent("proposal", "show", 1, "--json").json["proposal_id"]

    for reference in ("1", "#1", id_[:8], id_):
        shown = ledger.assent("proposal", "show", reference, "--json")
        assert (shown.exit, shown.json["proposal"]) == (0, 1)


def test_an_unknown_reference_is_bad_input(ledger: LedgerFolder) -> None:
    for reference in ("2", "#9", "fffffff0", "no such thing", "%", ""):
        result = ledger.assent("proposal", "show", reference)
        assert (result.exit, result.err.split(":")[0]) == (2, "unknown-proposal")


def test_a_revision_replaces_the_change_and_voids_approvals(ledger: LedgerFolder) -> None:
    number = opened(ledger)
    approved(ledger, number, alice="model-owner")
    path = write_change(ledger.path, CHANGE.replace("a better model", "a smaller model"))

    result = ledger.assent("proposal", "revise", number, path, as_="frank")

    shown = ledger.assent("proposal", "show", number)
    assert result.exit == 0, result.err
    assert "a smaller model" in shown.out
    assert "no longer counts" in shown.out
    assert assessed(ledger, number)["revision"] == 2


def test_only_who_opened_it_revises(ledger: LedgerFolder) -> None:
    number = opened(ledger)

    result = ledger.assent("proposal", "revise", number, write_change(ledger.path), as_="dana")

    assert (result.exit, result.err.split(":")[0]) == (3, "not-yours")


def test_a_withdrawn_proposal_is_closed_and_left_out_of_the_list(ledger: LedgerFolder) -> None:
    number = opened(ledger)
    opened(ledger)

    result = ledger.assent("proposal", "withdraw", number, "--reason", "a typo", as_="frank")

    open_ = [line["proposal"] for line in ledger.assent("proposal", "list", "--json").json_lines]
    everything = ledger.assent("proposal", "list", "--all", "--json").json_lines
    assert result.exit == 0, result.err
    assert open_ == [2]
    assert [(line["proposal"], line["closed"]) for line in everything] == [
        (1, "withdrawn"),
        (2, None),
    ]


def test_a_fact_that_was_added_counts_and_is_shown_with_its_author(ledger: LedgerFolder) -> None:
    number = opened(ledger)

    result = ledger.assent("proposal", "fact", number, "personal_data", as_="dana")

    assert result.exit == 0, result.err
    assert "personal_data (by dana)" in ledger.assent("proposal", "show", number).out
    assert assessed(ledger, number)["facts"]["personal_data"] is True


def test_what_was_said_is_shown(ledger: LedgerFolder) -> None:
    number = opened(ledger)

    result = ledger.assent("proposal", "comment", number, "which quarter?", as_="dana")

    assert result.exit == 0, result.err
    assert "which quarter?" in ledger.assent("proposal", "show", number).out


def test_text_that_hides_something_is_refused(ledger: LedgerFolder) -> None:
    number = opened(ledger)
    before = ledger.size()

    for text, code in (
        ("left\u202eright", "forbidden-character"),
        ("cafe\u0301", "not-nfc"),
        ("  ", "empty-text"),
        ("x" * 8_001, "too-long"),
    ):
        result = ledger.assent("proposal", "comment", number, text, as_="dana")
        assert (result.exit, result.err.split(":")[0]) == (2, code)
    assert ledger.size() == before


def test_the_list_says_what_was_true_then(ledger: LedgerFolder) -> None:
    opened(ledger)
    opened(ledger)

    then = ledger.assent("proposal", "list", "--as-of", 8, "--json").json_lines

    assert [line["proposal"] for line in then] == [1]


def test_who_reviews_sees_what_a_document_that_counts_is_not_about(ledger: LedgerFolder) -> None:
    number = opened(ledger)
    report = write_report(ledger.path)
    for arguments in ((), ("--subject", "model")):
        done = ledger.assent(
            *("evidence", "attach", number, report, "--type", "evaluation-report"),
            *arguments,
            as_="erin",
        )
        assert done.exit == 0, done.err

    shown = ledger.assent("proposal", "show", number).out

    assert [line.split("old")[1].strip() for line in shown.splitlines() if "s old" in line] == [
        "does not count",
        "counts, expires in 30d; not about dataset",
    ]


def test_a_decided_proposal_is_shown_as_it_was_decided(ledger: LedgerFolder) -> None:
    """Not against the stack that runs today, which is its own."""
    number = released(ledger)

    found = assessed(ledger, number)

    assert (found["tier"], found["tier_because"]) == ("high", ["first-release"])
    assert {need["status"] for need in found["requirements"]} == {"satisfied"}
    assert opened(ledger) == number + 1
