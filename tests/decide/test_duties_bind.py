"""Duties: what a role must not do, through whatever role or service it would be done."""

import pytest

from ledger.model.effects import PolicyEffect
from tests import acts
from tests.acts import look, refused, revise
from tests.organisation import POLICY, Organisation, change, new_policy, stack
from tests.policies import combine, duty, numbered, under

NO_DATA_FOR_MODEL = duty("model-owner", "approve", "requirement == 'data'")
QUALITY = POLICY.replace('because = "a release rests on numbers"', 'domain = "quality"')


def opened(org: Organisation) -> str:
    return org.open("frank")


def test_whoever_holds_the_role_does_not_approve_in_another_one() -> None:
    """Bob is a model owner and a data owner: the duty of the one binds him in the other."""
    org = under(NO_DATA_FOR_MODEL)
    of = opened(org)

    with refused("duty", r"bob holds model-owner, which must not approve this \(duty the-duty\)"):
        org.approve("bob", of, "data-owner")
    org.approve("dana", of, "data-owner")
    org.approve("bob", of, "model-owner")


def test_who_is_barred_is_not_named_as_somebody_who_could() -> None:
    org = under(NO_DATA_FOR_MODEL)
    of = opened(org)

    could = {need.id: need.could for need in look(org, of).requirements}

    assert could["data"] == ("dana",)
    assert could["model-owner"] == ("alice", "bob")


def test_an_approval_counts_for_the_requirements_that_no_duty_keeps_it_from() -> None:
    both = """
[[requirement]]
id = "data-again"
approvals = { data-owner = 1 }
because = "twice"
"""
    org = under(NO_DATA_FOR_MODEL, both)
    of = opened(org)

    org.approve("bob", of, "data-owner")

    have = {n.id: q.have for n in look(org, of).requirements for q in n.approvals}
    assert have["data-again"] == ("bob",)
    assert have["data"] == ()


def test_a_combination_lifts_the_duty_and_every_assessment_shows_it() -> None:
    org = under(NO_DATA_FOR_MODEL, combine("data-owner", "model-owner"))
    of = opened(org)

    org.approve("bob", of, "data-owner")

    found = look(org, of)
    assert [(c.signer, c.duty, c.roles) for c in found.combined] == [
        ("bob", "the-duty", ("data-owner", "model-owner"))
    ]
    assert {n.id: q.have for n in found.requirements for q in n.approvals}["data"] == ("bob",)


def test_a_combination_of_other_roles_lifts_nothing() -> None:
    org = under(NO_DATA_FOR_MODEL, combine("model-owner", "release-owner"))
    of = opened(org)

    with refused("duty"):
        org.approve("bob", of, "data-owner")
    assert look(org, of).combined == ()


def test_a_duty_whose_condition_does_not_hold_binds_nobody() -> None:
    org = under(duty("model-owner", "approve", "personal_data"))
    of = opened(org)

    org.approve("bob", of, "data-owner")
    acts.add_fact(org, "alice", of)

    with refused("duty"):
        org.approve("alice", of, "model-owner")


def test_a_holder_of_the_role_does_not_open_what_the_duty_is_about() -> None:
    org = under(duty("evaluation-owner", "open", "effect == 'release' && personal_data"))

    with refused("duty", "erin holds evaluation-owner, which must not propose this"):
        org.open("erin", change(declares={"personal_data": True, "online": True}))
    org.open("erin", change())


def test_nor_do_they_have_it_opened_by_a_colleague() -> None:
    org = under(duty("evaluation-owner", "open", "personal_data"))
    hidden = change(declares={"personal_data": True, "online": True}, contributors=["erin"])

    with refused("duty", "erin, who has a hand in it, holds evaluation-owner"):
        org.open("frank", hidden)


def test_nor_revise_an_innocent_proposal_into_it() -> None:
    org = under(duty("evaluation-owner", "open", "personal_data"))
    of = org.open("erin")

    with refused("duty"):
        revise(org, "erin", of, change(declares={"personal_data": True, "online": True}))


def test_a_fact_that_comes_out_later_blocks_what_should_not_have_been_opened() -> None:
    org = under(duty("evaluation-owner", "open", "personal_data"))
    of = org.open("erin")
    assert look(org, of).blocks == ()

    acts.add_fact(org, "alice", of)

    assert [(b.code, b.by) for b in look(org, of).blocks] == [("duty", "erin")]
    assert look(org, of).verdict == "blocked"


def test_a_service_is_bound_by_the_roles_of_whoever_answers_for_it() -> None:
    org = under(
        duty("evaluation-owner", "open", "effect == 'release'"),
        services={"breeder": ("erin", []), "other": ("frank", [])},
    )

    with refused("duty", "breeder holds evaluation-owner"):
        org.open("breeder")
    org.open("other")


