"""What happens beside the releases: people come and go, stops, drills, and what was not allowed."""

from collections.abc import Iterator, Sequence

from ledger.decide import acknowledgement, override_drill
from ledger.decide.judgement import Judged
from ledger.model.effects import Effect
from ledger.model.events import ApprovalGranted, Event, OverrideSet, ReleaseStarted
from ledger.seal.envelope import seal
from ledger.service import Signer, place
from tests.exception_acts import set_stop
from tests.lifelike_company import DAY, JOINERS, LEAVERS, NEXT_POLICY, Company, Course
from tests.organisation import new_policy, unsafe_key
from tests.roster import carried, delegate, enrolment, lifting, next_key, roles_of, rotation

WEEK = 7 * 24
NOTHING = "sha256:" + "0" * 64


def everything(company: Company, models: Sequence[str]) -> Iterator[Course]:
    """All courses that are not those of a model."""
    yield _joining(company)
    yield _leaving(company)
    yield _lending(company)
    yield _rotating(company)
    yield _granting(company)
    yield _stopping(company, models)
    yield _drilling(company, models)
    yield _auditing(company)
    yield _intruding(company)


def _by_steward(company: Company, effect: Effect, by: str | None = None) -> str | None:
    """What takes a steward's consent, given at once; proposed by an engineer, or by whom it is."""
    opener = by or company.pick("engineer")
    enactor = by or company.pick("release-owner")
    votes = ((company.pick("steward"), "steward"),)
    return company.tried(
        lambda: carried(company.org, effect, by=opener, approvals=votes, enactor=enactor)
    )


def publish(company: Company) -> Course:
    """The next policy comes into force."""
    yield company.work(0, 2)
    _by_steward(company, new_policy(NEXT_POLICY))


def _joining(company: Company) -> Course:
    """Newcomers are enrolled and accept a day later; the last of them never does."""
    for name, role in JOINERS.items():
        yield company.work(WEEK / 2, 3 * WEEK)
        company.org.keys[name] = unsafe_key(name)
        roles = [] if role == "engineer" else [role]
        if _by_steward(company, enrolment(name, roles)) is None or name == list(JOINERS)[-1]:
            continue
        yield company.work(2, 30)
        if company.tried(lambda name=name: company.org.accept(name)) is not None:  # type: ignore[misc]
            company.by_role[role].append(name)
            if role == "engineer":
                company.by_role["proposer"].append(name)


def _leaving(company: Company) -> Course:
    """Who leaves is stopped for good, and once somebody by mistake, which is lifted."""
    for turn, name in enumerate(LEAVERS):
        yield company.work(3 * WEEK, 6 * WEEK)
        company.leaves(name)
        company.by("on-call", lambda by, name=name: set_stop(company.org, by, f"signer/{name}"))  # type: ignore[misc]
        if turn == 1:
            yield company.work(WEEK, 2 * WEEK)
            stop = set_stop(company.org, company.pick("on-call"), "signer/reporter")
            yield company.work(2, 20)
            _lifted(company, stop)


def _lifted(company: Company, stop: str) -> None:
    votes = (
        (company.pick("security-owner"), "security-owner"),
        (company.pick("auditor"), "auditor"),
    )
    opener = company.pick("release-owner")
    company.tried(
        lambda: carried(company.org, lifting(stop), by=opener, approvals=votes, enactor="alma")
    )


def _lending(company: Company) -> Course:
    """Before a holiday somebody lends a role to an engineer; one comes back early."""
    while True:
        yield company.work(WEEK, 3 * WEEK)
        role = company.chance.choice(("model-owner", "data-owner", "release-owner"))
        name, to = company.pick(role), company.pick("engineer")
        end = company.now + company.chance.randrange(5, 15) * DAY
        lent = company.tried(lambda: delegate(company.org, name, to, role, until=end))  # noqa: B023
        if lent is not None and company.happens(0.2):
            yield company.work(20, 60)
            company.tried(lambda: delegate(company.org, name, to))  # noqa: B023


def _rotating(company: Company) -> Course:
    """Somebody takes another key now and then, and accepts it within a day."""
    number = 2
    while True:
        yield company.work(4 * WEEK, 10 * WEEK)
        role = company.chance.choice(("model-owner", "evaluation-owner", "release-owner"))
        name, key = company.pick(role), next_key(role, number)
        number += 1
        if _by_steward(company, rotation(name, key.public.text), name) is not None:
            yield company.work(1, 20)
            company.tried(lambda: company.org.accept(name, key))  # noqa: B023


