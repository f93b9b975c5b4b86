"""The parts that the pages of a policy are made of: folded tables, and terms in words."""

from collections.abc import Iterable
from itertools import zip_longest
from textwrap import wrap
from typing import Final

from cli.output import safe
from cli.sections import Section
from ledger.model.terms import format_duration
from ledger.policy.bounded import MetricCheck, SegmentTrigger
from ledger.policy.document import EvidenceRule, RoleCount

_PAIR: Final = (22, 54)

Rows = Iterable[tuple[str, ...]]


def section(
    title: str, rows: Rows, widths: tuple[int, ...] = _PAIR, headings: tuple[str, ...] = ()
) -> Section:
    """A section whose cells are folded to *widths*, which with their gaps make 78 columns."""
    folded = [
        lines
        for row in rows
        for lines in zip_longest(
            *(_fold(cell, size) for cell, size in zip(row, widths, strict=True)), fillvalue=""
        )
    ]
    return Section(title, tuple(folded), headings)


def _fold(text: str, size: int) -> list[str]:
    return wrap(safe(" ".join(text.split())), size, break_on_hyphens=False) or [""]


def counts_text(approvals: Iterable[RoleCount]) -> str:
    """How many people of which roles, in their order."""
    return ", ".join(f"{one.count} {one.role}" for one in approvals)


def document_text(rule: EvidenceRule) -> str:
    """A document as a requirement wants it: its type, how old, by whom."""
    terms = [
        f"at most {format_duration(rule.max_age)} old" if rule.max_age is not None else "",
        f"by {' or '.join(rule.by)}" if rule.by else "",
        "not by a party" if rule.independent else "",
    ]
    known = ", ".join(term for term in terms if term)
    return f"{rule.type} ({known})" if known else rule.type


def bounds_text(check: MetricCheck | SegmentTrigger) -> str:
    """A number with its bounds; the changes are against what the alias runs."""
    named = {
        "at least": check.min,
        "at most": check.max,
        "may drop": check.max_drop,
        "may rise": check.max_rise,
    }
    if isinstance(check, MetricCheck):
        name = check.name
        named |= {
            "may drop (share)": check.max_drop_ratio,
            "may rise (share)": check.max_rise_ratio,
        }
    else:
        name = f"{check.metric} in {', '.join(check.names) or 'every segment'}"
        named["behind the best"] = check.max_gap
    return f"{name}: " + ", ".join(f"{word} {bound}" for word, bound in named.items() if bound)
