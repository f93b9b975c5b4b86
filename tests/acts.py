"""The acts that :class:`tests.organisation.Organisation` has no method for, one function each."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ledger.audit.refusals import sum_refusals
from ledger.decide import acknowledgement, approval, checkpoint, evidence, proposal, talk
from ledger.decide.cases import assess_proposal
from ledger.decide.judgement import Judged
from ledger.errors import AssentError
from ledger.model.effects import Effect, ReleaseEffect
from ledger.policy.assessment import Assessment
from ledger.seal.checkpoint import Checkpoint, Note, cosign
from ledger.seal.merkle import root
from tests.organisation import Organisation, change, digest, stack


def look(org: Organisation, of: str, at: int | None = None) -> Assessment:
    """What the policy says of a proposal, now or at another time."""
    return assess_proposal(org.standing, org.proposal(of), org.now if at is None else at)


def statuses(org: Organisation, of: str, at: int | None = None) -> dict[str, str]:
    """The status of each requirement, by id."""
    return {need.id: need.status for need in look(org, of, at).requirements}


@contextmanager
def refused(code: str, match: str = ".") -> Iterator[None]:
    """Demand an error of that code, and that it says *match*."""
    with pytest.raises(AssentError, match=match) as error:
        yield
    assert error.value.code == code


def revise(org: Organisation, name: str, of: str, effect: Effect) -> Judged:
    """Revise a proposal."""
    return org.act(
        name, lambda s, by, at: proposal.revise(s, by=by, at=at, proposal=of, effect=effect)
    )


def withdraw(org: Organisation, name: str, of: str) -> Judged:
    """Withdraw a proposal."""
    return org.act(name, lambda s, by, _: proposal.withdraw(s, by=by, proposal=of, reason=None))


def add_fact(org: Organisation, name: str, of: str, fact: str = "personal_data") -> Judged:
    """Add a fact."""
    return org.act(
        name, lambda s, by, at: proposal.add_fact(s, by=by, at=at, proposal=of, fact=fact)
    )


def take_back(org: Organisation, name: str, of: str, document: str = "report") -> Judged:
    """Withdraw a document."""
    return org.act(
        name,
        lambda s, by, _: evidence.withdraw_evidence(
            s, by=by, proposal=of, digest=digest(document), reason=None
        ),
    )


def take_over(org: Organisation, name: str, of: str, position: int) -> Judged:
    """Take the document attached at *position* over, unchanged."""
    first = evidence.document_at(org.standing, position)
    return org.act(
        name,
        lambda s, by, _: evidence.attach(
            s,
            by=by,
            proposal=of,
            type_=first.type,
            name=first.name,
            digest=first.digest,
            size=first.size,
            subject=first.subject,
            metrics=first.metrics,
            expires=first.expires,
            taken_from=position,
        ),
    )


def retract(org: Organisation, name: str, of: str) -> Judged:
    """Take an approval back."""
    return org.act(name, lambda s, by, _: approval.retract(s, by=by, proposal=of, reason=None))


def reject(org: Organisation, name: str, of: str, role: str = "model-owner") -> Judged:
    """Reject a proposal."""
    return org.act(
        name,
        lambda s, by, at: approval.reject(s, by=by, at=at, proposal=of, role=role, reason="no"),
    )


def reopen(org: Organisation, name: str, of: str) -> Judged:
    """Take a rejection back."""
    return org.act(name, lambda s, by, _: approval.reopen(s, by=by, proposal=of))


def comment(org: Organisation, name: str, of: str, text: str = "hm") -> Judged:
    """Comment on a proposal."""
    return org.act(name, lambda s, _, __: talk.comment(s, proposal=of, text=text))


def acknowledge(org: Organisation, name: str, position: int) -> Judged:
    """Take note of a finding."""
    return org.act(
        name,
        lambda s, by, at: acknowledgement.acknowledge(
            s, by=by, at=at, position=position, note="seen"
        ),
    )


def seen(org: Organisation) -> Checkpoint:
    """The checkpoint of the log as it is."""
    refused = ((one.position, one.finding.rule) for one in org.judged if one.finding is not None)
    head = org.standing.head
    return Checkpoint(org.id, head.size, root(head.frontier), sum_refusals(refused))


def witness(org: Organisation, name: str, note: Note | None = None) -> Judged:
    """Put a checkpoint into the log: one of all before it by *name*, unless it is given."""
    key = org.keys[name]
    of = seen(org)
    text = (Note(of, (cosign(of, name, key, org.now),)) if note is None else note).text
    return org.act(
        name,
        lambda s, by, at: checkpoint.witness(s, by=by, key=key.public.id, at=at, note=text),
    )


def prepared(
    org: Organisation | None = None, effect: ReleaseEffect | None = None
) -> tuple[Organisation, str]:
    """An organisation and a proposal to which only the start is missing."""
    org = Organisation() if org is None else org
    of = org.open("frank", effect)
    org.attach("erin", of)
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")
    return org, of


def started(org: Organisation, model: str = "m1") -> str:
    """Start a release under STAGED, by way of staging, of the stack with *model*; its proposal."""
    what = stack(model=model)
    first = org.open("frank", change(what, alias="fraud/staging"))
    org.attach("erin", first)
    org.start("deployer", first)
    org.complete("deployer", "fraud/staging")
    _, of = prepared(org, change(what))
    org.start("omar", of)
    return of
