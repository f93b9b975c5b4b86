"""Random histories: anybody tries anything, in any order; what the rules refuse is left out."""

from collections.abc import Sequence
from contextlib import suppress

from hypothesis import strategies as st

from ledger.decide.judgement import Judged
from ledger.errors import AssentError
from ledger.model.effects import ReleaseEffect
from tests import acts, exception_acts, roster
from tests.organisation import PEOPLE, POLICY, Organisation, change, stack
from tests.random_emergencies import TARGETS, exceptions_of, held
from tests.random_rollouts import Act, advancing, observing, reviewing, rolling_back, soak

SERVICES = {"robot": ("erin", ["evaluation-owner", "model-owner"])}
NAMES = (*PEOPLE, "robot")
ROLES = ("model-owner", "data-owner", "release-owner")
ALIASES = ("fraud/production", "churn/production")
HOUR = 3_600
VERBS = (
    "open",
    "revise",
    "withdraw",
    "fact",
    "attach",
    "take-over",
    "take-back",
    "approve",
    "approve",
    "retract",
    "reject",
    "reopen",
    "start",
    "complete",
    "observe",
    "observe",
    "advance",
    "advance",
    "roll-back",
    "review",
    "comment",
    "wait",
    "rubbish",
    "acknowledge",
    "urgent",
    "settle",
    "close-exception",
    "halt",
    "lift",
    "drill",
    "path",
    "path",
    "path",
    "prepare",
    "prepare",
)

Step = tuple[str, str, int, int]
"""A verb, who, and two numbers that the verb makes of what it likes."""

steps = st.lists(
    st.tuples(
        st.sampled_from(VERBS),
        st.sampled_from((*NAMES, *["whoever may"] * 12)),
        st.integers(0, 7),
        st.integers(0, 7),
    ),
    min_size=20,
    max_size=40,
)
"""Steps of a history."""

BENCHMARK = POLICY.replace(
    "[approvals]",
    """
[[requirement]]
id = "benchmark"
when = "tier == MEDIUM || shift == 'moderate'"
because = "a second number, of another age"
[requirement.evidence.benchmark]
max_age = "1d"
[approvals]""",
)

WATCHED = (
    POLICY
    + """
[[stage]]
id = "shadow"
tiers = ["medium", "high"]
soak = "1h"
observed_by = ["evaluation-owner", "robot"]
[stage.metrics]
errors = { max = "0.05" }
[[stage]]
id = "general"
observe = { low = "1h", medium = "24h", high = "168h" }
[rollback]
by = ["release-owner"]
services = ["robot"]
review_within = "48h"
[rollback.triggers]
incident = true
errors = { max = "0.08" }
[exceptions]
max_life = "24h"
approvals = { auditor = 1 }
review_within = "24h"
[overrides]
set = ["release-owner"]
lift = { auditor = 1 }
"""
)
"""With a stage that erin, or the robot she answers for, sees through, and a rollback.

With exceptions and lifts that rita consents to, and stops that omar sets.
"""

policies = st.sampled_from(
    (
        POLICY,
        WATCHED,
        WATCHED,
        POLICY.replace("distinct_people = true", "distinct_people = false"),
        POLICY.replace('by = ["evaluation-owner"]\nindependent = true\n', ""),
        POLICY.replace('when = "modifies_data_lineage"', 'when = "tier == MEDIUM"'),
        POLICY.replace('approve_within = "14d"\nuse_within = "72h"\n', ""),
        BENCHMARK,
    )
)
"""Policies that differ in what they ask for."""


def organisation(policy: str = WATCHED) -> Organisation:
    """An organisation with a service."""
    return Organisation(policy=policy, services=SERVICES)


def live(org: Organisation, history: Sequence[Step]) -> Organisation:
    """Let everybody try; errors that are none of ours escape."""
    for step in history:
        take(org, step)
    return org


def take(org: Organisation, step: Step) -> Judged | None:
    """Try one step; ``None`` where the rules refuse it."""
    verb, name, one, two = step
    try:
        return _take(org, verb, _who(verb, two) if name not in NAMES else name, one, two)
    except AssentError:
        return None


def _who(verb: str, number: int) -> str:
    """Somebody who may do it, as a rule; approvers by the role of that number."""
    match verb:
        case "attach" | "take-over" | "take-back" | "observe":
            return "robot" if verb == "observe" and number % 2 else "erin"
        case "approve" | "retract" | "reject" | "reopen" | "fact":
            return ("alice", "dana", "bob")[number % 3]
        case "start" | "complete" | "advance" | "roll-back":
            return "omar"
        case "acknowledge" | "review":
            return "rita"
    return "frank"


def some_proposal(org: Organisation, number: int) -> str:
    """One of the proposals there are, or an id that nobody opened."""
    count = org.standing.head.proposals
    found = org.standing.numbered(1 + number % count) if count else None
    return "00000000-0000-0000-0000-00000000dead" if found is None else found.id


