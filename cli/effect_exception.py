"""The file of a proposal for an exception: what is waived of which release, by whom, until when."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from cli.asked import proposal_named
from cli.change import raise_first
from cli.context import App
from cli.effect_written import WrittenEffect, in_order, unknown_signers
from cli.written_terms import WrittenEnd, end_from
from ledger.decide.context import Standing
from ledger.decide.states import ProposalState
from ledger.errors import BadInput
from ledger.model.effects import CONTROLS, WAIVED, ExceptionEffect, Incident
from ledger.model.names import Alias, Identifier, Line, Number, Reason
from ledger.model.problems import Problem, closest
from ledger.model.toml import validate
from ledger.policy.case import require_release


def _one_text(value: object) -> object:
    """One text as the list that it stands for."""
    return (value,) if isinstance(value, str) else value


def _as_text(value: object) -> object:
    """A number as people write it without quotes."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class WrittenException(WrittenEffect):
    """What is waived of the release ``proposal``; its alias and revision may be left out."""

    proposal: Annotated[Line, BeforeValidator(_as_text)]
    revision: Number | None = None
    alias: Alias | None = None
    waives: tuple[Identifier, ...] = Field(min_length=1, max_length=WAIVED)
    owner: Identifier
    incident: Incident
    controls: Annotated[tuple[Reason, ...], BeforeValidator(_one_text)] = Field(
        max_length=CONTROLS, default=()
    )
    until: WrittenEnd


def read_exception(data: dict[str, Any], text: str, path: Path, app: App) -> ExceptionEffect:
    """The exception that *data*, as loaded from *text* at *path*, asks for.

    The proposal is meant at its present revision, where the file names none; an end that is
    a span of time is counted from now.
    Raises :class:`BadInput` with file and line: ``unknown-proposal``, ``ambiguous-proposal``,
    ``unknown-requirement``, ``unknown-signer``, ``not-an-instant``; :class:`Refused`
    (``not-a-release``).
    """
    written = validate(WrittenException, data, text=text, file=str(path))
    state = _proposal(app, written.proposal)
    found = [state] if isinstance(state, Problem) else []
    found += _unknown(app.standing, written.waives)
    found += unknown_signers(app.standing, (written.owner,), ("owner",))
    raise_first(found, text, path)
    if isinstance(state, Problem):
        raise state.as_error()
    release = require_release(state.effect, state.number)
    waives = in_order(written.waives)
    until = end_from(written.until, app.now)
    said = f"waive {', '.join(waives)} of #{state.number} until {until}"
    return ExceptionEffect(
        release=state.id,
        revision=state.revision if written.revision is None else written.revision,
        alias=written.alias or release.alias,
        waives=waives,
        owner=written.owner,
        incident=written.incident,
        controls=written.controls,
        until=until,
        summary=written.summed_up(said),
        why=written.why,
        contributors=written.hands,
    )


def _proposal(app: App, named: str) -> ProposalState | Problem:
    try:
        return proposal_named(app, named)
    except BadInput as error:
        return Problem(error.code, error.message, error.hint, ("proposal",))


def _unknown(standing: Standing, names: tuple[str, ...]) -> list[Problem]:
    """A problem for each of *names* that is no requirement of the policy in force."""
    policy = standing.policy()
    known = [one.id for one in policy.requirements]
    found = []
    for place, name in enumerate(names):
        if name not in known:
            meant = closest(name, known)
            hint = f"did you mean {meant}?" if meant else f"it has: {', '.join(known)}"
            said = f"policy {policy.number} has no requirement {name}"
            found.append(Problem("unknown-requirement", said, hint, ("waives", place)))
    return found
