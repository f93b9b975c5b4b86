"""A ledger with a proposal in it, made with the verbs themselves."""

from pathlib import Path
from typing import Any

from tests.change_files import CHANGE, write_change, write_report
from tests.cli.conftest import LedgerFolder


def opened(ledger: LedgerFolder, text: str = CHANGE, *, as_: str = "frank") -> int:
    """Open a proposal; its number."""
    result = ledger.assent("proposal", "open", write_change(ledger.path, text), "--json", as_=as_)
    assert result.exit == 0, result.err
    return int(result.json["proposal"])


def assessed(ledger: LedgerFolder, number: int) -> dict[str, Any]:
    """The assessment of a proposal."""
    assessment: dict[str, Any] = ledger.assent("proposal", "show", number, "--json").json[
        "assessment"
    ]
    return assessment


def attached(ledger: LedgerFolder, number: int, path: Path | None = None) -> None:
    """Attach an evaluation report as erin."""
    file = write_report(ledger.path) if path is None else path
    result = ledger.assent(
        "evidence", "attach", number, file, "--type", "evaluation-report", as_="erin"
    )
    assert result.exit == 0, result.err


def approved(ledger: LedgerFolder, number: int, **roles: str) -> None:
    """Approve as each person in their role; without any, as the policy asks."""
    given = roles or {"alice": "model-owner", "dana": "data-owner"}
    digest = assessed(ledger, number)["review_digest"]
    for person, role in given.items():
        result = ledger.assent(
            "proposal", "approve", number, "--role", role, "--expect", digest, as_=person
        )
        assert result.exit == 0, result.err


def released(ledger: LedgerFolder, text: str = CHANGE) -> int:
    """The whole path; the proposal's number."""
    number = opened(ledger, text)
    attached(ledger, number)
    approved(ledger, number)
    for arguments in (("start", number), ("complete", "fraud/production")):
        result = ledger.assent("release", *arguments, as_="omar")
        assert result.exit == 0, result.err
    return number
