"""``change.toml``: a change request as people write it, and the release effect it becomes.

What asks for another effect is read by ``effect_file``.
"""

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import Field

from cli.params import read_text_file
from ledger.model.effects import FactDeclared, Link, ReleaseEffect, Rollback, Rollout
from ledger.model.frozen import Frozen
from ledger.model.names import Alias, Component, Digest, Identifier, Line, Name, Text, Tier
from ledger.model.problems import Path as Place
from ledger.model.problems import Problem
from ledger.model.stack import WORDS, Stack, StackComponent
from ledger.model.toml import load_toml, placed, validate
from ledger.policy.written import Duration
from ledger.store.blobs import digest_of


class WrittenComponent(Frozen):
    """``[stack.<component>]``: its version, and its digest or the file to compute it from."""

    version: Name
    file: Line | None = None
    digest: Digest | None = None


class WrittenRollout(Frozen):
    """``[rollout]``."""

    plan: Text | None = None


class WrittenRollback(Frozen):
    """``[rollback]``."""

    plan: Text | None = None
    trigger: Text | None = None
    owner: Identifier | None = None
    within: Duration | None = None


class WrittenReasons(Frozen):
    """What a change says of itself beside its stack; what it may lack the policy says."""

    why: Text | None = None
    scope: Text | None = None
    impact: Text | None = None
    risk: Tier | None = None
    risk_rationale: Text | None = None
    declares: dict[Identifier, bool] = Field(default_factory=dict)
    mutations: tuple[Name, ...] = Field(max_length=WORDS, default=())
    known_risks: tuple[Text, ...] = ()
    benefits: tuple[Text, ...] = ()
    channels: tuple[Name, ...] = Field(max_length=WORDS, default=())
    contributors: tuple[Identifier, ...] = ()
    owner: Identifier | None = None
    on_call: Identifier | None = None
    rollout: WrittenRollout = WrittenRollout()
    rollback: WrittenRollback = WrittenRollback()
    links: dict[Identifier, Line] = Field(default_factory=dict)


class WrittenChange(WrittenReasons):
    """The whole file; what is not named is unset."""

    effect: Name = "release"
    alias: Alias
    summary: Line
    permissions: tuple[Identifier, ...] = Field(max_length=WORDS, default=())
    stack: dict[Component, WrittenComponent] = Field(min_length=1)


class WrittenStack(Frozen):
    """The part of the file that names a stack; the rest is not looked at."""

    permissions: tuple[Identifier, ...] = Field(max_length=WORDS, default=())
    stack: dict[Component, WrittenComponent] = Field(min_length=1)


def read_change(path: Path) -> ReleaseEffect:
    """The release that the file at *path* asks for; digests are computed from the files it names.

    Raises :class:`BadInput` with file and line, as :func:`load_change` and :func:`release_of`.
    """
    text, data = load_change(path)
    return release_of(data, text, path)


def release_of(data: dict[str, Any], text: str, path: Path) -> ReleaseEffect:
    """The release that *data*, as loaded from *text* at *path*, asks for.

    Raises :class:`BadInput` with file and line: what :func:`ledger.model.toml.validate` raises,
    ``digest-or-file``, ``no-such-file``, ``digest-mismatch``.
    """
    _require_release(data, text, path)
    written = validate(WrittenChange, data, text=text, file=str(path))
    return ReleaseEffect(
        alias=written.alias,
        summary=written.summary,
        why=written.why,
        scope=written.scope,
        impact=written.impact,
        risk=written.risk,
        risk_rationale=written.risk_rationale,
        declares=tuple(FactDeclared(fact=f, value=v) for f, v in sorted(written.declares.items())),
        mutations=_as_set(written.mutations),
        known_risks=written.known_risks,
        benefits=written.benefits,
        channels=_as_set(written.channels),
        contributors=_as_set(written.contributors),
        owner=written.owner,
        on_call=written.on_call,
        rollout=Rollout(plan=written.rollout.plan),
        rollback=Rollback(
            plan=written.rollback.plan,
            trigger=written.rollback.trigger,
            owner=written.rollback.owner,
            within=written.rollback.within,
        ),
        links=tuple(Link(name=n, target=t) for n, t in sorted(written.links.items())),
        stack=_stack(written.stack, written.permissions, text, path),
    )


