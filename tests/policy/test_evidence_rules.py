"""Which document counts, and until when: asked of whole cases through the simulator."""

from dataclasses import replace

import pytest

from ledger.model.events import Metric
from ledger.policy.assessment import DocumentStatus
from ledger.policy.evidence import reported_metrics
from tests.acts import look, refused, revise, statuses, take_back, take_over
from tests.organisation import POLICY, Organisation, change, metric, stack
from tests.policies import under

DAY = 86_400
OPEN_TO_ALL = POLICY.replace('by = ["evaluation-owner"]\nindependent = true\n', "")
SERVICES = {"robot": ("erin", ["evaluation-owner"])}


def report(org: Organisation, of: str, at: int | None = None) -> DocumentStatus:
    return next(d for need in look(org, of, at).requirements for d in need.documents)


def test_a_document_by_a_holder_of_the_asked_role_counts() -> None:
    org = Organisation()
    of = org.open("frank")

    org.attach("erin", of)

    assert report(org, of).complaint is None
    assert report(org, of).author == "erin"


def test_a_document_by_somebody_without_the_role_does_not_count_nor_displace_one_that_does() -> (
    None
):
    org = Organisation()
    of = org.open("frank")

    org.attach("rita", of, document="bad", auc="0.1")
    assert report(org, of).complaint == (
        "evidence evaluation-report by evaluation-owner, not by a party"
    )
    org.attach("erin", of)
    org.attach("rita", of, document="worse", auc="0.1")

    assert report(org, of).author == "erin"


@pytest.mark.parametrize("opener", ["erin", "robot"])
def test_a_document_by_a_party_is_not_independent(opener: str) -> None:
    """Neither where its author proposed, nor where a service they answer for did."""
    org = Organisation(services=SERVICES)
    of = org.open(opener)

    org.attach("erin", of)

    assert report(org, of).digest is None


def test_a_document_by_the_service_of_a_party_is_not_independent() -> None:
    org = Organisation(services=SERVICES)
    of = org.open("erin")

    org.attach("robot", of)

    assert report(org, of).digest is None


def test_a_document_by_a_contributor_is_not_independent() -> None:
    org = Organisation()
    of = org.open("frank", change(contributors=["erin"]))

    org.attach("erin", of)

    assert report(org, of).digest is None


def test_where_nobody_is_named_anybody_may_attach() -> None:
    org = Organisation(policy=OPEN_TO_ALL)
    of = org.open("frank")

    org.attach("frank", of)

    assert report(org, of).complaint is None


def test_the_newest_document_decides_though_an_older_one_was_better() -> None:
    org = Organisation()
    of = org.open("frank")
    org.attach("erin", of, auc="0.95", document="good")

    org.attach("erin", of, auc="0.10", document="bad")

    assert "auc is 0.1, below the minimum 0.90" in look(org, of).missing()


@pytest.mark.parametrize("taker", ["erin", "rita"])
def test_taking_an_older_document_over_does_not_make_it_the_newest(taker: str) -> None:
    """The way round "no falling back": attach the better report once more."""
    org = Organisation()
    of = org.open("frank")
    good = org.attach("erin", of, auc="0.95", document="good").position
    org.attach("erin", of, auc="0.10", document="bad")

    take_over(org, taker, of, good)

    assert "auc is 0.1, below the minimum 0.90" in look(org, of).missing()


def test_taking_the_counted_document_over_again_does_not_void_approvals() -> None:
    org = Organisation()
    of = org.open("frank")
    first = org.attach("erin", of).position
    org.approve("alice", of, "model-owner")

    take_over(org, "rita", of, first)

    assert [one.signer for one in look(org, of).approvals] == ["alice"]


def test_when_the_newest_is_withdrawn_no_older_one_takes_its_place() -> None:
    org = Organisation()
    of = org.open("frank")
    org.attach("erin", of, document="old")
    org.attach("erin", of, document="new")

    take_back(org, "erin", of, "new")

    assert report(org, of).complaint == "evidence evaluation-report: the newest was withdrawn"
    org.attach("erin", of, document="newest")
    assert report(org, of).complaint is None


def test_only_the_author_withdraws_a_document() -> None:
    org = Organisation()
    of = org.open("frank")
    org.attach("erin", of)

    with refused("not-your-evidence", "attached by erin"):
        take_back(org, "frank", of)


def test_after_a_revision_of_what_was_evaluated_the_document_no_longer_counts() -> None:
    org = Organisation()
    of = org.open("frank")
    org.attach("erin", of, components=["model"])

    revise(org, "frank", of, change(stack(model="m2")))

    assert report(org, of).complaint == (
        "evidence evaluation-report: the newest is about other components"
    )


def test_after_a_revision_of_something_else_the_document_still_counts() -> None:
    org = Organisation()
    of = org.open("frank")
    org.attach("erin", of, components=["model"])

    revise(org, "frank", of, change(stack(code="c2")))

    assert report(org, of).complaint is None


