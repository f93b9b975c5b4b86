"""The tree of a condition: one frozen value for each form of the grammar.

``at`` is everywhere the first character of the form, counted from 1, for messages.
"""

from dataclasses import dataclass
from typing import Literal

from ledger.model.names import Tier


@dataclass(frozen=True, slots=True)
class Constant:
    """``true`` or ``false``."""

    value: bool
    at: int


@dataclass(frozen=True, slots=True)
class Word:
    """A word in quotes."""

    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Level:
    """``LOW``, ``MEDIUM`` or ``HIGH``."""

    tier: Tier
    at: int


@dataclass(frozen=True, slots=True)
class Name:
    """A fact, or the variable of a macro."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Words:
    """A list of words in quotes."""

    items: tuple[Word, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Not:
    """A negation."""

    operand: "Node"
    at: int


@dataclass(frozen=True, slots=True)
class Every:
    """All parts of a chain of ``&&``: flat, so that a long chain is not a deep tree."""

    parts: "tuple[Node, ...]"
    at: int


@dataclass(frozen=True, slots=True)
class Some:
    """Any part of a chain of ``||``."""

    parts: "tuple[Node, ...]"
    at: int


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison of two sides."""

    operator: str
    left: "Node"
    right: "Node"
    at: int


@dataclass(frozen=True, slots=True)
class Member:
    """Whether a word is in a list."""

    item: "Node"
    of: "Node"
    at: int


@dataclass(frozen=True, slots=True)
class Quantified:
    """Whether ``body`` holds for some or for all words of a list, each bound to ``variable``."""

    macro: Literal["exists", "all"]
    over: "Node"
    variable: str
    body: "Node"
    at: int


Node = Constant | Word | Level | Name | Words | Not | Every | Some | Compare | Member | Quantified
"""Any form of the grammar."""
