"""``assent trust``: pinning a ledger that somebody else founded."""

from cli.places import state_root
from ledger.store.locations import Locations
from tests.cli.conftest import MakeLedger


def test_a_ledger_is_uncheckable_until_it_is_pinned(make_ledger: MakeLedger) -> None:
    ledger = make_ledger(pin=False)

    before = ledger.assent("status")
    assert before.exit == 5
    assert before.err.startswith("never-pinned: ")
    assert "assent trust" in before.err

    assert ledger.assent("trust", ledger.id).exit == 0
    assert ledger.assent("status").exit == 0
    assert ledger.state.is_pinned()


def test_pinning_twice_is_the_same_as_once(make_ledger: MakeLedger) -> None:
    ledger = make_ledger(pin=False)

    first, second = (ledger.assent("trust", ledger.id, "--json").json for _ in range(2))

    assert (first["already"], second["already"]) == (False, True)
    assert first["ledger"] == second["ledger"] == ledger.id
    assert "it was already" in ledger.assent("trust", ledger.id).out


def test_another_ledger_than_the_one_named_is_not_pinned(make_ledger: MakeLedger) -> None:
    ledger = make_ledger(pin=False)
    named = "ab" * 32

    result = ledger.assent("trust", named)

    assert (result.exit, result.out) == (4, "")
    assert result.err.startswith("other-ledger: ")
    assert named in result.err
    assert ledger.id in result.err
    assert not (state_root() / named).exists()
    assert Locations(state_root()).ledger_at(str(ledger.log)) is None


def test_what_is_no_id_is_said(make_ledger: MakeLedger) -> None:
    result = make_ledger(pin=False).assent("trust", "acme")

    assert result.exit == 2
    assert result.err.startswith("not-a-ledger-id: ")


def test_a_folder_without_a_ledger_is_said(make_ledger: MakeLedger) -> None:
    ledger = make_ledger(pin=False)

    result = ledger.assent("trust", ledger.id, "--ledger", ledger.path / "elsewhere")

    assert result.exit == 5
    assert result.err.startswith("no-ledger: ")


def test_the_pinned_ledger_exchanged_for_another_is_an_alarm(make_ledger: MakeLedger) -> None:
    mine = make_ledger()
    other = make_ledger(accept=False, policy=OTHER, name="other")
    mine.log.write_bytes(other.log.read_bytes())

    result = mine.assent("status")

    assert result.exit == 4
    assert result.err.startswith("other-ledger: ")
    assert mine.id in result.err
    assert other.id in result.err


OTHER = """
name = "other"
number = 1
[roles]
model-owner = ""
data-owner = ""
evaluation-owner = ""
release-owner = ""
auditor = ""
[[requirement]]
id = "one"
approvals = { model-owner = 1 }
[operation]
by = ["release-owner"]
"""
