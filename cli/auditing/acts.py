"""Everything that was signed about a proposal and its release: by whom, with which key, where."""

from collections.abc import Sequence
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

    def cited(self) -> dict[str, object]:
        """The entry of what is told, for programs: where, when, by whom and with which key."""
        return {
            "position": self.position,
            "at": self.at,
            "signer": self.signer,
            "key": self.key,
        }

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
    """The placed entries that name *state*, and the rollback below it that took it along."""
    from projections.log import entry_at, log_entries  # noqa: PLC0415 - a heavy import
    from projections.releases import known  # noqa: PLC0415 - the same

    with then.views.reading() as connection:
        rows: list[Any] = [*log_entries(connection, proposal=state.number)]
        release = known(connection, [state.id]).get(state.id, {})
        back = release.get("rolled_back_position")
        if back is not None and all(row.position != back for row in rows):
            rows += [row for row in [entry_at(connection, back)] if row is not None]
    return sorted((row for row in rows if row.placed), key=lambda row: int(row.position))


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
