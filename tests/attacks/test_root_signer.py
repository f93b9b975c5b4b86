"""One root signer, a minority of the root, whoever has its threshold; and whose clock is wrong."""

import pytest

from tests.acts import look, reject
from tests.attacks.trying import ALLOWED, Attack, Outcome, aside, named, refused, tried
from tests.organisation import change, new_policy
from tests.policies import OVERRIDES, STEWARDED, numbered
from tests.roster import (
    DAY,
    consented,
    event_of,
    lifting,
    rotate,
    speak,
    stewarded,
    stop,
)
from tests.signer_acts import (
    ROOT_VOTES,
    by_root,
    correction,
    disown,
    disowning,
    lift_by_root,
    now_at,
    rooting,
)

LOOSE = numbered(2, OVERRIDES, text=STEWARDED)


def approves_twice_with_two_keys() -> Outcome:
    org = stewarded()
    of = org.open("dana", rooting(2, "dana", "frank", "omar"))
    org.approve("dana", of, "root")
    rotate(org, "dana")
    return tried(org, "dana", lambda o, name: o.approve(name, of, "root"), may="alice")


def changes_the_root_alone() -> Outcome:
    org = stewarded()
    of = consented(
        org, rooting(2, "dana", "frank", "omar"), by="dana", approvals=(("dana", "root"),)
    )
    twin = aside(org)
    twin.approve("alice", of, "root")
    return tried(org, "dana", lambda o, name: o.enact(name, of), where=twin)


def publishes_a_policy_alone() -> Outcome:
    org = stewarded()
    of = consented(org, new_policy(LOOSE), by="dana", approvals=(("dana", "root"),))
    twin = aside(org)
    twin.approve("alice", of, "root")
    return tried(org, "omar", lambda o, name: o.enact(name, of), where=twin)


def disowns_a_rival_alone() -> Outcome:
    org = stewarded()
    wanted = disowning(org, "alice", now_at(org))
    of = consented(org, wanted, by="dana", approvals=(("dana", "root"),))
    twin = aside(org)
    twin.approve("bob", of, "root")
    return tried(org, "dana", lambda o, name: o.enact(name, of), where=twin)


def vetoes_their_own_removal() -> Outcome:
    org = stewarded()
    of = org.open("alice", rooting(2, "alice", "bob", "frank"))
    other = org.open("frank")
    veto = event_of(reject(aside(org), "dana", other, "data-owner"))
    forged = veto.model_copy(update={"proposal": of, "role": "root"})
    return tried(org, "dana", lambda o, name: reject(o, name, of, "root"), event=lambda: forged)


def stops_the_rest_of_the_root() -> Outcome:
    """They lose their daily work, and keep their votes in matters of the root."""
    org = stewarded()
    stop(org, "dana", "alice")
    outcome = tried(org, "dana", lambda o, name: stop(o, name, "bob"))
    of = org.open("alice", rooting(2, "alice", "bob", "frank"))
    for name, role in ROOT_VOTES:
        org.approve(name, of, role)
    assert org.enact("bob", of).admitted
    return outcome


def approves_a_release_as_root() -> Outcome:
    org = stewarded()
    of = org.open("frank")
    approval = event_of(aside(org).approve("alice", of, "model-owner"))
    forged = approval.model_copy(update={"role": "root"})
    return tried(org, "dana", lambda o, name: o.approve(name, of, "root"), event=lambda: forged)


def removed_and_votes_on() -> Outcome:
    org = stewarded()
    of = org.open("frank", rooting(2, "alice", "bob", "omar"))
    twin = aside(org)
    by_root(org, rooting(2, "alice", "bob", "frank"))
    return tried(org, "dana", lambda o, name: o.approve(name, of, "root"), where=twin)


def lost_key_of_three_locks_nobody_out() -> Outcome:
    org = stewarded()
    return tried(org, "bob", lambda o, _: disown(o, "dana", now_at(o), votes=ROOT_VOTES))


def threshold_takes_everything_from_now_on() -> Outcome:
    """Nothing stops it, and what was said before stays as it was said."""
    org = stewarded()
    org.release()
    before = list(org.envelopes)
    outcome = tried(org, "alice", lambda o, _: by_root(o, rooting(2, "alice", "bob", "frank")))
    disown(org, "dana", 0)
    assert org.envelopes[: len(before)] == before
    return outcome


