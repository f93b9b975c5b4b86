"""The values that stand in a policy: texts, counts and times, each within its limits."""

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from ledger.model.names import TEXT_PATTERN, Identifier, Name

BLOCKS: Final = 100
"""The most blocks of one kind in a policy, such as roles or requirements."""

PARTS: Final = 50
"""The most things of one kind that a requirement may ask for."""

WORDS: Final = 200
"""The most words in a list."""

Names = Annotated[tuple[Name, ...], Field(max_length=WORDS)]
Identifiers = Annotated[tuple[Identifier, ...], Field(max_length=WORDS)]

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
