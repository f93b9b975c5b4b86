"""The file of a proposal: which effect it asks for, and the effect itself.

A release is read by ``change``, a new policy here: the file of the proposal names the
file of the policy, which is checked with its own lines before anything is signed.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal

from cli.change import load_change, raise_first, release_of
from cli.params import read_text_file
from cli.policy_file import People, file_problems, lock_outs
from ledger.model.effects import Effect, PolicyDocument, PolicyEffect
from ledger.model.frozen import Frozen
from ledger.model.names import Identifier, Line, Text
from ledger.model.problems import Problem, closest
from ledger.model.toml import validate
from ledger.policy.reading import read_policy

EFFECTS: Final = ("release", "policy")
"""The effects that this version carries out."""

LATER: Final = frozenset(
    {"enrolment", "roles", "exception", "lift", "rotation", "root", "disown", "clock"}
)
"""Effects that the design names and this version does not carry out."""

UNDECIDED: Final = frozenset({"too-many-cases"})
"""Problems that only say that a policy is too large to be looked at from every side."""


class WrittenPolicyChange(Frozen):
    """The file of a proposal for a new policy; ``file`` names the policy's own."""

    effect: Literal["policy"]
    file: Line
    summary: Line | None = None
    why: Text | None = None
    contributors: tuple[Identifier, ...] = ()


def read_effect(path: Path, people: Callable[[], People]) -> Effect:
    """The effect that the file at *path* asks for; *people* are those it would govern.

    Raises :class:`BadInput` with file and line: what :func:`cli.change.load_change` and
    :func:`cli.change.release_of` raise, ``unsupported-effect``, ``wrong-value``,
    ``no-such-file``, and every problem of a policy, in the lines of the policy's own file.
    """
    text, data = load_change(path)
    effect = data.get("effect", EFFECTS[0])
    if effect == "policy":
        return _policy(data, text, path, people)
    if effect not in EFFECTS:
        raise_first([_unknown(effect)], text, path)
    return release_of(data, text, path)


def _unknown(effect: object) -> Problem:
    known = " and ".join(EFFECTS)
    if isinstance(effect, str) and effect in LATER:
        message = f"this version does not carry out proposals for {effect}"
        return Problem("unsupported-effect", message, f"it knows {known}", ("effect",))
    meant = closest(effect, EFFECTS) if isinstance(effect, str) else None
    message = f"effect: expected one of {known}, found {effect!r}"
    hint = f"did you mean {meant}?" if meant else f"known are {known}"
    return Problem("wrong-value", message, hint, ("effect",))


def _policy(
    data: dict[str, Any], text: str, path: Path, people: Callable[[], People]
) -> PolicyEffect:
    """The new policy, once its text has nothing wrong and *people* could live with it."""
    written = validate(WrittenPolicyChange, data, text=text, file=str(path))
    file = path.parent / written.file
    if not file.is_file():
        message = f"there is no file {written.file}"
        hint = f"it is looked for beside {path.name}"
        raise_first([Problem("no-such-file", message, hint, ("file",))], text, path)
    source = read_text_file(file)
    found = file_problems(source, str(file))
    _raise_of_policy([one for one in found if one.code not in UNDECIDED])
    policy = read_policy(source, file=str(file))
    _raise_of_policy(lock_outs(policy, people(), source, str(file)))
    return PolicyEffect(
        summary=written.summary or f"policy {policy.number} of {policy.name}",
        why=written.why,
        contributors=tuple(sorted(set(written.contributors))),
        policy=PolicyDocument(text=source, canonical=policy.canonical()),
    )


def _raise_of_policy(found: list[Problem]) -> None:
    if found:
        raise found[0].as_error()
