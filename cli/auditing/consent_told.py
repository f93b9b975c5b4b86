"""The approvals of a proposal for people: those that counted first, each with what it had seen."""

from collections.abc import Iterator, Mapping, Sequence

from cli.auditing.acts import Act
from cli.auditing.consent import Consent
from cli.auditing.saw import saw_rows
from cli.auditing.stood import Stood
from cli.sections import Section
from ledger.model.events import ProposalOpened, ProposalRevised


def consent_sections(
    one: Stood, given: Sequence[Consent], acts: Sequence[Act]
) -> Iterator[Section]:
    """The approvals that counted, then those that did not, each of both with what it had seen."""
    revisions = _revisions(acts)
    counted = [each for each in given if each.counts]
    others = [each for each in given if not each.counts]
    for title, some in (("that counted", counted), ("that did not count", others)):
        if some or title == "that counted":
            yield _listed(f"Approvals {title}{_when(one)}", some)
        for each in some:
            yield _each(one, each, revisions)


def _when(one: Stood) -> str:
    """As of when they did, where that is not now."""
    if one.closed_position is None:
        return ""
    return f" at position {one.closed_position}"


def _revisions(acts: Sequence[Act]) -> dict[int, int]:
    """The position of each revision."""
    found = {}
    for act in acts:
        match act.entry.event:
            case ProposalOpened() if act.rule is None:
                found[1] = act.position
            case ProposalRevised(revision=number) if act.rule is None:
                found[number] = act.position
            case _:
                pass
    return found


def _listed(title: str, given: Sequence[Consent]) -> Section:
    rows = tuple(
        (
            str(each.act.position),
            each.act.signer,
            each.role_words() if each.counts else each.event.role,
            each.act.at if each.counts else each.why_not,
        )
        for each in given
    )
    why = any(not each.counts for each in given)
    headings = ("position", "who", "as", "why not" if why else "at")
    return Section(title, rows or (("none",),), headings if rows else ())


def _each(one: Stood, each: Consent, revisions: Mapping[int, int]) -> Section:
    rows = [
        *(() if each.counts else (("DID NOT COUNT", each.why_not),)),
        ("role", each.role_words()),
        ("at", each.act.at),
        ("key", each.act.key),
        *saw_rows(each.event, revisions, same=each.event.review == one.found.review_digest),
    ]
    if each.retracted is not None and each.retracted > one.end:
        rows.append(("since then", f"taken back at position {each.retracted}"))
    marks = () if each.counts else ("dim" if each.settles else "yellow",)
    title = f"{each.act.signer} approved as {each.event.role}, position {each.act.position}"
    return Section(title, tuple(rows), (), marks)
