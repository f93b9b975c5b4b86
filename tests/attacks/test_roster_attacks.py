"""Attacks on the roster by whoever holds a key that was stolen, or one of the root's."""

from collections.abc import Callable, Mapping

import pytest

from ledger.decide import acknowledgement
from ledger.decide.enactment import ENACTED
from ledger.model.effects import Effect
from ledger.model.events import Event
from ledger.model.terms import format_instant
from tests.acts import look, prepared, refused, reject, reopen
from tests.exception_acts import waiving
from tests.organisation import Organisation, change, digest, new_policy, unsafe_key
from tests.policies import OVERRIDES, STEWARDED, numbered
from tests.roster import (
    DAY,
    carried,
    consented,
    delegate,
    enrol,
    enrolment,
    finding,
    grant,
    lift,
    lifting,
    roles_of,
    rotate,
    rotation,
    speak,
    stewarded,
    stop,
)
from tests.signer_acts import (
    by_root,
    correction,
    disown,
    disowning,
    forced_stop,
    lift_by_root,
    now_at,
    rooting,
)

EXCEPTIONS = """
[exceptions]
max_life = "72h"
approvals = { model-owner = 1 }
review_within = "48h"
"""

END_OF_TIME = 32_503_679_999
"""The last second that an entry can claim, in 2999."""


def forged(org: Organisation, of: str, review: str | None = None, **other: object) -> Event:
    """The event that would carry *of* out, with what the forger writes in the place of its own."""
    effect = org.proposal(of).effect
    made = ENACTED[effect.effect]
    content = {name: getattr(effect, name) for name in made.model_fields if hasattr(effect, name)}
    named: dict[str, object] = {
        "proposal": of,
        "review": digest("odd") if review is None else review,
    }
    number = {"number": 2} if effect.effect == "policy" else {}
    return made.model_validate({**content, **named, **number, **other})


def wanted(org: Organisation) -> dict[str, Effect]:
    """One effect of each kind that a thief would like to see carried out."""
    a_stop = stop(org, "bob", "zed")
    before = now_at(org)
    org.now += DAY
    speak(org, "rita", org.open("frank"))
    return {
        "policy": new_policy(numbered(2, OVERRIDES, text=STEWARDED)),
        "enrolment": enrolment("puppet", ["steward"]),
        "roles": roles_of("dana", ["steward"]),
        "exception": waiving(org, org.open("frank"), "evaluation", owner="rita"),
        "rotation": rotation("omar", unsafe_key("thief").public.text),
        "lift": lifting(a_stop),
        "root": rooting(2, "alice", "omar", "zed"),
        "disown": disowning(org, "bob", before),
        "clock": correction(before + 1, org.now - DAY),
    }


@pytest.mark.parametrize("kind", sorted(ENACTED))
def test_a_stolen_key_carries_out_nothing_without_consent(kind: str) -> None:
    org = stewarded(EXCEPTIONS, people={"zed": ["release-owner"]})
    of = org.open("frank", wanted(org)[kind])
    review = look(org, of).review_digest

    alone = org.force("omar", forged(org, of, review))

    assert alone.placed
    assert not alone.admitted
    assert finding(alone) == "not-ready"
    assert org.proposal(of).closed is None


def test_what_was_consented_to_is_carried_out_as_it_was_asked_and_once() -> None:
    org = stewarded()
    of = consented(org, enrolment("nora", ["data-owner"]))
    review = look(org, of).review_digest

    richer = org.force("omar", forged(org, of, review, roles=("data-owner", "steward")))
    other = org.force("omar", forged(org, of, review, key=unsafe_key("thief").public.text))
    unread = org.force("omar", forged(org, of))
    assert {finding(one) for one in (richer, other, unread)} == {"event-differs"}
    assert org.standing.signer("nora") is None

    org.enact("omar", of)
    again = org.force("omar", forged(org, of, review))
    assert finding(again) == "closed"


def _notes(org: Organisation) -> None:
    odd = next(one.position for one in org.judged if one.finding is not None)
    org.act(
        "thief",
        lambda s, by, at: acknowledgement.acknowledge(s, by=by, at=at, position=odd, note="seen"),
    )


DEEDS: dict[str, Callable[[Organisation, Mapping[str, str]], object]] = {
    "open": lambda org, _: org.open("thief"),
    "approve": lambda org, of: org.approve("thief", of["open"], "model-owner"),
    "attach": lambda org, of: org.attach("thief", of["open"]),
    "start": lambda org, of: org.start("thief", of["ready"]),
    "complete": lambda org, _: org.complete("thief", "loans/production"),
    "enact": lambda org, of: org.enact("thief", of["roles"]),
    "reopen": lambda org, of: reopen(org, "thief", of["rejected"]),
    "lend": lambda org, _: delegate(org, "thief", "frank", "release-owner"),
    "acknowledge": lambda org, _: _notes(org),
}


@pytest.mark.parametrize("deed", sorted(DEEDS))
def test_a_stopped_thief_permits_nothing(deed: str) -> None:
    roles = ["auditor", "evaluation-owner", "model-owner", "release-owner"]
    org = stewarded(people={"thief": roles})
    org.force(
        "omar", forged(org, consented(org, roles_of("dana", ["auditor"])), grant=("steward",))
    )
    names = {"open": org.open("frank"), "rejected": org.open("frank")}
    reject(org, "thief", names["rejected"])
    _, under_way = prepared(org, change(alias="loans/production"))
    org.start("omar", under_way)
    names["ready"] = prepared(org)[1]
    names["roles"] = consented(org, roles_of("dana", ["model-owner"]))
    allowed = stop(org, "bob", "thief")

    with refused("signer-stopped"):
        DEEDS[deed](org, names)

    lift(org, allowed)
    DEEDS[deed](org, names)


