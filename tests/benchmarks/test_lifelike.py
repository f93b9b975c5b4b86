"""The lifelike history is what it says: the same for a seed, and full of what happens in a year."""

from collections import Counter
from pathlib import Path

import pytest

from ledger.audit.replay import judge
from ledger.decide.context import Standing
from ledger.model.effects import ReleaseEffect
from ledger.model.events import Event, ProposalOpened, ReleaseRolledBack
from ledger.model.terms import parse_instant
from ledger.seal.envelope import examine
from ledger.store.log import open_log
from tests.lifelike import History, write_history
from tests.lifelike_company import DAY, HOUR

ENTRIES = 1_000


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    return write_history(tmp_path_factory.mktemp("lifelike"), ENTRIES, keep=True)


def _events(history: History) -> list[Event]:
    return [one.entry.event for one in history.judged if one.entry is not None and one.admitted]


def test_the_log_holds_the_history_and_judges_as_it_was_judged(history: History) -> None:
    standing = Standing()
    with open_log(history.log) as log:
        again = [judge(standing, examine(row.raw or b""), history.id) for row in log.scan()]
    assert len(again) == history.size >= ENTRIES
    assert again == list(history.judged)
    assert standing.head.time == history.ended


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    made = []
    for name, seed in (("one", 1), ("same", 1), ("other", 2)):
        (tmp_path / name).mkdir()
        made.append(write_history(tmp_path / name, 90, seed, keep=True).envelopes)
    one, same, other = made
    assert one == same
    assert one != other


def test_all_kinds_of_days_occur(history: History) -> None:
    kinds = Counter[str](event.kind for event in _events(history))
    often = {"proposal.opened", "approval.granted", "evidence.attached", "release.completed"}
    seldom = {
        *("proposal.revised", "proposal.rejected", "proposal.withdrawn", "comment.made"),
        *("fact.added", "release.rolled-back", "review.closed", "exception.granted"),
        *("signer.enrolled", "override.set", "override.lifted", "override.drilled"),
        *("signer.delegated", "policy.published", "finding.acknowledged"),
    }
    assert {kind for kind in often if kinds[kind] < 40} == set()
    assert {kind for kind in seldom if not kinds[kind]} == set()


def test_some_entries_go_around_the_rules_and_are_found(history: History) -> None:
    rules = {one.finding.rule for one in history.judged if one.finding is not None}
    assert {"unknown-key", "no-power"} <= rules


def test_some_changes_name_no_owner_and_some_rollbacks_were_seen_coming(history: History) -> None:
    events = _events(history)
    opened = [one.effect for one in events if isinstance(one, ProposalOpened)]
    releases = [one for one in opened if isinstance(one, ReleaseEffect)]
    back = [one for one in events if isinstance(one, ReleaseRolledBack)]
    assert 0 < sum(one.owner is None for one in releases) < len(releases) / 4
    assert {one.observation is None for one in back} == {True, False}


def test_people_work_on_weekdays_over_months_and_services_at_night(history: History) -> None:
    worked: dict[str, set[tuple[bool, bool]]] = {"people": set(), "services": set()}
    for one in history.judged:
        entry = one.entry
        if entry is None or not one.admitted or one.position < 100:
            continue
        at = parse_instant(entry.at)
        weekday, hour = (at // DAY + 3) % 7 < 5, at % DAY // HOUR
        if entry.event.kind in ("approval.granted", "proposal.opened"):
            worked["people"].add((weekday, 8 <= hour < 19))
        elif entry.by.signer == "watchdog":
            worked["services"].add((weekday, 8 <= hour < 19))
    assert worked["people"] == {(True, True)}
    assert (True, False) in worked["services"]
    assert history.ended - parse_instant(history.judged[0].entry.at) > 40 * DAY  # type: ignore[union-attr]
