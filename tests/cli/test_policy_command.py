"""``assent policy``: problems with their lines, lock-out against real people, published texts."""

from pathlib import Path

import pytest

from ledger.model.effects import PolicyDocument
from tests.cli.conftest import LedgerFolder
from tests.organisation import POLICY, Organisation
from tests.shell import run_assent


@pytest.mark.parametrize("words", [("new",), ("new", "--small")])
def test_the_policies_to_start_from_have_nothing_wrong(desk: Path, words: tuple[str, ...]) -> None:
    (desk / "policy.toml").write_text(run_assent("policy", *words).out)

    result = run_assent("policy", "check", "policy.toml")

    assert (result.exit, result.out) == (0, "policy.toml: nothing wrong\n")
    assert "was not checked: there is no .assent folder" in result.err


def test_all_problems_are_listed_with_their_lines(desk: Path) -> None:
    text = run_assent("policy", "new", "--small").out
    text = text.replace("reviewer = 1", "reviwer = 1", 1).replace(
        'by = ["operator"]', 'by = ["opera"]'
    )
    (desk / "policy.toml").write_text(text)
    lines = {text[: text.index(word)].count("\n") + 1 for word in ("reviwer = 1", 'by = ["opera"]')}

    result = run_assent("policy", "check", "policy.toml", "--json")

    body = result.json
    assert result.exit == 2
    assert {one["line"] for one in body["problems"]} == lines
    assert {one["code"] for one in body["problems"]} == {"unknown-role"}
    assert body["lock_out_checked"] is False
    said = run_assent("policy", "check", "policy.toml").out
    assert all(f"policy.toml:{line}: " in said for line in lines)
    assert "did you mean reviewer?" in said


def test_with_a_ledger_in_reach_lock_out_is_checked_against_who_accepted(
    ledger: LedgerFolder,
) -> None:
    (ledger.path / "next.toml").write_text(POLICY)
    fine = ledger.assent("policy", "check", "next.toml", "--json")
    assert (fine.exit, fine.json["lock_out_checked"]) == (0, True)

    (ledger.path / "next.toml").write_text(
        POLICY.replace("{ data-owner = 1 }", "{ data-owner = 3 }")
    )
    locked = ledger.assent("policy", "check", "next.toml", "--json")
    assert locked.exit == 2
    assert [one["code"] for one in locked.json["problems"]] == ["lock-out"]

    later = POLICY.replace("[roles]\n", '[roles]\non-call = "nobody yet"\n')
    (ledger.path / "next.toml").write_text(f'{later}[overrides]\nset = ["on-call"]\n')
    alone = ledger.assent("policy", "check", "next.toml", "--json")
    assert alone.exit == 2
    assert [one["code"] for one in alone.json["problems"]] == ["nobody-stops"]


@pytest.mark.usefixtures("desk")
def test_a_policy_file_that_is_not_there_is_said() -> None:
    result = run_assent("policy", "check", "policy.toml")

    assert result.exit == 2
    assert result.err.startswith("no-such-file: policy.toml")


@pytest.mark.usefixtures("desk")
def test_the_facts_are_listed_with_those_the_policy_wants_declared(ledger: LedgerFolder) -> None:
    alone = [one["name"] for one in run_assent("policy", "facts", "--json").json_lines]
    here = [one["name"] for one in ledger.assent("policy", "facts", "--json").json_lines]

    assert "touches" in alone
    assert set(here) - set(alone) == {"personal_data", "online"}
    assert "without the facts a policy declares" in run_assent("policy", "facts").err


@pytest.mark.usefixtures("desk")
def test_each_fact_says_where_it_may_stand_and_fits_a_terminal() -> None:
    lines = run_assent("policy", "facts").out.split("\n")
    places = {line.split()[0]: line.split()[2:] for line in lines if line[:1].strip()}
    uses = {one["name"]: one["uses"] for one in run_assent("policy", "facts", "--json").json_lines}

    assert places["touches"] == ["everywhere"]
    assert places["shift"] == ["tiers,", "requirements,", "some", "duties"]
    assert places["requirement"] == ["some", "duties"]
    assert places["waives_domains"] == ["duties"]
    assert (uses["requirement"], "tier" in uses["touches"]) == (["approve"], True)
    assert max(map(len, lines)) <= 80


def test_the_policy_in_force_is_shown_as_it_was_published(ledger: LedgerFolder) -> None:
    shown = ledger.assent("policy", "show")
    body = ledger.assent("policy", "show", 1, "--json").json

    assert (shown.exit, shown.err) == (0, "")
    assert shown.out.strip() == POLICY.strip()
    assert (body["number"], body["position"], body["text"]) == (1, 0, POLICY)
    assert body["text_is_canonical"] is True


def test_the_policy_in_force_is_shown_as_a_page_that_fits_a_terminal(ledger: LedgerFolder) -> None:
    shown = ledger.assent("policy", "show", "--page")
    body = ledger.assent("policy", "show", 1, "--page", "--json").json

    assert (shown.exit, shown.err) == (0, "")
    assert shown.out.startswith("simulated, policy 1, on one page\n")
    assert max(map(len, shown.out.split("\n"))) <= 80
    assert (body["schema"], body["number"]) == ("playbook/1", 1)


def test_a_policy_that_was_never_published_is_said(ledger: LedgerFolder) -> None:
    result = ledger.assent("policy", "show", 2)

    assert result.exit == 2
    assert result.err.startswith("unknown-policy: ")


def test_a_text_that_is_not_what_judges_is_said_loudly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A founder may sign a harmless text beside another canonical JSON; readers are told."""

    class Deceived(Organisation):
        def _found(self, policy: str) -> None:
            from tests import organisation  # noqa: PLC0415 - patched for the time of founding

            real = PolicyDocument

            def lying(text: str, canonical: str) -> object:
                return real(text=text.replace('min = "0.90"', 'min = "0.99"'), canonical=canonical)

            with monkeypatch.context() as patched:
                patched.setattr(organisation, "PolicyDocument", lying)
                super()._found(policy)

    ledger = LedgerFolder(tmp_path / "deceived", Deceived())

    shown = ledger.assent("policy", "show")
    assert 'min = "0.99"' in shown.out
    assert "WARNING: this text is NOT what judges" in shown.err
    assert ledger.assent("policy", "show", "--json").json["text_is_canonical"] is False
    page = ledger.assent("policy", "show", "--page")
    assert ("0.99" in page.out, "0.90" in page.out) == (False, True)
    assert "NOT what the published text says" in page.err
