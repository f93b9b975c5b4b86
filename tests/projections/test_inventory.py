"""``model_inventory`` against the standing read in plain Python, and by hand."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.decide.waivers import ends_at, owed_by
from ledger.model.effects import ReleaseEffect
from ledger.model.events import ReleaseStarted
from ledger.model.stack import Stack
from projections.evidence import evidence_list, metric_list
from projections.inventory import INVENTORY
from projections.observations import observation_list
from projections.runner import Views
from projections.tables import instant
from projections.texts import stack_text
from tests.decide.rollouts import DAY, STAGING, in_staging
from tests.exception_acts import set_stop
from tests.organisation import Organisation, change, stack
from tests.policies import exceptional
from tests.projections.histories import lived
from tests.projections.once import SEED, viewed, views_of
from tests.projections.watching_steps import ALIASES
from tests.signer_acts import now_at

Row = dict[str, Any]


def inventory(views: Views) -> list[Row]:
    with views.reading() as connection:
        wanted = select(INVENTORY).order_by(INVENTORY.c.alias)
        return [dict(row) for row in connection.execute(wanted).mappings()]


def reckoned(org: Organisation, views: Views, alias: str) -> Row | None:
    """The row of *alias* as the standing, its documents and its observations give it."""
    standing, state = org.standing, org.standing.alias(alias)
    stable = state.stable
    proposal = None if stable is None else standing.proposal(stable.proposal)
    if stable is None or proposal is None or not isinstance(proposal.effect, ReleaseEffect):
        return None
    with views.reading() as connection:
        documents: Any = [row for row in evidence_list(connection, stable.number) if row.counts]
        measured = [row for row in documents if metric_list(connection, row.position)]
        passed: Any = [
            row for row in observation_list(connection, proposal=stable.proposal) if row.passing
        ]
    newest = max(measured, key=lambda row: (row.at, row.position), default=None)
    ending = [row for row in documents if row.expires_at is not None]
    first = min(ending, key=lambda row: (row.expires_at, row.position), default=None)
    model = next((part for part in stable.stack.components if part.component == "model"), None)
    asked, (name, environment) = proposal.effect, alias.split("/")
    owner = standing.signer(asked.owner or "")
    stop = standing.target(f"alias/{alias}")
    in_force = exceptions_of(standing, alias)
    ends = [owed_by(standing, one).until for one in state.owing]
    return {
        "alias": alias,
        "model": name,
        "environment": environment,
        "model_version": None if model is None else model.version,
        "model_digest": None if model is None else model.digest,
        "stack_digest": stable.stack.digest,
        "stack": stack_text(stable.stack),
        "number": stable.number,
        "tier": tier_of(org.judged, stable.proposal),
        "owner": asked.owner,
        "owner_active": owner is not None
        and owner.kind == "person"
        and owner.signing_key is not None
        and standing.target(f"signer/{asked.owner}") is None,
        "on_call": asked.on_call,
        "rollback_owner": asked.rollback.owner,
        "since": instant(stable.completed_at),
        "position": stable.completed_position,
        "validated_at": None if newest is None else newest.at,
        "validated_position": None if newest is None else newest.position,
        "observed_at": passed[-1].at if passed else None,
        "observed_position": passed[-1].position if passed else None,
        "evidence_expires_at": None if first is None else first.expires_at,
        "expiring_position": None if first is None else first.position,
        "exceptions": json.dumps([number for number, _ in in_force], separators=(",", ":")),
        "exceptions_end": instant(min((end for _, end in in_force), default=None)),
        "owed_until": instant(min(ends, default=None)),
        "frozen_by": None if stop is None else stop.by,
        "frozen_since": None if stop is None else instant(org.judged[stop.position].at),
        "unsupported_position": None if proposal.closure is None else proposal.closure.lost_at,
    }


def exceptions_of(standing: Standing, alias: str) -> list[tuple[int, int]]:
    """Number and end of the exceptions of *alias* in force at ledger time, in order."""
    states = (standing.numbered(number) for number in range(1, standing.head.proposals + 1))
    found = []
    for state in states:
        granted_ = None if state is None else standing.exception(state.id)
        if state is None or granted_ is None or state.effect.alias != alias:
            continue
        end = ends_at(standing, granted_)
        is_lost = state.closure is not None and state.closure.lost_at is not None
        if granted_.closed_at is None and not is_lost and end > standing.head.time:
            found.append((state.number, end))
    return found


def tier_of(judged: list[Judged], proposal: str) -> str:
    events = [one.entry.event for one in judged if one.admitted and one.entry is not None]
    return next(
        event.tier
        for event in events
        if isinstance(event, ReleaseStarted) and event.proposal == proposal
    )


def test_the_inventory_of_a_long_history_is_what_the_standing_says() -> None:
    org, views = lived(SEED), viewed()

    expected = [reckoned(org, views, alias) for alias in sorted(ALIASES)]

    found = inventory(views)
    assert found == [row for row in expected if row is not None]
    assert len(found) >= 2


CARD = """
[[requirement]]
id = "card"
because = "somebody wrote down what it is for"
[requirement.evidence.model-card]
max_age = "10d"
"""


def test_the_newest_numbers_that_count_validate_and_the_newest_observation_that_passed() -> None:
    org = exceptional(CARD)
    of = org.open("frank", change(alias=STAGING))
    report = org.attach("erin", of)
    org.attach("erin", of, "model-card", auc=None, document="too early")
    card = org.attach("erin", of, "model-card", auc=None, document="card")
    org.start("deployer", of)
    org.complete("deployer", STAGING)
    passed = org.observe("erin", STAGING)
    org.observe("erin", STAGING, incident="INC-7")
    with views_of(org) as views:
        (row,) = inventory(views)

    validated = (row["validated_position"], row["validated_at"])
    assert validated == (report.position, instant(report.at)), "a text validates nothing"
    expires = instant(card.at + 10 * DAY)
    assert (row["expiring_position"], row["evidence_expires_at"]) == (card.position, expires)
    assert (row["observed_position"], row["observed_at"]) == (passed.position, instant(passed.at))


def test_what_an_alias_runs_stands_there_until_a_rollback_leaves_it_empty() -> None:
    org = exceptional()
    of = in_staging(org, "m7")
    completed = now_at(org)
    with views_of(org) as views:
        (row,) = inventory(views)
    named = ("alias", "model_version", "number", "position", "exceptions", "owner_active")
    assert [row[name] for name in named] == [STAGING, "m7", 1, completed, "[]", True]
    assert row["stack_digest"] == org.change(of).stack.digest

    org.roll_back("olga", STAGING)
    with views_of(org) as views:
        assert inventory(views) == []


@pytest.mark.parametrize("owner", ["alice", "deployer", "nobody", None])
def test_who_is_stopped_is_no_person_or_unknown_is_no_active_owner(owner: str | None) -> None:
    org = exceptional()
    effect = {**change(alias=STAGING).model_dump(), "owner": owner}
    of = org.open("frank", ReleaseEffect.model_validate(effect))
    org.attach("erin", of)
    org.start("deployer", of)
    org.complete("deployer", STAGING)
    set_stop(org, "bob", "signer/alice")
    with views_of(org) as views:
        (row,) = inventory(views)

    assert (row["owner"], row["owner_active"]) == (owner, False)


def test_a_stack_without_a_model_has_no_version_of_one() -> None:
    org = exceptional()
    features = tuple(part for part in stack(features="f1").components if part.component != "model")
    of = org.open("frank", change(Stack(components=features, permissions=()), alias=STAGING))
    org.attach("erin", of, components=["features"])
    org.start("deployer", of)
    org.complete("deployer", STAGING)
    with views_of(org) as views:
        (row,) = inventory(views)

    assert (row["model"], row["model_version"], row["model_digest"]) == ("fraud", None, None)
