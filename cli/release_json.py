"""Aliases, releases and stacks as other programs read them."""

from cli.moment import Moment
from cli.release_looking import share_of
from ledger.decide.context import Standing
from ledger.decide.release_states import AliasState, Release
from ledger.model.stack import Stack
from ledger.model.terms import format_instant


def alias_json(state: AliasState, then: Moment) -> dict[str, object]:
    """An alias as ``alias/1``."""
    stable, candidate = state.stable, state.candidate
    return {
        "schema": "alias/1",
        "alias": state.alias,
        "stable": None if stable is None else _stable_json(state, stable, then),
        "candidate": None
        if candidate is None
        else release_json(then.standing, state.alias, candidate),
        "frozen": False,
        "frozen_by": None,
        "unsupported": is_unsupported(state),
        "as_of": {"position": then.position, "at": format_instant(then.at)},
    }


def is_unsupported(state: AliasState) -> bool:
    """Whether what *state* runs, or is on its way there, has lost its consent."""
    found = (state.stable, state.candidate)
    return any(one is not None and one.unsupported for one in found)


def is_back(state: AliasState) -> bool:
    """Whether *state* runs its stack again, since the one on top of it was taken back."""
    return state.stable is not None and state.stable.completed_position != state.changed


def running_since(state: AliasState, then: Moment) -> tuple[str | None, int | None]:
    """Since when, and by the entry at which position, *state* runs what it runs, or nothing.

    That is the completion, or the rollback by which the stack came back.
    """
    stable = state.stable
    if stable is not None and not is_back(state):
        return format_instant(stable.completed_at or 0), stable.completed_position
    if state.changed is None:
        return None, None
    from projections.log import times_at  # noqa: PLC0415 - a heavy import

    with then.views.reading() as connection:
        return times_at(connection, [state.changed]).get(state.changed), state.changed


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
        "review_digest": found.review,
    }


def stack_json(stack: Stack) -> dict[str, object]:
    """A stack as an object of its components, with all permissions."""
    parts = {p.component: {"version": p.version, "digest": p.digest} for p in stack.components}
    return {"components": parts, "permissions": list(stack.permissions)}


def _stable_json(state: AliasState, stable: Release, then: Moment) -> dict[str, object]:
    since, position = running_since(state, then)
    return {
        "stack": stack_json(stable.stack),
        "digest": stable.stack.digest,
        "proposal": stable.number,
        "since": since,
        "position": position,
    }
