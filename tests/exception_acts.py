"""The course of exceptions and stops under EXCEPTIONAL: asked for, granted, used, closed, set."""

from collections.abc import Sequence

from ledger.decide import exception, override, override_drill
from ledger.decide.judgement import Judged
from ledger.model.effects import ExceptionEffect, ReleaseEffect
from ledger.model.terms import format_instant
from tests.decide.rollouts import in_staging
from tests.organisation import Organisation, change, stack
from tests.roster import carried

HOUR = 3_600
DAY = 24 * HOUR
GRANTING = (("sam", "security-owner"), ("rosa", "release-owner"))
"""Whose consent an exception takes under EXCEPTIONAL."""


def urgent(org: Organisation, model: str = "m1", dataset: str = "d1", *, data: bool = False) -> str:
    """A release to production that only lacks alice's approval, or dana's as well, or instead.

    With *data* alice has approved and dana has not; without, the other way round.
    """
    in_staging(org, model, dataset)
    of = org.open("frank", change(stack(model=model, dataset=dataset)))
    org.attach("erin", of)
    if data:
        org.approve("alice", of, "model-owner")
    else:
        org.approve("dana", of, "data-owner")
    return of


def waiving(
    org: Organisation,
    of: str,
    *waives: str,
    owner: str = "olga",
    controls: Sequence[str] = ("the dashboard is watched by hand",),
    lasting: int = DAY,
    revision: int | None = None,
    alias: str | None = None,
) -> ExceptionEffect:
    """A request to waive *waives* (``model-owner``) of the proposal *of* for *lasting* seconds."""
    state = org.proposal(of)
    release = state.effect
    known = release.alias if isinstance(release, ReleaseEffect) else "fraud/production"
    return ExceptionEffect(
        release=of,
        revision=state.revision if revision is None else revision,
        alias=known if alias is None else alias,
        waives=tuple(sorted(waives or ("model-owner",))),
        owner=owner,
        incident="INC-7",
        controls=tuple(controls),
        until=format_instant(org.now + 1 + lasting),
        summary="fraud gets through",
        why="alice cannot be reached",
        contributors=(),
    )


def asked(effect: ExceptionEffect, **wanted: object) -> ExceptionEffect:
    """*effect* with the fields that are *wanted* instead."""
    return ExceptionEffect.model_validate({**effect.model_dump(), **wanted})


def granted(
    org: Organisation,
    effect: ExceptionEffect,
    *,
    by: str = "olga",
    approvals: Sequence[tuple[str, str]] = GRANTING,
    enactor: str = "sam",
) -> str:
    """Ask for an exception, consent to it and grant it; its id."""
    return carried(org, effect, by=by, approvals=approvals, enactor=enactor)


def close_exception(org: Organisation, name: str, of: str) -> Judged:
    """End the exception *of* before its time."""
    return org.act(
        name,
        lambda s, by, at: exception.close(s, by=by, at=at, exception=of, reason="it is over"),
    )


def set_stop(org: Organisation, name: str, target: str) -> str:
    """Stop *target* as *name*; the id of the stop."""
    new = org.new_id()
    org.act(
        name,
        lambda s, by, at: override.stop(
            s, by=by, at=at, override=new, target=target, reason="it misbehaves"
        ),
    )
    return new


def drilled(org: Organisation, name: str, target: str, *, seconds: int = 40) -> Judged:
    """Keep that *name* has rehearsed a stop of *target*."""
    new = org.new_id()
    return org.act(
        name,
        lambda s, by, at: override_drill.drill(
            s, by=by, at=at, override=new, target=target, seconds=seconds, note=None
        ),
    )
