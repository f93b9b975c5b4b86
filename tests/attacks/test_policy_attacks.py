"""Attacks on the rules of policies: hostile stewards, hasty proposers, breeder bots, a forged log.

Each test is one way to get a release started, a policy published, a ceiling passed, a duty
evaded or an environment skipped that the rules do not intend, and says what stops it: a
refusal where the command line is used, a finding where an entry is forced into the log.
"""

import json
from collections.abc import Callable, Mapping, Sequence

import pytest

from ledger.decide import evidence
from ledger.errors import BadInput
from ledger.model.canonical import JsonValue, encode
from ledger.model.effects import Effect, PolicyDocument, PolicyEffect
from ledger.model.events import (
    ApprovalGranted,
    EvidenceAttached,
    PolicyPublished,
    ProposalOpened,
    ProposalWithdrawn,
    ReleaseStarted,
)
from ledger.model.stack import Stack
from tests.acts import (
    add_fact,
    look,
    prepared,
    refused,
    reject,
    reopen,
    retract,
    revise,
    statuses,
    take_back,
    take_over,
    withdraw,
)
from tests.organisation import PEOPLE, POLICY, Organisation, change, new_policy, stack
from tests.policies import ENVIRONMENTS, STEWARDSHIP, duty, numbered, under

BOTS: Mapping[str, tuple[str, Sequence[str]]] = {
    "breeder": ("omar", []),
    "deployer": ("omar", []),
}
CEILINGS = "\n[limits]\nopen_candidates = 3\nopen_candidates_per_service = 2\n"


def draft_of(org: Organisation, *blocks: str, by: str = "frank", text: str = POLICY) -> str:
    """A proposal for the next policy, made of *blocks*."""
    number = org.standing.head.policy + 1
    return org.open(by, new_policy(numbered(number, *blocks, text=text)))


def publish(org: Organisation, *blocks: str, text: str = POLICY) -> str:
    """Bring the next policy into force through the root."""
    of = draft_of(org, *blocks, text=text)
    org.approve("alice", of, "root")
    org.approve("bob", of, "root")
    org.enact("omar", of)
    return of


def publication(org: Organisation, of: str, **other: object) -> PolicyPublished:
    """The publication of a draft as its proposal words it, but for what is *other*."""
    effect = org.proposal(of).effect
    assert isinstance(effect, PolicyEffect)
    event = PolicyPublished(
        proposal=of,
        review=look(org, of).review_digest,
        number=org.standing.head.policy + 1,
        policy=effect.policy,
    )
    return event.model_copy(update=other)


def started(org: Organisation, of: str) -> ReleaseStarted:
    """The start of a release, as the verb would word it had it all consent."""
    found, effect = look(org, of), org.change(of)
    return ReleaseStarted(
        alias=effect.alias,
        proposal=of,
        revision=org.proposal(of).revision,
        policy=found.policy,
        review=found.review_digest,
        tier="high",
        stage="general",
        stack=effect.stack,
        metrics=found.metrics,
        exceptions=found.used,
    )


def opening(org: Organisation, effect: Effect) -> ProposalOpened:
    return ProposalOpened(
        proposal=org.new_id(), base=0, policy=org.standing.head.policy, effect=effect
    )


def said_as(text: str, canonical: str) -> PolicyEffect:
    """A request for a policy with a text and a JSON of one's own."""
    document = PolicyDocument(text=text, canonical=canonical)
    return new_policy(numbered(2)).model_copy(update={"policy": document})


# ---- A policy published that should not be ----


def steal(org: Organisation, of: str) -> tuple[str, PolicyPublished, str]:
    return "rita", publication(org, of), "not-ready"


def by_a_service(org: Organisation, of: str) -> tuple[str, PolicyPublished, str]:
    org.approve("rita", of, "auditor")
    return "breeder", publication(org, of), "service-enactment"


def by_a_party(org: Organisation, of: str) -> tuple[str, PolicyPublished, str]:
    org.approve("rita", of, "auditor")
    return "frank", publication(org, of), "self-enactment"


def with_another_number(org: Organisation, of: str) -> tuple[str, PolicyPublished, str]:
    org.approve("rita", of, "auditor")
    return "omar", publication(org, of, number=7), "event-differs"


def with_another_text(org: Organisation, of: str) -> tuple[str, PolicyPublished, str]:
    org.approve("rita", of, "auditor")
    kind = new_policy(numbered(2, STEWARDSHIP, "# kinder\n")).policy
    return "omar", publication(org, of, policy=kind), "event-differs"


