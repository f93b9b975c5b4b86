"""What an entry says, in one line."""

from ledger.model import events
from ledger.model.events import Event

SHORT = 17
"""How many characters of a digest a line shows: the algorithm and ten digits."""


def summary(event: Event) -> str:  # noqa: PLR0911 - one arm for each kind
    """One line of text about *event*, without its author, place and proposal."""
    match event:
        case events.LedgerFounded(name=name, roster=roster):
            return f"founded {name} with {len(roster)} signers"
        case events.SignerAccepted(signer=signer):
            return f"{signer} accepted"
        case events.PolicyPublished(number=number):
            return f"published policy {number}"
        case events.ReleaseStarted(alias=alias, stack=stack):
            return f"started {stack.digest[:SHORT]} towards {alias}"
        case events.ReleaseCompleted(alias=alias):
            return f"completed the release to {alias}"
        case events.CommentMade(text=text):
            return _line("said", text)
        case events.FindingAcknowledged(position=position, note=note):
            return _line(f"took note of the finding at {position}", note)
        case _:
            return _about_proposal(event)


def _about_proposal(event: Event) -> str:  # noqa: C901, PLR0911 - one arm for each kind
    match event:
        case events.ProposalOpened(effect=effect):
            return f"asked for {effect.alias or 'a policy'}: {effect.summary}"
        case events.ProposalRevised(revision=revision, effect=effect):
            return f"revision {revision} for {effect.alias or 'a policy'}: {effect.summary}"
        case events.ProposalWithdrawn(reason=reason):
            return _line("withdrew the proposal", reason)
        case events.FactAdded(fact=fact):
            return f"added the fact {fact}"
        case events.EvidenceAttached(type=type_, name=name):
            return f"attached {type_} {name}"
        case events.EvidenceWithdrawn(digest=digest, reason=reason):
            return _line(f"withdrew the evidence {digest[:SHORT]}", reason)
        case events.ApprovalGranted(role=role):
            return f"approved as {role}"
        case events.ApprovalRetracted(reason=reason):
            return _line("retracted the approval", reason)
        case events.ProposalRejected(role=role, reason=reason):
            return _line(f"rejected as {role}", reason)
        case events.RejectionRetracted():
            return "took the rejection back"
        case _:
            return event.kind


def _line(what: str, text: str | None) -> str:
    """*what*, and the first line of *text*."""
    first = "" if text is None else text.strip().partition("\n")[0].replace("\t", " ")
    return f"{what}: {first}" if first else what
