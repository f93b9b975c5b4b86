"""The stack: everything that is released together, and how two stacks differ."""

from functools import cached_property
from hashlib import sha256
from typing import Final

from pydantic import Field, field_validator

from ledger.model.frozen import Frozen, Sorted, canonical_bytes
from ledger.model.names import Component, Digest, Identifier, Name

UNTOUCHED: Final[frozenset[str]] = frozenset({"evaluation-report"})
"""Components that belong to a stack but are never counted as touched."""


WORDS: Final = 200
"""The most words of a list that conditions look through: judging takes time for each."""


class StackComponent(Frozen):
    """One part of a stack, in one version, with the digest of its file."""

    component: Component
    version: Name
    digest: Digest


class ComponentDigest(Frozen):
    """A component as evidence names its subject: by its digest alone."""

    component: Component
    digest: Digest


class Stack(Frozen):
    """The whole decision stack: components in the order of their names, and all permissions."""

    components: tuple[StackComponent, ...] = Field(min_length=1)
    permissions: Sorted[Identifier] = Field(max_length=WORDS)

    @field_validator("components")
    @classmethod
    def _in_order(cls, parts: tuple[StackComponent, ...]) -> tuple[StackComponent, ...]:
        names = [part.component for part in parts]
        if names != sorted(set(names)):
            raise ValueError("components must be sorted by name, each only once")
        return parts

    @cached_property
    def digest(self) -> str:
        """``sha256:`` over the canonical JSON of the stack."""
        return "sha256:" + sha256(canonical_bytes(self)).hexdigest()

    def digests(self) -> dict[str, str]:
        """The digest of each component, by its name."""
        return {part.component: part.digest for part in self.components}


def touched(new: Stack, old: Stack | None) -> tuple[str, ...]:
    """The components in which *new* differs from *old*; all of them where there is no *old*.

    A component that was taken out is touched as well.
    """
    before = {} if old is None else old.digests()
    after = new.digests()
    names = before.keys() | after.keys()
    return tuple(sorted(n for n in names if before.get(n) != after.get(n) and n not in UNTOUCHED))
