"""Pages of real ledgers, written by the command line once for all tests of this folder."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.places import CONFIG, CONFIG_TEXT
from ledger.model.terms import format_instant
from tests.cli.conftest import LedgerFolder
from tests.lifelike import write_history
from tests.pages.browser import Browser
from tests.pages.rich import EXCEPTION, PRODUCTION, RELEASE, URGENT, rich
from tests.shell import inside, run_assent

WORDY: Mapping[str, tuple[str | int, ...]] = {
    "why": ("audit", "why", PRODUCTION),
    "who": ("audit", "who", PRODUCTION),
    "watched": ("audit", "watched", PRODUCTION),
    "dossier": ("audit", "dossier", RELEASE),
    "dossier-urgent": ("audit", "dossier", URGENT),
    "dossier-exception": ("audit", "dossier", EXCEPTION),
}
"""The pages of the ledger that is hard to show."""

COUNTED: Mapping[str, tuple[str | int, ...]] = {
    "metrics": ("metrics", "--window", "5d"),
    "metrics-by-approver": ("metrics", "approver-latency", "--by", "approver"),
}
"""The pages of a ledger in which much happened."""

PAGES = (*WORDY, *COUNTED)

ENTRIES = 600


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder in which each page is a file."""

    folder: Path

    def page(self, name: str) -> Path:
        """The file of the page *name*."""
        return self.folder / f"{name}.html"


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Every page of :data:`PAGES`, as ``--html`` writes it."""
    folder = tmp_path_factory.mktemp("pages")
    with pytest.MonkeyPatch.context() as patch:
        org = rich()
        patch.setenv("ASSENT_NOW", format_instant(org.now + 60))
        ledger = LedgerFolder(folder / "wordy", org)
        for name, words in WORDY.items():
            result = ledger.assent(*words, "--html", folder / f"{name}.html")
            assert result.exit == 0, result.err
        for name, later in (("early", 120), ("late", 999)):
            patch.setenv("ASSENT_NOW", format_instant(org.now + later))
            words = ("audit", "who", PRODUCTION, "--as-of", 70)
            result = ledger.assent(*words, "--html", folder / f"{name}.html")
            assert result.exit == 0, result.err
        _write_counted(folder, patch)
    return Shelf(folder)


def _write_counted(folder: Path, patch: pytest.MonkeyPatch) -> None:
    place = folder / "counted"
    kept = place / ".assent"
    kept.mkdir(parents=True)
    (kept / CONFIG).write_text(CONFIG_TEXT)
    history = write_history(kept, ENTRIES)
    patch.setenv("ASSENT_NOW", format_instant(history.ended))
    with inside(place):
        for name, words in COUNTED.items():
            pinned = ("--ledger-id", history.id)
            result = run_assent(*words, *pinned, "--html", folder / f"{name}.html")
            assert result.exit == 0, result.err


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all pages."""
    with Browser(tmp_path_factory.mktemp("browser")) as started:
        yield started
