"""What no history may bring about, whoever tries whatever in whichever order."""

from itertools import permutations
from typing import Any, get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ledger.decide.cases import assess_proposal
from ledger.errors import AssentError
from ledger.model.effects import FactDeclared
from ledger.model.events import (
    ApprovalGranted,
    Binding,
    CountedDocument,
    Event,
    EvidenceAttached,
    ReleaseStarted,
)
from ledger.model.names import TIERS
from ledger.policy.assessment import Assessment
from tests import acts
from tests.histories import ALIASES, NAMES, Step, live, organisation, policies, steps, take
from tests.organisation import Organisation, change, digest, stack

APPROVES = {"alice", "bob", "robot"}
"""Who holds the role that every policy of these histories always asks for."""


def open_proposals(org: Organisation) -> list[str]:
    found = (org.standing.numbered(n + 1) for n in range(org.standing.head.proposals))
    return [one.id for one in found if one is not None and one.closed is None]


def asked(found: Assessment) -> set[str]:
    return {need.id for need in found.requirements if need.status != "not-applicable"}


def aliases(org: Organisation) -> list[object]:
    return [org.standing.alias(name) for name in ALIASES]


@settings(max_examples=40, deadline=None)
@given(steps, policies, st.sampled_from(("personal_data", "online")))
def test_an_added_fact_removes_no_requirement_and_lowers_no_tier(
    history: list[Step], policy: str, fact: str
) -> None:
    org = live(organisation(policy), history)
    for of in open_proposals(org):
        before = acts.look(org, of)
        try:
            acts.add_fact(org, "alice", of, fact)
        except AssentError:
            continue
        after = acts.look(org, of)
        assert asked(before) <= asked(after)
        assert TIERS.index(before.tier) <= TIERS.index(after.tier)


@settings(max_examples=40, deadline=None)
@given(steps, policies, st.integers(0, 40 * 86_400))
def test_the_passing_of_time_opens_no_gate(history: list[Step], policy: str, wait: int) -> None:
    org = live(organisation(policy), history)
    proposals = open_proposals(org)
    assume(proposals)
    before = {of: acts.look(org, of) for of in proposals}
    org.now = max(org.now, org.standing.head.time) + wait

    acts.comment(org, "frank", proposals[0])

    for of in proposals:
        after = acts.look(org, of)
        assert not (before[of].verdict != "ready" and after.verdict == "ready")
        assert (after.tier, after.facts) == (before[of].tier, before[of].facts)
        assert asked(after) == asked(before[of])
        for was, now in zip(before[of].requirements, after.requirements, strict=True):
            assert not (was.status == "unsatisfied" and now.status == "satisfied")


GIVEN = (("alice", "model-owner"), ("dana", "data-owner"), ("bob", "data-owner"))


@pytest.mark.parametrize("order", list(permutations(GIVEN)))
def test_any_order_of_the_approvals_gives_the_same_assessment(
    order: tuple[tuple[str, str], ...],
) -> None:
    org = Organisation()
    of = org.open("frank")
    org.attach("erin", of)

    for name, role in order:
        org.approve(name, of, role)

    found = acts.look(org, of)
    assert found.verdict == "ready"
    assert {(a.signer, a.role) for a in found.approvals} == set(GIVEN)
    assert [(q.role, q.have) for need in found.requirements for q in need.approvals] == [
        ("model-owner", ("alice",)),
        ("data-owner", ("bob", "dana")),
    ]


@settings(max_examples=60, deadline=None)
@given(steps, policies)
def test_without_the_holders_of_the_role_that_is_always_asked_for_nothing_starts(
    history: list[Step], policy: str
) -> None:
    silent = [step for step in history if not _approves(step)]
    org = live(organisation(policy), silent)

    assert not any(
        judged.admitted and isinstance(judged.entry.event, ReleaseStarted)
        for judged in org.judged
        if judged.entry is not None
    )
    assert all(org.standing.alias(name).candidate is None for name in ALIASES)


def _approves(step: Step) -> bool:
    """Whether a holder of the role would approve with this step."""
    whoever = step[1] not in NAMES
    return step[0] in {"path", "prepare"} or (
        step[0] == "approve" and (whoever or step[1] in APPROVES)
    )


def test_a_history_in_which_they_approve_does_start() -> None:
    """Else the property above would hold for the wrong reason."""
    org = live(organisation(), [("path", "frank", 1, 1)])

    assert org.standing.alias(ALIASES[1]).stable is not None


