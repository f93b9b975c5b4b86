"""``assent log``: the entries of the log, newest last."""

from typing import Any

import click

from cli import params
from cli.asked import signer_named
from cli.context import make_app
from cli.moment import moment
from cli.options import Options, reading_as_of
from cli.output import emit_json_lines, emit_table
from ledger.errors import BadInput
from ledger.model.kinds import KINDS
from ledger.model.problems import closest

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

    \b
    Example:      assent log --by dana --kind approval.granted
    Exit status:  0, 2 unknown kind or signer
    """
    from projections.log import log_entries  # noqa: PLC0415 - a heavy import

    if kind is not None and kind not in KINDS:
        meant = closest(kind, KINDS)
        raise BadInput(
            "unknown-kind", f"{kind} is no kind of event", hint=meant and f"did you mean {meant}?"
        )
    then = moment(make_app(options))
    if author is not None:
        signer_named(then.standing, author)
    with then.views.reading() as connection:
        rows: list[Any] = list(
            log_entries(
                connection, stream=stream, by=author, kind=kind, limit=last, up_to=then.position
            )
        )
    if options.as_json:
        emit_json_lines(
            {"schema": "entry-line/1", **{name: getattr(row, name) for name in _JSON}}
            for row in rows
        )
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
