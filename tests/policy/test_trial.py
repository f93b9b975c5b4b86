"""Trials: their answers are those of the ledger, and what differs is told with its reason."""

import ast
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from cli.cases.file import BlockCode
from ledger.decide.cases import assess_proposal
from ledger.errors import Refused
from ledger.model.stack import ComponentDigest
from ledger.policy import blocking
from ledger.policy.assess import assess
from ledger.policy.reading import read_policy
from ledger.policy.trials.acts import answer
from ledger.policy.trials.outcome import Outcome, try_out
from ledger.policy.trials.reach import Reached, unreached
from ledger.policy.trials.trial import (
    NOW,
    Act,
    Attached,
    Cast,
    Consented,
    Expected,
    Trial,
    Vetoed,
    case_of,
    trial_base,
)
from tests.organisation import PEOPLE, POLICY, Organisation, change, metric, new_policy, stack
from tests.policies import duty

DAY = 86_400

DUTIES = """
[[duty]]
id = "owners-keep-safeguards"
role = "model-owner"
must_not = "approve"
when = "effect == 'exception' && waives_domains.exists(d, d in ['safety', 'security'])"
because = "the owner of a capability does not waive its safeguards"
[[duty]]
id = "no-hidden-tests"
role = "evaluation-owner"
must_not = "open"
when = "effect == 'release' && personal_data"
because = "who has seen the hidden tests breeds no candidates for them"
[[duty]]
id = "owners-leave-results"
role = "model-owner"
must_not = "withdraw-evidence"
when = "evidence_domain == 'quality'"
because = "owning a model is no authority over its results"
[[duty]]
id = "data-is-no-quality"
role = "data-owner"
must_not = "approve"
when = "requirement == 'model-owner'"
because = "data stewardship does not accept task quality"
[[duty]]
id = "shippers-write-no-results"
role = "release-owner"
must_not = "attach-evidence"
when = "evidence_domain == 'quality'"
because = "who ships does not write the results it ships on"
[[duty]]
id = "auditors-change-nothing"
role = "auditor"
must_not = "act"
because = "a judge is not a party"
"""
PAIR = """
[[combine]]
roles = ["evaluation-owner", "release-owner"]
because = "a team of four"
"""
WITH_DOMAIN = POLICY.replace(
    'because = "a release rests on numbers"', 'domain = "quality"\nbecause = "numbers"'
)
STRICT_TEXT = WITH_DOMAIN + DUTIES
STRICT = read_policy(STRICT_TEXT, file="policy.toml")
PLAIN = read_policy(POLICY, file="policy.toml")
CROWD = {**PEOPLE, "eve": ["evaluation-owner", "release-owner"]}
CAST = Cast(
    people={name: tuple(roles) for name, roles in CROWD.items()},
    services={"breeder": ("erin", ())},
    root=frozenset({"alice", "bob", "dana"}),
    root_threshold=2,
)
NEW = stack(model="m2")


def trial(**changed: Any) -> Trial:
    """A new model for an alias that runs one, opened by frank, with whatever is *changed*."""
    usual: dict[str, Any] = {
        "id": "one",
        "because": "",
        "cast": CAST,
        "effect": change(NEW),
        "base": trial_base(stack(), (metric("0.95"),)),
        "opened_by": "frank",
        "revised_by": (),
        "added": (),
        "evidence": (),
        "approvals": (),
        "rejections": (),
        "completed_in": (),
        "after": 0,
        "expect": Expected(),
        "acts": (),
    }
    return Trial(**{**usual, **changed})


def report(by: str = "erin", *, value: str = "0.95", age: int = 0, model: str = "m2") -> Attached:
    digest = stack(model=model).digests()["model"]
    subject = (ComponentDigest(component="model", digest=digest),)
    return Attached("evaluation-report", by, age, subject, (metric(value),), None, withdrawn=False)


def differences(outcome: Outcome) -> dict[str, tuple[str, str, str]]:
    return {one.what: (one.expected, one.found, one.why) for one in outcome.differences}


