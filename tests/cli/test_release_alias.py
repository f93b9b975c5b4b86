"""``assent release`` and ``assent alias``: how a stack gets to an alias, and what runs there."""

from tests.change_files import SECOND
from tests.cli.conftest import LedgerFolder
from tests.cli.opened import approved, attached, opened, released


def test_a_release_that_is_not_ready_does_not_start(ledger: LedgerFolder) -> None:
    number = opened(ledger)

    result = ledger.assent("release", "start", number, as_="omar")

    assert (result.exit, result.err.split(":")[0]) == (3, "not-ready")
    assert "approval of 1 model-owner" in result.err


def test_a_release_goes_from_candidate_to_stable(ledger: LedgerFolder) -> None:
    number = opened(ledger)
    attached(ledger, number)
    approved(ledger, number)

    started = ledger.assent("release", "start", number, as_="omar")
    under_way = ledger.assent("alias", "show", "fraud/production", "--json").json
    completed = ledger.assent("release", "complete", "fraud/production", as_="omar")
    stable = ledger.assent("alias", "show", "fraud/production", "--json").json

    assert (started.exit, completed.exit) == (0, 0)
    assert (under_way["stable"], under_way["candidate"]["stage"]) == (None, "general")
    assert stable["candidate"] is None
    assert stable["stable"]["proposal"] == number
    assert stable["stable"]["digest"] == under_way["candidate"]["digest"]


def test_an_alias_as_json_has_exactly_the_promised_fields(ledger: LedgerFolder) -> None:
    released(ledger)

    shown = ledger.assent("alias", "show", "fraud/production", "--json").json

    assert list(shown) == [
        *("schema", "alias", "stable", "candidate"),
        *("frozen", "frozen_by", "unsupported", "exceptions", "as_of"),
    ]
    assert list(shown["stable"]) == [
        *("stack", "digest", "proposal", "since", "position"),
        *("opened_position", "started_position", "completed_position"),
    ]
    positions = (shown["stable"][f"{what}_position"] for what in ("opened", "started", "completed"))
    said = [ledger.assent("show", at, "--json").json["entry"]["event"]["kind"] for at in positions]
    assert said == ["proposal.opened", "release.started", "release.completed"]
    assert shown["schema"] == "alias/1"
    assert shown["as_of"]["position"] == ledger.size() - 1


def test_who_does_not_operate_releases_starts_none(ledger: LedgerFolder) -> None:
    number = opened(ledger)
    attached(ledger, number)
    approved(ledger, number)

    result = ledger.assent("release", "start", number, as_="alice")

    assert (result.exit, result.err.split(":")[0]) == (3, "not-operator")


def test_an_alias_is_shown_as_it_was(ledger: LedgerFolder) -> None:
    released(ledger)
    end = ledger.size() - 1
    released(ledger, SECOND)

    then = ledger.assent("alias", "show", "fraud/production", "--as-of", end, "--json").json
    before = ledger.assent("alias", "show", "fraud/production", "--as-of", end - 2)
    now = ledger.assent("alias", "show", "fraud/production").out

    assert (then["stable"]["proposal"], then["as_of"]["position"]) == (1, end)
    assert (before.exit, before.err.split(":")[0]) == (2, "unknown-alias")
    assert "fraud/production runs: #2" in now
    assert "v2" in now


def test_the_history_of_an_alias_is_what_it_ran(ledger: LedgerFolder) -> None:
    released(ledger)
    released(ledger, SECOND)

    lines = ledger.assent("alias", "history", "fraud/production", "--json").json_lines
    listed = ledger.assent("alias", "list").out

    assert [line["proposal"] for line in lines] == [1, 2]
    assert lines[0]["valid_to_position"] == lines[1]["valid_from_position"]
    assert lines[1]["valid_to"] is None
    assert "model v2" in listed


def test_an_unknown_alias_and_a_word_that_is_none_are_bad_input(ledger: LedgerFolder) -> None:
    for verb in (("alias", "show"), ("alias", "history"), ("release", "show")):
        unknown = ledger.assent(*verb, "spam/production")
        none = ledger.assent(*verb, "production")
        assert (unknown.exit, unknown.err.split(":")[0]) == (2, "unknown-alias")
        assert (none.exit, none.err.split(":")[0]) == (2, "not-an-alias")


def test_a_release_is_shown_under_way_and_afterwards(ledger: LedgerFolder) -> None:
    number = opened(ledger)
    attached(ledger, number)
    approved(ledger, number)
    ledger.assent("release", "start", number, as_="omar")
    under_way = ledger.assent("release", "show", "fraud/production", "--json").json
    ledger.assent("release", "complete", "fraud/production", as_="omar")
    done = ledger.assent("release", "show", "fraud/production", "--json").json

    assert (under_way["schema"], under_way["under_way"], done["under_way"]) == (
        "release/1",
        True,
        False,
    )
    assert "completed" in ledger.assent("release", "show", "fraud/production").out
