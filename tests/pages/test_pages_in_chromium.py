"""Every kind of page in a real browser: on a phone, at a desk, in the dark and on paper."""

import re

import pytest

from tests.pages.browser import Browser, Seen
from tests.pages.conftest import COUNTED, PAGES, WORDY, Shelf
from tests.pages.rich import FOREIGN, LONG, MARKUP

pytestmark = pytest.mark.needs("chromium")

PHONE, DESK = 400, 1_400


def look(browser: Browser, shelf: Shelf, name: str, width: int, scheme: str = "light") -> Seen:
    """See the page *name*, with scripts allowed on a phone and switched off at a desk."""
    page = shelf.page(name)
    seen = browser.look(page, width, scheme=scheme, scripts=width == PHONE)
    assert seen.told == ()
    assert seen.asked == (page.as_uri(),)
    return seen


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_off_asked_of_the_network_or_complained_of(
    browser: Browser, shelf: Shelf, name: str, width: int
) -> None:
    seen = look(browser, shelf, name, width)

    assert seen.faults == ()
    assert seen.height > 400


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


def test_the_pages_for_auditors_cite_positions(shelf: Shelf) -> None:
    for name in WORDY:
        assert "position" in shelf.page(name).read_text(encoding="utf-8")
