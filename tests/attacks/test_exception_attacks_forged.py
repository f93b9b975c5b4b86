"""Forged exceptions: signed and put into the log without asking any rule. Each is a finding."""

from collections.abc import Callable, Mapping

import pytest

from ledger.model.events import (
    Event,
    ExceptionClosed,
    ExceptionGranted,
    OverrideDrilled,
    ProposalOpened,
    ReleaseStarted,
    ReviewClosed,
)
from tests.acts import look
from tests.decide.rollouts import PRODUCTION
from tests.exception_acts import GRANTING, granted, urgent, waiving
from tests.organisation import Organisation
from tests.policies import exceptional
from tests.roster import consented, finding, rows

NOBODYS = "00000000-0000-4000-8000-000000000000"
"""An id that nothing has."""


class Attacked:
    """A release with an exception in force, and another that only waits to be granted."""

    def __init__(self) -> None:
        self.org = exceptional()
        self.release = urgent(self.org)
        self.granted = granted(self.org, waiving(self.org, self.release))
        self.asked = self.org.open("olga", waiving(self.org, self.release))
        effect = waiving(self.org, self.release, "evaluation")
        self.ready = consented(self.org, effect, by="olga", approvals=GRANTING)

    def grant(self, of: str, *waives: str) -> ExceptionGranted:
        """The grant of *of* with everything that it would say, but for *waives*."""
        effect = waiving(self.org, self.release, *waives)
        known = self.org.proposal(of).effect.model_dump()
        content = {**effect.model_dump(), **known} if not waives else effect.model_dump()
        fields = {name: content[name] for name in ExceptionGranted.model_fields if name in content}
        review = look(self.org, of).review_digest
        return ExceptionGranted.model_validate({**fields, "proposal": of, "review": review})

    def start(self, *exceptions: str) -> ReleaseStarted:
        """The start of the release as the rules have it, but for the *exceptions* it names."""
        found = look(self.org, self.release)
        return ReleaseStarted(
            alias=PRODUCTION,
            proposal=self.release,
            revision=1,
            policy=1,
            review=found.review_digest,
            tier=found.tier,
            stage="shadow",
            stack=self.org.change(self.release).stack,
            metrics=found.metrics,
            exceptions=tuple(sorted(exceptions)),
        )

    def ask(self, of: str, *, under: str = NOBODYS) -> ProposalOpened:
        """A request under the id *under* to waive something of the proposal *of*."""
        effect = waiving(self.org, self.release).model_copy(update={"release": of})
        known = self.org.standing.proposal(of)
        base = None if known is None else known.closed_position or known.revised_position
        return ProposalOpened(proposal=under, base=base, policy=1, effect=effect)


def review(of: str) -> ReviewClosed:
    """A review of *of*, closed."""
    return ReviewClosed(
        subject=of, cause="none", changes=("none",), tests=(), summary=None, why=None
    )


def granting_nothing(attacked: Attacked) -> Event:
    """A grant that names a proposal nobody opened."""
    return attacked.grant(attacked.asked).model_copy(update={"proposal": NOBODYS})


def closing(of: str) -> ExceptionClosed:
    """The early end of *of*."""
    return ExceptionClosed(exception=of, reason="odd")


FORGED: Mapping[str, tuple[str, str, Callable[[Attacked], Event]]] = {
    "nobody asked for it": ("sam", "unknown-proposal", granting_nothing),
    "nobody consented to it": ("sam", "not-ready", lambda a: a.grant(a.asked)),
    "it was granted before": ("sam", "closed", lambda a: a.grant(a.granted)),
    "it waives something else": ("sam", "event-differs", lambda a: a.grant(a.ready, "quality")),
    "who asked grants it": ("olga", "self-enactment", lambda a: a.grant(a.ready)),
    "a service grants it": ("deployer", "service-enactment", lambda a: a.grant(a.ready)),
    "the start names none": ("omar", "event-differs", lambda a: a.start()),
    "the start names another": ("omar", "event-differs", lambda a: a.start(a.granted, a.ready)),
    "what never was is closed": ("olga", "unknown-exception", lambda _: closing(NOBODYS)),
    "what only was asked for is closed": ("olga", "unknown-exception", lambda a: closing(a.asked)),
    "a stranger closes it": ("rita", "no-part", lambda a: closing(a.granted)),
    "it is reviewed while in force": ("dana", "exception-in-force", lambda a: review(a.granted)),
    "what only was asked for is reviewed": ("dana", "unknown-review", lambda a: review(a.ready)),
    "it is about an exception": ("olga", "not-a-release", lambda a: a.ask(a.granted)),
    "it is about itself": ("olga", "unknown-proposal", lambda a: a.ask(NOBODYS)),
    "it has the id of its release": (
        "olga",
        "proposal-exists",
        lambda a: a.ask(a.release, under=a.release),
    ),
    "a drill of nobody": (
        "olga",
        "unknown-signer",
        lambda _: OverrideDrilled(override=NOBODYS, target="signer/nobody", seconds=1, note=None),
    ),
}
"""Who signs what, and the rule that it breaks."""


@pytest.mark.parametrize("forged", FORGED)
def test_what_is_forged_is_a_finding_and_changes_nothing(forged: str) -> None:
    attacked = Attacked()
    org, (name, rule, event) = attacked.org, FORGED[forged]
    before = told(org)
    assert finding(org.force(name, event(attacked))) == rule
    assert told(org) == before
    assert org.start("omar", attacked.release).admitted


def told(org: Organisation) -> dict[str, object]:
    """Every row but those that count entries and findings."""
    apart = ("head", "place:", "finding:", "last:", "root:")
    return {key: row for key, row in rows(org.standing).items() if not key.startswith(apart)}


def test_what_is_not_forged_is_admitted_word_for_word() -> None:
    attacked = Attacked()
    org = attacked.org
    assert org.force("sam", attacked.grant(attacked.ready)).admitted
    assert org.force("omar", attacked.start(attacked.granted)).admitted
    assert org.force("rosa", closing(attacked.granted)).admitted
    assert org.force("dana", review(attacked.granted)).admitted