def test_a_document_is_too_old_at_exactly_the_maximum_age() -> None:
    org = Organisation()
    of = org.open("frank")
    at = org.attach("erin", of).at

    assert report(org, of, at + 30 * DAY - 1).complaint is None
    assert report(org, of, at + 30 * DAY).complaint == (
        "evidence evaluation-report: expired just now"
    )


def test_at_exactly_the_maximum_age_a_document_supplies_no_numbers_either() -> None:
    org = Organisation()
    of = org.open("frank")
    at = org.attach("erin", of).at

    assert statuses(org, of, at + 30 * DAY - 1)["quality"] == "satisfied"
    assert statuses(org, of, at + 30 * DAY)["quality"] == "unsatisfied"
    assert look(org, of, at + 30 * DAY).metrics == ()


def test_a_documents_own_expiry_counts_where_it_is_earlier() -> None:
    org = Organisation()
    of = org.open("frank")
    at = org.attach("erin", of, expires=100).at

    assert report(org, of, at + 99).complaint is None
    assert report(org, of, at + 100).complaint is not None
    assert look(org, of, at + 99).until == at + 100


def test_a_documents_own_expiry_does_not_outlast_the_maximum_age() -> None:
    org = Organisation()
    of = org.open("frank")
    at = org.attach("erin", of, expires=2**53 - 1).at

    assert report(org, of).expires_at == at + 30 * DAY


def test_a_document_taken_over_keeps_its_age_and_its_author() -> None:
    org = Organisation()
    first = org.open("frank")
    attached = org.attach("erin", first)
    org.now += 10 * DAY
    second = org.open("frank")

    take_over(org, "rita", second, attached.position)

    assert report(org, second).author == "erin"
    assert report(org, second).expires_at == attached.at + 30 * DAY
    assert report(org, second).complaint is None


def test_a_document_taken_over_by_a_party_is_not_independent() -> None:
    org = Organisation()
    attached = org.attach("erin", org.open("rita"))
    second = org.open("frank")

    take_over(org, "frank", second, attached.position)

    assert report(org, second).digest is None


def test_a_document_by_a_party_does_not_become_independent_by_being_taken_over() -> None:
    org = Organisation()
    attached = org.attach("erin", org.open("frank"))
    second = org.open("erin")

    take_over(org, "rita", second, attached.position)

    assert report(org, second).digest is None


def test_a_document_without_the_role_does_not_gain_it_by_being_taken_over() -> None:
    org = Organisation()
    attached = org.attach("rita", org.open("frank"))
    second = org.open("frank")

    take_over(org, "erin", second, attached.position)

    assert report(org, second).digest is None


def test_a_document_that_was_withdrawn_is_not_taken_over() -> None:
    org = Organisation()
    first = org.open("frank")
    attached = org.attach("erin", first)
    take_back(org, "erin", first)
    second = org.open("frank")

    with refused("evidence-withdrawn", "was withdrawn"):
        take_over(org, "rita", second, attached.position)


def test_documents_that_agree_on_a_number_but_not_on_its_interval_are_a_baseline_without() -> None:
    org = Organisation()
    of = org.open("frank")
    org.attach("erin", of)
    document = org.proposal(of).documents[0]
    bare = metric("0.9", name="recall")
    sure = Metric.model_validate(bare.model_dump() | {"low": "0.8", "high": "1", "level": None})
    surer = Metric.model_validate(sure.model_dump() | {"level": "0.95"})

    def baseline(*numbers: Metric) -> tuple[Metric, ...]:
        names = ("a", "b", "c")
        return reported_metrics(
            org.standing.policy(),
            {n: replace(document, metrics=(m,)) for n, m in zip(names, numbers, strict=False)},
        )

    assert baseline(sure) == baseline(sure, sure) == (sure,)
    assert baseline(sure, bare) == baseline(bare, sure) == baseline(sure, surer) == (bare,)
    assert baseline(sure, surer, sure) == (bare,)
    assert baseline(sure, metric("0.91", name="recall")) == ()


def test_a_document_of_another_type_moves_neither_the_tier_nor_the_baseline() -> None:
    """What a requirement checks comes from the type it names: not from a note by the proposer."""
    note = """
[[requirement]]
id = "note"
evidence = { note = {} }
because = "a word from the proposer"
"""
    org = under(note)
    first = org.open("frank")
    org.attach("erin", first, auc="0.95")
    org.attach("frank", first, "note", auc="0.10", document="note")
    org.approve("alice", first, "model-owner")
    org.approve("dana", first, "data-owner")
    org.start("omar", first)
    org.complete("omar")
    stable = org.standing.alias("fraud/production").stable
    assert stable is not None
    assert [(one.name, one.value) for one in stable.metrics] == [("auc", "0.95")]

    of = org.open("frank", change(stack(model="m2"), declares={"personal_data": False}))
    org.attach("frank", of, "note", auc="0.95", document="note")

    assert look(org, of).facts["shift"] == "large"
