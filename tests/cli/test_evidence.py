"""``assent evidence``: attached with its numbers, taken over, looked at, taken back."""

import re
from hashlib import sha256

import pytest

from tests.change_files import SECOND, write_change, write_report
from tests.cli.conftest import LedgerFolder
from tests.cli.opened import approved, assessed, attached, opened, released


def documents(ledger: LedgerFolder, number: int) -> list[dict[str, object]]:
    """The documents of a proposal."""
    lines: list[dict[str, object]] = ledger.assent("evidence", "list", number, "--json").json_lines
    return lines


def test_a_document_is_kept_and_named_by_its_content(ledger: LedgerFolder) -> None:
    number = opened(ledger)
    report = write_report(ledger.path, '{"auc": 0.950}')
    attached(ledger, number, report)

    (document,) = documents(ledger, number)

    digest = sha256(report.read_bytes()).hexdigest()
    assert document["digest"] == f"sha256:{digest}"
    assert document["size"] == 14
    assert (ledger.evidence / digest[:2] / digest[2:]).read_bytes() == report.read_bytes()
    assert document["metrics"] == [
        {
            "name": "auc",
            "segment": None,
            "value": "0.950",
            "low": None,
            "high": None,
            "level": None,
        }
    ]


def test_a_document_is_about_all_that_changed_unless_said_otherwise(ledger: LedgerFolder) -> None:
    number = opened(ledger)
    attached(ledger, number)
    card = write_report(ledger.path, "words").rename(ledger.path / "card.md")
    ledger.assent(
        "evidence", "attach", number, card, "--type", "card", "--subject", "model", as_="frank"
    )

    subjects = [sorted(document["subject"]) for document in documents(ledger, number)]  # type: ignore[call-overload]

    assert subjects == [["dataset", "model"], ["model"]]


def test_on_a_later_release_only_what_changed_is_its_subject(ledger: LedgerFolder) -> None:
    released(ledger)
    number = opened(ledger, SECOND)
    attached(ledger, number)

    (document,) = documents(ledger, number)

    assert document["subject"] == {"model": f"sha256:{'2' * 64}"}


def test_numbers_come_from_another_file_and_from_the_command_line(ledger: LedgerFolder) -> None:
    number = opened(ledger)
    page = write_report(ledger.path, "<html>").rename(ledger.path / "report.html")
    numbers = write_report(ledger.path, '{"auc": 0.93, "segments": {"web": {"recall": 0.9}}}')

    result = ledger.assent(
        *("evidence", "attach", number, page, "--type", "evaluation-report"),
        *("--metrics", numbers, "--metric", "p95=41.5", "--expires", "30d"),
        as_="erin",
    )

    (document,) = documents(ledger, number)
    assert result.exit == 0, result.err
    assert [(m["name"], m["segment"], m["value"]) for m in document["metrics"]] == [  # type: ignore[attr-defined]
        ("auc", None, "0.93"),
        ("p95", None, "41.5"),
        ("recall", "web", "0.9"),
    ]
    assert document["expires"] == 30 * 86_400


AUC = '{"auc": {"value": %s, "low": %s, "high": %s, "level": 0.95}}'


def test_an_interval_is_signed_with_its_number_and_attached_again_unchanged(
    ledger: LedgerFolder,
) -> None:
    number = opened(ledger)
    attached(ledger, number, write_report(ledger.path, AUC % ("0.950", "0.94", "0.96")))
    result = ledger.assent(
        *("evidence", "attach", number, ledger.path / "report.json", "--type", "note"),
        *("--metric", "recall[web]=0.9[0.85,0.95]"),
        as_="erin",
    )
    assert result.exit == 0, result.err

    report, note = documents(ledger, number)

    assert report["metrics"] == [
        {
            "name": "auc",
            "segment": None,
            "value": "0.950",
            "low": "0.94",
            "high": "0.96",
            "level": "0.95",
        }
    ]
    assert [(m["segment"], m["low"], m["level"]) for m in note["metrics"]] == [  # type: ignore[attr-defined]
        ("web", "0.85", None)
    ]
    assert ledger.assent("verify").exit == 0


def auc_shown(ledger: LedgerFolder, number: int) -> list[str]:
    """The cells of the first row in the table of numbers."""
    text = ledger.assent("proposal", "show", number).out
    table = text.partition("Numbers\n")[2].splitlines()
    assert table[0].split() == ["number", "runs", "now", "proposed", "change", "bounds"]
    return re.split(r"\s{2,}", table[1].strip())


