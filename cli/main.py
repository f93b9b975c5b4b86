"""The door: nouns are loaded when they are used, and every error becomes an exit status."""

import importlib
import io
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from cli.output import safe
from ledger.errors import (
    AssentError,
    BadInput,
    Conflict,
    Drift,
    Refused,
    Uncheckable,
    Unproven,
)

VERSION: Final = "0.1.0"

NOUNS: Final[dict[str, str]] = {
    "init": "Found a ledger in this folder.",
    "trust": "Pin a ledger that somebody else founded.",
    "status": "Where this ledger stands.",
    "inbox": "What waits for me.",
    "log": "Entries, newest last.",
    "show": "One entry, verified.",
    "verify": "Replay everything.",
    "gate": "May this be released?",
    "key": "Make and list signing keys.",
    "signer": "Who signs: accept, change keys, lend roles, revoke.",
    "policy": "Write, check and read policies.",
    "proposal": "Ask for consent, give it or refuse it.",
    "evidence": "Attach documents and take them back.",
    "release": "Move a stack to an alias, watch it, take it back.",
    "alias": "What runs where, and since when.",
    "exception": "What is waived, until when, and what is owed for it.",
    "review": "Say what was behind a rollback, an exception or a stop.",
    "override": "Stop something at once, and see what is stopped.",
    "audit": "Who, why, and how it was watched; take note of findings.",
    "metrics": "How governance is doing, in numbers.",
    "views": "The tables made from the log.",
}
"""Every noun with its one line of help; each is a module of its name in this package."""

EXIT_STATUS: Final[dict[type[AssentError], int]] = {
    BadInput: 2,
    Refused: 3,
    Unproven: 4,
    Uncheckable: 5,
    Conflict: 6,
    Drift: 7,
}

BUG: Final = 1
USAGE: Final = 2

FAILS_CLOSED: Final = ("override", "check")
"""The words that ask whether something is stopped: 0 no, 3 yes, and whatever else is 5."""

LONGEST: Final = 1_000
"""The most characters of a message: what was given may be repeated in it, however long."""

_AFTER_A_WRITE: Final = "after a write: assent log --last 3 shows whether it was appended"

PIPE_CLOSED: Final = 141
"""As a shell reports a program that its reader left: never 0, since the answer was not read."""


class Nouns(click.Group):
    """A group that imports a noun only when it is named: starting is most of a short run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The nouns in the order people meet them."""
        return list(NOUNS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The noun's command, or nothing for a word that is none."""
        if cmd_name not in NOUNS:
            return None
        command: click.Command = importlib.import_module(f"cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the nouns without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(NOUNS.items()))


@click.group(cls=Nouns, context_settings={"help_option_names": ["--help"]})
@click.version_option(VERSION, prog_name="assent")
def assent() -> None:
    """Assent: a governance ledger for machine-learning and code changes.

    Every proposal, piece of evidence, approval and release is signed by its
    author's own key. Anyone can replay the log and prove that every alias was
    moved legitimately, or name the entry that was not.

    \b
    Exit status:  0 done, 1 a bug of ours, 2 bad input, 3 refused, 4 unproven,
                  5 uncheckable, 6 conflict, 7 drift, 8 pending
    """


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit status; no traceback reaches anybody."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    _ready_streams()
    try:
        status = assent.main(args=given, prog_name="assent", standalone_mode=False)
    except AssentError as error:
        status = _failed(given, EXIT_STATUS[type(error)])
        _report(error.code, error.message, error.hint, status, as_json=as_json)
    except click.exceptions.NoArgsIsHelpError as error:
        status = USAGE
        click.echo(error.format_message(), err=True)
    except click.ClickException as error:
        status = _failed(given, USAGE)
        _report("usage", error.format_message(), _usage_hint(error), status, as_json=as_json)
    except (click.Abort, KeyboardInterrupt) as error:
        status = _failed(given, USAGE)
        _report("aborted", *_interrupted(error), status, as_json=as_json)
    except SystemExit:
        # Only click leaves so, and only where the reader of a pipe has gone.
        status = _failed(given, PIPE_CLOSED)
    except OSError as error:
        status = _failed(given, EXIT_STATUS[Uncheckable])
        _report("system-error", *_by_system(error), status, as_json=as_json)
    except Exception as error:  # noqa: BLE001 - the last edge: people get a sentence
        status = _failed(given, BUG)
        text = f"{type(error).__name__}: {error}"
        hint = "this is a bug of ours: please report it with the command you ran"
        _report("bug", text, hint, status, as_json=as_json)
    sys.exit(status if isinstance(status, int) else 0)


def _failed(given: Sequence[str], status: int) -> int:
    """The exit status of what gave no answer: *status*, but where a machine asks about a stop."""
    words = tuple(one for one in given if one != "--")
    return EXIT_STATUS[Uncheckable] if words[:2] == FAILS_CLOSED else status


def _ready_streams() -> None:
    """Give every stream a place and a way to write any character; neither is a given."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - kept open
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _by_system(error: OSError) -> tuple[str, str]:
    """What the system would not do, such as write to a full disk."""
    about = "the answer could not be written" if error.filename is None else str(error.filename)
    return f"{about}: {error.strerror or error}", _AFTER_A_WRITE


def _interrupted(error: BaseException) -> tuple[str, str | None]:
    """What a person is told who left; click chains what it did not ask for itself."""
    if isinstance(error, click.Abort) and error.__cause__ is None:
        if sys.stderr.isatty():
            click.echo(err=True)  # the question still stands on this line
        return "nothing was signed", None
    return "stopped before the end", _AFTER_A_WRITE


def _usage_hint(error: click.ClickException) -> str | None:
    context = error.ctx if isinstance(error, click.UsageError) else None
    return None if context is None else f"{context.command_path} --help shows how it is used"


def _report(code: str, message: str, hint: str | None, status: int, *, as_json: bool) -> None:
    message = message if len(message) <= LONGEST else f"{message[:LONGEST]}…"
    if as_json:
        body = {
            "schema": "error/1",
            "code": code,
            "message": message,
            "hint": hint,
            "exit": status,
        }
        click.echo(json.dumps(body, ensure_ascii=False), err=True)
        return
    click.echo(f"{code}: {safe(message)}", err=True)
    if hint:
        click.echo(f"  {safe(hint)}", err=True)


if __name__ == "__main__":
    run()
