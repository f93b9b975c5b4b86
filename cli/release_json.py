"""Aliases, releases and stacks as other programs read them."""

from dataclasses import dataclass
from typing import Any

from cli.alias_marks import exception_json, exceptions_at, freeze_of
from cli.moment import Moment
from cli.release_looking import share_of
from ledger.decide.context import Standing
from ledger.decide.release_states import AliasState, Release
from ledger.model.stack import Stack
from ledger.model.terms import format_instant


def alias_json(state: AliasState, then: Moment) -> dict[str, object]:
    """An alias as ``alias/1``."""
    stable, candidate = state.stable, state.candidate
    frozen = freeze_of(then.standing, state.alias)
    return {
        "schema": "alias/1",
        "alias": state.alias,
        "stable": None if stable is None else _stable_json(state, stable, then),
        "candidate": None
        if candidate is None
        else release_json(then.standing, state.alias, candidate),
        "frozen": frozen is not None,
        "frozen_by": None if frozen is None else frozen.by,
        "unsupported": is_unsupported(state),
        "exceptions": [
            exception_json(one) for one in exceptions_at(then.standing, state.alias, then.at)
        ],
        "as_of": {"position": then.position, "at": format_instant(then.at)},
    }


def is_unsupported(state: AliasState) -> bool:
    """Whether what *state* runs, or is on its way there, has lost its consent."""
    found = (state.stable, state.candidate)
    return any(one is not None and one.unsupported for one in found)


@dataclass(frozen=True, slots=True)
class Since:
    """Since when, and by the entry at which position, an alias runs what it runs, or nothing.

    Both are ``None`` where it never ran anything; ``again`` where a rollback brought it back.
    """

    at: str | None
    position: int | None
    again: bool


def running_since(state: AliasState, then: Moment) -> Since:
    """Since when *state* runs its stable stack, or nothing."""
    from projections.aliases import (  # noqa: PLC0415 - a heavy import
        RETURNED,
        history_of,
        stable_as_of,
    )

    alias = state.alias
    with then.views.reading() as connection:
        row: Any = stable_as_of(connection, alias, then.position)
        before: list[Any] = (
            history_of(connection, alias, up_to=then.position) if row is None else []
        )
    if row is not None:
        return Since(row.valid_from, row.valid_from_position, again=row.began == RETURNED)
    if before:
        return Since(before[-1].valid_to, before[-1].valid_to_position, again=False)
    return Since(None, None, again=False)


def release_json(standing: Standing, alias: str, found: Release) -> dict[str, object]:
    """A release on its way to *alias*, or arrived."""
    completed = found.completed_at
    return {
        "stack": stack_json(found.stack),
        "digest": found.stack.digest,
        "proposal": found.number,
        "stage": found.stage,
        "share": share_of(standing, alias, found),
        "since": format_instant(found.started_at),
        "position": found.started_position,
        "completed": None if completed is None else format_instant(completed),
        "completed_position": found.completed_position,
        "policy": found.policy,
        "exceptions": [
            one.number for id_ in found.exceptions if (one := standing.exception(id_)) is not None
        ],
        "owes": found.proposal in standing.alias(alias).owing,
        "review_digest": found.review,
    }


def stack_json(stack: Stack) -> dict[str, object]:
    """A stack as an object of its components, with all permissions."""
    parts = {p.component: {"version": p.version, "digest": p.digest} for p in stack.components}
    return {"components": parts, "permissions": list(stack.permissions)}


def _stable_json(state: AliasState, stable: Release, then: Moment) -> dict[str, object]:
    since = running_since(state, then)
    proposal = then.standing.proposal(stable.proposal)
    return {
        "stack": stack_json(stable.stack),
        "digest": stable.stack.digest,
        "proposal": stable.number,
        "since": since.at,
        "position": since.position,
        "opened_position": None if proposal is None else proposal.opened_position,
        "started_position": stable.started_position,
        "completed_position": stable.completed_position,
    }
