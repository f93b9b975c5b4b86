"""``roster.toml``: who signs in a new ledger, as people write it, and the members it becomes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from cli.params import read_text_file
from cli.written_key import WrittenKey, key_of
from ledger.model.events import RosterMember
from ledger.model.frozen import Frozen
from ledger.model.names import Identifier, SignerKind
from ledger.model.problems import Problem, closest, listed
from ledger.model.toml import load_toml, placed, validate
from ledger.policy.document import Policy
from ledger.seal.keys import PublicKey


class WrittenSigner(WrittenKey):
    """``[signer.<id>]``: one person or service, and the public key they will sign with."""

    kind: SignerKind
    accountable: Identifier | None = None
    roles: tuple[Identifier, ...] = ()
    root: bool = False


class WrittenRoster(Frozen):
    """The whole file."""

    ledger: Identifier
    root_threshold: Annotated[int, Field(ge=1, le=200)]
    rehearsal: bool = False
    solo: bool = False
    signer: dict[Identifier, WrittenSigner] = Field(min_length=1, max_length=200)


@dataclass(frozen=True, slots=True)
class Roster:
    """A ledger's name, its root and its members, with the text they were read from."""

    name: str
    root_threshold: int
    rehearsal: bool
    solo: bool
    members: tuple[RosterMember, ...]
    text: str
    file: str

    def require_roles(self, policy: Policy) -> None:
        """Raise :class:`BadInput` (``unknown-role``) for a role that *policy* does not define."""
        known = [role.name for role in policy.roles]
        found = [
            Problem(
                "unknown-role",
                f"{member.signer} holds the role {role}, which the policy does not define",
                f"did you mean {meant}?" if (meant := closest(role, known)) else listed(known),
                ("signer", member.signer, "roles"),
            )
            for member in self.members
            for role in member.roles
            if role not in known
        ]
        _raise_first(found, self.text, self.file)


def read_roster(path: Path) -> Roster:
    """The roster in the file at *path*; key files are looked for beside it.

    Raises :class:`BadInput` with file and line: what :func:`ledger.model.toml.load_toml` and
    :func:`ledger.model.toml.validate` raise, ``key-or-file``, ``key-twice``,
    ``no-accountable``, ``role-twice`` and the codes of unusable keys, a private one first of all.
    """
    text, file = read_text_file(path), str(path)
    written = validate(WrittenRoster, load_toml(text, file=file), text=text, file=file)
    keys: dict[str, PublicKey] = {}
    found = list(_key_problems(written.signer, path.parent, keys))
    found.extend(_member_problems(written.signer))
    _raise_first(found, text, file)
    members = tuple(_member(name, one, keys[name]) for name, one in written.signer.items())
    return Roster(
        name=written.ledger,
        root_threshold=written.root_threshold,
        rehearsal=written.rehearsal,
        solo=written.solo,
        members=members,
        text=text,
        file=file,
    )


def _key_problems(
    signers: Mapping[str, WrittenSigner], folder: Path, keys: dict[str, PublicKey]
) -> Iterator[Problem]:
    """What is wrong with the keys; those that can be used are put into *keys*."""
    holders: dict[str, str] = {}
    for name, one in signers.items():
        key = key_of(name, one, folder, ("signer", name))
        if isinstance(key, Problem):
            yield key
            continue
        if key.id in holders:
            said = f"{name} and {holders[key.id]} have the same key {key.id}"
            hint = "each signer has a key of their own"
            field = "key" if one.key_file is None else "key_file"
            yield Problem("key-twice", said, hint, ("signer", name, field))
        holders[key.id] = name
        keys[name] = key


def _member_problems(signers: Mapping[str, WrittenSigner]) -> Iterator[Problem]:
    people = [name for name, one in signers.items() if one.kind == "person"]
    for name, one in signers.items():
        if one.kind == "service" and one.accountable not in people:
            yield Problem(
                "no-accountable",
                f"the service {name} needs accountable, a person of this roster",
                f"one of: {listed(people)}",
                ("signer", name, *(("accountable",) if one.accountable else ())),
            )
        if len(set(one.roles)) < len(one.roles):
            said = f"{name} is given a role twice"
            yield Problem("role-twice", said, "name it once", ("signer", name, "roles"))


def _member(name: str, one: WrittenSigner, key: PublicKey) -> RosterMember:
    return RosterMember(
        signer=name,
        signer_kind=one.kind,
        accountable=one.accountable,
        key=key.text,
        roles=tuple(sorted(one.roles)),
        root=one.root,
    )


def _raise_first(found: list[Problem], text: str, file: str) -> None:
    if found:
        raise placed(found, text=text, file=file)[0].as_error()
