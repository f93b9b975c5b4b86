"""The course of a model: a change proposed, tried in staging, consented to, and the next one."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ledger.decide import approval, evidence
from ledger.model.effects import ReleaseEffect, Rollback
from ledger.model.names import Component
from ledger.model.stack import Stack
from tests.lifelike_company import DAY, Company, Course
from tests.lifelike_rollouts import excepted, rolled_out
from tests.lifelike_talks import discussed, revised, withdrawn
from tests.organisation import change, stack

REPEATED_ATTEMPTS = 3


@dataclass(slots=True)
class Model:
    """A model as its team knows it: its versions, its quality, and what is said of each change."""

    name: str
    team: int
    personal: bool
    online: bool
    auc: float
    versions: dict[str, int] = field(default_factory=lambda: {"model": 0, "dataset": 0})

    @property
    def production(self) -> str:
        """Its last alias."""
        return f"{self.name}/production"

    @property
    def staging(self) -> str:
        """Its first alias."""
        return f"{self.name}/staging"


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a model: its stack, what that touches, how good it is, and who proposes it."""

    model: Model
    stack: Stack
    touched: tuple[Component, ...]
    auc: str
    opener: str


def course_of(company: Company, model: Model, gap: float) -> Course:
    """Release after release of *model*, *gap* hours apart on average."""
    yield company.work(0, gap)
    while True:
        made = _next_change(company, model)
        yield from _staged(company, made)
        yield company.work(2, 40)
        yield from _released(company, made)
        if company.happens(0.25):
            yield company.work(4, gap / 4)
            yield from _abandoned(company, model)
        yield company.work(gap / 2, gap * 3 / 2)


def _next_change(company: Company, model: Model) -> Change:
    """Another version of the model, now and then of its data, about as good as the last."""
    touched: list[Component] = ["model"]
    if company.happens(0.3):
        touched.append("dataset")
    for part in touched:
        model.versions[part] += 1
    named = {part: f"{model.name}-{part[0]}{number}" for part, number in model.versions.items()}
    model.auc = min(0.985, max(0.915, model.auc + company.chance.uniform(-0.012, 0.013)))
    opener = company.pick("proposer")
    return Change(model, stack(**named), tuple(touched), f"{model.auc:.3f}", opener)


def _effect(company: Company, model: Model, what: Stack, alias: str) -> ReleaseEffect:
    """A change request; now and then it names nobody who answers for it or takes it back."""
    owner = company.by_role["model-owner"][model.team % len(company.by_role["model-owner"])]
    on_call = company.pick("on-call")
    number = model.versions["model"]
    back = Rollback(
        plan="alias back",
        trigger="complaints",
        owner=None if company.happens(0.05) else on_call,
        within=600,
    )
    made = change(
        what, alias=alias, declares={"personal_data": model.personal, "online": model.online}
    )
    return made.model_copy(
        update={
            "summary": f"{model.name}: version {number}",
            "why": company.chance.choice(("fewer complaints", "fresher data", "it is faster")),
            "owner": None if company.happens(0.06) else owner,
            "on_call": on_call,
            "rollback": back,
        }
    )


def _evaluated(
    company: Company, of: str, made: Change, *, auc: str | None = None, expires: int | None = None
) -> None:
    """Somebody attaches an evaluation: of all that changed as a rule, or of the model alone."""
    turn = company.chance.randrange(10**9)
    about = made.touched if company.happens(0.95) else made.touched[:1]
    company.by(
        "evaluation-owner",
        lambda name: company.org.attach(
            name,
            of,
            auc=auc or made.auc,
            components=about,
            document=f"report-{turn}",
            expires=expires,
        ),
    )


def _staged(company: Company, made: Change) -> Course:
    """The stack in staging, by the service, without anybody's approval."""
    org, effect = company.org, _effect(company, made.model, made.stack, made.model.staging)
    if company.tried(lambda: org.open(made.opener, effect)) is None:
        return
    of = company.newest()
    yield company.work(0.2, 6)
    _evaluated(company, of, made)
    yield company.later(0.1, 1)
    if company.tried(lambda: org.start("deployer", of)) is None:
        return
    yield company.later(0.2, 4)
    company.tried(lambda: org.complete("deployer", made.model.staging))


