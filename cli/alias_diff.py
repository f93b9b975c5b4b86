"""``assent alias diff``: what differs between two releases of an alias, and who allowed each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click

from cli import params
from cli.asked import alias_named, proposal_named
from cli.context import App, make_app, parse_time
from cli.options import Options, reading
from cli.output import emit_json
from cli.sections import Section, show_sections
from cli.wording import short
from ledger.decide.cases import assess_proposal
from ledger.decide.states import ProposalState
from ledger.errors import BadInput, Refused
from ledger.model.effects import ReleaseEffect
from ledger.model.stack import Stack
from ledger.model.terms import format_decimal, format_instant
from ledger.policy.assessment import Assessment
from ledger.policy.case import require_release
from ledger.policy.numbers import Key, Numbers, number_text, numbers_of

if TYPE_CHECKING:
    from ledger.policy.analysis.differences import Difference

DIGITS: Final = 18
"""No position has more digits."""


@dataclass(frozen=True, slots=True)
class Side:
    """A release to compare: the proposal, what its alias was given, and the consent to it."""

    named: str
    state: ProposalState
    effect: ReleaseEffect
    assessment: Assessment

    @property
    def policy(self) -> int:
        """The number of the policy under which it was allowed."""
        return self.assessment.policy

    def cited(self) -> str:
        """The proposal, and where it was opened and started."""
        closure = self.state.closure
        started = "" if closure is None else f", started at {closure.position} by {closure.by}"
        return f"#{self.state.number}, opened at position {self.state.opened_position}{started}"


@click.command()
@click.argument("alias", type=params.alias)
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@reading
def diff(options: Options, alias: str, a: str, b: str) -> None:
    """Show what differs between two releases of ALIAS: stack, evidence, policy, approvals.

    A and B are each the number of a proposal, or a time or an @POSITION: then it is
    the release that ALIAS ran at that moment.

    \b
    Example:      assent alias diff fraud/production 12 2026-11-21T07:41:26Z
    Exit status:  0 compared, 2 no such alias, position or proposal, 3 nothing ran then
    """
    app = make_app(options)
    alias_named(app.standing, alias)
    old, new = (_side(app, alias, named) for named in (a, b))
    policies = _policy_differences(app, old, new)
    if options.as_json:
        emit_json(_body(alias, old, new, policies))
        return
    show_sections(
        [
            Section(
                f"{alias}: {old.named} to {new.named}", (("A", old.cited()), ("B", new.cited()))
            ),
            *_stack_sections(old.effect.stack, new.effect.stack),
            *_evidence_sections(old, new),
            *_number_sections(old.assessment, new.assessment),
            *_policy_sections(old, new, policies),
            _approvals_section(old, new),
        ]
    )


def _side(app: App, alias: str, named: str) -> Side:
    """The release of *alias* that *named* refers to.

    Raises :class:`BadInput` (``unknown-proposal``, ``no-such-position``, ``not-an-instant``),
    :class:`Refused` (``not-released``).
    """
    numbered = named.removeprefix("#").isdecimal()
    state = _named(app, alias, named) if numbered else _run_at(app, alias, named)
    effect = require_release(state.effect, state.number)
    found = assess_proposal(app.standing, state, app.now, people=False)
    return Side(f"#{state.number}" if numbered else named, state, effect, found)


def _named(app: App, alias: str, named: str) -> ProposalState:
    state = proposal_named(app, named)
    if state.effect.alias != alias or state.closed != "enacted":
        raise Refused(
            "not-released",
            f"{named} was never released to {alias}",
            hint=f"assent alias history {alias} lists what was",
        )
    return state


def _run_at(app: App, alias: str, named: str) -> ProposalState:
    from projections.aliases import stable_as_of  # noqa: PLC0415 - a heavy import
    from projections.log import position_at  # noqa: PLC0415 - the same

    size = app.standing.head.size
    with app.views.reading() as connection:
        digits = named.removeprefix("@")
        if digits != named and digits.isascii() and digits.isdecimal():
            if len(digits) > DIGITS or int(digits) >= size:
                raise BadInput(
                    "no-such-position",
                    f"there is no position {digits[:DIGITS]}; the log ends at {size - 1}",
                    hint=f"for the proposal of that number write {digits[:DIGITS]}",
                )
            position: int | None = int(digits)
        else:
            position = position_at(connection, format_instant(parse_time(named)))
        row = None if position is None else stable_as_of(connection, alias, position)
    state = None if row is None else app.standing.proposal(str(row.proposal))
    if state is None:
        raise Refused(
            "not-released",
            f"{alias} ran nothing at {named}",
            hint=f"assent alias history {alias} lists what it ran",
        )
    return state


def _stack_sections(old: Stack, new: Stack) -> Iterator[Section]:
    rows = tuple(
        (name, a[0], b[0], " -> ".join(dict.fromkeys((short(a[1]), short(b[1])))))
        for name, a, b in _components(old, new)
    )
    headings = ("component", "A", "B", "digest")
    yield Section("Stack", rows or (("the same in both", "", "", ""),), headings if rows else ())


def _components(old: Stack, new: Stack) -> Iterator[tuple[str, tuple[str, str], tuple[str, str]]]:
    """The parts in which two stacks differ: name, and version and digest on each side."""
    before: dict[str, tuple[str, str]] = {
        part.component: (part.version, part.digest) for part in old.components
    }
    after: dict[str, tuple[str, str]] = {
        part.component: (part.version, part.digest) for part in new.components
    }
    before |= {f"permission {name}": ("held", "-") for name in old.permissions}
    after |= {f"permission {name}": ("held", "-") for name in new.permissions}
    for name in sorted({*before, *after}):
        a, b = before.get(name, ("-", "-")), after.get(name, ("-", "-"))
        if a != b:
            yield name, a, b


def _evidence_sections(old: Side, new: Side) -> Iterator[Section]:
    rows = []
    for label, side in (("A", old), ("B", new)):
        for one in side.assessment.binding.evidence:
            document = next(d for d in side.state.documents if d.position == one.position)
            where = f"position {one.position}"
            rows.append((label, one.type, short(one.digest), document.author, where))
    headings = ("", "type", "digest", "by", "")
    yield Section("Evidence that counted", tuple(rows) or (("none", "", "", "", ""),), headings)


def _number_sections(old: Assessment, new: Assessment) -> Iterator[Section]:
    rows = [
        (name if segment is None else f"{name} in {segment}", a or "-", b or "-", change or "-")
        for name, segment, a, b, change in _numbers(old, new)
    ]
    if rows:
        yield Section("Numbers", tuple(rows), ("number", "A", "B", "change"))


def _numbers(
    old: Assessment, new: Assessment
) -> Iterator[tuple[str, str | None, str | None, str | None, str | None]]:
    """Each number that counted on a side: metric, segment, both values, and the change."""
    before, after = numbers_of(old.metrics), numbers_of(new.metrics)
    for key in sorted({*before.metrics, *after.metrics}, key=lambda one: (one[0], one[1] or "")):
        a, b = before.get(key), after.get(key)
        change = None
        if a is not None and b is not None:
            change = f"{'+' if b > a else ''}{format_decimal(b - a)}"
        yield *key, _text(before, key), _text(after, key), change


def _text(numbers: Numbers, key: Key) -> str | None:
    found = numbers.metrics.get(key)
    return None if found is None else number_text(found)


def _policy_differences(app: App, old: Side, new: Side) -> "tuple[Difference, ...]":
    if old.policy == new.policy:
        return ()
    from ledger.policy.analysis.differences import differences  # noqa: PLC0415 - only where asked

    return differences(app.standing.policy(old.policy), app.standing.policy(new.policy))


def _policy_sections(old: Side, new: Side, found: "tuple[Difference, ...]") -> Iterator[Section]:
    if old.policy == new.policy:
        yield Section("Policy", ((f"{old.policy}, the same for both",),))
        return
    rows = [
        (one.change, " ".join(text for text in (one.block, one.id, one.key) if text))
        for one in found
    ]
    more = f"assent policy diff {old.policy} {new.policy} shows each"
    yield Section(f"Policy: {old.policy} to {new.policy}; {more}", tuple(rows))


def _approvals_section(old: Side, new: Side) -> Section:
    rows = tuple(
        (
            label,
            one.signer,
            one.role + ("" if one.on_behalf is None else f", lent by {one.on_behalf}"),
            f"position {one.position}",
            format_instant(one.at),
        )
        for label, side in (("A", old), ("B", new))
        for one in side.assessment.approvals
    )
    return Section("Approvals", rows or (("none", "", "", "", ""),))


def _body(
    alias: str, old: Side, new: Side, policies: "tuple[Difference, ...]"
) -> dict[str, object]:
    return {
        "schema": "alias-diff/1",
        "alias": alias,
        "a": _side_json(old),
        "b": _side_json(new),
        "stack": [
            {
                "component": name,
                "a": {"version": a[0], "digest": a[1]},
                "b": {"version": b[0], "digest": b[1]},
            }
            for name, a, b in _components(old.effect.stack, new.effect.stack)
        ],
        "numbers": [
            {"metric": name, "segment": segment, "a": a, "b": b, "change": change}
            for name, segment, a, b, change in _numbers(old.assessment, new.assessment)
        ],
        "policy": [
            {"block": one.block, "id": one.id, "key": one.key, "change": one.change}
            for one in policies
        ],
    }


def _side_json(side: Side) -> dict[str, Any]:
    state, closure = side.state, side.state.closure
    return {
        "named": side.named,
        "proposal": state.number,
        "opened_position": state.opened_position,
        "started_position": None if closure is None else closure.position,
        "policy": side.policy,
        "digest": side.effect.stack.digest,
        "evidence": [one.model_dump(mode="json") for one in side.assessment.binding.evidence],
        "approvals": [
            {
                "signer": one.signer,
                "role": one.role,
                "on_behalf": one.on_behalf,
                "position": one.position,
            }
            for one in side.assessment.approvals
        ],
    }
