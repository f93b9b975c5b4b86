"""Whoever wants an approval waived instead of asked for, and a thief of the keys that grant it."""

import pytest

from ledger.model.events import Event
from tests.acts import add_fact, look, reject, retract, revise
from tests.attacks.trying import ALLOWED, Attack, Outcome, aside, named, refused, tried
from tests.decide.rollouts import PRODUCTION, candidate, released, soaked
from tests.exception_acts import (
    DAY,
    GRANTING,
    HOUR,
    asked,
    close_exception,
    granted,
    set_stop,
    urgent,
    waiving,
)
from tests.organisation import Organisation, change, new_policy, stack
from tests.policies import EXCEPTIONAL, exceptional, numbered
from tests.roster import carried, consented, event_of
from tests.signer_acts import disown, now_at


def under_way(lasting: int = DAY) -> tuple[Organisation, str, str]:
    """A release to production under an exception: it, and the exception."""
    org = exceptional()
    of = urgent(org)
    exception = granted(org, waiving(org, of, lasting=lasting))
    org.start("omar", of)
    return org, of, exception


def ship(org: Organisation) -> None:
    """What is under way passes its stages as far as it goes."""
    while candidate(org).stage != "general":
        soaked(org)
        org.advance("omar")


def asks_for_one() -> Outcome:
    org = exceptional()
    of = urgent(org)
    return tried(org, "frank", lambda o, name: o.open(name, waiving(o, of)))


def grants_their_own() -> Outcome:
    org = exceptional()
    new = org.open("sam", waiving(org, urgent(org)))
    return tried(org, "sam", lambda o, name: o.approve(name, new, "security-owner"), may="mona")


def grants_what_they_own() -> Outcome:
    org = exceptional()
    new = org.open("olga", waiving(org, urgent(org), owner="mona"))
    return tried(org, "mona", lambda o, name: o.approve(name, new, "security-owner"), may="sam")


def has_the_root_stand_in() -> Outcome:
    org = exceptional()
    new = org.open("olga", waiving(org, urgent(org)))
    twin = exceptional()
    other = twin.open("olga", waiving(twin, urgent(twin)))
    assert other == new
    approval = twin.approve("sam", new, "security-owner").entry
    assert approval is not None
    as_root = approval.event.model_copy(update={"role": "root"})
    return tried(org, "alice", lambda o, name: o.approve(name, new, "root"), event=lambda: as_root)


def waives_what_is_hard() -> Outcome:
    org = exceptional()
    of = org.open("frank", change(stack(["network"]), alias="fraud/staging"))
    soft = waiving(org, of, "evaluation")
    twin = aside(org)
    opened = twin.open("olga", soft)
    event = twin.judged[-1].entry
    assert event is not None
    assert opened
    hard = asked(soft, waives=("permissions",))
    return tried(
        org,
        "olga",
        lambda o, name: o.open(name, hard),
        event=lambda: event.event.model_copy(update={"effect": hard}),
    )


def waives_piece_by_piece() -> Outcome:
    """Two that are harmless each: together they would leave nobody to approve."""
    org = exceptional()
    of = urgent(org)
    granted(org, waiving(org, of, "model-owner"))
    soft = waiving(org, of, "evaluation")
    twin = aside(org)
    twin.open("olga", soft)
    event = twin.judged[-1].entry
    assert event is not None
    last = asked(soft, waives=("data-lineage",))
    return tried(
        org,
        "olga",
        lambda o, name: o.open(name, last),
        event=lambda: event.event.model_copy(update={"effect": last}),
    )


def changes_the_release_behind_it() -> Outcome:
    org = exceptional()
    of = urgent(org)
    granted(org, waiving(org, of))
    twin = aside(org)
    revise(org, "frank", of, org.change(of))
    org.attach("erin", of, document="again")
    org.approve("dana", of, "data-owner")
    return tried(org, "omar", lambda o, name: o.start(name, of), where=twin)


def has_the_policy_changed_behind_it() -> Outcome:
    org = exceptional()
    of = urgent(org)
    granted(org, waiving(org, of))
    twin = aside(org)
    policy = new_policy(numbered(2, text=EXCEPTIONAL))
    carried(org, policy, approvals=(("stella", "steward"),), enactor="omar")
    return tried(org, "omar", lambda o, name: o.start(name, of), where=twin)


def fact_asks_for_more() -> Outcome:
    org = exceptional()
    of = urgent(org)
    granted(org, waiving(org, of))
    twin = aside(org)
    add_fact(org, "dana", of)
    return tried(org, "omar", lambda o, name: o.start(name, of), where=twin)


def uses_it_after_its_end() -> Outcome:
    org = exceptional()
    of = urgent(org)
    granted(org, waiving(org, of, lasting=HOUR))
    start = event_of(aside(org).start("omar", of))
    org.now += DAY
    return tried(org, "omar", lambda o, name: o.start(name, of), event=lambda: start)


def uses_it_when_it_was_closed() -> Outcome:
    org = exceptional()
    of = urgent(org)
    exception = granted(org, waiving(org, of))
    twin = aside(org)
    close_exception(org, "olga", exception)
    return tried(org, "omar", lambda o, name: o.start(name, of), where=twin)


def uses_it_twice() -> Outcome:
    org = exceptional()
    of = urgent(org)
    granted(org, waiving(org, of))
    twin = aside(org)
    org.start("omar", of)
    org.roll_back("omar")
    return tried(org, "omar", lambda o, name: o.start(name, of), where=twin)


def completes_without_paying_once_it_ended() -> Outcome:
    org, _, exception = under_way(lasting=3 * DAY)
    ship(org)
    twin = aside(org)
    close_exception(org, "olga", exception)
    return tried(org, "omar", lambda o, name: o.complete(name), where=twin)


