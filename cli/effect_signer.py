"""The files of proposals about signers: an enrolment, a change of roles, a rotation."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import Field

from cli.change import raise_first
from cli.effect_written import WrittenEffect, in_order, unknown_roles, unknown_signers
from cli.roster import WrittenSigner
from cli.written_key import WrittenKey, key_of
from cli.written_terms import WrittenEnd, WrittenPattern, end_from
from ledger.decide.context import Standing
from ledger.model.effects import EnrolmentEffect, RolesEffect, RotationEffect
from ledger.model.names import Identifier
from ledger.model.problems import Problem
from ledger.model.toml import validate
from ledger.seal.keys import PublicKey


class WrittenEnrolment(WrittenEffect):
    """``[signer.<id>]``: one person or service, as in a roster."""

    signer: dict[Identifier, WrittenSigner] = Field(min_length=1, max_length=1)


class WrittenRoles(WrittenEffect):
    """Roles to give and to take, on the aliases of a pattern or on all, until an end or without."""

    signer: Identifier
    grant: tuple[Identifier, ...] = ()
    strip: tuple[Identifier, ...] = ()
    aliases: WrittenPattern | None = None
    until: WrittenEnd | None = None


class WrittenRotation(WrittenEffect, WrittenKey):
    """The next key of a signer."""

    signer: Identifier


def read_enrolment(
    data: dict[str, Any], text: str, path: Path, standing: Standing
) -> EnrolmentEffect:
    """The enrolment that *data*, as loaded from *text* at *path*, asks for.

    Raises :class:`BadInput` with file and line: ``enrolled-root``, ``unknown-role``, and what
    :func:`cli.written_key.key_of` finds.
    """
    written = validate(WrittenEnrolment, data, text=text, file=str(path))
    name, one = next(iter(written.signer.items()))
    at = ("signer", name)
    found = [*unknown_roles(standing, one.roles, (*at, "roles"))]
    if one.root:
        said = f"{name} cannot be enrolled as a root signer"
        hint = 'enrol them without it; a proposal with effect = "root" changes the root'
        found.append(Problem("enrolled-root", said, hint, (*at, "root")))
    key = _usable(key_of(name, one, path.parent, at), found, text, path)
    return EnrolmentEffect(
        summary=written.summed_up(f"enrol {name} ({one.kind}) as {_listed(one.roles)}"),
        why=written.why,
        contributors=written.hands,
        signer=name,
        signer_kind=one.kind,
        accountable=one.accountable,
        key=key.text,
        roles=in_order(one.roles),
    )


def read_roles(
    data: dict[str, Any], text: str, path: Path, standing: Standing, now: int
) -> RolesEffect:
    """The change of roles that *data*, as loaded from *text* at *path*, asks for.

    An end that is a span of time is counted from *now*.
    Raises :class:`BadInput` with file and line: ``unknown-signer``, ``unknown-role``,
    ``not-an-instant``, ``not-a-pattern``, ``wrong-value``.
    """
    written = validate(WrittenRoles, data, text=text, file=str(path))
    found = [*unknown_signers(standing, (written.signer,), ("signer",))]
    found += unknown_roles(standing, written.grant, ("grant",))
    if written.until is not None and not written.grant:
        said = "until says when what is granted ends, and nothing is granted"
        found.append(Problem("wrong-value", said, "add grant = […], or take it out", ("until",)))
    raise_first(found, text, path)
    until = None if written.until is None else end_from(written.until, now)
    return RolesEffect(
        summary=written.summed_up(_said_of(written, until)),
        why=written.why,
        contributors=written.hands,
        signer=written.signer,
        grant=in_order(written.grant),
        strip=in_order(written.strip),
        aliases=written.aliases,
        until=until,
    )


def read_rotation(
    data: dict[str, Any], text: str, path: Path, standing: Standing
) -> RotationEffect:
    """The rotation that *data*, as loaded from *text* at *path*, asks for.

    Raises :class:`BadInput` with file and line: ``unknown-signer``, and what
    :func:`cli.written_key.key_of` finds.
    """
    written = validate(WrittenRotation, data, text=text, file=str(path))
    found = [*unknown_signers(standing, (written.signer,), ("signer",))]
    key = _usable(key_of(written.signer, written, path.parent, ()), found, text, path)
    return RotationEffect(
        summary=written.summed_up(another_key(written.signer)),
        why=written.why,
        contributors=written.hands,
        signer=written.signer,
        key=key.text,
    )


def another_key(signer: str) -> str:
    """What a rotation for *signer* is summed up as."""
    return f"another key for {signer}"


def _usable(key: PublicKey | Problem, found: list[Problem], text: str, path: Path) -> PublicKey:
    """*key*, where neither it nor anything else is wrong; raises the first problem."""
    if isinstance(key, Problem):
        raise_first([*found, key], text, path)
        raise key.as_error()
    raise_first(found, text, path)
    return key


def _said_of(written: WrittenRoles, end: str | None) -> str:
    where = "" if written.aliases is None else f" on {written.aliases}"
    until = "" if end is None else f" until {end}"
    parts = []
    if written.grant:
        parts.append(f"grant {_listed(written.grant)} to {written.signer}{where}{until}")
    if written.strip:
        parts.append(f"strip {written.signer} of {_listed(written.strip)}{where}")
    return "; ".join(parts) or f"no change of {written.signer}'s roles"


def _listed(roles: Iterable[str]) -> str:
    return ", ".join(roles) or "nothing yet"
