"""Where an audit's answer comes from: the entries as they stand now, and the ledger's name."""

from pathlib import Path

from tests.cli.conftest import LedgerFolder
from tests.cli.opened import released

QUESTIONS = (
    ("audit", "why", "fraud/production"),
    ("audit", "who", "fraud/production"),
    ("audit", "watched", "fraud/production"),
    ("audit", "dossier", "1"),
    ("alias", "diff", "fraud/production", "1", "1"),
)


def test_whatever_is_asked_an_entry_that_was_changed_since_is_an_alarm(
    ledger: LedgerFolder,
) -> None:
    released(ledger)
    before = [ledger.assent(*one).exit for one in QUESTIONS]
    ledger.sql("UPDATE stored_events SET state = CAST(state || ' ' AS BLOB) WHERE rowid = 5")

    after = [ledger.assent(*one) for one in QUESTIONS]

    assert before == [0] * len(QUESTIONS)
    assert [one.exit for one in after] == [4] * len(QUESTIONS)
    assert {one.err.split(":")[0] for one in after} == {"log-changed"}
    assert not any(one.out for one in after)


def test_every_answer_and_page_names_the_ledger_its_size_and_root(
    ledger: LedgerFolder, tmp_path: Path
) -> None:
    released(ledger)
    verified = ledger.assent("verify", "--json").json

    for question in QUESTIONS:
        page = tmp_path / "page.html"
        told = ledger.assent(*question, "--json", "--html", page).json["ledger"]
        text = page.read_text(encoding="utf-8")

        assert (told["size"], told["root"]) == (verified["size"], verified["root"])
        assert told["rehearsal"] == verified["rehearsal"]
        assert told["id"] in text
        assert told["root"] in text
        assert ("REHEARSAL" in text) == verified["rehearsal"], "tests/demo has one"
