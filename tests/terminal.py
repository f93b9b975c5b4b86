"""A real terminal with somebody at it: for prompts that hide what is typed need one."""

import fcntl
import os
import pty
import subprocess
import termios
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]


def at_a_terminal(command: Sequence[str | Path], answers: Sequence[str]) -> tuple[int, str]:
    """Run *command* and type each of *answers* at a prompt; the exit status, and what was shown."""
    parent, child = pty.openpty()
    shown = b""
    with subprocess.Popen(
        command,
        stdin=child,
        stdout=child,
        stderr=child,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=_take_terminal,  # noqa: PLW1509 - one thread
    ) as program:
        os.close(child)
        for answer in answers:
            before = len(shown)
            while b": " not in shown[before:]:
                shown += os.read(parent, 1024)
            os.write(parent, f"{answer}\n".encode())
        shown += _rest(parent)
        program.wait(30)
    os.close(parent)
    return program.returncode, shown.decode()


def _take_terminal() -> None:
    """Make the terminal on stdin the one of this new session, between fork and exec."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _rest(terminal: int) -> bytes:
    """All that is shown until nobody has the terminal open any more, which reads as an error."""
    shown = b""
    while True:
        try:
            shown += os.read(terminal, 1024)
        except OSError:
            return shown
