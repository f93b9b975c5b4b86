"""What no history may bring about, whoever tries whatever in whichever order."""

from dataclasses import replace
from itertools import permutations
from typing import Any, get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ledger.model.effects import FactDeclared
from ledger.model.events import (
    ApprovalGranted,
    Binding,
    CountedDocument,
    Event,
    EvidenceAttached,
)
from tests import acts
from tests.histories import ALIASES, NAMES, Step, live, organisation, policies, steps
from tests.organisation import Organisation, change, digest, metric, stack

EXAMPLES = settings().max_examples // 4
MOVING = {f"release.{what}" for what in ("started", "advanced", "completed", "rolled-back")} | {
    "observation.recorded"
}
"""What changes what is known of an alias; of the last, only what was seen of its release."""


def open_proposals(org: Organisation) -> list[str]:
    found = (org.standing.numbered(n + 1) for n in range(org.standing.head.proposals))
    return [one.id for one in found if one is not None and one.closed is None]


def aliases(org: Organisation) -> list[object]:
    """What is known of each alias, but for what its releases still owe for an exception."""
    return [replace(org.standing.alias(name), owing=()) for name in ALIASES]


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
        "stage": st.sampled_from(("general", "shadow")) | st.none(),
        "tier": st.sampled_from(("low", "medium")),
        "owner": st.sampled_from(("frank", "robot")),
        "incident": st.just("INC-7"),
        "release": st.sampled_from([*known, "00000000-0000-0000-0000-00000000dead"]),
        "exception": st.sampled_from([*known, "00000000-0000-0000-0000-00000000dead"]),
        "exceptions": st.sampled_from(known).map(lambda of: (of,)) if known else st.just(()),
        "waives": st.sampled_from((("evaluation",), ("evaluation", "quality"))),
        "controls": st.just(("it is watched",)),
        "stops": st.just(("00000000-0000-0000-0000-0000000000aa",)),
        "override": st.just("00000000-0000-0000-0000-0000000000bb"),
        "rollback": st.just("00000000-0000-0000-0000-0000000000aa"),
        "target": st.none()
        | st.sampled_from([*known, "signer/alice", "generation", f"alias/{ALIASES[0]}"]),
        "candidate": st.none() | st.sampled_from([*known, "00000000-0000-0000-0000-00000000dead"]),
        "start": st.just("2026-09-21T14:13:45Z"),
        "until": st.sampled_from(("2026-09-21T14:13:45Z", "2026-09-28T00:00:00Z")),
        "since": st.none() | st.just("2026-09-21T14:13:45Z"),
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
    if name == "subject" and annotation is str:
        return texts["rollback"]
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
        "metrics": (metric("0.99").model_dump(),),
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


@settings(max_examples=2 * EXAMPLES)
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
        assert event.kind in MOVING
        assert name in (("erin", "robot") if event.kind == "observation.recorded" else ("omar",))
    assert not (judged.admitted and isinstance(event, ApprovalGranted))
