"""Which stops hold, and that nothing passes what they forbid: told from the entries alone.

See ``told``. A stop whose lift has lost its consent holds again by the rules; here it does
not, so that nothing in here forbids more than the rules do.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ledger.decide.judgement import Judged
from ledger.model import events
from ledger.model.effects import LiftEffect, ReleaseEffect
from ledger.model.events import Event
from tests.properties.told import Told, admitted


@dataclass
class Stops:
    """The stops that hold, entry by entry: target and id."""

    told: Told = field(default_factory=Told)
    held: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def take(self, judged: Judged, by: str, event: Event) -> None:
        """Follow one admitted entry, and demand that no stop forbade it."""
        match event:
            case events.OverrideSet(override=id_, target=target):
                self.held[target].add(id_)
            case events.OverrideLifted():
                self._lift(by, event)
            case events.ReleaseStarted() | events.ReleaseAdvanced() | events.ReleaseCompleted():
                for target in self.forbidding(event.proposal, by):
                    assert not self.held[target], target
            case events.ReleaseRolledBack(alias=alias) if by in self.told.services:
                assert not self.held[f"alias/{alias}"]
            case events.ProposalOpened() | events.ProposalRevised():
                if isinstance(event.effect, ReleaseEffect) and by in self.told.services:
                    assert not self.held["generation"]
            case events.ExceptionGranted() | events.PolicyPublished():
                assert not self.held[f"signer/{by}"]
        self.told.take(judged, by, event)

    def forbidding(self, of: str, by: str) -> Iterator[str]:
        """The targets of which a stop forbids *by* to bring the release *of* on."""
        asked = self.told.asked[of]
        assert isinstance(asked.effect, ReleaseEffect)
        yield f"signer/{by}"
        yield f"alias/{asked.effect.alias}"
        yield from (f"capability/{name}" for name in asked.effect.stack.permissions)
        if asked.bred:
            yield "generation"

    def _lift(self, by: str, event: events.OverrideLifted) -> None:
        """Demand that what is lifted was asked for, and consented to by others."""
        asked = self.told.asked[event.proposal]
        assert isinstance(asked.effect, LiftEffect)
        assert event.stops == asked.effect.stops
        assert not asked.closed
        assert by in self.told.roots or not self.held[f"signer/{by}"]
        table = self.told.policies[-1].get("overrides", {}).get("lift")
        given = table and self.told.has_consent(event.proposal, table, apart=asked.hands)
        assert given or self.told.is_rooted(event.proposal)
        for target in self.held:
            self.held[target] -= set(event.stops)


def followed(judged: Sequence[Judged]) -> Stops:
    """All of a log, followed to its end."""
    chains = Stops()
    for one in admitted(judged):
        chains.take(*one)
    return chains
