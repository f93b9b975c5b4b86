"""What is put on a page: every text as text, the same bytes every time, and signs for marks."""

import re
from html.parser import HTMLParser

import pytest

from cli.page import CONTENTS, css_string, page
from cli.page_parts import LINE, Plot, part_of
from cli.sections import Section
from tests.pages.rich import MARKUP

OURS = frozenset(
    "html head meta title link body header h1 h2 p ul li main figure svg section table thead"
    " tbody tr th td pre".split()
)
"""The elements that a page consists of."""


class Elements(HTMLParser):
    """The elements, attributes and text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: list[str] = []
        self.classes: set[str] = set()
        self.text = ""
        self.feed(html.partition("<style>")[0] + html.rpartition("</style>")[2])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names += [name for name, _ in attrs if name != "class"]
        self.classes |= {value or "" for name, value in attrs if name == "class"}

    def handle_data(self, data: str) -> None:
        self.text += data


ATTACKS = (
    MARKUP,
    "</style><script>a()</script>",
    "{{ 7 * 7 }}{% include 'page.css' %}",
    '" onmouseover="a()" x="',
    "<!--",
    "]]>",
    "&lt;b&gt;&amp;",
    "javascript:a()",
)


def everywhere(text: str) -> str:
    """A page with *text* in every place that text can take."""
    facts = Section(text, ((text, text),), marks=(text,))
    table = Section(text, ((text, text, text),), (text, text, text), ("red",))
    words = Section(text, ((text,),), verbatim=text)
    plot = Plot(text, '<svg viewBox="0 0 1 1"></svg>', table)
    return page(f"{text}.", text, [facts, table, words, plot])


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_becomes_markup_wherever_it_stands(attack: str) -> None:
    innocent, attacked = Elements(everywhere("qqq")), Elements(everywhere(attack))

    assert attacked.tags == innocent.tags
    assert set(attacked.tags) == OURS
    assert attacked.names == innocent.names
    assert attacked.classes <= innocent.classes | {"table"}
    assert attacked.text.count(attack) == innocent.text.count("qqq") > 10


@pytest.mark.parametrize("code", [0x00, 0x1B, 0x7F, 0x85, 0x202E, 0x2066, 0x200F, 0xFEFF, 0x2028])
def test_what_moves_or_turns_text_is_shown_as_its_code(code: int) -> None:
    html = everywhere(f"a{chr(code)}b")

    assert chr(code) not in html
    assert f"a\\u{code:04x}b" in html


def test_a_lone_surrogate_does_not_keep_a_page_from_being_written() -> None:
    assert "a\\udc80b" in everywhere("a\udc80b").encode().decode()


def test_the_title_at_the_foot_of_a_sheet_cannot_leave_its_string() -> None:
    assert css_string('a"; } </style>\\') == '"a\\22 \\3b  \\7d  \\3c \\2f style\\3e \\5c "'
    assert '@bottom-left { content: "\\3c \\2f style' in page("</style>", "", [])


def test_a_long_title_is_cut_at_the_foot_only() -> None:
    html = page("t" * 200, "", [])

    assert f'content: "{"t" * 69}\\2026 "' in html
    assert f"<h1>{'t' * 200}</h1>" in html


def test_the_same_answer_gives_the_same_bytes() -> None:
    assert everywhere("text") == everywhere("text")
    assert not re.search(r"20[0-9]{2}-[0-9]{2}", everywhere("text"))


def test_a_page_allows_nothing_but_its_own_style() -> None:
    policies = re.findall(
        r'http-equiv="Content-Security-Policy" content="([^"]*)"', page("a", "", [])
    )

    style, rest = "style-src 'unsafe-inline'; img-src data:", "base-uri 'none'; form-action 'none'"
    assert policies == [f"default-src 'none'; {style}; {rest}"]


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ("green", "good"),
        ("yellow", "open"),
        ("magenta", "waived"),
        ("red", "bad"),
        ("dim", "quiet"),
    ],
)
def test_a_mark_is_a_sign_and_not_a_colour_alone(mark: str, said: str) -> None:
    html = page("a", "", [Section("b", (("c", "d"), ("e", "f")), marks=(mark,))])

    assert html.count(f'<tr class="marked {said}">') == 1
    assert re.search(rf":is\(tr, li\)\.{said} {{ [^}}]*--sign: \"[^a-z]\"; }}", html)


def test_a_row_without_headings_has_its_label_as_a_heading_of_its_own() -> None:
    html = page("a", "", [Section("b", (("owner", "alice"), ("", "bob")))])

    room = ' style="--room: 5"'
    assert f'<th scope="row"{room}>owner</th><td{room}>alice</td>' in html
    assert "<td></td><td>bob</td>" in html


def test_a_column_has_its_heading_above_it_and_beside_each_cell_on_a_phone() -> None:
    html = page("a", "", [Section("b", (("x", "y", ""),), ("one", "two", ""))])

    for heading in ("one", "two"):
        assert f'<th scope="col" style="--room: 3">{heading}</th>' in html
    assert '<th scope="row" data-label="one">x</th><td data-label="two">y</td><td></td>' in html


def test_a_long_page_begins_with_links_to_its_parts() -> None:
    sections = [Section(f"part {number}", (("a",),)) for number in range(CONTENTS)]

    html = page("a", "", [Section("", (("untitled",),)), Section("a", (("x",),)), *sections])

    links = re.findall(r'<a href="#(part-[0-9]+)">(part [0-9])</a>', html)
    assert [title for _, title in links] == [f"part {number}" for number in range(CONTENTS)]
    for anchor, title in links:
        assert re.search(rf'<section id="{anchor}">\s*<h2>{title}</h2>', html)
    assert html.count("<li><a ") == CONTENTS
    assert "<nav" not in page("a", "", sections[1:])


def test_a_part_called_as_the_page_is_has_no_second_heading() -> None:
    html = page("a", "", [Section("a", (("x",),)), Section("b", (("x",),))])

    assert re.findall(r"<h[12]>(.*)</h[12]>", html) == ["a", "b"]


def test_an_instant_stays_on_one_line_where_there_is_room_for_it() -> None:
    instant = "2026-11-21T07:41:26Z"

    html = page("a", f"as of {instant}, later", [Section("", (("at", f"from {instant}"),))])

    assert f'<p class="lead">as of <time>{instant}</time>, later</p>' in html
    assert f">from <time>{instant}</time></td>" in html
    assert '<table class="facts">' in html
    crowded = part_of(1, Section("", ((instant,) * 4,), ("a", "b", "c", "d")))
    assert crowded.form == "table narrow"
    assert crowded.rooms == (15, 15, 15, 15)


@pytest.mark.parametrize(
    ("row", "rooms"),
    [
        (("owner", "alice and bob"), (5, 5)),
        (("w" * 80,), (60,)),
        (("w" * 80, "w" * 90), (30, 30)),
        (("w" * 80, "w" * 10, "short"), (45, 10, 5)),
        (("", "x"), (0, 1)),
        (tuple("w" * 70), (1,) * 70),
    ],
)
def test_the_longest_words_give_way_until_every_column_has_room(
    row: tuple[str, ...], rooms: tuple[int, ...]
) -> None:
    assert part_of(1, Section("", (row,))).rooms == rooms
    assert sum(rooms) <= max(LINE, len(row))


def test_a_sign_has_room_before_the_words_of_its_row() -> None:
    marked = part_of(1, Section("", (("satisfied", "alice"),), marks=("green",)))

    assert marked.rooms == (len("satisfied") + 3, 5)


def test_lines_of_a_text_stay_lines_within_their_cell() -> None:
    html = page("a", "", [Section("", (("why", "one\ntwo"),), verbatim="x = 1\n\ty")])

    assert ">one\ntwo</td>" in html
    assert "<pre>x = 1\n\ty</pre>" in html


@pytest.mark.parametrize(
    ("rows", "form"),
    [
        ((("2026-11-21T07:41:26Z", "none", "0"),), "table slim"),
        ((("satisfied", "model-owner", "somebody accepts the quality of the task here"),), "table"),
        ((("w" * 50, "none", "0"),), "table"),
    ],
)
def test_a_small_table_stays_one_on_a_phone(rows: tuple[tuple[str, ...], ...], form: str) -> None:
    html = page("a", "", [Section("", rows, ("one", "two", "three"))])

    assert f'<table class="{form}">' in html
