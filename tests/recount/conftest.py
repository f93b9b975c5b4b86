"""A lifelike history on disk, and three moments of it: what is counted, and who to ask.

Asked are the end of the log, a position at which a release owes and another is on its way, and
a time shortly after it.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest
from hypothesis import settings

from cli import moment
from cli.places import CONFIG, CONFIG_TEXT
from ledger.store.state import State
from tests.lifelike import write_history
from tests.recount.asking import owes
from tests.recount.story import Line, Story, lines_of
from tests.recount.telling import passing
from tests.recount.things import Release, instant
from tests.shell import Result, inside, run_assent

ENTRIES: Final = min(5_000, 80 * settings().max_examples)
EARLY: Final = range(900, 1_600)
"""Where the position lies that is asked for: early, as all before it is replayed."""

SOME: Final = 5
"""How many of a kind are asked about where all of them would take long."""


@dataclass(frozen=True)
class Then:
    """A moment to ask about: what was counted up to it, and how the command line is told."""

    story: Story
    at: int
    options: tuple[str, ...]
    ask: Callable[..., Result]

    def body(self, *arguments: str | int) -> Any:
        """The JSON object that a command answers with."""
        result = self.ask(*arguments, *self.options, "--json")
        assert result.exit == 0, result.err
        return result.json

    def lines(self, *arguments: str | int) -> list[Any]:
        """The JSON lines that a command answers with."""
        result = self.ask(*arguments, *self.options, "--json")
        assert result.exit == 0, result.err
        return result.json_lines

    def running(self) -> list[Release]:
        """What production aliases run, with what was said about it most first."""
        found = [one.stable for one in self.story.aliases.values() if one.stable is not None]
        return sorted(found, key=lambda one: -len(one.proposal.approvals))[:SOME]


@pytest.fixture(scope="module")
def moments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Then]]:
    """The end of the log, a position, and a time, each with what is counted up to it."""
    folder = tmp_path_factory.mktemp("recount")
    (folder / ".assent").mkdir()
    (folder / ".assent" / CONFIG).write_text(CONFIG_TEXT)
    history = write_history(folder / ".assent", ENTRIES)
    assert history.size >= ENTRIES
    with pytest.MonkeyPatch.context() as patch:
        state = tmp_path_factory.mktemp("state")
        patch.setenv("ASSENT_STATE", str(state))
        State(state, history.id).pin()

        def ask(*arguments: str | int) -> Result:
            patch.setenv("ASSENT_STATE", str(state))
            patch.setenv("ASSENT_NOW", instant(history.ended))
            with inside(folder):
                return run_assent(*arguments, "--ledger-id", history.id)

        # Each prefix is replayed once for all that is asked about it, not anew by each command.
        replayed, kept = moment._replayed, dict[int, Any]()

        def once(app: Any, count: int) -> Any:
            if count not in kept:
                kept[count] = replayed(app, count)
            return kept[count]

        patch.setattr(moment, "_replayed", once)
        yield _moments(lines_of(ask("log", "--json").out.splitlines()), ask)


def _moments(lines: list[Line], ask: Callable[..., Result]) -> list[Then]:
    known = {id(part): part for line in lines for part in (line, line.event, line.raw)}
    position = _interesting(lines)
    early, late = (
        copy.deepcopy(story, dict(known))
        for story in passing(lines, {position, lines[-1].position})
    )
    later = lines[position + 1].judged_at - 1
    return [
        Then(late, late.time, (), ask),
        Then(early, early.time, ("--as-of", str(position)), ask),
        Then(early, later, ("--as-of", instant(later)), ask),
    ]


def _interesting(lines: list[Line]) -> int:
    """The last early position at which a release owes, another is on its way, and time goes on.

    An exception is in force besides.
    """
    found = []
    for story in passing(lines[: EARLY.stop + 1], EARLY):
        later = lines[story.position + 1].judged_at
        busy = any(one.candidate is not None for one in story.aliases.values())
        owing = any(owes(one) for one in story.releases.values())
        valid = any(one.ends > later for one in story.exceptions.values())
        if busy and owing and valid and later > story.time + 600:
            found.append(story.position)
    return found[-1]
