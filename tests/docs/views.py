"""The page on the views, made from the tables and from ``projections/columns.toml``.

``python -m tests.docs.views`` writes ``docs/reference/views.md``; a test compares it.
"""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Index, Table

from projections.columns import Words, as_of, described, joins
from projections.metrics.catalogue import METRICS
from projections.runner import FAMILIES
from projections.tables import METADATA

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "views.md"
TYPES = {bool: "boolean", bytes: "bytes", int: "integer", str: "text"}
EVERY_METRIC = "metric_*"

MARK = "<!-- Below: made by python -m tests.docs.views -->"
"""What stands above it on the page is written by hand."""


_AS_OF = """\
## As of a position

Of these tables the rows that were there as of position P are found exactly: they are those of a
ledger that ends with the entry at P. What they hold is what they held then, with two exceptions.
Where a column of a position holds one after P, it was NULL. And the columns on the right may say
what came later: how it ended, or, where a key was disowned since, what is thought of it today.
A notice in `findings` counts from where it was said last.

Every other table, and each SQL view, says how things are now. `assent ... --as-of P` replays the
log up to there, and answers all that can be asked as it was answered then.

| table | rows as of P | may say what came later |
|---|---|---|"""

_JOINS = """\
## What joins what

A column on the right holds values of the column on the left, or NULL, in whatever table it is; one
that is named with its table, only in that. `aliases` has no row before the first release of an
alias: join it with `LEFT JOIN`.

| values of | in |
|---|---|"""


def page() -> str:
    """The whole page."""
    assert FAMILIES, "nothing was imported that makes a table"
    by_hand = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    return "\n".join([by_hand + MARK, "", *_as_of(), *_joins(), *_sections()]).rstrip() + "\n"


def _as_of() -> Iterator[str]:
    yield _AS_OF
    for name, one in as_of().items():
        later = ", ".join(f"`{column}`" for column in one.later)
        yield f"| `{name}` | `{one.condition('P')}` | {later or 'nothing'} |"
    yield ""


def _joins() -> Iterator[str]:
    yield _JOINS
    for of, patterns in joins().items():
        into = ", ".join(f"`{one}`" for one in patterns if not one.startswith("-"))
        without = ", ".join(f"`{one[1:]}`" for one in patterns if one.startswith("-"))
        yield f"| `{of}` | {into}{f'; not in {without}' if without else ''} |"
    yield ""


def _sections() -> Iterator[str]:
    for name, words in described().items():
        yield f"## {name}"
        yield ""
        if name == EVERY_METRIC:
            yield from _metrics(words)
        else:
            yield from _table(METADATA.tables[name], words)
        yield ""


def _table(table: Table, words: Words) -> Iterator[str]:
    yield ("A SQL view. " if table.is_view else "") + words.about
    yield ""
    yield from _columns(table, words)
    indexes = sorted(table.indexes, key=lambda one: str(one.name))
    if indexes:
        yield ""
        yield f"Indexed by {'; '.join(_index(one) for one in indexes)}."


def _metrics(words: Words) -> Iterator[str]:
    yield words.about
    yield ""
    yield from _columns(METRICS[0].view, words)
    yield ""
    yield "| view | of the metric |"
    yield "|---|---|"
    for one in METRICS:
        yield f"| `{one.view.name}` | [{one.name}](metrics.md#{one.name}): {one.title} |"


def _columns(table: Table, words: Words) -> Iterator[str]:
    """The columns; of a view nothing says which may be NULL but its words."""
    yield "| column | type | what |" if table.is_view else "| column | type | null | what |"
    yield "|---|---|---|" if table.is_view else "|---|---|---|---|"
    for column in table.columns:
        key = " †" if column.primary_key else ""
        null = "yes | " if column.nullable else "no | "
        yield (
            f"| `{column.name}`{key} | {TYPES[column.type.python_type]} | "
            f"{'' if table.is_view else null}{words.columns[column.name]} |"
        )


def _index(index: Index) -> str:
    of = f"{index.table.name}." if index.table is not None else ""
    names = [str(one).removeprefix(of).replace(of, "") for one in index.expressions]
    where = index.dialect_options["sqlite"]["where"]
    return f"`{', '.join(names)}`" + ("" if where is None else f" where `{where}`")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