def _released(company: Company, made: Change) -> Course:
    """The same stack to production: talked over, consented to, started and watched."""
    org, alias = company.org, made.model.production
    effect = _effect(company, made.model, made.stack, alias)
    if company.tried(lambda: org.open(made.opener, effect)) is None:
        return
    of = company.newest()
    yield company.work(0.5, 12)
    yield from _documented(company, of, made)
    yield from discussed(company, of, made.opener)
    if org.proposal(of).closed is not None:
        return
    urgent = company.happens(0.25)
    for attempt in range(REPEATED_ATTEMPTS):
        yield from _approved(company, of, urgent=urgent)
        yield company.work(0.3, 100 if company.happens(0.06) else 12)
        if urgent and not (yield from excepted(company, of)):
            urgent = False
            company.by("model-owner", lambda name: org.approve(name, of, "model-owner"))
        if company.by("release-owner", lambda name: org.start(name, of)):
            yield from rolled_out(company, alias, of)
            return
        if attempt < REPEATED_ATTEMPTS - 1:
            yield from _again(company, of, made)
    company.tried(lambda: withdrawn(company, made.opener, of, "it never got its consent"))


def _documented(company: Company, of: str, made: Change) -> Course:
    """One evaluation, now and then after a bad one, some of them for some days only."""
    expires = company.chance.randrange(6, 20) * DAY if company.happens(0.2) else None
    if company.happens(0.07):
        _evaluated(company, of, made, auc="0.880", expires=expires)
        yield company.work(3, 30)
    if not (company.happens(0.15) and _taken_over(company, of, made)):
        _evaluated(company, of, made, expires=expires)


def _taken_over(company: Company, of: str, made: Change) -> bool:
    """Somebody attaches the evaluation of staging again; whether there was one."""
    org = company.org
    staged = org.standing.alias(made.model.staging).stable
    known = None if staged is None else org.proposal(staged.proposal).documents[-1]
    if known is None:
        return False
    document = known
    return bool(
        company.by(
            "evaluation-owner",
            lambda name: org.act(
                name,
                lambda s, by, _: evidence.attach(
                    s,
                    by=by,
                    proposal=of,
                    type_=document.type,
                    name="taken-over.json",
                    digest=document.digest,
                    size=10,
                    subject=document.subject,
                    metrics=document.metrics,
                    expires=document.expires,
                    taken_from=document.position,
                ),
            ),
        )
    )


def _approved(company: Company, of: str, *, urgent: bool) -> Course:
    """Those who are asked approve, hours apart; one of them now and then thinks again."""
    org = company.org
    for role in _asked(company, of):
        if urgent and role == "model-owner":
            continue
        yield company.work(0.3, 60 if company.happens(0.15) else 18)
        who = company.by(role, lambda name, role=role: org.approve(name, of, role))  # type: ignore[misc]
        if who is not None and company.happens(0.03):
            yield company.work(0.2, 5)
            company.tried(
                lambda who=who: org.act(  # type: ignore[misc]
                    who, lambda s, by, _: approval.retract(s, by=by, proposal=of, reason="a doubt")
                )
            )
            company.by(role, lambda name, role=role: org.approve(name, of, role))  # type: ignore[misc]


def _asked(company: Company, of: str) -> Iterator[str]:
    """The roles that the policy asks for, security last."""
    state, effect = company.org.proposal(of), company.org.change(of)
    stable = company.org.standing.alias(effect.alias).stable
    before = {} if stable is None else stable.stack.digests()
    yield "model-owner"
    if before.get("dataset") != effect.stack.digests()["dataset"]:
        yield "data-owner"
    if (
        stable is None
        or state.added
        or any(one.value for one in effect.declares if one.fact == "personal_data")
    ):
        yield "security-owner"


def _again(company: Company, of: str, made: Change) -> Course:
    """What was refused is revised and evaluated anew."""
    yield company.work(2, 24)
    if company.tried(lambda: revised(company, made.opener, of)) is not None:
        yield company.work(2, 24)
        _evaluated(company, of, made)


def _abandoned(company: Company, model: Model) -> Course:
    """Another idea that comes to nothing: proposed, talked over, and given up, or left open."""
    org, named = company.org, f"{model.name}-idea{company.chance.randrange(10**6)}"
    what = stack(model=named, dataset=f"{model.name}-d{model.versions['dataset']}")
    auc = "0.890" if company.happens(0.4) else "0.950"
    made = Change(model, what, ("model",), auc, company.pick("proposer"))
    effect = _effect(company, model, what, model.production)
    if company.tried(lambda: org.open(made.opener, effect)) is None:
        return
    of = company.newest()
    yield company.work(1, 20)
    if company.happens(0.6):
        _evaluated(company, of, made)
    if company.happens(0.5):
        yield company.work(1, 20)
        company.by("model-owner", lambda name: org.approve(name, of, "model-owner"))
    yield company.work(24, 200)
    if company.happens(0.9):
        company.tried(lambda: withdrawn(company, made.opener, of, "another way was found"))
