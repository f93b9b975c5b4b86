"""Rows and roots as a shell keeps them between two pieces of a log."""

from collections.abc import Sequence

from ledger.audit.replay import judge
from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.seal.envelope import examine


class KeptRows:
    """Rows and roots as a shell keeps them: bytes by key, and nothing else."""

    def __init__(self) -> None:
        self.rows: dict[str, bytes] = {}
        self.roots: dict[int, bytes] = {}

    def row(self, key: str) -> bytes | None:
        """The row under *key*."""
        return self.rows.get(key)

    def root(self, size: int) -> bytes | None:
        """The Merkle root at *size*."""
        return self.roots.get(size)

    def keep(self, standing: Standing) -> None:
        """Keep what has changed in *standing*."""
        changes = standing.settle()
        self.rows.update(changes.rows)
        self.roots.update(changes.roots)


def in_pieces(
    envelopes: Sequence[bytes], pinned: str, cuts: Sequence[int]
) -> tuple[KeptRows, list[Judged]]:
    """What is kept, and was judged, where each piece rests on what was kept of those before."""
    kept, judged, start = KeptRows(), [], 0
    for end in [*sorted(cuts), len(envelopes)]:
        standing = Standing(kept)
        judged += [judge(standing, examine(raw), pinned) for raw in envelopes[start:end]]
        kept.keep(standing)
        start = max(start, end)
    return kept, judged
