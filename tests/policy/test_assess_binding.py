"""What an approval is bound to, and what leaves it alone."""

import pytest

from tests.acts import (
    add_fact,
    comment,
    look,
    prepared,
    refused,
    revise,
    take_back,
)
from tests.organisation import POLICY, Organisation, change, stack

TWO_TYPES = POLICY.replace(
    "[approvals]",
    """
[[requirement]]
id = "card"
because = "a model comes with its card"
evidence = { model-card = {} }
[approvals]""",
)


def counted(org: Organisation, of: str) -> list[str]:
    return [one.signer for one in look(org, of).approvals]


def test_a_revision_voids_every_approval_even_of_the_same_content() -> None:
    org, of = prepared()

    revise(org, "frank", of, change())

    assert counted(org, of) == []


def test_a_fact_added_later_voids_every_approval() -> None:
    org, of = prepared()

    add_fact(org, "dana", of)

    assert counted(org, of) == []


def test_a_change_of_the_alias_voids_what_was_approved_before_it_once_revised() -> None:
    org, of = prepared()
    _, other = prepared(org, change(stack(model="m2")))
    org.start("omar", other)
    org.complete("omar")
    assert look(org, of).verdict == "blocked"

    revise(org, "frank", of, change())

    assert counted(org, of) == []
    assert look(org, of).blocks == ()


def test_a_newer_document_of_a_type_that_was_seen_voids_the_approval() -> None:
    org, of = prepared()

    org.attach("erin", of, document="newer")

    assert counted(org, of) == []


def test_a_document_that_was_seen_and_is_withdrawn_voids_the_approval() -> None:
    org, of = prepared()

    take_back(org, "erin", of)

    assert counted(org, of) == []


def test_a_document_of_a_type_that_was_not_seen_voids_nothing() -> None:
    org, of = prepared(Organisation(policy=TWO_TYPES))

    org.attach("rita", of, "model-card", auc=None, document="card")

    assert counted(org, of) == ["alice", "dana"]
    assert look(org, of).verdict == "ready"


def test_a_document_that_does_not_count_voids_nothing() -> None:
    org, of = prepared()

    org.attach("rita", of, document="not by an evaluation owner")

    assert counted(org, of) == ["alice", "dana"]


def test_a_document_of_a_type_nobody_asks_for_voids_nothing() -> None:
    org, of = prepared()

    org.attach("rita", of, "holiday-picture", document="beach")

    assert counted(org, of) == ["alice", "dana"]


def test_a_comment_voids_nothing() -> None:
    org, of = prepared()

    comment(org, "rita", of)

    assert look(org, of).verdict == "ready"


def test_an_expired_document_leaves_the_approval_and_not_the_requirement() -> None:
    org, of = prepared()

    late = look(org, of, org.now + 30 * 86_400)

    assert [one.signer for one in late.approvals] == ["alice", "dana"]
    assert late.requirements[2].status == "unsatisfied"


def test_who_approved_what_is_void_may_approve_again() -> None:
    org, of = prepared()
    org.attach("erin", of, document="newer")

    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")

    assert look(org, of).verdict == "ready"


def test_an_approval_signed_for_another_policy_is_another_event() -> None:
    """Approvals count only under the policy number they name, and must name the one in force."""
    org = Organisation()
    of = org.open("frank")
    org.attach("erin", of)
    honest = org.approve("alice", of, "model-owner")
    assert honest.entry is not None
    event = honest.entry.event.model_dump()
    event["binding"]["policy"] = 2

    forged = org.force("bob", type(honest.entry.event).model_validate(event))

    assert forged.finding is not None
    assert forged.finding.rule == "event-differs"
    assert counted(org, of) == ["alice"]


@pytest.mark.parametrize("field", ["revision", "policy"])
def test_a_binding_names_revision_policy_base_facts_and_documents(field: str) -> None:
    org = Organisation()
    org.release()
    of = org.open("frank", change(stack(model="m2")))
    document = org.attach("erin", of)

    binding = look(org, of).binding

    assert getattr(binding, field) == 1
    assert binding.base == org.standing.alias("fraud/production").changed
    assert [(f.fact, f.value) for f in binding.facts] == [
        ("online", True),
        ("personal_data", False),
    ]
    assert [(d.type, d.position) for d in binding.evidence] == [
        ("evaluation-report", document.position)
    ]


def test_the_review_digest_is_another_for_another_proposal_of_the_same_content() -> None:
    org = Organisation()
    one, other = org.open("frank"), org.open("frank")

    assert look(org, one).binding == look(org, other).binding
    assert look(org, one).review_digest != look(org, other).review_digest


def test_an_opener_cannot_approve_even_with_the_role() -> None:
    org = Organisation()
    of = org.open("alice")

    with refused("self-approval", "alice opened #1"):
        org.approve("alice", of, "model-owner")
    org.approve("bob", of, "model-owner")
