"""``assent policy simulate``: the past under a draft, summary first, then what changed and why."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from textwrap import wrap
from typing import Final

import click

from cli.context import App, make_app
from cli.options import Options, reading_as_of
from cli.output import emit_json, note, safe
from cli.params import FILE, read_text_file
from cli.policy_file import file_problems, lock_outs
from cli.progress import shown
from cli.sections import Section, show_sections
from ledger.audit.simulated import CHANGES, Decision, Load, Outcome, Simulation, Spread
from ledger.audit.simulation import simulate as replay
from ledger.decide.context import Standing
from ledger.decide.people import eligible
from ledger.errors import Unproven
from ledger.model.problems import Problem
from ledger.model.terms import format_instant
from ledger.policy.document import Policy
from ledger.policy.reading import read_policy
from ledger.seal.envelope import Examined
from ledger.seal.merkle import root

WIDTH: Final = 76
"""The columns of a line of reasons, indent not counted."""

_HAPPENED: Final = {
    "held-back": "released, and would have been held back",
    "let-through": "was never ready, and would have been",
    "not-ready": "was ready though not released, and would not have been",
}
_SUMMED: Final = {
    "held-back": "released, and would have been held back",
    "let-through": "never ready, and would have been",
    "not-ready": "ready though not released, and would not have been",
}
_EVERY: Final = 200


@click.command()
@click.argument("file", type=FILE)
@reading_as_of
def simulate(file: Path, *, options: Options) -> None:
    """Replay every past proposal under the policy in FILE, a draft.

    Says which decisions would have been different and why, and how the time from
    opening to ready and the load of each person and role would move. What people
    did is held fixed: an approval counts as if it had been given under the draft,
    and nobody is imagined to approve who did not. The draft's number does not matter.
    Whether a release could start is asked; its stages and rollbacks are not played.
    What an exception waived stays waived where the draft lets it be.

    \b
    Example:      assent policy simulate draft.toml
    Exit status:  0 simulated, 2 the draft has problems, 4 unproven, 5 uncheckable
    """
    text = read_text_file(file)
    found = file_problems(text, str(file))
    if found:
        raise found[0].as_error()
    draft = read_policy(text, file=str(file))
    app = make_app(options)
    standing = _standing(app)
    simulation = _simulated(app, standing, draft)
    people, services = eligible(standing)
    locked = lock_outs(draft, people, text, str(file), services=services)
    if options.as_json:
        emit_json(_json(simulation, file, draft, locked))
        return
    show_sections(list(_report(simulation, file)))
    for one in locked:
        note(safe(f"note: {one.file}:{one.line}: {one.message} [{one.code}]"))


def _standing(app: App) -> Standing:
    """The verified standing that the replay has to arrive at."""
    if app.options.as_of is None:
        return app.standing
    from cli.moment import moment  # noqa: PLC0415 - the past needs views, the present does not

    return moment(app).standing


def _simulated(app: App, standing: Standing, draft: Policy) -> Simulation:
    """Replay what leads to *standing*, to the last byte.

    Raises :class:`Unproven` (``log-changed``) where the log is not what was verified.
    """
    simulation = replay(draft, _entries(app, standing.head.size), app.expected_id)
    if simulation.root != root(standing.head.frontier).hex():
        raise Unproven(
            "log-changed",
            "the entries of the log are not those this client verified",
            hint="assent verify says more",
        )
    return simulation


def _entries(app: App, count: int) -> Iterator[Examined]:
    told = shown("simulating")
    for done, (_, examined) in enumerate(app.ledger.examiner(islice(app.log.scan(), count))):
        if done % _EVERY == 0:
            told(done, count)
        yield examined
    told(count, count)


def _report(simulation: Simulation, file: Path) -> Iterator[Section]:
    yield _summary(simulation, file)
    changed = simulation.changed()
    if changed:
        rows = tuple((line,) for one in changed for line in _lines(one))
        yield Section("What would have been different", rows)
    if simulation.decisions:
        yield _latency(simulation)
    for title, found in (("person", simulation.people), ("role", simulation.roles)):
        if found:
            yield _load(title, found)


def _summary(simulation: Simulation, file: Path) -> Section:
    total = len(simulation.decisions)
    what = "1 release proposal" if total == 1 else f"{total} release proposals"
    counted = [(_SUMMED[kind], _count(simulation, kind)) for kind in CHANGES]
    counted.append(("decided as they were", total - len(simulation.changed())))
    later, earlier = _moved(simulation)
    counted += [("would have been ready later", later), ("would have been ready earlier", earlier)]
    rows = [(str(count), text) for text, count in counted if count]
    if simulation.policies:
        rows.append((str(simulation.policies), "left out: proposals for what is no release"))
    title = f"Of {what} in {simulation.size} entries, under {safe(file)}:"
    return Section(title, tuple(rows))


def _count(simulation: Simulation, kind: str) -> int:
    return sum(one.change == kind for one in simulation.decisions)


def _moved(simulation: Simulation) -> tuple[int, int]:
    """How many are ready under both, and later under the draft, or earlier."""
    delays = [one.delay for one in simulation.decisions if one.delay is not None]
    return sum(delay > 0 for delay in delays), sum(delay < 0 for delay in delays)


def _lines(one: Decision) -> Iterator[str]:
    """A changed decision: what became of it, then why, folded to the page."""
    happened = _HAPPENED[one.change or "held-back"]
    yield from _folded(f"#{one.number} {one.alias} {happened}", "")
    if one.then.tier != one.draft.tier:
        because = ", ".join(one.draft.because)
        yield from _folded(f"tier {one.then.tier} -> {one.draft.tier} ({because})", "  ")
    for reason in one.why():
        yield from _folded(reason, "  ")
    if one.change == "let-through" and one.draft.ready_at is not None:
        yield f"  ready at {format_instant(one.draft.ready_at)}"


def _folded(text: str, indent: str) -> list[str]:
    return wrap(safe(text), WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")


def _latency(simulation: Simulation) -> Section:
    found = simulation.latencies()
    rows = (
        ("ready under both: in force", *_spread_row(found.both_then)),
        ("                  the draft", *_spread_row(found.both_draft)),
        ("ready only in force", *_spread_row(found.only_then)),
        ("ready only under the draft", *_spread_row(found.only_draft)),
    )
    return Section("From opening to ready", rows, ("", "how many", "median", "p90"))


def _spread_row(found: Spread) -> tuple[str, str, str]:
    return str(found.count), _span(found.median), _span(found.p90)


def _span(seconds: int | None) -> str:
    """A duration in its two largest units: ``2d 3h``."""
    if seconds is None:
        return "none"
    parts = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2]) or "0s"


def _load(title: str, found: tuple[Load, ...]) -> Section:
    headings = (title, "asked in force", "draft", "given in force", "draft")
    rows = tuple((one.name, *(str(n) for n in (*one.asked, *one.given))) for one in found)
    return Section(f"Load by {title}: revisions that waited, approvals given", rows, headings)


def _json(
    simulation: Simulation, file: Path, draft: Policy, locked: list[Problem]
) -> dict[str, object]:
    latencies = simulation.latencies()
    later, earlier = _moved(simulation)
    return {
        "schema": "policy-simulation/1",
        "file": str(file),
        "policy": draft.name,
        "size": simulation.size,
        "root": simulation.root,
        "proposals": len(simulation.decisions),
        "policy_proposals_left_out": simulation.policies,
        "summary": {
            **{kind.replace("-", "_"): _count(simulation, kind) for kind in CHANGES},
            "same": len(simulation.decisions) - len(simulation.changed()),
            "ready_later": later,
            "ready_earlier": earlier,
        },
        "decisions": [_decision_json(one) for one in simulation.decisions],
        "latency_seconds": {
            "both": {"in_force": _spread_json(latencies.both_then)}
            | {"draft": _spread_json(latencies.both_draft)},
            "only_in_force": _spread_json(latencies.only_then),
            "only_draft": _spread_json(latencies.only_draft),
        },
        "people": [_load_json(one) for one in simulation.people],
        "roles": [_load_json(one) for one in simulation.roles],
        "lock_outs": [{"line": one.line, "message": one.message} for one in locked],
    }


def _decision_json(one: Decision) -> dict[str, object]:
    return {
        "proposal": one.number,
        "proposal_id": one.proposal,
        "alias": one.alias,
        "opened_at": format_instant(one.opened_at),
        "ending": one.ending,
        "decided_at": format_instant(one.decided_at),
        "change": one.change,
        "why": list(one.why()),
        "delay_seconds": one.delay,
        "in_force": _outcome_json(one.then),
        "draft": _outcome_json(one.draft),
    }


def _outcome_json(found: Outcome) -> dict[str, object]:
    return {
        "verdict": found.verdict,
        "tier": found.tier,
        "tier_because": list(found.because),
        "ready_at": None if found.ready_at is None else format_instant(found.ready_at),
        "requirements": {name: list(missing) for name, missing in found.asked.items()},
        "blocks": list(found.blocks),
        "refused": found.refused,
    }


def _spread_json(found: Spread) -> dict[str, object]:
    return {"count": found.count, "median": found.median, "p90": found.p90}


def _load_json(load: Load) -> dict[str, object]:
    asked, given = load.asked, load.given
    return {
        "name": load.name,
        "asked": {"in_force": asked[0], "draft": asked[1]},
        "given": {"in_force": given[0], "draft": given[1]},
    }
