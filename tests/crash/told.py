"""What somebody is told who acts while something is wrong, and whether the ledger goes on after."""

from ledger.store.log import open_log
from tests.cli.conftest import LedgerFolder
from tests.crash.crew import require_sound
from tests.shell import Result

COMMENT = ("proposal", "comment", 1, "hello", "--json")

NOW = "2026-09-22T00:00:00Z"
"""A time after all that the simulator writes."""


def told(result: Result) -> str:
    """The code of the error, which names a file and says what to do; ``stored`` if none."""
    if result.exit == 0:
        return "stored"
    body = result.json
    assert (result.exit, body["schema"]) == (5, "error/1"), result
    assert "/" in body["message"], "it names no file"
    assert body["hint"], "it does not say what to do"
    return str(body["code"])


def stored(ledger: LedgerFolder) -> int:
    """How many entries the log holds; it is sound."""
    with open_log(ledger.log) as log:
        return len(require_sound(log))


def require_goes_on(ledger: LedgerFolder) -> None:
    """The next command works as if nothing had been, and everything agrees."""
    before = stored(ledger)
    assert ledger.assent(*COMMENT, as_="frank").exit == 0
    assert stored(ledger) == before + 1
    verified = ledger.assent("verify", "--json")
    assert (verified.exit, verified.json["verdict"]) == (0, "verified"), verified
    mark = ledger.state.mark()
    assert mark is not None
    assert mark.size == before + 1
