"""What an entry says, in one line."""

from ledger.model import events
from ledger.model.effects import (
    DisownEffect,
    Effect,
    EnrolmentEffect,
    RolesEffect,
    RotationEffect,
)
from ledger.model.events import Event

SHORT = 17
"""How many characters of a digest a line shows: the algorithm and ten digits."""


ROOT = 16
"""How many digits of a root a line shows."""


def summary(event: Event) -> str:  # noqa: PLR0911 - one arm for each kind
    """One line of text about *event*, without its author, place and proposal."""
    match event:
        case events.LedgerFounded(name=name, roster=roster):
            return f"founded {name} with {len(roster)} signers"
        case events.SignerAccepted(signer=signer):
            return f"{signer} accepted"
        case events.PolicyPublished(number=number):
            return f"published policy {number}"
        case events.CommentMade(text=text):
            return _line("said", text)
        case events.FindingAcknowledged(position=position, note=note):
            return _line(f"took note of the finding at {position}", note)
        case events.CheckpointWitnessed(size=size, root=root):
            return f"has verified the first {size} entries, under the root {root[:ROOT]}"
        case events.RootChanged(signers=signers, threshold=threshold):
            return f"changed the root to {threshold} of {', '.join(signers)}"
        case events.ClockCorrected(position=position, at=at):
            return f"set ledger time to {at}: the entry at {position} had run ahead"
        case _:
            return _about_release(event)


def _about_release(event: Event) -> str:  # noqa: PLR0911 - one arm for each kind
    match event:
        case events.ReleaseStarted(alias=alias, stack=stack):
            return f"started {stack.digest[:SHORT]} towards {alias}"
        case events.ReleaseAdvanced(alias=alias, stage=stage):
            return f"advanced the release to {alias}: {stage}"
        case events.ReleaseCompleted(alias=alias):
            return f"completed the release to {alias}"
        case events.ObservationRecorded(alias=alias, stage=stage, incident=incident):
            where = "once completed" if stage is None else f"in {stage}"
            if incident is not None:
                return _line(f"observed {alias} {where}, with the incident", incident)
            return _line(f"observed {alias} {where}", event.summary)
        case events.ReleaseRolledBack(alias=alias, trigger=trigger):
            return _line(f"rolled the release to {alias} back", trigger)
        case events.ReviewClosed(cause=cause):
            return _line("closed the review", cause)
        case _:
            return _about_exemption(event)


def _about_exemption(event: Event) -> str:
    """What only takes away, or waives: stops, their drills, exceptions."""
    match event:
        case events.OverrideSet(target=target, reason=reason):
            return _line(f"stopped {target}", reason)
        case events.OverrideDrilled(target=target, seconds=seconds):
            return f"rehearsed a stop of {target}: {_counted(seconds, 'second')}"
        case events.OverrideLifted(stops=stops):
            return f"lifted {_counted(len(stops), 'stop')}"
        case events.ExceptionGranted(alias=alias, waives=waives, until=until):
            return f"waived {', '.join(waives)} for {alias} until {until}"
        case events.ExceptionClosed(reason=reason):
            return _line("ended the exception", reason)
        case _:
            return _about_signer(event)


def _about_signer(event: Event) -> str:  # noqa: PLR0911 - one arm for each kind
    match event:
        case events.SignerEnrolled(signer=signer, signer_kind=kind, roles=roles):
            return f"enrolled the {kind} {signer}{_as(roles)}"
        case events.SignerGranted(signer=signer, grant=roles, strip=strip, aliases=aliases):
            taken = f" and took {', '.join(strip)}" if strip else ""
            return f"granted {signer} {', '.join(roles)}{taken}{_on(aliases)}"
        case events.SignerStripped(signer=signer, strip=roles, aliases=aliases):
            return f"took {', '.join(roles)} from {signer}{_on(aliases)}"
        case events.SignerRotated(signer=signer):
            return f"named another key of {signer}"
        case events.SignerDisowned(signer=signer, keys=keys, after=after):
            return f"disowned {_counted(len(keys), 'key')} of {signer} after {after}"
        case events.SignerDelegated(to=to, roles=(), aliases=aliases):
            return f"lends {to} nothing more{_on(aliases)}"
        case events.SignerDelegated(to=to, roles=roles, aliases=aliases, until=until):
            return f"lent {to} {', '.join(roles)}{_on(aliases)} until {until}"
        case _:
            return _about_proposal(event)


def _about_proposal(event: Event) -> str:  # noqa: C901, PLR0911 - one arm for each kind
    match event:
        case events.ProposalOpened(effect=effect):
            return f"asked for {_wanted(effect)}: {effect.summary}"
        case events.ProposalRevised(revision=revision, effect=effect):
            return f"revision {revision} for {_wanted(effect)}: {effect.summary}"
        case events.ProposalWithdrawn(reason=reason):
            return _line("withdrew the proposal", reason)
        case events.FactAdded(fact=fact):
            return f"added the fact {fact}"
        case events.EvidenceAttached(type=type_, name=name):
            return f"attached {type_} {name}"
        case events.EvidenceWithdrawn(digest=digest, reason=reason):
            return _line(f"withdrew the evidence {digest[:SHORT]}", reason)
        case events.ApprovalGranted(role=role, on_behalf=lender):
            return f"approved as {role}" + ("" if lender is None else f" for {lender}")
        case events.ApprovalRetracted(reason=reason):
            return _line("retracted the approval", reason)
        case events.ProposalRejected(role=role, reason=reason):
            return _line(f"rejected as {role}", reason)
        case events.RejectionRetracted():
            return "took the rejection back"
        case _:
            return event.kind


def _wanted(effect: Effect) -> str:  # noqa: PLR0911 - one arm for each effect
    """What *effect* would bring about, in a few words."""
    match effect.effect:
        case "release":
            return effect.alias
        case "exception":
            return f"an exception for {effect.alias} from {', '.join(effect.waives)}"
        case "policy":
            return "a policy"
        case "lift":
            return f"the lift of {_counted(len(effect.stops), 'stop')}"
        case "root":
            return "another root"
        case "clock":
            return "a correction of the clock"
        case _:
            return _wanted_of(effect)


def _wanted_of(effect: EnrolmentEffect | RolesEffect | RotationEffect | DisownEffect) -> str:
    """What *effect* would make of a signer."""
    match effect.effect:
        case "enrolment":
            return f"the enrolment of {effect.signer}"
        case "roles":
            return f"other roles of {effect.signer}"
        case "rotation":
            return f"another key of {effect.signer}"
        case "disown":
            return f"the disowning of {effect.signer}"


def _as(roles: tuple[str, ...]) -> str:
    return f" as {', '.join(roles)}" if roles else ""


def _on(aliases: str | None) -> str:
    return "" if aliases is None else f" on {aliases}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _line(what: str, text: str | None) -> str:
    """*what*, and the first line of *text*."""
    first = "" if text is None else text.strip().partition("\n")[0].replace("\t", " ")
    return f"{what}: {first}" if first else what