def read_stack(path: Path) -> Stack:
    """The stack that the file at *path* names: a change request, or only its stack.

    Raises as :func:`read_change`.
    """
    text, data = load_change(path)
    _require_release(data, text, path)
    if "alias" in data or "summary" in data:
        whole = validate(WrittenChange, data, text=text, file=str(path))
        return _stack(whole.stack, whole.permissions, text, path)
    written = validate(WrittenStack, data, text=text, file=str(path))
    return _stack(written.stack, written.permissions, text, path)


def load_change(path: Path) -> tuple[str, dict[str, Any]]:
    """The text of the file at *path*, and what it holds as plain values.

    Raises :class:`BadInput` with file and line: what :func:`cli.params.read_text_file` and
    :func:`ledger.model.toml.load_toml` raise, ``not-nfc``.
    """
    text = read_text_file(path)
    data = load_toml(text, file=str(path))
    raise_first(list(decomposed(data, ())), text, path)
    return text, data


def _require_release(data: dict[str, Any], text: str, path: Path) -> None:
    effect = data.get("effect", "release")
    if effect != "release":
        message = f"effect: expected 'release', found {effect!r}"
        hint = 'write effect = "release"; other effects bring no stack'
        raise_first([Problem("wrong-value", message, hint, ("effect",))], text, path)


def _stack(
    parts: dict[Component, WrittenComponent], permissions: tuple[str, ...], text: str, path: Path
) -> Stack:
    components: list[StackComponent] = []
    for name, part in sorted(parts.items()):
        digest = _digest(name, part, text, path)
        components.append(StackComponent(component=name, version=part.version, digest=digest))
    return Stack(components=tuple(components), permissions=_as_set(permissions))


def _digest(name: str, part: WrittenComponent, text: str, path: Path) -> str:
    """The component's digest: computed where a file is named, and compared where both are."""
    at: Place = ("stack", name)
    if part.file is None:
        if part.digest is None:
            message = f"stack.{name} has neither a file nor a digest"
            hint = 'add file = "…" to have it computed, or digest = "sha256:…"'
            raise_first([Problem("digest-or-file", message, hint, at)], text, path)
        return part.digest or ""
    file = path.parent / part.file
    if not file.is_file():
        message = f"stack.{name}: there is no file {part.file}"
        hint = f"it is looked for beside {path.name}"
        raise_first([Problem("no-such-file", message, hint, (*at, "file"))], text, path)
    found = digest_of(file)
    if part.digest not in (None, found):
        message = f"stack.{name}: {part.file} has the digest {found}, not the one named here"
        hint = "correct the digest, or the file"
        raise_first([Problem("digest-mismatch", message, hint, (*at, "digest"))], text, path)
    return found


def _as_set(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(words)))


def decomposed(value: Any, at: Place) -> Iterator[Problem]:
    """A problem for each text that is not in Unicode normal form C."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from decomposed(key, (*at, key))
            yield from decomposed(item, (*at, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from decomposed(item, (*at, index))
    elif isinstance(value, str) and not unicodedata.is_normalized("NFC", value):
        where = ".".join(str(step) for step in at)
        message = f"{where} is not in Unicode normal form C"
        yield Problem("not-nfc", message, "save the file with composed letters (NFC)", at)


def raise_first(problems: list[Problem], text: str, path: Path) -> None:
    """Raise the first of *problems* in the order of lines, if there is one."""
    if problems:
        raise placed(problems, text=text, file=str(path))[0].as_error()