def test_who_ships_does_not_write_the_results() -> None:
    org = under(
        duty("release-owner", "attach-evidence", "evidence_domain == 'quality'"),
        text=QUALITY,
        people={"omar": ["evaluation-owner", "release-owner"]},
    )
    of = opened(org)

    with refused("duty", "omar holds release-owner, which must not attach this evidence"):
        org.attach("omar", of)
    org.attach("omar", of, "note")
    org.attach("erin", of)
    assert "omar" not in {name for need in look(org, of).requirements for name in need.could}


def test_nor_through_their_service() -> None:
    org = under(
        duty("release-owner", "attach-evidence", "evidence_domain == 'quality'"),
        text=QUALITY,
        services={"runner": ("omar", ["evaluation-owner"]), "suite": ("erin", [])},
    )
    of = opened(org)

    with refused("duty", "runner holds release-owner"):
        org.attach("runner", of)


def test_nor_by_taking_over_what_another_attached() -> None:
    org = under(
        duty("release-owner", "attach-evidence", "evidence_domain == 'quality'"), text=QUALITY
    )
    first, second = opened(org), opened(org)
    attached = org.attach("erin", first)

    with refused("duty"):
        acts.take_over(org, "omar", second, attached.position)
    acts.take_over(org, "frank", second, attached.position)


def test_the_document_of_somebody_whom_a_later_policy_binds_no_longer_counts() -> None:
    org = under(text=QUALITY, people={"omar": ["evaluation-owner", "release-owner"]})
    of = opened(org)
    org.attach("omar", of)
    assert acts.statuses(org, of)["evaluation"] == "satisfied"

    shut = duty("release-owner", "attach-evidence", "evidence_domain == 'quality'")
    publish(org, new_policy(numbered(2, shut, text=QUALITY)))

    assert acts.statuses(org, of)["evaluation"] == "unsatisfied"


def publish(org: Organisation, effect: PolicyEffect) -> None:
    """Open, approve as the root, and publish."""
    of = org.open("frank", effect)
    org.approve("alice", of, "root")
    org.approve("bob", of, "root")
    org.enact("omar", of)


def test_threat_control_does_not_take_quality_evidence_away() -> None:
    org = under(
        duty("data-owner", "withdraw-evidence", "evidence_domain == 'quality'"),
        text=QUALITY,
        people={"dana": ["data-owner", "evaluation-owner"]},
    )
    of = opened(org)
    org.attach("dana", of)
    org.attach("dana", of, "note", document="other")

    with refused("duty", "dana holds data-owner, which must not withdraw this evidence"):
        acts.take_back(org, "dana", of)
    acts.take_back(org, "dana", of, "other")


def test_an_operator_whom_a_duty_binds_starts_nothing() -> None:
    org = under(
        duty("model-owner", "operate", "tier >= HIGH"),
        people={"omar": ["model-owner", "release-owner"], "olga": ["release-owner"]},
    )
    of = opened(org)
    org.attach("erin", of)
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")

    with refused("duty", "omar holds model-owner, which must not operate this release"):
        org.start("omar", of)
    org.start("olga", of)
    with refused("duty"):
        org.complete("omar")
    org.complete("olga")


@pytest.mark.parametrize("roles", [["auditor"], ["auditor", "model-owner", "release-owner"]])
def test_an_auditor_changes_nothing(roles: list[str]) -> None:
    org = under(duty("auditor", "act"), people={"rita": roles})
    of = opened(org)

    with refused("duty", "rita holds auditor, which must not act here"):
        org.open("rita")
    with refused("duty"):
        org.attach("rita", of, "note")
    if "model-owner" in roles:
        with refused("duty"):
            acts.reject(org, "rita", of, "model-owner")
        with refused("duty"):
            acts.add_fact(org, "rita", of)
    acts.comment(org, "rita", of)


def test_whatever_is_smuggled_past_a_duty_is_a_finding_and_has_no_effect() -> None:
    """The audit asks the rule that the act was asked."""
    org = under(NO_DATA_FOR_MODEL)
    free = Organisation()
    of, same = org.open("frank"), free.open("frank")
    granted = free.approve("bob", same, "data-owner")
    assert granted.entry is not None

    judged = org.force("bob", granted.entry.event)

    assert judged.finding is not None
    assert judged.finding.rule == "duty"
    assert org.proposal(of).approvals == ()


def test_the_facts_of_the_proposal_decide_whether_a_duty_binds() -> None:
    """On a running alias a change of the model alone leaves the dataset untouched."""
    org = under(
        duty("auditor", "approve", "'dataset' in touches"),
        people={"max": ["auditor", "data-owner"]},
    )
    org.release()
    data = org.open("frank", change(stack(dataset="d2")))
    model = org.open("frank", change(stack(model="m2")))

    with refused("duty"):
        org.approve("max", data, "data-owner")
    org.approve("max", model, "data-owner")
