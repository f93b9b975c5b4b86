"""What a release that was started under an exception still owes, and by when."""

from dataclasses import dataclass

from cli.sections import Section
from cli.wording import ago
from ledger.decide.context import Standing
from ledger.decide.settling import settlement
from ledger.decide.states import ProposalState
from ledger.decide.waivers import owed_by, owes, used_under
from ledger.model.terms import format_instant
from ledger.policy.assessment import Assessment, RequirementStatus


@dataclass(frozen=True, slots=True)
class Owing:
    """What the release of a closed proposal lacks, though it was started: ``found`` says it all.

    ``exceptions`` are the numbers of those that it used, ``until`` when the first of them ends.
    """

    number: int
    alias: str
    exceptions: tuple[int, ...]
    until: int
    found: Assessment
    at: int

    @property
    def is_overdue(self) -> bool:
        """Whether the exception has ended, and the alias admits no start until it is settled."""
        return self.at >= self.until

    @property
    def lacking(self) -> tuple[RequirementStatus, ...]:
        """The requirements that are not met."""
        return tuple(one for one in self.found.requirements if one.missing)

    def named(self) -> str:
        """The exceptions, in words."""
        plural = "exceptions" if len(self.exceptions) > 1 else "exception"
        return f"{plural} {', '.join(f'#{number}' for number in self.exceptions)}"

    def words(self) -> str:
        """By when it has to be settled, in words; loudly once that is over."""
        end = format_instant(self.until)
        if self.is_overdue:
            return f"OVERDUE by {ago(self.at - self.until)}: {self.named()} ended at {end}"
        return f"until {end} (in {ago(self.until - self.at)}), under {self.named()}"

    def section(self) -> Section:
        """What it lacks and who could give it, for who looks at the proposal."""
        rows = [("by", self.words())]
        rows += [(one.id, _lacks(one)) for one in self.lacking]
        rows += [(block.code, block.message) for block in self.found.blocks]
        rows.append(("so", "give it what it lacks, which it takes still, or roll it back"))
        rows.append(("", f"assent release rollback {self.alias} --trigger …"))
        title = f"#{self.number} WAS RELEASED UNDER AN EXCEPTION, and still lacks"
        colour = "red" if self.is_overdue else "magenta"
        return Section(title, tuple(rows), (), (colour,) * len(rows))

    def body(self) -> dict[str, object]:
        """It for programs; the review digest is what an approval is bound to now."""
        return {
            "exceptions": list(self.exceptions),
            "until": format_instant(self.until),
            "overdue": self.is_overdue,
            "review_digest": self.found.review_digest,
            "requirements": [
                {"id": one.id, "missing": list(one.missing), "could": list(one.could)}
                for one in self.lacking
            ],
            "blocks": [
                {"code": one.code, "by": one.by, "message": one.message}
                for one in self.found.blocks
            ],
        }


def owing_of(
    standing: Standing, state: ProposalState, at: int, *, people: bool = True
) -> Owing | None:
    """What the release of *state* owes at *at*; ``None`` where it owes nothing.

    Without *people* it does not say who could help.
    """
    alias = state.effect.alias
    if alias is None or state.closure is None or not owes(standing, state):
        return None
    return Owing(
        number=state.number,
        alias=alias,
        exceptions=tuple(one.number for one in used_under(standing, state.id)),
        until=owed_by(standing, state.id).until,
        found=settlement(standing, state, people=people, at=at),
        at=at,
    )


def _lacks(one: RequirementStatus) -> str:
    could = f" (could: {', '.join(one.could) or 'nobody here'})"
    return "; ".join(one.missing) + (could if one.approvals or one.could else "")
