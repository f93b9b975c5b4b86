"""What had to be done before the deployment: each item, whether it was, and who or what checks it.

An item is *automated* where a number, a document or a computed fact checks it, and *manual*
where it takes a person's approval.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from cli.auditing.dossier_asked import unasked
from cli.auditing.judged import field_positions, source_positions
from cli.auditing.stood import Stood
from cli.policy_page_parts import document_text
from cli.sections import Section
from ledger.model.terms import format_duration, format_instant
from ledger.policy.assessment import Block, DocumentStatus, Quorum, RequirementStatus
from ledger.policy.document import Requirement
from ledger.policy.numbers import Measurement

Done = Literal["done", "NOT DONE", "WAIVED", "not asked"]

AT_CLOSING: Final = {
    "base-moved": "what it is compared with is what runs",
    "candidate-running": "no other release to the alias is under way",
    "disowned": "its author's key was not disowned",
    "policy-unsupported": "the policy has kept its own consent",
    "alias-frozen": "the alias is not frozen",
    "capability-disabled": "no permission that it holds is disabled",
    "generation-halted": "what services propose is not halted",
    "exception-owing": "no release under an exception that ended is left unsettled",
}
"""The rules that no release starts against; the start itself was judged by them."""

ALWAYS: Final = {
    "rejected": "nobody's rejection of the revision stands",
    "duty": "nobody had a hand in it against a duty",
    "prohibited-permission": "it holds no prohibited permission",
    "mutation-not-allowed": "each mutation is allowed at its tier",
    "unknown-environment": "the policy knows the environment",
    "environment-before": "its stack was completed in the environment before",
    "policy-moved": "where nobody has to approve, it was proposed under the policy in force",
}
"""The rules that judge an open proposal and a closed one alike, where the policy asks for them."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to be done: under which requirement or rule, and by which entries it was."""

    under: str
    what: str
    done: Done
    automated: bool
    positions: tuple[int, ...] = ()

    @property
    def kind(self) -> str:
        """Who or what checks it."""
        return "automated" if self.automated else "manual"

    def body(self) -> dict[str, object]:
        """The item for programs."""
        return {
            "under": self.under,
            "what": self.what,
            "done": self.done.lower(),
            "kind": self.kind,
            "positions": list(self.positions),
        }


def checklist(one: Stood) -> list[Item]:
    """Every requirement, then every rule, as items."""
    rules = {need.id: need for need in one.policy.requirements}
    items = [
        item for each in one.found.requirements for item in _items(one, each, rules.get(each.id))
    ]
    return [*items, *_clocks(one), *_rules(one)]


def _items(one: Stood, each: RequirementStatus, rule: Requirement | None) -> Iterator[Item]:
    if each.status == "not-applicable":
        manual = rule is not None and bool(rule.approvals)
        yield Item(each.id, "does not apply to this change", "not asked", automated=not manual)
        return
    for quorum in each.approvals:
        yield _approval(one, each, quorum)
    for quorum in each.stand_in:
        done: Done = "not asked" if quorum.open else "done"
        yield Item(each.id, f"or instead {_need(quorum)}", done, automated=False)
    for document in each.documents:
        yield _document(each, document, rule)
    source = source_positions(one, each.id)
    for number in each.measurements:
        yield _number(each, number, source)
    if rule is not None and (rule.metrics or rule.segments) and not each.measurements:
        yield _item(each, f"numbers from a current {rule.source}", met=False)
    for field in () if rule is None else rule.fields:
        met = f"field {field}" not in each.missing
        yield _item(each, f"states {field}", met=met, at=field_positions(one, each.id))


def _item(each: RequirementStatus, what: str, *, met: bool, at: tuple[int, ...] = ()) -> Item:
    return Item(each.id, what, _done(each, met=met), automated=True, positions=at)


def _done(each: RequirementStatus, *, met: bool) -> Done:
    if met:
        return "done"
    return "WAIVED" if each.status == "waived" else "NOT DONE"


