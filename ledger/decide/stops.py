"""The stops that hold of a proposal, and of an alias: what they forbid is asked in one place."""

from collections.abc import Iterator

from ledger.decide.context import Standing
from ledger.decide.states import ProposalState
from ledger.errors import Refused
from ledger.model.effects import ReleaseEffect
from ledger.model.override_events import GENERATION
from ledger.policy.blocking import stopped
from ledger.policy.case import Stopped


def stops_on(standing: Standing, proposal: ProposalState) -> tuple[Stopped, ...]:
    """The stops that keep the release of *proposal* from starting and from going on.

    A frozen alias, a disabled capability that its stack holds, and halted generation where a
    service opened or revised it; of what is no release there are none.
    """
    effect = proposal.effect
    if not standing.head.stops or not isinstance(effect, ReleaseEffect):
        return ()
    targets = [f"alias/{effect.alias}"]
    targets += [f"capability/{name}" for name in effect.stack.permissions]
    targets += [GENERATION] if proposal.bred else []
    return tuple(_holding(standing, targets))


def _holding(standing: Standing, targets: list[str]) -> Iterator[Stopped]:
    for name in targets:
        found = standing.target(name)
        if found is not None:
            yield Stopped(name, found.by, found.position)


def require_going_on(standing: Standing, proposal: ProposalState) -> None:
    """Refuse where a stop keeps the release of *proposal* from going on."""
    for stop in stops_on(standing, proposal):
        block = stopped(stop)
        raise Refused(
            block.code,
            f"#{proposal.number} is stopped: {block.message}",
            hint="a person may still roll it back; a proposal (effect = lift) takes the stop back",
        )


def require_unstopped(standing: Standing, target: str, what: str) -> None:
    """Refuse *what* where *target* is stopped."""
    for stop in _holding(standing, [target]):
        block = stopped(stop)
        raise Refused(block.code, f"{what}: {block.message}", hint="a person may, at any time")
