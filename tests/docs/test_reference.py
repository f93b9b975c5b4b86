"""The page on the command line is what the commands say."""

from cli.main import NOUNS
from tests.docs.reference import PAGE, page


def test_the_page_on_the_command_line_is_what_the_commands_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.docs.reference"


def test_the_page_has_every_noun_with_an_example_and_its_exit_statuses() -> None:
    text = page()
    parts = text.split("\n## assent ")[1:]

    assert [part.split("\n", 1)[0] for part in parts] == list(NOUNS)
    for part in parts:
        verbs = part.split("\n### ")[1:] or [part]
        for verb in verbs:
            assert "Example:" in verb, verb[:40]
            assert "Exit status:" in verb, verb[:40]
