"""``assent log``: the entries of the log, newest last."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import click

from cli import params
from cli.asked import signer_named
from cli.context import App, make_app
from cli.moment import moment
from cli.options import Options, reading_as_of
from cli.output import emit_json_lines, emit_table
from ledger.errors import BadInput, Unproven
from ledger.model.canonical import decode
from ledger.model.kinds import KINDS
from ledger.model.problems import closest
from ledger.seal.envelope import peek_unverified
from ledger.seal.merkle import leaf_hash

_JSON = (
    "position",
    "leaf",
    "stream",
    "version",
    "kind",
    "signer",
    "at",
    "judged_at",
    "admitted",
    "rule",
    "proposal",
    "summary",
)

_MOST = 2**53
"""More entries than a log ever holds; SQLite counts no further than 2^63."""

_NOTHING: Final[Mapping[str, object]] = {"previous": None, "seen": None, "event": None}
"""What an envelope says that is no entry."""

_AT_ONCE = 1_000
"""How many envelopes are in memory at a time."""


@click.command()
@click.option("--stream", type=params.text, metavar="S", help="Only entries of this stream.")
@click.option("--by", "author", type=params.identifier, metavar="ID", help="Only of this signer.")
@click.option("--kind", metavar="K", help="Only events of this kind, such as approval.granted.")
@click.option("--last", type=click.IntRange(1, _MOST), metavar="N", help="Only the last N of them.")
@reading_as_of
def command(
    options: Options, stream: str | None, author: str | None, kind: str | None, last: int | None
) -> None:
    """List entries, newest last; what a rule refused is marked with it.

    With --json each line has the event as it was signed, and all that an audit by other
    means needs: the key, the entry before it in its stream, and what its signer had seen.

    \b
    Example:      assent log --by dana --kind approval.granted
    Exit status:  0, 2 unknown kind or signer, 4 not the log this client verified
    """
    from projections.log import log_entries  # noqa: PLC0415 - a heavy import

    if kind is not None and kind not in KINDS:
        meant = closest(kind, KINDS)
        raise BadInput(
            "unknown-kind", f"{kind} is no kind of event", hint=meant and f"did you mean {meant}?"
        )
    app = make_app(options)
    then = moment(app)
    if author is not None:
        signer_named(then.standing, author)
    with then.views.reading() as connection:
        rows: list[Any] = list(
            log_entries(
                connection, stream=stream, by=author, kind=kind, limit=last, up_to=then.position
            )
        )
    if options.as_json:
        emit_json_lines(_lines(app, rows))
        return
    emit_table(
        ("position", "at", "by", "proposal", "what", ""),
        [
            (
                row.position,
                row.at,
                row.signer,
                row.proposal,
                row.summary,
                "" if row.admitted else f"refused: {row.rule}",
            )
            for row in rows
        ],
    )


def _lines(app: App, rows: Sequence[Any]) -> Iterator[dict[str, object]]:
    for row, payload in zip(rows, _payloads(app, rows), strict=True):
        yield {
            "schema": "entry-line/1",
            **{name: getattr(row, name) for name in _JSON},
            "key": row.key_id,
            "previous": payload["previous"],
            "seen": payload["seen"],
            "event": payload["event"],
        }


def _payloads(app: App, rows: Sequence[Any]) -> Iterator[Mapping[str, object]]:
    """What was signed at the position of each of *rows*, which this client verified before.

    What is no entry has said nothing. Raises :class:`Unproven` (``log-changed``).
    """
    held: dict[int, bytes | None] = {}
    for row in rows:
        if row.position not in held:
            held = {at.position: at.raw for at in app.log.read(row.position, _AT_ONCE)}
        raw = held.get(row.position)
        if raw is None or leaf_hash(raw).hex() != row.leaf:
            raise Unproven(
                "log-changed",
                f"the entry at position {row.position} is not the one this client verified",
                hint="assent verify says more",
            )
        signed: Any = None if row.kind is None else decode(peek_unverified(raw))
        yield _NOTHING if signed is None else signed
