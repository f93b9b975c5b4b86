"""A ledger on disk under a policy with stages, with releases at one point or another."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.model.terms import format_instant
from tests.cli.conftest import LedgerFolder
from tests.organisation import Organisation, change, metric, stack
from tests.policies import STAGED, staged

DAY = 86_400
STAGING, PRODUCTION = "fraud/staging", "fraud/production"


def started(org: Organisation, model: str = "m1") -> str:
    """Start a release of the stack with *model* to production, after staging; its proposal."""
    before = org.open("frank", change(stack(model=model), alias=STAGING))
    org.attach("erin", before)
    org.start("deployer", before)
    org.complete("deployer", STAGING)
    of = org.open("frank", change(stack(model=model)))
    org.attach("erin", of)
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")
    org.start("omar", of)
    return of


def completed(org: Organisation, model: str = "m1") -> str:
    """A release of the stack with *model* to production through all stages; its proposal."""
    of = started(org, model)
    for _ in range(2):
        org.now += DAY
        org.observe("watchdog", PRODUCTION, metric("0.01", name="retry_rate"))
        org.advance("omar")
    org.complete("omar")
    return of


def staged_with_segments() -> Organisation:
    """As staged, with a bound of each segment in the first stage."""
    asked = (
        '[stage.segments]\nrecall = { names = ["web"], min = "0.8" }\n\n[[stage]]\nid = "guarded"'
    )
    return staged(text=STAGED.replace('[[stage]]\nid = "guarded"', asked))


def on_disk(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *steps: Callable[[Organisation], object],
    later: int = 60,
    org: Organisation | None = None,
) -> LedgerFolder:
    """The ledger after *steps*, *later* seconds on, by the clock of its rehearsal."""
    org = staged() if org is None else org
    for step in steps:
        step(org)
    set_clock(monkeypatch, org, later)
    return LedgerFolder(tmp_path / "ledger", org)


def set_clock(monkeypatch: pytest.MonkeyPatch, org: Organisation, later: int) -> None:
    """Let it be *later* seconds after the last step of *org*."""
    monkeypatch.setenv("ASSENT_NOW", format_instant(org.now + later))


def seen(ledger: LedgerFolder, text: str, name: str = "seen.toml") -> Path:
    """Write an observation file; its path."""
    path = ledger.path / name
    path.write_text(text, encoding="utf-8")
    return path
