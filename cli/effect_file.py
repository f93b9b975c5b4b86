"""The file of a proposal: which effect it asks for, and the effect itself.

A release is read by ``change``, an exception by ``effect_exception``, what concerns signers
by ``effect_signer``, what the root decides by ``effect_ledger``, a new policy here: the file
of the proposal names the file of the policy, which is checked with its own lines before
anything is signed.
"""

from pathlib import Path
from typing import Any, Final

from cli.change import load_change, raise_first, release_of
from cli.context import App
from cli.effect_exception import read_exception
from cli.effect_ledger import read_correction, read_disowning, read_lift, read_root
from cli.effect_signer import read_enrolment, read_roles, read_rotation
from cli.effect_written import WrittenEffect
from cli.params import read_text_file
from cli.policy_file import file_problems, lock_outs
from cli.stops import stops_now
from ledger.decide.people import eligible
from ledger.model.effects import EFFECTS, Effect, PolicyDocument, PolicyEffect
from ledger.model.names import Line
from ledger.model.problems import Problem, closest, listed
from ledger.model.toml import validate
from ledger.policy.reading import read_policy

UNDECIDED: Final = frozenset({"too-many-cases"})
"""Problems that only say that a policy is too large to be looked at from every side."""


class WrittenPolicyChange(WrittenEffect):
    """The file of a proposal for a new policy; ``file`` names the policy's own."""

    file: Line


def read_effect(path: Path, app: App) -> Effect:  # noqa: C901, PLR0911 - one for each effect
    """The effect that the file at *path* asks for, on the ledger of *app* where it is about it.

    Raises :class:`BadInput` with file and line: ``wrong-value``, what the
    readers of the effects raise, and every problem of a policy in its own file's lines.
    """
    text, data = load_change(path)
    effect = data.get("effect", EFFECTS[0])
    match effect:
        case "release":
            return release_of(data, text, path)
        case "policy":
            return _policy(data, text, path, app)
        case "enrolment":
            return read_enrolment(data, text, path, app.standing)
        case "roles":
            return read_roles(data, text, path, app.standing, app.now)
        case "rotation":
            return read_rotation(data, text, path, app.standing)
        case "exception":
            return read_exception(data, text, path, app)
        case "lift":
            return read_lift(data, text, path, lambda: stops_now(app))
        case "root":
            return read_root(data, text, path, app.standing)
        case "disown":
            return read_disowning(data, text, path, app.standing)
        case "clock":
            return read_correction(data, text, path)
        case _:
            problem = _unknown(effect)
            raise_first([problem], text, path)
            raise problem.as_error()


def _unknown(effect: object) -> Problem:
    known = listed(EFFECTS)
    meant = closest(effect, EFFECTS) if isinstance(effect, str) else None
    message = f"effect: expected one of {known}, found {effect!r}"
    hint = f"did you mean {meant}?" if meant else f"known are {known}"
    return Problem("wrong-value", message, hint, ("effect",))


def _policy(data: dict[str, Any], text: str, path: Path, app: App) -> PolicyEffect:
    """The new policy, once its text has nothing wrong and the people here could live with it."""
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
    people, services = eligible(app.standing)
    _raise_of_policy(lock_outs(policy, people, source, str(file), services=services))
    return PolicyEffect(
        summary=written.summary or f"policy {policy.number} of {policy.name}",
        why=written.why,
        contributors=written.hands,
        policy=PolicyDocument(text=source, canonical=policy.canonical()),
    )


def _raise_of_policy(found: list[Problem]) -> None:
    if found:
        raise found[0].as_error()
