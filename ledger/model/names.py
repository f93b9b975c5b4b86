"""The names a ledger may contain, as types that Pydantic checks.

Every pattern is anchored and written for the Rust ``regex`` crate that Pydantic
uses, where ``$`` is the very end of the text and never "before a last newline".
Free text excludes the listed code points only (control and bidirectional
characters), so that no table of a Unicode version decides history.
"""

import re
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

IDENTIFIER_PATTERN: Final = r"^[a-z0-9][a-z0-9._-]{0,63}$"
ALIAS_PATTERN: Final = r"^[a-z0-9][a-z0-9._-]{0,63}/[a-z0-9][a-z0-9._-]{0,63}$"
SCOPE_PATTERN: Final = r"^(\*|[a-z0-9][a-z0-9._-]{0,63})/(\*|[a-z0-9][a-z0-9._-]{0,63})$"
DIGEST_PATTERN: Final = r"^sha256:[0-9a-f]{64}$"
UUID_PATTERN: Final = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"

_FORBIDDEN: Final = r"\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff"
LINE_PATTERN: Final = rf"^[^\u0000-\u001f{_FORBIDDEN}]*$"
TEXT_PATTERN: Final = rf"^[^\u0000-\u0008\u000b-\u001f{_FORBIDDEN}]*$"

Identifier = Annotated[str, StringConstraints(pattern=IDENTIFIER_PATTERN)]
"""A signer, role, fact, requirement, evidence type: ``[a-z0-9][a-z0-9._-]{0,63}``."""

Alias = Annotated[str, StringConstraints(pattern=ALIAS_PATTERN)]
"""``<model>/<environment>``, two identifiers."""

AliasPattern = Annotated[str, StringConstraints(pattern=SCOPE_PATTERN)]
"""Aliases by model and environment, either of which may be ``*``: ``fraud/*``."""

Position = Annotated[int, Field(ge=0)]
"""The 0-based index of an entry in the log."""

Number = Annotated[int, Field(ge=1)]
"""A count that begins with one: of policies, revisions, rule sets."""

Reason = Annotated[str, StringConstraints(pattern=TEXT_PATTERN, min_length=1, max_length=8000)]
"""Why somebody did something: free text that is there."""

Uuid = Annotated[str, StringConstraints(pattern=UUID_PATTERN)]
"""A UUID in lower-case canonical form."""

Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 value as 64 lower-case hexadecimal digits."""

Digest = Annotated[str, StringConstraints(pattern=DIGEST_PATTERN)]
"""The digest of a file or document: ``sha256:`` and 64 lower-case hexadecimal digits."""

KeyId = Annotated[str, StringConstraints(pattern=r"^SHA256:[A-Za-z0-9+/]{43}$")]
"""A key's fingerprint as ``ssh-keygen -l`` prints it."""

PublicKeyText = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9@.-]{1,64} [A-Za-z0-9+/]{16,1024}={0,2}$"),
]
"""A public key as OpenSSH writes it, without a comment."""

Line = Annotated[str, StringConstraints(pattern=LINE_PATTERN, max_length=500)]
"""One line of free text, up to 500 characters."""

Name = Annotated[str, StringConstraints(pattern=LINE_PATTERN, min_length=1, max_length=128)]
"""A name that comes from outside: a metric, a segment, a version, a file."""

Text = Annotated[str, StringConstraints(pattern=TEXT_PATTERN, max_length=8000)]
"""Free text of several lines, up to 8,000 characters."""

Component = Literal[
    "model",
    "dataset",
    "features",
    "threshold-policy",
    "fusion",
    "sdk",
    "code",
    "evaluator",
    "evaluation-report",
    "prompts",
    "tools",
]
"""The parts a stack may have (DESIGN, facts); others are refused."""

Tier = Literal["low", "medium", "high"]
"""The risk tier of a proposal."""

TIERS: Final[tuple[Tier, ...]] = ("low", "medium", "high")

SignerKind = Literal["person", "service"]

_IDENTIFIER = re.compile(IDENTIFIER_PATTERN[:-1] + r"\Z")
_LINE = re.compile(LINE_PATTERN[:-1] + r"\Z")
_TEXT = re.compile(TEXT_PATTERN[:-1] + r"\Z")


def is_identifier(text: str) -> bool:
    """Whether *text* is an identifier."""
    return _IDENTIFIER.match(text) is not None


def is_text(text: str, *, lines: bool) -> bool:
    """Whether *text* has none of the forbidden code points; *lines* admits newline and tab."""
    return (_TEXT if lines else _LINE).match(text) is not None


def covers(pattern: str | None, alias: str | None) -> bool:
    """Whether *pattern* covers *alias*, or all of a narrower pattern; ``None`` is everywhere."""
    if pattern is None:
        return True
    if alias is None:
        return False
    parts = zip(pattern.split("/"), alias.split("/"), strict=True)
    return all(wide in ("*", narrow) for wide, narrow in parts)


def higher(one: Tier, other: Tier) -> Tier:
    """The higher of two tiers."""
    return max(one, other, key=TIERS.index)
