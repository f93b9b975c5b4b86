"""The values that stand in a policy: texts, counts and times, each within its limits."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ledger.model.names import TEXT_PATTERN

FactName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
"""The name of a declared fact: a word that a condition can use."""

Because = Annotated[str, StringConstraints(pattern=TEXT_PATTERN, max_length=1000)]
"""Why a rule exists, in a sentence."""

ConditionText = Annotated[str, StringConstraints(pattern=TEXT_PATTERN, max_length=2000)]
"""A condition as people write it; its grammar stands in ``conditions``."""

Better = Literal["higher", "lower"]

Count = Annotated[int, Field(ge=1, le=1000)]

Seconds = Annotated[int, Field(ge=1, le=10**14)]

Clock = Annotated[int, Field(ge=60, le=10**14)]
"""Seconds within which people act: a minute at least, so that nobody is locked out by a second."""

Ceiling = Annotated[int, Field(ge=0, le=100_000)]
"""How many of something there may be at most."""
