"""The roles of signers as people read them: where each holds, until when, and whose it is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from ledger.decide.context import Standing
from ledger.decide.roles import roles_held
from ledger.decide.signer_states import Delegation, Grant, SignerState
from ledger.model.terms import format_instant

EVERYWHERE: Final = "*/*"
"""The pattern of all aliases; what is held without a pattern is held of the ledger itself too."""


@dataclass(frozen=True, slots=True)
class Held:
    """A role on the aliases of a pattern, until an end; ``lent_by`` says whose it is, if lent."""

    role: str
    aliases: str | None
    until: int | None
    lent_by: str | None = None

    @property
    def where(self) -> str:
        """The aliases on which it holds."""
        return "all aliases" if self.aliases is None else self.aliases

    @property
    def end(self) -> str:
        """When it ends."""
        return "-" if self.until is None else format_instant(self.until)

    def text(self) -> str:
        """The role in a list of roles."""
        on = "" if self.aliases is None else f" on {self.aliases}"
        until = "" if self.until is None else f" until {format_instant(self.until)}"
        lent = "" if self.lent_by is None else f" (lent by {self.lent_by})"
        return f"{self.role}{on}{until}{lent}"

    def body(self) -> dict[str, object]:
        """The role for programs."""
        return {
            "role": self.role,
            "aliases": self.aliases,
            "until": None if self.until is None else format_instant(self.until),
            "lent_by": self.lent_by,
        }


def roles_of(standing: Standing, signer: SignerState, at: int) -> list[Held]:
    """What *signer* holds at the time *at*: what was granted, then what is lent."""
    lent = {held for one in signer.delegations for held in lent_roles(standing, signer, one, at)}
    return [*in_order(own_roles(signer, at)), *in_order(lent)]


def own_roles(signer: SignerState, at: int) -> Iterator[Held]:
    """What was granted to *signer* and holds at the time *at*."""
    return _held(grant for grant in signer.grants if grant.is_live(grant.aliases or EVERYWHERE, at))


def roles_before(signer: SignerState, position: int, at: int) -> list[Held]:
    """What was granted to *signer* by entries before *position*, and held there and at *at*."""
    found = (g for g in signer.grants if g.since < position)
    return in_order(_held(g for g in found if _lasts(g, position, at)))


def roles_after(signer: SignerState, position: int, at: int) -> list[Held]:
    """What was granted to *signer* up to *position*, and held behind it and at *at*."""
    found = (g for g in signer.grants if g.since <= position)
    return in_order(_held(g for g in found if _lasts(g, position + 1, at)))


def in_order(held: Iterable[Held]) -> list[Held]:
    """*held* by role, pattern and end."""
    return sorted(held, key=lambda one: (one.role, one.aliases or "", one.until or 0))


def _lasts(grant: Grant, position: int, at: int) -> bool:
    over = grant.ended_at is not None and grant.ended_at < position
    return not over and (grant.until is None or at < grant.until)


def _held(grants: Iterable[Grant]) -> Iterator[Held]:
    return (Held(grant.role, grant.aliases, grant.until) for grant in grants)


def lent_roles(
    standing: Standing, signer: SignerState, lent: Delegation, at: int
) -> Iterator[Held]:
    """What *lent* lends *signer* at the time *at*: where the lender holds it, and so long.

    The rules are asked for it by itself, on each of the lender's patterns.
    """
    alone = replace(signer, root=False, grants=(), delegations=(lent,))
    lender = standing.signer(lent.by)
    for held in () if lender is None else own_roles(lender, at):
        met = _meet(lent.aliases or EVERYWHERE, held.aliases or EVERYWHERE)
        where = None if (lent.aliases, held.aliases) == (None, None) else met
        if met is not None and held.role in roles_held(standing, alone, where, at):
            until = lent.until if held.until is None else min(lent.until, held.until)
            yield Held(held.role, where, until, lent.by)


def _meet(one: str, other: str) -> str | None:
    """The pattern of what both patterns cover; ``None`` where that is nothing."""
    pairs = list(zip(one.split("/"), other.split("/"), strict=True))
    if any("*" not in pair and pair[0] != pair[1] for pair in pairs):
        return None
    return "/".join(narrow if wide == "*" else wide for wide, narrow in pairs)