def test_a_change_is_shown_with_intervals_and_said_to_be_within_them(ledger: LedgerFolder) -> None:
    bounds = "min 0.90, max_drop 0.01"
    first = opened(ledger)
    attached(ledger, first, write_report(ledger.path, AUC % ("0.950", "0.94", "0.96")))
    was = "0.95 [0.94, 0.96] at 0.95"
    assert auc_shown(ledger, first) == ["auc", "-", was, "-", bounds, "holds"]
    approved(ledger, first)
    for arguments in (("start", first), ("complete", "fraud/production")):
        assert ledger.assent("release", *arguments, as_="omar").exit == 0
    second = opened(ledger, SECOND)

    for numbers, now, change in (
        (("0.945", "0.94", "0.95"), "0.945 [0.94, 0.95]", "-0.005, within the interval"),
        (("0.97", "0.96", "0.98"), "0.97 [0.96, 0.98]", "+0.02"),
        (("0.95", "0.95", "0.95"), "0.95 [0.95, 0.95]", "0, within the interval"),
    ):
        attached(ledger, second, write_report(ledger.path, AUC % numbers))
        row = ["auc", was, f"{now} at 0.95", change, bounds, "holds"]
        assert auc_shown(ledger, second) == row


def test_who_signs_sees_the_change_and_its_interval_in_80_columns(ledger: LedgerFolder) -> None:
    released(ledger)
    second = opened(ledger, SECOND)
    attached(ledger, second, write_report(ledger.path, AUC % ("0.945", "0.94", "0.955")))

    asked = ledger.assent(
        *("proposal", "approve", second, "--role", "model-owner"),
        as_="alice",
        tty=True,
        input="no\n",
    )

    text = re.sub(r"\x1b\[[0-9;]*m", "", asked.err)
    table = text.partition("Numbers")[2].partition("Evidence")[0]
    assert "not-confirmed" in text
    assert {"[0.94,", "0.955]", "-0.005,", "within", "interval"} <= set(table.split())
    assert max(map(len, table.splitlines())) <= 80


def test_a_number_that_is_no_decimal_attaches_nothing(ledger: LedgerFolder) -> None:
    number = opened(ledger)
    before = ledger.size()

    for text, code in (
        ('{"auc": 0.1234567890123}', "too-precise"),
        ('{"auc": 1e-1}', "not-a-decimal"),
        (AUC % ("0.9", "0.91", "0.92"), "bad-interval"),
    ):
        result = ledger.assent(
            *("evidence", "attach", number, write_report(ledger.path, text)),
            *("--type", "evaluation-report"),
            as_="erin",
        )
        assert (result.exit, result.err.split(":")[0]) == (2, code)
        assert "report.json" in result.err
    assert ledger.size() == before


def test_what_is_missing_on_the_command_line_is_said(ledger: LedgerFolder) -> None:
    number = opened(ledger)
    report = write_report(ledger.path)

    for arguments, code in (
        ((report,), "usage"),
        (("--from", "1", "--type", "x"), "usage"),
        ((ledger.path / "none", "--type", "x"), "no-such-file"),
        ((ledger.path, "--type", "x"), "no-such-file"),
        ((report, "--type", "X Y"), "bad-identifier"),
        ((report, "--type", "x", "--subject", "gpu"), "unknown-component"),
        ((report, "--type", "x", "--expires", "soon"), "not-a-duration"),
        ((report, "--type", "x", "--metric", "auc"), "not-metrics"),
        ((report, "--type", "x", "--metric", "auc=0.9[1,2]"), "bad-interval"),
        ((report, "--type", "x", "--metric", "a=1", "--metric", "a=2"), "metric-twice"),
    ):
        result = ledger.assent("evidence", "attach", number, *arguments, as_="erin")
        assert (result.exit, result.err.split(":")[0]) == (2, code)


def test_documents_of_another_proposal_are_taken_over_where_nothing_changed(
    ledger: LedgerFolder,
) -> None:
    first = opened(ledger)
    attached(ledger, first)
    card = write_report(ledger.path, "words").rename(ledger.path / "card.md")
    ledger.assent(
        "evidence", "attach", first, card, "--type", "card", "--subject", "dataset", as_="erin"
    )
    other = opened(ledger, SECOND)

    result = ledger.assent("evidence", "attach", other, "--from", first, as_="dana")
    again = ledger.assent("evidence", "attach", other, "--from", first, as_="dana")

    (document,) = documents(ledger, other)
    assert result.exit == 0, result.err
    assert (document["name"], document["author"], document["signer"]) == ("card.md", "erin", "dana")
    assert document["taken_from"] == documents(ledger, first)[1]["position"]
    assert (again.exit, again.err.split(":")[0]) == (3, "nothing-to-take-over")


