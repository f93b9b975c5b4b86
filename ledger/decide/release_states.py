"""The state of aliases: what runs, what is on its way, and which stacks were completed where."""

from dataclasses import dataclass
from typing import ClassVar

from ledger.decide.kept import Kept
from ledger.model.events import Metric
from ledger.model.stack import Stack


@dataclass(frozen=True, slots=True)
class Release:
    """A stack on its way to an alias, or arrived: by which proposal, with which numbers.

    ``unsupported`` says that the consent to it was lost when a key was disowned.
    """

    proposal: str
    number: int
    stack: Stack
    metrics: tuple[Metric, ...]
    review: str
    policy: int
    stage: str
    started_at: int
    started_position: int
    completed_at: int | None
    completed_position: int | None
    completed_by: str | None = None
    unsupported: bool = False


@dataclass(frozen=True, slots=True)
class AliasState(Kept):
    """What an alias points at; ``changed`` is where its stable stack last changed."""

    alias: str
    stable: Release | None
    candidate: Release | None
    changed: int | None

    prefix: ClassVar[str] = "alias"
    named: ClassVar[str | None] = "alias"


@dataclass(frozen=True, slots=True)
class Completion:
    """That a stack was completed in an environment: by which proposal, and where."""

    environment: str
    proposal: str
    position: int


@dataclass(frozen=True, slots=True)
class CompletedState(Kept):
    """Where a stack of a model was completed; ``stack`` is model@digest."""

    stack: str
    completions: tuple[Completion, ...]

    prefix: ClassVar[str] = "completed"
    named: ClassVar[str | None] = "stack"