@pytest.mark.parametrize(
    ("author", "approver"), [(None, None), ("erin", "alice"), ("eve", "bob"), ("omar", "alice")]
)
@pytest.mark.parametrize("text", [POLICY, STRICT_TEXT, STRICT_TEXT + PAIR])
def test_a_trial_is_assessed_as_the_ledger_would(
    text: str, author: str | None, approver: str | None
) -> None:
    """The same history lived through and written down; what a duty forbids is not done."""
    org = Organisation(people=CROWD, policy=text)
    org.release()
    of = org.open("frank", change(NEW))
    done: dict[str, Any] = {}
    if author is not None and not duty_against(lambda: org.attach(author, of, document="new")):
        done["evidence"] = (report(author),)
    if approver is not None and not duty_against(lambda: org.approve(approver, of, "model-owner")):
        done["approvals"] = (Consented(approver, "model-owner", 0),)
    lived = assess_proposal(org.standing, org.proposal(of), org.now)
    policy = read_policy(text, file="policy.toml")

    written = assess(policy, case_of(policy, trial(**done)), NOW)

    for part in ("verdict", "tier", "tier_because", "combined", "parties", "distinct_people"):
        assert getattr(written, part) == getattr(lived, part), part
    assert [(n.id, n.status, n.missing, n.could) for n in written.requirements] == [
        (n.id, n.status, n.missing, n.could) for n in lived.requirements
    ]


@pytest.mark.parametrize("text", [STRICT_TEXT, STRICT_TEXT + PAIR])
@pytest.mark.parametrize("by", ["bob", "erin", "eve", "rita"])
def test_a_question_about_a_duty_is_answered_as_the_act_would_be(text: str, by: str) -> None:
    """What is refused for a duty in a ledger is named, and nothing else is."""
    org = Organisation(people=CROWD, policy=text)
    org.release()
    of = org.open("frank", change(NEW))
    personal = change(NEW, declares={"personal_data": True})
    policy = read_policy(text, file="policy.toml")
    type_ = "evaluation-report"
    asked: list[tuple[Trial, Act, Callable[[], object]]] = [
        (trial(), Act(by, "attach-evidence", "", evidence=type_), lambda: org.attach(by, of)),
        (trial(effect=personal), Act(by, "open", ""), lambda: org.open(by, personal)),
    ]
    if by == "bob":
        act = Act(by, "approve", "", "model-owner")
        asked.append((trial(), act, lambda: org.approve(by, of, "model-owner")))

    for circumstances, act, do in asked:
        refused = duty_against(do)
        found = answer(policy, circumstances, act)
        assert bool(found.barring) == bool(refused), act
        assert not refused or any(one.duty.id in refused for one in found.barring)


def duty_against(act: Callable[[], object]) -> str:
    """Do *act*; what a duty says against it, nothing where it was done."""
    try:
        act()
    except Refused as refusal:
        if refusal.code != "duty":
            raise
        return refusal.message
    return ""


@pytest.mark.parametrize(
    ("duty", "act"),
    [
        (
            "owners-keep-safeguards",
            Act("alice", "approve", "", "model-owner", None, None, True, ("security",)),
        ),
        ("no-hidden-tests", Act("erin", "open", "")),
        ("no-hidden-tests", Act("breeder", "open", "")),
        (
            "owners-leave-results",
            Act("alice", "withdraw-evidence", "", evidence="evaluation-report"),
        ),
        ("data-is-no-quality", Act("bob", "approve", "", "model-owner", "model-owner")),
        (
            "shippers-write-no-results",
            Act("omar", "attach-evidence", "", evidence="evaluation-report"),
        ),
        ("auditors-change-nothing", Act("rita", "operate", "")),
        ("auditors-change-nothing", Act("rita", "act", "")),
    ],
)
def test_each_duty_is_a_question_that_another_person_is_free_of(duty: str, act: Act) -> None:
    """A duty names itself, and frank, who holds nothing, may do what it forbids."""
    personal = trial(effect=change(NEW, declares={"personal_data": True}))

    assert answer(STRICT, personal, act).found == duty
    free = Act("frank", act.does, "", act.role, act.requirement, act.evidence, act.exception)
    assert answer(STRICT, personal, free).found == "allowed"


def test_an_exception_in_another_domain_is_not_what_the_duty_is_about() -> None:
    for domains, expected in (
        (("security",), "owners-keep-safeguards"),
        (("quality",), "allowed"),
        ((), "allowed"),
    ):
        act = Act("alice", "approve", "", "model-owner", exception=True, waives_domains=domains)
        assert answer(STRICT, trial(), act).found == expected
    about_the_release = Act("alice", "approve", "", "model-owner", "model-owner")
    assert answer(STRICT, trial(), about_the_release).found == "allowed"