def _granting(company: Company) -> Course:
    """An engineer owns the data of one team for some weeks, another is given a role back."""
    while True:
        yield company.work(3 * WEEK, 6 * WEEK)
        name, team = company.pick("engineer"), company.chance.choice(("fraud", "speech"))
        until = company.now + 28 * DAY
        effect = roles_of(name, ["data-owner"], aliases=f"{team}-1/*", until=until)
        if _by_steward(company, effect) is not None and company.happens(0.4):
            yield company.work(WEEK, 2 * WEEK)
            _by_steward(company, roles_of(name, strip=["data-owner"], aliases=f"{team}-1/*"))


def _stopping(company: Company, models: Sequence[str]) -> Course:
    """An alias is halted, or all generation, for some hours; the stop is lifted and reviewed."""
    while True:
        yield company.work(WEEK, 4 * WEEK)
        alias = f"alias/{company.chance.choice(models)}/production"
        target = "generation" if company.happens(0.2) else alias
        stop = set_stop(company.org, company.pick("security-owner"), target)
        yield company.work(4, 40)
        _lifted(company, stop)
        if company.happens(0.8):
            yield company.work(2, 60)
            company.by("auditor", lambda name: company.org.close_review(name, stop))  # noqa: B023


def _drilling(company: Company, models: Sequence[str]) -> Course:
    """Stops are rehearsed every few weeks."""
    while True:
        yield company.work(2 * WEEK, 5 * WEEK)
        for target in ("generation", f"alias/{company.chance.choice(models)}/production"):
            company.by("on-call", lambda name: _drill(company, name, target))  # noqa: B023
            yield company.work(0.2, 2)


def _drill(company: Company, name: str, target: str) -> Judged:
    new, seconds = company.org.new_id(), company.chance.randrange(15, 400)
    return company.org.act(
        name,
        lambda s, by, at: override_drill.drill(
            s, by=by, at=at, override=new, target=target, seconds=seconds, note=None
        ),
    )


def _auditing(company: Company) -> Course:
    """An auditor takes note of findings, some days after; of some nobody does."""
    while True:
        yield company.work(WEEK / 2, 2 * WEEK)
        while company.refused and company.happens(0.8):
            position = company.refused.pop(0)
            company.by("auditor", lambda name: _noted(company, name, position))  # noqa: B023


def _noted(company: Company, name: str, position: int) -> Judged:
    return company.org.act(
        name,
        lambda s, by, at: acknowledgement.acknowledge(
            s, by=by, at=at, position=position, note="looked into"
        ),
    )


def _intruding(company: Company) -> Course:
    """Somebody goes around the rules: what stands in the log then is refused, and a finding."""
    turn = 0
    while True:
        yield company.work(WEEK / 2, 2 * WEEK)
        turn += 1
        position = company.org.standing.head.size
        if turn % 4 == 0:
            _stranger(company)
        else:
            name, event = _trespass(company, turn)
            if event is None:
                continue
            company.org.force(name, event)
        company.refused.append(position)


def _trespass(company: Company, turn: int) -> tuple[str, Event | None]:
    """A stop without the power, an approval or a start that the rules would not make."""
    org = company.org
    state = org.standing.numbered(org.standing.head.proposals - company.chance.randrange(20))
    if turn % 4 == 1 or state is None or state.effect.effect != "release":
        target = f"signer/{company.pick('auditor')}"
        return "scanner", OverrideSet(override=org.new_id(), target=target, reason="out of the way")
    given = next((one for one in state.approvals), None)
    if turn % 4 == 2 and given is not None:
        return company.pick("engineer"), ApprovalGranted(
            proposal=state.id,
            role="model-owner",
            on_behalf=None,
            binding=given.binding,
            review=NOTHING,
        )
    return "deployer", ReleaseStarted(
        alias=org.change(state.id).alias,
        proposal=state.id,
        revision=state.revision,
        policy=org.standing.head.policy,
        review=NOTHING,
        tier="low",
        stage="general",
        stack=org.change(state.id).stack,
        metrics=(),
        exceptions=(),
    )


def _stranger(company: Company) -> None:
    """An entry signed with a key that nobody knows."""
    org, key = company.org, unsafe_key("a stranger")
    org.now += 1
    event = OverrideSet(override=org.new_id(), target="generation", reason="because I can")
    entry = place(org.standing, event, Signer("alma", key), now=org.now, ledger_id=org.id)
    org.smuggle(seal(entry.payload(), key))
