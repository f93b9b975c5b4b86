"""Who may act at all: with which key, before and after which of their entries."""

from collections.abc import Callable

import pytest

from ledger.decide import approval
from ledger.decide.judgement import Judged
from ledger.decide.naming import ACCEPT_WITHIN
from ledger.model.events import OverrideSet, SignerAccepted
from ledger.seal.envelope import KeyHolder
from tests.acts import acknowledge, comment, refused
from tests.organisation import Organisation, unsafe_key
from tests.roster import (
    carried,
    consented,
    enrolment,
    finding,
    next_key,
    rotate,
    rotation,
    speak,
    stewarded,
    stop,
)
from tests.signer_acts import disown

Given = Callable[[], tuple[Organisation, KeyHolder]]
"""An organisation, and a key of dana's."""


def in_force() -> tuple[Organisation, KeyHolder]:
    org = stewarded()
    return org, org.keys["dana"]


def retired() -> tuple[Organisation, KeyHolder]:
    org = stewarded()
    return org, rotate(org, "dana")


def waiting() -> tuple[Organisation, KeyHolder]:
    org = stewarded()
    carried(org, rotation("dana", next_key("dana").public.text), by="dana", enactor="dana")
    return org, next_key("dana")


def lapsed() -> tuple[Organisation, KeyHolder]:
    org, key = waiting()
    org.now += ACCEPT_WITHIN
    return org, key


def disowned() -> tuple[Organisation, KeyHolder]:
    org = stewarded()
    disown(org, "dana", org.standing.head.size - 1)
    return org, org.keys["dana"]


def replaced() -> tuple[Organisation, KeyHolder]:
    """Dana was stopped and enrolled again; her first key is meant."""
    org, old = in_force()
    stop(org, "omar", "dana")
    again = enrolment("dana", ["data-owner"], key=next_key("dana").public.text)
    root = (("alice", "root"), ("bob", "root"))
    carried(org, again, approvals=root)
    org.accept("dana", next_key("dana"))
    return org, old


def anothers() -> tuple[Organisation, KeyHolder]:
    org = stewarded()
    return org, org.keys["sam"]


def unknown() -> tuple[Organisation, KeyHolder]:
    return stewarded(), unsafe_key("nobody")


def stopping_herself(org: Organisation, key: KeyHolder) -> Judged:
    stop(org, "dana", "dana", key=key)
    return org.judged[-1]


def stopping_another(org: Organisation, key: KeyHolder) -> Judged:
    stop(org, "dana", "sue", key=key)
    return org.judged[-1]


def rejecting(org: Organisation, key: KeyHolder) -> Judged:
    of = org.open("frank")
    return org.act(
        "dana",
        lambda s, by, at: approval.reject(
            s, by=by, at=at, proposal=of, role="data-owner", reason="no"
        ),
        key=key,
    )


def approving(org: Organisation, key: KeyHolder) -> Judged:
    of = org.open("frank")
    return org.act(
        "dana",
        lambda s, by, at: approval.approve(s, by=by, at=at, proposal=of, role="data-owner"),
        key=key,
    )


ANY = (stopping_another, rejecting, approving)
EVERY = (stopping_herself, *ANY)


def acts(given: Given, doing: tuple[Callable[..., Judged], ...], code: str | None) -> list[object]:
    return [pytest.param(given, act, code, id=f"{given.__name__}-{act.__name__}") for act in doing]


@pytest.mark.parametrize(
    ("given", "act", "code"),
    [
        *acts(in_force, EVERY, None),
        *acts(retired, ANY, "key-retired"),
        *acts(retired, (stopping_herself,), None),
        *acts(waiting, EVERY, "key-retired"),
        *acts(lapsed, EVERY, "key-retired"),
        *acts(disowned, ANY, "key-disowned"),
        *acts(disowned, (stopping_herself,), None),
        *acts(replaced, ANY, "key-retired"),
        *acts(replaced, (stopping_herself,), None),
        *acts(anothers, EVERY, "key-owner"),
        *acts(unknown, EVERY, "key-owner"),
    ],
)
def test_what_each_key_of_a_signer_may_do(
    given: Given, act: Callable[[Organisation, KeyHolder], Judged], code: str | None
) -> None:
    org, key = given()

    if code is None:
        assert act(org, key).admitted
    else:
        with refused(code):
            act(org, key)


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        (waiting, "key-retired"),
        (lapsed, "key-retired"),
        (anothers, "key-owner"),
        (unknown, "unknown-key"),
    ],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_a_key_that_one_never_accepted_stops_nobody_even_by_force(given: Given, rule: str) -> None:
    org, key = given()
    event = OverrideSet(override=org.new_id(), target="signer/dana", reason="lost")

    assert finding(org.force("dana", event, key=key)) == rule
    assert org.standing.target("signer/dana") is None