@settings(max_examples=40, deadline=None)
@given(steps, policies)
def test_what_started_was_ready_when_it_started_and_nothing_else_moved_an_alias(
    history: list[Step], policy: str
) -> None:
    org = organisation(policy)
    for step in history:
        before = aliases(org)
        ready = {of for of in open_proposals(org) if is_ready(org, of)}
        size = org.standing.head.size
        take(org, step)
        moved = aliases(org) != before
        kinds = {j.entry.event.kind for j in org.judged[size:] if j.entry and j.admitted}
        assert moved == bool(kinds & {"release.started", "release.completed"})
        if step[0] == "start" and moved:
            assert org.judged[-1].entry is not None
            event = org.judged[-1].entry.event
            assert isinstance(event, ReleaseStarted)
            assert event.proposal in ready


def is_ready(org: Organisation, of: str) -> bool:
    return assess_proposal(org.standing, org.proposal(of), org.now + 1).verdict == "ready"


def _events(org: Organisation, data: st.DataObject) -> Event:
    """Any event at all: arbitrary fields, with ids that exist among them."""
    known = [p.id for n in range(8) if (p := org.standing.numbered(n + 1)) is not None]
    model = data.draw(st.sampled_from(get_args(get_args(Event)[0])))
    fields = {
        name: data.draw(_value(name, field.annotation, known), label=name)
        for name, field in model.model_fields.items()
        if name != "kind"
    }
    try:
        made: Event = TypeAdapter(Event).validate_python({"kind": _kind(model), **fields})
    except ValidationError:
        assume(False)
        raise
    return made


def _kind(model: Any) -> str:
    return str(model.model_fields["kind"].default)


def _value(name: str, annotation: Any, known: list[str]) -> st.SearchStrategy[Any]:
    texts = {
        "proposal": st.sampled_from([*known, "00000000-0000-0000-0000-00000000dead"]),
        "alias": st.sampled_from((*ALIASES, "no/such")),
        "role": st.sampled_from(("model-owner", "data-owner", "king")),
        "fact": st.sampled_from(("personal_data", "online", "moonlight")),
        "signer": st.sampled_from((*NAMES, "nobody")),
        "digest": st.sampled_from((digest("report"), digest("d1"), digest("else"))),
        "review": st.just(digest("forged")),
        "named_by": st.just("0" * 64),
        "type": st.sampled_from(("evaluation-report", "card")),
        "stage": st.sampled_from(("general", "offline")),
    }
    parts: dict[str, st.SearchStrategy[Any]] = {
        "effect": st.builds(change, st.builds(stack), alias=st.sampled_from(ALIASES)),
        "stack": st.builds(stack, st.just(["everything"])),
        "subject": st.just(EvidenceAttached.model_validate(_document()).subject),
        "metrics": st.just(EvidenceAttached.model_validate(_document()).metrics),
        "binding": st.builds(_binding, st.integers(1, 3), st.none() | st.integers(0, 30)),
        "roster": st.just(()),
        "policy": st.integers(1, 3),
    }
    if name in texts:
        return texts[name]
    if name in parts:
        return parts[name]
    if annotation is bool:
        return st.booleans()
    if "int" in str(annotation):
        return st.sampled_from((0, 1, 2, 5, 20, 2**53 - 1)) | st.none()
    return st.sampled_from(("words", "\u200b")) | st.none()


def _document() -> dict[str, Any]:
    return {
        "proposal": "00000000-0000-0000-0000-000000000001",
        "revision": 1,
        "type": "evaluation-report",
        "name": "report.json",
        "digest": digest("report"),
        "size": 1,
        "subject": ({"component": "model", "digest": digest("model m1")},),
        "metrics": ({"name": "auc", "segment": None, "value": "0.99"},),
        "expires": None,
        "taken_from": None,
    }


def _binding(revision: int, base: int | None) -> Binding:
    return Binding(
        revision=revision,
        base=base,
        policy=1,
        effect="0" * 64,
        facts=(FactDeclared(fact="online", value=False),),
        evidence=(CountedDocument(type="card", digest=digest("card"), position=3),),
    )


@settings(max_examples=120, deadline=None)
@given(steps, policies, st.sampled_from(NAMES), st.data())
def test_whatever_a_known_signer_signs_moves_no_alias_that_the_verb_would_not_have_moved(
    history: list[Step], policy: str, name: str, data: st.DataObject
) -> None:
    """And is judged: no exception comes out of the audit, whatever was signed."""
    org = live(organisation(policy), history[:20])
    event = _events(org, data)
    before, consent = aliases(org), [acts.look(org, of).approvals for of in open_proposals(org)]

    judged = org.force(name, event)

    if not judged.admitted:
        assert judged.finding is not None
        assert aliases(org) == before
        assert [acts.look(org, of).approvals for of in open_proposals(org)] == consent
    elif aliases(org) != before:
        assert event.kind in {"release.started", "release.completed"}
        assert name == "omar"
    assert not (judged.admitted and isinstance(event, ApprovalGranted))
