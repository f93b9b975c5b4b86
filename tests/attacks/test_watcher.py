"""A watcher who was bought, or hates the project; a thief of the key of on-call."""

import pytest

from ledger.model.terms import format_instant
from tests.acts import look
from tests.attacks.trying import ALLOWED, Attack, Outcome, aside, named, refused, tried
from tests.decide.rollouts import (
    BAD,
    DAY,
    GOOD,
    PRODUCTION,
    STAGING,
    candidate,
    consented,
    released,
    report,
    rollout,
    soaked,
    stable,
    started,
)
from tests.organisation import Organisation, change, metric, stack
from tests.roster import event_of, stop
from tests.signer_acts import disown


def lies_for_the_operator() -> Outcome:
    """A stage passes on it. Name, numbers and source stand there."""
    org = rollout()
    started(org)
    org.now += DAY
    perfect = metric("0", name="retry_rate")
    outcome = tried(org, "erin", lambda o, name: o.observe(name, PRODUCTION, perfect))
    assert org.advance("omar").admitted
    return outcome


def carries_it_on_alone() -> Outcome:
    org = rollout()
    started(org)
    soaked(org, "erin")
    return tried(org, "erin", lambda o, name: o.advance(name), may="omar")


def says_what_will_have_been() -> Outcome:
    """An observation ends before it is signed."""
    org = rollout()
    started(org)
    twin = aside(org)
    twin.now += DAY
    ahead = twin.now
    seen = event_of(report(twin, "erin", *GOOD, until=ahead))
    return tried(
        org, "erin", lambda o, name: report(o, name, *GOOD, until=ahead), event=lambda: seen
    )


def says_what_was_before_the_stage() -> Outcome:
    """What was seen of another stage, or of nothing, says nothing of this one."""
    org = rollout()
    of = consented(org)
    before = org.now
    org.now += DAY
    org.start("omar", of)
    early = format_instant(before)
    twin = aside(org)
    seen = event_of(twin.observe("erin", PRODUCTION, *GOOD))
    seen = seen.model_copy(update={"start": early, "until": early})
    return tried(
        org, "erin", lambda o, name: report(o, name, *GOOD, until=before, of=of), event=lambda: seen
    )


def ends_a_release_by_bad_news() -> Outcome:
    org = rollout()
    started(org)
    soaked(org)
    org.advance("omar")
    org.now += DAY
    outcome = tried(org, "erin", lambda o, name: o.observe(name, PRODUCTION, *BAD))
    assert look(org, candidate(org).proposal).verdict != "open"
    return outcome


def bad_news_is_passed_over() -> Outcome:
    org = rollout()
    started(org)
    soaked(org)
    org.advance("omar")
    twin = aside(org)
    soaked(twin)
    soaked(org, "erin", *BAD)
    soaked(org)
    return tried(org, "omar", lambda o, name: o.advance(name), where=twin)


def stands_in_for_whom_a_stage_names() -> Outcome:
    org = rollout()
    started(org)
    org.now += DAY
    return tried(org, "rita", lambda o, name: o.observe(name, PRODUCTION, *GOOD), may="erin")


def is_stopped_and_their_word_with_them() -> Outcome:
    org = rollout()
    started(org)
    soaked(org, "erin")
    twin = aside(org)
    stop(org, "alice", "erin")
    return tried(org, "omar", lambda o, name: o.advance(name), where=twin)


def word_of_a_stolen_key_completes_nothing_more() -> Outcome:
    org = rollout()
    started(org)
    soaked(org, "erin")
    twin = aside(org)
    disown(org, "erin", org.proposal(candidate(org).proposal).opened_position)
    return tried(org, "omar", lambda o, name: o.advance(name), where=twin)


def completed_on_the_word_of_a_thief() -> Outcome:
    """It runs, is marked, and opens no further environment."""
    org = rollout()
    of = org.open("frank", change(alias=STAGING))
    org.attach("erin", of)
    org.start("deployer", of)
    org.complete("deployer", STAGING)
    production = org.open("frank")
    org.attach("erin", production, document="another")
    org.approve("alice", production, "model-owner")
    org.approve("dana", production, "data-owner")
    twin = aside(org)
    disown(org, "deployer", org.proposal(of).opened_position)
    assert stable(org, STAGING).unsupported
    return tried(org, "omar", lambda o, name: o.start(name, production), where=twin)


def on_call_takes_an_alias_to_nothing() -> Outcome:
    org = rollout()
    released(org)
    released(org, "m2")
    org.roll_back("olga")
    outcome = tried(org, "olga", lambda o, name: o.roll_back(name))
    assert org.standing.alias(PRODUCTION).stable is None
    return outcome


def on_call_brings_what_never_ran() -> Outcome:
    """What comes back is what had been stable there; a rollback names nothing else."""
    org = rollout()
    released(org)
    released(org, "m2")
    other = org.open("frank", change(stack(["everything"], model="m9")))
    twin = aside(org)
    twin.roll_back("olga")
    back = event_of(twin.judged[-1])
    forged = back.model_copy(update={"target": other})
    judged = org.force("olga", forged)
    assert judged.finding is not None
    return Outcome("detected", judged.finding.rule)


def on_call_starts_something() -> Outcome:
    org = rollout()
    of = consented(org)
    return tried(org, "olga", lambda o, name: o.start(name, of), may="omar")


def on_call_reviews_it() -> Outcome:
    org = rollout()
    released(org)
    of = org.roll_back("olga")
    return tried(org, "olga", lambda o, name: o.close_review(name, of), may="rita")


def stranger_rolls_back() -> Outcome:
    org = rollout()
    released(org)
    return tried(org, "frank", lambda o, name: o.roll_back(name), may="olga")


ATTACKS: dict[Attack, Outcome] = {
    lies_for_the_operator: ALLOWED,
    carries_it_on_alone: refused("not-operator"),
    says_what_will_have_been: refused("window-ahead"),
    says_what_was_before_the_stage: refused("window-before"),
    ends_a_release_by_bad_news: ALLOWED,
    bad_news_is_passed_over: refused("stage-failing"),
    stands_in_for_whom_a_stage_names: refused("not-observer"),
    is_stopped_and_their_word_with_them: refused("stage-unobserved"),
    word_of_a_stolen_key_completes_nothing_more: refused("unsupported"),
    completed_on_the_word_of_a_thief: refused("environment-before"),
    on_call_takes_an_alias_to_nothing: ALLOWED,
    on_call_brings_what_never_ran: Outcome("detected", "event-differs"),
    on_call_starts_something: refused("not-operator"),
    on_call_reviews_it: refused("own-review"),
    stranger_rolls_back: refused("not-rolling-back"),
}


@pytest.mark.parametrize(("attack", "outcome"), ATTACKS.items(), ids=named)
def test_what_becomes_of_an_attack_by_a_watcher(attack: Attack, outcome: Outcome) -> None:
    assert attack() == outcome


def test_what_ended_on_a_lie_is_proposed_again() -> None:
    org: Organisation = rollout()
    started(org)
    soaked(org)
    org.advance("omar")
    soaked(org, "erin", *BAD)
    org.roll_back("omar")
    released(org)
    assert stable(org).proposal
