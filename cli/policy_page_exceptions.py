"""The exceptions of a policy on its page, for people: what they take, and what they never waive."""

from collections.abc import Iterator

from cli.policy_page_parts import counts_text, section
from cli.sections import Section
from ledger.model.terms import format_duration
from ledger.policy.document import Exceptions, Policy
from ledger.policy.waiving import why_never


def exceptions_section(policy: Policy) -> Section:
    """What an exception takes and how long it lasts; that there are none, where there are none."""
    block = policy.exceptions
    title = "Exceptions: a requirement waived for one change, with an end"
    if block is None:
        return section(title, [("none", "nobody can ask for one")])
    return section(title, list(_rows(policy, block)))


def _rows(policy: Policy, block: Exceptions) -> Iterator[tuple[str, str]]:
    waivable = [one.id for one in policy.requirements if why_never(policy, one) is None]
    kept = [one.id for one in policy.requirements if why_never(policy, one) is not None]
    yield "may waive", ", ".join(waivable)
    if kept:
        yield "never waives", ", ".join(kept)
    yield "kept in any case", "the last approval that is asked for"
    yield "needs approvals of", f"{counts_text(block.approvals)}; nobody stands in"
    if block.repeat_after is not None:
        many = f"after {block.repeat_after} in 90 days for the same alias"
        who = "and of the root" if policy.stewardship is None else "and of the stewards"
        yield who, many if block.repeat_after else "always"
    yield "names", f"an owner and an incident{_controls(block.controls)}"
    yield "lasts", f"at most {format_duration(block.max_life)}, from asking to its end"
    yield "reviewed within", f"{format_duration(block.review_within)} of its end"


def _controls(count: int) -> str:
    few = "1 compensating control" if count == 1 else f"{count} compensating controls"
    return f", and at least {few}" if count else ""
