"""Whoever may stop, or stole the key of who may; a thief whose steps are found out later."""

import pytest

from ledger.model.events import OverrideSet
from tests.acts import look, prepared
from tests.attacks.trying import ALLOWED, Attack, Outcome, aside, named, refused, tried
from tests.decide.rollouts import (
    GOOD,
    PRODUCTION,
    STAGING,
    candidate,
    guarded,
    released,
    rollout,
    soaked,
    stable,
)
from tests.exception_acts import drilled, set_stop
from tests.organisation import Organisation, change, stack
from tests.policies import exceptional
from tests.roster import consented, delegate, enrol, lifting, stewarded, stop
from tests.signer_acts import ROOT_VOTES, disown, lift_by_root, now_at


def freezes_everything() -> Outcome:
    org = exceptional()
    set_stop(org, "olga", f"alias/{PRODUCTION}")
    return tried(org, "olga", lambda o, name: set_stop(o, name, f"alias/{PRODUCTION}"))


def goes_on_stopping_when_stopped() -> Outcome:
    org = exceptional()
    stop(org, "dana", "olga")
    return tried(org, "olga", lambda o, name: set_stop(o, name, f"alias/{STAGING}"))


def goes_on_stopping_when_disowned() -> Outcome:
    org = exceptional()
    disown(org, "olga", now_at(org))
    return tried(org, "olga", lambda o, name: set_stop(o, name, "generation"), may="omar")


def stops_without_the_power() -> Outcome:
    org = exceptional()
    return tried(org, "frank", lambda o, name: set_stop(o, name, "generation"), may="olga")


def stops_everybody() -> Outcome:
    """All end at once; the root's votes stay, and lift."""
    org = stewarded()
    stops = [stop(org, "omar", name) for name in ("alice", "bob", "dana", "sam", "sue", "frank")]
    outcome = tried(org, "omar", lambda o, name: stop(o, name, "erin"))
    lift_by_root(org, *stops)
    assert org.standing.target("signer/alice") is None
    return outcome


def stops_the_votes_of_the_root() -> Outcome:
    org = stewarded()
    for name in ("alice", "bob"):
        stop(org, "omar", name)
    lift = org.open("alice", lifting(stop(org, "omar", "frank")))
    return tried(org, "alice", lambda o, name: o.approve(name, lift, "root"))


def lifts_their_own_stop() -> Outcome:
    org = exceptional()
    a_stop = set_stop(org, "olga", "generation")
    lift = org.open("olga", lifting(a_stop))
    twin = aside(org)
    twin.approve("sam", lift, "security-owner")
    twin.approve("mona", lift, "model-owner")
    return tried(org, "rosa", lambda o, name: o.enact(name, lift), where=twin)


def lift_goes_by_a_stolen_vote() -> Outcome:
    org = exceptional()
    guarded(org)
    twin = aside(org)
    frozen = set_stop(org, "olga", f"alias/{PRODUCTION}")
    before = now_at(org)
    lift = org.open("frank", lifting(frozen))
    org.approve("sam", lift, "security-owner")
    org.approve("mona", lift, "model-owner")
    org.enact("rosa", lift)
    disown(org, "mona", before)
    for one in (org, twin):
        soaked(one)
    return tried(org, "omar", lambda o, name: o.advance(name), where=twin)


def uses_a_stop_to_keep_an_id() -> Outcome:
    """Stops, proposals and rollbacks share their ids, and an id is taken once."""
    org = exceptional()
    of = org.open("frank", change(alias=STAGING))
    event = OverrideSet(override=of, target="generation", reason="odd")
    judged = org.force("olga", event)
    assert judged.finding is not None
    assert org.proposal(of).closed is None
    return Outcome("detected", judged.finding.rule)


def reviews_their_own_stop() -> Outcome:
    org = exceptional()
    of = set_stop(org, "olga", "generation")
    return tried(org, "olga", lambda o, name: o.close_review(name, of), may="rita")


def reviews_the_stop_in_a_lent_role() -> Outcome:
    org = exceptional()
    delegate(org, "olga", "dana", "on-call")
    of = set_stop(org, "dana", "generation")
    return tried(org, "olga", lambda o, name: o.close_review(name, of), may="rita")


