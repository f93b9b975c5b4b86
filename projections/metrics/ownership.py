"""Who answers for what runs, is on its way or acts on its own: where there is nobody."""

from typing import Any, Final

from sqlalchemy import Select, union_all

from projections.aliases import aliases
from projections.metrics.definition import Metric, metric, observations, word
from projections.proposals import proposals
from projections.signers import active_person, signers

_alias, _proposal, _service = aliases.c, proposals.c, signers.c


def _of_release(owner: str, what: str, *, candidate: bool) -> Select[Any]:
    """The aliases of whose release, under way or run, the *owner* is missing."""
    place = "candidate_" if candidate else ""
    return (
        observations(
            at=_alias[f"{place}since"],
            position=_alias[f"{place}position"],
            number=_proposal.number,
            alias=_alias.alias,
            tier=_proposal.tier,
            what=word(what),
        )
        .join_from(aliases, proposals, _proposal.id == _alias[f"{place}proposal"])
        .where(~active_person(_proposal[owner]))
    )


def _services() -> Select[Any]:
    """The services that may act and for which no person answers."""
    return observations(
        at=_service.accepted_at, position=_service.accepted_position, what=word("service")
    ).where(
        _service.kind == "service", _service.state == "active", ~active_person(_service.accountable)
    )


MISSING_OWNERS: Final = metric(
    "missing-owners",
    "Without an active owner",
    "state",
    ("alias", "tier"),
    union_all(
        _of_release("owner", "alias", candidate=False),
        _of_release("owner", "stack", candidate=True),
        _of_release("rollback_owner", "rollback", candidate=False),
        _of_release("rollback_owner", "rollback", candidate=True),
        _services(),
    ),
    parts="of",
)

OWNERSHIP: Final[tuple[Metric, ...]] = (MISSING_OWNERS,)
"""The metrics of this file, in the order they are told."""
