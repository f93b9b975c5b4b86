"""A ledger with stewards in a folder, and the course of a proposal about signers in it."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import LedgerFolder
from tests.cli.opened import approved
from tests.organisation import Organisation
from tests.roster import stewarded
from tests.shell import Result

NOW = "2026-09-22T00:00:00Z"
"""The claimed time of every command, half a day behind the simulator's first moment."""


def folder_of(
    path: Path, monkeypatch: pytest.MonkeyPatch, org: Organisation | None = None
) -> LedgerFolder:
    """The folder of *org*, or of one with the stewards sam and sue, at :data:`NOW`."""
    monkeypatch.setenv("ASSENT_NOW", NOW)
    return LedgerFolder(path / "ledger", stewarded() if org is None else org)


def write(ledger: LedgerFolder, text: str, name: str = "change.toml") -> Path:
    """Write the file of a proposal."""
    path = ledger.path / name
    path.write_text(text, encoding="utf-8")
    return path


def opens(ledger: LedgerFolder, text: str, *, as_: str = "frank") -> Result:
    """Try to open a proposal for *text*."""
    return ledger.assent("proposal", "open", write(ledger, text), as_=as_)


def proposed(ledger: LedgerFolder, text: str, *, as_: str = "frank") -> int:
    """Open a proposal for *text*; its number."""
    path = write(ledger, text)
    result = ledger.assent("proposal", "open", path, "--json", as_=as_)
    assert result.exit == 0, result.err
    return int(result.json["proposal"])


def enacted(ledger: LedgerFolder, number: int, *, as_: str = "omar") -> Result:
    """Enact a proposal that has its consent."""
    result = ledger.assent("proposal", "enact", number, as_=as_)
    assert result.exit == 0, result.err
    return result


def carried_out(
    ledger: LedgerFolder, text: str, *, by: str = "frank", enactor: str = "omar", **roles: str
) -> int:
    """Open, approve as each person in their role (sam as steward) and enact; the number."""
    number = proposed(ledger, text, as_=by)
    approved(ledger, number, **(roles or {"sam": "steward"}))
    enacted(ledger, number, as_=enactor)
    return number


def shown(ledger: LedgerFolder, number: int) -> list[str]:
    """The lines of ``proposal show``, with one space between words."""
    result = ledger.assent("proposal", "show", number)
    assert result.exit == 0, result.err
    return squeezed(result)


def squeezed(result: Result) -> list[str]:
    """The lines on stdout, with one space between words."""
    return [" ".join(line.split()) for line in result.out.split("\n")]


def changed(ledger: LedgerFolder, number: int) -> dict[str, Any]:
    """What a proposal changes, as programs read it."""
    found: dict[str, Any] = ledger.assent("proposal", "show", number, "--json").json["change"]
    return found


def code(result: Result) -> tuple[int, str]:
    """The exit status and the code of an error."""
    return result.exit, result.err.split(":")[0]
