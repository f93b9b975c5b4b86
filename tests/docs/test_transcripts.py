"""Every transcript of the documentation prints what it says."""

import re
from pathlib import Path

import pytest

from tests.docs.shelf import Shelf
from tests.docs.transcripts import ROOT, Session, before, steps

PAGES = [
    page
    for page in sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
    if page.exists() and steps(page.read_text(encoding="utf-8"))
]
PROGRAMS = ("git", "head", "ssh-keygen", "tr")
FOLLOWED = {other for page in PAGES for other in list(before(page))[:-1]}


def programs(page: Path) -> list[str]:
    """The programs that the commands of *page*, and of the pages before it, call."""
    texts = [each.read_text(encoding="utf-8") for each in before(page)]
    commands = "\n".join(step.command for text in texts for step in steps(text))
    return [one for one in PROGRAMS if re.search(rf"(^|[|(] *){one} ", commands, re.MULTILINE)]


CASES = [
    pytest.param(
        page,
        id=page.relative_to(ROOT).as_posix(),
        marks=pytest.mark.needs("bash", *programs(page)),
    )
    for page in sorted(PAGES, key=lambda page: list(before(page)))
    if page not in FOLLOWED
]
"""The pages that no other page follows: with each of them run those before it.

Those that follow the same page stand together, for one worker to run.
"""


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """What the pages leave that others follow."""
    return Shelf(tmp_path_factory.mktemp("shelf"))


@pytest.mark.parametrize("page", CASES)
def test_a_transcript_prints_what_it_says(page: Path, shelf: Shelf) -> None:
    for each, played in shelf.play(page, FOLLOWED).items():
        for step, actual, same in played:
            if not same:
                where = f"{each.name}: $ {step.command}"
                assert "\n".join(actual) == "\n".join(step.expected), where
                pytest.fail(f"{where}\nsomething that stood here before changed its value")


def test_the_pages_that_promise_transcripts_have_them() -> None:
    names = {page.relative_to(ROOT).as_posix() for page in PAGES}
    guides = {page.relative_to(ROOT).as_posix() for page in (ROOT / "docs" / "howto").glob("*.md")}
    guides -= {"docs/howto/analyse.md"}  # test_analyse_page.py asks its questions, in four ways
    guides -= {"docs/howto/scale.md"}  # its commands take two servers: tests/replication

    assert names >= {"README.md", "docs/tutorial/first-release.md", *guides}


def test_a_command_takes_its_here_document_with_it() -> None:
    page = "```console\n$ cat > x <<EOF\na\nEOF\n$ cat x\na\n```\n"

    assert [(step.command, step.expected) for step in steps(page)] == [
        ("cat > x <<EOF\na\nEOF", []),
        ("cat x", ["a"]),
    ]


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        (["at 2026-01-01T00:00:00Z"], ["at 2027-02-02T11:11:11Z"], True),
        (["id 0123456789"], ["id abcdef0123"], True),
        (["0123456789", "0123456789"], ["abcdef0123", "abcdef0123"], True),
        (["0123456789", "0123456789"], ["abcdef0123", "abcdef0124"], False),
        (["a", "…", "d"], ["a", "b", "c", "d"], True),
        (["a", "…", "d"], ["a", "b", "c"], False),
        (["ready"], ["open"], False),
        (["ready"], [], False),
    ],
)
def test_a_transcript_matches_up_to_what_differs_from_run_to_run(
    expected: list[str], actual: list[str], *, same: bool, tmp_path: Path
) -> None:
    assert Session(tmp_path / "home").matches(expected, actual) is same


def test_a_digest_shown_before_stands_for_the_real_one_in_a_command(tmp_path: Path) -> None:
    session = Session(tmp_path / "home")
    assert session.matches(["digest 0123456789"], ["digest abcdef0123"])

    assert session.do("printf %s 0123456789") == ["abcdef0123"]