def after_a_veto(org: Organisation, of: str) -> tuple[str, PolicyPublished, str]:
    org.approve("rita", of, "auditor")
    reject(org, "dana", of, "root")
    return "omar", publication(org, of), "rejected"


def the_second_draft(org: Organisation, of: str) -> tuple[str, PolicyPublished, str]:
    first = draft_of(org, STEWARDSHIP)
    for one in (first, of):
        org.approve("rita", one, "auditor")
    event = publication(org, of)
    org.enact("omar", first)
    return "omar", event, "base-moved"


@pytest.mark.parametrize(
    "attack",
    [
        steal,
        by_a_service,
        by_a_party,
        with_another_number,
        with_another_text,
        after_a_veto,
        the_second_draft,
    ],
)
def test_a_forced_publication_is_a_finding_and_changes_no_policy(
    attack: Callable[[Organisation, str], tuple[str, PolicyPublished, str]],
) -> None:
    org = under(STEWARDSHIP, services=BOTS)
    of = draft_of(org, STEWARDSHIP, duty("auditor", "act", "online"))
    who, event, rule = attack(org, of)
    before = org.standing.head.policy

    judged = org.force(who, event)

    assert judged.placed
    assert judged.finding is not None
    assert judged.finding.rule == rule
    assert org.standing.head.policy == before
    assert org.replayed().head == org.standing.head


def test_a_policy_is_published_once() -> None:
    org = under(STEWARDSHIP)
    of = draft_of(org, STEWARDSHIP)
    org.approve("rita", of, "auditor")
    event = publication(org, of)
    org.enact("omar", of)

    judged = org.force("omar", event)

    assert judged.finding is not None
    assert judged.finding.rule == "closed"
    assert org.standing.head.policy == 2


def test_a_withdrawn_draft_is_not_published() -> None:
    org = under(STEWARDSHIP)
    of = draft_of(org, STEWARDSHIP)
    org.approve("rita", of, "auditor")
    withdraw(org, "frank", of)

    judged = org.force("omar", publication(org, of))

    assert judged.finding is not None
    assert judged.finding.rule == "closed"
    assert org.standing.head.policy == 1


def test_who_is_root_and_steward_counts_once() -> None:
    two = "\n[stewardship]\napprovals = { auditor = 2 }\n"
    people = {"alice": ["auditor"], "bob": ["auditor"]}
    org = under(two, people={**people, "alma": ["model-owner"]})
    of = draft_of(org, two)
    org.approve("alice", of, "auditor")
    org.approve("bob", of, "root")

    with refused("one-role", "alice has approved #1 as auditor"):
        org.approve("alice", of, "root")

    assert look(org, of).verdict == "open"


def test_a_root_signer_with_a_hand_in_the_draft_is_one_vote_of_the_root_and_no_steward() -> None:
    org = under(
        STEWARDSHIP,
        people={"alice": ["model-owner", "auditor"]},
        services={"breeder": ("alice", [])},
    )
    own = draft_of(org, STEWARDSHIP, by="alice")
    bred = draft_of(org, STEWARDSHIP, by="breeder")

    for of in (own, bred):
        with refused("self-approval"):
            org.approve("alice", of, "auditor")
        org.approve("alice", of, "root")
        assert look(org, of).verdict == "open"


def test_root_is_no_role_that_anybody_can_be_given() -> None:
    with refused("name-taken", "the word for the root signers"):
        Organisation(policy=POLICY.replace('auditor = "reviews"', 'root = "reviews"'))
    with refused("unknown-role", "holds the role root"):
        Organisation(people={**PEOPLE, "eve": ["root"]})
    with refused("unknown-role", "unknown role 'root'"):
        under("\n[stewardship]\napprovals = { root = 1 }\n")


def test_a_release_is_not_approved_as_root() -> None:
    org = Organisation()
    of = org.open("frank")

    with refused("role-not-asked", "no requirement of policy 1 asks for root"):
        org.approve("alice", of, "root")


@pytest.mark.parametrize("role", ["auditor", "root"])
def test_a_service_consents_to_no_policy_whatever_roles_it_was_given(role: str) -> None:
    org = under(STEWARDSHIP, services={"breeder": ("omar", ["data-owner"])})
    of = draft_of(org, STEWARDSHIP)
    found = look(org, of)
    forced = ApprovalGranted(
        proposal=of,
        role=role,
        binding=found.binding,
        on_behalf=None,
        review=found.review_digest,
    )

    judged = org.force("breeder", forced)

    assert judged.finding is not None
    assert judged.finding.rule == "service-approval"
    assert look(org, of).verdict == "open"


