"""The one-page playbook of a policy, for people: folded so that it fits 80 columns."""

from collections.abc import Iterator
from typing import Final

from cli.policy_page_exceptions import exceptions_section
from cli.policy_page_parts import bounds_text, counts_text, document_text, section
from cli.policy_page_rollout import rollback_section, stages_section
from cli.sections import Section
from ledger.model.terms import format_duration
from ledger.policy.analysis.playbook import Playbook, RolePage, TierPage, most_approvals, playbook
from ledger.policy.document import Overrides, Policy, Requirement, RoleCount

DEEDS: Final = {
    "approve": "approve",
    "open": "open a proposal",
    "attach-evidence": "attach evidence",
    "withdraw-evidence": "withdraw evidence",
    "operate": "operate releases",
    "act": "do anything but accept, change keys, comment, review, take note and stop",
}
"""What each word of ``must_not`` forbids."""

_CELLS: Final = {"always": "always", "sometimes": "when ...", "never": "never"}


def page_sections(policy: Policy) -> list[Section]:
    """The playbook of *policy*: tiers, what each asks for, who does what, and its clocks."""
    page = playbook(policy)
    parts = [
        _short(page),
        _tiers(policy),
        _requirements(page),
        _conditions(policy),
        *_at_each_tier(page),
        _roles(page),
        _alone(policy),
        _limits(policy),
        _environments(policy),
        stages_section(policy),
        rollback_section(policy),
        exceptions_section(policy),
        _clocks(policy),
    ]
    return [part for part in parts if part.rows]


def _short(page: Playbook) -> Section:
    policy = page.policy
    stewards = () if policy.stewardship is None else policy.stewardship.approvals
    overrides = policy.overrides or Overrides()
    named = f"each change names its own (requirement {', '.join(page.timed)})"
    within = None if policy.rollback is None else policy.rollback.within
    allowed = "" if within is None else f"; at most {format_duration(within)} from its trigger"
    rows = [
        ("releases", f"started and completed by {' or '.join(policy.operation.by)}"),
        ("time to roll back", f"{named if page.timed else 'no change has to name one'}{allowed}"),
        ("policy and roster", _consent(stewards)),
        ("stops", f"set by {' or '.join((*overrides.set, 'a root signer'))}, alone and at once"),
        ("lifting a stop", _consent(overrides.lift)),
    ]
    if overrides.drill_every is not None:
        drills = f"{format_duration(overrides.drill_every)} after the last one"
        rows.append(("next drill of a stop", drills))
    return section(f"{policy.name}, policy {policy.number}, on one page", rows)


def _consent(approvals: tuple[RoleCount, ...]) -> str:
    if not approvals:
        return "needs the root signers, as many as their threshold"
    counts = counts_text(approvals)
    return f"needs approvals of {counts}; as many root signers as their threshold may stand in"


def _tiers(policy: Policy) -> Section:
    rows = [("high", "first-release", "nothing runs there yet")]
    rows += [(rule.tier, rule.id, rule.when or "always") for rule in policy.tiers]
    if all(rule.when is not None for rule in policy.tiers):
        rows.append(("high", "nothing-matched", "none of the above"))
    title = "Tiers: the first rule that holds decides; a proposer may only raise"
    return section(title, rows, (6, 24, 44), ("tier", "rule", "when"))


def _requirements(page: Playbook) -> Section:
    names = [one.tier for one in reversed(page.tiers)]
    rows = []
    for need in page.policy.requirements:
        applies = None if page.applies is None else page.applies[need.id]
        cells = ("?" if applies is None else _CELLS[applies[tier]] for tier in names)
        rows.append((need.id + (" (hard)" if need.hard else ""), *cells))
    title = "Requirements by tier"
    if page.applies is None:
        title += " (too many cases to tell)"
    return section(title, rows, (42, 10, 10, 10), ("requirement", *names))


def _conditions(policy: Policy) -> Section:
    rows = [
        (need.id, " - ".join(text for text in (_when(need.when), need.because) if text))
        for need in policy.requirements
    ]
    return section("When and why each is asked for", rows)


def _when(when: str | None) -> str:
    return "always" if when is None else f"when {when}"


def _at_each_tier(page: Playbook) -> Iterator[Section]:
    """What each tier asks for; what is as at the tier above is not said again."""
    said: dict[str, str] = {}
    above = ""
    for one in page.tiers:
        if not one.reached:
            yield section(f"At tier {one.tier}", [("", "no release gets there")])
            continue
        asked = {label: "; ".join(_asked(one, label)) or "none" for label in _PARTS}
        rows = [
            (label, f"as at tier {above}" if said.get(label) == text != "none" else text)
            for label, text in asked.items()
        ]
        yield section(f"At tier {one.tier}", rows, (10, 66))
        said, above = asked, one.tier