def _approval(one: Stood, each: RequirementStatus, quorum: Quorum) -> Item:
    given = tuple(
        approval.position
        for approval in one.found.approvals
        if approval.role == quorum.role and approval.signer in quorum.have
    )
    done = _done(each, met=not quorum.open or each.is_consented)
    return Item(each.id, _need(quorum), done, automated=False, positions=given)


def _need(quorum: Quorum) -> str:
    return f"{quorum.need} {quorum.role} approve{'s' if quorum.need == 1 else ''}"


def _document(each: RequirementStatus, document: DocumentStatus, rule: Requirement | None) -> Item:
    rules = () if rule is None else rule.evidence
    asked = next((one for one in rules if one.type == document.type), None)
    what = document.type if asked is None else document_text(asked)
    at = () if document.position is None or document.complaint else (document.position,)
    return _item(each, what, met=document.complaint is None, at=at)


def _number(each: RequirementStatus, number: Measurement, source: tuple[int, ...]) -> Item:
    name = number.metric if number.segment is None else f"{number.metric} in {number.segment}"
    return _item(each, f"{name}: {number.bounds}", met=not number.complaints, at=source)


def _clocks(one: Stood) -> Iterator[Item]:
    """Whether it was approved, and is used, within the times of the policy.

    Both are told by the last approval that counted.
    """
    found, consent = one.found, one.policy.consent
    if found.effect != "release" or not any(each.approvals for each in found.requirements):
        return
    late = found.verdict == "expired"
    ready = "" if found.ready_at is None else f" (ready at {format_instant(found.ready_at)})"
    done: Done = "done" if found.ready_at is not None and not late else "NOT DONE"
    last = tuple(sorted(given.position for given in found.approvals))[-1:]
    clocks = (
        (consent.approve_within, "from the revision to the last approval"),
        (consent.use_within, "from the last approval to the start"),
    )
    for limit, what in clocks:
        if limit is not None:
            text = f"within {format_duration(limit)} {what}{ready}"
            yield Item("clocks", text, done, automated=True, positions=last)


def _rules(one: Stood) -> Iterator[Item]:
    """The rules that no requirement names: those that forbid, whatever else is met."""
    against = {block.code: block for block in one.found.blocks}
    is_release = one.found.effect == "release"
    judged = dict(ALWAYS if is_release else {"rejected": ALWAYS["rejected"]})
    closed = one.state.closure is not None
    if is_release or not closed:
        judged |= AT_CLOSING if is_release else {"base-moved": "what it changes is as it was"}
    for code, what in judged.items():
        yield _rule(one, code, what, against.pop(code, None))
    for block in against.values():
        yield Item("rules", block.message, "NOT DONE", automated=True)


def _rule(one: Stood, code: str, what: str, block: Block | None) -> Item:
    if block is not None:
        at = () if block.position is None else (block.position,)
        return Item("rules", block.message, "NOT DONE", automated=True, positions=at)
    why_not = unasked(one, code)
    if why_not is not None:
        return Item("rules", f"{what}: {why_not}", "not asked", automated=True)
    end = one.closed_position
    if code not in AT_CLOSING or end is None:
        return Item("rules", what, "done", automated=True)
    if one.state.closed == "withdrawn":
        return Item("rules", what, "not asked", automated=True)
    what = f"{what}: so the start was admitted"
    return Item("rules", what, "done", automated=True, positions=(end,))


def checklist_section(items: list[Item]) -> Section:
    """The items, a line each."""
    colours = {"done": "green", "NOT DONE": "red", "WAIVED": "magenta", "not asked": "dim"}
    rows = tuple(
        (one.done, one.kind, one.under, one.what, ", ".join(map(str, one.positions)) or "-")
        for one in items
    )
    marks = tuple(colours[one.done] for one in items)
    headings = ("done", "checked", "under", "what", "positions")
    title = "Checklist before the deployment"
    return Section(title, rows or (("none",),), headings if rows else (), marks)
