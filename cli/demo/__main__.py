"""``python -m cli.demo --out FOLDER``: tell the story, and leave its ledger in the folder."""

import importlib
import importlib.util
import os
import sys
from pathlib import Path

import click

from cli.output import note, safe
from ledger.errors import AssentError, BadInput, Drift

DIFFERS = 1
REFUSED = 2


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="The folder to make; one that the demo made before is replaced.",
)
@click.option(
    "--ledger",
    metavar="URL",
    help="Keep the log on this PostgreSQL server, in a schema that holds nothing yet.",
)
def demo(out: Path, ledger: str | None) -> None:
    """Train two real models and take them to production, with eight people and their keys.

    \b
    Example:      python -m cli.demo --out demo
                  python -m cli.demo --ledger 'postgresql:///governance?schema=demo'
    Exit status:  0 told, 1 something went otherwise than told, 2 the folder or the set-up
    """
    try:
        if importlib.util.find_spec("sklearn") is None:
            raise BadInput(
                "no-scikit-learn",
                "the demo trains real models with scikit-learn:"
                " install the extra with pip install 'assent[demo]'",
            )
        # Not at the top: without scikit-learn it cannot be imported at all.
        importlib.import_module("cli.demo.story").tell(out, ledger)
    except AssentError as error:
        note(f"{error.code}: {safe(error.message)}")
        if error.hint:
            note(f"  {safe(error.hint, lines=True)}")
        sys.exit(DIFFERS if isinstance(error, Drift) else REFUSED)
    except BrokenPipeError:
        # Whoever read the story has gone; what is left in the buffer goes nowhere, quietly.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(REFUSED)
    except OSError as error:
        note(f"demo-folder: {safe(error)}")
        sys.exit(REFUSED)
    except KeyboardInterrupt:
        note("stopped; the next run begins anew")
        sys.exit(REFUSED)


if __name__ == "__main__":
    demo()
