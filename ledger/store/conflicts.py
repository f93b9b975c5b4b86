"""What every store answers where somebody wrote first: nothing was written by this append."""

from ledger.errors import Conflict


def log_moved(size: int, judged: int) -> Conflict:
    """The log has *size* entries, and the envelopes were judged behind *judged* of them."""
    return Conflict(
        "log-moved",
        f"the log has {size} entries, not the {judged} that were judged",
        hint="read what came, judge again, and append the same bytes",
    )


def partly_stored(position: int, count: int) -> Conflict:
    """One of *count* envelopes stands at *position* already, and not all of them in one run."""
    return Conflict(
        "partly-stored",
        f"position {position} already holds one of these {count} envelopes, not all of them",
        hint="append the others alone, after judging the log as it is now",
    )
