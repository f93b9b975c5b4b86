"""What a proposal asks for, whichever its effect, as a person reads it; and who consents to it."""

from collections.abc import Iterator

from cli.report_change import answers_section, change_section, stack_section
from cli.report_exception import asked_exception
from cli.report_ledger import ledger_sections
from cli.report_signer import signer_sections
from cli.sections import Section
from cli.stops import Stops
from ledger.decide.context import Standing
from ledger.decide.states import ProposalState
from ledger.model.effects import (
    EnrolmentEffect,
    ExceptionEffect,
    PolicyEffect,
    ReleaseEffect,
    RolesEffect,
    RotationEffect,
)
from ledger.policy.assessment import Assessment, Quorum


def asked_sections(
    standing: Standing, state: ProposalState, found: Assessment, stops: Stops
) -> Iterator[Section]:
    """What *state* asks for, and what it was said to be; *stops* are asked where it is a lift."""
    effect = state.effect
    match effect:
        case ReleaseEffect():
            yield change_section(effect)
            yield stack_section(standing, state, effect)
            yield answers_section(effect, state, found)
            return
        case PolicyEffect():
            # Comparing policies takes modules that no other proposal needs.
            from cli.report_policy import policy_sections  # noqa: PLC0415

            yield from policy_sections(standing, state, effect, found)
        case ExceptionEffect():
            yield from asked_exception(standing, state, effect, found)
        case EnrolmentEffect() | RolesEffect() | RotationEffect():
            yield from signer_sections(standing, state, effect, found.at)
        case _:
            yield from ledger_sections(standing, state, effect, stops)
    yield Section("Who consents", tuple(_quorums(found)), ("role", "given", "by"))


def _quorums(found: Assessment) -> Iterator[tuple[str, ...]]:
    for requirement in found.requirements:
        yield from (_quorum(one, one.role) for one in requirement.approvals)
        yield from (_quorum(one, f"or {one.role} instead") for one in requirement.stand_in)


def _quorum(quorum: Quorum, role: str) -> tuple[str, ...]:
    return role, f"{len(quorum.have)} of {quorum.need}", ", ".join(quorum.have) or "-"