def test_a_key_of_before_only_stops_its_former_owner() -> None:
    org = stewarded(people={"zed": []})
    of = org.open("frank")
    old = rotate(org, "omar")

    with refused("key-retired"):
        speak(org, "omar", of, key=old)
    with refused("key-retired"):
        stop(org, "omar", "zed", key=old)
    stop(org, "omar", "omar", key=old)

    assert org.standing.target("signer/omar") is not None


def test_all_that_grew_from_a_stolen_vote_falls_with_it_and_nothing_else() -> None:
    """Sam's key makes a puppet a steward, who makes another, who lends, consents and enacts."""
    org = stewarded()
    after = now_at(org)
    honest = carried(org, roles_of("dana", ["model-owner"]), approvals=[("sue", "steward")])
    enrol(org, "puppet", ["steward"])
    carried(
        org,
        enrolment("second", ["model-owner", "release-owner"]),
        approvals=[("puppet", "steward")],
    )
    org.keys["second"] = unsafe_key("second")
    org.accept("second")
    delegate(org, "second", "rita", "model-owner")
    of = org.open("frank")
    org.attach("erin", of)
    org.approve("rita", of, "model-owner")
    org.approve("bob", of, "data-owner")
    org.start("omar", of)
    org.complete("omar")

    disown(org, "sam", after)

    for name in ("puppet", "second"):
        with refused("key-disowned"):
            org.open(name)
    stable = org.standing.alias("fraud/production").stable
    assert stable is not None
    assert stable.unsupported
    waiting = org.open("frank")
    with refused("role-not-held"):
        org.approve("rita", waiting, "model-owner")
    closure = org.proposal(honest).closure
    assert closure is not None
    assert closure.lost_at is None


def test_one_stolen_root_key_decides_nothing_and_stops_no_decision() -> None:
    """Two of three: the thief votes twice, with two keys, rejects, and stops the whole root."""
    org = stewarded()
    of = org.open("dana", rooting(2, "dana", "frank", "omar"))
    org.approve("dana", of, "root")
    with refused("already-approved"):
        org.approve("dana", of, "root")
    rotate(org, "dana")
    with refused("already-approved"):
        org.approve("dana", of, "root")
    assert look(org, of).missing() == ("approval of 1 root",)

    stops = [stop(org, "dana", name) for name in ("alice", "bob", "sam", "sue", "omar")]
    out = org.open("alice", rooting(2, "alice", "bob", "frank"))
    with refused("no-veto"):
        reject(org, "dana", out, "root")
    org.approve("alice", out, "root")
    org.approve("bob", out, "root")
    org.enact("bob", out)
    with refused("role-not-held"):
        org.approve("dana", of, "root")
    disown(org, "dana", now_at(org))
    lift_by_root(org, *stops)

    assert org.standing.head.stops == 0
    assert look(org, of).verdict == "blocked"
    with refused("key-disowned"):
        speak(org, "dana", of)
    assert finding(forced_stop(org, "dana", "alice")) == "key-disowned"


def test_the_end_of_time_keeps_nobody_from_stopping_disowning_and_setting_the_clock() -> None:
    org = stewarded()
    of = org.open("frank")
    after, right = now_at(org), org.now
    org.now = END_OF_TIME - 1
    speak(org, "erin", of)
    assert org.standing.head.time == END_OF_TIME
    org.now = right
    assert finding(speak(org, "rita", of)) == "back-dated"

    stop(org, "omar", "erin")
    disown(org, "erin", after)
    by_root(org, correction(after + 1, right + 60))
    org.now = right + 60

    assert speak(org, "rita", of).admitted
    assert format_instant(org.standing.head.time) < format_instant(right + 120)


def test_who_lends_without_end_fills_no_row() -> None:
    org = stewarded()
    for number in range(16):
        delegate(org, "omar", "frank", "release-owner", aliases=f"m{number}/production")
    with refused("too-many-delegations"):
        delegate(org, "omar", "frank", "release-owner")

    for _ in range(100):
        delegate(org, "omar", "frank", "release-owner", aliases="m1/production")

    assert len(org.signer("frank").delegations) <= 80


def test_a_disowning_of_who_did_nothing_loses_nothing() -> None:
    org = stewarded(people={"idle": []})
    before = now_at(org)
    enrol(org, "nora", ["model-owner"])
    rotate(org, "omar")
    grant(org, "frank", "data-owner", until=org.now + DAY)
    delegate(org, "nora", "erin", "model-owner")
    a_stop = stop(org, "omar", "dana")
    lift_by_root(org, a_stop)
    carried(org, new_policy(numbered(2, OVERRIDES, text=STEWARDED)))
    org.release()

    disown(org, "idle", before)

    standing = org.standing
    numbers = range(1, standing.head.proposals + 1)
    states = [state for number in numbers if (state := standing.numbered(number)) is not None]
    assert [s.number for s in states if s.closure is not None and s.closure.lost_at] == []
    grants = [one for known in standing.signers() for one in known.grants]
    assert not any(one.void for one in grants)
    assert standing.head.stops == 0


@pytest.mark.parametrize("name", ["frank", "alice"])
def test_a_naming_that_has_lapsed_is_of_no_use_to_who_finds_the_key(name: str) -> None:
    """Whoever opened it, and who consented: fourteen days later the key is accepted no more."""
    org = stewarded()
    carried(org, enrolment("nora", ["steward"]), by=name)
    org.keys["nora"] = unsafe_key("nora")
    org.now += 14 * DAY

    with refused("naming-lapsed"):
        org.accept("nora")
    with refused("not-accepted"):
        org.open("nora")
