r"""The list of the entries that were not admitted: what a checkpoint signs beside the root.

A line ``<position> <rule>\n`` for each, in the order of the log: everything that the
judgement of an entry itself refused, whatever was taken note of since. Whoever has the log
and the rules comes to the same bytes; whoever has no rules is told by them what counted.
"""

from collections.abc import Iterable
from hashlib import sha256

from ledger.seal.checkpoint import Refusals

Refused = tuple[int, str]
"""A position, and the rule that refused the entry there."""


def list_refusals(refused: Iterable[Refused]) -> bytes:
    """The list of *refused*, which are in the order of the log."""
    return b"".join(_line(*one) for one in refused)


def sum_refusals(refused: Iterable[Refused]) -> Refusals:
    """What a checkpoint says of the list of *refused*; the list itself is never in memory."""
    count, digest = 0, sha256()
    for one in refused:
        count += 1
        digest.update(_line(*one))
    return Refusals(count, digest.hexdigest())


def _line(position: int, rule: str) -> bytes:
    return f"{position} {rule}\n".encode()