def _take(org: Organisation, verb: str, name: str, one: int, two: int) -> Judged | None:  # noqa: C901, PLR0911, PLR0912 - the table
    of = some_proposal(org, one)
    match verb:
        case "open":
            org.open(name, _effect(one, two))
            return org.judged[-1]
        case "revise":
            alias = org.proposal(of).effect.alias if org.standing.proposal(of) else ALIASES[0]
            return acts.revise(org, name, of, _effect(two, one, alias))
        case "withdraw":
            return acts.withdraw(org, name, of) if two == 0 else None
        case "fact":
            return acts.add_fact(org, name, of, ("personal_data", "online")[two % 2])
        case "attach" if org.standing.proposal(of):
            auc = ("0.95", "0.96", "0.90", "0.5", None)[two % 5]
            type_ = "benchmark" if one > 4 else "evaluation-report"
            return org.attach(name, of, type_, auc=auc, document=f"d{two}")
        case "take-over":
            return acts.take_over(org, name, of, two * 3)
        case "take-back":
            return acts.take_back(org, name, of, f"d{two}")
        case "approve":
            return org.approve(name, of, ROLES[two % 3])
        case "retract":
            return acts.retract(org, name, of)
        case "reject":
            return acts.reject(org, name, of, ROLES[two % 3])
        case "reopen":
            return acts.reopen(org, name, of)
        case "start":
            return org.start(name, of)
        case "complete":
            return org.complete(name, ALIASES[two % 2])
        case "observe" | "advance" | "roll-back" | "review":
            busy = [one for one in ALIASES if org.standing.alias(one).candidate] or ALIASES
            act = _watching(org, verb, busy[one % len(busy)], two)
            return None if act is None else act(name)
        case "urgent":
            _urgent(org, _effect(one, two, ALIASES[two % 2]))
        case "settle":
            _settle(org, two)
        case "halt" | "lift" | "drill" | "close-exception":
            return _stopping(org, verb, one)
        case "comment":
            return acts.comment(org, name, of)
        case "wait":
            org.now += (60, 3_600, 86_400, 5 * 86_400)[two % 4]
        case "rubbish":
            return org.smuggle(b"rubbish %d\n" % two)
        case "acknowledge":
            return acts.acknowledge(org, name, org.standing.head.size - 1 - two)
        case "prepare":
            acts.prepared(org, _effect(one, two, ALIASES[two % 2]))
        case "path":
            _release(org, _effect(one, two, ALIASES[two % 2]))
    return None


def _watching(org: Organisation, verb: str, alias: str, number: int) -> Act | None:
    match verb:
        case "observe":
            return observing(org, alias, number)
        case "advance":
            return advancing(org, alias)
        case "roll-back":
            return rolling_back(org, alias, number)
    return reviewing(org, number)


def _urgent(org: Organisation, effect: ReleaseEffect) -> None:
    """A release without any document, started under an exception."""
    of = org.open("frank", effect)
    for name, role in (("alice", "model-owner"), ("dana", "data-owner")):
        with suppress(AssentError):
            org.approve(name, of, role)
    asked = exception_acts.waiving(org, of, "evaluation", "quality", owner="frank", lasting=HOUR)
    exception_acts.granted(org, asked, by="frank", approvals=[("rita", "auditor")], enactor="omar")
    org.start("omar", of)


def _settle(org: Organisation, number: int) -> None:
    """What a release under an exception owes is attached, with good numbers or bad ones."""
    for alias in ALIASES:
        for of in org.standing.alias(alias).owing:
            org.attach("erin", of, auc="0.5" if number == 0 else "0.95", document=f"late {number}")


def _stopping(org: Organisation, verb: str, number: int) -> Judged | None:
    """Stops of all but signers, and their lifts and drills; the end of an exception."""
    target = TARGETS[number % len(TARGETS)]
    if verb == "close-exception":
        granted = exceptions_of(org)
        return exception_acts.close_exception(org, "rita", granted[-1]) if granted else None
    if verb == "drill":
        return exception_acts.drilled(org, "omar", target)
    if verb == "halt":
        exception_acts.set_stop(org, "omar", target)
        return org.judged[-1]
    stops = held(org)
    if stops:
        lift = roster.lifting(*stops)
        roster.carried(org, lift, by="frank", approvals=[("rita", "auditor")], enactor="rita")
    return None


def _release(org: Organisation, effect: ReleaseEffect) -> None:
    """The whole path, through a watched stage where there is one; a step too many is left out."""
    of = org.open("frank", effect)
    org.attach("erin", of)
    for name, role in (("alice", "model-owner"), ("dana", "data-owner")):
        with suppress(AssentError):
            org.approve(name, of, role)
    org.start("omar", of)
    if soak(org, effect.alias):
        observing(org, effect.alias, 0)("erin")
        org.advance("omar", effect.alias)
    org.complete("omar", effect.alias)


def _effect(one: int, two: int, alias: str | None = None) -> ReleaseEffect:
    return change(
        stack(["net"] if two % 3 == 0 else [], model=f"m{one % 3}", dataset=f"d{two % 2}"),
        alias=ALIASES[one % 2] if alias is None else alias,
        risk=(None, "low", "medium", "high")[two % 4],
        declares={"personal_data": bool(one % 2), "online": bool(two % 2)},
        contributors=[NAMES[two]] if one == 0 else [],
    )
