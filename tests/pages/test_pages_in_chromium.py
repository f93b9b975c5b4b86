"""Every kind of page in a real browser: on a phone, at a desk, in the dark and on paper."""

import re
from pathlib import Path

import pytest

from cli.page import page
from cli.sections import Section
from tests.pages.browser import Browser, Seen
from tests.pages.conftest import COUNTED, PAGES, Shelf
from tests.pages.rich import FOREIGN, LONG, MARKUP

pytestmark = pytest.mark.needs("chromium")

PHONE, DESK = 400, 1_400


def look(browser: Browser, shelf: Shelf, name: str, width: int, scheme: str = "light") -> Seen:
    """See the page *name*, with scripts allowed on a phone and switched off at a desk."""
    file = shelf.page(name)
    seen = browser.look(file, width, scheme=scheme, scripts=width == PHONE)
    assert seen.told == ()
    assert seen.asked == (file.as_uri(),)
    return seen


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_off_asked_of_the_network_or_complained_of(
    browser: Browser, shelf: Shelf, name: str, width: int
) -> None:
    seen = look(browser, shelf, name, width)

    assert seen.faults == ()
    assert seen.height > 400


FILLINGS = ("w" * 80, "w" * 12, "2026-11-21T07:41:26Z", "some words that go on " * 9, "x")


@pytest.mark.parametrize("width", [320, PHONE, 769, DESK])
def test_tables_of_any_shape_fit_into_any_window(
    browser: Browser, tmp_path: Path, width: int
) -> None:
    mixed = [(count, [*FILLINGS, *FILLINGS][:count]) for count in range(1, 10)]
    alike = [(count, [text] * count) for text in FILLINGS for count in (2, 3, 6, 9)]
    parts = [
        Section(f"{count} columns", (tuple(row), ("x",) * count), ("heading",) * count * titled)
        for count, row in (*mixed, *alike)
        for titled in (0, 1)
    ]
    file = tmp_path / "columns.html"
    file.write_text(page("Columns", "of all kinds", parts), encoding="utf-8")

    assert browser.look(file, width).faults == ()


@pytest.mark.parametrize("name", ["dossier", "metrics"])
def test_a_page_can_be_read_in_the_dark(browser: Browser, shelf: Shelf, name: str) -> None:
    assert look(browser, shelf, name, DESK, "dark").faults == ()


def test_what_was_written_to_break_the_page_is_read_as_it_was_written(
    browser: Browser, shelf: Shelf
) -> None:
    text = look(browser, shelf, "dossier", DESK).text

    assert MARKUP in text
    assert LONG in text
    assert FOREIGN in text


@pytest.mark.parametrize(("name", "fewest", "most"), [("dossier", 5, 40), ("metrics", 3, 30)])
def test_a_page_goes_on_paper(
    browser: Browser, shelf: Shelf, name: str, fewest: int, most: int
) -> None:
    pdf = browser.printed(shelf.page(name))

    sheets = re.findall(rb"/Type\s*/Page\b", pdf)
    assert fewest <= len(sheets) <= most


def test_the_pages_of_metrics_have_pictures_with_words_for_who_does_not_see_them(
    shelf: Shelf,
) -> None:
    for name in COUNTED:
        html = shelf.page(name).read_text(encoding="utf-8")
        pictures = re.findall(r'<svg viewBox="0 0 400 [0-9.]+" role="img"', html)
        words = re.findall(
            r"<title id=\"plot-[0-9]+-title\">[^<]+</title><desc id=[^<]+</desc>", html
        )
        assert len(pictures) == len(words) > 0


def test_a_page_as_of_a_position_is_the_same_whenever_it_is_written(shelf: Shelf) -> None:
    early, late = (shelf.page(name).read_bytes() for name in ("early", "late"))

    assert early == late
    assert b"position 70" in early
