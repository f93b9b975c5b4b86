"""Ledgers that have had a life: every kind of event about signers and about releases, in turn."""

from typing import Any, Final

from ledger.model.effects import ClockEffect, DisownEffect, Effect, RootEffect
from ledger.model.terms import format_instant
from tests import acts, exception_acts, roster
from tests.organisation import Organisation, metric, unsafe_key
from tests.policies import exceptional, staged

YEAR: Final = 365 * 86_400
ABOUT: Final[dict[str, Any]] = {"summary": "as it has to be", "why": None, "contributors": ()}


def lived() -> Organisation:
    """Enrolled, granted, stripped, rotated, delegated, stopped, lifted, disowned; root and clock.

    Of erin the first key is retired, of frank a further one waits, zed has not accepted,
    nor has rita since she was enrolled again; nora's key is disowned, and omar is stopped.
    """
    org = roster.stewarded()
    roster.enrol(org, "nora", ["data-owner"])
    org.keys["zed"] = unsafe_key("zed")
    roster.carried(org, roster.enrolment("zed"))
    roster.grant(org, "nora", "model-owner", aliases="fraud/*", until=org.now + YEAR)
    roster.strip(org, "nora", "data-owner")
    roster.rotate(org, "erin")
    frank = roster.rotation("frank", roster.next_key("frank").public.text)
    roster.carried(org, frank, by="frank", enactor="frank")
    roster.delegate(org, "alice", "nora", "model-owner")
    roster.lift(org, roster.stop(org, "alice", "erin"))
    _set_right(org)
    root_matter(org, RootEffect(signers=("alice", "bob", "dana", "sue"), threshold=3, **ABOUT))
    nora = org.signer("nora")
    keys = tuple(key.id for key in nora.keys)
    effect = DisownEffect(signer="nora", keys=keys, after=nora.enrolled_at, **ABOUT)
    root_matter(org, effect, "dana")
    roster.stop(org, "alice", "rita")
    again = roster.next_key("rita").public.text
    roster.carried(org, roster.enrolment("rita", ["auditor"], key=again))
    roster.stop(org, "omar", "omar")
    return org


def watched() -> Organisation:
    """A release that came a stage on, was observed, rolled back by a service, and reviewed."""
    org = staged()
    acts.started(org)
    org.now += YEAR
    org.observe("watchdog", "fraud/production", metric("0.01", name="retry_rate"))
    org.advance("omar")
    bad = org.observe(
        "watchdog", "fraud/production", metric("0.09", name="retry_rate"), incident="INC-4711"
    )
    subject = org.roll_back("watchdog", observation=bad.position)
    org.close_review("alice", subject)
    return org


def hurried() -> Organisation:
    """A release under an exception that was made up for, ended and reviewed; stops and drills."""
    org = exceptional()
    of = exception_acts.urgent(org)
    granted = exception_acts.granted(org, exception_acts.waiving(org, of))
    org.start("omar", of)
    org.approve("alice", of, "model-owner")
    exception_acts.close_exception(org, "olga", granted)
    org.close_review("dana", granted)
    targets = ("generation", "capability/net", "alias/fraud/production")
    stops = [exception_acts.set_stop(org, "omar", target) for target in targets]
    exception_acts.drilled(org, "olga", "alias/fraud/staging")
    approvals = (("sam", "security-owner"), ("alice", "model-owner"))
    roster.carried(org, roster.lifting(*stops), approvals=approvals, enactor="rosa")
    return org


def root_matter(org: Organisation, effect: Effect, *further: str) -> str:
    """Let alice, bob and *further* root signers have *effect*; the proposal's id."""
    approvals = [(name, "root") for name in ("alice", "bob", *further)]
    return roster.carried(org, effect, by="alice", approvals=approvals, enactor="bob")


def _set_right(org: Organisation) -> None:
    """Somebody is a year ahead, and the root, which is not, sets ledger time right."""
    before = org.now
    of = org.open("frank")
    org.now += YEAR
    ahead = acts.comment(org, "frank", of)
    org.now = before
    at = format_instant(before + 60)
    root_matter(org, ClockEffect(position=ahead.position, at=at, **ABOUT))
