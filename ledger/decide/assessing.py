"""What a policy says of a case, asked of it once for each moment of a standing."""

from ledger.decide.context import Standing
from ledger.policy.assess import Bound, assess, bind, may_expire
from ledger.policy.assessment import Assessment
from ledger.policy.case import Case
from ledger.policy.document import Policy


def assessed(standing: Standing, policy: Policy, case: Case, at: int) -> Assessment:
    """What *policy* says of *case* at *at*; asked again before *standing* changes, the same."""
    bound = bound_of(standing, policy, case)
    what = ("assessed", id(policy), id(case), at)
    return standing.once(what, (policy, case), lambda: assess(policy, case, at, bound))


def bound_of(standing: Standing, policy: Policy, case: Case) -> Bound:
    """What an approval of *case* would be bound to, and which approvals still are."""
    what = ("bound", id(policy), id(case))
    return standing.once(what, (policy, case), lambda: bind(policy, case))


def has_expired(standing: Standing, policy: Policy, case: Case, at: int) -> bool:
    """Whether *case* waited longer than *policy* allows; both clocks begin at the revision."""
    said = [*(one.at for one in case.approvals), *(one.at for one in case.waivers)]
    if case.lapsed or not may_expire(policy, case.effect, case.revised_at, said, at):
        return case.lapsed
    return assessed(standing, policy, case, at).verdict == "expired"