def pays_and_takes_it_back() -> Outcome:
    org, of, exception = under_way(lasting=3 * DAY)
    org.approve("alice", of, "model-owner")
    retract(org, "alice", of)
    ship(org)
    twin = aside(org)
    close_exception(org, "olga", exception)
    return tried(org, "omar", lambda o, name: o.complete(name), where=twin)


def ships_on_top_of_what_is_owed() -> Outcome:
    """The debt stays, and shuts the alias when the exception has ended."""
    org, _, exception = under_way(lasting=3 * DAY)
    ship(org)
    org.complete("omar")
    close_exception(org, "olga", exception)
    second = urgent(org, "m2")
    twin = aside(org)
    org.approve("alice", second, "model-owner")
    assert look(org, second).verdict == "blocked"
    assert twin.standing.alias(PRODUCTION).owing
    return tried(
        org, "omar", lambda o, name: o.start(name, second), event=lambda: _forged_start(org, second)
    )


def _forged_start(org: Organisation, of: str) -> Event:
    """What the last start said, of another proposal."""
    last = [event_of(one) for one in org.judged]
    start = next(one for one in reversed(last) if one.kind == "release.started")
    return start.model_copy(update={"proposal": of, "stack": org.change(of).stack})


def reviews_it_themselves() -> Outcome:
    org, _, exception = under_way()
    close_exception(org, "olga", exception)
    return tried(org, "olga", lambda o, name: o.close_review(name, exception), may="rita")


def gets_the_next_before_the_review() -> Outcome:
    org, _, exception = under_way(lasting=HOUR)
    org.roll_back("omar")
    close_exception(org, "olga", exception)
    org.now += 3 * DAY
    second = urgent(org, "m2")
    first = org.proposal(exception).effect
    wanted = waiving(org, second)
    opened = [event_of(one) for one in org.judged if one.admitted]
    forged = next(one for one in opened if getattr(one, "effect", None) == first)
    return tried(
        org,
        "olga",
        lambda o, name: o.open(name, wanted),
        event=lambda: forged.model_copy(update={"proposal": org.new_id(), "effect": wanted}),
    )


def rejects_an_urgent_release() -> Outcome:
    """Who holds a role that is asked may, and says so in their name."""
    org = exceptional()
    of = urgent(org)
    return tried(org, "bob", lambda o, name: reject(o, name, of))


def stranger_closes_it() -> Outcome:
    org = exceptional()
    exception = granted(org, waiving(org, urgent(org)))
    return tried(org, "frank", lambda o, name: close_exception(o, name, exception), may="olga")


def thief_of_who_grants_is_disowned() -> Outcome:
    org = exceptional()
    of = urgent(org)
    before = now_at(org)
    granted(org, waiving(org, of))
    twin = aside(org)
    disown(org, "rosa", before)
    return tried(org, "omar", lambda o, name: o.start(name, of), where=twin)


def thief_of_who_grants_has_shipped() -> Outcome:
    org, _, _ = under_way(lasting=3 * DAY)
    twin = aside(org)
    before = org.proposal(candidate(org).proposal).opened_position
    disown(org, "rosa", before)
    assert candidate(org).unsupported
    soaked(twin)
    soaked(org)
    return tried(org, "omar", lambda o, name: o.advance(name), where=twin)


def capability_is_stopped_under_an_exception() -> Outcome:
    """No exception goes round a stop."""
    org = exceptional()
    of = urgent(org)
    granted(org, waiving(org, of))
    twin = aside(org)
    set_stop(org, "olga", f"alias/{PRODUCTION}")
    return tried(org, "omar", lambda o, name: o.start(name, of), where=twin)


def one_of_two_grants_it_alone() -> Outcome:
    org = exceptional()
    new = consented(org, waiving(org, urgent(org)), by="olga", approvals=GRANTING[:1])
    twin = aside(org)
    twin.approve("rosa", new, "release-owner")
    return tried(org, "sam", lambda o, name: o.enact(name, new), where=twin)


ATTACKS: dict[Attack, Outcome] = {
    asks_for_one: ALLOWED,
    grants_their_own: refused("self-approval"),
    grants_what_they_own: refused("self-approval"),
    has_the_root_stand_in: refused("role-not-asked"),
    waives_what_is_hard: refused("hard-requirement"),
    waives_piece_by_piece: refused("last-approval"),
    changes_the_release_behind_it: refused("not-ready"),
    has_the_policy_changed_behind_it: refused("not-ready"),
    fact_asks_for_more: refused("not-ready"),
    uses_it_after_its_end: refused("not-ready"),
    uses_it_when_it_was_closed: refused("not-ready"),
    uses_it_twice: refused("closed"),
    completes_without_paying_once_it_ended: refused("exception-ended"),
    pays_and_takes_it_back: refused("exception-ended"),
    ships_on_top_of_what_is_owed: refused("exception-owing"),
    reviews_it_themselves: refused("own-review"),
    gets_the_next_before_the_review: refused("review-overdue"),
    rejects_an_urgent_release: ALLOWED,
    stranger_closes_it: refused("no-part"),
    thief_of_who_grants_is_disowned: refused("not-ready"),
    thief_of_who_grants_has_shipped: refused("unsupported"),
    capability_is_stopped_under_an_exception: refused("alias-frozen"),
    one_of_two_grants_it_alone: refused("not-ready"),
}


@pytest.mark.parametrize(("attack", "outcome"), ATTACKS.items(), ids=named)
def test_what_becomes_of_an_attack_by_who_wants_a_waiver(attack: Attack, outcome: Outcome) -> None:
    assert attack() == outcome


def test_without_an_exception_the_same_people_release_as_ever() -> None:
    org = exceptional()
    released(org)
    assert org.standing.alias(PRODUCTION).owing == ()
