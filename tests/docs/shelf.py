"""Pages with transcripts, played one after another: what one leaves, several may follow."""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.docs.transcripts import Session, Step, before, steps

Played = tuple[Step, list[str], bool]
"""A step, what it printed, and whether that is what the page shows."""


@dataclass
class Shelf:
    """What pages that others follow have left, so that each of them is played once.

    All are played in one home, *folder*'s: what they leave may name it.
    """

    folder: Path
    left: dict[Path, Session] = field(default_factory=dict)

    def play(self, page: Path, keep: Iterable[Path]) -> dict[Path, list[Played]]:
        """Run *page* after those it follows; what came of the steps of each that had to be run.

        What the pages of *keep* leave is kept for others that follow them.
        """
        order = list(before(page))
        known = [at for at, each in enumerate(order[:-1]) if each in self.left]
        home = self.folder / "home"
        if known:
            session = self.left[order[known[-1]]].again(self._aside(order[known[-1]]))
        else:
            shutil.rmtree(home, ignore_errors=True)
            session = Session(home)
        played: dict[Path, list[Played]] = {}
        for each in order[known[-1] + 1 if known else 0 :]:
            played[each] = list(_played(session, each))
            if each in keep:
                self.left[each] = session.set_aside(self._aside(each))
        return played

    def _aside(self, page: Path) -> Path:
        return self.folder / page.stem


def _played(session: Session, page: Path) -> Iterator[Played]:
    found = steps(page.read_text(encoding="utf-8"))
    for step, following in zip(found, [*found[1:], None], strict=True):
        actual = session.do(step.command)
        same = session.matches(step.expected, actual)
        if session.status and (following is None or following.command != "echo $?"):
            actual.append(f"(exit status {session.status}, and no echo $? follows)")
            same = False
        yield step, actual, same