def stops_a_word_that_nobody_uses() -> Outcome:
    org = exceptional()
    return tried(org, "olga", lambda o, name: set_stop(o, name, "capability/netwrok"))


def says_a_drill_that_never_was() -> Outcome:
    org = exceptional()
    return tried(org, "olga", lambda o, name: drilled(o, name, "generation"))


def starts_a_stopped_capability() -> Outcome:
    org = exceptional()
    of = org.open("frank", change(stack(["network"]), alias=STAGING))
    twin = aside(org)
    set_stop(org, "olga", "capability/network")
    assert look(org, of).blocks != look(twin, of).blocks
    org_, ready = prepared(stewarded(), change(stack(["network"])))
    other = aside(org_)
    set_stop(org_, "omar", "capability/network")
    return tried(org_, "omar", lambda o, name: o.start(name, ready), where=other)


def advanced_by_a_thief_goes_no_further() -> Outcome:
    org = rollout(people={"olga": ["release-owner"]})
    guarded(org)
    before = now_at(org)
    soaked(org)
    org.advance("olga")
    twin = aside(org)
    disown(org, "olga", before)
    assert candidate(org).unsupported
    return tried(org, "omar", lambda o, name: o.complete(name), where=twin)


def completed_by_a_thief_is_marked() -> Outcome:
    org = rollout(people={"olga": ["release-owner"]})
    guarded(org)
    soaked(org)
    org.advance("omar")
    before = now_at(org)
    outcome = tried(org, "olga", lambda o, name: o.complete(name))
    disown(org, "olga", before)
    assert stable(org).unsupported
    return outcome


def observed_by_a_thief_goes_no_further() -> Outcome:
    org = rollout()
    guarded(org)
    before = now_at(org)
    org.now += 86_400
    org.observe("erin", PRODUCTION, *GOOD)
    twin = aside(org)
    disown(org, "erin", before)
    return tried(org, "omar", lambda o, name: o.advance(name), where=twin)


def helper_of_a_thief_lifts() -> Outcome:
    """Who was enrolled by a void vote is void as well: their consent to a lift with it."""
    org = stewarded()
    before = now_at(org)
    enrol(org, "puppet", ["auditor"])
    a_stop = stop(org, "omar", "frank")
    lift = consented(
        org,
        lifting(a_stop),
        by="erin",
        approvals=(("puppet", "auditor"), ("omar", "release-owner")),
    )
    twin = aside(org)
    disown(org, "sam", before, votes=ROOT_VOTES)
    return tried(org, "alice", lambda o, name: o.enact(name, lift), where=twin)


ATTACKS: dict[Attack, Outcome] = {
    freezes_everything: ALLOWED,
    goes_on_stopping_when_stopped: ALLOWED,
    goes_on_stopping_when_disowned: refused("key-disowned"),
    stops_without_the_power: refused("no-power"),
    stops_everybody: ALLOWED,
    stops_the_votes_of_the_root: ALLOWED,
    lifts_their_own_stop: refused("not-ready"),
    lift_goes_by_a_stolen_vote: refused("alias-frozen"),
    uses_a_stop_to_keep_an_id: Outcome("detected", "override-exists"),
    reviews_their_own_stop: refused("own-review"),
    reviews_the_stop_in_a_lent_role: refused("own-review"),
    stops_a_word_that_nobody_uses: ALLOWED,
    says_a_drill_that_never_was: ALLOWED,
    starts_a_stopped_capability: refused("capability-disabled"),
    advanced_by_a_thief_goes_no_further: refused("unsupported"),
    completed_by_a_thief_is_marked: ALLOWED,
    observed_by_a_thief_goes_no_further: refused("stage-unobserved"),
    helper_of_a_thief_lifts: refused("not-ready"),
}


@pytest.mark.parametrize(("attack", "outcome"), ATTACKS.items(), ids=named)
def test_what_becomes_of_an_attack_by_a_stopper(attack: Attack, outcome: Outcome) -> None:
    assert attack() == outcome


def test_whatever_is_frozen_a_person_takes_it_back() -> None:
    org: Organisation = exceptional()
    released(org)
    for target in (f"alias/{PRODUCTION}", "generation", "signer/omar"):
        set_stop(org, "olga", target)
    org.roll_back("rosa")
    assert org.standing.alias(PRODUCTION).stable is None
