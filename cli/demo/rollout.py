"""The way to everybody: stages that a program watches, the days after them, and the way back."""

import os
import time
from typing import Final

from cli.demo.papers import ALIAS
from cli.demo.stage import Stage
from ledger.model.terms import format_instant, parse_instant

CLOCK: Final = "ASSENT_NOW"
HOUR: Final = 3_600
DAY: Final = 24 * HOUR
DAYS: Final = 15
"""How long the whole story lasts. It ends now, so that what is left open has not expired."""

SHADOW, CANARY, WINDOW = 1, 2, 3
"""Days, as the policy has them."""


def set_out() -> None:
    """Set the clock of the rehearsal to where the story begins."""
    _set(int(time.time()) // HOUR * HOUR - DAYS * DAY)


def wait(stage: Stage, days: int, *, shown: bool = True) -> None:
    """Let *days* pass: the ledger is a rehearsal, whose clock is a variable."""
    _set(parse_instant(os.environ[CLOCK]) + days * DAY)
    if shown:
        stage.typed("$ ", f"export {CLOCK}={os.environ[CLOCK]}", gap=True)


def in_stages(stage: Stage, number: int, folder: str) -> None:
    """Tell how the release *number*, whose files stand in *folder*, reaches everybody."""
    stage.say(
        "Nothing reaches everybody at once. Omar starts, with the very file that was agreed to:"
        " it is hashed again. For a day the model only runs along, and nobody sees its answers."
    )
    stage.assent(_start(number, "model", f"{folder}/model.json"))
    wait(stage, SHADOW)
    stage.say("A day has passed. That is not enough: somebody else has to say how it went.")
    stage.assent(_advance(), expect=3, told="stage-unobserved")
    stage.say(
        "A program of Ben's watches, with a key of its own. Now it goes on, to one lesion in ten;"
        " two days later to all of them."
    )
    stage.assent(_observe(folder, "shadow"))
    stage.assent(_advance())
    wait(stage, CANARY)
    stage.assent(_observe(folder))
    stage.assent(_advance())
    stage.assent(_complete())
    stage.assent(f"release show {ALIAS}")
    stage.say("For three days more it is watched. The result is part of the story of a release.")
    wait(stage, WINDOW)
    stage.assent(_observe(folder))


def in_stages_again(stage: Stage, number: int, folder: str) -> None:
    """Let the release *number* reach everybody in the same way, without a word."""
    stage.quietly(_start(number, "model", f"{folder}/model.json"))
    for days, name in ((SHADOW, "shadow"), (CANARY, "observed")):
        wait(stage, days, shown=False)
        stage.quietly(_observe(folder, name))
        stage.quietly(_advance())
    stage.quietly(_complete())
    wait(stage, WINDOW, shown=False)
    stage.quietly(_observe(folder))


def taken_back(stage: Stage, number: int, folder: str) -> None:
    """Tell how the threshold of release *number* is taken back while it is in the canary."""
    stage.assent(_start(number, "threshold-policy", f"{folder}/threshold.json"))
    wait(stage, SHADOW)
    stage.assent(_observe(folder, "shadow"))
    stage.assent(_advance())
    stage.say(
        "In the shadow nobody was bothered. Now a radiologist sees every tenth answer, and has to"
        " overrule one in six. The policy calls that a reason to go back, and lets the program do"
        " it by itself, at whatever hour."
    )
    wait(stage, 1)
    stage.assent(_observe(folder))
    stage.assent(_advance(), expect=3, told="stage-failing")
    stage.assent(f"release rollback {ALIAS} --as watchdog --yes")
    stage.assent(f"alias show {ALIAS}", told="threshold-1")


def _start(number: int, component: str, path: str) -> str:
    return f"release start {number} --artifact {component}={path} --as omar --yes"


def _observe(folder: str, name: str = "observed") -> str:
    return f"release observe {ALIAS} {folder}/{name}.toml --as watchdog --yes"


def _advance() -> str:
    return f"release advance {ALIAS} --as omar --yes"


def _complete() -> str:
    return f"release complete {ALIAS} --as omar --yes"


def _set(seconds: int) -> None:
    os.environ[CLOCK] = format_instant(seconds)
