"""By which entry a signer was silenced: the stop that held, or the disowning of the key."""

from collections.abc import Iterable, Iterator

from cli.report_evidence import VOID
from ledger.decide.context import Standing
from ledger.decide.signer_states import StopState


def silenced_words(standing: Standing, names: Iterable[str], position: int, end: int) -> str:
    """Why what *names* signed at *position* did not count as of the position *end*."""
    told = [text for name in sorted(set(names)) for text in _told(standing, name, position, end)]
    return "; ".join(told) or VOID.partition(": ")[2]


def _told(standing: Standing, name: str, position: int, end: int) -> Iterator[str]:
    for one in _stops(standing, name):
        if one.position <= end and (one.lifted_at is None or one.lifted_at > end):
            yield f"{name} was stopped by {one.by} at position {one.position}"
    signer = standing.signer(name)
    for key in () if signer is None else signer.keys:
        after, at = key.disowned_after, key.disowned_at
        if after is None or at is None or not key.is_in_force(position):
            continue
        if after < position and at <= end:
            yield f"the key of {name} was disowned at position {at}"


def _stops(standing: Standing, name: str) -> list[StopState]:
    """The stops there ever were of a signer, the oldest first."""
    target = standing.target_state(f"signer/{name}")
    at, found = None if target is None else target.newest, list[StopState]()
    while at is not None:
        stop = standing.stop(at)
        if stop is None:
            break
        found.append(stop)
        at = stop.before
    return found[::-1]
