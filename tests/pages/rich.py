"""A ledger full of what pages find hard: long words, many rows, both directions, markup."""

from collections.abc import Sequence

from ledger.decide import approval
from ledger.model.effects import ReleaseEffect, Rollback, Rollout
from ledger.model.events import Metric
from tests.acts import comment, reopen, revise
from tests.exception_acts import granted, urgent, waiving
from tests.organisation import Organisation, change, metric, stack
from tests.policies import exceptional

DAY = 86_400

LONG = "w" * 200
"""A word longer than a phone is wide."""

MARKUP = """</pre></style></title><script>document.title='run'</script><img src=x onerror=a()>'"&"""
"""What would leave the place of text, were it not escaped."""

FOREIGN = "\u05e9\u05dc\u05d5\u05dd \u0627\u0644\u0633\u0644\u0627\u0645 \u6a21\u578b \U0001f40d"
"""Right to left, wide, and beyond the first plane."""

NAME = "m" * 64
STAGING, PRODUCTION = f"{NAME}/staging", f"{NAME}/production"
DOCUMENTS = 30

RELEASE, URGENT, EXCEPTION = 2, 4, 5
"""The numbers of the release to the long alias, the one under an exception, and its exception."""


def rich() -> Organisation:
    """An organisation that has released twice, once under an exception, saying a lot."""
    org = exceptional(f"\n# {MARKUP} {LONG} {FOREIGN}\n")
    of = _asked(org)
    _consented(org, of)
    org.start("omar", of)
    for _ in range(2):
        org.now += DAY
        org.observe("watchdog", PRODUCTION, *_numbers())
        org.advance("omar", PRODUCTION)
    org.complete("omar", PRODUCTION)
    seen = org.observe("watchdog", PRODUCTION, metric("0.09", name="retry_rate"), incident=MARKUP)
    assert seen.admitted
    _under_exception(org)
    return org


def _wordy(version: str, alias: str) -> ReleaseEffect:
    """A change request whose every field is hard to show."""
    asked = change(stack(model=version), alias=alias, mutations=["n" * 128, MARKUP])
    said = f"{MARKUP} {LONG} {FOREIGN}"
    wanted = {
        "summary": said[:500],
        "why": f"{said}\n\tand a second line\n" + "many words " * 300,
        "scope": said,
        "impact": "x" * 3_000,
        "risk_rationale": said,
        "known_risks": (said, LONG),
        "benefits": (said,),
        "channels": ("c" * 128,),
        "rollout": Rollout(plan=said).model_dump(),
        "rollback": Rollback(plan=said, trigger=said, owner="omar", within=600).model_dump(),
    }
    return ReleaseEffect.model_validate({**asked.model_dump(), **wanted})


def _asked(org: Organisation) -> str:
    """The release to the long alias, after staging; its proposal, in its second revision."""
    version = f"{'v' * 100}<b>"
    before = org.open("frank", _wordy(version, STAGING))
    org.attach("erin", before)
    org.start("deployer", before)
    org.complete("deployer", STAGING)
    of = org.open("frank", _wordy(version, PRODUCTION))
    revise(org, "frank", of, _wordy(version, PRODUCTION))
    return of


def _consented(org: Organisation, of: str) -> None:
    """Many documents, a rejection that was taken back, and the approvals."""
    for number in range(DOCUMENTS):
        org.attach("erin", of, document=f"{'d' * 90}{number}")
    org.attach("erin", of, document='"><svg onload=a()>')
    org.act(
        "alice",
        lambda s, by, at: approval.reject(
            s, by=by, at=at, proposal=of, role="model-owner", reason=f"{MARKUP}\n{LONG}"
        ),
    )
    reopen(org, "alice", of)
    comment(org, "alice", of, f"{MARKUP}\n{LONG}")
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")


def _numbers() -> Sequence[Metric]:
    return (metric("0.01", name="retry_rate"), metric("0.5", name="q" * 128))


def _under_exception(org: Organisation) -> None:
    of = urgent(org)
    granted(org, waiving(org, of, controls=(f"{MARKUP} {LONG}", FOREIGN)))
    org.start("omar", of)
