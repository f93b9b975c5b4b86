"""What goes into a piece of evidence: its name, subject and numbers; and how one is found."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cli.context import App
from cli.metrics_file import metrics_of_document, parse_metric, read_metrics
from cli.moment import Moment
from cli.params import SURROGATES
from ledger.decide.cases import context_of, known_proposal
from ledger.decide.context import Standing
from ledger.decide.states import ProposalState
from ledger.errors import BadInput
from ledger.model.events import Metric
from ledger.model.names import is_text
from ledger.model.stack import ComponentDigest, Stack, touched
from ledger.model.terms import format_instant
from ledger.policy.case import Document, require_release

LONGEST_NAME: Final = 128
_WHOLE: Final = re.compile(r"sha256:[0-9a-f]{64}\Z")
_BEGINNING: Final = re.compile(r"(sha256:)?[0-9a-f]{4,64}\Z")


def default_name(path: Path) -> str:
    """The name under which a file is attached: its own, in Unicode normal form C."""
    name = unicodedata.normalize("NFC", path.name)
    if not 0 < len(name) <= LONGEST_NAME or not is_text(name, lines=False) or not _encodes(name):
        raise BadInput(
            "bad-name",
            f"a document cannot be called {name!r}",
            hint="give the file a shorter name without control characters",
        )
    return name


def numbers_in(
    file: Path, type_: str, metrics_file: Path | None, metrics: Sequence[str]
) -> tuple[Metric, ...]:
    """The numbers a document reports: from its own file, another one, and the command line."""
    if metrics_file is not None:
        found = read_metrics(metrics_file)
    else:
        found = metrics_of_document(file, type_)
    named = [*found, *(parse_metric(text) for text in metrics)]
    return tuple(sorted(named, key=lambda metric: (metric.name, metric.segment or "")))


def subject_in(
    standing: Standing, proposal: str, wanted: str | None, about: Stack | None = None
) -> tuple[ComponentDigest, ...]:
    """The components a document is about: those named, or all that the proposal changes.

    With *about*, the stack that was evaluated, their digests are those that it has; where the
    proposal has others by now, the act itself is refused (``subject-differs``).
    Raises :class:`BadInput` (``unknown-component``, ``nothing-changed``), :class:`Refused`
    (``not-a-release``).
    """
    state = known_proposal(standing, proposal)
    effect = require_release(state.effect, state.number)
    stack = effect.stack if about is None else about
    digests = stack.digests()
    if wanted is None:
        # Of a release that was started, against what ran before it.
        stable = context_of(standing, state).stable
        # What lost its consent is compared with nothing: everything is asked for once more.
        runs = None if stable is None or stable.unsupported else stable.stack
        names = [n for n in touched(stack, runs) if n in digests]
        if not names:
            raise BadInput(
                "nothing-changed",
                f"#{state.number} changes no component a document could be about",
                hint="name the components with --subject model,dataset",
            )
    else:
        names = sorted({name.strip() for name in wanted.split(",")})
    for name in names:
        if name not in digests:
            raise BadInput(
                "unknown-component",
                f"the stack has no component {name!r}",
                hint=f"it has {', '.join(sorted(digests))}",
            )
    parts = [part for part in stack.components if part.component in names]
    return tuple(ComponentDigest(component=p.component, digest=p.digest) for p in parts)


def find_documents(
    app: App, text: str, then: Moment | None = None
) -> list[tuple[ProposalState, Document]]:
    """Every place where the document of digest *text*, or that begins so, is attached, or was.

    Raises :class:`BadInput` (``not-a-digest``, ``unknown-evidence``, ``ambiguous-digest``).
    """
    if _BEGINNING.match(text) is None:
        raise BadInput(
            "not-a-digest", f"{text!r} is not sha256: and at least four hexadecimal digits"
        )
    wanted = text if text.startswith("sha256:") else f"sha256:{text}"
    found = [
        (state, document)
        for state in _holders(then or Moment(app.standing, app.views, app.now), wanted)
        for document in state.documents
        if document.digest.startswith(wanted)
    ]
    if not found:
        raise BadInput("unknown-evidence", f"no document with the digest {text} was attached")
    if len({document.digest for _, document in found}) > 1:
        raise BadInput(
            "ambiguous-digest", f"several documents begin with {text}", hint="give more digits"
        )
    return found


def document_json(state: ProposalState, document: Document) -> dict[str, object]:
    """A document as ``evidence/1``."""
    return {
        "schema": "evidence/1",
        "proposal": state.number,
        "position": document.position,
        "type": document.type,
        "name": document.name,
        "digest": document.digest,
        "size": document.size,
        "subject": {part.component: part.digest for part in document.subject},
        "metrics": [metric.model_dump(mode="json") for metric in document.metrics],
        "author": document.author,
        "signer": document.signer,
        "at": format_instant(document.at),
        "expires": document.expires,
        "withdrawn": document.withdrawn,
        "taken_from": document.taken_from,
    }


def _holders(then: Moment, wanted: str) -> list[ProposalState]:
    """The proposals to look at: by the index for a whole digest, all of them for a beginning."""
    standing = then.standing
    numbers: Sequence[int] = range(1, standing.head.proposals + 1)
    if _WHOLE.match(wanted) is not None:
        from projections.evidence import evidence_by_digest  # noqa: PLC0415 - a heavy import

        with then.views.reading() as connection:
            rows = evidence_by_digest(connection, wanted)
        numbers = sorted({int(row.number) for row in rows})
    states = (standing.numbered(number) for number in numbers)
    return [state for state in states if state is not None]


def _encodes(name: str) -> bool:
    """Whether the name is text at all: a file's name may be any bytes."""
    return not any(ord(char) in SURROGATES for char in name)
