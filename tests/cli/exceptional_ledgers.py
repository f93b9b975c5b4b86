"""A ledger on disk under EXCEPTIONAL: a release that waits, an exception for it, and its use."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import LedgerFolder
from tests.cli.opened import assessed
from tests.cli.staged_ledgers import on_disk, seen
from tests.exception_acts import granted, urgent, waiving
from tests.organisation import Organisation
from tests.policies import exceptional
from tests.shell import Result

OF = "2"
"""The number of the release to production that lacks alice's approval, or erin's report."""

EXCEPTION = "3"
"""The number of the exception for it."""

FILE = """effect = "exception"
proposal = 2
waives = ["model-owner"]
owner = "olga"
incident = "INC-7"
controls = "the dashboard is watched by hand"
until = "24h"
why = "alice cannot be reached"
"""

REVIEW = 'cause = "nobody was on call"\nchanges = "somebody is"\ntests = "an exercise"\n'

Steps = tuple[Callable[[Organisation], object], ...]


def waiting(org: Organisation) -> str:
    """The release that waits; its proposal."""
    return urgent(org)


def waived(org: Organisation) -> str:
    """The same with an exception that waives what it lacks."""
    of = urgent(org)
    granted(org, waiving(org, of))
    return of


def owing(org: Organisation) -> str:
    """The same, started under that exception."""
    of = waived(org)
    org.start("omar", of)
    return of


def exceptional_on_disk(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *steps: Callable[[Organisation], object],
    org: Organisation | None = None,
    later: int = 60,
) -> LedgerFolder:
    """The ledger of an organisation under EXCEPTIONAL after *steps*."""
    made = exceptional() if org is None else org
    return on_disk(tmp_path, monkeypatch, *steps, org=made, later=later)


def asked(ledger: LedgerFolder, text: str = FILE, *, as_: str = "olga") -> Result:
    """Ask for the exception in *text*."""
    return ledger.assent("proposal", "open", seen(ledger, text, "exception.toml"), as_=as_)


def consented(ledger: LedgerFolder, number: str = EXCEPTION) -> None:
    """Give the exception its consent, and grant it."""
    digest = assessed(ledger, int(number))["review_digest"]
    for person, role in (("sam", "security-owner"), ("rosa", "release-owner")):
        words = ("proposal", "approve", number, "--role", role, "--expect", digest)
        result = ledger.assent(*words, as_=person)
        assert result.exit == 0, result.err


def lines_of(result: Result) -> list[str]:
    """The lines on stdout, with one space between words."""
    assert result.exit == 0, result.err
    return [" ".join(line.split()) for line in result.out.splitlines()]


def code(result: Result) -> tuple[int, str]:
    """The exit status and the code of an error."""
    return result.exit, result.err.split(":")[0]