EXCEPTIONS = """
[exceptions]
max_life = "72h"
approvals = { data-owner = 1 }
review_within = "48h"
repeat_after = 2
[stewardship]
approvals = { release-owner = 1 }
"""


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("effect == 'exception' && online && personal_data", "the-duty"),
        ("effect == 'exception' && alias == 'fraud/production' && model == 'fraud'", "the-duty"),
        ("requirement == 'exception'", "the-duty"),
        ("effect == 'exception' && touches.exists(c, true)", "allowed"),
        ("effect == 'release'", "allowed"),
        ("requirement == 'stewardship'", "allowed"),
    ],
)
def test_an_exception_is_asked_about_as_the_ledger_asks(when: str, expected: str) -> None:
    """It has no stack of its own, and what nobody declares of it counts as yes."""
    bound = read_policy(POLICY + EXCEPTIONS + duty("data-owner", "approve", when), file="p")
    offline = trial(effect=change(NEW, declares={"online": False, "personal_data": False}))

    asked = Act("dana", "approve", "", "data-owner", exception=True)

    assert answer(bound, offline, asked).found == expected


@pytest.mark.parametrize(
    ("block", "expected"),
    [(EXCEPTIONS, "the-duty"), (EXCEPTIONS.replace("repeat_after = 2\n", ""), "allowed")],
)
def test_stewards_are_asked_about_exceptions_that_are_repeated(block: str, expected: str) -> None:
    bars = duty("evaluation-owner", "approve", "requirement == 'stewardship'")
    bound = read_policy(POLICY + block + bars, file="p")

    asked = Act("eve", "approve", "", "release-owner", exception=True)

    assert answer(bound, trial(), asked).found == expected
    assert answer(bound, trial(), replace(asked, by="omar")).found == "allowed"


def test_what_is_waived_in_a_trial_is_waived_where_it_is_missing() -> None:
    relaxed = read_policy(POLICY + EXCEPTIONS, file="p")
    missing = trial(
        approvals=(Consented("alice", "model-owner", 0),), waived=("evaluation", "quality")
    )
    expected = Expected(
        verdict="ready",
        statuses={"evaluation": "waived", "quality": "waived", "model-owner": "satisfied"},
    )

    found = try_out(relaxed, replace(missing, expect=expected))

    assert found.differences == ()
    strict = try_out(PLAIN, replace(missing, expect=Expected(verdict="open")))
    assert strict.differences == ()


def test_a_question_may_name_the_requirement_that_an_approval_is_for() -> None:
    """As data-owner bob approves the data; what it would be for task quality can be asked."""
    for requirement, expected in (
        (None, "allowed"),
        ("data", "allowed"),
        ("model-owner", "data-is-no-quality"),
    ):
        act = Act("bob", "approve", "", "data-owner", requirement)
        assert answer(STRICT, trial(), act).found == expected


def test_a_service_answers_by_the_roles_of_its_person_and_makes_that_person_a_party() -> None:
    services = {"breeder": ("erin", ()), "shipper": ("omar", ("evaluation-owner",))}
    cast = Cast(people=CAST.people, services=services)
    act = Act("shipper", "attach-evidence", "", evidence="evaluation-report")

    assert answer(STRICT, trial(cast=cast), act).found == "shippers-write-no-results"
    bred = trial(cast=cast, opened_by="breeder", evidence=(report("erin"),))
    assert try_out(PLAIN, bred).discounted == (
        "the evaluation-report of erin does not count: erin is a party, or answers to one",
    )


def test_a_combination_lifts_only_where_the_act_is_done_in_the_other_role() -> None:
    pair = '[[combine]]\nroles = ["data-owner", "release-owner"]\n'
    policy = read_policy(STRICT_TEXT + pair, file="policy.toml")
    max_ = ("data-owner", "evaluation-owner", "release-owner")
    cast = Cast(people={**CAST.people, "max": max_}, services={})
    act = Act("max", "attach-evidence", "", evidence="evaluation-report")

    assert answer(policy, trial(cast=cast), act).found == "shippers-write-no-results"


