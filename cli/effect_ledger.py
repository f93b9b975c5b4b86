"""The files of proposals that the root decides, or may: a lift, the root, keys, the clock."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from cli.change import raise_first
from cli.effect_written import WrittenEffect, in_order, unknown_signers
from cli.stops import Stop, Stops, stop_named
from cli.targets import is_target
from cli.written_terms import WrittenInstant
from ledger.decide.context import Standing
from ledger.decide.signer_states import SignerState
from ledger.errors import BadInput
from ledger.model.effects import (
    ROSTER,
    STOPS,
    ClockEffect,
    DisownEffect,
    LiftEffect,
    RootEffect,
)
from ledger.model.names import Identifier, Line, Number, Position
from ledger.model.problems import Problem
from ledger.model.toml import validate


class WrittenLift(WrittenEffect):
    """The stops to lift, by their ids, or all that hold of a target such as ``signer/bob``."""

    stops: tuple[Line, ...] = Field(min_length=1, max_length=STOPS)


class WrittenRoot(WrittenEffect):
    """The root signers as they shall be, and how many of them must agree."""

    signers: tuple[Identifier, ...] = Field(min_length=1, max_length=ROSTER)
    threshold: Number


class WrittenDisowning(WrittenEffect):
    """Keys of one signer, by their fingerprints, and the last position at which they were good.

    Where only the signer is named, all keys that they ever accepted.
    """

    signer: Identifier | None = None
    keys: tuple[Line, ...] = Field(min_length=1, max_length=ROSTER, default=())
    after: Position


class WrittenCorrection(WrittenEffect):
    """The entry that took ledger time ahead, and what ledger time shall be."""

    position: Position
    at: WrittenInstant


def read_lift(data: dict[str, Any], text: str, path: Path, stops: Stops) -> LiftEffect:
    """The lift that *data*, as loaded from *text* at *path*, asks for; *stops* are all there were.

    Raises :class:`BadInput` with file and line: ``unknown-stop``, ``ambiguous-stop``.
    """
    written = validate(WrittenLift, data, text=text, file=str(path))
    known = stops()
    found = [one for at, said in enumerate(written.stops) for one in _stops(said, known, at)]
    raise_first([one for one in found if isinstance(one, Problem)], text, path)
    named = {one.id: one for one in found if isinstance(one, Stop)}.values()
    targets = ", ".join(in_order(one.target for one in named))
    return LiftEffect(
        summary=written.summed_up(f"lift {_counted(len(named), 'stop')} of {targets}"),
        why=written.why,
        contributors=written.hands,
        stops=in_order(one.id for one in named),
    )


def read_root(data: dict[str, Any], text: str, path: Path, standing: Standing) -> RootEffect:
    """The root that *data*, as loaded from *text* at *path*, asks for.

    Raises :class:`BadInput` with file and line: ``unknown-signer``.
    """
    written = validate(WrittenRoot, data, text=text, file=str(path))
    raise_first([*unknown_signers(standing, written.signers, ("signers",))], text, path)
    signers = in_order(written.signers)
    named = f"{written.threshold} of {len(signers)}: {', '.join(signers)}"
    return RootEffect(
        summary=written.summed_up(f"a root of {named}"),
        why=written.why,
        contributors=written.hands,
        signers=signers,
        threshold=written.threshold,
    )


def read_disowning(data: dict[str, Any], text: str, path: Path, standing: Standing) -> DisownEffect:
    """The disowning that *data*, as loaded from *text* at *path*, asks for.

    Raises :class:`BadInput` with file and line: ``unknown-signer``, ``unknown-key``,
    ``keys-of-several``, ``missing-key``.
    """
    written = validate(WrittenDisowning, data, text=text, file=str(path))
    owner = _owner(written, standing)
    if isinstance(owner, Problem):
        raise_first([owner], text, path)
        raise owner.as_error()
    accepted = (key.id for key in owner.accepted_keys)
    keys = in_order(written.keys or accepted)
    said = f"disown {_counted(len(keys), 'key')} of {owner.id} after position {written.after}"
    return DisownEffect(
        summary=written.summed_up(said),
        why=written.why,
        contributors=written.hands,
        signer=owner.id,
        keys=keys,
        after=written.after,
    )


def read_correction(data: dict[str, Any], text: str, path: Path) -> ClockEffect:
    """The correction of ledger time that *data*, as loaded from *text* at *path*, asks for.

    Raises :class:`BadInput` with file and line: ``not-an-instant``.
    """
    written = validate(WrittenCorrection, data, text=text, file=str(path))
    return ClockEffect(
        summary=written.summed_up(
            f"set ledger time to {written.at}, as entry {written.position} ran ahead"
        ),
        why=written.why,
        contributors=written.hands,
        position=written.position,
        at=written.at,
    )


def _stops(text: str, known: Sequence[Stop], place: int) -> list[Stop] | list[Problem]:
    """The stop of the id *text*, or those of the target *text* that hold."""
    if "/" in text or is_target(text):
        held = [one for one in known if one.target == text and one.holds]
        said, hint = f"no stop of {text} holds", "assent override list shows those that do"
        return held or [Problem("unknown-stop", said, hint, ("stops", place))]
    try:
        return [stop_named(text, known)]
    except BadInput as error:
        return [Problem(error.code, error.message, error.hint, ("stops", place))]


def _owner(written: WrittenDisowning, standing: Standing) -> SignerState | Problem:
    """Whose keys are to be disowned; a problem where that is nobody, or more than one."""
    owner = None
    if written.signer is not None:
        owner = standing.signer(written.signer)
        if owner is None or all(key.accepted_at is None for key in owner.keys):
            unknown = unknown_signers(standing, (written.signer,), ("signer",))
            said = f"{written.signer} never accepted a key"
            return next(unknown, Problem("unknown-key", said, None, ("signer",)))
    for place, key in enumerate(written.keys):
        whose = standing.owner_of(key)
        if whose is None:
            hint = "write the fingerprint, SHA256:…, as assent signer show prints it"
            return Problem("unknown-key", f"no signer has the key {key}", hint, ("keys", place))
        if whose.id != (owner or whose).id:
            said = f"{key} is a key of {whose.id}'s, not of {(owner or whose).id}'s"
            hint = "each signer whose keys are disowned takes a proposal"
            return Problem("keys-of-several", said, hint, ("keys", place))
        owner = whose
    if owner is None:
        return Problem("missing-key", "the file lacks the key 'keys'", 'add keys = ["SHA256:…"]')
    return owner


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
