"""A ledger for auditors, made once for a module: releases good and bad, each by another course.

#1, #3, #5 and #7 are in staging, the others go to production: #2 plainly; #4 after a revision,
a rejection that was taken back and an approval in a lent role; #6 is rolled back by a service;
#8 is under way, under the exception #9, and frank signs that it is completed; #10 is open, #11
withdrawn.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger.model.events import ReleaseCompleted
from ledger.model.terms import format_instant
from tests.acts import add_fact, comment, reject, reopen, retract, revise, withdraw
from tests.cli.conftest import LedgerFolder
from tests.cli.staged_ledgers import DAY, PRODUCTION, completed
from tests.decide.rollouts import in_staging
from tests.exception_acts import granted, urgent, waiving
from tests.organisation import Organisation, change, metric, stack
from tests.policies import exceptional
from tests.roster import delegate, stop

RELEASES = 4
"""How many releases to production the story tells."""


def through(org: Organisation, of: str) -> None:
    """Bring what is under way to production through its stages, and report its window."""
    for _ in range(2):
        org.now += DAY
        org.observe("watchdog", PRODUCTION, metric("0.01", name="retry_rate"), lasting=DAY)
        org.advance("omar")
    org.complete("omar")
    org.now += 3 * DAY
    org.observe("watchdog", PRODUCTION, metric("0.02", name="retry_rate"), of=of, lasting=3 * DAY)


def contested(org: Organisation) -> str:
    """A release of m2 that was revised, rejected and approved in a lent role before it started."""
    in_staging(org, "m2", "d1")
    of = org.open("frank", change(stack(model="m2"), contributors=["rita"]))
    org.attach("erin", of, document="first")
    org.approve("bob", of, "model-owner")
    revise(org, "frank", of, change(stack(model="m2"), contributors=["rita"], risk="high"))
    org.attach("erin", of, document="second")
    org.attach("erin", of, document="third")
    reject(org, "alice", of)
    reopen(org, "alice", of)
    delegate(org, "alice", "sam", "model-owner")
    org.approve("bob", of, "model-owner")
    retract(org, "bob", of)
    org.approve("sam", of, "model-owner")
    comment(org, "rita", of, "why now?")
    org.start("omar", of)
    through(org, of)
    return of


def regretted(org: Organisation) -> str:
    """A release of m3 that a service takes back, and whose rollback is reviewed.

    mona approves it and is stopped before it starts; alice does so too.
    """
    in_staging(org, "m3", "d1")
    of = org.open("frank", change(stack(model="m3")))
    org.attach("erin", of)
    org.approve("mona", of, "model-owner")
    stop(org, "rosa", "mona")
    org.approve("alice", of, "model-owner")
    org.start("omar", of)
    org.now += DAY
    seen = org.observe("watchdog", PRODUCTION, metric("0.2", name="retry_rate"), incident="INC-9")
    org.close_review("rita", org.roll_back("watchdog", observation=seen.position))
    return of


def excepted(org: Organisation) -> str:
    """A release of m4 that was started under an exception; bob rejects it on its way.

    So does frank say then that it is about personal data: it would have another tier now.
    """
    of = urgent(org, "m4", "d4")
    granted(org, waiving(org, of))
    org.start("omar", of)
    add_fact(org, "frank", of, "personal_data")
    reject(org, "bob", of)
    return of


def left_open(org: Organisation) -> None:
    """What is under way is completed by nobody who may; one more is open, one withdrawn."""
    candidate = org.standing.alias(PRODUCTION).candidate
    assert candidate is not None
    by_frank = {"alias": PRODUCTION, "proposal": candidate.proposal, "review": candidate.review}
    org.force("frank", ReleaseCompleted.model_validate({**by_frank, "observation": None}))
    add_fact(org, "frank", org.open("frank", change(stack(model="m5"))), "personal_data")
    withdraw(org, "frank", org.open("frank", change(stack(model="m6"))))


def told(releases: int = RELEASES) -> Organisation:
    """The organisation after the first *releases*; after all of them with what is left open."""
    org = exceptional()
    for step in (completed, contested, regretted, excepted)[:releases]:
        step(org)
    if releases == RELEASES:
        left_open(org)
    return org


@contextmanager
def shared(folder: Path, org: Organisation) -> Iterator[LedgerFolder]:
    """The ledger of *org* on disk for several tests, which only read; see :func:`moved_in`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSENT_STATE", str(folder / "state"))
        yield LedgerFolder(folder / "ledger", org)


def moved_in(monkeypatch: pytest.MonkeyPatch, ledger: LedgerFolder, *, later: int = 60) -> None:
    """Let one test use the state that *ledger* was made with, *later* seconds after its end."""
    monkeypatch.setenv("ASSENT_STATE", str(ledger.path.parent / "state"))
    monkeypatch.setenv("ASSENT_NOW", format_instant(ledger.organisation.now + later))
