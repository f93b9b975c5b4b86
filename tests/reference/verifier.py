"""A second verifier of a log, written from docs/reference/format.md and events.md alone.

It imports nothing of the project: the standard library and the real ``ssh-keygen`` are all it has. It judges the format
(bytes, signature, place, stream, ``seen``, time, authority) and reads the fields of every kind from the tables of the
events page. What the verbs refuse it is told, because those rules are not part of the format.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import tempfile
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

NAMESPACE = b"entry.v1@assent"
LONGEST_ENVELOPE = 65_535
DEEPEST = 16
LARGEST = 2**53 - 1
FURTHEST_BEHIND = 4_096
TOLERANCE = 300
KEY = re.compile(r"[a-z0-9][a-z0-9_.-]*")


class Fault(Exception):
    """An entry broke the rule this is named after."""


@dataclass(frozen=True)
class Judged:
    """What the verifier has to say about one position: ``rule`` is None for an admitted entry."""

    position: int
    placed: bool
    rule: str | None


@dataclass(frozen=True)
class Verified:
    """The judgements in order, and the size and root (lower-case hexadecimal) of the log they are about."""

    judged: tuple[Judged, ...]
    size: int
    root: str


# -- tree (RFC 6962, section 2.1) ------------------------------------------------------------------


def leaf_hash(envelope: bytes) -> bytes:
    """The hash of *envelope* as a leaf."""
    return hashlib.sha256(b"\x00" + envelope).digest()


class Tree:
    """A tree that only grows: the roots of its full subtrees, largest first."""

    def __init__(self) -> None:
        self.size = 0
        self.frontier: list[bytes] = []

    def grow(self, leaf: bytes) -> None:
        """Add one leaf hash, merging full subtrees of equal size."""
        merges = self.size
        while merges & 1:
            leaf = hashlib.sha256(b"\x01" + self.frontier.pop() + leaf).digest()
            merges >>= 1
        self.frontier.append(leaf)
        self.size += 1

    def root(self) -> str:
        """The root of all leaves so far."""
        if not self.frontier:
            return hashlib.sha256(b"").hexdigest()
        *rest, root = self.frontier
        for left in reversed(rest):
            root = hashlib.sha256(b"\x01" + left + root).digest()
        return root.hex()
