"""What effects are about, digests, keys and spans of time, as tables show them."""

from typing import Final

from ledger.model.effects import Effect
from ledger.model.terms import format_duration
from ledger.seal.keys import parse_public_key

SHORT: Final = 19
"""The characters of a digest that a table shows: ``sha256:`` and twelve digits."""

MINUTE: Final = 60


def ago(seconds: int) -> str:
    """How long something took, in its largest unit."""
    for unit in (86_400, 3_600, 60):
        if seconds >= unit:
            return format_duration(seconds // unit * unit)
    return f"{max(seconds, 0)}s"


def due_words(left: int) -> str:
    """When something is due that has *left* seconds, loudly once that is over."""
    if left > 0:
        return f"due in {ago(left)}"
    return "OVERDUE" if left > -MINUTE else f"OVERDUE by {ago(-left)}"


def short(digest: str) -> str:
    """A digest cut to what a table shows."""
    return digest if len(digest) <= SHORT else digest[:SHORT] + "…"


def key_words(text: str) -> str:
    """A public key as people compare it: its type and its fingerprint."""
    key = parse_public_key(text)
    return f"{key.algorithm} {key.id}"


def about(effect: Effect) -> str:
    """What *effect* is about: the alias of a release, else its own name."""
    return about_words(effect.effect, effect.alias)


def about_words(effect: str, alias: str | None) -> str:
    """What an effect of that name is about: only a release is known by its alias alone."""
    if alias is None:
        return effect
    return alias if effect == "release" else f"{effect} for {alias}"