def test_one_person_in_many_roles_is_still_no_party_who_approves() -> None:
    loose = POLICY.replace("distinct_people = true", "distinct_people = false")
    org = under(STEWARDSHIP, text=loose, people={"alice": ["model-owner", "auditor"]})
    of = draft_of(org, STEWARDSHIP, by="alice")

    org.approve("alice", of, "root")
    with refused("self-approval"):
        org.approve("alice", of, "auditor")
    with refused("already-approved"):
        org.approve("alice", of, "root")
    assert look(org, of).verdict == "open"


# ---- Approvals carried over a change of the policy ----


def test_approvals_do_not_come_back_when_the_same_rules_do() -> None:
    org, of = prepared()
    assert look(org, of).verdict == "ready"

    publish(org, text=POLICY.replace("{ data-owner = 1 }", "{ data-owner = 2 }"))
    publish(org)

    assert look(org, of).approvals == ()
    with refused("not-ready"):
        org.start("omar", of)


def test_an_approval_signed_before_a_publication_and_stored_after_it_does_not_count() -> None:
    org, of = prepared()
    found = look(org, of)
    retract(org, "alice", of)
    approval = ApprovalGranted(
        proposal=of,
        role="model-owner",
        binding=found.binding,
        on_behalf=None,
        review=found.review_digest,
    )
    publish(org)

    judged = org.force("alice", approval)

    assert judged.finding is not None
    assert judged.finding.rule == "event-differs"
    assert look(org, of).verdict == "open"


def test_a_veto_in_a_role_that_a_new_policy_dropped_stays_until_its_author_takes_it_back() -> None:
    org = Organisation()
    of = org.open("frank")
    org.attach("erin", of)
    reject(org, "dana", of, "data-owner")
    publish(org, text=POLICY.replace("{ data-owner = 1 }", "{ model-owner = 1 }"))
    org.approve("alice", of, "model-owner")
    assert [block.code for block in look(org, of).blocks] == ["rejected"]

    with refused("nothing-to-reopen"):
        reopen(org, "bob", of)
    reopen(org, "dana", of)

    assert look(org, of).verdict == "ready"


def test_a_fact_that_a_policy_no_longer_asks_for_is_not_forgotten_by_the_release_under_way() -> (
    None
):
    org = under(
        '\n[[requirement]]\nid = "file"\nwhen = "personal_data"\nevidence = { data-sheet = {} }\n'
    )
    of = org.open("frank")
    org.attach("erin", of)
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")
    org.start("omar", of)
    publish(org)

    add_fact(org, "alice", of)

    with refused("consent-lost"):
        org.complete("omar")


# ---- Environments ----


@pytest.mark.parametrize(
    "name", ["production.", "prod", "0production", "production-", "dev.staging"]
)
def test_a_name_that_only_looks_like_an_environment_is_none(name: str) -> None:
    org = under(ENVIRONMENTS)
    effect = change(alias=f"fraud/{name}")

    judged = org.force("frank", opening(org, effect).model_copy(update={"base": None}))

    assert judged.finding is not None
    assert judged.finding.rule == "unknown-environment"


@pytest.mark.parametrize(
    "order",
    [
        '["production", "dev", "staging"]',
        '["dev", "staging", "live"]',
        '["dev", "staging", "production", "archive"]',
    ],
)
def test_no_new_order_of_environments_starts_what_waits_for_production(order: str) -> None:
    org = under(ENVIRONMENTS)
    of = org.open("frank")
    org.attach("erin", of)
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")
    automatic = 'automatic = ["dev"]'
    block = f'\n[environments]\norder = {order}\n{automatic}\nservices = ["deployer"]\n'

    publish(org, block)

    assert look(org, of).approvals == ()
    assert not org.force("omar", started(org, of)).admitted


@pytest.mark.parametrize(
    "other",
    [stack(["web"]), stack(model="m2"), stack(sdk="s1")],
    ids=["a permission more", "another model", "a component more"],
)
def test_what_went_through_staging_is_not_what_is_started_in_production(other: Stack) -> None:
    order = '\n[environments]\norder = ["staging", "production"]\n'
    org = under(order)
    org.release(change(alias="fraud/staging"))
    of = org.open("frank", change(other))

    assert [block.code for block in look(org, of).blocks] == ["environment-before"]


def test_a_release_to_one_model_opens_no_environment_of_another() -> None:
    org = under('\n[environments]\norder = ["staging", "production"]\n')
    org.release(change(alias="fraud/staging"))

    of = org.open("frank", change(alias="fraud.v2/production"))

    assert [block.code for block in look(org, of).blocks] == ["environment-before"]