@pytest.mark.parametrize(("taker", "said"), [("frank", True), ("erin", False)])
def test_a_party_that_takes_independent_evidence_over_is_told_that_it_does_not_count(
    ledger: LedgerFolder, taker: str, *, said: bool
) -> None:
    first = opened(ledger)
    attached(ledger, first)
    other = opened(ledger)

    result = ledger.assent("evidence", "attach", other, "--from", first, as_=taker)

    assert result.exit == 0, result.err
    told = "evaluation-report has to be independent: taken over by a party it does not count"
    assert (told in result.err) is said


def test_a_document_is_shown_by_the_beginning_of_its_digest(ledger: LedgerFolder) -> None:
    number = opened(ledger)
    attached(ledger, number)
    digest = str(documents(ledger, number)[0]["digest"])

    for text in (digest, digest[:12], digest.removeprefix("sha256:")[:6]):
        shown = ledger.assent("evidence", "show", text)
        assert shown.exit == 0, shown.err
        assert digest in shown.out
        assert "#1 position 9: evaluation-report report.json by erin" in shown.out


def test_an_unknown_digest_is_bad_input(ledger: LedgerFolder) -> None:
    opened(ledger)

    for text, code in (
        ("sha256:" + "f" * 64, "unknown-evidence"),
        ("ffff", "unknown-evidence"),
        ("report.json", "not-a-digest"),
    ):
        result = ledger.assent("evidence", "show", text)
        assert (result.exit, result.err.split(":")[0]) == (2, code)


def test_a_document_is_taken_back_by_its_author_only(ledger: LedgerFolder) -> None:
    number = opened(ledger)
    attached(ledger, number)
    digest = str(documents(ledger, number)[0]["digest"])

    refused = ledger.assent("evidence", "withdraw", digest, as_="dana")
    result = ledger.assent("evidence", "withdraw", digest[:12], "--reason", "wrong", as_="erin")

    assert (refused.exit, refused.err.split(":")[0]) == (3, "not-your-evidence")
    assert result.exit == 0, result.err
    assert documents(ledger, number)[0]["withdrawn"] is True
    needs = {one["id"]: one for one in assessed(ledger, number)["requirements"]}
    assert "the newest was withdrawn" in str(needs["evaluation"]["missing"])


def test_a_document_of_several_proposals_is_taken_back_from_the_one_that_is_named(
    ledger: LedgerFolder,
) -> None:
    one, other = opened(ledger), opened(ledger)
    for number in (one, other):
        attached(ledger, number)
    digest = str(documents(ledger, one)[0]["digest"])

    ambiguous = ledger.assent("evidence", "withdraw", digest, as_="erin")
    result = ledger.assent("evidence", "withdraw", digest, "--proposal", other, as_="erin")

    assert (ambiguous.exit, ambiguous.err.split(":")[0]) == (2, "several-proposals")
    assert "#1, #2" in ambiguous.err
    assert result.exit == 0, result.err
    assert [documents(ledger, n)[0]["withdrawn"] for n in (one, other)] == [False, True]


def test_every_document_is_hashed_again(ledger: LedgerFolder) -> None:
    number = opened(ledger)
    attached(ledger, number)
    digest = str(documents(ledger, number)[0]["digest"]).removeprefix("sha256:")
    kept = ledger.evidence / digest[:2] / digest[2:]

    sound = ledger.assent("evidence", "verify")
    kept.chmod(0o644)
    kept.write_text("something else")
    changed = ledger.assent("evidence", "verify")
    kept.unlink()
    missing = ledger.assent("evidence", "verify", "--json")

    assert (sound.exit, sound.out) == (0, "1 of 1 documents unchanged\n")
    assert (changed.exit, changed.err.split(":")[0]) == (4, "evidence-differs")
    assert digest in changed.out
    assert missing.exit == 5
    assert missing.json["missing"] == [f"sha256:{digest}"]


def test_a_document_about_a_stack_that_was_revised_meanwhile_is_refused(
    ledger: LedgerFolder,
) -> None:
    """Tests ran on what was proposed then; their report must not speak for what is now."""
    number = opened(ledger)
    (ledger.path / "tested").mkdir()
    tested = write_change(ledger.path / "tested")
    report = write_report(ledger.path)
    words = ("evidence", "attach", number, report, "--type", "evaluation-report")

    assert ledger.assent(*words, "--stack", tested, as_="erin").exit == 0
    other = write_change(ledger.path, SECOND)
    assert ledger.assent("proposal", "revise", number, other, as_="frank").exit == 0
    result = ledger.assent(*words, "--stack", tested, as_="erin")

    assert (result.exit, result.err.split(":")[0]) == (3, "subject-differs")
    assert ledger.assent(*words, "--stack", other, as_="erin").exit == 0
