"""``assent signer``: acceptance, and who signs, now and then."""

import pytest

from cli.places import key_folder
from tests.cli.conftest import LedgerFolder, MakeLedger


@pytest.fixture
def waiting(make_ledger: MakeLedger, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """A ledger in which nobody has accepted yet."""
    monkeypatch.setenv("ASSENT_NOW", "2026-09-22T00:00:00Z")
    return make_ledger(accept=False)


def test_accepting_works_while_the_founding_is_incomplete(waiting: LedgerFolder) -> None:
    first = waiting.assent("signer", "accept", as_="bob")
    receipt = waiting.assent("signer", "accept", "--json", as_="alice").json

    assert first.exit == 0
    assert "still waits for alice, dana" in first.err
    assert (receipt["kind"], receipt["stream"]) == ("signer.accepted", "signer:alice")
    assert (receipt["position"], receipt["size"], receipt["proposal"]) == (2, 3, None)
    assert waiting.assent("verify").exit == 0


def test_nobody_accepts_twice(ledger: LedgerFolder) -> None:
    result = ledger.assent("signer", "accept", as_="bob")

    assert result.exit == 3
    assert result.err.startswith("already-accepted: ")
    assert ledger.size() == 8


def test_nobody_accepts_with_the_key_of_another(waiting: LedgerFolder) -> None:
    keys = waiting.organisation.keys
    result = waiting.assent("signer", "accept", "--key", key_folder() / "dana", as_="bob")

    assert result.exit == 3
    assert result.err.startswith("key-owner: ")
    assert keys["dana"].public.id in result.err
    assert waiting.size() == 1


def test_a_stranger_is_told_so(waiting: LedgerFolder) -> None:
    result = waiting.assent("signer", "accept", "--key", key_folder() / "bob", as_="eve")

    assert result.exit == 3
    assert result.err.startswith("unknown-signer: ")


def test_nobody_named_is_bad_input(waiting: LedgerFolder) -> None:
    result = waiting.assent("signer", "accept", "--yes")

    assert result.exit == 2
    assert result.err.startswith("no-signer: ")


def test_a_dry_run_prints_what_would_be_signed(waiting: LedgerFolder) -> None:
    result = waiting.assent("signer", "accept", "--dry-run", as_="bob")

    assert (result.exit, result.json["event"]["kind"]) == (0, "signer.accepted")
    assert result.json["by"]["signer"] == "bob"
    assert waiting.size() == 1


def test_at_a_terminal_accepting_is_confirmed(waiting: LedgerFolder) -> None:
    assert waiting.assent("signer", "accept", as_="bob", tty=True, input="n\n").exit == 2
    assert waiting.size() == 1

    said = waiting.assent("signer", "accept", as_="bob", tty=True, input="y\n")
    assert said.exit == 0
    assert "Sign signer.accepted as bob?" in said.err
    assert waiting.size() == 2


def test_signers_are_listed_with_who_has_yet_to_accept(waiting: LedgerFolder) -> None:
    waiting.assent("signer", "accept", as_="bob")

    listed = {one["id"]: one for one in waiting.assent("signer", "list", "--json").json_lines}
    assert (listed["bob"]["accepted"], listed["alice"]["accepted"]) == (1, None)
    assert listed["bob"]["roles"] == ["data-owner", "model-owner"]
    assert "not yet" in waiting.assent("signer", "list").out


def test_signers_are_shown_as_of_a_position_and_a_time(ledger: LedgerFolder) -> None:
    words = ("signer", "show", "bob", "--json", "--as-of")

    assert ledger.assent(*words, "1").json["accepted"] is None
    assert ledger.assent(*words, "2").json["accepted"] == 2
    assert ledger.assent(*words, "2026-09-21T14:13:21Z").json["accepted"] is None
    assert ledger.assent(*words, "2026-09-21T14:13:22Z").json["accepted"] == 2
    assert ledger.assent(*words, "99").err.startswith('{"schema": "error/1"')


def test_one_signer_is_shown_and_a_slip_is_mended(ledger: LedgerFolder) -> None:
    shown = ledger.assent("signer", "show", "alice").out
    assert "alice: person, root signer" in shown
    assert ledger.organisation.keys["alice"].public.text in shown

    slip = ledger.assent("signer", "show", "alise")
    assert slip.exit == 2
    assert "did you mean alice?" in slip.err