_PARTS: Final = ("approvals", "documents", "numbers", "fields")


def _asked(one: TierPage, label: str) -> Iterator[str]:
    """What is always asked for under *label*, then what else with its requirement."""
    yield from _parts(one.always, label)
    for need in one.sometimes:
        parts = list(_parts((need,), label))
        if parts:
            yield f"when {need.id} applies: {', '.join(parts)}"


def _parts(needs: tuple[Requirement, ...], label: str) -> Iterator[str]:
    match label:
        case "approvals":
            yield from (f"{one.count} {one.role}" for one in most_approvals(needs))
        case "documents":
            yield from (document_text(rule) for need in needs for rule in need.evidence)
        case "numbers":
            for need in needs:
                yield from (bounds_text(metric) for metric in need.metrics)
                yield from (bounds_text(segments) for segments in need.segments)
        case _:
            fields = dict.fromkeys(field for need in needs for field in need.fields)
            yield from [", ".join(fields)] if fields else []


def _roles(page: Playbook) -> Section:
    rows = [(one.role, one.because, "; ".join(_does(one)) or "-") for one in page.roles]
    headings = ("role", "accountable for", "does")
    return section("Who does what", rows, (20, 25, 29), headings)


def _does(one: RolePage) -> Iterator[str]:
    if one.approves:
        needs = (
            need.id
            + (f" ({count} of them)" if count > 1 else "")
            + (" (hard)" if need.hard else "")
            for need, count in one.approves
        )
        yield f"approves {', '.join(needs)}"
    if one.attaches:
        yield f"attaches {', '.join(one.attaches)}"
    if one.told:
        yield f"is told of {', '.join(one.told)}"
    if one.operates:
        yield "operates releases"
    if one.observes:
        yield f"observes {', '.join(one.observes)}"
    if one.rolls_back:
        yield "rolls back"
    if one.stewards:
        yield f"consents to policy and roster ({one.stewards})"
    if one.stops:
        yield "stops"
    others = ((one.excepts, "exceptions"), (one.lifts, "lifting a stop"))
    yield from (f"consents to {what} ({count})" for count, what in others if count)


def _alone(policy: Policy) -> Section:
    several = "different roles need different people"
    if not policy.consent.distinct_people:
        several = "one person may approve in several roles"
    rows = [
        ("everybody", "must not approve what they, or a service of theirs, had a hand in"),
        ("services", "must not approve anything"),
        ("people", several),
    ]
    for duty in policy.duties:
        where = f" where {duty.when}" if duty.when else ""
        why = f" - {duty.because}" if duty.because else ""
        rows.append((duty.role, f"must not {DEEDS[duty.must_not]}{where}{why} ({duty.id})"))
    for one in policy.combinations:
        why = f" - {one.because}" if one.because else ""
        rows.append((" + ".join(one.roles), f"one person may use both, in spite of duties{why}"))
    return section("What nobody may do alone", rows)


def _limits(policy: Policy) -> Section:
    limits = policy.limits
    rows = []
    if limits.open_candidates is not None:
        kept = limits.reserved_for_people
        places = f", {kept} of them for people only" if kept else ""
        rows.append(("open candidates", f"at most {limits.open_candidates} in all{places}"))
    if limits.open_candidates_per_service is not None:
        rows.append(("", f"at most {limits.open_candidates_per_service} for each service"))
    if limits.prohibited_permissions:
        rows.append(("never permitted", ", ".join(limits.prohibited_permissions)))
    rows += [
        (f"mutations at {one.tier}", ", ".join(one.names) or "none") for one in limits.mutations
    ]
    return section("Limits", rows)


def _environments(policy: Policy) -> Section:
    known = policy.environments
    if known is None:
        return section("Environments", [("any", "counts as production")])
    rows = [("in this order", ", then ".join(known.order))]
    if known.automatic:
        rows.append(("automatic", f"{', '.join(known.automatic)}: only hard approvals are asked"))
    if known.services:
        rows.append(("operated by services", ", ".join(known.services)))
    return section("Environments", rows)


def _clocks(policy: Policy) -> Section:
    consent = policy.consent
    rows = [
        (
            "to be approved",
            _clock(consent.approve_within, "from the revision to the last approval"),
        ),
        ("to be started", _clock(consent.use_within, "from the last approval to the start")),
    ]
    return section("Clocks", rows)


def _clock(seconds: int | None, what: str) -> str:
    return "no limit" if seconds is None else f"{format_duration(seconds)} {what}"
