"""The review screen: what a person sees before they sign something about a proposal.

What changes against the alias or the policy as it is, the tier and why, every declared
answer, evidence with its age, numbers against their bounds, what is missing and who signed.
"""

from cli.act import Screen
from cli.context import App
from cli.owed import owing_of
from cli.report import report
from cli.sections import Section, show_sections
from cli.stops import Stops, stops_now
from ledger.decide import proposal as proposals
from ledger.decide.cases import assess_proposal
from ledger.decide.context import Standing
from ledger.decide.happening import Happening
from ledger.decide.states import ProposalState
from ledger.errors import Conflict
from ledger.model.entry import Entry
from ledger.model.events import ProposalOpened, ProposalRevised
from ledger.model.terms import parse_instant


def reviewing(app: App) -> Screen:
    """What shows, on stderr, what an entry of *app*'s would be signed about."""
    return lambda standing, entry: _review(standing, entry, lambda: stops_now(app))


def _review(standing: Standing, entry: Entry, stops: Stops) -> str | None:
    """Show what *entry* would be signed about; the review digest to confirm."""
    event = entry.event
    at = max(parse_instant(entry.at), standing.head.time)
    if isinstance(event, ProposalOpened | ProposalRevised):
        standing = standing.fork()
        on = Happening(standing.head.size, "0" * 64, entry.by.signer, at)
        standing.put(*proposals.evolve(standing, event, on))
    state = _about(standing, entry)
    if state is None:
        return None
    found = assess_proposal(standing, state, at)
    show_sections([*report(standing, state, found, stops, at), _signed(entry)], err=True)
    owing = owing_of(standing, state, at, people=False)
    return found.review_digest if owing is None else owing.found.review_digest


def telling(standing: Standing, entry: Entry) -> str | None:  # noqa: ARG001 - as every screen
    """Show on stderr, field by field, what *entry* says: it is about no proposal."""
    event = entry.event
    said = event.model_dump(mode="json")
    rows = [(name, _in_words(value)) for name, value in said.items() if name != "kind"]
    show_sections([Section(f"You sign {event.kind}, as {entry.by.signer}", tuple(rows))], err=True)
    return None


def _in_words(value: object) -> str:
    if value is None:
        return "-"
    return ", ".join(map(str, value)) or "-" if isinstance(value, list) else str(value)


def _signed(entry: Entry) -> Section:
    """What the signature will be under, in the words of the event."""
    event = entry.event
    rows = [("event", f"{event.kind}, as {entry.by.signer}")]
    for field in ("role", "on_behalf", "reason", "alias", "number"):
        value = getattr(event, field, None)
        if isinstance(value, str | int):
            rows.append((field, str(value)))
    return Section("You sign", tuple(rows))


def _about(standing: Standing, entry: Entry) -> ProposalState | None:
    id_ = getattr(entry.event, "proposal", None)
    return standing.proposal(id_) if isinstance(id_, str) else None


def require_expected(current: str, expected: str | None) -> None:
    """Refuse to sign what is not what was reviewed elsewhere.

    Raises :class:`Conflict` (``review-changed``) with the digest as it is now.
    """
    if expected is None:
        return
    if expected.removeprefix("sha256:") != current.removeprefix("sha256:"):
        raise Conflict(
            "review-changed",
            f"what you reviewed is not what would be signed: the digest is {current} now",
            hint="look again with: assent proposal show",
        )