def test_a_service_does_not_start_what_a_later_policy_took_from_it() -> None:
    org = under(ENVIRONMENTS, services=BOTS)
    of = org.open("breeder", change(alias="fraud/dev"))
    org.attach("erin", of)
    org.start("deployer", of)
    publish(org, ENVIRONMENTS.replace('"dev", "staging"]\nservices', '"staging"]\nservices'))

    with refused("service-operator", "dev is operated by people"):
        org.complete("deployer", "fraud/dev")


# ---- Ceilings ----


def test_no_act_frees_a_place_twice() -> None:
    org = under(CEILINGS, services=BOTS)
    first = org.open("breeder")
    org.open("breeder")
    withdraw(org, "breeder", first)
    again = ProposalWithdrawn(proposal=first, reason=None)

    judged = org.force("breeder", again)
    org.open("breeder")

    assert judged.finding is not None
    assert judged.finding.rule == "closed"
    with refused("too-many-candidates", "breeder has 2 open candidates"):
        org.open("breeder")


def test_a_publication_and_a_forged_start_free_no_place() -> None:
    org = under(CEILINGS, services=BOTS)
    of = [org.open("breeder"), org.open("breeder"), org.open("frank")]

    org.force("omar", started(org, of[0]))
    org.force("breeder", started(org, of[1]))
    publish(org, CEILINGS)

    assert (org.standing.head.candidates, org.standing.head.service_candidates) == (3, 2)
    for name in ("breeder", "deployer", "frank"):
        with refused("too-many-candidates"):
            org.open(name)


def test_a_lower_ceiling_closes_nothing_and_lets_nothing_more_in() -> None:
    org = under(CEILINGS, services=BOTS)
    of = org.open("breeder")
    org.open("breeder")
    publish(
        org,
        "\n[limits]\nopen_candidates = 1\nopen_candidates_per_service = 1\n"
        "reserved_for_people = 1\n",
    )

    assert org.proposal(of).closed is None
    for name in ("breeder", "deployer", "frank"):
        with refused("too-many-candidates"):
            org.open(name)
    withdraw(org, "breeder", of)
    with refused("too-many-candidates"):
        org.open("deployer")


# ---- Evidence across proposals and policies ----


def test_a_document_taken_over_is_no_younger_under_a_new_policy() -> None:
    org = Organisation()
    old = org.open("frank")
    position = org.attach("erin", old).position
    org.now += 20 * 86_400
    publish(org, text=POLICY.replace('max_age = "30d"', 'max_age = "10d"'))
    of = org.open("frank")

    take_over(org, "erin", of, position)

    assert statuses(org, of)["evaluation"] == "unsatisfied"


def test_what_a_party_takes_over_is_not_independent() -> None:
    org = Organisation()
    position = org.attach("erin", org.open("dana")).position
    of = org.open("frank")

    take_over(org, "frank", of, position)

    assert statuses(org, of)["evaluation"] == "unsatisfied"


def test_what_was_withdrawn_is_taken_over_by_nobody() -> None:
    org = Organisation()
    old = org.open("frank")
    position = org.attach("erin", old).position
    take_back(org, "erin", old)
    of = org.open("frank")

    with refused("evidence-withdrawn"):
        take_over(org, "alice", of, position)


def test_a_copy_whose_numbers_were_improved_on_the_way_is_a_finding() -> None:
    org = Organisation()
    position = org.attach("erin", org.open("frank"), auc="0.10").position
    of = org.open("frank")
    first = evidence.document_at(org.standing, position)
    better = first.metrics[0].model_copy(update={"value": "0.99"})

    judged = org.force(
        "alice",
        EvidenceAttached(
            proposal=of,
            revision=1,
            type=first.type,
            name=first.name,
            digest=first.digest,
            size=first.size,
            subject=first.subject,
            metrics=(better,),
            expires=first.expires,
            taken_from=position,
        ),
    )

    assert judged.finding is not None
    assert judged.finding.rule == "evidence-differs"


def test_a_fact_that_bars_an_author_makes_no_room_for_an_older_report() -> None:
    both = POLICY.replace('by = ["evaluation-owner"]', 'by = ["evaluation-owner", "release-owner"]')
    org = under(ENVIRONMENTS, duty("release-owner", "attach-evidence", "personal_data"), text=both)
    of = org.open("frank", change(alias="fraud/dev"))
    org.attach("erin", of, auc="0.95", document="good")
    org.attach("omar", of, auc="0.10", document="bad")
    assert look(org, of).verdict == "open"

    add_fact(org, "frank", of)

    assert look(org, of).verdict == "open"


# ---- Releases ----


