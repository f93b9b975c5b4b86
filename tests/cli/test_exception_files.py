"""The file of an exception: what may be left out, and each mistake with its line."""

from pathlib import Path

import pytest

from tests.cli.conftest import LedgerFolder
from tests.cli.exceptional_ledgers import FILE, asked, code, exceptional_on_disk, waiting


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """A ledger with a release to production that lacks alice's approval."""
    return exceptional_on_disk(tmp_path, monkeypatch, waiting)


def effect(ledger: LedgerFolder, number: int = 3) -> dict[str, object]:
    found: dict[str, object] = ledger.assent("proposal", "show", number, "--json").json["effect"]
    return found


def test_alias_and_revision_are_those_of_the_proposal_and_a_span_is_counted_from_now(
    ledger: LedgerFolder,
) -> None:
    assert asked(ledger).exit == 0

    found = effect(ledger)
    release = ledger.assent("proposal", "show", 2, "--json").json
    assert (found["release"], found["revision"]) == (release["proposal_id"], 1)
    assert found["alias"] == "fraud/production"
    assert found["controls"] == ["the dashboard is watched by hand"]
    assert str(found["until"]) > release["opened_at"]
    assert found["summary"] == f"waive model-owner of #2 until {found['until']}"


@pytest.mark.parametrize("named", ['"#2"', '"2"', '"00000000-0000-0000-0000-000000000002"'])
def test_the_proposal_is_named_as_everywhere(ledger: LedgerFolder, named: str) -> None:
    assert asked(ledger, FILE.replace("proposal = 2", f"proposal = {named}")).exit == 0
    assert str(effect(ledger)["release"]).endswith("2")


def test_controls_may_be_a_list_and_all_may_be_stated(ledger: LedgerFolder) -> None:
    text = FILE.replace(
        'controls = "the dashboard is watched by hand"',
        'controls = ["one", "two"]\nrevision = 1\nalias = "fraud/production"\nsummary = "now"',
    )
    assert asked(ledger, text).exit == 0
    assert (effect(ledger)["controls"], effect(ledger)["summary"]) == (["one", "two"], "now")


@pytest.mark.parametrize(
    ("old", "new", "code_", "line", "hint"),
    [
        ('["model-owner"]', '["modl-owner"]', "unknown-requirement", 3, "did you mean model-owner"),
        ('["model-owner"]', '["x"]', "unknown-requirement", 3, "it has: "),
        ('["model-owner"]', "[]", "wrong-value", 3, "expected at least 1"),
        ("proposal = 2", "proposal = 9", "unknown-proposal", 2, "assent proposal list"),
        ("proposal = 2", "proposal = true", "wrong-type", 2, ""),
        ('"olga"', '"olgar"', "unknown-signer", 4, "did you mean olga"),
        ('until = "24h"', 'until = "tomorrow"', "not-an-instant", 7, "14d from now"),
        ('until = "24h"\n', "", "missing-key", 1, ""),
        ("owner =", "ower =", "unknown-key", 4, "owner"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    ledger: LedgerFolder, old: str, new: str, *, code_: str, line: int, hint: str
) -> None:
    before = ledger.size()
    assert old in FILE

    result = asked(ledger, FILE.replace(old, new))

    assert code(result) == (2, code_), result.err
    assert f"exception.toml:{line}: " in result.err
    assert hint in result.err
    assert ledger.size() == before


@pytest.mark.parametrize(
    ("old", "new", "code_"),
    [
        ("proposal = 2", 'proposal = 2\nalias = "fraud/staging"', "other-alias"),
        ("proposal = 2", "proposal = 2\nrevision = 2", "other-revision"),
        ("proposal = 2", "proposal = 1", "closed"),
        ('until = "24h"', 'until = "2026-01-01"', "already-over"),
        ('until = "24h"', 'until = "4d"', "exception-too-long"),
        ('"model-owner"', '"permissions"', "hard-requirement"),
        ('"model-owner"', '"personal-data"', "never-waived"),
        ('"model-owner"', '"change-record"', "rollback-fields"),
        ('"the dashboard is watched by hand"', "[]", "too-few-controls"),
        ('"olga"', '"deployer"', "no-such-owner"),
    ],
)
def test_what_the_policy_does_not_bear_is_refused(
    ledger: LedgerFolder, old: str, new: str, code_: str
) -> None:
    before = ledger.size()
    assert old in FILE

    result = asked(ledger, FILE.replace(old, new))

    assert code(result) == (3, code_), result.err
    assert ledger.size() == before


def test_an_exception_is_not_asked_for_from_an_exception(ledger: LedgerFolder) -> None:
    assert asked(ledger).exit == 0

    assert code(asked(ledger, FILE.replace("proposal = 2", "proposal = 3"))) == (3, "not-a-release")
