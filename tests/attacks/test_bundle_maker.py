"""Whoever hands over a bundle: nothing in it is believed, and no file of it does any harm."""

import shutil
from pathlib import Path

import pytest

from tests.attacks.bundles import ALTERED, Alter
from tests.cli.bundled_ledger import documented, put_documents, witnesses_file
from tests.cli.conftest import LedgerFolder
from tests.organisation import unsafe_key
from tests.shell import Result, run_assent


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A bundle as the ledger exports it, and the id of that ledger."""
    home = tmp_path_factory.mktemp("exporter")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ASSENT_STATE", str(home / "state"))
        ledger = LedgerFolder(home / "ledger", documented())
        put_documents(ledger)
        assert ledger.assent("audit", "export", home / "bundle").exit == 0
    return home / "bundle", ledger.id


@pytest.fixture
def bundle(exported: tuple[Path, str], tmp_path: Path) -> Path:
    """A copy of it, to be altered."""
    copy = tmp_path / "bundle"
    shutil.copytree(exported[0], copy)
    return copy


def verified(bundle: Path, ledger: str, *more: str | Path) -> Result:
    """What an auditor is told who knows the ledger's id, and trusts rita to have looked."""
    witnesses = witnesses_file(bundle.parent / "witnesses", rita=unsafe_key("rita"))
    asked = ("audit", "verify", bundle, "--ledger-id", ledger, "--witnesses", witnesses)
    return run_assent(*asked, "--json", *more)


@pytest.mark.parametrize("alter", ALTERED, ids=lambda one: one.__name__)
def test_what_an_auditor_is_told_of_a_bundle_that_was_altered(
    alter: Alter, bundle: Path, exported: tuple[Path, str]
) -> None:
    status, rule = ALTERED[alter]
    alter(bundle)

    result = verified(bundle, exported[1])

    assert result.exit == status, (result.out, result.err)
    body = result.json
    named = [one["rule"] for one in body["findings"]] if "findings" in body else [body["code"]]
    assert rule in named if rule else named == []


def test_a_bundle_of_another_ledger_is_not_the_one_that_was_asked_for(bundle: Path) -> None:
    result = verified(bundle, "0" * 64)

    assert (result.exit, result.json["verdict"]) == (4, "tampered")


def test_a_bundle_that_ends_sooner_than_the_mark_is_rolled_back(
    bundle: Path, exported: tuple[Path, str]
) -> None:
    result = verified(bundle, exported[1], "--mark", f"9999:{'0' * 64}")

    assert (result.exit, result.json["verdict"]) == (4, "rolled-back")


def test_what_nobody_witnessed_lately_is_uncheckable(
    bundle: Path, exported: tuple[Path, str]
) -> None:
    """A cut that is older than the auditor allows: whoever sees the ledger often notices."""
    result = verified(bundle, exported[1], "--max-age", "1m")

    assert (result.exit, result.json["verdict"]) == (5, "uncheckable")
    assert [one["rule"] for one in result.json["findings"]] == ["checkpoint-stale"]
