"""The events of exceptions and of drills: what they may hold, where they stand, with what force."""

import pytest
from pydantic import TypeAdapter, ValidationError

from ledger.model.effects import CONTROLS, EFFECTS, WAIVED, Effect, ExceptionEffect, effect_hash
from ledger.model.events import (
    Event,
    ExceptionClosed,
    ExceptionGranted,
    OverrideDrilled,
    OverrideSet,
    ReleaseStarted,
)
from ledger.model.kinds import KINDS, stream_of
from tests.organisation import stack

OF = "00000000-0000-0000-0000-000000000001"
RELEASE = "00000000-0000-0000-0000-000000000002"
DIGEST = "sha256:" + "0" * 64

ASKED = ExceptionEffect(
    release=RELEASE,
    revision=1,
    alias="fraud/production",
    waives=("data", "model-owner"),
    owner="olga",
    incident="INC-7",
    controls=("it is watched", "by hand"),
    until="2026-01-02T00:00:00Z",
    summary="fraud gets through",
    why=None,
    contributors=(),
)
GRANTED = ExceptionGranted(
    proposal=OF,
    review=DIGEST,
    release=RELEASE,
    revision=1,
    alias="fraud/production",
    waives=("data", "model-owner"),
    owner="olga",
    incident="INC-7",
    controls=("it is watched", "by hand"),
    until="2026-01-02T00:00:00Z",
)
CLOSED = ExceptionClosed(exception=OF, reason="it is over")
DRILLED = OverrideDrilled(override=OF, target="generation", seconds=40, note=None)
SET = OverrideSet(override=OF, target="generation", reason="it misbehaves")
STARTED = ReleaseStarted(
    alias="fraud/production",
    proposal=RELEASE,
    revision=1,
    policy=1,
    review=DIGEST,
    tier="high",
    stage="shadow",
    stack=stack(),
    metrics=(),
    exceptions=(OF,),
)


@pytest.mark.parametrize(
    ("event", "stream", "force"),
    [
        (GRANTED, f"exception:{OF}", "permissive"),
        (CLOSED, f"exception:{OF}", "restrictive"),
        (DRILLED, f"override:{OF}", "permissive"),
        (SET, f"override:{OF}", "restrictive"),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
def test_each_kind_stands_on_its_stream_with_its_force(
    event: Event, stream: str, force: str
) -> None:
    assert stream_of(event) == stream
    assert KINDS[event.kind].force == force


@pytest.mark.parametrize(
    "event", [GRANTED, CLOSED, DRILLED, STARTED, SET], ids=lambda event: event.kind
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
        (GRANTED, {"waives": ()}),
        (GRANTED, {"waives": ("model-owner", "data")}),
        (GRANTED, {"waives": ("data", "data")}),
        (GRANTED, {"waives": ("Data",)}),
        (GRANTED, {"waives": tuple(f"r{one:03}" for one in range(WAIVED + 1))}),
        (GRANTED, {"controls": ("x",) * (CONTROLS + 1)}),
        (GRANTED, {"controls": ("",)}),
        (GRANTED, {"revision": 0}),
        (GRANTED, {"release": "2"}),
        (GRANTED, {"alias": "fraud"}),
        (GRANTED, {"owner": None}),
        (GRANTED, {"incident": ""}),
        (GRANTED, {"incident": None}),
        (GRANTED, {"incident": "two\nlines"}),
        (GRANTED, {"until": "tomorrow"}),
        (GRANTED, {"until": None}),
        (CLOSED, {"reason": ""}),
        (CLOSED, {"exception": "5"}),
        (DRILLED, {"seconds": -1}),
        (DRILLED, {"seconds": 10**9 + 1}),
        (DRILLED, {"seconds": 1.5}),
        (DRILLED, {"target": "alias/fraud"}),
        (DRILLED, {"target": "role/fraud"}),
        (SET, {"target": "generations"}),
        (SET, {"target": "alias/fraud/production/eu"}),
        (SET, {"target": "alias/*/production"}),
        (SET, {"target": "capability/"}),
        (SET, {"target": "capability/Pay"}),
        (SET, {"target": "capability/a/b"}),
        (SET, {"target": "signer/"}),
        (SET, {"target": " generation"}),
        (SET, {"target": "generation\n"}),
        (STARTED, {"exceptions": (OF, OF)}),
        (STARTED, {"exceptions": ("7",)}),
    ],
    ids=str,
)
def test_what_is_no_value_of_a_field_is_refused(event: Event, wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        type(event).model_validate({**event.model_dump(), **wrong})


@pytest.mark.parametrize(
    "target",
    ["generation", "alias/fraud/production", "capability/call-bank", "signer/a.b_c"],
)
def test_four_kinds_of_target_are_stopped_and_rehearsed(target: str) -> None:
    assert SET.model_copy(update={"target": target}) == OverrideSet.model_validate(
        {**SET.model_dump(), "target": target}
    )
    drilled = OverrideDrilled.model_validate({**DRILLED.model_dump(), "target": target})
    assert drilled.target == target


def test_the_longest_values_are_taken() -> None:
    most = {
        "waives": tuple(f"r{one:03}" for one in range(WAIVED)),
        "controls": ("x",) * CONTROLS,
    }

    assert len(GRANTED.model_validate({**GRANTED.model_dump(), **most}).waives) == WAIVED
    longest = OverrideDrilled.model_validate({**DRILLED.model_dump(), "seconds": 10**9})
    assert longest.seconds == 10**9


def test_an_exception_is_one_of_the_effects_and_grants_what_it_asks_for() -> None:
    read: Effect = TypeAdapter(Effect).validate_python(ASKED.model_dump())

    assert read == ASKED
    assert "exception" in EFFECTS
    shared = set(ExceptionGranted.model_fields) & set(ExceptionEffect.model_fields)
    assert {name: getattr(GRANTED, name) for name in shared} == {
        name: getattr(ASKED, name) for name in shared
    }
    assert set(ExceptionGranted.model_fields) - shared == {"kind", "proposal", "review"}


@pytest.mark.parametrize(
    "other",
    [{"until": "2026-01-02T00:00:01Z"}, {"waives": ("data",)}, {"owner": "mona"}, {"revision": 2}],
    ids=str,
)
def test_everything_asked_for_is_in_the_digest_that_people_approve(
    other: dict[str, object],
) -> None:
    assert effect_hash(ASKED.model_copy(update=other)) != effect_hash(ASKED)