@pytest.mark.parametrize("given", [retired, disowned, replaced])
def test_a_key_of_before_stops_nobody_else_even_by_force(given: Given) -> None:
    org, key = given()
    event = OverrideSet(override=org.new_id(), target="signer/sue", reason="because")

    assert finding(org.force("dana", event, key=key)) in {"key-retired", "key-disowned"}
    assert org.standing.target("signer/sue") is None


@pytest.mark.parametrize("name", ["bob", "frank"])
def test_nobody_does_anything_but_accept_before_the_founding_is_complete(name: str) -> None:
    org = Organisation(accept=False)
    org.accept("alice")
    org.accept("frank")

    with refused("founding-incomplete", "the founding waits for bob, dana to accept"):
        stop(org, name, name)
    with refused("founding-incomplete"):
        stop(org, "alice", "frank")


@pytest.mark.parametrize("kind", ["stop", "comment", "open"])
def test_nobody_acts_who_has_not_accepted(kind: str) -> None:
    org = stewarded()
    of = org.open("frank")
    carried(org, enrolment("zoe"))
    org.keys["zoe"] = unsafe_key("zoe")
    doing: dict[str, Callable[[], object]] = {
        "stop": lambda: stop(org, "zoe", "zoe"),
        "comment": lambda: comment(org, "zoe", of),
        "open": lambda: org.open("zoe"),
    }

    with refused("not-accepted", "zoe has not accepted yet"):
        doing[kind]()


def test_a_signer_who_is_enrolled_again_acts_with_neither_key_until_they_have_accepted() -> None:
    org = stewarded()
    old = org.keys["erin"]
    stop(org, "omar", "erin")
    carried(org, enrolment("erin", key=next_key("erin").public.text))
    of = org.open("frank")

    for key in (old, next_key("erin")):
        with refused("not-accepted", "erin has not accepted yet"):
            speak(org, "erin", of, key=key)


def test_a_key_whose_naming_lost_its_consent_is_not_accepted() -> None:
    """Else an honest owner ended their good key by accepting what a thief had allowed."""
    org = stewarded()
    before = org.standing.head.size - 1
    carried(org, rotation("omar", next_key("omar").public.text), by="omar", enactor="omar")
    disown(org, "sam", before)
    pending = org.signer("omar").keys[-1]

    with refused("already-accepted"):
        org.accept("omar", next_key("omar"))
    event = SignerAccepted(signer="omar", named_by=pending.named_by)
    assert finding(org.force("omar", event, key=next_key("omar"))) == "key-disowned"

    org.keys["omar"] = unsafe_key("omar")
    of = org.open("frank")
    speak(org, "omar", of)
    text = next_key("omar", 3).public.text
    again = consented(org, rotation("omar", text), by="omar", approvals=(("sue", "steward"),))
    org.enact("omar", again)
    assert org.accept("omar", next_key("omar", 3)).admitted


def test_a_signer_acts_in_no_name_but_their_own() -> None:
    org = stewarded()
    event = OverrideSet(override=org.new_id(), target="signer/sam", reason="because")

    assert finding(org.force("sam", event, key=unsafe_key("omar"))) == "key-owner"
    assert finding(org.force("nobody", event, key=unsafe_key("omar"))) == "key-owner"


def test_what_was_refused_before_an_acceptance_is_not_admitted_by_it() -> None:
    org = stewarded()
    carried(org, enrolment("zoe"))
    event = OverrideSet(override=org.new_id(), target="signer/zoe", reason="lost")
    early = org.force("zoe", event, key=unsafe_key("zoe"))

    org.accept("zoe", unsafe_key("zoe"))

    assert finding(early) == "not-accepted"
    assert org.standing.target("signer/zoe") is None
    acknowledge(org, "rita", early.position)


def test_a_key_whose_naming_was_lost_may_be_named_again_once_that_has_lapsed() -> None:
    org = stewarded()
    before = org.standing.head.size - 1
    wanted = rotation("omar", next_key("omar").public.text)
    carried(org, wanted, by="omar", enactor="omar")
    disown(org, "sam", before)
    org.now += ACCEPT_WITHIN

    carried(org, wanted, by="omar", approvals=(("sue", "steward"),), enactor="omar")
    org.accept("omar", next_key("omar"))

    assert speak(org, "omar", org.open("frank")).admitted
