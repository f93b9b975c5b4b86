"""A policy with one thing wrong, and what is said about it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Broken:
    """A change to a good policy, and the line, code, message and mend of what is said of it."""

    old: str
    new: str
    line: int
    code: str
    message: str
    mend: str