def threshold_unsays_the_past() -> Outcome:
    """The founding again, with other words: it is no founding of this ledger."""
    org = stewarded()
    judged = org.smuggle(org.envelopes[0])
    assert judged.finding is not None
    return Outcome("detected", judged.finding.rule)


def everybodys_deadline_passes() -> Outcome:
    """A clock that runs ahead takes ledger time along."""
    org = stewarded()
    of = org.open("frank")
    org.now += 100 * DAY
    return tried(org, "erin", lambda o, name: speak(o, name, of))


def honest_clock_is_late_then() -> Outcome:
    org = stewarded()
    of = org.open("frank")
    right = org.now
    org.now += 100 * DAY
    ahead = speak(org, "erin", of).position
    org.now = right
    judged = speak(org, "frank", of)
    by_root(org, correction(ahead, right + 60))
    org.now = right + 120
    assert speak(org, "frank", of).admitted
    assert judged.finding is not None
    return Outcome("detected", judged.finding.rule)


def stops_are_set_whatever_the_clock_says() -> Outcome:
    org = stewarded()
    of = org.open("frank")
    right = org.now
    org.now += 100 * DAY
    speak(org, "erin", of)
    org.now = right
    return tried(org, "omar", lambda o, name: stop(o, name, "erin"))


def sets_the_clock_back_alone() -> Outcome:
    org = stewarded()
    of = org.open("frank")
    right = org.now
    org.now += 100 * DAY
    ahead = speak(org, "erin", of).position
    fix = consented(org, correction(ahead, right), by="dana", approvals=(("dana", "root"),))
    twin = aside(org)
    twin.approve("alice", fix, "root")
    return tried(org, "dana", lambda o, name: o.enact(name, fix), where=twin)


def gambles_on_the_cure() -> Outcome:
    """No stop, no disowning and no time that passes makes anything ready that was not."""
    org = stewarded()
    of = org.open("frank", change())
    org.attach("erin", of)
    org.approve("alice", of, "model-owner")
    assert look(org, of).verdict == "open"
    twin = aside(org)
    twin.approve("dana", of, "data-owner")
    stop(org, "omar", "dana")
    disown(org, "erin", now_at(org))
    return tried(org, "omar", lambda o, name: o.start(name, of), where=twin)


def lifts_alone_what_was_stopped() -> Outcome:
    org = stewarded()
    a_stop = stop(org, "omar", "frank")
    of = consented(org, lifting(a_stop), by="dana", approvals=(("dana", "root"),))
    twin = aside(org)
    twin.approve("alice", of, "root")
    outcome = tried(org, "dana", lambda o, name: o.enact(name, of), where=twin)
    lift_by_root(org, a_stop)
    return outcome


ATTACKS: dict[Attack, Outcome] = {
    approves_twice_with_two_keys: refused("already-approved"),
    changes_the_root_alone: refused("not-ready"),
    publishes_a_policy_alone: refused("not-ready"),
    disowns_a_rival_alone: refused("not-ready"),
    vetoes_their_own_removal: refused("no-veto"),
    stops_the_rest_of_the_root: ALLOWED,
    approves_a_release_as_root: refused("role-not-asked"),
    removed_and_votes_on: refused("role-not-held"),
    lost_key_of_three_locks_nobody_out: ALLOWED,
    threshold_takes_everything_from_now_on: ALLOWED,
    threshold_unsays_the_past: Outcome("detected", "wrong-ledger"),
    everybodys_deadline_passes: ALLOWED,
    honest_clock_is_late_then: Outcome("detected", "back-dated"),
    stops_are_set_whatever_the_clock_says: ALLOWED,
    sets_the_clock_back_alone: refused("not-ready"),
    gambles_on_the_cure: refused("not-ready"),
    lifts_alone_what_was_stopped: refused("not-ready"),
}


@pytest.mark.parametrize(("attack", "outcome"), ATTACKS.items(), ids=named)
def test_what_becomes_of_an_attack_by_a_root_signer(attack: Attack, outcome: Outcome) -> None:
    assert attack() == outcome
