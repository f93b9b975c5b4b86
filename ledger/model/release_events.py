"""What happens to a release: its stages, what is observed of it, its rollback and the review."""

from typing import Annotated, Final, Literal

from pydantic import Field

from ledger.model.evidence_events import Metric
from ledger.model.frozen import Frozen, Sorted
from ledger.model.names import (
    Alias,
    Digest,
    Identifier,
    Line,
    Number,
    Position,
    Reason,
    Text,
    Tier,
    Uuid,
)
from ledger.model.stack import Stack
from ledger.model.terms import InstantText

ITEMS: Final = 100
"""The most things a review lists of one kind."""

Items = Annotated[tuple[Reason, ...], Field(max_length=ITEMS)]


class ReleaseStarted(Frozen):
    """A stack began its way to an alias; ``metrics`` are those its assessment counted.

    ``tier`` and ``policy`` say which stages it passes, ``stage`` is the first of them;
    ``exceptions`` are those that waived a requirement.
    """

    kind: Literal["release.started"] = "release.started"
    alias: Alias
    proposal: Uuid
    revision: Number
    policy: Number
    review: Digest
    tier: Tier
    stage: Identifier
    stack: Stack
    metrics: tuple[Metric, ...]
    exceptions: Sorted[Uuid]


class ReleaseAdvanced(Frozen):
    """The candidate passed a stage and is in ``stage`` now.

    ``observation`` is the position of the observation by which the soak had passed; there is
    none where the stage asked for none.
    """

    kind: Literal["release.advanced"] = "release.advanced"
    alias: Alias
    proposal: Uuid
    review: Digest
    stage: Identifier
    observation: Position | None


class ReleaseCompleted(Frozen):
    """The candidate passed its last stage and became the alias's stable stack."""

    kind: Literal["release.completed"] = "release.completed"
    alias: Alias
    proposal: Uuid
    review: Digest
    observation: Position | None


class ReleaseRolledBack(Frozen):
    """A release was taken back, under way or completed, and its review was opened.

    ``target`` is the proposal of the stack that the alias runs from then on; none: it is
    empty. ``candidate`` is what was under way on top of it, and was taken back as well. A
    service names the ``observation`` that breached a trigger; who knows better when it began
    says so in ``since``. ``rollback`` is the id under which it is reviewed.
    """

    kind: Literal["release.rolled-back"] = "release.rolled-back"
    alias: Alias
    proposal: Uuid
    target: Uuid | None
    candidate: Uuid | None
    rollback: Uuid
    trigger: Reason
    incident: Line | None
    observation: Position | None
    since: InstantText | None


class ObservationRecorded(Frozen):
    """Somebody who does not operate the release reported how it did from ``start`` to ``until``.

    ``stage`` is the one it was in; none: it was completed.
    """

    kind: Literal["observation.recorded"] = "observation.recorded"
    alias: Alias
    proposal: Uuid
    stage: Identifier | None
    start: InstantText
    until: InstantText
    source: Line
    metrics: tuple[Metric, ...]
    incident: Line | None
    summary: Line | None
    why: Text | None


class ReviewClosed(Frozen):
    """Somebody said what was behind it, what was changed, and which tests were added.

    ``subject`` is the id of a rollback, an exception or a stop.
    """

    kind: Literal["review.closed"] = "review.closed"
    subject: Uuid
    cause: Reason
    changes: Items
    tests: Items
    summary: Line | None
    why: Text | None
