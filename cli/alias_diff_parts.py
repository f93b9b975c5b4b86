"""The parts in which two releases of an alias differ, each with the entries that say so."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.auditing.judged import policy_json
from cli.auditing.stood import Stood, anew_json
from cli.moment import Moment
from cli.proposal_json import difference_json
from cli.sections import Section
from cli.wording import short
from ledger.model.effects import ReleaseEffect
from ledger.model.stack import Stack
from ledger.model.terms import format_decimal, format_instant
from ledger.policy.numbers import Key, Numbers, number_text, numbers_of

if TYPE_CHECKING:
    from ledger.policy.analysis.differences import Difference

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Side:
    """A release to compare: how it was named, what was asked for, and it as it stood."""

    named: str
    effect: ReleaseEffect
    stood: Stood

    @property
    def policy(self) -> int:
        """The number of the policy under which it was allowed."""
        return self.stood.found.policy

    def cited(self) -> str:
        """The proposal, and where it was opened and started."""
        state = self.stood.state
        closure = state.closure
        started = "" if closure is None else f", started at {closure.position} by {closure.by}"
        return f"#{state.number}, opened at position {state.opened_position}{started}"


def stack_section(old: Side, new: Side) -> Section:
    """The components in which the stacks differ."""
    rows = tuple(
        (name, a[0], b[0], " -> ".join(dict.fromkeys((short(a[1]), short(b[1])))))
        for name, a, b in _components(old.effect.stack, new.effect.stack)
    )
    headings = ("component", "A", "B", "digest")
    return Section("Stack", rows or (("the same in both",),), headings if rows else ())


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


def _counted(side: Side) -> dict[str, Json]:
    """The documents that counted on a side, by type."""
    documents = {one.position: one for one in side.stood.state.documents}
    return {
        one.type: {
            "digest": one.digest,
            "position": one.position,
            "author": documents[one.position].author,
            "name": documents[one.position].name,
        }
        for one in side.stood.found.binding.evidence
    }


def evidence_section(old: Side, new: Side) -> Section:
    """The documents that counted on each side."""
    rows = tuple(
        (label, type_, short(one["digest"]), one["author"], f"position {one['position']}")
        for label, side in (("A", old), ("B", new))
        for type_, one in _counted(side).items()
    )
    headings = ("", "type", "digest", "by", "")
    return Section("Evidence that counted", rows or (("none",),), headings if rows else ())


def numbers_section(old: Side, new: Side) -> Iterator[Section]:
    """The numbers that counted on each side, and how they changed."""
    rows = tuple(
        (name if segment is None else f"{name} in {segment}", a or "-", b or "-", change or "-")
        for name, segment, a, b, change in _numbers(old, new)
    )
    if rows:
        yield Section("Numbers", rows, ("number", "A", "B", "change"))


def _numbers(
    old: Side, new: Side
) -> Iterator[tuple[str, str | None, str | None, str | None, str | None]]:
    """Each number that counted on a side: metric, segment, both values, and the change."""
    before, after = numbers_of(old.stood.found.metrics), numbers_of(new.stood.found.metrics)
    for key in sorted({*before.metrics, *after.metrics}, key=lambda one: (one[0], one[1] or "")):
        a, b = before.get(key), after.get(key)
        change = None
        if a is not None and b is not None:
            change = f"{'+' if b > a else ''}{format_decimal(b - a)}"
        yield *key, _text(before, key), _text(after, key), change


def _text(numbers: Numbers, key: Key) -> str | None:
    found = numbers.metrics.get(key)
    return None if found is None else number_text(found)


def policy_differences(then: Moment, old: Side, new: Side) -> "tuple[Difference, ...]":
    """Where the two policies differ, block by block."""
    if old.policy == new.policy:
        return ()
    from ledger.policy.analysis.differences import differences  # noqa: PLC0415 - only where asked

    return differences(then.standing.policy(old.policy), then.standing.policy(new.policy))


def policy_section(then: Moment, old: Side, new: Side, found: "tuple[Difference, ...]") -> Section:
    """The policies under which the two were allowed, since when they were in force, and *found*."""
    if old.policy == new.policy:
        return Section("Policy", ((f"{old.policy}, the same for both",),))
    rows = []
    for label, side in (("A", old), ("B", new)):
        told = policy_json(then, side.stood)
        rows.append((f"{label}: {side.policy}", f"in force since position {told['position']}"))
    rows += [
        (one.change, " ".join(text for text in (one.block, one.id, one.key) if text))
        for one in found
    ]
    more = f"assent policy diff {old.policy} {new.policy} shows each"
    return Section(f"Policy: {old.policy} to {new.policy}; {more}", tuple(rows))


def approvals_section(old: Side, new: Side) -> Section:
    """The approvals that counted on each side."""
    rows = tuple(
        (
            label,
            one.signer,
            one.role + ("" if one.on_behalf is None else f", lent by {one.on_behalf}"),
            f"position {one.position}",
            format_instant(one.at),
        )
        for label, side in (("A", old), ("B", new))
        for one in side.stood.found.approvals
    )
    return Section("Approvals", rows or (("none",),))


def parts_json(old: Side, new: Side, policies: "tuple[Difference, ...]") -> Json:
    """What differs, for programs."""
    before, after = _counted(old), _counted(new)
    return {
        "stack": [
            {
                "component": name,
                "a": {"version": a[0], "digest": a[1]},
                "b": {"version": b[0], "digest": b[1]},
            }
            for name, a, b in _components(old.effect.stack, new.effect.stack)
        ],
        "evidence": [
            {"type": type_, "a": before.get(type_), "b": after.get(type_)}
            for type_ in sorted({*before, *after})
            if before.get(type_) != after.get(type_)
        ],
        "numbers": [
            {"metric": name, "segment": segment, "a": a, "b": b, "change": change}
            for name, segment, a, b, change in _numbers(old, new)
        ],
        "policy": [difference_json(one) for one in policies],
    }


def side_json(then: Moment, side: Side) -> Json:
    """A side for programs, with the entries by which it was allowed."""
    state, found = side.stood.state, side.stood.found
    return {
        "named": side.named,
        "proposal": state.number,
        "opened_position": state.opened_position,
        "started_position": state.closed_position,
        "policy": side.policy,
        "policy_position": policy_json(then, side.stood)["position"],
        "tier": found.tier,
        "review_digest": found.review_digest,
        "digest": side.effect.stack.digest,
        "anew": anew_json(side.stood),
        "evidence": [one.model_dump(mode="json") for one in found.binding.evidence],
        "approvals": [
            {
                "signer": one.signer,
                "role": one.role,
                "on_behalf": one.on_behalf,
                "position": one.position,
                "at": format_instant(one.at),
            }
            for one in found.approvals
        ],
    }
