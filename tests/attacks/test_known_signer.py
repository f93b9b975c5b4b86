"""Somebody with a key that the ledger knows, who writes past the client whatever they like.

Everything that everybody ever said in a rich history is said again, by somebody who holds no role:
no alias moves, no signer changes, no policy, no exception and no stop.
"""

from functools import cache

import pytest

from ledger.model.events import Event
from ledger.model.kinds import KINDS
from tests.acts import (
    acknowledge,
    add_fact,
    comment,
    reject,
    reopen,
    retract,
    revise,
    take_back,
    withdraw,
    witness,
)
from tests.attacks.trying import aside, rows
from tests.decide.rollouts import BREACH, PRODUCTION, STAGING, released, soaked
from tests.exception_acts import close_exception, drilled, granted, set_stop, urgent, waiving
from tests.organisation import Organisation, change, new_policy, stack
from tests.policies import EXCEPTIONAL, exceptional, numbered
from tests.roster import (
    carried,
    delegate,
    enrolment,
    event_of,
    lifting,
    next_key,
    roles_of,
    rotation,
    stop,
)
from tests.signer_acts import by_root, correction, disowning, now_at, rooting

STEWARD = (("stella", "steward"),)
DAY = 86_400


@cache
def history() -> Organisation:
    """At least one event of every kind that moves anything."""
    org = exceptional()
    released(org)
    of = urgent(org, "m2", "d2")
    exception = granted(org, waiving(org, of, lasting=3 * DAY))
    org.start("omar", of)
    soaked(org)
    org.advance("omar")
    org.observe("erin", PRODUCTION, *BREACH)
    back = org.roll_back("omar")
    close_exception(org, "olga", exception)
    for subject in (back, exception):
        org.close_review("rita", subject)
    frozen = set_stop(org, "olga", f"alias/{STAGING}")
    votes = (("sam", "security-owner"), ("mona", "model-owner"))
    carried(org, lifting(frozen), approvals=votes, enactor="rosa")
    drilled(org, "olga", "generation")
    delegate(org, "bob", "erin", "model-owner")
    carried(org, roles_of("rita", ["data-owner"]), approvals=STEWARD)
    carried(org, enrolment("nora", ["data-owner"]), approvals=STEWARD)
    carried(
        org,
        rotation("erin", next_key("erin").public.text),
        by="erin",
        enactor="erin",
        approvals=STEWARD,
    )
    carried(org, new_policy(numbered(2, text=EXCEPTIONAL)), approvals=STEWARD)
    by_root(org, rooting(2, "alice", "bob", "omar"))
    by_root(org, disowning(org, "dana", now_at(org)))
    _talked(org)
    right = org.now
    org.now += DAY
    stop(org, "olga", "watchdog")
    by_root(org, correction(now_at(org), right))
    org.now = right + 60
    return org


def _talked(org: Organisation) -> None:
    """What people say of proposals, and of what they find in a log."""
    of = org.open("frank", change(stack(model="m5"), alias=STAGING))
    org.attach("erin", of)
    take_back(org, "erin", of)
    revise(org, "frank", of, change(stack(model="m6"), alias=STAGING))
    add_fact(org, "alice", of)
    org.approve("alice", of, "model-owner")
    retract(org, "alice", of)
    reject(org, "bob", of)
    reopen(org, "bob", of)
    comment(org, "rita", of)
    withdraw(org, "frank", of)
    acknowledge(org, "rita", org.smuggle(b"rubbish").position)
    witness(org, "rita")
    carried(org, roles_of("rita", strip=["data-owner"]), approvals=STEWARD)


def kinds() -> dict[str, Event]:
    """The last admitted event of each kind."""
    return {event_of(one).kind: event_of(one) for one in history().judged if one.admitted}


def test_the_history_has_every_kind_of_event_there_is() -> None:
    assert set(kinds()) == set(KINDS)


@pytest.mark.parametrize("name", ["frank", "deployer"])
def test_whatever_was_said_is_not_said_again_by_who_may_not(name: str) -> None:
    org = aside(history())
    admitted = []
    for kind, event in kinds().items():
        rows(org.standing)
        judged = org.force(name, event)
        if judged.admitted:
            admitted.append(kind)
        else:
            assert rows(org.standing) == {}, kind

    assert admitted == ["comment.made"]
