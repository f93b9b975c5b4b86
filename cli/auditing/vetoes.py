"""Who rejected a proposal, why, and where that was taken back."""

from collections.abc import Sequence
from dataclasses import dataclass

from cli.auditing.acts import Act
from cli.sections import Section
from ledger.model.events import ProposalRejected, RejectionRetracted


@dataclass(frozen=True, slots=True)
class Veto:
    """A rejection of a revision, and where it was taken back, if it was."""

    act: Act
    event: ProposalRejected
    retracted: int | None

    def body(self) -> dict[str, object]:
        """The rejection for programs."""
        return {
            **self.act.cited(),
            "role": self.event.role,
            "revision": self.event.revision,
            "reason": self.event.reason,
            "retracted_position": self.retracted,
        }


def vetoes(acts: Sequence[Act]) -> list[Veto]:
    """Every rejection among *acts*, those that had no effect left out."""
    found = [(act, act.entry.event) for act in acts if act.rule is None]
    return [
        Veto(act, event, _taken_back(act, acts))
        for act, event in found
        if isinstance(event, ProposalRejected)
    ]


def _taken_back(act: Act, acts: Sequence[Act]) -> int | None:
    return next(
        (
            later.position
            for later in acts
            if later.position > act.position
            and later.signer == act.signer
            and later.rule is None
            and isinstance(later.entry.event, RejectionRetracted)
        ),
        None,
    )


def vetoes_section(found: Sequence[Veto]) -> Section:
    """The rejections, a line each."""
    rows = tuple(
        (
            str(one.act.position),
            f"{one.act.signer} as {one.event.role}",
            str(one.event.revision),
            one.event.reason,
            "stands" if one.retracted is None else f"taken back at position {one.retracted}",
        )
        for one in found
    )
    headings = ("position", "by", "revision", "reason", "")
    return Section("Rejections", rows or (("none",),), headings if rows else ())
