"""What becomes of a release: exceptions, stages, windows, rollbacks and reviews."""

from collections.abc import Generator

from ledger.decide import exception, rollback
from ledger.decide.judgement import Judged
from ledger.model.terms import format_instant
from tests.exception_acts import waiving
from tests.lifelike_company import DAY, HOUR, Company, Course
from tests.organisation import metric
from tests.roster import consented


def excepted(company: Company, of: str) -> Generator[int, None, bool]:
    """An exception for the model owner's approval, closed and reviewed later on; if granted."""
    org = company.org
    owner = company.pick("on-call")
    effect = company.tried(
        lambda: waiving(org, of, owner=owner, lasting=company.chance.randrange(24, 71) * HOUR)
    )
    if effect is None:
        return False
    approvals = [
        (company.pick("security-owner"), "security-owner"),
        (company.pick("release-owner"), "release-owner"),
    ]
    if company.tried(lambda: consented(org, effect, by=owner, approvals=approvals)) is None:
        return False
    id_ = company.newest()
    yield company.work(0.1, 2)
    if not company.by("release-owner", lambda name: org.enact(name, id_)):
        return False
    company.begin(_ended(company, of, id_, owner))
    return True


def _ended(company: Company, of: str, id_: str, owner: str) -> Course:
    """What was waived is made good as a rule, the exception closed or over, and then reviewed."""
    org = company.org
    yield company.work(8, 40)
    if company.happens(0.8):
        company.by("model-owner", lambda name: org.approve(name, of, "model-owner"))
    if company.happens(0.5):
        company.tried(
            lambda: org.act(
                owner,
                lambda s, by, at: exception.close(s, by=by, at=at, exception=id_, reason="done"),
            )
        )
    yield company.work(75, 90)
    yield from reviewed(company, id_)


def reviewed(company: Company, subject: str) -> Course:
    """Somebody closes the review of *subject*: as a rule in time, some late, a few never."""
    if company.happens(0.06):
        return
    yield company.work(50, 200) if company.happens(0.2) else company.work(1, 20)
    role = "auditor" if company.happens(0.5) else "security-owner"
    company.by(role, lambda name: company.org.close_review(name, subject))


def rolled_out(company: Company, alias: str, of: str) -> Course:
    """From stage to stage; what fails on the way is taken back."""
    org = company.org
    while True:
        candidate = org.standing.alias(alias).candidate
        if candidate is None or candidate.proposal != of:
            return
        if candidate.stage == "general":
            yield company.work(0.3, 8)
            if not company.by("release-owner", lambda name: org.complete(name, alias)):
                yield from _taken_back(company, alias, of, None)
                return
            yield from _watched(company, alias, of)
            return
        yield max(candidate.stage_at + DAY + 120, company.later(1, 20))
        rate = _rate(company)
        seen = company.tried(lambda rate=rate: _observe(company, alias, of, rate))  # type: ignore[misc]
        if rate > "0.05":
            position = seen.position if isinstance(seen, Judged) and rate > "0.08" else None
            yield from _taken_back(company, alias, of, position)
            return
        yield company.work(0.1, 6)
        if not company.by("release-owner", lambda name: org.advance(name, alias)):
            yield from _taken_back(company, alias, of, None)
            return


def _rate(company: Company) -> str:
    """A rate of retries: good, out of the bounds of a stage, or past the trigger."""
    if company.happens(0.94):
        return f"0.0{company.chance.randrange(5, 40):02d}"
    return company.chance.choice(("0.060", "0.090", "0.110"))


def _observe(company: Company, alias: str, of: str, rate: str) -> Judged:
    found = metric(rate, name="retry_rate")
    lasting = company.chance.randrange(1, 20) * HOUR
    return company.org.observe("watchdog", alias, found, of=of, lasting=lasting)


def _watched(company: Company, alias: str, of: str) -> Course:
    """What was completed is watched to the end of its window, as a rule, and may still fail."""
    stable = company.org.standing.alias(alias).stable
    end = company.now if stable is None else stable.window or company.now
    yield company.later(2, 20)
    rate = _rate(company)
    seen = company.tried(lambda: _observe(company, alias, of, rate))
    if rate > "0.08" and isinstance(seen, Judged):
        yield from _taken_back(company, alias, of, seen.position)
        return
    if company.happens(0.04):
        yield from _taken_back(company, alias, of, None)
        return
    if company.happens(0.9):
        yield end + company.chance.randrange(HOUR, 10 * HOUR)
        company.tried(lambda: _observe(company, alias, of, "0.010"))


def _taken_back(company: Company, alias: str, of: str, position: int | None) -> Course:
    """A rollback: at once by the service on what it saw, or by a person on call."""
    org, new = company.org, company.org.new_id()
    since = format_instant(company.now - company.chance.randrange(60, 900))
    yield company.later(0.01, 0.3)

    def act(name: str) -> Judged:
        return org.act(
            name,
            lambda s, by, at: rollback.roll_back(
                s,
                by=by,
                at=at,
                alias=alias,
                proposal=of,
                rollback=new,
                trigger="too many retries" if position else "complaints",
                incident=None if position else f"INC-{company.chance.randrange(100, 999)}",
                observation=position,
                since=None if position or company.happens(0.3) else since,
            ),
        )

    alone = position is not None and company.tried(lambda: act("watchdog")) is not None
    if alone or company.by("on-call", act):
        company.begin(reviewed(company, new))
