"""The events of a release: what they may hold, where they stand, and with what force."""

import pytest
from pydantic import ValidationError

from ledger.model.events import (
    Event,
    ObservationRecorded,
    ReleaseAdvanced,
    ReleaseCompleted,
    ReleaseRolledBack,
    ReleaseStarted,
    ReviewClosed,
)
from ledger.model.kinds import KINDS, stream_of
from ledger.model.release_events import ITEMS
from tests.organisation import metric, stack

OF = "00000000-0000-0000-0000-000000000001"
DIGEST = "sha256:" + "0" * 64

STARTED = ReleaseStarted(
    alias="fraud/production",
    proposal=OF,
    revision=1,
    policy=1,
    review=DIGEST,
    tier="high",
    stage="shadow",
    stack=stack(),
    metrics=(metric("0.95"),),
    exceptions=(),
)
ADVANCED = ReleaseAdvanced(
    alias="fraud/production", proposal=OF, review=DIGEST, stage="guarded", observation=7
)
COMPLETED = ReleaseCompleted(alias="fraud/production", proposal=OF, review=DIGEST, observation=None)
ROLLED_BACK = ReleaseRolledBack(
    alias="fraud/production",
    proposal=OF,
    target=None,
    candidate=None,
    rollback=OF,
    trigger="losses",
    incident=None,
    observation=None,
    since=None,
)
OBSERVED = ObservationRecorded(
    alias="fraud/production",
    proposal=OF,
    stage=None,
    start="2026-01-01T00:00:00Z",
    until="2026-01-02T00:00:00Z",
    source="dashboard",
    metrics=(),
    incident=None,
    summary=None,
    why=None,
)
REVIEWED = ReviewClosed(subject=OF, cause="bad luck", changes=(), tests=(), summary=None, why=None)


@pytest.mark.parametrize(
    ("event", "stream", "force"),
    [
        (STARTED, "alias:fraud/production", "permissive"),
        (ADVANCED, "alias:fraud/production", "permissive"),
        (COMPLETED, "alias:fraud/production", "permissive"),
        (ROLLED_BACK, "alias:fraud/production", "restrictive"),
        (OBSERVED, "watch:fraud/production", "permissive"),
        (REVIEWED, f"review:{OF}", "permissive"),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
def test_each_kind_stands_on_its_stream_with_its_force(
    event: Event, stream: str, force: str
) -> None:
    assert stream_of(event) == stream
    assert KINDS[event.kind].force == force


@pytest.mark.parametrize(
    "event",
    [STARTED, ADVANCED, COMPLETED, ROLLED_BACK, OBSERVED, REVIEWED],
    ids=lambda event: event.kind,
)
def test_every_field_is_said_and_no_other(event: Event) -> None:
    fields = event.model_dump()
    assert type(event).model_validate(fields) == event

    for name in set(fields) - {"kind"}:
        with pytest.raises(ValidationError, match=name):
            type(event).model_validate({key: fields[key] for key in fields if key != name})
    with pytest.raises(ValidationError, match="approver"):
        type(event).model_validate({**fields, "approver": "alice"})


@pytest.mark.parametrize(
    ("event", "wrong"),
    [
        (STARTED, {"tier": "extreme"}),
        (STARTED, {"stage": "Shadow"}),
        (STARTED, {"stage": None}),
        (STARTED, {"policy": 0}),
        (ADVANCED, {"observation": -1}),
        (ADVANCED, {"observation": "7"}),
        (ADVANCED, {"stage": ""}),
        (COMPLETED, {"observation": 1.5}),
        (COMPLETED, {"review": "0" * 64}),
        (ROLLED_BACK, {"rollback": "1"}),
        (ROLLED_BACK, {"target": "fraud"}),
        (ROLLED_BACK, {"candidate": ""}),
        (ROLLED_BACK, {"trigger": ""}),
        (ROLLED_BACK, {"trigger": "x" * 8001}),
        (ROLLED_BACK, {"trigger": "left\u202eright"}),
        (ROLLED_BACK, {"incident": "two\nlines"}),
        (ROLLED_BACK, {"since": "yesterday"}),
        (ROLLED_BACK, {"since": "2026-02-30T00:00:00Z"}),
        (OBSERVED, {"start": "2026-01-01"}),
        (OBSERVED, {"until": None}),
        (OBSERVED, {"source": "two\nlines"}),
        (OBSERVED, {"source": "x" * 501}),
        (OBSERVED, {"incident": "x" * 501}),
        (OBSERVED, {"alias": "fraud"}),
        (REVIEWED, {"subject": "rollback"}),
        (REVIEWED, {"cause": ""}),
        (REVIEWED, {"changes": ("",)}),
        (REVIEWED, {"changes": ("x",) * (ITEMS + 1)}),
        (REVIEWED, {"tests": ("x",) * (ITEMS + 1)}),
        (REVIEWED, {"tests": ("bell\x07",)}),
    ],
)
def test_what_is_no_value_of_a_field_is_refused(event: Event, wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        type(event).model_validate({**event.model_dump(), **wrong})


def test_the_longest_values_are_taken() -> None:
    most = {"cause": "x" * 8000, "changes": ("x" * 8000,) * ITEMS, "tests": ("x",) * ITEMS}
    assert ITEMS == 100

    assert len(ReviewClosed.model_validate({**REVIEWED.model_dump(), **most}).changes) == ITEMS
    line = {"source": "x" * 500, "incident": "é" * 500, "stage": "s" * 64}
    assert ObservationRecorded.model_validate({**OBSERVED.model_dump(), **line}).stage == "s" * 64


def test_what_happened_is_never_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        ROLLED_BACK.target = OF
