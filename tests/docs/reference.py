"""The page on the command line, made from the commands themselves.

``python -m tests.docs.reference`` writes ``docs/reference/cli.md``; a test compares it.
"""

from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

import click

from cli.main import EXIT_STATUS, NOUNS, assent

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "cli.md"

_SHARED = {
    "as_json": "Answer with JSON: one object, or one on each line where a list may be long.",
    "ledger": "The ledger's folder, else the `.assent` here or above (or `ASSENT_LEDGER`).",
    "ledger_id": "The id the ledger must have: pins for this call, for machines without a state.",
    "signer": "Who signs (or `ASSENT_SIGNER`).",
    "key": "The key file (or `ASSENT_KEY`), else the signer's in the key folder.",
    "yes": "Sign without asking; needed without a terminal.",
    "dry_run": "Print the entry that would be signed, and sign nothing.",
    "as_of": "Answer as it was at a time, or just after the entry at a position.",
}
_MEANINGS = {
    "BadInput": "usage or bad input: which file, which line, what was expected",
    "Refused": "refused: a rule says no",
    "Unproven": "unproven: tampered, forked, rolled back, bad signature",
    "Uncheckable": "uncheckable: a missing key, file or pin; never a yes",
    "Conflict": "conflict: somebody wrote first, and what they wrote changes the answer",
    "Drift": "drift: the stored views differ from the ledger",
}

_TOP = """\
# The command line

Made from the commands by `python -m tests.docs.reference`, and compared by a test.

Noun, then verb: `assent proposal approve 12 --role data-owner`. Options stand behind the verb. Data
goes to stdout, everything else to stderr. Nothing foreign reaches a terminal unescaped.

## Exit statuses

| exit | means |
|---|---|
| 0 | done, ready, verified |
| 1 | a bug of ours; it says so |"""
_SHARED_TOP = """\
| 8 | pending: approvals or evidence are outstanding, nothing is wrong |
| 141 | whoever read the answer through a pipe has gone; never 0, since it was not read |

## Options that many verbs share

Each verb lists those it takes.

| option | means |
|---|---|"""
_SETTINGS = """
## Settings

Options beat settings. A folder never names a signer, a key or a clock.

| setting | means |
|---|---|
| `ASSENT_SIGNER`, `ASSENT_KEY`, `ASSENT_LEDGER` | as `--as`, `--key`, `--ledger` |
| `ASSENT_STATE` | the state folder, else `$XDG_STATE_HOME/assent` |
| `XDG_CONFIG_HOME` | keys are in its `assent/keys`, else in that of `~/.config` |
| `ASSENT_NOW` | the claimed time, on ledgers founded with `rehearsal = true` only |
"""


def page() -> str:
    """The whole page."""
    return "\n".join([*_head(), *(line for name in NOUNS for line in _noun(name))]).rstrip() + "\n"


def _head() -> Iterator[str]:
    yield _TOP
    for kind, status in sorted(EXIT_STATUS.items(), key=lambda item: item[1]):
        yield f"| {status} | {_MEANINGS[kind.__name__]} |"
    yield _SHARED_TOP
    shared: dict[str, click.Option] = {}
    for command in _commands():
        for option in command.params:
            if isinstance(option, click.Option) and option.name in _SHARED:
                shared.setdefault(option.name, option)
    for name, meaning in _SHARED.items():
        yield f"| `{_spelled(shared[name])}` | {meaning} |"
    yield _SETTINGS


def _commands() -> Iterator[click.Command]:
    for name in NOUNS:
        noun = _found(name)
        if isinstance(noun, click.Group):
            yield from noun.commands.values()
        else:
            yield noun


def _found(name: str) -> click.Command:
    command = assent.get_command(click.Context(assent), name)
    if command is None:
        raise LookupError(name)
    return command


def _noun(name: str) -> Iterator[str]:
    command = _found(name)
    yield f"## assent {name}"
    yield ""
    if isinstance(command, click.Group):
        yield NOUNS[name]
        yield ""
        for verb, inner in command.commands.items():
            yield f"### assent {name} {verb}"
            yield ""
            yield from _verb(inner, f"assent {name} {verb}")
    else:
        yield from _verb(command, f"assent {name}")


def _verb(command: click.Command, path: str) -> Iterator[str]:
    with click.Context(command, info_name=path) as context:
        usage = " ".join(command.collect_usage_pieces(context)).replace("[OPTIONS]", "[options]")
    yield "```text"
    yield f"{path} {usage}".rstrip()
    yield "```"
    yield ""
    for paragraph in cleandoc((command.help or "").replace("\\b\n", "\b\n")).split("\n\n"):
        if paragraph.startswith("\b"):
            yield "```text"
            yield paragraph.removeprefix("\b\n")
            yield "```"
        else:
            yield " ".join(paragraph.split())
        yield ""
    yield from _options([one for one in command.params if isinstance(one, click.Option)])


def _options(options: list[click.Option]) -> Iterator[str]:
    own = [option for option in options if option.name not in _SHARED and option.name != "help"]
    if own:
        yield "| option | means |"
        yield "|---|---|"
        for option in own:
            needed = "Required. " if option.required else ""
            yield f"| `{_spelled(option)}` | {needed}{option.help or ''} |"
        yield ""
    shared = [f"`{option.opts[0]}`" for option in options if option.name in _SHARED]
    if shared:
        yield f"Also: {', '.join(shared)}."
        yield ""


def _spelled(option: click.Option) -> str:
    if option.is_flag:
        return ", ".join(option.opts)
    context = click.Context(click.Command("any"))
    shown = option.make_metavar(context).replace("|", "\\|")
    return f"{', '.join(option.opts)} {shown}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
