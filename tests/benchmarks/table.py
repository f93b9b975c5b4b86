"""All measurements as one table: a column for each size of history.

::

    full verify from SQLite                                  9.87 s          101 s
      / the same signatures, bare libsodium       <= 2      15.2 !         31.1 !

Above is what was measured, below what it is compared with, the target and the ratio; ``!``
marks a target that was missed.
"""

from collections.abc import Iterator, Sequence

from tests.benchmarks.measure import Measurement

WIDE = 43
NARROW = 9
CELL = 12

SIGNS = {"at most": "<=", "at least": ">="}


def table(found: Sequence[Measurement]) -> Iterator[str]:
    """Its lines, and how many targets were met."""
    sizes = sorted({one.entries for one in found})
    yield " " * WIDE + "target".rjust(NARROW) + "".join(f"{size:,}".rjust(CELL) for size in sizes)
    rows: dict[tuple[str, str], dict[int, Measurement]] = {}
    for one in found:
        rows.setdefault((one.what, one.against), {})[one.entries] = one
    for (what, against), measured in rows.items():
        some = next(iter(measured.values()))
        target = "" if some.target is None else f"{SIGNS[some.sense]} {some.target:g}"
        cells = [measured.get(size) for size in sizes]
        yield what.ljust(WIDE + NARROW) + "".join(_ours(one).rjust(CELL) for one in cells)
        reference = f"  / {against}".ljust(WIDE) + target.rjust(NARROW)
        yield reference + "".join(_ratio(one).rjust(CELL) for one in cells)
    aimed = [one for one in found if one.target is not None]
    yield f"{sum(one.met for one in aimed)} of {len(aimed)} targets met; ! was missed"


def _ours(one: Measurement | None) -> str:
    return "" if one is None else f"{one.ours:.4g} {one.unit}"


def _ratio(one: Measurement | None) -> str:
    return "" if one is None else f"{one.ratio:.3g}" + ("" if one.met else " !")
