"""Everything that was signed about a proposal and its release: by whom, with which key, where."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cli.context import App
from cli.entries import entry_of
from cli.moment import Moment
from cli.sections import Section
from ledger.decide.states import ProposalState
from ledger.model.entry import Entry


@dataclass(frozen=True, slots=True)
class Act:
    """An entry about a proposal: judged when, signed by whom with which key, and what it says.

    ``rule`` is the one that it broke; then it had no effect.
    """

    position: int
    at: str
    signer: str
    key: str
    what: str
    rule: str | None
    entry: Entry

    @property
    def kind(self) -> str:
        """The kind of its event."""
        return self.entry.event.kind

    def words(self) -> str:
        """What was done, in words; loudly where it had no effect."""
        return self.what if self.rule is None else f"REFUSED ({self.rule}), no effect: {self.what}"

    def body(self) -> dict[str, object]:
        """The act for programs."""
        return {
            "position": self.position,
            "at": self.at,
            "kind": self.kind,
            "signer": self.signer,
            "key": self.key,
            "what": self.what,
            "admitted": self.rule is None,
            "rule": self.rule,
        }


def acts_of(app: App, then: Moment, state: ProposalState) -> list[Act]:
    """All acts on *state* and its release up to *then*, in the order of the log.

    What has no place in the log is left out: nobody knows who wrote it.
    """
    return [
        Act(
            position=row.position,
            at=row.judged_at,
            signer=row.signer,
            key=row.key_id,
            what=row.summary,
            rule=row.rule if not row.admitted else None,
            entry=entry_of(app, row.position),
        )
        for row in _rows(then, state)
    ]


def _rows(then: Moment, state: ProposalState) -> list[Any]:
    from projections.log import entry_at, log_entries  # noqa: PLC0415 - a heavy import

    with then.views.reading() as connection:
        own = [f"{kind}:{state.id}" for kind in ("proposal", "exception")]
        rows: list[Any] = [
            row for stream in own for row in log_entries(connection, stream=stream) if row.placed
        ]
        known = {row.position for row in rows}
        wanted = sorted(set(_elsewhere(connection, state)) - known)
        rows += [row for at in wanted if (row := entry_at(connection, at)) is not None]
    return sorted(rows, key=lambda row: int(row.position))


def _elsewhere(connection: Any, state: ProposalState) -> Iterator[int]:
    """The positions of what stands on other streams: the closing, the release, its reviews."""
    from projections.observations import observation_list  # noqa: PLC0415 - a heavy import
    from projections.release_stages import stage_list  # noqa: PLC0415 - the same
    from projections.releases import known  # noqa: PLC0415 - the same
    from projections.reviews import review_of  # noqa: PLC0415 - the same

    release = known(connection, [state.id]).get(state.id, {})
    subjects = (state.id, release.get("rollback"))
    reviews = (review_of(connection, one) for one in subjects if one is not None)
    found = [
        state.closed_position,
        *(release.get(name) for name in ("completed_position", "rolled_back_position")),
        *(row.passed_position for row in stage_list(connection, state.id)),
        *(row.position for row in observation_list(connection, proposal=state.id)),
        *(None if row is None else row.closed_position for row in reviews),
    ]
    yield from (at for at in found if at is not None)


def acts_section(acts: Sequence[Act]) -> Section:
    """The acts, a line each."""
    rows = tuple((str(one.position), one.at, one.signer, one.words()) for one in acts)
    marks = tuple("" if one.rule is None else "red" for one in acts)
    headings = ("position", "at", "by", "what")
    return Section("Who did what", rows or (("none", "", "", ""),), headings, marks)


def keys_section(acts: Sequence[Act]) -> Section:
    """With which key each of them signed, and at which positions."""
    used: dict[tuple[str, str], list[int]] = {}
    for one in acts:
        used.setdefault((one.signer, one.key), []).append(one.position)
    rows: list[tuple[str, str]] = []
    for (who, key), at in sorted(used.items()):
        rows += [(who, key), ("", ", ".join(map(str, at)))]
    return Section("With which keys", tuple(rows), ("who", "key, and positions"))