@pytest.mark.parametrize("closing", ["withdrawn", "started", "completed"])
def test_what_is_closed_starts_no_second_time(closing: str) -> None:
    org, of = prepared()
    event = started(org, of)
    if closing == "withdrawn":
        withdraw(org, "frank", of)
    else:
        org.start("omar", of)
    if closing == "completed":
        org.complete("omar")
    before = org.standing.alias("fraud/production")

    judged = org.force("omar", event)

    assert judged.finding is not None
    assert judged.finding.rule == "closed"
    assert org.standing.alias("fraud/production") == before


def test_a_release_is_completed_once() -> None:
    org, of = prepared()
    org.start("omar", of)
    completed = org.complete("omar").entry
    assert completed is not None
    event = completed.event

    judged = org.force("omar", event)

    assert judged.finding is not None
    assert judged.finding.rule == "no-candidate"


def test_a_proposer_does_not_turn_an_approved_stack_into_another() -> None:
    org, of = prepared()

    revise(org, "frank", of, change(stack(["web"])))

    assert look(org, of).approvals == ()
    with refused("not-ready"):
        org.start("omar", of)


def test_a_contributor_left_out_of_a_revision_is_a_party_still() -> None:
    org = Organisation()
    of = org.open("frank", change(contributors=["alice"]))

    revise(org, "frank", of, change())

    with refused("self-approval", "alice contributed"):
        org.approve("alice", of, "model-owner")


def test_a_duty_finds_the_contributor_whom_a_revision_left_out() -> None:
    org = under(duty("auditor", "open", "personal_data"))
    of = org.open("frank", change(contributors=["rita"]))

    revise(org, "frank", of, change(declares={"personal_data": True, "online": True}))

    assert [block.code for block in look(org, of).blocks] == ["duty"]


# ---- A JSON that says something else ----


def spelled(canonical: str) -> Mapping[str, str]:
    """The canonical JSON of a policy, in spellings that a lenient reader would take."""
    content = json.loads(canonical)
    return {
        "with spaces": json.dumps(content, sort_keys=True),
        "keys in another order": json.dumps(dict(reversed(content.items())), separators=(",", ":")),
        "a key twice": canonical[:-1] + ',"name":"twice"}',
        "a default left out": canonical.replace('"distinct_people":true,', ""),
        "an unknown key": canonical[:-1] + ',"zeal":true}',
        "a float": canonical.replace('"number":2', '"number":2.0'),
        "a line behind it": canonical + "\n",
        "an escape that is not needed": canonical.replace('"simulated"', '"s\\u0069mulated"'),
        "another number": canonical.replace('"number":2', '"number":3'),
    }


@pytest.mark.parametrize("how", list(spelled(new_policy(numbered(2)).policy.canonical)))
def test_a_json_that_is_not_its_own_normal_form_is_proposed_by_nobody(how: str) -> None:
    text = numbered(2)
    honest = new_policy(text).policy.canonical
    forged = spelled(honest)[how]
    assert forged != honest
    org = Organisation()

    judged = org.force("frank", opening(org, said_as(text, forged)))

    assert not judged.admitted
    assert org.standing.head.proposals == 0


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("operation", {"by": ["nobody"]}),
        ("roles", []),
        ("requirements", []),
        ("environments", {"automatic": ["production"], "order": ["production"], "services": []}),
        ("stewardship", {"approvals": [{"count": 1, "role": "root"}]}),
        ("stewardship", {"approvals": [{"count": 9, "role": "auditor"}]}),
        ("consent", {"distinct_people": True, "approve_within": 0}),
        ("declared", [{"because": "", "name": "tier"}]),
        ("duties", [{"because": "", "id": "d", "must_not": "open", "role": "root"}]),
    ],
)
def test_what_no_text_could_say_is_not_smuggled_in_as_json(key: str, value: JsonValue) -> None:
    content = json.loads(new_policy(numbered(2)).policy.canonical)
    canonical = encode({**content, key: value}).decode()
    org = Organisation()

    judged = org.force("frank", opening(org, said_as(numbered(2), canonical)))

    assert not judged.admitted
    assert org.standing.head.proposals == 0


def test_a_policy_larger_than_an_entry_is_refused_and_not_cut() -> None:
    text = numbered(2, *(f"# {'x' * 98}\n" for _ in range(360)))
    longer = text + "".join(
        f'\n[[requirement]]\nid = "r{i}"\nfields = ["why"]\n' for i in range(90)
    )

    assert new_policy(text).policy.text == text
    with pytest.raises(BadInput, match="text and canonical JSON take"):
        new_policy(longer)
