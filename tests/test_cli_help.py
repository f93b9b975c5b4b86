"""Every command explains itself: one example, its exit statuses, and shared options after it."""

import re
from collections.abc import Iterator

import click
import pytest

from cli.main import NOUNS, assent
from tests.shell import run_assent

SHARED = {"--json", "--as", "--key", "--ledger", "--ledger-id", "--yes", "--dry-run", "--as-of"}


def commands(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command below *group* with the words that lead to it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, name
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)


ALL = list(commands(assent))
VERBS = [(path, command) for path, command in ALL if not isinstance(command, click.Group)]


def options(command: click.Command) -> set[str]:
    """The long options of *command*."""
    return {name for param in command.params for name in param.opts if name.startswith("--")}


def test_every_noun_has_a_module_and_a_line() -> None:
    assert {path[0] for path, _ in ALL} == set(NOUNS)
    assert all(line.endswith((".", "?")) for line in NOUNS.values())


@pytest.mark.parametrize(
    ("path", "command"), ALL, ids=lambda one: " ".join(one) if isinstance(one, tuple) else ""
)
def test_help_has_an_example_and_exit_statuses(
    path: tuple[str, ...], command: click.Command
) -> None:
    result = run_assent(*path, "--help")

    assert (result.exit, result.err) == (0, "")
    example = re.search(r"^ +Example: +assent (.+)$", result.out, re.MULTILINE)
    assert example, result.out
    assert example[1].split()[: len(path)] == list(path) or isinstance(command, click.Group)
    assert re.search(r"^ +Exit status: +\S", result.out, re.MULTILINE), result.out
    summary = (command.help or "").split("\n")[0]
    assert summary.endswith((".", "?", ":")) or ":" in summary or "\n\n" not in (command.help or "")


@pytest.mark.parametrize(
    ("path", "command"), VERBS, ids=lambda one: " ".join(one) if isinstance(one, tuple) else ""
)
def test_every_verb_answers_in_json_and_offers_what_it_needs(
    path: tuple[str, ...], command: click.Command
) -> None:
    offered = options(command)

    assert "--json" in offered
    if "--dry-run" in offered:
        assert {"--as", "--key", "--yes", "--ledger", "--ledger-id"} <= offered
        assert "--as-of" not in offered, "a write happens now"
    for param in command.params:
        if isinstance(param, click.Option) and "--help" not in param.opts:
            assert param.help or param.type.name == "choice", f"{path} {param.opts}: no help"


def test_shared_options_stand_after_the_verb_only() -> None:
    groups = [(("assent",), assent), *((p, c) for p, c in ALL if isinstance(c, click.Group))]

    for path, group in groups:
        assert not options(group) & SHARED, path
    assert run_assent("--json", "status").exit == 2
    assert options(assent) == {"--version"}


def test_an_unknown_word_is_usage_and_says_where_help_is() -> None:
    for words in (("frobnicate",), ("signer", "frobnicate"), ("verify", "--frobnicate")):
        result = run_assent(*words)
        assert (result.exit, result.out) == (2, "")
        assert result.err.startswith("usage: ")
        assert "--help" in result.err

    body = run_assent("verify", "--frobnicate", "--json").json
    assert (body["schema"], body["code"], body["exit"]) == ("error/1", "usage", 2)


def test_version_and_help_of_the_whole_are_answers() -> None:
    assert run_assent("--version").out.startswith("assent, version ")
    shown = run_assent("--help").out
    assert all(noun in shown for noun in NOUNS)
    assert "Exit status:" in shown
