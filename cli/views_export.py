"""``assent views export``: every table as files, for programs that read no database."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from cli import params
from cli.context import make_app
from cli.moment import Moment, moment
from cli.new_folder import appearing, new_folder
from cli.options import Options, reading_as_of
from cli.output import emit, emit_json, safe
from cli.progress import shown
from cli.views_export_forms import FORMS, require_form
from ledger.model.terms import format_instant
from ledger.seal.merkle import root

if TYPE_CHECKING:
    from projections.export import ExportedTable

MANIFEST: Final = "manifest.json"


@click.command()
@click.argument("folder", metavar="DIR", type=params.FILE)
@click.option(
    "--format",
    "forms",
    multiple=True,
    type=click.Choice(tuple(FORMS)),
    default=("csv", "jsonl"),
    help="A form to write, once for each; else csv and jsonl.",
)
@reading_as_of
def export(options: Options, folder: Path, forms: Sequence[str]) -> None:
    """Write every table and SQL view into the new folder DIR, one file each.

    The folder appears when all of it is written. Its manifest.json says of which ledger and
    moment it is, what the columns hold, and the SHA-256 of each file. What stands in a text is
    not changed: a spreadsheet may take one that begins with = for a formula.

    \b
    Example:      assent views export october --format parquet --as-of 4711
    Exit status:  0 written, 2 it cannot be written there, 4 unproven, 5 uncheckable
    """
    target = new_folder(folder)
    wanted = tuple(dict.fromkeys(forms))
    for form in wanted:
        require_form(form)
    app = make_app(options)
    then = moment(app)
    tables = export_to(target, app.expected_id, then, wanted)
    _show(options, folder, then, tables)


def export_to(
    target: Path, ledger: str, then: Moment, forms: Sequence[str]
) -> Sequence[Mapping[str, Any]]:
    """Write every table as of *then* into the folder *target*; what its manifest says of each.

    The folder is not there yet, or is empty. Raises :class:`BadInput` (``cannot-write``).
    """
    with appearing(target) as unfinished:
        tables = _write(then, unfinished, forms)
        manifest = {**_head(ledger, then), "tables": tables}
        text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
        (unfinished / MANIFEST).write_text(text, encoding="utf-8")
    return tables


def _head(ledger: str, then: Moment) -> dict[str, object]:
    """Of which ledger and moment an export is."""
    head = then.standing.head
    return {
        "schema": "export/1",
        "ledger": ledger,
        "size": head.size,
        "root": root(head.frontier).hex(),
        "ledger_time": format_instant(head.time) if head.size else None,
        "as_of": {"position": then.position, "at": format_instant(then.at)},
        "code_version": then.views.code_version(),
    }


def _write(then: Moment, folder: Path, forms: Sequence[str]) -> list[dict[str, Any]]:
    """Write every table into *folder*; what the manifest says of each."""
    from projections.export import batches, exported_tables, row_counts  # noqa: PLC0415 - heavy

    tables, tell, done = exported_tables(), shown("exporting", "rows"), 0

    def advance(rows: int) -> None:
        nonlocal done
        done += rows
        tell(done, total)

    with then.views.reading() as connection:
        total = row_counts(connection, tables)
        return [
            _told(one, _write_table(one, rows, folder, forms, advance), folder, forms)
            for one in tables
            for rows in [batches(connection, one)]
        ]


def _write_table(
    table: "ExportedTable",
    batches: Iterable[Sequence[Sequence[Any]]],
    folder: Path,
    forms: Sequence[str],
    advance: Callable[[int], None],
) -> int:
    """Write the rows of one table, in *batches*, in all *forms*; how many there are.

    *advance* is told of each batch how many rows it has.
    """
    count = 0
    with ExitStack() as stack:
        writers = [
            stack.enter_context(
                closing(FORMS[form](folder / f"{table.name}.{form}", table.columns))
            )
            for form in forms
        ]
        for rows in batches:
            for writer in writers:
                writer.write(rows)
            count += len(rows)
            advance(len(rows))
    return count


def _told(table: "ExportedTable", rows: int, folder: Path, forms: Sequence[str]) -> dict[str, Any]:
    """What the manifest says of a table and its files."""
    return {
        "name": table.name,
        "about": table.about,
        "is_view": table.is_view,
        "rows": rows,
        "columns": [asdict(column) for column in table.columns],
        "files": [_file(folder / f"{table.name}.{form}", form) for form in forms],
    }


def _file(path: Path, form: str) -> dict[str, object]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"file": path.name, "format": form, "size": path.stat().st_size, "sha256": digest}


def _show(
    options: Options, folder: Path, then: Moment, tables: Sequence[Mapping[str, Any]]
) -> None:
    rows = sum(one["rows"] for one in tables)
    files = [file["file"] for one in tables for file in one["files"]]
    if options.as_json:
        emit_json(
            {
                "schema": "exported/1",
                "folder": str(folder),
                "tables": len(tables),
                "rows": rows,
                "files": [*files, MANIFEST],
                "as_of": {"position": then.position, "at": format_instant(then.at)},
            }
        )
        return
    if then.position < 0:
        emit(f"wrote {len(tables)} tables, as of before the first entry: all tables are empty")
    else:
        emit(f"wrote {len(tables)} tables with {rows:,} rows, as of position {then.position}")
    emit(f"{safe(folder)}/{MANIFEST} says what each file holds")