def test_a_combination_lifts_a_duty_and_is_told() -> None:
    policy = read_policy(STRICT_TEXT + PAIR, file="policy.toml")
    act = Act("eve", "attach-evidence", "allowed", evidence="evaluation-report")

    (lifted,) = try_out(policy, trial(expect=None, acts=(act,))).combined
    assert (lifted.signer, lifted.duty, lifted.because) == (
        "eve",
        "shippers-write-no-results",
        "a team of four",
    )
    wrong = Act("eve", "attach-evidence", "allowed", evidence="evaluation-report", combined=())
    found = differences(try_out(policy, trial(acts=(wrong,))))
    assert found["may eve attach-evidence: combined"][:2] == ("none", "shippers-write-no-results")
    assert differences(try_out(STRICT, trial(acts=(act,)))) == {
        "may eve attach-evidence": (
            "allowed",
            "shippers-write-no-results",
            "shippers-write-no-results: who ships does not write the results it ships on",
        )
    }


def test_only_what_is_expected_is_compared() -> None:
    assert try_out(PLAIN, trial()).holds
    assert try_out(PLAIN, trial(expect=Expected(tier="medium"))).holds
    assert not try_out(PLAIN, trial(expect=Expected(tier="low"))).holds


def test_each_difference_says_what_came_out_and_why() -> None:
    expected = Expected(
        tier="low",
        tier_because=("offline",),
        verdict="ready",
        statuses={"model-owner": "satisfied", "data": "satisfied", "quality": "not-applicable"},
        blocks=(),
        missing=(),
        combined=("auditors-change-nothing",),
    )
    veto = Vetoed("dana", "data-owner", "not with this data")

    found = differences(
        try_out(PLAIN, trial(evidence=(report(),), rejections=(veto,), expect=expected))
    )

    rejected = "rejected: dana rejected it as data-owner: not with this data"
    missing = "approval of 1 model-owner"
    assert found == {
        "tier": ("low", "medium", "because of ordinary"),
        "tier_because": ("offline", "ordinary", "the tier is medium"),
        "verdict": ("ready", "blocked", rejected),
        "statuses.model-owner": (
            "satisfied",
            "unsatisfied",
            f"missing: {missing} (could: alice, bob)",
        ),
        "statuses.data": (
            "satisfied",
            "not-applicable",
            "its condition does not hold, or the environment needs no approvals",
        ),
        "statuses.quality": ("not-applicable", "satisfied", "nothing is missing"),
        "blocks": ("none", "rejected", rejected),
        "missing": ("none", missing, ""),
        "combined": ("auditors-change-nothing", "none", ""),
    }


def test_what_is_given_and_does_not_count_is_said() -> None:
    """A party, a duty, another role, a role nobody asks for; a stranger's report and a party's."""
    effect = change(stack(model="m2", dataset="d2"), contributors=["alice", "erin"])
    approvals = (
        Consented("alice", "model-owner", 0),
        Consented("bob", "data-owner", 60),
        Consented("bob", "model-owner", 0),
        Consented("omar", "release-owner", 0),
    )
    given = trial(
        effect=effect,
        evidence=(report("erin"), report("dana"), report("eve")),
        approvals=approvals,
    )

    barred = "the approval of bob as model-owner does not count for model-owner"
    assert try_out(STRICT, given).discounted == (
        "the approval of bob as data-owner does not count: bob approved again later",
        "the approval of alice as model-owner does not count: alice is a party",
        f"{barred}: duty data-is-no-quality",
        "the approval of omar as release-owner does not count: nothing asks for release-owner here",
        "the evaluation-report of erin does not count: erin is a party, or answers to one",
        "the evaluation-report of dana does not count: it has to be by evaluation-owner",
        "the evaluation-report of eve does not count: duty shippers-write-no-results",
    )


def test_ages_run_the_clocks_of_the_policy() -> None:
    approved = (Consented("alice", "model-owner", 2 * DAY),)
    ready = Expected(verdict="ready")

    def verdict(**changed: Any) -> str:
        found = try_out(PLAIN, trial(expect=ready, **changed))
        return differences(found).get("verdict", ("", "ready", ""))[1]

    usual = {"evidence": (report(age=3 * DAY),), "approvals": approved, "after": 2 * DAY}
    assert verdict(**usual) == "ready"
    assert verdict(**usual | {"after": 15 * DAY}) == "ready", "consent was complete in time"
    assert verdict(**usual | {"after": 17 * DAY}) == "expired"
    late = (Consented("alice", "model-owner", 3 * DAY),)
    assert verdict(**usual | {"approvals": late, "after": 3 * DAY}) == "expired", "use_within"
    assert verdict(**usual | {"evidence": (report(age=30 * DAY),)}) == "open"


