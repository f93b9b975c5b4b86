"""What is said about a proposal before it is consented to: remarks, facts, revisions, vetoes."""

from ledger.decide import approval, proposal, talk
from ledger.decide.judgement import Judged
from tests.lifelike_company import Company, Course

REMARKS = (
    "the calibration plot looks good",
    "which channel does this concern?",
    "please name the data set of March",
    "compared with the shadow run of last week",
    "I would wait until after the holidays",
)


def discussed(company: Company, of: str, opener: str) -> Course:
    """Comments, a fact that was overlooked, a revision, a veto."""
    org = company.org
    for _ in range(company.chance.choice((0, 0, 1, 1, 2))):
        yield company.work(0.2, 5)
        name, text = company.pick("model-owner"), company.chance.choice(REMARKS)
        org.act(name, lambda s, _, __, text=text: talk.comment(s, proposal=of, text=text))  # type: ignore[misc]
    if company.happens(0.08):
        yield company.work(0.2, 8)
        company.by("data-owner", lambda name: _fact(company, name, of))
    if company.happens(0.15):
        yield company.work(1, 20)
        company.tried(lambda: revised(company, opener, of))
    if company.happens(0.12):
        yield company.work(1, 20)
        yield from _rejected(company, of, opener)


def _fact(company: Company, name: str, of: str) -> Judged:
    return company.org.act(
        name,
        lambda s, by, at: proposal.add_fact(s, by=by, at=at, proposal=of, fact="personal_data"),
    )


def revised(company: Company, name: str, of: str) -> Judged:
    known = company.org.proposal(of)
    old = company.org.change(of)
    effect = old.model_copy(update={"impact": f"said again, {known.revision + 1}"})
    return company.org.act(
        name, lambda s, by, at: proposal.revise(s, by=by, at=at, proposal=of, effect=effect)
    )


def withdrawn(company: Company, name: str, of: str, reason: str) -> Judged:
    return company.org.act(
        name, lambda s, by, _: proposal.withdraw(s, by=by, proposal=of, reason=reason)
    )


def _rejected(company: Company, of: str, opener: str) -> Course:
    """A veto, by the model owners or the data owners; it is taken back, or that is the end."""
    org = company.org
    role = "model-owner" if company.happens(0.7) else "data-owner"
    who = company.by(
        role,
        lambda name: org.act(
            name,
            lambda s, by, at: approval.reject(
                s, by=by, at=at, proposal=of, role=role, reason="not like this"
            ),
        ),
    )
    yield company.work(2, 60)
    if who is not None and company.happens(0.6):
        company.tried(lambda: org.act(who, lambda s, by, _: approval.reopen(s, by=by, proposal=of)))
    elif who is not None:
        company.tried(lambda: withdrawn(company, opener, of, "rejected"))
