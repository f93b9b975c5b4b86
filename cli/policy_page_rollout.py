"""The stages and the rollback of a policy on its page, for people."""

from collections.abc import Iterator
from typing import Final

from cli.policy_page_parts import bounds_text, section
from cli.sections import Section
from ledger.model.names import TIERS
from ledger.model.terms import format_duration
from ledger.policy.document import Policy
from ledger.policy.rollout import Stage, Triggers
from ledger.policy.stages import observers_of

_WIDTHS: Final = (18, 18, 38)


def stages_section(policy: Policy) -> Section:
    """What a release goes through in the last environment, in order."""
    order = () if policy.environments is None else policy.environments.order
    where = f" in {order[-1]}" if order else ""
    if not policy.stages:
        rows = [("one stage", "completed by who operates it; nobody has to watch")]
        return section("Stages of a release", rows)
    found = [
        (stage.id, _tiers(stage), "; ".join(_asks(policy, stage)) or "nothing has to be observed")
        for stage in policy.stages
    ]
    title = f"Stages of a release{where}, in this order"
    return section(title, found, _WIDTHS, ("stage", "tiers", "what it takes"))


def _tiers(stage: Stage) -> str:
    return "all" if len(stage.tiers) == len(TIERS) else ", ".join(stage.tiers)


def _asks(policy: Policy, stage: Stage) -> Iterator[str]:
    if stage.share is not None:
        yield f"share {stage.share}"
    if stage.soak is not None:
        yield f"at least {format_duration(stage.soak)}"
    yield from map(bounds_text, stage.metrics)
    yield from map(bounds_text, stage.segments)
    if stage.observe:
        windows = (f"{format_duration(one.seconds)} ({one.tier})" for one in stage.observe)
        yield f"watched after completion for {', '.join(windows)}"
    if stage.is_watched or stage.observe:
        yield f"observed by {' or '.join(observers_of(policy, stage))}, not by who operates it"


def rollback_section(policy: Policy) -> Section:
    """Who takes a release back, what calls for it, and within which times."""
    rows = [("by", f"{' or '.join(policy.takers)}, alone and at once")]
    block = policy.rollback
    if block is not None and block.services:
        services = ", ".join(block.services)
        rows.append(("by services", f"{services}, citing an observation that calls for it"))
    called = "; ".join(_calls(Triggers() if block is None else block.triggers))
    if called:
        rows.append(("called for by", called))
    if block is not None and block.within is not None:
        rows.append(("within", f"{format_duration(block.within)} of what called for it"))
    if block is not None and block.review_within is not None:
        rows.append(("reviewed within", format_duration(block.review_within)))
    return section("Rollback to the stack before", rows)


def _calls(triggers: Triggers) -> Iterator[str]:
    if triggers.incident:
        yield "an incident"
    bounds = [*map(bounds_text, triggers.metrics), *map(bounds_text, triggers.segments)]
    if bounds:
        yield f"a number outside {'; '.join(bounds)}"