def test_the_newest_document_decides_whatever_the_order_on_paper() -> None:
    good, bad = report(value="0.95", age=DAY), report(value="0.80", age=0)
    expected = Expected(statuses={"quality": "unsatisfied"})

    for evidence in ((good, bad), (bad, good)):
        assert try_out(PLAIN, trial(evidence=evidence, expect=expected)).holds
    other = trial(evidence=(report(model="m1"),), expect=Expected(missing=()))
    found = differences(try_out(PLAIN, other))["missing"][1]
    assert "evidence evaluation-report: the newest is about other components" in found


def test_a_fact_added_later_only_adds() -> None:
    offline = change(NEW, declares={"personal_data": False, "online": False})
    low = trial(effect=offline, evidence=(report(),), expect=Expected(tier="low"))

    assert try_out(PLAIN, low).holds
    added = trial(
        effect=offline, evidence=(report(),), added=("personal_data",), expect=Expected(tier="low")
    )
    assert differences(try_out(PLAIN, added))["tier"][1] == "high"


def test_a_first_release_has_no_base_and_is_high() -> None:
    expected = Expected(tier="high", tier_because=("first-release",))

    assert try_out(PLAIN, trial(base=None, expect=expected)).holds


def test_a_policy_needs_stewards_or_the_root_and_no_other_requirement() -> None:
    def with_roots(*names: str) -> Trial:
        consent = tuple(Consented(name, "root", 0) for name in names)
        expected = Expected(verdict="ready", tier="high", statuses={"model-owner": "satisfied"})
        return trial(effect=new_policy(POLICY), approvals=consent, expect=expected)

    assert differences(try_out(PLAIN, with_roots("alice", "bob"))) == {
        "statuses.model-owner": (
            "satisfied",
            "not-applicable",
            "another effect has other requirements",
        )
    }
    assert differences(try_out(PLAIN, with_roots("alice")))["verdict"] == (
        "ready",
        "open",
        "missing: approval of 1 root",
    )


def test_what_no_trial_reached_is_listed_in_the_order_of_the_policy() -> None:
    one = try_out(STRICT, trial(evidence=(report(),)))

    assert unreached(STRICT, [one.reached]) == {
        "tiers": ("people", "offline"),
        "requirements": ("data",),
        "requirements never satisfied": ("model-owner",),
        "duties": (
            "owners-keep-safeguards",
            "no-hidden-tests",
            "owners-leave-results",
            "data-is-no-quality",
            "shippers-write-no-results",
            "auditors-change-nothing",
        ),
    }
    asked = trial(expect=None, acts=(Act("rita", "act", "auditors-change-nothing"),))
    duties = unreached(STRICT, [one.reached, try_out(STRICT, asked).reached])["duties"]
    assert "auditors-change-nothing" not in duties
    barred = trial(approvals=(Consented("bob", "model-owner", 0),))
    assert "data-is-no-quality" in try_out(STRICT, barred).reached.duties
    everything = Reached(
        tiers=frozenset(rule.id for rule in PLAIN.tiers),
        applied=frozenset(need.id for need in PLAIN.requirements),
        satisfied=frozenset(need.id for need in PLAIN.requirements),
    )
    assert unreached(PLAIN, [everything]) == {}


def test_every_block_can_be_expected_or_comes_from_what_happens_in_a_ledger() -> None:
    """A block that is added to the policy is added to the cases, or to this list."""
    tree = ast.parse(Path(blocking.__file__).read_text(encoding="utf-8"))
    words = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    codes = {
        word for word in words if re.fullmatch("[a-z]+(-[a-z]+)+|rejected|disowned|duty", str(word))
    }

    assert codes - set(get_args(BlockCode)) == {
        "alias-frozen",
        "already-over",
        "base-moved",
        "candidate-running",
        "capability-disabled",
        "disowned",
        "exception-owing",
        "generation-halted",
        "policy-moved",
        "policy-unsupported",
    }
    assert set(get_args(BlockCode)) <= codes
