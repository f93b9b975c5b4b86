"""What an exception waives of an assessment: only what is not met, never all approvals."""

from dataclasses import replace

import pytest

from ledger.policy.assessment import Quorum, RequirementStatus, Status
from ledger.policy.case import Waiver
from ledger.policy.document import Policy
from ledger.policy.reading import read_policy
from ledger.policy.waiving import in_force, takes_last_approval, waive, why_never
from tests.policies import EXCEPTIONAL, EXCEPTIONS

WAIVER = Waiver(exception="e", number=7, waives=(), owner="olga", at=50, until=100)


def policy(text: str = EXCEPTIONAL) -> Policy:
    """The policy in *text*."""
    return read_policy(text, file="policy.toml")


def status(
    name: str, said: Status = "unsatisfied", *, role: str | None = None
) -> RequirementStatus:
    """The requirement *name*, which asks for an approval where a *role* is named."""
    return RequirementStatus(
        id=name,
        status=said,
        hard=False,
        because="it is so",
        approvals=() if role is None else (Quorum(role, 1, ()),),
        documents=(),
        measurements=(),
        missing=("something",),
        could=(),
    )


def waiving(*names: str, number: int = 7, until: int = 100) -> Waiver:
    """An exception that waives *names*."""
    return replace(WAIVER, waives=names, number=number, until=until)


MODEL, DATA = (
    status("model-owner", role="model-owner"),
    status("data-lineage", role="data-owner"),
)
GIVEN = replace(DATA, status="satisfied")


def said(*found: RequirementStatus) -> dict[str, str]:
    """The status of each."""
    return {one.id: one.status for one in found}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("model-owner", None),
        ("threats", None),
        ("evaluation", None),
        ("permissions", "hard-requirement"),
        ("personal-data", "never-waived"),
        ("change-record", "rollback-fields"),
    ],
)
def test_what_is_hard_on_the_list_or_about_the_rollback_is_never_waived(
    name: str, code: str | None
) -> None:
    rules = policy()
    requirement = next(one for one in rules.requirements if one.id == name)

    found = why_never(rules, requirement)

    assert (None if found is None else found[0]) == code


def test_without_the_block_nothing_is_ever_waived() -> None:
    rules = policy(EXCEPTIONAL.replace(EXCEPTIONS, ""))

    assert {(why_never(rules, one) or ("",))[0] for one in rules.requirements} == {
        "no-exceptions",
        "hard-requirement",
    }


@pytest.mark.parametrize(
    ("field", "never"),
    [("rollback.owner", True), ("rollback.within", True), ("rollout.plan", False), ("why", False)],
)
def test_the_fields_of_the_rollback_are_always_said(field: str, *, never: bool) -> None:
    rules = policy(EXCEPTIONAL.replace('"rollback.plan", "rollback.owner"', f'"{field}"'))
    requirement = next(one for one in rules.requirements if one.id == "change-record")

    assert (why_never(rules, requirement) is not None) is never


@pytest.mark.parametrize(("at", "lives"), [(99, True), (100, False), (101, False)])
def test_what_ends_at_a_moment_has_ended_then(at: int, *, lives: bool) -> None:
    assert in_force([WAIVER], at) == ((WAIVER,) if lives else ())


@pytest.mark.parametrize(
    ("statuses", "waives", "last"),
    [
        ((MODEL,), {"model-owner"}, True),
        ((MODEL, DATA), {"model-owner"}, False),
        ((MODEL, GIVEN), {"model-owner", "data-lineage"}, True),
        ((MODEL, replace(DATA, status="not-applicable")), {"model-owner"}, True),
        ((MODEL, replace(DATA, status="waived")), {"model-owner", "data-lineage"}, True),
        ((MODEL, replace(DATA, status="blocked")), {"model-owner"}, False),
        ((status("evaluation"),), {"evaluation"}, False),
        ((), {"evaluation"}, False),
    ],
)
def test_the_last_approval_is_taken_where_each_that_is_asked_for_is_named(
    statuses: tuple[RequirementStatus, ...], waives: set[str], *, last: bool
) -> None:
    assert takes_last_approval(statuses, waives) is last


def test_without_an_exception_nothing_changes() -> None:
    assert waive(policy(), (), (MODEL, DATA)) == (MODEL, DATA)


def test_only_what_is_not_met_is_waived_and_says_by_which_exception() -> None:
    waiver = waiving("model-owner", "evaluation", "quality")
    met, blocked = status("evaluation", "satisfied"), status("quality", "blocked")

    found = waive(policy(), [waiver], (MODEL, GIVEN, met, blocked))

    assert said(*found) == {
        "model-owner": "waived",
        "data-lineage": "satisfied",
        "evaluation": "satisfied",
        "quality": "blocked",
    }
    assert [one.waived_by for one in found] == [waiver, None, None, None]
    assert found[0].missing == MODEL.missing


def test_what_no_exception_names_is_not_waived() -> None:
    found = waive(policy(), [waiving("evaluation")], (MODEL, status("evaluation")))

    assert said(*found) == {"model-owner": "unsatisfied", "evaluation": "waived"}


@pytest.mark.parametrize("name", ["permissions", "personal-data", "change-record", "unheard-of"])
def test_what_may_never_be_waived_is_not_though_an_exception_names_it(name: str) -> None:
    found = waive(policy(), [waiving(name, "evaluation")], (status(name), status("evaluation")))

    assert said(*found) == {name: "unsatisfied", "evaluation": "waived"}


def test_of_several_exceptions_the_first_that_names_it_waives() -> None:
    first, second = waiving("evaluation", number=7), waiving("quality", "evaluation", number=8)

    found = waive(policy(), [first, second], (status("evaluation"), status("quality")))

    assert [one.waived_by for one in found] == [first, second]


def test_where_nobody_would_be_asked_no_approval_is_waived_and_all_else_is() -> None:
    waivers = [waiving("model-owner", "evaluation"), waiving("data-lineage")]

    found = waive(policy(), waivers, (MODEL, DATA, status("evaluation")))

    assert said(*found) == {
        "model-owner": "unsatisfied",
        "data-lineage": "unsatisfied",
        "evaluation": "waived",
    }


def test_one_approval_that_was_given_is_left_and_the_other_waived() -> None:
    """Though exceptions name both: so the end of the one makes nothing ready."""
    waivers = [waiving("model-owner"), waiving("data-lineage")]

    assert said(*waive(policy(), waivers, (MODEL, GIVEN))) == {
        "model-owner": "waived",
        "data-lineage": "satisfied",
    }
    assert said(*waive(policy(), waivers[:1], (MODEL, GIVEN)))["model-owner"] == "waived"
